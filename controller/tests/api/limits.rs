//! Quotas and priority classes, over the wire.

use serde_json::json;

use crate::client::World;

const PODS: &str = "/api/v1/namespaces/t/pods";
const QUOTAS: &str = "/api/v1/namespaces/t/resourcequotas";
const CLASSES: &str = "/apis/scheduling.k8s.io/v1/priorityclasses";
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn pod(name: &str, class: &str) -> String {
    json!({
        "metadata": {"name": name},
        "spec": {"priorityClassName": class, "containers": [{"name": "c", "image": "x"}]},
    })
    .to_string()
}

#[tokio::test]
async fn parallel_creations_stay_within_the_quota() {
    let world = World::new().await;
    let quota = json!({"metadata": {"name": "q"}, "spec": {"hard": {"pods": "3"}}});
    let mut quota = world.post(QUOTAS, &quota.to_string()).await.json();
    let early = world.post(PODS, &pod("early", "")).await;
    assert_eq!(early.code, 403, "{}", early.text);
    assert!(early.text.contains("status unknown for quota: q, resources: pods"), "{}", early.text);
    quota["status"] = json!({"hard": {"pods": "3"}, "used": {"pods": "0"}});
    let path = format!("{QUOTAS}/q");
    let counted = world.call("PUT", &format!("{path}/status"), JSON, quota.to_string()).await;
    assert_eq!(counted.code, 200, "{}", counted.text);
    let names: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
    let all = names.iter().map(|name| {
        let (world, body) = (&world, pod(name, ""));
        async move { world.post(PODS, &body).await }
    });
    let got = futures_util::future::join_all(all).await;
    assert_eq!(got.iter().filter(|g| g.code == 201).count(), 3);
    let refused: Vec<_> = got.iter().filter(|g| g.code != 201).collect();
    assert!(refused.iter().all(|g| g.code == 403 || g.code == 429), "{}", refused[0].text);
    let full = world.post(PODS, &pod("more", "")).await;
    let want = "pods \\\"more\\\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3";
    assert!(full.code == 403 && full.text.contains(want), "{}", full.text);
    assert_eq!(world.get(&path).await.json()["status"]["used"]["pods"], "3");
}

#[tokio::test]
async fn a_pod_has_its_class_and_one_class_is_the_default() {
    let world = World::new().await;
    let class = |name: &str, value: i64, default: bool| {
        json!({"metadata": {"name": name}, "value": value, "globalDefault": default}).to_string()
    };
    assert_eq!(world.post(CLASSES, &class("plain", 5, true)).await.code, 201);
    assert_eq!(world.post(CLASSES, &class("gold", 900, false)).await.code, 201);
    let second = world.post(CLASSES, &class("other", 1, true)).await;
    assert_eq!(second.code, 403, "{}", second.text);
    assert!(second.text.contains("PriorityClass plain is already marked as default"));
    let patch = r#"{"globalDefault":true}"#;
    let moved = world.patch(&format!("{CLASSES}/gold"), "merge-patch+json", patch).await;
    assert_eq!(moved.code, 403, "{}", moved.text);
    let made = world.post(PODS, &pod("a", "gold")).await.json();
    assert_eq!(made["spec"]["priority"], 900);
    let made = world.post(PODS, &pod("b", "")).await.json();
    assert_eq!(
        (&made["spec"]["priority"], &made["spec"]["priorityClassName"]),
        (&5.into(), &"plain".into())
    );
    let none = world.post(PODS, &pod("c", "silver")).await;
    let want = "pods \\\"c\\\" is forbidden: no PriorityClass with name silver was found";
    assert!(none.code == 403 && none.text.contains(want), "{}", none.text);
}
