//! Rules on PriorityClasses, LimitRanges and ResourceQuotas.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use model::quantity::parse_milli;
use serde_json::Value;

use super::at::{At, Errors};
use crate::admit::meta::{meta, number_at};
use crate::limits::priority::{SYSTEM, SYSTEM_CLASSES, USER_MAX};
use crate::limits::range;

/// A PriorityClass.
pub fn priority_class(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    let class = At::whole(doc);
    let (name, value) = (meta(doc).name(), number_at(doc, "/value").unwrap_or(0));
    if name.starts_with(SYSTEM) {
        if !SYSTEM_CLASSES.iter().any(|(n, v, _)| *n == name && *v == value) {
            let why = "priority class names with 'system-' prefix are reserved for system use only";
            errors.push(At::root(doc, "metadata").path.child("name").forbidden(why));
        }
    } else if value > USER_MAX {
        let why = "maximum allowed value of a user defined priority is 1000000000";
        errors.push(At::root(doc, "value").path.forbidden(why));
    }
    class.one_of("preemptionPolicy", &["Never", "PreemptLowerPriority"], errors);
    for field in ["value", "preemptionPolicy"] {
        if old.is_some_and(|old| old.get(field) != doc.get(field)) {
            errors.push(At::root(doc, field).path.forbidden("may not be changed in an update."));
        }
    }
}

/// A LimitRange.
pub fn limit_range(doc: &Value, _: Option<&Value>, errors: &mut Errors) {
    let mut types = BTreeSet::new();
    for item in At::root(doc, "spec").items("limits") {
        let kind = item.text("type");
        if kind.is_empty() {
            errors.push(item.path.child("type").required(""));
        } else if !types.insert(kind) {
            errors.push(item.path.child("type").duplicate(kind));
        }
        if kind == "Pod" {
            for field in item.present(&["default", "defaultRequest"]) {
                let why = "may not be specified when `type` is 'Pod'";
                errors.push(item.path.child(field).forbidden(why));
            }
        }
        for list in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
            for (_, amount) in item.entries(list) {
                quantity(&amount, errors);
            }
        }
        for resource in range::named(item.value) {
            ordered(&item, &resource, errors);
        }
    }
}

/// What is less than what.
fn ordered(item: &At<'_>, resource: &str, errors: &mut Errors) {
    let of = |list: &str| {
        let text = item.value.get(list)?.get(resource)?.as_str()?;
        Some((text, parse_milli(text)?))
    };
    for (low, high, what) in [
        ("min", "max", "min value {} is greater than max value {}"),
        ("min", "defaultRequest", "min value {} is greater than default request value {}"),
        ("defaultRequest", "max", "default request value {} is greater than max value {}"),
        (
            "defaultRequest",
            "default",
            "default request value {} is greater than default limit value {}",
        ),
        ("min", "default", "min value {} is greater than default value {}"),
        ("default", "max", "default value {} is greater than max value {}"),
    ] {
        let (Some((low_text, low_n)), Some((high_text, high_n))) = (of(low), of(high)) else {
            continue;
        };
        if low_n > high_n {
            let why = what.replacen("{}", low_text, 1).replacen("{}", high_text, 1);
            errors.push(item.path.child(low).key(resource).invalid(low_text, &why));
        }
    }
    if let Some((text, _)) = of("maxLimitRequestRatio").filter(|(_, ratio)| *ratio < 1000) {
        let why = format!("ratio {text} is less than 1");
        errors.push(item.path.child("maxLimitRequestRatio").key(resource).invalid(text, &why));
    }
}

/// A ResourceQuota.
pub fn resource_quota(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    let spec = At::root(doc, "spec");
    for (name, amount) in spec.entries("hard") {
        quantity(&amount, errors);
        let known = COUNTED.contains(&name)
            || name.contains('/')
            || ["requests.", "limits.", "hugepages-"].iter().any(|p| name.starts_with(p));
        if !known {
            let why = "must be a standard resource for quota";
            errors.push(amount.path.invalid(name, why));
        }
    }
    const SCOPES: [&str; 5] =
        ["BestEffort", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating"];
    let mut named: Vec<&str> = Vec::new();
    for scope in spec.items("scopes") {
        let name = scope.value.as_str().unwrap_or_default();
        named.push(name);
        if !SCOPES.contains(&name) {
            errors.push(scope.path.invalid(name, "unsupported scope"));
        }
    }
    for rule in spec.field("scopeSelector").items("matchExpressions") {
        let name = rule.text("scopeName");
        named.push(name);
        if !SCOPES.contains(&name) {
            errors.push(rule.path.child("scopeName").invalid(name, "unsupported scope"));
        }
        rule.one_of("operator", &["DoesNotExist", "Exists", "In", "NotIn"], errors);
        let (values, path) = (rule.items("values").count(), rule.path.child("values"));
        match rule.text("operator") {
            "In" | "NotIn" if values == 0 => {
                errors.push(path.required("must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
            }
            "Exists" | "DoesNotExist" if values > 0 => {
                errors.push(path.invalid(rule.field("values").value, "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"));
            }
            _ => {}
        }
    }
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if named.contains(&one) && named.contains(&other) {
            errors.push(
                spec.path.child("scopes").invalid(spec.field("scopes").value, "conflicting scopes"),
            );
        }
    }
    let fixed = |doc: &Value| doc.pointer("/spec/scopes").cloned().unwrap_or_default();
    if old.is_some_and(|old| fixed(old) != fixed(doc)) {
        errors.push(
            spec.path.child("scopes").invalid(spec.field("scopes").value, "field is immutable"),
        );
    }
}

fn quantity(amount: &At<'_>, errors: &mut Errors) {
    let text = amount.value.as_str().unwrap_or_default();
    if parse_milli(text).is_none_or(|n| n < 0) {
        errors.push(amount.path.invalid(text, "must be greater than or equal to 0"));
    }
}

/// What quotas count by a name of its own.
const COUNTED: [&str; 12] = [
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use model::Millis;
    use serde_json::json;

    use super::*;
    use crate::admit::{Fresh, prepare_create, prepare_update};
    use crate::kinds;

    #[test]
    fn what_is_wrong_with_a_priority_class() {
        let kind = kinds::get(kinds::PRIORITY_CLASS);
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "bbbbb" };
        let make = |name: &str, value: i64| {
            let doc = json!({"metadata": {"name": name}, "value": value});
            prepare_create(kind, "", doc, &fresh)
        };
        let told = |name: &str, value| -> String {
            make(name, value).err().map(|e| e.message).unwrap_or_default()
        };
        assert_eq!(told("gold", USER_MAX), "");
        assert!(told("gold", USER_MAX + 1).contains("value: Forbidden: maximum allowed"));
        assert!(told("system-mine", 1).contains("metadata.name: Forbidden"));
        assert_eq!(told("system-node-critical", 2_000_001_000), "");
        let old = make("gold", 7).expect("valid");
        assert_eq!(old["preemptionPolicy"], "PreemptLowerPriority");
        let mut new = old.clone();
        new["value"] = 8.into();
        let error = prepare_update(kind, None, &old, new).expect_err("refused").message;
        assert!(error.contains("value: Forbidden: may not be changed in an update."), "{error}");
    }
}
