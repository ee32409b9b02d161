use super::std::prelude::v1::*;
use super::std::{format, vec};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::fields::{check as check_types, prune, unknown_fields};
use super::super::{lookup, root, strict};

fn of(kind: &str) -> &'static crate::schema::Type {
    let version = if matches!(kind, "Deployment" | "DaemonSet" | "ControllerRevision") {
        "apps/v1"
    } else {
        "v1"
    };
    root(version, kind).expect("the kind is in the table")
}

#[test]
fn unknown_fields_are_told_by_path() {
    let check = |kind: &str, document: Value, want: &[&str]| {
        let want: Vec<String> =
            want.iter().map(|path| format!("unknown field \"{path}\"")).collect();
        assert_eq!(unknown_fields(of(kind), &document), want);
    };
    check("Pod", json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}), &[]);
    check(
        "Deployment",
        json!({"spec": {"replicaz": 1}, "foo": {"bar": 1}}),
        &["foo", "spec.replicaz"],
    );
    check(
        "Deployment",
        json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}, {"imagee": "x", "env": [{"nam": 1}]}]}}}}),
        &["spec.template.spec.containers[1].env[0].nam", "spec.template.spec.containers[1].imagee"],
    );
    // Keys of maps are not fields, and any JSON is any JSON.
    check("ConfigMap", json!({"data": {"anything": "goes"}}), &[]);
    check(
        "ControllerRevision",
        json!({"data": {"spec": {"anything": {"goes": 1}}}, "revision": 1}),
        &[],
    );
    // Fields that protobuf nests are fields like the others.
    check(
        "Pod",
        json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}, "volumeSource": {}}]}}),
        &["spec.volumes[0].volumeSource"],
    );
    // Names are told apart by case.
    check("Pod", json!({"spec": {"NodeName": "x"}}), &["spec.NodeName"]);
    // What is no object has no fields; its type is for another check.
    check("Pod", json!({"spec": 3}), &[]);
    let many: serde_json::Map<String, Value> =
        (0..500).map(|n| (format!("x{n}"), Value::Null)).collect();
    assert_eq!(unknown_fields(of("Pod"), &Value::Object(many)).len(), 100);
}

#[test]
fn mismatches_are_told_in_the_words_of_gos_decoder() {
    let check = |kind: &str, document: Value, want: &str| {
        let got = check_types(of(kind), &document)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert_eq!(got, want, "{document}");
    };
    let field = |told: &str, field: &str, of: &str| {
        format!("json: cannot unmarshal {told} into Go struct field {field} of type {of}")
    };
    check("Deployment", json!({"spec": {"replicas": 2, "paused": true}}), "");
    check("Deployment", json!({"spec": {"replicas": null}}), "");
    check(
        "Deployment",
        json!({"spec": {"replicas": "2"}}),
        &field("string", "DeploymentSpec.spec.replicas", "int32"),
    );
    check(
        "Deployment",
        json!({"spec": {"replicas": 1.5}}),
        &field("number 1.5", "DeploymentSpec.spec.replicas", "int32"),
    );
    check(
        "Deployment",
        json!({"spec": {"replicas": 3_000_000_000_i64}}),
        &field("number 3000000000", "DeploymentSpec.spec.replicas", "int32"),
    );
    check(
        "Pod",
        json!({"metadata": {"labels": {"a": 1}}}),
        &field("number", "ObjectMeta.metadata.labels.a", "string"),
    );
    check("Pod", json!({"metadata": []}), &field("array", "Pod.metadata", "v1.ObjectMeta"));
    check(
        "Pod",
        json!({"spec": {"containers": {}}}),
        &field("object", "PodSpec.spec.containers", "[]v1.Container"),
    );
    check(
        "Pod",
        json!({"spec": {"containers": [{"image": true}]}}),
        &field("bool", "Container.spec.containers.image", "string"),
    );
    check("Pod", json!([]), "json: cannot unmarshal array into Go value of type v1.Pod");
    check("Secret", json!({"data": {"a": "YQ=="}}), "");
    check("Secret", json!({"data": {"a": "Y*=="}}), "illegal base64 data at input byte 1");
    let limits =
        |cpu: Value| json!({"spec": {"containers": [{"resources": {"limits": {"cpu": cpu}}}]}});
    check("Pod", limits(json!("500m")), "");
    check("Pod", limits(json!(0.5)), "");
    check(
        "Pod",
        limits(json!("lots")),
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
    let probe = |port: Value| json!({"spec": {"containers": [{"livenessProbe": {"httpGet": {"port": port}}}]}});
    check("Pod", probe(json!("http")), "");
    check("Pod", probe(json!(80)), "");
    check(
        "Pod",
        probe(json!(true)),
        &field(
            "bool",
            "HTTPGetAction.spec.containers.livenessProbe.httpGet.port",
            "intstr.IntOrString",
        ),
    );
    check("Pod", json!({"metadata": {"creationTimestamp": null}}), "");
    check("Pod", json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}), "");
    check(
        "Pod",
        json!({"metadata": {"creationTimestamp": "soon"}}),
        "parsing time \"soon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"soon\" as \"2006\"",
    );
}

#[test]
fn pruning_leaves_what_kubernetes_would_leave() {
    let check = |kind: &str, mut document: Value, want: Value| {
        prune(of(kind), &mut document);
        assert_eq!(document, want);
        prune(of(kind), &mut document);
        assert_eq!(document, want, "pruning twice changes nothing");
    };
    check(
        "Pod",
        json!({"foo": 1, "spec": {"foo": 1}, "status": {}}),
        json!({"spec": {}, "status": {}}),
    );
    check(
        "Pod",
        json!({"metadata": {"creationTimestamp": null, "name": "a"}}),
        json!({"metadata": {"name": "a"}}),
    );
    // Zeros that say nothing, and zeros that say something.
    check(
        "Pod",
        json!({"spec": {"hostNetwork": false, "nodeName": "", "volumes": []}}),
        json!({"spec": {}}),
    );
    check(
        "Deployment",
        json!({"spec": {"replicas": 0, "minReadySeconds": 0}}),
        json!({"spec": {"replicas": 0}}),
    );
    check("ConfigMap", json!({"data": {"empty": ""}}), json!({"data": {"empty": ""}}));
    check(
        "ConfigMap",
        json!({"data": {"none": null}, "binaryData": {}}),
        json!({"data": {"none": ""}}),
    );
    check("ConfigMap", json!({"immutable": false}), json!({"immutable": false}));
    check(
        "Pod",
        json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}], "securityContext": {}}}),
        json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}], "securityContext": {}}}),
    );
    // Canonical amounts and times.
    check(
        "Pod",
        json!({"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}]}}),
        json!({"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}}]}}),
    );
    check(
        "Pod",
        json!({"metadata": {"deletionTimestamp": "2026-01-01T01:00:00.5+01:00"}}),
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}),
    );
    // Any JSON stays as it is.
    check(
        "ControllerRevision",
        json!({"data": {"a": null}, "revision": 0}),
        json!({"data": {"a": null}, "revision": 0}),
    );
}

#[test]
fn fields_that_are_there_twice_are_told() {
    let check = |body: &str, want: &[&str]| {
        let (value, duplicates) = strict::read(body.as_bytes()).expect("the body is JSON");
        let want: Vec<String> =
            want.iter().map(|path| format!("duplicate field \"{path}\"")).collect();
        assert_eq!(duplicates, want);
        assert_eq!(value, serde_json::from_str::<Value>(body).expect("the body is JSON"));
    };
    check(r#"{"a": 1, "b": [1, -2, 2.5, true, null, "x"]}"#, &[]);
    check(r#"{"a": 1, "a": 2}"#, &["a"]);
    check(
        r#"{"spec": {"c": [{"n": 1}, {"n": 1, "n": 2, "n": 3}]}}"#,
        &["spec.c[1].n", "spec.c[1].n"],
    );
    assert!(strict::read(b"{\"a\": 1} x").is_err());
    assert!(strict::read(b"{").is_err());
    assert!(strict::read("[".repeat(100_000).as_bytes()).is_err(), "depth is bounded");
}

/// Any JSON, of names that the table knows well enough to meet often.
fn anything() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "metadata",
        "spec",
        "status",
        "name",
        "labels",
        "containers",
        "template",
        "env",
        "resources",
        "limits",
        "x",
        "replicas",
        "ports",
        "volumes",
        "emptyDir",
        "data",
        "$patch",
        "$retainKeys",
        "$setElementOrder/containers",
        "$setElementOrder/env",
        "$deleteFromPrimitiveList/finalizers",
        "finalizers",
        "containerPort",
        "strategy",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["", "a", "b", "merge", "replace", "delete", "1Gi"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_string(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_pruned_has_no_unknown_fields(document in anything()) {
        for name in ["io.k8s.api.core.v1.Pod", "io.k8s.api.apps.v1.Deployment"] {
            let of = lookup(name).expect("in the table");
            let mut once = document.clone();
            prune(of, &mut once);
            prop_assert!(unknown_fields(of, &once).is_empty());
            let mut twice = once.clone();
            prune(of, &mut twice);
            prop_assert_eq!(&once, &twice);
            // What fitted still fits.
            if check_types(of, &document).is_ok() {
                prop_assert!(check_types(of, &once).is_ok());
            }
        }
    }

    #[test]
    fn any_patch_on_anything_gives_a_value_or_an_error(original in anything(), patch in anything()) {
        let of = lookup("io.k8s.api.apps.v1.Deployment").expect("in the table");
        let merged = crate::schema::patch::strategic_merge(of, original.clone(), patch);
        if let Ok(merged) = merged {
            // An empty patch changes nothing.
            let again = crate::schema::patch::strategic_merge(of, merged.clone(), json!({}));
            prop_assert_eq!(again, Ok(merged));
        }
    }
}
