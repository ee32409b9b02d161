//! A broker that is brought along. It is neither relied on nor trusted: sessions are clean, nothing is retained but presence,
//! what it acknowledges proves nothing, and what it carries is sealed (`tunnels`). While there is no connection, what is to be said is dropped: the core says it again.
//!
//! Every connection has a client of its own, since rumqttc's can be wedged by what a lost session leaves behind; and its
//! event loop is never interrupted, since an interrupted connect begins anew.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use model::NodeName;
use rumqttc::{
    AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS, SubscribeReasonCode, TlsConfiguration,
    Transport,
};
use rustls::RootCertStore;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::pki::{Live, broker_client};

use super::inbox::{Inbox, Publication};
use super::tunnels::{Heard, Tunnels};
use super::{Counters, LinkError, Outside};

/// So many publications wait on their way out; more are dropped, and said again by the core.
const OUTGOING_MAX: usize = 4096;
/// So many frames of streams wait on their way out; whoever has more waits.
const FRAMES_MAX: usize = 4;
/// So many wait on their way in, in a task of their own, so that the connection is always drained.
const INCOMING_MAX: usize = 16_384;
/// And so many of their bytes.
const INCOMING_BYTES_MAX: usize = 64 << 20;
/// So many requests wait within the client.
const REQUESTS_MAX: usize = 64;
/// What we hear of nodes: the last levels of their topics. Presence is the last, since it is retained: what it leads to is
/// said only when everything is subscribed to.
const LEAVES: [&str; 4] = [JOINING, "u", "s/u", "p"];
/// Not of nodes, but of machines that are to become some.
const JOINING: &str = "_join";
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const CONNECT_WITHIN_S: u64 = 30;
const PACKET_MAX: usize = 256 << 10;
const WAIT_FIRST: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(30);
/// A connection that held so long was a good one: if it is lost, the next one is tried soon.
const GOOD_AFTER: Duration = Duration::from_secs(5);

pub(super) struct External {
    outgoing: mpsc::Sender<Publication>,
    frames: mpsc::Sender<Publication>,
    counters: Arc<Counters>,
    tunnels: Option<Arc<Tunnels>>,
}

impl External {
    /// What a node says is not heard any more, nor is anything said to it.
    pub(super) fn cut(&self, node: &NodeName) {
        if let Some(tunnels) = &self.tunnels {
            tunnels.forget(node);
        }
    }

    pub(super) fn start(
        broker: &str,
        prefix: Arc<str>,
        inbox: Arc<Inbox>,
        counters: Arc<Counters>,
        outside: Option<Outside>,
    ) -> Result<Self, LinkError> {
        let wire::address::Address { host, port, secure } =
            wire::address::parse(broker).ok_or_else(|| LinkError::BadBroker(broker.to_owned()))?;
        // Two controllers on one broker must not throw each other out.
        let mut random = [0u8; 8];
        // Without entropy the process id has to do.
        let _ = getrandom::fill(&mut random);
        let id = format!("driftless-controller-{}-{}", std::process::id(), hex(&random));
        let (outgoing, queued) = mpsc::channel(OUTGOING_MAX);
        let (frames, waiting) = mpsc::channel(FRAMES_MAX);
        let (incoming, received) = mpsc::channel(INCOMING_MAX);
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let tunnels =
            outside.as_ref().map(|o| Arc::new(Tunnels::new(prefix.clone(), o.desk.clone())));
        let (tls, login) = outside.map(|o| ((o.pki, o.roots), o.login)).unzip();
        let line = Line {
            id,
            host,
            port,
            broker: broker.to_owned(),
            prefix,
            incoming,
            waiting_bytes: waiting_bytes.clone(),
            inbox: inbox.clone(),
            counters: counters.clone(),
            up: AtomicBool::new(false),
            tls: tls.filter(|_| secure),
            login: login.flatten(),
            tunnels: tunnels.clone(),
        };
        tokio::spawn(line.run(queued, waiting));
        let tunnelled = tunnels.clone();
        tokio::spawn(deliver(inbox, received, waiting_bytes, outgoing.downgrade(), tunnelled));
        Ok(Self { outgoing, frames, counters, tunnels })
    }

    pub(super) fn publish(&self, topic: &str, payload: Vec<u8>) {
        if self.outgoing.try_send((topic.to_owned(), payload)).is_err() {
            Counters::add(&self.counters.dropped, 1);
        }
    }

    /// Publishes a frame of a stream, when there is nothing else to publish.
    pub(super) async fn stream(&self, topic: &str, frame: Vec<u8>) {
        // An error says that the link is being dropped.
        let _ = self.frames.send((topic.to_owned(), frame)).await;
    }
}

async fn deliver(
    inbox: Arc<Inbox>,
    mut received: mpsc::Receiver<(String, Bytes)>,
    waiting_bytes: Arc<AtomicUsize>,
    outgoing: mpsc::WeakSender<Publication>,
    tunnels: Option<Arc<Tunnels>>,
) {
    while let Some((topic, payload)) = received.recv().await {
        waiting_bytes.fetch_sub(payload.len(), Ordering::Relaxed);
        let heard = match &tunnels {
            Some(tunnels) => tunnels.hear(&topic, &payload),
            None => Heard::Said(payload),
        };
        let answers = match heard {
            Heard::Said(said) => inbox.take(&topic, &said).await,
            Heard::Answer(answer) => vec![answer],
            Heard::Nothing => {
                inbox.refused(&topic);
                continue;
            }
        };
        for answer in answers {
            let Some(outgoing) = outgoing.upgrade() else { return };
            // What is dropped is asked for again.
            let _ = outgoing.try_send(answer);
        }
    }
}

struct Line {
    id: String,
    host: String,
    port: u16,
    broker: String,
    prefix: Arc<str>,
    incoming: mpsc::Sender<(String, Bytes)>,
    waiting_bytes: Arc<AtomicUsize>,
    inbox: Arc<Inbox>,
    counters: Arc<Counters>,
    /// Subscribed: what is said now can be answered.
    up: AtomicBool,
    /// Our certificates, and the authorities of the broker: where there is TLS.
    tls: Option<(Arc<Live>, Option<RootCertStore>)>,
    login: Option<(String, String)>,
    tunnels: Option<Arc<Tunnels>>,
}

impl Line {
    /// Connects again and again, until the link is dropped.
    async fn run(
        self,
        mut queued: mpsc::Receiver<Publication>,
        mut frames: mpsc::Receiver<Publication>,
    ) {
        let mut wait = WAIT_FIRST;
        loop {
            let began = Instant::now();
            let error = match self.client() {
                Ok((client, event_loop)) => tokio::select! {
                    error = self.pump(event_loop, &client) => error,
                    () = self.feed(&mut queued, &mut frames, &client) => return,
                },
                Err(error) => error,
            };
            self.up.store(false, Ordering::Relaxed);
            self.inbox.cut_off();
            self.counters.connected.store(0, Ordering::Relaxed);
            if began.elapsed() >= GOOD_AFTER {
                wait = WAIT_FIRST;
            }
            let pause = jittered(wait);
            wait = (wait * 2).min(WAIT_MAX);
            let broker = &self.broker;
            tracing::warn!(%broker, %error, retry_ms = pause.as_millis(), "no connection to the broker; trying again");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.drop_all(&mut queued, &mut frames) => return,
            }
        }
    }

    fn client(&self) -> Result<(AsyncClient, EventLoop), String> {
        let mut options = MqttOptions::new(self.id.as_str(), self.host.as_str(), self.port);
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_clean_session(true)
            .set_max_packet_size(PACKET_MAX, PACKET_MAX);
        if let Some((live, roots)) = &self.tls {
            // Anew for each connection: certificates may be others than before.
            let tls = broker_client(&live.pki(), roots.clone());
            let tls = tls.map_err(|error| error.to_string())?;
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)));
        }
        if let Some((user, password)) = &self.login {
            options.set_credentials(user, password);
        }
        let (client, mut event_loop) = AsyncClient::new(options, REQUESTS_MAX);
        event_loop.network_options.set_connection_timeout(CONNECT_WITHIN_S);
        event_loop.network_options.set_tcp_nodelay(true);
        Ok((client, event_loop))
    }

    /// Drops what is to be published; ends when nobody publishes any more.
    async fn drop_all(
        &self,
        queued: &mut mpsc::Receiver<Publication>,
        frames: &mut mpsc::Receiver<Publication>,
    ) {
        loop {
            tokio::select! {
                publication = queued.recv() => if publication.is_none() { return },
                Some(_) = frames.recv() => {}
            }
            Counters::add(&self.counters.dropped, 1);
        }
    }

    /// Brings publications to the client; drops them while there is no connection. Ends when nobody publishes any more.
    async fn feed(
        &self,
        queued: &mut mpsc::Receiver<Publication>,
        frames: &mut mpsc::Receiver<Publication>,
        client: &AsyncClient,
    ) {
        loop {
            let ((topic, payload), qos) = tokio::select! {
                biased;
                publication = queued.recv() => match publication {
                    Some(publication) => (publication, QoS::AtLeastOnce),
                    None => return,
                },
                // A frame that is lost ends its stream: nothing to say again.
                Some(frame) = frames.recv() => (frame, QoS::AtMostOnce),
            };
            if !self.up.load(Ordering::Relaxed) {
                Counters::add(&self.counters.dropped, 1);
                continue;
            }
            // Only here, so that the order of the seals is the order of the publications.
            let sealed = match &self.tunnels {
                Some(tunnels) => tunnels.seal(&topic, payload),
                None => Some(payload),
            };
            let Some(payload) = sealed else {
                Counters::add(&self.counters.dropped, 1);
                continue;
            };
            Counters::add(&self.counters.sent_bytes, payload.len());
            if client.publish(topic, qos, false, payload).await.is_err() {
                // Its event loop is gone; another client comes.
                return pending().await;
            }
        }
    }

    /// Drives one connection to its end: why it ended.
    async fn pump(&self, mut event_loop: EventLoop, client: &AsyncClient) -> String {
        let mut granted = 0;
        loop {
            let event = match event_loop.poll().await {
                Ok(event) => event,
                Err(error) => return error.to_string(),
            };
            match event {
                Event::Incoming(Packet::ConnAck(_)) => {
                    for leaf in LEAVES {
                        let filter = match leaf {
                            JOINING => wire::join::topic_up(&self.prefix, "+"),
                            leaf => format!("{}/+/{leaf}", self.prefix),
                        };
                        // The client is new: it has room for these.
                        let _ = client.try_subscribe(filter, QoS::AtLeastOnce);
                    }
                }
                Event::Incoming(Packet::SubAck(ack)) => {
                    if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                        return format!(
                            "the broker does not let us subscribe to {}/+/u, {0}/+/p, {0}/+/s/u and {0}/_join/+/u: allow it in its access rules",
                            self.prefix
                        );
                    }
                    granted += 1;
                    if granted == LEAVES.len() {
                        self.up.store(true, Ordering::Relaxed);
                        self.counters.connected.store(1, Ordering::Relaxed);
                        tracing::info!(broker = %self.broker, "connected to the broker");
                    }
                }
                Event::Incoming(Packet::Publish(publish)) => {
                    self.heard(publish.topic, publish.payload)
                }
                _ => {}
            }
        }
    }

    fn heard(&self, topic: String, payload: Bytes) {
        let bytes = payload.len();
        Counters::add(&self.counters.received_bytes, bytes);
        let before = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before + bytes <= INCOMING_BYTES_MAX;
        if !fits || self.incoming.try_send((topic, payload)).is_err() {
            // The node says it again: it has heard no acknowledgement of ours.
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            Counters::add(&self.counters.dropped, 1);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Somewhere between half of it and all of it.
fn jittered(wait: Duration) -> Duration {
    let mut byte = [0u8; 1];
    // Without entropy every controller waits alike: no harm.
    let _ = getrandom::fill(&mut byte);
    wait / 2 + wait / 2 * u32::from(byte[0]) / 256
}
