//! The annotation in which `kubectl apply` without `--server-side` keeps what it applied. `kubectl` may go over from it
//! to server-side apply, and back.

use alloc::format;
use alloc::string::String;

use serde_json::Value;

use super::differ;
use super::set::FieldSet;
use super::shape::Shape;
use crate::admit::check::metadata::ANNOTATION_BYTES_MAX;
use crate::admit::meta::{meta, text_at};

/// The manager for whom this is done: others say of themselves what they own.
pub(super) const KUBECTL: &str = "kubectl";

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The fields that were applied the old way and have not changed since: taking them over is no conflict.
pub(super) fn unchanged_since(shape: Shape<'_>, live: &Value) -> FieldSet {
    let Some(text) = meta(live).annotation(ANNOTATION).filter(|text| !text.is_empty()) else {
        return FieldSet::default();
    };
    let Ok(applied) = serde_json::from_str::<Value>(text) else { return FieldSet::default() };
    if text_at(&applied, "/apiVersion") != text_at(live, "/apiVersion") {
        return FieldSet::default();
    }
    let change = differ::change(shape, &applied, live);
    differ::said(shape, &applied).difference(&change.set).difference(&change.gone)
}

/// Keeps the annotation, if there is one, at what is applied now. If that is too long for an annotation, it goes.
pub(super) fn keep_up(doc: &mut Value, config: &Value) {
    if meta(doc).annotation(ANNOTATION).is_none_or(str::is_empty) {
        return;
    }
    let mut config = config.clone();
    if let Some(given) = config.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
    {
        given.remove(ANNOTATION);
    }
    let text: String = format!("{config}\n");
    let annotations = &mut doc["metadata"]["annotations"];
    annotations[ANNOTATION] = text.into();
    let bytes = |(key, value): (&str, &str)| key.len() + value.len();
    if meta(doc).annotations().map(bytes).sum::<usize>() > ANNOTATION_BYTES_MAX
        && let Some(all) = doc["metadata"]["annotations"].as_object_mut()
    {
        all.remove(ANNOTATION);
    }
}
