//! Ends: of one object, of many, of a pod that has to leave its node.

use bytes::Bytes;
use controller_core::admit::{ApiError, DeleteOptions, Deletion, delete as decide, meta, status};
use controller_core::kinds::{self, Kind, ObjectKey, Served};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::StatusCode;
use serde_json::Value;

use super::{Attempts, Failed, as_if_written, commit};
use crate::api::answer::{self, Answer};
use crate::api::body;
use crate::api::call::{Call, now};
use crate::api::present::{ListHead, parse};
use crate::api::read::{self, find, on_the_side, scan};
use crate::api::route::Place;
use crate::store::{Expect, Store};

/// So many objects of a collection are ended at a time: they share commits.
const AT_A_TIME: usize = 64;

/// What became of an object.
pub(super) struct Ended {
    /// Its last state, or the one in which it waits.
    doc: Bytes,
    /// Whether it is gone.
    gone: bool,
}

/// DELETE of one object.
pub(in crate::api) async fn delete(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let kind = &place.kind.kind();
    let options = options(call)?;
    let ended = end(&call.api.store, kind, &place.namespace, &place.name, &options).await?;
    if ended.gone && kind.id != kinds::POD {
        let doc = parse(&ended.doc)?;
        let status = status::deleted(kind, &place.name, meta(&doc).uid());
        return Ok(answer::json(StatusCode::OK, &status));
    }
    read::object(call, &place.kind, StatusCode::OK, &ended.doc)
}

/// DELETE of all objects that are selected.
pub(in crate::api) async fn delete_all(
    call: &Call,
    served: &Served,
    namespace: Option<&str>,
) -> Result<Answer, ApiError> {
    let kind = &served.kind();
    if kind.namespaced && namespace.is_none() {
        return Err(ApiError::method_not_allowed());
    }
    let options = options(call)?;
    let selected = call.query.list_options(kind)?;
    let store = call.api.store.clone();
    let within = namespace.map(str::to_owned);
    let (selector, limit) = (selected.selector, selected.limit);
    let scanned = served.clone();
    let found = on_the_side(move || {
        scan(&store, &scanned.kind(), within.as_deref(), &selector, None, limit)
    })
    .await?;
    let keys = found.items.iter().map(|doc| Ok(meta(&parse(doc)?).key(kind.id)));
    let keys: Vec<ObjectKey> = keys.collect::<Result<_, ApiError>>()?;
    let ends = keys.into_iter().map(|key| {
        let (store, options) = (call.api.store.clone(), options.clone());
        async move {
            match end(&store, kind, &key.namespace, &key.name, &options).await {
                // Somebody else was faster: it is gone all the same.
                Err(error) if error.code == 404 => Ok(None),
                other => other.map(|ended| Some(ended.doc)),
            }
        }
    });
    let docs: Vec<Option<Bytes>> = stream::iter(ends).buffered(AT_A_TIME).try_collect().await?;
    let docs: Vec<Bytes> = docs.into_iter().flatten().collect();
    let teller = call.teller(served)?;
    let head = ListHead { revision: call.api.store.revision(), go_on: None, remaining: None };
    let body = teller.list(&head, &docs)?;
    Ok(answer::typed(StatusCode::OK, teller.media(), answer::whole(body)))
}

/// The options of a deletion: those of the body, or, without one, those of the query.
fn options(call: &Call) -> Result<DeleteOptions, ApiError> {
    let mut options = if call.body.is_empty() {
        DeleteOptions::from_query(call.query.pairs())?
    } else {
        DeleteOptions::parse(
            &body::decode(call.content_type(), &call.body, "DeleteOptions")?.value,
        )?
    };
    options.dry_run |= call.query.write_options("DeleteOptions")?.dry_run;
    Ok(options)
}

/// Ends an object.
pub(super) async fn end(
    store: &Store,
    kind: &Kind<'_>,
    namespace: &str,
    name: &str,
    options: &DeleteOptions,
) -> Result<Ended, ApiError> {
    let mut attempts = Attempts::default();
    loop {
        let outcome = attempt(store, kind, namespace, name, options).await;
        if let Some(ended) = attempts.settle(kind, name, outcome)? {
            return Ok(ended);
        }
    }
}

async fn attempt(
    store: &Store,
    kind: &Kind<'_>,
    namespace: &str,
    name: &str,
    options: &DeleteOptions,
) -> Result<Ended, Failed> {
    let stored = find(store, kind, namespace, name)?;
    let doc: Value = parse(&stored.doc)?;
    let key = ObjectKey::new(kind.id, namespace, name);
    let expect = Expect::Revision(stored.revision);
    match decide(kind, &doc, options, now())? {
        Deletion::Unchanged => Ok(Ended { doc: stored.doc, gone: false }),
        Deletion::Removed if options.dry_run => Ok(Ended { doc: stored.doc, gone: true }),
        Deletion::Marked(next) if options.dry_run => {
            Ok(Ended { doc: as_if_written(next, Some(stored.revision)), gone: false })
        }
        Deletion::Removed => {
            let done = commit(store, kind, key, expect, None).await?;
            Ok(Ended { doc: done.doc, gone: true })
        }
        Deletion::Marked(next) => {
            let done = commit(store, kind, key, expect, Some(next)).await?;
            Ok(Ended { doc: done.doc, gone: false })
        }
    }
}
