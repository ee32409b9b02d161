//! Lines in the log that somebody else can cause are paced, so that nobody can fill a disk with them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One line in so long.
const PERIOD: Duration = Duration::from_secs(1);

/// Paces one kind of line.
#[derive(Default)]
pub(super) struct Pace(Mutex<State>);

#[derive(Default)]
struct State {
    last: Option<Instant>,
    kept_back: u64,
}

impl Pace {
    /// Whether a line may be written now: how many were kept back before it. None: it is kept back itself.
    pub(super) fn line(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| now.duration_since(last) < PERIOD) {
            state.kept_back += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_period_and_the_others_are_counted() {
        let (pace, start) = (Pace::default(), Instant::now());
        let at = |ms| pace.line(start + Duration::from_millis(ms));
        assert_eq!(
            [at(0), at(10), at(999), at(1000), at(2500)],
            [Some(0), None, None, Some(2), Some(0)]
        );
    }
}
