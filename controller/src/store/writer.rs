//! The one thread that writes. Requests that come while a commit syncs go into the next commit together.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use controller_core::kinds::{ObjectKey, Served};
use controller_core::turn::Durability;
use model::Revision;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::accept::{Pending, resource, selectable};
use super::disk::{Disk, Loaded, Put, Reader};
use super::{Change, ChangeKind, Committed, Op, Options, RaiseError, Shared, Stored, WriteError};

/// So many requests go into one commit at most.
const BATCH_MAX: usize = 512;
/// Revisions are reserved on disk in blocks of so many.
const BLOCK: u64 = 10_000;
/// A revision is raised by so much at most. Who asks for more has made its number up: a store that was set back to an
/// older copy is not that far behind.
const RAISE_MAX: u64 = 1 << 41;
/// What is behind is written down from this many objects on, or this many bytes, whatever the time.
const BEHIND_MAX: usize = 4096;
const BEHIND_BYTES_MAX: usize = 4 << 20;
/// While the disk does not take it, so many times as much may be behind; then observations are refused, too.
const PATIENCE: usize = 4;
/// After a commit that failed, observations are tried again so much later.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// A file that cannot be opened again is tried again so much later, if no write does it before.
const REOPEN_AFTER: Duration = Duration::from_secs(1);

pub(super) enum Request {
    Write {
        ops: Vec<Op>,
        reply: Reply,
    },
    Raise {
        above: Revision,
        reply: oneshot::Sender<Result<(), RaiseError>>,
    },
    /// Some of it: how much was done.
    EncryptAgain {
        reply: oneshot::Sender<Result<usize, WriteError>>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
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
    /// It may be written with whatever comes next.
    loose: bool,
    ops: Vec<Op>,
    reply: Reply,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    options: Options,
    /// None while the file is being opened again.
    disk: Option<Disk>,
    /// The last revision given out.
    last: u64,
    /// Revisions up to this one are reserved on disk.
    ceiling: u64,
    flush_at: Option<Instant>,
    reopen_at: Option<Instant>,
    /// The last commit was not taken.
    failing: bool,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, options: Options, disk: Disk, ceiling: u64) -> Self {
        Self {
            shared,
            options,
            disk: Some(disk),
            last: ceiling.max(1),
            ceiling,
            flush_at: None,
            reopen_at: None,
            failing: false,
        }
    }

    pub(super) fn run(mut self, inbox: Receiver<Asked>) {
        while let Some(first) = self.next(&inbox) {
            let more = std::iter::from_fn(|| inbox.try_recv().ok().map(|a| a.request));
            if let Some(reply) = self.serve(first.into_iter().chain(more)) {
                self.flush();
                self.shared.state_mut().reader = None;
                drop(self);
                let _ = reply.send(());
                return;
            }
            let due = |at: Option<Instant>| at.is_some_and(|at| at <= Instant::now());
            if due(self.reopen_at) {
                self.reopen();
            }
            if due(self.flush_at) {
                self.flush();
            }
        }
        // Every handle is gone without a word: what is behind is still worth keeping.
        self.flush();
    }

    /// The next request; `Some(None)` if something is due; none if nobody will ask again.
    fn next(&self, inbox: &Receiver<Asked>) -> Option<Option<Request>> {
        let Some(at) = self.flush_at.into_iter().chain(self.reopen_at).min() else {
            return inbox.recv().ok().map(|a| Some(a.request));
        };
        match inbox.recv_timeout(at.saturating_duration_since(Instant::now())) {
            Ok(asked) => Some(Some(asked.request)),
            Err(RecvTimeoutError::Timeout) => Some(None),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// Serves what waits. Whom to tell, if the store is to be closed.
    fn serve(&mut self, requests: impl Iterator<Item = Request>) -> Option<oneshot::Sender<()>> {
        let mut batch = Vec::new();
        let mut closing = None;
        for request in requests {
            match request {
                Request::Write { ops, reply } => batch.push((ops, reply)),
                Request::Raise { above, reply } => {
                    let _ = reply.send(self.raise(above));
                }
                Request::EncryptAgain { reply } => {
                    let _ = reply.send(self.encrypt_again());
                }
                Request::Close { reply } => closing = Some(reply),
            }
            if closing.is_some() || batch.len() >= BATCH_MAX {
                break;
            }
        }
        self.write(batch);
        closing
    }

    fn write(&mut self, batch: Vec<(Vec<Op>, Reply)>) {
        if self.disk.is_none() && !batch.is_empty() {
            self.reopen();
        }
        let mut refused = Vec::new();
        let accepted = self.accept(batch.into_iter(), &mut refused);
        if accepted.is_empty() {
        } else if !accepted.iter().any(|a| a.now) && self.has_room() {
            self.publish_behind(accepted);
        } else {
            match self.commit(accepted.iter().flat_map(|a| &a.changes)) {
                Ok(()) => accepted.into_iter().for_each(answer),
                Err(why) => self.without_disk(accepted, &why),
            }
        }
        // Only now: whoever lost to another of this batch, and reads again, finds what it lost to.
        for (reply, error) in refused {
            let _ = reply.send(Err(error));
        }
    }

    /// Whether memory may take more that is not on disk. Never without a reserved revision.
    fn has_room(&self) -> bool {
        let (count, bytes) = self.shared.state().behind();
        self.last <= self.ceiling
            && count < PATIENCE * BEHIND_MAX
            && bytes < PATIENCE * BEHIND_BYTES_MAX
    }

    /// Makes the changes of those requests that find what they expect; the others are to be answered later.
    fn accept(
        &mut self,
        batch: impl Iterator<Item = (Vec<Op>, Reply)>,
        refused: &mut Vec<(Reply, WriteError)>,
    ) -> Vec<Accepted> {
        let mut pending = Pending::over(self.shared.clone());
        let mut accepted = Vec::new();
        for (ops, reply) in batch {
            match pending.accept(&ops, self.last) {
                Ok(changes) => {
                    self.last = changes.last().map_or(self.last, |c| c.revision.0);
                    let now = ops.iter().any(|op| op.durability == Durability::Now);
                    let loose = ops.iter().all(|op| op.durability == Durability::Loose);
                    accepted.push(Accepted { changes, now, loose, ops, reply });
                }
                Err(error) => refused.push((reply, error)),
            }
        }
        accepted
    }

    /// The disk did not take it: intent is refused, observations stay in memory as long as there is room.
    fn without_disk(&mut self, accepted: Vec<Accepted>, why: &str) {
        let has_room = self.has_room();
        let (refused, observed): (Vec<_>, Vec<_>) =
            accepted.into_iter().partition(|a| a.now || !has_room);
        for one in refused {
            let _ = one.reply.send(Err(WriteError::Disk(why.to_owned())));
        }
        // Their expectations may have rested on what was refused: they are looked at again.
        let mut refused = Vec::new();
        let again = self.accept(observed.into_iter().map(|a| (a.ops, a.reply)), &mut refused);
        for (reply, error) in refused {
            let _ = reply.send(Err(error));
        }
        if self.last <= self.ceiling {
            self.publish_behind(again);
        } else {
            for one in again {
                let _ = one.reply.send(Err(WriteError::Disk(why.to_owned())));
            }
        }
    }

    /// Writes these and all that is behind, syncs, and makes them visible. On failure the file is opened again, since
    /// redb refuses to go on after an I/O error.
    fn commit<'a>(
        &mut self,
        changes: impl Iterator<Item = &'a Arc<Change>> + Clone,
    ) -> Result<(), String> {
        if self.disk.is_none() {
            self.reopen();
        }
        // The newer of two writes to one key must come last.
        let mut puts = self.shared.state().unkept();
        puts.extend(changes.clone().map(|c| Put { key: c.key.clone(), stored: c.stored() }));
        // Half a block is kept in hand, so that observations have numbers while the disk takes nothing.
        let reserve = self.last.saturating_add(BLOCK / 2) > self.ceiling;
        let ceiling = reserve.then(|| self.last.saturating_add(BLOCK));
        let start = Instant::now();
        let done = match &self.disk {
            Some(disk) => disk.commit(&puts, ceiling).map_err(|e| e.to_string()),
            None => Err("the file cannot be opened again".to_owned()),
        };
        self.failing = done.is_err();
        if let Err(why) = done {
            self.shared.state_mut().disk_errors += 1;
            self.flush_at = self.flush_at.map(|_| Instant::now() + RETRY_AFTER);
            self.reopen();
            return Err(why);
        }
        self.ceiling = ceiling.unwrap_or(self.ceiling);
        self.flush_at = None;
        let reader = self.reader();
        let mut state = self.shared.state_mut();
        state.commits += 1;
        state.commit_micros += u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        state.kept(reader);
        changes.for_each(|change| state.publish(change.clone()));
        Ok(())
    }

    /// A look at the file as it is now. If there is none to be had, the file is opened again soon.
    fn reader(&mut self) -> Option<Arc<Reader>> {
        match self.disk.as_ref()?.reader() {
            Ok(reader) => Some(Arc::new(reader)),
            Err(error) => {
                tracing::error!(%error, "the store cannot be read");
                self.disk = None;
                self.reopen_at = Some(Instant::now());
                None
            }
        }
    }

    fn reopen(&mut self) {
        self.shared.state_mut().reader = None;
        self.disk = None;
        match Disk::open(&self.shared.medium, self.shared.at_rest.clone(), self.options.cache_bytes)
        {
            Ok((disk, loaded)) => {
                self.disk = Some(disk);
                self.reopen_at = None;
                self.reconcile(&loaded);
            }
            Err(error) => {
                tracing::error!(%error, "the store cannot be opened again yet");
                self.reopen_at = Some(Instant::now() + REOPEN_AFTER);
            }
        }
    }

    /// A commit that failed may have reached the disk all the same. What the file says is what holds: whoever was told
    /// of a failure was told that nobody knows.
    fn reconcile(&mut self, loaded: &Loaded) {
        self.ceiling = self.ceiling.max(loaded.ceiling);
        let Some(reader) = self.reader() else { return };
        let astray = self.shared.state().astray(&loaded.index);
        let mut changes = Vec::with_capacity(astray.len());
        for (key, _) in astray {
            match reader.get(&key) {
                Ok(stored) => {
                    let (served, customs) = {
                        let state = self.shared.state();
                        (state.served(key.kind), state.customs.clone())
                    };
                    let mut change = come_to_light(key, served.as_ref(), stored, self.last);
                    if change.now.is_some() {
                        change.custom = resource(&customs, &change.key, &change.doc);
                    }
                    changes.push(Arc::new(change));
                }
                Err(error) => tracing::error!(%error, "a document cannot be read"),
            }
        }
        changes.sort_by_key(|c| c.revision);
        let mut state = self.shared.state_mut();
        state.reader = Some(reader);
        if !changes.is_empty() {
            tracing::warn!(
                count = changes.len(),
                "writes that seemed to fail had reached the disk after all"
            );
            state.take_over(&changes);
            self.last = self.last.max(state.revision);
        }
    }

    /// Makes changes visible that stay in memory for now, and answers.
    fn publish_behind(&mut self, accepted: Vec<Accepted>) {
        let mut state = self.shared.state_mut();
        for change in accepted.iter().flat_map(|a| &a.changes) {
            state.publish_behind(change.clone());
        }
        let (count, bytes) = state.behind();
        drop(state);
        let full = (count >= BEHIND_MAX || bytes >= BEHIND_BYTES_MAX) && !self.failing;
        let after = if full { Duration::ZERO } else { self.options.flush_after };
        let at = Instant::now() + after;
        if full || !accepted.iter().all(|a| a.loose) {
            self.flush_at = Some(self.flush_at.map_or(at, |before| before.min(at)));
        }
        accepted.into_iter().for_each(answer);
    }

    /// Writes down what is behind.
    fn flush(&mut self) {
        if self.shared.state().behind().0 == 0 {
            self.flush_at = None;
            return;
        }
        if let Err(error) = self.commit(std::iter::empty()) {
            tracing::error!(%error, "observations are not on disk yet: the disk does not take them; trying again");
            self.flush_at = Some(Instant::now() + RETRY_AFTER);
        }
    }

    fn encrypt_again(&mut self) -> Result<usize, WriteError> {
        let refuse = |why: &str| WriteError::Disk(why.to_owned());
        let disk = self.disk.as_ref().ok_or_else(|| refuse("the file is being opened again"))?;
        let done = disk.encrypt_again().map_err(|e| e.to_string());
        if let Err(why) = &done {
            self.reopen();
            return Err(refuse(why));
        }
        // What is read from now on is read from what is there now.
        let reader = self.reader();
        self.shared.state_mut().reader = reader;
        done.map_err(|why| refuse(&why))
    }

    fn raise(&mut self, above: Revision) -> Result<(), RaiseError> {
        if above.0 <= self.last {
            return Ok(());
        }
        if above.0 - self.last > RAISE_MAX {
            return Err(RaiseError::TooFar { asked: above, last: Revision(self.last) });
        }
        self.last = above.0;
        if self.last > self.ceiling {
            self.commit(std::iter::empty()).map_err(WriteError::Disk)?;
        }
        Ok(())
    }
}

fn answer(one: Accepted) {
    let committed =
        one.changes.iter().map(|c| Committed { revision: c.revision, doc: c.doc.clone() });
    // Who asked may have gone.
    let _ = one.reply.send(Ok(committed.collect()));
}

/// What the file says of an object, as a change. `last` is for what it no longer has: nobody knows its revision.
fn come_to_light(
    key: ObjectKey,
    served: Option<&Served>,
    stored: Option<Stored>,
    last: u64,
) -> Change {
    let Some(Stored { revision, doc }) = stored else {
        return Change {
            key,
            revision: Revision(last),
            kind: ChangeKind::Deleted,
            doc: Bytes::new(),
            now: None,
            before: None,
            custom: None,
        };
    };
    let value: Option<Value> = serde_json::from_slice(&doc).ok();
    let now = selectable(served, &value.unwrap_or_default());
    let kind = ChangeKind::Modified;
    Change { key, revision, kind, doc, now: Some(now), before: None, custom: None }
}
