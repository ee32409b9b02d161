//! The door, packet by packet, over a pipe in memory.

use model::NodeName;
use rumqttc::mqttbytes::v4::{
    Connect, ConnectReturnCode, LastWill, Packet, Publish, Subscribe, SubscribeFilter,
    SubscribeReasonCode,
};
use rumqttc::mqttbytes::{Protocol, QoS};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::super::LinkEvent;
use super::super::transfers::Transfers;
use super::*;

/// No pipe holds more; none of these tests fills it.
const PIPE: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(10);

fn broker(events_max: usize) -> (Arc<Broker>, mpsc::Receiver<LinkEvent>) {
    let (events, receiver) = mpsc::channel(events_max);
    let counters = Arc::new(Counters::default());
    let prefix: Arc<str> = Arc::from("dl");
    let transfers = Arc::new(Transfers::default());
    let inbox = Arc::new(Inbox::new(
        prefix.clone(),
        events,
        transfers,
        Arc::default(),
        counters.clone(),
        None,
    ));
    (Arc::new(Broker::new(prefix, inbox, counters)), receiver)
}

/// A client that speaks in packets.
struct Peer {
    stream: DuplexStream,
    read: bytes::BytesMut,
    served: tokio::task::JoinHandle<()>,
}

impl Peer {
    fn open(broker: &Arc<Broker>) -> Self {
        let (stream, theirs) = tokio::io::duplex(PIPE);
        let broker = broker.clone();
        let served =
            tokio::spawn(async move { session::serve(&broker, theirs, Shown::Nothing).await });
        Self { stream, read: bytes::BytesMut::new(), served }
    }

    async fn connected(broker: &Arc<Broker>, connect: Connect) -> Self {
        let mut peer = Self::open(broker);
        peer.say(&Packet::Connect(connect)).await;
        let Some(Packet::ConnAck(ack)) = peer.hear().await else { panic!("no CONNACK") };
        assert_eq!((ack.code, ack.session_present), (ConnectReturnCode::Success, false));
        peer
    }

    async fn say(&mut self, packet: &Packet) {
        let mut bytes = bytes::BytesMut::new();
        packet.write(&mut bytes, usize::MAX).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// The next packet; none if the connection was closed.
    async fn hear(&mut self) -> Option<Packet> {
        let next = async {
            loop {
                if let Ok(packet) = Packet::read(&mut self.read, PIPE) {
                    return Some(packet);
                }
                if self.stream.read_buf(&mut self.read).await.unwrap_or(0) == 0 {
                    return None;
                }
            }
        };
        tokio::time::timeout(PATIENCE, next).await.expect("a packet, or an end")
    }

    async fn subscribe(&mut self, filters: &[&str]) -> Vec<SubscribeReasonCode> {
        let filters = filters.iter().map(|f| SubscribeFilter::new((*f).into(), QoS::AtLeastOnce));
        let subscribe = Subscribe { pkid: 1, ..Subscribe::new_many(filters) };
        self.say(&Packet::Subscribe(subscribe)).await;
        let Some(Packet::SubAck(ack)) = self.hear().await else { panic!("no SUBACK") };
        ack.return_codes
    }

    async fn publish(&mut self, topic: &str, pkid: u16, payload: &[u8]) {
        let qos = if pkid > 0 { QoS::AtLeastOnce } else { QoS::AtMostOnce };
        let publish = Publish { pkid, retain: true, ..Publish::new(topic, qos, payload) };
        self.say(&Packet::Publish(publish)).await;
    }
}

fn node(name: &str) -> Connect {
    let will = LastWill::new(format!("dl/{name}/p"), "0", QoS::AtLeastOnce, true);
    Connect { last_will: Some(will), ..Connect::new(name) }
}

#[tokio::test]
async fn who_never_comes_to_the_point_is_cut_and_others_are_served_meanwhile() {
    let (broker, _events) = broker(8);
    let mut slow: Vec<Peer> = (0..50).map(|_| Peer::open(&broker)).collect();
    for peer in &mut slow {
        // The first byte of a CONNECT, and no more.
        peer.stream.write_all(&[0x10]).await.unwrap();
    }
    Peer::connected(&broker, node("n1")).await;
    for peer in &mut slow {
        assert_eq!(peer.hear().await, None, "it is closed");
    }
    assert_eq!(broker.counters.refused.load(Ordering::Relaxed), 50);
}

#[tokio::test]
async fn who_says_too_much_waits_and_others_do_not() {
    let (broker, mut events) = broker(8192);
    let mut loud = Peer::connected(&broker, node("loud")).await;
    let mut other = Peer::connected(&broker, node("other")).await;
    let many = 600;
    for n in 1..=many {
        loud.publish("dl/loud/u", n, &bye()).await;
    }
    other.publish("dl/other/u", 1, &bye()).await;
    let (mut heard, mut others_at) = (0, None);
    while heard < usize::from(many) {
        match events.recv().await {
            Some(LinkEvent::Said(name, _)) if name.as_str() == "loud" => heard += 1,
            Some(LinkEvent::Said(..)) => others_at = Some(heard),
            Some(_) => {}
            None => panic!("the broker has ended"),
        }
    }
    // Everything was heard in the end, but what another said did not wait for it.
    assert!(others_at.is_some_and(|at| at < usize::from(many)), "{others_at:?}");
    assert!(broker.counters.throttled.load(Ordering::Relaxed) > 0);
}

fn bye() -> Vec<u8> {
    wire::encode_up(&model::message::Up::Bye).unwrap()
}

#[tokio::test]
async fn who_may_not_come_in_is_told_why() {
    let (broker, _events) = broker(8);
    let check = async |connect: Connect, want: ConnectReturnCode| {
        let mut peer = Peer::open(&broker);
        peer.say(&Packet::Connect(connect.clone())).await;
        let Some(Packet::ConnAck(ack)) = peer.hear().await else { panic!("no CONNACK") };
        assert_eq!(ack.code, want, "{connect:?}");
        if want != ConnectReturnCode::Success {
            assert_eq!(peer.hear().await, None, "it is closed");
        }
    };
    use ConnectReturnCode::{BadClientId, NotAuthorized, RefusedProtocolVersion, Success};
    check(node("n1"), Success).await;
    check(Connect::new(""), Success).await;
    check(Connect { clean_session: false, ..Connect::new("n1") }, Success).await;
    check(Connect { clean_session: false, ..Connect::new("") }, BadClientId).await;
    check(Connect::new("x".repeat(257)), BadClientId).await;
    check(Connect { protocol: Protocol::V5, ..Connect::new("n1") }, RefusedProtocolVersion).await;
    let will = |topic: &str| Some(LastWill::new(topic, "0", QoS::AtLeastOnce, true));
    check(Connect { last_will: will("dl/n2/p"), ..Connect::new("n1") }, NotAuthorized).await;
    check(Connect { last_will: will("dl/n1/u"), ..Connect::new("n1") }, NotAuthorized).await;
}

#[tokio::test]
async fn a_publication_is_acknowledged_once_there_was_room_for_it() {
    let (broker, mut events) = broker(1);
    let mut peer = Peer::connected(&broker, node("n1")).await;
    peer.publish("dl/n1/u", 1, &bye()).await;
    peer.publish("dl/n1/u", 2, &bye()).await;
    assert!(matches!(peer.hear().await, Some(Packet::PubAck(a)) if a.pkid == 1));
    // All that can run has run: the second one waits, for nobody took the first one out.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let mut byte = [0u8; 1];
    let early = futures_util::FutureExt::now_or_never(peer.stream.read(&mut byte));
    assert!(early.is_none(), "no acknowledgement before it was taken over");
    assert!(events.recv().await.is_some());
    assert!(matches!(peer.hear().await, Some(Packet::PubAck(a)) if a.pkid == 2));
}

#[tokio::test]
async fn a_client_that_falls_silent_is_missed() {
    let (broker, mut events) = broker(8);
    let mut peer = Peer::connected(&broker, Connect { keep_alive: 1, ..node("n1") }).await;
    peer.say(&Packet::PingReq).await;
    assert_eq!(peer.hear().await, Some(Packet::PingResp));
    assert_eq!(peer.hear().await, None, "after one and a half times its keep-alive");
    assert!(
        matches!(events.recv().await, Some(LinkEvent::Presence(n, false)) if n.as_str() == "n1")
    );
}

/// Longer than one and a half times a keep-alive of a second.
const SILENCE: Duration = Duration::from_millis(2000);

#[tokio::test]
async fn a_packet_that_comes_slowly_is_no_silence() {
    let (broker, mut events) = broker(8);
    let mut peer = Peer::connected(&broker, Connect { keep_alive: 1, ..node("n1") }).await;
    let mut packet = bytes::BytesMut::new();
    let publish = Publish { pkid: 7, ..Publish::new("dl/n1/u", QoS::AtLeastOnce, bye()) };
    Packet::Publish(publish).write(&mut packet, usize::MAX).unwrap();
    let pieces: Vec<&[u8]> = packet.chunks(packet.len().div_ceil(8)).collect();
    for (n, piece) in pieces.iter().enumerate() {
        peer.stream.write_all(piece).await.unwrap();
        if n + 1 < pieces.len() {
            let ended = tokio::time::timeout(SILENCE / 4, peer.stream.read_buf(&mut peer.read));
            assert!(ended.await.is_err(), "it was closed within a packet, after piece {n}");
        }
    }
    assert!(matches!(peer.hear().await, Some(Packet::PubAck(a)) if a.pkid == 7));
    assert!(matches!(events.recv().await, Some(LinkEvent::Said(..))));
}

#[tokio::test]
async fn clients_that_we_made_wait_have_not_been_silent() {
    let (broker, mut events) = broker(1);
    let mut peers = Vec::new();
    // Only one finds room: the others wait for the drive, and say meanwhile that they are there.
    for n in 0..12 {
        let connect = Connect { keep_alive: 1, ..node(&format!("n{n}")) };
        let mut peer = Peer::connected(&broker, connect).await;
        for pkid in [1, 2] {
            peer.publish(&format!("dl/n{n}/u"), pkid, &bye()).await;
        }
        peer.say(&Packet::PingReq).await;
        peers.push(peer);
    }
    tokio::time::sleep(SILENCE).await;
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    for (n, peer) in peers.iter_mut().enumerate() {
        for want in [1, 2] {
            let heard = peer.hear().await;
            assert!(matches!(heard, Some(Packet::PubAck(a)) if a.pkid == want), "n{n}: closed");
        }
        assert_eq!(peer.hear().await, Some(Packet::PingResp), "n{n}");
    }
}

#[tokio::test]
async fn a_will_is_for_those_who_go_without_a_word() {
    let (broker, mut events) = broker(8);
    let mut peer = Peer::connected(&broker, node("n1")).await;
    peer.say(&Packet::Disconnect).await;
    assert_eq!(peer.hear().await, None);
    peer.served.await.unwrap();
    assert!(events.try_recv().is_err(), "it said goodbye");
    let peer = Peer::connected(&broker, node("n1")).await;
    drop(peer.stream);
    assert!(matches!(events.recv().await, Some(LinkEvent::Presence(_, false))));
    peer.served.await.unwrap();
    assert_eq!(broker.registry().retained.len(), 1, "and it is retained for those who come later");
}

#[tokio::test]
async fn subscriptions_are_granted_by_who_asks() {
    use SubscribeReasonCode::{Failure, Success};
    let (broker, _events) = broker(8);
    let granted = Success(QoS::AtMostOnce);
    let mut peer = Peer::connected(&broker, node("n1")).await;
    let codes = peer.subscribe(&["dl/n1/d", "dl/n2/d", "dl/#", "dl/#/x"]).await;
    assert_eq!(codes, [granted, Failure, Failure, Failure]);
    let mut guest = Peer::connected(&broker, Connect::new("")).await;
    let long = "x".repeat(FILTER_BYTES_MAX + 1);
    assert_eq!(guest.subscribe(&["dl/+/d", &long]).await, [granted, Failure]);
    broker.publish("dl/n1/d", Bytes::from_static(b"hello"));
    for peer in [&mut peer, &mut guest] {
        let Some(Packet::Publish(heard)) = peer.hear().await else { panic!("no PUBLISH") };
        assert_eq!((heard.topic.as_str(), &*heard.payload), ("dl/n1/d", &b"hello"[..]));
    }
    let filters: Vec<String> = (0..FILTERS_MAX).map(|n| format!("dl/x{n}/d")).collect();
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    let codes = guest.subscribe(&filters).await;
    assert_eq!(codes.iter().filter(|c| **c == granted).count(), FILTERS_MAX - 1, "no more");
}

#[tokio::test]
async fn only_presence_is_retained() {
    let (broker, _events) = broker(8);
    let mut peer = Peer::connected(&broker, node("n1")).await;
    peer.publish("dl/n1/s/a/p", 1, b"1").await;
    peer.publish("dl/n1/p", 2, &[b'1'; 65]).await;
    peer.publish("dl/n1/p", 3, b"1").await;
    for _ in 0..3 {
        assert!(matches!(peer.hear().await, Some(Packet::PubAck(_))));
    }
    let retained: Vec<_> = broker.registry().retained.keys().map(ToString::to_string).collect();
    assert_eq!(retained, ["dl/n1/p"]);
    peer.publish("dl/n1/p", 4, b"").await;
    assert!(matches!(peer.hear().await, Some(Packet::PubAck(_))));
    assert!(broker.registry().retained.is_empty());
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
    let (broker, _events) = broker(8);
    let mut guest = Peer::connected(&broker, Connect::new("")).await;
    guest.subscribe(&["dl/#"]).await;
    let payload = Bytes::from(vec![0; 128 << 10]);
    let dropped = || broker.counters.dropped.load(Ordering::Relaxed);
    for _ in 0..1000 {
        broker.publish("dl/n1/d", payload.clone());
        tokio::task::yield_now().await;
        if dropped() > 0 {
            break;
        }
    }
    assert!(dropped() > 0, "its queue is bounded");
    let waiting = broker
        .registry()
        .clients
        .values()
        .map(|c| c.queued_bytes.load(Ordering::Relaxed))
        .sum::<usize>();
    assert!(waiting <= GUEST_QUEUE_BYTES_MAX + (129 << 10));
    drop(guest.stream);
    guest.served.await.unwrap();
    assert!(broker.registry().clients.is_empty());
}

#[tokio::test]
async fn so_many_come_in_and_no_more() {
    let (broker, _events) = broker(8);
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    for _ in 0..CLIENTS_PER_ADDRESS_MAX {
        assert!(broker.lets_in(address));
    }
    assert!(!broker.lets_in(address));
    assert!(broker.lets_in("192.0.2.2".parse().unwrap()));
    broker.left(address);
    assert!(broker.lets_in(address));
    for _ in 0..CLIENTS_MAX - CLIENTS_PER_ADDRESS_MAX - 1 {
        assert!(broker.lets_in(IpAddr::from([127, 0, 0, 1])));
    }
    assert!(!broker.lets_in(IpAddr::from([127, 0, 0, 1])));
}

/// Packets of every kind that a client could send.
fn packets() -> Vec<Packet> {
    use rumqttc::mqttbytes::v4::{
        ConnAck, PubAck, PubComp, PubRec, PubRel, SubAck, UnsubAck, Unsubscribe,
    };
    vec![
        Packet::Connect(node("n1")),
        Packet::Subscribe(Subscribe { pkid: 1, ..Subscribe::new("dl/n1/d", QoS::AtLeastOnce) }),
        Packet::Publish(Publish { pkid: 2, ..Publish::new("dl/n1/u", QoS::AtLeastOnce, bye()) }),
        Packet::Publish(Publish { retain: true, ..Publish::new("dl/n1/p", QoS::AtMostOnce, "1") }),
        Packet::Unsubscribe(Unsubscribe { pkid: 3, ..Unsubscribe::new("dl/n1/d") }),
        Packet::PubAck(PubAck::new(4)),
        Packet::PubRec(PubRec::new(5)),
        Packet::PubRel(PubRel::new(6)),
        Packet::PubComp(PubComp::new(7)),
        Packet::PingReq,
        Packet::SubAck(SubAck::new(8, vec![SubscribeReasonCode::Success(QoS::AtMostOnce)])),
        Packet::UnsubAck(UnsubAck::new(9)),
        Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false)),
        Packet::PingResp,
        Packet::Disconnect,
    ]
}

/// Serves a connection on which these bytes come, and then nothing more.
fn serve_bytes(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (broker, mut events) = broker(1024);
        let mut peer = Peer::open(&broker);
        // It may be closed before everything is written.
        let _ = peer.stream.write_all(bytes).await;
        peer.stream.shutdown().await.unwrap();
        while peer.hear().await.is_some() {}
        tokio::time::timeout(PATIENCE, peer.served).await.expect("it ends").expect("no panic");
        assert!(broker.registry().clients.is_empty());
        while let Ok(event) = events.try_recv() {
            let (LinkEvent::Said(node, _) | LinkEvent::Presence(node, _)) = event;
            assert!(NodeName::checked(node.as_str()).is_ok());
        }
    });
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_end_in_peace(first in 0u8..=255, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), known in proptest::bool::ANY) {
        let mut all = bytes::BytesMut::new();
        if known {
            Packet::Connect(node("n1")).write(&mut all, usize::MAX).unwrap();
        }
        // A header that fits what follows, so that the body is looked at.
        all.extend_from_slice(&[first, (bytes.len() % 128) as u8]);
        all.extend_from_slice(&bytes);
        serve_bytes(&all);
    }

    #[test]
    fn damaged_packets_end_in_peace(damages in proptest::collection::vec((0usize..600, proptest::num::u8::ANY), 1..6), cut in 0usize..600) {
        let mut all = bytes::BytesMut::new();
        for packet in packets() {
            packet.write(&mut all, usize::MAX).unwrap();
        }
        for (at, byte) in damages {
            let at = at % all.len();
            all[at] = byte;
        }
        all.truncate(cut.max(2));
        serve_bytes(&all);
    }

    #[test]
    fn every_packet_damaged_anywhere_ends_in_peace(which in 1usize..15, at in 0usize..64, byte in proptest::num::u8::ANY) {
        let mut all = bytes::BytesMut::new();
        Packet::Connect(node("n1")).write(&mut all, usize::MAX).unwrap();
        let start = all.len();
        packets()[which].write(&mut all, usize::MAX).unwrap();
        let at = start + at % (all.len() - start);
        all[at] = byte;
        serve_bytes(&all);
    }
}
