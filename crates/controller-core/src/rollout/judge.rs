//! What has become of the nodes that were given an update.

use alloc::collections::BTreeSet;

use model::{Millis, NodeName};

use super::{Course, Place};
use crate::fleet::Fleet;
use crate::view::rollout::{Entry, PolicyView, State};

impl Course<'_> {
    /// Looks at each node of the present stage, and at those of earlier ones that have come to no result.
    pub(super) fn judge(&mut self, fleet: &Fleet, now: Millis) {
        let present = self.begun.len().saturating_sub(1);
        let mut gone: BTreeSet<NodeName> = BTreeSet::new();
        for (name, entry) in &mut self.nodes {
            let Some(place) = self.places.get(name) else {
                gone.insert(name.clone());
                continue;
            };
            let heard = fleet.nodes.get(name).and_then(|n| n.heard);
            match entry.state {
                State::Failed => {}
                State::Healthy if entry.stage < present => {}
                State::Healthy => stays_healthy(entry, place, now),
                // It was given the update, and went away before it took it: it holds no slot.
                _ if !place.node.ready() && place.new.is_none() => {
                    gone.insert(name.clone());
                }
                _ => progress(self.policy, entry, place, heard, now),
            }
        }
        self.nodes.retain(|name, _| !gone.contains(name));
    }
}

fn stays_healthy(entry: &mut Entry, place: &Place<'_>, now: Millis) {
    // It was well, and was heard afterwards; that it is away now says nothing of the update.
    if !place.node.ready() {
        return;
    }
    let same = place
        .new
        .is_some_and(|p| p.ready() && *p.key.name == *entry.pod && p.restarts == entry.restarts);
    if !same {
        (entry.state, entry.since, entry.granted) = (State::Updating, now, now);
        entry.message = "it was healthy, and is no longer".into();
    }
}

fn progress(
    policy: &PolicyView,
    entry: &mut Entry,
    place: &Place<'_>,
    heard: Option<Millis>,
    now: Millis,
) {
    if !place.node.ready() {
        (entry.state, entry.since) = (State::Failed, now);
        entry.message = "went quiet after it took the update".into();
        return;
    }
    match place.new.filter(|p| p.ready()) {
        Some(pod) => {
            let same = *pod.key.name == *entry.pod && pod.restarts == entry.restarts;
            if entry.state != State::Settling || !same {
                (entry.state, entry.since) = (State::Settling, now);
                (entry.pod, entry.restarts) = ((*pod.key.name).into(), pod.restarts);
                entry.message.clear();
            }
            let proven = entry.since.plus(policy.healthy_for_ms);
            if now >= proven && heard.is_some_and(|at| at >= proven) {
                (entry.state, entry.since) = (State::Healthy, now);
                return;
            }
        }
        None if entry.state == State::Settling => {
            (entry.state, entry.since) = (State::Updating, now);
            entry.message = "its pod is no longer ready".into();
        }
        None => {}
    }
    let until = entry.granted.plus(policy.healthy_for_ms).plus(policy.node_deadline_ms);
    if now >= until {
        entry.message = match entry.state {
            State::Settling => "did not stay healthy, or was not heard, in time".into(),
            _ => "its pod did not become ready in time".into(),
        };
        (entry.state, entry.since) = (State::Failed, now);
    }
}
