//! Services and autoscalers, over the wire.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::World;

const SERVICES: &str = "/api/v1/namespaces/t/services";
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn service(name: &str, of: &str) -> String {
    json!({
        "metadata": {"name": name},
        "spec": {"type": of, "selector": {"a": "b"}, "ports": [{"port": 80}]},
    })
    .to_string()
}

#[tokio::test]
async fn no_two_services_have_the_same_address_or_port() {
    let world = World::new().await;
    // The range of these tests has 14 addresses.
    let names: Vec<String> = (0..14).map(|n| format!("s{n}")).collect();
    let all = names.iter().map(|name| {
        let (world, body) = (&world, service(name, "NodePort"));
        async move { world.post(SERVICES, &body).await }
    });
    let mut seen = BTreeSet::new();
    for got in futures_util::future::join_all(all).await {
        assert_eq!(got.code, 201, "{}", got.text);
        assert!(got.warnings().iter().any(|w| w.contains("balance")), "{:?}", got.warnings());
        let spec = &got.json()["spec"];
        seen.insert(spec["clusterIP"].as_str().unwrap().to_owned());
        seen.insert(spec["ports"][0]["nodePort"].to_string());
    }
    assert_eq!(seen.len(), 28);
    let full = world.post(SERVICES, &service("more", "ClusterIP")).await;
    assert_eq!(full.code, 500, "{}", full.text);
    let dry = world.post(&format!("{SERVICES}?dryRun=All"), &service("x", "ExternalName")).await;
    assert_eq!(dry.code, 422, "{}", dry.text);
    assert_eq!(world.call("DELETE", &format!("{SERVICES}/s3"), &[], "").await.code, 200);
    let again = world.post(SERVICES, &service("more", "ClusterIP")).await;
    assert_eq!(again.code, 201, "what was let go is given again: {}", again.text);
}

#[tokio::test]
async fn a_service_keeps_what_it_was_given() {
    let world = World::new().await;
    let made = world.post(SERVICES, &service("web", "ClusterIP")).await.json();
    let path = format!("{SERVICES}/web");
    let same = world.call("PUT", &path, JSON, service("web", "ClusterIP")).await;
    assert_eq!((same.code, same.json()), (200, made.clone()), "{}", same.text);
    let patch = r#"{"spec":{"type":"NodePort"}}"#;
    let opened = world.patch(&path, "merge-patch+json", patch).await.json();
    assert_eq!(opened["spec"]["clusterIP"], made["spec"]["clusterIP"]);
    assert!(opened["spec"]["ports"][0]["nodePort"].is_number(), "{opened}");
    // It was given one of 14 at random: this is to be another.
    let other = if made["spec"]["clusterIP"] == "10.96.0.14" { "10.96.0.13" } else { "10.96.0.14" };
    let moved = json!({"spec": {"clusterIP": other}}).to_string();
    let got = world.patch(&path, "merge-patch+json", &moved).await;
    assert_eq!(got.code, 422, "{}", got.text);
    let apply = [("content-type", "application/apply-patch+yaml")];
    let config = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "applied"},
        "spec": {"clusterIP": "None", "selector": {"a": "b"}}});
    let path = format!("{SERVICES}/applied?fieldManager=me");
    let got = world.call("PATCH", &path, &apply, config.to_string()).await;
    assert_eq!(
        (got.code, &got.json()["spec"]["clusterIPs"]),
        (201, &json!(["None"])),
        "{}",
        got.text
    );
}

#[tokio::test]
async fn autoscalers_are_told_in_both_versions() {
    let world = World::new().await;
    let [v1, v2] = ["v1", "v2"]
        .map(|v| format!("/apis/autoscaling/{v}/namespaces/t/horizontalpodautoscalers"));
    let body = json!({
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 3,
            "targetCPUUtilizationPercentage": 50,
        },
    });
    let got = world.post(&v1, &body.to_string()).await;
    assert_eq!((got.code, got.warnings().len()), (201, 1), "{}", got.text);
    let new = world.get(&format!("{v2}/web")).await.json();
    let target = json!({"type": "Utilization", "averageUtilization": 50});
    assert_eq!(
        new["spec"]["metrics"],
        json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}])
    );
    let memory = json!([{"type": "Resource", "resource": {"name": "memory",
        "target": {"type": "Utilization", "averageUtilization": 60}}}]);
    let patch = json!({"spec": {"metrics": memory}}).to_string();
    assert_eq!(world.patch(&format!("{v2}/web"), "merge-patch+json", &patch).await.code, 200);
    let old = world.get(&format!("{v1}/web")).await.json();
    assert_eq!(old["spec"].get("targetCPUUtilizationPercentage"), None);
    let patch = r#"{"spec":{"maxReplicas":9}}"#;
    assert_eq!(world.patch(&format!("{v1}/web"), "merge-patch+json", patch).await.code, 200);
    let new: Value = world.get(&format!("{v2}/web")).await.json();
    assert_eq!((&new["spec"]["metrics"], &new["spec"]["maxReplicas"]), (&memory, &json!(9)));
    assert_eq!(new["metadata"].get("annotations"), None);
    let group = world.get("/apis/autoscaling").await.json();
    assert_eq!(group["preferredVersion"]["version"], "v2");
}
