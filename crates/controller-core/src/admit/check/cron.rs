//! Rules on CronJobs.

use alloc::vec::Vec;

use serde_json::Value;

use super::at::At;
use super::batch;
use crate::admit::meta::meta;
use crate::cron::{self, Schedule};
use crate::kinds::FieldError;

/// A job's name is its cron job's and the number of a minute.
const NAME_MAX: usize = 52;

/// A CronJob.
pub fn cron_job(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    if old.is_none() && meta(doc).name().len() > NAME_MAX {
        let path = At::root(doc, "metadata").path.child("name");
        errors.push(path.invalid(meta(doc).name(), "must be no more than 52 characters"));
    }
    let schedule = spec.text("schedule");
    let path = spec.path.child("schedule");
    if schedule.is_empty() {
        errors.push(path.required(""));
    } else if schedule.contains("TZ=") {
        let why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        errors.push(path.invalid(schedule, why));
    } else if let Err(why) = Schedule::parse(schedule) {
        errors.push(path.invalid(schedule, &why));
    }
    if let Some(zone) = spec.get("timeZone") {
        let name = zone.value.as_str().unwrap_or_default();
        if name.is_empty() {
            errors.push(zone.path.invalid(name, "timeZone must be nil or non-empty string"));
        } else if let Err(why) = cron::zone(name) {
            errors.push(zone.path.invalid(name, &why));
        }
    }
    for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"]
    {
        spec.non_negative(field, errors);
    }
    spec.one_of("concurrencyPolicy", &["Allow", "Forbid", "Replace"], errors);
    let job = spec.field("jobTemplate").field("spec");
    if job.flag("manualSelector") {
        let path = job.path.child("manualSelector");
        errors.push(path.not_supported("true", &["nil", "false"]));
    }
    batch::spec(&job, errors);
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use model::Millis;
    use serde_json::json;

    use super::*;
    use crate::admit::{Fresh, prepare_create};
    use crate::kinds;

    fn told(name: &str, change: Value) -> String {
        let pod = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]});
        let mut doc = json!({
            "metadata": {"name": name},
            "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}},
        });
        json_patch::merge(&mut doc["spec"], &change);
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "bbbbb" };
        let made = prepare_create(kinds::get(kinds::CRON_JOB), "n", doc, &fresh);
        let message = made.err().map(|e| e.message).unwrap_or_default();
        message.strip_prefix("CronJob.batch \"c\" is invalid: ").unwrap_or(&message).into()
    }

    #[test]
    fn what_is_wrong_with_a_cron_job() {
        assert_eq!(told("c", json!({"timeZone": "Europe/Berlin"})), "");
        for (change, want) in [
            (json!({"schedule": ""}), "spec.schedule: Required value"),
            (
                json!({"schedule": "* * *"}),
                "spec.schedule: Invalid value: \"* * *\": expected exactly 5 fields, found 3: [\"*\", \"*\", \"*\"]",
            ),
            (
                json!({"schedule": "TZ=UTC 0 0 * * *"}),
                "spec.schedule: Invalid value: \"TZ=UTC 0 0 * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
            ),
            (
                json!({"timeZone": "Mars"}),
                "spec.timeZone: Invalid value: \"Mars\": unknown time zone Mars",
            ),
            (
                json!({"concurrencyPolicy": "Never"}),
                "spec.concurrencyPolicy: Unsupported value: \"Never\": supported values: \"Allow\", \"Forbid\", \"Replace\"",
            ),
            (
                json!({"startingDeadlineSeconds": -1}),
                "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
            ),
            (
                json!({"jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": null}}}}}),
                "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
            ),
        ] {
            assert_eq!(told("c", change), want);
        }
        let long = told(&"a".repeat(53), json!({}));
        assert!(long.ends_with("must be no more than 52 characters"), "{long}");
    }
}
