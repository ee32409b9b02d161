//! The fleet's documents: one revision for every write, compare-and-write, ranges, watches, and a restart that goes on
//! where it was.
//!
//! The law of this room: what was acknowledged as [`Durability::Now`] is on disk, and no revision is given out twice.

mod accept;
mod debug;
mod disk;
mod pack;
#[cfg(test)]
mod platter;
mod secrets;
mod state;
mod watch;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use controller_core::admit::selectable::Selectable;
use controller_core::custom::{Customs, Resource};
use controller_core::kinds::{self, KindId, ObjectKey};
use controller_core::turn::Durability;
use model::Revision;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, oneshot};

use disk::{Disk, Medium};
use state::State;
pub use watch::{TooOld, Watch};
use writer::{Asked, Request, Writer};

use crate::keys::{AtRest, KeysError};

/// So many writes may wait for the writer; more wait at the sender.
const REQUESTS_MAX: usize = 1024;

/// How the store is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The keys that secrets are encrypted with; none: those in `at-rest.key` beside the store.
    pub at_rest: Option<Arc<AtRest>>,
    /// redb's page cache, in bytes.
    pub cache_bytes: usize,
    /// Recent changes kept for watches, by kind: so many at most.
    pub ring_changes: usize,
    /// And so many bytes of documents at most, over all kinds.
    pub ring_bytes: usize,
    /// Observations are on disk so long after they were written at the latest.
    pub flush_after: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            at_rest: None,
            cache_bytes: 4 << 20,
            ring_changes: 4096,
            ring_bytes: 16 << 20,
            flush_after: Duration::from_secs(3),
        }
    }
}

/// A document as it is kept: canonical JSON, `metadata.resourceVersion` included.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The revision of the write that made it so.
    pub revision: Revision,
    /// Its JSON.
    pub doc: Bytes,
}

/// What a write expects to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing under that key.
    Absent,
    /// Anything, or nothing.
    Any,
    /// Something.
    Present,
    /// This revision.
    Revision(Revision),
}

/// One write.
#[derive(Clone)]
pub struct Op {
    /// Where.
    pub key: ObjectKey,
    /// What must be there.
    pub expect: Expect,
    /// What shall be there; none: nothing.
    pub put: Option<Value>,
    /// How soon it must be safe.
    pub durability: Durability,
}

/// A write that was done.
#[derive(Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its revision.
    pub revision: Revision,
    /// The document as kept; of a deletion, the last one.
    pub doc: Bytes,
}

/// What a change was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// There was nothing before.
    Added,
    /// There was something before.
    Modified,
    /// It is gone.
    Deleted,
}

/// One change, encoded once for all who watch.
pub struct Change {
    /// Which object.
    pub key: ObjectKey,
    /// The revision of the change.
    pub revision: Revision,
    /// What it was.
    pub kind: ChangeKind,
    /// The document after it; of a deletion, the last one, with the revision of the deletion.
    pub doc: Bytes,
    /// What selectors look at, after it; none if deleted.
    pub now: Option<Selectable>,
    /// What selectors look at, before it; none if added.
    pub before: Option<Selectable>,
    /// Of a definition of a custom resource: what it comes to, after it.
    pub custom: Option<Arc<Resource>>,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The objects, sorted by namespace and name.
    pub items: Vec<(ObjectKey, Stored)>,
    /// The revision that the list is of.
    pub revision: Revision,
    /// Whether there are more behind the last.
    pub more: bool,
    /// How many more.
    pub remaining: usize,
}

/// Why the store cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error(
        "the store {0} is in use by another process: is a controller running with this data directory already?"
    )]
    Locked(PathBuf),
    /// Something in it is encrypted with a key that is not there.
    #[error(
        "the store {path} holds secrets that are encrypted with at-rest key {key}, which is not in the key file: put the key file back from the copy that goes with this store"
    )]
    Key {
        /// The store.
        path: PathBuf,
        /// The key's number.
        key: u32,
    },
    /// The keys that secrets are encrypted with cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// It was written by a newer version.
    #[error(
        "the store {path} has format {found}, this version knows up to {known}: use a newer controller"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// Ours.
        known: u64,
    },
    /// There is a file, but not of ours.
    #[error(
        "{0} is not a store of driftless-controller: move it away, or choose another data directory"
    )]
    NotOurs(PathBuf),
    /// The disk does not do its part.
    #[error("the store {path}: {why}")]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the disk or the database says.
        why: String,
    },
    /// It is being opened again after a disk error.
    #[error("the store cannot be read until it has been opened again after a disk error")]
    Reopening,
}

/// Why a write was not done. Nothing of its request was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// There is something already.
    #[error("there is something under this key already")]
    Exists(ObjectKey),
    /// There is nothing, though there should be.
    #[error("there is nothing under this key")]
    Missing(ObjectKey),
    /// It has changed meanwhile.
    #[error("it has revision {found} by now")]
    Conflict {
        /// Which.
        key: ObjectKey,
        /// Its revision now.
        found: Revision,
    },
    /// The disk did not take it: full, or failing.
    #[error("the disk did not take it: {0}")]
    Disk(String),
    /// The controller stops.
    #[error("the store is closed")]
    Closed,
}

/// Why the revision was not raised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RaiseError {
    /// No store of ours can have come that far.
    #[error("revision {asked} is implausibly far above the newest one, {last}")]
    TooFar {
        /// What was asked for.
        asked: Revision,
        /// The last revision given out.
        last: Revision,
    },
    /// It could not be reserved.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Change {
    /// What is kept after it; none: nothing.
    fn stored(&self) -> Option<Stored> {
        self.now.is_some().then(|| Stored { revision: self.revision, doc: self.doc.clone() })
    }
}

/// What all handles share.
struct Shared {
    medium: Medium,
    at_rest: Arc<AtRest>,
    state: RwLock<State>,
}

impl Shared {
    /// A thread that panicked while it held the lock has ended the process's usefulness, not the data's.
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle on the store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    requests: std::sync::mpsc::Sender<Asked>,
    room: Arc<Semaphore>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Store {
    /// Opens the store in a folder, or makes it.
    ///
    /// # Errors
    /// If it is in use, of a newer format, not ours, or cannot be read or written.
    pub fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        let at_rest = match &options.at_rest {
            Some(at_rest) => at_rest.clone(),
            None => Arc::new(AtRest::open(&AtRest::default_path(dir))?),
        };
        Self::open_on(Medium::File(dir.join("store.redb")), at_rest, options)
    }

    fn open_on(medium: Medium, at_rest: Arc<AtRest>, options: Options) -> Result<Self, StoreError> {
        let (disk, loaded) = Disk::open(&medium, at_rest.clone(), options.cache_bytes)?;
        let mut state = State::new(loaded.index, loaded.ceiling.max(1), disk.reader()?, &options);
        for definition in disk.definitions()? {
            let key = ObjectKey::new(kinds::CUSTOM_RESOURCE_DEFINITION, "", &definition);
            let stored = state.place(&key)?.read(&key)?;
            let read = stored.and_then(|s| accept::resource(&state.customs, &key, &s.doc));
            state.define(&definition, read);
        }
        let shared = Arc::new(Shared { medium, at_rest, state: RwLock::new(state) });
        let (requests, inbox) = std::sync::mpsc::channel();
        let writer = Writer::new(shared.clone(), options, disk, loaded.ceiling);
        let path = shared.medium.path().to_owned();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.run(inbox))
            .map_err(|e| StoreError::Disk { path, why: e.to_string() })?;
        let room = Arc::new(Semaphore::new(REQUESTS_MAX));
        Ok(Self { shared, requests, room, writer: Arc::new(Mutex::new(Some(thread))) })
    }

    /// The newest revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision(self.shared.state().revision)
    }

    /// What the definitions of custom resources come to.
    #[must_use]
    pub fn customs(&self) -> Arc<Customs> {
        self.shared.state().customs.clone()
    }

    /// One document.
    ///
    /// # Errors
    /// If the disk cannot be read.
    pub fn get(&self, key: &ObjectKey) -> Result<Option<Stored>, StoreError> {
        let place = self.shared.state().place(key)?;
        place.read(key)
    }

    /// The documents of a kind, in one namespace or all, behind `after`, `limit` at most (0: all).
    ///
    /// # Errors
    /// If the disk cannot be read.
    pub fn list(
        &self,
        kind: KindId,
        namespace: Option<&str>,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let limit = if limit == 0 { usize::MAX } else { limit };
        let (picked, revision, remaining) = {
            let state = self.shared.state();
            let mut range = state.range(kind, namespace, after);
            let picked: Vec<_> =
                range.by_ref().take(limit).map(|key| (key.clone(), state.place(key))).collect();
            (picked, Revision(state.revision), range.count())
        };
        let mut items = Vec::with_capacity(picked.len());
        for (key, place) in picked {
            if let Some(stored) = place?.read(&key)? {
                items.push((key, stored));
            }
        }
        Ok(Page { items, revision, more: remaining > 0, remaining })
    }

    /// Does writes, all or none, and answers when they are as safe as they ask to be.
    ///
    /// # Errors
    /// If something is not as expected, or the disk does not take it.
    pub async fn write(&self, ops: Vec<Op>) -> Result<Vec<Committed>, WriteError> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Write { ops, reply }).await?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    /// Hands a request to the writer, once there is room for it.
    async fn request(&self, request: Request) -> Result<(), WriteError> {
        let permit = self.room.clone().acquire_owned().await.map_err(|_| WriteError::Closed)?;
        self.requests.send(Asked { request, _permit: permit }).map_err(|_| WriteError::Closed)
    }

    /// Makes sure that the next revision is above a given one, which a node says it has seen.
    ///
    /// # Errors
    /// If the disk does not take it, or the number is implausible.
    pub async fn raise_revision(&self, above: Revision) -> Result<(), RaiseError> {
        let (reply, answer) = oneshot::channel();
        self.request(Request::Raise { above, reply }).await?;
        answer.await.map_err(|_| WriteError::Closed)?
    }

    /// Encrypts what is encrypted with an older at-rest key with the newest one. No revision changes, and nobody who
    /// watches hears of it.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub async fn encrypt_again(&self) -> Result<(), WriteError> {
        loop {
            let (reply, answer) = oneshot::channel();
            self.request(Request::EncryptAgain { reply }).await?;
            if answer.await.map_err(|_| WriteError::Closed)?? == 0 {
                return Ok(());
            }
        }
    }

    /// Changes of a kind behind a revision.
    ///
    /// # Errors
    /// If they are no longer all known.
    pub fn watch(&self, kind: KindId, from: Revision) -> Result<Watch, TooOld> {
        Watch::new(self.shared.clone(), kind, from)
    }

    /// Every change from now on, of all kinds, in order. For the one that decides; a second call ends the first one's.
    pub fn follow(&self) -> mpsc::UnboundedReceiver<Arc<Change>> {
        let (send, receive) = mpsc::unbounded_channel();
        self.shared.state_mut().follower = Some(send);
        receive
    }

    /// What the metrics show.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let state = self.shared.state();
        Figures {
            revision: state.revision,
            objects: state.index.len(),
            behind: state.behind().0,
            ring_changes: state.ring_len(),
            ring_bytes: state.ring_bytes,
            watchers: state.watchers(),
            commits: state.commits,
            commit_micros: state.commit_micros,
            disk_errors: state.disk_errors,
        }
    }

    /// Writes down what is behind, and lets go of the file. Other handles answer [`WriteError::Closed`] from then on.
    pub async fn close(self) {
        let (reply, answer) = oneshot::channel();
        if self.request(Request::Close { reply }).await.is_ok() {
            let _ = answer.await;
        }
        let thread = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// The store in figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// The newest revision.
    pub revision: u64,
    /// How many objects there are.
    pub objects: usize,
    /// How many are not on disk yet.
    pub behind: usize,
    /// How many changes watches can go back over.
    pub ring_changes: usize,
    /// And the size of their documents.
    pub ring_bytes: usize,
    /// How many watch.
    pub watchers: usize,
    /// Commits to disk since start.
    pub commits: u64,
    /// The time that they took, in microseconds.
    pub commit_micros: u64,
    /// Commits that the disk did not take.
    pub disk_errors: u64,
}

#[cfg(test)]
mod customs;
#[cfg(test)]
mod kept_shut;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trials;
