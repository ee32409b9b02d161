//! Persistent volumes: made where the first pod is placed, holding its pods there, taken away only when they are to be.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use driftless_controller_core::storage::{IS_DEFAULT, PROVISIONER};
use driftless_controller_core::stream::Stream;
use model::NodeName;
use serde_json::{Value, json};
use world::{Store, World, active, condition, ready, template};

fn class(w: &mut World, name: &str, reclaim: &str, default: bool) {
    w.put(
        kinds::STORAGE_CLASS,
        "",
        name,
        json!({
            "metadata": {"annotations": {IS_DEFAULT: default.to_string()}},
            "provisioner": PROVISIONER,
            "volumeBindingMode": "WaitForFirstConsumer",
            "reclaimPolicy": reclaim,
        }),
    );
}

fn world(seed: u64) -> World {
    let mut w = World::new(seed);
    for name in ["a", "b", "c"] {
        w.join(name);
    }
    class(&mut w, "local", "Delete", true);
    class(&mut w, "kept", "Retain", false);
    w.settle();
    w
}

fn claim_spec() -> Value {
    json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}})
}

fn claim(w: &mut World, name: &str, change: Value) -> ObjectKey {
    let mut spec = claim_spec();
    json_patch::merge(&mut spec, &change);
    let doc = json!({"spec": spec, "status": {"phase": "Pending"}});
    w.put(kinds::PERSISTENT_VOLUME_CLAIM, "default", name, doc)
}

fn user(w: &mut World, name: &str, claim: &str) -> ObjectKey {
    let volume = json!({"name": "v", "persistentVolumeClaim": {"claimName": claim}});
    w.put(
        kinds::POD,
        "default",
        name,
        json!({"spec": {
        "containers": [{"name": "web", "image": "web:1"}], "volumes": [volume]}}),
    )
}

fn phase(w: &World, key: &ObjectKey) -> String {
    w.doc(key)["status"]["phase"].as_str().unwrap().to_string()
}

fn volume_of(w: &World, claim: &ObjectKey) -> ObjectKey {
    let name = w.doc(claim)["spec"]["volumeName"].as_str().unwrap();
    ObjectKey::new(kinds::PERSISTENT_VOLUME, "", name)
}

fn node_of(w: &World, pod: &ObjectKey) -> NodeName {
    w.doc(pod)["spec"]["nodeName"].as_str().unwrap().into()
}

fn why_pending(w: &World, pod: &ObjectKey) -> String {
    let all = w.doc(pod)["status"]["conditions"].as_array().unwrap().clone();
    let found = all.iter().find(|c| c["type"] == "PodScheduled").unwrap();
    found["message"].as_str().unwrap().to_string()
}

#[test]
fn a_claim_gets_its_volume_where_its_first_pod_is_placed() {
    let mut w = world(1);
    let data = claim(&mut w, "data", json!({}));
    w.settle();
    assert_eq!((phase(&w, &data).as_str(), w.keys(kinds::PERSISTENT_VOLUME).len()), ("Pending", 0));
    assert_eq!(w.doc(&data)["spec"]["storageClassName"], "local");
    let pod = user(&mut w, "p", "data");
    w.settle();
    assert!(ready(w.doc(&pod)));
    let node = node_of(&w, &pod);
    let doc = w.doc(&data);
    let name = format!("pvc-{}", doc["metadata"]["uid"].as_str().unwrap());
    assert_eq!(doc["spec"]["volumeName"], name.as_str());
    let status = json!({
        "phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"},
    });
    assert_eq!(doc["status"], status);
    assert_eq!(doc["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    let notes = &doc["metadata"]["annotations"];
    assert_eq!(notes["pv.kubernetes.io/bind-completed"], "yes");
    assert_eq!(notes["volume.kubernetes.io/selected-node"], node.as_str());
    let volume = w.doc(&volume_of(&w, &data));
    assert_eq!(volume["status"]["phase"], "Bound");
    assert_eq!(volume["metadata"]["finalizers"], json!(["kubernetes.io/pv-protection"]));
    assert_eq!(volume["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"], PROVISIONER);
    let spec = &volume["spec"];
    assert_eq!(spec["claimRef"]["uid"], doc["metadata"]["uid"]);
    assert_eq!(spec["local"]["path"], format!("volumes/{name}"));
    assert_eq!(spec["persistentVolumeReclaimPolicy"], "Delete");
    let here = &spec["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0];
    assert_eq!(here["values"], json!([node.as_str()]));
    assert_eq!(w.nodes[&node].volumes[&name], "default/data");
    w.assert_quiet();
}

#[test]
fn a_volume_holds_its_pods_on_its_node() {
    let mut w = world(2);
    let data = claim(&mut w, "data", json!({}));
    let first = user(&mut w, "first", "data");
    w.settle();
    let node = node_of(&w, &first);
    let second = user(&mut w, "second", "data");
    w.settle();
    assert_eq!(node_of(&w, &second), node);
    w.delete(&first, "Background");
    w.delete(&second, "Background");
    w.settle();
    assert_eq!(phase(&w, &data), "Bound");
    // Its node takes nothing, and no other can.
    let key = ObjectKey::new(kinds::NODE, "", node.as_str());
    w.patch(&key, json!({"spec": {"unschedulable": true}}));
    let third = user(&mut w, "third", "data");
    w.settle();
    assert_eq!(
        why_pending(&w, &third),
        "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had volume node affinity conflict."
    );
    w.patch(&key, json!({"spec": {"unschedulable": null}}));
    w.settle();
    assert_eq!(node_of(&w, &third), node);
    w.assert_quiet();
}

#[test]
fn a_pod_waits_for_its_claims() {
    let mut w = world(3);
    let pod = user(&mut w, "p", "data");
    w.settle();
    assert_eq!(
        why_pending(&w, &pod),
        "0/3 nodes are available: persistentvolumeclaim \"data\" not found."
    );
    // A class that is not there yet.
    let data = claim(&mut w, "data", json!({"storageClassName": "later"}));
    w.settle();
    assert_eq!(
        why_pending(&w, &pod),
        "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    );
    class(&mut w, "later", "Delete", false);
    w.settle();
    assert_eq!(phase(&w, &data), "Bound");
    assert!(ready(w.doc(&pod)));
    // What a directory cannot be.
    for (name, change) in [
        ("shared", json!({"accessModes": ["ReadWriteMany"]})),
        ("block", json!({"volumeMode": "Block"})),
        ("chosen", json!({"selector": {"matchLabels": {"a": "b"}}})),
    ] {
        let refused = claim(&mut w, name, change);
        let pod = user(&mut w, name, name);
        w.settle();
        assert_eq!(
            (phase(&w, &refused).as_str(), condition(w.doc(&pod), "PodScheduled").0.as_str()),
            ("Pending", "False")
        );
        let told = w
            .of(kinds::EVENT)
            .into_iter()
            .any(|e| e["reason"] == "ProvisioningFailed" && e["involvedObject"]["name"] == name);
        assert!(told, "{name}");
    }
    w.assert_quiet();
}

#[test]
fn one_pod_at_a_time_has_what_is_for_one() {
    let mut w = world(4);
    claim(&mut w, "data", json!({"accessModes": ["ReadWriteOncePod"]}));
    let first = user(&mut w, "first", "data");
    w.settle();
    let second = user(&mut w, "second", "data");
    w.settle();
    assert_eq!(
        why_pending(&w, &second),
        "0/3 nodes are available: node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode."
    );
    w.delete(&first, "Background");
    w.settle();
    assert!(ready(w.doc(&second)));
}

#[test]
fn a_claim_goes_after_its_pods_and_its_volume_after_it() {
    let mut w = world(5);
    let data = claim(&mut w, "data", json!({}));
    let pod = user(&mut w, "p", "data");
    w.settle();
    let (node, volume) = (node_of(&w, &pod), volume_of(&w, &data));
    w.delete(&data, "Background");
    w.delete(&volume, "Background");
    w.settle();
    assert!(w.store.contains_key(&data) && w.store.contains_key(&volume), "they are in use");
    assert!(ready(w.doc(&pod)));
    // A node that is away keeps it; another controller process forgets nothing.
    w.cut(&node);
    w.delete(&pod, "Background");
    w.pass(400_000);
    assert!(w.store.contains_key(&data));
    w.restart_controller();
    w.connect(&node);
    w.pass(60_000);
    for key in [&pod, &data, &volume] {
        assert!(!w.store.contains_key(key), "{key:?}");
    }
    assert!(w.nodes[&node].volumes.is_empty());
    w.assert_quiet();
}

#[test]
fn a_volume_is_released_until_its_node_has_said_that_it_is_gone() {
    let mut w = world(6);
    let data = claim(&mut w, "data", json!({}));
    let pod = user(&mut w, "p", "data");
    w.settle();
    let (node, volume) = (node_of(&w, &pod), volume_of(&w, &data));
    w.delete(&pod, "Background");
    w.settle();
    w.cut(&node);
    w.delete(&data, "Background");
    w.pass(100_000);
    assert!(!w.store.contains_key(&data));
    assert_eq!(phase(&w, &volume), "Released");
    // A claim of the same name gets another volume.
    let again = claim(&mut w, "data", json!({}));
    let next = user(&mut w, "next", "data");
    w.settle();
    assert_ne!(volume_of(&w, &again), volume);
    assert!(ready(w.doc(&next)));
    w.connect(&node);
    w.pass(60_000);
    assert!(!w.store.contains_key(&volume));
    assert!(w.nodes[&node].volumes.is_empty());
    assert_eq!(phase(&w, &again), "Bound");
    // A node that is given up, and not heard of since, takes its volumes with it.
    let (there, lost) = (node_of(&w, &next), volume_of(&w, &again));
    w.cut(&there);
    w.settle();
    w.restart_controller();
    w.delete(&next, "Background");
    w.delete(&again, "Background");
    w.commit(ObjectKey::new(kinds::NODE, "", there.as_str()), None);
    w.pass(120_000);
    assert!(!w.store.contains_key(&again) && !w.store.contains_key(&lost));
}

#[test]
fn what_is_retained_stays_and_can_be_claimed_again() {
    let mut w = world(7);
    let data = claim(&mut w, "data", json!({"storageClassName": "kept"}));
    let pod = user(&mut w, "p", "data");
    w.settle();
    let (node, volume) = (node_of(&w, &pod), volume_of(&w, &data));
    w.delete(&pod, "Background");
    w.delete(&data, "Background");
    w.settle();
    assert!(!w.store.contains_key(&data));
    assert_eq!(phase(&w, &volume), "Released");
    assert!(w.nodes[&node].volumes.contains_key(&*volume.name));
    // Somebody lets it go, and another claim names it.
    w.patch(&volume, json!({"spec": {"claimRef": null}}));
    w.settle();
    assert_eq!(phase(&w, &volume), "Available");
    let next =
        claim(&mut w, "next", json!({"storageClassName": "kept", "volumeName": &*volume.name}));
    let pod = user(&mut w, "q", "next");
    w.settle();
    assert_eq!((phase(&w, &next), phase(&w, &volume)), ("Bound".into(), "Bound".into()));
    assert_eq!(node_of(&w, &pod), node);
    // Another that names it, too, waits.
    let third = claim(&mut w, "third", json!({"volumeName": &*volume.name}));
    w.settle();
    assert_eq!(phase(&w, &third), "Pending");
    // Its object may go; the directory stays.
    w.delete(&pod, "Background");
    w.delete(&next, "Background");
    w.delete(&volume, "Background");
    w.settle();
    assert!(!w.store.contains_key(&volume));
    assert!(w.nodes[&node].volumes.contains_key(&*volume.name));
    w.assert_quiet();
}

fn set(replicas: i64) -> Value {
    json!({"spec": {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "web"}},
        "template": template("web:1"),
        "volumeClaimTemplates": [{"metadata": {"name": "data", "labels": {"x": "y"}}, "spec": claim_spec()}],
    }})
}

fn names(w: &World) -> Vec<String> {
    w.keys(kinds::PERSISTENT_VOLUME_CLAIM).iter().map(|k| k.name.to_string()).collect()
}

#[test]
fn the_pods_of_a_set_find_their_data_again() {
    let mut w = world(8);
    let key = w.put(kinds::STATEFUL_SET, "default", "web", set(3));
    w.settle();
    assert_eq!(names(&w), ["data-web-0", "data-web-1", "data-web-2"]);
    let at = |n: i64| ObjectKey::new(kinds::POD, "default", &format!("web-{n}"));
    let data = |n: i64| {
        ObjectKey::new(kinds::PERSISTENT_VOLUME_CLAIM, "default", &format!("data-web-{n}"))
    };
    let labels = &w.doc(&data(1))["metadata"]["labels"];
    assert_eq!(labels, &json!({"app": "web", "x": "y"}));
    assert_eq!(w.doc(&data(1))["metadata"]["ownerReferences"], Value::Null);
    assert_eq!(
        w.doc(&at(1))["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"],
        "data-web-1"
    );
    let before: Vec<(NodeName, ObjectKey)> =
        (0..3).map(|n| (node_of(&w, &at(n)), volume_of(&w, &data(n)))).collect();
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    w.patch(&key, json!({"spec": {"replicas": 1}}));
    w.settle();
    assert_eq!(names(&w).len(), 3, "claims are retained");
    w.patch(&key, json!({"spec": {"replicas": 3}}));
    w.settle();
    let after: Vec<(NodeName, ObjectKey)> =
        (0..3).map(|n| (node_of(&w, &at(n)), volume_of(&w, &data(n)))).collect();
    assert_eq!(before, after);
    w.delete(&key, "Background");
    w.settle();
    assert_eq!((w.keys(kinds::POD).len(), names(&w).len()), (0, 3));
    w.assert_quiet();
}

#[test]
fn claims_go_by_the_sets_policy() {
    let mut w = world(9);
    let mut doc = set(3);
    doc["spec"]["persistentVolumeClaimRetentionPolicy"] = json!({"whenScaled": "Delete"});
    let key = w.put(kinds::STATEFUL_SET, "default", "web", doc);
    w.settle();
    let owners = |w: &World, n: i64| {
        let key =
            ObjectKey::new(kinds::PERSISTENT_VOLUME_CLAIM, "default", &format!("data-web-{n}"));
        w.doc(&key)["metadata"]["ownerReferences"][0]["kind"].as_str().map(str::to_string)
    };
    assert_eq!(owners(&w, 2), None);
    w.patch(&key, json!({"spec": {"replicas": 2}}));
    w.settle();
    assert_eq!(names(&w), ["data-web-0", "data-web-1"]);
    assert_eq!(w.keys(kinds::PERSISTENT_VOLUME).len(), 2);
    // Down and up again before the node has heard of it: the pod that comes has a claim of its own.
    let pod = ObjectKey::new(kinds::POD, "default", "web-1");
    let node = node_of(&w, &pod);
    w.cut(&node);
    w.patch(&key, json!({"spec": {"replicas": 1}}));
    w.settle();
    w.patch(&key, json!({"spec": {"replicas": 2}}));
    w.settle();
    w.connect(&node);
    w.pass(120_000);
    assert!(ready(w.doc(&pod)) && active(w.doc(&pod)));
    assert_eq!(names(&w), ["data-web-0", "data-web-1"]);
    let whole = json!({"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}});
    w.patch(&key, json!({"spec": whole}));
    w.settle();
    assert_eq!(owners(&w, 1).as_deref(), Some("StatefulSet"));
    w.assert_quiet();
    w.delete(&key, "Background");
    w.settle();
    assert_eq!((names(&w).len(), w.keys(kinds::PERSISTENT_VOLUME).len()), (0, 0));
    assert!(w.nodes.values().all(|n| n.volumes.is_empty()));
    w.assert_quiet();
}

/// No volume is to go, or gone, while the claim is there that it was made for.
fn never_taken_from_a_claim(store: &Store) {
    let of = |kind| store.iter().filter(move |(k, _)| k.kind == kind).map(|(_, (_, doc))| doc);
    for claim in of(kinds::PERSISTENT_VOLUME_CLAIM).filter(|c| c["status"]["phase"] == "Bound") {
        let mut volumes = of(kinds::PERSISTENT_VOLUME);
        let own = volumes.find(|v| v["spec"]["claimRef"]["uid"] == claim["metadata"]["uid"]);
        let phase = own.map(|v| v["status"]["phase"].as_str().unwrap().to_string());
        assert_eq!(phase.as_deref(), Some("Bound"), "{claim}");
    }
}

#[test]
fn in_a_storm_no_volume_of_a_claim_is_lost_and_calm_follows() {
    for seed in 0..24 {
        let mut w = world(seed);
        w.watch = Some(Box::new(never_taken_from_a_claim));
        let mut draw = Stream::new(seed, "storm");
        let mut chance = |n: u64| draw.draw() % n;
        let nodes = ["a", "b", "c"].map(NodeName::from);
        let key = w.put(kinds::STATEFUL_SET, "default", "web", set(2));
        for step in 0..60 {
            let node = &nodes[usize::try_from(chance(3)).unwrap()];
            let name = format!("c{}", chance(3));
            let known = ObjectKey::new(kinds::PERSISTENT_VOLUME_CLAIM, "default", &name);
            match chance(10) {
                0 => w.patch(&key, json!({"spec": {"replicas": chance(5)}})),
                1 => {
                    let to = if chance(2) == 0 { "Delete" } else { "Retain" };
                    w.patch(&key, json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": to}}}));
                }
                2 if !w.store.contains_key(&known) => {
                    claim(&mut w, &name, json!({}));
                }
                3 if w.store.contains_key(&known) => w.delete(&known, "Background"),
                4 => {
                    user(&mut w, &format!("p{step}"), &name);
                }
                5 => {
                    let all = w.keys(kinds::POD);
                    let at = usize::try_from(chance(8)).unwrap();
                    if let Some(pod) = all.get(at).filter(|k| active(w.doc(k))).cloned() {
                        w.delete(&pod, "Background");
                    }
                }
                6 if w.nodes[node].connected => w.cut(node),
                7 if !w.nodes[node].connected => w.connect(node),
                8 => w.restart_controller(),
                _ => w.pass(1000 * chance(90)),
            }
            if chance(2) == 0 {
                w.settle();
            }
            for claim in w.keys(kinds::PERSISTENT_VOLUME_CLAIM) {
                if phase(&w, &claim) == "Bound" {
                    let volume = volume_of(&w, &claim);
                    assert_eq!(
                        w.doc(&volume)["spec"]["claimRef"]["uid"],
                        w.doc(&claim)["metadata"]["uid"]
                    );
                }
            }
        }
        for node in nodes.iter().filter(|n| !w.nodes[*n].connected).cloned().collect::<Vec<_>>() {
            w.connect(&node);
        }
        w.patch(&key, json!({"spec": {"replicas": 3}}));
        w.pass(400_000);
        assert_eq!(w.doc(&key)["status"]["readyReplicas"], 3, "seed {seed}");
        let there: usize = w.nodes.values().map(|n| n.volumes.len()).sum();
        assert_eq!(there, w.keys(kinds::PERSISTENT_VOLUME).len(), "seed {seed}");
        for volume in w.keys(kinds::PERSISTENT_VOLUME) {
            assert_eq!(phase(&w, &volume), "Bound", "seed {seed}");
        }
        w.assert_quiet();
    }
}
