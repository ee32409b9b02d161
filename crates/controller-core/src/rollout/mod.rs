//! An update goes from stage to stage over the nodes that can be seen.
//!
//! The law of this room: no node is given what is not proven unless its stage has begun and its group has a slot; a
//! stage ends when its nodes were healthy for long enough and were heard afterwards. A node that is away holds no slot.

mod gate;
mod judge;
mod stage;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::NodeName;
use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::turn::Durability;
use crate::view::View;
use crate::view::meta::Owner;
use crate::view::node::NodeDoc;
use crate::view::pod::PodView;
use crate::view::rollout::{Begun, Entry, PolicyView, RolloutView, State};
use crate::view::workload::{DaemonSetView, revision_hash};
use crate::workloads::{REVISION_HASH, daemon_set};
pub(crate) use gate::Gate;

/// How often a rollout that waits for nodes is looked at: being heard changes no object.
const LOOK_MS: u64 = 5_000;
/// So many rollouts of a workload are kept.
const KEPT: usize = 10;

/// A node that the workload is for.
struct Place<'a> {
    node: &'a NodeDoc,
    /// Its pod of the new revision.
    new: Option<&'a PodView>,
    /// Whether it has a pod that is ready, of whichever revision.
    ready: bool,
}

/// A rollout in the course of being decided on.
struct Course<'a> {
    policy: &'a PolicyView,
    rollout: &'a RolloutView,
    places: BTreeMap<&'a NodeName, Place<'a>>,
    nodes: BTreeMap<NodeName, Entry>,
    begun: Vec<Begun>,
    phase: &'static str,
    message: String,
}

/// Decides on the update of a daemon set.
pub(crate) fn decide(view: &View, fleet: &Fleet, out: &mut Out, key: &ObjectKey) {
    let Some(set) = view.daemon_sets.get(key) else { return };
    if set.common.deleting || !view.namespace_open(&key.namespace) {
        return;
    }
    let rollouts = view.rollouts_of(&set.common.uid);
    let newest = rollouts.last().copied();
    let Some(policy) = view.policy_of(key, &set.common.labels) else {
        return supersede(out, newest, "no policy stages it any more");
    };
    let content = revision_hash(&set.template);
    let current = view
        .dependents_of(&set.common.uid, kinds::CONTROLLER_REVISION)
        .filter_map(|k| view.revisions.get(k))
        .find(|r| r.data_hash == content);
    // The daemon set's own decision makes the revision.
    let Some(current) = current.map(|r| r.label.as_str()) else { return };
    let Some(rollout) = newest.filter(|r| r.to == current) else {
        supersede(out, newest, "a newer update has begun");
        let number = newest.map_or(0, |r| r.number) + 1;
        begin(view, out, set, policy, newest, current, number);
        let surplus = rollouts.len().saturating_sub(KEPT);
        rollouts.iter().take(surplus).for_each(|r| out.remove(&r.key, r.revision));
        return;
    };
    if rollout.over() || out.wrote(&rollout.key) {
        return;
    }
    out.queue.rest(Job::Rollout(key.clone()), view.nodes.len(), out.now);
    let mut course = Course::gather(view, set, policy, rollout);
    course.run(fleet, out);
    course.tell(out, key);
}

fn supersede(out: &mut Out, rollout: Option<&RolloutView>, why: &str) {
    let Some(rollout) = rollout.filter(|r| !r.over() && !out.wrote(&r.key)) else { return };
    let status = json!({"phase": "Superseded", "message": why, "finishedAt": out.now.to_rfc3339()});
    out.change(&rollout.key, rollout.revision, json!({"status": status}));
}

/// A new template is there: its way over the fleet gets an object, if there is a proven one to come from.
fn begin(
    view: &View,
    out: &mut Out,
    set: &DaemonSetView,
    policy: &PolicyView,
    newest: Option<&RolloutView>,
    current: &str,
    number: i64,
) {
    let Some(proven) = gate::proven(view, set, newest, current) else { return };
    if newest.is_none() && proven.label == current {
        return;
    }
    let common = &set.common;
    let name = format!("{}-{number}", common.key.name);
    let key = ObjectKey::new(kinds::ROLLOUT, &common.key.namespace, &name);
    if out.wrote(&key) || view.meta.contains_key(&key) {
        return;
    }
    let owner = Owner::controlling(kinds::DAEMON_SET, &common.key.name, &common.uid);
    let mut spec = json!({
        "workload": format!("daemonset/{}", common.key.name),
        "policy": &*policy.key.name,
        "number": number,
        "from": proven.label,
        "to": current,
    });
    if let Some(cause) = common.annotations.get("kubernetes.io/change-cause") {
        spec["cause"] = cause.as_str().into();
    }
    let mut doc = json!({
        "metadata": {"generation": 1, "labels": common.labels, "ownerReferences": [owner.to_value()]},
        "spec": spec,
    });
    if proven.label == current {
        // Going back to what is proven needs no proof.
        let message = "this revision was proven before";
        let at = out.now.to_rfc3339();
        doc["status"] = json!({"phase": "Complete", "message": message, "finishedAt": at});
    }
    out.put(&key, doc, Durability::Now);
}

impl<'a> Course<'a> {
    fn gather(
        view: &'a View,
        set: &'a DaemonSetView,
        policy: &'a PolicyView,
        rollout: &'a RolloutView,
    ) -> Self {
        let mut places: BTreeMap<&NodeName, Place<'_>> = daemon_set::nodes_of(view, set)
            .map(|node| (&node.name, Place { node, new: None, ready: false }))
            .collect();
        for pod in view.pods_of(&set.common.uid).filter(|p| p.active()) {
            let Some(place) = pod.target().and_then(|n| places.get_mut(n)) else { continue };
            place.ready |= pod.ready();
            if pod.labels.get(REVISION_HASH) == Some(&rollout.to) {
                place.new = Some(pod);
            }
        }
        Self {
            policy,
            rollout,
            places,
            nodes: rollout.nodes.clone(),
            begun: rollout.begun.clone(),
            phase: "Progressing",
            message: String::new(),
        }
    }

    fn run(&mut self, fleet: &Fleet, out: &Out) {
        if self.rollout.retries > self.rollout.retried {
            for entry in self.nodes.values_mut().filter(|e| e.state == State::Failed) {
                (entry.state, entry.granted, entry.since) = (State::Updating, out.now, out.now);
            }
            self.begun.last_mut().into_iter().for_each(|b| b.at = out.now);
        } else if self.rollout.going_back() {
            return self.go_back();
        } else if self.rollout.phase == "Failed" {
            self.phase = "Failed";
            self.message = doc_text(&self.rollout.status, "message");
            return;
        }
        self.judge(fleet, out.now);
        self.advance(out.now);
    }

    /// What was touched goes back to the proven revision, as the gate says.
    fn go_back(&mut self) {
        let left = self.places.values().filter(|p| p.new.is_some() && p.node.ready()).count();
        self.phase = if left == 0 { "RolledBack" } else { "RollingBack" };
        self.message = format!("{left} nodes that can be seen still have the new revision");
    }

    /// Writes what has changed.
    fn tell(self, out: &mut Out, key: &ObjectKey) {
        let of = |state| self.nodes.values().filter(|e| e.state == state).count();
        let stages: Vec<Value> = self
            .begun
            .iter()
            .zip(&self.policy.stages)
            .map(|(begun, stage)| {
                let mut doc = json!({"name": stage.name, "startedAt": begun.at.to_rfc3339()});
                if let Some(at) = begun.soaking {
                    doc["soakingSince"] = at.to_rfc3339().into();
                }
                doc
            })
            .collect();
        let nodes: Vec<Value> = self.nodes.iter().map(|(n, e)| e.to_value(n)).collect();
        let updated = self.places.values().filter(|p| p.new.is_some()).count();
        let mut status = json!({
            "phase": self.phase,
            "message": self.message,
            "stage": self.begun.len(),
            "stages": stages,
            "nodes": nodes,
            "total": self.places.len(),
            "updated": updated,
            "healthy": of(State::Healthy),
            "failed": of(State::Failed),
            "away": self.places.values().filter(|p| !p.node.ready()).count(),
            "retries": self.rollout.retries,
        });
        let old = &self.rollout.status;
        if let Some(at) = old.get("finishedAt") {
            status["finishedAt"] = at.clone();
        } else if matches!(self.phase, "Complete" | "RolledBack") {
            status["finishedAt"] = out.now.to_rfc3339().into();
        }
        if status != *old {
            // What was given must be known after a restart: it is no mere observation.
            out.change(&self.rollout.key, self.rollout.revision, json!({"status": status}));
        }
        if matches!(self.phase, "Progressing" | "Paused") {
            out.queue.at(Job::Rollout(key.clone()), out.now.plus(LOOK_MS));
        }
    }
}

fn doc_text(doc: &Value, field: &str) -> String {
    crate::view::doc::text(doc, &[field]).into()
}
