//! Rules on Jobs and CronJobs.

use alloc::format;
use alloc::vec::Vec;

use model::pod::LabelSelector;
use serde::Deserialize as _;
use serde_json::Value;

use super::at::{At, Errors};
use super::field::shown_map;
use super::workload::shown_selector;
use super::{metadata, names, placement, pod};
use crate::admit::meta::{Meta, meta, text_at};
use crate::kinds::FieldError;
use crate::workloads::job::indexes;

/// So many pods of an indexed job run at once at most, and so many completions it may have with limits for each.
const INDEXED_MAX: i64 = 100_000;
/// So many rules a policy has at most.
const RULES_MAX: usize = 20;

/// A Job.
pub fn job(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let at = At::root(doc, "spec");
    selector(doc, &at, errors);
    spec(&at, errors);
    host_names(doc, &at, errors);
    if let Some(old) = old {
        unchanged(doc, old, errors);
    }
}

/// The rules for the spec of a job, also of one that is still to be made.
pub(super) fn spec(spec: &At<'_>, errors: &mut Errors) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        spec.non_negative(field, errors);
    }
    spec.one_of("completionMode", &["Indexed", "NonIndexed"], errors);
    if spec.get("maxFailedIndexes").is_some() && spec.get("backoffLimitPerIndex").is_none() {
        let path = spec.path.child("backoffLimitPerIndex");
        errors.push(path.required("when maxFailedIndexes is specified"));
    }
    let completions = spec.int("completions");
    if spec.text("completionMode") == "Indexed" {
        indexed(spec, completions, errors);
    } else {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
            if let Some(number) = spec.int(field) {
                errors.push(
                    spec.path.child(field).invalid(number, "requires indexed completion mode"),
                );
            }
        }
        if let Some(policy) = spec.get("successPolicy") {
            errors.push(policy.path.invalid(policy.value, "requires indexed completion mode"));
        }
    }
    let policies: &[&str] = match spec.get("podFailurePolicy") {
        Some(_) => &["Failed"],
        None => &["Failed", "TerminatingOrFailed"],
    };
    spec.one_of("podReplacementPolicy", policies, errors);
    if let Some(policy) = spec.get("podFailurePolicy") {
        failure_policy(spec, &policy, errors);
    }
    if let Some(policy) = spec.get("successPolicy") {
        success_policy(&policy, completions.unwrap_or(0), errors);
    }
    managed_by(spec, errors);
    template(spec, errors);
}

fn indexed(spec: &At<'_>, completions: Option<i64>, errors: &mut Errors) {
    let Some(completions) = completions else {
        let why = "when completion mode is Indexed";
        return errors.push(spec.path.child("completions").required(why));
    };
    let most = |field: &str, most: i64, why: &str, errors: &mut Errors| {
        if let Some(number) = spec.int(field).filter(|n| *n > most) {
            errors.push(spec.path.child(field).invalid(number, why));
        }
    };
    let why =
        format!("must be less than or equal to {INDEXED_MAX} when completion mode is Indexed");
    most("parallelism", INDEXED_MAX, &why, errors);
    // Kubernetes takes more; their numbers would not fit a status.
    most("completions", INDEXED_MAX, &why, errors);
    most("maxFailedIndexes", completions, "must be less than or equal to completions", errors);
}

fn managed_by(spec: &At<'_>, errors: &mut Errors) {
    let name = spec.text("managedBy");
    if name.is_empty() {
        return;
    }
    let (host, path) = name.split_once('/').unwrap_or((name, ""));
    let at = spec.path.child("managedBy");
    if path.is_empty() {
        let why = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        errors.push(at.invalid(name, why));
    }
    errors.extend(names::subdomain(host).iter().map(|why| at.invalid(host, why)));
    if name.len() > 63 {
        errors.push(at.too_long(63));
    }
}

fn template(spec: &At<'_>, errors: &mut Errors) {
    let template = spec.field("template");
    let path = template.path.child("metadata");
    metadata::labels(template.value.pointer("/metadata/labels"), &path.child("labels"), errors);
    let annotations = template.value.pointer("/metadata/annotations");
    metadata::annotations(annotations, &path.child("annotations"), errors);
    let pods = template.field("spec");
    pod::spec(&pods, errors);
    let policy = pods.path.child("restartPolicy");
    match pods.text("restartPolicy") {
        // It is what is filled in, and never what a job can do with.
        "Always" => errors.push(policy.required("valid values: \"OnFailure\", \"Never\"")),
        "OnFailure" if spec.get("podFailurePolicy").is_some() => {
            let why = "only \"Never\" is supported when podFailurePolicy is specified";
            errors.push(policy.invalid("OnFailure", why));
        }
        _ => {}
    }
}

fn failure_policy(spec: &At<'_>, policy: &At<'_>, errors: &mut Errors) {
    let count = policy.items("rules").count();
    if count > RULES_MAX {
        let most = RULES_MAX as u64;
        errors.push(policy.path.child("rules").too_many(count as u64, most));
    }
    let containers: Vec<&str> = ["containers", "initContainers"]
        .into_iter()
        .flat_map(|list| spec.field("template").field("spec").items(list))
        .map(|c| c.text("name"))
        .collect();
    for rule in policy.items("rules") {
        let actions = ["Count", "FailIndex", "FailJob", "Ignore"];
        match rule.text("action") {
            "" => {
                let why = format!("valid values: {:?}", actions);
                errors.push(rule.path.child("action").required(&why));
            }
            "FailIndex" if spec.get("backoffLimitPerIndex").is_none() => {
                let why = "requires the backoffLimitPerIndex to be set";
                errors.push(rule.path.child("action").invalid("FailIndex", why));
            }
            _ => rule.one_of("action", &actions, errors),
        }
        let codes = rule.get("onExitCodes");
        let conditions: Vec<At<'_>> = rule.items("onPodConditions").collect();
        match (&codes, conditions.as_slice()) {
            (Some(_), [_, ..]) => errors.push(rule.path.invalid(
                rule.value,
                "specifying both OnExitCodes and OnPodConditions is not supported",
            )),
            (None, []) => errors.push(rule.path.invalid(
                rule.value,
                "specifying one of OnExitCodes and OnPodConditions is required",
            )),
            _ => {}
        }
        if let Some(codes) = codes {
            exit_codes(&codes, &containers, errors);
        }
        for pattern in conditions {
            pattern.named("type", names::qualified_name, errors);
            if pattern.text("status").is_empty() {
                let why = "valid values: [\"False\" \"True\" \"Unknown\"]";
                errors.push(pattern.path.child("status").required(why));
            }
            pattern.one_of("status", &["False", "True", "Unknown"], errors);
        }
    }
}

fn exit_codes(codes: &At<'_>, containers: &[&str], errors: &mut Errors) {
    let operator = codes.text("operator");
    if operator.is_empty() {
        errors.push(codes.path.child("operator").required("valid values: [\"In\" \"NotIn\"]"));
    }
    codes.one_of("operator", &["In", "NotIn"], errors);
    if codes.get("containerName").is_some() && !containers.contains(&codes.text("containerName")) {
        let path = codes.path.child("containerName");
        let why = "must be one of the container or initContainer names in the pod template";
        errors.push(path.invalid(codes.text("containerName"), why));
    }
    let values: Vec<i64> = codes.items("values").filter_map(|v| v.value.as_i64()).collect();
    let path = codes.path.child("values");
    if values.is_empty() {
        errors.push(path.invalid(codes.field("values").value, "at least one value is required"));
    }
    if values.len() > 255 {
        errors.push(path.too_many(values.len() as u64, 255));
    }
    for (at, value) in values.iter().enumerate() {
        let path = path.index(at);
        if at > 0 && values[at - 1] == *value {
            errors.push(path.duplicate(*value));
        } else if at > 0 && values[at - 1] > *value {
            errors.push(
                codes.path.child("values").invalid(codes.field("values").value, "must be ordered"),
            );
        }
        if *value == 0 && operator == "In" {
            errors.push(path.invalid(0, "must not be 0 for the In operator"));
        }
    }
}

fn success_policy(policy: &At<'_>, completions: i64, errors: &mut Errors) {
    let count = policy.items("rules").count();
    let path = policy.path.child("rules");
    if count == 0 {
        errors.push(path.required("at least one rules must be specified for the successPolicy"));
    }
    if count > RULES_MAX {
        errors.push(path.too_many(count as u64, RULES_MAX as u64));
    }
    for rule in policy.items("rules") {
        let (number, list) = (rule.int("succeededCount"), rule.get("succeededIndexes"));
        if number.is_none() && list.is_none() {
            let why = "at least one of succeededCount or succeededIndexes must be specified";
            errors.push(rule.path.required(why));
        }
        let mut most = completions;
        if let Some(list) = list {
            match indexes::in_order(list.value.as_str().unwrap_or(""), completions) {
                Ok(total) => most = total,
                Err(why) => {
                    let why = format!("error parsing succeededIndexes: {why}");
                    errors.push(list.path.invalid(list.value, &why));
                }
            }
        }
        rule.non_negative("succeededCount", errors);
        if let Some(number) = number.filter(|n| *n > most) {
            let why = if most < completions {
                format!(
                    "must be less than or equal to {most} (the number of indexes in the specified succeededIndexes field)"
                )
            } else {
                format!(
                    "must be less than or equal to {completions} (the number of specified completions)"
                )
            };
            errors.push(rule.path.child("succeededCount").invalid(number, &why));
        }
    }
}

/// The selector that is made, or the one that was asked for.
fn selector(doc: &Value, spec: &At<'_>, errors: &mut Errors) {
    let template = spec.field("template");
    let labels = template.value.pointer("/metadata/labels");
    let own = Meta::of(template.value.get("metadata")).labels_owned();
    if !spec.flag("manualSelector") {
        let (uid, name) = (meta(doc).uid(), meta(doc).name());
        let path = template.path.child("metadata.labels");
        for (label, want) in [
            ("batch.kubernetes.io/controller-uid", uid),
            ("controller-uid", uid),
            ("batch.kubernetes.io/job-name", name),
            ("job-name", name),
        ] {
            match own.get(label) {
                None => errors.push(path.key(label).required(&format!("must be '{want}'"))),
                Some(have) if have != want => {
                    let why = format!("must be '{want}'");
                    errors.push(path.key(label).invalid(shown_map(labels), &why));
                }
                Some(_) => {}
            }
        }
    }
    let Some(selector) = spec.get("selector") else {
        return errors.push(spec.path.child("selector").required(""));
    };
    placement::label_selector(&selector, errors);
    let read = LabelSelector::deserialize(selector.value).unwrap_or_default();
    if !read.matches(&own) {
        let why = "`selector` does not match template `labels`";
        errors.push(template.path.child("metadata.labels").invalid(shown_map(labels), why));
    }
}

/// The pods of an indexed job bear its name and their number as host names.
fn host_names(doc: &Value, spec: &At<'_>, errors: &mut Errors) {
    let completions = spec.int("completions").filter(|n| *n > 0);
    if let ("Indexed", Some(completions)) = (spec.text("completionMode"), completions) {
        let last = format!("{}-{}", meta(doc).name(), completions - 1);
        if !names::label(&last).is_empty() {
            let path = super::field::Path::new("metadata.name");
            let why = format!("will not able to create pod with invalid DNS label: {last}");
            errors.push(path.invalid(meta(doc).name(), &why));
        }
    }
}

/// What makes a job's pods what they are stays as it is, but that a job that has not started may still be sent elsewhere.
fn unchanged(doc: &Value, old: &Value, errors: &mut Errors) {
    let spec = At::root(doc, "spec");
    let was = At::root(old, "spec");
    let mut fixed = alloc::vec![
        "selector",
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ];
    let tandem = |spec: &At<'_>| spec.int("completions") == spec.int("parallelism");
    if spec.field("completions").value != was.field("completions").value {
        if spec.text("completionMode") != "Indexed" {
            fixed.push("completions");
        } else if !(tandem(&spec) && tandem(&was)) {
            let field = spec.field("completions");
            let why = "can only be modified in tandem with spec.parallelism";
            errors.push(field.path.invalid(field.value, why));
        }
    }
    for field in fixed {
        let (is, had) = (spec.field(field), was.field(field));
        if is.value != had.value {
            let why = "field is immutable";
            errors.push(match field {
                "selector" => is.path.invalid(shown_selector(is.value), why),
                _ => is.path.invalid(is.value, why),
            });
        }
    }
    let idle = was.flag("suspend") && text_at(old, "/status/startTime").is_empty();
    let (is, had) = (spec.field("template"), was.field("template"));
    if rest(is.value, idle) != rest(had.value, idle) {
        errors.push(is.path.invalid(is.value, "field is immutable"));
    }
}

/// The part of a template that may not change.
fn rest(template: &Value, idle: bool) -> Value {
    let mut rest = template.clone();
    if !idle {
        return rest;
    }
    let mut drop = |pointer: &str, fields: &[&str]| {
        if let Some(map) = rest.pointer_mut(pointer).and_then(Value::as_object_mut) {
            fields.iter().for_each(|f| {
                map.remove(*f);
            });
        }
    };
    drop("/metadata", &["annotations", "labels"]);
    drop("/spec", &["affinity", "nodeSelector", "tolerations", "schedulingGates"]);
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admit::{ApiError, Fresh, prepare_create, prepare_update};
    use crate::kinds;
    use alloc::string::String;
    use model::Millis;
    use serde_json::json;

    fn create(doc: Value) -> Result<Value, ApiError> {
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "bbbbb" };
        prepare_create(kinds::get(kinds::JOB), "n", doc, &fresh)
    }

    fn valid() -> Value {
        json!({
            "metadata": {"name": "j"},
            "spec": {"template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "c", "image": "x"}],
            }}},
        })
    }

    fn told(error: ApiError) -> String {
        let message = error.message;
        message.strip_prefix("Job.batch \"j\" is invalid: ").unwrap_or(&message).into()
    }

    fn check(change: Value, want: &str) {
        let mut doc = valid();
        json_patch::merge(&mut doc, &json!({"spec": change}));
        let got = create(doc).err().map_or_else(|| "fine".into(), told);
        assert_eq!(got, want, "{change}");
    }

    #[test]
    fn jobs_are_judged() {
        check(json!({}), "fine");
        check(
            json!({"template": {"spec": {"restartPolicy": null}}}),
            "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
        );
        check(
            json!({"backoffLimit": -1}),
            "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
        );
        check(
            json!({"completionMode": "Indexed", "parallelism": 1}),
            "spec.completions: Required value: when completion mode is Indexed",
        );
        check(
            json!({"completionMode": "Some"}),
            "spec.completionMode: Unsupported value: \"Some\": supported values: \"Indexed\", \"NonIndexed\"",
        );
        check(
            json!({"backoffLimitPerIndex": 1}),
            "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
        );
        check(
            json!({"completionMode": "Indexed", "completions": 2, "maxFailedIndexes": 3}),
            "[spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified, spec.maxFailedIndexes: Invalid value: 3: must be less than or equal to completions]",
        );
        check(
            json!({"template": {"metadata": {"labels": {"job-name": "other"}}}}),
            "spec.template.metadata.labels[job-name]: Invalid value: map[string]string{\"batch.kubernetes.io/controller-uid\":\"u\", \"batch.kubernetes.io/job-name\":\"j\", \"controller-uid\":\"u\", \"job-name\":\"other\"}: must be 'j'",
        );
        check(
            json!({"selector": {"matchLabels": {"a": "b"}}}),
            "spec.template.metadata.labels: Invalid value: map[string]string{\"batch.kubernetes.io/controller-uid\":\"u\", \"batch.kubernetes.io/job-name\":\"j\", \"controller-uid\":\"u\", \"job-name\":\"j\"}: `selector` does not match template `labels`",
        );
        check(json!({"manualSelector": true}), "spec.selector: Required value");
        check(
            json!({"podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [0, 2]}}]}}),
            "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
        );
        check(
            json!({"completionMode": "Indexed", "completions": 3, "successPolicy": {"rules": [{"succeededIndexes": "0,7"}]}}),
            "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"0,7\": error parsing succeededIndexes: too large index: \"7\"",
        );
    }

    #[test]
    fn what_its_pods_are_stays_as_it_is() {
        let kind = kinds::get(kinds::JOB);
        let old = create(valid()).expect("valid");
        let update = |old: &Value, change: Value| {
            let mut new = old.clone();
            json_patch::merge(&mut new, &json!({"spec": change}));
            prepare_update(kind, None, old, new).err().map(told).unwrap_or_default()
        };
        for allowed in [
            json!({"parallelism": 3, "backoffLimit": 1, "activeDeadlineSeconds": 9}),
            json!({"ttlSecondsAfterFinished": 1, "suspend": true}),
        ] {
            assert_eq!(update(&old, allowed.clone()), "", "{allowed}");
        }
        let want = "spec.completions: Invalid value: 3: field is immutable";
        assert_eq!(update(&old, json!({"completions": 3})), want);
        let node = json!({"template": {"spec": {"nodeSelector": {"a": "b"}}}});
        assert!(update(&old, node.clone()).ends_with("field is immutable"));
        let mut idle = old.clone();
        idle["spec"]["suspend"] = true.into();
        assert_eq!(update(&idle, node), "");
        let mut indexed = valid();
        json_patch::merge(
            &mut indexed,
            &json!({"spec": {"completionMode": "Indexed", "completions": 2, "parallelism": 2}}),
        );
        let indexed = create(indexed).expect("valid");
        assert_eq!(update(&indexed, json!({"completions": 3, "parallelism": 3})), "");
        let want = "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism";
        assert_eq!(update(&indexed, json!({"completions": 3})), want);
    }
}
