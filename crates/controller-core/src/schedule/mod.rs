//! A node is chosen for a pod. Work is per change, not per fleet: all that a choice asks for is kept counted, and
//! enough nodes are looked at, not all.
//!
//! The law of this room: [`Scheduler::place`] chooses from what it was told and changes nothing; a pod counts on a node
//! from [`Scheduler::add_pod`] until [`Scheduler::remove_pod`].

mod needs;
mod node;
mod score;
mod sight;
mod terms;
mod trial;
mod why;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::{Hash, NodeName, Uid};

pub use needs::{Amounts, HostPort, Kept, PodNeeds};
pub use node::NodeOffer;
pub use trial::Placed;
pub use why::{Reason, Unschedulable};

use node::NodeState;
use sight::Sight;
use terms::{Counts, NamespaceLabels, Term};

/// So many nodes that can take a pod are compared; the next pod starts from where this one stopped looking.
const CANDIDATES_MAX: usize = 100;
/// So many counted terms are kept; beyond, all that no pod here holds are counted anew when asked for again.
const TERMS_MAX: usize = 4096;
/// So many verdicts of "nowhere" are kept.
const NOWHERE_MAX: usize = 4096;

/// A label's values, and the nodes (slots) that have each.
type LabelIndex = BTreeMap<String, BTreeMap<String, Vec<u32>>>;

struct Counted {
    term: Term,
    counts: Counts,
}

struct OnNode {
    needs: Arc<PodNeeds>,
    slot: usize,
}

/// The nodes, what is on them, and the counts that choices ask for.
#[derive(Default)]
pub struct Scheduler {
    nodes: Vec<Option<NodeState>>,
    free_slots: Vec<usize>,
    slots: BTreeMap<NodeName, usize>,
    by_label: LabelIndex,
    pods: BTreeMap<Uid, OnNode>,
    /// How many pods have each priority.
    priorities: BTreeMap<i32, usize>,
    by_namespace: BTreeMap<Arc<str>, BTreeSet<Uid>>,
    namespaces: NamespaceLabels,
    /// Pods that match a term, by place.
    counted: BTreeMap<Arc<str>, Counted>,
    /// Pods that hold a required anti-affinity term, by place: others that match it must stay away.
    holders: BTreeMap<Arc<str>, Counted>,
    cursor: usize,
    /// Grows when something changes that could help a pod that found no node.
    epoch: u64,
    nowhere: BTreeMap<Hash, (u64, Unschedulable)>,
}

impl Scheduler {
    /// A scheduler that knows of no node.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A number that changes whenever something happened that could help a pod that found no node: as long as it is
    /// the same, trying such a pod again is of no use.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A node came, or changed.
    pub fn set_node(&mut self, name: &NodeName, offer: NodeOffer) {
        if let Some(&slot) = self.slots.get(name) {
            let Some(old) = self.nodes[slot].as_ref().map(|n| n.offer.clone()) else { return };
            if old == offer {
                return;
            }
            if !old.same_but_images(&offer) {
                self.epoch += 1;
            }
            let relabelled = old.labels != offer.labels;
            if relabelled {
                self.index_labels(slot, &old.labels, false);
                self.recount_places(slot, false);
                self.index_labels(slot, &offer.labels, true);
            }
            if let Some(node) = self.nodes[slot].as_mut() {
                node.offer = offer;
            }
            if relabelled {
                self.recount_places(slot, true);
            }
            return;
        }
        self.epoch += 1;
        let slot = self.free_slots.pop().unwrap_or(self.nodes.len());
        if slot == self.nodes.len() {
            self.nodes.push(None);
        }
        self.index_labels(slot, &offer.labels, true);
        self.slots.insert(name.clone(), slot);
        self.nodes[slot] = Some(NodeState::new(name.clone(), offer));
    }

    /// A node went. Pods that were on it no longer count.
    pub fn remove_node(&mut self, name: &NodeName) {
        let Some(&slot) = self.slots.get(name) else { return };
        let gone: Vec<Uid> =
            self.pods.iter().filter(|(_, p)| p.slot == slot).map(|(uid, _)| uid.clone()).collect();
        for uid in gone {
            self.remove_pod(&uid);
        }
        self.slots.remove(name);
        if let Some(node) = self.nodes[slot].take() {
            self.index_labels(slot, &node.offer.labels, false);
        }
        self.free_slots.push(slot);
        self.epoch += 1;
    }

    /// A namespace's labels, for affinity terms that select namespaces; `None`: it is gone.
    pub fn set_namespace(&mut self, name: &str, labels: Option<BTreeMap<String, String>>) {
        let changed = match labels {
            Some(labels) => self.namespaces.insert(name.into(), labels.clone()) != Some(labels),
            None => self.namespaces.remove(name).is_some(),
        };
        if changed {
            self.counted.retain(|_, c| matches!(c.term.namespaces, terms::Namespaces::Listed(_)));
            self.epoch += 1;
        }
    }

    /// A pod is (or is about to be) on a node. Told again for the same pod, it is moved. Nodes not known are passed over.
    pub fn add_pod(&mut self, uid: &Uid, needs: Arc<PodNeeds>, node: &NodeName) {
        let Some(&slot) = self.slots.get(node) else { return };
        if let Some(placed) = self.pods.get(uid) {
            if placed.slot == slot && placed.needs == needs {
                return;
            }
            self.remove_pod(uid);
        }
        if let Some(node) = self.nodes[slot].as_mut() {
            node.add(&needs);
        }
        // A new pod helps those that want to be near one like it.
        if self.count(&needs, slot, true) {
            self.epoch += 1;
        }
        self.by_namespace.entry(needs.namespace.clone()).or_default().insert(uid.clone());
        *self.priorities.entry(needs.priority).or_insert(0) += 1;
        self.pods.insert(uid.clone(), OnNode { needs, slot });
    }

    /// A pod no longer takes room.
    pub fn remove_pod(&mut self, uid: &Uid) {
        let Some(placed) = self.pods.remove(uid) else { return };
        if let Some(count) = self.priorities.get_mut(&placed.needs.priority) {
            *count -= 1;
            if *count == 0 {
                self.priorities.remove(&placed.needs.priority);
            }
        }
        if let Some(node) = self.nodes[placed.slot].as_mut() {
            node.take(&placed.needs);
        }
        if let Some(uids) = self.by_namespace.get_mut(&placed.needs.namespace) {
            uids.remove(uid);
            if uids.is_empty() {
                self.by_namespace.remove(&placed.needs.namespace);
            }
        }
        self.count(&placed.needs, placed.slot, false);
        self.epoch += 1;
    }

    /// Adds a pod to (or takes it from) the counts of its place. True if any term counts it.
    fn count(&mut self, needs: &PodNeeds, slot: usize, add: bool) -> bool {
        let Some(node) = self.nodes[slot].as_ref() else { return false };
        let mut any = false;
        for counted in self.counted.values_mut() {
            if counted.term.matches(&needs.namespace, &needs.labels, &self.namespaces)
                && let Some(place) = node.label(&counted.term.topology_key)
            {
                any = true;
                if add { counted.counts.add(place) } else { counted.counts.take(place) }
            }
        }
        for term in &needs.away {
            let Some(place) = node.label(&term.topology_key) else { continue };
            let key = term.key.clone();
            if add {
                let holder = self
                    .holders
                    .entry(key)
                    .or_insert_with(|| Counted { term: term.clone(), counts: Counts::default() });
                holder.counts.add(place);
            } else if let Some(holder) = self.holders.get_mut(&key) {
                holder.counts.take(place);
                if holder.counts.is_empty() {
                    self.holders.remove(&key);
                }
            }
        }
        any
    }

    /// Before and after a node's labels change: takes its pods out of the counts, and puts them in again.
    fn recount_places(&mut self, slot: usize, add: bool) {
        let here: Vec<Arc<PodNeeds>> =
            self.pods.values().filter(|p| p.slot == slot).map(|p| p.needs.clone()).collect();
        for needs in here {
            self.count(&needs, slot, add);
        }
    }

    fn index_labels(&mut self, slot: usize, labels: &BTreeMap<String, String>, add: bool) {
        let slot = u32::try_from(slot).expect("fewer than 2^32 nodes");
        for (key, value) in labels {
            if add {
                let slots =
                    self.by_label.entry(key.clone()).or_default().entry(value.clone()).or_default();
                if let Err(at) = slots.binary_search(&slot) {
                    slots.insert(at, slot);
                }
                continue;
            }
            let Some(values) = self.by_label.get_mut(key) else { continue };
            if let Some(slots) = values.get_mut(value) {
                if let Ok(at) = slots.binary_search(&slot) {
                    slots.remove(at);
                }
                if slots.is_empty() {
                    values.remove(value);
                }
            }
            if values.is_empty() {
                self.by_label.remove(key);
            }
        }
    }

    /// Makes sure that a term is counted.
    fn ensure_counted(&mut self, term: &Term) {
        let key = term.key.clone();
        if self.counted.contains_key(&key) {
            return;
        }
        if self.counted.len() >= TERMS_MAX {
            self.counted.clear();
        }
        let mut counts = Counts::default();
        let mut tally = |uid: &Uid| {
            let Some(placed) = self.pods.get(uid) else { return };
            let needs = &placed.needs;
            if term.matches(&needs.namespace, &needs.labels, &self.namespaces)
                && let Some(place) =
                    self.nodes[placed.slot].as_ref().and_then(|n| n.label(&term.topology_key))
            {
                counts.add(place);
            }
        };
        match &term.namespaces {
            terms::Namespaces::Listed(listed) => {
                listed
                    .iter()
                    .filter_map(|n| self.by_namespace.get(n.as_str()))
                    .flatten()
                    .for_each(&mut tally);
            }
            terms::Namespaces::Selected(..) => {
                self.by_namespace.values().flatten().for_each(&mut tally)
            }
        }
        self.counted.insert(key, Counted { term: term.clone(), counts });
    }

    /// Chooses a node for a pod.
    ///
    /// # Errors
    /// If no node can take it: why not, by number of nodes.
    pub fn place(&mut self, needs: &PodNeeds) -> Result<NodeName, Unschedulable> {
        if let Some((epoch, why)) = self.nowhere.get(&needs.signature)
            && *epoch == self.epoch
        {
            return Err(why.clone());
        }
        for term in needs.near.iter().chain(&needs.away).chain(needs.leaning.iter().map(|(_, t)| t))
        {
            self.ensure_counted(term);
        }
        for spread in &needs.spread {
            self.ensure_counted(&spread.term);
        }
        let (chosen, looked) = self.choose(needs);
        self.cursor = self.cursor.wrapping_add(looked) % self.nodes.len().max(1);
        if let Err(why) = &chosen {
            if self.nowhere.len() >= NOWHERE_MAX {
                self.nowhere.clear();
            }
            self.nowhere.insert(needs.signature, (self.epoch, why.clone()));
        }
        chosen
    }

    /// Whether a pod could be on a node.
    ///
    /// # Errors
    /// Why it could not.
    pub fn fits(&mut self, needs: &PodNeeds, node: &NodeName) -> Result<(), Unschedulable> {
        for term in needs.near.iter().chain(&needs.away) {
            self.ensure_counted(term);
        }
        for spread in &needs.spread {
            self.ensure_counted(&spread.term);
        }
        let mut why = Unschedulable { nodes: 1, ..Unschedulable::default() };
        let state = self.slots.get(node).and_then(|&s| self.nodes[s].as_ref());
        let sight = Sight::new(self, needs);
        let refused = state.is_none_or(|n| {
            let mut tell = |r| *why.reasons.entry(r).or_insert(0) += 1;
            n.refuses(needs, &mut tell) || sight.refuses(n).map(tell).is_some()
        });
        if refused { Err(why) } else { Ok(()) }
    }

    fn choose(&self, needs: &PodNeeds) -> (Result<NodeName, Unschedulable>, usize) {
        let mut why = Unschedulable { nodes: self.slots.len(), ..Unschedulable::default() };
        if let Kept::Nowhere(whole) = &needs.kept {
            why.whole.clone_from(whole);
            return (Err(why), 0);
        }
        let sight = Sight::new(self, needs);
        let mut found: Vec<&NodeState> = Vec::new();
        let mut looked = 0;
        let narrow = self.narrowed(needs);
        let mut look = |node: &NodeState| {
            let mut tell = |r| *why.reasons.entry(r).or_insert(0) += 1;
            !(node.refuses(needs, &mut tell) || sight.refuses(node).map(&mut tell).is_some())
        };
        if let Some((slots, _)) = &narrow {
            let start = self.cursor.checked_rem(slots.len()).unwrap_or(0);
            for slot in slots[start..].iter().chain(&slots[..start]) {
                looked += 1;
                if let Some(node) = self.nodes[*slot as usize].as_ref().filter(|n| look(n)) {
                    found.push(node);
                    if found.len() == CANDIDATES_MAX {
                        break;
                    }
                }
            }
        } else {
            let start = self.cursor.min(self.nodes.len());
            for node in self.nodes[start..].iter().chain(&self.nodes[..start]) {
                looked += 1;
                if let Some(node) = node.as_ref().filter(|n| look(n)) {
                    found.push(node);
                    if found.len() == CANDIDATES_MAX {
                        break;
                    }
                }
            }
        }
        if found.is_empty() {
            if let Some((slots, reason)) = narrow {
                let others = self.slots.len() - slots.len();
                if others > 0 {
                    *why.reasons.entry(reason).or_insert(0) += others;
                }
            }
            return (Err(why), 0);
        }
        let best = score::best(needs, &found, &sight.leanings(), &sight.soft_spreads());
        (Ok(found[best].name.clone()), looked)
    }

    /// The only nodes that come into question, and what speaks against the others: where the pod's volumes are, where its
    /// affinity names one by name, or where that or its selector names few by label.
    fn narrowed(&self, needs: &PodNeeds) -> Option<(Vec<u32>, Reason)> {
        let only = |name: &str| {
            let slot = self.slots.get(name).and_then(|&s| u32::try_from(s).ok());
            slot.into_iter().collect::<Vec<u32>>()
        };
        if let Some(name) = needs.pinned() {
            return Some((only(name), Reason::NodeAffinity));
        }
        if let Kept::On(nodes) = &needs.kept
            && let Some(name) = nodes.first()
        {
            return Some((only(name), Reason::VolumeAffinity));
        }
        let required =
            needs.node_required.as_ref().and_then(|s| match s.node_selector_terms.as_slice() {
                [term] => Some(term),
                _ => None,
            });
        let from_affinity = required
            .into_iter()
            .flat_map(|t| &t.match_expressions)
            .filter(|r| r.operator == "In" && r.values.len() == 1)
            .map(|r| (&r.key, &r.values[0]));
        needs
            .node_selector
            .iter()
            .chain(from_affinity)
            .map(|(k, v)| {
                self.by_label.get(k).and_then(|values| values.get(v)).map_or(&[][..], Vec::as_slice)
            })
            .min_by_key(|slots| slots.len())
            .map(|slots| (slots.to_vec(), Reason::NodeAffinity))
    }
}

#[cfg(test)]
mod tests;
