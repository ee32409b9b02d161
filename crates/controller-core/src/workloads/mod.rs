//! Workloads become pods.
//!
//! The law of this room: a decision counts pods as they are, not as a status says; it writes, and waits for what it
//! wrote to come back.

pub(crate) mod cron_job;
pub(crate) mod daemon_set;
pub(crate) mod deployment;
pub(crate) mod job;
pub(crate) mod replica_set;
mod revision;
pub(crate) mod stateful_set;

use alloc::string::String;
use alloc::vec::Vec;

use model::{Millis, Uid};
use serde_json::{Map, Value, json};

use crate::kinds::ObjectKey;
use crate::out::Out;
use crate::view::View;
use crate::view::doc::{self, Labels};
use crate::view::meta::Owner;
use crate::view::pod::PodView;
use crate::view::workload::Common;
pub(crate) use revision::REVISION_HASH;

/// What there is of an owner's pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Not ended, and not to end.
    pub(crate) active: i64,
    /// Of these, those with all labels of the template.
    pub(crate) labelled: i64,
    pub(crate) ready: i64,
    /// Ready for long enough.
    pub(crate) available: i64,
    /// On their way out, but still there.
    pub(crate) leaving: i64,
    /// All that were looked at.
    pub(crate) seen: usize,
    /// When the next ready one becomes available.
    pub(crate) next: Option<Millis>,
}

impl Counts {
    /// Counts the pods that an owner controls.
    pub(crate) fn of(
        view: &View,
        owner: &Uid,
        labels: &Labels,
        min_ready_s: u64,
        now: Millis,
    ) -> Self {
        let mut counts = Self::default();
        for pod in view.pods_of(owner) {
            counts.seen += 1;
            if !pod.active() {
                counts.leaving += i64::from(!pod.phase.is_terminal());
                continue;
            }
            counts.active += 1;
            let labelled = labels.iter().all(|(k, v)| pod.labels.get(k) == Some(v));
            counts.labelled += i64::from(labelled);
            counts.ready += i64::from(pod.ready());
            match pod.available_at(min_ready_s) {
                Some(at) if at <= now => counts.available += 1,
                Some(at) => counts.next = Some(counts.next.map_or(at, |n| n.min(at))),
                None => {}
            }
        }
        counts
    }
}

/// A pod made from a workload's template, but for its name.
pub(crate) fn pod_from(template: &Value, owner: &Owner, prefix: &str) -> Value {
    let mut meta = Map::new();
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = doc::at(template, &["metadata", field]) {
            meta.insert(field.into(), value.clone());
        }
    }
    meta.insert("generateName".into(), prefix.into());
    meta.insert("ownerReferences".into(), Value::Array([owner.to_value()].into()));
    let spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    json!({"metadata": meta, "spec": spec})
}

/// Makes this owner the controller of an object that has none.
pub(crate) fn adopt(view: &View, out: &mut Out, key: &ObjectKey, owner: &Owner) {
    let Some(meta) = view.meta.get(key) else { return };
    let others = meta.owners.iter().filter(|o| o.uid != owner.uid);
    let owners: Vec<Value> = others.chain(core::iter::once(owner)).map(Owner::to_value).collect();
    out.change(key, meta.revision, json!({"metadata": {"ownerReferences": owners}}));
}

/// Takes this owner from an object.
pub(crate) fn release(view: &View, out: &mut Out, key: &ObjectKey, owner: &Uid) {
    let Some(meta) = view.meta.get(key) else { return };
    let owners: Vec<Value> =
        meta.owners.iter().filter(|o| &o.uid != owner).map(Owner::to_value).collect();
    let owners = if owners.is_empty() { Value::Null } else { owners.into() };
    out.change(key, meta.revision, json!({"metadata": {"ownerReferences": owners}}));
}

/// Takes in the pods that a workload selects and nobody controls, and lets go those that it no longer selects.
/// True if there were any: then the workload is decided on again when they have changed.
pub(crate) fn claim_pods(view: &View, out: &mut Out, common: &Common, owner: &Owner) -> bool {
    claim_pods_named(view, out, common, owner, |_| true)
}

/// The same of pods that also must have a certain name.
pub(crate) fn claim_pods_named(
    view: &View,
    out: &mut Out,
    common: &Common,
    owner: &Owner,
    named: impl Fn(&str) -> bool,
) -> bool {
    let selects = |pod: &PodView| common.selects(&pod.labels) && named(&pod.key.name);
    let mut any = false;
    for pod in view.loose_pods(&common.key.namespace) {
        if pod.active() && selects(pod) {
            adopt(view, out, &pod.key, owner);
            any = true;
        }
    }
    for pod in view.pods_of(&common.uid) {
        if pod.deleting.is_none() && !selects(pod) {
            release(view, out, &pod.key, &common.uid);
            any = true;
        }
    }
    any
}

/// The numbers of a status that differ from those that are there, as a patch; none if none does. Those of `always` are
/// written even when they are zero, the others are left out then, as Kubernetes does.
pub(crate) fn numbers(
    old: &Value,
    want: &[(&str, i64)],
    always: &[&str],
) -> Option<Map<String, Value>> {
    let mut patch = Map::new();
    for &(field, number) in want {
        let is = doc::int(old, &[field]);
        let shown = number != 0 || always.contains(&field);
        if is != shown.then_some(number) {
            patch.insert(field.into(), if shown { number.into() } else { Value::Null });
        }
    }
    (!patch.is_empty()).then_some(patch)
}

/// Those that are to end first come first, as Kubernetes orders them: not placed, not running, not ready, ready for the
/// shortest time, most often restarted, newest.
pub(crate) fn ending_order<'a>(pods: impl Iterator<Item = &'a PodView>) -> Vec<&'a PodView> {
    use core::cmp::Reverse;
    let mut pods: Vec<&PodView> = pods.collect();
    pods.sort_by_key(|p| {
        (
            p.node.is_some(),
            p.lost_rank(),
            p.ready(),
            Reverse(p.ready_since()),
            Reverse(p.restarts),
            Reverse(p.created),
        )
    });
    pods
}

/// The hash that names what comes from a template: FNV-1a (32 bit) over the content's hash, and a count of collisions.
pub(crate) fn short_hash(content: &model::Hash, collisions: i64) -> String {
    let fold = |h: u32, b: &u8| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193);
    let hash = content.0.iter().chain(&collisions.to_le_bytes()).fold(0x811c_9dc5, fold);
    crate::stream::safe_letters(hash)
}
