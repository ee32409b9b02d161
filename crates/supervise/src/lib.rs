//! Speaks to what supervises the process: systemd, and whatever else understands `sd_notify(3)`.
//!
//! The law of this crate: only the loop that does the work says that it is alive. Without a supervisor nothing is said.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// Says that the process does its work, and on what.
pub fn ready(status: &str) {
    say(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Says what the process is at, before it is ready.
pub fn busy(status: &str) {
    say(&[NotifyState::Status(status)]);
}

/// Says that the process ends because it was asked to.
pub fn stopping() {
    say(&[NotifyState::Stopping]);
}

/// A supervisor that does not listen is no reason not to work.
fn say(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

/// Signs of life, for a supervisor that ends a process of which it has heard nothing for a while.
#[derive(Debug)]
pub struct Watchdog {
    period: Option<Duration>,
    due: Option<Instant>,
}

impl Watchdog {
    /// What the supervisor asks for, by `$WATCHDOG_USEC`; nothing if there is none.
    #[must_use]
    pub fn asked_for() -> Self {
        Self::every(sd_notify::watchdog_enabled(), Instant::now())
    }

    /// Twice in the time that the supervisor waits, as its manual asks.
    fn every(limit: Option<Duration>, now: Instant) -> Self {
        Self { period: limit.map(|limit| limit / 2), due: limit.map(|_| now) }
    }

    /// When the next sign is due; none: never.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Gives a sign of life.
    pub fn feed(&mut self) {
        say(&[NotifyState::Watchdog]);
        self.fed(Instant::now());
    }

    fn fed(&mut self, now: Instant) {
        self.due = self.period.and_then(|period| now.checked_add(period));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_come_twice_in_the_time_that_is_waited() {
        let now = Instant::now();
        let mut watchdog = Watchdog::every(Some(Duration::from_secs(60)), now);
        assert_eq!(watchdog.due(), Some(now));
        watchdog.fed(now);
        assert_eq!(watchdog.due(), Some(now + Duration::from_secs(30)));
    }

    #[test]
    fn without_a_supervisor_none_is_due() {
        let now = Instant::now();
        let mut watchdog = Watchdog::every(None, now);
        assert_eq!(watchdog.due(), None);
        watchdog.fed(now);
        assert_eq!(watchdog.due(), None);
    }
}
