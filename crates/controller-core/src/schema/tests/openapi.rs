use super::std::format;
use super::std::prelude::v1::*;

use serde_json::Value;

use super::super::openapi::{v2, v2_protobuf, v3, v3_index};
use crate::kinds;

/// Every reference in a document, checked by what it points to.
fn references(value: &Value, document: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(to) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = to.strip_prefix('#').expect("references are local");
                assert!(
                    document.pointer(pointer).is_some_and(Value::is_object),
                    "{to} points nowhere"
                );
                // Clients refuse a reference beside a type.
                assert!(!fields.contains_key("type") && !fields.contains_key("properties"), "{to}");
            }
            fields.values().for_each(|value| references(value, document));
        }
        Value::Array(elements) => elements.iter().for_each(|value| references(value, document)),
        _ => {}
    }
}

/// The paths of a document that can be patched, with the kind that they name.
fn patched(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().expect("a document has paths");
    let patches = paths.values().filter_map(|item| item.get("patch"));
    patches
        .map(|patch| {
            let names: Vec<&str> = patch["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|p| p["name"].as_str())
                .collect();
            assert!(names.contains(&"dryRun") && names.contains(&"fieldValidation"), "{patch}");
            let kind = &patch["x-kubernetes-group-version-kind"];
            format!(
                "{}/{}",
                kind["group"].as_str().unwrap_or_default(),
                kind["kind"].as_str().unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn every_kind_is_in_every_document() {
    let all = kinds::all();
    let second = v2(all);
    references(&second, &second);
    let patched_second = patched(&second);
    let index = v3_index(all);
    for kind in all {
        let version = kind.api_version();
        let third = v3(&version, all);
        references(&third, &third);
        let name = format!("{}/{}", kind.group, kind.kind);
        assert_eq!(patched_second.contains(&name), !kind.is_virtual, "{name}");
        assert_eq!(patched(&third).contains(&name), !kind.is_virtual, "{name}");
        for definition in
            [&second["definitions"][kind.schema], &third["components"]["schemas"][kind.schema]]
        {
            assert_eq!(definition["x-kubernetes-group-version-kind"][0]["kind"], kind.kind);
            let text = definition["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{name} has no description: add one to openapi/words.rs");
        }
        let root = if kind.group.is_empty() {
            format!("api/{version}")
        } else {
            format!("apis/{version}")
        };
        let at = index["paths"][&root]["serverRelativeURL"]
            .as_str()
            .expect("every version is in the index");
        assert!(at.starts_with(&format!("/openapi/v3/{root}?hash=")), "{at}");
    }
}

#[test]
fn lists_tell_how_they_merge() {
    let all = v2(kinds::all());
    let ports = &all["definitions"]["io.k8s.api.core.v1.Container"]["properties"]["ports"];
    assert_eq!(ports["x-kubernetes-patch-merge-key"], "containerPort");
    assert_eq!(ports["x-kubernetes-patch-strategy"], "merge");
    assert_eq!(
        ports["x-kubernetes-list-map-keys"],
        serde_json::json!(["containerPort", "protocol"])
    );
    let volumes = &all["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]["volumes"];
    assert_eq!(volumes["x-kubernetes-patch-strategy"], "merge,retainKeys");
}

/// The length-delimited fields of a message: number and bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut found = Vec::new();
    let varint = |bytes: &mut &[u8]| {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = bytes.split_first().expect("a varint ends");
            *bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    };
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let value = varint(&mut bytes);
        if tag & 7 == 2 {
            let (taken, rest) = bytes.split_at(usize::try_from(value).expect("it fits"));
            bytes = rest;
            found.push((tag >> 3, taken));
        }
    }
    found
}

#[test]
fn the_protobuf_form_has_all_that_the_json_form_has() {
    let all = kinds::all();
    let bytes = v2_protobuf(all);
    let document = fields(&bytes);
    let part = |number: u64| {
        document
            .iter()
            .find(|(found, _)| *found == number)
            .map(|(_, bytes)| fields(bytes))
            .unwrap_or_default()
    };
    let names = |entries: Vec<(u64, &[u8])>| -> Vec<String> {
        entries
            .iter()
            .map(|(_, entry)| String::from_utf8_lossy(fields(entry)[0].1).into_owned())
            .collect()
    };
    let keys = |name: &str| -> Vec<String> {
        v2(all)[name].as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    };
    assert_eq!(document[0], (1, b"2.0".as_slice()));
    assert_eq!(names(part(8)), keys("paths"));
    assert_eq!(names(part(9)), keys("definitions"));
    // Extensions are YAML text, in field 2 of Any, or clients do not see them.
    let definitions = part(9);
    let pod = definitions
        .iter()
        .map(|(_, entry)| fields(entry))
        .find(|entry| entry[0].1 == b"io.k8s.api.core.v1.Pod");
    let schema = fields(pod.expect("pods are defined")[1].1);
    let extension =
        fields(schema.iter().find(|(number, _)| *number == 31).expect("it says what it is").1);
    assert_eq!(extension[0].1, b"x-kubernetes-group-version-kind");
    assert_eq!(
        fields(extension[1].1),
        [(2, br#"[{"group":"","kind":"Pod","version":"v1"}]"#.as_slice())]
    );
}
