//! Rules on PodDisruptionBudgets.

use alloc::vec::Vec;

use serde_json::Value;

use super::at::At;
use super::placement;
use super::workload::{number_or_percent, percent};
use crate::kinds::FieldError;

/// A PodDisruptionBudget.
pub fn budget(doc: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    if spec.get("minAvailable").is_some() && spec.get("maxUnavailable").is_some() {
        let why = "minAvailable and maxUnavailable cannot be both set";
        errors.push(spec.path.invalid(spec.value, why));
    }
    for field in ["minAvailable", "maxUnavailable"].map(|name| spec.field(name)) {
        number_or_percent(field.value, &field.path, errors);
        if percent(field.value).is_some_and(|p| p > 100) {
            errors.push(field.path.invalid(field.value, "must not be greater than 100%"));
        }
    }
    spec.one_of("unhealthyPodEvictionPolicy", &["AlwaysAllow", "IfHealthyBudget"], errors);
    if let Some(selector) = spec.get("selector") {
        placement::label_selector(&selector, errors);
    }
}
