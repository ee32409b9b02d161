use std::time::Duration;

use proptest::prelude::*;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use super::*;
use crate::tests::{golden, unpacked};

type Asked = UnboundedReceiver<(Open, Port)>;

fn target() -> Target {
    Target {
        namespace: "shop".into(),
        pod: "web-1".into(),
        uid: "u-1".into(),
        container: "web".into(),
    }
}

fn logs() -> Open {
    Open::Logs(target(), LogOptions { follow: true, tail: Some(3), ..LogOptions::default() })
}

/// Two sides, and what carries frames between them.
fn sides() -> (Hub, Hub, Asked) {
    let (node, asked) = Hub::serving();
    let controller = Hub::opening(7);
    let (a, b) = (controller.clone(), node.clone());
    tokio::spawn(async move { bridge(&a, &b).await });
    (controller, node, asked)
}

async fn next(receiver: &mut Receiver) -> Incoming {
    let next = timeout(Duration::from_secs(10), receiver.recv()).await;
    next.expect("something comes").expect("before the end")
}

#[test]
fn frames_are_written_and_read() {
    let all = Streams { stdin: true, stdout: true, stderr: true, tty: true };
    let exec = |command| Open::Exec { target: target(), command, streams: all };
    let failed = End::failed(Reason::NotFound, "there is no pod of that name");
    for (name, say) in [
        ("logs", Say::Open(logs())),
        ("exec", Say::Open(exec(vec!["sh".into(), String::new(), "\u{0}".into()]))),
        ("attach", Say::Open(Open::Attach(target(), Streams::default()))),
        ("port", Say::Open(Open::Port(target(), 8080))),
        ("opened", Say::Opened),
        ("data", Say::Data(2, vec![0, 255, 10])),
        ("credit", Say::Credit(4000)),
        ("close", Say::Close(0)),
        ("end-done", Say::End(End::Done)),
        ("end-exit", Say::End(End::Exit(-3))),
        ("end-failed", Say::End(failed)),
    ] {
        let frame = Frame { id: u64::MAX, number: 9, say };
        let bytes = frame.to_bytes().unwrap();
        assert_eq!(Frame::from_bytes(&bytes).unwrap(), frame);
        let golden = golden(&format!("stream-{name}"), &bytes);
        assert_eq!(Frame::from_bytes(&golden).unwrap(), frame, "{name}");
        assert_eq!(unpacked(&bytes), unpacked(&golden), "{name}");
    }
    let mut empty: Vec<String> = vec![String::new(); 3];
    empty[1] = "x".repeat(300_000);
    let large = Frame { id: 1, number: 0, say: Say::Open(exec(empty)) };
    assert!(large.to_bytes().is_err());
    let size = Size { columns: 80, rows: 300 };
    assert_eq!(Size::from_bytes(&size.to_bytes()), Some(size));
    assert_eq!(Size::from_bytes(b"{}"), None);
}

#[tokio::test]
async fn a_stream_is_opened_said_and_ended_in_order() {
    let (controller, node, mut asked) = sides();
    let Port { sender, mut receiver } = controller.open(logs()).unwrap();
    let (open, mut served) = asked.recv().await.unwrap();
    assert_eq!(open, logs());
    served.sender.opened().unwrap();
    served.sender.send(STDOUT, b"one").await.unwrap();
    served.sender.close(STDOUT).unwrap();
    sender.send(STDIN, b"two").await.unwrap();
    assert_eq!(next(&mut served.receiver).await, Incoming::Data(STDIN, b"two".to_vec()));
    served.sender.end(End::Exit(4));
    assert_eq!(next(&mut receiver).await, Incoming::Opened);
    assert_eq!(next(&mut receiver).await, Incoming::Data(STDOUT, b"one".to_vec()));
    assert_eq!(next(&mut receiver).await, Incoming::Close(STDOUT));
    assert_eq!(next(&mut receiver).await, Incoming::End(End::Exit(4)));
    assert_eq!(receiver.recv().await, None);
    assert_eq!(sender.send(STDIN, b"x").await, Err(Ended));
    assert!(controller.is_empty() && node.is_empty());
}

#[tokio::test]
async fn nobody_says_more_than_the_other_takes() {
    let (controller, _node, mut asked) = sides();
    let mut port = controller.open(logs()).unwrap();
    let (_, served) = asked.recv().await.unwrap();
    let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let (sender, all) = (served.sender.clone(), bytes.clone());
    // Whoever waits for the end takes no credit from those who speak.
    let waiting = served.sender.clone();
    let waiting = tokio::spawn(async move { waiting.ended().await });
    tokio::task::yield_now().await;
    let saying = tokio::spawn(async move { sender.send(STDOUT, &all).await });
    // A second stream gets through while nobody takes what the first one says.
    let mut second = controller.open(logs()).unwrap();
    let (_, other) = asked.recv().await.unwrap();
    other.sender.send(STDOUT, b"here").await.unwrap();
    assert_eq!(next(&mut second.receiver).await, Incoming::Data(STDOUT, b"here".to_vec()));
    assert!(!saying.is_finished(), "it had credit for a window only");
    let mut got = Vec::new();
    while got.len() < bytes.len() {
        let Incoming::Data(_, some) = next(&mut port.receiver).await else { panic!("no data") };
        got.extend(some);
    }
    assert!(got == bytes);
    assert_eq!(saying.await.unwrap(), Ok(()));
    assert!(!waiting.is_finished());
    served.sender.end(End::Done);
    timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_dropped_is_abandoned_and_the_other_side_told() {
    let (controller, node, mut asked) = sides();
    let port = controller.open(logs()).unwrap();
    let (_, mut served) = asked.recv().await.unwrap();
    drop(port);
    let Incoming::End(End::Failed(failure)) = next(&mut served.receiver).await else {
        panic!("no failure")
    };
    assert_eq!(failure.reason, Reason::Abandoned);
    timeout(Duration::from_secs(10), served.sender.ended()).await.unwrap();
    // And the other way round: a task that panics or forgets leaves nobody waiting.
    let mut port = controller.open(logs()).unwrap();
    drop(asked.recv().await.unwrap());
    assert!(matches!(next(&mut port.receiver).await, Incoming::End(End::Failed(_))));
    assert!(controller.is_empty() && node.is_empty());
}

#[tokio::test]
async fn a_lost_connection_ends_all_streams_with_its_reason() {
    let (controller, _node, mut asked) = sides();
    let mut port = controller.open(logs()).unwrap();
    let (_, served) = asked.recv().await.unwrap();
    controller.lose("the link to edge-1 was lost");
    let end = End::failed(Reason::Lost, "the link to edge-1 was lost");
    assert_eq!(next(&mut port.receiver).await, Incoming::End(end));
    // The other side hears of it when it speaks of a stream that is gone.
    served.sender.send(STDOUT, b"x").await.unwrap();
    timeout(Duration::from_secs(10), served.sender.ended()).await.unwrap();
}

#[tokio::test]
async fn there_are_only_so_many_and_nobody_may_ask_the_one_who_asks() {
    let (controller, node, mut asked) = sides();
    let ports: Vec<Port> = (0..STREAMS_MAX).map(|_| controller.open(logs()).unwrap()).collect();
    assert_eq!(controller.open(logs()).unwrap_err(), Busy);
    let mut served = Vec::new();
    for _ in 0..STREAMS_MAX {
        served.push(asked.recv().await.unwrap());
    }
    assert_eq!((ports.len(), node.len()), (STREAMS_MAX, STREAMS_MAX));
    drop(asked);
    let frame = Frame { id: 1, number: 0, say: Say::Open(logs()) }.to_bytes().unwrap();
    Hub::opening(0).hear(&frame).unwrap();
}

#[tokio::test]
async fn a_frame_that_is_missing_ends_the_stream_and_one_that_comes_twice_does_not() {
    let (node, mut asked) = Hub::serving();
    let controller = Hub::opening(1);
    let mut port = controller.open(logs()).unwrap();
    let open = controller.next().await;
    node.hear(&open).unwrap();
    node.hear(&open).unwrap();
    let (_, served) = asked.recv().await.unwrap();
    assert!(asked.try_recv().is_err());
    for n in 0..3u8 {
        served.sender.send(STDOUT, &[n]).await.unwrap();
    }
    let frames = [node.next().await, node.next().await, node.next().await];
    controller.hear(&frames[0]).unwrap();
    controller.hear(&frames[0]).unwrap();
    assert_eq!(next(&mut port.receiver).await, Incoming::Data(STDOUT, vec![0]));
    controller.hear(&frames[2]).unwrap();
    let Incoming::End(End::Failed(failure)) = next(&mut port.receiver).await else {
        panic!("no failure")
    };
    assert_eq!(failure.reason, Reason::Lost);
    // And tells the node, which stops.
    node.hear(&controller.next().await).unwrap();
    timeout(Duration::from_secs(10), served.sender.ended()).await.unwrap();
}

#[tokio::test]
async fn whoever_says_more_than_he_may_is_cut_off() {
    let (node, mut asked) = Hub::serving();
    let say = |number, say| Frame { id: 5, number, say }.to_bytes().unwrap();
    node.hear(&say(0, Say::Open(logs()))).unwrap();
    let (_, mut served) = asked.recv().await.unwrap();
    let most = WINDOW_BYTES / cost(FRAME_BYTES_MAX);
    for n in 0..=most {
        let number = u32::try_from(n + 1).unwrap();
        node.hear(&say(number, Say::Data(0, vec![0; FRAME_BYTES_MAX]))).unwrap();
    }
    for _ in 0..most {
        assert!(matches!(next(&mut served.receiver).await, Incoming::Data(..)));
    }
    assert!(matches!(next(&mut served.receiver).await, Incoming::End(End::Failed(_))));
    assert!(node.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_make_a_hub_panic(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..8)) {
        let (node, _asked) = Hub::serving();
        for payload in payloads {
            let _ = node.hear(&payload);
            let _ = node.hear(&[&[1, 0, crate::v1::STREAM][..], &payload].concat());
        }
    }

    #[test]
    fn streams_carry_any_bytes_in_any_pieces(
        pieces in prop::collection::vec((0u8..4, prop::collection::vec(any::<u8>(), 0..40_000)), 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (controller, _node, mut asked) = sides();
            let mut port = controller.open(logs()).unwrap();
            let (_, served) = asked.recv().await.unwrap();
            let mut want = vec![Vec::new(); 4];
            pieces.iter().for_each(|(channel, some)| want[usize::from(*channel)].extend(some));
            let saying = tokio::spawn(async move {
                for (channel, some) in pieces {
                    served.sender.send(channel, &some).await.unwrap();
                }
                served.sender.end(End::Done);
            });
            let mut got = vec![Vec::new(); 4];
            loop {
                match next(&mut port.receiver).await {
                    Incoming::Data(channel, some) => got[usize::from(channel)].extend(some),
                    Incoming::End(end) => break assert_eq!(end, End::Done),
                    other => panic!("{other:?}"),
                }
            }
            assert!(got == want);
            saying.await.unwrap();
        });
    }
}
