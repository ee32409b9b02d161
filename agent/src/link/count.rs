//! What passes the link, by what it is for. Payloads are counted as they are; what MQTT and TLS put around them is reckoned,
//! since each packet of MQTT travels in a record of TLS of its own when a link is quiet.

use std::sync::atomic::{AtomicU64, Ordering};

use model::message::{Down, Up};
use model::report::{CLASSES, Class, Traffic};
use rumqttc::{Event, Outgoing, Packet};

/// A record of TLS 1.3 around what it carries: head, kind and tag.
const RECORD: u64 = 5 + 1 + 16;
/// A handshake of TLS with certificates of both sides, about, each way.
const HANDSHAKE: u64 = 1800;
/// A packet that only acknowledges.
const ACK: u64 = 4;
/// A ping, and its answer.
const PING: u64 = 2;
/// A publication's head: kind, length, length of the topic, number.
const HEAD: u64 = 7;

/// Counters of both ways.
#[derive(Default)]
pub(crate) struct Count {
    sent: [AtomicU64; CLASSES],
    received: [AtomicU64; CLASSES],
}

impl Count {
    pub(super) fn sent(&self, class: Class, bytes: usize) {
        add(&self.sent, class, bytes as u64);
    }

    pub(super) fn received(&self, class: Class, bytes: usize) {
        add(&self.received, class, bytes as u64);
    }

    /// A message of ours: its events apart, for they may wait where the rest may not.
    pub(super) fn said(&self, message: &Up, bytes: usize) {
        let class = if matches!(message, Up::Report(_)) { Class::Status } else { Class::Orders };
        let mut rest = bytes;
        if let Up::Report(report) = message
            && !report.events.is_empty()
        {
            let mut without = report.clone();
            without.events.clear();
            if let Ok(without) = wire::encode_up(&Up::Report(without)) {
                rest = without.len().min(bytes);
            }
        }
        self.sent(Class::Events, bytes - rest);
        self.sent(class, rest);
    }

    /// A message to us.
    pub(super) fn heard(&self, message: Option<&Down>, bytes: usize) {
        let class = match message {
            Some(Down::ReportTaken { .. }) => Class::Status,
            // Pieces are of orders: nothing else to us is large.
            _ => Class::Orders,
        };
        self.received(class, bytes);
    }

    /// What goes around it all. `records`: each packet is in one of TLS.
    pub(super) fn around(&self, event: &Event, records: bool, topic_bytes: usize) {
        let record = if records { RECORD } else { 0 };
        let topic = HEAD + topic_bytes as u64;
        let (sent, received) = match event {
            Event::Incoming(Packet::ConnAck(_)) => {
                let handshake = if records { HANDSHAKE } else { 0 };
                (handshake + 64 + record, handshake + ACK + record)
            }
            Event::Incoming(Packet::Publish(_)) => (0, topic + record),
            Event::Incoming(Packet::PingResp) => (0, PING + record),
            Event::Incoming(_) => (0, ACK + record),
            Event::Outgoing(Outgoing::PingReq) => (PING + record, 0),
            Event::Outgoing(Outgoing::Publish(_)) => (topic + record, 0),
            Event::Outgoing(_) => (ACK + record, 0),
        };
        add(&self.sent, Class::Overhead, sent);
        add(&self.received, Class::Overhead, received);
    }

    /// All of it.
    pub(crate) fn traffic(&self) -> Traffic {
        let of =
            |all: &[AtomicU64; CLASSES]| std::array::from_fn(|i| all[i].load(Ordering::Relaxed));
        Traffic { sent: of(&self.sent), received: of(&self.received), ..Traffic::default() }
    }
}

fn add(all: &[AtomicU64; CLASSES], class: Class, bytes: u64) {
    all[class as usize].fetch_add(bytes, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use model::report::{NodeEvent, Report};

    use super::*;

    #[test]
    fn each_byte_has_its_class() {
        let count = Count::default();
        let mut report = Report { sequence: 1, ..Report::default() };
        let plain = wire::encode_up(&Up::Report(report.clone().into())).unwrap().len();
        count.said(&Up::Report(report.clone().into()), plain);
        report.events.push(NodeEvent {
            at: model::Millis(1),
            pod: None,
            container: String::new(),
            warning: true,
            reason: "BackOff".into(),
            message: "again and again".into(),
            count: 1,
        });
        let message = Up::Report(report.into());
        let bytes = wire::encode_up(&message).unwrap().len();
        count.said(&message, bytes);
        count.said(&Up::Bye, 3);
        count.sent(Class::Streams, 50);
        count.heard(Some(&Down::WhoAreYou), 4);
        count.heard(Some(&Down::ReportTaken { boot: 1, sequence: 1 }), 6);
        count.around(&Event::Outgoing(Outgoing::PingReq), true, 9);
        count.around(&Event::Incoming(Packet::PingResp), false, 9);
        let seen = count.traffic();
        let (status, events) = (2 * plain as u64, (bytes - plain) as u64);
        assert_eq!(seen.sent, [3, status, events, 50, PING + RECORD]);
        assert_eq!(seen.received, [4, 6, 0, 0, PING]);
        assert!(events > 0);
    }
}
