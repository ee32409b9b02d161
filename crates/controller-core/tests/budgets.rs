//! Disruption budgets: what is counted, and what is allowed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use serde_json::{Value, json};
use world::{Health, World, condition, deployment};

fn world(replicas: i64, health: Health) -> (World, ObjectKey) {
    let mut w = World::new(7);
    for name in ["a", "b"] {
        w.join_with(name, health);
    }
    let key = w.put(kinds::DEPLOYMENT, "default", "web", deployment(replicas, "web:1"));
    w.pass(60_000);
    (w, key)
}

fn budget(w: &mut World, spec: Value) -> ObjectKey {
    let mut spec = spec;
    spec["selector"] = json!({"matchLabels": {"app": "web"}});
    let key = w.put(kinds::POD_DISRUPTION_BUDGET, "default", "web", json!({"spec": spec}));
    w.settle();
    key
}

/// Allowed, healthy, desired, expected.
fn counts(w: &World, key: &ObjectKey) -> [i64; 4] {
    let status = &w.doc(key)["status"];
    ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]
        .map(|field| status[field].as_i64().unwrap_or(-1))
}

#[test]
fn numbers_and_percentages_are_counted_as_kubernetes_counts_them() {
    let (mut w, _) = world(5, Health::Well);
    for (spec, want) in [
        (json!({"minAvailable": 2}), [3, 5, 2, 5]),
        (json!({"minAvailable": 7}), [0, 5, 7, 5]),
        (json!({"minAvailable": "50%"}), [2, 5, 3, 5]),
        (json!({"minAvailable": "100%"}), [0, 5, 5, 5]),
        (json!({"maxUnavailable": 1}), [1, 5, 4, 5]),
        (json!({"maxUnavailable": 9}), [5, 5, 0, 5]),
        (json!({"maxUnavailable": "30%"}), [2, 5, 3, 5]),
        (json!({"maxUnavailable": "0%"}), [0, 5, 5, 5]),
        (json!({}), [0, 5, 0, 0]),
    ] {
        let key = budget(&mut w, spec.clone());
        assert_eq!(counts(&w, &key), want, "{spec}");
        let allows = if want[0] > 0 { "SufficientPods" } else { "InsufficientPods" };
        assert_eq!(condition(w.doc(&key), "DisruptionAllowed").1, allows, "{spec}");
        w.assert_quiet();
        w.delete(&key, "Background");
    }
}

#[test]
fn the_budget_follows_its_pods_and_their_controllers() {
    let (mut w, web) = world(3, Health::Well);
    let key = budget(&mut w, json!({"maxUnavailable": 1}));
    assert_eq!(counts(&w, &key), [1, 3, 2, 3]);
    w.patch(&web, json!({"spec": {"replicas": 5}}));
    w.pass(60_000);
    assert_eq!(counts(&w, &key), [1, 5, 4, 5]);
    // Three are lost with their node: nothing more may go.
    let node = w.nodes.keys().next().unwrap().clone();
    w.cut(&node);
    w.pass(50_000);
    let [allowed, healthy, ..] = counts(&w, &key);
    assert!(allowed == 0 && healthy < 5, "{}", w.doc(&key));
    w.connect(&node);
    w.pass(60_000);
    assert_eq!(counts(&w, &key), [1, 5, 4, 5]);
    w.assert_quiet();
}

#[test]
fn an_evicted_pod_does_not_count_until_it_is_forgotten() {
    let (mut w, _) = world(3, Health::Well);
    let key = budget(&mut w, json!({"minAvailable": 1}));
    let pod = w.keys(kinds::POD)[0].clone();
    let at = w.now.to_rfc3339();
    w.patch(
        &key,
        json!({"status": {"disruptionsAllowed": 1, "disruptedPods": {&*pod.name: at, "gone": at}}}),
    );
    w.settle();
    assert_eq!(counts(&w, &key), [1, 2, 1, 3]);
    assert_eq!(w.doc(&key)["status"]["disruptedPods"], json!({&*pod.name: at}));
    w.pass(121_000);
    assert_eq!(counts(&w, &key), [2, 3, 1, 3]);
    assert_eq!(w.doc(&key)["status"].get("disruptedPods"), None);
    w.assert_quiet();
}

#[test]
fn where_the_count_is_in_doubt_nothing_is_allowed() {
    let mut w = World::new(7);
    w.join("a");
    let mut set = deployment(1, "web:1");
    set["spec"].as_object_mut().unwrap().retain(|k, _| k == "selector" || k == "template");
    w.put(kinds::DAEMON_SET, "default", "web", set);
    w.pass(60_000);
    let key = budget(&mut w, json!({"maxUnavailable": 1}));
    assert_eq!(condition(w.doc(&key), "DisruptionAllowed"), ("False".into(), "SyncFailed".into()));
    assert_eq!(w.doc(&key)["status"]["disruptionsAllowed"], 0);
    w.assert_quiet();
}
