//! Pods get their nodes; those for which there is none wait until something changes that could help.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use model::{Hash, NodeName};
use serde_json::{Value, json};

use crate::events::{Happening, SCHEDULER};
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::schedule::{PodNeeds, Scheduler, Unschedulable};
use crate::storage::place;
use crate::view::View;
use crate::view::meta::{Cond, Truth, cond, set_cond};
use crate::view::pod::PodView;

/// Who waits is served by priority, and of one priority by what is asked for.
type Rank = (Reverse<i32>, Hash);

/// The scheduler, and who waits for it.
#[derive(Default)]
pub(crate) struct Placing {
    pub(crate) scheduler: Scheduler,
    /// Pods that found no node, by what they ask for: what holds for one holds for all of them.
    waiting: BTreeMap<Rank, Waiting>,
    waits_for: BTreeMap<ObjectKey, Rank>,
    /// Pods for which room is kept on a node.
    pub(crate) nominated: BTreeSet<ObjectKey>,
    /// The scheduler's state when those that wait were last tried.
    tried: u64,
}

/// Pods that ask for the same, and what they were told why there is no node.
#[derive(Default)]
struct Waiting {
    keys: BTreeSet<ObjectKey>,
    told: String,
}

impl Placing {
    /// The scheduler hears where a pod is.
    pub(crate) fn follow_pod(
        &mut self,
        view: &View,
        key: &ObjectKey,
        old_uid: Option<&model::Uid>,
    ) {
        let pod = view.pods.get(key);
        if let Some(uid) = old_uid
            && pod.is_none_or(|p| &p.uid != uid)
        {
            self.scheduler.remove_pod(uid);
        }
        self.nominated.remove(key);
        match pod {
            Some(pod) if pod.node.is_none() && pod.active() && pod.nominated.is_some() => {
                self.reserve(pod);
            }
            Some(pod) => match &pod.node {
                Some(node) if !pod.phase.is_terminal() => {
                    self.scheduler.add_pod(&pod.uid, pod.needs.clone(), node);
                    self.forget(key);
                }
                _ => self.scheduler.remove_pod(&pod.uid),
            },
            None => self.forget(key),
        }
    }

    /// Keeps the room that is made for a pod.
    fn reserve(&mut self, pod: &PodView) {
        if let Some(node) = &pod.nominated {
            self.nominated.insert(pod.key.clone());
            self.scheduler.quietly(|s| s.add_pod(&pod.uid, pod.needs.clone(), node));
        }
    }

    /// The scheduler hears of a node.
    pub(crate) fn follow_node(&mut self, view: &View, key: &ObjectKey) {
        let name = model::NodeName::from(&*key.name);
        match view.nodes.get(&name) {
            Some(node) => {
                self.scheduler.set_node(&name, node.offer.clone());
                // Pods that were told of before their node.
                let here: Vec<ObjectKey> = view.pods_on(&name).map(|p| p.key.clone()).collect();
                here.iter().for_each(|pod| self.follow_pod(view, pod, None));
            }
            None => self.scheduler.remove_node(&name),
        }
    }

    /// The scheduler hears of a namespace.
    pub(crate) fn follow_namespace(&mut self, view: &View, key: &ObjectKey) {
        let labels = view.namespaces.get(&key.name).map(|n| n.labels.clone());
        self.scheduler.set_namespace(&key.name, labels);
    }

    fn forget(&mut self, key: &ObjectKey) {
        let Some(rank) = self.waits_for.remove(key) else { return };
        if let Some(waiting) = self.waiting.get_mut(&rank) {
            waiting.keys.remove(key);
            if waiting.keys.is_empty() {
                self.waiting.remove(&rank);
            }
        }
    }

    /// Marks those that wait if something has changed that could help.
    pub(crate) fn mark(&mut self, out: &mut Out) {
        let epoch = self.scheduler.epoch();
        if epoch != self.tried && !self.waiting.is_empty() {
            out.queue.mark(Job::Retry);
        }
        self.tried = epoch;
    }

    /// Tries those that wait again: of equals one after the other, until one finds no node.
    pub(crate) fn retry(&mut self, view: &View, out: &mut Out) {
        let firsts: Vec<Rank> = self.waiting.keys().copied().collect();
        for rank in firsts {
            loop {
                if out.full() {
                    out.defer(Job::Retry);
                    return;
                }
                let Some(key) = self.waiting.get(&rank).and_then(|w| w.keys.first().cloned())
                else {
                    break;
                };
                if !self.place(view, out, &key) {
                    break;
                }
            }
        }
    }

    /// Finds a node for a pod. False if there is none.
    pub(crate) fn place(&mut self, view: &View, out: &mut Out, key: &ObjectKey) -> bool {
        let pod = view.pods.get(key).filter(|p| p.node.is_none() && p.active() && p.ours);
        let Some(pod) = pod else {
            self.forget(key);
            return true;
        };
        if out.wrote(key) {
            self.forget(key);
            out.defer(Job::Place(key.clone()));
            return true;
        }
        if place::unsettled(view, out, pod) {
            self.forget(key);
            out.defer(Job::Place(key.clone()));
            return true;
        }
        let needs = place::needs(view, pod);
        match self.find(pod, &needs) {
            Ok(node) => {
                self.forget(key);
                self.scheduler.add_pod(&pod.uid, pod.needs.clone(), &node);
                place::provide(view, out, pod, &node);
                let new = Cond::new("PodScheduled", Truth::True, out.now, "", "");
                let patch = json!({
                    "spec": {"nodeName": node.as_str()},
                    "status": {"conditions": with_condition(pod, new), "nominatedNodeName": null},
                });
                out.change(key, pod.revision, patch);
                let message = alloc::format!(
                    "Successfully assigned {}/{} to {node}",
                    key.namespace,
                    key.name
                );
                let told = Happening::normal(key, &pod.uid, "Scheduled", message);
                out.tell(view, Happening { from: SCHEDULER, ..told });
                true
            }
            Err(why) => {
                self.reserve(pod);
                self.wait(key, (Reverse(needs.priority()), needs.signature()));
                self.tell_why(view, out, key, &alloc::format!("{why}"));
                self.preempt(view, out, pod, &needs);
                false
            }
        }
    }

    /// The node that room was made on, if it is there; else any.
    fn find(&mut self, pod: &PodView, needs: &PodNeeds) -> Result<NodeName, Unschedulable> {
        if let Some(node) = &pod.nominated {
            self.scheduler.quietly(|s| s.remove_pod(&pod.uid));
            if self.scheduler.fits(needs, node).is_ok() {
                return Ok(node.clone());
            }
        }
        self.scheduler.place(needs)
    }

    fn wait(&mut self, key: &ObjectKey, rank: Rank) {
        if self.waits_for.get(key) != Some(&rank) {
            self.forget(key);
            self.waits_for.insert(key.clone(), rank);
            self.waiting.entry(rank).or_default().keys.insert(key.clone());
        }
    }

    /// Says why there is no node, on all pods that wait for the same, if it is not said already.
    fn tell_why(&mut self, view: &View, out: &mut Out, key: &ObjectKey, why: &str) {
        let Some(waiting) = self.waits_for.get(key).and_then(|rank| self.waiting.get_mut(rank))
        else {
            return;
        };
        let only = [key.clone()].into();
        let known = waiting.told == why;
        waiting.told = why.into();
        for key in if known { &only } else { &waiting.keys } {
            let Some(pod) = view.pods.get(key) else { continue };
            let said = cond(&pod.conditions, "PodScheduled").is_some_and(|c| {
                c.status == Truth::False && &*c.reason == "Unschedulable" && &*c.message == why
            });
            if said || out.wrote(key) {
                continue;
            }
            if out.full() {
                out.defer(Job::Place(key.clone()));
                return;
            }
            let new = Cond::new("PodScheduled", Truth::False, out.now, "Unschedulable", why);
            let patch = json!({"status": {"conditions": with_condition(pod, new)}});
            out.observe(key, patch);
            let told = Happening::warning(key, &pod.uid, "FailedScheduling", why.into());
            out.tell(view, Happening { from: SCHEDULER, ..told });
        }
    }

    /// After a write was dropped: what the scheduler took for placed is as the store says.
    pub(crate) fn dropped(&mut self, view: &View, out: &mut Out, key: &ObjectKey) {
        if key.kind == kinds::POD {
            self.follow_pod(view, key, None);
            out.queue.mark(Job::Place(key.clone()));
        }
    }
}

/// A pod's conditions with this one put in.
pub(crate) fn with_condition(pod: &PodView, new: Cond) -> Vec<Value> {
    let mut all = pod.conditions.clone();
    set_cond(&mut all, new);
    all.iter().map(Cond::to_value).collect()
}
