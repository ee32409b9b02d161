//! Large messages under way, to and from all nodes, in bounded memory.
//!
//! What is half here is kept over lost connections, so that it goes on from there. If there is no room, what has not moved
//! for a while goes first; then what is new waits: the core says it again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::NodeName;
use wire::chunk::{Chunks, Heard, PAYLOAD_MAX};
use wire::{UP_MAX, WireError};

/// So much is held for all nodes together, in bytes.
const BYTES_MAX: usize = 256 << 20;
/// What has not moved for so long makes room for others.
const IDLE: Duration = Duration::from_secs(120);

/// By node, what is under way.
#[derive(Default)]
pub(super) struct Transfers(Mutex<Held>);

#[derive(Default)]
struct Held {
    by_node: BTreeMap<NodeName, Entry>,
    bytes: usize,
}

struct Entry {
    chunks: Chunks,
    moved: Instant,
}

impl Transfers {
    /// The payload to publish for a message; none if there is no room for it now.
    pub(super) fn say(&self, node: &NodeName, message: Vec<u8>, now: Instant) -> Option<Vec<u8>> {
        if message.len() <= PAYLOAD_MAX {
            return Some(message);
        }
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = held.make_room(message.len(), now);
        fits.then(|| held.with(node, now, |chunks| chunks.say(message)))
    }

    /// Takes a payload in that is part of a large message, or asks for one.
    pub(super) fn hear(
        &self,
        node: &NodeName,
        payload: &[u8],
        now: Instant,
    ) -> Result<Heard, WireError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.make_room(payload.len(), now) {
            held.forget(node);
        }
        held.with(node, now, |chunks| chunks.hear(payload))
    }
}

impl Held {
    fn with<T>(&mut self, node: &NodeName, now: Instant, f: impl FnOnce(&mut Chunks) -> T) -> T {
        let mut entry = self.forget(node).unwrap_or_else(|| Chunks::new(UP_MAX, PAYLOAD_MAX));
        let out = f(&mut entry);
        let bytes = entry.bytes();
        if bytes > 0 {
            self.bytes += bytes;
            self.by_node.insert(node.clone(), Entry { chunks: entry, moved: now });
        }
        out
    }

    fn forget(&mut self, node: &NodeName) -> Option<Chunks> {
        let entry = self.by_node.remove(node)?;
        self.bytes -= entry.chunks.bytes();
        Some(entry.chunks)
    }

    /// Whether so many bytes more have room, perhaps in the place of what does not move.
    fn make_room(&mut self, bytes: usize, now: Instant) -> bool {
        if self.bytes + bytes > BYTES_MAX {
            let idle = |e: &Entry| now.duration_since(e.moved) >= IDLE;
            let idle: Vec<NodeName> =
                self.by_node.iter().filter(|(_, e)| idle(e)).map(|(n, _)| n.clone()).collect();
            for node in idle {
                self.forget(&node);
            }
        }
        self.bytes + bytes <= BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(n: usize) -> NodeName {
        format!("n{n}").as_str().into()
    }

    #[test]
    fn there_is_room_for_so_much_and_what_does_not_move_goes() {
        let (transfers, start) = (Transfers::default(), Instant::now());
        let message = || vec![0u8; 16 << 20];
        let held = || transfers.0.lock().unwrap().bytes;
        for n in 0..16 {
            assert!(transfers.say(&node(n), message(), start).is_some());
        }
        assert_eq!(held(), BYTES_MAX);
        assert!(transfers.say(&node(16), message(), start).is_none(), "no room");
        assert!(transfers.say(&node(16), vec![0; 100], start).is_some(), "small ones need none");
        let later = start + IDLE;
        assert!(transfers.say(&node(16), message(), later).is_some(), "the others have not moved");
        assert_eq!(held(), 16 << 20);
    }

    #[test]
    fn what_has_come_over_is_not_held() {
        let (transfers, now) = (Transfers::default(), Instant::now());
        let mut there = Chunks::new(UP_MAX, PAYLOAD_MAX);
        let message: Vec<u8> = (0..1_000_000u32).map(|i| (i % 251) as u8).collect();
        let mut payloads = vec![there.say(message.clone())];
        let mut whole = None;
        while let Some(payload) = payloads.pop() {
            let heard = transfers.hear(&node(1), &payload, now).unwrap();
            whole = heard.message.or(whole);
            for answer in heard.answers {
                payloads.extend(there.hear(&answer).unwrap().answers.into_iter().rev());
            }
        }
        assert_eq!(whole, Some(message));
        assert_eq!(transfers.0.lock().unwrap().bytes, 0);
    }
}
