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

#[tokio::test]
async fn budgets_are_spent_once() {
    let world = World::new().await;
    let pods = "/api/v1/namespaces/t/pods";
    let ready = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    for name in ["a", "b"] {
        let pod = json!({
            "metadata": {"name": name, "labels": {"app": "web"}},
            "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "x"}]},
        });
        assert_eq!(world.post(pods, &pod.to_string()).await.code, 201);
        let status = format!("{pods}/{name}/status");
        assert_eq!(world.patch(&status, "merge-patch+json", &ready.to_string()).await.code, 200);
    }
    let old = "/apis/policy/v1beta1/namespaces/t/poddisruptionbudgets";
    let body = r#"{"metadata":{"name":"web"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"app":"web"}}}}"#;
    let got = world.post(old, body).await;
    assert_eq!((got.code, got.warnings().len()), (201, 1), "{}", got.text);
    let status = json!({"status": {"observedGeneration": 1, "disruptionsAllowed": 1,
        "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}});
    let budget = "/apis/policy/v1/namespaces/t/poddisruptionbudgets/web";
    let path = format!("{budget}/status");
    assert_eq!(world.patch(&path, "merge-patch+json", &status.to_string()).await.code, 200);
    let evict = async |name: &str, query: &str, version: &str| {
        let body = json!({"kind": "Eviction", "apiVersion": version, "metadata": {"name": name}});
        world.post(&format!("{pods}/{name}/eviction{query}"), &body.to_string()).await
    };
    assert_eq!(evict("a", "?dryRun=All", "policy/v1").await.code, 201);
    assert_eq!(world.get(budget).await.json()["status"]["disruptionsAllowed"], 1);
    // Both at once: one may go.
    let both = tokio::join!(evict("a", "", "policy/v1"), evict("b", "", "policy/v1beta1"));
    let mut codes = [both.0.code, both.1.code];
    codes.sort_unstable();
    assert_eq!(codes, [201, 429], "{} {}", both.0.text, both.1.text);
    let refused = if both.0.code == 429 { both.0 } else { both.1 }.json();
    assert_eq!(
        refused["message"],
        "Cannot evict pod as it would violate the pod's disruption budget."
    );
    assert_eq!(refused["details"]["causes"][0]["reason"], "DisruptionBudget");
    let status = world.get(budget).await.json()["status"].clone();
    assert_eq!(status["disruptionsAllowed"], 0);
    assert_eq!(status["disruptedPods"].as_object().map(serde_json::Map::len), Some(1));
}
