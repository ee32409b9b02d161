//! Pods that have ended are counted, each once: see the law of the room above.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::policy::{self, Verdict};
use super::{Batch, Fate, indexes};
use crate::out::Out;
use crate::view::View;
use crate::view::batch::JobPod;
use crate::view::doc;
use crate::view::meta::Cond;
use crate::view::pod::PodView;

/// So many uids wait in a status at most; the others are taken in when these are counted.
const WAITING_MAX: usize = 500;

/// What there is of a job's pods.
#[derive(Default)]
pub(super) struct Tally<'a> {
    /// The counters, and the uids that are to be in them.
    succeeded: i64,
    failed: i64,
    waiting_succeeded: Vec<String>,
    waiting_failed: Vec<String>,
    pub(super) completed: BTreeSet<i64>,
    pub(super) failed_indexes: BTreeSet<i64>,
    /// Failures that are not in the counters yet, since the next pod of their index has to learn of them.
    held: i64,
    /// Pods that the status knows of: they may go.
    pub(super) counted: Vec<&'a PodView>,
    /// Why the job is to fail, by its `podFailurePolicy`.
    pub(super) verdict: Option<String>,
    pub(super) active: i64,
    pub(super) ready: i64,
    pub(super) terminating: i64,
}

impl Tally<'_> {
    pub(super) fn successes(&self, indexed: bool) -> i64 {
        let waiting = i64::try_from(self.waiting_succeeded.len()).unwrap_or(i64::MAX);
        if indexed { size(&self.completed) } else { self.succeeded + waiting }
    }

    pub(super) fn failures(&self) -> i64 {
        self.failed + self.held + i64::try_from(self.waiting_failed.len()).unwrap_or(i64::MAX)
    }

    /// Whether everything that has ended is in the counters.
    pub(super) fn is_settled(&self) -> bool {
        self.held == 0 && self.waiting_failed.is_empty() && self.waiting_succeeded.is_empty()
    }

    fn waits(&self, uid: &str) -> bool {
        self.waiting_failed.iter().chain(&self.waiting_succeeded).any(|u| u == uid)
    }

    fn is_full(&self) -> bool {
        self.waiting_failed.len() + self.waiting_succeeded.len() >= WAITING_MAX
    }
}

/// How many indexes.
pub(super) fn size(set: &BTreeSet<i64>) -> i64 {
    i64::try_from(set.len()).unwrap_or(i64::MAX)
}

impl<'a> Batch<'a> {
    pub(super) fn tally(&self) -> Tally<'a> {
        let status = &self.job.status;
        let bound = self.job.completions.unwrap_or(0);
        let tracked: BTreeSet<&str> = self
            .pods
            .iter()
            .filter(|p| p.job.as_ref().is_some_and(|j| j.tracked))
            .map(|p| p.uid.as_str())
            .collect();
        let (waiting_succeeded, gone): (Vec<_>, Vec<_>) =
            self.job.uncounted("succeeded").into_iter().partition(|u| tracked.contains(u.as_str()));
        let count = |of: &[String]| i64::try_from(of.len()).unwrap_or(i64::MAX);
        let succeeded = doc::int(status, &["succeeded"]).unwrap_or(0) + count(&gone);
        let (waiting_failed, gone): (Vec<_>, Vec<_>) =
            self.job.uncounted("failed").into_iter().partition(|u| tracked.contains(u.as_str()));
        let mut tally = Tally {
            succeeded,
            failed: doc::int(status, &["failed"]).unwrap_or(0) + count(&gone),
            waiting_succeeded,
            waiting_failed,
            completed: indexes::parse(doc::text(status, &["completedIndexes"]), bound),
            failed_indexes: indexes::parse(doc::text(status, &["failedIndexes"]), bound),
            ..Tally::default()
        };
        let known = tally.completed.clone();
        for &pod in &self.pods {
            let fate = self.fate(pod);
            tally.active += i64::from(fate == Fate::Active);
            tally.ready += i64::from(fate == Fate::Active && pod.ready());
            tally.terminating += i64::from(pod.deleting.is_some() && !pod.phase.is_terminal());
            let Some(of) = pod.job.as_ref().filter(|j| j.tracked) else { continue };
            if tally.waits(pod.uid.as_str()) || (self.job.common.deleting && fate == Fate::Leaving)
            {
                tally.counted.push(pod);
            } else if !tally.is_full() {
                self.take(&mut tally, pod, of, fate, &known);
            }
        }
        tally
    }

    /// Takes in a pod that has not been counted.
    fn take(
        &self,
        tally: &mut Tally<'a>,
        pod: &'a PodView,
        of: &JobPod,
        fate: Fate,
        known: &BTreeSet<i64>,
    ) {
        let job = &self.job;
        let index = of.index.filter(|i| *i < job.completions.unwrap_or(0));
        let stray = job.indexed && index.is_none();
        match (fate, index) {
            (Fate::Active | Fate::Leaving, _) => {}
            _ if stray => tally.counted.push(pod),
            (Fate::Succeeded, Some(index)) if job.indexed => {
                if known.contains(&index) {
                    tally.counted.push(pod);
                }
                tally.completed.insert(index);
            }
            (Fate::Succeeded, _) => tally.waiting_succeeded.push(pod.uid.as_str().into()),
            (Fate::Failed, _) => self.take_failed(tally, pod, of, index),
        }
    }

    fn take_failed(
        &self,
        tally: &mut Tally<'a>,
        pod: &'a PodView,
        of: &JobPod,
        index: Option<i64>,
    ) {
        let verdict = policy::judge(&self.job, pod);
        if let (Some(limit), Some(index)) = (self.job.backoff_per_index, index) {
            let spent = verdict == Verdict::Count && of.failures >= limit;
            if spent || verdict == Verdict::FailIndex {
                tally.failed_indexes.insert(index);
            } else if !matches!(verdict, Verdict::FailJob(_))
                && !self.is_ending()
                && !self.is_replaced(pod, of, index)
            {
                tally.held += i64::from(verdict == Verdict::Count);
                return;
            }
        }
        match verdict {
            Verdict::Ignore => return tally.counted.push(pod),
            Verdict::FailJob(why) if tally.verdict.is_none() => tally.verdict = Some(why),
            _ => {}
        }
        tally.waiting_failed.push(pod.uid.as_str().into());
    }

    fn is_ending(&self) -> bool {
        let job = &self.job;
        job.common.deleting
            || job.holds("FailureTarget").is_some()
            || job.holds("SuccessCriteriaMet").is_some()
    }

    /// Whether a later pod of its index knows how often it had failed.
    fn is_replaced(&self, pod: &PodView, of: &JobPod, index: i64) -> bool {
        self.pods.iter().any(|other| {
            let Some(theirs) = &other.job else { return false };
            let later = (theirs.failures, other.created) > (of.failures, pod.created);
            theirs.index == Some(index) && later
        })
    }

    /// Writes what differs. True if it is more than how many run: then the next decision waits for it.
    pub(super) fn tell(&self, view: &View, out: &mut Out, tally: &Tally<'_>) -> bool {
        let job = &self.job;
        let (conditions, started) = self.conditions(view, out, tally);
        let uids = |of: &[String]| if of.is_empty() { Value::Null } else { json!(of) };
        let waiting = json!({
            "succeeded": uids(&tally.waiting_succeeded),
            "failed": uids(&tally.waiting_failed),
        });
        let number = |n: i64| if n == 0 { Value::Null } else { json!(n) };
        let succeeded = if job.indexed { size(&tally.completed) } else { tally.succeeded };
        let mut weighty = Map::new();
        let mut put = |field: &str, value: Value| {
            if job.status.get(field).unwrap_or(&Value::Null) != &value {
                weighty.insert(field.into(), value);
            }
        };
        put("succeeded", number(succeeded));
        put("failed", number(tally.failed));
        if job.indexed {
            put("completedIndexes", list(&tally.completed));
        }
        if job.backoff_per_index.is_some() {
            put("failedIndexes", indexes::text(&tally.failed_indexes).into());
        }
        if let Some(at) = started {
            put("startTime", at.to_rfc3339().into());
        }
        if let Some(done) = conditions.iter().find(|c| &*c.kind == "Complete") {
            put("completionTime", done.since.to_rfc3339().into());
        }
        let shown = job.status.get("uncountedTerminatedPods");
        let differs =
            |how: &str| waiting[how] != *shown.and_then(|s| s.get(how)).unwrap_or(&Value::Null);
        if shown.is_none() || differs("succeeded") || differs("failed") {
            weighty.insert("uncountedTerminatedPods".into(), waiting);
        }
        if conditions != job.conditions {
            weighty.insert("conditions".into(), conditions.iter().map(shown_condition).collect());
        }
        let mut patch = Map::new();
        for (field, value) in [
            ("active", number(tally.active)),
            ("ready", tally.ready.into()),
            ("terminating", tally.terminating.into()),
        ] {
            if job.status.get(field).unwrap_or(&Value::Null) != &value {
                patch.insert(field.into(), value);
            }
        }
        let heavy = !weighty.is_empty();
        patch.extend(weighty);
        if heavy {
            out.change(self.key(), job.common.revision, json!({"status": patch}));
        } else if !patch.is_empty() {
            out.observe(self.key(), json!({"status": patch}));
        }
        heavy
    }
}

/// A set of indexes in a status that is not there when it is empty.
fn list(set: &BTreeSet<i64>) -> Value {
    if set.is_empty() { Value::Null } else { indexes::text(set).into() }
}

/// A job's condition: it says when it was looked at, too.
fn shown_condition(cond: &Cond) -> Value {
    let mut value = cond.to_value();
    value["lastProbeTime"] = cond.since.to_rfc3339().into();
    value
}
