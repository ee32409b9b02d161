use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::definition;
use crate::custom::{Customs, definition as rules, openapi};

/// What is wrong with a definition, `field: message` by line.
fn wrong(mut doc: Value, old: Option<&Value>) -> String {
    let mut errors = Vec::new();
    rules::default(&mut doc);
    rules::validate(&doc, old, &mut errors);
    let told: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
    told.join("\n")
}

fn plain() -> Value {
    definition(json!({"type": "object"}))
}

/// What is wrong with a definition after a change.
fn check(change: &dyn Fn(&mut Value), want: &str) {
    let mut doc = plain();
    change(&mut doc);
    let got = wrong(doc, None);
    assert!(if want.is_empty() { got.is_empty() } else { got.contains(want) }, "{want}:\n{got}");
}

#[test]
fn names_are_checked() {
    check(&|_| {}, "");
    check(
        &|d| d["metadata"]["name"] = "x".into(),
        "metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group",
    );
    check(&|d| d["spec"]["scope"] = "".into(), "spec.scope: Required value");
    check(
        &|d| d["spec"]["scope"] = "Node".into(),
        "spec.scope: Unsupported value: \"Node\": supported values: \"Cluster\", \"Namespaced\"",
    );
    check(
        &|d| d["spec"]["group"] = "stable".into(),
        "spec.group: Invalid value: \"stable\": should be a domain with at least one dot",
    );
    check(
        &|d| d["spec"]["group"] = "x.k8s.io".into(),
        "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups",
    );
    check(&|d| d["spec"]["names"]["kind"] = "".into(), "spec.names.kind: Required value");
    check(
        &|d| d["spec"]["names"]["listKind"] = "CronTab".into(),
        "spec.names.listKind: Invalid value: \"CronTab\": kind and listKind may not be the same",
    );
    check(
        &|d| d["spec"]["names"]["shortNames"] = json!(["C T"]),
        "spec.names.shortNames[0]: Invalid value: \"C T\": a DNS-1035 label must consist",
    );
}

#[test]
fn versions_are_checked() {
    check(&|d| d["spec"]["versions"] = json!([]), "spec.versions: Required value");
    check(
        &|d| d["spec"]["versions"][0]["storage"] = false.into(),
        "spec.versions: Invalid value: [\"v1\"]: must have exactly one version marked as storage version",
    );
    check(
        &|d| d["spec"]["versions"][0]["schema"] = json!({}),
        "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
    );
    check(
        &|d| d["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {}}),
        "spec.conversion.strategy: Forbidden: conversion by webhook is not supported by Driftless",
    );
    check(
        &|d| {
            d["spec"]["versions"][0]["additionalPrinterColumns"] =
                json!([{"name": "A", "type": "text", "jsonPath": "a"}])
        },
        "spec.versions[0].additionalPrinterColumns[0].type: Unsupported value: \"text\"",
    );
    check(
        &|d| {
            d["spec"]["versions"][0]["additionalPrinterColumns"] =
                json!([{"name": "A", "type": "string", "jsonPath": ".a[?("}])
        },
        "spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value",
    );
    check(
        &|d| {
            d["spec"]["versions"][0]["subresources"] = json!({"scale": {"specReplicasPath": ".status.x", "statusReplicasPath": ".status.n"}})
        },
        "subresources.scale.specReplicasPath: Invalid value: \".status.x\": should be a json path under .spec",
    );
    check(
        &|d| d["spec"]["versions"][0]["selectableFields"] = json!([{"jsonPath": ".spec.nothing"}]),
        "selectableFields[0].jsonPath: Invalid value: \".spec.nothing\": must point to a field of type string",
    );
}

/// What is wrong with a schema, which is called `S`.
fn judged(schema: Value, want: &str) {
    let got = wrong(definition(schema.clone()), None);
    let got = got.replace("spec.versions[0].schema.openAPIV3Schema", "S");
    assert_eq!(got, want, "{schema}");
}

fn with(field: Value) -> Value {
    json!({"type": "object", "properties": {"f": field}})
}

#[test]
fn schemas_must_be_structural() {
    judged(json!({}), "S.type: Required value: must not be empty at the root");
    judged(
        json!({"type": "string"}),
        "S.type: Invalid value: \"string\": must be object at the root",
    );
    judged(with(json!({"type": "string", "default": "x", "nullable": true})), "");
    judged(
        with(json!({})),
        "S.properties[f].type: Required value: must not be empty for specified object fields",
    );
    judged(
        with(json!({"type": "array", "items": {}})),
        "S.properties[f].items.type: Required value: must not be empty for specified array items",
    );
    judged(
        with(json!({"type": "array"})),
        "S.properties[f].items: Required value: must be specified",
    );
    judged(with(json!({"x-kubernetes-int-or-string": true})), "");
    judged(with(json!({"x-kubernetes-preserve-unknown-fields": true})), "");
    judged(
        with(json!({"type": "text"})),
        "S.properties[f].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
    );
    judged(
        with(json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true})),
        "S.properties[f].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    );
    judged(
        with(json!({"type": "object", "additionalProperties": false})),
        "S.properties[f].additionalProperties: Forbidden: additionalProperties cannot be set to false",
    );
    judged(
        with(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}),
        ),
        "S.properties[f].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
    );
}

#[test]
fn parts_of_schemas_say_nothing_twice() {
    judged(
        with(json!({"type": "string", "pattern": "("})),
        "S.properties[f].pattern: Invalid value: \"(\": must be a valid regular expression, but isn't: error: unclosed group",
    );
    judged(
        with(json!({"$ref": "#/x", "type": "string"})),
        "S.properties[f].$ref: Forbidden: $ref is not supported",
    );
    judged(
        with(json!({"type": "string", "anyOf": [{"type": "string", "default": "x"}]})),
        "S.properties[f].anyOf[0].default: Forbidden: must be undefined to be structural\n\
         S.properties[f].anyOf[0].type: Forbidden: must be empty to be structural",
    );
    judged(
        with(
            json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
        ),
        "",
    );
    judged(
        json!({"type": "object", "oneOf": [{"properties": {"b": {"minLength": 1}}}]}),
        "S.properties[b]: Required value: because it is defined in S.oneOf[0].properties[b]",
    );
    judged(
        with(json!({"type": "integer", "default": "x"})),
        "S.properties[f].default: Invalid value: \"string\": S.properties[f].default in body must be of type integer: \"string\"",
    );
    judged(
        with(
            json!({"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "object"}}),
        ),
        "S.properties[f].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
    );
    judged(
        json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}}}),
        "S.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
    );
}

#[test]
fn whole_objects_are_what_they_are() {
    judged(
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        "S.additionalProperties: Forbidden: must not be used at the root",
    );
    judged(
        json!({"type": "object", "properties": {"kind": {"type": "integer"}, "metadata": {"type": "string"}}}),
        "S.properties[kind].type: Invalid value: \"integer\": must be string\n\
         S.properties[metadata].type: Invalid value: \"string\": must be object",
    );
    judged(
        with(
            json!({"x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}),
        ),
        "S.properties[f].type: Required value: must be object if x-kubernetes-embedded-resource is true",
    );
    judged(
        json!({"type": "object", "allOf": [{"properties": {"metadata": {"required": ["name"]}}}]}),
        "S.allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context\n\
         S.properties[metadata]: Required value: because it is defined in S.allOf[0].properties[metadata]",
    );
    // As controller-gen writes them.
    judged(
        json!({"type": "object", "required": ["spec"], "properties": {
            "apiVersion": {"type": "string", "description": "x"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {"type": "object", "properties": {
                "quantity": {
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "pattern": "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))$",
                    "x-kubernetes-int-or-string": true,
                },
                "port": {
                    "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"maximum": 9}],
                    "x-kubernetes-int-or-string": true,
                },
                "conditions": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["type"],
                    "items": {"type": "object", "required": ["type"], "properties": {
                        "type": {"type": "string", "maxLength": 316},
                        "at": {"type": "string", "format": "date-time"},
                    }},
                },
                "ref": {
                    "type": "object", "x-kubernetes-map-type": "atomic", "default": {"name": "x"},
                    "properties": {"name": {"type": "string", "default": ""}},
                },
            }},
            "status": {"type": "object"},
        }}),
        "",
    );
}

#[test]
fn hostile_schemas_are_bounded() {
    let many: serde_json::Map<String, Value> =
        (0..30_000).map(|i| (format!("f{i}"), json!({"type": "string"}))).collect();
    let got = wrong(definition(json!({"type": "object", "properties": many})), None);
    assert!(got.contains("the schemas have more than 20000 nodes"), "{got}");
    let many: serde_json::Map<String, Value> = (0..300)
        .map(|i| (format!("f{i}"), json!({"type": "string", "pattern": format!("^{i}$")})))
        .collect();
    let got = wrong(definition(json!({"type": "object", "properties": many})), None);
    assert!(got.contains("the schemas have more than 256 different patterns"), "{got}");
    let wide: serde_json::Map<String, Value> =
        (0..9_000).map(|i| (format!("f{i}"), json!({"type": "string"}))).collect();
    let part: serde_json::Map<String, Value> =
        wide.keys().map(|name| (name.clone(), json!({"minLength": 1}))).collect();
    let joined = json!({"type": "object", "properties": wide, "allOf": [{"properties": part}]});
    assert_eq!(wrong(definition(joined), None), "");
    // As deep as a body can be: JSON is read 128 levels deep.
    let deep = (0..60).fold(
        json!({"type": "object"}),
        |below, _| json!({"type": "object", "properties": {"p": below}}),
    );
    assert_eq!(wrong(definition(deep), None), "");
}

#[test]
fn hostile_objects_are_answered() {
    // Each part doubles the work of the one around it, if errors are looked for twice.
    let parts =
        (0..28).fold(json!({"required": ["x"]}), |below, _| json!({"anyOf": [{"oneOf": [below]}]}));
    let mut schema = json!({"type": "object", "properties": {"x": {"type": "string"}}});
    schema["anyOf"] = parts["anyOf"].clone();
    let judge = |schema: Value, spec: Value| {
        let served =
            super::served(definition(json!({"type": "object", "properties": {"spec": schema}})));
        let mut errors = Vec::new();
        served.kind().custom.expect("custom").validate(&json!({"spec": spec}), &mut errors);
        errors.into_iter().map(|e| e.message).collect::<Vec<String>>()
    };
    assert!(judge(schema, json!({})).iter().any(|m| m == "Required value"));
    let slow = json!({"type": "string", "pattern": "^(a{0,500}){0,10}$"});
    let told = judge(slow, "a".repeat(1 << 20).into());
    assert_eq!(
        told,
        [
            "Forbidden: it takes too long to judge the object by its schema: make it smaller, or the schema simpler"
        ]
    );
}

#[test]
fn what_is_in_use_cannot_be_changed() {
    let old = super::established(plain());
    let check = |change: &dyn Fn(&mut Value), want: &str| {
        let mut doc = old.clone();
        change(&mut doc);
        assert_eq!(wrong(doc, Some(&old)), want);
    };
    check(
        &|d| d["spec"]["scope"] = "Cluster".into(),
        "spec.scope: Invalid value: \"Cluster\": field is immutable",
    );
    check(
        &|d| d["spec"]["names"]["kind"] = "Other".into(),
        "spec.names.kind: Invalid value: \"Other\": field is immutable",
    );
    check(
        &|d| d["status"]["storedVersions"] = json!(["v0"]),
        "status.storedVersions[0]: Invalid value: \"v0\": must appear in spec.versions",
    );
}

#[test]
fn rules_that_are_not_evaluated_are_told() {
    let rule = json!([{"rule": "self.a > 1"}]);
    let spec = json!({"type": "object", "x-kubernetes-validations": rule});
    let doc = definition(json!({"type": "object", "properties": {"spec": spec}}));
    let mut told = Vec::new();
    rules::warn(&doc, &mut told);
    assert_eq!(
        told,
        [
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations: the rules are kept but not evaluated by Driftless"
        ]
    );
}

#[test]
fn openapi_says_each_version_what_it_can_read() {
    let schema = json!({"type": "object", "description": "A crontab.", "properties": {"spec": {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "nullable": true},
            "e": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {"type": "string"}}},
        },
    }}});
    let served = super::served(definition(schema));
    let custom = served.kind().custom.expect("custom");
    let metadata = json!({"$ref": "#/M"});
    let new = openapi::definition(custom, false, &metadata);
    assert_eq!(new["description"], "A crontab.");
    assert_eq!(new["properties"]["metadata"], metadata);
    assert_eq!(new["properties"]["spec"]["properties"]["n"]["nullable"], true);
    let old = openapi::definition(custom, true, &metadata);
    let spec = &old["properties"]["spec"]["properties"];
    assert_eq!(spec["n"], json!({}));
    assert_eq!(spec["e"], json!({"x-kubernetes-int-or-string": true}));
    assert_eq!(spec["open"].get("properties"), None);
    assert_eq!(custom.schema_name(), "com.example.stable.v1.CronTab");
}

#[test]
fn a_definition_is_read_again_only_when_it_changes() {
    let mut customs = Customs::default();
    let name = "crontabs.stable.example.com";
    let doc = super::established(plain());
    super::apply(&mut customs, &doc);
    let (before, first) = (customs.changes, customs.all().next().cloned().expect("it is there"));
    super::apply(&mut customs, &doc);
    let second = customs.all().next().cloned().expect("it is there");
    assert_eq!(customs.changes, before);
    assert!(alloc::sync::Arc::ptr_eq(&first.versions, &second.versions));
    let mut newer = doc;
    newer["spec"]["names"]["shortNames"] = json!(["ct"]);
    super::apply(&mut customs, &newer);
    assert_eq!(customs.changes, before + 1);
    assert!(customs.check_room(name).is_ok());
}
