//! Objects that select pods by their labels: which of them a change may turn.

use super::View;
use super::budget::BudgetView;
use super::meta::Meta;
use super::pod::PodView;
use super::service::{EndpointsView, ServiceView};
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
        let services = Self::within(&self.services, kinds::SERVICE, &key.namespace);
        for (key, _) in services.filter(|(_, s)| pods().any(|p| s.selects(&p.labels))) {
            queue.mark(Job::Endpoints(key.clone()));
        }
    }

    pub(super) fn apply_service(
        &mut self,
        key: &ObjectKey,
        new: Option<ServiceView>,
        queue: &mut Queue,
    ) {
        match new {
            Some(service) => {
                self.services.insert(key.clone(), service);
            }
            None => {
                self.services.remove(key);
            }
        }
        queue.mark(Job::Endpoints(key.clone()));
    }

    /// Endpoints that somebody else has changed are put right. `owners` is their metadata, before and after.
    pub(super) fn apply_endpoints(
        &mut self,
        key: &ObjectKey,
        new: Option<EndpointsView>,
        owners: [Option<&Meta>; 2],
        queue: &mut Queue,
    ) {
        let whole = key.kind == kinds::ENDPOINTS;
        let map = if whole { &mut self.endpoints } else { &mut self.slices };
        match new {
            Some(endpoints) => map.insert(key.clone(), endpoints),
            None => map.remove(key),
        };
        if whole {
            queue.mark(Job::Endpoints(ObjectKey { kind: kinds::SERVICE, ..key.clone() }));
        }
        for owner in owners.into_iter().flatten().filter_map(Meta::controller) {
            if let Some(service) = self.uids.get(&owner.uid).filter(|k| k.kind == kinds::SERVICE) {
                queue.mark(Job::Endpoints(service.clone()));
            }
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
