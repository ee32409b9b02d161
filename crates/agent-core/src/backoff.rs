//! Trying again: at once the first time, then ever later, forgiven after a good while.

use model::Millis;

/// The first wait, in milliseconds; doubles up to [`WAIT_MAX_MS`].
pub(crate) const WAIT_FIRST_MS: u64 = 10_000;
/// The longest wait, in milliseconds.
pub(crate) const WAIT_MAX_MS: u64 = 300_000;
/// What ran so long, in milliseconds, starts anew.
const FORGIVEN_AFTER_MS: u64 = 600_000;

/// How often something failed lately, and when to try it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backoff {
    failures: u32,
    until: Option<Millis>,
}

impl Backoff {
    /// It failed: waits from the first failure on.
    pub(crate) fn failed(&mut self, now: Millis) {
        let wait = WAIT_FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(WAIT_MAX_MS);
        self.failures += 1;
        self.until = Some(now.plus(wait));
    }

    /// It ended after having run for `ran_ms`: the first time it is tried again at once.
    pub(crate) fn ended(&mut self, now: Millis, ran_ms: u64) {
        if ran_ms >= FORGIVEN_AFTER_MS {
            self.failures = 0;
        }
        let wait = match self.failures {
            0 => 0,
            n => WAIT_FIRST_MS.saturating_mul(1 << (n - 1).min(16)).min(WAIT_MAX_MS),
        };
        self.failures += 1;
        self.until = (wait > 0).then(|| now.plus(wait));
    }

    /// It succeeded.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// When to try again, if that lies ahead.
    pub(crate) fn waits(&self, now: Millis) -> Option<Millis> {
        self.until.filter(|until| *until > now)
    }

    /// How long the present wait is in all, in milliseconds: what a message tells.
    pub(crate) fn wait_ms(&self) -> u64 {
        WAIT_FIRST_MS.saturating_mul(1 << self.failures.saturating_sub(2).min(16)).min(WAIT_MAX_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_come_at_once_and_then_ever_later() {
        let mut backoff = Backoff::default();
        let mut at = Millis(1000);
        for want_s in [0, 10, 20, 40, 80, 160, 300, 300] {
            backoff.ended(at, 1000);
            assert_eq!(backoff.waits(at), (want_s > 0).then(|| at.plus(want_s * 1000)));
            if want_s > 0 {
                assert_eq!(backoff.wait_ms(), want_s * 1000);
            }
            at = at.plus(want_s * 1000);
        }
        backoff.ended(at, FORGIVEN_AFTER_MS);
        assert_eq!(backoff.waits(at), None, "forgiven");
    }

    #[test]
    fn failures_wait_from_the_first_on() {
        let mut backoff = Backoff::default();
        for want_s in [10, 20, 40, 80, 160, 300] {
            backoff.failed(Millis(0));
            assert_eq!(backoff.waits(Millis(0)), Some(Millis(want_s * 1000)));
        }
    }
}
