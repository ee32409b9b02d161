//! Frames on their way out: one of each stream in turn, so that a full stream holds up no other.

use std::collections::{BTreeMap, VecDeque};

/// Frames that wait, by stream.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: BTreeMap<u64, VecDeque<Vec<u8>>>,
    /// Streams with frames, the next one first.
    turns: VecDeque<u64>,
}

impl Outbox {
    /// A frame of a stream, behind those it has.
    pub(super) fn push(&mut self, stream: u64, frame: Vec<u8>) {
        let own = self.waiting.entry(stream).or_default();
        if own.is_empty() {
            self.turns.push_back(stream);
        }
        own.push_back(frame);
    }

    /// The next frame.
    pub(super) fn pop(&mut self) -> Option<Vec<u8>> {
        let stream = self.turns.pop_front()?;
        let own = self.waiting.get_mut(&stream)?;
        let frame = own.pop_front();
        if own.is_empty() {
            self.waiting.remove(&stream);
        } else {
            self.turns.push_back(stream);
        }
        frame
    }

    /// Takes a stream's frames away.
    pub(super) fn forget(&mut self, stream: u64) {
        self.waiting.remove(&stream);
        self.turns.retain(|s| *s != stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_take_turns() {
        let mut outbox = Outbox::default();
        for n in 0..3 {
            outbox.push(1, vec![1, n]);
        }
        outbox.push(2, vec![2, 0]);
        outbox.push(3, vec![3, 0]);
        outbox.forget(3);
        let all: Vec<Vec<u8>> = std::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(all, [[1, 0], [2, 0], [1, 1], [1, 2]]);
        assert!(outbox.waiting.is_empty() && outbox.turns.is_empty());
    }
}
