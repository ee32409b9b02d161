//! A stateful set has pods of stable names, one of each number. In order: one comes when all below it are available, and
//! the highest goes first.
//!
//! The law of this room: no pod is made while one of its name is there, wherever that one may be.

mod claims;
mod pods;
mod status;
mod update;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use serde_json::Value;

use super::claim_pods_named;
use super::revision::{History, REVISION_HASH, collisions};
use crate::events::Happening;
use crate::kinds::{self, ObjectKey};
use crate::out::{Out, Refused};
use crate::queue::Job;
use crate::view::View;
use crate::view::doc;
use crate::view::meta::Owner;
use crate::view::pod::PodView;
use crate::view::stateful::StatefulSetView;

/// The label on revisions that holds the hash in their names.
const HASH: &str = "controller.kubernetes.io/hash";
/// So many pods are made in one go.
const BURST: usize = 500;
/// How long a pod that failed stays before it is made again.
const FAILED_WAIT_MS: u64 = 10_000;

/// One of a set's templates, and the name that its pods bear.
struct Version {
    name: String,
    template: Arc<Value>,
}

/// A stateful set in the course of being decided on.
struct Stateful<'a> {
    set: Arc<StatefulSetView>,
    owner: Owner,
    /// The template that all pods had when the last update was through.
    current: Version,
    /// The present template.
    update: Version,
    /// How many names were taken before the present revision got its own.
    collisions: i64,
    /// Its pods by their numbers, whatever state they are in.
    pods: BTreeMap<i64, &'a PodView>,
}

/// Decides on a stateful set.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(set) = view.stateful_sets.get(key).cloned() else { return };
    if out.wrote(key) {
        out.defer(Job::StatefulSet(key.clone()));
        return;
    }
    if set.common.deleting || !view.namespace_open(&key.namespace) {
        return;
    }
    let owner = Owner::controlling(kinds::STATEFUL_SET, &key.name, &set.common.uid);
    let named = |pod: &str| set.ordinal(pod).is_some();
    if claim_pods_named(view, out, &set.common, &owner, named) {
        return;
    }
    let history =
        History { common: &set.common, template: &set.template, limit: set.history, label: HASH };
    // A revision that has just been made, or renumbered, comes back first.
    let Some(update) = history.current(view, out, &owner) else { return };
    let current = history
        .named(view, doc::text(&set.status, &["currentRevision"]))
        .filter(|r| r.template.is_some())
        .unwrap_or(update);
    let version = |r: &crate::view::workload::RevisionView| Version {
        name: (*r.key.name).into(),
        template: r.template.clone().unwrap_or_else(|| set.template.clone()),
    };
    let pods = view
        .pods_of(&set.common.uid)
        .filter_map(|p| Some((set.ordinal(&p.key.name)?, p)))
        .collect();
    let stateful = Stateful {
        set: set.clone(),
        owner,
        current: version(current),
        update: version(update),
        collisions: collisions(update),
        pods,
    };
    out.queue.rest(Job::StatefulSet(key.clone()), stateful.pods.len(), out.now);
    stateful.wake(out);
    stateful.keep_claims(view, out);
    if stateful.replicas(view, out) && stateful.surplus(view, out) {
        stateful.roll(view, out);
    }
    stateful.tell_status(out);
    let borne = |name: &str| {
        stateful.pods.values().any(|p| p.labels.get(REVISION_HASH).is_some_and(|l| l == name))
    };
    history.drop_surplus(view, out, |r| {
        let name = &*r.key.name;
        name == stateful.update.name || name == stateful.current.name || borne(name)
    });
}

impl Stateful<'_> {
    fn key(&self) -> &ObjectKey {
        &self.set.common.key
    }

    /// Ready for long enough, and not to end.
    fn available(&self, out: &Out, pod: &PodView) -> bool {
        pod.active()
            && pod.available_at(self.set.common.min_ready_s).is_some_and(|at| at <= out.now)
    }

    /// Looks again when the next pod has been ready for long enough.
    fn wake(&self, out: &mut Out) {
        let ready = self.pods.values().filter_map(|p| p.available_at(self.set.common.min_ready_s));
        if let Some(at) = ready.filter(|at| *at > out.now).min() {
            out.queue.at(Job::StatefulSet(self.key().clone()), at);
        }
    }

    fn is_of(&self, pod: &PodView, version: &Version) -> bool {
        pod.labels.get(REVISION_HASH) == Some(&version.name)
    }

    fn tell(&self, view: &View, out: &mut Out, warning: bool, reason: &str, message: String) {
        let happening = Happening::normal(self.key(), &self.set.common.uid, reason, message);
        out.tell(view, Happening { warning, ..happening });
    }

    fn refused(&self, view: &View, out: &mut Out, why: Refused) {
        let job = Job::StatefulSet(self.key().clone());
        out.refused(view, why, job, self.key(), &self.set.common.uid);
    }

    fn end(&self, view: &View, out: &mut Out, pod: &PodView) {
        out.end_pod(pod);
        let (pod, set) = (&pod.key.name, &self.key().name);
        let message = alloc::format!("delete Pod {pod} in StatefulSet {set} successful");
        self.tell(view, out, false, "SuccessfulDelete", message);
    }
}
