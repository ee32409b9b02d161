//! RolloutPolicies.

use serde_json::Value;

use super::{fill, object};

/// A RolloutPolicy: one node at a time, each proven by a minute of health, all must succeed.
pub fn rollout_policy(doc: &mut Value) {
    let Some(doc) = doc.as_object_mut() else { return };
    let Some(spec) = object(doc, "spec") else { return };
    fill(spec, "healthyForSeconds", 60);
    fill(spec, "maxUnavailable", 1);
    fill(spec, "minReported", 1);
    fill(spec, "nodeDeadlineSeconds", 600);
    fill(spec, "onFailure", "Pause");
    fill(spec, "successThresholdPercent", 100);
    let stages = spec.get_mut("stages").and_then(Value::as_array_mut);
    for stage in stages.into_iter().flatten().filter_map(Value::as_object_mut) {
        fill(stage, "approval", "Automatic");
        fill(stage, "soakSeconds", 0);
    }
}
