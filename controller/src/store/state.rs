//! What is in memory: where everything is, what is not on disk yet, and the recent changes.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use controller_core::kinds::{KindId, ObjectKey};
use tokio::sync::{mpsc, watch};

use super::{Change, Options, Stored};

/// Recent changes of one kind, and who waits for the next.
pub(super) struct Ring {
    pub(super) changes: VecDeque<Arc<Change>>,
    /// All changes behind this revision are in `changes`.
    pub(super) floor: u64,
    pub(super) head: watch::Sender<u64>,
}

pub(super) struct State {
    /// The newest revision that was published.
    pub(super) revision: u64,
    pub(super) index: BTreeMap<ObjectKey, u64>,
    /// Written, but not on disk yet; none: deleted.
    pub(super) overlay: BTreeMap<ObjectKey, Option<Stored>>,
    pub(super) rings: BTreeMap<KindId, Ring>,
    pub(super) ring_bytes: usize,
    ring_changes_max: usize,
    ring_bytes_max: usize,
    pub(super) follower: Option<mpsc::UnboundedSender<Arc<Change>>>,
    pub(super) commits: u64,
    pub(super) commit_micros: u64,
    pub(super) disk_errors: u64,
}

impl State {
    pub(super) fn new(index: BTreeMap<ObjectKey, u64>, revision: u64, options: &Options) -> Self {
        let ring =
            || Ring { changes: VecDeque::new(), floor: revision, head: watch::channel(revision).0 };
        Self {
            revision,
            index,
            overlay: BTreeMap::new(),
            rings: controller_core::kinds::stored().map(|k| (k.id, ring())).collect(),
            ring_bytes: 0,
            ring_changes_max: options.ring_changes,
            ring_bytes_max: options.ring_bytes,
            follower: None,
            commits: 0,
            commit_micros: 0,
            disk_errors: 0,
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

    /// Makes a change visible to readers and those who watch.
    pub(super) fn publish(&mut self, change: Arc<Change>) {
        self.revision = change.revision.0;
        if change.now.is_some() {
            self.index.insert(change.key.clone(), change.revision.0);
        } else {
            self.index.remove(&change.key);
        }
        if let Some(follower) = &self.follower
            && follower.send(change.clone()).is_err()
        {
            self.follower = None;
        }
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
            let freed = largest.forget_oldest();
            if freed == 0 {
                break;
            }
            self.ring_bytes -= freed;
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
