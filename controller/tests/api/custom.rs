//! Kinds that operators define, over the wire; the drive decides on their definitions beside.

use std::sync::Arc;

use driftless_controller::drive::Drive;
use driftless_controller::keys::{AtRest, OrdersKeys};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::client::{Got, World};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const DEFINITION: &str =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.com";
const V1: &str = "/apis/shop.example.com/v1/namespaces/t/widgets";
const BETA: &str = "/apis/shop.example.com/v1beta1/namespaces/t/widgets";

fn definition() -> Value {
    let version = |name: &str, storage: bool| {
        json!({
            "name": name,
            "served": true,
            "storage": storage,
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {
                    "size": {"type": "integer", "default": 1},
                    "color": {"type": "string", "enum": ["red", "blue"]},
                }},
                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            }}},
            "subresources": {"status": {}, "scale": {
                "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size",
            }},
            "selectableFields": [{"jsonPath": ".spec.color"}],
            "additionalPrinterColumns": [
                {"name": "Color", "type": "string", "jsonPath": ".spec.color"},
            ],
        })
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.shop.example.com"},
        "spec": {
            "group": "shop.example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["w"]},
            "versions": [version("v1beta1", false), version("v1", true)],
        },
    })
}

/// A world in which definitions are decided on.
async fn world() -> (World, DropGuard) {
    let world = World::new().await;
    let dir = TempDir::new().unwrap();
    let at_rest = AtRest::open(&AtRest::default_path(dir.path())).unwrap();
    let keys = OrdersKeys::open(dir.path(), Arc::new(at_rest)).unwrap();
    let drive = Drive::new(world.store.clone(), Arc::new(keys), 1, 1, Box::new(|_, _| {}));
    let (_, events) = mpsc::channel(1);
    let (_, questions) = mpsc::channel(1);
    let stop = CancellationToken::new();
    tokio::spawn(drive.run(events, questions, stop.clone()));
    (world, stop.drop_guard())
}

async fn defined() -> (World, DropGuard) {
    let (world, guard) = world().await;
    define(&world, &definition()).await;
    (world, guard)
}

/// Makes a definition and waits until it is served.
async fn define(world: &World, doc: &Value) {
    let mut watch = world.watch(&format!("{DEFINITIONS}?watch=1"), "application/json").await;
    let got = world.post(DEFINITIONS, &doc.to_string()).await;
    assert_eq!(got.code, 201, "{}", got.text);
    assert_eq!(got.json()["spec"]["names"]["singular"], "widget");
    loop {
        let event = watch.next().await.expect("it is established");
        let conditions = event["object"]["status"]["conditions"].as_array().cloned();
        let established =
            |c: &Value| (&c["type"], &c["status"]) == (&json!("Established"), &json!("True"));
        if conditions.into_iter().flatten().any(|c| established(&c)) {
            return;
        }
    }
}

fn widget(name: &str, spec: Value) -> String {
    json!({"apiVersion": "shop.example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec})
        .to_string()
}

async fn made(world: &World, name: &str, spec: Value) -> Value {
    let got = world.post(V1, &widget(name, spec)).await;
    assert_eq!(got.code, 201, "{}", got.text);
    got.json()
}

fn names(list: &Got) -> Vec<String> {
    let items = list.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|i| i["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_definition_is_served_at_once() {
    let (world, _guard) = defined().await;
    let status = world.get(DEFINITION).await.json()["status"].clone();
    assert_eq!(status["storedVersions"], json!(["v1"]));
    assert_eq!(status["acceptedNames"]["kind"], "Widget");
    let group = world.get("/apis/shop.example.com").await.json();
    assert_eq!(group["preferredVersion"]["version"], "v1");
    let list = world.get("/apis/shop.example.com/v1").await.json();
    let resources = list["resources"].as_array().unwrap();
    let all: Vec<&str> = resources.iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(all, ["widgets", "widgets/status", "widgets/scale"]);
    assert_eq!(resources[0]["shortNames"], json!(["w"]));
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let both = world.call("GET", "/apis", &[("accept", accept)], "").await.json();
    let item = both["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["metadata"]["name"] == "shop.example.com");
    assert_eq!(item.unwrap()["versions"][0]["resources"][0]["resource"], "widgets");
    let openapi = world.get("/openapi/v3/apis/shop.example.com/v1").await.json();
    let schema = &openapi["components"]["schemas"]["com.example.shop.v1.Widget"];
    assert_eq!(schema["properties"]["spec"]["properties"]["size"]["default"], 1);
    let json = [("accept", "application/json")];
    let v2 = world.call("GET", "/openapi/v2", &json, "").await.json();
    assert!(v2["definitions"]["com.example.shop.v1beta1.Widget"].is_object());
    // The table is told, not only the documents.
    let table = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
    made(&world, "a", json!({"color": "red"})).await;
    let rows = world.call("GET", V1, &table, "").await.json();
    assert_eq!(rows["rows"][0]["cells"], json!(["a", "red"]));
    assert_eq!(rows["columnDefinitions"][0]["format"], "name");
}

#[tokio::test]
async fn objects_are_held_to_their_schema() {
    let (world, _guard) = defined().await;
    assert_eq!(made(&world, "a", json!({})).await["spec"], json!({"size": 1}));
    let got = world.post(V1, &widget("b", json!({"color": "green"}))).await;
    assert_eq!(got.code, 422);
    assert_eq!(
        got.json()["message"],
        "Widget.shop.example.com \"b\" is invalid: spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\""
    );
    let unknown = widget("b", json!({"colour": "red"}));
    let strict = world.post(&format!("{V1}?fieldValidation=Strict"), &unknown).await;
    assert_eq!(strict.code, 400);
    assert!(strict.text.contains("strict decoding error: unknown field \\\"spec.colour\\\""));
    let ignored = world.post(&format!("{V1}?fieldValidation=Ignore&dryRun=All"), &unknown).await;
    assert_eq!((ignored.code, ignored.warnings().len()), (201, 0), "{}", ignored.text);
    let warned = world.post(&format!("{V1}?fieldValidation=Warn"), &unknown).await;
    assert_eq!(warned.warnings(), ["299 - \"unknown field \\\"spec.colour\\\"\""]);
    assert_eq!(warned.json()["spec"], json!({"size": 1}));
}

#[tokio::test]
async fn every_patch_but_the_strategic_one_is_taken() {
    let (world, _guard) = defined().await;
    made(&world, "a", json!({"color": "red"})).await;
    let one = format!("{V1}/a");
    for (kind, body, code, color) in [
        ("merge-patch+json", r#"{"spec":{"color":"blue"}}"#, 200, "blue"),
        ("json-patch+json", r#"[{"op":"replace","path":"/spec/color","value":"red"}]"#, 200, "red"),
        ("strategic-merge-patch+json", r#"{"spec":{"color":"blue"}}"#, 415, "red"),
        ("merge-patch+json", r#"{"spec":{"color":"green"}}"#, 422, "red"),
    ] {
        let got = world.patch(&one, kind, body).await;
        assert_eq!(got.code, code, "{}", got.text);
        assert_eq!(world.get(&one).await.json()["spec"]["color"], color, "{kind}");
    }
    let apply = format!("{one}?fieldManager=m&force=true");
    let got = world.patch(&apply, "apply-patch+yaml", &widget("a", json!({"color": "blue"}))).await;
    assert_eq!((got.code, &got.json()["spec"]["color"]), (200, &json!("blue")), "{}", got.text);
}

#[tokio::test]
async fn versions_are_the_same_objects() {
    let (world, _guard) = defined().await;
    let mut watch = world.watch(&format!("{BETA}?watch=1"), "application/json").await;
    let made = made(&world, "a", json!({"color": "red"})).await;
    let event = watch.next().await.unwrap();
    assert_eq!(event["object"]["apiVersion"], "shop.example.com/v1beta1");
    let mut beta = world.get(&format!("{BETA}/a")).await.json();
    assert_eq!(beta["metadata"]["uid"], made["metadata"]["uid"]);
    beta["spec"]["color"] = "blue".into();
    let headers = [("content-type", "application/json")];
    let got = world.call("PUT", &format!("{BETA}/a"), &headers, beta.to_string()).await;
    assert_eq!((got.code, &got.json()["apiVersion"]), (200, &beta["apiVersion"]), "{}", got.text);
    let list = world.get(V1).await.json();
    assert_eq!(list["kind"], "WidgetList");
    assert_eq!(list["items"][0]["apiVersion"], "shop.example.com/v1");
    assert_eq!(list["items"][0]["spec"]["color"], "blue");
    assert_eq!(world.get("/apis/shop.example.com/v2/widgets").await.code, 404);
}

#[tokio::test]
async fn lists_and_watches_select() {
    let (world, _guard) = defined().await;
    for (name, color) in [("a", "red"), ("b", "blue"), ("c", "red")] {
        made(&world, name, json!({"color": color})).await;
    }
    assert_eq!(
        names(&world.get(&format!("{V1}?fieldSelector=spec.color%3Dred")).await),
        ["a", "c"]
    );
    let refused = world.get(&format!("{V1}?fieldSelector=spec.size%3D1")).await;
    assert_eq!(refused.json()["message"], "field label not supported: spec.size");
    let first = world.get(&format!("{V1}?limit=2")).await;
    assert_eq!(names(&first), ["a", "b"]);
    let token = first.json()["metadata"]["continue"].as_str().unwrap().to_owned();
    assert_eq!(names(&world.get(&format!("{V1}?limit=2&continue={token}")).await), ["c"]);
    let initial =
        "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let path = format!("{V1}?{initial}&fieldSelector=spec.color%3Dblue");
    let mut watch = world.watch(&path, "application/json").await;
    assert_eq!((watch.told().await, watch.told().await), ("ADDED b".into(), "BOOKMARK".into()));
    let red = r#"{"spec":{"color":"red"}}"#;
    world.patch(&format!("{V1}/b"), "merge-patch+json", red).await;
    assert_eq!(watch.told().await, "DELETED b");
}

#[tokio::test]
async fn status_and_scale_are_apart() {
    let (world, _guard) = defined().await;
    made(&world, "a", json!({})).await;
    let one = format!("{V1}/a");
    let both = r#"{"spec":{"size":5},"status":{"size":2}}"#;
    let got = world.patch(&format!("{one}/status"), "merge-patch+json", both).await.json();
    assert_eq!((&got["spec"]["size"], &got["status"]["size"]), (&json!(1), &json!(2)));
    let got = world.patch(&one, "merge-patch+json", r#"{"status":{"size":9}}"#).await.json();
    assert_eq!((&got["metadata"]["generation"], &got["status"]["size"]), (&json!(1), &json!(2)));
    let scale = world.get(&format!("{one}/scale")).await.json();
    assert_eq!((&scale["kind"], &scale["spec"]["replicas"]), (&json!("Scale"), &json!(1)));
    let wanted = r#"{"spec":{"replicas":7}}"#;
    let got = world.patch(&format!("{one}/scale"), "merge-patch+json", wanted).await.json();
    assert_eq!(got["status"]["replicas"], 2);
    let doc = world.get(&one).await.json();
    assert_eq!((&doc["spec"]["size"], &doc["metadata"]["generation"]), (&json!(7), &json!(2)));
}

#[tokio::test]
async fn a_definition_goes_after_its_objects() {
    let (world, _guard) = defined().await;
    let held =
        json!({"metadata": {"name": "held", "finalizers": ["example.com/hold"]}}).to_string();
    assert_eq!(world.post(V1, &held).await.code, 201);
    made(&world, "free", json!({})).await;
    let mut objects = world.watch(&format!("{V1}?watch=1"), "application/json").await;
    assert_eq!(
        (objects.told().await, objects.told().await),
        ("ADDED free".into(), "ADDED held".into())
    );
    let mut definitions = world
        .watch(&format!("{DEFINITIONS}?watch=1&allowWatchBookmarks=false"), "application/json")
        .await;
    assert_eq!(definitions.told().await, "ADDED widgets.shop.example.com");
    let marked = world.call("DELETE", DEFINITION, &[], "").await;
    assert_eq!(
        (marked.code, &marked.json()["metadata"]["finalizers"]),
        (200, &json!(["customresourcecleanup.apiextensions.k8s.io"]))
    );
    let mut ended = [objects.told().await, objects.told().await];
    ended.sort();
    assert_eq!(ended, ["DELETED free", "MODIFIED held"]);
    let late = world.post(V1, &widget("late", json!({}))).await;
    assert_eq!(late.code, 405, "{}", late.text);
    let free = r#"{"metadata":{"finalizers":null}}"#;
    assert_eq!(world.patch(&format!("{V1}/held"), "merge-patch+json", free).await.code, 200);
    while definitions.told().await != "DELETED widgets.shop.example.com" {}
    assert_eq!((objects.told().await, objects.told().await), ("DELETED held".into(), "end".into()));
    assert_eq!(world.get(V1).await.code, 404);
    assert_eq!(world.get("/apis/shop.example.com").await.code, 404);
}

#[tokio::test]
async fn versions_that_are_on_their_way_out_are_told_of() {
    let (world, _guard) = world().await;
    let mut doc = definition();
    doc["spec"]["versions"][0]["deprecated"] = true.into();
    doc["spec"]["versions"][0]["deprecationWarning"] = "use v1".into();
    define(&world, &doc).await;
    assert_eq!(world.get(BETA).await.warnings(), ["299 - \"use v1\""]);
    let missing = world.get(&format!("{BETA}/nothing")).await;
    assert_eq!((missing.code, missing.warnings()), (404, vec!["299 - \"use v1\""]));
    assert!(world.get(V1).await.warnings().is_empty());
}

#[tokio::test]
async fn protobuf_is_refused_for_what_has_no_form_in_it() {
    let (world, _guard) = defined().await;
    let headers = [("content-type", "application/vnd.kubernetes.protobuf")];
    let field = |number: u8, text: &[u8]| [&[number << 3 | 2, text.len() as u8], text].concat();
    let kind = [field(1, b"shop.example.com/v1"), field(2, b"Widget")].concat();
    let body = [b"k8s\0".to_vec(), field(1, &kind)].concat();
    assert_eq!(world.call("POST", V1, &headers, body).await.code, 415);
    let kind = [field(1, b"apiextensions.k8s.io/v1"), field(2, b"CustomResourceDefinition")];
    let body = [b"k8s\0".to_vec(), field(1, &kind.concat())].concat();
    assert_eq!(world.call("POST", DEFINITIONS, &headers, body).await.code, 415);
}

#[tokio::test]
async fn resources_may_be_of_the_whole_cluster() {
    let (world, _guard) = world().await;
    let mut doc = definition();
    doc["spec"]["scope"] = "Cluster".into();
    define(&world, &doc).await;
    let path = "/apis/shop.example.com/v1/widgets";
    let got = world.post(path, &widget("a", json!({}))).await;
    assert_eq!((got.code, got.json()["metadata"].get("namespace")), (201, None), "{}", got.text);
    assert_eq!(world.get(&format!("{path}/a")).await.code, 200);
    assert_eq!(world.post(V1, &widget("b", json!({}))).await.code, 404);
    let table = world.get("/apis/shop.example.com/v1").await.json();
    assert_eq!(table["resources"][0]["namespaced"], false);
}

#[tokio::test]
async fn a_name_that_is_taken_is_not_accepted_until_it_is_free() {
    let (world, _guard) = defined().await;
    let mut second = definition();
    second["metadata"]["name"] = "gadgets.shop.example.com".into();
    second["spec"]["names"]["plural"] = "gadgets".into();
    second["spec"]["names"]["kind"] = "Gadget".into();
    let mut watch = world.watch(&format!("{DEFINITIONS}?watch=1"), "application/json").await;
    assert_eq!(world.post(DEFINITIONS, &second.to_string()).await.code, 201);
    let mut until = async |reason: &str| {
        loop {
            let object = watch.next().await.expect("it is decided on")["object"].clone();
            if object["metadata"]["name"] == "gadgets.shop.example.com"
                && object["status"]["conditions"][0]["reason"] == reason
            {
                return object["status"]["conditions"][0]["message"].clone();
            }
        }
    };
    assert_eq!(until("ShortNamesConflict").await, "\"w\" is already in use");
    assert_eq!(world.get("/apis/shop.example.com/v1/gadgets").await.code, 404);
    assert_eq!(world.call("DELETE", DEFINITION, &[], "").await.code, 200);
    until("NoConflicts").await;
    assert_eq!(world.get("/apis/shop.example.com/v1/gadgets").await.code, 200);
}
