//! The link with real clients: rumqttc, plain sockets, mosquitto's.

use std::process::Command;
use std::time::Duration;

use model::Generation;
use model::message::Welcome;
use model::orders::{Delta, Item, ItemKey, ItemKind, Manifest};
use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::chunk::Chunks;

use super::*;

mod external;
mod streams;

const PATIENCE: Duration = Duration::from_secs(10);

async fn embedded() -> (Link, mpsc::Receiver<LinkEvent>, u16) {
    let config =
        LinkConfig { plain: "127.0.0.1:0".parse().ok(), broker: None, prefix: "dl".into() };
    let (link, events) = start(config, None).await.unwrap();
    let port = link.address().unwrap().port();
    (link, events, port)
}

fn client(id: &str, port: u16) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(5)).set_max_packet_size(1 << 20, 1 << 20);
    options.set_last_will(LastWill::new(format!("dl/{id}/p"), "0", QoS::AtLeastOnce, true));
    AsyncClient::new(options, 16)
}

/// One that leaves no will: it may look on.
fn guest(id: &str, port: u16) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(5)).set_max_packet_size(1 << 20, 1 << 20);
    AsyncClient::new(options, 16)
}

/// Drives a client until a packet comes that is wanted.
async fn until(event_loop: &mut EventLoop, wanted: impl Fn(&Packet) -> bool) -> Packet {
    timeout(PATIENCE, async {
        loop {
            if let Event::Incoming(packet) = event_loop.poll().await.unwrap()
                && wanted(&packet)
            {
                return packet;
            }
        }
    })
    .await
    .expect("the packet comes")
}

async fn next(events: &mut mpsc::Receiver<LinkEvent>) -> LinkEvent {
    timeout(PATIENCE, events.recv()).await.expect("an event comes").expect("the link is open")
}

fn welcome() -> Down {
    Down::Welcome(Welcome {
        instance: 1,
        time: model::Millis(2),
        generation: Generation(3),
        keys: vec![],
    })
}

#[tokio::test]
async fn a_node_speaks_is_heard_and_is_missed() {
    let (link, mut events, port) = embedded().await;
    let (node, mut event_loop) = client("n1", port);
    node.subscribe("dl/n1/d", QoS::AtLeastOnce).await.unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::SubAck(_))).await;
    node.publish("dl/n1/p", QoS::AtLeastOnce, true, "1").await.unwrap();
    node.publish("dl/n1/u", QoS::AtLeastOnce, false, wire::encode_up(&Up::Bye).unwrap())
        .await
        .unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::PubAck(a) if a.pkid == 3)).await;
    assert!(matches!(next(&mut events).await, LinkEvent::Presence(n, true) if n.as_str() == "n1"));
    assert!(matches!(next(&mut events).await, LinkEvent::Said(n, Up::Bye) if n.as_str() == "n1"));
    link.send(&"n1".into(), &welcome());
    let Packet::Publish(heard) = until(&mut event_loop, |p| matches!(p, Packet::Publish(_))).await
    else {
        return;
    };
    assert_eq!(wire::decode_down(&heard.payload).unwrap(), welcome());
    // Cut off without a word: its will says so.
    drop(event_loop);
    assert!(matches!(next(&mut events).await, LinkEvent::Presence(_, false)));
}

#[tokio::test]
async fn a_second_connection_takes_over_and_the_old_will_stays_silent() {
    let (link, mut events, port) = embedded().await;
    let (_first, mut first_loop) = client("n1", port);
    until(&mut first_loop, |p| matches!(p, Packet::ConnAck(_))).await;
    let (second, mut second_loop) = client("n1", port);
    until(&mut second_loop, |p| matches!(p, Packet::ConnAck(_))).await;
    assert!(
        timeout(PATIENCE, first_loop.poll()).await.unwrap().is_err(),
        "the first one is closed"
    );
    second.publish("dl/n1/p", QoS::AtLeastOnce, true, "1").await.unwrap();
    until(&mut second_loop, |p| matches!(p, Packet::PubAck(_))).await;
    assert!(
        matches!(next(&mut events).await, LinkEvent::Presence(_, true)),
        "no will of the first one"
    );
    assert_eq!(link.figures().connected, 1);
}

#[tokio::test]
async fn presence_is_retained_for_those_who_come_later() {
    let (_link, mut events, port) = embedded().await;
    let (node, mut node_loop) = client("n1", port);
    node.publish("dl/n1/p", QoS::AtLeastOnce, true, "1").await.unwrap();
    until(&mut node_loop, |p| matches!(p, Packet::PubAck(_))).await;
    next(&mut events).await;
    let (watcher, mut watcher_loop) = guest("watcher", port);
    watcher.subscribe("dl/#", QoS::AtLeastOnce).await.unwrap();
    let Packet::Publish(seen) = until(&mut watcher_loop, |p| matches!(p, Packet::Publish(_))).await
    else {
        return;
    };
    assert_eq!((seen.topic.as_str(), &*seen.payload, seen.retain), ("dl/n1/p", &b"1"[..], true));
}

#[tokio::test]
async fn a_client_publishes_to_its_own_topics_only() {
    let (link, mut events, port) = embedded().await;
    for topic in ["dl/n2/u", "dl/n1/d", "other", "dl/n2/p"] {
        let (node, mut event_loop) = client("n1", port);
        node.publish(topic, QoS::AtLeastOnce, false, "x").await.unwrap();
        let closed = timeout(PATIENCE, async { while event_loop.poll().await.is_ok() {} }).await;
        assert!(closed.is_ok(), "{topic}");
    }
    assert!(link.figures().refused >= 4);
    let mut none = true;
    while let Ok(event) = events.try_recv() {
        none &= matches!(event, LinkEvent::Presence(n, false) if n.as_str() == "n1");
    }
    assert!(none, "only wills of their own were heard");
}

/// Orders with so many bytes that do not shrink.
fn orders(bytes: usize) -> Down {
    let mut state = 1u64;
    let noise = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    });
    let noise: Vec<u8> = noise.take(bytes).collect();
    let key = ItemKey { kind: ItemKind::ConfigMap, name: "d/big".into() };
    let manifest = Manifest {
        node: "n1".into(),
        generation: Generation(1),
        root: model::Hash::of(b""),
        made: model::Millis(0),
    };
    Down::Orders(Delta {
        manifest,
        signature: vec![],
        base: Generation(0),
        put: vec![Item { key, body: noise.into() }],
        drop: vec![],
    })
}

/// Takes a large message in on a connection of its own, piece by piece: the message, unless the connection is cut before it
/// is whole, and how many payloads came.
async fn take_in(
    port: u16,
    link: &Link,
    chunks: &mut Chunks,
    message: &Down,
    cut_after: usize,
) -> (Option<Down>, usize) {
    let (node, mut event_loop) = client("n1", port);
    node.subscribe("dl/n1/d", QoS::AtLeastOnce).await.unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::SubAck(_))).await;
    link.send(&"n1".into(), message);
    for came in 1..=cut_after {
        let heard = until(&mut event_loop, |p| matches!(p, Packet::Publish(_))).await;
        let Packet::Publish(piece) = heard else { continue };
        let heard = chunks.hear(&piece.payload).unwrap();
        for answer in heard.answers {
            node.publish("dl/n1/u", QoS::AtLeastOnce, false, answer).await.unwrap();
        }
        if let Some(whole) = heard.message {
            return (Some(wire::decode_down(&whole).unwrap()), came);
        }
    }
    (None, cut_after)
}

#[tokio::test]
async fn large_orders_come_in_pieces_and_go_on_after_a_cut() {
    let (link, _events, port) = embedded().await;
    let message = orders(3_000_000);
    let mut chunks = Chunks::new(wire::DOWN_MAX, wire::chunk::PAYLOAD_MAX);
    // 23 pieces and a question.
    let (none, _) = take_in(port, &link, &mut chunks, &message, 14).await;
    assert!(none.is_none());
    let (whole, came) = take_in(port, &link, &mut chunks, &message, 100).await;
    assert!(whole == Some(message), "the orders came over");
    assert_eq!(came, 24 - 13, "what was there did not come again");
    assert_eq!(link.figures().sent_messages, 2);
}

#[tokio::test]
async fn orders_that_no_node_would_take_are_not_sent() {
    let (link, _events, _port) = embedded().await;
    link.send(&"n1".into(), &orders(65 << 20));
    assert_eq!((link.figures().sent_messages, link.figures().dropped), (0, 1));
}

/// Runs a stock client; its output.
async fn stock(program: &str, args: &str, port: u16) -> String {
    let args = args.to_owned();
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]).args(args.split(' '));
    let run = tokio::task::spawn_blocking(move || command.output());
    let output = run.await.unwrap().expect("mosquitto's clients are installed: ./check does it");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn stock_clients_look_on_and_speak() {
    let (_link, mut events, port) = embedded().await;
    stock("mosquitto_pub", "-i n1 -t dl/n1/p -q 1 -r -m 1", port).await;
    assert!(matches!(next(&mut events).await, LinkEvent::Presence(n, true) if n.as_str() == "n1"));
    let seen = stock("mosquitto_sub", "-t dl/# -q 1 -v -C 1 -W 10", port).await;
    assert_eq!(seen, "dl/n1/p 1\n");
    let seen = stock("mosquitto_sub", "-i n2 -c -t dl/+/p -C 1 -W 10", port).await;
    assert_eq!(seen, "1\n");
}

#[tokio::test]
async fn noise_harms_nobody() {
    let (link, mut events, port) = embedded().await;
    let (node, mut event_loop) = client("n1", port);
    until(&mut event_loop, |p| matches!(p, Packet::ConnAck(_))).await;
    for noise in [
        &b""[..],
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x10, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0u8; 5000],
        &[0x30, 1],
        &[0x10, 1, 0],
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(noise).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("it is closed");
    }
    node.publish("dl/n1/u", QoS::AtLeastOnce, false, "no message of ours").await.unwrap();
    node.publish("dl/n1/u", QoS::AtLeastOnce, false, wire::encode_up(&Up::Bye).unwrap())
        .await
        .unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::PubAck(a) if a.pkid == 2)).await;
    assert!(matches!(next(&mut events).await, LinkEvent::Said(_, Up::Bye)));
    assert_eq!(link.figures().malformed, 1);
}

#[tokio::test]
async fn an_address_that_is_taken_or_open_to_the_world_is_refused() {
    let (_link, _events, port) = embedded().await;
    let listen =
        |text: String| LinkConfig { plain: text.parse().ok(), broker: None, prefix: "dl".into() };
    let taken = start(listen(format!("127.0.0.1:{port}")), None).await.err().unwrap().to_string();
    assert!(taken.contains(&port.to_string()) && taken.contains("--mqtt-listen"), "{taken}");
    let open = start(listen("0.0.0.0:0".into()), None).await.err().unwrap();
    assert!(matches!(open, LinkError::NotLoopback(_)));
}
