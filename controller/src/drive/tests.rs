mod seals;

use controller_core::kinds::{DEPLOYMENT, NAMESPACE, NODE, ObjectKey, POD};
use controller_core::turn::Durability;
use model::Generation;
use model::message::{Hello, Up};
use model::orders::Delta;
use model::report::{NodeFacts, Report};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::api::Ask;
use crate::keys::AtRest;
use crate::store::{ChangeKind, Expect, Op, Options};

/// No test waits longer for something that does not come.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    store: Store,
    events: mpsc::Sender<LinkEvent>,
    said: mpsc::UnboundedReceiver<(NodeName, Down)>,
    stop: CancellationToken,
    done: oneshot::Receiver<()>,
    ask: Ask,
}

impl World {
    /// What is said to the nodes, up to the first that fits.
    async fn told<T>(&mut self, fits: impl Fn(&NodeName, &Down) -> Option<T>) -> T {
        let wait = async {
            loop {
                let (node, down) = self.said.recv().await.expect("the drive runs");
                if let Some(found) = fits(&node, &down) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("it was said")
    }

    async fn join(&self, node: &NodeName) {
        for event in [
            LinkEvent::Presence(node.clone(), true),
            LinkEvent::Said(node.clone(), hello()),
            LinkEvent::Said(node.clone(), report()),
        ] {
            self.events.send(event).await.unwrap();
        }
    }

    async fn end(self) {
        self.stop.cancel();
        self.done.await.unwrap();
        self.store.close().await;
    }
}

fn drive(store: &Store) -> (Drive, mpsc::UnboundedReceiver<(NodeName, Down)>) {
    let (heard, said) = mpsc::unbounded_channel();
    let send = move |node: &NodeName, down: &Down| {
        // A test may have heard enough.
        let _ = heard.send((node.clone(), down.clone()));
    };
    (Drive::new(store.clone(), keys(), 1, 7, Box::new(send)), said)
}

/// Keys that go with the test.
fn keys() -> Arc<OrdersKeys> {
    let dir = TempDir::new().unwrap();
    Arc::new(OrdersKeys::open(dir.path(), Arc::new(AtRest::in_memory())).unwrap())
}

async fn put(store: &Store, key: ObjectKey, mut doc: Value) {
    doc["metadata"]["name"] = json!(&*key.name);
    doc["metadata"]["uid"] = json!(format!("uid-of-{}", key.name));
    doc["metadata"]["creationTimestamp"] = json!("2024-01-01T00:00:00Z");
    if !key.namespace.is_empty() {
        doc["metadata"]["namespace"] = json!(&*key.namespace);
    }
    let op = Op { key, expect: Expect::Any, put: Some(doc), durability: Durability::Now };
    store.write(vec![op]).await.unwrap();
}

fn orders(down: &Down) -> Option<Delta> {
    match down {
        Down::Orders(delta) => Some(delta.clone()),
        _ => None,
    }
}

fn pod_template() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "containers": [{"name": "web", "image": "registry.example/web:1", "resources": {}}],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
        },
    })
}

fn deployment(replicas: usize) -> Value {
    json!({
        "metadata": {"generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template(),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
    })
}

fn start(dir: &TempDir) -> World {
    let store = Store::open(dir.path(), Options::default()).unwrap();
    let (drive, said) = drive(&store);
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
        keys: 0,
        sealing: None,
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
    let mut world = start(&dir);
    let node = NodeName::from("edge-1");
    let mut watch = world.store.watch(NODE, world.store.revision()).unwrap();
    world.join(&node).await;
    let (to, instance) = world
        .told(|n, d| match d {
            Down::Welcome(w) => Some((n.clone(), w.instance)),
            _ => None,
        })
        .await;
    assert_eq!((to, instance), (node.clone(), 7));
    world
        .told(|n, d| matches!(d, Down::ReportTaken { sequence: 1, .. } if *n == node).then_some(()))
        .await;
    let change = watch.next().await.unwrap();
    assert_eq!(&*change.key.name, "edge-1");
    let nodes = world.ask.nodes().await.unwrap();
    assert!(nodes[0].connected && nodes[0].facts.is_some(), "{nodes:?}");
    let stored = world.store.get(&ObjectKey::new(NODE, "", "edge-1")).unwrap().unwrap();
    let doc: Value = serde_json::from_slice(&stored.doc).unwrap();
    assert_eq!(doc["metadata"]["labels"]["site"], "north");
    world.end().await;
}

#[tokio::test]
async fn a_deployment_becomes_pods_and_orders() {
    let dir = TempDir::new().unwrap();
    let mut world = start(&dir);
    let node = NodeName::from("edge-1");
    put(&world.store, ObjectKey::new(NAMESPACE, "", "default"), json!({"metadata": {}})).await;
    world.join(&node).await;
    // Orders go one after the other: the next when these have been taken.
    let first = world.told(|_, d| orders(d)).await;
    assert_eq!((first.base, first.put.len()), (Generation(0), 1), "the node's policy");
    let generation = first.manifest.generation;
    world.events.send(LinkEvent::Said(node.clone(), Up::Taken { generation })).await.unwrap();
    put(&world.store, ObjectKey::new(DEPLOYMENT, "default", "web"), deployment(2)).await;
    let delta = world.told(|_, d| orders(d)).await;
    assert_eq!(delta.manifest.node, node);
    assert_eq!((delta.base, delta.put.len()), (generation, 2));
    for item in &delta.put {
        let body: Value = serde_json::from_slice(&item.body).unwrap();
        assert_eq!(body["spec"]["containers"][0]["image"], "registry.example/web:1");
    }
    // What was said had been kept.
    let pods = world.store.list(POD, Some("default"), None, 0).unwrap();
    assert_eq!(pods.items.len(), 2);
    for (key, stored) in &pods.items {
        let pod: Value = serde_json::from_slice(&stored.doc).unwrap();
        assert_eq!(pod["spec"]["nodeName"], "edge-1", "{key:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_restart_goes_on_with_what_was_kept() {
    let dir = TempDir::new().unwrap();
    let mut world = start(&dir);
    let node = NodeName::from("edge-1");
    world.join(&node).await;
    world.told(|_, d| matches!(d, Down::ReportTaken { .. }).then_some(())).await;
    world.end().await;
    let world = start(&dir);
    let nodes = world.ask.nodes().await.unwrap();
    assert_eq!(nodes.len(), 1);
    assert!(!nodes[0].connected, "it is known, and not heard yet");
    world.end().await;
}

/// What is listed at start may come as a change besides, and so may what it was before: neither is told again.
#[tokio::test]
async fn what_changes_while_it_is_listed_is_told_once() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), Options::default()).unwrap();
    let (mut drive, _said) = drive(&store);
    let key = ObjectKey::new(NAMESPACE, "", "default");
    for label in ["old", "new"] {
        put(&store, key.clone(), json!({"metadata": {"labels": {"is": label}}})).await;
    }
    let (_ask, mut questions) = Ask::channel();
    let listed = store.get(&key).unwrap().unwrap().revision;
    drive.listed.insert(key.clone(), listed);
    let first = drive.changes.recv().await.unwrap();
    assert!(drive.batch(first).is_empty());
    assert_eq!(drive.seen, listed);
    put(&store, key, json!({"metadata": {"labels": {"is": "newer"}}})).await;
    drive.restore(&mut questions).await.unwrap();
    assert!(drive.listed.is_empty() && drive.changes.is_empty());
}

/// More than one turn writes, and more than one batch of changes holds.
#[tokio::test]
async fn many_pods_are_made_once() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), Options::default()).unwrap();
    put(&store, ObjectKey::new(NAMESPACE, "", "default"), json!({"metadata": {}})).await;
    let (mut drive, _said) = drive(&store);
    let (_ask, mut questions) = Ask::channel();
    drive.restore(&mut questions).await.unwrap();
    let mut watch = store.watch(POD, store.revision()).unwrap();
    put(&store, ObjectKey::new(DEPLOYMENT, "default", "web"), deployment(1300)).await;
    let first = drive.changes.recv().await.unwrap();
    let mut event = Event::Changed(drive.batch(first));
    loop {
        drive.take(event, &mut questions).await;
        if drive.core.due() == 0 {
            break;
        }
        event = Event::Tick;
    }
    assert_eq!(store.list(POD, None, None, 0).unwrap().items.len(), 1300);
    // Nor was one made and taken back: all that happened before this is told before it.
    let last = ObjectKey::new(POD, "zz", "last");
    put(&store, last.clone(), pod_template()).await;
    let mut made = 0;
    loop {
        let change = watch.next().await.unwrap();
        if change.key == last {
            break;
        }
        made += usize::from(change.kind == ChangeKind::Added);
    }
    assert_eq!(made, 1300);
}

/// A decision that meets something newer is neither forced through nor lost, and does not hold up the loop.
#[tokio::test]
async fn a_conflict_is_decided_again_on_what_is_there() {
    let dir = TempDir::new().unwrap();
    let store = Store::open(dir.path(), Options::default()).unwrap();
    put(&store, ObjectKey::new(NAMESPACE, "", "default"), json!({"metadata": {}})).await;
    let (mut drive, _said) = drive(&store);
    let (_ask, mut questions) = Ask::channel();
    drive.restore(&mut questions).await.unwrap();
    let node = NodeName::from("edge-1");
    for event in [
        Event::Presence(node.clone(), true),
        Event::Said(node.clone(), hello()),
        Event::Said(node.clone(), report()),
    ] {
        drive.take(event, &mut questions).await;
    }
    let key = ObjectKey::new(POD, "default", "alone");
    put(&store, key.clone(), pod_template()).await;
    let first = drive.changes.recv().await.unwrap();
    let stale = drive.batch(first);
    let mut changed = pod_template();
    changed["metadata"]["labels"]["app"] = json!("other");
    put(&store, key.clone(), changed).await;
    drive.take(Event::Changed(stale), &mut questions).await;
    assert!(drive.again.due().is_some(), "the binding was dropped");
    while let Ok(change) = drive.changes.try_recv() {
        let batch = drive.batch(change);
        drive.take(Event::Changed(batch), &mut questions).await;
    }
    for event in drive.again.take() {
        drive.take(event, &mut questions).await;
    }
    assert!(drive.again.due().is_none(), "nothing is in the way any more");
    let stored = store.get(&key).unwrap().unwrap();
    let pod: Value = serde_json::from_slice(&stored.doc).unwrap();
    assert_eq!(pod["spec"]["nodeName"], "edge-1");
    assert_eq!(pod["metadata"]["labels"]["app"], "other");
}

#[test]
fn what_fails_time_after_time_waits_longer() {
    let now = Instant::now();
    let mut again = Again::default();
    let fail = |again: &mut Again| {
        again.unsent(NodeName::from("edge-1"), Generation(3));
        again.dropped(vec![ObjectKey::new(NODE, "", "edge-1")]);
    };
    assert_eq!(again.due(), None);
    let mut waits = Vec::new();
    for _ in 0..12 {
        fail(&mut again);
        again.settle(now);
        waits.push(again.due().unwrap() - now);
        let events = again.take();
        assert!(
            matches!(&events[..], [Event::Dropped(_), Event::Unsent(_, Generation(3))]),
            "{events:?}"
        );
    }
    assert!(waits.is_sorted() && waits[0] < waits[3], "{waits:?}");
    assert_eq!(waits[10], waits[11], "{waits:?}");
    // Nothing came of it: the next failure is a first one.
    again.settle(now);
    assert_eq!(again.due(), None);
    fail(&mut again);
    assert!(again.due().unwrap() <= Instant::now());
}
