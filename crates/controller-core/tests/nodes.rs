//! Nodes that come and go: what is shown of them, what moves and what stays, and what they are told.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use driftless_controller_core::turn::{Event, Note};
use model::message::{Hello, Refused, Up, WhyRefused};
use model::orders::ItemKind;
use model::report::{NodeEvent, PodReport, Report};
use model::status::{Phase, PodStatus};
use model::{Generation, Hash, NodeName, Uid};
use serde_json::{Value, json};
use world::{Health, World, active, condition, deployment, ready};

fn node_key(name: &NodeName) -> ObjectKey {
    ObjectKey::new(kinds::NODE, "", name.as_str())
}

fn taints(w: &World, name: &NodeName) -> Vec<String> {
    let taints = w.doc(&node_key(name))["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let name =
        |t: &Value| format!("{}:{}", t["key"].as_str().unwrap(), t["effect"].as_str().unwrap());
    taints.iter().map(name).collect()
}

fn bare(node: &str) -> Value {
    json!({"spec": {"nodeName": node, "containers": [{"name": "web", "image": "web:1", "resources": {}}]}})
}

#[test]
fn a_node_that_joins_has_its_document() {
    let mut w = World::new(1);
    let a = w.join("a");
    let doc = w.doc(&node_key(&a));
    assert_eq!(condition(doc, "Ready"), ("True".into(), "AgentReady".into()));
    assert_eq!(doc["metadata"]["labels"]["kubernetes.io/hostname"], "a");
    assert_eq!(doc["metadata"]["labels"]["kubernetes.io/arch"], "amd64");
    assert_eq!(doc["metadata"]["labels"]["site"], "here");
    assert_eq!(doc["status"]["nodeInfo"]["kubeletVersion"], "v0.1.0");
    assert_eq!(doc["status"]["capacity"]["cpu"], "4");
    assert_eq!(doc["status"]["allocatable"]["memory"], "8388608Ki");
    assert_eq!(taints(&w, &a), [""; 0]);
    assert!(w.notes.contains(&Note::NodeJoined(a.clone())));
    let lease = w.doc(&ObjectKey::new(kinds::LEASE, "kube-node-lease", "a"));
    assert_eq!(lease["spec"]["holderIdentity"], "a");
    let view = w.core.node(&a).unwrap();
    assert!(view.connected && view.settled);
    assert_eq!(view.made, view.held);
    w.assert_quiet();
    // In an hour at rest only leases are renewed.
    w.writes = 0;
    w.pass(3_600_000);
    assert!(w.writes <= 61, "{} writes", w.writes);
}

#[test]
fn labels_follow_the_agent_unless_somebody_changed_them() {
    let mut w = World::new(15);
    let a = w.join("a");
    let labels = |w: &World| w.doc(&node_key(&a))["metadata"]["labels"].clone();
    w.patch(&node_key(&a), json!({"metadata": {"labels": {"site": "mine", "rack": "7"}}}));
    w.cut(&a);
    w.connect(&a);
    w.settle();
    assert_eq!(labels(&w)["site"], "mine");
    w.nodes.get_mut(&a).unwrap().labels = vec![("site".into(), "there".into())];
    w.connect(&a);
    w.settle();
    assert_eq!((&labels(&w)["site"], &labels(&w)["rack"]), (&json!("there"), &json!("7")));
    w.nodes.get_mut(&a).unwrap().labels = vec![("zone".into(), "z".into())];
    w.connect(&a);
    w.settle();
    assert!(labels(&w)["site"].is_null());
    assert_eq!(labels(&w)["zone"], "z");
    w.assert_quiet();
}

#[test]
fn an_agent_that_lost_what_it_kept_is_believed_again() {
    let mut w = World::new(16);
    let a = w.join("a");
    let pod = w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    let mut fresh = world::FakeNode::new(&a, Health::Well);
    fresh.connected = true;
    w.nodes.insert(a.clone(), fresh);
    w.connect(&a);
    w.settle();
    assert_eq!(w.nodes[&a].running(), 1);
    assert!(ready(w.doc(&pod)) && w.core.node(&a).unwrap().settled);
    w.assert_quiet();
}

#[test]
fn a_silent_node_is_not_ready_and_what_it_runs_is_not_shown_as_ready() {
    let mut w = World::new(2);
    let a = w.join("a");
    let pod = w.put(kinds::POD, "default", "bare", bare("a"));
    w.settle();
    assert!(ready(w.doc(&pod)));
    w.cut(&a);
    w.pass(39_000);
    assert_eq!(condition(w.doc(&node_key(&a)), "Ready").0, "True");
    assert!(!w.core.node(&a).unwrap().connected);
    w.pass(2_000);
    assert_eq!(
        condition(w.doc(&node_key(&a)), "Ready"),
        ("Unknown".into(), "NodeStatusUnknown".into())
    );
    let unreachable =
        ["node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute"];
    assert_eq!(taints(&w, &a), unreachable);
    assert!(!ready(w.doc(&pod)));
    assert_eq!(w.doc(&pod)["status"]["reason"], "NodeLost");
    assert!(w.notes.contains(&Note::NodeSilent(a.clone())));
    w.assert_quiet();
    // A pod that nobody would make again stays, however long it takes.
    w.pass(3_000_000);
    assert!(active(w.doc(&pod)));
    w.connect(&a);
    w.settle();
    assert_eq!(condition(w.doc(&node_key(&a)), "Ready").0, "True");
    assert_eq!(taints(&w, &a), [""; 0]);
    w.pass(3_000);
    assert!(ready(w.doc(&pod)), "{:#}", w.doc(&pod));
    assert!(w.doc(&pod)["status"]["reason"].is_null());
    assert!(w.notes.contains(&Note::NodeBack(a)));
    w.assert_quiet();
}

#[test]
fn pods_move_when_their_toleration_has_run_out_and_are_stopped_when_the_node_returns() {
    let mut w = World::new(3);
    let (a, b) = (w.join("a"), w.join("b"));
    w.put(kinds::DEPLOYMENT, "default", "web", deployment(2, "web:1"));
    w.settle();
    assert_eq!((w.nodes[&a].running(), w.nodes[&b].running()), (1, 1));
    w.cut(&a);
    w.pass(300_000);
    assert_eq!(w.keys(kinds::POD).len(), 2);
    w.pass(50_000);
    // One leaves (its node has not said so yet), one has come elsewhere.
    assert_eq!(w.keys(kinds::POD).len(), 3);
    assert_eq!((w.nodes[&a].running(), w.nodes[&b].running()), (1, 2));
    w.assert_quiet();
    w.connect(&a);
    w.settle();
    assert_eq!(w.keys(kinds::POD).len(), 2);
    assert_eq!((w.nodes[&a].running(), w.nodes[&b].running()), (0, 2));
    w.assert_quiet();
}

#[test]
fn pods_of_a_node_that_is_often_away_stay() {
    let mut w = World::new(4);
    let (a, _) = (w.join("a"), w.join("b"));
    w.patch(&node_key(&a), json!({"metadata": {"labels": {"driftless.dev/link": "intermittent"}}}));
    w.put(kinds::DEPLOYMENT, "default", "web", deployment(2, "web:1"));
    w.settle();
    w.cut(&a);
    w.pass(3_000_000);
    assert_eq!(w.keys(kinds::POD).len(), 2);
}

#[test]
fn a_restarted_controller_gives_every_node_its_grace_and_changes_nothing() {
    let mut w = World::new(5);
    let (a, b) = (w.join("a"), w.join("b"));
    let key = w.put(kinds::DEPLOYMENT, "default", "web", deployment(4, "web:1"));
    w.settle();
    let before = (w.doc(&key).clone(), w.keys(kinds::POD), w.nodes[&a].generation);
    w.cut(&b);
    w.pass(30_000);
    w.restart_controller();
    w.pass(35_000);
    assert_eq!(condition(w.doc(&node_key(&b)), "Ready").0, "True");
    assert_eq!((w.doc(&key).clone(), w.keys(kinds::POD), w.nodes[&a].generation), before);
    let view = w.core.node(&a).unwrap();
    assert!(view.settled && view.connected, "{view:?}");
    w.pass(10_000);
    assert_eq!(condition(w.doc(&node_key(&b)), "Ready").0, "Unknown");
}

#[test]
fn config_follows_to_the_nodes_that_use_it_and_to_no_other() {
    let mut w = World::new(6);
    let (a, b) = (w.join("a"), w.join("b"));
    let map = w.put(kinds::CONFIG_MAP, "default", "conf", json!({"data": {"k": "1"}}));
    w.put(kinds::SECRET, "default", "unused", json!({"data": {"k": "MQ=="}}));
    let mut pod = bare("a");
    pod["spec"]["volumes"] = json!([{"name": "v", "configMap": {"name": "conf"}}]);
    w.put(kinds::POD, "default", "p", pod);
    w.settle();
    let held = |w: &World, node: &NodeName, kind| {
        let items = w.nodes[node].items.iter().filter(|(k, _)| k.kind == kind);
        items.map(|(_, b)| String::from_utf8(b.clone()).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(held(&w, &a, ItemKind::ConfigMap), [r#"{"data":{"k":"1"}}"#]);
    assert_eq!(held(&w, &a, ItemKind::Secret), [""; 0]);
    assert_eq!(held(&w, &b, ItemKind::ConfigMap), [""; 0]);
    let other = w.nodes[&b].generation;
    w.patch(&map, json!({"data": {"k": "2"}}));
    w.settle();
    assert_eq!(held(&w, &a, ItemKind::ConfigMap), [r#"{"data":{"k":"2"}}"#]);
    assert_eq!(w.nodes[&b].generation, other);
    // The link's profile is an item too.
    w.patch(
        &node_key(&b),
        json!({"metadata": {"labels": {"driftless.dev/link-profile": "metered"}}}),
    );
    w.settle();
    assert!(held(&w, &b, ItemKind::NodePolicy)[0].contains("metered"));
    w.assert_quiet();
}

#[test]
fn who_owns_what_is_no_news_to_nodes() {
    let mut w = World::new(19);
    let a = w.join("a");
    let mut pod = bare("a");
    pod["spec"]["volumes"] = json!([{"name": "v", "configMap": {"name": "c"}}]);
    let pod = w.put(kinds::POD, "default", "p", pod);
    let map = w.put(kinds::CONFIG_MAP, "default", "c", json!({"data": {"k": "1"}}));
    w.settle();
    let held = w.nodes[&a].generation;
    assert_eq!(w.nodes[&a].items.len(), 3);
    let owned = json!([{"manager": "m", "operation": "Apply", "fieldsV1": {"f:data": {}}}]);
    for key in [pod, map, node_key(&a)] {
        w.patch(&key, json!({"metadata": {"managedFields": owned}}));
    }
    w.settle();
    assert_eq!(w.nodes[&a].generation, held);
    w.assert_quiet();
}

#[test]
fn a_node_with_orders_that_are_not_known_here_gets_what_it_lacks() {
    let mut w = World::new(7);
    let a = w.join("a");
    w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    // What it holds is lost; it says so.
    let node = w.nodes.get_mut(&a).unwrap();
    node.items.clear();
    node.generation = Generation(0);
    w.connect(&a);
    w.settle();
    assert_eq!(w.nodes[&a].items.len(), 2);
    // It holds orders of a number that this store has never given.
    let node = w.nodes.get_mut(&a).unwrap();
    node.generation = Generation(1_000_000);
    node.items.remove(&node.items.keys().next().unwrap().clone());
    w.restart_controller();
    w.pass(5_000);
    assert_eq!(w.nodes[&a].items.len(), 2);
    assert!(w.nodes[&a].generation > Generation(1_000_000));
    assert!(w.revision >= 1_000_000);
    assert!(w.core.node(&a).unwrap().settled);
    w.assert_quiet();
}

#[test]
fn orders_that_do_not_arrive_are_said_again_as_they_were() {
    let mut w = World::new(18);
    let a = w.join("a");
    // The link loses everything, and nobody has noticed.
    w.nodes.get_mut(&a).unwrap().connected = false;
    w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    w.pass(30_000);
    assert!(w.lost.len() >= 2, "{} said", w.lost.len());
    assert!(w.lost.iter().all(|o| *o == w.lost[0]), "or the link could not go on where it was cut");
}

#[test]
fn a_node_that_refuses_for_ever_is_not_asked_for_ever() {
    let mut w = World::new(8);
    let a = w.join("a");
    w.nodes.get_mut(&a).unwrap().stubborn = true;
    w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    w.pass(600_000);
    let sent = w.nodes[&a].refusals;
    assert!((3..15).contains(&sent), "{sent} sent");
    assert!(w.core.node(&a).unwrap().refused.is_some());
    w.nodes.get_mut(&a).unwrap().stubborn = false;
    w.pass(310_000);
    assert!(w.core.node(&a).unwrap().settled);
}

#[test]
fn a_pod_that_never_reached_its_node_goes_at_once() {
    let mut w = World::new(9);
    let a = w.join("a");
    w.cut(&a);
    w.settle();
    let pod = w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    w.delete(&pod, "Background");
    w.settle();
    assert!(!w.store.contains_key(&pod));
}

#[test]
fn reports_count_once_and_only_for_the_nodes_own_pods() {
    let mut w = World::new(10);
    let (a, b) = (w.join("a"), w.join("b"));
    let pod = w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    let uid = Uid::from(w.doc(&pod)["metadata"]["uid"].as_str().unwrap());
    let told = |phase, boot, sequence| {
        Up::Report(Box::new(Report {
            boot,
            sequence,
            at: model::Millis(1_767_225_600_000),
            pods: vec![PodReport {
                uid: uid.clone(),
                namespace: "default".into(),
                name: "p".into(),
                status: PodStatus { phase, ..PodStatus::default() },
            }],
            ..Report::default()
        }))
    };
    w.say(&b, told(Phase::Failed, 9, 1));
    w.settle();
    assert_eq!(w.doc(&pod)["status"]["phase"], "Running");
    assert!(w.notes.iter().any(|n| matches!(n, Note::Odd(node, _) if *node == b)));
    w.say(&a, told(Phase::Pending, 9, 5));
    w.settle();
    assert_eq!(w.doc(&pod)["status"]["phase"], "Pending");
    // Older than what was taken: acknowledged, but not believed.
    w.say(&a, told(Phase::Failed, 9, 4));
    w.say(&a, told(Phase::Failed, 8, 99));
    w.settle();
    assert_eq!(w.doc(&pod)["status"]["phase"], "Pending");
}

#[test]
fn events_are_shown_and_counted_and_expire() {
    let mut w = World::new(11);
    let a = w.join("a");
    let pod = w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    let uid = Uid::from(w.doc(&pod)["metadata"]["uid"].as_str().unwrap());
    for sequence in 1..=3 {
        let event = NodeEvent {
            at: w.now,
            pod: Some(uid.clone()),
            container: "web".into(),
            warning: true,
            reason: "BackOff".into(),
            message: "Back-off restarting failed container".into(),
            count: 2,
        };
        let report =
            Report { boot: 9, sequence, at: w.now, events: vec![event], ..Report::default() };
        w.say(&a, Up::Report(Box::new(report)));
        w.pass(10_000);
    }
    let events = w.of(kinds::EVENT);
    let told: Vec<&&Value> = events.iter().filter(|e| e["reason"] == "BackOff").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["count"], 6);
    assert_eq!(told[0]["type"], "Warning");
    assert_eq!(told[0]["involvedObject"]["fieldPath"], "spec.containers{web}");
    assert_eq!(told[0]["source"], json!({"component": "driftless-agent", "host": "a"}));
    w.pass(3_700_000);
    assert_eq!(w.of(kinds::EVENT).len(), 0);
}

#[test]
fn a_pod_that_fits_nowhere_says_why_and_is_placed_when_a_node_comes() {
    let mut w = World::new(12);
    let pod = w.put(
        kinds::POD,
        "default",
        "p",
        json!({"spec": {
        "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "2"}}}]}}),
    );
    w.settle();
    assert_eq!(condition(w.doc(&pod), "PodScheduled"), ("False".into(), "Unschedulable".into()));
    let a = w.join("a");
    assert_eq!(w.doc(&pod)["spec"]["nodeName"], a.as_str());
    let second = w.put(
        kinds::POD,
        "default",
        "q",
        json!({"spec": {
        "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "3"}}}]}}),
    );
    w.settle();
    let events = w.of(kinds::EVENT);
    let failed = events.iter().find(|e| e["involvedObject"]["name"] == "q").unwrap();
    assert_eq!(failed["reason"], "FailedScheduling");
    assert_eq!(failed["message"], "0/1 nodes are available: 1 Insufficient cpu.");
    w.assert_quiet();
    // Room comes free.
    w.delete(&pod, "Background");
    w.settle();
    assert_eq!(w.doc(&second)["spec"]["nodeName"], "a");
    w.assert_quiet();
}

#[test]
fn names_that_no_node_can_have_are_not_taken_in() {
    let mut w = World::new(13);
    let bad = NodeName::from("No/Such#Node");
    let hello = Hello {
        boot: 1,
        session: 1,
        held: Generation(0),
        root: Hash([0; 32]),
        version: String::new(),
        labels: Vec::new(),
        instance: 0,
        keys: 0,
        sealing: None,
    };
    w.say(&bad, Up::Hello(hello));
    w.say(&bad, Up::Bye);
    w.settle();
    assert_eq!(w.core.nodes().count(), 0);
    let turn = w.core.handle(w.now, Event::Presence(bad, true));
    assert!(turn.is_empty());
}

#[test]
fn made_up_generations_are_not_followed() {
    let mut w = World::new(16);
    let a = w.join("a");
    w.settle();
    let (revision, before) = (w.revision, w.core.node(&a).unwrap());
    let far = Generation(u64::MAX);
    let hello = Hello {
        boot: 99,
        session: 1,
        held: far,
        root: Hash([0; 32]),
        version: String::new(),
        labels: Vec::new(),
        instance: 0,
        keys: 0,
        sealing: None,
    };
    let refused = Refused { generation: far, why: WhyRefused::Stale, held: far, items: Vec::new() };
    for up in [Up::Hello(hello), Up::Taken { generation: far }, Up::Refused(refused)] {
        w.notes.clear();
        w.say(&a, up);
        w.settle();
        assert!(matches!(&w.notes[..], [Note::Odd(node, _)] if *node == a), "{:?}", w.notes);
    }
    w.put(kinds::POD, "default", "p", bare("a"));
    w.settle();
    assert!(w.revision < revision + 100);
    let after = w.core.node(&a).unwrap();
    assert!(after.settled && after.held > before.held && after.held.0 <= w.revision);
}

#[test]
fn a_removed_node_takes_its_pods_along() {
    let mut w = World::new(14);
    let (a, b) = (w.join("a"), w.join_with("b", Health::Well));
    w.put(kinds::DEPLOYMENT, "default", "web", deployment(2, "web:1"));
    w.settle();
    w.cut(&a);
    w.pass(61_000);
    w.delete(&node_key(&a), "Background");
    w.pass(61_000);
    assert_eq!(w.nodes[&b].running(), 2);
    assert_eq!(w.of(kinds::POD).len(), 2);
    assert_eq!(w.core.phases()[Phase::Running as usize], 2);
    assert_eq!(w.core.phases().iter().sum::<u64>(), 2);
    assert!(!w.store.contains_key(&ObjectKey::new(kinds::LEASE, "kube-node-lease", "a")));
    w.assert_quiet();
}

/// A copied disk: two machines count their boots and connections apart.
#[test]
fn two_machines_of_one_identity_are_noticed_and_get_no_new_orders() {
    let mut w = World::new(77);
    let name = w.join("a");
    let key = ObjectKey::new(kinds::NODE_IDENTITY, "", "a");
    w.put(kinds::NODE_IDENTITY, "", "a", json!({"metadata": {}, "spec": {"publicKey": "00"}}));
    w.pass(1_000);
    let duplicates = |w: &World| {
        w.of(kinds::EVENT).into_iter().filter(|e| e["reason"] == "DuplicateIdentity").count()
    };
    // The one machine comes and goes, and starts anew: nothing is odd about that.
    for _ in 0..3 {
        w.cut(&name);
        w.pass(5_000);
        w.connect(&name);
        w.pass(5_000);
    }
    w.cut(&name);
    w.nodes.get_mut(&name).unwrap().reboot();
    w.connect(&name);
    w.pass(5_000);
    assert_eq!(duplicates(&w), 0);
    // The other one, with the boot of before.
    let hello = w.nodes.get_mut(&name).unwrap().hello().unwrap();
    let Up::Hello(mut other) = hello else { unreachable!("it says hello") };
    (other.boot, other.session) = (other.boot - 1, 1);
    w.say(&name, Up::Hello(other));
    w.pass(1_000);
    assert_eq!(duplicates(&w), 1);
    let pods = |w: &World| w.nodes[&name].names().count();
    w.put(kinds::DEPLOYMENT, "default", "web", deployment(1, "app:1"));
    w.pass(30_000);
    assert_eq!(pods(&w), 0, "no new orders");
    // An operator has looked.
    w.patch(&key, json!({"metadata": {"annotations": {"driftless.dev/cleared": "1"}}}));
    w.pass(30_000);
    assert_eq!(pods(&w), 1);
}
