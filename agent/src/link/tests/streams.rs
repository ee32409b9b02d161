//! Streams through a real mosquitto, with a hub in the controller's place.

use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use wire::stream::{End, Hub, Incoming, LogOptions, Open, Port, Reason, STDIN, STDOUT, Target};

use super::*;

fn logs() -> Open {
    Open::Logs(Target { uid: "u-1".into(), ..Target::default() }, LogOptions::default())
}

/// Carries a hub's frames to and from the node, as the controller does.
fn carry(hub: Hub, client: AsyncClient, mut event_loop: EventLoop) {
    let ours = hub.clone();
    tokio::spawn(async move {
        loop {
            let frame = hub.next().await;
            client.publish("dl/n1/s/d", QoS::AtMostOnce, false, frame).await.unwrap();
        }
    });
    tokio::spawn(async move {
        while let Ok(event) = event_loop.poll().await {
            if let Event::Incoming(Packet::Publish(publish)) = event
                && publish.topic == "dl/n1/s/u"
            {
                ours.hear(&publish.payload).unwrap();
            }
        }
    });
}

async fn controller(port: u16) -> Hub {
    let mut options = MqttOptions::new("streams", "127.0.0.1", port);
    options.set_max_packet_size(256 << 10, 256 << 10);
    let (client, mut event_loop) = AsyncClient::new(options, 16);
    client.try_subscribe("dl/n1/s/u", QoS::AtLeastOnce).unwrap();
    while !matches!(event_loop.poll().await.unwrap(), Event::Incoming(Packet::SubAck(_))) {}
    let hub = Hub::opening(1);
    carry(hub.clone(), client, event_loop);
    hub
}

async fn heard(port: &mut Port) -> Incoming {
    timeout(PATIENCE, port.receiver.recv()).await.expect("in time").expect("before its end")
}

#[tokio::test]
async fn streams_go_both_ways_and_end_with_the_connection() {
    let mut mosquitto = Mosquitto::start();
    let (_link, mut events, mut asked) = streaming(mosquitto.port);
    until_up(&mut events).await;
    let hub = controller(mosquitto.port).await;
    let mut port = hub.open(logs()).unwrap();
    let (open, mut served) = timeout(PATIENCE, asked.recv()).await.unwrap().unwrap();
    assert_eq!(open, logs());
    served.sender.opened().unwrap();
    assert_eq!(heard(&mut port).await, Incoming::Opened);
    let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let (said, sender) = (bytes.clone(), served.sender.clone());
    let saying = tokio::spawn(async move { sender.send(STDOUT, &said).await });
    port.sender.send(STDIN, b"in").await.unwrap();
    assert_eq!(heard(&mut served).await, Incoming::Data(STDIN, b"in".to_vec()));
    let mut got = Vec::new();
    while got.len() < bytes.len() {
        let Incoming::Data(STDOUT, some) = heard(&mut port).await else { panic!("no data") };
        got.extend(some);
    }
    assert!(got == bytes, "as they were said");
    saying.await.unwrap().unwrap();
    mosquitto.kill();
    let Incoming::End(End::Failed(failure)) = heard(&mut served).await else { panic!("no end") };
    assert_eq!(failure.reason, Reason::Lost);
}

#[tokio::test]
async fn another_controller_ends_the_streams_of_the_one_before() {
    let mosquitto = Mosquitto::start();
    let (_link, mut events, mut asked) = streaming(mosquitto.port);
    until_up(&mut events).await;
    let hub = controller(mosquitto.port).await;
    let _port = hub.open(logs()).unwrap();
    let (_, mut served) = timeout(PATIENCE, asked.recv()).await.unwrap().unwrap();
    let mut orders = Controller::connect(mosquitto.port).await;
    for instance in [1, 1, 2] {
        let welcome =
            Welcome { instance, time: Millis(2), generation: Generation(3), keys: vec![] };
        orders.say(&Down::Welcome(welcome));
    }
    let driven = async {
        loop {
            orders.packet().await;
        }
    };
    let end = tokio::select! {
        end = heard(&mut served) => end,
        () = driven => unreachable!("it loops"),
    };
    assert!(matches!(end, Incoming::End(End::Failed(f)) if f.message.contains("anew")));
}
