//! Nodes that leave the fleet, are lost, or are there twice.

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use model::message::Up;
use serde_json::{Value, json};
use world::World;

fn identity(w: &mut World, spec: Value) -> ObjectKey {
    w.put(kinds::NODE_IDENTITY, "", "a", json!({"metadata": {}, "spec": spec}));
    ObjectKey::new(kinds::NODE_IDENTITY, "", "a")
}

fn with_secret() -> Value {
    json!({"spec": {"nodeName": "a", "containers": [{"name": "c", "image": "c:1", "env": [
        {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ]}]}})
}

fn events(w: &World, reason: &str) -> Vec<Value> {
    w.of(kinds::EVENT).into_iter().filter(|e| e["reason"] == reason).cloned().collect()
}

#[test]
fn a_lost_nodes_secrets_are_listed_once() {
    let mut w = World::new(5);
    let key = identity(&mut w, json!({"publicKey": "00"}));
    w.join("a");
    w.put(kinds::SECRET, "default", "s", json!({"data": {"k": "eA=="}}));
    w.put(kinds::SECRET, "default", "other", json!({"data": {"k": "eA=="}}));
    w.put(kinds::POD, "default", "p", with_secret());
    w.pass(10_000);
    w.patch(&key, json!({"spec": {"revoked": true}}));
    w.pass(10_000);
    let status = w.doc(&key)["status"].clone();
    assert_eq!(status["secrets"], json!(["default/s"]), "{status}");
    let told = events(&w, "SecretsExposed");
    assert_eq!(told.len(), 1);
    assert!(told[0]["message"].as_str().is_some_and(|m| m.contains("default/s")));
    // What was listed stays listed, whatever becomes of the pods.
    w.commit(ObjectKey::new(kinds::POD, "default", "p"), None);
    w.pass(60_000);
    assert_eq!(w.doc(&key)["status"], status);
}

#[test]
fn what_a_lost_node_had_is_known_only_when_everything_is() {
    let mut w = World::new(10);
    w.join("a");
    w.put(kinds::SECRET, "default", "s", json!({"data": {"k": "eA=="}}));
    w.put(kinds::POD, "default", "p", with_secret());
    w.pass(10_000);
    // It was revoked by a controller that went down before it had made the list, or that made none.
    let key = ObjectKey::new(kinds::NODE_IDENTITY, "", "a");
    let doc = json!({
        "apiVersion": "driftless.dev/v1", "kind": "NodeIdentity",
        "metadata": {"name": "a", "uid": "i1"}, "spec": {"publicKey": "00", "revoked": true},
    });
    w.cut(&"a".into());
    w.commit(key.clone(), Some(doc));
    // The pod is listed after it.
    let pod = ObjectKey::new(kinds::POD, "default", "p");
    w.patch(&pod, json!({"metadata": {"annotations": {"touched": "1"}}}));
    w.restart_controller();
    w.pass(10_000);
    assert_eq!(w.doc(&key)["status"]["secrets"], json!(["default/s"]));
}

#[test]
fn a_machine_that_joins_anew_by_a_name_has_keys_of_its_own() {
    let mut w = World::new(6);
    let key = identity(&mut w, json!({"publicKey": "00"}));
    w.join("a");
    w.pass(5_000);
    let node = ObjectKey::new(kinds::NODE, "", "a");
    let bound = |w: &World| {
        let node = w.doc(&node);
        node["metadata"]["annotations"]["driftless.dev/sealing-key"].clone()
    };
    assert!(bound(&w).is_string());
    w.cut(&"a".into());
    w.commit(key, None);
    w.pass(5_000);
    assert!(bound(&w).is_null(), "{}", bound(&w));
}

#[test]
fn what_a_token_says_of_a_node_goes_before_what_it_says_itself() {
    let mut w = World::new(7);
    identity(&mut w, json!({"publicKey": "00", "labels": {"site": "harbour"}}));
    let name = w.join("a");
    let Some(Up::Hello(mut hello)) = w.nodes.get_mut(&name).and_then(|n| n.hello()) else {
        unreachable!("it says hello")
    };
    hello.labels = vec![("site".into(), "palace".into()), ("own".into(), "1".into())];
    w.say(&name, Up::Hello(hello));
    w.pass(5_000);
    let node = w.doc(&ObjectKey::new(kinds::NODE, "", "a"));
    assert_eq!(node["metadata"]["labels"]["site"], "harbour");
    assert_eq!(node["metadata"]["labels"]["own"], "1");
}

#[test]
fn a_node_that_is_to_go_is_emptied_and_believed_no_more_once_it_has_said_goodbye() {
    let mut w = World::new(8);
    let key = identity(&mut w, json!({"publicKey": "00"}));
    let name = w.join("a");
    w.put(
        kinds::POD,
        "default",
        "p",
        json!({"spec": {"nodeName": "a", "containers": [{"name": "c", "image": "c:1"}]}}),
    );
    w.pass(10_000);
    let pods = |w: &World| w.nodes[&name].names().count();
    assert_eq!(pods(&w), 1);
    let node = ObjectKey::new(kinds::NODE, "", "a");
    let said =
        |how: &str| json!({"metadata": {"annotations": {"driftless.dev/decommission": how}}});
    w.patch(&node, said("wipe"));
    w.pass(10_000);
    assert_eq!(pods(&w), 0);
    let revoked = |w: &World| w.doc(&key)["spec"]["revoked"].clone();
    assert!(revoked(&w).is_null(), "it has not gone yet");
    w.say(&name, Up::Bye);
    w.pass(5_000);
    assert_eq!(revoked(&w), true);
}

#[test]
fn of_two_machines_the_first_goes_on_by_policy() {
    let mut w = World::new(9);
    identity(&mut w, json!({"publicKey": "00", "duplicates": "KeepFirst"}));
    let name = w.join("a");
    for _ in 0..2 {
        w.cut(&name);
        w.nodes.get_mut(&name).expect("it is there").reboot();
        w.connect(&name);
        w.pass(5_000);
    }
    let Some(Up::Hello(first)) = w.nodes.get_mut(&name).and_then(|n| n.hello()) else {
        unreachable!("it says hello")
    };
    let mut other = first.clone();
    (other.boot, other.session) = (first.boot - 1, 1);
    w.say(&name, Up::Hello(other));
    w.put(
        kinds::POD,
        "default",
        "p",
        json!({"spec": {"nodeName": "a", "containers": [{"name": "c", "image": "c:1"}]}}),
    );
    w.pass(5_000);
    assert_eq!(events(&w, "DuplicateIdentity").len(), 1);
    w.cut(&name);
    w.connect(&name);
    w.pass(10_000);
    assert_eq!(w.nodes[&name].names().count(), 1, "the first goes on");
    assert_eq!(events(&w, "DuplicateIdentity").len(), 1, "told once");
}
