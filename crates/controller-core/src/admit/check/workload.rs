//! Rules on Deployments, ReplicaSets and DaemonSets, and those that stateful sets share with them.

use alloc::format;
use alloc::vec::Vec;

use model::pod::LabelSelector;
use serde::Deserialize;
use serde_json::Value;

use super::at::{At, Errors};
use super::field::{Path, Verbatim, shown_map};
use super::metadata;
use super::placement;
use super::pod;
use crate::admit::meta::Meta;
use crate::kinds::FieldError;

/// A Deployment.
pub fn deployment(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    shared(&spec, old, "deployment", errors);
    for field in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
        spec.non_negative(field, errors);
    }
    if let Some(deadline) = spec.int("progressDeadlineSeconds") {
        spec.non_negative("progressDeadlineSeconds", errors);
        if deadline <= spec.int("minReadySeconds").unwrap_or(0) {
            let path = spec.path.child("progressDeadlineSeconds");
            errors.push(path.invalid(deadline, "must be greater than minReadySeconds"));
        }
    }
    let strategy = spec.field("strategy");
    strategy.one_of("type", &["Recreate", "RollingUpdate"], errors);
    if let Some(rolling) = strategy.get("rollingUpdate") {
        if strategy.text("type") == "Recreate" {
            let why = "may not be specified when strategy `type` is 'Recreate'";
            errors.push(rolling.path.forbidden(why));
        } else {
            rolling_update(&rolling, errors);
        }
    }
}

/// A ReplicaSet.
pub fn replica_set(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    shared(&spec, old, "replica set", errors);
    for field in ["replicas", "minReadySeconds"] {
        spec.non_negative(field, errors);
    }
}

/// A DaemonSet.
pub fn daemon_set(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    shared(&spec, old, "daemonset", errors);
    for field in ["minReadySeconds", "revisionHistoryLimit"] {
        spec.non_negative(field, errors);
    }
    let strategy = spec.field("updateStrategy");
    strategy.one_of("type", &["OnDelete", "RollingUpdate"], errors);
    if let (Some(rolling), "RollingUpdate") = (strategy.get("rollingUpdate"), strategy.text("type"))
    {
        rolling_update(&rolling, errors);
        let [down, up] =
            ["maxUnavailable", "maxSurge"].map(|f| amount(rolling.field(f).value).unwrap_or(0));
        if down > 0 && up > 0 {
            let path = rolling.path.child("maxSurge");
            let why = "may not be set when maxUnavailable is non-zero";
            errors.push(path.invalid(rolling.field("maxSurge").value, why));
        }
    }
}

/// What all ask: a selector that selects the template's pods and never changes, and a template that runs for ever.
pub(super) fn shared(spec: &At<'_>, old: Option<&Value>, what: &str, errors: &mut Errors) {
    let template = spec.field("template");
    let labels = template.value.pointer("/metadata/labels");
    match spec.get("selector") {
        None => errors.push(spec.path.child("selector").required("")),
        Some(selector) => {
            placement::label_selector(&selector, errors);
            let read = LabelSelector::deserialize(selector.value).unwrap_or_default();
            if read.match_labels.is_empty() && read.match_expressions.is_empty() {
                let why = format!("empty selector is invalid for {what}");
                errors.push(selector.path.invalid(shown_selector(selector.value), &why));
            } else if !read.matches(&Meta::of(template.value.get("metadata")).labels_owned()) {
                let path = template.path.child("metadata.labels");
                let why = "`selector` does not match template `labels`";
                errors.push(path.invalid(shown_map(labels), why));
            }
        }
    }
    let path = template.path.child("metadata");
    metadata::labels(labels, &path.child("labels"), errors);
    let annotations = template.value.pointer("/metadata/annotations");
    metadata::annotations(annotations, &path.child("annotations"), errors);
    let pods = template.field("spec");
    pod::spec(&pods, errors);
    pods.one_of("restartPolicy", &["Always"], errors);
    if pods.get("activeDeadlineSeconds").is_some() {
        let why = format!("activeDeadlineSeconds in {what} is not supported");
        errors.push(pods.path.child("activeDeadlineSeconds").forbidden(&why));
    }
    let selector = spec.field("selector");
    if let Some(old) = old.and_then(|o| o.pointer("/spec/selector"))
        && selector.value != old
    {
        let shown = shown_selector(selector.value);
        errors.push(selector.path.invalid(shown, "field is immutable"));
    }
}

/// A selector as Kubernetes' own language prints it.
pub(super) fn shown_selector(selector: &Value) -> Verbatim<alloc::string::String> {
    let labels = shown_map(selector.get("matchLabels")).0;
    let rules = match selector.get("matchExpressions") {
        None | Some(Value::Null) => "[]v1.LabelSelectorRequirement(nil)".into(),
        Some(rules) => format!("{rules}"),
    };
    Verbatim(format!("v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:{rules}}}"))
}

fn rolling_update(rolling: &At<'_>, errors: &mut Errors) {
    let fields = ["maxUnavailable", "maxSurge"];
    for field in fields {
        number_or_percent(rolling.field(field).value, &rolling.path.child(field), errors);
    }
    if fields.iter().all(|f| amount(rolling.field(f).value) == Some(0)) {
        let path = rolling.path.child("maxUnavailable");
        let value = rolling.field("maxUnavailable").value;
        errors.push(path.invalid(value, "may not be 0 when `maxSurge` is 0"));
    }
    if let Some(percent) = percent(rolling.field("maxUnavailable").value).filter(|&p| p > 100) {
        let path = rolling.path.child("maxUnavailable");
        errors.push(path.invalid(format!("{percent}%").as_str(), "must not be greater than 100%"));
    }
}

/// The number before a percent sign.
pub(super) fn percent(value: &Value) -> Option<i64> {
    let digits = value.as_str()?.strip_suffix('%')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

pub(super) fn amount(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| percent(value))
}

pub(super) fn number_or_percent(value: &Value, path: &Path, errors: &mut Errors) {
    match value {
        Value::Number(_) => {
            if let Some(number) = value.as_i64().filter(|&n| n < 0) {
                errors.push(path.invalid(number, "must be greater than or equal to 0"));
            }
        }
        Value::String(text) if percent(value).is_none() => {
            let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
            errors.push(path.invalid(text.as_str(), why));
        }
        _ => {}
    }
}
