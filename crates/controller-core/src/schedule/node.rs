//! A node as placement sees it, and what is already on it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use model::pod::{NodeSelector, NodeSelectorTerm, Taint};
use model::{NodeName, Uid};

use super::needs::{Amounts, HostPort, Kept, PodNeeds};
use super::why::Reason;

/// What a node offers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeOffer {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Whether it is cordoned.
    pub unschedulable: bool,
    /// What it has for pods.
    pub allocatable: Amounts,
    /// How many pods it may have.
    pub pods_max: u32,
    /// Images on it, by name as the engine lists them, and their size in bytes.
    pub images: BTreeMap<String, i64>,
}

impl NodeOffer {
    /// Whether only what is no reason to try unplaced pods again differs: images.
    pub(super) fn same_but_images(&self, other: &Self) -> bool {
        self.labels == other.labels
            && self.taints == other.taints
            && self.unschedulable == other.unschedulable
            && self.allocatable == other.allocatable
            && self.pods_max == other.pods_max
    }
}

/// A node and its load.
#[derive(Clone, Debug)]
pub(super) struct NodeState {
    pub(super) name: NodeName,
    pub(super) offer: NodeOffer,
    pub(super) used: Amounts,
    pub(super) pods: u32,
    pub(super) ports: Vec<HostPort>,
    pub(super) owners: BTreeMap<Uid, u32>,
}

impl NodeState {
    pub(super) fn new(name: NodeName, offer: NodeOffer) -> Self {
        Self {
            name,
            offer,
            used: Amounts::default(),
            pods: 0,
            ports: Vec::new(),
            owners: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, needs: &PodNeeds) {
        self.used.add(&needs.requests);
        self.pods += 1;
        self.ports.extend(needs.ports.iter().cloned());
        if let Some(owner) = &needs.owner {
            *self.owners.entry(owner.clone()).or_insert(0) += 1;
        }
    }

    pub(super) fn take(&mut self, needs: &PodNeeds) {
        self.used.take(&needs.requests);
        self.pods -= 1;
        for port in &needs.ports {
            if let Some(i) = self.ports.iter().position(|p| p == port) {
                self.ports.swap_remove(i);
            }
        }
        if let Some(owner) = &needs.owner
            && let Some(n) = self.owners.get_mut(owner)
        {
            *n -= 1;
            if *n == 0 {
                self.owners.remove(owner);
            }
        }
    }

    pub(super) fn label(&self, key: &str) -> Option<&str> {
        self.offer.labels.get(key).map(String::as_str)
    }

    /// What speaks against a pod here, as far as the node alone can tell; `why` hears of each reason.
    pub(super) fn refuses(&self, needs: &PodNeeds, mut why: impl FnMut(Reason)) -> bool {
        if self.lacks_room(needs, &mut why) {
            return true;
        }
        if let Some(taint) = self.bars(needs) {
            why(taint);
            return true;
        }
        if !self.is_selected(needs) {
            why(Reason::NodeAffinity);
            return true;
        }
        if needs.ports.iter().any(|p| self.ports.iter().any(|q| p.clashes(q))) {
            why(Reason::HostPorts);
            return true;
        }
        if let Kept::On(nodes) = &needs.kept
            && nodes.iter().any(|n| n != self.name.as_str())
        {
            why(Reason::VolumeAffinity);
            return true;
        }
        false
    }

    /// Whether it has too little left; tells of each resource, as Kubernetes does.
    fn lacks_room(&self, needs: &PodNeeds, why: &mut impl FnMut(Reason)) -> bool {
        let (want, have, used) = (&needs.requests, &self.offer.allocatable, &self.used);
        let mut lacking = false;
        let mut lacks = |reason: Reason| {
            lacking = true;
            why(reason);
        };
        if self.pods >= self.offer.pods_max {
            lacks(Reason::TooManyPods);
        }
        let short = |want: i64, have: i64, used: i64| want > 0 && want > have.saturating_sub(used);
        if short(want.cpu_milli, have.cpu_milli, used.cpu_milli) {
            lacks(Reason::Insufficient("cpu".into()));
        }
        if short(want.memory_bytes, have.memory_bytes, used.memory_bytes) {
            lacks(Reason::Insufficient("memory".into()));
        }
        if short(want.storage_bytes, have.storage_bytes, used.storage_bytes) {
            lacks(Reason::Insufficient("ephemeral-storage".into()));
        }
        for (name, amount) in &want.extended {
            let of = |a: &Amounts| a.extended.get(name).copied().unwrap_or(0);
            if short(*amount, of(have), of(used)) {
                lacks(Reason::Insufficient(name.clone()));
            }
        }
        lacking
    }

    /// The cordon or taint that keeps the pod away.
    fn bars(&self, needs: &PodNeeds) -> Option<Reason> {
        let borne = |taint: &Taint| needs.tolerations.iter().any(|t| t.bears(taint));
        if self.offer.unschedulable {
            let cordon = Taint {
                key: "node.kubernetes.io/unschedulable".into(),
                effect: "NoSchedule".into(),
                ..Taint::default()
            };
            if !borne(&cordon) {
                return Some(Reason::Unschedulable);
            }
        }
        self.offer
            .taints
            .iter()
            .find(|t| t.effect != "PreferNoSchedule" && !borne(t))
            .map(|t| Reason::Taint(t.key.clone(), t.value.clone()))
    }

    pub(super) fn is_selected(&self, needs: &PodNeeds) -> bool {
        needs.node_selector.iter().all(|(k, v)| self.offer.labels.get(k) == Some(v))
            && needs.node_required.as_ref().is_none_or(|s| self.fulfils_any(s))
    }

    fn fulfils_any(&self, selector: &NodeSelector) -> bool {
        selector.node_selector_terms.iter().any(|t| self.fulfils(t))
    }

    /// Whether a term holds here; an empty one never does.
    pub(super) fn fulfils(&self, term: &NodeSelectorTerm) -> bool {
        !(term.match_expressions.is_empty() && term.match_fields.is_empty())
            && term.match_expressions.iter().all(|r| r.matches(self.label(&r.key)))
            && term
                .match_fields
                .iter()
                .all(|r| r.matches((r.key == "metadata.name").then_some(self.name.as_str())))
    }
}
