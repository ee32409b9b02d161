//! The audit log, over the wire.

use serde_json::{Value, json};

use crate::client::World;

const SECRETS: &str = "/api/v1/namespaces/t/secrets";

#[tokio::test]
async fn every_write_is_told_of_and_no_secret_is() {
    let world = World::new().await;
    let body = json!({"metadata": {"name": "s"}, "stringData": {"k": "hush-hush"}}).to_string();
    assert_eq!(world.post(&format!("{SECRETS}?dryRun=All"), &body).await.code, 201);
    let path = format!("{SECRETS}/s?fieldManager=hush-hush");
    let json = ("content-type", "application/json");
    let patch = ("content-type", "application/merge-patch+json");
    let jane = ("impersonate-user", "jane");
    for (method, path, headers, body, code) in [
        ("PATCH", &*path, &[patch, jane][..], &*body, 403),
        ("POST", SECRETS, &[json], &body, 201),
        ("PATCH", &path, &[patch], &body, 200),
        ("GET", &path, &[], "", 200),
        ("DELETE", &path, &[("user-agent", "kubectl/v1")], "", 200),
        ("DELETE", &path, &[], "", 404),
    ] {
        let got = world.call(method, path, headers, body.to_owned()).await;
        assert_eq!(got.code, code, "{method}: {}", got.text);
    }
    let pods = "/api/v1/namespaces/t/pods/s/exec?command=hush-hush";
    assert_eq!(world.call("GET", pods, &[jane], "").await.code, 403);
    let gone = world.call_with_token("DELETE", &path, "dlu_hush-hush_hush-hush").await;
    assert_eq!(gone.code, 401);
    // The log is written beside requests: this is in it when all before is.
    let events = loop {
        let events = world.audited("s");
        if events.last().is_some_and(|e| e["responseStatus"]["code"] == 401) {
            break events;
        }
        tokio::task::yield_now().await;
    };
    let told: Vec<String> = events
        .iter()
        .map(|e| {
            let of = |v: &Value| v.as_str().unwrap_or_default().to_owned();
            format!(
                "{} {} as {:?} {} {}",
                of(&e["user"]["username"]),
                of(&e["verb"]),
                of(&e["impersonatedUser"]["username"]),
                e["responseStatus"]["code"],
                of(&e["annotations"]["authorization.k8s.io/decision"]),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "admin patch as \"jane\" 403 forbid",
            "admin patch as \"\" 200 allow",
            "admin delete as \"\" 200 allow",
            "admin delete as \"\" 404 allow",
            "admin get as \"jane\" 403 forbid",
            " delete as \"\" 401 forbid",
        ]
    );
    let gone = &events[2];
    assert_eq!(gone["userAgent"], "kubectl/v1");
    assert_eq!(gone["sourceIPs"], json!(["127.0.0.1"]));
    assert_eq!(gone["objectRef"], json!({"resource": "secrets", "namespace": "t", "name": "s"}));
    assert_eq!((&gone["kind"], &gone["apiVersion"]), (&json!("Event"), &json!("audit.k8s.io/v1")));
    let text = world.audit_text();
    assert!(!text.contains("hush"), "{text}");
    let dry = text.lines().filter(|l| l.contains("driftless.dev/dry-run")).count();
    assert_eq!(dry, 1, "{text}");
}
