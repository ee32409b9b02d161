//! The one thread that writes. Requests that come while a commit syncs go into the next commit together.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use controller_core::admit::selectable::Selectable;
use controller_core::kinds::{self, ObjectKey};
use controller_core::turn::Durability;
use model::Revision;
use serde_json::Value;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::disk::{Disk, Put};
use super::{
    Change, ChangeKind, Committed, Expect, Op, Options, Shared, StoreError, Stored, WriteError,
};

/// So many requests go into one commit at most.
const BATCH_MAX: usize = 512;
/// Revisions are reserved on disk in blocks of so many.
const BLOCK: u64 = 10_000;
/// What is behind is written down from this many objects on, whatever the time.
const BEHIND_MAX: usize = 4096;
/// After a commit that failed, observations are tried again so much later.
const RETRY_AFTER: Duration = Duration::from_secs(5);

pub(super) enum Request {
    Write { ops: Vec<Op>, reply: oneshot::Sender<Result<Vec<Committed>, WriteError>> },
    Raise { above: Revision, reply: oneshot::Sender<Result<(), WriteError>> },
    Close { reply: oneshot::Sender<()> },
}

/// A request, and the room that it takes until the writer takes it up.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) _permit: OwnedSemaphorePermit,
}

type Reply = oneshot::Sender<Result<Vec<Committed>, WriteError>>;

/// A request whose expectations hold, with its changes made.
struct Accepted {
    changes: Vec<Arc<Change>>,
    now: bool,
    ops: Vec<Op>,
    reply: Reply,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    options: Options,
    /// The last revision given out.
    last: u64,
    /// Revisions up to this one are reserved on disk.
    ceiling: u64,
    flush_at: Option<Instant>,
    /// The last commit was not taken.
    failing: bool,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, options: Options, ceiling: u64) -> Self {
        Self { shared, options, last: ceiling.max(1), ceiling, flush_at: None, failing: false }
    }

    pub(super) fn run(mut self, inbox: Receiver<Asked>) {
        while let Some(first) = self.next(&inbox) {
            let mut batch = Vec::new();
            let mut closing = None;
            for request in first
                .into_iter()
                .chain(std::iter::from_fn(|| inbox.try_recv().ok().map(|a| a.request)))
            {
                match request {
                    Request::Write { ops, reply } => batch.push((ops, reply)),
                    Request::Raise { above, reply } => {
                        let _ = reply.send(self.raise(above));
                    }
                    Request::Close { reply } => closing = Some(reply),
                }
                if closing.is_some() || batch.len() >= BATCH_MAX {
                    break;
                }
            }
            self.write(batch);
            if closing.is_some() || self.flush_at.is_some_and(|at| at <= Instant::now()) {
                self.flush();
            }
            if let Some(reply) = closing {
                let _ = reply.send(());
                return;
            }
        }
        // Every handle is gone without a word: what is behind is still worth keeping.
        self.flush();
    }

    /// The next request; `Some(None)` if it is time to write down what is behind; none if nobody will ask again.
    fn next(&self, inbox: &Receiver<Asked>) -> Option<Option<Request>> {
        let Some(at) = self.flush_at else { return inbox.recv().ok().map(|a| Some(a.request)) };
        match inbox.recv_timeout(at.saturating_duration_since(Instant::now())) {
            Ok(asked) => Some(Some(asked.request)),
            Err(RecvTimeoutError::Timeout) => Some(None),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    fn behind(&self) -> usize {
        self.shared.state().overlay.len()
    }

    fn write(&mut self, batch: Vec<(Vec<Op>, Reply)>) {
        let mut pending = BTreeMap::new();
        let mut accepted = Vec::new();
        for (ops, reply) in batch {
            match self.accept(&ops, &mut pending) {
                Ok(changes) => {
                    let now = ops.iter().any(|op| op.durability == Durability::Now);
                    accepted.push(Accepted { changes, now, ops, reply });
                }
                Err(error) => {
                    let _ = reply.send(Err(error));
                }
            }
        }
        if accepted.is_empty() {
            return;
        }
        if !accepted.iter().any(|a| a.now) && self.last <= self.ceiling {
            self.publish(accepted, true);
            return;
        }
        let puts: Vec<Put> = accepted.iter().flat_map(|a| &a.changes).map(|c| put_of(c)).collect();
        match self.commit(puts) {
            Ok(()) => self.publish(accepted, false),
            Err(why) => self.without_disk(accepted, &why),
        }
    }

    /// The disk did not take it: intent is refused, observations stay in memory.
    fn without_disk(&mut self, accepted: Vec<Accepted>, why: &str) {
        let (intent, observed): (Vec<_>, Vec<_>) = accepted.into_iter().partition(|a| a.now);
        for one in intent {
            let _ = one.reply.send(Err(WriteError::Disk(why.to_owned())));
        }
        if self.last > self.ceiling {
            // Without a reserved revision not even memory may take it.
            self.last = self.ceiling.max(self.shared.state().revision);
            for one in observed {
                let _ = one.reply.send(Err(WriteError::Disk(why.to_owned())));
            }
            return;
        }
        // Their expectations may have rested on what was refused: they are looked at again.
        let mut pending = BTreeMap::new();
        let mut again = Vec::new();
        for one in observed {
            match self.accept(&one.ops, &mut pending) {
                Ok(changes) => again.push(Accepted { changes, ..one }),
                Err(error) => {
                    let _ = one.reply.send(Err(error));
                }
            }
        }
        self.publish(again, true);
    }

    /// Checks what a request expects, and makes its changes. `pending` is what earlier requests of the batch wrote.
    fn accept(
        &mut self,
        ops: &[Op],
        pending: &mut BTreeMap<ObjectKey, Option<Stored>>,
    ) -> Result<Vec<Arc<Change>>, WriteError> {
        let found: Vec<Option<Stored>> = ops
            .iter()
            .map(|op| match pending.get(&op.key) {
                Some(stored) => Ok(stored.clone()),
                None => self.stored(&op.key).map_err(|e| WriteError::Disk(e.to_string())),
            })
            .collect::<Result<_, _>>()?;
        for (op, found) in ops.iter().zip(&found) {
            check(op, found.as_ref().map(|s| s.revision))?;
        }
        let mut changes = Vec::with_capacity(ops.len());
        for (op, found) in ops.iter().zip(found) {
            // A deletion of nothing is done already.
            if op.put.is_none() && found.is_none() {
                continue;
            }
            self.last += 1;
            let change = change(op, found, Revision(self.last));
            let stored = change
                .now
                .is_some()
                .then(|| Stored { revision: change.revision, doc: change.doc.clone() });
            pending.insert(op.key.clone(), stored);
            changes.push(Arc::new(change));
        }
        Ok(changes)
    }

    fn stored(&self, key: &ObjectKey) -> Result<Option<Stored>, StoreError> {
        {
            let state = self.shared.state();
            if !state.index.contains_key(key) {
                return Ok(None);
            }
            if let Some(pending) = state.overlay.get(key) {
                return Ok(pending.clone());
            }
        }
        let disk = self.shared.disk.read().unwrap_or_else(PoisonError::into_inner);
        disk.as_ref().ok_or(StoreError::Reopening)?.reader(&self.shared.path)?.get(key)
    }

    /// Writes these and all that is behind. On failure the file is opened again, since redb refuses to go on after an
    /// I/O error.
    fn commit(&mut self, mut puts: Vec<Put>) -> Result<(), String> {
        let taken: Vec<ObjectKey> = {
            let state = self.shared.state();
            let mut behind: Vec<Put> = state
                .overlay
                .iter()
                .map(|(key, stored)| Put { key: key.clone(), stored: stored.clone() })
                .collect();
            let taken = behind.iter().map(|p| p.key.clone()).collect();
            // The newer of two writes to one key must come last.
            behind.append(&mut puts);
            puts = behind;
            taken
        };
        let ceiling = (self.last > self.ceiling).then(|| self.last + BLOCK);
        let start = Instant::now();
        let done = {
            let disk = self.shared.disk.read().unwrap_or_else(PoisonError::into_inner);
            match disk.as_ref() {
                Some(disk) => disk.commit(&puts, ceiling).map_err(|e| e.to_string()),
                None => Err("the store is being opened again".to_owned()),
            }
        };
        let mut state = self.shared.state.write().unwrap_or_else(PoisonError::into_inner);
        self.failing = done.is_err();
        match done {
            Ok(()) => {
                state.commits += 1;
                state.commit_micros +=
                    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
                for key in taken {
                    state.overlay.remove(&key);
                }
                self.ceiling = ceiling.unwrap_or(self.ceiling);
                self.flush_at = None;
                Ok(())
            }
            Err(why) => {
                state.disk_errors += 1;
                drop(state);
                self.flush_at = self.flush_at.map(|_| Instant::now() + RETRY_AFTER);
                self.reopen();
                Err(why)
            }
        }
    }

    fn reopen(&self) {
        let mut disk = self.shared.disk.write().unwrap_or_else(PoisonError::into_inner);
        *disk = None;
        match Disk::open(&self.shared.path, self.options.cache_bytes) {
            Ok(open) => *disk = Some(open),
            Err(error) => tracing::error!(%error, "the store cannot be opened again yet"),
        }
    }

    /// Makes changes visible and answers.
    fn publish(&mut self, accepted: Vec<Accepted>, behind: bool) {
        let mut state = self.shared.state.write().unwrap_or_else(PoisonError::into_inner);
        for change in accepted.iter().flat_map(|a| &a.changes) {
            if behind {
                state.overlay.insert(change.key.clone(), put_of(change).stored);
            }
            state.publish(change.clone());
        }
        drop(state);
        if behind {
            let full = self.behind() >= BEHIND_MAX && !self.failing;
            let after = if full { Duration::ZERO } else { self.options.flush_after };
            let at = Instant::now() + after;
            self.flush_at = Some(self.flush_at.map_or(at, |before| before.min(at)));
        }
        for one in accepted {
            let committed = one
                .changes
                .iter()
                .map(|c| Committed { revision: c.revision, doc: c.doc.clone() })
                .collect();
            let _ = one.reply.send(Ok(committed));
        }
    }

    /// Writes down what is behind.
    fn flush(&mut self) {
        if self.behind() == 0 {
            self.flush_at = None;
            return;
        }
        if self.shared.disk.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            self.reopen();
        }
        if let Err(error) = self.commit(Vec::new()) {
            tracing::error!(%error, "observations are not on disk yet: the disk does not take them; trying again");
            self.flush_at = Some(Instant::now() + RETRY_AFTER);
        }
    }

    fn raise(&mut self, above: Revision) -> Result<(), WriteError> {
        if above.0 <= self.last {
            return Ok(());
        }
        let (last, ceiling) = (self.last, self.ceiling);
        self.last = above.0;
        if self.last > self.ceiling
            && let Err(why) = self.commit(Vec::new())
        {
            (self.last, self.ceiling) = (last, ceiling);
            return Err(WriteError::Disk(why));
        }
        Ok(())
    }
}

fn put_of(change: &Change) -> Put {
    let stored =
        change.now.is_some().then(|| Stored { revision: change.revision, doc: change.doc.clone() });
    Put { key: change.key.clone(), stored }
}

fn check(op: &Op, found: Option<Revision>) -> Result<(), WriteError> {
    let key = || op.key.clone();
    match (op.expect, found) {
        (Expect::Any, _) | (Expect::Absent, None) | (Expect::Present, Some(_)) => Ok(()),
        (Expect::Absent, Some(_)) => Err(WriteError::Exists(key())),
        (Expect::Present | Expect::Revision(_), None) => Err(WriteError::Missing(key())),
        (Expect::Revision(want), Some(found)) if want == found => Ok(()),
        (Expect::Revision(_), Some(found)) => Err(WriteError::Conflict { key: key(), found }),
    }
}

fn change(op: &Op, found: Option<Stored>, revision: Revision) -> Change {
    let kind = kinds::get(op.key.kind);
    let old: Option<Value> = found.as_ref().and_then(|s| serde_json::from_slice(&s.doc).ok());
    let before = old.as_ref().map(|doc| Selectable::of(kind, doc));
    let (now, doc, what) = match &op.put {
        Some(doc) => {
            let what = if found.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
            (Some(Selectable::of(kind, doc)), doc.clone(), what)
        }
        None => (None, old.unwrap_or_default(), ChangeKind::Deleted),
    };
    Change { key: op.key.clone(), revision, kind: what, doc: encode(doc, revision), now, before }
}

/// The document as it is kept and shown: with its resource version.
fn encode(mut doc: Value, revision: Revision) -> Bytes {
    if let Some(meta) = doc.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.insert("resourceVersion".into(), Value::String(revision.to_string()));
    }
    Bytes::from(serde_json::to_vec(&doc).unwrap_or_default())
}
