//! Definitions of custom resources: names are given once, and what ends takes its objects along, also over a restart.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, KindId, ObjectKey};
use serde_json::{Value, json};
use world::World;

fn define(w: &mut World, plural: &str, kind: &str) -> ObjectKey {
    let doc = json!({"spec": {
        "group": "shop.example.com",
        "scope": "Namespaced",
        "names": {"plural": plural, "kind": kind},
        "versions": [{"name": "v1", "served": true, "storage": true}],
    }});
    let name = format!("{plural}.shop.example.com");
    w.put(kinds::CUSTOM_RESOURCE_DEFINITION, "", &name, doc)
}

fn condition(w: &World, key: &ObjectKey, kind: &str) -> String {
    let conditions = w.doc(key)["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.iter().find(|c| c["type"] == kind);
    found.map_or_else(String::new, |c| {
        format!("{} {}", c["status"].as_str().unwrap(), c["reason"].as_str().unwrap())
    })
}

fn end(w: &mut World, key: &ObjectKey) {
    w.patch(
        key,
        json!({"metadata": {
            "deletionTimestamp": "2026-01-01T00:00:00Z",
            "finalizers": ["customresourcecleanup.apiextensions.k8s.io"],
        }}),
    );
}

fn object(w: &mut World, plural: &str, name: &str, metadata: Value) -> ObjectKey {
    let key = ObjectKey::new(KindId::custom("shop.example.com", plural), "default", name);
    let mut doc =
        json!({"apiVersion": "shop.example.com/v1", "kind": "Widget", "metadata": metadata});
    doc["metadata"]["name"] = name.into();
    doc["metadata"]["namespace"] = "default".into();
    doc["metadata"]["uid"] = format!("uid-{name}").into();
    w.commit(key.clone(), Some(doc));
    key
}

#[test]
fn names_are_given_once() {
    let mut w = World::new(1);
    let first = define(&mut w, "widgets", "Widget");
    w.settle();
    assert_eq!(condition(&w, &first, "NamesAccepted"), "True NoConflicts");
    assert_eq!(condition(&w, &first, "Established"), "True InitialNamesAccepted");
    assert_eq!(w.doc(&first)["status"]["storedVersions"], json!(["v1"]));
    let second = define(&mut w, "gadgets", "Widget");
    w.settle();
    assert_eq!(condition(&w, &second, "NamesAccepted"), "False SingularConflict");
    assert_eq!(condition(&w, &second, "Established"), "False NotAccepted");
    w.assert_quiet();
    end(&mut w, &first);
    w.settle();
    assert!(!w.store.contains_key(&first));
    assert_eq!(condition(&w, &second, "Established"), "True InitialNamesAccepted");
    w.assert_quiet();
}

#[test]
fn objects_go_first_and_what_they_owned_after_them() {
    let mut w = World::new(2);
    let definition = define(&mut w, "widgets", "Widget");
    w.settle();
    object(&mut w, "widgets", "free", json!({}));
    let held = object(&mut w, "widgets", "held", json!({"finalizers": ["example.com/hold"]}));
    let owner = json!([{"apiVersion": "shop.example.com/v1", "kind": "Widget", "name": "free", "uid": "uid-free"}]);
    let owned = json!({"metadata": {"ownerReferences": owner}});
    let owned = w.put(kinds::CONFIG_MAP, "default", "owned", owned);
    w.settle();
    assert!(w.store.contains_key(&owned), "its owner lives");
    end(&mut w, &definition);
    w.restart_controller();
    w.settle();
    assert_eq!(condition(&w, &definition, "Terminating"), "True InstanceDeletionInProgress");
    assert!(w.doc(&held)["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(w.keys(held.kind), std::slice::from_ref(&held));
    assert!(!w.store.contains_key(&owned), "its owner is gone");
    w.assert_quiet();
    w.commit(held, None);
    w.settle();
    assert!(!w.store.contains_key(&definition));
}

#[test]
fn a_namespace_takes_custom_objects_along() {
    let mut w = World::new(3);
    define(&mut w, "widgets", "Widget");
    let namespace = w.put(kinds::NAMESPACE, "", "shop", json!({}));
    w.settle();
    let id = KindId::custom("shop.example.com", "widgets");
    let key = ObjectKey::new(id, "shop", "one");
    let doc = json!({"metadata": {"name": "one", "namespace": "shop", "uid": "u-one"}});
    w.commit(key.clone(), Some(doc));
    w.settle();
    w.delete(&namespace, "Background");
    w.settle();
    assert!(!w.store.contains_key(&key) && !w.store.contains_key(&namespace));
}
