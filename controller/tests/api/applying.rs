//! Server-side apply, and who owns what, over the wire.

use serde_json::{Value, json};

use crate::client::{Got, World};

const CM: &str = "/api/v1/namespaces/t/configmaps";
const ONE: &str = "/api/v1/namespaces/t/configmaps/cm";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/t/deployments";
const D: &str = "/apis/apps/v1/namespaces/t/deployments/d";

async fn apply(world: &World, path: &str, options: &str, body: &str) -> Got {
    world.patch(&format!("{path}?{options}"), "apply-patch+yaml", body).await
}

fn config(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm\ndata: {data}\n")
}

fn deployment(spec: Value) -> String {
    let mut doc = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}},
    }});
    for (name, value) in spec.as_object().into_iter().flatten() {
        doc["spec"][name] = value.clone();
    }
    doc.to_string()
}

/// The entries of `managedFields` as `manager operation subresource`.
fn managers(doc: &Value) -> Vec<String> {
    let entries = doc["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let entry = |e: &Value| {
        format!("{} {} {}", text(e, "manager"), text(e, "operation"), text(e, "subresource"))
    };
    entries.iter().map(|e| entry(e).trim().to_owned()).collect()
}

#[tokio::test]
async fn applying_makes_changes_and_takes_back() {
    let world = World::new().await;
    let first = apply(&world, ONE, "fieldManager=m1", &config("{a: '1', b: '2'}")).await;
    assert_eq!((first.code, &first.json()["data"]), (201, &json!({"a": "1", "b": "2"})));
    assert_eq!(managers(&first.json()), ["m1 Apply"]);
    let revision = world.store.revision();
    let again = apply(&world, ONE, "fieldManager=m1", &config("{a: '1', b: '2'}")).await;
    assert_eq!((again.code, again.json()), (200, first.json()));
    assert_eq!(world.store.revision(), revision);
    let other = apply(&world, ONE, "fieldManager=m2", &config("{c: '3'}")).await;
    assert_eq!(other.json()["data"], json!({"a": "1", "b": "2", "c": "3"}));
    let less = apply(&world, ONE, "fieldManager=m1", &config("{a: '1'}")).await;
    assert_eq!((less.code, &less.json()["data"]), (200, &json!({"a": "1", "c": "3"})));
    assert!(less.warnings().is_empty());
}

#[tokio::test]
async fn a_dry_run_of_an_apply_changes_nothing() {
    let world = World::new().await;
    let dry = apply(&world, ONE, "fieldManager=m&dryRun=All", &config("{a: '1'}")).await;
    assert_eq!((dry.code, managers(&dry.json())), (201, vec!["m Apply".to_owned()]));
    assert_eq!(world.get(ONE).await.code, 404);
    let made = apply(&world, ONE, "fieldManager=m", &config("{a: '1'}")).await.json();
    let dry = apply(&world, ONE, "fieldManager=m&dryRun=All", &config("{a: '2'}")).await;
    assert_eq!((dry.code, &dry.json()["data"]["a"]), (200, &json!("2")));
    assert_eq!(world.get(ONE).await.json(), made);
}

#[tokio::test]
async fn conflicts_are_told_and_forced() {
    let world = World::new().await;
    let body = deployment(json!({"replicas": 1}));
    let path = format!("{DEPLOYMENTS}?fieldManager=maker");
    assert_eq!(world.post(&path, &body).await.code, 201);
    let body = deployment(json!({"replicas": 2}));
    let refused = apply(&world, D, "fieldManager=m&force=false", &body).await;
    assert_eq!(
        refused.json(),
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Conflict", "code": 409,
            "message": "Apply failed with 1 conflict: conflict with \"maker\" using apps/v1: .spec.replicas",
            "details": {"causes": [{
                "reason": "FieldManagerConflict",
                "message": "conflict with \"maker\" using apps/v1",
                "field": ".spec.replicas",
            }]},
        })
    );
    let forced = apply(&world, D, "fieldManager=m&force=true", &body).await;
    assert_eq!((forced.code, &forced.json()["spec"]["replicas"]), (200, &json!(2)));
    assert_eq!(managers(&forced.json()), ["m Apply", "maker Update"]);
}

#[tokio::test]
async fn every_write_is_somebodys() {
    let world = World::new().await;
    let agent = [("content-type", "application/json"), ("user-agent", "tool/v1 (linux)")];
    let made = world.call("POST", DEPLOYMENTS, &agent, deployment(json!({}))).await;
    assert_eq!((made.code, managers(&made.json())), (201, vec!["tool Update".to_owned()]));
    let merge = "merge-patch+json";
    let label = r#"{"metadata":{"labels":{"l":"1"}}}"#;
    let patched = world.patch(&format!("{D}?fieldManager=p"), merge, label).await;
    assert!(managers(&patched.json()).contains(&"p Update".to_owned()));
    let scale = r#"{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"d"},"spec":{"replicas":3}}"#;
    let scaled = world.call("PUT", &format!("{D}/scale"), &agent, scale).await;
    assert_eq!(scaled.code, 200, "{}", scaled.text);
    let status = format!("{D}/status?fieldManager=s");
    world.patch(&status, merge, r#"{"status":{"replicas":2}}"#).await;
    let now = world.get(D).await.json();
    let mut all = managers(&now);
    all.sort();
    assert_eq!(all, ["p Update", "s Update status", "tool Update", "tool Update scale"]);
    // The scale stays when one applies without it, and is a conflict with it.
    let applied = apply(&world, D, "fieldManager=m", &deployment(json!({}))).await;
    assert_eq!((applied.code, &applied.json()["spec"]["replicas"]), (200, &json!(3)));
    let refused = apply(&world, D, "fieldManager=m", &deployment(json!({"replicas": 1}))).await;
    assert!(refused.text.contains(r#"\"tool\" with subresource \"scale\" using apps/v1"#));
}

#[tokio::test]
async fn parts_are_applied_through_their_own_doors() {
    let world = World::new().await;
    let made = apply(&world, D, "fieldManager=m", &deployment(json!({"replicas": 1}))).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let scale = "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: d}\nspec: {replicas: 4}";
    let path = format!("{D}/scale");
    let refused = apply(&world, &path, "fieldManager=s", scale).await;
    assert_eq!(refused.code, 409, "{}", refused.text);
    let scaled = apply(&world, &path, "fieldManager=s&force=true", scale).await;
    assert_eq!((scaled.code, &scaled.json()["spec"]["replicas"]), (200, &json!(4)));
    let status = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nstatus: {replicas: 1}\nspec: {replicas: 9}";
    let got = apply(&world, &format!("{D}/status"), "fieldManager=s", status).await.json();
    assert_eq!((&got["status"]["replicas"], &got["spec"]["replicas"]), (&json!(1), &json!(4)));
    assert_eq!(managers(&got), ["m Apply", "s Apply scale", "s Apply status"]);
    let missing = format!("{DEPLOYMENTS}/none/status");
    let status = status.replace("name: d", "name: none");
    assert_eq!(apply(&world, &missing, "fieldManager=s", &status).await.code, 404);
}

#[tokio::test]
async fn ownership_can_be_forgotten_and_rewritten() {
    let world = World::new().await;
    apply(&world, ONE, "fieldManager=m", &config("{a: '1'}")).await;
    let rewrite =
        json!([{"op": "replace", "path": "/metadata/managedFields/0/manager", "value": "n"}]);
    let got = world.patch(ONE, "json-patch+json", &rewrite.to_string()).await.json();
    assert_eq!(managers(&got), ["n Apply"]);
    let merge = r#"{"metadata":{"managedFields":[{}]}}"#;
    let got = world.patch(ONE, "merge-patch+json", merge).await;
    assert_eq!((got.code, managers(&got.json())), (200, Vec::new()));
    // Nobody's object stays nobody's until it is applied.
    let got = world.patch(ONE, "merge-patch+json", r#"{"data":{"b":"2"}}"#).await;
    assert!(managers(&got.json()).is_empty());
    let got = apply(&world, ONE, "fieldManager=m", &config("{a: '1'}")).await;
    let mut all = managers(&got.json());
    all.sort();
    assert_eq!(all, ["before-first-apply Update", "m Apply"]);
}

#[tokio::test]
async fn what_cannot_be_applied_is_refused() {
    let world = World::new().await;
    let long = "x".repeat(129);
    for (options, body, code, want) in [
        ("", config("{}"), 422, "fieldManager: Required value: is required for apply patch"),
        (
            &*format!("fieldManager={long}"),
            config("{}"),
            422,
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Too long: may not be more than 128 bytes",
        ),
        ("fieldManager=a%0A", config("{}"), 422, "invalid character U+000A (at position 1)"),
        ("fieldManager=m", "a: [".to_owned(), 400, "error decoding YAML"),
        (
            "fieldManager=m",
            config("{}").replace("\ndata", "\ndada"),
            400,
            "failed to create typed patch object (/cm; /v1, Kind=ConfigMap): .dada: field not declared in schema",
        ),
        (
            "fieldManager=m",
            config("{}").replace("ConfigMap", "Secret"),
            400,
            "invalid object type: /v1, Kind=Secret",
        ),
        (
            "fieldManager=m&fieldValidation=Strict",
            r#"{"apiVersion":"v1","kind":"ConfigMap","data":{},"data":{}}"#.to_owned(),
            400,
            "error strict decoding YAML: duplicate field \"data\"",
        ),
    ] {
        let got = apply(&world, ONE, options, &body).await;
        let message = got.json()["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(got.code, code, "{message}");
        assert!(message.contains(want), "{message}");
    }
    let twice = r#"{"apiVersion":"v1","kind":"ConfigMap","data":{},"data":{}}"#;
    let got = apply(&world, ONE, "fieldManager=m", twice).await;
    assert_eq!((got.code, got.warnings()), (201, vec!["299 - \"duplicate field \\\"data\\\"\""]));
    assert_eq!(world.get(&format!("{CM}/cm")).await.code, 200);
}
