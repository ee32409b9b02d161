//! Rules on RolloutPolicies and Rollouts.

use serde_json::Value;

use super::at::{At, Errors};
use super::placement;
use super::workload::{number_or_percent, percent};

/// So many stages a policy can have.
const STAGES_MAX: usize = 32;

/// A RolloutPolicy.
pub fn policy(doc: &Value, _: Option<&Value>, errors: &mut Errors) {
    let spec = At::root(doc, "spec");
    match spec.get("selector") {
        None => errors.push(spec.path.child("selector").required("")),
        Some(selector) => {
            placement::label_selector(&selector, errors);
            if selector.get("matchLabels").is_none() && selector.get("matchExpressions").is_none() {
                let why =
                    "empty selector is invalid: it would stage every workload of the namespace";
                errors.push(selector.path.invalid(selector.value, why));
            }
        }
    }
    let most = spec.field("maxUnavailable");
    amount(&most, errors);
    if most.value.as_i64() == Some(0) || percent(most.value) == Some(0) {
        errors.push(most.path.invalid(most.value, "must be greater than 0"));
    }
    spec.non_negative("healthyForSeconds", errors);
    spec.positive("nodeDeadlineSeconds", errors);
    spec.positive("minReported", errors);
    spec.one_of("onFailure", &["Pause", "RollBack"], errors);
    let threshold = spec.field("successThresholdPercent");
    if threshold.value.as_i64().is_some_and(|n| !(1..=100).contains(&n)) {
        errors.push(threshold.path.invalid(threshold.value, "must be between 1 and 100"));
    }
    stages(&spec, errors);
}

fn stages(spec: &At<'_>, errors: &mut Errors) {
    let path = spec.path.child("stages");
    let count = spec.items("stages").count();
    if count > STAGES_MAX {
        errors.push(path.too_many(count as u64, STAGES_MAX as u64));
    }
    At::unique(spec.items("stages"), "name", errors);
    for stage in spec.items("stages") {
        stage.required("name", errors);
        stage.non_negative("soakSeconds", errors);
        stage.positive("deadlineSeconds", errors);
        stage.one_of("approval", &["Automatic", "Manual"], errors);
        match (stage.get("nodes"), stage.get("nodeSelector")) {
            (Some(nodes), None) => amount(&nodes, errors),
            (None, Some(selector)) => placement::label_selector(&selector, errors),
            _ => {
                let why = "exactly one of `nodes` and `nodeSelector` must be set";
                errors.push(stage.path.invalid(stage.value, why));
            }
        }
    }
}

/// A count, or a share of at most all.
fn amount(field: &At<'_>, errors: &mut Errors) {
    number_or_percent(field.value, &field.path, errors);
    if percent(field.value).is_some_and(|p| p > 100) {
        errors.push(field.path.invalid(field.value, "must not be greater than 100%"));
    }
}

/// A Rollout: what it is of never changes, what operators say of it does.
pub fn rollout(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    let spec = At::root(doc, "spec");
    spec.required("to", errors);
    spec.required("workload", errors);
    spec.non_negative("approved", errors);
    spec.non_negative("retries", errors);
    for field in ["from", "to", "workload", "number"] {
        let is = spec.field(field);
        if old.is_some_and(|old| old["spec"].get(field).unwrap_or(&Value::Null) != is.value) {
            errors.push(is.path.invalid(is.value, "field is immutable"));
        }
    }
}
