//! batch/v1 Job.

use alloc::format;
use alloc::string::String;

use model::Millis;
use serde_json::Value;

use super::table::{age, count, human_duration, name, of_containers};
use super::{BARE, Kind, Subresource, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::{list_at, meta, number_at, text_at};
use crate::admit::selector::format_document;
use crate::admit::warn;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::JOB,
    group: "batch",
    kind: "Job",
    plural: "jobs",
    singular: "job",
    categories: &["all"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.batch.v1.Job",
    generations: true,
    fields: &[("status.successful", |d| format!("{}", count(d, "/status/succeeded")))],
    columns: &[
        text("Name"),
        text("Status"),
        text("Completions"),
        text("Duration"),
        text("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |d, now| {
        alloc::vec![
            name(d),
            status(d).into(),
            completions(d).into(),
            duration(d, now).into(),
            age(d, now),
            of_containers(d, "name"),
            of_containers(d, "image"),
            format_document(d.pointer("/spec/selector")).into(),
        ]
    },
    default: default::job,
    validate: check::batch::job,
    warn: warn::job,
    ..BARE
};

/// What a job has come to, in one word.
fn status(doc: &Value) -> &'static str {
    let holds = |kind: &&str| {
        list_at(doc, "/status/conditions")
            .iter()
            .any(|c| text_at(c, "/type") == *kind && text_at(c, "/status") == "True")
    };
    if let Some(end) = ["Complete", "Failed"].into_iter().find(holds) {
        return end;
    }
    if meta(doc).is_terminating() {
        return "Terminating";
    }
    ["Suspended", "FailureTarget", "SuccessCriteriaMet"]
        .into_iter()
        .find(holds)
        .unwrap_or("Running")
}

fn completions(doc: &Value) -> String {
    let done = count(doc, "/status/succeeded");
    match (number_at(doc, "/spec/completions"), number_at(doc, "/spec/parallelism")) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, Some(wide)) if wide > 1 => format!("{done}/1 of {wide}"),
        (None, _) => format!("{done}/1"),
    }
}

fn duration(doc: &Value, now: Millis) -> String {
    let at = |pointer: &str| Millis::parse_rfc3339(text_at(doc, pointer));
    let Some(started) = at("/status/startTime") else { return String::new() };
    let end = at("/status/completionTime").unwrap_or(now);
    let seconds = |at: Millis| i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    human_duration(seconds(end) - seconds(started))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn jobs_are_shown_as_kubernetes_shows_them() {
        let now = Millis::parse_rfc3339("2026-11-23T07:28:00Z").expect("a time");
        let check = |spec: Value, status: Value, want: [&str; 3]| {
            let doc = json!({
                "metadata": {"name": "j", "creationTimestamp": "2026-11-23T07:10:30Z"},
                "spec": spec,
                "status": status,
            });
            let row = (KIND.cells)(&doc, now);
            assert_eq!(row[1..4], want.map(Value::from), "{doc}");
            assert_eq!(row[4], "17m");
        };
        let cond = |kind: &str| json!([{"type": kind, "status": "True"}]);
        check(json!({"completions": 3}), json!({}), ["Running", "0/3", ""]);
        check(
            json!({"parallelism": 2}),
            json!({"succeeded": 1, "startTime": "2026-11-23T07:27:00Z", "conditions": cond("Suspended")}),
            ["Suspended", "1/1 of 2", "60s"],
        );
        check(
            json!({"parallelism": 1}),
            json!({
                "succeeded": 1,
                "startTime": "2026-11-23T07:11:00Z",
                "completionTime": "2026-11-23T07:11:09Z",
                "conditions": [
                    {"type": "SuccessCriteriaMet", "status": "True"},
                    {"type": "Complete", "status": "True"},
                ],
            }),
            ["Complete", "1/1", "9s"],
        );
        check(
            json!({"completions": 1}),
            json!({"conditions": cond("FailureTarget")}),
            ["FailureTarget", "0/1", ""],
        );
    }
}
