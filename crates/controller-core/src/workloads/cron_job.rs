//! A cron job makes a job when its time has come.
//!
//! The law of this room: a time has one job. Its name is made of the time, so that a job which was made but not yet
//! written into the status is found again and not made twice; and the last time is in the status before a finished job
//! may go.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use jiff::tz::TimeZone;
use model::Millis;
use serde_json::{Map, Value, json};

use crate::cron::{self, Schedule};
use crate::events::Happening;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::batch::{CronJobView, JobView, SCHEDULED};
use crate::view::doc;
use crate::view::meta::Owner;

/// From so many missed times on it is told.
const MISSED_MAX: usize = 100;

struct Cron<'a> {
    cron: Arc<CronJobView>,
    /// The jobs that it controls.
    jobs: Vec<&'a Arc<JobView>>,
}

/// Decides on a cron job.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(cron) = view.cron_jobs.get(key).cloned() else { return };
    let uid = &cron.common.uid;
    let jobs: Vec<_> = view
        .dependents_of(uid, kinds::JOB)
        .filter_map(|key| view.jobs.get(key))
        .filter(|job| job.common.controller.as_ref() == Some(uid))
        .collect();
    if out.wrote(key) || jobs.iter().any(|j| out.wrote(&j.common.key)) {
        out.defer(Job::Cron(key.clone()));
        return;
    }
    let cron = Cron { cron, jobs };
    // What was started is known to the status before anything else is decided.
    if cron.tell(view, out) {
        return;
    }
    cron.clean(view, out);
    if !cron.cron.common.deleting && !cron.cron.suspended && view.namespace_open(&key.namespace) {
        cron.start(view, out);
    }
}

impl Cron<'_> {
    fn key(&self) -> &ObjectKey {
        &self.cron.common.key
    }

    /// The jobs that it started and that have not ended.
    fn active(&self) -> impl Iterator<Item = &Arc<JobView>> {
        self.jobs.iter().copied().filter(|job| scheduled(job).is_some() && job.finished().is_none())
    }

    /// Writes into the status what is not there yet. True if there was anything.
    fn tell(&self, view: &View, out: &mut Out) -> bool {
        let old = &self.cron.status;
        let refs: Vec<Value> = self
            .active()
            .map(|job| {
                json!({
                    "apiVersion": "batch/v1",
                    "kind": "Job",
                    "name": &*job.common.key.name,
                    "namespace": &*job.common.key.namespace,
                    "uid": job.common.uid.as_str(),
                })
            })
            .collect();
        let mut patch = Map::new();
        if doc::list(old, &["active"]) != refs {
            self.tell_of_ends(view, out);
            let refs = if refs.is_empty() { Value::Null } else { refs.into() };
            patch.insert("active".into(), refs);
        }
        let ends = self.jobs.iter().filter(|j| j.holds("Complete").is_some());
        let last_end = ends.filter_map(|j| doc::time(&j.status, &["completionTime"])).max();
        let last_start = self.jobs.iter().filter_map(|job| scheduled(job)).max();
        for (field, time) in [("lastScheduleTime", last_start), ("lastSuccessfulTime", last_end)] {
            if time > doc::time(old, &[field]) {
                patch.insert(field.into(), time.map(Millis::to_rfc3339).into());
            }
        }
        if patch.is_empty() {
            return false;
        }
        out.change(self.key(), self.cron.common.revision, json!({"status": patch}));
        true
    }

    /// Says what has become of the jobs that the status still calls active.
    fn tell_of_ends(&self, view: &View, out: &mut Out) {
        for was in doc::list(&self.cron.status, &["active"]) {
            let (name, uid) = (doc::text(was, &["name"]), doc::text(was, &["uid"]));
            match self.jobs.iter().find(|j| j.common.uid.as_str() == uid) {
                None => {
                    let message = format!("Active job went missing: {name}");
                    self.happened(view, out, false, "MissingJob", message);
                }
                Some(job) => {
                    let Some(end) = job.finished() else { continue };
                    let message = format!("Saw completed job: {name}, condition: {}", end.kind);
                    self.happened(view, out, false, "SawCompletedJob", message);
                }
            }
        }
    }

    /// Lets jobs go that ended long ago: of each sort the newest are kept.
    fn clean(&self, view: &View, out: &mut Out) {
        for (kind, keep) in
            [("Complete", self.cron.keep_successful), ("Failed", self.cron.keep_failed)]
        {
            let Some(keep) = keep else { continue };
            let mut ended: Vec<_> = self.jobs.iter().filter(|j| j.holds(kind).is_some()).collect();
            ended.sort_by_key(|j| (j.started(), j.common.key.name.clone()));
            let surplus = ended.len().saturating_sub(keep);
            for job in ended.into_iter().take(surplus) {
                self.end(view, out, job);
            }
        }
    }

    fn end(&self, view: &View, out: &mut Out, job: &JobView) {
        let Some(meta) = view.meta.get(&job.common.key).filter(|m| m.deleting.is_none()) else {
            return;
        };
        out.end(view, &job.common.key, meta);
        let message = format!("Deleted job {}", job.common.key.name);
        self.happened(view, out, false, "SuccessfulDelete", message);
    }

    /// Starts the job whose time has come, and looks again at the next time.
    fn start(&self, view: &View, out: &mut Out) {
        let parsed = Schedule::parse(&self.cron.schedule)
            .map_err(|why| ("UnparseableSchedule", why))
            .and_then(|s| {
                Ok((s, cron::zone(&self.cron.zone).map_err(|w| ("UnknownTimeZone", w))?))
            });
        let (schedule, zone) = match parsed {
            Ok(parsed) => parsed,
            Err((reason, why)) => return self.happened(view, out, true, reason, why),
        };
        let cron = &self.cron;
        let mut from = cron.last_schedule().unwrap_or(cron.common.created);
        let deadline_ms = cron.starting_deadline_s.map(|s| s.saturating_mul(1000));
        if let Some(ms) = deadline_ms {
            from = from.max(Millis(out.now.0.saturating_sub(ms)));
        }
        // From the last time on for those that come at a distance, so that they do not drift.
        if let Some(next) = schedule
            .latest(from, out.now, &zone, 1)
            .map_or_else(|| schedule.after(from, &zone), |_| schedule.after(out.now, &zone))
        {
            out.queue.at(Job::Cron(self.key().clone()), next.max(out.now.plus(1)));
        }
        let Some((time, missed)) = schedule.latest(from, out.now, &zone, MISSED_MAX) else {
            return;
        };
        if missed >= MISSED_MAX && deadline_ms.is_none() {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew".into();
            self.happened(view, out, true, "TooManyMissedTimes", message);
        }
        if deadline_ms.is_some_and(|ms| time.plus(ms) < out.now) {
            let message = format!("Missed scheduled time to start a job: {}", time.to_rfc3339());
            return self.happened(view, out, true, "MissSchedule", message);
        }
        // Kubernetes numbers the minutes; what comes more often needs more numbers.
        let number = if schedule.is_by_minutes() { time.0 / 60_000 } else { time.0 / 1000 };
        self.start_at(view, out, time, number, &zone);
    }

    fn start_at(&self, view: &View, out: &mut Out, time: Millis, number: u64, zone: &TimeZone) {
        let running: Vec<_> = self.active().cloned().collect();
        match &*self.cron.policy {
            "Forbid" if !running.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid".into();
                return self.happened(view, out, false, "JobAlreadyActive", message);
            }
            "Replace" if !running.is_empty() => {
                running.iter().for_each(|job| self.end(view, out, job));
            }
            _ => {}
        }
        let name = format!("{}-{number}", self.key().name);
        let key = ObjectKey::new(kinds::JOB, &self.key().namespace, &name);
        if view.meta.contains_key(&key) {
            // It was made and has gone from its owner, or somebody else's job is in the way.
            let message = format!("Error creating job: jobs.batch \"{name}\" already exists");
            return self.happened(view, out, true, "FailedCreate", message);
        }
        if let Err(why) = out.create(&key, self.job(time, zone)) {
            let job = Job::Cron(self.key().clone());
            return out.refused(view, why, job, self.key(), &self.cron.common.uid);
        }
        self.happened(view, out, false, "SuccessfulCreate", format!("Created job {name}"));
    }

    fn job(&self, time: Millis, zone: &TimeZone) -> Value {
        let template = &self.cron.template;
        let mut annotations = doc::texts(template, &["metadata", "annotations"]);
        annotations.insert(SCHEDULED.into(), cron::shown(time, zone));
        let owner = Owner::controlling(kinds::CRON_JOB, &self.key().name, &self.cron.common.uid);
        let mut meta = json!({"annotations": annotations, "ownerReferences": [owner.to_value()]});
        if let Some(labels) = doc::at(template, &["metadata", "labels"]) {
            meta["labels"] = labels.clone();
        }
        json!({"metadata": meta, "spec": template.get("spec").cloned().unwrap_or_default()})
    }

    fn happened(&self, view: &View, out: &mut Out, warning: bool, reason: &str, message: String) {
        let happening = Happening::normal(self.key(), &self.cron.common.uid, reason, message);
        out.tell(view, Happening { warning, ..happening });
    }
}

/// The time that a job was made for; none if a person made it.
fn scheduled(job: &JobView) -> Option<Millis> {
    job.common.annotations.get(SCHEDULED).and_then(|t| Millis::parse_rfc3339(t))
}
