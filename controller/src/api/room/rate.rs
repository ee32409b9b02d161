//! How often, for each of many.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many are remembered; those that have not come for long are forgotten first.
const KNOWN_MAX: usize = 4096;

/// So many a second for each, and twice as many at once.
pub(super) struct Rates<K> {
    /// How long one takes.
    each: Duration,
    /// Until when each has used up what it may (`GCRA`: the time at which it would be as if it had never come).
    until: Mutex<BTreeMap<K, Instant>>,
}

impl<K: Ord + Clone> Rates<K> {
    pub(super) fn new(per_second: u32) -> Self {
        let each = Duration::from_secs(1) / per_second.max(1);
        Self { each, until: Mutex::new(BTreeMap::new()) }
    }

    /// Whether it may come now; then it has.
    pub(super) fn take(&self, who: K) -> bool {
        self.take_at(who, Instant::now())
    }

    fn take_at(&self, who: K, now: Instant) -> bool {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= KNOWN_MAX {
            until.retain(|_, at| *at > now);
        }
        let used = until.get(&who).copied().filter(|at| *at > now).unwrap_or(now);
        let next = used + self.each;
        // Twice a second's worth at once.
        if next > now + Duration::from_secs(2) {
            return false;
        }
        if until.len() < KNOWN_MAX || until.contains_key(&who) {
            until.insert(who, next);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_so_many_a_second() {
        let (rates, begin) = (Rates::new(10), Instant::now());
        let come = |who: &'static str, ms: u64, times: usize| {
            let at = begin + Duration::from_millis(ms);
            (0..times).filter(|_| rates.take_at(who, at)).count()
        };
        assert_eq!(come("a", 0, 100), 20);
        assert_eq!(come("a", 50, 100), 0);
        assert_eq!(come("b", 50, 5), 5);
        assert_eq!(come("a", 1000, 100), 10);
        assert_eq!(come("a", 60_000, 100), 20);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (rates, now) = (Rates::new(10), Instant::now());
        for who in 0..KNOWN_MAX + 10 {
            assert!(rates.take_at(who, now));
        }
        assert!(rates.until.lock().expect("whole").len() <= KNOWN_MAX);
        rates.take_at(0, now + Duration::from_secs(10));
        assert_eq!(rates.until.lock().expect("whole").len(), 1);
    }
}
