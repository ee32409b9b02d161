//! The link through a real mosquitto, with another client in the controller's place.

use std::process::{Child, Command, Stdio};

use model::message::{Hello, Refused, Welcome, WhyRefused};
use model::orders::{ItemKey, ItemKind};
use model::{Generation, Hash, Millis};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use tokio::time::timeout;
use wire::chunk::{Chunks, PAYLOAD_MAX, is_whole};

use super::*;

mod streams;

const PATIENCE: Duration = Duration::from_secs(20);

struct Mosquitto {
    child: Child,
    port: u16,
}

impl Mosquitto {
    fn start() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        Self { child: Self::spawn(port), port }
    }

    fn spawn(port: u16) -> Child {
        Command::new("/usr/sbin/mosquitto")
            .args(["-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto is installed: ./check installs it")
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

fn link(port: u16) -> (LinkHandle, mpsc::Receiver<LinkEvent>) {
    let (handle, events, _) = streaming(port);
    (handle, events)
}

fn streaming(port: u16) -> (LinkHandle, mpsc::Receiver<LinkEvent>, Asked) {
    start(LinkConfig {
        node: "n1".into(),
        controller: wire::address::parse(&format!("mqtt://127.0.0.1:{port}")).unwrap(),
        identity: None,
        prefix: "dl".into(),
        keep_alive: Duration::from_secs(5),
    })
}

async fn next(events: &mut mpsc::Receiver<LinkEvent>) -> LinkEvent {
    timeout(PATIENCE, events.recv()).await.expect("an event comes").expect("the link runs")
}

/// The number of the session that comes up, after as many failures as it takes.
async fn until_up(events: &mut mpsc::Receiver<LinkEvent>) -> u64 {
    loop {
        if let LinkEvent::Up { session } = next(events).await {
            return session;
        }
    }
}

/// A client in the controller's place.
struct Controller {
    client: AsyncClient,
    event_loop: EventLoop,
    chunks: Chunks,
}

impl Controller {
    async fn connect(port: u16) -> Self {
        let mut options = MqttOptions::new("controller", "127.0.0.1", port);
        options.set_max_packet_size(256 << 10, 256 << 10);
        let (client, event_loop) = AsyncClient::new(options, 64);
        let mut this = Self { client, event_loop, chunks: Chunks::new(wire::UP_MAX, PAYLOAD_MAX) };
        this.client.try_subscribe("dl/+/u", QoS::AtLeastOnce).unwrap();
        this.client.try_subscribe("dl/+/p", QoS::AtLeastOnce).unwrap();
        let mut acks = 0;
        while acks < 2 {
            acks += usize::from(matches!(this.packet().await, Packet::SubAck(_)));
        }
        this
    }

    async fn packet(&mut self) -> Packet {
        timeout(PATIENCE, async {
            loop {
                match self.event_loop.poll().await {
                    Ok(Event::Incoming(packet)) => return packet,
                    Ok(_) => {}
                    // The broker needs a moment to be there.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        })
        .await
        .expect("a packet comes")
    }

    /// The next message or presence of the node.
    async fn hear(&mut self) -> Result<Up, String> {
        loop {
            let Packet::Publish(publish) = self.packet().await else { continue };
            if publish.topic == "dl/n1/p" {
                return Err(String::from_utf8(publish.payload.to_vec()).unwrap());
            }
            assert_eq!(publish.topic, "dl/n1/u");
            if is_whole(&publish.payload) {
                return Ok(wire::decode_up(&publish.payload).unwrap());
            }
            let heard = self.chunks.hear(&publish.payload).unwrap();
            for answer in heard.answers {
                self.client.try_publish("dl/n1/d", QoS::AtLeastOnce, false, answer).unwrap();
            }
            if let Some(whole) = heard.message {
                return Ok(wire::decode_up(&whole).unwrap());
            }
        }
    }

    fn say(&mut self, message: &Down) {
        let payload = self.chunks.say(wire::encode_down(message).unwrap());
        self.client.try_publish("dl/n1/d", QoS::AtLeastOnce, false, payload).unwrap();
    }
}

fn hello() -> Up {
    Up::Hello(Hello {
        boot: 1,
        session: 1,
        held: Generation(0),
        root: Hash::of(b""),
        version: String::new(),
        labels: vec![],
        instance: 0,
        keys: 0,
        sealing: None,
    })
}

/// A refusal with so many hashes: they do not shrink.
fn refused(items: u64) -> Up {
    let item = |n: u64| {
        let key = ItemKey { kind: ItemKind::Pod, name: format!("d/p{n}/u{n}").into() };
        (key, Hash::of(&n.to_le_bytes()))
    };
    Up::Refused(Refused {
        generation: Generation(2),
        why: WhyRefused::WrongRoot,
        held: Generation(1),
        items: (0..items).map(item).collect(),
    })
}

fn welcome() -> Down {
    Down::Welcome(Welcome { instance: 1, time: Millis(2), generation: Generation(3), keys: vec![] })
}

#[test]
fn waits_are_spread() {
    assert_eq!(jittered(Duration::ZERO), Duration::ZERO);
    for _ in 0..100 {
        assert!(jittered(Duration::from_secs(1)) <= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn it_speaks_hears_says_goodbye_and_is_seen() {
    let mosquitto = Mosquitto::start();
    let mut controller = Controller::connect(mosquitto.port).await;
    let (link, mut events) = link(mosquitto.port);
    assert_eq!(until_up(&mut events).await, 1);
    assert_eq!(controller.hear().await, Err("1".into()));
    link.send(hello());
    assert_eq!(controller.hear().await, Ok(hello()));
    controller.say(&welcome());
    let heard = async {
        // The controller's client moves only when it is driven.
        tokio::select! {
            event = next(&mut events) => event,
            _ = async { loop { controller.packet().await; } } => unreachable!("it loops"),
        }
    };
    assert!(matches!(heard.await, LinkEvent::Heard(m) if m == welcome()));
    link.send(Up::Bye);
    link.stop().await;
    assert_eq!(controller.hear().await, Ok(Up::Bye));
    assert_eq!(controller.hear().await, Err("0".into()));
    assert!(timeout(PATIENCE, events.recv()).await.unwrap().is_none(), "it has ended");
}

#[tokio::test]
async fn a_large_message_comes_over_in_pieces() {
    let mosquitto = Mosquitto::start();
    let mut controller = Controller::connect(mosquitto.port).await;
    let (link, mut events) = link(mosquitto.port);
    until_up(&mut events).await;
    assert_eq!(controller.hear().await, Err("1".into()));
    link.send(refused(50_000));
    assert!(controller.hear().await == Ok(refused(50_000)), "it is as it was said");
    link.send(hello());
    assert_eq!(controller.hear().await, Ok(hello()));
}

#[tokio::test]
async fn after_the_brokers_end_it_comes_back() {
    let mut mosquitto = Mosquitto::start();
    let (link, mut events) = link(mosquitto.port);
    assert_eq!(until_up(&mut events).await, 1);
    mosquitto.kill();
    assert!(matches!(next(&mut events).await, LinkEvent::Down { .. }));
    // There is nobody to hear it: it is gone, and harms nothing.
    link.send(Up::Bye);
    mosquitto.child = Mosquitto::spawn(mosquitto.port);
    assert_eq!(until_up(&mut events).await, 2);
    let mut controller = Controller::connect(mosquitto.port).await;
    assert_eq!(controller.hear().await, Err("1".into()), "retained");
    link.send(hello());
    assert_eq!(controller.hear().await, Ok(hello()));
}

#[tokio::test]
async fn it_can_be_stopped_while_nobody_is_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let (link, mut events) = link(port);
    assert!(matches!(next(&mut events).await, LinkEvent::Down { .. }));
    link.stop().await;
    while timeout(PATIENCE, events.recv()).await.expect("it ends").is_some() {}
}
