use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use serde_json::{Value, json};

use super::{apply, definition, established, served};
use crate::admit::{Fresh, Outcome, Selectable, Selector, prepare_create, prepare_update, scale};
use crate::custom::Customs;
use crate::kinds::{Served, Subresource};

fn fresh() -> Fresh<'static> {
    Fresh { now: Millis(1_795_418_880_000), uid: "u-2", suffix: "abcde" }
}

/// An object with this spec, made under a schema of its spec: the spec that is kept, or what is wrong.
fn made(schema: Value, spec: Value) -> Result<Value, String> {
    let root = json!({"type": "object", "properties": {"spec": schema}});
    let served = served(definition(root));
    let doc = json!({"metadata": {"name": "x"}, "spec": spec});
    let made = prepare_create(&served.kind(), "t", doc, &fresh());
    made.map(|doc| doc["spec"].clone()).map_err(|error| {
        assert_eq!(error.code, 422, "{}", error.message);
        let causes = error.details.expect("details").causes;
        let told: Vec<String> =
            causes.iter().map(|c| format!("{} {}: {}", c.reason, c.field, c.message)).collect();
        told.join("\n")
    })
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

/// What is wrong with a value under a schema, in the field `spec.f`.
fn check(schema: Value, value: Value, want: &str) {
    let got = made(object(json!({"f": schema})), json!({"f": value})).map(drop);
    assert_eq!(got.err().unwrap_or_default(), want, "{value}");
}

#[test]
fn texts_are_judged_in_kubernetes_words() {
    let text = json!({"type": "string"});
    check(text.clone(), json!("x"), "");
    check(
        text,
        json!(5),
        "FieldValueTypeInvalid spec.f: Invalid value: \"integer\": spec.f in body must be of type string: \"integer\"",
    );
    check(
        json!({"type": "string", "pattern": "^a+$"}),
        json!("b"),
        "FieldValueInvalid spec.f: Invalid value: \"b\": spec.f in body should match '^a+$'",
    );
    check(
        json!({"type": "string", "enum": ["a", "b"]}),
        json!("c"),
        "FieldValueNotSupported spec.f: Unsupported value: \"c\": supported values: \"a\", \"b\"",
    );
    check(
        json!({"type": "string", "maxLength": 2}),
        json!("äöü"),
        "FieldValueTooLong spec.f: Too long: may not be more than 2 bytes",
    );
    check(json!({"type": "string", "maxLength": 3, "minLength": 3}), json!("äöü"), "");
    check(
        json!({"type": "string", "format": "ipv4"}),
        json!("x"),
        "FieldValueTypeInvalid spec.f: Invalid value: \"x\": spec.f in body must be of type ipv4: \"x\"",
    );
}

#[test]
fn numbers_are_judged_in_kubernetes_words() {
    let ten = json!({"type": "integer", "minimum": 1, "maximum": 10});
    check(ten.clone(), json!(10.0), "");
    check(
        ten.clone(),
        json!(11),
        "FieldValueInvalid spec.f: Invalid value: 11: spec.f in body should be less than or equal to 10",
    );
    check(
        ten,
        json!(0),
        "FieldValueInvalid spec.f: Invalid value: 0: spec.f in body should be greater than or equal to 1",
    );
    check(
        json!({"type": "number", "exclusiveMinimum": true, "minimum": 0.5, "multipleOf": 0.5}),
        json!(0.5),
        "FieldValueInvalid spec.f: Invalid value: 0.5: spec.f in body should be greater than 0.5",
    );
    let either = json!({"x-kubernetes-int-or-string": true});
    check(either.clone(), json!(5), "");
    check(either.clone(), json!("5%"), "");
    check(
        either,
        json!(true),
        "FieldValueInvalid <nil>: Invalid value: \"\": \"spec.f\" must validate at least one schema (anyOf)\n\
         FieldValueTypeInvalid spec.f: Invalid value: \"boolean\": spec.f in body must be of type integer: \"boolean\"",
    );
}

#[test]
fn lists_and_objects_are_judged_in_kubernetes_words() {
    let list = json!({"type": "array", "maxItems": 1, "items": {"type": "integer"}});
    check(
        list.clone(),
        json!([1, 2]),
        "FieldValueTooMany spec.f: Too many: 2: must have at most 1 item",
    );
    check(
        list,
        json!([true]),
        "FieldValueTypeInvalid spec.f[0]: Invalid value: \"boolean\": spec.f[0] in body must be of type integer: \"boolean\"",
    );
    check(
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
        json!({}),
        "FieldValueRequired spec.f.a: Required value",
    );
    check(
        json!({"type": "object", "additionalProperties": {"type": "integer"}}),
        json!({"k": "v"}),
        "FieldValueTypeInvalid spec.f.k: Invalid value: \"string\": spec.f.k in body must be of type integer: \"string\"",
    );
    check(
        json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}),
        json!(["a", "b", "a"]),
        "FieldValueDuplicate spec.f[2]: Duplicate value: \"a\"",
    );
    check(
        json!({"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}),
        json!({"kind": "X"}),
        "FieldValueRequired spec.f.apiVersion: Required value: must not be empty",
    );
}

#[test]
fn joined_schemas_are_judged_together() {
    let parts = object(json!({"a": {"type": "string"}, "b": {"type": "string"}}));
    let join = |name: &str, of: Value| {
        let mut schema = parts.clone();
        schema[name] = of;
        schema
    };
    let (a, b) = (json!({"required": ["a"]}), json!({"required": ["b"]}));
    let check = |schema: Value, spec: Value, want: &str| {
        assert_eq!(made(schema, spec.clone()).err().unwrap_or_default(), want, "{spec}");
    };
    let one = join("oneOf", json!([a, b]));
    check(one.clone(), json!({"a": ""}), "");
    check(
        one.clone(),
        json!({"a": "", "b": ""}),
        "FieldValueInvalid <nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found 2 valid alternatives",
    );
    check(
        one,
        json!({}),
        "FieldValueInvalid <nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found none valid\n\
         FieldValueRequired spec.a: Required value",
    );
    check(join("anyOf", json!([a, b])), json!({"b": ""}), "");
    check(
        join("allOf", json!([a, b])),
        json!({"b": ""}),
        "FieldValueInvalid <nil>: Invalid value: \"\": \"spec\" must validate all the schemas (allOf)\n\
         FieldValueRequired spec.a: Required value",
    );
    check(
        join("not", a),
        json!({"a": ""}),
        "FieldValueInvalid <nil>: Invalid value: \"\": \"spec\" must not validate the schema (not)",
    );
}

#[test]
fn unknown_fields_go_and_defaults_come() {
    let schema = object(json!({
        "replicas": {"type": "integer", "default": 1},
        "nested": object(json!({"deep": {"type": "string", "default": "d"}})),
        "with": {"type": "object", "default": {}, "properties": {"x": {"type": "integer", "default": 7}}},
        "list": {"type": "array", "items": object(json!({"a": {"type": "string", "default": "b"}}))},
        "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "any": {"type": "object", "additionalProperties": true},
        "map": {"type": "object", "additionalProperties": object(json!({"k": {"type": "string"}}))},
        "null": {"type": "string", "nullable": true, "default": "n"},
        "whole": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {}, "x-kubernetes-preserve-unknown-fields": true},
    }));
    let check = |spec: Value, want: Value| {
        let mut want = want;
        for (field, value) in
            [("replicas", json!(1)), ("with", json!({"x": 7})), ("null", json!("n"))]
        {
            if want.get(field).is_none() {
                want[field] = value;
            }
        }
        assert_eq!(made(schema.clone(), spec.clone()), Ok(want), "{spec}");
    };
    check(json!({}), json!({}));
    check(json!({"replicas": 3, "what": 1}), json!({"replicas": 3}));
    check(json!({"replicas": null}), json!({}));
    check(json!({"nested": {"x": 1}}), json!({"nested": {"deep": "d"}}));
    check(json!({"list": [{}, {"a": "x", "y": 1}]}), json!({"list": [{"a": "b"}, {"a": "x"}]}));
    check(json!({"open": {"x": {"y": 1}}}), json!({"open": {"x": {"y": 1}}}));
    check(json!({"any": {"x": [1, "2"]}}), json!({"any": {"x": [1, "2"]}}));
    check(json!({"map": {"m": {"k": "v", "l": 1}}}), json!({"map": {"m": {"k": "v"}}}));
    check(json!({"null": null}), json!({"null": null}));
    let whole = json!({"whole": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}});
    check(whole.clone(), whole);
}

#[test]
fn unknown_fields_are_named_by_their_paths() {
    let root = object(json!({"spec": object(json!({
        "list": {"type": "array", "items": object(json!({"a": {"type": "string"}}))},
    }))}));
    let served = served(definition(root));
    let custom = served.kind().custom.expect("it is custom");
    let doc = json!({
        "apiVersion": "stable.example.com/v1",
        "kind": "CronTab",
        "metadata": {"name": "x", "nmae": "y"},
        "spec": {"list": [{"a": "", "b": ""}], "foo": 1},
        "top": {},
    });
    assert_eq!(
        custom.unknown_fields(&doc),
        [
            "unknown field \"spec.foo\"",
            "unknown field \"spec.list[0].b\"",
            "unknown field \"top\"",
            "unknown field \"metadata.nmae\"",
        ]
    );
}

/// With every subresource, two versions, columns and a field that can be selected by.
fn rich() -> Value {
    let mut doc = definition(object(json!({
        "spec": object(json!({
            "replicas": {"type": "integer"}, "color": {"type": "string"}, "labels": {"type": "string"},
        })),
        "status": object(json!({"replicas": {"type": "integer"}, "phase": {"type": "string"}})),
    })));
    let version = &mut doc["spec"]["versions"][0];
    version["subresources"] = json!({"status": {}, "scale": {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".spec.labels",
    }});
    version["selectableFields"] = json!([{"jsonPath": ".spec.color"}]);
    version["additionalPrinterColumns"] = json!([
        {"name": "Color", "type": "string", "jsonPath": ".spec.color"},
        {"name": "Wanted", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]);
    let mut beta = version.clone();
    beta["name"] = "v1beta1".into();
    beta["storage"] = false.into();
    beta["deprecated"] = true.into();
    doc["spec"]["versions"].as_array_mut().expect("a list").push(beta);
    doc
}

fn create(served: &Served, spec: Value) -> Value {
    let doc = json!({"metadata": {"name": "x"}, "spec": spec, "status": {"phase": "mine"}});
    prepare_create(&served.kind(), "t", doc, &fresh()).expect("valid")
}

fn update(served: &Served, part: Option<Subresource>, old: &Value, new: Value) -> Value {
    match prepare_update(&served.kind(), part, old, new).expect("valid") {
        Outcome::Changed(doc) => doc,
        other => panic!("{other:?}"),
    }
}

#[test]
fn status_is_apart_and_generations_count_the_rest() {
    let served = served(rich());
    let doc = create(&served, json!({"replicas": 1}));
    assert_eq!((doc.get("status"), &doc["metadata"]["generation"]), (None, &json!(1)));
    let mut new = doc.clone();
    new["status"] = json!({"phase": "Ready", "what": 1});
    new["spec"]["replicas"] = 9.into();
    let shown = update(&served, Some(Subresource::Status), &doc, new.clone());
    assert_eq!(
        (&shown["status"], &shown["spec"]["replicas"], &shown["metadata"]["generation"]),
        (&json!({"phase": "Ready"}), &json!(1), &json!(1))
    );
    let changed = update(&served, None, &shown, new);
    assert_eq!(
        (&changed["status"]["phase"], &changed["metadata"]["generation"]),
        (&json!("Ready"), &json!(2))
    );
    let mut wrong = doc.clone();
    wrong["status"] = json!({"phase": 5});
    let error = prepare_update(&served.kind(), Some(Subresource::Status), &doc, wrong);
    assert_eq!(error.map_err(|e| e.code), Err(422));
}

#[test]
fn scales_are_read_and_written_by_their_paths() {
    let served = served(rich());
    let mut doc = create(&served, json!({"replicas": 2, "labels": "a=b"}));
    doc["status"] = json!({"replicas": 1});
    let kind = served.kind();
    let scaled = scale::read(&kind, &doc).expect("it has a count");
    assert_eq!(
        (&scaled["spec"], &scaled["status"]),
        (&json!({"replicas": 2}), &json!({"replicas": 1, "selector": "a=b"}))
    );
    let mut wanted = scaled;
    wanted["spec"]["replicas"] = 5.into();
    assert_eq!(scale::write(&kind, &doc, &wanted).expect("valid")["spec"]["replicas"], 5);
    doc["spec"] = json!({});
    assert_eq!(scale::read(&kind, &doc).map_err(|e| e.code), Err(500));
}

#[test]
fn tables_have_the_columns_of_the_definition() {
    let served = served(rich());
    let kind = served.kind();
    let heads: Vec<_> =
        kind.custom.expect("custom").heads().map(|h| (h.name, h.priority)).collect();
    assert_eq!(heads, [("Name", 0), ("Color", 0), ("Wanted", 1), ("Age", 0)]);
    let doc = create(&served, json!({"replicas": 2}));
    let later = Millis(1_795_418_880_000 + 90_000);
    assert_eq!(kind.row(&doc, later), [json!("x"), Value::Null, json!(2), json!("90s")]);
    let plain = super::served(definition(object(json!({}))));
    assert_eq!(plain.kind().row(&doc, later), [json!("x"), json!("90s")]);
}

#[test]
fn named_fields_select() {
    let served = served(rich());
    let kind = served.kind();
    let doc = create(&served, json!({"color": "blue"}));
    let selects = |fields: &str| {
        let selector = Selector::parse(&kind, "", fields).map_err(|e| e.message)?;
        Ok::<_, String>(selector.matches("t", "x", &Selectable::of(&kind, &doc)))
    };
    assert_eq!(selects("spec.color=blue"), Ok(true));
    assert_eq!(selects("spec.color!=blue,metadata.name=x"), Ok(false));
    assert_eq!(selects("spec.replicas=2"), Err("field label not supported: spec.replicas".into()));
}

#[test]
fn versions_differ_in_their_name() {
    let mut customs = Customs::default();
    let doc = established(rich());
    apply(&mut customs, &doc);
    let beta = customs.by_resource("stable.example.com", "v1beta1", "crontabs").expect("served");
    let kind = beta.kind();
    let made = create(&beta, json!({"color": "red"}));
    assert_eq!(made["apiVersion"], "stable.example.com/v1beta1");
    let custom = kind.custom.expect("custom");
    let kept = custom.kept(made.clone());
    assert_eq!(kept["apiVersion"], "stable.example.com/v1");
    assert_eq!(custom.shown(kept), made);
    let told = custom.deprecation();
    assert_eq!(told.as_deref(), Some("stable.example.com/v1beta1 CronTab is deprecated"));
    let versions: Vec<String> =
        customs.served().map(|served| served.kind().version.into()).collect();
    assert_eq!(versions, ["v1", "v1beta1"]);
    customs.apply("crontabs.stable.example.com", None);
    assert!(customs.by_resource("stable.example.com", "v1", "crontabs").is_none());
}

proptest::proptest! {
    #[test]
    fn any_object_is_answered(text in "[a-z{}\\[\\]:,\"0-9]{0,40}") {
        if let Ok(spec) = serde_json::from_str::<Value>(&text) {
            let schema = object(json!({"a": {"type": "array", "items": {"x-kubernetes-int-or-string": true}}}));
            let _ = made(schema, spec);
        }
    }
}
