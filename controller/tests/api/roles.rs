//! Who may do what, over the wire.

use serde_json::{Value, json};

use crate::client::{Got, World};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1";
const SECRETS: &str = "/api/v1/namespaces/t/secrets";

impl World {
    /// A request of the administrator, taken for somebody else.
    async fn as_user(&self, user: &str, method: &str, path: &str, body: &Value) -> Got {
        let kind = match (method, path.contains("fieldManager")) {
            ("PATCH", true) => "application/apply-patch+yaml",
            ("PATCH", false) => "application/merge-patch+json",
            _ => "application/json",
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.call(method, path, &[("impersonate-user", user), ("content-type", kind)], body).await
    }

    async fn bind(&self, namespace: &str, role: &str, user: &str) {
        let body = json!({
            "metadata": {"name": format!("{user}-{role}")},
            "roleRef": {"kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "User", "name": user}],
        });
        let path = format!("{RBAC}/namespaces/{namespace}/rolebindings");
        let got = self.post(&path, &body.to_string()).await;
        assert_eq!(got.code, 201, "{}", got.text);
    }

    async fn check(&self, user: &str, method: &str, path: &str, body: &Value, code: u16) -> Got {
        let got = self.as_user(user, method, path, body).await;
        assert_eq!(got.code, code, "{user} {method} {path}: {}", got.text);
        got
    }
}

fn role(name: &str, resource: &str, verbs: &[&str]) -> Value {
    json!({
        "metadata": {"name": name},
        "rules": [{"apiGroups": [""], "resources": [resource], "verbs": verbs}],
    })
}

#[tokio::test]
async fn a_request_is_allowed_by_what_is_bound_when_it_comes() {
    let world = World::new().await;
    let pods = "/api/v1/namespaces/t/pods";
    let got = world.check("jane", "GET", pods, &Value::Null, 403).await.json();
    assert_eq!(
        got["message"],
        "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"t\""
    );
    assert_eq!((&got["reason"], &got["details"]), (&json!("Forbidden"), &json!({"kind": "pods"})));
    world.bind("t", "view", "jane").await;
    let map = json!({"metadata": {"name": "m"}});
    let maps = "/api/v1/namespaces/t/configmaps";
    for (method, path, body, code) in [
        ("GET", pods, &Value::Null, 200),
        ("GET", "/api/v1/namespaces/t/pods/p", &Value::Null, 404),
        ("GET", SECRETS, &Value::Null, 403),
        ("GET", "/api/v1/pods", &Value::Null, 403),
        ("GET", "/api/v1/pods?watch=true", &Value::Null, 403),
        ("POST", maps, &map, 403),
        ("POST", "/api/v1/namespaces/t/configmaps?dryRun=All", &map, 403),
        ("POST", "/api/v1/namespaces/t/pods/p/exec?command=ls", &Value::Null, 403),
        ("GET", "/api/v1/namespaces/t/pods/p/exec?command=ls", &Value::Null, 403),
        ("DELETE", maps, &Value::Null, 403),
        ("GET", "/metrics", &Value::Null, 403),
        ("GET", "/apis", &Value::Null, 200),
        ("GET", "/openapi/v2", &Value::Null, 200),
        ("GET", "/nothing", &Value::Null, 403),
    ] {
        world.check("jane", method, path, body, code).await;
    }
    let path = format!("{RBAC}/namespaces/t/rolebindings/jane-view");
    assert_eq!(world.call("DELETE", &path, &[], "").await.code, 200);
    world.check("jane", "GET", pods, &Value::Null, 403).await;
}

#[tokio::test]
async fn an_apply_that_makes_something_needs_create() {
    let world = World::new().await;
    let patcher = role("patcher", "configmaps", &["get", "patch"]);
    let roles = format!("{RBAC}/clusterroles");
    assert_eq!(world.post(&roles, &patcher.to_string()).await.code, 201);
    world.bind("t", "patcher", "jane").await;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}});
    let path = "/api/v1/namespaces/t/configmaps/m?fieldManager=me";
    world.check("jane", "PATCH", path, &map, 403).await;
    assert_eq!(world.post("/api/v1/namespaces/t/configmaps", &map.to_string()).await.code, 201);
    world.check("jane", "PATCH", path, &map, 200).await;
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    let world = World::new().await;
    world.bind("t", "admin", "jane").await;
    let roles = format!("{RBAC}/namespaces/t/roles");
    let bindings = format!("{RBAC}/namespaces/t/rolebindings");
    let (have, lack) = (role("have", "pods", &["get"]), role("lack", "nodes", &["get"]));
    world.check("jane", "POST", &roles, &have, 201).await;
    let got = world.check("jane", "POST", &roles, &lack, 403).await;
    assert_eq!(
        got.json()["message"],
        "roles.rbac.authorization.k8s.io \"lack\" is forbidden: user \"jane\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\"]}"
    );
    let more = json!({"rules": lack["rules"]});
    world.check("jane", "PATCH", &format!("{roles}/have"), &more, 403).await;
    // What she has not changed is not asked about.
    let label = json!({"metadata": {"labels": {"a": "b"}}});
    assert_eq!(world.post(&roles, &lack.to_string()).await.code, 201);
    world.check("jane", "PATCH", &format!("{roles}/lack"), &label, 200).await;
    let bind = |kind: &str, role: &str| {
        json!({
            "metadata": {"name": format!("to-{role}")},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
            "subjects": [{"kind": "User", "name": "jane"}],
        })
    };
    world.check("jane", "POST", &bindings, &bind("Role", "have"), 201).await;
    world.check("jane", "POST", &bindings, &bind("Role", "lack"), 403).await;
    world.check("jane", "POST", &bindings, &bind("ClusterRole", "cluster-admin"), 403).await;
    world.check("jane", "POST", &bindings, &bind("Role", "gone"), 404).await;
    world.check("jane", "POST", &bindings, &bind("ClusterRole", "edit"), 201).await;
    let wide = format!("{RBAC}/clusterrolebindings");
    world.check("jane", "POST", &wide, &bind("ClusterRole", "edit"), 403).await;
    // A role can let her.
    let binder = json!({
        "metadata": {"name": "binder"},
        "rules": [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"],
            "resourceNames": ["lack"], "verbs": ["bind", "escalate"]}],
    });
    let clusterroles = format!("{RBAC}/clusterroles");
    assert_eq!(world.post(&clusterroles, &binder.to_string()).await.code, 201);
    world.bind("t", "binder", "jane").await;
    world.check("jane", "POST", &bindings, &bind("Role", "lack"), 201).await;
    let other = json!({"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]});
    world.check("jane", "PATCH", &format!("{roles}/lack"), &other, 200).await;
}

#[tokio::test]
async fn being_taken_for_somebody_needs_a_rule() {
    let world = World::new().await;
    let got =
        world.call("GET", "/api/v1/nodes", &[("impersonate-group", "system:masters")], "").await;
    assert_eq!(got.code, 400, "{}", got.text);
    let whoami = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let ask = json!({}).to_string();
    let headers = [
        ("impersonate-user", "kim"),
        ("impersonate-group", "ops"),
        ("impersonate-group", "dev"),
        ("impersonate-uid", "7"),
        ("impersonate-extra-Team%2Fname", "red"),
    ];
    let got = world.call("POST", whoami, &headers, ask.clone()).await.json();
    assert_eq!(
        got["status"]["userInfo"],
        json!({"username": "kim", "uid": "7", "groups": ["ops", "dev", "system:authenticated"],
            "extra": {"team/name": ["red"]}})
    );
    let account = [("impersonate-user", "system:serviceaccount:t:bot")];
    let got = world.call("POST", whoami, &account, ask.clone()).await.json();
    assert_eq!(
        got["status"]["userInfo"]["groups"],
        json!(["system:serviceaccounts", "system:serviceaccounts:t", "system:authenticated"])
    );
    let got = world.call("POST", whoami, &[("impersonate-user", "system:anonymous")], ask).await;
    assert_eq!(got.code, 403, "{}", got.text);
}

#[tokio::test]
async fn reviews_tell_the_truth() {
    let world = World::new().await;
    world.bind("t", "view", "jane").await;
    let of = |namespace: &str, resource: &str| {
        json!({"spec": {"resourceAttributes":
        {"namespace": namespace, "verb": "list", "resource": resource}}})
    };
    let path = format!("{REVIEWS}/selfsubjectaccessreviews");
    for (namespace, resource, want) in
        [("t", "pods", true), ("t", "secrets", false), ("u", "pods", false)]
    {
        let got = world.check("jane", "POST", &path, &of(namespace, resource), 201).await.json();
        assert_eq!(got["status"]["allowed"], want, "{got}");
        let mut other = of(namespace, resource);
        other["spec"]["user"] = "jane".into();
        let other = other.to_string();
        let got = world.post(&format!("{REVIEWS}/subjectaccessreviews"), &other).await.json();
        assert_eq!(got["status"]["allowed"], want, "{got}");
        let local = format!("{REVIEWS}/namespaces/t/localsubjectaccessreviews");
        let got = world.post(&local, &other).await;
        assert_eq!(got.code, if namespace == "t" { 201 } else { 422 }, "{}", got.text);
    }
    let nobody =
        world.post(&format!("{REVIEWS}/subjectaccessreviews"), &of("t", "pods").to_string()).await;
    assert_eq!(nobody.code, 422);
    world
        .check("jane", "POST", &format!("{REVIEWS}/subjectaccessreviews"), &of("t", "pods"), 403)
        .await;
    let rules = format!("{REVIEWS}/selfsubjectrulesreviews");
    let ask = json!({"spec": {"namespace": "t"}});
    let got = world.check("jane", "POST", &rules, &ask, 201).await.json();
    let resources = got["status"]["resourceRules"].to_string();
    assert!(resources.contains("pods/log") && !resources.contains("secrets"), "{resources}");
    assert!(got["status"]["nonResourceRules"].to_string().contains("/openapi/*"), "{got}");
    world.check("jane", "POST", &rules, &json!({"spec": {}}), 422).await;
}

#[tokio::test]
async fn role_references_stay_and_defaults_are_filled_in() {
    let world = World::new().await;
    world.bind("t", "view", "jane").await;
    let path = format!("{RBAC}/namespaces/t/rolebindings/jane-view");
    let made = world.get(&path).await.json();
    assert_eq!(made["roleRef"]["apiGroup"], "rbac.authorization.k8s.io");
    assert_eq!(made["subjects"][0]["apiGroup"], "rbac.authorization.k8s.io");
    let other = json!({"roleRef": {"name": "edit"}}).to_string();
    let got = world.patch(&path, "merge-patch+json", &other).await;
    assert_eq!(got.code, 422, "{}", got.text);
    assert!(got.text.contains("cannot change roleRef"), "{}", got.text);
    let names = world.get(&format!("{RBAC}/clusterroles")).await.json();
    assert!(names["items"].as_array().is_some_and(|all| all.len() >= 11), "{names}");
}
