//! Messages that are larger than a broker takes go in pieces. What has come over is kept over a lost connection, so a
//! message that is said again is complete as soon as the missing pieces are there.

use std::collections::{BTreeMap, VecDeque};

use model::Hash;
use serde::{Deserialize, Serialize};

use crate::{MESSAGE_MAX, VERSION, WireError, open, parse};

/// The kind of a piece, beside the kinds of messages.
const CHUNK: u8 = 32;
/// No payload that we publish is larger: every broker takes it (NATS and others refuse 256 kB).
pub const PAYLOAD_MAX: usize = 128 << 10;
/// So many messages may be half here at once.
const TRANSFERS_MAX: usize = 4;

#[derive(Serialize, Deserialize)]
struct Chunk {
    /// The hash of the whole message: names the transfer, and proves it.
    #[serde(with = "serde_bytes")]
    hash: Vec<u8>,
    index: u32,
    total: u32,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

/// The payloads to publish for a message: itself, or its pieces.
#[must_use]
pub fn split(message: Vec<u8>, payload_max: usize) -> Vec<Vec<u8>> {
    if message.len() <= payload_max {
        return vec![message];
    }
    // Room for the envelope and the other fields.
    let size = payload_max.saturating_sub(64).max(1);
    let hash = Hash::of(&message).0.to_vec();
    let total = u32::try_from(message.len().div_ceil(size)).unwrap_or(u32::MAX);
    let piece = |(index, bytes): (usize, &[u8])| {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let chunk = Chunk { hash: hash.clone(), index, total, bytes: bytes.to_vec() };
        let body = serde_cbor::ser::to_vec_packed(&chunk).expect("our own structs are always CBOR");
        [&[VERSION, 0, CHUNK][..], &body].concat()
    };
    message.chunks(size).enumerate().map(piece).collect()
}

/// Puts pieces together.
#[derive(Default)]
pub struct Joiner {
    transfers: VecDeque<(Vec<u8>, Transfer)>,
}

#[derive(Default)]
struct Transfer {
    total: u32,
    bytes: usize,
    pieces: BTreeMap<u32, Vec<u8>>,
}

impl Joiner {
    /// Whether no message is half here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.transfers.is_empty()
    }

    /// Takes a payload in: a message that is whole now, or none as long as pieces are missing.
    ///
    /// # Errors
    /// If a piece is damaged, or the whole would be too large.
    pub fn take(&mut self, payload: &[u8]) -> Result<Option<Vec<u8>>, WireError> {
        if payload.get(2) != Some(&CHUNK) {
            return Ok(Some(payload.to_vec()));
        }
        let (_, body) = open(payload)?;
        let chunk: Chunk = parse(&body)?;
        if chunk.hash.len() != 32 || chunk.index >= chunk.total || chunk.bytes.is_empty() {
            return Err(WireError::Body("a piece that is none".into()));
        }
        let at = match self.transfers.iter().position(|(hash, _)| *hash == chunk.hash) {
            Some(at) => at,
            None => {
                if self.transfers.len() == TRANSFERS_MAX {
                    self.transfers.pop_front();
                }
                let transfer = Transfer { total: chunk.total, ..Transfer::default() };
                self.transfers.push_back((chunk.hash.clone(), transfer));
                self.transfers.len() - 1
            }
        };
        let transfer = &mut self.transfers[at].1;
        if transfer.total != chunk.total {
            self.transfers.remove(at);
            return Err(WireError::Body("pieces of different messages".into()));
        }
        transfer.bytes += chunk.bytes.len();
        if let Some(twice) = transfer.pieces.insert(chunk.index, chunk.bytes) {
            transfer.bytes -= twice.len();
        }
        if transfer.bytes > MESSAGE_MAX {
            self.transfers.remove(at);
            return Err(WireError::TooLarge);
        }
        if transfer.pieces.len() < usize::try_from(transfer.total).unwrap_or(usize::MAX) {
            return Ok(None);
        }
        let Some((hash, transfer)) = self.transfers.remove(at) else { return Ok(None) };
        let whole: Vec<u8> = transfer.pieces.into_values().flatten().collect();
        if Hash::of(&whole).0[..] != hash[..] {
            return Err(WireError::Body("the pieces do not make what was announced".into()));
        }
        Ok(Some(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_message_goes_as_it_is() {
        assert_eq!(split(vec![1, 0, 1, 9], 100), vec![vec![1, 0, 1, 9]]);
        assert_eq!(Joiner::default().take(&[1, 0, 1, 9]).unwrap(), Some(vec![1, 0, 1, 9]));
    }

    #[test]
    fn what_came_over_is_kept_when_the_rest_is_lost() {
        let message: Vec<u8> = (0..1000u32).flat_map(u32::to_le_bytes).collect();
        let pieces = split(message.clone(), 500);
        let mut joiner = Joiner::default();
        for piece in &pieces[..4] {
            assert_eq!(joiner.take(piece).unwrap(), None);
        }
        for piece in &pieces[4..pieces.len() - 1] {
            assert_eq!(joiner.take(piece).unwrap(), None);
        }
        assert_eq!(joiner.take(&pieces[pieces.len() - 1]).unwrap(), Some(message));
        assert!(joiner.transfers.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn pieces_in_any_order_make_the_message(len in 0usize..5000, max in 100usize..400, seed in proptest::num::u64::ANY) {
            let message: Vec<u8> = (0..len).map(|i| (i as u64).wrapping_mul(seed | 1) as u8).collect();
            let mut message = message;
            if let Some(kind) = message.get_mut(2) { *kind = 1; }
            let mut pieces = split(message.clone(), max);
            proptest::prop_assert!(pieces.iter().all(|p| p.len() <= max));
            let n = pieces.len();
            for i in 0..n { pieces.swap(i, (seed as usize).wrapping_add(i * 7) % n); }
            let mut joiner = Joiner::default();
            let mut whole = None;
            for piece in &pieces { whole = joiner.take(piece).unwrap().or(whole); }
            proptest::prop_assert_eq!(whole, Some(message));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut joiner = Joiner::default();
            let _ = joiner.take(&bytes);
            let _ = joiner.take(&[&[1, 0, CHUNK][..], &bytes].concat());
        }
    }
}
