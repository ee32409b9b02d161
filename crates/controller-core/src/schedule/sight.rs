//! What a choice has to know of the fleet beyond the single node: near whom, away from whom, how evenly.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Scheduler;
use super::needs::{PodNeeds, Spread};
use super::node::NodeState;
use super::score;
use super::terms::{Counts, Term};
use super::why::Reason;

/// All of it, looked up once for a choice.
pub(super) struct Sight<'a> {
    near: Vec<(&'a Term, &'a Counts)>,
    away: Vec<(&'a Term, &'a Counts)>,
    barred: Vec<(&'a Term, &'a Counts)>,
    spread: Vec<(&'a Spread, &'a Counts, u32, bool)>,
    leaning: Vec<(i64, &'a Term, &'a Counts)>,
    /// No pod that it must be near to exists, but it would be one itself: it may be the first.
    may_be_first: bool,
}

impl<'a> Sight<'a> {
    pub(super) fn new(all: &'a Scheduler, needs: &'a PodNeeds) -> Self {
        let counts = |t: &'a Term| all.counted.get(&t.key).map(|c| (t, &c.counts));
        let own = |t: &Term| t.matches(&needs.namespace, &needs.labels, &all.namespaces);
        let near: Vec<_> = needs.near.iter().filter_map(counts).collect();
        let spread = needs
            .spread
            .iter()
            .filter_map(|s| {
                let counts = &all.counted.get(&s.term.key)?.counts;
                let domains = all.by_label.get(&s.term.topology_key).map_or(0, BTreeMap::len);
                let least = if domains < s.min_domains {
                    0
                } else {
                    all.least_reachable(needs, s, counts, domains)
                };
                Some((s, counts, least, own(&s.term)))
            })
            .collect();
        Self {
            may_be_first: near.iter().all(|(t, c)| c.total() == 0 && own(t)),
            near,
            away: needs.away.iter().filter_map(counts).collect(),
            barred: all
                .holders
                .values()
                .filter(|h| own(&h.term))
                .map(|h| (&h.term, &h.counts))
                .collect(),
            spread,
            leaning: needs
                .leaning
                .iter()
                .filter_map(|(w, t)| counts(t).map(|(t, c)| (*w, t, c)))
                .collect(),
        }
    }

    pub(super) fn refuses(&self, node: &NodeState) -> Option<Reason> {
        let at =
            |term: &Term, counts: &Counts| node.label(&term.topology_key).map(|p| counts.at(p));
        for (spread, counts, least, own) in self.spread.iter().filter(|s| s.0.required) {
            let Some(here) = at(&spread.term, counts) else {
                return Some(Reason::TopologySpreadLabel);
            };
            if i64::from(here) + i64::from(*own) - i64::from(*least) > spread.max_skew {
                return Some(Reason::TopologySpread);
            }
        }
        let near = |(term, counts): &(&Term, &Counts)| match at(term, counts) {
            None => false,
            Some(n) => n > 0 || self.may_be_first,
        };
        if !self.near.iter().all(near) {
            return Some(Reason::PodAffinity);
        }
        let taken = |(term, counts): &(&Term, &Counts)| at(term, counts).is_some_and(|n| n > 0);
        if self.away.iter().any(taken) {
            return Some(Reason::PodAntiAffinity);
        }
        self.barred.iter().any(taken).then_some(Reason::ExistingAntiAffinity)
    }

    pub(super) fn leanings(&self) -> Vec<score::Leaning<'a>> {
        self.leaning.iter().map(|(w, t, c)| (*w, t.topology_key.as_str(), *c)).collect()
    }

    pub(super) fn soft_spreads(&self) -> Vec<(&'a str, &'a Counts)> {
        self.spread.iter().map(|(s, c, _, _)| (s.term.topology_key.as_str(), *c)).collect()
    }
}

impl Scheduler {
    /// The least count over the domains that the pod can reach: all of them, or where it selects nodes, theirs.
    fn least_reachable(
        &self,
        needs: &PodNeeds,
        spread: &Spread,
        counts: &Counts,
        domains: usize,
    ) -> u32 {
        if needs.node_selector.is_empty() && needs.node_required.is_none() {
            return counts.least(domains);
        }
        let slots = self.narrowed(needs);
        let reachable: BTreeSet<&str> = match &slots {
            Some((slots, _)) => {
                slots.iter().filter_map(|s| self.nodes[*s as usize].as_ref()).collect::<Vec<_>>()
            }
            None => self.nodes.iter().flatten().collect(),
        }
        .into_iter()
        .filter(|n| n.is_selected(needs))
        .filter_map(|n| n.label(&spread.term.topology_key))
        .collect();
        reachable.iter().map(|place| counts.at(place)).min().unwrap_or(0)
    }
}
