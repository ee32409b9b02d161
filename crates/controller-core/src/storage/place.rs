//! Where a pod's claims let it be, and the volumes that are made when it is placed.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::NodeName;
use serde_json::json;

use super::{HOSTNAME, PROVISIONED_BY, PROVISIONER, volume_name};
use crate::events::Happening;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::schedule::{Kept, PodNeeds};
use crate::turn::Durability;
use crate::view::View;
use crate::view::pod::PodView;
use crate::view::storage::{ClaimView, ClassView};

const UNBOUND: &str = "pod has unbound immediate PersistentVolumeClaims";

/// What a pod needs of a node, what its claims ask for included.
pub(crate) fn needs(view: &View, pod: &PodView) -> Arc<PodNeeds> {
    if pod.claims.is_empty() {
        return pod.needs.clone();
    }
    let mut nodes: Vec<String> = Vec::new();
    for key in view.claims_of(pod) {
        match of_claim(view, pod, &key) {
            Ok(Some(node)) => nodes.push(node.as_str().into()),
            Ok(None) => {}
            Err(why) => return Arc::new(pod.needs.kept(Kept::Nowhere(why))),
        }
    }
    if nodes.is_empty() { pod.needs.clone() } else { Arc::new(pod.needs.kept(Kept::On(nodes))) }
}

/// The node that a claim holds its pods on, if it has a volume; or why it lets them be nowhere.
fn of_claim(view: &View, pod: &PodView, key: &ObjectKey) -> Result<Option<NodeName>, String> {
    let name = &key.name;
    let claim = view
        .claims
        .get(key)
        .ok_or_else(|| format!("persistentvolumeclaim \"{name}\" not found"))?;
    if claim.deleting {
        return Err(format!("persistentvolumeclaim \"{name}\" is being deleted"));
    }
    let uses = |p: &PodView| p.uid != pod.uid && p.node.is_some() && !p.phase.is_terminal();
    if claim.exclusive() && view.pods_with(key).any(uses) {
        return Err("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode".into());
    }
    let Some(volume) = &claim.volume else {
        return if class(view, claim).is_some() { Ok(None) } else { Err(UNBOUND.into()) };
    };
    let gone = || {
        format!(
            "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{volume}\""
        )
    };
    let volume = view.volumes.get(volume).ok_or_else(gone)?;
    let theirs = volume.claim.as_ref().and_then(|(_, uid)| uid.as_ref());
    if !claim.bound || theirs != Some(&claim.uid) || !volume.ours {
        return Err(UNBOUND.into());
    }
    volume.node.clone().map(Some).ok_or_else(|| UNBOUND.into())
}

/// The class by which a claim gets its volume when its pod is placed; none: we make none for it.
fn class<'a>(view: &'a View, claim: &ClaimView) -> Option<&'a ClassView> {
    let class = view.classes.get(claim.class.as_deref()?)?;
    let ours = class.provisioner == PROVISIONER && class.waits;
    (ours && refusal(claim).is_none()).then_some(class)
}

/// Why no volume is made for a claim of our class.
pub(super) fn refusal(claim: &ClaimView) -> Option<&'static str> {
    let modes = [json!(["ReadWriteOnce"]), json!(["ReadWriteOncePod"])];
    if !modes.contains(&claim.modes) {
        Some(
            "a directory on one node can be ReadWriteOnce or ReadWriteOncePod, no other access mode",
        )
    } else if claim.volume_mode == "Block" {
        Some("a directory cannot have volumeMode Block")
    } else if claim.selects {
        Some("claim.spec.selector is not supported: a new volume has no labels to be selected by")
    } else {
        None
    }
}

/// Whether one of a pod's claims was written in this turn: what came of that must be known before it is placed.
pub(crate) fn unsettled(view: &View, out: &Out, pod: &PodView) -> bool {
    view.claims_of(pod).any(|claim| out.wrote(&claim))
}

/// Makes the volumes that a pod lacks, on the node that was chosen for it.
pub(crate) fn provide(view: &View, out: &mut Out, pod: &PodView, node: &NodeName) {
    for key in view.claims_of(pod) {
        let Some(claim) = view.claims.get(&key).filter(|c| c.volume.is_none()) else { continue };
        if let Some(class) = class(view, claim)
            && !out.wrote(&key)
        {
            make(view, out, claim, class, node);
        }
    }
}

fn make(view: &View, out: &mut Out, claim: &ClaimView, class: &ClassView, node: &NodeName) {
    let name = volume_name(&claim.uid);
    let here = json!({"key": HOSTNAME, "operator": "In", "values": [node.as_str()]});
    let capacity = json!({"storage": claim.size});
    let doc = json!({
        "metadata": {"annotations": {PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": capacity,
            "accessModes": claim.modes,
            "persistentVolumeReclaimPolicy": class.reclaim,
            "storageClassName": claim.class,
            // Below the node's data directory, wherever that is.
            "local": {"path": format!("volumes/{name}")},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": &*claim.key.namespace,
                "name": &*claim.key.name,
                "uid": claim.uid.as_str(),
            },
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
        "status": {"phase": "Bound", "lastPhaseTransitionTime": out.now.to_rfc3339()},
    });
    out.put(&ObjectKey::new(kinds::PERSISTENT_VOLUME, "", &name), doc, Durability::Now);
    let patch = json!({
        "metadata": {"annotations": {
            "pv.kubernetes.io/bind-completed": "yes",
            "pv.kubernetes.io/bound-by-controller": "yes",
            "volume.beta.kubernetes.io/storage-provisioner": PROVISIONER,
            "volume.kubernetes.io/selected-node": node.as_str(),
            "volume.kubernetes.io/storage-provisioner": PROVISIONER,
        }},
        "spec": {"volumeName": &*name},
        "status": {"phase": "Bound", "accessModes": claim.modes, "capacity": capacity},
    });
    out.change(&claim.key, claim.revision, patch);
    let message = format!("Successfully provisioned volume {name}");
    let told = Happening::normal(&claim.key, &claim.uid, "ProvisioningSucceeded", message);
    out.tell(view, told);
}
