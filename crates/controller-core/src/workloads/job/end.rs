//! How a job ends: first it is written why, then its pods end and are counted, then it is over.

use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;

use super::count::{Tally, size};
use super::{Batch, Fate, let_go, policy};
use crate::collect;
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::meta::{Cond, Truth, cond, set_cond};

const BACKOFF: &str = "Job has reached the specified backoff limit";
const DEADLINE: &str = "Job was active longer than specified deadline";
const INDEXES: &str = "Job has failed indexes";
const INDEXES_MAX: &str = "Job has exceeded the specified maximal number of failed indexes";
const COMPLETED: &str = "Reached expected number of succeeded pods";

/// Why a job is to end.
struct Target {
    kind: &'static str,
    reason: &'static str,
    message: String,
}

fn failing(reason: &'static str, message: &str) -> Option<Target> {
    Some(Target { kind: "FailureTarget", reason, message: message.into() })
}

fn succeeding(reason: &'static str, message: String) -> Option<Target> {
    Some(Target { kind: "SuccessCriteriaMet", reason, message })
}

impl Batch<'_> {
    /// The conditions that it shall have, and its new start time, if there is one.
    pub(super) fn conditions(
        &self,
        view: &View,
        out: &mut Out,
        tally: &Tally<'_>,
    ) -> (Vec<Cond>, Option<Millis>) {
        let job = &self.job;
        // Times are kept in whole seconds.
        let now = Millis(out.now.0 / 1000 * 1000);
        let mut all = job.conditions.clone();
        if job.common.deleting {
            return (all, None);
        }
        let mut started = (job.started().is_none() && !job.suspended).then_some(now);
        let ending = job.holds("SuccessCriteriaMet").or_else(|| job.holds("FailureTarget"));
        if let Some(target) = ending {
            if self.is_over(tally) {
                let kind = if &*target.kind == "FailureTarget" { "Failed" } else { "Complete" };
                let last = Cond::new(kind, Truth::True, now, &target.reason, &target.message);
                self.tell_end(view, out, &last);
                set_cond(&mut all, last);
            }
        } else if let Some(target) = self.target(out, tally) {
            set_cond(
                &mut all,
                Cond::new(target.kind, Truth::True, now, target.reason, &target.message),
            );
        } else if job.suspended {
            if job.holds("Suspended").is_none() {
                self.tell_of(view, out, false, "Suspended", "Job suspended".into());
                let new = Cond::new("Suspended", Truth::True, now, "JobSuspended", "Job suspended");
                set_cond(&mut all, new);
            }
        } else if cond(&all, "Suspended").is_some_and(|c| c.status == Truth::True) {
            self.tell_of(view, out, false, "Resumed", "Job resumed".into());
            let new = Cond::new("Suspended", Truth::False, now, "JobResumed", "Job resumed");
            set_cond(&mut all, new);
            // Its deadline runs anew.
            started = Some(now);
        }
        (all, started)
    }

    fn tell_end(&self, view: &View, out: &mut Out, last: &Cond) {
        if &*last.kind == "Complete" {
            self.tell_of(view, out, false, "Completed", "Job completed".into());
        } else {
            self.tell_of(view, out, true, &last.reason, (&*last.message).into());
        }
    }

    /// Whether all of its pods have ended, and are counted.
    fn is_over(&self, tally: &Tally<'_>) -> bool {
        tally.active == 0
            && tally.terminating == 0
            && tally.is_settled()
            && self.pods.iter().all(|p| p.job.as_ref().is_none_or(|j| !j.tracked))
    }

    fn target(&self, out: &mut Out, tally: &Tally<'_>) -> Option<Target> {
        let job = &self.job;
        if let Some(why) = &tally.verdict {
            return failing("PodFailurePolicy", why);
        }
        if tally.failures() > job.backoff || self.restarted_too_often() {
            return failing("BackoffLimitExceeded", BACKOFF);
        }
        if let (Some(seconds), Some(started)) = (job.deadline_s, job.started())
            && !job.suspended
            // One that is resumed gets another start.
            && job.holds("Suspended").is_none()
        {
            let until = started.plus(seconds.saturating_mul(1000));
            if out.now >= until {
                return failing("DeadlineExceeded", DEADLINE);
            }
            out.queue.at(Job::Batch(self.key().clone()), until);
        }
        let (completed, failed) = (size(&tally.completed), size(&tally.failed_indexes));
        if failed > 0 {
            if job.failed_indexes_max.is_some_and(|most| failed > most) {
                return failing("MaxFailedIndexesExceeded", INDEXES_MAX);
            }
            if completed + failed >= job.completions.unwrap_or(0) {
                return failing("FailedIndexes", INDEXES);
            }
        }
        if let Some(rule) = policy::met(job, &tally.completed) {
            return succeeding("SuccessPolicy", alloc::format!("Matched rules at index {rule}"));
        }
        let successes = tally.successes(job.indexed);
        let enough = match job.completions {
            // Each of its pods knows whether the whole is done: those that still run are waited for.
            None => successes > 0,
            Some(wanted) => successes >= wanted,
        };
        (enough && tally.active == 0).then_some(())?;
        succeeding("CompletionsReached", COMPLETED.into())
    }

    /// Containers that are started again where they are count as failures, too.
    fn restarted_too_often(&self) -> bool {
        let restarts: i64 =
            self.with_fate(Fate::Active).filter_map(|p| p.job.as_ref()).map(|of| of.restarts).sum();
        self.job.on_failure && restarts > 0 && restarts >= self.job.backoff
    }

    /// It is written why the job ends: whatever still runs does, too.
    pub(super) fn wind_down(&self, view: &View, out: &mut Out, target: &str) {
        let active: Vec<_> = self.with_fate(Fate::Active).collect();
        for pod in active {
            if target == "FailureTarget" {
                self.end(view, out, pod);
            } else {
                // What nobody needs any more has not failed.
                self.withdraw(view, out, pod);
            }
        }
    }

    /// The job is over: it goes when its time has come.
    pub(super) fn after(&self, view: &View, out: &mut Out, end: &Cond) {
        for pod in self.pods.iter().filter(|p| p.job.as_ref().is_some_and(|j| j.tracked)) {
            let_go(view, out, pod, false);
        }
        let Some(seconds) = self.job.ttl_s.filter(|_| !self.job.common.deleting) else { return };
        let until = end.since.plus(seconds.saturating_mul(1000));
        if out.now < until {
            out.queue.at(Job::Batch(self.key().clone()), until);
        } else if let Some(meta) = view.meta.get(self.key()) {
            collect::end_in_foreground(view, out, self.key(), meta);
        }
    }
}
