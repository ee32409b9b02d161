//! Priorities, limit ranges and quotas over a whole fleet: who yields to whom, and what is never exceeded.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, KindId, ObjectKey};
use driftless_controller_core::stream::Stream;
use serde_json::{Value, json};
use world::{World, active, condition, deployment};

fn key(kind: KindId, name: &str) -> ObjectKey {
    let namespace = if kinds::get(kind).namespaced { "default" } else { "" };
    ObjectKey::new(kind, namespace, name)
}

fn class(w: &mut World, name: &str, value: i64, policy: &str) {
    let doc = json!({"metadata": {}, "value": value, "preemptionPolicy": policy});
    w.put(kinds::PRIORITY_CLASS, "", name, doc);
}

/// A deployment whose pods ask for so much of a core, in a class.
fn asking(replicas: i64, milli: i64, class: &str) -> Value {
    let mut doc = deployment(replicas, "app:1");
    let spec = &mut doc["spec"]["template"]["spec"];
    spec["containers"][0]["resources"]["requests"]["cpu"] = format!("{milli}m").into();
    if !class.is_empty() {
        spec["priorityClassName"] = class.into();
    }
    doc
}

/// How many pods of a deployment are on nodes, and how many wait.
fn placed(w: &World, name: &str) -> (usize, usize) {
    let of = |p: &&Value| {
        p["metadata"]["name"].as_str().unwrap().starts_with(&format!("{name}-")) && active(p)
    };
    let pods: Vec<&Value> = w.of(kinds::POD).into_iter().filter(of).collect();
    let on = pods.iter().filter(|p| p["spec"]["nodeName"].is_string()).count();
    (on, pods.len() - on)
}

fn told(w: &World, reason: &str) -> usize {
    w.of(kinds::EVENT).into_iter().filter(|e| e["reason"] == reason).count()
}

#[test]
fn the_higher_takes_the_place_of_the_lower_and_of_no_more_than_it_needs() {
    let mut w = World::new(1);
    w.join("a");
    w.join("b");
    class(&mut w, "high", 1000, "PreemptLowerPriority");
    // Eight cores in all: each pod takes one.
    w.put(kinds::DEPLOYMENT, "default", "low", asking(8, 1000, ""));
    w.pass(10_000);
    assert_eq!(placed(&w, "low"), (8, 0));
    w.put(kinds::DEPLOYMENT, "default", "high", asking(3, 1000, "high"));
    w.pass(120_000);
    assert_eq!((placed(&w, "high"), placed(&w, "low")), ((3, 0), (5, 3)));
    assert_eq!(told(&w, "Preempted"), 3);
    let waits = w.of(kinds::POD).into_iter().find(|p| p["spec"]["nodeName"].is_null()).unwrap();
    assert!(waits["status"]["nominatedNodeName"].is_null(), "it yields to nobody's room");
    w.assert_quiet();
    // The room goes back when the higher ones go.
    w.delete(&key(kinds::DEPLOYMENT, "high"), "Background");
    w.pass(120_000);
    assert_eq!(placed(&w, "low"), (8, 0));
    w.assert_quiet();
}

#[test]
fn who_may_not_preempt_waits_and_equals_do_not_end_each_other() {
    let mut w = World::new(2);
    w.join("a");
    class(&mut w, "high", 1000, "PreemptLowerPriority");
    class(&mut w, "meek", 2000, "Never");
    w.put(kinds::DEPLOYMENT, "default", "one", asking(4, 1000, "high"));
    w.pass(10_000);
    w.put(kinds::DEPLOYMENT, "default", "two", asking(2, 1000, "high"));
    w.put(kinds::DEPLOYMENT, "default", "meek", asking(1, 1000, "meek"));
    w.pass(60_000);
    assert_eq!(
        (placed(&w, "one"), placed(&w, "two"), placed(&w, "meek")),
        ((4, 0), (0, 2), (0, 1))
    );
    assert_eq!(told(&w, "Preempted"), 0);
    // The highest is the first to be served.
    w.patch(&key(kinds::DEPLOYMENT, "one"), json!({"spec": {"replicas": 3}}));
    w.pass(60_000);
    assert_eq!((placed(&w, "two"), placed(&w, "meek")), ((0, 2), (1, 0)));
}

#[test]
fn pods_that_a_budget_protects_and_higher_ones_are_spared_if_others_will_do() {
    let mut w = World::new(3);
    w.join("a");
    w.join("b");
    class(&mut w, "mid", 10, "PreemptLowerPriority");
    class(&mut w, "high", 1000, "PreemptLowerPriority");
    w.put(kinds::DEPLOYMENT, "default", "kept", asking(2, 2000, ""));
    w.pass(5_000);
    w.put(kinds::DEPLOYMENT, "default", "mid", asking(2, 2000, "mid"));
    w.put(
        kinds::POD_DISRUPTION_BUDGET,
        "default",
        "kept",
        json!({"metadata": {}, "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "web"}}}}),
    );
    w.pass(20_000);
    let victim = |w: &World| {
        let events = w.of(kinds::EVENT).into_iter().filter(|e| e["reason"] == "Preempted");
        events.map(|e| e["involvedObject"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    w.put(kinds::DEPLOYMENT, "default", "high", asking(1, 2000, "high"));
    w.pass(60_000);
    assert_eq!(placed(&w, "high"), (1, 0));
    assert_eq!(victim(&w).len(), 1, "{:?}", victim(&w));
}

#[test]
fn a_node_that_is_away_is_no_place_to_make_room_on() {
    let mut w = World::new(4);
    let a = w.join("a");
    class(&mut w, "high", 1000, "PreemptLowerPriority");
    w.put(kinds::DEPLOYMENT, "default", "low", asking(4, 1000, ""));
    w.pass(10_000);
    w.cut(&a);
    w.pass(120_000);
    w.put(kinds::DEPLOYMENT, "default", "high", asking(1, 1000, "high"));
    w.pass(60_000);
    assert_eq!((placed(&w, "high"), told(&w, "Preempted")), ((0, 1), 0));
    w.connect(&a);
    w.pass(120_000);
    assert_eq!(placed(&w, "high"), (1, 0));
    w.assert_quiet();
}

#[test]
fn a_quota_holds_for_workloads_and_says_so_until_there_is_room() {
    let mut w = World::new(5);
    w.join("a");
    let quota = json!({"metadata": {}, "spec": {"hard": {"pods": "3", "requests.cpu": "1"}}});
    let quota = w.put(kinds::RESOURCE_QUOTA, "default", "q", quota);
    w.settle();
    w.put(kinds::DEPLOYMENT, "default", "web", asking(5, 250, ""));
    w.pass(10_000);
    assert_eq!(placed(&w, "web"), (3, 0));
    let want = json!({"pods": "3", "requests.cpu": "750m"});
    assert_eq!(w.doc(&quota)["status"]["used"], want);
    let set = w.of(kinds::REPLICA_SET)[0];
    assert_eq!(condition(set, "ReplicaFailure"), ("True".into(), "FailedCreate".into()));
    let of_deployment = condition(w.doc(&key(kinds::DEPLOYMENT, "web")), "ReplicaFailure");
    assert_eq!(of_deployment, ("True".into(), "FailedCreate".into()));
    assert!(told(&w, "FailedCreate") > 0);
    w.assert_quiet();
    w.patch(&quota, json!({"spec": {"hard": {"pods": "9"}}}));
    w.pass(10_000);
    assert_eq!(placed(&w, "web"), (4, 0), "now it is the cores");
    w.patch(&quota, json!({"spec": {"hard": {"requests.cpu": "2"}}}));
    w.pass(10_000);
    assert_eq!(placed(&w, "web"), (5, 0));
    let set = w.of(kinds::REPLICA_SET)[0];
    assert_eq!(condition(set, "ReplicaFailure"), (String::new(), String::new()));
    w.assert_quiet();
}

#[test]
fn limit_ranges_fill_in_the_pods_of_workloads() {
    let mut w = World::new(6);
    w.join("a");
    let item = json!({"type": "Container", "defaultRequest": {"cpu": "100m"}, "max": {"cpu": "1"}, "default": {"cpu": "500m"}});
    w.put(kinds::LIMIT_RANGE, "default", "r", json!({"metadata": {}, "spec": {"limits": [item]}}));
    w.put(kinds::DEPLOYMENT, "default", "web", deployment(1, "app:1"));
    w.pass(5_000);
    let want = json!({"limits": {"cpu": "500m"}, "requests": {"cpu": "100m"}});
    assert_eq!(w.of(kinds::POD)[0]["spec"]["containers"][0]["resources"], want);
    w.put(kinds::DEPLOYMENT, "default", "big", asking(1, 2000, ""));
    w.pass(5_000);
    assert_eq!(placed(&w, "big"), (0, 0));
    let why = w.of(kinds::EVENT).into_iter().find(|e| e["reason"] == "FailedCreate").unwrap();
    let message = why["message"].as_str().unwrap();
    assert!(
        message.contains("maximum cpu usage per Container is 1, but request is 2"),
        "{message}"
    );
}

/// Whatever comes and goes, no more is there than the quota allows, and in calm its count is what is there.
#[test]
fn in_a_storm_no_quota_is_exceeded() {
    for seed in 0..12 {
        let mut w = World::new(seed);
        let nodes: Vec<_> = ["a", "b"].iter().map(|n| w.join(n)).collect();
        let hard = json!({"metadata": {}, "spec": {"hard": {"pods": "5"}}});
        let quota = w.put(kinds::RESOURCE_QUOTA, "default", "q", hard);
        w.settle();
        w.watch = Some(Box::new(|store| {
            let there = store.iter().filter(|(k, (_, p))| {
                let over =
                    ["Succeeded", "Failed"].contains(&p["status"]["phase"].as_str().unwrap_or(""));
                k.kind == kinds::POD && !over
            });
            assert!(there.count() <= 5);
        }));
        let mut draw = Stream::new(seed, "storm");
        for name in ["x", "y"] {
            w.put(kinds::DEPLOYMENT, "default", name, deployment(3, "app:1"));
        }
        for _ in 0..60 {
            let name = ["x", "y"][usize::try_from(draw.draw() % 2).unwrap()];
            let node = &nodes[usize::try_from(draw.draw() % 2).unwrap()];
            match draw.draw() % 6 {
                0 => w.restart_controller(),
                1 if w.nodes[node].connected => w.cut(node),
                1 => w.connect(node),
                2 => {
                    let replicas = draw.draw() % 7;
                    w.patch(&key(kinds::DEPLOYMENT, name), json!({"spec": {"replicas": replicas}}));
                }
                3 => {
                    let image = format!("app:{}", draw.draw() % 3);
                    let spec = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}});
                    w.patch(&key(kinds::DEPLOYMENT, name), spec);
                }
                _ => w.pass(1000 * (draw.draw() % 60)),
            }
        }
        for node in &nodes {
            if !w.nodes[node].connected {
                w.connect(node);
            }
        }
        w.pass(600_000);
        let there = w.of(kinds::POD).len();
        assert_eq!(w.doc(&quota)["status"]["used"]["pods"], there.to_string(), "seed {seed}");
        w.assert_quiet();
    }
}
