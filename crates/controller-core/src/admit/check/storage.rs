//! Rules on claims, volumes and storage classes.

use alloc::format;
use alloc::vec::Vec;

use model::quantity::parse_units;
use serde_json::Value;

use super::at::{At, Errors};
use super::names;
use super::placement;
use super::resources;
use crate::admit::meta::text_at;
use crate::kinds::FieldError;
use crate::storage::PROVISIONER;

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// A PersistentVolumeClaim.
pub fn claim(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    claim_spec(&spec, errors);
    let Some(old) = old else { return };
    let was = At::root(old, "spec");
    if fixed(&spec, &was) != fixed(&was, &was) {
        errors.push(spec.path.forbidden("spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"));
    }
    let size = |spec: &At<'_>| {
        parse_units(spec.field("resources").field("requests").text("storage")).unwrap_or(0)
    };
    let path = spec.path.child("resources.requests.storage");
    match size(&spec).cmp(&size(&was)) {
        core::cmp::Ordering::Less => {
            errors.push(path.forbidden("field can not be less than previous value"));
        }
        core::cmp::Ordering::Greater => errors.push(path.forbidden("only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")),
        core::cmp::Ordering::Equal => {}
    }
}

/// The spec of a claim, or of a claim's template.
pub(super) fn claim_spec(spec: &At<'_>, errors: &mut Errors) {
    let modes: Vec<&Value> = spec.items("accessModes").map(|m| m.value).collect();
    access_modes(spec, errors);
    if modes.iter().any(|m| *m == "ReadWriteOncePod") && modes.len() > 1 {
        let why = "may not use ReadWriteOncePod with other access modes";
        errors.push(spec.path.child("accessModes").forbidden(why));
    }
    let requests = spec.field("resources").field("requests");
    let path = spec.path.child("resources").key("storage");
    match requests.get("storage") {
        None => errors.push(path.required("")),
        Some(storage) => {
            resources::quantity(&storage, errors);
            if parse_units(requests.text("storage")) == Some(0) {
                errors.push(path.invalid(storage.value, "must be greater than zero"));
            }
        }
    }
    if let Some(selector) = spec.get("selector") {
        placement::label_selector(&selector, errors);
    }
    for field in ["storageClassName", "volumeName"] {
        if !spec.text(field).is_empty() {
            spec.named(field, names::subdomain, errors);
        }
    }
    spec.one_of("volumeMode", &["Block", "Filesystem"], errors);
    // A volume without the data that it is to begin with would be taken for one that has lost it.
    spec.refuse(&["dataSource", "dataSourceRef"], errors);
}

/// The part of a claim that stays as it is; what was not there may come.
fn fixed(spec: &At<'_>, was: &At<'_>) -> Value {
    let mut fixed = spec.value.clone();
    if let Some(fields) = fixed.as_object_mut() {
        fields.remove("resources");
        fields.remove("volumeAttributesClassName");
        for late in ["storageClassName", "volumeName"] {
            if was.text(late).is_empty() && was.get(late).is_none_or(|_| late == "volumeName") {
                fields.remove(late);
            }
        }
    }
    fixed
}

fn access_modes(spec: &At<'_>, errors: &mut Errors) {
    if spec.items("accessModes").next().is_none() {
        let why = "at least 1 access mode is required";
        errors.push(spec.path.child("accessModes").required(why));
    }
    for mode in spec.items("accessModes") {
        let text = mode.value.as_str().unwrap_or("");
        if !MODES.contains(&text) {
            errors.push(spec.path.child("accessModes").not_supported(text, &MODES));
        }
    }
}

/// Fields of a volume's spec that are no source.
const PLAIN: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

/// A PersistentVolume.
pub fn volume(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    access_modes(&spec, errors);
    if spec.get("capacity").is_none() {
        errors.push(spec.path.child("capacity").required(""));
    }
    for (_, amount) in spec.entries("capacity") {
        resources::quantity(&amount, errors);
    }
    let policies = ["Delete", "Recycle", "Retain"];
    spec.one_of("persistentVolumeReclaimPolicy", &policies, errors);
    spec.one_of("volumeMode", &["Block", "Filesystem"], errors);
    let sources = sources(&spec);
    if sources.is_empty() {
        errors.push(spec.path.required("must specify a volume type"));
    }
    for (second, _) in sources.iter().skip(1) {
        errors.push(spec.path.child(second).forbidden("may not specify more than 1 volume type"));
    }
    if let Some(local) = spec.get("local") {
        let path = local.required("path", errors);
        if path.split('/').any(|part| part == "..") {
            errors.push(local.path.child("path").invalid(path, "must not contain '..'"));
        }
        if spec.field("nodeAffinity").get("required").is_none() {
            let why = "Local volume requires node affinity";
            errors.push(spec.path.child("nodeAffinity").required(why));
        }
    }
    if let Some(was) = old.map(|old| At::root(old, "spec")) {
        if self::sources(&was) != sources {
            let why = "spec.persistentvolumesource is immutable after creation";
            errors.push(spec.path.child("persistentvolumesource").forbidden(why));
        }
        for field in ["nodeAffinity", "volumeMode"] {
            let (is, had) = (spec.field(field), was.field(field));
            if !had.value.is_null() && is.value != had.value {
                errors.push(is.path.invalid(is.value, "field is immutable"));
            }
        }
    }
}

fn sources<'a>(spec: &At<'a>) -> Vec<(&'a str, &'a Value)> {
    let fields = spec.value.as_object().into_iter().flatten();
    fields
        .filter(|(name, value)| !PLAIN.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

/// A StorageClass.
pub fn class(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let class = At::whole(doc);
    let provisioner = class.required("provisioner", errors);
    if !provisioner.is_empty() {
        class.named("provisioner", names::qualified_name, errors);
    }
    class.one_of("reclaimPolicy", &["Delete", "Retain"], errors);
    class.one_of("volumeBindingMode", &["Immediate", "WaitForFirstConsumer"], errors);
    if provisioner == PROVISIONER && class.text("volumeBindingMode") == "Immediate" {
        let why = format!(
            "{PROVISIONER} makes a volume where its first pod is placed: use WaitForFirstConsumer"
        );
        errors.push(class.path.child("volumeBindingMode").invalid("Immediate", &why));
    }
    let Some(old) = old else { return };
    for field in ["parameters", "provisioner", "reclaimPolicy"] {
        if doc.get(field) != old.get(field) {
            let why = format!("updates to {field} are forbidden.");
            errors.push(class.path.child(field).forbidden(&why));
        }
    }
    let mode = class.text("volumeBindingMode");
    if mode != text_at(old, "/volumeBindingMode") {
        errors.push(class.path.child("volumeBindingMode").invalid(mode, "field is immutable"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admit::{ApiError, Fresh, prepare_create, prepare_update};
    use crate::kinds::{self, KindId};
    use model::Millis;
    use serde_json::json;

    fn create(kind: KindId, doc: Value) -> Result<Value, ApiError> {
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "bbbbb" };
        let kind = kinds::get(kind);
        prepare_create(kind, if kind.namespaced { "n" } else { "" }, doc, &fresh)
    }

    fn told(result: Result<Value, ApiError>) -> alloc::string::String {
        let Err(error) = result else { return "fine".into() };
        error.message.split_once("is invalid: ").map_or("?", |(_, why)| why).into()
    }

    fn with(mut doc: Value, change: &Value) -> Value {
        json_patch::merge(&mut doc, change);
        doc
    }

    fn a_claim() -> Value {
        json!({"metadata": {"name": "c"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
    }

    fn a_volume() -> Value {
        let here = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": ["a"]});
        json!({"metadata": {"name": "v"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
            "local": {"path": "volumes/v"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}}}})
    }

    #[test]
    fn claims_are_judged() {
        let check = |change: Value, want: &str| {
            let doc = with(a_claim(), &json!({"spec": change}));
            assert_eq!(told(create(kinds::PERSISTENT_VOLUME_CLAIM, doc)), want, "{change}");
        };
        check(json!({}), "fine");
        check(
            json!({"accessModes": null}),
            "spec.accessModes: Required value: at least 1 access mode is required",
        );
        check(
            json!({"accessModes": ["ReadWriteOnce", "ReadWriteOncePod"]}),
            "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
        );
        check(json!({"resources": null}), "spec.resources[storage]: Required value");
        check(
            json!({"resources": {"requests": {"storage": "0"}}}),
            "spec.resources[storage]: Invalid value: \"0\": must be greater than zero",
        );
        check(
            json!({"dataSource": {"kind": "PersistentVolumeClaim", "name": "x"}}),
            "spec.dataSource: Forbidden: is not supported by Driftless",
        );
    }

    #[test]
    fn claims_stay_as_they_are() {
        let kind = kinds::get(kinds::PERSISTENT_VOLUME_CLAIM);
        let old = create(kinds::PERSISTENT_VOLUME_CLAIM, a_claim()).expect("valid");
        assert_eq!(old["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
        assert_eq!(old["status"], json!({"phase": "Pending"}));
        let update = |old: &Value, change: Value| {
            let new = with(old.clone(), &json!({"spec": change}));
            prepare_update(kind, None, old, new).map(|_| Value::Null)
        };
        let named = json!({"storageClassName": "local", "volumeName": "v"});
        assert_eq!(told(update(&old, named.clone())), "fine");
        let old = with(old, &json!({"spec": named}));
        for change in [json!({"volumeName": "w"}), json!({"storageClassName": "other"})] {
            assert_eq!(
                told(update(&old, change)),
                "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
            );
        }
        assert_eq!(
            told(update(&old, json!({"resources": {"requests": {"storage": "1Mi"}}}))),
            "spec.resources.requests.storage: Forbidden: field can not be less than previous value",
        );
        assert!(update(&old, json!({"resources": {"requests": {"storage": "2Gi"}}})).is_err());
    }

    #[test]
    fn volumes_are_judged() {
        let check = |change: Value, want: &str| {
            let doc = with(a_volume(), &json!({"spec": change}));
            assert_eq!(told(create(kinds::PERSISTENT_VOLUME, doc)), want, "{change}");
        };
        check(json!({}), "fine");
        check(json!({"local": null}), "spec: Required value: must specify a volume type");
        check(
            json!({"hostPath": {"path": "/x"}}),
            "spec.local: Forbidden: may not specify more than 1 volume type",
        );
        check(
            json!({"nodeAffinity": null}),
            "spec.nodeAffinity: Required value: Local volume requires node affinity",
        );
        let kind = kinds::get(kinds::PERSISTENT_VOLUME);
        let old = create(kinds::PERSISTENT_VOLUME, a_volume()).expect("valid");
        let new = with(old.clone(), &json!({"spec": {"local": {"path": "elsewhere"}}}));
        assert_eq!(
            told(prepare_update(kind, None, &old, new).map(|_| Value::Null)),
            "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation",
        );
    }

    #[test]
    fn classes_are_judged() {
        let check = |doc: Value, want: &str| {
            let doc = with(json!({"metadata": {"name": "c"}}), &doc);
            assert_eq!(told(create(kinds::STORAGE_CLASS, doc)), want);
        };
        check(json!({}), "provisioner: Required value");
        check(json!({"provisioner": "x.io/y"}), "fine");
        check(
            json!({"provisioner": PROVISIONER}),
            "volumeBindingMode: Invalid value: \"Immediate\": driftless.dev/local makes a volume where its first pod is placed: use WaitForFirstConsumer",
        );
        let kind = kinds::get(kinds::STORAGE_CLASS);
        let doc = json!({"metadata": {"name": "c"}, "provisioner": "x.io/y"});
        let old = create(kinds::STORAGE_CLASS, doc).expect("valid");
        let new = with(old.clone(), &json!({"reclaimPolicy": "Retain"}));
        assert_eq!(
            told(prepare_update(kind, None, &old, new).map(|_| Value::Null)),
            "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
        );
    }
}
