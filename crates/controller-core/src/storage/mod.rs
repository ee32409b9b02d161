//! Volumes that outlive their pods. A claim gets its volume when its first pod is placed: a directory on that node, which
//! holds the pods of the claim there.
//!
//! The law of this room: nothing is taken away from a node that nobody said is to go, and no volume object goes before
//! its node has said that the directory has.

pub(crate) mod claim;
pub(crate) mod place;
pub(crate) mod volume;

use alloc::sync::Arc;

use model::Uid;
use serde_json::Value;

use crate::view::doc;

/// What provides our volumes, as storage classes name it.
pub const PROVISIONER: &str = "driftless.dev/local";
/// The annotation of the storage class that claims without one get.
pub const IS_DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
/// A claim does not go while a pod has it.
pub const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// A volume does not go while a claim has it.
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";
/// The annotation that says who made a volume.
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// The label of a node by which its volumes name it.
const HOSTNAME: &str = "kubernetes.io/hostname";

/// Whether a volume's document is of our making.
pub fn is_ours(volume: &Value) -> bool {
    doc::text(volume, &["metadata", "annotations", PROVISIONED_BY]) == PROVISIONER
}

/// The name of the volume that is made for a claim.
pub(crate) fn volume_name(claim: &Uid) -> Arc<str> {
    alloc::format!("pvc-{claim}").into()
}

/// The one node that a volume's spec names.
pub(crate) fn node_of(spec: &Value) -> Option<&str> {
    let [term] = doc::list(spec, &["nodeAffinity", "required", "nodeSelectorTerms"]) else {
        return None;
    };
    let named = doc::list(term, &["matchExpressions"])
        .iter()
        .find(|r| doc::text(r, &["key"]) == HOSTNAME && doc::text(r, &["operator"]) == "In")?;
    match doc::list(named, &["values"]) {
        [name] => name.as_str(),
        _ => None,
    }
}
