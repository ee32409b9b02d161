//! A pod that finds no node ends pods of lower priority on one, if that gives it room; they end gracefully, and meanwhile
//! the room is kept for it.
//!
//! The law of this room: only a lower priority yields to a higher one, so no two pods ever end each other.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;
use core::cmp::Reverse;

use model::NodeName;
use serde_json::{Value, json};

use crate::events::{Happening, SCHEDULER};
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::place::Placing;
use crate::queue::Job;
use crate::schedule::{Placed, PodNeeds};
use crate::view::View;
use crate::view::doc;
use crate::view::meta::{Cond, Truth};
use crate::view::pod::PodView;

/// So many nodes that would do are compared.
const CANDIDATES_MAX: usize = 100;

/// A node that would have room, and who would have to go.
struct Choice<'a> {
    node: NodeName,
    victims: Vec<&'a PodView>,
    /// How many of them no disruption budget would let go.
    breaches: usize,
}

impl Choice<'_> {
    /// The lower, the better: fewest breaches, lowest priorities, fewest victims (as Kubernetes compares them).
    fn cost(&self) -> impl Ord + use<> {
        let priorities = || self.victims.iter().map(|p| p.needs.priority());
        let sum: i64 = priorities().map(|p| i64::from(p) - i64::from(i32::MIN)).sum();
        let youngest = self.victims.iter().map(|p| p.created).min();
        (self.breaches, priorities().max(), sum, self.victims.len(), Reverse(youngest))
    }
}

impl Placing {
    /// Makes room for a pod that found no node.
    pub(crate) fn preempt(&mut self, view: &View, out: &mut Out, pod: &PodView, needs: &PodNeeds) {
        let priority = needs.priority();
        let below = |p: &PodView| p.needs.priority() < priority;
        let leaves = |p: &PodView| p.deleting.is_some() && !p.phase.is_terminal();
        if let Some(node) = &pod.nominated {
            let here = || view.pods_on(node).filter(|p| below(p));
            let ending = here().any(|p| out.wrote(&p.key));
            // One whose node is away does not end, and its room is none.
            if ending
                || (here().any(leaves) && self.choice(view, out, needs, node.clone()).is_some())
            {
                return;
            }
        }
        let best = (needs.preempts() && self.scheduler.has_below(priority))
            .then(|| self.best(view, out, needs))
            .flatten();
        let Some(best) = best else {
            if pod.nominated.is_some() {
                nominate(out, pod, Value::Null);
            }
            return;
        };
        // Those of lower priority for whom room was kept there look for another place.
        for other in self.nominated_on(view, &best.node).into_iter().filter(|p| below(p)) {
            nominate(out, other, Value::Null);
        }
        for victim in &best.victims {
            end(view, out, victim, pod, &best.node);
        }
        nominate(out, pod, best.node.as_str().into());
        if best.victims.is_empty() {
            out.defer(Job::Place(pod.key.clone()));
        }
    }

    fn best<'a>(&mut self, view: &'a View, out: &Out, needs: &PodNeeds) -> Option<Choice<'a>> {
        let mut choices: Vec<Choice<'a>> = Vec::new();
        for node in self.scheduler.reachable(needs) {
            let known = choices.len();
            choices.extend(self.choice(view, out, needs, node));
            let free = choices.get(known).is_some_and(|c| c.victims.is_empty());
            if free || choices.len() >= CANDIDATES_MAX {
                break;
            }
        }
        choices.into_iter().min_by_key(Choice::cost)
    }

    fn choice<'a>(
        &mut self,
        view: &'a View,
        out: &Out,
        needs: &PodNeeds,
        node: NodeName,
    ) -> Option<Choice<'a>> {
        let below = |p: &&PodView| {
            p.needs.priority() < needs.priority() && !p.phase.is_terminal() && !out.wrote(&p.key)
        };
        let mut lower: Vec<&PodView> = view.pods_on(&node).filter(below).collect();
        let breaching = breaches(view, &lower);
        // Who is kept first: those that a budget protects, then the higher, then the older; last, who goes anyway.
        lower.sort_by_key(|p| {
            let breach = breaching.contains_key(&p.key);
            (p.deleting.is_some(), !breach, Reverse(p.needs.priority()), p.created)
        });
        let waiting = self.nominated_on(view, &node);
        let all: Vec<Placed> = lower
            .iter()
            .copied()
            .chain(waiting.into_iter().filter(|p| below(p)))
            .map(|p| (p.uid.clone(), p.needs.clone()))
            .collect();
        if all.is_empty() {
            return None;
        }
        let going = self.scheduler.in_the_way(needs, &node, &all)?;
        let gone = |p: &&PodView| going.iter().any(|(uid, _)| *uid == p.uid);
        let victims: Vec<_> =
            lower.into_iter().filter(gone).filter(|p| p.deleting.is_none()).collect();
        let breaches = victims.iter().filter(|p| breaching.contains_key(&p.key)).count();
        Some(Choice { node, victims, breaches })
    }

    /// The pods that room is kept for on a node.
    fn nominated_on<'a>(&self, view: &'a View, node: &NodeName) -> Vec<&'a PodView> {
        let here = |p: &&PodView| p.nominated.as_ref() == Some(node) && p.node.is_none();
        self.nominated.iter().filter_map(|key| view.pods.get(key)).filter(here).collect()
    }
}

/// The pods that their disruption budgets would not let go, if all of these went in this order.
fn breaches<'a>(view: &View, pods: &[&'a PodView]) -> BTreeMap<&'a ObjectKey, ()> {
    let mut left: BTreeMap<&ObjectKey, i64> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for pod in pods.iter().filter(|p| p.deleting.is_none()) {
        let budgets = View::within(&view.budgets, kinds::POD_DISRUPTION_BUDGET, &pod.key.namespace);
        for (key, budget) in budgets.filter(|(_, b)| b.selects(&pod.labels)) {
            let allowed = || doc::int(&budget.status, &["disruptionsAllowed"]).unwrap_or(0);
            let left = left.entry(key).or_insert_with(allowed);
            *left -= 1;
            if *left < 0 {
                found.insert(&pod.key, ());
            }
        }
    }
    found
}

fn end(view: &View, out: &mut Out, victim: &PodView, by: &PodView, node: &NodeName) {
    let reason = "PreemptionByScheduler";
    let why = "default-scheduler: preempting to accommodate a higher priority pod";
    out.end_pod_saying(
        victim,
        Some(Cond::new("DisruptionTarget", Truth::True, out.now, reason, why)),
    );
    let message = format!("Preempted by pod {} on node {node}", by.uid);
    let told = Happening::normal(&victim.key, &victim.uid, "Preempted", message);
    out.tell(view, Happening { from: SCHEDULER, ..told });
}

/// Says for which node a pod waits.
fn nominate(out: &mut Out, pod: &PodView, node: Value) {
    out.observe(&pod.key, json!({"status": {"nominatedNodeName": node}}));
}
