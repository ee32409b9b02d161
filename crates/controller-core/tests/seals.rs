//! Secrets go only to a node that can open them, sealed to the key that it is bound to.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use driftless_controller_core::turn::Note;
use model::NodeName;
use model::orders::ItemKind;
use model::trust::PublicKey;
use serde_json::{Value, json};
use world::World;

const KEY: &str = "driftless.dev/sealing-key";

fn pod() -> Value {
    json!({
        "metadata": {"labels": {}},
        "spec": {
            "nodeName": "a",
            "containers": [{"name": "c", "image": "i:1", "resources": {},
                "envFrom": [{"secretRef": {"name": "s"}}, {"configMapRef": {"name": "m"}}]}],
            "imagePullSecrets": [{"name": "pull"}],
            "terminationGracePeriodSeconds": 30,
        },
    })
}

/// A node, and a pod on it that uses two secrets.
fn world() -> (World, NodeName) {
    let mut w = World::new(7);
    let a = w.join("a");
    for name in ["s", "pull"] {
        w.put(kinds::SECRET, "default", name, json!({"type": "Opaque", "data": {"k": "dg=="}}));
    }
    w.put(kinds::CONFIG_MAP, "default", "m", json!({"data": {"k": "v"}}));
    w.put(kinds::POD, "default", "p", pod());
    w.pass(2000);
    (w, a)
}

fn secrets(w: &World, node: &NodeName) -> usize {
    w.nodes[node].items.keys().filter(|k| k.kind == ItemKind::Secret).count()
}

fn again(w: &mut World, node: &NodeName) {
    w.cut(node);
    w.settle();
    w.connect(node);
    w.pass(2000);
}

fn bound(w: &World) -> Value {
    w.doc(&ObjectKey::new(kinds::NODE, "", "a"))["metadata"]["annotations"][KEY].clone()
}

#[test]
fn a_node_is_bound_to_the_first_key_that_it_tells() {
    let (mut w, a) = world();
    let first = PublicKey([1; 32]).to_string();
    assert_eq!((bound(&w), secrets(&w, &a)), (first.clone().into(), 2));
    // Somebody says hello in its name.
    w.nodes.get_mut(&a).unwrap().sealing = Some(PublicKey([2; 32]));
    again(&mut w, &a);
    assert_eq!(bound(&w), Value::from(first));
    assert!(w.notes.iter().any(|n| matches!(n, Note::Odd(_, what) if what.contains(KEY))));
    w.nodes.get_mut(&a).unwrap().forget();
    again(&mut w, &a);
    let to = |w: &World| w.sealed_to.get(&a).copied();
    assert_eq!(to(&w), Some(PublicKey([1; 32])), "what it gets, it cannot open");
    // The operator knows that it was set up anew.
    let node = ObjectKey::new(kinds::NODE, "", "a");
    w.patch(&node, json!({"metadata": {"annotations": {KEY: null}}}));
    w.nodes.get_mut(&a).unwrap().forget();
    again(&mut w, &a);
    assert_eq!(bound(&w), Value::from(PublicKey([2; 32]).to_string()));
    assert_eq!(to(&w), Some(PublicKey([2; 32])));
}

#[test]
fn a_node_that_tells_no_key_gets_no_secrets_and_all_else() {
    let (mut w, a) = world();
    w.nodes.get_mut(&a).unwrap().sealing = None;
    again(&mut w, &a);
    assert_eq!(secrets(&w, &a), 0);
    assert!(w.nodes[&a].items.keys().any(|k| k.kind == ItemKind::ConfigMap));
    assert_eq!(w.nodes[&a].running(), 1);
    w.nodes.get_mut(&a).unwrap().sealing = Some(PublicKey([1; 32]));
    again(&mut w, &a);
    assert_eq!(secrets(&w, &a), 2, "it was updated");
}
