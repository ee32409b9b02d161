//! Sets of fields, in Kubernetes' form and in each other's company.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::differ::said;
use super::super::element::{Element, path_text};
use super::super::set::{FieldSet, Node};
use super::super::shape::Shape;
use crate::kinds;

fn fields(kind: kinds::KindId, doc: Value) -> Value {
    said(Shape::of_kind(kinds::get(kind)), &doc).encode()
}

#[test]
fn a_document_says_its_fields_as_kubernetes_writes_them() {
    let check = |doc: Value, want: Value| assert_eq!(fields(kinds::POD, doc), want);
    check(
        json!({"metadata": {"labels": {"a": "b"}}}),
        json!({"f:metadata": {"f:labels": {"f:a": {}}}}),
    );
    check(
        json!({"spec": {"containers": [{
            "name": "c",
            "args": ["x", "y"],
            "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP", "name": "u"}],
            "env": [{"name": "A", "value": "1"}],
            "resources": {},
        }]}}),
        json!({"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {
            ".": {},
            "f:name": {},
            "f:args": {},
            "f:ports": {
                "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}},
                "k:{\"containerPort\":80,\"protocol\":\"UDP\"}":
                    {".": {}, "f:containerPort": {}, "f:protocol": {}, "f:name": {}},
            },
            "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}},
            "f:resources": {},
        }}}}),
    );
    // Selectors, node selectors and most lists are one value.
    check(
        json!({"spec": {"nodeSelector": {"a": "b"}, "tolerations": [{"key": "k"}]}}),
        json!({"f:spec": {"f:nodeSelector": {}, "f:tolerations": {}}}),
    );
    check(
        json!({"metadata": {"finalizers": ["a/b"]}}),
        json!({"f:metadata": {"f:finalizers": {"v:\"a/b\"": {}}}}),
    );
    check(json!({"metadata": {"labels": null}}), json!({"f:metadata": {"f:labels": {}}}));
    check(json!({"metadata": {"finalizers": []}}), json!({}));
}

#[test]
fn a_type_that_nobody_knows_merges_objects_and_keeps_lists_whole() {
    let doc = json!({"metadata": {"finalizers": ["a/b"]}, "spec": {"list": [{"name": "a"}], "map": {"x": 1, "none": {}}}});
    let want = json!({
        "f:metadata": {"f:finalizers": {"v:\"a/b\"": {}}},
        "f:spec": {".": {}, "f:list": {}, "f:map": {".": {}, "f:x": {}, "f:none": {}}},
    });
    assert_eq!(said(Shape::Custom(None), &doc).encode(), want);
}

#[test]
fn paths_are_told_as_kubernetes_tells_them() {
    for (text, want) in [
        ("f:spec", ".spec"),
        (r#"k:{"protocol":"TCP","containerPort":80}"#, r#"[containerPort=80,protocol="TCP"]"#),
        (r#"v:"a/b""#, r#"[="a/b"]"#),
        ("v:1", "[=1]"),
        ("i:3", "[3]"),
    ] {
        let element = Element::parse(text).expect("a path's element");
        assert_eq!(path_text(&[&element]), want);
        assert_eq!(Element::parse(&element.encode()), Some(element));
    }
    for text in ["", "f", "x:a", "k:[]", "k:{", "v:", "i:-1", "i:a"] {
        assert_eq!(Element::parse(text), None, "{text}");
    }
}

#[test]
fn what_is_no_set_is_not_taken_for_one() {
    for fields in
        [json!(null), json!([]), json!({"f:a": 1}), json!({"a": {}}), json!({"f:a": {"b": {}}})]
    {
        assert_eq!(FieldSet::decode(&fields), None, "{fields}");
    }
    let mut deep = json!({});
    for _ in 0..1000 {
        deep = json!({"f:a": deep});
    }
    assert_eq!(FieldSet::decode(&deep), None);
}

fn element() -> impl Strategy<Value = Element> {
    prop_oneof![
        "[a-c]".prop_map(Element::Field),
        "[a-b]".prop_map(|v: String| Element::Key(alloc::vec![(
            "name".into(),
            Value::from(v).to_string()
        )])),
        "[a-b]".prop_map(|v: String| Element::Item(Value::from(v).to_string())),
        (0..3u64).prop_map(Element::Index),
    ]
}

fn set() -> impl Strategy<Value = FieldSet> {
    Just(FieldSet::default()).prop_recursive(4, 40, 5, |inner| {
        proptest::collection::vec((element(), any::<bool>(), inner), 0..5).prop_map(|all| {
            let mut set = FieldSet(BTreeMap::new());
            for (element, owned, below) in all {
                set.put(element, Node { owned, below });
            }
            set
        })
    })
}

proptest! {
    #[test]
    fn sets_are_read_as_they_were_written(set in set()) {
        prop_assert_eq!(FieldSet::decode(&set.encode()), Some(set));
    }

    #[test]
    fn sets_behave_as_sets(a in set(), b in set()) {
        let both = a.intersection(&b);
        let only = a.clone().difference(&b);
        prop_assert_eq!(only.clone().union(&both), a.clone());
        prop_assert!(only.intersection(&b).is_empty());
        prop_assert_eq!(a.clone().union(&b), b.clone().union(&a));
        prop_assert_eq!(a.clone().union(&b).difference(&only), b.clone());
        prop_assert!(a.clone().difference(&a).is_empty());
    }
}
