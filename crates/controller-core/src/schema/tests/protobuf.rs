use super::std::prelude::v1::Vec;
use super::std::vec;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::fields::{check as check_types, prune, unknown_fields};
use super::super::protobuf::{DecodeError, decode};
use super::super::root;

/// The recorded bodies: command, bytes, object.
fn recorded() -> Vec<(&'static str, Vec<u8>, Value)> {
    let mut lines = include_str!("bodies.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut bodies = Vec::new();
    while let (Some(command), Some(bytes), Some(object)) =
        (lines.next(), lines.next(), lines.next())
    {
        bodies.push((
            command,
            unhex(bytes),
            serde_json::from_str(object).expect("the object is JSON"),
        ));
    }
    bodies
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("two hex digits");
    (0..text.len()).step_by(2).map(digit).collect()
}

#[test]
fn what_kubectl_sends_is_what_it_means() {
    let bodies = recorded();
    assert_eq!(bodies.len(), 17);
    for (command, bytes, want) in bodies {
        let (api_version, kind, got) =
            decode(&bytes).unwrap_or_else(|error| panic!("{command}: {error}"));
        assert_eq!(got, want, "{command}");
        assert_eq!(
            (Value::from(api_version.as_str()), Value::from(kind.as_str())),
            (got["apiVersion"].clone(), got["kind"].clone())
        );
        let of = root(&api_version, &kind).expect("a kind that is decoded is in the table");
        assert!(unknown_fields(of, &got).is_empty(), "{command}");
        assert_eq!(check_types(of, &got), Ok(()), "{command}");
        // What is decoded is already as it would be kept.
        let mut pruned = got.clone();
        prune(of, &mut pruned);
        assert_eq!(pruned, got, "{command}");
    }
}

/// A field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

/// A field with a number below 128.
fn number(field: u8, value: u8) -> Vec<u8> {
    vec![field << 3, value]
}

/// A whole body.
fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let names = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &names), field(2, raw)].concat()
}

#[test]
fn special_types_have_their_json_form() {
    let check = |api_version: &str, kind: &str, raw: Vec<u8>, path: &str, want: Value| {
        let (_, _, got) = decode(&body(api_version, kind, &raw)).expect("the body is well formed");
        assert_eq!(got.pointer(path).unwrap_or(&Value::Null), &want, "{got}");
    };
    let meta = |inner: Vec<u8>| field(1, &inner);
    // Times: set, set with a fraction, not set.
    check(
        "v1",
        "Pod",
        meta(field(8, &number(1, 60))),
        "/metadata/creationTimestamp",
        json!("1970-01-01T00:01:00Z"),
    );
    check("v1", "Pod", meta(field(8, &[])), "/metadata/creationTimestamp", Value::Null);
    let micro = [number(1, 60), vec![2 << 3, 0xe8, 0x07]].concat();
    check(
        "coordination.k8s.io/v1",
        "Lease",
        field(2, &field(4, &micro)),
        "/spec/renewTime",
        json!("1970-01-01T00:01:00.000001Z"),
    );
    // Options: the API group's own and the one of v1 are the same; zero seconds are said.
    let options = [number(1, 0), field(4, b"Background")].concat();
    check("policy/v1", "DeleteOptions", options.clone(), "/gracePeriodSeconds", json!(0));
    check("v1", "DeleteOptions", options.clone(), "/propagationPolicy", json!("Background"));
    let eviction = [meta(field(1, b"p")), field(2, &options)].concat();
    check("policy/v1", "Eviction", eviction, "/deleteOptions/gracePeriodSeconds", json!(0));
    // JSON within.
    check(
        "apps/v1",
        "ControllerRevision",
        field(2, &field(1, br#"{"a":1}"#)),
        "/data",
        json!({"a": 1}),
    );
    // Messages that JSON flattens: Volume { name, volumeSource { emptyDir } }.
    let volume = [field(1, b"v"), field(2, &field(2, &[]))].concat();
    check(
        "v1",
        "Pod",
        field(2, &field(1, &volume)),
        "/spec/volumes/0",
        json!({"name": "v", "emptyDir": {}}),
    );
    // Numbers below zero travel as ten bytes.
    let minus = [vec![6 << 3], vec![0xff; 9], vec![1]].concat();
    check("apps/v1", "Deployment", field(2, &minus), "/spec/revisionHistoryLimit", json!(-1));
    // Maps, bytes, empty values.
    let entry = [field(1, b"k"), field(2, &[])].concat();
    check("v1", "Secret", field(2, &entry), "/data", json!({"k": ""}));
    check("v1", "ConfigMap", field(2, &field(1, b"k")), "/data", json!({"k": ""}));
    // Fields that are not known are skipped.
    check(
        "v1",
        "Pod",
        [field(15, b"new"), meta(field(1, b"p"))].concat(),
        "/metadata/name",
        json!("p"),
    );
}

#[test]
fn what_is_no_body_is_refused() {
    let pod = |raw: &[u8]| decode(&body("v1", "Pod", raw));
    assert_eq!(decode(b""), Err(DecodeError::Magic));
    assert_eq!(decode(b"{}"), Err(DecodeError::Magic));
    assert!(matches!(decode(b"k8s\0"), Err(DecodeError::UnknownKind { .. })));
    assert!(
        matches!(decode(&body("v1", "Gadget", b"")), Err(DecodeError::UnknownKind { kind, .. }) if kind == "Gadget")
    );
    assert!(matches!(pod(&[0x0a, 0xff]), Err(DecodeError::Malformed(_))), "a length past the end");
    assert!(matches!(
        pod(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
        Err(DecodeError::Malformed(_))
    ));
    assert!(matches!(pod(&[0xff; 12]), Err(DecodeError::Malformed(_))), "a tag without an end");
    assert!(matches!(pod(&[0x0b]), Err(DecodeError::Malformed(_))), "a group");
    assert!(matches!(pod(&number(1, 1)), Err(DecodeError::Malformed(_))), "a number for a message");
    assert_eq!(pod(&field(1, &field(1, &[0xff]))), Err(DecodeError::NotText("name")));
    let revision = decode(&body("apps/v1", "ControllerRevision", &field(2, &field(1, b"{"))));
    assert_eq!(revision, Err(DecodeError::NotJson("data")));
    let names = [field(1, b"v1"), field(2, b"Pod")].concat();
    let packed = [b"k8s\0".to_vec(), field(1, &names), field(3, b"gzip")].concat();
    assert_eq!(decode(&packed), Err(DecodeError::Encoding("gzip".into())));
}

proptest! {
    #[test]
    fn any_bytes_give_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
        for (api_version, kind) in [("v1", "Pod"), ("apps/v1", "Deployment"), ("v1", "Node"), ("v1", "DeleteOptions")] {
            if let Ok((_, _, object)) = decode(&body(api_version, kind, &bytes)) {
                let of = root(api_version, kind).expect("in the table");
                prop_assert!(unknown_fields(of, &object).is_empty());
            }
        }
    }

    #[test]
    fn damaged_bodies_give_a_value_or_an_error(
        which in 0usize..17,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let (_, mut bytes, _) = recorded().swap_remove(which);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok((api_version, kind, object)) = decode(&bytes) {
            let of = root(&api_version, &kind).expect("a kind that is decoded is in the table");
            prop_assert!(unknown_fields(of, &object).is_empty());
        }
        bytes.truncate(cut.index(bytes.len()));
        let _ = decode(&bytes);
    }
}
