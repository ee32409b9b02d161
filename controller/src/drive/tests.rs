use std::sync::Mutex;

use controller_core::kinds::{NODE, ObjectKey};
use model::message::{Hello, Up};
use model::report::{NodeFacts, Report};
use model::{Generation, Hash};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::api::Ask;
use crate::store::Options;

type Said = Arc<Mutex<Vec<(NodeName, Down)>>>;

struct World {
    store: Store,
    events: mpsc::Sender<LinkEvent>,
    said: Said,
    stop: CancellationToken,
    done: oneshot::Receiver<()>,
    ask: Ask,
}

fn start(dir: &TempDir) -> World {
    let store = Store::open(dir.path(), Options::default()).unwrap();
    let said = Said::default();
    let heard = said.clone();
    let send = move |node: &NodeName, down: &Down| {
        heard.lock().unwrap().push((node.clone(), down.clone()))
    };
    let drive = Drive::new(store.clone(), 1, 7, Box::new(send));
    let (events, receiver) = mpsc::channel(16);
    let (ask, questions) = Ask::channel();
    let stop = CancellationToken::new();
    let (ended, done) = oneshot::channel();
    let until = stop.clone();
    tokio::spawn(async move {
        drive.run(receiver, questions, until).await.unwrap();
        let _ = ended.send(());
    });
    World { store, events, said, stop, done, ask }
}

fn hello() -> Up {
    Up::Hello(Hello {
        boot: 1,
        session: 1,
        held: Generation(0),
        root: model::orders::root([]),
        version: "0.1.0".into(),
        labels: vec![("site".into(), "north".into())],
        instance: 0,
    })
}

fn report() -> Up {
    let facts = NodeFacts {
        architecture: "arm64".into(),
        cpu_milli: 4000,
        memory_bytes: 1 << 30,
        pods_max: 110,
        addresses: vec!["10.0.0.1".into()],
        ..NodeFacts::default()
    };
    Up::Report(Box::new(Report {
        boot: 1,
        sequence: 1,
        whole: true,
        facts: Some(facts),
        ..Report::default()
    }))
}

#[tokio::test]
async fn a_node_that_says_hello_is_welcomed_and_becomes_an_object() {
    let dir = TempDir::new().unwrap();
    let world = start(&dir);
    let node = NodeName::from("edge-1");
    let mut watch = world.store.watch(NODE, world.store.revision()).unwrap();
    for event in [
        LinkEvent::Presence(node.clone(), true),
        LinkEvent::Said(node.clone(), hello()),
        LinkEvent::Said(node.clone(), report()),
    ] {
        world.events.send(event).await.unwrap();
    }
    let change = watch.next().await.unwrap();
    assert_eq!(&*change.key.name, "edge-1");
    // A question is answered after the events before it.
    let ready = loop {
        let nodes = world.ask.nodes().await.unwrap();
        if nodes.first().is_some_and(|n| n.facts.is_some()) {
            break nodes;
        }
        tokio::task::yield_now().await;
    };
    assert!(ready[0].connected);
    let said = world.said.lock().unwrap().clone();
    assert!(
        said.iter().any(|(n, d)| *n == node && matches!(d, Down::Welcome(w) if w.instance == 7)),
        "{said:?}"
    );
    let stored = world.store.get(&ObjectKey::new(NODE, "", "edge-1")).unwrap().unwrap();
    let doc: Value = serde_json::from_slice(&stored.doc).unwrap();
    assert_eq!(doc["metadata"]["labels"]["site"], "north");
    world.stop.cancel();
    world.done.await.unwrap();
    let _ = Hash::of(b"");
}

#[tokio::test]
async fn a_restart_goes_on_with_what_was_kept() {
    let dir = TempDir::new().unwrap();
    let world = start(&dir);
    let node = NodeName::from("edge-1");
    let mut watch = world.store.watch(NODE, world.store.revision()).unwrap();
    world.events.send(LinkEvent::Said(node.clone(), hello())).await.unwrap();
    world.events.send(LinkEvent::Said(node, report())).await.unwrap();
    watch.next().await.unwrap();
    world.stop.cancel();
    world.done.await.unwrap();
    world.store.close().await;
    let world = start(&dir);
    let nodes = world.ask.nodes().await.unwrap();
    assert_eq!(nodes.len(), 1);
    assert!(!nodes[0].connected, "it is known, and not heard yet");
    world.stop.cancel();
    world.done.await.unwrap();
}
