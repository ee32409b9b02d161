//! Whether a pod may be evicted: what its disruption budget says, and what is left of the budget after it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use model::pod::LabelSelector;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::meta::{Meta, list_at, meta, number_at, text_at};
use super::status::ApiError;
use crate::kinds::{self, FieldError};

/// The condition of a budget that tells whether it allows anything.
pub const CONDITION: &str = "DisruptionAllowed";
/// How long an evicted pod may take to begin its end, before it is counted again.
pub const DISRUPTED_MS: u64 = 120_000;
/// So many evictions may wait for the budget's next count.
const DISRUPTED_MAX: usize = 2000;

const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

/// What an eviction comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Eviction {
    /// The pod may go.
    Free,
    /// It may go if it still is as it was seen: it is not ready, so its end costs nothing. The budget's name.
    AsSeen(Option<String>),
    /// It may go once this, the budget, has been written in the place of what it was.
    Spend(Value),
}

/// Decides on the eviction of a pod; `budgets` are those of its namespace.
///
/// # Errors
/// 429 if its budget does not allow it, 500 if it has more than one, 403 if its budget is damaged.
pub fn decide<'a>(
    pod: &Value,
    budgets: impl IntoIterator<Item = &'a Value>,
    now: Millis,
) -> Result<Eviction, ApiError> {
    match text_at(pod, "/status/phase") {
        _ if meta(pod).is_terminating() => return Ok(Eviction::Free),
        "Succeeded" | "Failed" => return Ok(Eviction::Free),
        // Should it become ready meanwhile, it is under the budget.
        "Pending" | "" => return Ok(Eviction::AsSeen(None)),
        _ => {}
    }
    let mine: Vec<&Value> = budgets.into_iter().filter(|b| selects(b, meta(pod))).collect();
    let budget = match *mine.as_slice() {
        [] => return Ok(Eviction::Free),
        [one] => one,
        _ => return Err(ApiError::many_budgets()),
    };
    let (healthy, desired) = (
        number_at(budget, "/status/currentHealthy").unwrap_or(0),
        number_at(budget, "/status/desiredHealthy").unwrap_or(0),
    );
    let always = text_at(budget, "/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow";
    if !is_ready(pod) && (always || (healthy >= desired && desired > 0)) {
        return Ok(Eviction::AsSeen(Some(meta(budget).name().to_string())));
    }
    spend(pod, budget, healthy, desired, now).map(Eviction::Spend)
}

/// 429: the pod has changed while its eviction was decided on.
pub fn changed_meanwhile(budget: &str) -> ApiError {
    refused(format!("The disruption budget {budget} is still being processed by the server."), 10)
}

fn refused(why: String, retry_after_seconds: u32) -> ApiError {
    let cause = FieldError { reason: "DisruptionBudget", field: String::new(), message: why };
    let mut error = ApiError::too_many_requests(REFUSED, retry_after_seconds);
    if let Some(details) = &mut error.details {
        details.causes.push(cause);
    }
    error
}

/// The budget with one disruption less.
fn spend(
    pod: &Value,
    budget: &Value,
    healthy: i64,
    desired: i64,
    now: Millis,
) -> Result<Value, ApiError> {
    let name = meta(budget).name();
    let observed = number_at(budget, "/status/observedGeneration").unwrap_or(0);
    if observed < meta(budget).generation() {
        return Err(changed_meanwhile(name));
    }
    let kind = kinds::get(kinds::POD_DISRUPTION_BUDGET);
    let allowed = number_at(budget, "/status/disruptionsAllowed").unwrap_or(0);
    if allowed < 0 {
        return Err(ApiError::forbidden(kind, name, "pdb disruptions allowed is negative"));
    }
    let disrupted = budget.pointer("/status/disruptedPods").and_then(Value::as_object);
    if disrupted.is_some_and(|all| all.len() > DISRUPTED_MAX) {
        let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
        return Err(ApiError::forbidden(kind, name, why));
    }
    if allowed == 0 {
        let conditions = list_at(budget, "/status/conditions").iter();
        let failed = conditions.map(|c| (text_at(c, "/reason"), text_at(c, "/message")));
        let why = match failed.into_iter().find(|(reason, _)| *reason == "SyncFailed") {
            Some((_, message)) => format!(
                "The disruption budget {name} does not allow evicting pods currently because it failed sync: {message}"
            ),
            None => format!(
                "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
            ),
        };
        return Err(refused(why, 0));
    }
    let mut next = budget.clone();
    let status = &mut next["status"];
    status["disruptionsAllowed"] = (allowed - 1).into();
    let mut disrupted = disrupted.cloned().unwrap_or_default();
    disrupted.insert(meta(pod).name().to_string(), now.to_rfc3339().into());
    status["disruptedPods"] = Value::Object(disrupted);
    if allowed == 1 {
        let judged = Judged { reason: "InsufficientPods", message: "", generation: observed };
        status["conditions"] = judged.among(list_at(budget, "/status/conditions"), now);
    }
    Ok(next)
}

/// What the condition of a budget says.
pub struct Judged<'a> {
    /// `SufficientPods`, `InsufficientPods`, `SyncFailed`.
    pub reason: &'a str,
    /// More, for people.
    pub message: &'a str,
    /// The generation that was judged.
    pub generation: i64,
}

impl Judged<'_> {
    /// The conditions with this one in its place. The time of the last change stays if nothing changes.
    pub fn among(&self, conditions: &[Value], now: Millis) -> Value {
        let is = |c: &&Value| text_at(c, "/type") == CONDITION;
        let status = if self.reason == "SufficientPods" { "True" } else { "False" };
        let same = conditions.iter().find(is).filter(|c| text_at(c, "/status") == status);
        let since = same.map(|c| text_at(c, "/lastTransitionTime").to_string());
        let new = json!({
            "type": CONDITION,
            "status": status,
            "reason": self.reason,
            "message": self.message,
            "observedGeneration": self.generation,
            "lastTransitionTime": since.unwrap_or_else(|| now.to_rfc3339()),
        });
        conditions.iter().filter(|c| !is(c)).cloned().chain([new]).collect()
    }
}

/// Whether a budget is one of a pod. One without a selector is of none, one with an empty selector of all.
fn selects(budget: &Value, pod: Meta<'_>) -> bool {
    let selector = budget.pointer("/spec/selector").filter(|s| !s.is_null());
    let selector = selector.and_then(|s| LabelSelector::deserialize(s).ok());
    meta(budget).namespace() == pod.namespace()
        && selector.is_some_and(|s| s.matches(&pod.labels_owned()))
}

fn is_ready(pod: &Value) -> bool {
    let conditions = list_at(pod, "/status/conditions").iter();
    conditions
        .into_iter()
        .any(|c| text_at(c, "/type") == "Ready" && text_at(c, "/status") == "True")
}

/// The entries of a map that is to become another, as a merge patch.
pub fn map_patch(old: Option<&Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let old = old.and_then(Value::as_object);
    let gone = old.into_iter().flat_map(Map::keys).filter(|k| !new.contains_key(*k));
    let gone = gone.map(|k| (k.clone(), Value::Null));
    gone.chain(new.iter().map(|(k, v)| (k.clone(), v.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_418_880_000);

    fn pod(phase: &str, ready: &str) -> Value {
        json!({
            "metadata": {"name": "p", "namespace": "n", "labels": {"a": "b"}},
            "status": {"phase": phase, "conditions": [{"type": "Ready", "status": ready}]},
        })
    }

    fn budget(allowed: i64, healthy: i64, desired: i64) -> Value {
        json!({
            "metadata": {"name": "pdb", "namespace": "n", "generation": 2},
            "spec": {"selector": {"matchLabels": {"a": "b"}}},
            "status": {"observedGeneration": 2, "disruptionsAllowed": allowed,
                "currentHealthy": healthy, "desiredHealthy": desired},
        })
    }

    /// What is decided, in short.
    fn outcome(pod: &Value, budgets: &[Value]) -> String {
        match decide(pod, budgets, NOW) {
            Ok(Eviction::Free) => "free".into(),
            Ok(Eviction::AsSeen(budget)) => format!("as seen by {}", budget.unwrap_or_default()),
            Ok(Eviction::Spend(next)) => format!("leaves {}", next["status"]["disruptionsAllowed"]),
            Err(error) => {
                let causes = error.details.iter().flat_map(|d| &d.causes);
                let causes: String =
                    causes.map(|c| format!(" {}: {}", c.reason, c.message)).collect();
                format!("{}{causes}", error.code)
            }
        }
    }

    #[test]
    fn budgets_are_asked_for_pods_that_run() {
        let of = |change: fn(&mut Value)| {
            let mut budget = budget(1, 2, 1);
            change(&mut budget);
            budget
        };
        let running = pod("Running", "True");
        let unready = pod("Running", "False");
        let processed = "429 DisruptionBudget: The disruption budget pdb is still being processed by the server.";
        let needs = "429 DisruptionBudget: The disruption budget pdb needs 2 healthy pods and has 2 currently";
        for (pod, budgets, want) in [
            (&running, alloc::vec![], "free"),
            (&running, alloc::vec![budget(1, 2, 1)], "leaves 0"),
            (&running, alloc::vec![budget(0, 2, 2)], needs),
            (&running, alloc::vec![budget(1, 2, 1), budget(1, 2, 1)], "500"),
            (&running, alloc::vec![of(|b| b["metadata"]["namespace"] = "m".into())], "free"),
            (&running, alloc::vec![of(|b| b["spec"]["selector"] = json!({}))], "leaves 0"),
            (&running, alloc::vec![of(|b| b["spec"]["selector"] = Value::Null)], "free"),
            (&running, alloc::vec![of(|b| b["metadata"]["generation"] = 3.into())], processed),
            (&unready, alloc::vec![budget(0, 2, 2)], "as seen by pdb"),
            (
                &unready,
                alloc::vec![budget(0, 1, 2)],
                "429 DisruptionBudget: The disruption budget pdb needs 2 healthy pods and has 1 currently",
            ),
            (
                &unready,
                alloc::vec![of(|b| {
                    b["spec"]["unhealthyPodEvictionPolicy"] = "AlwaysAllow".into();
                    b["status"]["currentHealthy"] = 0.into();
                })],
                "as seen by pdb",
            ),
            (&pod("Pending", "False"), alloc::vec![budget(0, 1, 2)], "as seen by "),
            (&pod("Succeeded", "False"), alloc::vec![budget(0, 1, 2)], "free"),
        ] {
            assert_eq!(outcome(pod, &budgets), want);
        }
    }

    #[test]
    fn what_is_spent_is_written_down() {
        let Ok(Eviction::Spend(next)) = decide(&pod("Running", "True"), &[budget(1, 2, 1)], NOW)
        else {
            panic!("it is allowed");
        };
        assert_eq!(next["status"]["disruptedPods"], json!({"p": "2026-11-23T07:28:00Z"}));
        let condition = &next["status"]["conditions"][0];
        assert_eq!(
            (&condition["status"], &condition["reason"]),
            (&json!("False"), &json!("InsufficientPods"))
        );
        assert_eq!(
            outcome(&pod("Running", "True"), &[next]),
            "429 DisruptionBudget: The disruption budget pdb needs 1 healthy pods and has 2 currently"
        );
    }
}
