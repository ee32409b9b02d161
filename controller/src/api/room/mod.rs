//! How much of the API one client may take, so that there is room for the others.
//!
//! The law of this room: who takes more than its share is refused at once; nobody waits for it.

mod rate;
mod tally;

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use controller_core::admit::ApiError;

use rate::Rates;
pub(super) use tally::Place;
use tally::Tally;

/// The limits of the API's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many connections at a time; more are cut.
    pub connections: usize,
    /// So many of one address (of one /64, where addresses are IPv6); more are cut.
    pub connections_per_address: usize,
    /// So many connections a second of one address, and twice as many at once; more are cut.
    pub handshakes_per_second: u32,
    /// How long TLS may take to come up.
    pub handshake_wait: Duration,
    /// How long a request's head may take to come, and how long a connection may be idle.
    pub header_wait: Duration,
    /// The largest body of a request, in bytes; larger ones are refused (413).
    pub body_bytes_max: usize,
    /// So many requests of one user are answered at a time; more are refused (429).
    pub requests_per_user: usize,
    /// So many watches at a time; more are refused (429).
    pub watches: usize,
    /// So many of one user; more are refused (429).
    pub watches_per_user: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 2048,
            connections_per_address: 512,
            handshakes_per_second: 100,
            handshake_wait: Duration::from_secs(10),
            header_wait: Duration::from_secs(30),
            body_bytes_max: 3 << 20,
            requests_per_user: 256,
            watches: 8192,
            watches_per_user: 2048,
        }
    }
}

#[derive(Debug, Default)]
struct Refused {
    full: AtomicU64,
    address: AtomicU64,
    handshakes: AtomicU64,
    requests: AtomicU64,
    watches: AtomicU64,
}

/// The room that there is, and who has taken of it.
pub(super) struct Room {
    rates: Rates<IpAddr>,
    addresses: Arc<Tally<IpAddr>>,
    requests: Arc<Tally<String>>,
    watches: Arc<Tally<String>>,
    refused: Refused,
}

impl Room {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            rates: Rates::new(limits.handshakes_per_second),
            addresses: Tally::new(limits.connections_per_address, limits.connections),
            requests: Tally::new(limits.requests_per_user, usize::MAX),
            watches: Tally::new(limits.watches_per_user, limits.watches),
            refused: Refused::default(),
        }
    }

    /// A connection's place; none: it is to be cut.
    pub(super) fn connection(&self, from: IpAddr) -> Option<Place<IpAddr>> {
        let from = neighbourhood(from);
        let why = if self.addresses.is_full() {
            &self.refused.full
        } else if !self.rates.take(from) {
            &self.refused.handshakes
        } else if let Some(place) = self.addresses.enter(from) {
            return Some(place);
        } else {
            &self.refused.address
        };
        why.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// A place for a request that is being answered.
    ///
    /// # Errors
    /// 429 if the user has too many.
    pub(super) fn request(&self, user: &str) -> Result<Place<String>, ApiError> {
        let message = "Too many requests of this user are being answered, please try again";
        enter(&self.requests, user, &self.refused.requests, message)
    }

    /// A place for a watch.
    ///
    /// # Errors
    /// 429 if there are too many, of this user or in all.
    pub(super) fn watch(&self, user: &str) -> Result<Place<String>, ApiError> {
        let message = "Too many watches are open, please try again";
        enter(&self.watches, user, &self.refused.watches, message)
    }

    /// Its part of `/metrics`.
    pub(super) fn text(&self) -> String {
        let mut out = format!(
            "# HELP driftless_api_connections Open connections.\n# TYPE driftless_api_connections gauge\ndriftless_api_connections {}\n\
             # HELP driftless_api_refused_total Connections that were cut, and requests that were refused, since there was no room for them.\n\
             # TYPE driftless_api_refused_total counter\n",
            self.addresses.all()
        );
        let refused = &self.refused;
        for (why, count) in [
            ("connections", &refused.full),
            ("connections_per_address", &refused.address),
            ("handshakes_per_second", &refused.handshakes),
            ("requests_per_user", &refused.requests),
            ("watches", &refused.watches),
        ] {
            let count = count.load(Ordering::Relaxed);
            // Writing to a String cannot fail.
            let _ = writeln!(out, "driftless_api_refused_total{{limit=\"{why}\"}} {count}");
        }
        out
    }
}

fn enter(
    tally: &Arc<Tally<String>>,
    user: &str,
    refused: &AtomicU64,
    message: &str,
) -> Result<Place<String>, ApiError> {
    tally.enter(user.to_owned()).ok_or_else(|| {
        refused.fetch_add(1, Ordering::Relaxed);
        ApiError::too_many_requests(message, 1)
    })
}

/// Whoever has one IPv6 address has 2^64 of them.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share() {
        for (address, want) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            let parse = |text: &str| text.parse::<IpAddr>().expect("an address");
            assert_eq!(neighbourhood(parse(address)), parse(want), "{address}");
        }
    }

    #[test]
    fn an_address_that_is_refused_leaves_room_for_others() {
        let limits = Limits { connections: 3, connections_per_address: 2, ..Limits::default() };
        let room = Room::new(&limits);
        let [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|t| t.parse().expect("one"));
        let held = [room.connection(a), room.connection(a)];
        assert!(held.iter().all(Option::is_some) && room.connection(a).is_none());
        let other = room.connection(b);
        assert!(other.is_some() && room.connection(c).is_none());
        drop(held);
        assert!(room.connection(a).is_some());
        let text = room.text();
        assert!(text.contains("{limit=\"connections_per_address\"} 1\n"), "{text}");
        assert!(text.contains("{limit=\"connections\"} 1\n"), "{text}");
        assert!(text.contains("driftless_api_connections 1\n"), "{text}");
    }
}
