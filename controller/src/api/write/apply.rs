//! PATCH with `application/apply-patch+yaml`: server-side apply. It makes what is not there.

use bytes::Bytes;
use controller_core::admit::managed::{self, Writer};
use controller_core::admit::{ApiError, meta, prepare_update, scale};
use controller_core::kinds::{Kind, Subresource};
use controller_core::schema::strict;
use http::StatusCode;
use serde_json::{Value, json};

use super::change::guarded;
use super::create::make;
use super::{Attempts, Failed, put, tell};
use crate::api::access;
use crate::api::answer::{self, Answer};
use crate::api::body::{self, Document, media_type};
use crate::api::call::{Call, now};
use crate::api::present::parse;
use crate::api::query::{FieldValidation, WriteOptions};
use crate::api::read::find;
use crate::api::route::Place;

/// The media type of what is applied: YAML, which JSON is, too.
pub(super) const MEDIA: &str = "application/apply-patch+yaml";

/// Whether a request is to apply.
pub(super) fn is_apply(call: &Call) -> bool {
    media_type(call.content_type()) == MEDIA
}

/// Applies the body.
pub(super) async fn apply(
    call: &Call,
    place: &Place,
    options: &WriteOptions,
) -> Result<Answer, ApiError> {
    let Document { value, duplicates } = read(&call.body)?;
    if options.fields == FieldValidation::Strict && !duplicates.is_empty() {
        let message = format!("error strict decoding YAML: {}", duplicates.join(", "));
        return Err(ApiError::bad_request(message));
    }
    check(&value, &place.name)?;
    let config = named(value, place);
    let kind = &place.kind.kind();
    let mut attempts = Attempts::default();
    let (code, doc) = loop {
        let outcome = attempt(call, place, &config, options).await;
        if let Some(done) = attempts.settle(kind, &place.name, outcome)? {
            break done;
        }
    };
    if place.part == Some(Subresource::Scale) {
        return Ok(answer::json(code, &scale::read(kind, &parse(&doc)?)?));
    }
    let told = if options.fields == FieldValidation::Warn { duplicates } else { Vec::new() };
    tell(call, &place.kind, code, &doc, told)
}

fn read(bytes: &[u8]) -> Result<Document, ApiError> {
    let (value, duplicates) = strict::read(bytes)
        .or_else(|_| body::yaml(bytes).map(|value| (value, Vec::new())))
        .map_err(|e| ApiError::bad_request(format!("error decoding YAML: {e}")))?;
    Ok(Document { value, duplicates })
}

/// What is applied must say what it is.
fn check(doc: &Value, name: &str) -> Result<(), ApiError> {
    let text = |field: &str| doc.get(field).and_then(Value::as_str).unwrap_or_default();
    if text("kind").is_empty() || text("apiVersion").is_empty() {
        let message = "error decoding patch: apiVersion and kind must be set in what is applied";
        return Err(ApiError::bad_request(message));
    }
    let given = meta(doc).name();
    if !given.is_empty() && given != name {
        return Err(ApiError::bad_request(format!(
            "the name of the object ({given}) does not match the name on the URL ({name})"
        )));
    }
    if doc.pointer("/metadata/managedFields").is_some_and(|m| !m.is_null()) {
        return Err(ApiError::bad_request("metadata.managedFields must be nil"));
    }
    Ok(())
}

/// What is applied may leave out the name that the URL has.
fn named(mut doc: Value, place: &Place) -> Value {
    if doc.get("metadata").is_none_or(Value::is_null) {
        doc["metadata"] = json!({});
    }
    if let Some(metadata) = doc["metadata"].as_object_mut() {
        metadata.insert("name".to_owned(), place.name.as_str().into());
    }
    doc
}

async fn attempt(
    call: &Call,
    place: &Place,
    config: &Value,
    options: &WriteOptions,
) -> Result<(StatusCode, Bytes), Failed> {
    let kind = &place.kind.kind();
    let store = &call.api.store;
    let force = options.force.unwrap_or(false);
    let writer = Writer { manager: &options.manager, part: place.part, now: now() };
    let stored = match find(store, kind, &place.namespace, &place.name) {
        Err(error) if error.code == 404 && place.part.is_none() => {
            let applied = managed::apply(kind, None, config, &writer, force)?;
            let owned = |doc| applied.created(doc, &writer);
            let guard = |doc: &Value| access::guard(&call.caller, kind, None, doc);
            access::create(&call.caller, kind, place)?;
            let doc = applied.doc().clone();
            let made = make(&call.api, kind, &place.namespace, doc, options, owned, guard).await;
            return match made {
                Ok(doc) => Ok((StatusCode::CREATED, doc)),
                // Somebody else was faster: it is a change now.
                Err(error) if error.reason == "AlreadyExists" => Err(Failed::Lost),
                Err(error) => Err(error.into()),
            };
        }
        found => found?,
    };
    let old = parse(&stored.doc)?;
    let scaled = place.part == Some(Subresource::Scale);
    let part = place.part.filter(|_| !scaled);
    let config = if scaled { &of_scale(kind, &old, config)? } else { config };
    let applied = managed::apply(kind, Some(&old), config, &writer, force)?;
    let outcome = prepare_update(kind, part, &old, applied.doc().clone())?;
    guarded(call, kind, &old, &outcome)?;
    let outcome = applied.updated(&old, outcome, &writer);
    Ok((StatusCode::OK, put(&call.api, kind, stored, outcome, options.dry_run).await?))
}

/// What the scale that is applied says of the object itself.
fn of_scale(kind: &Kind, old: &Value, config: &Value) -> Result<Value, ApiError> {
    if config.pointer("/spec/replicas").is_none_or(Value::is_null) {
        let message = "spec.replicas: Required value: a scale that is applied says how many";
        return Err(ApiError::bad_request(message));
    }
    let of = meta(old);
    let named = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.kind,
        "metadata": {"name": of.name(), "namespace": of.namespace(), "uid": of.uid()},
    });
    scale::write(kind, &named, config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_applied_says_what_it_is() {
        let whole = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
        assert_eq!(check(&whole, "a"), Ok(()));
        assert!(check(&whole, "b").is_err());
        assert!(check(&json!({"kind": "ConfigMap"}), "a").is_err());
    }
}
