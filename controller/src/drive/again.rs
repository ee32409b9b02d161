//! What did not come about and is to be decided again: after the changes that were in its way, and ever later if it fails
//! time after time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use controller_core::kinds::ObjectKey;
use controller_core::turn::Event;
use model::{Generation, NodeName};

/// After a second failure in a row it waits so long, doubling up to the other.
const WAIT_FIRST: Duration = Duration::from_millis(2);
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Holds at most one entry for each object and node.
#[derive(Debug, Default)]
pub(super) struct Again {
    dropped: BTreeSet<ObjectKey>,
    unsent: BTreeMap<NodeName, Generation>,
    /// So long is waited before the next time; zero: the last time went well.
    wait: Duration,
    /// When that is over.
    from: Option<Instant>,
}

impl Again {
    /// These writes met something else than expected.
    pub(super) fn dropped(&mut self, keys: Vec<ObjectKey>) {
        self.dropped.extend(keys);
    }

    /// These orders were not sent.
    pub(super) fn unsent(&mut self, node: NodeName, generation: Generation) {
        self.unsent.insert(node, generation);
    }

    /// When the core is to be told; a moment that has passed: as soon as there is no change left to tell.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.dropped.is_empty() && self.unsent.is_empty() {
            return None;
        }
        Some(self.from.unwrap_or_else(Instant::now))
    }

    /// What the core is to be told.
    pub(super) fn take(&mut self) -> Vec<Event> {
        let dropped = std::mem::take(&mut self.dropped);
        let unsent = std::mem::take(&mut self.unsent);
        let dropped = (!dropped.is_empty()).then(|| Event::Dropped(dropped.into_iter().collect()));
        dropped.into_iter().chain(unsent.into_iter().map(|(n, g)| Event::Unsent(n, g))).collect()
    }

    /// After the core was told: if it led to the same again, the change that is in the way is still to come, and is
    /// given time.
    pub(super) fn settle(&mut self, now: Instant) {
        if self.dropped.is_empty() && self.unsent.is_empty() {
            (self.wait, self.from) = (Duration::ZERO, None);
        } else {
            self.wait = (self.wait * 2).clamp(WAIT_FIRST, WAIT_MAX);
            self.from = Some(now + self.wait);
        }
    }
}
