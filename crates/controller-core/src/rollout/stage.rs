//! From stage to stage: who is given the update next, and when a stage is proven.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::{Millis, NodeName};

use super::{Course, Place};
use crate::view::rollout::{Begun, Entry, State, Whom};
use crate::view::workload::scaled;

impl Course<'_> {
    /// Goes as far as it may at this time.
    pub(super) fn advance(&mut self, now: Millis) {
        let stages = &self.policy.stages;
        // A policy with fewer stages than before: the last one is what is left.
        self.begun.truncate(stages.len());
        if self.rollout.paused {
            self.phase = "Paused";
            self.message = "paused by an operator".into();
            return;
        }
        loop {
            if !self.begun.is_empty() {
                let at = self.begun.len() - 1;
                if let Some(why) = self.broken(at, now) {
                    return self.fail(&why);
                }
                self.grant(at, now);
                if let Some(why) = self.waits(at, now) {
                    self.message = format!("stage {}: {why}", stages[at].name);
                    return;
                }
            }
            let next = self.begun.len();
            let Some(stage) = stages.get(next) else {
                self.phase = "Complete";
                self.message =
                    "all stages are proven; nodes that are away get it when they return".into();
                return;
            };
            if stage.manual && self.rollout.approved <= next {
                self.phase = "WaitingForApproval";
                self.message = format!("stage {} waits for approval", stage.name);
                return;
            }
            self.begun.push(Begun { at: now, soaking: None });
        }
    }

    fn fail(&mut self, why: &str) {
        self.phase = if self.policy.roll_back { "RollingBack" } else { "Failed" };
        self.message = why.into();
    }

    fn of_stage(&self, at: usize, state: State) -> usize {
        self.nodes.values().filter(|e| e.stage == at && e.state == state).count()
    }

    /// Why the rollout has failed in this stage.
    fn broken(&self, at: usize, now: Millis) -> Option<String> {
        let stage = &self.policy.stages[at];
        let failed = self.of_stage(at, State::Failed);
        let members = self.nodes.values().filter(|e| e.stage == at).count();
        let members = (members + self.candidates(at).len()).max(1);
        if failed * 100 > (100 - self.policy.threshold_percent) * members {
            let (name, why) = self.nodes.iter().find(|(_, e)| e.state == State::Failed)?;
            let first = format!("{}: {}", name.as_str(), why.message);
            return Some(format!(
                "stage {}: {failed} of {members} nodes failed; {first}",
                stage.name
            ));
        }
        let late = stage.deadline_ms.is_some_and(|ms| now >= self.begun[at].at.plus(ms));
        late.then(|| format!("stage {}: not proven within its deadline", stage.name))
    }

    /// How many nodes this stage is to have, by its policy: `None` as many as its labels select.
    fn quota(&self, at: usize) -> Option<usize> {
        let Whom::Count(amount) = &self.policy.stages[at].whom else { return None };
        let all = i64::try_from(self.places.len()).unwrap_or(i64::MAX);
        let upto = usize::try_from(scaled(amount, all, true)).unwrap_or(usize::MAX);
        let earlier = self.nodes.values().filter(|e| e.stage < at).count();
        Some(upto.saturating_sub(earlier))
    }

    /// The nodes that can be seen, belong to the stage, and have not been given the update.
    fn candidates(&self, at: usize) -> Vec<&NodeName> {
        let has = self.nodes.values().filter(|e| e.stage == at).count();
        let room = self.quota(at).map_or(usize::MAX, |quota| quota.saturating_sub(has));
        let belongs = |place: &Place<'_>| match &self.policy.stages[at].whom {
            Whom::Count(_) => true,
            Whom::Labels(selector) => selector.matches(&place.node.labels),
        };
        let free = |(name, place): &(&&NodeName, &Place<'_>)| {
            place.node.ready() && !self.nodes.contains_key(**name) && belongs(place)
        };
        self.places.iter().filter(free).take(room).map(|(name, _)| *name).collect()
    }

    fn group(&self, place: &Place<'_>) -> String {
        match self.policy.group_by.as_str() {
            "" => String::new(),
            label => place.node.labels.get(label).cloned().unwrap_or_default(),
        }
    }

    /// How many more nodes of each group may be without a pod that is known to be well.
    fn slots(&self) -> BTreeMap<String, i64> {
        let mut seen: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for (name, place) in &self.places {
            let (all, used) = seen.entry(self.group(place)).or_default();
            let state = self.nodes.get(*name).map(|e| e.state);
            let visible = place.node.ready();
            let risky = matches!(state, Some(State::Updating | State::Settling));
            *all += i64::from(visible);
            *used +=
                i64::from(state == Some(State::Failed) || (visible && (risky || !place.ready)));
        }
        let most = |all| scaled(&self.policy.max_unavailable, all, true).max(1);
        seen.into_iter().map(|(group, (all, used))| (group, most(all) - used)).collect()
    }

    /// Gives the update to as many nodes of a stage as there are slots for.
    fn grant(&mut self, at: usize, now: Millis) {
        let mut slots = self.slots();
        let mut given = Vec::new();
        for name in self.candidates(at) {
            let Some(place) = self.places.get(name) else { continue };
            let Some(left) = slots.get_mut(&self.group(place)) else { continue };
            // A node without a ready pod has its slot already, and loses nothing.
            if *left > 0 || (*left == 0 && !place.ready) {
                *left -= i64::from(place.ready);
                given.push(name.clone());
            }
        }
        for name in given {
            let entry = Entry {
                stage: at,
                state: State::Updating,
                granted: now,
                since: now,
                pod: String::new(),
                restarts: 0,
                message: String::new(),
            };
            self.nodes.insert(name, entry);
        }
    }

    /// What this stage waits for; none: it is proven.
    fn waits(&mut self, at: usize, now: Millis) -> Option<String> {
        let waiting = self.wanting(at);
        if waiting.is_some() {
            self.begun[at].soaking = None;
            return waiting;
        }
        let since = *self.begun[at].soaking.get_or_insert(now);
        let soak = self.policy.stages[at].soak_ms;
        let done = since.plus(soak);
        (now < done).then(|| format!("soaks until {}", done.to_rfc3339()))
    }

    fn wanting(&self, at: usize) -> Option<String> {
        let open = self.of_stage(at, State::Updating) + self.of_stage(at, State::Settling);
        if open > 0 {
            return Some(format!("{open} nodes are not proven healthy yet"));
        }
        let candidates = self.candidates(at).len();
        if candidates > 0 {
            return Some(format!("{candidates} nodes wait for a slot of the budget"));
        }
        let healthy = self.of_stage(at, State::Healthy);
        let reported = healthy + self.of_stage(at, State::Failed);
        // All that can be seen have it by now. Where others follow, enough must have shown that it is good; the last
        // stage does not wait for those that are away.
        let wanted = match (at + 1 == self.policy.stages.len(), self.quota(at)) {
            (true, _) => 0,
            (_, Some(quota)) => quota,
            (_, None) => self.labelled(at),
        };
        let least = self.policy.min_reported.min(wanted);
        if reported < least {
            return Some(format!("{reported} of at least {least} nodes have reported"));
        }
        let good = reported * self.policy.threshold_percent <= healthy * 100;
        (!good).then(|| "too few nodes are healthy".to_string())
    }

    /// How many nodes the labels of a stage select, those of earlier stages left out.
    fn labelled(&self, at: usize) -> usize {
        let Whom::Labels(selector) = &self.policy.stages[at].whom else { return 0 };
        let earlier = |name: &NodeName| self.nodes.get(name).is_some_and(|e| e.stage < at);
        let mine = self.places.iter().filter(|(name, _)| !earlier(name));
        mine.filter(|(_, place)| selector.matches(&place.node.labels)).count()
    }
}
