//! Changes of what is there: replaced as a whole, or patched; the object, its status, or its scale.

use bytes::Bytes;
use controller_core::admit::managed::{self, Ownership, Writer};
use controller_core::admit::{ApiError, Outcome, meta, pod_actions, prepare_update, scale};
use controller_core::kinds::{Kind, Subresource};
use http::StatusCode;
use serde_json::Value;

use super::apply::{apply, is_apply};
use super::patch::{Patch, Read};
use super::{Attempts, Failed, Refusal, check_fields, commit, put, tell};
use crate::api::access;
use crate::api::answer::{self, Answer};
use crate::api::body::{self, Document};
use crate::api::call::{Call, now};
use crate::api::present::parse;
use crate::api::query::WriteOptions;
use crate::api::read::find;
use crate::api::route::Place;
use crate::store::Expect;

const SCALE: &str = "io.k8s.api.autoscaling.v1.Scale";

/// What a client wants.
enum Wanted {
    /// This, as a whole.
    Whole(Document),
    /// This change.
    Patched(Read),
}

/// PUT: replaces an object, its status or its scale.
pub(in crate::api) async fn replace(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let options = call.managed(call.query.write_options("UpdateOptions")?);
    let row = place.kind.kind();
    let name = match place.part {
        Some(Subresource::Scale) => "Scale",
        _ => row.kind,
    };
    let document = body::decode(call.content_type(), &call.body, name)?;
    change(call, place, &Wanted::Whole(document), &options).await
}

/// PATCH: changes an object, its status or its scale.
pub(in crate::api) async fn update(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let options = call.query.write_options("PatchOptions")?;
    let refuse = |why: &str| {
        Err(ApiError::invalid_options(format!("PatchOptions.meta.k8s.io \"\" is invalid: {why}")))
    };
    if is_apply(call) {
        if options.manager.is_empty() {
            return refuse("fieldManager: Required value: is required for apply patch");
        }
        return apply(call, place, &options).await;
    }
    let read = Patch::read(call.content_type(), &call.body)?;
    if options.force.is_some() {
        return refuse("force: Forbidden: may not be specified for non-apply patch");
    }
    change(call, place, &Wanted::Patched(read), &call.managed(options)).await
}

async fn change(
    call: &Call,
    place: &Place,
    wanted: &Wanted,
    options: &WriteOptions,
) -> Result<Answer, ApiError> {
    let kind = &place.kind.kind();
    let mut attempts = Attempts::default();
    let (doc, told) = loop {
        let mut told = Vec::new();
        let outcome = attempt(call, place, wanted, options, &mut told).await;
        if let Some(doc) = attempts.settle(kind, &place.name, outcome)? {
            break (doc, told);
        }
    };
    if place.part == Some(Subresource::Scale) {
        return Ok(answer::json(StatusCode::OK, &scale::read(kind, &parse(&doc)?)?));
    }
    tell(call, &place.kind, StatusCode::OK, &doc, told)
}

/// Makes the next state of what is there, and writes it.
async fn attempt(
    call: &Call,
    place: &Place,
    wanted: &Wanted,
    options: &WriteOptions,
    told: &mut Vec<String>,
) -> Result<Bytes, Failed> {
    let kind = &place.kind.kind();
    let store = &call.api.store;
    let stored = find(store, kind, &place.namespace, &place.name)?;
    let old = parse(&stored.doc)?;
    let (part, new) = if place.part == Some(Subresource::Scale) {
        (None, rescaled(kind, wanted, &old)?)
    } else {
        (place.part, next(kind, wanted, &old, options, told)?)
    };
    let sent = Ownership::of(&new);
    let outcome = prepare_update(kind, part, &old, new)?;
    guarded(call, kind, &old, &outcome)?;
    let writer = Writer { manager: &options.manager, part: place.part, now: now() };
    let outcome = managed::updated(kind, &old, &sent, outcome, &writer);
    put(&call.api, kind, stored, outcome, options.dry_run).await
}

/// Whether who asks may make of an object what it becomes.
pub(super) fn guarded(
    call: &Call,
    kind: &Kind,
    old: &Value,
    outcome: &Outcome,
) -> Result<(), ApiError> {
    match outcome {
        Outcome::Changed(new) => access::guard(&call.caller, kind, Some(old), new),
        Outcome::Unchanged | Outcome::Gone(_) => Ok(()),
    }
}

fn next(
    kind: &Kind,
    wanted: &Wanted,
    old: &Value,
    options: &WriteOptions,
    told: &mut Vec<String>,
) -> Result<Value, ApiError> {
    match wanted {
        Wanted::Whole(document) => {
            let document =
                Document { value: document.value.clone(), duplicates: document.duplicates.clone() };
            check_fields(kind, document, options.fields, Refusal::Document, told)
        }
        Wanted::Patched(Read { patch, duplicates }) => {
            let value = patch.apply(kind.schema, old)?;
            let text = patch.text();
            let document = Document { value, duplicates: duplicates.clone() };
            check_fields(kind, document, options.fields, Refusal::Patch(&text), told)
        }
    }
}

fn rescaled(kind: &Kind, wanted: &Wanted, old: &Value) -> Result<Value, ApiError> {
    match wanted {
        Wanted::Whole(document) => scale::write(kind, old, &document.value),
        Wanted::Patched(Read { patch, .. }) => {
            scale::write(kind, old, &patch.apply(SCALE, &scale::read(kind, old)?)?)
        }
    }
}

/// POST to `/binding`: places a pod on a node.
pub(in crate::api) async fn bind(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let options = call.query.write_options("CreateOptions")?;
    let kind = &place.kind.kind();
    let binding = body::decode(call.content_type(), &call.body, "Binding")?.value;
    let mut attempts = Attempts::default();
    loop {
        let outcome = attempt_bind(call, place, &binding, options.dry_run).await;
        if attempts.settle(kind, &place.name, outcome)?.is_some() {
            return Ok(answer::json(
                StatusCode::CREATED,
                &controller_core::admit::status::created(),
            ));
        }
    }
}

async fn attempt_bind(
    call: &Call,
    place: &Place,
    binding: &Value,
    dry_run: bool,
) -> Result<(), Failed> {
    let kind = &place.kind.kind();
    let old = find(&call.api.store, kind, &place.namespace, &place.name)?;
    let pod = parse(&old.doc)?;
    let patch = pod_actions::bind(&pod, binding, now())?;
    let new = Patch::Merge(patch).apply(kind.schema, &pod)?;
    if !dry_run {
        let expect = Expect::Revision(old.revision);
        commit(&call.api.store, kind, meta(&pod).key(kind.id), expect, Some(new)).await?;
    }
    Ok(())
}
