//! A replica set keeps so many pods of its template, no more and no fewer.

use alloc::sync::Arc;
use alloc::vec::Vec;

use model::Millis;
use serde_json::{Value, json};

use super::{Counts, claim_pods, ending_order, numbers, pod_from};
use crate::events::Happening;
use crate::kinds::{self, ObjectKey};
use crate::out::{Out, Refused};
use crate::queue::Job;
use crate::view::View;
use crate::view::doc;
use crate::view::meta::{Cond, Owner, Truth, cond};
use crate::view::pod::PodView;
use crate::view::workload::ReplicaSetView;

/// So many pods are made or ended in one go.
const BURST: i64 = 500;
/// So many pods that have ended are kept to be looked at.
const ENDED_MAX: usize = 4;
/// The wait after one pod that failed at once; doubles with each.
const FAILED_WAIT_MS: u64 = 10_000;
/// The condition that says why pods cannot be made.
pub(crate) const FAILURE: &str = "ReplicaFailure";
/// The longest such wait.
const FAILED_WAIT_MAX_MS: u64 = 300_000;

/// Decides on a replica set.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(set) = view.replica_sets.get(key).cloned() else { return };
    if out.wrote(key) {
        // Its deployment has just given it another number: a pod made by the old one would be one too many.
        out.defer(Job::ReplicaSet(key.clone()));
        return;
    }
    let common = &set.common;
    let template_labels =
        set.template.as_ref().map(|t| doc::texts(t, &["metadata", "labels"])).unwrap_or_default();
    let counts = Counts::of(view, &common.uid, &template_labels, common.min_ready_s, out.now);
    if let Some(at) = counts.next {
        out.queue.at(Job::ReplicaSet(key.clone()), at);
    }
    out.queue.rest(Job::ReplicaSet(key.clone()), counts.seen, out.now);
    tell_status(out, &set, &counts);
    if common.deleting || !view.namespace_open(&key.namespace) {
        return;
    }
    let owner = Owner::controlling(kinds::REPLICA_SET, &key.name, &common.uid);
    if claim_pods(view, out, common, &owner) {
        return;
    }
    drop_ended(view, out, &set);
    let missing = set.replicas - counts.active;
    if missing <= 0 {
        tell_failure(out, &set, None);
    }
    if missing > 0 {
        create(view, out, &set, &owner, missing.min(BURST));
    } else if missing < 0 {
        end(view, out, &set, (-missing).min(BURST));
    }
}

fn tell_status(out: &mut Out, set: &ReplicaSetView, counts: &Counts) {
    let want = [
        ("replicas", counts.active),
        ("fullyLabeledReplicas", if set.replicas == 0 { 0 } else { counts.labelled }),
        ("readyReplicas", counts.ready),
        ("availableReplicas", counts.available),
        ("observedGeneration", set.common.generation),
    ];
    if let Some(patch) = numbers(&set.status, &want, &["replicas"]) {
        out.observe(&set.common.key, json!({"status": patch}));
    }
}

/// Says in its conditions why pods cannot be made; none: they can.
fn tell_failure(out: &mut Out, set: &ReplicaSetView, why: Option<&str>) {
    let mut all = Cond::read_all(&set.status);
    if cond(&all, FAILURE).map(|c| &*c.message) == why {
        return;
    }
    all.retain(|c| &*c.kind != FAILURE);
    if let Some(why) = why {
        all.push(Cond::new(FAILURE, Truth::True, out.now, "FailedCreate", why));
    }
    let list: Vec<Value> = all.iter().map(Cond::to_value).collect();
    let list = if list.is_empty() { Value::Null } else { list.into() };
    out.observe(&set.common.key, json!({"status": {"conditions": list}}));
}

fn create(view: &View, out: &mut Out, set: &Arc<ReplicaSetView>, owner: &Owner, count: i64) {
    let Some(template) = &set.template else { return };
    if let Some(until) = failing_until(view, set)
        && out.now < until
    {
        out.queue.at(Job::ReplicaSet(set.common.key.clone()), until);
        return;
    }
    let prefix = alloc::format!("{}-", set.common.key.name);
    for _ in 0..count {
        let key = out.free_name(view, kinds::POD, &set.common.key.namespace, &prefix);
        let pod = pod_from(template, owner, &prefix);
        if let Err(why) = out.create(&key, pod) {
            if let Refused::Forbidden(why) = &why {
                tell_failure(out, set, Some(why));
            }
            let job = Job::ReplicaSet(set.common.key.clone());
            return out.refused(view, why, job, &set.common.key, &set.common.uid);
        }
        let message = alloc::format!("Created pod: {}", key.name);
        out.tell(
            view,
            Happening::normal(&set.common.key, &set.common.uid, "SuccessfulCreate", message),
        );
    }
}

fn end(view: &View, out: &mut Out, set: &ReplicaSetView, count: i64) {
    let active = ending_order(view.pods_of(&set.common.uid).filter(|p| p.active()));
    for pod in active.into_iter().take(usize::try_from(count).unwrap_or(0)) {
        out.end_pod(pod);
        let message = alloc::format!("Deleted pod: {}", pod.key.name);
        out.tell(
            view,
            Happening::normal(&set.common.key, &set.common.uid, "SuccessfulDelete", message),
        );
    }
}

fn ended<'a>(view: &'a View, set: &'a ReplicaSetView) -> Vec<&'a PodView> {
    let mut ended: Vec<&PodView> =
        view.pods_of(&set.common.uid).filter(|p| p.phase.is_terminal()).collect();
    ended.sort_by_key(|p| p.created);
    ended
}

/// Pods that end as soon as they are made are not made again at full speed.
fn failing_until(view: &View, set: &ReplicaSetView) -> Option<Millis> {
    let ended = ended(view, set);
    let newest = ended.last()?.created;
    let doublings = u32::try_from(ended.len() - 1).unwrap_or(u32::MAX).min(5);
    Some(newest.plus((FAILED_WAIT_MS << doublings).min(FAILED_WAIT_MAX_MS)))
}

fn drop_ended(view: &View, out: &mut Out, set: &ReplicaSetView) {
    let ended = ended(view, set);
    let surplus = ended.len().saturating_sub(ENDED_MAX);
    for pod in ended.into_iter().take(surplus) {
        out.end_pod(pod);
    }
}
