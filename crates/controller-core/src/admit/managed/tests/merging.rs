//! What is applied, met by what is there.

use alloc::string::ToString as _;

use serde_json::{Value, json};

use super::super::differ::change;
use super::super::merge::{merge, remove};
use super::super::set::FieldSet;
use super::super::shape::Shape;
use crate::kinds;

fn shape() -> Shape<'static> {
    Shape::of_kind(kinds::get(kinds::POD))
}

fn finalizers(list: &str) -> Value {
    let list: Value = list.chars().map(|c| c.to_string()).collect();
    json!({"metadata": {"finalizers": list}})
}

#[test]
fn items_stand_in_the_order_that_is_applied() {
    let check = |live: &str, config: &str, want: &str| {
        let merged = merge(shape(), &finalizers(live), &finalizers(config));
        assert_eq!(merged, finalizers(want), "{live} with {config}");
    };
    check("", "ab", "ab");
    check("ab", "ab", "ab");
    check("ab", "ba", "ba");
    // Those that are only there keep their place before what both have.
    check("abc", "cb", "acb");
    check("bac", "cb", "acb");
    check("ab", "xb", "axb");
    check("bac", "xbc", "xbac");
    check("abc", "x", "abcx");
    check("abcd", "db", "acdb");
    check("abcd", "dxb", "acdxb");
}

#[test]
fn objects_merge_lists_by_key_and_single_values_are_replaced() {
    let check = |live: Value, config: Value, want: Value| {
        assert_eq!(merge(shape(), &live, &config), want, "{config}");
    };
    let containers = |list: Value| json!({"spec": {"containers": list}});
    check(
        containers(json!([{"name": "a", "image": "1", "args": ["x"]}, {"name": "b"}])),
        containers(json!([{"name": "b", "image": "2"}, {"name": "a", "args": ["y", "z"]}])),
        containers(
            json!([{"name": "b", "image": "2"}, {"name": "a", "image": "1", "args": ["y", "z"]}]),
        ),
    );
    let ports = |list: Value| containers(json!([{"name": "a", "ports": list}]));
    check(
        ports(json!([{"containerPort": 80, "protocol": "TCP"}])),
        ports(
            json!([{"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80, "name": "web"}]),
        ),
        ports(json!([
            {"containerPort": 80, "protocol": "UDP"},
            {"containerPort": 80, "protocol": "TCP", "name": "web"},
        ])),
    );
    check(
        json!({"spec": {"nodeSelector": {"a": "b"}}}),
        json!({"spec": {"nodeSelector": {"c": "d"}}}),
        json!({"spec": {"nodeSelector": {"c": "d"}}}),
    );
    // Nothing, said of a map, takes nothing away; said of a value, it does.
    check(
        json!({"metadata": {"labels": {"a": "b"}}}),
        json!({"metadata": {"labels": null}}),
        json!({"metadata": {"labels": {"a": "b"}}}),
    );
    check(
        json!({"spec": {"hostname": "h"}}),
        json!({"spec": {"hostname": null}}),
        json!({"spec": {"hostname": null}}),
    );
}

#[test]
fn fields_and_items_are_taken_away() {
    let doc = json!({"metadata": {"labels": {"a": "1", "b": "2"}, "finalizers": ["x", "y"]}, "spec": {
        "containers": [{"name": "c", "image": "i"}, {"name": "d"}]}});
    let check = |gone: Value, want: Value| {
        let gone = FieldSet::decode(&gone).expect("a set");
        assert_eq!(remove(shape(), &doc, &gone), Some(want));
    };
    check(
        json!({"f:metadata": {"f:labels": {"f:a": {}}, "f:finalizers": {"v:\"y\"": {}}}}),
        json!({"metadata": {"labels": {"b": "2"}, "finalizers": ["x"]}, "spec": doc["spec"]}),
    );
    check(
        json!({"f:metadata": {}, "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {"f:image": {}}, "k:{\"name\":\"d\"}": {}}}}),
        json!({"spec": {"containers": [{"name": "c"}]}}),
    );
    check(json!({"f:metadata": {}, "f:spec": {"f:nodeName": {}}}), json!({"spec": doc["spec"]}));
}

#[test]
fn changes_are_found_where_they_are() {
    let check = |old: Value, new: Value, set: Value, gone: Value| {
        let found = change(shape(), &old, &new);
        assert_eq!((found.set.encode(), found.gone.encode()), (set, gone), "{old} -> {new}");
    };
    // The maps themselves come and go, the parts that every pod has do not.
    check(
        json!({}),
        json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}}),
        json!({"f:metadata": {"f:labels": {".": {}, "f:a": {}}}, "f:spec": {"f:containers": {"k:{\"name\":\"c\"}":
            {".": {}, "f:name": {}, "f:resources": {".": {}, "f:limits": {".": {}, "f:cpu": {}}}}}}}),
        json!({}),
    );
    let containers = |list: Value| json!({"spec": {"containers": list}});
    check(
        containers(json!([{"name": "c", "image": "1", "args": ["a"]}, {"name": "d"}])),
        containers(json!([{"name": "c", "image": "2", "args": ["a"], "tty": true}])),
        json!({"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {"f:image": {}, "f:tty": {}}}}}),
        json!({"f:spec": {"f:containers": {"k:{\"name\":\"d\"}": {".": {}, "f:name": {}}}}}),
    );
    // Of a name that is there twice only the whole is known.
    let env = |list: Value| containers(json!([{"name": "c", "env": list}]));
    check(
        env(json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}])),
        env(json!([{"name": "A", "value": "1"}, {"name": "A", "value": "3"}])),
        json!({"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {"f:env": {"k:{\"name\":\"A\"}": {}}}}}}),
        json!({}),
    );
    check(finalizers("ab"), finalizers("ba"), json!({}), json!({}));
    check(json!({"spec": {"x": {}}}), json!({"spec": {"x": null}}), json!({}), json!({}));
}
