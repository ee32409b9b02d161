//! Objects whose owners are gone go too, and what ends takes its contents with it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::meta::Meta;
use crate::view::pod::PodView;
use crate::workloads::{job, release};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";
/// How long a pod whose node has no document is left alone: the node may be about to come.
const ASTRAY_MS: u64 = 60_000;

/// Decides whether an object is still wanted, or may go.
pub(crate) fn decide(view: &View, fleet: &Fleet, out: &mut Out, key: &ObjectKey) {
    let Some(meta) = view.meta.get(key) else { return };
    if out.wrote(key) {
        out.defer(Job::Collect(key.clone()));
        return;
    }
    if let Some(pod) = view.pods.get(key)
        && pod.node.is_some()
        && end_bound(view, fleet, out, pod)
    {
        return;
    }
    let orphaned = !meta.owners.is_empty() && meta.owners.iter().all(|o| view.owner_gone(o));
    if let Some(pod) = view.pods.get(key).filter(|p| job::forsaken(view, p)) {
        job::let_go(view, out, pod, orphaned);
        return;
    }
    if meta.deleting.is_some() {
        finish(view, out, key, meta);
        return;
    }
    let ending = meta.owners.iter().any(|o| {
        let owner = view.uids.get(&o.uid).and_then(|k| view.meta.get(k));
        owner.is_some_and(|m| m.deleting.is_some() && m.has_finalizer(FOREGROUND))
    });
    if orphaned {
        out.end(view, key, meta);
    } else if ending {
        end_in_foreground(view, out, key, meta);
    }
}

/// A pod that is to end, or whose node is gone: it goes at once where no node can have it. True if it was decided on.
fn end_bound(view: &View, fleet: &Fleet, out: &mut Out, pod: &PodView) -> bool {
    let Some(node) = &pod.node else { return false };
    if !view.nodes.contains_key(node) {
        let until = pod.created.plus(ASTRAY_MS);
        if until > out.now {
            out.queue.at(Job::Collect(pod.key.clone()), until);
            return false;
        }
        remove_pod(out, pod);
        return true;
    }
    if pod.deleting.is_some()
        && (pod.phase.is_terminal() || fleet.never_had(node, &pod.item_name()))
    {
        remove_pod(out, pod);
        return true;
    }
    false
}

/// Takes a pod away that runs nowhere.
pub(crate) fn remove_pod(out: &mut Out, pod: &PodView) {
    if !pod.finalizers {
        out.remove(&pod.key, pod.revision);
    } else if pod.deleting.is_none() || pod.deleting_s != Some(0) {
        // Whoever put the finalizer there takes the pod away by taking it off.
        let patch = json!({"metadata": {
            "deletionTimestamp": out.now.to_rfc3339(),
            "deletionGracePeriodSeconds": 0,
        }});
        out.change(&pod.key, pod.revision, patch);
    }
}

/// An object on its way out: its dependents go (or are let go) first, if it says so.
fn finish(view: &View, out: &mut Out, key: &ObjectKey, meta: &Meta) {
    if meta.finalizers.is_empty() {
        // Namespaces go when they are empty, pods when their node says so.
        if !matches!(key.kind, kinds::NAMESPACE | kinds::POD) {
            out.remove(key, meta.revision);
        }
        return;
    }
    let done = if meta.has_finalizer(ORPHAN) {
        let_go(view, out, key, meta).then_some(ORPHAN)
    } else if meta.has_finalizer(FOREGROUND) {
        end_dependents(view, out, key, meta).then_some(FOREGROUND)
    } else {
        None
    };
    let Some(done) = done else { return };
    let left: Vec<&str> = meta.finalizers.iter().map(|f| &**f).filter(|f| *f != done).collect();
    let runs = view.pods.get(key).is_some_and(|p| p.node.is_some() && !p.phase.is_terminal());
    if left.is_empty() && !runs && key.kind != kinds::NAMESPACE {
        out.remove(key, meta.revision);
    } else {
        let left = if left.is_empty() { Value::Null } else { json!(left) };
        out.change(key, meta.revision, json!({"metadata": {"finalizers": left}}));
    }
}

/// Takes an owner off its dependents. True if none is left.
fn let_go(view: &View, out: &mut Out, key: &ObjectKey, meta: &Meta) -> bool {
    let mut none = true;
    for dependent in view.dependents(&meta.uid) {
        none = false;
        if out.full() {
            out.defer(Job::Collect(key.clone()));
            break;
        }
        if !out.wrote(dependent) {
            release(view, out, dependent, &meta.uid);
        }
    }
    none
}

/// Ends the dependents. True if none is left that the owner must wait for.
fn end_dependents(view: &View, out: &mut Out, key: &ObjectKey, meta: &Meta) -> bool {
    let mut none = true;
    for dependent in view.dependents(&meta.uid) {
        let Some(theirs) = view.meta.get(dependent) else { continue };
        none &= !theirs.owners.iter().any(|o| o.uid == meta.uid && o.blocks);
        if out.full() {
            out.defer(Job::Collect(key.clone()));
            return false;
        }
        if theirs.deleting.is_none() {
            end_in_foreground(view, out, dependent, theirs);
        }
    }
    none
}

/// Ends an object after its own dependents.
pub(crate) fn end_in_foreground(view: &View, out: &mut Out, key: &ObjectKey, meta: &Meta) {
    if view.dependents(&meta.uid).next().is_none() || key.kind == kinds::POD {
        out.end(view, key, meta);
        return;
    }
    if out.wrote(key) {
        return;
    }
    let finalizers: Vec<&str> =
        meta.finalizers.iter().map(|f| &**f).chain(core::iter::once(FOREGROUND)).collect();
    let patch = json!({"metadata": {
        "deletionTimestamp": out.now.to_rfc3339(),
        "deletionGracePeriodSeconds": 0,
        "finalizers": finalizers,
    }});
    out.change(key, meta.revision, patch);
}

/// A namespace that ends: its contents go, then it goes itself.
pub(crate) fn namespace(view: &View, out: &mut Out, name: &Arc<str>) {
    let key = ObjectKey::new(kinds::NAMESPACE, "", name);
    let Some(meta) = view.meta.get(&key).filter(|m| m.deleting.is_some()) else { return };
    let mut empty = true;
    for (key, theirs) in view.contents(name) {
        empty = false;
        if out.full() {
            out.defer(Job::Namespace(name.clone()));
            break;
        }
        // Those with a deletion time are on their way.
        if theirs.deleting.is_none() {
            out.end(view, key, theirs);
        }
    }
    if !empty {
        return;
    }
    let ours = meta.finalizers.iter().all(|f| &**f == FOREGROUND || &**f == ORPHAN);
    if ours && !out.wrote(&key) {
        out.remove(&key, meta.revision);
    }
}
