//! The link to the controller: MQTT through rumqttc, with its faults mended from outside. It may be cut at any byte; truth
//! stays in the core until the controller has acknowledged it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::NodeName;
use model::message::{Down, Up};
use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use tokio::sync::mpsc;
use wire::chunk::Joiner;

/// So many messages wait on their way out; more are dropped, and said again by the core.
const OUTGOING_MAX: usize = 64;
const EVENTS_MAX: usize = 64;
const CONNECT_WITHIN_S: u64 = 30;
const PACKET_MAX: usize = 256 << 10;
const WAIT_FIRST_MS: u64 = 1000;
const WAIT_MAX_MS: u64 = 60_000;

/// How the link is made.
#[derive(Clone, Debug)]
pub(crate) struct LinkConfig {
    /// Who we are: also the MQTT client id.
    pub(crate) node: NodeName,
    /// `mqtt://host:port`.
    pub(crate) controller: String,
    /// The first level of all topics.
    pub(crate) prefix: String,
    /// How long the connection may be silent.
    pub(crate) keep_alive: Duration,
}

/// What comes from the link.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// The connection is up, and what is said to us is heard: the number of this session.
    Up {
        /// Counts from 1 within this run.
        session: u64,
    },
    /// The connection is gone (again), why, and when it is tried next.
    Down {
        /// Why.
        why: String,
        /// When it is tried again.
        retry: Duration,
    },
    /// The controller said something.
    Heard(Down),
    /// A message came that is none of ours.
    Malformed(wire::WireError),
}

/// The controller's address is none.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no address of a controller: write mqtt://host:port")]
pub(crate) struct BadController(String);

/// A handle on the link. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LinkHandle {
    outgoing: mpsc::Sender<Outgoing>,
    dropped: Arc<AtomicU64>,
}

enum Outgoing {
    Say(Up),
    Stop(tokio::sync::oneshot::Sender<()>),
}

/// Starts it. It connects when it can, and for as long as it runs.
///
/// # Errors
/// If the address is none.
pub(crate) fn start(
    config: LinkConfig,
) -> Result<(LinkHandle, mpsc::Receiver<LinkEvent>), BadController> {
    let (host, port) =
        parse(&config.controller).ok_or_else(|| BadController(config.controller.clone()))?;
    let (outgoing, queued) = mpsc::channel(OUTGOING_MAX);
    let (events, receiver) = mpsc::channel(EVENTS_MAX);
    let line = Line { config, host, port, events };
    tokio::spawn(line.run(queued));
    Ok((LinkHandle { outgoing, dropped: Arc::default() }, receiver))
}

/// `mqtt://host:port`; the port may be left out.
fn parse(controller: &str) -> Option<(String, u16)> {
    let rest = controller.strip_prefix("mqtt://")?.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (rest, 1883),
    };
    let host = host.trim_matches(['[', ']']);
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

impl LinkHandle {
    /// Says something, if the connection is up; never waits. What does not arrive is said again by the core.
    pub(crate) fn send(&self, message: Up) {
        if self.outgoing.try_send(Outgoing::Say(message)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Says goodbye and closes the connection; waits until that is done, or two seconds.
    pub(crate) async fn stop(&self) {
        let (done, wait) = tokio::sync::oneshot::channel();
        if self.outgoing.send(Outgoing::Stop(done)).await.is_ok() {
            let _ = tokio::time::timeout(Duration::from_secs(2), wait).await;
        }
    }
}

struct Line {
    config: LinkConfig,
    host: String,
    port: u16,
    events: mpsc::Sender<LinkEvent>,
}

impl Line {
    /// Connects again and again. Every connection has a client of its own: one that lost its session would send what is
    /// left over in a wrong order, or never.
    async fn run(self, mut queued: mpsc::Receiver<Outgoing>) {
        let mut session = 0;
        let mut wait_ms = 0;
        loop {
            let (client, mut event_loop) = self.client();
            let ended = self
                .connection(&client, &mut event_loop, &mut queued, &mut session, &mut wait_ms)
                .await;
            let Some(why) = ended else { return };
            let retry = jittered(wait_ms);
            wait_ms = (wait_ms * 2).clamp(WAIT_FIRST_MS, WAIT_MAX_MS);
            if self.events.send(LinkEvent::Down { why, retry }).await.is_err() {
                return;
            }
            // What is said meanwhile has nowhere to go; the core says it again after the next hello.
            let wake = tokio::time::Instant::now() + retry;
            loop {
                match tokio::time::timeout_at(wake, queued.recv()).await {
                    Err(_) => break,
                    Ok(Some(Outgoing::Say(_))) => {}
                    Ok(Some(Outgoing::Stop(done))) => {
                        let _ = done.send(());
                        return;
                    }
                    Ok(None) => return,
                }
            }
        }
    }

    fn client(&self) -> (AsyncClient, EventLoop) {
        let node = &self.config.node;
        let mut options = MqttOptions::new(node.as_str(), self.host.clone(), self.port);
        let presence = wire::topic::presence(&self.config.prefix, node);
        options
            .set_keep_alive(self.config.keep_alive)
            .set_clean_session(true)
            .set_max_packet_size(PACKET_MAX, PACKET_MAX)
            .set_last_will(LastWill::new(presence, "0", QoS::AtLeastOnce, true));
        let (client, mut event_loop) = AsyncClient::new(options, OUTGOING_MAX);
        event_loop.network_options.set_connection_timeout(CONNECT_WITHIN_S);
        event_loop.network_options.set_tcp_nodelay(true);
        (client, event_loop)
    }

    /// One connection, to its end: why it ended; none if it was to end.
    async fn connection(
        &self,
        client: &AsyncClient,
        event_loop: &mut EventLoop,
        queued: &mut mpsc::Receiver<Outgoing>,
        session: &mut u64,
        wait_ms: &mut u64,
    ) -> Option<String> {
        let node = &self.config.node;
        let mut joiner = Joiner::default();
        let mut up = false;
        // Pieces of what is being said: the client takes them one by one, while the loop goes on.
        let mut pieces: std::collections::VecDeque<Vec<u8>> = std::collections::VecDeque::new();
        let topic = wire::topic::up(&self.config.prefix, node);
        loop {
            while let Some(piece) = pieces.pop_front() {
                if let Err(full) =
                    client.try_publish(&topic, QoS::AtLeastOnce, false, piece.clone())
                {
                    let _ = full;
                    pieces.push_front(piece);
                    break;
                }
            }
            tokio::select! {
                event = event_loop.poll() => match event {
                    Err(error) => return Some(error.to_string()),
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        let down = wire::topic::down(&self.config.prefix, node);
                        let _ = client.try_subscribe(down, QoS::AtLeastOnce);
                        let presence = wire::topic::presence(&self.config.prefix, node);
                        let _ = client.try_publish(presence, QoS::AtLeastOnce, true, "1");
                    }
                    // Not before: what is said to us would not be heard.
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        up = true;
                        *wait_ms = 0;
                        *session += 1;
                        self.tell(LinkEvent::Up { session: *session }).await?;
                    }
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        let heard = joiner.take(&publish.payload);
                        match heard.and_then(|whole| whole.map(|bytes| wire::decode_down(&bytes)).transpose()) {
                            Ok(Some(message)) => self.tell(LinkEvent::Heard(message)).await?,
                            Ok(None) => {}
                            Err(error) => self.tell(LinkEvent::Malformed(error)).await?,
                        }
                    }
                    Ok(_) => {}
                },
                // One message at a time: the next one waits until the client has taken this one's pieces.
                outgoing = queued.recv(), if pieces.is_empty() => match outgoing? {
                    Outgoing::Say(message) if up => {
                        pieces.extend(wire::chunk::split(wire::encode_up(&message), wire::chunk::PAYLOAD_MAX));
                    }
                    Outgoing::Say(_) => {}
                    Outgoing::Stop(done) => {
                        self.goodbye(client, event_loop).await;
                        let _ = done.send(());
                        return None;
                    }
                },
            }
        }
    }

    /// None if nobody listens any more.
    async fn tell(&self, event: LinkEvent) -> Option<()> {
        self.events.send(event).await.ok()
    }

    async fn goodbye(&self, client: &AsyncClient, event_loop: &mut EventLoop) {
        let presence = wire::topic::presence(&self.config.prefix, &self.config.node);
        let _ = client.try_publish(presence, QoS::AtLeastOnce, true, "0");
        let _ = client.try_disconnect();
        // Until the disconnect has been written, or there is no connection.
        let written = async {
            while let Ok(event) = event_loop.poll().await {
                if matches!(event, Event::Outgoing(rumqttc::Outgoing::Disconnect)) {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
    }
}

/// Anywhere between nothing and all of it (full jitter): after a broker's restart a fleet comes back spread out.
fn jittered(wait_ms: u64) -> Duration {
    let mut bytes = [0u8; 2];
    // Without entropy we wait the whole time.
    let share = getrandom::fill(&mut bytes)
        .map_or(u64::from(u16::MAX), |()| u64::from(u16::from_le_bytes(bytes)));
    Duration::from_millis(wait_ms * share / u64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_controllers_are_read() {
        for (text, want) in [
            ("mqtt://127.0.0.1:1884", Some(("127.0.0.1", 1884))),
            ("mqtt://controller", Some(("controller", 1883))),
            ("mqtt://[::1]:7", Some(("::1", 7))),
            ("mqtts://controller", None),
            ("controller:1883", None),
        ] {
            assert_eq!(parse(text), want.map(|(h, p)| (h.to_owned(), p)), "{text}");
        }
    }

    #[test]
    fn waits_are_spread() {
        assert_eq!(jittered(0), Duration::ZERO);
        for _ in 0..100 {
            assert!(jittered(1000) <= Duration::from_secs(1));
        }
    }
}
