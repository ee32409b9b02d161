//! The link through a real mosquitto.

use std::process::{Child, Command, Stdio};

use super::*;

/// A mosquitto on a port of its own, which it keeps when it is started again.
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

    fn start_again(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.child = Self::spawn(self.port);
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A node that says that it is there and then answers every message with `Bye`, over as many connections as it takes.
fn answering_node(port: u16) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let (node, mut event_loop) = client("n1", port);
        let mut chunks = Chunks::new(wire::DOWN_MAX, wire::chunk::PAYLOAD_MAX);
        loop {
            match event_loop.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    node.try_subscribe("dl/n1/d", QoS::AtLeastOnce).unwrap();
                }
                Ok(Event::Incoming(Packet::SubAck(_))) => {
                    node.try_publish("dl/n1/p", QoS::AtLeastOnce, true, "1").unwrap();
                }
                Ok(Event::Incoming(Packet::Publish(heard))) => {
                    let mut answers = Vec::new();
                    let whole = if wire::chunk::is_whole(&heard.payload) {
                        Some(heard.payload.to_vec())
                    } else {
                        let heard = chunks.hear(&heard.payload).unwrap();
                        answers.extend(heard.answers);
                        heard.message
                    };
                    if let Some(whole) = whole {
                        wire::decode_down(&whole).unwrap();
                        answers.push(wire::encode_up(&Up::Bye).unwrap());
                    }
                    for answer in answers {
                        node.try_publish("dl/n1/u", QoS::AtLeastOnce, false, answer).unwrap();
                    }
                }
                Ok(_) => {}
                // The broker needs a moment to be there.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
}

async fn until_there(events: &mut mpsc::Receiver<LinkEvent>) {
    while !matches!(next(events).await, LinkEvent::Presence(n, true) if n.as_str() == "n1") {}
}

async fn until_answered(events: &mut mpsc::Receiver<LinkEvent>) {
    while !matches!(next(events).await, LinkEvent::Said(_, Up::Bye)) {}
}

#[tokio::test]
async fn an_external_broker_serves_as_well_and_may_start_again() {
    let mut mosquitto = Mosquitto::start();
    let broker = Some(format!("mqtt://127.0.0.1:{}", mosquitto.port));
    let config = LinkConfig { plain: None, broker, prefix: "dl".into() };
    let (link, mut events) = start(config, None).await.unwrap();
    let node = answering_node(mosquitto.port);
    until_there(&mut events).await;
    link.send(&"n1".into(), &welcome());
    until_answered(&mut events).await;
    link.send(&"n1".into(), &orders(1_500_000));
    until_answered(&mut events).await;
    mosquitto.start_again();
    // Its retained presence is gone with it: this one is said on the node's new connection.
    until_there(&mut events).await;
    link.send(&"n1".into(), &welcome());
    until_answered(&mut events).await;
    node.abort();
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let config = LinkConfig { plain: None, broker: Some("localhost".into()), prefix: "dl".into() };
    let error = start(config, None).await.err().unwrap();
    assert!(matches!(error, LinkError::BadBroker(_)), "{error}");
}
