//! A token bucket: so many a second in the long run, and so many at once.

use std::time::Duration;

use tokio::time::Instant;

/// What is left of it.
pub(crate) struct Bucket {
    a_second: f64,
    at_once: f64,
    left: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub(crate) fn full(a_second: f64, at_once: f64) -> Self {
        Self { a_second, at_once, left: at_once, at: Instant::now() }
    }

    fn refill(&mut self) {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * self.a_second;
        (self.left, self.at) = ((self.left + gained).min(self.at_once), now);
    }

    /// Whether there is one more; then it is taken.
    pub(crate) fn take(&mut self) -> bool {
        self.refill();
        let has = self.left >= 1.0;
        if has {
            self.left -= 1.0;
        }
        has
    }

    /// Takes what has been spent already, into debt if need be: true if that begins with it.
    pub(crate) fn spend(&mut self, cost: f64) -> bool {
        self.refill();
        let before = self.left;
        self.left -= cost;
        before >= 0.0 && self.left < 0.0
    }

    /// When it is out of debt; none: it is in none.
    pub(crate) fn even_at(&self) -> Option<Instant> {
        let owed = -self.left;
        (owed > 0.0).then(|| self.at + Duration::from_secs_f64(owed / self.a_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_is_refused_and_what_was_refused_costs_nothing() {
        let mut bucket = Bucket::full(0.001, 3.0);
        let taken = (0..10).filter(|_| bucket.take()).count();
        assert_eq!(taken, 3);
        assert!(bucket.even_at().is_none());
        assert!(bucket.spend(1.0) && !bucket.spend(1.0), "told of once");
        assert!(bucket.even_at().is_some_and(|at| at > Instant::now()));
    }
}
