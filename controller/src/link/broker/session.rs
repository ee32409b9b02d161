//! One connection, from CONNECT to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::v4::{
    ConnAck, Connect, ConnectReturnCode, LastWill, Packet, PubAck, Publish, SubAck, Subscribe,
    SubscribeReasonCode, UnsubAck,
};
use rumqttc::mqttbytes::{Error as CodecError, QoS, valid_filter, valid_topic};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, timeout};

use super::{Broker, Client, Outgoing};
use crate::link::Counters;

/// A connection that has not said CONNECT by then is closed.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A client that does not take what is written to it for so long is dropped.
const WRITE_WITHIN: Duration = Duration::from_secs(20);
/// No packet is larger: a payload in pieces, its topic and header.
const PACKET_MAX: usize = 256 << 10;
/// What is read at a time; a larger packet makes the buffer grow, and it shrinks again afterwards.
const BUFFER: usize = 1024;
/// So much is written at a time.
const WRITE_BATCH: usize = 64 << 10;

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
    id: Arc<str>,
    packet_id: u16,
}

/// Serves a connection until it ends.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(broker: &Broker, stream: S) {
    let mut session = Session {
        broker,
        stream,
        read: BytesMut::with_capacity(BUFFER),
        write: BytesMut::new(),
        id: Arc::from(""),
        packet_id: 0,
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
        let Ok(Packet::Connect(connect)) = self.packet().await else { return None };
        let will_is_own = |w: &LastWill| self.broker.may_publish(&connect.client_id, &w.topic);
        let code = if connect.client_id.is_empty() || connect.client_id.len() > 256 {
            ConnectReturnCode::BadClientId
        } else if connect.last_will.as_ref().is_some_and(|w| !will_is_own(w)) {
            ConnectReturnCode::NotAuthorized
        } else {
            ConnectReturnCode::Success
        };
        let taken = code == ConnectReturnCode::Success;
        // Sessions are clean, whatever was asked for: none is ever present.
        self.reply(&Packet::ConnAck(ConnAck::new(code, false)));
        self.flush().await.ok()?;
        taken.then_some(connect)
    }

    async fn run(mut self, connect: Connect) {
        self.id = Arc::from(connect.client_id.as_str());
        let connection = self.broker.connections.fetch_add(1, Ordering::Relaxed);
        let (queue, mut outgoing) = mpsc::unbounded_channel();
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let end = Arc::new(Notify::new());
        let client = Client {
            connection,
            queue,
            queued_bytes: queued_bytes.clone(),
            end: end.clone(),
            filters: Vec::new(),
        };
        self.broker.enter(&self.id, client);
        let how = self.converse(&connect, &mut outgoing, &queued_bytes, &end).await;
        let was_last = self.broker.leave(&self.id, connection);
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
        connect: &Connect,
        outgoing: &mut mpsc::UnboundedReceiver<Outgoing>,
        queued_bytes: &AtomicUsize,
        end: &Notify,
    ) -> End {
        // One and a half times the keep-alive (MQTT 3.1.1, section 3.1.2.10); zero: for ever.
        let silence = Duration::from_millis(u64::from(connect.keep_alive) * 1500);
        let forever = Duration::from_secs(365 * 86_400);
        let silence = if silence.is_zero() { forever } else { silence };
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                () = end.notified() => return End::Lost("taken over, or too slow"),
                packet = self.packet() => {
                    heard = Instant::now();
                    match packet {
                        Ok(packet) => if let Some(end) = self.incoming(packet).await { return end },
                        Err(why) => return End::Lost(why),
                    }
                }
                Some(first) = outgoing.recv() => {
                    self.queue(first, queued_bytes);
                    while self.write.len() < WRITE_BATCH {
                        let Ok(next) = outgoing.try_recv() else { break };
                        self.queue(next, queued_bytes);
                    }
                }
                () = tokio::time::sleep_until(heard + silence) => return End::Lost("silent for too long"),
            }
            if self.flush().await.is_err() {
                return End::Lost("it does not take what is written");
            }
        }
    }

    /// Does what a packet asks for; an end, if it is one.
    async fn incoming(&mut self, packet: Packet) -> Option<End> {
        match packet {
            Packet::Publish(publish) => return self.publish(publish).await,
            Packet::Subscribe(subscribe) => return self.subscribe(&subscribe),
            Packet::Unsubscribe(unsubscribe) => {
                for filter in &unsubscribe.topics {
                    self.broker.unsubscribe(&self.id, filter);
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

    async fn publish(&mut self, publish: Publish) -> Option<End> {
        if publish.qos == QoS::ExactlyOnce || !valid_topic(&publish.topic) {
            return Some(End::Lost("a publication that we do not take"));
        }
        if !self.broker.may_publish(&self.id, &publish.topic) {
            Counters::add(&self.broker.counters.refused, 1);
            tracing::warn!(client = %self.id, topic = %publish.topic, "a client may not publish there; its connection is closed");
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
        self.broker.inbox.take(topic, payload).await;
        // Presence is all that is retained, and of no other use than to be seen.
        let retain = retain && topic.ends_with("/p") && payload.len() <= 64;
        self.broker.route(topic, payload, retain);
    }

    fn subscribe(&mut self, subscribe: &Subscribe) -> Option<End> {
        if subscribe.filters.is_empty() {
            return Some(End::Lost("a subscription to nothing"));
        }
        let mut codes = Vec::with_capacity(subscribe.filters.len());
        let mut granted = Vec::new();
        for filter in &subscribe.filters {
            if valid_filter(&filter.path) {
                granted.push(filter.path.clone());
                codes.push(SubscribeReasonCode::Success(QoS::AtMostOnce));
            } else {
                codes.push(SubscribeReasonCode::Failure);
            }
        }
        // The acknowledgement goes before what is retained.
        self.reply(&Packet::SubAck(SubAck::new(subscribe.pkid, codes)));
        for filter in granted {
            if !self.broker.subscribe(&self.id, &filter) {
                return Some(End::Lost("too many subscriptions"));
            }
        }
        None
    }

    fn queue(&mut self, outgoing: Outgoing, queued_bytes: &AtomicUsize) {
        queued_bytes.fetch_sub(outgoing.payload.len(), Ordering::Relaxed);
        let publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: outgoing.retain,
            topic: outgoing.topic.to_string(),
            pkid: self.packet_id,
            payload: outgoing.payload,
        };
        self.reply(&Packet::Publish(publish));
    }

    fn reply(&mut self, packet: &Packet) {
        // Our own packets are within the limit.
        let _ = packet.write(&mut self.write, usize::MAX);
    }

    async fn flush(&mut self) -> Result<(), ()> {
        if self.write.is_empty() {
            return Ok(());
        }
        Counters::add(&self.broker.counters.sent_bytes, self.write.len());
        let written = timeout(WRITE_WITHIN, self.stream.write_all(&self.write)).await;
        // An idle client keeps no buffer.
        self.write = BytesMut::new();
        written.map_err(drop)?.map_err(drop)
    }

    /// The next packet. Safe to drop while it waits: what was read stays in the buffer.
    async fn packet(&mut self) -> Result<Packet, &'static str> {
        loop {
            match Packet::read(&mut self.read, PACKET_MAX) {
                Ok(packet) => {
                    if self.read.is_empty() && self.read.capacity() > 4 * BUFFER {
                        self.read = BytesMut::with_capacity(BUFFER);
                    }
                    return Ok(packet);
                }
                Err(CodecError::InsufficientBytes(_)) => {}
                Err(_) => return Err("it does not speak MQTT 3.1.1"),
            }
            self.read.reserve(BUFFER);
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) => return Err("closed"),
                Ok(n) => Counters::add(&self.broker.counters.received_bytes, n),
                Err(_) => return Err("broken"),
            }
        }
    }
}
