//! A volume says whose it is. One that goes with its claim is taken from its node first, and goes when the node has said
//! so.

use alloc::sync::Arc;

use model::NodeName;
use serde_json::json;

use super::VOLUME_PROTECTION;
use super::claim::{phase, unprotect};
use crate::fleet::Fleet;
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::storage::VolumeView;

/// So many volumes that a node said are gone are remembered until their objects are.
const REMOVED_MAX: usize = 10_000;

/// Decides on a volume.
pub(crate) fn decide(view: &View, fleet: &Fleet, out: &mut Out, name: &Arc<str>) {
    let Some(volume) = view.volumes.get(name) else { return };
    if out.wrote(&volume.key) {
        return out.defer(Job::Volume(name.clone()));
    }
    let now = state(view, volume);
    if volume.phase != now {
        return out.change(&volume.key, volume.revision, json!({"status": phase(out, now)}));
    }
    if now == "Released" && volume.ours && volume.goes {
        if is_off(view, fleet, volume) {
            remove(out, volume);
        }
    } else if volume.deleting && now != "Bound" {
        unprotect(out, &volume.key, volume.revision, &volume.finalizers, VOLUME_PROTECTION);
    }
}

/// The phase that a volume is in.
fn state(view: &View, volume: &VolumeView) -> &'static str {
    let Some((key, uid)) = &volume.claim else { return "Available" };
    // Kept for a claim that may come.
    let Some(uid) = uid else { return "Available" };
    if view.claims.get(key).is_some_and(|c| &c.uid == uid) { "Bound" } else { "Released" }
}

/// Whether nothing of a volume is left that could still be taken away.
fn is_off(view: &View, fleet: &Fleet, volume: &VolumeView) -> bool {
    volume.node.as_ref().is_none_or(|node| {
        !view.nodes.contains_key(node)
            || fleet.nodes.get(node).is_some_and(|n| n.removed.contains(&volume.uid))
    })
}

fn remove(out: &mut Out, volume: &VolumeView) {
    let left = volume.finalizers.iter().any(|f| f != VOLUME_PROTECTION);
    if !left {
        out.remove(&volume.key, volume.revision);
    } else if !volume.deleting {
        // Whoever put another finalizer there takes the volume away by taking it off.
        let patch = json!({"metadata": {
            "deletionTimestamp": out.now.to_rfc3339(),
            "deletionGracePeriodSeconds": 0,
        }});
        out.change(&volume.key, volume.revision, patch);
    } else {
        unprotect(out, &volume.key, volume.revision, &volume.finalizers, VOLUME_PROTECTION);
    }
}

/// A node told that this is gone from it: a volume, perhaps.
pub(crate) fn gone(
    view: &View,
    fleet: &mut Fleet,
    out: &mut Out,
    node: &NodeName,
    uid: &model::Uid,
) {
    let Some(volume) = view.uids.get(uid).and_then(|key| view.volumes.get(&key.name)) else {
        return;
    };
    if &volume.uid != uid || volume.node.as_ref() != Some(node) {
        return;
    }
    let removed = &mut fleet.node(node).removed;
    removed.retain(|uid| view.uids.contains_key(uid));
    if removed.len() < REMOVED_MAX {
        removed.insert(uid.clone());
    }
    out.queue.mark(Job::Volume(volume.key.name.clone()));
}
