//! Jobs and their pods, as decisions see them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::{Millis, Revision};
use serde_json::Value;

use super::doc;
use super::meta::{Cond, Meta, Truth, cond};
use super::workload::{Common, filled, natural};
use crate::kinds::{self, ObjectKey};

/// The finalizer of pods that are still to be counted.
pub(crate) const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// Label and annotation: which completion a pod is for.
pub(crate) const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// Annotation: how often pods of the index had failed before this one was made.
pub(crate) const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// Annotation: the time that a cron job made a job for.
pub(crate) const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// Who acts on jobs that do not say who shall.
const OURSELVES: &str = "kubernetes.io/job-controller";

/// What a job asks of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobPod {
    pub(crate) index: Option<i64>,
    /// Whether it is still to be counted.
    pub(crate) tracked: bool,
    /// How often its index had failed before.
    pub(crate) failures: i64,
    /// Restarts of all its containers.
    pub(crate) restarts: i64,
    /// Containers that have ended, and how; init containers come last.
    pub(crate) exits: Box<[(Box<str>, i64)]>,
}

impl JobPod {
    /// None: it is no job's.
    pub(crate) fn read(doc: &Value, meta: &Meta) -> Option<Box<Self>> {
        let tracked = meta.has_finalizer(TRACKING);
        let of_job =
            meta.controller().is_some_and(|o| o.kind == super::meta::OwnerKind::Known(kinds::JOB));
        if !tracked && !of_job {
            return None;
        }
        let number = |name: &str| {
            doc::text(doc, &["metadata", "annotations", name])
                .parse()
                .ok()
                .filter(|n: &i64| *n >= 0)
        };
        let status = doc.get("status").unwrap_or(&Value::Null);
        let all = || {
            ["containerStatuses", "initContainerStatuses"]
                .into_iter()
                .flat_map(|list| doc::list(status, &[list]))
        };
        let exit = |c: &Value| {
            let code = doc::int(c, &["state", "terminated", "exitCode"])?;
            Some((doc::text(c, &["name"]).into(), code))
        };
        Some(Box::new(Self {
            index: number(INDEX),
            tracked,
            failures: number(INDEX_FAILURES).unwrap_or(0),
            restarts: all().filter_map(|c| doc::int(c, &["restartCount"])).sum(),
            exits: all().filter_map(exit).collect(),
        }))
    }
}

/// A job.
#[derive(Clone, Debug)]
pub(crate) struct JobView {
    pub(crate) common: Common,
    pub(crate) parallelism: i64,
    pub(crate) completions: Option<i64>,
    pub(crate) indexed: bool,
    pub(crate) backoff: i64,
    pub(crate) backoff_per_index: Option<i64>,
    pub(crate) failed_indexes_max: Option<i64>,
    pub(crate) deadline_s: Option<u64>,
    pub(crate) ttl_s: Option<u64>,
    pub(crate) suspended: bool,
    /// A pod is replaced when it is really gone, not when it is on its way out.
    pub(crate) patient: bool,
    /// Its pods' containers are started again where they are.
    pub(crate) on_failure: bool,
    /// Somebody else acts on it.
    pub(crate) foreign: bool,
    /// Its selector was given, not made.
    pub(crate) manual: bool,
    /// The rules of its `podFailurePolicy`.
    pub(crate) failure_rules: Vec<Value>,
    /// The rules of its `successPolicy`.
    pub(crate) success_rules: Vec<Value>,
    pub(crate) template: Arc<Value>,
    pub(crate) status: Value,
    pub(crate) conditions: Vec<Cond>,
}

impl JobView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let doc = &filled(doc, kinds::JOB);
        let spec = doc.get("spec").unwrap_or(&Value::Null);
        let status = doc.get("status").unwrap_or(&Value::Null);
        let number = |field: &str| doc::int(spec, &[field]).map(|n| n.max(0));
        let indexed = doc::text(spec, &["completionMode"]) == "Indexed";
        Self {
            common: Common::read(key, revision, doc, meta),
            parallelism: number("parallelism").unwrap_or(1),
            completions: number("completions"),
            indexed,
            // The largest number stands for "no limit" where each index has its own.
            backoff: number("backoffLimit").unwrap_or(6),
            backoff_per_index: number("backoffLimitPerIndex").filter(|_| indexed),
            failed_indexes_max: number("maxFailedIndexes"),
            deadline_s: natural(spec, &["activeDeadlineSeconds"]),
            ttl_s: natural(spec, &["ttlSecondsAfterFinished"]),
            suspended: doc::flag(spec, &["suspend"]),
            patient: indexed || doc::text(spec, &["podReplacementPolicy"]) == "Failed",
            on_failure: doc::text(spec, &["template", "spec", "restartPolicy"]) == "OnFailure",
            foreign: !["", OURSELVES].contains(&doc::text(spec, &["managedBy"])),
            manual: doc::flag(spec, &["manualSelector"]),
            failure_rules: doc::list(spec, &["podFailurePolicy", "rules"]).to_vec(),
            success_rules: doc::list(spec, &["successPolicy", "rules"]).to_vec(),
            template: Arc::new(doc::at(spec, &["template"]).cloned().unwrap_or(Value::Null)),
            conditions: Cond::read_all(status),
            status: status.clone(),
        }
    }

    /// The condition of this type, if it holds.
    pub(crate) fn holds(&self, kind: &str) -> Option<&Cond> {
        cond(&self.conditions, kind).filter(|c| c.status == Truth::True)
    }

    /// How it ended, if it has: `Complete` or `Failed`.
    pub(crate) fn finished(&self) -> Option<&Cond> {
        self.holds("Complete").or_else(|| self.holds("Failed"))
    }

    pub(crate) fn started(&self) -> Option<Millis> {
        doc::time(&self.status, &["startTime"])
    }

    /// Uids that were seen to end and are not in the counters yet.
    pub(crate) fn uncounted(&self, how: &str) -> Vec<String> {
        doc::list(&self.status, &["uncountedTerminatedPods", how])
            .iter()
            .filter_map(|uid| uid.as_str().map(String::from))
            .collect()
    }
}

/// A cron job.
#[derive(Clone, Debug)]
pub(crate) struct CronJobView {
    pub(crate) common: Common,
    pub(crate) schedule: Box<str>,
    /// An IANA name; empty for UTC.
    pub(crate) zone: Box<str>,
    pub(crate) suspended: bool,
    pub(crate) policy: Box<str>,
    /// A job that could not start for so long is left out.
    pub(crate) starting_deadline_s: Option<u64>,
    /// So many jobs that succeeded are kept; none: all.
    pub(crate) keep_successful: Option<usize>,
    pub(crate) keep_failed: Option<usize>,
    /// The jobs that it makes.
    pub(crate) template: Arc<Value>,
    pub(crate) status: Value,
}

impl CronJobView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let doc = &filled(doc, kinds::CRON_JOB);
        let spec = doc.get("spec").unwrap_or(&Value::Null);
        let count = |field: &str| natural(spec, &[field]).and_then(|n| usize::try_from(n).ok());
        Self {
            common: Common::read(key, revision, doc, meta),
            schedule: doc::text(spec, &["schedule"]).into(),
            zone: doc::text(spec, &["timeZone"]).into(),
            suspended: doc::flag(spec, &["suspend"]),
            policy: doc::text(spec, &["concurrencyPolicy"]).into(),
            starting_deadline_s: natural(spec, &["startingDeadlineSeconds"]),
            keep_successful: count("successfulJobsHistoryLimit"),
            keep_failed: count("failedJobsHistoryLimit"),
            template: Arc::new(spec.get("jobTemplate").cloned().unwrap_or(Value::Null)),
            status: doc.get("status").cloned().unwrap_or(Value::Null),
        }
    }

    pub(crate) fn last_schedule(&self) -> Option<Millis> {
        doc::time(&self.status, &["lastScheduleTime"])
    }
}
