//! The rules that no storm may break (design, section 10). What they are told, they are told by the world, not by the cores.

use std::collections::{BTreeMap, BTreeSet};

use model::{Generation, NodeName};

/// The rules that are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// What was acknowledged is not lost.
    AcknowledgedIsKept,
    /// A node never takes older orders than it has.
    NeverOlder,
    /// A node acts only on orders signed for it.
    OnlySigned,
    /// Between stop and start of the agent no healthy container is touched.
    HealthyUntouched,
    /// No container of a node runs twice at once.
    NotTwice,
    /// In calm, every node comes to its orders and every workload to its count, within a bound.
    Converges,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub rule: Rule,
    /// When, in milliseconds since the world began.
    pub at: u64,
    /// How.
    pub what: String,
}

/// What has been seen of the orders of all nodes.
#[derive(Default)]
pub(crate) struct Ledger {
    signed: BTreeMap<NodeName, BTreeSet<Generation>>,
    taken: BTreeMap<NodeName, Generation>,
}

impl Ledger {
    /// The controller signed orders for a node.
    pub(crate) fn sign(&mut self, node: &NodeName, generation: Generation) {
        self.signed.entry(node.clone()).or_default().insert(generation);
    }

    /// A node said that it has taken orders.
    pub(crate) fn take(
        &mut self,
        node: &NodeName,
        generation: Generation,
    ) -> Result<(), (Rule, String)> {
        if !self.signed.get(node).is_some_and(|all| all.contains(&generation)) {
            let what = format!("{node} took {generation:?}, which was not signed for it");
            return Err((Rule::OnlySigned, what));
        }
        let held = self.taken.entry(node.clone()).or_default();
        if generation < *held {
            let what = format!("{node} took {generation:?} after {held:?}");
            return Err((Rule::NeverOlder, what));
        }
        *held = generation;
        Ok(())
    }

    /// A node says what it holds.
    pub(crate) fn holds(
        &self,
        node: &NodeName,
        generation: Generation,
    ) -> Result<(), (Rule, String)> {
        let taken = self.taken.get(node).copied().unwrap_or_default();
        if generation < taken {
            let what = format!("{node} holds {generation:?} and had taken {taken:?}");
            return Err((Rule::AcknowledgedIsKept, what));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_go_back_are_seen() {
        let (mut ledger, node) = (Ledger::default(), NodeName::from("n"));
        ledger.sign(&node, Generation(1));
        ledger.sign(&node, Generation(2));
        assert_eq!(ledger.take(&node, Generation(2)), Ok(()));
        assert_eq!(ledger.take(&node, Generation(1)).unwrap_err().0, Rule::NeverOlder);
        assert_eq!(ledger.holds(&node, Generation(1)).unwrap_err().0, Rule::AcknowledgedIsKept);
        assert_eq!(ledger.take(&node, Generation(3)).unwrap_err().0, Rule::OnlySigned);
    }
}
