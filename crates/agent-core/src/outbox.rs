//! What the controller is still to be told. Kept until it has said that it has it; coalesced meanwhile.
//!
//! The law of this room: one report is under way at most, and nothing that it tells is forgotten before it is taken.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use model::report::{HoldReport, NodeEvent, NodeFacts, NodeUsage, Report, Traffic};
use model::{Millis, Uid};

use crate::turn::Now;

/// So many events wait at most; the oldest that are no warnings go first.
const EVENTS_MAX: usize = 256;
/// So many events go into one report.
const EVENTS_PER_REPORT: usize = 64;
/// A report without an answer is said again after so long, in milliseconds, doubling up to the other.
const RESEND_MS: u64 = 10_000;
const RESEND_MAX_MS: u64 = 300_000;
/// Usage that moved by less than this share (in percent) of what was told last is not worth a word.
const DEAD_BAND_PERCENT: i64 = 10;

/// A report that waits to be taken.
struct UnderWay {
    report: Report,
    again: Millis,
    wait_ms: u64,
}

/// What is to be told.
#[derive(Default)]
pub(crate) struct Outbox {
    boot: u64,
    sequence: u64,
    /// The connection is up and the controller has answered our hello.
    open: bool,
    under_way: Option<UnderWay>,
    pods: BTreeSet<Uid>,
    gone: BTreeSet<Uid>,
    whole: bool,
    /// The engine has not been looked at yet: what pods there are cannot be told, facts can.
    pub(crate) blind: bool,
    facts: Option<NodeFacts>,
    facts_due: bool,
    usage: Option<NodeUsage>,
    usage_told: Option<NodeUsage>,
    usage_due: bool,
    events: VecDeque<NodeEvent>,
    holds: Vec<HoldReport>,
    holds_due: bool,
    traffic: Traffic,
    /// Whether the month's bound is reached has changed.
    bound_due: bool,
    dropped: u64,
    last_said: Millis,
}

impl Outbox {
    pub(crate) fn new(boot: u64) -> Self {
        // What is held is told once even if nothing is: what was held before this start is no more.
        Self { boot, whole: true, facts_due: true, holds_due: true, ..Self::default() }
    }

    pub(crate) fn opened(&mut self, now: Now) {
        self.open = true;
        // What was under way when the connection went is said again at once.
        if let Some(under_way) = &mut self.under_way {
            under_way.again = now.mono;
            under_way.wait_ms = RESEND_MS;
        }
    }

    pub(crate) fn closed(&mut self) {
        self.open = false;
    }

    /// Another controller: it is told everything.
    pub(crate) fn tell_all(&mut self) {
        self.whole = true;
        self.facts_due = true;
        self.holds_due = true;
        // What the other one has not taken goes into the next report.
        if let Some(UnderWay { report, .. }) = self.under_way.take() {
            self.gone.extend(report.gone);
            self.dropped += report.dropped;
            report.events.into_iter().rev().for_each(|e| self.events.push_front(e));
            self.trim();
        }
    }

    pub(crate) fn pod_changed(&mut self, uid: &Uid) {
        self.pods.insert(uid.clone());
    }

    pub(crate) fn pod_gone(&mut self, uid: &Uid) {
        self.pods.remove(uid);
        self.gone.insert(uid.clone());
    }

    pub(crate) fn facts(&self) -> Option<&NodeFacts> {
        self.facts.as_ref()
    }

    pub(crate) fn set_facts(&mut self, facts: NodeFacts) {
        if self.facts.as_ref() != Some(&facts) {
            self.facts = Some(facts);
            self.facts_due = true;
        }
    }

    pub(crate) fn set_holds(&mut self, holds: Vec<HoldReport>) {
        self.holds_due |= self.holds != holds;
        self.holds = holds;
    }

    /// What has passed the link. While its month's bound is reached, events and usage wait.
    pub(crate) fn set_traffic(&mut self, traffic: Traffic) {
        self.bound_due |= self.traffic.capped != traffic.capped;
        self.traffic = traffic;
    }

    /// What has passed the link.
    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What is held now.
    pub(crate) fn holds(&self) -> &[HoldReport] {
        &self.holds
    }

    /// Whether the controller has answered our hello; events that wait; events that had to be dropped.
    pub(crate) fn state(&self) -> (bool, usize, u64) {
        let under_way = self.under_way.as_ref().map_or(0, |u| u.report.events.len());
        (self.open, self.events.len() + under_way, self.dropped)
    }

    pub(crate) fn set_usage(&mut self, usage: NodeUsage) {
        self.usage_due |= self.usage_told.as_ref().is_none_or(|told| moved(told, &usage));
        self.usage = Some(usage);
    }

    pub(crate) fn event(&mut self, event: NodeEvent) {
        let same = |e: &&mut NodeEvent| {
            e.pod == event.pod
                && e.container == event.container
                && e.reason == event.reason
                && e.message == event.message
        };
        if let Some(held) = self.events.iter_mut().find(same) {
            held.count += 1;
            held.at = event.at;
            return;
        }
        self.events.push_back(event);
        self.trim();
    }

    fn trim(&mut self) {
        while self.events.len() > EVENTS_MAX {
            let least = self.events.iter().position(|e| !e.warning).unwrap_or(0);
            self.events.remove(least);
            self.dropped += 1;
        }
    }

    pub(crate) fn taken(&mut self, boot: u64, sequence: u64) {
        if boot == self.boot
            && self.under_way.as_ref().is_some_and(|u| u.report.sequence <= sequence)
        {
            self.under_way = None;
        }
    }

    fn has_news(&self) -> bool {
        (self.whole && !self.blind)
            || !self.pods.is_empty()
            || !self.gone.is_empty()
            || (self.facts_due && self.facts.is_some())
            || self.holds_due
            || self.bound_due
            || (!self.traffic.capped
                && (!self.events.is_empty() || self.usage_due || self.dropped > 0))
    }

    /// When there is something to say next, without anything happening.
    pub(crate) fn wake(&self, heartbeat_ms: u64) -> Option<Millis> {
        if !self.open {
            return None;
        }
        match &self.under_way {
            Some(under_way) => Some(under_way.again),
            None => Some(self.last_said.plus(heartbeat_ms)),
        }
    }

    /// The report to say now, if there is one. `fill` sets what the pods tell: all of them, or those named.
    pub(crate) fn next(
        &mut self,
        now: Now,
        heartbeat_ms: u64,
        fill: impl FnOnce(&mut Report, Option<&BTreeSet<Uid>>),
    ) -> Option<Report> {
        if !self.open {
            return None;
        }
        if let Some(under_way) = &mut self.under_way {
            if under_way.again > now.mono {
                return None;
            }
            under_way.wait_ms = (under_way.wait_ms * 2).min(RESEND_MAX_MS);
            under_way.again = now.mono.plus(under_way.wait_ms);
            return Some(under_way.report.clone());
        }
        let heartbeat = now.mono.since(self.last_said) >= heartbeat_ms;
        if !self.has_news() && !heartbeat {
            return None;
        }
        self.sequence += 1;
        let pods = core::mem::take(&mut self.pods);
        let mut report = Report {
            boot: self.boot,
            sequence: self.sequence,
            at: now.wall,
            gone: core::mem::take(&mut self.gone).into_iter().collect(),
            whole: !self.blind && core::mem::take(&mut self.whole),
            facts: self.facts.clone().filter(|_| core::mem::take(&mut self.facts_due)),
            holds: core::mem::take(&mut self.holds_due).then(|| self.holds.clone()),
            ..Report::default()
        };
        let measured = self.usage_due || heartbeat;
        let counted = core::mem::take(&mut self.bound_due) || measured;
        report.traffic = Some(self.traffic).filter(|t| counted && *t != Traffic::default());
        if !self.traffic.capped {
            report.events = self.take_events();
            report.dropped = core::mem::take(&mut self.dropped);
        }
        if measured && !self.traffic.capped {
            report.usage = self.usage.clone();
            self.usage_told.clone_from(&self.usage);
            self.usage_due = false;
        }
        let which = (!report.whole).then_some(&pods);
        fill(&mut report, which);
        self.last_said = now.mono;
        self.under_way = Some(UnderWay {
            report: report.clone(),
            again: now.mono.plus(RESEND_MS),
            wait_ms: RESEND_MS,
        });
        Some(report)
    }

    fn take_events(&mut self) -> Vec<NodeEvent> {
        let count = self.events.len().min(EVENTS_PER_REPORT);
        self.events.drain(..count).collect()
    }
}

/// Whether any figure left the dead band round what was told.
fn moved(told: &NodeUsage, now: &NodeUsage) -> bool {
    let left = |a: i64, b: i64, floor: i64| (a - b).abs() * 100 > a.max(floor) * DEAD_BAND_PERCENT;
    let containers: BTreeMap<(&Uid, &String), i64> =
        told.containers.iter().map(|c| ((&c.pod, &c.container), c.memory_bytes)).collect();
    left(told.cpu_milli, now.cpu_milli, 500)
        || left(told.memory_bytes, now.memory_bytes, 64 << 20)
        || left(told.storage_bytes, now.storage_bytes, 1 << 30)
        || told.containers.len() != now.containers.len()
        || now.containers.iter().any(|c| {
            let before = containers.get(&(&c.pod, &c.container));
            before.is_none_or(|before| left(*before, c.memory_bytes, 16 << 20))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { mono: Millis(ms), wall: Millis(ms) }
    }

    fn event(n: usize, warning: bool) -> NodeEvent {
        NodeEvent {
            at: Millis(0),
            pod: None,
            container: String::new(),
            warning,
            reason: "R".into(),
            message: alloc::format!("{n}"),
            count: 1,
        }
    }

    #[test]
    fn one_report_is_under_way_and_is_said_again_until_taken() {
        let mut outbox = Outbox::new(7);
        assert!(
            outbox.next(at(0), 60_000, |_, _| {}).is_none(),
            "not before the connection is open"
        );
        outbox.opened(at(0));
        let first = outbox.next(at(0), 60_000, |_, which| assert!(which.is_none())).unwrap();
        assert!(first.whole && (first.boot, first.sequence) == (7, 1));
        outbox.pod_changed(&"u".into());
        assert!(outbox.next(at(9_999), 60_000, |_, _| {}).is_none());
        assert_eq!(outbox.next(at(10_000), 60_000, |_, _| {}), Some(first.clone()));
        assert_eq!(outbox.wake(60_000), Some(Millis(30_000)));
        outbox.taken(7, 1);
        let second = outbox
            .next(at(11_000), 60_000, |_, which| assert!(which.unwrap().contains("u")))
            .unwrap();
        assert_eq!(second.sequence, 2);
        outbox.taken(7, 2);
        assert!(outbox.next(at(12_000), 60_000, |_, _| {}).is_none(), "settled");
        assert!(outbox.next(at(71_000), 60_000, |_, _| {}).is_some(), "heartbeat");
    }

    #[test]
    fn events_are_bounded_warnings_stay_and_the_same_is_counted() {
        let mut outbox = Outbox::new(1);
        outbox.event(event(0, true));
        for n in 1..EVENTS_MAX + 10 {
            outbox.event(event(n, false));
        }
        outbox.event(event(0, true));
        assert_eq!(outbox.events.len(), EVENTS_MAX);
        assert_eq!(outbox.dropped, 10);
        assert_eq!((outbox.events[0].warning, outbox.events[0].count), (true, 2));
    }

    #[test]
    fn beyond_the_months_bound_only_statuses_travel_until_the_next_month() {
        let mut outbox = Outbox::new(1);
        outbox.opened(at(0));
        let capped = Traffic { capped: true, month: 202_611, ..Traffic::default() };
        outbox.set_traffic(capped);
        outbox.event(event(0, true));
        outbox.set_usage(NodeUsage::default());
        let first = outbox.next(at(0), 60_000, |_, _| {}).unwrap();
        assert!(first.whole && first.events.is_empty() && first.usage.is_none());
        assert_eq!(first.traffic, Some(capped), "it is told why");
        outbox.taken(1, 1);
        outbox.event(event(1, true));
        assert!(outbox.next(at(1), 60_000, |_, _| {}).is_none(), "events wait");
        outbox.pod_changed(&"u".into());
        let second = outbox.next(at(2), 60_000, |_, _| {}).unwrap();
        assert!(second.events.is_empty(), "a status does not");
        outbox.taken(1, 2);
        outbox.set_traffic(Traffic { capped: false, ..capped });
        let third = outbox.next(at(3), 60_000, |_, _| {}).unwrap();
        outbox.taken(1, 3);
        outbox.set_traffic(capped);
        let told = outbox.next(at(4), 60_000, |_, _| {}).unwrap();
        assert_eq!(told.traffic, Some(capped), "at once");
        assert_eq!((third.events.len(), third.dropped), (2, 0));
        assert!(third.usage.is_some());
    }

    #[test]
    fn usage_within_the_dead_band_is_not_told() {
        let usage =
            |cpu| NodeUsage { cpu_milli: cpu, memory_bytes: 1 << 30, ..NodeUsage::default() };
        let mut outbox = Outbox::new(1);
        outbox.opened(at(0));
        outbox.set_usage(usage(1000));
        let first = outbox.next(at(0), 60_000, |_, _| {}).unwrap();
        assert!(first.usage.is_some());
        outbox.taken(1, 1);
        outbox.set_usage(usage(1090));
        assert!(outbox.next(at(1), 60_000, |_, _| {}).is_none());
        outbox.set_usage(usage(1200));
        assert!(outbox.next(at(2), 60_000, |_, _| {}).unwrap().usage.is_some());
    }
}
