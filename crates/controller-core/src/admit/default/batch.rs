//! Defaults of jobs and cron jobs (k8s.io/api `batch/v1`), and the labels by which a job knows its pods.

use alloc::string::String;

use serde_json::{Map, Value};

use super::workload::template;
use super::{existing, fill, object};

/// So many failures stand for "no limit".
const NO_LIMIT: i64 = 2_147_483_647;

/// A Job.
pub fn job(doc: &mut Value) {
    let text = |field: &str| doc["metadata"][field].as_str().map(String::from);
    let (uid, name) = (text("uid"), text("name"));
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    spec_of(spec);
    let manual = spec.get("manualSelector").and_then(Value::as_bool) == Some(true);
    if let (Some(uid), Some(name), false) = (uid, name, manual) {
        mark(spec, &uid, &name);
    }
    let labels = spec.get("template").and_then(|t| t.pointer("/metadata/labels")).cloned();
    let own = &mut doc["metadata"]["labels"];
    let none = own.as_object().is_none_or(Map::is_empty);
    if let (true, Some(labels)) = (none, labels.filter(Value::is_object)) {
        *own = labels;
    } else if own.is_null() {
        doc["metadata"].as_object_mut().map(|meta| meta.remove("labels"));
    }
}

/// A CronJob.
pub fn cron_job(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(spec, "concurrencyPolicy", "Allow");
    fill(spec, "suspend", false);
    fill(spec, "successfulJobsHistoryLimit", 3);
    fill(spec, "failedJobsHistoryLimit", 1);
    if let Some(job) = existing(spec, "jobTemplate").and_then(|t| existing(t, "spec")) {
        template(job);
    }
}

fn spec_of(spec: &mut Map<String, Value>) {
    let given = |field: &str| spec.get(field).is_some_and(|v| !v.is_null());
    if !given("completions") && !given("parallelism") {
        fill(spec, "completions", 1);
    }
    let per_index = spec.get("backoffLimitPerIndex").is_some_and(|v| !v.is_null());
    fill(spec, "parallelism", 1);
    fill(spec, "backoffLimit", if per_index { NO_LIMIT } else { 6 });
    fill(spec, "completionMode", "NonIndexed");
    fill(spec, "suspend", false);
    fill(spec, "manualSelector", false);
    let policy = spec.get("podFailurePolicy").is_some_and(|v| !v.is_null());
    fill(spec, "podReplacementPolicy", if policy { "Failed" } else { "TerminatingOrFailed" });
    let rules = existing(spec, "podFailurePolicy").and_then(|p| p.get_mut("rules"));
    for rule in rules.and_then(Value::as_array_mut).into_iter().flatten() {
        for pattern in
            rule.get_mut("onPodConditions").and_then(Value::as_array_mut).into_iter().flatten()
        {
            if let Some(pattern) = pattern.as_object_mut() {
                fill(pattern, "status", "True");
            }
        }
    }
    template(spec);
}

/// The job's uid and name on its pods, and a selector by the uid. What a client wrote there stays, for the rules to judge.
fn mark(spec: &mut Map<String, Value>, uid: &str, name: &str) {
    let labels = object(spec, "template")
        .and_then(|t| object(t, "metadata"))
        .and_then(|m| object(m, "labels"));
    if let Some(labels) = labels {
        for (label, value) in [
            ("batch.kubernetes.io/controller-uid", uid),
            ("controller-uid", uid),
            ("batch.kubernetes.io/job-name", name),
            ("job-name", name),
        ] {
            fill(labels, label, value);
        }
    }
    let selector = object(spec, "selector").and_then(|s| object(s, "matchLabels"));
    if let Some(selector) = selector {
        fill(selector, "batch.kubernetes.io/controller-uid", uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_job_is_filled_in_as_kubernetes_does() {
        let mut doc = json!({
            "metadata": {"name": "pi", "uid": "u-1"},
            "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}}},
        });
        job(&mut doc);
        let labels = json!({
            "batch.kubernetes.io/controller-uid": "u-1",
            "controller-uid": "u-1",
            "batch.kubernetes.io/job-name": "pi",
            "job-name": "pi",
        });
        assert_eq!(doc["metadata"]["labels"], labels);
        let spec = doc["spec"].as_object_mut().expect("a spec");
        let template = spec.remove("template").expect("a template");
        assert_eq!(template["metadata"]["labels"], labels);
        assert_eq!(template["spec"]["dnsPolicy"], "ClusterFirst");
        let want = json!({
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 6,
            "completionMode": "NonIndexed",
            "suspend": false,
            "manualSelector": false,
            "podReplacementPolicy": "TerminatingOrFailed",
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u-1"}},
        });
        assert_eq!(doc["spec"], want);
        let again = doc.clone();
        doc["spec"]["template"] = template.clone();
        job(&mut doc);
        doc["spec"].as_object_mut().expect("a spec").remove("template");
        assert_eq!(doc, again);
    }

    #[test]
    fn what_is_given_decides_what_is_filled_in() {
        let filled = |spec: Value| {
            let mut doc = json!({"metadata": {"name": "j", "uid": "u"}, "spec": spec});
            job(&mut doc);
            doc
        };
        let doc = filled(json!({"parallelism": 3}));
        assert_eq!(
            (&doc["spec"]["completions"], &doc["spec"]["parallelism"]),
            (&Value::Null, &json!(3))
        );
        let doc = filled(json!({"backoffLimitPerIndex": 1, "podFailurePolicy": {"rules": [
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
        ]}}));
        assert_eq!(doc["spec"]["backoffLimit"], NO_LIMIT);
        assert_eq!(doc["spec"]["podReplacementPolicy"], "Failed");
        let pattern = &doc["spec"]["podFailurePolicy"]["rules"][0]["onPodConditions"][0];
        assert_eq!(pattern["status"], "True");
        let doc = filled(
            json!({"manualSelector": true, "template": {"metadata": {"labels": {"a": "b"}}}}),
        );
        assert_eq!(doc["spec"]["selector"], Value::Null);
        assert_eq!(doc["metadata"]["labels"], json!({"a": "b"}));
    }
}
