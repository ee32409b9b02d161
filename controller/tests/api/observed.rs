//! Kinds that are only observed, over the wire.

use std::sync::Arc;

use controller_core::core::NodeView;
use controller_core::kinds::{self, ObjectKey};
use controller_core::turn::Durability;
use driftless_controller::store::{Expect, Op};
use model::report::{ContainerUsage, HoldReport, Holder, NodeUsage, Traffic};
use model::{Generation, Millis, NodeName, Uid};
use serde_json::{Value, json};

use crate::client::World;

const METRICS: &str = "/apis/metrics.k8s.io/v1beta1";

fn node(name: &str, usage: Option<NodeUsage>) -> NodeView {
    NodeView {
        name: NodeName::from(name),
        connected: true,
        since: Some(Millis(1_795_418_880_000)),
        heard: Some(Millis(1_795_418_884_000)),
        left: false,
        made: Generation(9),
        held: Generation(7),
        settled: false,
        items: 2,
        boot: 1,
        version: Some(Arc::from("0.1.0")),
        facts: None,
        usage: usage.map(Arc::new),
        pods: 2,
        pods_ready: 1,
        refused: None,
        untrusted: 3,
        doubled: true,
        traffic: Some(Traffic {
            month: 202_603,
            month_bytes: 7,
            capped: true,
            ..Traffic::default()
        }),
        holds: Arc::new([HoldReport {
            pod: "u1".into(),
            name: "d/web".into(),
            by: Holder::Workload,
            reason: "printing".into(),
            since: Millis(1_795_418_880_000),
            until: Millis(1_795_418_884_000),
            waiting: true,
        }]),
    }
}

fn usage(containers: Vec<ContainerUsage>) -> NodeUsage {
    NodeUsage {
        at: Millis(1_795_418_884_000),
        window_ms: 30_000,
        cpu_milli: 250,
        memory_bytes: 2048 * 1024,
        containers,
        ..NodeUsage::default()
    }
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|i| i["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn nodes_are_told_as_they_are_observed() {
    let world = World::observing(vec![node("n1", Some(usage(vec![]))), node("n2", None)]).await;
    let labelled = r#"{"metadata":{"name":"n1","labels":{"site":"a"}}}"#;
    assert_eq!(world.post("/api/v1/nodes", labelled).await.code, 201);

    let states = world.get("/apis/driftless.dev/v1/nodestates").await.json();
    assert_eq!((&states["kind"], names(&states)), (&json!("NodeStateList"), vec!["n1", "n2"]));
    let one = world.get("/apis/driftless.dev/v1/nodestates/n1").await.json();
    assert_eq!(one["metadata"]["labels"]["site"], "a");
    let status = &one["status"];
    assert_eq!((&status["ordersMade"], &status["ordersHeld"]), (&json!(9), &json!(7)));
    assert_eq!((&status["untrusted"], &status["duplicate"]), (&json!(3), &json!(true)));
    assert_eq!(
        (&status["settled"], &status["lastHeard"]),
        (&json!(false), &json!("2026-11-23T07:28:04Z"))
    );
    assert_eq!(status["usage"]["cpu"], "250m");
    let data = &status["data"];
    assert_eq!((&data["month"], &data["monthBytes"]), (&json!("2026-03"), &json!(7)));
    assert_eq!((&data["capped"], &data["sentBytes"]["streams"]), (&json!(true), &json!(0)));
    let hold = json!({"pod": "d/web", "by": "workload", "reason": "printing", "waiting": true,
        "since": "2026-11-23T07:28:00Z", "until": "2026-11-23T07:28:04Z"});
    assert_eq!(status["holds"], json!([hold]));
    let selected = world.get("/apis/driftless.dev/v1/nodestates?labelSelector=site%3Da").await;
    assert_eq!(names(&selected.json()), ["n1"]);
    assert_eq!(world.get("/apis/driftless.dev/v1/nodestates/n3").await.code, 404);

    // A node that has told nothing of its usage is left out, as `kubectl top` expects.
    let metrics = world.get(&format!("{METRICS}/nodes")).await.json();
    assert_eq!(names(&metrics), ["n1"]);
    assert_eq!(metrics["items"][0]["usage"], json!({"cpu": "250m", "memory": "2048Ki"}));
    assert_eq!(metrics["items"][0]["window"], "30s");
}

#[tokio::test]
async fn pods_are_told_by_what_their_containers_use() {
    let container = |pod: &str, name: &str, cpu_milli: i64| ContainerUsage {
        pod: Uid::from(pod),
        container: name.to_owned(),
        cpu_milli,
        memory_bytes: 4096,
    };
    let containers =
        vec![container("u1", "a", 5), container("gone", "x", 1), container("u1", "b", 7)];
    let world = World::observing(vec![node("n1", Some(usage(containers)))]).await;
    let pod = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "namespace": "t", "uid": "u1", "labels": {"l": "x"}}});
    let op = Op {
        key: ObjectKey::new(kinds::POD, "t", "p"),
        expect: Expect::Absent,
        put: Some(pod),
        durability: Durability::Now,
    };
    world.store.write(vec![op]).await.unwrap();

    // Usage of a pod that is no longer there is not told.
    let list = world.get(&format!("{METRICS}/pods?labelSelector=l%3Dx")).await.json();
    assert_eq!(names(&list), ["p"]);
    let one = world.get(&format!("{METRICS}/namespaces/t/pods/p")).await.json();
    let want = json!([
        {"name": "a", "usage": {"cpu": "5m", "memory": "4Ki"}},
        {"name": "b", "usage": {"cpu": "7m", "memory": "4Ki"}},
    ]);
    assert_eq!(one["containers"], want);
    assert_eq!(world.get(&format!("{METRICS}/namespaces/default/pods/p")).await.code, 404);
}

#[tokio::test]
async fn what_is_observed_cannot_be_written() {
    let world = World::observing(vec![node("n1", None)]).await;
    let one = "/apis/driftless.dev/v1/nodestates/n1";
    for (method, path) in [
        ("DELETE", one),
        ("PATCH", one),
        ("PUT", one),
        ("POST", "/apis/driftless.dev/v1/nodestates"),
        ("DELETE", "/apis/driftless.dev/v1/nodestates"),
        ("GET", "/apis/driftless.dev/v1/nodestates?watch=true"),
    ] {
        assert_eq!(world.call(method, path, &[], "{}").await.code, 405, "{method} {path}");
    }
}
