//! Requests with the answers that a real API server gave (kube-apiserver 1.20.2, where nothing else is said).

use crate::client::World;

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const CM: &str = "/api/v1/namespaces/t/configmaps";
const ONE: &str = "/api/v1/namespaces/t/configmaps/cm";

struct Case {
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    code: u16,
    reason: &'static str,
    message: &'static str,
}

const fn case(
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    (code, reason, message): (u16, &'static str, &'static str),
) -> Case {
    Case { method, path, headers, body, code, reason, message }
}

const REFUSED: &[Case] = &[
    case(
        "GET",
        "/api/v1/namespaces/t/pods/nope",
        &[],
        "",
        (404, "NotFound", "pods \"nope\" not found"),
    ),
    case(
        "GET",
        "/api/v1/namespaces/t/foos",
        &[],
        "",
        (404, "NotFound", "the server could not find the requested resource"),
    ),
    case(
        "POST",
        "/api/v1/namespaces/t/pods",
        JSON,
        r#"{"metadata":{"name":"Bad_Name"},"spec":{}}"#,
        (
            422,
            "Invalid",
            "Pod \"Bad_Name\" is invalid: [metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'), spec.containers: Required value]",
        ),
    ),
    case(
        "POST",
        CM,
        JSON,
        r#"{"metadata":{"name":"cm"},"data":{"a":"b"}}"#,
        (409, "AlreadyExists", "configmaps \"cm\" already exists"),
    ),
    case(
        "PUT",
        ONE,
        JSON,
        r#"{"metadata":{"name":"cm","resourceVersion":"1"},"data":{"a":"c"}}"#,
        (
            409,
            "Conflict",
            "Operation cannot be fulfilled on configmaps \"cm\": the object has been modified; please apply your changes to the latest version and try again",
        ),
    ),
    case(
        "POST",
        CM,
        &[("content-type", "text/foo")],
        "x",
        (
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        ),
    ),
    case(
        "POST",
        ONE,
        JSON,
        "{}",
        (
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        ),
    ),
    case(
        "PUT",
        ONE,
        JSON,
        r#"{"metadata":{"name":"other"},"data":{}}"#,
        (
            400,
            "BadRequest",
            "the name of the object (other) does not match the name on the URL (cm)",
        ),
    ),
    case(
        "POST",
        CM,
        JSON,
        r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"}}"#,
        (
            400,
            "BadRequest",
            "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion",
        ),
    ),
    case(
        "GET",
        "/api/v1/namespaces/t/configmaps?fieldSelector=data.a%3Db",
        &[],
        "",
        (
            400,
            "BadRequest",
            "\"data.a\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        ),
    ),
    case(
        "GET",
        "/api/v1/namespaces/t/configmaps?labelSelector=a%3D%3D%3D",
        &[],
        "",
        (400, "BadRequest", "unable to parse requirement: found '=', expected: identifier"),
    ),
    case(
        "PATCH",
        ONE,
        &[("content-type", "application/json-patch+json")],
        r#"[{"op":"test","path":"/data/a","value":"zzz"}]"#,
        (422, "Invalid", "the server rejected our request due to an error in our request"),
    ),
    case(
        "PATCH",
        ONE,
        &[("content-type", "application/json-patch+json")],
        r#"[{"op":"remove","path":"/data/zzz"}]"#,
        (422, "Invalid", "the server rejected our request due to an error in our request"),
    ),
    // From here on: as newer servers answer.
    case(
        "POST",
        "/api/v1/namespaces/nowhere/configmaps",
        JSON,
        r#"{"metadata":{"name":"cm"}}"#,
        (404, "NotFound", "namespaces \"nowhere\" not found"),
    ),
    case(
        "POST",
        "/apis/apps/v1/namespaces/t/deployments?fieldValidation=Strict",
        JSON,
        r#"{"metadata":{"name":"d"},"spec":{"replicsa":1}}"#,
        (
            400,
            "BadRequest",
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replicsa\"",
        ),
    ),
    case(
        "POST",
        "/apis/apps/v1/namespaces/t/deployments",
        JSON,
        r#"{"metadata":{"name":"d"},"spec":{"replicas":"two"}}"#,
        (
            400,
            "BadRequest",
            "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
    ),
    case(
        "PATCH",
        ONE,
        &[("content-type", "application/apply-patch+yaml")],
        "{apiVersion: v1, kind: ConfigMap}",
        (
            422,
            "Invalid",
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ),
    ),
    case(
        "DELETE",
        "/api/v1/namespaces/default",
        &[],
        "",
        (
            403,
            "Forbidden",
            "namespaces \"default\" is forbidden: this namespace may not be deleted",
        ),
    ),
];

#[tokio::test]
async fn refusals_are_those_of_the_real_server() {
    let world = World::new().await;
    let made = world.post(CM, r#"{"metadata":{"name":"cm"},"data":{"a":"b"}}"#).await;
    assert_eq!(made.code, 201, "{}", made.text);
    for c in REFUSED {
        let got = world.call(c.method, c.path, c.headers, c.body).await;
        let status = got.json();
        let shown = format!("{} {} {}", c.method, c.path, c.body);
        assert_eq!(got.code, c.code, "{shown}: {}", got.text);
        assert_eq!(status["kind"], "Status", "{shown}");
        assert_eq!(status["status"], "Failure", "{shown}");
        assert_eq!(status["code"], c.code, "{shown}");
        assert_eq!(status["reason"], c.reason, "{shown}");
        assert_eq!(status["message"], c.message, "{shown}");
    }
}

#[tokio::test]
async fn other_refusals_have_their_codes() {
    let world = World::new().await;
    let check = async |method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>, code| {
        let got = world.call(method, path, headers, body).await;
        assert_eq!(got.code, code, "{method} {path}: {}", got.text);
        got
    };
    let unknown = check("GET", "/apis/nope.io/v1", &[], vec![], 404).await;
    assert_eq!(unknown.text, "404 page not found\n");
    check("GET", CM, &[("accept", "text/html")], vec![], 406).await;
    let unreadable = [("content-type", "application/json"), ("accept", "text/html")];
    check("POST", CM, &unreadable, br#"{"metadata":{"name":"unseen"}}"#.to_vec(), 406).await;
    check("GET", &format!("{CM}/unseen"), &[], vec![], 404).await;
    check("POST", CM, JSON, b"{\"metadata\":".to_vec(), 400).await;
    check("PATCH", ONE, JSON, b"{}".to_vec(), 415).await;
    check("GET", &format!("{CM}?limit=1&continue=abc"), &[], vec![], 400).await;
    let future = format!("{CM}?resourceVersion=99999999");
    let got = check("GET", &future, &[], vec![], 504).await;
    assert_eq!(got.headers["retry-after"], "1");
    assert_eq!(got.json()["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
    check("POST", CM, JSON, vec![b' '; 3 * 1024 * 1024 + 1], 413).await;
    check("GET", "/api/v1/namespaces/t/pods/p/proxy", &[], vec![], 501).await;
    check("POST", "/apis/metrics.k8s.io/v1beta1/nodes", JSON, b"{}".to_vec(), 405).await;
    check("GET", "/api/v1/watch/pods", &[], vec![], 404).await;
}

#[tokio::test]
async fn only_health_and_version_are_for_everybody() {
    let world = World::new().await;
    for (path, code) in [
        ("/healthz", 200),
        ("/livez", 200),
        ("/readyz?verbose", 200),
        ("/version", 200),
        ("/api", 403),
        ("/metrics", 403),
        ("/api/v1/secrets", 403),
    ] {
        assert_eq!(world.call_as_nobody("GET", path).await.code, code, "{path}");
    }
    let metrics = world.get("/metrics").await.text;
    assert!(metrics.starts_with("driftless_up 1\n"), "{metrics}");
    for row in ["{method=\"GET\",code=\"200\"}", "{method=\"GET\",code=\"403\"}"] {
        assert!(metrics.contains(row), "{metrics}");
    }
}

#[tokio::test]
async fn openapi_is_served_as_kubectl_wants_it() {
    let world = World::new().await;
    let accept = [("accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")];
    let v2 = world.call("GET", "/openapi/v2", &accept, "").await;
    let media = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    assert_eq!((v2.code, v2.headers["content-type"].to_str().unwrap()), (200, media));
    let tag = v2.headers["etag"].to_str().unwrap();
    let again = world.call("GET", "/openapi/v2", &[("if-none-match", tag)], "").await;
    assert_eq!(again.code, 304);

    let index = world.get("/openapi/v3").await.json();
    for (path, entry) in index["paths"].as_object().unwrap() {
        let url = entry["serverRelativeURL"].as_str().unwrap();
        let document = world.get(url).await;
        assert_eq!(document.code, 200, "{path}");
        assert_eq!(document.json()["openapi"], "3.0.0", "{path}");
    }
    assert_eq!(world.get("/openapi/v3/apis/nope.io/v1").await.code, 404);
}

#[tokio::test]
async fn discovery_is_aggregated_or_not() {
    let world = World::new().await;
    let new =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let got = world.call("GET", "/apis", &[("accept", new)], "").await;
    assert_eq!(
        got.headers["content-type"],
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    );
    assert_eq!(got.json()["kind"], "APIGroupDiscoveryList");
    let plain = world.get("/apis").await.json();
    assert_eq!(plain["kind"], "APIGroupList");
    for group in plain["groups"].as_array().unwrap() {
        let at = group["preferredVersion"]["groupVersion"].as_str().unwrap();
        let list = world.get(&format!("/apis/{at}")).await.json();
        assert_eq!(list["kind"], "APIResourceList", "{at}");
    }
}
