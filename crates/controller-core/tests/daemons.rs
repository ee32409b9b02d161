//! Daemon sets: one pod on every node that they are for, and nodes that are away hold nothing up.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use model::NodeName;
use serde_json::{Value, json};
use world::{World, active, ready, template};

fn daemon(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(image),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
            "revisionHistoryLimit": 10,
        },
    })
}

fn placed(w: &World) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = w
        .of(kinds::POD)
        .into_iter()
        .filter(|p| active(p))
        .map(|p| {
            let text = |v: &Value| v.as_str().unwrap_or("-").to_string();
            (text(&p["spec"]["nodeName"]), text(&p["spec"]["containers"][0]["image"]))
        })
        .collect();
    all.sort();
    all
}

fn everywhere(nodes: &[&str], image: &str) -> Vec<(String, String)> {
    nodes.iter().map(|n| ((*n).to_string(), image.to_string())).collect()
}

fn world(seed: u64, nodes: &[&str]) -> (World, ObjectKey) {
    let mut w = World::new(seed);
    for name in nodes {
        w.join(name);
    }
    let key = w.put(kinds::DAEMON_SET, "default", "ds", daemon("web:1"));
    w.settle();
    (w, key)
}

#[test]
fn every_node_has_one_and_new_ones_get_one() {
    let (mut w, key) = world(1, &["a", "b"]);
    assert_eq!(placed(&w), everywhere(&["a", "b"], "web:1"));
    w.join("c");
    assert_eq!(placed(&w), everywhere(&["a", "b", "c"], "web:1"));
    let status = &w.doc(&key)["status"];
    for (field, want) in [
        ("desiredNumberScheduled", 3),
        ("currentNumberScheduled", 3),
        ("numberReady", 3),
        ("numberAvailable", 3),
        ("updatedNumberScheduled", 3),
        ("numberMisscheduled", 0),
        ("observedGeneration", 1),
    ] {
        assert_eq!(status[field], want, "{field}");
    }
    // A cordoned node keeps its pod; one that the selector does not name loses it.
    let node = |n: &str| ObjectKey::new(kinds::NODE, "", n);
    w.patch(&node("a"), json!({"spec": {"unschedulable": true}}));
    w.patch(&node("b"), json!({"metadata": {"labels": {"role": "edge"}}}));
    w.settle();
    assert_eq!(placed(&w).len(), 3);
    w.patch(&key, json!({"spec": {"template": {"spec": {"nodeSelector": {"role": "edge"}}}}}));
    w.settle();
    assert_eq!(placed(&w), everywhere(&["b"], "web:1"));
    w.assert_quiet();
}

#[test]
fn updates_go_node_by_node_and_revisions_are_kept() {
    let (mut w, key) = world(2, &["a", "b", "c"]);
    w.watch = Some(Box::new(|store| {
        let pods = store.iter().filter(|(k, _)| k.kind == kinds::POD).map(|(_, (_, d))| d);
        let good = pods.filter(|p| active(p) && ready(p)).count();
        assert!(good >= 2, "{good} ready of 3");
    }));
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    assert_eq!(placed(&w), everywhere(&["a", "b", "c"], "web:2"));
    let revisions = w.of(kinds::CONTROLLER_REVISION);
    assert_eq!(revisions.len(), 2);
    let first = revisions.iter().find(|r| r["revision"] == 1).unwrap();
    assert_eq!(first["data"]["spec"]["template"]["$patch"], "replace");
    assert_eq!(first["data"]["spec"]["template"]["spec"]["containers"][0]["image"], "web:1");
    w.patch(&key, json!({"spec": {"template": template("web:1")}}));
    w.settle();
    assert_eq!(placed(&w), everywhere(&["a", "b", "c"], "web:1"));
    let mut numbers: Vec<i64> =
        w.of(kinds::CONTROLLER_REVISION).iter().map(|r| r["revision"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3]);
    w.assert_quiet();
}

#[test]
fn a_new_pod_may_come_beside_the_old() {
    let (mut w, key) = world(3, &["a", "b", "c"]);
    let surge = json!({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}});
    w.patch(&key, json!({"spec": {"updateStrategy": surge}}));
    w.settle();
    w.watch = Some(Box::new(|store| {
        let pods = store.iter().filter(|(k, _)| k.kind == kinds::POD).map(|(_, (_, d))| d);
        let active: Vec<&Value> = pods.filter(|p| active(p)).collect();
        let mut nodes: Vec<&str> = active
            .iter()
            .filter(|p| ready(p))
            .filter_map(|p| p["spec"]["nodeName"].as_str())
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        assert!(nodes.len() == 3 && active.len() <= 4, "{nodes:?}, {} pods", active.len());
    }));
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    assert_eq!(placed(&w), everywhere(&["a", "b", "c"], "web:2"));
    w.assert_quiet();
}

#[test]
fn on_delete_waits_for_somebody_to_delete() {
    let (mut w, key) = world(4, &["a"]);
    w.patch(&key, json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}));
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    assert_eq!(placed(&w), everywhere(&["a"], "web:1"));
    let pod = w.keys(kinds::POD)[0].clone();
    w.delete(&pod, "Background");
    w.settle();
    assert_eq!(placed(&w), everywhere(&["a"], "web:2"));
}

#[test]
fn a_node_that_is_away_holds_no_slot_and_has_one_leaving_and_one_arriving() {
    let (mut w, key) = world(5, &["a", "b", "c"]);
    let a = NodeName::from("a");
    w.cut(&a);
    w.pass(50_000);
    for n in 2..6 {
        w.patch(&key, json!({"spec": {"template": template(&format!("web:{n}"))}}));
        w.settle();
        let here = w.of(kinds::POD).into_iter().filter(|p| p["spec"]["nodeName"] == "a").count();
        assert_eq!(here, 2, "one leaving, one arriving");
    }
    assert_eq!(placed(&w), everywhere(&["a", "b", "c"], "web:5"));
    // Daemons are not evicted.
    w.pass(1_000_000);
    assert_eq!(placed(&w), everywhere(&["a", "b", "c"], "web:5"));
    w.connect(&a);
    w.settle();
    assert_eq!(w.of(kinds::POD).len(), 3);
    assert_eq!(w.nodes[&a].running(), 1);
    w.assert_quiet();
}
