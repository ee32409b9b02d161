//! The way of every write: decode, patch, check the fields' names, default, prepare, validate, admit, compare and
//! write, answer. One way for all kinds.

mod apply;
mod assign;
mod change;
mod create;
mod delete;
mod evict;
mod limit;
mod patch;

use bytes::Bytes;
use controller_core::admit::{ApiError, Outcome, meta, warnings};
use controller_core::kinds::{Kind, ObjectKey, Served};
use controller_core::schema::{self, fields};
use controller_core::turn::Durability;
use http::StatusCode;
use model::Revision;
use serde_json::Value;

pub(super) use assign::Assigner;
pub(super) use change::{bind, replace, update};
pub(crate) use create::uid;
pub(super) use create::{create, make};
pub(super) use delete::{delete, delete_all};
pub(super) use evict::evict;

use super::Api;
use super::answer::{self, Answer};
use super::body::Document;
use super::call::Call;
use super::query::FieldValidation;
use super::read;
use crate::store::{Committed, Expect, Op, Store, Stored, WriteError};

/// How often a write that lost a race is decided on again before the client is told.
const ATTEMPTS_MAX: usize = 10;

/// Why an attempt to write came to nothing.
enum Failed {
    /// Somebody else was faster: decide again.
    Lost,
    /// It is refused.
    Refused(ApiError),
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

/// Counts attempts, until one is not overtaken.
#[derive(Default)]
struct Attempts(usize);

impl Attempts {
    /// What an attempt made; none if it is to be made again.
    fn settle<T>(
        &mut self,
        kind: &Kind,
        name: &str,
        outcome: Result<T, Failed>,
    ) -> Result<Option<T>, ApiError> {
        self.0 += 1;
        match outcome {
            Ok(done) => Ok(Some(done)),
            Err(Failed::Refused(error)) => Err(error),
            Err(Failed::Lost) if self.0 < ATTEMPTS_MAX => Ok(None),
            Err(Failed::Lost) => Err(ApiError::conflict(kind, name)),
        }
    }
}

/// Writes a document, or takes it away.
async fn commit(
    store: &Store,
    kind: &Kind<'_>,
    key: ObjectKey,
    expect: Expect,
    put: Option<Value>,
) -> Result<Committed, Failed> {
    commit_with(store, kind, key, expect, put, Vec::new()).await
}

/// Writes a document together with others, or none of them.
async fn commit_with(
    store: &Store,
    kind: &Kind<'_>,
    key: ObjectKey,
    expect: Expect,
    put: Option<Value>,
    mut with: Vec<Op>,
) -> Result<Committed, Failed> {
    let durability = if kind.behind { Durability::Behind } else { Durability::Now };
    let put = put.map(|doc| kind.kept(doc));
    with.push(Op { key, expect, put, durability });
    match store.write(with).await {
        Ok(mut all) => {
            let done = all.pop().ok_or_else(|| ApiError::internal("nothing was written"))?;
            Ok(Committed { doc: read::shown(kind, done.doc)?, revision: done.revision })
        }
        Err(WriteError::Exists(_) | WriteError::Missing(_) | WriteError::Conflict { .. }) => {
            Err(Failed::Lost)
        }
        Err(WriteError::Disk(why)) => Err(ApiError::internal(format_args!(
            "the disk did not take it, nothing was changed: {why}"
        ))
        .into()),
        Err(WriteError::Closed) => {
            Err(ApiError::service_unavailable("the controller is stopping").into())
        }
    }
}

/// Writes what a change comes to, and answers with it.
async fn put(
    api: &Api,
    kind: &Kind<'_>,
    was: Stored,
    mut outcome: Outcome,
    dry_run: bool,
) -> Result<Bytes, Failed> {
    let store = &api.store;
    let _alone = match &mut outcome {
        Outcome::Changed(new) => {
            limit::one_default(api, kind, new)?;
            assign::assign(api, kind, new, Some(&super::present::parse(&was.doc)?)).await?
        }
        _ => None,
    };
    let expect = Expect::Revision(was.revision);
    let key = |doc: &Value| meta(doc).key(kind.id);
    match outcome {
        Outcome::Unchanged => Ok(was.doc),
        Outcome::Changed(new) | Outcome::Gone(new) if dry_run => {
            Ok(as_if_written(new, Some(was.revision)))
        }
        Outcome::Changed(new) => Ok(commit(store, kind, key(&new), expect, Some(new)).await?.doc),
        Outcome::Gone(last) => {
            let done = commit(store, kind, key(&last), expect, None).await?;
            Ok(as_if_written(last, Some(done.revision)))
        }
    }
}

/// The document with a resource version, as it would be answered had it been written.
fn as_if_written(mut doc: Value, revision: Option<Revision>) -> Bytes {
    if let (Some(revision), Some(metadata)) = (revision, doc["metadata"].as_object_mut()) {
        metadata.insert("resourceVersion".to_owned(), revision.to_string().into());
    }
    Bytes::from(doc.to_string())
}

/// How fields that a kind does not have are refused.
#[derive(Clone, Copy)]
enum Refusal<'a> {
    /// A whole document.
    Document,
    /// The outcome of this patch.
    Patch(&'a str),
}

/// Checks what a document says against what its kind can say, and drops what it cannot. Sentences for the client are
/// added to `told`.
///
/// # Errors
/// 400 (or 422, for patches) if a field is not known and validation is strict; 400 if a field holds what it cannot.
fn check_fields(
    kind: &Kind,
    document: Document,
    validation: FieldValidation,
    refusal: Refusal<'_>,
    told: &mut Vec<String>,
) -> Result<Value, ApiError> {
    let Document { mut value, duplicates } = document;
    let version = kind.api_version();
    let is = |field: &str, own: &str| {
        value.get(field).is_none_or(|v| v.as_str().is_some_and(|t| t.is_empty() || t == own))
    };
    if !value.is_object() || !is("kind", kind.kind) || !is("apiVersion", &version) {
        // It is something else; the next step says so.
        return Ok(value);
    }
    let of = schema::lookup(kind.schema);
    if validation != FieldValidation::Ignore {
        let mut found = duplicates;
        match (kind.custom, of) {
            (Some(custom), _) => found.extend(custom.unknown_fields(&value)),
            (None, Some(of)) => found.extend(fields::unknown_fields(of, &value)),
            (None, None) => {}
        }
        if !found.is_empty() && validation == FieldValidation::Strict {
            return Err(strict(kind, &found, refusal));
        }
        told.extend(found);
    }
    let Some(of) = of else { return Ok(value) };
    fields::check(of, &value).map_err(|e| {
        ApiError::bad_request(format!(
            "{0} in version {1:?} cannot be handled as a {0}: {e}",
            kind.kind, kind.version
        ))
    })?;
    fields::prune(of, &mut value);
    Ok(value)
}

fn strict(kind: &Kind, found: &[String], refusal: Refusal<'_>) -> ApiError {
    let found = found.join(", ");
    match refusal {
        Refusal::Document => ApiError::bad_request(format!(
            "{0} in version {1:?} cannot be handled as a {0}: strict decoding error: {found}",
            kind.kind, kind.version
        )),
        Refusal::Patch(patch) => {
            let error = controller_core::kinds::FieldError {
                reason: "FieldValueInvalid",
                field: "patch".to_owned(),
                message: format!("Invalid value: {patch:?}: strict decoding error: {found}"),
            };
            ApiError::invalid_as("", "", "", vec![error])
        }
    }
}

/// Answers a write with the object, and with what is to be told about it.
fn tell(
    call: &Call,
    served: &Served,
    code: StatusCode,
    doc: &Bytes,
    mut told: Vec<String>,
) -> Result<Answer, ApiError> {
    told.extend(warnings(&served.kind(), &super::present::parse(doc)?));
    let mut answer = read::object(call, served, code, doc)?;
    answer::warn(&mut answer, &told);
    Ok(answer)
}
