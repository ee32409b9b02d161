//! Messages that are larger than a broker takes go in pieces, and resume where they stopped.
//!
//! The sender first asks what the other side has, sends a window of pieces from there, asks again with the last of them,
//! and goes on from the first that is missing. The receiver keeps what it has over lost connections. The law: nothing is
//! sent that the other side said it has, and whatever is said, no more than a few messages are ever half here.

use std::collections::{BTreeMap, VecDeque};

use model::Hash;
use serde_bytes::ByteBuf;

use crate::{WireError, open, parse, v1};

/// No payload that we publish is larger: every broker takes it (NATS and others refuse 256 kB).
pub const PAYLOAD_MAX: usize = 128 << 10;
/// So many pieces are on their way before the other side is asked what it has.
const WINDOW: usize = 8;
/// So many messages may be half here at once: a newer one, and an older one whose pieces come late.
const HALF_HERE_MAX: usize = 2;
/// No message has more pieces: at this number they are as small as 16 KiB.
const PIECES_MAX: u32 = 4096;
/// What a piece costs beside its bytes.
const PIECE_COST_BYTES: usize = 64;
/// Room for the envelope and the other fields of a piece.
const ENVELOPE_BYTES: usize = 64;
/// No piece is larger, whatever the other side's limit is.
const PIECE_BYTES_MAX: usize = 1 << 20;

/// Whether a payload is a whole message, and none of [`Chunks`]'s business.
#[must_use]
pub fn is_whole(payload: &[u8]) -> bool {
    !matches!(payload.get(2), Some(&(v1::PIECE | v1::HAVE)))
}

/// What a payload came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// A message that is whole now.
    pub message: Option<Vec<u8>>,
    /// Payloads to send back.
    pub answers: Vec<Vec<u8>>,
}

/// Large messages to and from one other side.
pub struct Chunks {
    /// No message from there is larger, in bytes as it travels.
    message_max: usize,
    payload_max: usize,
    sending: Option<Sending>,
    /// Messages that are half here, the one last heard of at the end.
    half_here: VecDeque<(Hash, HalfHere)>,
    /// The message that became whole last: pieces of it that come late begin nothing.
    done: Option<Hash>,
    /// Numbers the questions, so that an answer that comes twice is not taken twice.
    asked: u32,
}

struct Sending {
    hash: Hash,
    message: Vec<u8>,
}

#[derive(Default)]
struct HalfHere {
    total: u32,
    cost_bytes: usize,
    pieces: BTreeMap<u32, Vec<u8>>,
}

impl HalfHere {
    /// The first piece that is missing; the total if none is.
    fn next(&self) -> u32 {
        let missing = (0..self.total).zip(self.pieces.keys()).find(|(want, have)| want != *have);
        let there = u32::try_from(self.pieces.len()).unwrap_or(u32::MAX);
        missing.map_or(there, |(want, _)| want)
    }
}

impl Chunks {
    /// For messages of at most `message_max` bytes from there, in payloads of at most `payload_max` to there.
    #[must_use]
    pub fn new(message_max: usize, payload_max: usize) -> Self {
        let half_here = VecDeque::new();
        Self { message_max, payload_max, sending: None, half_here, done: None, asked: 0 }
    }

    /// What is held for messages under way, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let out = self.sending.as_ref().map_or(0, |s| s.message.len());
        out + self.half_here.iter().map(|(_, h)| h.cost_bytes).sum::<usize>()
    }

    /// The payload to send for a message: itself, or the question how much of it is there already. A large message takes
    /// the place of one that was on its way.
    pub fn say(&mut self, message: Vec<u8>) -> Vec<u8> {
        if message.len() <= self.payload_max {
            return message;
        }
        let sending = Sending { hash: Hash::of(&message), message };
        let sending = self.sending.insert(sending);
        self.asked += 1;
        let total = total(&sending.message, self.payload_max);
        piece(&v1::Piece { total, ask: self.asked, ..v1::Piece::of(&sending.hash) })
    }

    /// Takes a payload in that is not [`is_whole`].
    ///
    /// # Errors
    /// If it is damaged, or would become too large.
    pub fn hear(&mut self, payload: &[u8]) -> Result<Heard, WireError> {
        let (kind, body) = open(payload, PIECE_BYTES_MAX)?;
        match kind {
            v1::HAVE => {
                let have: v1::Have = parse(&body)?;
                Ok(Heard { message: None, answers: self.go_on(&have) })
            }
            v1::PIECE => self.take(parse(&body)?),
            other => Err(WireError::Kind(other)),
        }
    }

    /// The next window, from the first piece that is missing there.
    fn go_on(&mut self, have: &v1::Have) -> Vec<Vec<u8>> {
        let asked = self.asked;
        let Some(sending) = self.sending.as_ref() else { return Vec::new() };
        if have.hash.as_slice() != sending.hash.0 || have.ask != asked {
            return Vec::new();
        }
        let size = piece_bytes(self.payload_max);
        let total = total(&sending.message, self.payload_max);
        let first = usize::try_from(have.next).unwrap_or(usize::MAX);
        let pieces: Vec<&[u8]> = sending.message.chunks(size).skip(first).take(WINDOW).collect();
        if pieces.is_empty() {
            self.sending = None;
            return Vec::new();
        }
        self.asked += 1;
        let last = pieces.len() - 1;
        let form = |(i, bytes): (usize, &[u8])| {
            piece(&v1::Piece {
                total,
                ask: if i == last { self.asked } else { 0 },
                index: have.next + u32::try_from(i).unwrap_or(u32::MAX),
                bytes: ByteBuf::from(bytes),
                ..v1::Piece::of(&sending.hash)
            })
        };
        pieces.into_iter().enumerate().map(form).collect()
    }

    fn take(&mut self, piece: v1::Piece) -> Result<Heard, WireError> {
        let hash = v1::hash(&piece.hash)?;
        if piece.total == 0 || piece.total > PIECES_MAX || piece.index >= piece.total {
            return Err(WireError::Body("a piece that is none".into()));
        }
        let (ask, total) = (piece.ask, piece.total);
        if piece.bytes.is_empty() {
            // Only a question, with which a message begins or goes on: if it was here once, it is wanted again.
            self.done.take_if(|done| *done == hash);
        }
        let message = if piece.bytes.is_empty() || self.done == Some(hash) {
            None
        } else {
            self.put(hash, piece)?
        };
        let half = self.half_here.iter().find(|(h, _)| *h == hash);
        let next = match self.done == Some(hash) {
            true => total,
            false => half.map_or(0, |(_, half)| half.next()),
        };
        let have = v1::Have { hash: v1::bytes(&hash), ask, next };
        let answer = (ask > 0).then(|| crate::encode_small(v1::HAVE, &have));
        Ok(Heard { message, answers: answer.into_iter().collect() })
    }

    /// Puts a piece to the others: the message, if it was the last.
    fn put(&mut self, hash: Hash, piece: v1::Piece) -> Result<Option<Vec<u8>>, WireError> {
        let at = self.half_here.iter().position(|(h, _)| *h == hash);
        let known = at.and_then(|at| self.half_here.remove(at)).map(|(_, half)| half);
        let mut half = known.unwrap_or(HalfHere { total: piece.total, ..HalfHere::default() });
        if half.total != piece.total {
            return Err(WireError::Body("pieces of different messages".into()));
        }
        let cost = |bytes: &[u8]| bytes.len() + PIECE_COST_BYTES;
        half.cost_bytes += cost(&piece.bytes);
        if let Some(twice) = half.pieces.insert(piece.index, piece.bytes.into_vec()) {
            half.cost_bytes -= cost(&twice);
        }
        if half.cost_bytes > self.message_max {
            return Err(WireError::TooLarge { max: self.message_max });
        }
        if half.next() < half.total {
            self.half_here.push_back((hash, half));
            if self.half_here.len() > HALF_HERE_MAX {
                self.half_here.pop_front();
            }
            return Ok(None);
        }
        let whole: Vec<u8> = half.pieces.into_values().flatten().collect();
        if Hash::of(&whole) != hash {
            return Err(WireError::Body("the pieces do not make what was announced".into()));
        }
        self.done = Some(hash);
        Ok(Some(whole))
    }
}

fn piece_bytes(payload_max: usize) -> usize {
    payload_max.saturating_sub(ENVELOPE_BYTES).max(1)
}

fn total(message: &[u8], payload_max: usize) -> u32 {
    u32::try_from(message.len().div_ceil(piece_bytes(payload_max))).unwrap_or(u32::MAX)
}

/// Pieces are compressed already, as a whole.
fn piece(form: &v1::Piece) -> Vec<u8> {
    crate::encode_small(v1::PIECE, form)
}

#[cfg(test)]
mod tests;
