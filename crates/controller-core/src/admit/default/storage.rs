//! Defaults of claims, volumes and storage classes (k8s.io/api `core/v1`, `storage/v1`).

use serde_json::{Map, Value};

use super::{existing, fill};
use crate::admit::meta::meta;
use crate::storage::{CLAIM_PROTECTION, VOLUME_PROTECTION};

/// A PersistentVolumeClaim: it does not go while a pod has it.
pub fn claim(doc: &mut Value) {
    protect(doc, CLAIM_PROTECTION);
    if let Some(fields) = doc.as_object_mut() {
        claim_spec(fields);
    }
}

/// The spec of a claim, or of a claim's template.
pub(super) fn claim_spec(claim: &mut Map<alloc::string::String, Value>) {
    let Some(spec) = existing(claim, "spec") else { return };
    fill(spec, "volumeMode", "Filesystem");
    // What is asked for is what may be taken at least.
    let Some(resources) = existing(spec, "resources") else { return };
    let limit = resources.get("limits").and_then(|l| l.get("storage")).cloned();
    if let Some(limit) = limit
        && let Some(requests) = super::object(resources, "requests")
    {
        fill(requests, "storage", limit);
    }
}

/// A PersistentVolume: it does not go while a claim has it.
pub fn volume(doc: &mut Value) {
    protect(doc, VOLUME_PROTECTION);
    let Some(spec) = doc.get_mut("spec").and_then(Value::as_object_mut) else { return };
    fill(spec, "persistentVolumeReclaimPolicy", "Retain");
    fill(spec, "volumeMode", "Filesystem");
}

/// A StorageClass.
pub fn storage_class(doc: &mut Value) {
    let Some(class) = doc.as_object_mut() else { return };
    fill(class, "reclaimPolicy", "Delete");
    fill(class, "volumeBindingMode", "Immediate");
}

fn protect(doc: &mut Value, finalizer: &str) {
    let of = meta(doc);
    if of.is_terminating() || of.finalizers().any(|f| f == finalizer) {
        return;
    }
    let all = of.finalizers().chain(core::iter::once(finalizer)).map(Value::from).collect();
    doc["metadata"]["finalizers"] = Value::Array(all);
}
