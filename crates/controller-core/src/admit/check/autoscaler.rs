//! Rules on HorizontalPodAutoscalers.

use alloc::vec::Vec;

use serde_json::Value;

use super::at::At;
use crate::kinds::FieldError;

const TYPES: [&str; 5] = ["ContainerResource", "External", "Object", "Pods", "Resource"];

/// A HorizontalPodAutoscaler.
pub fn autoscaler(doc: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    let least = spec.int("minReplicas");
    if let Some(least) = least.filter(|&n| n < 1) {
        let why = "must be greater than or equal to 1";
        errors.push(spec.path.child("minReplicas").invalid(least, why));
    }
    let most = spec.int("maxReplicas").unwrap_or(0);
    let path = spec.path.child("maxReplicas");
    if most < 1 {
        errors.push(path.invalid(most, "must be greater than 0"));
    }
    if least.is_some_and(|least| most < least) {
        errors.push(path.invalid(most, "must be greater than or equal to `minReplicas`"));
    }
    let target = spec.field("scaleTargetRef");
    target.required("kind", errors);
    target.required("name", errors);
    for metric in spec.items("metrics") {
        if metric.required("type", errors).is_empty() {
            continue;
        }
        metric.one_of("type", &TYPES, errors);
    }
}
