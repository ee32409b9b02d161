//! Rules on where pods may go: selectors, affinities, tolerations, spreading, taints.

use alloc::format;
use alloc::vec::Vec;

use serde_json::Value;

use super::at::{At, Errors};
use super::metadata;
use super::names;

const EFFECTS: [&str; 3] = ["NoExecute", "NoSchedule", "PreferNoSchedule"];

/// Everything in a pod's spec that says where it may go.
pub fn check(spec: &At<'_>, errors: &mut Errors) {
    let selector = spec.field("nodeSelector");
    metadata::labels(Some(selector.value), &selector.path, errors);
    spec.items("tolerations").for_each(|t| toleration(&t, errors));
    if let Some(affinity) = spec.get("affinity") {
        node_affinity(&affinity.field("nodeAffinity"), errors);
        for kind in ["podAffinity", "podAntiAffinity"] {
            pod_affinity(&affinity.field(kind), errors);
        }
    }
    spread(spec, errors);
}

fn toleration(toleration: &At<'_>, errors: &mut Errors) {
    let (key, operator) = (toleration.text("key"), toleration.text("operator"));
    if !key.is_empty() {
        toleration.named("key", names::qualified_name, errors);
    } else if operator != "Exists" {
        let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        errors.push(toleration.path.child("operator").invalid(operator, why));
    }
    let value = toleration.text("value");
    match operator {
        "" | "Equal" => toleration.named("value", names::label_value, errors),
        "Exists" if !value.is_empty() => {
            let why = "value must be empty when `operator` is 'Exists'";
            errors.push(toleration.path.child("operator").invalid(value, why));
        }
        "Exists" => {}
        _ => toleration.one_of("operator", &["Equal", "Exists"], errors),
    }
    toleration.one_of("effect", &EFFECTS, errors);
    let effect = toleration.text("effect");
    if toleration.int("tolerationSeconds").is_some() && !["", "NoExecute"].contains(&effect) {
        let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.push(toleration.path.child("effect").invalid(effect, why));
    }
}

fn node_affinity(affinity: &At<'_>, errors: &mut Errors) {
    if let Some(required) = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") {
        if required.items("nodeSelectorTerms").next().is_none() {
            let path = required.path.child("nodeSelectorTerms");
            errors.push(path.required("must have at least one node selector term"));
        }
        required.items("nodeSelectorTerms").for_each(|term| node_term(&term, errors));
    }
    for preferred in affinity.items("preferredDuringSchedulingIgnoredDuringExecution") {
        weight(&preferred, errors);
        node_term(&preferred.field("preference"), errors);
    }
}

fn node_term(term: &At<'_>, errors: &mut Errors) {
    term.items("matchExpressions").for_each(|rule| node_rule(&rule, errors));
    for rule in term.items("matchFields") {
        rule.one_of("key", &["metadata.name"], errors);
        rule.one_of("operator", &["In", "NotIn"], errors);
        if rule.items("values").count() != 1 {
            let why =
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            errors.push(rule.path.child("values").required(why));
        }
    }
}

fn node_rule(rule: &At<'_>, errors: &mut Errors) {
    rule.named("key", names::qualified_name, errors);
    let path = rule.path.child("values");
    match (rule.text("operator"), rule.items("values").count()) {
        ("In" | "NotIn", 0) => {
            errors.push(path.required("must be specified when `operator` is 'In' or 'NotIn'"));
        }
        ("In" | "NotIn", _) => {}
        ("Exists" | "DoesNotExist", 0) => {}
        ("Exists" | "DoesNotExist", _) => {
            let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.push(path.forbidden(why));
        }
        ("Gt" | "Lt", 1) => {}
        ("Gt" | "Lt", _) => {
            let why = "must be specified single value when `operator` is 'Lt' or 'Gt'";
            errors.push(path.required(why));
        }
        (other, _) => {
            let why = "not a valid selector operator";
            errors.push(rule.path.child("operator").invalid(other, why));
        }
    }
}

fn weight(at: &At<'_>, errors: &mut Errors) {
    let weight = at.int("weight").unwrap_or(0);
    if !(1..=100).contains(&weight) {
        errors.push(at.path.child("weight").invalid(weight, "must be in the range 1-100"));
    }
}

fn pod_affinity(affinity: &At<'_>, errors: &mut Errors) {
    for term in affinity.items("requiredDuringSchedulingIgnoredDuringExecution") {
        pod_term(&term, errors);
    }
    for preferred in affinity.items("preferredDuringSchedulingIgnoredDuringExecution") {
        weight(&preferred, errors);
        pod_term(&preferred.field("podAffinityTerm"), errors);
    }
}

fn pod_term(term: &At<'_>, errors: &mut Errors) {
    for selector in ["labelSelector", "namespaceSelector"] {
        if let Some(selector) = term.get(selector) {
            label_selector(&selector, errors);
        }
    }
    for namespace in term.items("namespaces") {
        let name = namespace.value.as_str().unwrap_or("");
        errors.extend(names::label(name).iter().map(|why| namespace.path.invalid(name, why)));
    }
    topology_key(term, errors);
    term.refuse(&["matchLabelKeys", "mismatchLabelKeys"], errors);
}

fn topology_key(at: &At<'_>, errors: &mut Errors) {
    if at.text("topologyKey").is_empty() {
        errors.push(at.path.child("topologyKey").required("can not be empty"));
    } else {
        at.named("topologyKey", names::qualified_name, errors);
    }
}

fn spread(spec: &At<'_>, errors: &mut Errors) {
    let mut seen = Vec::new();
    for rule in spec.items("topologySpreadConstraints") {
        let skew = rule.int("maxSkew").unwrap_or(0);
        if skew <= 0 {
            errors.push(rule.path.child("maxSkew").invalid(skew, "must be greater than zero"));
        }
        topology_key(&rule, errors);
        rule.required("whenUnsatisfiable", errors);
        rule.one_of("whenUnsatisfiable", &["DoNotSchedule", "ScheduleAnyway"], errors);
        let pair = format!("{{{}, {}}}", rule.text("topologyKey"), rule.text("whenUnsatisfiable"));
        if seen.contains(&pair) {
            let path = rule.path.child("{topologyKey, whenUnsatisfiable}");
            errors.push(path.duplicate(pair.as_str()));
        }
        seen.push(pair);
        if let Some(domains) = rule.int("minDomains") {
            let path = rule.path.child("minDomains");
            if domains <= 0 {
                errors.push(path.invalid(domains, "must be greater than 0"));
            }
            if rule.text("whenUnsatisfiable") != "DoNotSchedule" {
                let why = "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway";
                errors.push(path.invalid(domains, why));
            }
        }
        if let Some(selector) = rule.get("labelSelector") {
            label_selector(&selector, errors);
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            rule.one_of(policy, &["Honor", "Ignore"], errors);
        }
    }
}

/// A `LabelSelector` document.
pub fn label_selector(selector: &At<'_>, errors: &mut Errors) {
    let labels = selector.field("matchLabels");
    metadata::labels(Some(labels.value), &labels.path, errors);
    for rule in selector.items("matchExpressions") {
        rule.named("key", names::qualified_name, errors);
        let path = rule.path.child("values");
        match (rule.text("operator"), rule.items("values").count()) {
            ("In" | "NotIn", 0) => {
                errors.push(path.required("must be specified when `operator` is 'In' or 'NotIn'"));
            }
            ("Exists" | "DoesNotExist", 1..) => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.push(path.forbidden(why));
            }
            ("In" | "NotIn" | "Exists" | "DoesNotExist", _) => {}
            (other, _) => {
                let why = "not a valid selector operator";
                errors.push(rule.path.child("operator").invalid(other, why));
            }
        }
        for value in rule.items("values") {
            let text = value.value.as_str().unwrap_or("");
            errors.extend(names::label_value(text).iter().map(|w| value.path.invalid(text, w)));
        }
    }
}

/// A node's taints.
pub fn taints(spec: &At<'_>, errors: &mut Errors) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for taint in spec.items("taints") {
        taint.named("key", names::qualified_name, errors);
        taint.named("value", names::label_value, errors);
        taint.required("effect", errors);
        taint.one_of("effect", &EFFECTS, errors);
        let pair = (taint.text("key"), taint.text("effect"));
        if seen.contains(&pair) {
            let value: &Value = taint.value;
            errors.push(taint.path.duplicate(value));
        }
        seen.push(pair);
    }
}
