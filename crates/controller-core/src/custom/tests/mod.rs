//! Tables: what becomes of objects under a definition, and which definitions are let in.

mod definitions;
mod objects;

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::Customs;
use crate::kinds::Served;

/// A definition of `crontabs.stable.example.com` with this schema.
fn definition(schema: Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.stable.example.com", "uid": "u-1", "generation": 1},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"plural": "crontabs", "kind": "CronTab"},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    })
}

/// A definition as it is kept: let in, filled in and established.
fn established(mut doc: Value) -> Value {
    super::definition::default(&mut doc);
    let mut errors = Vec::new();
    super::definition::validate(&doc, None, &mut errors);
    assert_eq!(errors, []);
    doc["status"] = json!({"conditions": [{"type": "Established", "status": "True"}]});
    doc
}

/// Takes a definition in.
fn apply(customs: &mut Customs, doc: &Value) {
    let name = "crontabs.stable.example.com";
    customs.apply(name, customs.read(name, doc));
}

/// The resource of a definition.
fn served(doc: Value) -> Served {
    let mut customs = Customs::default();
    apply(&mut customs, &established(doc));
    customs.by_resource("stable.example.com", "v1", "crontabs").expect("it is served")
}
