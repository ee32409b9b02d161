//! Rules on StatefulSets.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::at::{At, Errors};
use super::names;
use super::storage;
use super::workload::{amount, number_or_percent, percent, shared};
use crate::admit::meta::list_at;
use crate::kinds::FieldError;

/// What of a set may be changed.
const MUTABLE: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// A StatefulSet.
pub fn set(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    let whole = with_claims(doc);
    shared(&At::root(&whole, "spec"), None, "statefulset", errors);
    for field in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
        spec.non_negative(field, errors);
    }
    spec.field("ordinals").non_negative("start", errors);
    let policy = spec.text("podManagementPolicy");
    if !["OrderedReady", "Parallel"].contains(&policy) {
        let why = "must be 'OrderedReady' or 'Parallel'";
        errors.push(spec.path.child("podManagementPolicy").invalid(policy, why));
    }
    if !spec.text("serviceName").is_empty() {
        // Pods bear it as their subdomain.
        spec.named("serviceName", names::label, errors);
    }
    strategy(&spec.field("updateStrategy"), errors);
    let retention = spec.field("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        retention.one_of(field, &["Delete", "Retain"], errors);
    }
    At::unique(spec.items("volumeClaimTemplates").map(|c| c.field("metadata")), "name", errors);
    for claim in spec.items("volumeClaimTemplates") {
        let of = claim.field("metadata");
        if !of.required("name", errors).is_empty() {
            of.named("name", names::label, errors);
        }
        storage::claim_spec(&claim.field("spec"), errors);
    }
    if old.is_some_and(|old| fixed(old) != fixed(doc)) {
        errors.push(spec.path.forbidden("updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
    }
}

fn strategy(strategy: &At<'_>, errors: &mut Errors) {
    let rolling = strategy.get("rollingUpdate");
    match (strategy.text("type"), rolling) {
        ("OnDelete", Some(rolling)) => {
            let why = "only allowed for updateStrategy 'RollingUpdate'";
            errors.push(rolling.path.invalid(rolling.value, why));
        }
        ("RollingUpdate", Some(rolling)) => {
            rolling.non_negative("partition", errors);
            let most = rolling.field("maxUnavailable");
            number_or_percent(most.value, &most.path, errors);
            if amount(most.value) == Some(0) {
                errors.push(most.path.invalid(most.value, "cannot be 0"));
            }
            if percent(most.value).is_some_and(|p| p > 100) {
                errors.push(most.path.invalid(most.value, "must not be greater than 100%"));
            }
        }
        ("OnDelete" | "RollingUpdate", None) => {}
        _ => {
            let why = "must be 'RollingUpdate' or 'OnDelete'";
            errors.push(strategy.path.invalid(strategy.value, why));
        }
    }
}

/// The set with its claims as volumes of its pods, since containers mount them by name.
fn with_claims(doc: &Value) -> Value {
    let mut whole = doc.clone();
    let claims: Vec<Value> = list_at(doc, "/spec/volumeClaimTemplates")
        .iter()
        .filter_map(|c| c.pointer("/metadata/name").filter(|n| n.is_string()))
        .map(|name| json!({"name": name, "emptyDir": {}}))
        .collect();
    if let Some(pods) = whole.pointer_mut("/spec/template/spec").and_then(Value::as_object_mut)
        && !claims.is_empty()
    {
        let own = pods.get("volumes").and_then(Value::as_array).into_iter().flatten();
        let others = own.filter(|v| !claims.iter().any(|c| c["name"] == v["name"])).cloned();
        let all: Vec<Value> = others.chain(claims.iter().cloned()).collect();
        pods.insert("volumes".into(), all.into());
    }
    whole
}

/// The part of a set that stays as it is.
fn fixed(doc: &Value) -> Value {
    let mut spec = doc.get("spec").cloned().unwrap_or(Value::Null);
    if let Some(fields) = spec.as_object_mut() {
        MUTABLE.iter().for_each(|field| {
            fields.remove(*field);
        });
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admit::{ApiError, Fresh, prepare_create, prepare_update};
    use crate::kinds;
    use model::Millis;

    fn valid() -> Value {
        json!({
            "metadata": {"name": "web"},
            "spec": {
                "serviceName": "web",
                "selector": {"matchLabels": {"a": "b"}},
                "template": {
                    "metadata": {"labels": {"a": "b"}},
                    "spec": {"containers": [{"name": "c", "image": "x"}]},
                },
            },
        })
    }

    fn create(doc: Value) -> Result<Value, ApiError> {
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "bbbbb" };
        prepare_create(kinds::get(kinds::STATEFUL_SET), "n", doc, &fresh)
    }

    fn check(change: Value, want: &str) {
        let mut doc = valid();
        json_patch::merge(&mut doc, &json!({"spec": change}));
        let got = create(doc).err().map_or_else(|| "fine".into(), |e| e.message);
        let got = got.strip_prefix("StatefulSet.apps \"web\" is invalid: ").unwrap_or(&got);
        assert_eq!(got, want, "{change}");
    }

    #[test]
    fn sets_are_judged() {
        check(json!({}), "fine");
        check(
            json!({"podManagementPolicy": "Whenever"}),
            "spec.podManagementPolicy: Invalid value: \"Whenever\": must be 'OrderedReady' or 'Parallel'",
        );
        check(
            json!({"updateStrategy": {"rollingUpdate": {"partition": -1}}}),
            "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
        );
        check(
            json!({"updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}}),
            "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
        );
        check(
            json!({"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}),
            "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'",
        );
        check(
            json!({"updateStrategy": {"type": "Sometimes"}}),
            "spec.updateStrategy: Invalid value: {\"type\":\"Sometimes\"}: must be 'RollingUpdate' or 'OnDelete'",
        );
        check(
            json!({"ordinals": {"start": -1}}),
            "spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0",
        );
        check(
            json!({"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Keep"}}),
            "spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: \"Keep\": supported values: \"Delete\", \"Retain\"",
        );
        check(
            json!({"selector": {"matchLabels": null}}),
            "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for statefulset",
        );
    }

    #[test]
    fn most_of_a_set_stays_as_it_is() {
        let old = create(valid()).expect("valid");
        let kind = kinds::get(kinds::STATEFUL_SET);
        let update = |change: Value| {
            let mut new = old.clone();
            json_patch::merge(&mut new, &json!({"spec": change}));
            prepare_update(kind, None, &old, new)
        };
        for allowed in [
            json!({"replicas": 3, "minReadySeconds": 1, "revisionHistoryLimit": 2}),
            json!({"ordinals": {"start": 1}, "template": {"metadata": {"labels": {"x": "y"}}}}),
            json!({"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}),
            json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}),
        ] {
            assert!(update(allowed.clone()).is_ok(), "{allowed}");
        }
        for change in [json!({"serviceName": "other"}), json!({"podManagementPolicy": "Parallel"})]
        {
            let error = update(change.clone()).expect_err("fixed");
            assert_eq!(
                error.message,
                "StatefulSet.apps \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
                "{change}"
            );
        }
    }
}
