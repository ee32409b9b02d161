//! Fills in what Kubernetes fills in, so that whoever reads an object later need not know what was left out.
//! Filling in twice changes nothing.

mod batch;
mod network;
mod pod;
pub mod quantity;
mod rbac;
mod rollout;
mod storage;
mod workload;

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde_json::{Map, Value};

pub use batch::{cron_job, job};
pub use network::{autoscaler, network_policy, service};
pub use pod::{pod, pod_spec, quality_of_service};
pub use rbac::role_binding;
pub use rollout::rollout_policy;
pub use storage::{claim, storage_class, volume};
pub use workload::{daemon_set, deployment, replica_set, stateful_set};

/// A PriorityClass.
pub fn priority_class(doc: &mut Value) {
    if let Some(class) = doc.as_object_mut() {
        fill(class, "preemptionPolicy", "PreemptLowerPriority");
    }
}

/// Sets a field that is not there, or is `null`.
fn fill(map: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    let slot = map.entry(field.to_owned()).or_insert(Value::Null);
    if slot.is_null() {
        *slot = value.into();
    }
}

/// The object in a field; made if it is not there. None: something else stands there (validation tells).
fn object<'a>(map: &'a mut Map<String, Value>, field: &str) -> Option<&'a mut Map<String, Value>> {
    fill(map, field, Map::new());
    map.get_mut(field)?.as_object_mut()
}

/// The object in a field, if it is there.
fn existing<'a>(
    map: &'a mut Map<String, Value>,
    field: &str,
) -> Option<&'a mut Map<String, Value>> {
    map.get_mut(field)?.as_object_mut()
}

/// The objects in a list.
fn each<'a>(
    map: &'a mut Map<String, Value>,
    field: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    map.get_mut(field)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}
