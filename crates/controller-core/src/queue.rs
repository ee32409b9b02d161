//! What is to be decided on: one entry for each object, however often it changed, and one alarm for each.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use core::ops::Bound;

use model::{Millis, NodeName};

use crate::kinds::{KindId, ObjectKey};

/// One decision to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// A node's conditions and taints.
    Node(NodeName),
    /// A namespace that ends.
    Namespace(Arc<str>),
    /// Whether an object is still wanted by its owners, or may go.
    Collect(ObjectKey),
    /// Pods that do not bear their node's taints.
    Evict(NodeName),
    /// A deployment's replica sets.
    Deployment(ObjectKey),
    /// A replica set's pods.
    ReplicaSet(ObjectKey),
    /// A daemon set's pods.
    DaemonSet(ObjectKey),
    /// The staged update of a daemon set.
    Rollout(ObjectKey),
    /// A stateful set's pods.
    StatefulSet(ObjectKey),
    /// A job's pods.
    Batch(ObjectKey),
    /// The next job of a cron job.
    Cron(ObjectKey),
    /// What a disruption budget allows.
    Budget(ObjectKey),
    /// What is used of a quota.
    Quota(ObjectKey),
    /// Where a service's pods are.
    Endpoints(ObjectKey),
    /// A namespace's service account.
    Account(Arc<str>),
    /// A claim's volume.
    Claim(ObjectKey),
    /// A volume's claim, by the volume's name.
    Volume(Arc<str>),
    /// A node for a pod.
    Place(ObjectKey),
    /// A node for the pods that found none.
    Retry,
    /// A node's orders.
    Orders(NodeName),
    /// Event objects that are too old.
    Expire,
    /// Cluster roles that are put together from others.
    Roles,
    /// What follows from a node's identity being revoked, or gone.
    Departure(NodeName),
    /// Whether former keys for orders can go.
    Keys,
    /// A custom resource's definition, by the number of its kind.
    Definition(KindId),
}

/// From so many things on a decision rests after it was made.
const REST_FROM: usize = 1000;
/// It rests one millisecond for so many.
const LOOKED_AT_IN_MS: usize = 50;

/// The decisions that are due, and those that become due at a time.
#[derive(Default)]
pub(crate) struct Queue {
    due: BTreeSet<Job>,
    alarms: BTreeMap<Job, Millis>,
    by_time: BTreeSet<(Millis, Job)>,
    /// Those that are not to be due before a time, since each run is long.
    resting: BTreeMap<Job, Millis>,
    /// The last that was taken: the next comes after it, so that nothing waits for ever behind what is always due.
    last: Option<Job>,
}

impl Queue {
    /// Decide on this soon.
    pub(crate) fn mark(&mut self, job: Job) {
        match self.resting.get(&job).copied() {
            Some(until) => self.at(job, until),
            None => {
                self.due.insert(job);
            }
        }
    }

    /// This has just looked at so many things: the more there are, the longer it rests, so that what changes often is
    /// looked at together.
    pub(crate) fn rest(&mut self, job: Job, looked_at: usize, now: Millis) {
        if looked_at >= REST_FROM {
            let ms = u64::try_from(looked_at / LOOKED_AT_IN_MS).unwrap_or(u64::MAX);
            self.resting.insert(job, now.plus(ms));
        }
    }

    /// Decide on this at a time, if nothing leads to it before.
    pub(crate) fn at(&mut self, job: Job, when: Millis) {
        if let Some(&old) = self.alarms.get(&job) {
            if old <= when {
                return;
            }
            self.by_time.remove(&(old, job.clone()));
        }
        self.by_time.insert((when, job.clone()));
        self.alarms.insert(job, when);
    }

    /// Makes due whose time has come.
    pub(crate) fn ring(&mut self, now: Millis) {
        self.resting.retain(|_, until| *until > now);
        while let Some((when, _)) = self.by_time.first()
            && *when <= now
        {
            let Some((_, job)) = self.by_time.pop_first() else { break };
            self.alarms.remove(&job);
            self.due.insert(job);
        }
    }

    /// Takes the next that is due.
    pub(crate) fn next(&mut self) -> Option<Job> {
        let after = match &self.last {
            Some(last) => self.due.range((Bound::Excluded(last), Bound::Unbounded)).next(),
            None => None,
        };
        let job = after.or_else(|| self.due.first()).cloned()?;
        self.due.remove(&job);
        self.last = Some(job.clone());
        Some(job)
    }

    /// When there is something to decide: at once if something is due.
    pub(crate) fn wake(&self) -> Option<Millis> {
        if self.due.is_empty() {
            self.by_time.first().map(|(when, _)| *when)
        } else {
            Some(Millis(0))
        }
    }

    /// How many decisions are due.
    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_entry_an_object_and_nobody_starves() {
        let mut q = Queue::default();
        let node = |n: &str| Job::Node(NodeName::from(n));
        q.mark(node("a"));
        q.mark(node("a"));
        q.mark(Job::Retry);
        assert_eq!(q.next(), Some(node("a")));
        // Due again at once, but the other comes first.
        q.mark(node("a"));
        assert_eq!(q.next(), Some(Job::Retry));
        assert_eq!(q.next(), Some(node("a")));
        assert_eq!(q.next(), None);
    }

    #[test]
    fn a_long_decision_rests() {
        let mut q = Queue::default();
        q.rest(Job::Retry, 5000, Millis(7));
        q.mark(Job::Retry);
        assert_eq!((q.next(), q.wake()), (None, Some(Millis(107))));
        q.ring(Millis(107));
        assert_eq!(q.next(), Some(Job::Retry));
        q.rest(Job::Retry, 999, Millis(107));
        q.mark(Job::Retry);
        assert_eq!(q.next(), Some(Job::Retry));
    }

    #[test]
    fn the_earliest_alarm_counts() {
        let mut q = Queue::default();
        q.at(Job::Retry, Millis(50));
        q.at(Job::Retry, Millis(90));
        q.at(Job::Retry, Millis(20));
        assert_eq!(q.wake(), Some(Millis(20)));
        q.ring(Millis(19));
        assert_eq!(q.next(), None);
        q.ring(Millis(20));
        assert_eq!((q.next(), q.wake()), (Some(Job::Retry), None));
    }
}
