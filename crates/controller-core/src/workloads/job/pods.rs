//! As many pods as there shall be: those that lack are made, not faster than failures allow; those too many go.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use serde_json::{Value, json};

use super::super::{ending_order, pod_from};
use super::count::{Tally, size};
use super::policy::{self, Verdict};
use super::{Batch, Fate, let_go};
use crate::kinds;
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::batch::{INDEX, INDEX_FAILURES, TRACKING};
use crate::view::pod::PodView;

/// So many pods are made in one go.
const BURST: i64 = 500;
/// The wait after a failure; doubles with each.
const WAIT_MS: u64 = 10_000;
/// The longest such wait.
const WAIT_MAX_MS: u64 = 360_000;
/// Tells a container which completion it is for.
const INDEX_ENV: &str = "JOB_COMPLETION_INDEX";

fn wait_ms(failures: i64) -> u64 {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(6);
    (WAIT_MS << doublings).min(WAIT_MAX_MS)
}

impl<'a> Batch<'a> {
    /// Ends a pod. It is counted when it is gone.
    pub(super) fn end(&self, view: &View, out: &mut Out, pod: &PodView) {
        out.end_pod(pod);
        self.tell_deleted(view, out, pod);
    }

    /// Ends a pod that is not wanted any more: whatever becomes of it is not counted.
    pub(super) fn withdraw(&self, view: &View, out: &mut Out, pod: &PodView) {
        let_go(view, out, pod, true);
        self.tell_deleted(view, out, pod);
    }

    fn tell_deleted(&self, view: &View, out: &mut Out, pod: &PodView) {
        let message = format!("Deleted pod: {}", pod.key.name);
        self.tell_of(view, out, false, "SuccessfulDelete", message);
    }

    pub(super) fn manage(&self, view: &View, out: &mut Out, tally: &Tally<'_>) {
        let mut active: Vec<&PodView> = self.with_fate(Fate::Active).collect();
        if self.job.suspended {
            active.iter().for_each(|pod| self.withdraw(view, out, pod));
            return;
        }
        if self.job.indexed {
            let stray = self.strays(&active, tally);
            stray.iter().for_each(|pod| self.withdraw(view, out, pod));
            active.retain(|p| !stray.iter().any(|s| s.key == p.key));
        }
        let running = i64::try_from(active.len()).unwrap_or(i64::MAX);
        let wanted = self.wanted(running, tally);
        if running > wanted {
            let surplus = usize::try_from(running - wanted).unwrap_or(0);
            for pod in ending_order(active.into_iter()).into_iter().take(surplus) {
                self.withdraw(view, out, pod);
            }
            return;
        }
        // One that may still run counts as running until it is known to be gone.
        let leaving = self.with_fate(Fate::Leaving).count();
        let leaving = i64::try_from(leaving).unwrap_or(i64::MAX);
        let lacking = (wanted - running - leaving).min(BURST);
        if lacking > 0 {
            self.create(view, out, tally, usize::try_from(lacking).unwrap_or(0));
        }
    }

    fn wanted(&self, running: i64, tally: &Tally<'_>) -> i64 {
        let (job, successes) = (&self.job, tally.successes(self.job.indexed));
        let wanted = match job.completions {
            None if successes > 0 => running,
            None => job.parallelism,
            Some(all) => job.parallelism.min(all - successes - size(&tally.failed_indexes)),
        };
        wanted.max(0)
    }

    /// Pods of indexes that need none, and all but one of each other.
    fn strays(&self, active: &[&'a PodView], tally: &Tally<'_>) -> Vec<&'a PodView> {
        let mut taken = BTreeSet::new();
        let bound = self.job.completions.unwrap_or(0);
        let needed = |index: &i64| {
            *index < bound
                && !tally.completed.contains(index)
                && !tally.failed_indexes.contains(index)
        };
        let mut oldest = active.to_vec();
        oldest.sort_by_key(|p| p.created);
        oldest.retain(|pod| {
            let index = pod.job.as_ref().and_then(|j| j.index).filter(needed);
            index.is_none_or(|index| !taken.insert(index))
        });
        oldest
    }

    fn create(&self, view: &View, out: &mut Out, tally: &Tally<'_>, count: usize) {
        if self.job.backoff_per_index.is_none()
            && let Some(until) = self.waits_until(out)
            && out.now < until
        {
            out.queue.at(Job::Batch(self.key().clone()), until);
            return;
        }
        if !self.job.indexed {
            (0..count).for_each(|_| self.make(view, out, None));
            return;
        }
        for index in self.free_indexes(out, tally, count) {
            self.make(view, out, Some(index));
        }
    }

    /// The lowest indexes that lack a pod.
    fn free_indexes(&self, out: &mut Out, tally: &Tally<'_>, count: usize) -> Vec<i64> {
        let busy: BTreeSet<i64> = self
            .pods
            .iter()
            // Also one that is not counted any more is waited for while it may run.
            .filter(|p| !p.phase.is_terminal() && self.fate(p) != Fate::Failed)
            .filter_map(|p| p.job.as_ref()?.index)
            .collect();
        let mut free = Vec::new();
        for index in 0..self.job.completions.unwrap_or(0) {
            if free.len() >= count {
                break;
            }
            let done = tally.completed.contains(&index) || tally.failed_indexes.contains(&index);
            if done || busy.contains(&index) {
                continue;
            }
            match self.last_failed(index).map(|(last, n)| ended(last).plus(wait_ms(n))) {
                Some(until) if self.job.backoff_per_index.is_some() && out.now < until => {
                    out.queue.at(Job::Batch(self.key().clone()), until);
                }
                _ => free.push(index),
            }
        }
        free
    }

    /// The last pod of an index that failed, and how often pods of it have failed with it.
    fn last_failed(&self, index: i64) -> Option<(&'a PodView, i64)> {
        self.job.backoff_per_index?;
        let last = self
            .with_fate(Fate::Failed)
            .filter(|p| p.job.as_ref().is_some_and(|j| j.index == Some(index)))
            .max_by_key(|p| (p.job.as_ref().map_or(0, |j| j.failures), p.created))?;
        let before = last.job.as_ref().map_or(0, |j| j.failures);
        let counts = policy::judge(&self.job, last) != Verdict::Ignore;
        Some((last, before + i64::from(counts)))
    }

    /// Until when nothing is made: pods that fail again and again are made ever more slowly.
    fn waits_until(&self, out: &Out) -> Option<Millis> {
        let success = self.with_fate(Fate::Succeeded).map(ended).max();
        let failures: Vec<Millis> = self
            .with_fate(Fate::Failed)
            .map(ended)
            .filter(|at| success.is_none_or(|s| *at > s))
            .collect();
        let last = failures.iter().max()?.min(&out.now);
        Some(last.plus(wait_ms(i64::try_from(failures.len()).unwrap_or(i64::MAX))))
    }

    fn make(&self, view: &View, out: &mut Out, index: Option<i64>) {
        let name = &self.key().name;
        let prefix = match index {
            Some(index) => format!("{name}-{index}-"),
            None => format!("{name}-"),
        };
        let key = out.free_name(view, kinds::POD, &self.key().namespace, &prefix);
        if let Err(why) = out.create(&key, self.document(index, &prefix)) {
            let (job, own) = (Job::Batch(self.key().clone()), self.key());
            return out.refused(view, why, job, own, &self.job.common.uid);
        }
        self.tell_of(view, out, false, "SuccessfulCreate", format!("Created pod: {}", key.name));
    }

    fn document(&self, index: Option<i64>, prefix: &str) -> Value {
        let mut doc = pod_from(&self.job.template, &self.owner, prefix);
        let meta = &mut doc["metadata"];
        match meta.get_mut("finalizers").and_then(Value::as_array_mut) {
            Some(list) => list.push(TRACKING.into()),
            None => meta["finalizers"] = json!([TRACKING]),
        }
        let Some(index) = index else { return doc };
        let text = format!("{index}");
        meta["annotations"][INDEX] = text.as_str().into();
        meta["labels"][INDEX] = text.as_str().into();
        if self.job.backoff_per_index.is_some() {
            let failures = self.last_failed(index).map_or(0, |(_, n)| n);
            meta["annotations"][INDEX_FAILURES] = format!("{failures}").into();
        }
        let spec = &mut doc["spec"];
        spec["hostname"] = host_name(&self.key().name, index).into();
        for list in ["initContainers", "containers"] {
            let all = spec.get_mut(list).and_then(Value::as_array_mut);
            all.into_iter().flatten().for_each(tell_index);
        }
        doc
    }
}

/// A host name has 63 characters at most; the number must fit.
fn host_name(job: &str, index: i64) -> String {
    let number = format!("-{index}");
    let name: String = job.chars().take(63 - number.len()).collect();
    name.trim_end_matches(['-', '.']).replace('.', "-") + &number
}

/// Gives a container the number of its completion, unless it has its own of that name.
fn tell_index(container: &mut Value) {
    let env = &mut container["env"];
    if !env.is_array() {
        *env = json!([]);
    }
    let Some(env) = env.as_array_mut() else { return };
    if !env.iter().any(|e| e["name"] == INDEX_ENV) {
        let path = format!("metadata.annotations['{INDEX}']");
        env.push(json!({"name": INDEX_ENV, "valueFrom": {"fieldRef": {"fieldPath": path}}}));
    }
}

/// When a pod came to its end, by our own clock: a node's may be far off.
fn ended(pod: &PodView) -> Millis {
    pod.conditions.iter().map(|c| c.since).max().unwrap_or_default().max(pod.created)
}
