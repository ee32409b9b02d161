//! A pod's status as its node tells it, in the form that Kubernetes shows.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::Millis;
use model::status::{Condition, ContainerState, ContainerStatus, PodStatus, Terminated};
use serde_json::{Map, Value, json};

use crate::view::meta::{Cond, Truth, cond};
use crate::view::pod::{PodView, STATUS_FIELDS};

/// A node's clock is believed if it is not further than this from the controller's.
const CLOCK_DOUBT_MS: u64 = 30_000;

/// The clocks at a report: the node's when it was made, ours when it came.
#[derive(Clone, Copy)]
pub(crate) struct Clocks {
    pub(crate) theirs: Millis,
    pub(crate) ours: Millis,
}

impl Clocks {
    fn doubtful(self) -> bool {
        self.ours.0.abs_diff(self.theirs.0) > CLOCK_DOUBT_MS
    }

    /// When a condition changed, by our clock. A clock that is far off only tells how long ago; what is shown already
    /// then stays, as long as the condition is the same.
    fn since(self, told: &Condition, shown: Option<&Cond>) -> Millis {
        if !self.doubtful() {
            return told.since.min(self.ours);
        }
        match shown.filter(|c| c.status == Truth::of(told.status)) {
            Some(shown) => shown.since,
            None => Millis(self.ours.0.saturating_sub(self.theirs.since(told.since))),
        }
    }
}

/// The status to show: all fields that come from the node; absent ones are null.
pub(crate) fn of_pod(pod: &PodView, status: &PodStatus, clocks: Clocks) -> Value {
    let mut out = Map::new();
    for field in STATUS_FIELDS {
        out.insert(field.into(), Value::Null);
    }
    let mut put = |field: &str, value: Value| {
        out.insert(field.into(), value);
    };
    put("phase", status.phase.as_str().into());
    let text = |t: &str| if t.is_empty() { Value::Null } else { t.into() };
    put("reason", text(&status.reason));
    put("message", text(&status.message));
    if let Some(ip) = status.host_ip.as_deref().filter(|ip| !ip.is_empty()) {
        put("hostIP", ip.into());
        put("hostIPs", json!([{"ip": ip}]));
    }
    if let Some(ip) = status.pod_ip.as_deref().filter(|ip| !ip.is_empty()) {
        put("podIP", ip.into());
        put("podIPs", json!([{"ip": ip}]));
    }
    if let Some(started) = status.started {
        put("startTime", started.to_rfc3339().into());
    }
    put("conditions", conditions(pod, status, clocks));
    if !status.containers.is_empty() {
        put("containerStatuses", status.containers.iter().map(container).collect());
    }
    if !status.init_containers.is_empty() {
        put("initContainerStatuses", status.init_containers.iter().map(container).collect());
    }
    if !status.ephemeral_containers.is_empty() {
        let all = status.ephemeral_containers.iter().map(container).collect();
        put("ephemeralContainerStatuses", all);
    }
    Value::Object(out)
}

/// The node's conditions, and those that others have set.
fn conditions(pod: &PodView, status: &PodStatus, clocks: Clocks) -> Value {
    let mut all: Vec<Cond> = Vec::new();
    for told in &status.conditions {
        let shown = cond(&pod.conditions, &told.kind);
        let mut new = Cond::new(
            &told.kind,
            Truth::of(told.status),
            clocks.since(told, shown),
            &told.reason,
            &told.message,
        );
        if told.kind == "Ready" && told.status {
            shut_by_gate(pod, &mut new);
        }
        all.push(new);
    }
    for kept in &pod.conditions {
        if cond(&all, &kept.kind).is_none() {
            all.push(kept.clone());
        }
    }
    all.iter().map(Cond::to_value).collect()
}

/// A pod is not ready before its readiness gates are open: conditions that others set on it.
fn shut_by_gate(pod: &PodView, ready: &mut Cond) {
    let shut =
        |gate: &&Arc<str>| cond(&pod.conditions, gate).is_none_or(|c| c.status != Truth::True);
    if let Some(gate) = pod.gates.iter().find(shut) {
        ready.status = Truth::False;
        ready.reason = "ReadinessGatesNotReady".into();
        ready.message =
            alloc::format!("corresponding condition of pod readiness gate \"{gate}\" is not True")
                .into();
    }
}

fn container(c: &ContainerStatus) -> Value {
    let mut out = json!({
        "name": c.name,
        "ready": c.ready,
        "restartCount": c.restarts,
        "image": c.image,
        "imageID": c.image_id,
        "state": match &c.state {
            ContainerState::Waiting { reason, message } => {
                json!({"waiting": named(reason, message)})
            }
            ContainerState::Running { since } => json!({"running": {"startedAt": since.to_rfc3339()}}),
            ContainerState::Terminated(end) => json!({"terminated": ended(end)}),
        },
        "lastState": match &c.last {
            Some(end) => json!({"terminated": ended(end)}),
            None => json!({}),
        },
    });
    if !c.container_id.is_empty() {
        out["containerID"] = c.container_id.as_str().into();
    }
    if let Some(started) = c.started {
        out["started"] = started.into();
    }
    out
}

fn named(reason: &str, message: &str) -> Map<String, Value> {
    [("reason", reason), ("message", message)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.into(), text.into()))
        .collect()
}

fn ended(end: &Terminated) -> Value {
    let mut out = named(&end.reason, &end.message);
    out.insert("exitCode".into(), end.exit_code.into());
    // Zero: it never started.
    for (field, at) in [("startedAt", end.started), ("finishedAt", end.finished)] {
        out.insert(field.into(), if at.0 == 0 { Value::Null } else { at.to_rfc3339().into() });
    }
    if !end.container_id.is_empty() {
        out.insert("containerID".into(), end.container_id.as_str().into());
    }
    Value::Object(out)
}
