//! Objects that select pods by their labels: which of them a change may turn.

use super::View;
use super::budget::BudgetView;
use super::pod::PodView;
use crate::kinds::{self, ObjectKey};
use crate::queue::{Job, Queue};

impl View {
    /// Those that select a pod, as it was or as it is.
    pub(super) fn mark_selectors(&self, key: &ObjectKey, old: Option<&PodView>, queue: &mut Queue) {
        let pods = || old.into_iter().chain(self.pods.get(key));
        let budgets = Self::within(&self.budgets, kinds::POD_DISRUPTION_BUDGET, &key.namespace);
        for (key, _) in budgets.filter(|(_, b)| pods().any(|p| b.selects(&p.labels))) {
            queue.mark(Job::Budget(key.clone()));
        }
    }

    /// A workload of a namespace wants another number of pods.
    pub(super) fn mark_budgets(&self, namespace: &str, queue: &mut Queue) {
        for (key, _) in Self::within(&self.budgets, kinds::POD_DISRUPTION_BUDGET, namespace) {
            queue.mark(Job::Budget(key.clone()));
        }
    }

    pub(super) fn apply_budget(
        &mut self,
        key: &ObjectKey,
        new: Option<BudgetView>,
        queue: &mut Queue,
    ) {
        match new {
            Some(budget) => {
                self.budgets.insert(key.clone(), budget);
                queue.mark(Job::Budget(key.clone()));
            }
            None => {
                self.budgets.remove(key);
            }
        }
    }
}
