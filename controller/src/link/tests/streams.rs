//! Streams over the embedded broker, with a hub in the node's place.

use wire::stream::{End, Incoming, LogOptions, Open, Port, Reason, STDIN, STDOUT, Target};

use super::*;

fn logs() -> Open {
    Open::Logs(Target { uid: "u-1".into(), ..Target::default() }, LogOptions::default())
}

async fn heard(port: &mut Port) -> Incoming {
    timeout(PATIENCE, port.receiver.recv()).await.expect("in time").expect("before its end")
}

/// A node that has said that it is there.
async fn node(port: u16) -> (AsyncClient, EventLoop) {
    let (node, mut event_loop) = client("n1", port);
    node.subscribe_many(
        ["dl/n1/d", "dl/n1/s/d"]
            .map(|topic| rumqttc::SubscribeFilter::new(topic.to_owned(), QoS::AtLeastOnce)),
    )
    .await
    .unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::SubAck(_))).await;
    node.publish("dl/n1/p", QoS::AtLeastOnce, true, "1").await.unwrap();
    until(&mut event_loop, |p| matches!(p, Packet::PubAck(_))).await;
    (node, event_loop)
}

#[tokio::test]
async fn a_stream_goes_both_ways_and_is_lost_with_its_node() {
    let (link, mut events, port) = embedded().await;
    let (client, mut event_loop) = node(port).await;
    assert!(matches!(next(&mut events).await, LinkEvent::Presence(_, true)));
    let (serving, mut asked) = Hub::serving();
    let ours = serving.clone();
    let carrier = tokio::spawn(async move {
        loop {
            tokio::select! {
                frame = ours.next() => {
                    client.publish("dl/n1/s/u", QoS::AtMostOnce, false, frame).await.unwrap();
                }
                event = event_loop.poll() => {
                    if let Event::Incoming(Packet::Publish(publish)) = event.unwrap() {
                        ours.hear(&publish.payload).unwrap();
                    }
                }
            }
        }
    });
    let mut opened = link.streams(&"n1".into()).open(logs()).unwrap();
    let (_, mut served) = timeout(PATIENCE, asked.recv()).await.unwrap().unwrap();
    opened.sender.send(STDIN, &[7; 40_000]).await.unwrap();
    let mut got = 0;
    while got < 40_000 {
        let Incoming::Data(STDIN, some) = heard(&mut served).await else { panic!("no data") };
        got += some.len();
    }
    served.sender.send(STDOUT, b"out").await.unwrap();
    assert_eq!(heard(&mut opened).await, Incoming::Data(STDOUT, b"out".to_vec()));
    // Cut off without a word.
    carrier.abort();
    let Incoming::End(End::Failed(failure)) = heard(&mut opened).await else { panic!("no end") };
    assert_eq!(failure.reason, Reason::Lost);
    assert!(failure.message.contains("n1"), "{failure:?}");
    assert!(link.streams(&"n1".into()).is_empty());
}

#[tokio::test]
async fn what_else_is_said_overtakes_waiting_frames() {
    let (link, _events, port) = embedded().await;
    let (_client, mut event_loop) = node(port).await;
    let hub = link.streams(&"n1".into());
    // The node takes nothing yet: these fill what may wait, and more.
    let mut ports = Vec::new();
    for _ in 0..40 {
        let port = hub.open(logs()).unwrap();
        let sender = port.sender.clone();
        tokio::spawn(async move { sender.send(STDIN, &[0; 60_000]).await });
        ports.push(port);
    }
    tokio::task::yield_now().await;
    link.send(&"n1".into(), &welcome());
    let mut frames = 0;
    let before = timeout(PATIENCE, async {
        loop {
            if let Event::Incoming(Packet::Publish(publish)) = event_loop.poll().await.unwrap() {
                if publish.topic == "dl/n1/d" {
                    return frames;
                }
                frames += 1;
            }
        }
    });
    assert!(before.await.unwrap() <= 40, "it went before most of {} frames", 40 * 5);
}
