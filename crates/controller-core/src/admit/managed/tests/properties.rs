//! What holds whatever is applied.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::config::check;
use super::super::differ::{change, said};
use super::super::merge::{merge, remove};
use super::super::set::FieldSet;
use super::super::shape::Shape;
use super::{World, deployment};
use crate::kinds;

/// Some labels, environment variables, finalizers and counts of a deployment.
fn config() -> impl Strategy<Value = Value> {
    let texts = || proptest::collection::btree_map("[a-d]", "[x-z]", 0..4);
    let names = proptest::sample::subsequence(alloc::vec!["f.io/a", "f.io/b", "f.io/c"], 0..3);
    (texts(), texts(), names.prop_shuffle(), proptest::option::of(0..3u8)).prop_map(
        |(labels, env, finalizers, replicas)| {
            let labels: Map<String, Value> =
                labels.into_iter().map(|(k, v)| (k, v.into())).collect();
            let env: Vec<Value> =
                env.into_iter().map(|(k, v)| json!({"name": k, "value": v})).collect();
            let mut doc = deployment(json!({}));
            doc["metadata"] = json!({"labels": labels, "finalizers": finalizers});
            doc["spec"]["template"]["spec"]["containers"][0]["env"] = env.into();
            if let Some(replicas) = replicas {
                doc["spec"]["replicas"] = replicas.into();
            }
            doc
        },
    )
}

fn without_managers(world: &World<'_>) -> Value {
    let mut doc = world.doc.clone().expect("it is there");
    let metadata = doc["metadata"].as_object_mut().expect("it has one");
    metadata.remove("managedFields");
    metadata.remove("generation");
    doc
}

/// Any JSON, some of it like pods.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3u8).prop_map(Value::from),
        "[a-c]".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 4, |inner| {
        let name = prop_oneof![
            Just("metadata"),
            Just("spec"),
            Just("labels"),
            Just("finalizers"),
            Just("containers"),
            Just("ports"),
            Just("name"),
            Just("containerPort"),
            Just("resources"),
            Just("limits"),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..5).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(n, v)| (String::from(n), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_that_is_sent_panics(live in any_json(), config in any_json(), known: bool) {
        let pods = Shape::of_kind(kinds::get(kinds::POD));
        let shape = if known { pods } else { Shape::Custom(None) };
        let merged = merge(shape, &live, &config);
        let told = said(shape, &config);
        let _ = remove(shape, &merged, &told);
        let changed = change(shape, &live, &merged);
        prop_assert!(change(shape, &merged, &merged).set.is_empty());
        prop_assert!(FieldSet::decode(&changed.set.encode()) == Some(changed.set));
        let _ = check(shape, &config);
    }

    #[test]
    fn applying_twice_is_applying_once(first in config(), second in config()) {
        let mut d = World::new(kinds::DEPLOYMENT);
        d.apply("a", first).expect("new");
        d.apply("a", second.clone()).expect("its own");
        let (before, writes) = (d.doc.clone(), d.writes);
        d.apply("a", second).expect("its own");
        prop_assert_eq!((d.doc, d.writes), (before, writes));
    }

    #[test]
    fn only_the_last_configuration_of_one_manager_counts(first in config(), second in config()) {
        let mut d = World::new(kinds::DEPLOYMENT);
        d.apply("a", first).expect("new");
        d.apply("a", second.clone()).expect("its own");
        let mut fresh = World::new(kinds::DEPLOYMENT);
        fresh.apply("a", second).expect("new");
        prop_assert_eq!(without_managers(&d), without_managers(&fresh));
        prop_assert_eq!(d.owners(), fresh.owners());
    }

    #[test]
    fn what_one_manager_adds_goes_with_it(base in config(), added in config()) {
        let mut d = World::new(kinds::DEPLOYMENT);
        d.apply("a", base).expect("new");
        let before = (without_managers(&d), d.owners());
        if d.apply("b", added).is_ok() {
            d.apply("b", json!({})).expect("its own");
            let mut after = without_managers(&d);
            // Replicas have a default: with nobody's wish they stay as they were.
            if !before.1.concat().contains("replicas") {
                after["spec"]["replicas"] = before.0["spec"]["replicas"].clone();
            }
            prop_assert_eq!(sorted(after), sorted(before.0));
            prop_assert_eq!(d.owners(), before.1);
        }
    }

    #[test]
    fn whoever_owns_something_owns_something_that_is_there(
        all in proptest::collection::vec((0..3u8, any::<bool>(), config()), 1..5),
    ) {
        let mut d = World::new(kinds::DEPLOYMENT);
        d.create("u", deployment(json!({}))).expect("new");
        for (who, force, config) in all {
            let who = alloc::format!("m{who}");
            let wanted = config.clone();
            let done = if force { d.force(&who, config) } else { d.apply(&who, config) };
            let shape = Shape::of_kind(kinds::get(kinds::DEPLOYMENT));
            let there = said(shape, d.doc.as_ref().expect("it is there"));
            let managers = d.managers();
            for (manager, claim) in &managers.0 {
                // Fields that hold others are there for what they hold.
                let mut missing = Vec::new();
                claim.set.clone().difference(&there).each(|path| {
                    missing.push(super::super::element::path_text(path));
                });
                missing.retain(|path| !path.ends_with(".labels") && !path.ends_with(".env"));
                missing.retain(|path| !path.ends_with(".rollingUpdate"));
                prop_assert!(missing.is_empty(), "{:?} {missing:?}", manager);
            }
            if done.is_ok() {
                let replicas = wanted.pointer("/spec/replicas").cloned();
                prop_assert!(replicas.is_none_or(|r| r == d.at("/spec/replicas")));
            }
        }
    }
}

/// Finalizers are a set: their order is that of who applied last.
fn sorted(mut doc: Value) -> Value {
    if let Some(list) = doc.pointer_mut("/metadata/finalizers").and_then(Value::as_array_mut) {
        list.sort_by_key(ToString::to_string);
    }
    if let Some(list) =
        doc.pointer_mut("/spec/template/spec/containers/0/env").and_then(Value::as_array_mut)
    {
        list.sort_by_key(ToString::to_string);
    }
    doc
}
