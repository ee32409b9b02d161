//! A claim finds its volume, says how it stands, and goes when no pod has it any more.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::{CLAIM_PROTECTION, PROVISIONER, place, volume_name};
use crate::events::Happening;
use crate::kinds::ObjectKey;
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::doc;
use crate::view::storage::{ClaimView, VolumeView};

/// Decides on a claim.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(claim) = view.claims.get(key) else { return };
    if out.wrote(key) {
        return out.defer(Job::Claim(key.clone()));
    }
    if claim.deleting {
        return release(view, out, claim);
    }
    match &claim.volume {
        Some(name) => match view.volumes.get(name) {
            Some(volume) => bind(view, out, claim, volume),
            None if claim.bound => lose(view, out, claim),
            None => {}
        },
        None => find(view, out, claim),
    }
}

/// A claim that is to go waits for its pods; those that have no node yet do not count, as in Kubernetes.
fn release(view: &View, out: &mut Out, claim: &ClaimView) {
    let held = view.pods_with(&claim.key).any(|p| p.node.is_some() && !p.phase.is_terminal());
    if !held {
        unprotect(out, &claim.key, claim.revision, &claim.finalizers, CLAIM_PROTECTION);
    }
}

/// Takes a finalizer of ours off an object that is to go; it goes, if that was the last.
pub(super) fn unprotect(
    out: &mut Out,
    key: &ObjectKey,
    revision: model::Revision,
    finalizers: &[String],
    ours: &str,
) {
    let left: Vec<&str> = finalizers.iter().map(String::as_str).filter(|f| *f != ours).collect();
    if left.is_empty() {
        out.remove(key, revision);
    } else if left.len() < finalizers.len() {
        out.change(key, revision, json!({"metadata": {"finalizers": left}}));
    }
}

/// A claim that names no volume.
fn find(view: &View, out: &mut Out, claim: &ClaimView) {
    // Half of the binding may have been lost to somebody else's write.
    let made = view.volumes.get(&volume_name(&claim.uid));
    if let Some(volume) = made.filter(|v| belongs(v, claim) && !v.deleting) {
        let patch = json!({"spec": {"volumeName": &*volume.key.name}});
        return out.change(&claim.key, claim.revision, patch);
    }
    let Some(class) = &claim.class else {
        let newest = view.classes.iter().filter(|(_, c)| c.default).max_by_key(|(_, c)| c.created);
        if let Some((name, _)) = newest {
            let patch = json!({"spec": {"storageClassName": &**name}});
            out.change(&claim.key, claim.revision, patch);
        }
        return;
    };
    let (warning, reason, message) = match view.classes.get(class.as_str()) {
        None if class.is_empty() => {
            let why = "no persistent volumes available for this claim and no storage class is set";
            (false, "FailedBinding", why.into())
        }
        None => {
            let why = format!("storageclass.storage.k8s.io \"{class}\" not found");
            (true, "ProvisioningFailed", why)
        }
        Some(known) if known.provisioner != PROVISIONER => {
            let by = &known.provisioner;
            let why = format!(
                "Waiting for a volume to be created either by the external provisioner '{by}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
            );
            (false, "ExternalProvisioning", why)
        }
        Some(_) => match place::refusal(claim) {
            Some(why) => (true, "ProvisioningFailed", why.into()),
            None => {
                let why = "waiting for first consumer to be created before binding";
                (false, "WaitForFirstConsumer", why.into())
            }
        },
    };
    let told = Happening::normal(&claim.key, &claim.uid, reason, message);
    out.tell(view, Happening { warning, ..told });
}

/// Whether a volume says that it is this claim's, or would be.
fn belongs(volume: &VolumeView, claim: &ClaimView) -> bool {
    volume.claim.as_ref().is_some_and(|(key, uid)| {
        key == &claim.key && uid.as_ref().is_none_or(|uid| uid == &claim.uid)
    })
}

/// Both sides of a binding come to know each other: the volume first.
fn bind(view: &View, out: &mut Out, claim: &ClaimView, volume: &VolumeView) {
    // Of others' volumes we know nothing; whoever made them binds them.
    if !volume.ours || volume.deleting {
        return;
    }
    if !belongs(volume, claim) && volume.claim.is_some() {
        let name = &volume.key.name;
        let message = format!("volume \"{name}\" already bound to a different claim.");
        let told = Happening::warning(&claim.key, &claim.uid, "FailedBinding", message);
        return out.tell(view, told);
    }
    if volume.claim.as_ref().is_none_or(|(_, uid)| uid.is_none()) {
        if out.wrote(&volume.key) {
            return out.defer(Job::Claim(claim.key.clone()));
        }
        let owner = json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": &*claim.key.namespace,
            "name": &*claim.key.name,
            "uid": claim.uid.as_str(),
        });
        let patch = json!({"spec": {"claimRef": owner}, "status": phase(out, "Bound")});
        return out.change(&volume.key, volume.revision, patch);
    }
    let want = json!({
        "phase": "Bound", "accessModes": volume.modes, "capacity": volume.capacity,
    });
    if ["phase", "accessModes", "capacity"].iter().any(|f| claim.status.get(f) != want.get(f)) {
        let patch = json!({
            "metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}},
            "status": want,
        });
        out.change(&claim.key, claim.revision, patch);
    }
}

/// A volume's phase, as a patch of its status.
pub(super) fn phase(out: &Out, phase: &str) -> Value {
    json!({"phase": phase, "lastPhaseTransitionTime": out.now.to_rfc3339()})
}

fn lose(view: &View, out: &mut Out, claim: &ClaimView) {
    if doc::text(&claim.status, &["phase"]) == "Lost" {
        return;
    }
    out.change(&claim.key, claim.revision, json!({"status": {"phase": "Lost"}}));
    let message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!".into();
    out.tell(view, Happening::warning(&claim.key, &claim.uid, "ClaimLost", message));
}
