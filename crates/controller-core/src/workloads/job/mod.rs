//! A job runs pods until enough of them have succeeded.
//!
//! The law of this room: a pod is counted once. It bears a finalizer from its birth, so it cannot vanish unseen. When
//! it has ended, its uid is written into the job's status; only when that is known does the finalizer go; only when the
//! finalizer is known to be gone does the uid become one more in the counter, in one and the same write. So a uid
//! enters the list only from a pod that bears the finalizer and is not in it, and leaves it once. Whatever is lost or
//! refused in between, the next look finds one of these states and goes on from there. A success of an indexed job
//! needs no uid: its index is in the set of those completed, or it is not.
//!
//! And none is made for an index while one for it may still run somewhere: a node that is silent is not a node that has
//! stopped its pods.

mod count;
mod end;
pub(crate) mod indexes;
mod pods;
mod policy;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::events::Happening;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::batch::{JobView, TRACKING};
use crate::view::meta::{Meta, Owner};
use crate::view::pod::PodView;
use model::status::Phase;

/// What has become of a pod, as far as its job is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It runs, or will.
    Active,
    /// It is to end, and may still run.
    Leaving,
    Succeeded,
    Failed,
}

/// A job in the course of being decided on.
struct Batch<'a> {
    job: Arc<JobView>,
    owner: Owner,
    /// Every pod that it controls.
    pods: Vec<&'a PodView>,
}

/// Decides on a job.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(job) = view.jobs.get(key).cloned() else { return };
    let common = &job.common;
    let pods: Vec<&PodView> = view.pods_of(&common.uid).collect();
    if out.wrote(key) || pods.iter().any(|p| out.wrote(&p.key)) {
        out.defer(Job::Batch(key.clone()));
        return;
    }
    if job.foreign {
        return;
    }
    out.queue.rest(Job::Batch(key.clone()), pods.len(), out.now);
    let owner = Owner::controlling(kinds::JOB, &key.name, &common.uid);
    let batch = Batch { job: job.clone(), owner, pods };
    if let Some(end) = job.finished() {
        batch.after(view, out, end);
        return;
    }
    let open = !common.deleting && view.namespace_open(&key.namespace);
    if open && job.manual && batch.claim(view, out) {
        return;
    }
    let tally = batch.tally();
    tally.counted.iter().for_each(|pod| let_go(view, out, pod, false));
    // What was decided by a status that is not known yet is not acted on.
    if batch.tell(view, out, &tally) || !open {
        return;
    }
    match job.holds("SuccessCriteriaMet").or_else(|| job.holds("FailureTarget")) {
        Some(target) => batch.wind_down(view, out, &target.kind),
        None => batch.manage(view, out, &tally),
    }
}

impl<'a> Batch<'a> {
    fn key(&self) -> &ObjectKey {
        &self.job.common.key
    }

    fn fate(&self, pod: &PodView) -> Fate {
        match pod.phase {
            Phase::Succeeded => Fate::Succeeded,
            Phase::Failed => Fate::Failed,
            _ if pod.deleting.is_none() => Fate::Active,
            // Without any grace left somebody has said that it is over: its node never had it, or an operator knows.
            _ if pod.deleting_s == Some(0) || !self.job.patient => Fate::Failed,
            _ => Fate::Leaving,
        }
    }

    fn with_fate(&self, fate: Fate) -> impl Iterator<Item = &'a PodView> + '_ {
        self.pods.iter().copied().filter(move |p| self.fate(p) == fate)
    }

    /// Takes in pods that its selector selects and nobody controls; they are counted from then on.
    fn claim(&self, view: &View, out: &mut Out) -> bool {
        let common = &self.job.common;
        let mut any = false;
        for pod in view.loose_pods(&common.key.namespace) {
            if !pod.active() || !common.selects(&pod.labels) || out.wrote(&pod.key) {
                continue;
            }
            let Some(meta) = view.meta.get(&pod.key) else { continue };
            let owners: Vec<Value> =
                meta.owners.iter().chain([&self.owner]).map(Owner::to_value).collect();
            let finalizers: Vec<&str> = others(meta).chain(core::iter::once(TRACKING)).collect();
            let patch = json!({"metadata": {"ownerReferences": owners, "finalizers": finalizers}});
            out.change(&pod.key, pod.revision, patch);
            any = true;
        }
        any
    }

    fn tell_of(&self, view: &View, out: &mut Out, warning: bool, reason: &str, message: String) {
        let happening = Happening::normal(self.key(), &self.job.common.uid, reason, message);
        out.tell(view, Happening { warning, ..happening });
    }
}

/// The finalizers of others.
fn others(meta: &Meta) -> impl Iterator<Item = &str> {
    meta.finalizers.iter().map(|f| &**f).filter(|f| *f != TRACKING)
}

/// Whether a pod waits to be counted by a job that is not there.
pub(crate) fn forsaken(view: &View, pod: &PodView) -> bool {
    let tracked = pod.job.as_ref().is_some_and(|j| j.tracked);
    let job = pod.controller.as_ref().and_then(|uid| view.uids.get(uid));
    tracked && job.is_none_or(|key| key.kind != kinds::JOB)
}

/// Takes the finalizer off a pod; with `ends`, the pod is to end, too. One that has nothing left to wait for goes.
pub(crate) fn let_go(view: &View, out: &mut Out, pod: &PodView, ends: bool) {
    let Some(meta) = view.meta.get(&pod.key) else { return };
    if out.wrote(&pod.key) {
        return;
    }
    let left: Vec<&str> = others(meta).collect();
    let over = pod.node.is_none() || pod.phase.is_terminal();
    let going = pod.deleting.is_some() && (over || pod.deleting_s == Some(0));
    if left.is_empty() && (going || (ends && over)) {
        out.remove(&pod.key, pod.revision);
        return;
    }
    let tracked = pod.job.as_ref().is_some_and(|j| j.tracked);
    let begins = ends && pod.deleting.is_none();
    if !tracked && !begins {
        return;
    }
    let left = if left.is_empty() { Value::Null } else { json!(left) };
    let mut patch = json!({"metadata": {"finalizers": left}});
    if begins {
        let grace_s = if over { 0 } else { pod.grace_s.max(1) };
        let by = out.now.plus(u64::try_from(grace_s).unwrap_or(0) * 1000);
        patch["metadata"]["deletionTimestamp"] = by.to_rfc3339().into();
        patch["metadata"]["deletionGracePeriodSeconds"] = grace_s.into();
    }
    out.change(&pod.key, pod.revision, patch);
}
