//! A broker that is brought along. It is not relied on: sessions are clean, nothing is retained but presence, and what it
//! acknowledges proves nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use tokio::sync::mpsc;

use super::inbox::Inbox;
use super::{Counters, LinkError};

/// So many publications wait on their way out; more are dropped, and said again by the core.
const OUTGOING_MAX: usize = 4096;
/// So many wait on their way in, in a task of their own, so that the connection is always drained.
const INCOMING_MAX: usize = 16_384;
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const CONNECT_WITHIN_S: u64 = 30;
const PACKET_MAX: usize = 256 << 10;
const WAIT_FIRST: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(30);

pub(super) struct External {
    outgoing: mpsc::Sender<(String, Vec<u8>)>,
    counters: Arc<Counters>,
}

impl External {
    pub(super) fn start(
        broker: &str,
        prefix: Arc<str>,
        inbox: Arc<Inbox>,
        counters: Arc<Counters>,
    ) -> Result<Self, LinkError> {
        let (host, port) = parse(broker).ok_or_else(|| LinkError::BadBroker(broker.to_owned()))?;
        // Two controllers on one broker must not throw each other out.
        let id = format!("driftless-controller-{}", std::process::id());
        let mut options = MqttOptions::new(id, host, port);
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_clean_session(true)
            .set_max_packet_size(PACKET_MAX, PACKET_MAX);
        let (client, event_loop) = AsyncClient::new(options, 64);
        let (outgoing, queued) = mpsc::channel(OUTGOING_MAX);
        let (incoming, received) = mpsc::channel(INCOMING_MAX);
        tokio::spawn(send(client.clone(), queued, counters.clone()));
        tokio::spawn(deliver(inbox, received));
        tokio::spawn(poll(
            event_loop,
            client,
            prefix,
            incoming,
            counters.clone(),
            broker.to_owned(),
        ));
        Ok(Self { outgoing, counters })
    }

    pub(super) fn publish(&self, topic: &str, payload: Vec<u8>) {
        if self.outgoing.try_send((topic.to_owned(), payload)).is_err() {
            Counters::add(&self.counters.dropped, 1);
        }
    }
}

/// `mqtt://host:port`; the port may be left out.
pub(super) fn parse(broker: &str) -> Option<(String, u16)> {
    let rest = broker.strip_prefix("mqtt://")?.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (rest, 1883),
    };
    let host = host.trim_matches(['[', ']']);
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

async fn send(
    client: AsyncClient,
    mut queued: mpsc::Receiver<(String, Vec<u8>)>,
    counters: Arc<Counters>,
) {
    while let Some((topic, payload)) = queued.recv().await {
        Counters::add(&counters.sent_bytes, payload.len());
        if client.publish(topic, QoS::AtLeastOnce, false, payload).await.is_err() {
            return;
        }
    }
}

async fn deliver(inbox: Arc<Inbox>, mut received: mpsc::Receiver<(String, bytes::Bytes)>) {
    while let Some((topic, payload)) = received.recv().await {
        inbox.take(&topic, &payload).await;
    }
}

async fn poll(
    mut event_loop: EventLoop,
    client: AsyncClient,
    prefix: Arc<str>,
    incoming: mpsc::Sender<(String, bytes::Bytes)>,
    counters: Arc<Counters>,
    broker: String,
) {
    event_loop.network_options.set_connection_timeout(CONNECT_WITHIN_S);
    event_loop.network_options.set_tcp_nodelay(true);
    let mut wait = WAIT_FIRST;
    loop {
        match event_loop.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                counters.connected.store(1, Ordering::Relaxed);
                wait = WAIT_FIRST;
                tracing::info!(%broker, "connected to the broker");
                // In a task of its own: the request waits for this loop to go on.
                let (client, prefix) = (client.clone(), prefix.clone());
                tokio::spawn(async move {
                    for leaf in ["u", "p"] {
                        let _ =
                            client.subscribe(format!("{prefix}/+/{leaf}"), QoS::AtLeastOnce).await;
                    }
                });
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                Counters::add(&counters.received_bytes, publish.payload.len());
                if incoming.try_send((publish.topic, publish.payload)).is_err() {
                    // The node says it again: it has heard no acknowledgement of ours.
                    Counters::add(&counters.dropped, 1);
                }
            }
            Ok(_) => {}
            Err(error) => {
                counters.connected.store(0, Ordering::Relaxed);
                tracing::warn!(%broker, %error, retry_ms = wait.as_millis(), "no connection to the broker; trying again");
                // What was under way is said again by the core; the client would send it in a wrong order, or never.
                event_loop.clean();
                event_loop.pending.clear();
                tokio::time::sleep(jittered(wait)).await;
                wait = (wait * 2).min(WAIT_MAX);
            }
        }
    }
}

/// Somewhere between half of it and all of it.
fn jittered(wait: Duration) -> Duration {
    let mut byte = [0u8; 1];
    // Without entropy every controller waits alike: no harm.
    let _ = getrandom::fill(&mut byte);
    wait / 2 + wait / 2 * u32::from(byte[0]) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_brokers_are_read() {
        for (text, want) in [
            ("mqtt://localhost:1884", Some(("localhost", 1884))),
            ("mqtt://broker.example", Some(("broker.example", 1883))),
            ("mqtt://[::1]:99/", Some(("::1", 99))),
            ("localhost:1883", None),
            ("mqtt://", None),
            ("mqtt://a:b", None),
        ] {
            assert_eq!(parse(text), want.map(|(h, p)| (h.to_owned(), p)), "{text}");
        }
    }
}
