//! Watching: what is there, if that is asked for, and then what changes, each change once and in order.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use controller_core::admit::{ApiError, Selectable};
use controller_core::kinds::Served;
use futures_util::stream;
use http::StatusCode;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use model::Revision;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::answer::{self, Answer};
use super::call::{Call, now};
use super::present::Teller;
use super::query::ListOptions;
use super::read::{check_revision, on_the_side, scan, shown};
use super::room::Place;
use crate::store::{Change, TooOld, Watch};

/// How often a watcher that wants bookmarks gets one.
const BOOKMARK_PERIOD: Duration = Duration::from_secs(60);
/// A watch that does not say when it wants to end does so after this, and up to twice this: not all at once.
const LIFE_SECONDS: u64 = 1800;

/// Answers a watch.
pub(super) async fn watch(
    call: &Call,
    kind: &Served,
    namespace: Option<&str>,
    options: ListOptions,
) -> Result<Answer, ApiError> {
    let store = &call.api.store;
    check_revision(store, options.revision)?;
    let teller = call.teller(kind)?;
    let place = call.api.room.watch(&call.caller.user.name)?;
    let mut events = Events {
        _place: place,
        teller,
        namespace: namespace.map(str::to_owned),
        pending: VecDeque::new(),
        first: true,
        ended: false,
        watch: None,
        stopping: call.api.stopping.clone(),
        end: Box::pin(sleep_until(Instant::now() + life(options.timeout_seconds))),
        bookmark: Box::pin(sleep_until(Instant::now() + BOOKMARK_PERIOD)),
        options,
    };
    let from = match (events.options.initial, events.options.revision) {
        (Some(false), None | Some(Revision(0))) => store.revision(),
        (Some(true), _) | (None, None | Some(Revision(0))) => events.begin(call).await?,
        (_, Some(revision)) => revision,
    };
    match store.watch(kind.id(), from) {
        Ok(watch) => events.watch = Some(watch),
        Err(old) => events.fail(&ApiError::too_old(old.from.0, old.floor.0)),
    }
    let frames = stream::unfold(events, |mut events| async move {
        let bytes = events.next().await?;
        Some((Ok::<_, io::Error>(Frame::data(bytes)), events))
    });
    let body = StreamBody::new(frames).boxed_unsync();
    Ok(answer::typed(StatusCode::OK, "application/json", body))
}

/// How long a watch lives.
fn life(asked_seconds: Option<u64>) -> Duration {
    let seconds = asked_seconds.unwrap_or_else(|| {
        let spread = getrandom::u64().unwrap_or(0) % LIFE_SECONDS;
        LIFE_SECONDS + spread
    });
    // The clock of the runtime has an end.
    Duration::from_secs(seconds.min(86_400))
}

/// The events of one watch.
struct Events {
    _place: Place<String>,
    teller: Teller,
    namespace: Option<String>,
    options: ListOptions,
    /// What is told next.
    pending: VecDeque<Bytes>,
    /// Whether no object has been told yet.
    first: bool,
    /// Whether nothing comes after what is pending.
    ended: bool,
    watch: Option<Watch>,
    stopping: CancellationToken,
    end: Pin<Box<Sleep>>,
    bookmark: Pin<Box<Sleep>>,
}

/// What a watcher waits for.
enum Next {
    Change(Result<Arc<Change>, TooOld>),
    Bookmark,
    End,
}

impl Events {
    /// Tells what is there, and the revision that it is of.
    async fn begin(&mut self, call: &Call) -> Result<Revision, ApiError> {
        let store = call.api.store.clone();
        let (kind, namespace) = (self.teller.kind.clone(), self.namespace.clone());
        let selector = self.options.selector.clone();
        let found = on_the_side(move || {
            scan(&store, &kind.kind(), namespace.as_deref(), &selector, None, None)
        })
        .await?;
        for doc in &found.items {
            self.tell("ADDED", doc)?;
        }
        if self.options.initial == Some(true) && self.options.bookmarks {
            let bookmark = self.teller.bookmark(found.revision, true);
            self.put("BOOKMARK", bookmark);
        }
        Ok(found.revision)
    }

    /// The next bytes; none at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.pending.pop_front() {
                return Some(bytes);
            }
            if self.ended {
                return None;
            }
            match self.wait().await {
                Next::Change(Ok(change)) => {
                    if let Err(error) = self.take(&change) {
                        self.fail(&error);
                    }
                }
                // The kind is gone, and so is what could be told of it.
                Next::Change(Err(_)) if self.watch.as_ref().is_some_and(Watch::ended) => {
                    self.ended = true;
                }
                Next::Change(Err(old)) => {
                    self.fail(&ApiError::too_old(old.from.0, old.floor.0));
                }
                Next::Bookmark => {
                    self.bookmark.as_mut().reset(Instant::now() + BOOKMARK_PERIOD);
                    self.put_bookmark();
                }
                Next::End => {
                    self.put_bookmark();
                    self.ended = true;
                }
            }
        }
    }

    async fn wait(&mut self) -> Next {
        let Some(watch) = &mut self.watch else { return Next::End };
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => Next::End,
            () = self.end.as_mut() => Next::End,
            change = watch.next() => Next::Change(change),
            () = self.bookmark.as_mut() => Next::Bookmark,
        }
    }

    /// Takes a change in. An object that comes into the selection is added, one that leaves it is deleted.
    fn take(&mut self, change: &Change) -> Result<(), ApiError> {
        let key = &change.key;
        if self.namespace.as_ref().is_some_and(|n| **n != *key.namespace) {
            return Ok(());
        }
        let matches = |s: &Selectable| self.options.selector.matches(&key.namespace, &key.name, s);
        let was = change.before.as_ref().is_some_and(matches);
        let is = change.now.as_ref().is_some_and(matches);
        let event = match (was, is) {
            (false, false) => return Ok(()),
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
        };
        let doc = shown(&self.teller.kind.kind(), change.doc.clone())?;
        self.tell(event, &doc)
    }

    fn tell(&mut self, event: &'static str, doc: &Bytes) -> Result<(), ApiError> {
        // Ages are those of the moment, not of when the watch began.
        self.teller.now = now();
        let object = self.teller.in_event(doc, self.first)?;
        self.first = false;
        self.put(event, object);
        Ok(())
    }

    fn put_bookmark(&mut self) {
        let known = self.watch.as_ref().and_then(Watch::bookmark);
        if let Some(revision) = known.filter(|_| self.options.bookmarks) {
            let bookmark = self.teller.bookmark(revision, false);
            self.put("BOOKMARK", bookmark);
        }
    }

    /// Puts an event in line. The document is shared by all watchers; only what stands around it is their own.
    fn put(&mut self, event: &'static str, object: Bytes) {
        let head: &'static [u8] = match event {
            "ADDED" => br#"{"type":"ADDED","object":"#,
            "MODIFIED" => br#"{"type":"MODIFIED","object":"#,
            "DELETED" => br#"{"type":"DELETED","object":"#,
            "BOOKMARK" => br#"{"type":"BOOKMARK","object":"#,
            _ => br#"{"type":"ERROR","object":"#,
        };
        self.pending.extend([Bytes::from_static(head), object, Bytes::from_static(b"}\n")]);
    }

    /// Tells that it cannot go on, and ends. The answer has begun long ago, so its code is 200 all the same.
    fn fail(&mut self, error: &ApiError) {
        self.put("ERROR", Bytes::from(error.to_value().to_string()));
        self.ended = true;
    }
}
