//! Kinds that operators define: their definitions say how lists are told apart.

use alloc::format;

use serde_json::{Value, json};

use super::{World, message};
use crate::custom::Customs;

const NAME: &str = "crontabs.stable.example.com";

fn customs() -> Customs {
    let text = || json!({"type": "string"});
    let rule = json!({"type": "object", "required": ["host"], "properties": {"host": text(), "to": text()}});
    let spec = json!({"type": "object", "properties": {
        "rules": {"type": "array", "items": rule, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["host"]},
        "tags": {"type": "array", "items": text(), "x-kubernetes-list-type": "set"},
        "args": {"type": "array", "items": text()},
        "whole": {"type": "object", "additionalProperties": text(), "x-kubernetes-map-type": "atomic"},
        "env": {"type": "object", "additionalProperties": text()},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    }});
    let definition = json!({
        "metadata": {"name": NAME, "uid": "u", "generation": 1},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"plural": "crontabs", "singular": "crontab", "kind": "CronTab", "listKind": "CronTabList"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}}],
        },
        "status": {"conditions": [{"type": "Established", "status": "True"}]},
    });
    let mut customs = Customs::default();
    let read = customs.read(NAME, &definition);
    customs.apply(NAME, read);
    customs
}

#[test]
fn definitions_say_how_items_are_told_apart() {
    let customs = customs();
    let served = customs.by_resource("stable.example.com", "v1", "crontabs").expect("it is served");
    let mut c = World::of(served.kind());
    let spec = |spec: Value| json!({"spec": spec});
    let first = json!({
        "rules": [{"host": "a", "to": "1"}, {"host": "b", "to": "2"}],
        "tags": ["x"], "args": ["1"], "whole": {"x": "1"}, "env": {"A": "1"}, "free": {"deep": {"er": 1}},
    });
    c.apply("a", spec(first)).expect("new");
    c.apply("b", spec(json!({"rules": [{"host": "c"}], "tags": ["y"], "env": {"B": "2"}})))
        .expect("apart");
    assert_eq!(c.at("/spec/rules/2/host"), "c");
    assert_eq!(
        (c.at("/spec/tags"), c.at("/spec/env")),
        (json!(["x", "y"]), json!({"A": "1", "B": "2"}))
    );
    let refused = message(c.apply(
        "b",
        spec(json!({"rules": [{"host": "b", "to": "3"}], "args": ["2"], "whole": {"y": "1"}})),
    ));
    let want = "Apply failed with 3 conflicts: conflicts with \"a\":\n- .spec.args\n- .spec.rules[host=\"b\"].to\n- .spec.whole";
    assert_eq!(refused, want);
    c.apply("a", spec(json!({"rules": [{"host": "a", "to": "1"}], "free": {"other": true}})))
        .expect("its own");
    assert_eq!(
        c.at("/spec"),
        json!({
            "rules": [{"host": "a", "to": "1"}, {"host": "c"}],
            "tags": ["y"], "env": {"B": "2"}, "free": {"other": true},
        })
    );
}

#[test]
fn what_a_definition_does_not_know_is_refused() {
    let customs = customs();
    let served = customs.by_resource("stable.example.com", "v1", "crontabs").expect("it is served");
    for (spec, want) in [
        (json!({"foo": 1}), ".spec.foo: field not declared in schema"),
        (json!({"tags": ["x", "x"]}), ".spec.tags: duplicate entries for key [=\"x\"]"),
        (
            json!({"rules": [{"host": "a", "x": 1}]}),
            ".spec.rules[host=\"a\"].x: field not declared in schema",
        ),
    ] {
        let refused = message(World::of(served.kind()).apply("a", json!({"spec": spec})));
        assert_eq!(
            refused,
            format!(
                "failed to create typed patch object (/x; stable.example.com/v1, Kind=CronTab): {want}"
            )
        );
    }
}
