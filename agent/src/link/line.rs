//! The line: connections, one after the other, each to its end.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::message::Down;
use model::report::Class;
use rumqttc::{
    AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, Publish, QoS, SubscribeFilter,
    SubscribeReasonCode, TlsConfiguration, Transport,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use wire::WireError;
use wire::chunk::{Chunks, PAYLOAD_MAX, is_whole};
use wire::stream::Hub;
use wire::tunnel::Lane;

use crate::identity::Identity;

use super::count::Count;
use super::passage::{Heard, Passage};
use super::{LinkConfig, LinkEvent, Outgoing, STOP_WITHIN, jittered};

/// So many pieces of a large message wait on their way out: those of a window.
const PIECES_MAX: usize = 16;
/// So many requests wait within the client: few, so that a small message overtakes a large one's pieces.
const REQUESTS_MAX: usize = 4;
const CONNECT_WITHIN_S: u64 = 30;
const PACKET_MAX: usize = 256 << 10;
const WAIT_FIRST_MS: u64 = 1000;
const WAIT_MAX_MS: u64 = 60_000;
/// A connection that held so long was a good one: if it is lost, the next one is tried at once. Two agents of one name, who
/// throw each other out, do not get there.
const GOOD_AFTER: Duration = Duration::from_secs(5);

pub(super) struct Line {
    options: MqttOptions,
    identity: Option<Identity>,
    secure: bool,
    up_topic: String,
    down_topic: String,
    presence_topic: String,
    stream_up_topic: String,
    stream_down_topic: String,
    events: mpsc::Sender<LinkEvent>,
    /// Streams do not outlive a connection, nor the controller that asked for them.
    streams: Hub,
    /// The controller's instance, as it last welcomed us; zero before.
    instance: AtomicU64,
    /// Large messages under way; what is half here outlives a connection.
    chunks: Mutex<Chunks>,
    /// Subscribed: what is said now can be answered.
    up: AtomicBool,
    passage: Passage,
    pub(super) count: Arc<Count>,
    pub(super) keep_alive_s: Arc<AtomicU64>,
}

/// Why there is nothing more to bring to the client.
enum Fed {
    /// We are to say goodbye.
    Stop(oneshot::Sender<()>),
    /// Nobody holds the link any more.
    Dropped,
}

impl Line {
    pub(super) fn new(config: LinkConfig, events: mpsc::Sender<LinkEvent>, streams: Hub) -> Self {
        let presence_topic = wire::topic::presence(&config.prefix, &config.node);
        let will = LastWill::new(presence_topic.as_str(), "0", QoS::AtLeastOnce, true);
        let id = config.identity.as_ref().map(Identity::client_id);
        let mut options = MqttOptions::new(
            id.unwrap_or_else(|| config.node.as_str().to_owned()),
            config.controller.host.as_str(),
            config.controller.port,
        );
        options
            .set_keep_alive(config.keep_alive.max(Duration::from_secs(1)))
            .set_clean_session(true)
            .set_max_packet_size(PACKET_MAX, PACKET_MAX)
            .set_last_will(will);
        Self {
            options,
            identity: config.identity,
            secure: config.controller.secure,
            up_topic: wire::topic::up(&config.prefix, &config.node),
            down_topic: wire::topic::down(&config.prefix, &config.node),
            presence_topic,
            stream_up_topic: wire::topic::stream_up(&config.prefix, &config.node),
            stream_down_topic: wire::topic::stream_down(&config.prefix, &config.node),
            events,
            streams,
            instance: AtomicU64::new(0),
            chunks: Mutex::new(Chunks::new(wire::DOWN_MAX, PAYLOAD_MAX)),
            up: AtomicBool::new(false),
            passage: Passage::default(),
            count: Arc::default(),
            keep_alive_s: Arc::new(AtomicU64::new(config.keep_alive.as_secs().max(1))),
        }
    }

    /// Connects again and again, until it is stopped or the link is dropped.
    pub(super) async fn run(self, mut queued: mpsc::Receiver<Outgoing>) {
        let (mut session, mut wait_ms) = (0, 0);
        loop {
            let began = Instant::now();
            let ended = self.connection(&mut queued, &mut session).await;
            self.streams.lose("the link to the controller was lost");
            let Some(why) = ended else { return };
            if began.elapsed() >= GOOD_AFTER {
                wait_ms = 0;
            }
            let retry = jittered(Duration::from_millis(wait_ms));
            wait_ms = (wait_ms * 2).clamp(WAIT_FIRST_MS, WAIT_MAX_MS);
            if self.events.send(LinkEvent::Down { why, retry }).await.is_err() {
                return;
            }
            // What is said meanwhile has nowhere to go.
            tokio::select! {
                () = tokio::time::sleep(retry) => {}
                stopped = stopped(&mut queued) => {
                    if let Fed::Stop(done) = stopped {
                        let _ = done.send(());
                    }
                    return;
                }
            }
        }
    }

    /// One connection, to its end: why it ended; none if it was to end.
    async fn connection(
        &self,
        queued: &mut mpsc::Receiver<Outgoing>,
        session: &mut u64,
    ) -> Option<String> {
        let mut options = self.options.clone();
        options.set_keep_alive(Duration::from_secs(self.keep_alive_s.load(Ordering::Relaxed)));
        if let Some(identity) = &self.identity {
            // Anew for each connection: a certificate that was renewed is used without a restart.
            let Some(tls) = identity.tls() else {
                return Some("this machine has not joined yet".to_owned());
            };
            if self.secure {
                options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls)));
            }
            if let Some((user, password)) = identity.login() {
                options.set_credentials(user, password);
            }
        }
        let (client, mut event_loop) = AsyncClient::new(options, REQUESTS_MAX);
        event_loop.network_options.set_connection_timeout(CONNECT_WITHIN_S);
        event_loop.network_options.set_tcp_nodelay(true);
        let (pieces, waiting) = mpsc::channel(PIECES_MAX);
        let pump = self.pump(event_loop, &client, &pieces, session);
        tokio::pin!(pump);
        let fed = tokio::select! {
            why = &mut pump => {
                self.up.store(false, Ordering::Relaxed);
                return why;
            }
            fed = self.feed(queued, waiting, &client) => fed,
        };
        let goodbye = async {
            if self.up.load(Ordering::Relaxed) {
                let presence = self.presence_topic.as_str();
                let _ = client.publish(presence, QoS::AtLeastOnce, true, "0").await;
                let _ = client.disconnect().await;
                // It ends when that has been written.
                pending::<()>().await;
            }
        };
        tokio::select! {
            _ = &mut pump => {}
            _ = timeout(STOP_WITHIN / 2, goodbye) => {}
        }
        if let Fed::Stop(done) = fed {
            let _ = done.send(());
        }
        None
    }

    /// Brings messages to the client, pieces of a large one when there are no others, and frames of streams when there is
    /// nothing else; drops them while there is no connection.
    async fn feed(
        &self,
        queued: &mut mpsc::Receiver<Outgoing>,
        mut pieces: mpsc::Receiver<Vec<u8>>,
        client: &AsyncClient,
    ) -> Fed {
        loop {
            let payload = tokio::select! {
                biased;
                outgoing = queued.recv() => match outgoing {
                    Some(Outgoing::Say(_)) if !self.up.load(Ordering::Relaxed) => continue,
                    Some(Outgoing::Say(message)) => match wire::encode_up(&message) {
                        Ok(bytes) => {
                            self.count.said(&message, bytes.len());
                            self.chunks().say(bytes)
                        }
                        Err(error) => {
                            let _ = self.events.send(LinkEvent::Malformed(error)).await;
                            continue;
                        }
                    },
                    Some(Outgoing::Stop(done)) => return Fed::Stop(done),
                    None => return Fed::Dropped,
                },
                () = self.passage.due() => {
                    if let Some(question) = self.identity.as_ref().and_then(|i| self.passage.ask(i)) {
                        let topic = self.up_topic.as_str();
                        let _ = client.publish(topic, QoS::AtLeastOnce, false, question).await;
                    }
                    continue;
                }
                Some(piece) = pieces.recv() => piece,
                frame = self.streams.next() => {
                    let frame = self.passage.seal(Lane::Streams, frame);
                    if let Some(frame) = frame.filter(|_| self.up.load(Ordering::Relaxed)) {
                        // A frame that is lost ends its stream, and none outlives the connection: nothing to say again.
                        let topic = self.stream_up_topic.as_str();
                        self.count.sent(Class::Streams, frame.len());
                        let _ = client.publish(topic, QoS::AtMostOnce, false, frame).await;
                    }
                    continue;
                }
            };
            let Some(payload) = self.passage.seal(Lane::Messages, payload) else { continue };
            let topic = self.up_topic.as_str();
            // An error says that its event loop is gone: then the connection ends, and this with it.
            let _ = client.publish(topic, QoS::AtLeastOnce, false, payload).await;
        }
    }

    /// Drives a connection to its end: why it ended; none if we said goodbye, or nobody listens any more.
    async fn pump(
        &self,
        mut event_loop: EventLoop,
        client: &AsyncClient,
        pieces: &mpsc::Sender<Vec<u8>>,
        session: &mut u64,
    ) -> Option<String> {
        loop {
            let event = match event_loop.poll().await {
                Ok(event) => event,
                Err(error) => return Some(error.to_string()),
            };
            self.count.around(&event, self.secure, self.up_topic.len());
            match event {
                // The client is new: it has room for these two.
                Event::Incoming(Packet::ConnAck(_)) => {
                    let filter =
                        |topic: &String| SubscribeFilter::new(topic.clone(), QoS::AtLeastOnce);
                    let _ = client.try_subscribe_many(
                        [&self.down_topic, &self.stream_down_topic].map(filter),
                    );
                    let presence = self.presence_topic.as_str();
                    let _ = client.try_publish(presence, QoS::AtLeastOnce, true, "1");
                }
                // Not before: what is said to us would not be heard.
                Event::Incoming(Packet::SubAck(ack)) => {
                    if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                        let (orders, streams) = (&self.down_topic, &self.stream_down_topic);
                        return Some(format!(
                            "the broker does not let us subscribe to {orders} and {streams}: allow both in its access rules"
                        ));
                    }
                    let identity = self.identity.as_ref();
                    let direct = identity.is_none_or(|i| self.secure && i.reached_controller());
                    if self.passage.begin(direct) {
                        self.goes_up(session).await?;
                    }
                }
                Event::Incoming(Packet::Publish(publish)) => {
                    self.passed(&publish, pieces, session).await?;
                }
                Event::Outgoing(rumqttc::Outgoing::Disconnect) => return None,
                _ => {}
            }
        }
    }

    /// What is said from now on is heard. None if nobody listens any more, as of those below.
    async fn goes_up(&self, session: &mut u64) -> Option<()> {
        self.up.store(true, Ordering::Relaxed);
        *session += 1;
        self.events.send(LinkEvent::Up { session: *session }).await.ok()
    }

    /// A publication has come.
    async fn passed(
        &self,
        publish: &Publish,
        pieces: &mpsc::Sender<Vec<u8>>,
        session: &mut u64,
    ) -> Option<()> {
        let is_frame = publish.topic == self.stream_down_topic;
        let lane = if is_frame { Lane::Streams } else { Lane::Messages };
        let payload = match self.passage.hear(lane, &publish.payload, self.identity.as_ref()) {
            Heard::Said(payload) => payload,
            Heard::Opened => return self.goes_up(session).await,
            Heard::Closed => {
                self.up.store(false, Ordering::Relaxed);
                self.streams.lose("the controller was started anew");
                return Some(());
            }
            Heard::Nothing => return Some(()),
        };
        if is_frame {
            self.count.received(Class::Streams, payload.len());
        }
        let heard = if is_frame {
            self.streams.hear(&payload).map(|()| None)
        } else {
            self.heard(&payload, pieces)
        };
        let event = match heard {
            Ok(Some(message)) => LinkEvent::Heard(message),
            Ok(None) => return Some(()),
            Err(error) => LinkEvent::Malformed(error),
        };
        self.events.send(event).await.ok()
    }

    /// The message that a payload makes whole.
    fn heard(
        &self,
        payload: &[u8],
        pieces: &mpsc::Sender<Vec<u8>>,
    ) -> Result<Option<Down>, WireError> {
        if is_whole(payload) {
            let message = wire::decode_down(payload)?;
            self.count.heard(Some(&message), payload.len());
            self.welcomed(&message);
            return Ok(Some(message));
        }
        self.count.heard(None, payload.len());
        let heard = self.chunks().hear(payload)?;
        for answer in heard.answers {
            // What finds no room is asked for again.
            let _ = pieces.try_send(answer);
        }
        heard.message.map(|bytes| wire::decode_down(&bytes)).transpose()
    }

    /// Another controller than before knows of no stream that we serve.
    fn welcomed(&self, message: &Down) {
        let Down::Welcome(welcome) = message else { return };
        let before = self.instance.swap(welcome.instance, Ordering::Relaxed);
        if before != 0 && before != welcome.instance {
            self.streams.lose("the controller was started anew");
        }
    }

    fn chunks(&self) -> MutexGuard<'_, Chunks> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what is said, until it is enough.
async fn stopped(queued: &mut mpsc::Receiver<Outgoing>) -> Fed {
    loop {
        match queued.recv().await {
            Some(Outgoing::Say(_)) => {}
            Some(Outgoing::Stop(done)) => return Fed::Stop(done),
            None => return Fed::Dropped,
        }
    }
}
