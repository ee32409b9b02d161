//! What Docker does to a log, undone: pieces of long lines are put together again, and what is told twice is told once.
//!
//! Nothing that may be new is ever left out: a line is taken for one that was told before only if one of exactly the same
//! time was, and, unless the clock is so fine that no two lines have one time, a later one, too. So neither a clock that is
//! put back nor a coarse one makes a line go missing.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

/// The engine keeps lines in pieces of so many bytes.
const PIECE_BYTES: usize = 16 << 10;
/// The time before each piece, if it is asked for: `2006-01-02T15:04:05.000000000Z `.
const STAMP_BYTES: usize = 31;
/// So many lines back it is known whether one was told before.
const KNOWN_MAX: usize = 2048;

type Stamp = [u8; STAMP_BYTES];

/// A log on its way. The engine's driver forgets the new line after the last piece of a line of several, and gives each of
/// them the time; and who follows is told some lines again whenever a file is full (Docker 20.10).
pub(super) struct Mend {
    /// Times are wanted.
    wanted: bool,
    /// Times come.
    stamped: bool,
    /// The time of the piece that is being read, and whether its text has begun.
    stamp: Stamp,
    begun: bool,
    channels: [Channel; 3],
    /// Whether it is watched for what is told twice.
    watches: Option<Clock>,
}

/// What is known of the engine's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clock {
    /// It goes on from one line to the next: the engine writes each of them to a file by itself.
    Fine,
    /// Lines may be of the same time.
    Coarse,
}

impl Clock {
    /// No line is written in less than this.
    const LINE_MIN: Duration = Duration::from_micros(2);
    /// One that has not gone on after so many looks is not fine.
    const LOOKS: usize = 1000;

    /// This machine's, as far as it shows in a moment.
    pub(super) fn of_this_machine() -> Self {
        // It may be put back, and we may be held up: then the next try shows it.
        let step = |_| {
            let from = SystemTime::now();
            let to = (0..Self::LOOKS).map(|_| SystemTime::now()).find(|to| *to != from)?;
            to.duration_since(from).ok()
        };
        match (0..3).filter_map(step).min() {
            Some(step) if step < Self::LINE_MIN => Self::Fine,
            _ => Self::Coarse,
        }
    }
}

#[derive(Default)]
struct Channel {
    line: Line,
    /// The piece is of a line that was told before; and more of that line is to come.
    again: bool,
    again_goes_on: bool,
    told: Told,
}

/// Where the line of a channel is.
#[derive(Clone, Copy, Default, PartialEq)]
enum Line {
    /// At its beginning.
    #[default]
    Begins,
    /// A full piece of it has come: more is to come.
    GoesOn,
    /// The last piece of it has come, without its new line: unless that is the end of all, one is missing.
    Unended,
}

impl Mend {
    /// `wanted`: with times. `watches`: the engine was asked for times in any case, by this clock, to know what it tells
    /// twice.
    pub(super) fn new(wanted: bool, watches: Option<Clock>) -> Self {
        Self {
            wanted,
            stamped: wanted || watches.is_some(),
            stamp: [0; STAMP_BYTES],
            begun: false,
            channels: Default::default(),
            watches,
        }
    }

    /// Adds what these bytes come to. `piece`: the size of the piece that they are of, and how much of it is still to come.
    pub(super) fn mend(
        &mut self,
        channel: u8,
        bytes: &[u8],
        (size, left): (usize, usize),
        out: &mut Vec<u8>,
    ) {
        let own = &mut self.channels[usize::from(channel.min(2))];
        let at = size - left - bytes.len();
        let stamp = if self.stamped { STAMP_BYTES.min(size) } else { 0 };
        let (of_stamp, text) = bytes.split_at(stamp.saturating_sub(at).min(bytes.len()));
        self.stamp[at.min(stamp)..][..of_stamp.len()].copy_from_slice(of_stamp);
        if at == 0 {
            self.begun = false;
        }
        if !self.begun && at + of_stamp.len() == stamp {
            self.begun = true;
            own.again = match own.line {
                _ if own.again_goes_on => true,
                Line::GoesOn => false,
                Line::Begins | Line::Unended => {
                    self.watches.is_some_and(|clock| own.told.before(&self.stamp, clock))
                }
            };
            if !own.again {
                if own.line == Line::Unended {
                    out.push(b'\n');
                    own.line = Line::Begins;
                }
                if self.wanted && own.line == Line::Begins {
                    out.extend_from_slice(&self.stamp[..stamp]);
                }
            }
        }
        if !own.again {
            out.extend_from_slice(text);
        }
        if left == 0 {
            let is_full = size - stamp >= PIECE_BYTES && bytes.last() != Some(&b'\n');
            if own.again {
                own.again_goes_on = is_full;
                return;
            }
            own.line = match own.line {
                _ if bytes.last() == Some(&b'\n') => Line::Begins,
                _ if is_full => Line::GoesOn,
                Line::GoesOn => Line::Unended,
                line => line,
            };
        }
    }
}

/// Which lines were told.
#[derive(Default)]
struct Told {
    /// The last times but one, and those of them in order.
    known: HashSet<u64>,
    order: VecDeque<u64>,
    last: Option<Stamp>,
    /// So many lines were of the last time; so many of them are still to come again.
    of_last: usize,
    to_come: usize,
}

impl Told {
    /// Whether the line of this time was told before; else it counts as told now.
    fn before(&mut self, stamp: &Stamp, clock: Clock) -> bool {
        let Some(last) = self.last else {
            self.last = Some(*stamp);
            self.of_last = 1;
            return false;
        };
        if *stamp == last {
            if clock == Clock::Fine {
                return true;
            }
            if self.to_come > 0 {
                self.to_come -= 1;
                return true;
            }
            self.of_last += 1;
            return false;
        }
        if *stamp < last && self.known.contains(&key(stamp)) {
            self.to_come = self.of_last;
            return true;
        }
        if self.known.insert(key(&last)) {
            self.order.push_back(key(&last));
        }
        if self.order.len() > KNOWN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        (self.last, self.of_last, self.to_come) = (Some(*stamp), 1, 0);
        false
    }
}

fn key(stamp: &Stamp) -> u64 {
    let mut hasher = DefaultHasher::new();
    stamp.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of pieces, which are read some bytes at a time.
    fn mended(mut mend: Mend, pieces: &[Vec<u8>], at_a_time: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in pieces {
            let mut left = piece.len();
            let empty = piece.is_empty().then_some(&b""[..]);
            for bytes in piece.chunks(at_a_time).chain(empty) {
                left -= bytes.len();
                mend.mend(1, bytes, (piece.len(), left), &mut out);
            }
        }
        out
    }

    fn stamped(time: u32, text: &[u8]) -> Vec<u8> {
        [format!("2026-11-23T10:00:00.{time:09}Z ").as_bytes(), text].concat()
    }

    #[test]
    fn long_lines_are_put_together_again() {
        let full = [b'x'; PIECE_BYTES];
        for at_a_time in [1, 7, 30, 31, 32, 16 << 10] {
            let check = |pieces: &[&[u8]], want: &[&[u8]]| {
                let plain: Vec<_> = pieces.iter().map(|piece| piece.to_vec()).collect();
                let want = want.concat();
                assert!(mended(Mend::new(false, None), &plain, at_a_time) == want, "{at_a_time}");
                // The pieces of a line are all of one time.
                let mut time = 0;
                let with_times = |piece: &&[u8]| {
                    let made = stamped(time, piece);
                    time += u32::from(piece.len() < PIECE_BYTES);
                    made
                };
                let pieces: Vec<_> = pieces.iter().map(with_times).collect();
                assert!(
                    mended(Mend::new(false, Some(Clock::Coarse)), &pieces, at_a_time) == want,
                    "{at_a_time}"
                );
                let lines = want.split_inclusive(|b| *b == b'\n').zip(0..);
                let lines: Vec<_> = lines.map(|(line, time)| stamped(time, line)).collect();
                for watches in [None, Some(Clock::Coarse), Some(Clock::Fine)] {
                    let all = mended(Mend::new(true, watches), &pieces, at_a_time);
                    assert!(all == lines.concat(), "{at_a_time} with times");
                }
            };
            check(&[b"one\n", b"two\n", b"end"], &[b"one\ntwo\nend"]);
            check(&[&full, b"rest", b"next\n"], &[&full, b"rest\nnext\n"]);
            check(&[&full, &full, b"rest\n", b"next\n"], &[&full, &full, b"rest\nnext\n"]);
            // One that just fills its pieces, and one that nothing follows.
            check(&[&full, b"", b"next\n"], &[&full, b"\nnext\n"]);
            check(&[&full, b"rest"], &[&full, b"rest"]);
        }
    }

    #[test]
    fn what_is_told_twice_is_told_once_and_nothing_is_left_out() {
        let with = |clock: Clock, times: &[u32], want: &[usize]| {
            let text = |n: usize| format!("{n}\n").into_bytes();
            let pieces: Vec<_> =
                times.iter().enumerate().map(|(n, time)| stamped(*time, &text(n))).collect();
            let want: Vec<u8> = want.iter().flat_map(|n| text(*n)).collect();
            let got = mended(Mend::new(false, Some(clock)), &pieces, 16 << 10);
            let (got, want) = (String::from_utf8_lossy(&got), String::from_utf8_lossy(&want));
            assert_eq!(got, want, "{times:?} {clock:?}");
        };
        let check = |times: &[u32], want: &[usize]| {
            with(Clock::Coarse, times, want);
            with(Clock::Fine, times, want);
        };
        check(&[1, 2, 3], &[0, 1, 2]);
        // From the middle on again, once and twice.
        check(&[1, 2, 3, 2, 3, 4], &[0, 1, 2, 5]);
        check(&[1, 2, 3, 2, 3, 2, 3, 4, 5], &[0, 1, 2, 7, 8]);
        // A clock that is put back.
        check(&[5, 6, 1, 2, 3, 7], &[0, 1, 2, 3, 4, 5]);
        check(&[5, 6, 1, 2, 3, 2, 3, 4], &[0, 1, 2, 3, 4, 7]);
        // A coarse one: several lines of one time.
        with(Clock::Coarse, &[1, 1, 1], &[0, 1, 2]);
        with(Clock::Coarse, &[1, 2, 2, 1, 2, 2, 2, 3], &[0, 1, 2, 6, 7]);
        // A fine one: the last line alone again.
        with(Clock::Fine, &[1, 2, 2, 3], &[0, 1, 3]);
    }

    #[test]
    fn a_long_line_that_is_told_twice_is_left_out_whole() {
        let full = [b'x'; PIECE_BYTES];
        let long = || [stamped(2, &full), stamped(2, b"rest")];
        let all = [&[stamped(1, b"a\n")][..], &long(), &[stamped(3, b"b\n")], &long()].concat();
        let all = [all, vec![stamped(3, b"b\n"), stamped(4, b"c\n")]].concat();
        let want = [b"a\n", &full[..], b"rest\nb\nc\n"].concat();
        assert!(mended(Mend::new(false, Some(Clock::Coarse)), &all, 16 << 10) == want);
    }

    #[test]
    fn what_is_known_is_bounded() {
        let mut told = Told::default();
        for time in 0..10_000 {
            let stamp = stamped(time, b"").try_into().unwrap();
            assert!(!told.before(&stamp, Clock::Coarse));
        }
        assert_eq!((told.known.len(), told.order.len()), (KNOWN_MAX, KNOWN_MAX));
    }
}
