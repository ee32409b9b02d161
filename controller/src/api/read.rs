//! Reading: one object, or many.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use controller_core::admit::{ApiError, Selectable, Selector, scale};
use controller_core::kinds::{Kind, KindId, ObjectKey, Served, Subresource};
use http::StatusCode;
use model::Revision;
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::call::Call;
use super::present::{ListHead, parse};
use super::query::ListOptions;
use super::route::Place;
use crate::store::{Store, Stored};

/// So many objects are read from the store at a time, where not all that is read is told.
const CHUNK: usize = 500;

/// What a scan of the store found.
pub(super) struct Found {
    /// The documents.
    pub(super) items: Vec<Bytes>,
    /// The revision that they are of, or are newer than: a watch from it misses nothing.
    pub(super) revision: Revision,
    /// The key of the last, if there are more.
    pub(super) last: Option<ObjectKey>,
    /// How many more there are, where that is known.
    pub(super) remaining: Option<usize>,
}

/// One object, or its scale.
pub(super) fn get(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let kind = place.kind.kind();
    check_revision(&call.api.store, call.query.revision()?)?;
    let stored = find(&call.api.store, &kind, &place.namespace, &place.name)?;
    match place.part {
        None | Some(Subresource::Status | Subresource::EphemeralContainers) => {
            object(call, &place.kind, StatusCode::OK, &stored.doc)
        }
        Some(Subresource::Scale) => {
            Ok(answer::json(StatusCode::OK, &scale::read(&kind, &parse(&stored.doc)?)?))
        }
        Some(_) => Err(ApiError::method_not_allowed()),
    }
}

/// Tells one object in the form that the client asked for.
pub(super) fn object(
    call: &Call,
    kind: &Served,
    code: StatusCode,
    doc: &Bytes,
) -> Result<Answer, ApiError> {
    let teller = call.teller(kind)?;
    let body = teller.object(doc)?;
    Ok(answer::typed(code, teller.media(), answer::whole(body)))
}

/// An object of the store.
pub(super) fn find(
    store: &Store,
    kind: &Kind,
    namespace: &str,
    name: &str,
) -> Result<Stored, ApiError> {
    let found = store.get(&ObjectKey::new(kind.id, namespace, name)).map_err(ApiError::internal)?;
    let Stored { revision, doc } = found.ok_or_else(|| ApiError::not_found(kind, name))?;
    Ok(Stored { revision, doc: shown(kind, doc)? })
}

/// A document as it is shown in the version of a kind: objects are kept in one version and may be served in several.
pub(super) fn shown(kind: &Kind, doc: Bytes) -> Result<Bytes, ApiError> {
    if kind.converts() {
        return Ok(Bytes::from(kind.shown(parse(&doc)?).to_string()));
    }
    Ok(doc)
}

/// A revision that has not been yet cannot be waited for: no other server will bring it.
pub(super) fn check_revision(store: &Store, asked: Option<Revision>) -> Result<(), ApiError> {
    let current = store.revision();
    match asked {
        Some(asked) if asked > current => {
            Err(ApiError::too_large_resource_version(asked.0, current.0))
        }
        _ => Ok(()),
    }
}

/// The objects of a kind, or of one namespace of it.
pub(super) async fn list(
    call: &Call,
    kind: &Served,
    namespace: Option<&str>,
    options: ListOptions,
) -> Result<Answer, ApiError> {
    check_revision(&call.api.store, options.revision)?;
    if options.exactly && options.revision != Some(call.api.store.revision()) {
        let message = "The provided resource version is not kept: only the newest state is";
        return Err(ApiError::expired(message));
    }
    let from = options.go_on.as_deref().map(|token| Token::read(kind.id(), token)).transpose()?;
    let (first_revision, after) = from.map_or((None, None), |t| (Some(t.revision), Some(t.after)));
    let teller = call.teller(kind)?;
    let media = teller.media();
    let store = call.api.store.clone();
    let namespace = namespace.map(str::to_owned);
    let kind = kind.clone();
    // Reading and telling many objects takes a while; it must not hold up those who wait for one.
    let body = on_the_side(move || {
        let kind = kind.kind();
        let found =
            scan(&store, &kind, namespace.as_deref(), &options.selector, after, options.limit)?;
        // All pages of a list are told to be of the first one's revision: who watches from there hears of everything
        // that has changed between the pages.
        let revision = first_revision.unwrap_or(found.revision);
        let go_on = found.last.map(|after| Token { revision, after }.write());
        let remaining = found.remaining.filter(|_| go_on.is_some());
        teller.list(&ListHead { revision, go_on, remaining }, &found.items)
    })
    .await?;
    Ok(answer::typed(StatusCode::OK, media, answer::whole(body)))
}

/// Runs work that takes a while where it holds up nobody.
pub(super) async fn on_the_side<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?
}

/// Reads the selected objects, in the order of their keys.
pub(super) fn scan(
    store: &Store,
    kind: &Kind<'_>,
    namespace: Option<&str>,
    selector: &Selector,
    mut after: Option<ObjectKey>,
    limit: Option<usize>,
) -> Result<Found, ApiError> {
    let limit = limit.unwrap_or(usize::MAX);
    // Taken before anything is read: what changes meanwhile is told twice rather than never.
    let before = store.revision();
    if selector.is_everything() {
        let page =
            store.list(kind.id, namespace, after.as_ref(), limit).map_err(ApiError::internal)?;
        let last = page.items.last().map(|(key, _)| key.clone()).filter(|_| page.more);
        let items = page.items.into_iter().map(|(_, stored)| shown(kind, stored.doc));
        let items = items.collect::<Result<_, _>>()?;
        let remaining = Some(page.remaining);
        return Ok(Found { items, revision: page.revision, last, remaining });
    }
    if let (Some(name), true) = (selector.only_name(), namespace.is_some() || !kind.namespaced) {
        let key = ObjectKey::new(kind.id, namespace.unwrap_or_default(), name);
        let found = store.get(&key).map_err(ApiError::internal)?;
        let doc =
            found.map(|stored| stored.doc).filter(|_| after.as_ref().is_none_or(|a| *a < key));
        let items = doc.into_iter().filter_map(|d| selected(kind, selector, d).transpose());
        let items = items.collect::<Result<_, _>>()?;
        return Ok(Found { items, revision: before, last: None, remaining: None });
    }
    let mut items = Vec::new();
    loop {
        let page =
            store.list(kind.id, namespace, after.as_ref(), CHUNK).map_err(ApiError::internal)?;
        let count = page.items.len();
        for (at, (key, stored)) in page.items.into_iter().enumerate() {
            items.extend(selected(kind, selector, stored.doc)?);
            if items.len() >= limit {
                let more = page.more || at + 1 < count;
                let last = more.then_some(key);
                return Ok(Found { items, revision: before, last, remaining: None });
            }
            after = Some(key);
        }
        if !page.more || count == 0 {
            return Ok(Found { items, revision: before, last: None, remaining: None });
        }
    }
}

/// The document, if it is selected.
fn selected(kind: &Kind, selector: &Selector, doc: Bytes) -> Result<Option<Bytes>, ApiError> {
    let doc = shown(kind, doc)?;
    let value = parse(&doc)?;
    let of = controller_core::admit::meta(&value);
    let matches = selector.matches(of.namespace(), of.name(), &Selectable::of(kind, &value));
    Ok(matches.then_some(doc))
}

/// Where a list goes on: opaque to clients.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    /// The revision of the first page.
    revision: Revision,
    /// The last key that was told.
    after: ObjectKey,
}

impl Token {
    fn write(&self) -> String {
        let start = format!("{}/{}", self.after.namespace, self.after.name);
        let token = json!({"v": "driftless.dev/v1", "rv": self.revision.0, "start": start});
        URL_SAFE_NO_PAD.encode(token.to_string())
    }

    fn read(kind: KindId, text: &str) -> Result<Self, ApiError> {
        let bad = || ApiError::bad_request("invalid continue token: continue key is not valid");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let token: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
        let revision = token["rv"].as_u64().ok_or_else(bad)?;
        let start = token["start"].as_str().ok_or_else(bad)?;
        let (namespace, name) = start.split_once('/').ok_or_else(bad)?;
        Ok(Self { revision: Revision(revision), after: ObjectKey::new(kind, namespace, name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_back_and_others_refused() {
        let kind = controller_core::kinds::POD;
        let token = Token { revision: Revision(7), after: ObjectKey::new(kind, "d", "p-1") };
        assert_eq!(Token::read(kind, &token.write()), Ok(token));
        for bad in ["abc", "", "e30", "%%%"] {
            assert_eq!(Token::read(kind, bad).map_err(|e| e.code), Err(400), "{bad}");
        }
    }
}
