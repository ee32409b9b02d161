//! The `/scale` subresource (autoscaling/v1 Scale): how many replicas are wanted, and how many there are.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde_json::{Map, Value, json};

use super::check::field::Path;
use super::meta::{meta, number_at};
use super::selector;
use super::status::ApiError;
use crate::kinds::Kind;

/// The scale of an object.
///
/// # Errors
/// If it is a custom resource's, and its count of replicas is nowhere.
pub fn read(kind: &Kind, doc: &Value) -> Result<Value, ApiError> {
    let (wanted, found, selector) = match kind.custom {
        Some(custom) => custom.scale(doc)?,
        None => (
            number_at(doc, "/spec/replicas").unwrap_or(1),
            number_at(doc, "/status/replicas").unwrap_or(0),
            selector::format_document(doc.pointer("/spec/selector")),
        ),
    };
    Ok(written(doc, wanted, found, &selector))
}

fn written(doc: &Value, wanted: i64, found: i64, selector: &str) -> Value {
    let kept = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let metadata: Map<String, Value> = kept
        .iter()
        .filter_map(|f| Some(((*f).to_owned(), doc.get("metadata")?.get(f)?.clone())))
        .collect();
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": wanted},
        "status": {"replicas": found, "selector": selector},
    })
}

/// The document of an object with the replicas of a scale: to be given to
/// [`super::prepare_update`], which also answers with a conflict if the scale was read from an older state.
///
/// # Errors
/// 400 if it is not a scale, 422 if the count is missing or below zero.
pub fn write(kind: &Kind, doc: &Value, scale: &Value) -> Result<Value, ApiError> {
    let of = meta(scale);
    let named = [scale.get("kind"), scale.get("apiVersion")];
    if !scale.is_object() || named != [Some(&json!("Scale")), Some(&json!("autoscaling/v1"))] {
        let message = "the body is to be a Scale of autoscaling/v1";
        return Err(ApiError::bad_request(message));
    }
    let replicas = number_at(scale, "/spec/replicas").unwrap_or(0);
    if i32::try_from(replicas).is_err() || replicas < 0 {
        let at = Path::new("spec.replicas");
        let error = at.invalid(replicas, "must be greater than or equal to 0");
        let name = meta(doc).name();
        let errors = alloc::vec![error];
        return Err(ApiError::invalid_as("autoscaling", "Scale", name, errors));
    }
    if !of.name().is_empty() && of.name() != meta(doc).name() {
        return Err(ApiError::bad_request(alloc::format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            of.name(),
            meta(doc).name()
        )));
    }
    if !of.uid().is_empty() && of.uid() != meta(doc).uid() {
        return Err(ApiError::conflict(kind, meta(doc).name()));
    }
    let mut next = doc.clone();
    match kind.custom {
        Some(custom) => custom.rescale(&mut next, replicas),
        None => next["spec"]["replicas"] = replicas.into(),
    }
    if !of.resource_version().is_empty() {
        next["metadata"]["resourceVersion"] = of.resource_version().into();
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;

    fn deployment() -> Value {
        json!({
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {"name": "d", "namespace": "n", "uid": "u", "resourceVersion": "9", "generation": 1},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}},
            "status": {"replicas": 1},
        })
    }

    #[test]
    fn a_scale_is_read_and_written() {
        let doc = deployment();
        let kind = kinds::get(kinds::DEPLOYMENT);
        let mut scale = read(kind, &doc).expect("it has a count");
        assert_eq!(scale["status"], json!({"replicas": 1, "selector": "a=b"}));
        assert_eq!(scale["metadata"].get("generation"), None);
        scale["spec"]["replicas"] = 3.into();
        let next = write(kind, &doc, &scale).expect("valid");
        assert_eq!(next["spec"]["replicas"], 3);
        scale["spec"]["replicas"] = (-1).into();
        let error = write(kind, &doc, &scale).expect_err("below zero");
        assert_eq!(
            error.message,
            "Scale.autoscaling \"d\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"
        );
    }
}
