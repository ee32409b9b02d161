//! What a month's data comes to, and what still travels when its bound is reached.
//!
//! The law of this room: the count of the month is kept with whatever is kept anyway, and by itself once a day at most.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use model::report::Traffic;
use serde::{Deserialize, Serialize};

use crate::turn::{Now, Save};

/// The record of the month.
const RECORD: &str = "month";
/// It is written by itself this often at most, in milliseconds.
const DAY_MS: u64 = 86_400_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Month {
    /// `year * 100 + month`; zero: none yet.
    month: u32,
    bytes: u64,
}

/// The data of a node.
#[derive(Default)]
pub(crate) struct Budget {
    now: Month,
    kept: Month,
    /// When the count was last kept, or the agent started.
    kept_at: Millis,
    /// As the hands last counted.
    counted: Traffic,
    /// The controller's clock, and when it showed that.
    told: Option<(Millis, Millis)>,
}

impl Budget {
    pub(crate) fn restore(
        records: &BTreeMap<String, Vec<u8>>,
        now: Now,
        bad: &mut Vec<String>,
    ) -> Self {
        let kept = match records.get(RECORD).map(|record| serde_json::from_slice(record)) {
            Some(Ok(kept)) => kept,
            Some(Err(_)) => {
                bad.push(RECORD.into());
                Month::default()
            }
            None => Month::default(),
        };
        Self { now: kept, kept, kept_at: now.mono, ..Self::default() }
    }

    /// The controller's clock: whatever ours shows, the month is that one's.
    pub(crate) fn clock(&mut self, now: Now, theirs: Millis) {
        if theirs > Millis(0) {
            self.told = Some((theirs, now.mono));
        }
    }

    /// Takes in what has been counted since the agent started.
    pub(crate) fn count(&mut self, now: Now, counted: Traffic) {
        let more = counted.total().saturating_sub(self.counted.total());
        self.counted = counted;
        let month = match self.told {
            Some((theirs, at)) => month_of(theirs.plus(now.mono.since(at))),
            // A clock that was never set does not bring an earlier month back.
            None => month_of(now.wall).max(self.now.month),
        };
        if month != self.now.month {
            self.now = Month { month, bytes: 0 };
        }
        self.now.bytes = self.now.bytes.saturating_add(more);
    }

    /// Whether the bound is reached. Zero is none.
    fn capped(&self, month_bytes_max: u64) -> bool {
        month_bytes_max > 0 && self.now.bytes >= month_bytes_max
    }

    /// What is told.
    pub(crate) fn traffic(&self, month_bytes_max: u64) -> Traffic {
        Traffic {
            month: self.now.month,
            month_bytes: self.now.bytes,
            capped: self.capped(month_bytes_max),
            ..self.counted
        }
    }

    /// Keeps the count: with what is kept anyway, or after a day.
    pub(crate) fn keep(&mut self, now: Now, save: &mut Save) {
        let due = now.mono.since(self.kept_at) >= DAY_MS;
        if self.now == self.kept || (save.is_empty() && !due) {
            return;
        }
        save.records.insert(RECORD.into(), serde_json::to_vec(&self.now).ok());
        (self.kept, self.kept_at) = (self.now, now.mono);
    }
}

/// The month of a time, as `year * 100 + month`.
fn month_of(time: Millis) -> u32 {
    let text = time.to_rfc3339();
    let mut parts = text.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let (year, month) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    year.saturating_mul(100).saturating_add(month)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOVEMBER: u64 = 1_795_418_880_000;

    fn at(mono: u64, wall: u64) -> Now {
        Now { mono: Millis(mono), wall: Millis(wall) }
    }

    fn bytes(n: u64) -> Traffic {
        Traffic { sent: [n, 0, 0, 0, 0], ..Traffic::default() }
    }

    fn begun() -> Budget {
        Budget::restore(&BTreeMap::new(), at(0, NOVEMBER), &mut Vec::new())
    }

    fn kept(budget: &mut Budget, mono: u64, other: bool) -> Option<Vec<u8>> {
        let mut save = Save::default();
        if other {
            save.records.insert("other".into(), None);
        }
        budget.keep(at(mono, NOVEMBER), &mut save);
        save.records.get(RECORD).cloned().flatten()
    }

    #[test]
    fn a_month_is_counted_and_the_next_begins_anew() {
        let mut budget = begun();
        budget.count(at(0, NOVEMBER), bytes(100));
        assert_eq!((budget.now.month, budget.now.bytes), (202_611, 100));
        for (max, capped) in [(0, false), (101, false), (100, true), (1, true)] {
            assert_eq!(budget.capped(max), capped, "{max}");
        }
        budget.count(at(1, NOVEMBER + 10 * DAY_MS), bytes(150));
        assert_eq!((budget.now.month, budget.now.bytes), (202_612, 50));
        assert!(!budget.capped(100));
    }

    #[test]
    fn a_wrong_clock_brings_no_month_back_and_the_controllers_counts() {
        let mut budget = begun();
        budget.count(at(0, NOVEMBER), bytes(100));
        budget.count(at(1, 0), bytes(130));
        assert_eq!((budget.now.month, budget.now.bytes), (202_611, 130), "1970");
        budget.count(at(2, NOVEMBER + 4000 * DAY_MS), bytes(140));
        assert_ne!(budget.now.month, 202_611, "ahead, and nobody says so");
        budget.clock(at(3, 0), Millis(NOVEMBER));
        budget.count(at(3, 0), bytes(145));
        assert_eq!(budget.now.month, 202_611, "the controller does");
    }

    #[test]
    fn it_is_kept_with_the_rest_or_once_a_day() {
        let mut budget = begun();
        assert!(kept(&mut budget, 0, true).is_none(), "there is nothing to keep");
        budget.count(at(0, NOVEMBER), bytes(7));
        assert!(kept(&mut budget, DAY_MS - 1, false).is_none());
        assert!(kept(&mut budget, DAY_MS - 1, true).is_some(), "with the rest");
        budget.count(at(0, NOVEMBER), bytes(9));
        assert!(kept(&mut budget, DAY_MS, false).is_none());
        let record = kept(&mut budget, 2 * DAY_MS, false).expect("after a day");
        let records = BTreeMap::from([(RECORD.into(), record)]);
        let mut bad = Vec::new();
        let mut again = Budget::restore(&records, at(0, 0), &mut bad);
        again.count(at(0, NOVEMBER), bytes(1));
        assert_eq!((again.now.bytes, bad.len()), (10, 0));
        let records = BTreeMap::from([(RECORD.into(), b"x".to_vec())]);
        Budget::restore(&records, at(0, 0), &mut bad);
        assert_eq!(bad, [RECORD]);
    }

    proptest! {
        /// However often it is asked, an idle node writes its count once a day, and loses no byte of a month.
        #[test]
        fn it_is_written_once_a_day_and_no_byte_is_lost(
            spans in prop::collection::vec((0u64..DAY_MS, 0u64..1000), 1..50),
        ) {
            let (mut budget, mut mono, mut total, mut writes) = (begun(), 0, 0, 0);
            for (span_ms, more) in spans {
                (mono, total) = (mono + span_ms, total + more);
                budget.count(at(mono, NOVEMBER), bytes(total));
                writes += u64::from(kept(&mut budget, mono, false).is_some());
                prop_assert_eq!(budget.now.bytes, total);
            }
            prop_assert!(writes <= mono / DAY_MS);
        }
    }
}
