//! Kinds that are served in several versions: kept once, told in each.

use serde_json::{Value, json};

use crate::client::World;

const CORE: &str = "/api/v1/namespaces/t/events";
const NEW: &str = "/apis/events.k8s.io/v1/namespaces/t/events";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async fn event(world: &World) -> Value {
    let body = json!({
        "metadata": {"name": "e"},
        "regarding": {"kind": "Pod", "namespace": "t", "name": "p"},
        "note": "it began",
        "reason": "Started",
        "type": "Normal",
    });
    let got = world.post(NEW, &body.to_string()).await;
    assert_eq!(got.code, 201, "{}", got.text);
    got.json()
}

#[tokio::test]
async fn an_object_is_told_in_the_version_that_is_asked_for() {
    let world = World::new().await;
    let made = event(&world).await;
    assert_eq!(
        (&made["apiVersion"], &made["note"]),
        (&json!("events.k8s.io/v1"), &json!("it began"))
    );
    let core = world.get(&format!("{CORE}/e")).await.json();
    assert_eq!((&core["apiVersion"], &core["message"]), (&json!("v1"), &json!("it began")));
    assert_eq!((&core["involvedObject"]["name"], core.get("note")), (&json!("p"), None));
    assert_eq!(core["metadata"], made["metadata"]);
    assert_eq!(world.get(&format!("{NEW}/e")).await.json(), made);

    let list = world.get(&format!("{NEW}?fieldSelector=regarding.name%3Dp")).await.json();
    assert_eq!(
        (&list["apiVersion"], &list["items"][0]["note"]),
        (&made["apiVersion"], &made["note"])
    );
    let none = world.get(&format!("{NEW}?fieldSelector=regarding.name%3Dq")).await.json();
    assert_eq!(none["items"], json!([]));
    assert_eq!(world.get(&format!("{NEW}?fieldSelector=involvedObject.name%3Dp")).await.code, 400);

    let rows = |table: Value| table["rows"][0]["cells"].clone();
    let told = |path: &'static str| world.call("GET", path, &[("accept", TABLE)], "");
    assert_eq!(rows(told(NEW).await.json()), rows(told(CORE).await.json()));
}

#[tokio::test]
async fn changes_in_one_version_are_seen_in_the_other() {
    let world = World::new().await;
    let made = event(&world).await;
    let from = made["metadata"]["resourceVersion"].as_str().unwrap();
    let select = "fieldSelector=regarding.name%3Dp";
    let path = format!("{NEW}?watch=true&{select}&resourceVersion={from}");
    let mut watch = world.watch(&path, "application/json").await;

    let one = format!("{CORE}/e");
    let got = world.patch(&one, "strategic-merge-patch+json", r#"{"count": 2}"#).await;
    assert_eq!(got.code, 200, "{}", got.text);
    let seen = watch.next().await.unwrap();
    assert_eq!(
        (&seen["type"], &seen["object"]["deprecatedCount"]),
        (&json!("MODIFIED"), &json!(2))
    );
    assert_eq!(seen["object"]["apiVersion"], "events.k8s.io/v1");

    let one = format!("{NEW}/e");
    let dry =
        world.patch(&format!("{one}?dryRun=All"), "merge-patch+json", r#"{"note": "n"}"#).await;
    assert_eq!((dry.code, &dry.json()["note"]), (200, &json!("n")));
    let got = world.patch(&one, "merge-patch+json", r#"{"note": "it ended"}"#).await;
    assert_eq!(got.code, 200, "{}", got.text);
    assert_eq!(world.get(&format!("{CORE}/e")).await.json()["message"], "it ended");
    let strict = format!("{one}?fieldValidation=Strict");
    let got = world.patch(&strict, "merge-patch+json", r#"{"message": "m"}"#).await;
    assert_eq!(got.code, 422, "the other version's field is none of this one");

    // The same body again changes nothing.
    let now = world.get(&one).await;
    let before = world.store.revision();
    let json = [("content-type", "application/json")];
    assert_eq!(world.call("PUT", &one, &json, now.text.clone()).await.text, now.text);
    assert_eq!(world.store.revision(), before);
    let wrong = now.text.replace("events.k8s.io/v1", "v1");
    assert_eq!(world.call("PUT", &one, &json, wrong).await.code, 400);
    assert_eq!(world.call("DELETE", &one, &[], "").await.code, 200);
    assert_eq!(world.get(&format!("{CORE}/e")).await.code, 404);
}

#[tokio::test]
async fn every_version_is_discovered_and_described() {
    let world = World::new().await;
    let group = world.get("/apis/events.k8s.io").await.json();
    assert_eq!(group["preferredVersion"]["version"], "v1");
    let list = world.get("/apis/events.k8s.io/v1").await.json();
    assert_eq!(
        (&list["resources"][0]["name"], &list["resources"][0]["kind"]),
        (&json!("events"), &json!("Event"))
    );
    let document = world.get("/openapi/v3/apis/events.k8s.io/v1").await.json();
    let of = &document["components"]["schemas"]["io.k8s.api.events.v1.Event"];
    assert!(of["properties"]["note"].is_object(), "{of}");
}
