//! Creating, changing and ending, over the wire.

use serde_json::{Value, json};

use crate::client::World;

const CM: &str = "/api/v1/namespaces/t/configmaps";
const ONE: &str = "/api/v1/namespaces/t/configmaps/cm";
const PODS: &str = "/api/v1/namespaces/t/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/t/deployments";
const DEPLOYMENT: &str = r#"{"metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x"}]}}}}"#;

async fn made(world: &World, path: &str, body: &str) -> Value {
    let got = world.post(path, body).await;
    assert_eq!(got.code, 201, "{}", got.text);
    got.json()
}

#[tokio::test]
async fn objects_are_made_as_the_real_server_makes_them() {
    let world = World::new().await;
    let cm = made(&world, CM, r#"{"metadata":{"name":"cm"},"data":{"a":"b"}}"#).await;
    assert_eq!((&cm["kind"], &cm["apiVersion"]), (&json!("ConfigMap"), &json!("v1")));
    assert_eq!(cm["metadata"]["namespace"], "t");
    for field in ["uid", "resourceVersion", "creationTimestamp"] {
        assert!(cm["metadata"][field].is_string(), "{field}");
    }
    assert_eq!(world.get(ONE).await.json(), cm);

    let generated = made(&world, CM, r#"{"metadata":{"generateName":"gen-"}}"#).await;
    let name = generated["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("gen-") && name.len() == 9, "{name}");

    let d = made(&world, DEPLOYMENTS, DEPLOYMENT).await;
    assert_eq!(d["metadata"]["generation"], 1);
    assert_eq!(d["spec"]["strategy"]["rollingUpdate"]["maxSurge"], "25%");

    let yaml = [("content-type", "application/yaml"), ("accept", "application/yaml")];
    let got = world.call("POST", CM, &yaml, "metadata:\n  name: y\ndata: {a: b}\n").await;
    assert_eq!(got.code, 201, "{}", got.text);
    assert!(got.text.contains("kind: ConfigMap\n"), "{}", got.text);
}

/// As kubectl 1.33 sends `create configmap pb --from-literal=a=b`.
#[tokio::test]
async fn bodies_may_be_protobuf() {
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(bytes.len()).unwrap();
        [&[number << 3 | 2, length], bytes].concat()
    }
    let world = World::new().await;
    let meta = field(1, b"pb");
    let entry = [field(1, b"a"), field(2, b"b")].concat();
    let object = [field(1, &meta), field(2, &entry)].concat();
    let kind = [field(1, b"v1"), field(2, b"ConfigMap")].concat();
    let body = [b"k8s\0".to_vec(), field(1, &kind), field(2, &object)].concat();
    let headers = [("content-type", "application/vnd.kubernetes.protobuf")];
    let got = world.call("POST", CM, &headers, body).await;
    assert_eq!(got.code, 201, "{}", got.text);
    assert_eq!(got.json()["data"], json!({"a": "b"}));
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let world = World::new().await;
    let before = world.store.revision();
    let got = world.post(&format!("{CM}?dryRun=All"), r#"{"metadata":{"name":"dry"}}"#).await;
    assert_eq!(got.code, 201);
    assert_eq!(got.json()["metadata"].get("resourceVersion"), None);
    assert_eq!(world.get(&format!("{CM}/dry")).await.code, 404);

    let cm = made(&world, CM, r#"{"metadata":{"name":"cm"},"data":{"a":"b"}}"#).await;
    let dry = format!("{ONE}?dryRun=All");
    let got = world.patch(&dry, "merge-patch+json", r#"{"data":{"a":"c"}}"#).await;
    assert_eq!((got.code, &got.json()["data"]["a"]), (200, &json!("c")));
    assert_eq!(world.call("DELETE", &dry, &[], "").await.code, 200);
    assert_eq!(world.get(ONE).await.json(), cm);
    assert_eq!(world.store.revision().0, before.0 + 1);
}

#[tokio::test]
async fn patches_change_what_they_name() {
    let world = World::new().await;
    made(&world, DEPLOYMENTS, DEPLOYMENT).await;
    let one = format!("{DEPLOYMENTS}/d");
    for (kind, patch, at, want) in [
        ("merge-patch+json", r#"{"spec":{"replicas":3}}"#, "/spec/replicas", json!(3)),
        (
            "json-patch+json",
            r#"[{"op":"replace","path":"/spec/replicas","value":4}]"#,
            "/spec/replicas",
            json!(4),
        ),
        (
            "strategic-merge-patch+json",
            r#"{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"y"}]}}}}"#,
            "/spec/template/spec/containers/0/image",
            json!("y"),
        ),
        (
            "strategic-merge-patch+json",
            r#"{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"},{"name":"e"}],"containers":[{"name":"e","image":"z"}]}}}}"#,
            "/spec/template/spec/containers/1/image",
            json!("z"),
        ),
        // The status is not changed through the object.
        ("merge-patch+json", r#"{"status":{"replicas":9}}"#, "/status/replicas", Value::Null),
    ] {
        let got = world.patch(&one, kind, patch).await;
        assert_eq!(got.code, 200, "{patch}: {}", got.text);
        let doc = got.json();
        assert_eq!(doc.pointer(at).cloned().unwrap_or(Value::Null), want, "{patch}");
    }
    assert_eq!(world.get(&one).await.json()["metadata"]["generation"], 5);

    let stale = r#"{"metadata":{"resourceVersion":"1"},"spec":{"replicas":1}}"#;
    assert_eq!(world.patch(&one, "merge-patch+json", stale).await.code, 409);
}

#[tokio::test]
async fn concurrent_patches_are_all_taken() {
    let world = std::sync::Arc::new(World::new().await);
    made(&world, CM, r#"{"metadata":{"name":"cm"},"data":{}}"#).await;
    let patches = (0..8).map(|n| {
        let world = world.clone();
        tokio::spawn(async move {
            let patch = format!(r#"{{"data":{{"k{n}":"v"}}}}"#);
            world.patch(ONE, "merge-patch+json", &patch).await.code
        })
    });
    for patch in patches.collect::<Vec<_>>() {
        assert_eq!(patch.await.unwrap(), 200);
    }
    assert_eq!(world.get(ONE).await.json()["data"].as_object().unwrap().len(), 8);
}

#[tokio::test]
async fn unknown_fields_are_told_dropped_or_refused() {
    let world = World::new().await;
    let body = r#"{"metadata":{"name":"NAME"},"dada":{"a":"b"},"data":{},"data":{"c":"d"}}"#;
    let at = async |name: &str, validation: &str| {
        let path = format!("{CM}?fieldValidation={validation}");
        world.post(&path, &body.replace("NAME", name)).await
    };
    let warned = at("warned", "Warn").await;
    assert_eq!(
        warned.warnings(),
        ["299 - \"duplicate field \\\"data\\\"\"", "299 - \"unknown field \\\"dada\\\"\""]
    );
    assert_eq!(warned.json().get("dada"), None);
    let ignored = at("ignored", "Ignore").await;
    assert_eq!((ignored.code, ignored.warnings().len()), (201, 0));
    assert_eq!(at("refused", "Strict").await.code, 400);

    let path = format!("{CM}/warned?fieldValidation=Strict");
    let patched = world.patch(&path, "merge-patch+json", r#"{"dada":{"a":"b"}}"#).await;
    assert_eq!(patched.code, 422, "{}", patched.text);
    let message = patched.json()["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("strict decoding error: unknown field \"dada\""), "{message}");
}

#[tokio::test]
async fn parts_of_objects_are_read_and_written() {
    let world = World::new().await;
    made(&world, DEPLOYMENTS, DEPLOYMENT).await;
    let scale = format!("{DEPLOYMENTS}/d/scale");
    let got = world.get(&scale).await.json();
    assert_eq!((&got["kind"], &got["spec"]), (&json!("Scale"), &json!({"replicas": 1})));
    assert_eq!(got["status"], json!({"replicas": 0, "selector": "a=b"}));
    // kubectl sends this one without a content type.
    let body = r#"{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"d","namespace":"t"},"spec":{"replicas":3}}"#;
    let got = world.call("PUT", &scale, &[], body).await;
    assert_eq!((got.code, &got.json()["spec"]["replicas"]), (200, &json!(3)));
    let got = world.patch(&scale, "merge-patch+json", r#"{"spec":{"replicas":5}}"#).await;
    assert_eq!((got.code, &got.json()["spec"]["replicas"]), (200, &json!(5)));

    let status = format!("{DEPLOYMENTS}/d/status");
    let patch = r#"{"status":{"replicas":2},"spec":{"replicas":9}}"#;
    let got = world.patch(&status, "merge-patch+json", patch).await.json();
    assert_eq!((&got["status"]["replicas"], &got["spec"]["replicas"]), (&json!(2), &json!(5)));
    assert_eq!(got["metadata"]["generation"], 3);
}

#[tokio::test]
async fn objects_end_at_once_or_wait() {
    let world = World::new().await;
    let cm = made(&world, CM, r#"{"metadata":{"name":"cm"}}"#).await;
    let gone = world.call("DELETE", ONE, &[], "").await.json();
    assert_eq!((&gone["kind"], &gone["status"]), (&json!("Status"), &json!("Success")));
    assert_eq!(gone["details"]["uid"], cm["metadata"]["uid"]);
    assert_eq!(world.call("DELETE", ONE, &[], "").await.code, 404);

    made(&world, CM, r#"{"metadata":{"name":"cm","finalizers":["x.io/y"]}}"#).await;
    let marked = world.call("DELETE", ONE, &[], "").await.json();
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    let last = world.patch(ONE, "merge-patch+json", r#"{"metadata":{"finalizers":null}}"#).await;
    assert_eq!(last.code, 200, "{}", last.text);
    assert_eq!(world.get(ONE).await.code, 404);

    let body = r#"{"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"x"}]}}"#;
    made(&world, PODS, body).await;
    let one = format!("{PODS}/p");
    let options = r#"{"propagationPolicy":"Background","preconditions":{"uid":"other"}}"#;
    let json = [("content-type", "application/json")];
    assert_eq!(world.call("DELETE", &one, &json, options).await.code, 409);
    let marked = world.call("DELETE", &one, &[], "").await.json();
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], 30);
    let now = format!("{one}?gracePeriodSeconds=0");
    assert_eq!(world.call("DELETE", &now, &[], "").await.code, 200);
    assert_eq!(world.get(&one).await.code, 404);

    let namespace = world.call("DELETE", "/api/v1/namespaces/t", &[], "").await.json();
    assert_eq!(namespace["status"]["phase"], "Terminating");
    let refused = world.post(CM, r#"{"metadata":{"name":"late"}}"#).await;
    assert_eq!(refused.code, 403);
}

#[tokio::test]
async fn pods_are_bound_and_evicted() {
    let world = World::new().await;
    made(
        &world,
        PODS,
        r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"x"}]}}"#,
    )
    .await;
    let bind = r#"{"kind":"Binding","apiVersion":"v1","metadata":{"name":"p"},"target":{"kind":"Node","name":"n1"}}"#;
    made(&world, &format!("{PODS}/p/binding"), bind).await;
    let pod = world.get(&format!("{PODS}/p")).await.json();
    assert_eq!(pod["spec"]["nodeName"], "n1");
    assert_eq!(pod["status"]["conditions"][0]["type"], "PodScheduled");
    assert_eq!(world.post(&format!("{PODS}/p/binding"), bind).await.code, 409);

    let evict = r#"{"kind":"Eviction","apiVersion":"policy/v1","metadata":{"name":"p"}}"#;
    made(&world, &format!("{PODS}/p/eviction"), evict).await;
    let pod = world.get(&format!("{PODS}/p")).await.json();
    assert!(pod["metadata"]["deletionTimestamp"].is_string());
}

#[tokio::test]
async fn collections_end_by_selector() {
    let world = World::new().await;
    for (name, label) in [("a", "x"), ("b", "x"), ("c", "y")] {
        let body = format!(r#"{{"metadata":{{"name":"{name}","labels":{{"l":"{label}"}}}}}}"#);
        made(&world, CM, &body).await;
    }
    let got = world.call("DELETE", &format!("{CM}?labelSelector=l%3Dx"), &[], "").await.json();
    assert_eq!(
        (&got["kind"], got["items"].as_array().unwrap().len()),
        (&json!("ConfigMapList"), 2)
    );
    let left = world.get(CM).await.json();
    assert_eq!(left["items"][0]["metadata"]["name"], "c");
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn questions_about_oneself_are_answered() {
    let world = World::new().await;
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let body = r#"{"spec":{"resourceAttributes":{"verb":"get","resource":"pods"}}}"#;
    assert_eq!(made(&world, path, body).await["status"]["allowed"], true);
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    assert_eq!(made(&world, path, "{}").await["status"]["userInfo"]["username"], "admin");
}
