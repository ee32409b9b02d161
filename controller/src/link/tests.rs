//! The link with real clients: rumqttc, plain sockets, and a real mosquitto.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use model::Generation;
use model::message::Welcome;
use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

async fn embedded() -> (Link, mpsc::Receiver<LinkEvent>, u16) {
    let config =
        LinkConfig { listen: "127.0.0.1:0".parse().unwrap(), broker: None, prefix: "dl".into() };
    let (link, events) = start(config).await.unwrap();
    let port = link.address().unwrap().port();
    (link, events, port)
}

fn client(id: &str, port: u16) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(id, "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(5)).set_max_packet_size(1 << 20, 1 << 20);
    options.set_last_will(LastWill::new(format!("dl/{id}/p"), "0", QoS::AtLeastOnce, true));
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
    Down::Welcome(Welcome { instance: 1, time: model::Millis(2), generation: Generation(3) })
}

#[tokio::test]
async fn a_node_speaks_is_heard_and_is_missed() {
    let (link, mut events, port) = embedded().await;
    let (node, mut event_loop) = client("n1", port);
    node.subscribe("dl/n1/d", QoS::AtLeastOnce).await.unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::SubAck(_))).await;
    node.publish("dl/n1/p", QoS::AtLeastOnce, true, "1").await.unwrap();
    node.publish("dl/n1/u", QoS::AtLeastOnce, false, wire::encode_up(&Up::Bye)).await.unwrap();
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
    let (watcher, mut watcher_loop) = client("watcher", port);
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

#[tokio::test]
async fn large_orders_come_in_pieces() {
    let (link, _events, port) = embedded().await;
    let (node, mut event_loop) = client("n1", port);
    node.subscribe("dl/n1/d", QoS::AtLeastOnce).await.unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::SubAck(_))).await;
    // Noise does not shrink.
    let noise: Vec<u8> =
        (0..600_000u64).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u8).collect();
    let item = model::orders::Item {
        key: model::orders::ItemKey {
            kind: model::orders::ItemKind::ConfigMap,
            name: "d/big".into(),
        },
        body: noise.into(),
    };
    let manifest = model::orders::Manifest {
        node: "n1".into(),
        generation: Generation(1),
        root: model::Hash::of(b""),
        made: model::Millis(0),
    };
    let delta = model::orders::Delta {
        manifest,
        signature: vec![],
        base: Generation(0),
        put: vec![item],
        drop: vec![],
    };
    link.send(&"n1".into(), &Down::Orders(delta.clone()));
    let mut joiner = wire::chunk::Joiner::default();
    let whole = loop {
        let Packet::Publish(piece) =
            until(&mut event_loop, |p| matches!(p, Packet::Publish(_))).await
        else {
            return;
        };
        if let Some(whole) = joiner.take(&piece.payload).unwrap() {
            break whole;
        }
    };
    assert_eq!(wire::decode_down(&whole).unwrap(), Down::Orders(delta));
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
    node.publish("dl/n1/u", QoS::AtLeastOnce, false, wire::encode_up(&Up::Bye)).await.unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::PubAck(a) if a.pkid == 2)).await;
    assert!(matches!(next(&mut events).await, LinkEvent::Said(_, Up::Bye)));
    assert_eq!(link.figures().malformed, 1);
}

#[tokio::test]
async fn an_address_that_is_taken_or_open_to_the_world_is_refused() {
    let (_link, _events, port) = embedded().await;
    let listen = |text: String| LinkConfig {
        listen: text.parse().unwrap(),
        broker: None,
        prefix: "dl".into(),
    };
    let taken = start(listen(format!("127.0.0.1:{port}"))).await.err().unwrap().to_string();
    assert!(taken.contains(&port.to_string()) && taken.contains("--mqtt-listen"), "{taken}");
    let open = start(listen("0.0.0.0:0".into())).await.err().unwrap();
    assert!(matches!(open, LinkError::NotLoopback(_)));
}

struct Mosquitto(Child, u16);

impl Mosquitto {
    fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("/usr/sbin/mosquitto")
            .args(["-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto is installed: ./check installs it");
        Self(child, port)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn an_external_broker_serves_as_well() {
    let mosquitto = Mosquitto::start();
    let broker = Some(format!("mqtt://127.0.0.1:{}", mosquitto.1));
    let config = LinkConfig { listen: "127.0.0.1:0".parse().unwrap(), broker, prefix: "dl".into() };
    let (link, mut events) = start(config).await.unwrap();
    let (node, mut event_loop) = client("n1", mosquitto.1);
    node.subscribe("dl/n1/d", QoS::AtLeastOnce).await.unwrap();
    until_connected(&mut event_loop).await;
    node.publish("dl/n1/p", QoS::AtLeastOnce, true, "1").await.unwrap();
    let run =
        tokio::spawn(
            async move { until(&mut event_loop, |p| matches!(p, Packet::Publish(_))).await },
        );
    // Retained: it is heard whenever our subscription is there.
    assert!(matches!(next(&mut events).await, LinkEvent::Presence(_, true)));
    node.publish("dl/n1/u", QoS::AtLeastOnce, false, wire::encode_up(&Up::Bye)).await.unwrap();
    assert!(matches!(next(&mut events).await, LinkEvent::Said(_, Up::Bye)));
    link.send(&"n1".into(), &welcome());
    let Packet::Publish(heard) = run.await.unwrap() else { return };
    assert_eq!(wire::decode_down(&heard.payload).unwrap(), welcome());
}

/// Mosquitto needs a moment to listen.
async fn until_connected(event_loop: &mut EventLoop) {
    timeout(PATIENCE, async {
        loop {
            match event_loop.poll().await {
                Ok(Event::Incoming(Packet::SubAck(_))) => return,
                Ok(_) => {}
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
    .await
    .expect("the broker comes up");
}
