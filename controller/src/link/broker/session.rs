//! One connection, from CONNECT to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::v4::{
    ConnAck, Connect, ConnectReturnCode, Packet, PubAck, Publish, SubAck, Subscribe,
    SubscribeReasonCode, UnsubAck,
};
use rumqttc::mqttbytes::{Error as CodecError, Protocol, QoS, valid_filter, valid_topic};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{Instant, timeout};

use super::access::{Shown, Who};
use super::{Broker, Client, FILTER_BYTES_MAX, FRAMES_MAX, Outgoing};
use crate::bucket::Bucket;
use crate::link::Counters;

/// So many messages a second are heard of one client in the long run, and so many at once: a large message comes in pieces,
/// each of which counts.
const MESSAGES_A_SECOND: f64 = 50.0;
const MESSAGES_AT_ONCE: f64 = 500.0;
/// What a frame of a stream counts as: the credit that it needs bounds those that are worth anything.
const FRAME: f64 = 0.001;
/// A connection that has not said CONNECT by then is closed.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A client that takes nothing of what is written to it for so long is dropped.
const WRITE_WITHIN: Duration = Duration::from_secs(30);
/// No CONNECT is larger, in bytes.
const CONNECT_BYTES_MAX: usize = 8 << 10;
/// No packet is larger, in bytes: a piece of a message, its topic and header.
const PACKET_BYTES_MAX: usize = 256 << 10;
/// No client id is longer, in bytes: node names have up to 253.
const CLIENT_ID_BYTES_MAX: usize = 256;
/// What is retained as a presence is no longer, in bytes.
const PRESENCE_BYTES_MAX: usize = 64;
/// What is read at a time; a larger packet makes the buffer grow, and it shrinks again afterwards.
const BUFFER: usize = 1024;
/// So much is written at a time.
const WRITE_BATCH: usize = 64 << 10;

/// Why no packet came.
enum NoPacket {
    /// CONNECT of a protocol that is not 3.1.1.
    Protocol,
    /// Anything else.
    Lost(&'static str),
}

/// Why a connection ended.
enum End {
    /// DISCONNECT: its will is not wanted.
    Goodbye,
    /// Anything else.
    Lost(&'static str),
}

struct Session<'a, S> {
    broker: &'a Broker,
    stream: S,
    read: BytesMut,
    write: BytesMut,
    /// When something last came, be it a part of a packet: a large one may take longer than the keep-alive.
    heard: Instant,
    /// Tells this connection from others of the same id.
    connection: u64,
    id: Arc<str>,
    who: Who,
    shown: Shown,
    /// How much it may say.
    allowance: Bucket,
}

/// Serves a connection until it ends.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    broker: &Broker,
    stream: S,
    shown: Shown,
) {
    let mut session = Session {
        broker,
        stream,
        read: BytesMut::with_capacity(BUFFER),
        write: BytesMut::new(),
        heard: Instant::now(),
        connection: broker.counted.fetch_add(1, Ordering::Relaxed),
        id: Arc::from(""),
        who: Who::Guest(None),
        shown,
        allowance: Bucket::full(MESSAGES_A_SECOND, MESSAGES_AT_ONCE),
    };
    let Ok(Some(connect)) = timeout(CONNECT_WITHIN, session.connect()).await else {
        Counters::add(&broker.counters.refused, 1);
        return;
    };
    session.run(connect).await;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// The first packet, if it is a CONNECT that we take.
    async fn connect(&mut self) -> Option<Connect> {
        let (code, connect) = match self.packet(CONNECT_BYTES_MAX).await {
            Ok(Packet::Connect(connect)) => (self.judge(&connect), Some(connect)),
            Err(NoPacket::Protocol) => (ConnectReturnCode::RefusedProtocolVersion, None),
            _ => return None,
        };
        // Sessions are clean, whatever was asked for: none is ever present.
        self.reply(&Packet::ConnAck(ConnAck::new(code, false)));
        self.flush().await.ok()?;
        connect.filter(|_| code == ConnectReturnCode::Success)
    }

    fn judge(&mut self, connect: &Connect) -> ConnectReturnCode {
        if connect.protocol != Protocol::V4 {
            return ConnectReturnCode::RefusedProtocolVersion;
        }
        let id = &connect.client_id;
        // Who asks for a session to be kept must have a name for it (section 3.1.3.1).
        if id.len() > CLIENT_ID_BYTES_MAX || (id.is_empty() && !connect.clean_session) {
            return ConnectReturnCode::BadClientId;
        }
        let Some(who) = Who::of(&self.broker.prefix, connect, &self.shown) else {
            return ConnectReturnCode::NotAuthorized;
        };
        self.id = match &who {
            // Whatever it adds to its name: there is one connection of a node.
            Who::Node(node) => Arc::from(node.as_str()),
            // An id of our own is none that a node could have.
            _ if id.is_empty() => Arc::from(format!("?{}", self.connection)),
            _ => Arc::from(id.as_str()),
        };
        self.who = who;
        ConnectReturnCode::Success
    }

    async fn run(mut self, connect: Connect) {
        let (queue, mut outgoing) = mpsc::unbounded_channel();
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let end = Arc::new(Notify::new());
        let client = Client {
            connection: self.connection,
            who: self.who.clone(),
            queue,
            queued_bytes: queued_bytes.clone(),
            frames: Arc::new(Semaphore::new(FRAMES_MAX)),
            end: end.clone(),
            filters: Vec::new(),
        };
        self.broker.enter(&self.id, client);
        let how = self.converse(connect.keep_alive, &mut outgoing, &queued_bytes, &end).await;
        let was_last = self.broker.leave(&self.id, self.connection);
        if let End::Lost(why) = &how {
            tracing::debug!(client = %self.id, why, "an MQTT connection ended");
        }
        // After a takeover the client is there: its old will would say that it is not.
        if let (End::Lost(_), true, Some(will)) = (how, was_last, connect.last_will) {
            self.published(&will.topic, &will.message, will.retain).await;
        }
    }

    async fn converse(
        &mut self,
        keep_alive_s: u16,
        outgoing: &mut mpsc::UnboundedReceiver<Outgoing>,
        queued_bytes: &AtomicUsize,
        end: &Notify,
    ) -> End {
        // One and a half times the keep-alive (MQTT 3.1.1, section 3.1.2.10); zero: for ever.
        let silence = Duration::from_millis(u64::from(keep_alive_s) * 1500);
        let forever = Duration::from_secs(365 * 86_400);
        let silence = if silence.is_zero() { forever } else { silence };
        loop {
            let until = self.heard + silence;
            let closed = self.allowance.even_at().filter(|at| *at > Instant::now());
            let opens = closed.unwrap_or(until);
            let woke = tokio::select! {
                () = end.notified() => return End::Lost("taken over, or too slow"),
                () = tokio::time::sleep_until(opens), if closed.is_some() => {
                    // It was not listened to: that is no silence of its own.
                    self.heard = Instant::now();
                    continue;
                }
                packet = self.packet(PACKET_BYTES_MAX), if closed.is_none() => {
                    let woke = Instant::now();
                    match packet {
                        Ok(packet) => if let Some(end) = self.incoming(packet).await { return end },
                        Err(NoPacket::Protocol) => return End::Lost("a second CONNECT"),
                        Err(NoPacket::Lost(why)) => return End::Lost(why),
                    }
                    woke
                }
                Some(first) = outgoing.recv() => {
                    let woke = Instant::now();
                    self.queue(first, queued_bytes);
                    while self.write.len() < WRITE_BATCH {
                        let Ok(next) = outgoing.try_recv() else { break };
                        self.queue(next, queued_bytes);
                    }
                    woke
                }
                () = tokio::time::sleep_until(until), if closed.is_none() => {
                    if self.heard + silence <= Instant::now() {
                        return End::Lost("silent for too long");
                    }
                    // A part of a packet has come meanwhile.
                    continue;
                }
            };
            if self.flush().await.is_err() {
                return End::Lost("it does not take what is written");
            }
            // While it was made to wait, nobody listened: that is no silence of its own.
            self.heard += woke.elapsed();
        }
    }

    /// Does what a packet asks for; an end, if it is one.
    async fn incoming(&mut self, packet: Packet) -> Option<End> {
        self.count(&packet);
        match packet {
            Packet::Publish(publish) => return self.publish(publish).await,
            Packet::Subscribe(subscribe) => self.subscribe(&subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                for filter in &unsubscribe.topics {
                    self.broker.unsubscribe(&self.id, self.connection, filter);
                }
                self.reply(&Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid)));
            }
            Packet::PingReq => self.reply(&Packet::PingResp),
            // What we publish is not said again by the broker: the core does that.
            Packet::PubAck(_) => {}
            Packet::Disconnect => return Some(End::Goodbye),
            _ => return Some(End::Lost("a packet that has no place here")),
        }
        None
    }

    /// Counts what was said; whoever says too much is told of.
    fn count(&mut self, packet: &Packet) {
        let is_frame = matches!(packet, Packet::Publish(p) if p.topic.ends_with("/s/u"));
        if self.allowance.spend(if is_frame { FRAME } else { 1.0 }) {
            Counters::add(&self.broker.counters.throttled, 1);
            if let Some(kept_back) = self.broker.pace.line(std::time::Instant::now()) {
                tracing::warn!(client = %self.id, kept_back, "a client says more than it may, and is listened to more slowly");
            }
        }
    }

    async fn publish(&mut self, publish: Publish) -> Option<End> {
        if publish.qos == QoS::ExactlyOnce || !valid_topic(&publish.topic) {
            return Some(End::Lost("a publication that we do not take"));
        }
        if !self.who.may_publish(&self.broker.prefix, &publish.topic) {
            Counters::add(&self.broker.counters.refused, 1);
            if let Some(kept_back) = self.broker.pace.line(std::time::Instant::now()) {
                tracing::warn!(client = %self.id, topic = %publish.topic, kept_back, "a client may not publish there; its connection is closed");
            }
            return Some(End::Lost("it may not publish there"));
        }
        let topic = publish.topic.clone();
        self.published(&topic, &publish.payload, publish.retain).await;
        // Only now: it has been taken over.
        if publish.qos == QoS::AtLeastOnce {
            self.reply(&Packet::PubAck(PubAck::new(publish.pkid)));
        }
        None
    }

    /// A client (or its will) published something that it may.
    async fn published(&self, topic: &str, payload: &Bytes, retain: bool) {
        for (topic, answer) in self.broker.inbox.take(topic, payload).await {
            self.broker.publish(&topic, answer.into());
        }
        // Presence is all that is retained.
        let leaf = wire::topic::parse(&self.broker.prefix, topic).map(|(_, leaf)| leaf);
        let retain = retain && leaf == Some("p") && payload.len() <= PRESENCE_BYTES_MAX;
        self.broker.route(topic, payload, retain);
    }

    fn subscribe(&mut self, subscribe: &Subscribe) {
        let broker = self.broker;
        let code = |filter: &str| {
            let fits = valid_filter(filter) && filter.len() <= FILTER_BYTES_MAX;
            let granted = fits
                && self.who.may_subscribe(&broker.prefix, filter)
                && broker.subscribe(&self.id, self.connection, filter);
            match granted {
                true => SubscribeReasonCode::Success(QoS::AtMostOnce),
                false => SubscribeReasonCode::Failure,
            }
        };
        let codes = subscribe.filters.iter().map(|filter| code(&filter.path)).collect();
        // What is retained waits in the queue, so the acknowledgement goes before it.
        self.reply(&Packet::SubAck(SubAck::new(subscribe.pkid, codes)));
    }

    fn queue(&mut self, outgoing: Outgoing, queued_bytes: &AtomicUsize) {
        queued_bytes.fetch_sub(outgoing.cost_bytes(), Ordering::Relaxed);
        let publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: outgoing.retain,
            topic: outgoing.topic.to_string(),
            pkid: 0,
            payload: outgoing.payload,
        };
        self.reply(&Packet::Publish(publish));
    }

    fn reply(&mut self, packet: &Packet) {
        // Our own packets are within the limit.
        let _ = packet.write(&mut self.write, usize::MAX);
    }

    async fn flush(&mut self) -> Result<(), ()> {
        // An idle client keeps no buffer.
        let mut rest = std::mem::take(&mut self.write);
        Counters::add(&self.broker.counters.sent_bytes, rest.len());
        while !rest.is_empty() {
            // Slow is no fault, as long as it goes on.
            let written = timeout(WRITE_WITHIN, self.stream.write_buf(&mut rest)).await;
            if written.map_err(drop)?.map_err(drop)? == 0 {
                return Err(());
            }
        }
        Ok(())
    }

    /// The next packet. Safe to drop while it waits: what was read stays in the buffer.
    async fn packet(&mut self, bytes_max: usize) -> Result<Packet, NoPacket> {
        loop {
            match Packet::read(&mut self.read, bytes_max) {
                Ok(packet) => {
                    if self.read.is_empty() && self.read.capacity() > 4 * BUFFER {
                        self.read = BytesMut::with_capacity(BUFFER);
                    }
                    return Ok(packet);
                }
                Err(CodecError::InsufficientBytes(_)) => {}
                Err(CodecError::InvalidProtocol | CodecError::InvalidProtocolLevel(_)) => {
                    return Err(NoPacket::Protocol);
                }
                Err(_) => return Err(NoPacket::Lost("it does not speak MQTT 3.1.1")),
            }
            self.read.reserve(BUFFER);
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) => return Err(NoPacket::Lost("closed")),
                Ok(n) => {
                    self.heard = Instant::now();
                    Counters::add(&self.broker.counters.received_bytes, n);
                }
                Err(_) => return Err(NoPacket::Lost("broken")),
            }
        }
    }
}
