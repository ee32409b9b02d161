//! The link to the nodes: MQTT, through the embedded broker or one that is brought along.
//!
//! The law of this room: it is a pipe that may be cut at any byte. Nothing here is kept; what must arrive is said again by
//! the core until the other side has said that it has it.

mod broker;
mod external;
mod inbox;
mod pace;
mod streams;
mod transfers;
mod tunnels;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use model::NodeName;
use model::message::{Down, Up};
use tokio::sync::mpsc;
use wire::stream::Hub;

use crate::join::Desk;
use crate::pki::Live;
use broker::Broker;
use external::External;
use inbox::Inbox;
use streams::Streams;
use transfers::Transfers;

/// So many messages of nodes wait for the drive; more wait at their senders.
const EVENTS_MAX: usize = 1024;

/// What comes in.
#[derive(Debug)]
pub enum LinkEvent {
    /// A node said something.
    Said(NodeName, Up),
    /// A node's connection came up, or ended.
    Presence(NodeName, bool),
}

/// How the link is made.
#[derive(Clone, Debug)]
pub struct LinkConfig {
    /// Where the embedded broker listens without TLS: on loopback only; port 0: any free one.
    pub plain: Option<SocketAddr>,
    /// An external broker instead of it: `mqtts://host:port`.
    pub broker: Option<String>,
    /// The first level of all topics.
    pub prefix: String,
}

/// The door that nodes come in by: over TLS, by their certificates, or to be given one.
pub struct Door {
    /// Where the embedded broker listens; port 0: any free one.
    pub listen: SocketAddr,
    /// Its side of TLS.
    pub pki: Arc<Live>,
    /// Where machines become nodes.
    pub desk: Arc<Desk>,
}

/// A broker of one's own, and what is needed to trust none of what it says.
pub struct Outside {
    /// Our side of TLS to it.
    pub pki: Arc<Live>,
    /// The authorities by which it is known; none: our own.
    pub roots: Option<rustls::RootCertStore>,
    /// The user's name and password that it wants to know.
    pub login: Option<(String, String)>,
    /// Where machines become nodes, and tunnels to them begin.
    pub desk: Arc<Desk>,
}

/// How nodes come in.
pub enum Entry {
    /// To the embedded broker.
    Door(Door),
    /// Through another.
    Outside(Outside),
}

/// Why the link cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen for MQTT on {address}: {source}; is a broker or another controller running there? Choose another address with --mqtt-listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The address is not loopback.
    #[error(
        "without TLS, MQTT listens on loopback only, not on {0}: nodes on other machines join by a token, at the address of --mqtt-listen"
    )]
    NotLoopback(SocketAddr),
    /// The broker's address is none.
    #[error("{0:?} is no address of a broker: write mqtts://host:port, or mqtt:// without TLS")]
    BadBroker(String),
}

/// What the link has seen, in figures.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    received_messages: AtomicU64,
    received_bytes: AtomicU64,
    sent_messages: AtomicU64,
    sent_bytes: AtomicU64,
    connected: AtomicU64,
    refused: AtomicU64,
    throttled: AtomicU64,
    dropped: AtomicU64,
    malformed: AtomicU64,
}

impl Counters {
    fn add(counter: &AtomicU64, n: usize) {
        counter.fetch_add(n as u64, Ordering::Relaxed);
    }
}

/// The link in figures. Bytes are those of MQTT packets where the broker is embedded, of payloads where it is not.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkFigures {
    /// Messages of nodes.
    pub received_messages: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// Messages to nodes.
    pub sent_messages: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Clients connected to the embedded broker, or 1 while the connection to an external one is up.
    pub connected: u64,
    /// Connections and publications that were refused.
    pub refused: u64,
    /// How often a client said more than it may, and was listened to more slowly.
    pub throttled: u64,
    /// Messages and clients dropped because they were too slow.
    pub dropped: u64,
    /// Messages that were none.
    pub malformed: u64,
}

enum Way {
    Embedded(Arc<Broker>),
    External(External),
}

/// A handle on the link. Cheap to clone.
#[derive(Clone)]
pub struct Link {
    way: Arc<Way>,
    prefix: Arc<str>,
    transfers: Arc<Transfers>,
    streams: Arc<Streams>,
    counters: Arc<Counters>,
    /// Where the embedded broker listens.
    address: Option<SocketAddr>,
}

/// Looks at a configuration without opening anything.
///
/// # Errors
/// If the embedded broker's address is not loopback, or the external one's address is none.
pub fn check(config: &LinkConfig) -> Result<(), LinkError> {
    match &config.broker {
        Some(broker) if wire::address::parse(broker).is_none() => {
            Err(LinkError::BadBroker(broker.clone()))
        }
        _ => match config.plain {
            Some(plain) if !plain.ip().is_loopback() => Err(LinkError::NotLoopback(plain)),
            _ => Ok(()),
        },
    }
}

/// Makes the link.
///
/// # Errors
/// If the address cannot be listened on, or the broker's address is none. A broker that does not answer is no error: it is
/// tried again.
pub async fn start(
    config: LinkConfig,
    entry: Option<Entry>,
) -> Result<(Link, mpsc::Receiver<LinkEvent>), LinkError> {
    let (events, receiver) = mpsc::channel(EVENTS_MAX);
    let counters = Arc::new(Counters::default());
    let prefix: Arc<str> = Arc::from(config.prefix.as_str());
    let transfers = Arc::new(Transfers::default());
    let streams = Arc::new(Streams::default());
    let (door, outside) = match entry {
        Some(Entry::Door(door)) => (Some(door), None),
        Some(Entry::Outside(outside)) => (None, Some(outside)),
        None => (None, None),
    };
    let desk = door.as_ref().map(|door| &door.desk);
    let desk = desk.or(outside.as_ref().map(|outside| &outside.desk)).cloned();
    let inbox = Arc::new(Inbox::new(
        prefix.clone(),
        events,
        transfers.clone(),
        streams.clone(),
        counters.clone(),
        desk,
    ));
    let (way, address) = match &config.broker {
        Some(broker) => {
            let external =
                External::start(broker, prefix.clone(), inbox, counters.clone(), outside)?;
            (Way::External(external), None)
        }
        None => {
            let broker = Broker::new(prefix.clone(), inbox, counters.clone());
            let (broker, address) = broker::listen(broker, config.plain, door)?;
            (Way::Embedded(broker), address)
        }
    };
    Ok((Link { way: Arc::new(way), prefix, transfers, streams, counters, address }, receiver))
}

impl Link {
    /// Says something to a node, if it is there; never waits. What does not arrive is said again by the core.
    pub fn send(&self, node: &NodeName, message: &Down) {
        let bytes = match wire::encode_down(message) {
            Ok(bytes) => bytes,
            Err(error) => {
                Counters::add(&self.counters.dropped, 1);
                tracing::error!(%node, %error, "a message cannot be sent; fewer or smaller config maps and secrets on the node help");
                return;
            }
        };
        Counters::add(&self.counters.sent_messages, 1);
        let Some(payload) = self.transfers.say(node, bytes, Instant::now()) else {
            return Counters::add(&self.counters.dropped, 1);
        };
        let topic = wire::topic::down(&self.prefix, node);
        match &*self.way {
            Way::Embedded(broker) => broker.publish(&topic, payload.into()),
            Way::External(external) => external.publish(&topic, payload),
        }
    }

    /// The streams to a node. They are lost when its connection is, and can be opened again over the next one.
    #[must_use]
    pub fn streams(&self, node: &NodeName) -> Hub {
        self.streams.to(node, |hub| {
            let (way, topic) = (self.way.clone(), wire::topic::stream_down(&self.prefix, node));
            let node = node.clone();
            async move {
                loop {
                    let frame = hub.next().await;
                    match &*way {
                        Way::Embedded(broker) => broker.stream(&node, &topic, frame.into()).await,
                        Way::External(external) => external.stream(&topic, frame).await,
                    }
                }
            }
        })
    }

    /// Where the embedded broker listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Ends a node's connection: it is not believed any more.
    pub fn cut(&self, node: &NodeName) {
        match &*self.way {
            Way::Embedded(broker) => broker.cut(node),
            Way::External(external) => external.cut(node),
        }
    }

    /// What it has seen.
    #[must_use]
    pub fn figures(&self) -> LinkFigures {
        let c = &self.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LinkFigures {
            received_messages: read(&c.received_messages),
            received_bytes: read(&c.received_bytes),
            sent_messages: read(&c.sent_messages),
            sent_bytes: read(&c.sent_bytes),
            connected: read(&c.connected),
            refused: read(&c.refused),
            throttled: read(&c.throttled),
            dropped: read(&c.dropped),
            malformed: read(&c.malformed),
        }
    }
}

#[cfg(test)]
mod tests;
