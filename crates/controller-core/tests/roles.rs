//! Cluster roles that are put together from others.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]
#![allow(dead_code, reason = "each test file uses a part of the world")]

mod world;

use driftless_controller_core::authorize::defaults;
use driftless_controller_core::kinds::{self, ObjectKey};
use serde_json::{Value, json};
use world::World;

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(kinds::CLUSTER_ROLE, "", name)
}

fn rules(w: &World, name: &str) -> Vec<Value> {
    w.doc(&key(name))["rules"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_role_follows_those_that_it_is_made_of() {
    let mut w = World::new(1);
    for (kind, name, doc) in defaults::all() {
        w.put(kind, "", &name, doc);
    }
    w.settle();
    let first = rules(&w, "admin");
    w.assert_quiet();
    let rule = json!({"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]});
    let doc = json!({
        "metadata": {"labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
        "rules": [rule],
    });
    w.put(kinds::CLUSTER_ROLE, "", "widgets", doc);
    w.settle();
    // `view` goes into `edit`, and that into `admin`.
    for name in ["view", "edit", "admin"] {
        assert!(rules(&w, name).contains(&rule), "{name}");
    }
    w.assert_quiet();
    w.delete(&key("widgets"), "Background");
    w.settle();
    assert_eq!(rules(&w, "admin"), first);
    w.assert_quiet();
}
