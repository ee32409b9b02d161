//! How much one client may say, and how many may come: a token bucket.

use std::time::Duration;

use tokio::time::Instant;

/// So many messages a second are heard of one client, in the long run.
const MESSAGES_A_SECOND: f64 = 50.0;
/// And so many at once: a large message comes in pieces, each of which counts.
const MESSAGES_AT_ONCE: f64 = 500.0;
/// What a frame of a stream counts as: the credit that it needs bounds those that are worth anything.
const FRAME: f64 = 0.001;
/// So many connections a second come to TLS, from everywhere; others come again. A fleet of ten thousand is back in twenty seconds,
/// and half a core is left for those that are there.
const HANDSHAKES_A_SECOND: f64 = 500.0;
const HANDSHAKES_AT_ONCE: f64 = 2000.0;

/// What is left.
pub(super) struct Allowance {
    a_second: f64,
    at_once: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    fn full(a_second: f64, at_once: f64) -> Self {
        Self { a_second, at_once, left: at_once, at: Instant::now() }
    }

    /// For what one client says.
    pub(super) fn of_messages() -> Self {
        Self::full(MESSAGES_A_SECOND, MESSAGES_AT_ONCE)
    }

    /// For all who come.
    pub(super) fn of_handshakes() -> Self {
        Self::full(HANDSHAKES_A_SECOND, HANDSHAKES_AT_ONCE)
    }

    fn refill(&mut self) {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * self.a_second;
        (self.left, self.at) = ((self.left + gained).min(self.at_once), now);
    }

    /// Something was said: true if it was too much, for the first time since it was not.
    pub(super) fn said(&mut self, is_frame: bool) -> bool {
        self.refill();
        let before = self.left;
        self.left -= if is_frame { FRAME } else { 1.0 };
        before >= 0.0 && self.left < 0.0
    }

    /// Whether there is room for one more; then it is taken.
    pub(super) fn take(&mut self) -> bool {
        self.refill();
        let has = self.left >= 1.0;
        if has {
            self.left -= 1.0;
        }
        has
    }

    /// Until when nothing more is heard; none: now is well.
    pub(super) fn closed_until(&self) -> Option<Instant> {
        let owed = -self.left;
        (owed > 0.0).then(|| self.at + Duration::from_secs_f64(owed / self.a_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_is_refused_and_what_was_refused_costs_nothing() {
        let mut allowance = Allowance::full(0.001, 3.0);
        let taken = (0..10).filter(|_| allowance.take()).count();
        assert_eq!(taken, 3);
        assert!(allowance.closed_until().is_none());
        assert!(allowance.said(false) && !allowance.said(false), "told of once");
        assert!(allowance.closed_until().is_some_and(|at| at > Instant::now()));
    }
}
