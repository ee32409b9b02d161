//! CustomResourceDefinitions themselves: what is filled in, and which are let in
//! (k8s.io/apiextensions-apiserver `ValidateCustomResourceDefinition`).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::path::JsonPath;
use super::resource::holds;
use super::structural::{Inspector, expressions, property};
use crate::admit::check::at::{At, Errors};
use crate::admit::check::field::{Path, Verbatim};
use crate::admit::check::names;
use crate::admit::meta::{list_at, meta, text_at};
use crate::kinds::FieldError;

const APPROVAL: &str = "api-approved.kubernetes.io";
const SELECTABLE_MAX: usize = 8;
/// So many places of rules that are not evaluated are named.
const NAMED_MAX: usize = 8;

/// Fills in what Kubernetes fills in.
pub(crate) fn default(doc: &mut Value) {
    let Some(spec) = doc.get_mut("spec").filter(|s| s.is_object()) else { return };
    let kind: String = text_at(spec, "/names/kind").into();
    if !kind.is_empty() && spec["names"].is_object() {
        if text_at(spec, "/names/singular").is_empty() {
            spec["names"]["singular"] = kind.to_lowercase().into();
        }
        if text_at(spec, "/names/listKind").is_empty() {
            spec["names"]["listKind"] = format!("{kind}List").into();
        }
    }
    if text_at(spec, "/conversion/strategy").is_empty() {
        spec["conversion"] = json!({"strategy": "None"});
    }
}

/// What a new definition starts with: nothing is accepted yet, and objects will be kept in its storage version.
pub(crate) fn first_status(doc: &Value) -> Value {
    let stored: Vec<&str> = stored_in(doc).into_iter().collect();
    json!({"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": stored})
}

/// The version that objects are kept in.
pub(super) fn stored_in(doc: &Value) -> Option<&str> {
    let versions = list_at(doc, "/spec/versions").iter();
    let mut stored = versions.filter(|v| v.get("storage") == Some(&Value::Bool(true)));
    stored.next().map(|v| text_at(v, "/name"))
}

/// What is kept of a definition and not acted on.
pub(crate) fn warn(doc: &Value, out: &mut Vec<String>) {
    let mut all = Vec::new();
    for version in At::root(doc, "spec").items("versions") {
        expressions(&version.field("schema").field("openAPIV3Schema"), &mut all);
    }
    out.extend(
        all.iter()
            .take(NAMED_MAX)
            .map(|path| format!("{path}: the rules are kept but not evaluated by Driftless")),
    );
    if let Some(more) = all.len().checked_sub(NAMED_MAX).filter(|n| *n > 0) {
        out.push(format!("{more} more x-kubernetes-validations are kept but not evaluated"));
    }
}

/// Finds what is wrong with a definition.
pub(crate) fn validate(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    let (group, plural) = (spec.text("group"), spec.field("names").text("plural"));
    let name = meta(doc).name();
    if name != format!("{plural}.{group}") {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errors.push(Path::new("metadata.name").invalid(name, why));
    }
    check_group(doc, &spec, group, errors);
    match spec.text("scope") {
        "" => errors.push(spec.path.child("scope").required("")),
        _ => spec.one_of("scope", &["Cluster", "Namespaced"], errors),
    }
    check_names(&spec.field("names"), errors);
    check_versions(&spec, errors);
    check_conversion(&spec.field("conversion"), errors);
    if spec.flag("preserveUnknownFields") {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        errors.push(spec.path.child("preserveUnknownFields").invalid(&Value::Bool(true), why));
    }
    if let Some(old) = old {
        check_change(doc, old, errors);
    }
}

fn check_group(doc: &Value, spec: &At<'_>, group: &str, errors: &mut Errors) {
    let path = spec.path.child("group");
    if group.is_empty() {
        errors.push(path.required(""));
        return;
    }
    errors.extend(names::subdomain(group).iter().map(|why| path.invalid(group, why)));
    if !group.contains('.') {
        errors.push(path.invalid(group, "should be a domain with at least one dot"));
    }
    let within = |domain: &str| group == domain || group.ends_with(&format!(".{domain}"));
    if (within("k8s.io") || within("kubernetes.io")) && meta(doc).annotation(APPROVAL).is_none() {
        let at = Path::new("metadata.annotations").key(APPROVAL);
        errors.push(at.required("protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111"));
    }
}

fn check_names(at: &At<'_>, errors: &mut Errors) {
    for field in ["plural", "singular", "kind", "listKind"] {
        let text = at.required(field, errors);
        if text.is_empty() {
            continue;
        }
        let mixed = field == "kind" || field == "listKind";
        let lower = text.to_lowercase();
        for why in names::dns1035(if mixed { &lower } else { text }) {
            let why = if mixed {
                format!("may have mixed case, but should otherwise match: {why}")
            } else {
                why
            };
            errors.push(at.path.child(field).invalid(text, &why));
        }
    }
    if !at.text("kind").is_empty() && at.text("kind") == at.text("listKind") {
        let why = "kind and listKind may not be the same";
        errors.push(at.path.child("listKind").invalid(at.text("listKind"), why));
    }
    for field in ["shortNames", "categories"] {
        for item in at.items(field) {
            let text = item.value.as_str().unwrap_or("");
            errors.extend(names::dns1035(text).iter().map(|why| item.path.invalid(text, why)));
        }
    }
}

fn check_versions(spec: &At<'_>, errors: &mut Errors) {
    let path = spec.path.child("versions");
    let all: Vec<At<'_>> = spec.items("versions").collect();
    if all.is_empty() {
        errors.push(path.required("must have at least one version"));
        return;
    }
    let shown = || {
        let names: Vec<&str> = all.iter().map(|v| v.text("name")).collect();
        Verbatim(format!("{names:?}"))
    };
    if all.iter().filter(|v| v.flag("storage")).count() != 1 {
        let why = "must have exactly one version marked as storage version";
        errors.push(path.invalid(shown(), why));
    }
    let different: BTreeSet<&str> = all.iter().map(|v| v.text("name")).collect();
    if different.len() != all.len() {
        errors.push(path.invalid(shown(), "must contain unique version names"));
    }
    let mut inspector = Inspector::default();
    for version in &all {
        version.named("name", names::dns1035, errors);
        if !version.text("deprecationWarning").is_empty() && !version.flag("deprecated") {
            let why = "can only be set for deprecated versions";
            let at = version.path.child("deprecationWarning");
            errors.push(at.invalid(version.text("deprecationWarning"), why));
        }
        match version.field("schema").get("openAPIV3Schema") {
            Some(schema) => inspector.root(&schema, errors),
            None => {
                let at = version.path.child("schema").child("openAPIV3Schema");
                errors.push(at.required("schemas are required"));
            }
        }
        check_columns(version, errors);
        check_scale(&version.field("subresources").field("scale"), errors);
        check_selectable(version, errors);
    }
}

fn check_columns(version: &At<'_>, errors: &mut Errors) {
    for column in version.items("additionalPrinterColumns") {
        column.required("name", errors);
        if !column.required("type", errors).is_empty() {
            let types = ["boolean", "date", "integer", "number", "string"];
            column.one_of("type", &types, errors);
        }
        let path = column.required("jsonPath", errors);
        if !path.is_empty()
            && let Err(why) = JsonPath::read(path)
        {
            errors.push(column.path.child("jsonPath").invalid(path, &why));
        }
    }
}

fn check_scale(at: &At<'_>, errors: &mut Errors) {
    if at.value.is_null() {
        return;
    }
    let mut under = |field: &str, text: &str, roots: &[&str], why: &str| {
        let simple = JsonPath::read(text).ok().and_then(|p| p.fields());
        let fits = simple.is_some_and(|f| f.len() > 1 && roots.contains(&f[0].as_str()));
        if !fits {
            errors.push(at.path.child(field).invalid(text, why));
        }
    };
    for (field, root) in [("specReplicasPath", "spec"), ("statusReplicasPath", "status")] {
        let why = format!("should be a json path under .{root}");
        under(field, at.text(field), &[root], &why);
    }
    let selector = at.text("labelSelectorPath");
    if !selector.is_empty() {
        let why = "should be a json path under either .status or .spec";
        under("labelSelectorPath", selector, &["spec", "status"], why);
    }
}

fn check_selectable(version: &At<'_>, errors: &mut Errors) {
    let all: Vec<At<'_>> = version.items("selectableFields").collect();
    if all.len() > SELECTABLE_MAX {
        let path = version.path.child("selectableFields");
        errors.push(path.too_many(all.len() as u64, SELECTABLE_MAX as u64));
    }
    At::unique(all.iter().cloned(), "jsonPath", errors);
    for field in all {
        let text = field.required("jsonPath", errors);
        let path = field.path.child("jsonPath");
        let Some(parts) = JsonPath::read(text).ok().and_then(|p| p.fields()) else {
            errors.push(path.invalid(text, "is an invalid path"));
            continue;
        };
        if parts.first().is_some_and(|p| p == "metadata") {
            errors.push(path.invalid(text, "must not point to fields in metadata"));
        }
        let schema = version.field("schema").field("openAPIV3Schema");
        let found = parts.iter().try_fold(schema, |at, name| property(&at, name));
        if !found.is_some_and(|f| ["string", "integer", "boolean"].contains(&f.text("type"))) {
            let why = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            errors.push(path.invalid(text, why));
        }
    }
}

fn check_conversion(at: &At<'_>, errors: &mut Errors) {
    match at.text("strategy") {
        "" | "None" => at.refuse(&["webhook"], errors),
        "Webhook" => {
            let why = "conversion by webhook is not supported by Driftless: versions of a resource may differ in their names only, with strategy None";
            errors.push(at.path.child("strategy").forbidden(why));
        }
        _ => at.one_of("strategy", &["None", "Webhook"], errors),
    }
}

fn check_change(doc: &Value, old: &Value, errors: &mut Errors) {
    let versions = list_at(doc, "/spec/versions");
    for (at, kept) in list_at(doc, "/status/storedVersions").iter().enumerate() {
        let kept = kept.as_str().unwrap_or("");
        if !versions.iter().any(|v| text_at(v, "/name") == kept) {
            let path = Path::new("status.storedVersions").index(at);
            errors.push(path.invalid(kept, "must appear in spec.versions"));
        }
    }
    if !holds(old, "Established") {
        return;
    }
    for field in ["group", "scope"] {
        let (is, was) = (At::root(doc, "spec"), At::root(old, "spec"));
        if is.text(field) != was.text(field) {
            errors.push(is.path.child(field).invalid(is.text(field), "field is immutable"));
        }
    }
    let (is, was) = (text_at(doc, "/spec/names/kind"), text_at(old, "/spec/names/kind"));
    if is != was {
        errors.push(Path::new("spec.names.kind").invalid(is, "field is immutable"));
    }
}
