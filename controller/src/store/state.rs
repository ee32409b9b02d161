//! What is in memory: where everything is, what is not on disk yet, and the recent changes.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use controller_core::custom::{self, Customs, Resource};
use controller_core::kinds::{self, KindId, ObjectKey, Served};
use tokio::sync::{mpsc, watch};

use super::disk::{Put, Reader};
use super::{Change, Options, StoreError, Stored};

/// Recent changes of one kind, and who waits for the next.
pub(super) struct Ring {
    changes: VecDeque<Arc<Change>>,
    /// All changes behind this revision are in `changes`.
    pub(super) floor: u64,
    pub(super) head: watch::Sender<u64>,
    /// Nothing comes any more: the definition of the kind is gone. It stays for those who have not heard of all.
    pub(super) ended: bool,
}

/// Where a document is.
pub(super) enum Place {
    Nowhere,
    Memory(Stored),
    Disk(Arc<Reader>),
}

impl Place {
    pub(super) fn read(self, key: &ObjectKey) -> Result<Option<Stored>, StoreError> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Memory(stored) => Ok(Some(stored)),
            Self::Disk(reader) => reader.get(key),
        }
    }
}

pub(super) struct State {
    /// The newest revision that was published.
    pub(super) revision: u64,
    pub(super) index: BTreeMap<ObjectKey, u64>,
    /// Written, but not on disk yet; none: deleted.
    overlay: BTreeMap<ObjectKey, Option<Stored>>,
    overlay_bytes: usize,
    /// The file as it was when `revision` was published, so that index, overlay and file are of one moment; none while it
    /// is being opened again.
    pub(super) reader: Option<Arc<Reader>>,
    pub(super) rings: BTreeMap<KindId, Ring>,
    /// What the definitions come to, at `revision`.
    pub(super) customs: Arc<Customs>,
    pub(super) ring_bytes: usize,
    ring_changes_max: usize,
    ring_bytes_max: usize,
    pub(super) follower: Option<mpsc::UnboundedSender<Arc<Change>>>,
    pub(super) commits: u64,
    pub(super) commit_micros: u64,
    pub(super) disk_errors: u64,
}

impl State {
    pub(super) fn new(
        index: BTreeMap<ObjectKey, u64>,
        revision: u64,
        reader: Reader,
        options: &Options,
    ) -> Self {
        Self {
            revision,
            index,
            overlay: BTreeMap::new(),
            overlay_bytes: 0,
            reader: Some(Arc::new(reader)),
            rings: kinds::stored().map(|k| (k.id, Ring::from(revision))).collect(),
            customs: Arc::default(),
            ring_bytes: 0,
            ring_changes_max: options.ring_changes,
            ring_bytes_max: options.ring_bytes,
            follower: None,
            commits: 0,
            commit_micros: 0,
            disk_errors: 0,
        }
    }

    /// Takes a definition in, or its end (none), so that its objects can be read, written and watched.
    pub(super) fn define(&mut self, definition: &str, resource: Option<Arc<Resource>>) {
        Arc::make_mut(&mut self.customs).apply(definition, resource);
        let Some(id) = custom::id_of(definition) else { return };
        let revision = self.revision;
        if self.customs.get(id).is_some() {
            self.rings.entry(id).or_insert_with(|| Ring::from(revision)).ended = false;
            return;
        }
        if let Some(ring) = self.rings.get_mut(&id) {
            ring.ended = true;
            ring.head.send_replace(revision);
        }
        let mut freed = 0;
        self.rings.retain(|_, ring| {
            let kept = !ring.ended || ring.head.receiver_count() > 0;
            freed += if kept { 0 } else { ring.changes.iter().map(|c| c.doc.len()).sum() };
            kept
        });
        self.ring_bytes -= freed;
    }

    /// The kind of a number, in the version that its objects are kept in; none if its definition is gone.
    pub(super) fn served(&self, id: KindId) -> Option<Served> {
        if id.is_custom() { self.customs.stored(id) } else { Some(id.into()) }
    }

    /// Where a document is now.
    pub(super) fn place(&self, key: &ObjectKey) -> Result<Place, StoreError> {
        if !self.index.contains_key(key) {
            return Ok(Place::Nowhere);
        }
        match self.overlay.get(key) {
            Some(Some(stored)) => Ok(Place::Memory(stored.clone())),
            _ => self.reader.clone().map(Place::Disk).ok_or(StoreError::Reopening),
        }
    }

    /// The keys of a kind in a namespace (or all) behind `after`, in order.
    pub(super) fn range<'a>(
        &'a self,
        kind: KindId,
        namespace: Option<&str>,
        after: Option<&ObjectKey>,
    ) -> impl Iterator<Item = &'a ObjectKey> + use<'a> {
        let first = ObjectKey::new(kind, namespace.unwrap_or(""), "");
        let start = match after {
            Some(key) if *key >= first => Bound::Excluded(key.clone()),
            _ => Bound::Included(first),
        };
        let namespace: Option<Arc<str>> = namespace.map(Arc::from);
        self.index.range((start, Bound::Unbounded)).map(|(key, _)| key).take_while(move |key| {
            key.kind == kind && namespace.as_ref().is_none_or(|n| *n == key.namespace)
        })
    }

    /// How many objects are not on disk yet, and the size of their documents.
    pub(super) fn behind(&self) -> (usize, usize) {
        (self.overlay.len(), self.overlay_bytes)
    }

    /// What is not on disk yet.
    pub(super) fn unkept(&self) -> Vec<Put> {
        let put = |(key, stored): (&ObjectKey, &Option<Stored>)| Put {
            key: key.clone(),
            stored: stored.clone(),
        };
        self.overlay.iter().map(put).collect()
    }

    /// What was behind is on disk, and `reader` sees it.
    pub(super) fn kept(&mut self, reader: Option<Arc<Reader>>) {
        self.overlay.clear();
        self.overlay_bytes = 0;
        self.reader = reader;
    }

    /// Makes a change visible that is not on disk yet.
    pub(super) fn publish_behind(&mut self, change: Arc<Change>) {
        let stored = change.stored();
        let size = |stored: &Option<Stored>| stored.as_ref().map_or(0, |s| s.doc.len());
        self.overlay_bytes += size(&stored);
        let before = self.overlay.insert(change.key.clone(), stored);
        self.overlay_bytes -= before.as_ref().map_or(0, size);
        self.publish(change);
    }

    /// Makes a change visible to readers and those who watch.
    pub(super) fn publish(&mut self, change: Arc<Change>) {
        self.take(&change);
        let Some(ring) = self.rings.get_mut(&change.key.kind) else { return };
        self.ring_bytes += change.doc.len();
        ring.head.send_replace(change.revision.0);
        ring.changes.push_back(change);
        if ring.changes.len() > self.ring_changes_max {
            self.ring_bytes -= ring.forget_oldest();
        }
        while self.ring_bytes > self.ring_bytes_max {
            let Some(largest) = self.rings.values_mut().max_by_key(|r| r.changes.len()) else {
                break;
            };
            if largest.changes.is_empty() {
                break;
            }
            self.ring_bytes -= largest.forget_oldest();
        }
    }

    fn take(&mut self, change: &Arc<Change>) {
        self.revision = change.revision.0;
        if change.now.is_some() {
            self.index.insert(change.key.clone(), change.revision.0);
        } else {
            self.index.remove(&change.key);
        }
        if change.key.kind == kinds::CUSTOM_RESOURCE_DEFINITION {
            self.define(&change.key.name, change.custom.clone());
        }
        if let Some(follower) = &self.follower
            && follower.send(change.clone()).is_err()
        {
            self.follower = None;
        }
    }

    /// Where memory says otherwise than the file: the objects that the file has (some) and those that it has not (none).
    pub(super) fn astray(
        &self,
        on_disk: &BTreeMap<ObjectKey, u64>,
    ) -> Vec<(ObjectKey, Option<u64>)> {
        let found =
            on_disk.iter().filter(|(key, revision)| self.index.get(*key) != Some(*revision));
        let gone = self.index.keys().filter(|key| !on_disk.contains_key(*key));
        let found = found.map(|(key, revision)| (key.clone(), Some(*revision)));
        let both = found.chain(gone.map(|key| (key.clone(), None)));
        both.filter(|(key, _)| !self.overlay.contains_key(key)).collect()
    }

    /// Makes changes visible that came to light otherwise than by a write. Since nobody can say what came before what,
    /// all who watch have to list anew.
    pub(super) fn take_over(&mut self, changes: &[Arc<Change>]) {
        for change in changes {
            self.take(change);
        }
        self.ring_bytes = 0;
        for ring in self.rings.values_mut() {
            ring.changes.clear();
            ring.floor = self.revision;
            ring.head.send_replace(self.revision);
        }
    }

    pub(super) fn ring_len(&self) -> usize {
        self.rings.values().map(|r| r.changes.len()).sum()
    }

    pub(super) fn watchers(&self) -> usize {
        self.rings.values().map(|r| r.head.receiver_count()).sum()
    }
}

impl Ring {
    fn from(revision: u64) -> Self {
        let head = watch::channel(revision).0;
        Self { changes: VecDeque::new(), floor: revision, head, ended: false }
    }

    /// Gives the size of what was forgotten.
    fn forget_oldest(&mut self) -> usize {
        let Some(oldest) = self.changes.pop_front() else { return 0 };
        self.floor = oldest.revision.0;
        oldest.doc.len()
    }

    /// The changes behind a revision; none if they are no longer all here.
    pub(super) fn since(&self, revision: u64) -> Option<impl Iterator<Item = &Arc<Change>>> {
        if revision < self.floor {
            return None;
        }
        let start = self.changes.partition_point(|c| c.revision.0 <= revision);
        Some(self.changes.range(start..))
    }
}
