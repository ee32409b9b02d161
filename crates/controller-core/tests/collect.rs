//! What nobody owns any more goes, and what ends takes its contents along.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use serde_json::json;
use world::{World, deployment};

fn world(seed: u64) -> (World, ObjectKey) {
    let mut w = World::new(seed);
    w.join("a");
    let key = w.put(kinds::DEPLOYMENT, "default", "web", deployment(3, "web:1"));
    w.settle();
    assert_eq!(w.keys(kinds::POD).len(), 3);
    (w, key)
}

#[test]
fn dependents_go_after_their_owner() {
    let (mut w, key) = world(1);
    w.delete(&key, "Background");
    assert!(!w.store.contains_key(&key));
    w.settle();
    assert!(w.keys(kinds::REPLICA_SET).is_empty() && w.keys(kinds::POD).is_empty());
    assert_eq!(w.nodes.values().map(|n| n.running()).sum::<usize>(), 0);
    w.assert_quiet();
}

#[test]
fn dependents_go_before_their_owner_if_it_waits() {
    let (mut w, key) = world(2);
    let owner = key.clone();
    w.watch = Some(Box::new(move |store| {
        let left = store.keys().any(|k| matches!(k.kind, kinds::POD | kinds::REPLICA_SET));
        assert!(store.contains_key(&owner) || !left, "the owner went first");
    }));
    w.delete(&key, "Foreground");
    w.settle();
    assert!(!w.store.contains_key(&key));
    assert!(w.keys(kinds::REPLICA_SET).is_empty() && w.keys(kinds::POD).is_empty());
    w.assert_quiet();
}

#[test]
fn orphans_stay_and_are_taken_in_again() {
    let (mut w, key) = world(3);
    let pods = w.keys(kinds::POD);
    w.delete(&key, "Orphan");
    w.settle();
    assert!(!w.store.contains_key(&key));
    let set = w.keys(kinds::REPLICA_SET)[0].clone();
    assert!(w.doc(&set)["metadata"]["ownerReferences"].is_null());
    w.delete(&set, "Orphan");
    w.settle();
    assert_eq!(w.keys(kinds::POD), pods);
    assert!(w.keys(kinds::REPLICA_SET).is_empty());
    w.put(kinds::DEPLOYMENT, "default", "web", deployment(3, "web:1"));
    w.settle();
    // The same template makes the same hash, so the same pods fit.
    assert_eq!(w.keys(kinds::POD), pods);
    w.assert_quiet();
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it() {
    let (mut w, _) = world(4);
    let space = w.put(kinds::NAMESPACE, "", "shop", json!({}));
    w.put(kinds::DEPLOYMENT, "shop", "web", deployment(3, "web:1"));
    w.put(kinds::DAEMON_SET, "shop", "ds", json!({"spec": {
        "selector": {"matchLabels": {"app": "web2"}},
        "template": {"metadata": {"labels": {"app": "web2"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}}));
    w.put(kinds::CONFIG_MAP, "shop", "conf", json!({"data": {}}));
    w.settle();
    assert!(w.store.keys().filter(|k| &*k.namespace == "shop").count() > 8);
    w.delete(&space, "Background");
    w.settle();
    let left: Vec<&ObjectKey> = w.store.keys().filter(|k| &*k.namespace == "shop").collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!w.store.contains_key(&space));
    assert_eq!(w.nodes.values().map(|n| n.running()).sum::<usize>(), 3);
    w.assert_quiet();
}

#[test]
fn an_owner_that_never_was_is_no_owner() {
    let mut w = World::new(5);
    let owner = |kind: &str, version: &str| json!([{"apiVersion": version, "kind": kind, "name": "x", "uid": "none"}]);
    let doc = |o| json!({"metadata": {"ownerReferences": o}, "data": {}});
    let gone = w.put(kinds::CONFIG_MAP, "default", "gone", doc(owner("ReplicaSet", "apps/v1")));
    let kept = w.put(kinds::CONFIG_MAP, "default", "kept", doc(owner("Widget", "example.com/v1")));
    w.settle();
    assert!(!w.store.contains_key(&gone));
    assert!(w.store.contains_key(&kept));
}

#[test]
fn many_pods_are_decided_on_in_bounded_turns() {
    let mut w = World::new(6);
    for n in 0..50 {
        w.join(&format!("n{n}"));
    }
    let key = w.put(kinds::DEPLOYMENT, "default", "web", deployment(4000, "web:1"));
    w.pass(10_000);
    assert_eq!(w.doc(&key)["status"]["readyReplicas"], 4000);
    assert!(w.writes_most <= 1024 + 4096, "{} writes in a turn", w.writes_most);
    w.delete(&key, "Background");
    w.pass(5_000);
    assert!(w.keys(kinds::POD).is_empty());
    w.assert_quiet();
}
