//! Bearer tokens, over the wire.

use driftless_controller::users::hash_of;
use serde_json::{Value, json};

use crate::client::World;

const TOKENS: &str = "/apis/driftless.dev/v1/apitokens";
const WHOAMI: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

fn api_token(id: &str, user: &str, groups: &[&str], expires: &str) -> String {
    let mut doc = json!({
        "metadata": {"name": id},
        "spec": {"user": user, "groups": groups, "sha256": hash_of("secret")},
    });
    if !expires.is_empty() {
        doc["spec"]["expiresAt"] = expires.into();
    }
    doc.to_string()
}

#[tokio::test]
async fn a_users_token_counts_until_it_expires_or_is_revoked() {
    let world = World::new().await;
    for (id, expires) in [("a", ""), ("b", "2020-01-01T00:00:00Z"), ("c", "2999-01-01T00:00:00Z")] {
        let got = world.post(TOKENS, &api_token(id, "jane", &["ops"], expires)).await;
        assert_eq!(got.code, 201, "{}", got.text);
    }
    let got = world.call_with_token("POST", WHOAMI, "dlu_a_secret").await;
    assert_eq!(
        got.json()["status"]["userInfo"],
        json!({"username": "jane", "groups": ["ops", "system:authenticated"]})
    );
    assert_eq!(world.call_with_token("GET", "/api/v1/nodes", "dlu_a_secret").await.code, 403);
    for (token, code) in [
        ("dlu_c_secret", 200),
        ("dlu_b_secret", 401),
        ("dlu_a_Secret", 401),
        ("dlu_x_secret", 401),
        ("secret", 401),
        ("a.b.c", 401),
    ] {
        let got = world.call_with_token("GET", "/version", token).await;
        assert_eq!(got.code, code, "{token}");
    }
    let got = world.call_with_token("GET", "/api", "dlu_b_secret").await.json();
    assert_eq!((&got["reason"], &got["message"]), (&json!("Unauthorized"), &json!("Unauthorized")));
    assert_eq!(world.call("DELETE", &format!("{TOKENS}/a"), &[], "").await.code, 200);
    assert_eq!(world.call_with_token("GET", "/version", "dlu_a_secret").await.code, 401);
}

#[tokio::test]
async fn nobody_makes_a_token_of_who_they_may_not_be() {
    let world = World::new().await;
    let rules = json!([
        {"apiGroups": ["driftless.dev"], "resources": ["apitokens"], "verbs": ["create"]},
        {"apiGroups": [""], "resources": ["users"], "resourceNames": ["kim"], "verbs": ["impersonate"]},
    ]);
    let role = json!({"metadata": {"name": "maker"}, "rules": rules});
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    assert_eq!(world.post(&format!("{rbac}/clusterroles"), &role.to_string()).await.code, 201);
    let binding = json!({
        "metadata": {"name": "maker"},
        "roleRef": {"kind": "ClusterRole", "name": "maker"},
        "subjects": [{"kind": "User", "name": "jane"}],
    });
    let bindings = format!("{rbac}/clusterrolebindings");
    assert_eq!(world.post(&bindings, &binding.to_string()).await.code, 201);
    let as_jane = [("impersonate-user", "jane"), ("content-type", "application/json")];
    for (user, groups, code) in
        [("kim", &[][..], 201), ("root", &[], 403), ("kim", &["system:masters"], 403)]
    {
        let got = world
            .call("POST", TOKENS, &as_jane, api_token(&format!("{user}{code}"), user, groups, ""))
            .await;
        assert_eq!(got.code, code, "{user} {groups:?}: {}", got.text);
    }
    // The hash is for those who may read tokens, and what a token is for does not change.
    assert_eq!(world.call("GET", TOKENS, &as_jane, "").await.code, 403);
    let patch = json!({"spec": {"groups": ["system:masters"]}}).to_string();
    let got = world.patch(&format!("{TOKENS}/kim201"), "merge-patch+json", &patch).await;
    assert_eq!(got.code, 422, "{}", got.text);
}

async fn account(world: &World) -> String {
    let accounts = "/api/v1/namespaces/t/serviceaccounts";
    let made = world.post(accounts, r#"{"metadata":{"name":"bot"}}"#).await;
    assert_eq!(made.code, 201, "{}", made.text);
    format!("{accounts}/bot")
}

async fn token(world: &World, path: &str, spec: Value) -> String {
    let asked = json!({ "spec": spec }).to_string();
    let got = world.post(&format!("{path}/token"), &asked).await;
    assert_eq!(got.code, 201, "{}", got.text);
    got.json()["status"]["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_accounts_token_counts_as_long_as_the_account() {
    let world = World::new().await;
    let path = account(&world).await;
    let of = token(&world, &path, json!({})).await;
    let got = world.call_with_token("POST", WHOAMI, &of).await.json();
    let who = &got["status"]["userInfo"];
    assert_eq!(who["username"], "system:serviceaccount:t:bot", "{got}");
    assert_eq!(
        who["groups"],
        json!(["system:serviceaccounts", "system:serviceaccounts:t", "system:authenticated"])
    );
    let other = token(&world, &path, json!({"audiences": ["vault"]})).await;
    assert_eq!(world.call_with_token("GET", "/version", &other).await.code, 401);
    let review = "/apis/authentication.k8s.io/v1/tokenreviews";
    for (token, want) in [(&*of, true), ("nonsense", false), (&*other, false)] {
        let asked = json!({"spec": {"token": token}}).to_string();
        let got = world.post(review, &asked).await.json();
        assert_eq!(got["status"]["authenticated"] == true, want, "{got}");
        assert!(!got.to_string().contains(token), "{got}");
    }
    let short = world.post(&format!("{path}/token"), r#"{"spec":{"expirationSeconds":5}}"#).await;
    assert_eq!(short.code, 422, "{}", short.text);
    let none = world.post("/api/v1/namespaces/t/serviceaccounts/none/token", "{}").await;
    assert_eq!(none.code, 404, "{}", none.text);
    // An account of the same name that is made later is another.
    assert_eq!(world.call("DELETE", &path, &[], "").await.code, 200);
    assert_eq!(world.call_with_token("GET", "/version", &of).await.code, 401);
    account(&world).await;
    assert_eq!(world.call_with_token("GET", "/version", &of).await.code, 401);
}

#[tokio::test]
async fn a_token_that_is_bound_goes_with_what_it_is_bound_to() {
    let world = World::new().await;
    let path = account(&world).await;
    let secrets = "/api/v1/namespaces/t/secrets";
    assert_eq!(world.post(secrets, r#"{"metadata":{"name":"s"}}"#).await.code, 201);
    let bound = json!({"boundObjectRef": {"apiVersion": "v1", "kind": "Secret", "name": "s"}});
    let of = token(&world, &path, bound).await;
    assert_eq!(world.call_with_token("GET", "/version", &of).await.code, 200);
    assert_eq!(world.call("DELETE", &format!("{secrets}/s"), &[], "").await.code, 200);
    assert_eq!(world.call_with_token("GET", "/version", &of).await.code, 401);
}
