//! What a job makes of a pod's failure, and when it has succeeded although not every index has.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use serde_json::Value;

use super::indexes;
use crate::view::batch::JobView;
use crate::view::doc;
use crate::view::pod::PodView;

/// What a failure comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Count,
    Ignore,
    FailIndex,
    /// And why.
    FailJob(String),
}

/// The first rule of the job's `podFailurePolicy` that fits decides.
pub(super) fn judge(job: &JobView, pod: &PodView) -> Verdict {
    for (at, rule) in job.failure_rules.iter().enumerate() {
        let action = doc::text(rule, &["action"]);
        let found = match doc::at(rule, &["onExitCodes"]) {
            Some(codes) => exited(codes, pod).map(|(container, code)| {
                format!("Container {container} for pod {}/{} failed with exit code {code} matching {action} rule at index {at}",
                    pod.key.namespace, pod.key.name)
            }),
            None => condition(rule, pod).map(|kind| {
                format!("Pod {}/{} has condition {kind} matching {action} rule at index {at}",
                    pod.key.namespace, pod.key.name)
            }),
        };
        match (found, action) {
            (None, _) => {}
            (Some(_), "Ignore") => return Verdict::Ignore,
            (Some(_), "FailIndex") => return Verdict::FailIndex,
            (Some(why), "FailJob") => return Verdict::FailJob(why),
            (Some(_), _) => return Verdict::Count,
        }
    }
    Verdict::Count
}

/// The container whose exit code fits.
fn exited<'a>(rule: &Value, pod: &'a PodView) -> Option<(&'a str, i64)> {
    let of = pod.job.as_ref()?;
    let name = doc::text(rule, &["containerName"]);
    let listed = |code: i64| doc::list(rule, &["values"]).iter().any(|v| v.as_i64() == Some(code));
    let without = doc::text(rule, &["operator"]) == "NotIn";
    of.exits
        .iter()
        .filter(|(container, code)| *code != 0 && (name.is_empty() || **container == *name))
        .find(|(_, code)| listed(*code) != without)
        .map(|(container, code)| (&**container, *code))
}

/// The condition that fits.
fn condition<'a>(rule: &Value, pod: &'a PodView) -> Option<&'a str> {
    let patterns = doc::list(rule, &["onPodConditions"]);
    let fits = |kind: &str, status: &str| {
        patterns.iter().any(|p| {
            let wanted = doc::text(p, &["status"]);
            doc::text(p, &["type"]) == kind
                && (wanted == status || wanted.is_empty() && status == "True")
        })
    };
    pod.conditions.iter().find(|c| fits(&c.kind, c.status.as_str())).map(|c| &*c.kind)
}

/// The first rule of the job's `successPolicy` that is met.
pub(super) fn met(job: &JobView, completed: &BTreeSet<i64>) -> Option<usize> {
    let bound = job.completions.unwrap_or(0);
    job.success_rules.iter().position(|rule| {
        let wanted = doc::at(rule, &["succeededIndexes"])
            .and_then(Value::as_str)
            .map(|text| indexes::parse(text, bound));
        let have = match &wanted {
            Some(wanted) => wanted.intersection(completed).count(),
            None => completed.len(),
        };
        match (doc::int(rule, &["succeededCount"]), &wanted) {
            (Some(count), _) => i64::try_from(have).is_ok_and(|have| have >= count),
            (None, Some(wanted)) => have == wanted.len(),
            (None, None) => false,
        }
    })
}
