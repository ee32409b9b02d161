//! Stateful sets: stable names, one pod of each, in order, whatever happens meanwhile.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use std::collections::BTreeSet;

use driftless_controller_core::kinds::{self, ObjectKey};
use driftless_controller_core::stream::Stream;
use model::NodeName;
use serde_json::{Value, json};
use world::{Health, Store, World, active, ready, template};

fn set(replicas: i64, image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "replicas": replicas,
            "serviceName": "web",
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(image),
        },
    })
}

fn world(seed: u64, health: Health, spec: Value) -> (World, ObjectKey) {
    let mut w = World::new(seed);
    for name in ["a", "b", "c"] {
        w.join_with(name, health);
    }
    let key = w.put(kinds::STATEFUL_SET, "default", "web", spec);
    w.settle();
    (w, key)
}

fn pod(name: &str) -> ObjectKey {
    ObjectKey::new(kinds::POD, "default", name)
}

/// Names, images and readiness of the pods.
fn pods(store: &Store) -> Vec<(String, String, bool)> {
    store
        .iter()
        .filter(|(k, _)| k.kind == kinds::POD)
        .map(|(k, (_, d))| {
            let image = d["spec"]["containers"][0]["image"].as_str().unwrap();
            (k.name.to_string(), image.into(), ready(d) && active(d))
        })
        .collect()
}

fn images(w: &World) -> Vec<String> {
    pods(&w.store).into_iter().map(|(name, image, _)| format!("{name} {image}")).collect()
}

fn check_status(w: &World, key: &ObjectKey, want: &[(&str, i64)]) {
    let status = &w.doc(key)["status"];
    for (field, want) in want {
        assert_eq!(status[field].as_i64().unwrap_or(0), *want, "{field}: {status}");
    }
}

fn settled(w: &World, key: &ObjectKey, replicas: i64) {
    let fields =
        ["replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas"];
    check_status(w, key, &fields.map(|f| (f, replicas)));
    let doc = w.doc(key);
    assert_eq!(doc["status"]["currentRevision"], doc["status"]["updateRevision"]);
    assert_eq!(doc["status"]["observedGeneration"], doc["metadata"]["generation"]);
    assert_eq!(doc["status"]["collisionCount"], 0);
}

/// Fails if a pod is there although one below it is not ready.
fn in_order(store: &Store) {
    let all = pods(store);
    let waiting = all.iter().position(|(_, _, ready)| !ready);
    assert!(waiting.is_none_or(|at| at + 1 == all.len()), "{all:?}");
    for (at, (name, ..)) in all.iter().enumerate() {
        assert_eq!(name, &format!("web-{at}"));
    }
}

#[test]
fn pods_come_in_order_with_names_that_stay() {
    let (mut w, key) = world(1, Health::Slow(1, 20), set(3, "web:1"));
    w.watch = Some(Box::new(in_order));
    assert_eq!(images(&w).len(), 1);
    w.pass(60_000);
    assert_eq!(images(&w), ["web-0 web:1", "web-1 web:1", "web-2 web:1"]);
    settled(&w, &key, 3);
    let doc = w.doc(&pod("web-2"));
    assert_eq!(
        (&doc["spec"]["hostname"], &doc["spec"]["subdomain"]),
        (&json!("web-2"), &json!("web"))
    );
    assert_eq!(doc["metadata"]["generateName"], "web-");
    let labels = &doc["metadata"]["labels"];
    assert_eq!(labels["statefulset.kubernetes.io/pod-name"], "web-2");
    assert_eq!(labels["apps.kubernetes.io/pod-index"], "2");
    assert_eq!(labels["controller-revision-hash"], w.doc(&key)["status"]["updateRevision"]);
    // One that is deleted comes back under its name.
    let uid = doc["metadata"]["uid"].clone();
    w.watch = None;
    w.delete(&pod("web-2"), "Background");
    w.pass(30_000);
    assert_ne!(w.doc(&pod("web-2"))["metadata"]["uid"], uid);
    settled(&w, &key, 3);
    w.assert_quiet();
}

#[test]
fn the_highest_goes_first_and_one_at_a_time() {
    let (mut w, key) = world(2, Health::Well, set(4, "web:1"));
    w.watch = Some(Box::new(|store| {
        let leaving: Vec<String> = store
            .iter()
            .filter(|(k, (_, d))| k.kind == kinds::POD && !active(d))
            .map(|(k, _)| k.name.to_string())
            .collect();
        let last = pods(store).last().map(|p| p.0.clone());
        assert!(
            leaving.len() <= 1 && leaving.iter().all(|l| Some(l) == last.as_ref()),
            "{leaving:?}"
        );
    }));
    w.patch(&key, json!({"spec": {"replicas": 1}}));
    w.settle();
    assert_eq!(images(&w), ["web-0 web:1"]);
    settled(&w, &key, 1);
    w.patch(&key, json!({"spec": {"replicas": 0}}));
    w.settle();
    settled(&w, &key, 0);
    w.watch = Some(Box::new(in_order));
    w.patch(&key, json!({"spec": {"replicas": 3}}));
    w.settle();
    settled(&w, &key, 3);
    w.assert_quiet();
}

#[test]
fn an_update_goes_from_the_highest_down_and_can_be_undone() {
    let (mut w, key) = world(3, Health::Slow(3, 5), set(3, "web:1"));
    w.pass(30_000);
    w.watch = Some(Box::new(|store| {
        let all = pods(store);
        assert!(all.iter().filter(|p| p.2).count() >= 2, "{all:?}");
        // Whatever has the new template is above all that has not.
        let images: Vec<&str> = all.iter().map(|p| p.1.as_str()).collect();
        assert!(images.is_sorted(), "{images:?}");
    }));
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.pass(60_000);
    assert_eq!(images(&w), ["web-0 web:2", "web-1 web:2", "web-2 web:2"]);
    settled(&w, &key, 3);
    let revisions = w.of(kinds::CONTROLLER_REVISION);
    assert_eq!(revisions.len(), 2);
    let first = revisions.iter().find(|r| r["revision"] == 1).unwrap();
    let name = first["metadata"]["name"].as_str().unwrap();
    let hash = first["metadata"]["labels"]["controller.kubernetes.io/hash"].as_str().unwrap();
    assert_eq!(name, format!("web-{hash}"));
    assert_eq!(first["metadata"]["labels"]["app"], "web");
    let data = &first["data"];
    assert_eq!(data["spec"]["template"]["$patch"], "replace");
    assert_eq!((data.as_object().unwrap().len(), data["spec"].as_object().unwrap().len()), (1, 1));
    // As `kubectl rollout undo` does.
    let mut old = data["spec"]["template"].clone();
    old.as_object_mut().unwrap().remove("$patch");
    w.watch = None;
    w.patch(&key, json!({"spec": {"template": old}}));
    w.pass(60_000);
    assert_eq!(images(&w), ["web-0 web:1", "web-1 web:1", "web-2 web:1"]);
    settled(&w, &key, 3);
    let numbers: BTreeSet<i64> =
        w.of(kinds::CONTROLLER_REVISION).iter().map(|r| r["revision"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [2, 3].into());
    w.assert_quiet();
}

#[test]
fn pods_below_the_partition_keep_their_template() {
    let (mut w, key) = world(4, Health::Well, set(3, "web:1"));
    let rolling =
        |partition: i64| json!({"updateStrategy": {"rollingUpdate": {"partition": partition}}});
    w.patch(&key, json!({"spec": rolling(2)}));
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    let staged = ["web-0 web:1", "web-1 web:1", "web-2 web:2"];
    assert_eq!(images(&w), staged);
    check_status(&w, &key, &[("currentReplicas", 2), ("updatedReplicas", 1), ("readyReplicas", 3)]);
    assert_ne!(w.doc(&key)["status"]["currentRevision"], w.doc(&key)["status"]["updateRevision"]);
    // Also when they are made again, by another controller process.
    let uid = w.doc(&pod("web-0"))["metadata"]["uid"].clone();
    w.restart_controller();
    w.delete(&pod("web-0"), "Background");
    w.pass(60_000);
    assert_ne!(w.doc(&pod("web-0"))["metadata"]["uid"], uid);
    assert_eq!(images(&w), staged);
    w.assert_quiet();
    w.patch(&key, json!({"spec": rolling(0)}));
    w.settle();
    assert_eq!(images(&w), ["web-0 web:2", "web-1 web:2", "web-2 web:2"]);
    settled(&w, &key, 3);
}

#[test]
fn a_template_that_never_gets_ready_holds_the_update_and_undoing_it_suffices() {
    let (mut w, key) = world(5, Health::Well, set(3, "web:1"));
    w.patch(&key, json!({"spec": {"template": template("bad")}}));
    w.pass(120_000);
    assert_eq!(images(&w), ["web-0 web:1", "web-1 web:1", "web-2 bad"]);
    check_status(&w, &key, &[("readyReplicas", 2), ("updatedReplicas", 1), ("currentReplicas", 2)]);
    w.assert_quiet();
    w.patch(&key, json!({"spec": {"template": template("web:1")}}));
    w.settle();
    assert_eq!(images(&w), ["web-0 web:1", "web-1 web:1", "web-2 web:1"]);
    settled(&w, &key, 3);
}

#[test]
fn in_parallel_nobody_waits_and_as_many_as_may_lack_are_replaced() {
    let mut spec = set(5, "web:1");
    spec["spec"]["podManagementPolicy"] = "Parallel".into();
    spec["spec"]["ordinals"] = json!({"start": 7});
    spec["spec"]["updateStrategy"] = json!({"rollingUpdate": {"maxUnavailable": "40%"}});
    let (mut w, key) = world(6, Health::Slow(6, 9), spec);
    let names: Vec<String> = pods(&w.store).into_iter().map(|p| p.0).collect();
    assert_eq!(names, ["web-10", "web-11", "web-7", "web-8", "web-9"]);
    w.pass(20_000);
    settled(&w, &key, 5);
    let fewest = std::rc::Rc::new(std::cell::Cell::new(5));
    let seen = fewest.clone();
    w.watch = Some(Box::new(move |store| {
        let good = pods(store).iter().filter(|p| p.2).count();
        assert!(good >= 3, "{good} of 5");
        seen.set(seen.get().min(good));
    }));
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.pass(60_000);
    assert_eq!(fewest.get(), 3);
    settled(&w, &key, 5);
    // Another start: those below go, others come.
    w.watch = None;
    w.patch(&key, json!({"spec": {"ordinals": {"start": 9}, "replicas": 2}}));
    w.pass(20_000);
    assert_eq!(images(&w), ["web-10 web:2", "web-9 web:2"]);
    settled(&w, &key, 2);
}

#[test]
fn on_delete_waits_for_somebody_to_delete() {
    let mut spec = set(2, "web:1");
    spec["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    let (mut w, key) = world(7, Health::Well, spec);
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    assert_eq!(images(&w), ["web-0 web:1", "web-1 web:1"]);
    w.delete(&pod("web-0"), "Background");
    w.settle();
    assert_eq!(images(&w), ["web-0 web:2", "web-1 web:1"]);
    w.assert_quiet();
}

#[test]
fn a_pod_must_be_ready_for_long_enough_before_the_next() {
    let mut spec = set(2, "web:1");
    spec["spec"]["minReadySeconds"] = 30.into();
    let (mut w, key) = world(8, Health::Well, spec);
    w.pass(20_000);
    assert_eq!(images(&w).len(), 1);
    check_status(&w, &key, &[("readyReplicas", 1), ("availableReplicas", 0)]);
    w.pass(20_000);
    assert_eq!(images(&w).len(), 2);
    w.pass(40_000);
    settled(&w, &key, 2);
    w.assert_quiet();
}

#[test]
fn a_name_that_is_taken_is_waited_for_and_told() {
    let mut w = World::new(9);
    w.join("a");
    let stranger = w.put(
        kinds::POD,
        "default",
        "web-0",
        json!({
            "metadata": {"labels": {"app": "other"}},
            "spec": {"containers": [{"name": "c", "image": "x"}]},
        }),
    );
    let key = w.put(kinds::STATEFUL_SET, "default", "web", set(1, "web:1"));
    w.settle();
    check_status(&w, &key, &[("replicas", 0)]);
    let told = w.of(kinds::EVENT).iter().any(|e| {
        e["reason"] == "FailedCreate"
            && e["message"].as_str().unwrap().ends_with("pods \"web-0\" already exists")
    });
    assert!(told);
    w.delete(&stranger, "Background");
    w.settle();
    settled(&w, &key, 1);
    // A pod of the set's name and labels that nobody controls is taken in; one with labels alone is not.
    w.patch(&pod("web-0"), json!({"metadata": {"ownerReferences": null}}));
    w.put(
        kinds::POD,
        "default",
        "stray",
        json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "x"}]},
        }),
    );
    w.settle();
    let owners = |w: &World, name: &str| w.doc(&pod(name))["metadata"]["ownerReferences"].clone();
    assert_eq!(owners(&w, "web-0")[0]["kind"], "StatefulSet");
    assert_eq!(owners(&w, "stray"), Value::Null);
    settled(&w, &key, 1);
}

/// No two nodes run pods of one name.
fn never_twice(w: &World) {
    let mut seen = BTreeSet::new();
    for name in w.nodes.values().flat_map(|n| n.names()) {
        assert!(seen.insert(name), "{name} runs twice");
    }
}

#[test]
fn in_a_storm_no_pod_is_there_twice_and_calm_follows() {
    for seed in 0..24 {
        let (mut w, key) = world(seed, Health::Slow(seed, 6), set(3, "web:1"));
        let mut draw = Stream::new(seed, "storm");
        let mut chance = |n: u64| draw.draw() % n;
        let nodes = ["a", "b", "c"].map(NodeName::from);
        if chance(2) == 0 {
            // What may not be changed through the API is set before the storm.
            w.patch(&key, json!({"spec": {"podManagementPolicy": "Parallel"}}));
        }
        for _ in 0..60 {
            let node = &nodes[usize::try_from(chance(3)).unwrap()];
            match chance(9) {
                0 => w.patch(&key, json!({"spec": {"replicas": chance(6)}})),
                1 => w.patch(
                    &key,
                    json!({"spec": {"template": template(&format!("web:{}", chance(4)))}}),
                ),
                2 => w.patch(&key, json!({"spec": {"template": template("bad")}})),
                3 => {
                    let partition = chance(4);
                    w.patch(&key, json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": partition}}}}));
                }
                4 => {
                    let all = w.keys(kinds::POD);
                    let at = usize::try_from(chance(6)).unwrap();
                    if let Some(pod) = all.get(at).filter(|k| active(w.doc(k))).cloned() {
                        w.delete(&pod, "Background");
                    }
                }
                5 if w.nodes[node].connected => w.cut(node),
                6 if !w.nodes[node].connected => w.connect(node),
                7 => w.restart_controller(),
                _ => w.pass(1000 * chance(90)),
            }
            if chance(2) == 0 {
                w.settle();
            }
            never_twice(&w);
        }
        for node in &nodes {
            if !w.nodes[node].connected {
                w.connect(node);
            }
        }
        let calm = json!({"spec": {"replicas": 4, "template": template("web:9"),
            "updateStrategy": {"rollingUpdate": {"partition": 0}}}});
        w.patch(&key, calm);
        w.pass(300_000);
        never_twice(&w);
        let want: Vec<String> = (0..4).map(|n| format!("web-{n} web:9")).collect();
        assert_eq!(images(&w), want, "seed {seed}");
        settled(&w, &key, 4);
        w.assert_quiet();
    }
}
