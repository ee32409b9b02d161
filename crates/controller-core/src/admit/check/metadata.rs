//! What is asked of every object's metadata (k8s.io/apimachinery `ValidateObjectMeta`).

use alloc::format;
use alloc::vec::Vec;

use serde_json::Value;

use super::field::Path;
use super::names;
use crate::admit::meta::{list_at, meta, text_at};
use crate::kinds::{FieldError, Kind, NameRule};

/// All annotations together.
pub(in crate::admit) const ANNOTATION_BYTES_MAX: usize = 256 * 1024;

/// Finds what is wrong with the metadata; with the old object, also what may not be changed.
pub fn check(kind: &Kind, doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let path = Path::new("metadata");
    let of = meta(doc);
    let rule = match kind.names {
        NameRule::Subdomain => names::subdomain,
        NameRule::Label => names::label,
        NameRule::Dns1035 => names::dns1035,
        NameRule::Path => names::path_segment,
    };
    if of.name().is_empty() {
        errors.push(path.child("name").required("name or generateName is required"));
    } else {
        let at = path.child("name");
        errors.extend(rule(of.name()).iter().map(|why| at.invalid(of.name(), why)));
    }
    if kind.namespaced {
        let (at, name) = (path.child("namespace"), of.namespace());
        if name.is_empty() {
            errors.push(at.required(""));
        } else {
            errors.extend(names::label(name).iter().map(|why| at.invalid(name, why)));
        }
    }
    labels(doc.pointer("/metadata/labels"), &path.child("labels"), errors);
    annotations(doc.pointer("/metadata/annotations"), &path.child("annotations"), errors);
    owners(doc, &path.child("ownerReferences"), errors);
    for finalizer in of.finalizers() {
        let at = path.child("finalizers");
        let plain = ["orphan", "foregroundDeletion", "kubernetes"].contains(&finalizer);
        if !plain && !finalizer.contains('/') {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            errors.push(at.invalid(finalizer, why));
        }
        errors.extend(names::qualified_name(finalizer).iter().map(|w| at.invalid(finalizer, w)));
    }
    if let Some(old) = old {
        changes(doc, old, &path, errors);
    }
}

fn changes(doc: &Value, old: &Value, path: &Path, errors: &mut Vec<FieldError>) {
    if !meta(old).is_terminating() {
        return;
    }
    let new: Vec<&str> =
        meta(doc).finalizers().filter(|f| !meta(old).finalizers().any(|o| o == *f)).collect();
    if !new.is_empty() {
        errors.push(path.child("finalizers").forbidden(&format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers {new:?}"
        )));
    }
}

/// Labels: qualified keys, short values.
pub fn labels(labels: Option<&Value>, path: &Path, errors: &mut Vec<FieldError>) {
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        errors.extend(names::qualified_name(key).iter().map(|w| path.invalid(key.as_str(), w)));
        match value.as_str() {
            Some(text) => {
                errors.extend(names::label_value(text).iter().map(|w| path.invalid(text, w)));
            }
            None => errors.push(path.key(key).invalid(value, "must be a string")),
        }
    }
}

/// Annotations: qualified keys, any text, bounded in sum.
pub fn annotations(annotations: Option<&Value>, path: &Path, errors: &mut Vec<FieldError>) {
    let mut bytes = 0usize;
    for (key, value) in annotations.and_then(Value::as_object).into_iter().flatten() {
        let lower = key.to_lowercase();
        errors.extend(names::qualified_name(&lower).iter().map(|w| path.invalid(key.as_str(), w)));
        match value.as_str() {
            Some(text) => bytes = bytes.saturating_add(key.len() + text.len()),
            None => errors.push(path.key(key).invalid(value, "must be a string")),
        }
    }
    if bytes > ANNOTATION_BYTES_MAX {
        errors.push(path.too_long(ANNOTATION_BYTES_MAX));
    }
}

fn owners(doc: &Value, path: &Path, errors: &mut Vec<FieldError>) {
    let mut controllers = 0;
    for (i, owner) in list_at(doc, "/metadata/ownerReferences").iter().enumerate() {
        let at = path.index(i);
        for field in ["apiVersion", "kind", "name", "uid"] {
            if owner.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
                errors.push(at.child(field).required("must not be empty"));
            }
        }
        if owner.get("controller") == Some(&Value::Bool(true)) {
            controllers += 1;
            if controllers == 2 {
                errors.push(path.invalid(
                    owner,
                    &format!(
                        "Only one reference can have Controller set to true. Found more than one, the last is {:?}",
                        text_at(owner, "/name")
                    ),
                ));
            }
        }
    }
}
