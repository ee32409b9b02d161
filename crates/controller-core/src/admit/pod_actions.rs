//! What is done to a pod by its subresources: bound to a node, evicted from it.

use alloc::format;

use model::Millis;
use serde_json::{Value, json};

use super::delete::DeleteOptions;
use super::meta::{list_at, meta, text_at};
use super::status::ApiError;
use crate::kinds::{self, ObjectKey};

/// The pod of a Binding's target node, as a merge patch over the pod.
///
/// # Errors
/// 400 if the body is not a binding to a node, 409 if the pod is bound or on its way out.
pub fn bind(pod: &Value, binding: &Value, now: Millis) -> Result<Value, ApiError> {
    let kind = kinds::get(kinds::POD);
    let (node, of) = (text_at(binding, "/target/name"), meta(pod));
    if node.is_empty() || !["", "Node"].contains(&text_at(binding, "/target/kind")) {
        return Err(ApiError::bad_request("target.name: Required value: name the node"));
    }
    if !meta(binding).uid().is_empty() && meta(binding).uid() != of.uid() {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            meta(binding).uid(),
            of.uid()
        );
        return Err(ApiError::cannot_fulfil(kind, of.name(), &why));
    }
    if of.is_terminating() {
        let why = format!("pod {} is being deleted, cannot be assigned to a host", of.name());
        return Err(ApiError::cannot_fulfil(kind, of.name(), &why));
    }
    let bound = text_at(pod, "/spec/nodeName");
    if !bound.is_empty() {
        let why = format!("pod {} is already assigned to node {bound:?}", of.name());
        return Err(ApiError::cannot_fulfil(kind, of.name(), &why));
    }
    Ok(bound_to(pod, node, now))
}

/// The merge patch that places a pod on a node.
pub fn bound_to(pod: &Value, node: &str, now: Millis) -> Value {
    let placed = json!({
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": null,
        "lastTransitionTime": now.to_rfc3339(),
    });
    let conditions = list_at(pod, "/status/conditions")
        .iter()
        .filter(|c| c.get("type") != Some(&json!("PodScheduled")))
        .cloned()
        .chain([placed]);
    json!({
        "spec": {"nodeName": node},
        "status": {"conditions": conditions.collect::<Value>()},
    })
}

/// The deletion that an Eviction asks for.
///
/// # Errors
/// 400 if the eviction is for another pod, or its options are none.
pub fn evict(pod: &ObjectKey, eviction: &Value) -> Result<DeleteOptions, ApiError> {
    let name = meta(eviction).name();
    if !name.is_empty() && name != &*pod.name {
        return Err(ApiError::bad_request("name in URL does not match name in Eviction object"));
    }
    DeleteOptions::parse(eviction.get("deleteOptions").unwrap_or(&Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_bound_once() {
        let mut pod = json!({"metadata": {"name": "p", "uid": "u"}, "spec": {}, "status": {
            "conditions": [{"type": "PodScheduled", "status": "False"}, {"type": "Ready", "status": "False"}]
        }});
        let binding = json!({"target": {"kind": "Node", "name": "edge-1"}});
        let patch = bind(&pod, &binding, Millis(0)).expect("free");
        assert_eq!(patch["spec"]["nodeName"], "edge-1");
        assert_eq!(patch["status"]["conditions"].as_array().map(alloc::vec::Vec::len), Some(2));
        assert_eq!(patch["status"]["conditions"][1]["status"], "True");
        pod["spec"]["nodeName"] = "edge-2".into();
        let error = bind(&pod, &binding, Millis(0)).expect_err("bound");
        assert_eq!(
            (error.code, error.message.as_str()),
            (
                409,
                "Operation cannot be fulfilled on pods \"p\": pod p is already assigned to node \"edge-2\""
            )
        );
        assert!(bind(&pod, &json!({}), Millis(0)).is_err());
    }

    #[test]
    fn an_eviction_is_a_deletion() {
        let key = ObjectKey::new(kinds::POD, "n", "p");
        let body = json!({"metadata": {"name": "p"}, "deleteOptions": {"gracePeriodSeconds": 3}});
        let options = evict(&key, &body).expect("its own");
        assert_eq!(options.grace_period_seconds, Some(3));
        assert!(evict(&key, &json!({"metadata": {"name": "q"}})).is_err());
    }
}
