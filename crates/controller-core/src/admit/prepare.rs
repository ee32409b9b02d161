//! How a document becomes an object, and one object the next. What clients may not set is set here; what they may
//! not change is put back; then defaults are filled in, and the whole is judged.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

use model::Millis;
use serde_json::{Map, Value};

use super::check;
use super::meta::{meta, text_at};
use super::names;
use super::status::ApiError;
use crate::kinds::{self, Kind, Subresource};
use crate::schema;

/// What a new object is given: a time, a new uid, and five letters for a generated name ([`names::suffix`]).
#[derive(Clone, Copy, Debug)]
pub struct Fresh<'a> {
    /// Now.
    pub now: Millis,
    /// A random uid (RFC 9562, version 4).
    pub uid: &'a str,
    /// The end of a name that is generated.
    pub suffix: &'a str,
}

/// What an update comes to.
#[derive(Clone, PartialEq)]
pub enum Outcome {
    /// Nothing has changed: nothing is to be written, the old object is the answer.
    Unchanged,
    /// This is to be written. Its resource version is still the old one.
    Changed(Value),
    /// The last finalizer of an object that was to be deleted is gone: it is to be taken away; this is the answer.
    Gone(Value),
}

/// Makes a new object of a document. `namespace` is the one of the URL; empty for cluster-wide kinds. The result has
/// everything but the resource version.
///
/// # Errors
/// 400 if the document does not fit the URL, 422 if it is not valid.
pub fn prepare_create(
    kind: &Kind,
    namespace: &str,
    mut doc: Value,
    fresh: &Fresh<'_>,
) -> Result<Value, ApiError> {
    check_type(kind, &doc)?;
    set_type(kind, &mut doc);
    tidy(kind, &mut doc)?;
    if kind.conversion.is_some() {
        let made = prepare_create(kinds::get(kind.id), namespace, kind.kept(doc), fresh)?;
        return Ok(kind.shown(made));
    }
    let given = meta(&doc);
    if !given.resource_version().is_empty() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(ApiError::bad_request(message));
    }
    check_namespace_of(kind, namespace, given.namespace())?;
    let name = match (given.name(), given.generate_name()) {
        ("", "") => String::new(),
        ("", base) => names::generate(base, fresh.suffix),
        (name, _) => name.to_owned(),
    };
    let metadata = metadata_mut(&mut doc);
    for field in [
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "managedFields",
        "generation",
    ] {
        metadata.remove(field);
    }
    set_text(metadata, "name", &name);
    set_text(metadata, "namespace", namespace);
    set_text(metadata, "uid", fresh.uid);
    set_text(metadata, "creationTimestamp", &fresh.now.to_rfc3339());
    if kind.generations {
        metadata.insert("generation".to_owned(), 1.into());
    }
    if kind.has(Subresource::Status) {
        remove(&mut doc, "status");
    }
    kind.fill(&mut doc);
    if let Some(status) = (kind.first_status)(&doc) {
        doc["status"] = status;
    }
    judge(kind, &doc, None)?;
    Ok(doc)
}

/// Makes the next state of an object: `old` is the one that the URL names, `new` is what a client sent, or what a patch
/// made of `old`. With [`Subresource::Status`] only the status changes, else all but it.
///
/// # Errors
/// 400 if the document does not fit the URL, 409 if it was made from another state than `old`, 422 if it is not valid.
pub fn prepare_update(
    kind: &Kind,
    subresource: Option<Subresource>,
    old: &Value,
    mut new: Value,
) -> Result<Outcome, ApiError> {
    check_type(kind, &new)?;
    let was = meta(old);
    set_type(kind, &mut new);
    tidy(kind, &mut new)?;
    if kind.conversion.is_some() {
        return update_as_kept(kind, subresource, old, new);
    }
    check_identity(kind, &new, old)?;
    if subresource == Some(Subresource::Status) {
        let mut next = old.clone();
        match new.get_mut("status").map(Value::take) {
            Some(status) => next["status"] = status,
            None => remove(&mut next, "status"),
        }
        if let Some(custom) = kind.custom {
            custom.default(&mut next);
            judge(kind, &next, Some(old))?;
        }
        return Ok(if next == *old { Outcome::Unchanged } else { Outcome::Changed(next) });
    }
    if subresource == Some(Subresource::EphemeralContainers) {
        return with_ephemeral(kind, old, new);
    }
    put_back(old, &mut new);
    if kind.has(Subresource::Status) {
        match old.get("status") {
            Some(status) => new["status"] = status.clone(),
            None => remove(&mut new, "status"),
        }
    }
    (kind.carry)(&mut new, old);
    kind.fill(&mut new);
    judge(kind, &new, Some(old))?;
    if kind.generations && content_differs(kind, &new, old) {
        new["metadata"]["generation"] = (was.generation() + 1).into();
    }
    if goes_now(kind, &new) {
        return Ok(Outcome::Gone(new));
    }
    Ok(if new == *old { Outcome::Unchanged } else { Outcome::Changed(new) })
}

/// Puts back what clients may not change.
fn put_back(old: &Value, new: &mut Value) {
    let kept = old.get("metadata").and_then(Value::as_object);
    let metadata = metadata_mut(new);
    metadata.remove("selfLink");
    for field in [
        "name",
        "generateName",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
        // Who owns what is decided on after it is known what changes.
        "managedFields",
    ] {
        match kept.and_then(|k| k.get(field)) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
}

/// The same, of a version that is not the one that is kept.
fn update_as_kept(
    kind: &Kind,
    subresource: Option<Subresource>,
    old: &Value,
    new: Value,
) -> Result<Outcome, ApiError> {
    let (old, new) = (kind.kept(old.clone()), kind.kept(new));
    let outcome = prepare_update(kinds::get(kind.id), subresource, &old, new)?;
    Ok(match outcome {
        Outcome::Unchanged => Outcome::Unchanged,
        Outcome::Changed(doc) => Outcome::Changed(kind.shown(doc)),
        Outcome::Gone(doc) => Outcome::Gone(kind.shown(doc)),
    })
}

/// Of a pod only the ephemeral containers change.
fn with_ephemeral(kind: &Kind, old: &Value, mut new: Value) -> Result<Outcome, ApiError> {
    let mut next = old.clone();
    let list = new.pointer_mut("/spec/ephemeralContainers").map(Value::take);
    if let Some(spec) = next["spec"].as_object_mut() {
        spec.remove("ephemeralContainers");
        spec.extend(list.map(|list| ("ephemeralContainers".to_owned(), list)));
    }
    (kind.default)(&mut next);
    let mut errors = Vec::new();
    check::pod::with_ephemeral(&next, old, &mut errors);
    if !errors.is_empty() {
        return Err(ApiError::invalid(kind, meta(old).name(), errors));
    }
    Ok(if next == *old { Outcome::Unchanged } else { Outcome::Changed(next) })
}

/// Whether what is wanted of an object differs.
fn content_differs(kind: &Kind, new: &Value, old: &Value) -> bool {
    match kind.custom {
        Some(custom) => custom.content_differs(new, old),
        None => new.get("spec") != old.get("spec"),
    }
}

/// Whether an object whose deletion has begun has nothing left to wait for.
pub(super) fn goes_now(kind: &Kind, doc: &Value) -> bool {
    let of = meta(doc);
    let waits = of.deletion_grace_seconds().unwrap_or(0) > 0
        || of.finalizers().next().is_some()
        || (kind.id == kinds::NAMESPACE
            && !super::meta::list_at(doc, "/spec/finalizers").is_empty());
    of.is_terminating() && !waits
}

/// Names what is accepted and not acted on, one sentence each: for `Warning` headers.
pub fn warnings(kind: &Kind, doc: &Value) -> Vec<String> {
    let mut out = Vec::new();
    match kind.conversion {
        Some(_) => (kind.warn)(&kind.kept(doc.clone()), &mut out),
        None => (kind.warn)(doc, &mut out),
    }
    out
}

/// Whether an object may be created in a namespace: `found` is the namespace's document, if there is one.
///
/// # Errors
/// 404 if the namespace does not exist, 403 if it is being deleted.
pub fn check_namespace(
    kind: &Kind,
    name: &str,
    namespace: &str,
    found: Option<&Value>,
) -> Result<(), ApiError> {
    match found {
        None => Err(ApiError::not_found(kinds::get(kinds::NAMESPACE), namespace)),
        Some(doc) if meta(doc).is_terminating() => {
            Err(ApiError::namespace_terminating(kind, name, namespace))
        }
        Some(_) => Ok(()),
    }
}

fn judge(kind: &Kind, doc: &Value, old: Option<&Value>) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    check::metadata::check(kind, doc, old, &mut errors);
    match kind.custom {
        Some(custom) => custom.validate(doc, &mut errors),
        None => (kind.validate)(doc, old, &mut errors),
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(kind, meta(doc).name(), errors))
}

/// A document must be of the kind that its URL says; it may leave out what it is.
fn check_type(kind: &Kind, doc: &Value) -> Result<(), ApiError> {
    if !doc.is_object() {
        return Err(ApiError::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): it is not a JSON object",
            kind.kind
        )));
    }
    let (given_version, given_kind) = (text_at(doc, "/apiVersion"), text_at(doc, "/kind"));
    let version = kind.api_version();
    if !given_kind.is_empty() && given_kind != kind.kind {
        let shown = if given_version.is_empty() { version.as_str() } else { given_version };
        let (package, group) =
            (kind.version, if kind.group.is_empty() { "core" } else { kind.group });
        return Err(ApiError::bad_request(format!(
            "{given_kind} in version {shown:?} cannot be handled as a {0}: converting ({package}.{given_kind}) to ({group}.{0}): unknown conversion",
            kind.kind
        )));
    }
    if !given_version.is_empty() && given_version != version {
        return Err(ApiError::bad_request(format!(
            "the API version in the data ({given_version}) does not match the expected API version ({version})"
        )));
    }
    Ok(())
}

fn set_type(kind: &Kind, doc: &mut Value) {
    doc["apiVersion"] = kind.api_version().into();
    doc["kind"] = kind.kind.into();
}

fn check_namespace_of(kind: &Kind, wanted: &str, given: &str) -> Result<(), ApiError> {
    if kind.namespaced && !given.is_empty() && given != wanted {
        let message =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(ApiError::bad_request(message));
    }
    Ok(())
}

/// The new state must be of the same object, and made from the state that it replaces.
fn check_identity(kind: &Kind, new: &Value, old: &Value) -> Result<(), ApiError> {
    let (is, was) = (meta(new), meta(old));
    if !is.name().is_empty() && is.name() != was.name() {
        return Err(ApiError::bad_request(format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            is.name(),
            was.name()
        )));
    }
    check_namespace_of(kind, was.namespace(), is.namespace())?;
    if !is.uid().is_empty() && is.uid() != was.uid() {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            is.uid(),
            was.uid()
        );
        return Err(ApiError::cannot_fulfil(kind, was.name(), &why));
    }
    let asked = is.resource_version();
    if !asked.is_empty() && asked != "0" && asked != was.resource_version() {
        return Err(ApiError::conflict(kind, was.name()));
    }
    Ok(())
}

/// Makes sure that every field holds what it can hold, and takes away what says nothing: from here on a document may be
/// read without doubt.
fn tidy(kind: &Kind, doc: &mut Value) -> Result<(), ApiError> {
    let refuse = |mismatch: &dyn Display| {
        ApiError::bad_request(format!(
            "{0} in version {1:?} cannot be handled as a {0}: {mismatch}",
            kind.kind,
            kind.api_version()
        ))
    };
    if let Some(custom) = kind.custom {
        return custom.tidy(doc).map_err(|mismatch| refuse(&mismatch));
    }
    let Some(of) = schema::lookup(kind.schema) else { return Ok(()) };
    schema::fields::check(of, doc).map_err(|mismatch| refuse(&mismatch))?;
    schema::fields::prune(of, doc);
    Ok(())
}

fn metadata_mut(doc: &mut Value) -> &mut Map<String, Value> {
    let slot = &mut doc["metadata"];
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().expect("it has just been made one")
}

fn set_text(map: &mut Map<String, Value>, field: &str, text: &str) {
    if text.is_empty() {
        map.remove(field);
    } else {
        map.insert(field.to_owned(), Value::String(text.to_string()));
    }
}

fn remove(doc: &mut Value, field: &str) {
    if let Some(map) = doc.as_object_mut() {
        map.remove(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fresh() -> Fresh<'static> {
        Fresh { now: Millis(1_795_418_880_000), uid: "u-1", suffix: "nl2mh" }
    }

    fn create(kind: kinds::KindId, doc: Value) -> Result<Value, ApiError> {
        prepare_create(kinds::get(kind), "oracle-ns", doc, &fresh())
    }

    #[test]
    fn objects_are_made_as_the_real_server_makes_them() {
        let doc = create(
            kinds::CONFIG_MAP,
            json!({"metadata": {"generateName": "gen-", "creationTimestamp": null, "uid": "mine"}}),
        );
        let want = json!({
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {
                "name": "gen-nl2mh",
                "generateName": "gen-",
                "namespace": "oracle-ns",
                "uid": "u-1",
                "creationTimestamp": "2026-11-23T07:28:00Z",
            },
        });
        assert_eq!(doc, Ok(want));
    }

    #[test]
    fn documents_that_do_not_fit_their_url_are_refused() {
        let check = |doc: Value, want: &str| {
            let error = create(kinds::CONFIG_MAP, doc).expect_err(want);
            assert_eq!((error.code, error.message.as_str()), (400, want));
        };
        check(
            json!({"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "x"}}),
            "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion",
        );
        check(
            json!({"metadata": {"name": "x", "namespace": "other"}}),
            "the namespace of the provided object does not match the namespace sent on the request",
        );
        check(
            json!({"metadata": {"name": "x", "resourceVersion": "3"}}),
            "resourceVersion should not be set on objects to be created",
        );
        let error = create(kinds::CONFIG_MAP, json!({})).expect_err("a name is missing");
        assert_eq!(
            error.message,
            "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
        );
    }

    fn config_map() -> Value {
        let mut doc =
            create(kinds::CONFIG_MAP, json!({"metadata": {"name": "cm"}, "data": {"a": "b"}}))
                .expect("valid");
        doc["metadata"]["resourceVersion"] = "7".into();
        doc
    }

    fn update(kind: kinds::KindId, old: &Value, new: Value) -> Result<Outcome, ApiError> {
        prepare_update(kinds::get(kind), None, old, new)
    }

    #[test]
    fn updates_keep_what_clients_may_not_set() {
        let old = config_map();
        let sent = json!({"metadata": {"name": "cm", "creationTimestamp": "2001-01-01T00:00:00Z"}, "data": {"a": "c"}});
        let mut want = old.clone();
        want["data"]["a"] = "c".into();
        assert_eq!(update(kinds::CONFIG_MAP, &old, sent), Ok(Outcome::Changed(want)));
        assert_eq!(update(kinds::CONFIG_MAP, &old, old.clone()), Ok(Outcome::Unchanged));
    }

    #[test]
    fn updates_of_something_else_are_refused() {
        let old = config_map();
        let check = |metadata: Value, code: u16, want: &str| {
            let error = update(kinds::CONFIG_MAP, &old, json!({"metadata": metadata}));
            let error = error.expect_err(want);
            assert_eq!((error.code, error.message.as_str()), (code, want));
        };
        check(
            json!({"name": "other"}),
            400,
            "the name of the object (other) does not match the name on the URL (cm)",
        );
        check(
            json!({"name": "cm", "resourceVersion": "1"}),
            409,
            "Operation cannot be fulfilled on configmaps \"cm\": the object has been modified; please apply your changes to the latest version and try again",
        );
        check(
            json!({"uid": "x"}),
            409,
            "Operation cannot be fulfilled on configmaps \"cm\": Precondition failed: UID in precondition: x, UID in object meta: u-1",
        );
    }

    #[test]
    fn the_last_finalizer_lets_go() {
        let mut old = config_map();
        old["metadata"]["finalizers"] = json!(["x.io/y"]);
        old["metadata"]["deletionTimestamp"] = "2026-11-23T07:28:08Z".into();
        old["metadata"]["deletionGracePeriodSeconds"] = 0.into();
        let mut new = old.clone();
        new["metadata"]["finalizers"] = json!([]);
        let outcome = update(kinds::CONFIG_MAP, &old, new).expect("valid");
        let Outcome::Gone(last) = outcome else { panic!("{outcome:?}") };
        assert_eq!(last["metadata"].get("finalizers"), None);
        let mut more = old.clone();
        more["metadata"]["finalizers"] = json!(["x.io/y", "x.io/z"]);
        let error = update(kinds::CONFIG_MAP, &old, more).expect_err("a new finalizer");
        assert!(error.message.contains("no new finalizers can be added"), "{}", error.message);
    }
}
