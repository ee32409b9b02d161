//! What would be if some pods were not there.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use model::{NodeName, Uid};

use super::{PodNeeds, Scheduler};

/// A pod that is on a node, or is to be.
pub type Placed = (Uid, Arc<PodNeeds>);

impl Scheduler {
    /// Whether any pod has a lower priority than this.
    #[must_use]
    pub fn has_below(&self, priority: i32) -> bool {
        self.priorities.keys().next().is_some_and(|least| *least < priority)
    }

    /// A change that is no news for pods that wait.
    pub fn quietly<T>(&mut self, change: impl FnOnce(&mut Self) -> T) -> T {
        let (epoch, nowhere) = (self.epoch, mem::take(&mut self.nowhere));
        let done = change(self);
        (self.epoch, self.nowhere) = (epoch, nowhere);
        done
    }

    /// The nodes that a pod may be on, in the order of their numbers.
    #[must_use]
    pub fn reachable(&self, needs: &PodNeeds) -> Vec<NodeName> {
        let name = |slot: usize| self.nodes[slot].as_ref().map(|n| n.name.clone());
        match self.narrowed(needs) {
            Some((slots, _)) => slots.iter().filter_map(|s| name(*s as usize)).collect(),
            None => (0..self.nodes.len()).filter_map(name).collect(),
        }
    }

    /// Which of these pods would have to go from a node so that a pod can be there; none if that would not help. Those
    /// that come first are kept first. Nothing is changed.
    pub fn in_the_way<'a>(
        &mut self,
        needs: &PodNeeds,
        node: &NodeName,
        pods: &'a [Placed],
    ) -> Option<Vec<&'a Placed>> {
        if !self.could_take(needs, node, pods) {
            return None;
        }
        self.quietly(|all| {
            pods.iter().for_each(|(uid, _)| all.remove_pod(uid));
            let mut going = Vec::new();
            let helps = all.fits(needs, node).is_ok();
            for pod in pods {
                all.add_pod(&pod.0, pod.1.clone(), node);
                if helps && all.fits(needs, node).is_err() {
                    all.remove_pod(&pod.0);
                    going.push(pod);
                }
            }
            for (uid, needs) in &going {
                all.add_pod(uid, needs.clone(), node);
            }
            helps.then_some(going)
        })
    }

    /// Whether the node alone would take it without them: a quick look before a closer one.
    fn could_take(&self, needs: &PodNeeds, node: &NodeName, without: &[Placed]) -> bool {
        let Some(state) = self.slots.get(node).and_then(|s| self.nodes[*s].as_ref()) else {
            return false;
        };
        let mut state = state.clone();
        without.iter().for_each(|(_, needs)| state.take(needs));
        !state.refuses(needs, |_| {})
    }
}
