//! The embedded broker: a small MQTT 3.1.1 endpoint (OASIS standard, 2014). A door, not a warehouse: clean sessions, wills,
//! and the nodes' presence retained in memory. What clients publish is taken with QoS 0 and 1; what they subscribe to is
//! granted with QoS 0: a connection that holds brings everything in order, and over one that does not, nothing is said again
//! by the broker in any case.
//!
//! The law of this room: a client costs little, harms no other, and is dropped rather than waited for.

mod access;
mod session;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use model::NodeName;
use rumqttc::mqttbytes::matches;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::inbox::Inbox;
use super::pace::Pace;
use super::{Counters, Door, LinkError};
use crate::bucket::Bucket;
use crate::join::Desk;
use crate::pki::{self, Live};
use access::{Shown, Who};

/// So many connections a second come to TLS, from everywhere; others come again. A fleet of ten thousand is back in twenty
/// seconds, and time is left for those that are there.
const HANDSHAKES_A_SECOND: f64 = 500.0;
const HANDSHAKES_AT_ONCE: f64 = 2000.0;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;
/// A TLS handshake that is not done by then is given up.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(20);
/// So many clients may be connected.
const CLIENTS_MAX: usize = 120_000;
/// And so many from one address, unless it is loopback.
const CLIENTS_PER_ADDRESS_MAX: usize = 20_000;
/// So much may wait for a node, in bytes: a window of pieces of a large message, and some.
const NODE_QUEUE_BYTES_MAX: usize = 4 << 20;
/// And for a guest, who looks at what many nodes say.
const GUEST_QUEUE_BYTES_MAX: usize = 16 << 20;
/// So many frames of streams wait for a client; the others wait behind whatever else is said.
const FRAMES_MAX: usize = 2;
/// What a publication costs in a queue beside its payload.
const QUEUED_COST_BYTES: usize = 128;
/// So many filters a client may subscribe to.
const FILTERS_MAX: usize = 32;
/// No filter is longer, in bytes.
const FILTER_BYTES_MAX: usize = 512;
/// So many presences are retained.
const RETAINED_MAX: usize = 200_000;

/// A publication on its way to a client.
struct Outgoing {
    topic: Arc<str>,
    payload: Bytes,
    retain: bool,
    /// The place of a frame in the queue; given back when it is written.
    _place: Option<OwnedSemaphorePermit>,
}

impl Outgoing {
    fn cost_bytes(&self) -> usize {
        self.payload.len() + QUEUED_COST_BYTES
    }
}

/// A connected client, as the others see it.
struct Client {
    /// Tells one connection of a client id from the next.
    connection: u64,
    who: Who,
    queue: mpsc::UnboundedSender<Outgoing>,
    queued_bytes: Arc<AtomicUsize>,
    /// Places in the queue for frames of streams.
    frames: Arc<Semaphore>,
    /// Ends its connection.
    end: Arc<Notify>,
    filters: Vec<String>,
}

#[derive(Default)]
struct Registry {
    clients: BTreeMap<Arc<str>, Client>,
    /// Clients with filters beyond their own topics: few, looked at for every publication.
    observers: Vec<Arc<str>>,
    /// The newest presence of each node.
    retained: BTreeMap<Arc<str>, Bytes>,
    connections: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

pub(super) struct Broker {
    prefix: Arc<str>,
    inbox: Arc<Inbox>,
    counters: Arc<Counters>,
    registry: Mutex<Registry>,
    handshakes: Mutex<Bucket>,
    /// Numbers the connections.
    counted: AtomicU64,
    /// Paces what clients can make us log.
    pace: Pace,
}

/// Opens the doors: without TLS, and with it. Where it listens without TLS; with it, if only so.
pub(super) fn listen(
    broker: Broker,
    plain: Option<SocketAddr>,
    door: Option<Door>,
) -> Result<(Arc<Broker>, Option<SocketAddr>), LinkError> {
    let broker = Arc::new(broker);
    let mut at = None;
    if let Some(address) = plain {
        if !address.ip().is_loopback() {
            return Err(LinkError::NotLoopback(address));
        }
        let (listener, bound) = open(address)?;
        at = Some(bound);
        tokio::spawn(accept(broker.clone(), listener, None));
    }
    if let Some(Door { listen, pki, desk }) = door {
        let (listener, bound) = open(listen)?;
        at = at.or(Some(bound));
        tokio::spawn(accept(broker.clone(), listener, Some((pki, desk))));
    }
    Ok((broker, at))
}

fn open(address: SocketAddr) -> Result<(TcpListener, SocketAddr), LinkError> {
    let bind = || -> io::Result<(TcpListener, SocketAddr)> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    bind().map_err(|source| LinkError::Listen { address, source })
}

/// The TLS of a door, and who knows the nodes.
type Secure = Option<(Arc<Live>, Arc<Desk>)>;

async fn accept(broker: Arc<Broker>, listener: TcpListener, secure: Secure) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let hurried = secure.is_some() && !broker.has_time();
                if hurried || !broker.lets_in(from.ip()) {
                    Counters::add(&broker.counters.refused, 1);
                    continue;
                }
                let _ = stream.set_nodelay(true);
                let (broker, secure) = (broker.clone(), secure.clone());
                tokio::spawn(async move {
                    match secure {
                        None => session::serve(&broker, stream, Shown::Nothing).await,
                        Some((pki, desk)) => broker.serve_tls(stream, from, &pki, &desk).await,
                    }
                    broker.left(from.ip());
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: those that are open must go on.
                tracing::warn!(%error, "cannot accept an MQTT connection; trying again");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

impl Broker {
    /// A broker that nobody can reach yet.
    pub(super) fn new(prefix: Arc<str>, inbox: Arc<Inbox>, counters: Arc<Counters>) -> Self {
        Self {
            prefix,
            inbox,
            counters,
            registry: Mutex::default(),
            handshakes: Mutex::new(Bucket::full(HANDSHAKES_A_SECOND, HANDSHAKES_AT_ONCE)),
            counted: AtomicU64::new(0),
            pace: Pace::default(),
        }
    }

    /// A connection over TLS: who it is is said by its certificate; who has none may ask for one.
    async fn serve_tls(&self, stream: TcpStream, from: SocketAddr, live: &Live, desk: &Desk) {
        let tls = TlsAcceptor::from(live.link());
        let stream = match timeout(HANDSHAKE_WITHIN, tls.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            failed => {
                Counters::add(&self.counters.refused, 1);
                let error = failed.map_or_else(
                    |_| "it took too long".to_owned(),
                    |r| r.err().map_or_else(String::new, |e| e.to_string()),
                );
                if let Some(kept_back) = self.pace.line(std::time::Instant::now()) {
                    tracing::warn!(%from, error, kept_back, "a connection came to nothing");
                }
                return;
            }
        };
        let certificates = stream.get_ref().1.peer_certificates();
        let shown = match certificates.and_then(|all| all.first()) {
            None => Shown::Nobody,
            Some(certificate) => match pki::node_of(certificate) {
                Some((node, key)) if desk.knows(&node, &key) => Shown::Node(node),
                node => {
                    Counters::add(&self.counters.refused, 1);
                    let node = node.map_or_else(String::new, |(node, _)| node.to_string());
                    if let Some(kept_back) = self.pace.line(std::time::Instant::now()) {
                        tracing::warn!(%from, node, kept_back, "a certificate is no node's that is known here, or was revoked; its connection is closed");
                    }
                    return;
                }
            },
        };
        session::serve(self, stream, shown).await;
    }

    /// Ends a node's connection.
    pub(super) fn cut(&self, node: &NodeName) {
        if let Some(client) = self.registry().clients.get(node.as_str()) {
            client.end.notify_one();
        }
    }

    fn registry(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is time for one more handshake.
    fn has_time(&self) -> bool {
        self.handshakes.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn lets_in(&self, from: IpAddr) -> bool {
        let mut registry = self.registry();
        let own = registry.by_address.get(&from).copied().unwrap_or(0);
        let crowded = !from.is_loopback() && own >= CLIENTS_PER_ADDRESS_MAX;
        if registry.connections >= CLIENTS_MAX || crowded {
            return false;
        }
        registry.connections += 1;
        registry.by_address.insert(from, own + 1);
        true
    }

    fn left(&self, from: IpAddr) {
        let mut registry = self.registry();
        registry.connections -= 1;
        if let Some(own) = registry.by_address.get_mut(&from) {
            *own -= 1;
            if *own == 0 {
                registry.by_address.remove(&from);
            }
        }
    }

    /// What the controller says to a node.
    pub(super) fn publish(&self, topic: &str, payload: Bytes) {
        self.route(topic, &payload, false);
    }

    /// Brings a frame of a stream to its node, once few of them are in its queue: whatever else is said goes before those
    /// that wait here.
    pub(super) async fn stream(&self, node: &NodeName, topic: &str, payload: Bytes) {
        let room =
            |registry: &Registry| registry.clients.get(node.as_str()).map(|c| c.frames.clone());
        let Some(room) = room(&self.registry()) else { return };
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let registry = self.registry();
        let client = registry.clients.get(node.as_str());
        // A connection that came meanwhile knows nothing of the stream.
        let client = client.filter(|c| Arc::ptr_eq(&c.frames, &room));
        if let Some(client) = client.filter(|c| c.filters.iter().any(|f| matches(topic, f))) {
            let topic = Arc::from(topic);
            self.hand(client, Outgoing { topic, payload, retain: false, _place: Some(place) });
        }
    }

    /// Brings a publication to everyone who subscribed to it.
    fn route(&self, topic: &str, payload: &Bytes, retain: bool) {
        let topic: Arc<str> = Arc::from(topic);
        let mut registry = self.registry();
        if retain {
            // An empty payload takes away what is retained (section 3.3.1.3).
            if payload.is_empty() {
                registry.retained.remove(&topic);
            } else if registry.retained.len() < RETAINED_MAX
                || registry.retained.contains_key(&topic)
            {
                registry.retained.insert(topic.clone(), payload.clone());
            }
        }
        let addressee = wire::topic::parse(&self.prefix, &topic).map(|(node, _)| node);
        let asking = wire::join::answered(&self.prefix, &topic);
        let own = addressee.as_ref().map(NodeName::as_str).or(asking);
        let own = own.and_then(|id| registry.clients.get(id));
        let observers = registry
            .observers
            .iter()
            .filter(|id| addressee.as_ref().is_none_or(|n| n.as_str() != &***id));
        for client in own.into_iter().chain(observers.filter_map(|id| registry.clients.get(id))) {
            if client.filters.iter().any(|f| matches(&topic, f)) {
                let (topic, payload) = (topic.clone(), payload.clone());
                self.hand(client, Outgoing { topic, payload, retain: false, _place: None });
            }
        }
    }

    /// Puts a publication into a client's queue; a client whose queue is full is too slow, and is dropped.
    fn hand(&self, client: &Client, outgoing: Outgoing) {
        let cost = outgoing.cost_bytes();
        let max = if client.who.is_node() { NODE_QUEUE_BYTES_MAX } else { GUEST_QUEUE_BYTES_MAX };
        if client.queued_bytes.fetch_add(cost, Ordering::Relaxed) + cost > max {
            Counters::add(&self.counters.dropped, 1);
            client.end.notify_one();
            return;
        }
        // One that has just ended is found missing by its own task.
        let _ = client.queue.send(outgoing);
    }

    /// A client has said CONNECT. One of the same id that is there already has to go.
    fn enter(&self, id: &Arc<str>, client: Client) {
        let mut registry = self.registry();
        registry.observers.retain(|o| o != id);
        if let Some(old) = registry.clients.insert(id.clone(), client) {
            old.end.notify_one();
        }
        self.counters.connected.store(registry.clients.len() as u64, Ordering::Relaxed);
    }

    /// A connection has ended. False if another one of the same id took its place.
    fn leave(&self, id: &Arc<str>, connection: u64) -> bool {
        let mut registry = self.registry();
        if registry.clients.get(id).is_none_or(|c| c.connection != connection) {
            return false;
        }
        registry.clients.remove(id);
        registry.observers.retain(|o| o != id);
        self.counters.connected.store(registry.clients.len() as u64, Ordering::Relaxed);
        true
    }

    /// Adds a filter to a client's, and hands it what is retained. False if it has too many, or is gone.
    fn subscribe(&self, id: &Arc<str>, connection: u64, filter: &str) -> bool {
        let mut registry = self.registry();
        let Registry { clients, observers, retained, .. } = &mut *registry;
        let client = clients.get_mut(id).filter(|c| c.connection == connection);
        let Some(client) = client else { return false };
        if !client.filters.iter().any(|f| f == filter) {
            if client.filters.len() >= FILTERS_MAX {
                return false;
            }
            client.filters.push(filter.to_owned());
        }
        if !client.who.is_own(&self.prefix, filter) && !observers.contains(id) {
            observers.push(id.clone());
        }
        for (topic, payload) in retained.iter().filter(|(topic, _)| matches(topic, filter)) {
            let (topic, payload) = (topic.clone(), payload.clone());
            self.hand(client, Outgoing { topic, payload, retain: true, _place: None });
        }
        true
    }

    fn unsubscribe(&self, id: &Arc<str>, connection: u64, filter: &str) {
        let mut registry = self.registry();
        if let Some(client) = registry.clients.get_mut(id).filter(|c| c.connection == connection) {
            client.filters.retain(|f| f != filter);
        }
    }
}

#[cfg(test)]
mod tests;
