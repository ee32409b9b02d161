//! batch/v1 CronJob, served as v1beta1, too.

use serde_json::Value;

use super::table::{age, entries_of, name, of_containers, since_or, text_or};
use super::{BARE, Conversion, Kind, Subresource, integer, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::text_at;
use crate::admit::selector::format_document;
use crate::admit::warn;

/// The row.
pub(super) const KIND: Kind = Kind {
    others: &[Kind {
        version: "v1beta1",
        schema: "io.k8s.api.batch.v1beta1.CronJob",
        conversion: Some(Conversion {
            shown: |_| {},
            kept: |_| {},
            deprecated: "batch/v1beta1 CronJob is deprecated in v1.21+, unavailable in v1.25+; use batch/v1 CronJob",
        }),
        ..V1
    }],
    ..V1
};

const V1: Kind = Kind {
    id: super::CRON_JOB,
    group: "batch",
    kind: "CronJob",
    plural: "cronjobs",
    singular: "cronjob",
    short_names: &["cj"],
    categories: &["all"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.batch.v1.CronJob",
    generations: true,
    columns: &[
        text("Name"),
        text("Schedule"),
        text("Timezone"),
        text("Suspend"),
        integer("Active"),
        text("Last Schedule"),
        text("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |d, now| {
        let job = d.pointer("/spec/jobTemplate").unwrap_or(&Value::Null);
        let suspended = d.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true);
        alloc::vec![
            name(d),
            text_at(d, "/spec/schedule").into(),
            text_or(d, "/spec/timeZone", "<none>"),
            if suspended { "True" } else { "False" }.into(),
            entries_of(d, "/status/active").into(),
            since_or(d, "/status/lastScheduleTime", now, "<none>").into(),
            age(d, now),
            of_containers(job, "name"),
            of_containers(job, "image"),
            format_document(job.pointer("/spec/selector")).into(),
        ]
    },
    default: default::cron_job,
    validate: check::cron::cron_job,
    warn: warn::cron_job,
    ..BARE
};
