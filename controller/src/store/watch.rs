//! Changes of a kind, in order, from a revision on.

use std::collections::VecDeque;
use std::sync::Arc;

use controller_core::kinds::KindId;
use model::Revision;
use tokio::sync::watch;

use super::{Change, Shared};

/// So many changes are taken over at a time.
const TAKE_MAX: usize = 256;

/// The changes behind that revision are no longer all known: list anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {from} ({floor})")]
pub struct TooOld {
    /// What was asked for.
    pub from: Revision,
    /// The oldest that can be asked for.
    pub floor: Revision,
}

/// Changes, one after the other. Holds nothing back but what it has taken over: a slow reader is told [`TooOld`].
pub struct Watch {
    shared: Arc<Shared>,
    kind: KindId,
    seen: u64,
    taken: VecDeque<Arc<Change>>,
    head: watch::Receiver<u64>,
}

impl Watch {
    pub(super) fn new(shared: Arc<Shared>, kind: KindId, from: Revision) -> Result<Self, TooOld> {
        let head = {
            let state = shared.state();
            let ring = state.rings.get(&kind);
            let too_old = |floor: u64| TooOld { from, floor: Revision(floor) };
            let ring = ring.filter(|r| !r.ended).ok_or_else(|| too_old(state.revision))?;
            if from.0 < ring.floor {
                return Err(too_old(ring.floor));
            }
            ring.head.subscribe()
        };
        Ok(Self { shared, kind, seen: from.0, taken: VecDeque::new(), head })
    }

    /// The next change; waits for it. Safe to drop while it waits.
    ///
    /// # Errors
    /// If changes came faster than they were taken, and are no longer all known; or if the kind is gone
    /// ([`Self::ended`]).
    pub async fn next(&mut self) -> Result<Arc<Change>, TooOld> {
        loop {
            if let Some(change) = self.taken.pop_front() {
                self.seen = change.revision.0;
                return Ok(change);
            }
            self.head.borrow_and_update();
            self.take_over()?;
            if self.taken.is_empty() && self.head.changed().await.is_err() {
                // The store is closed: nothing will come any more.
                std::future::pending::<()>().await;
            }
        }
    }

    /// The changes that are there already, without waiting.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn ready(&mut self) -> Result<Option<Arc<Change>>, TooOld> {
        if self.taken.is_empty() {
            self.take_over()?;
        }
        let change = self.taken.pop_front();
        if let Some(change) = &change {
            self.seen = change.revision.0;
        }
        Ok(change)
    }

    /// Whether nothing comes any more since the definition of its kind is gone.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.shared.state().rings.get(&self.kind).is_none_or(|ring| ring.ended)
    }

    /// The revision up to which this watch has told everything.
    #[must_use]
    pub fn seen(&self) -> Revision {
        Revision(self.seen)
    }

    /// The newest revision of the store, if this watch has told all changes of its kind up to there: what a bookmark says.
    #[must_use]
    pub fn bookmark(&self) -> Option<Revision> {
        let state = self.shared.state();
        let behind = state.rings.get(&self.kind)?.since(self.seen)?.next().is_some();
        (self.taken.is_empty() && !behind).then_some(Revision(state.revision))
    }

    fn take_over(&mut self) -> Result<(), TooOld> {
        let state = self.shared.state();
        let Some(ring) = state.rings.get(&self.kind) else {
            return Err(TooOld { from: Revision(self.seen), floor: Revision(state.revision) });
        };
        let Some(changes) = ring.since(self.seen) else {
            return Err(TooOld { from: Revision(self.seen), floor: Revision(ring.floor) });
        };
        self.taken.extend(changes.take(TAKE_MAX).cloned());
        if self.taken.is_empty() && ring.ended {
            return Err(TooOld { from: Revision(self.seen), floor: Revision(state.revision) });
        }
        Ok(())
    }
}
