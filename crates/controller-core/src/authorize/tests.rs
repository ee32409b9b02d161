//! Tables of who may do what.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::kinds::{self, KindId, ObjectKey};

fn put(policy: &mut Policy, kind: KindId, namespace: &str, name: &str, doc: &Value) {
    policy.apply(&ObjectKey::new(kind, namespace, name), Some(doc));
}

fn binding(kind: &str, role: &str, subjects: Value) -> Value {
    json!({"roleRef": {"apiGroup": GROUP, "kind": kind, "name": role}, "subjects": subjects})
}

fn user(name: &str) -> Value {
    json!([{"kind": "User", "name": name}])
}

/// The defaults; jane views `a`; group `ops` edits everywhere; account `bot` of `b` reads one secret in `a`.
fn world() -> Policy {
    let mut policy = Policy::default();
    for (kind, name, doc) in defaults::all() {
        put(&mut policy, kind, "", &name, &doc);
    }
    let jane = binding("ClusterRole", "view", user("jane"));
    put(&mut policy, kinds::ROLE_BINDING, "a", "jane", &jane);
    let ops = binding("ClusterRole", "edit", json!([{"kind": "Group", "name": "ops"}]));
    put(&mut policy, kinds::CLUSTER_ROLE_BINDING, "", "ops", &ops);
    let one = json!({"rules": [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"], "verbs": ["get", "watch"]},
        {"apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["*"]},
    ]});
    put(&mut policy, kinds::ROLE, "a", "one", &one);
    let bot = binding(
        "Role",
        "one",
        json!([{"kind": "ServiceAccount", "namespace": "b", "name": "bot"}]),
    );
    put(&mut policy, kinds::ROLE_BINDING, "a", "bot", &bot);
    let lost = binding("Role", "gone", user("max"));
    put(&mut policy, kinds::ROLE_BINDING, "a", "lost", &lost);
    policy
}

fn who(name: &str) -> User {
    match (name, account_of(name)) {
        (ANONYMOUS, _) => User::anonymous(),
        (_, Some((namespace, account))) => User::account(namespace, account, ""),
        ("olga", _) => User::known(name, ["ops".to_string()]),
        ("root", _) => User::known(name, [MASTERS.to_string()]),
        _ => User::known(name, []),
    }
}

fn asked(method: &str, url: &str) -> Attributes {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let only = query.strip_prefix("only=");
    Attributes::of_request(method, path, &parts, query == "watch", only)
}

#[test]
fn requests_are_allowed_by_who_is_bound_to_what() {
    let policy = world();
    for (name, method, path, want) in [
        ("root", "DELETE", "/api/v1/nodes", true),
        ("jane", "GET", "/api/v1/namespaces/a/pods", true),
        ("jane", "GET", "/api/v1/namespaces/a/pods?watch", true),
        ("jane", "GET", "/api/v1/namespaces/a/pods/p/log", true),
        ("jane", "GET", "/api/v1/namespaces/a", true),
        ("jane", "GET", "/apis/apps/v1/namespaces/a/deployments/d", true),
        ("jane", "GET", "/api/v1/namespaces/b/pods", false),
        ("jane", "GET", "/api/v1/pods", false),
        ("jane", "GET", "/api/v1/namespaces", false),
        ("jane", "GET", "/api/v1/namespaces/a/secrets", false),
        ("jane", "GET", "/api/v1/namespaces/a/pods/p/exec", false),
        ("jane", "POST", "/api/v1/namespaces/a/pods/p/exec", false),
        ("jane", "POST", "/api/v1/namespaces/a/pods", false),
        ("jane", "DELETE", "/api/v1/namespaces/a/pods", false),
        ("jane", "GET", "/apis", true),
        ("jane", "GET", "/openapi/v3/apis/apps/v1", true),
        ("jane", "GET", "/metrics", false),
        ("jane", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true),
        ("jane", "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", false),
        ("olga", "POST", "/api/v1/namespaces/x/pods/p/exec", true),
        ("olga", "PATCH", "/apis/apps/v1/namespaces/x/deployments/d/scale", true),
        ("olga", "DELETE", "/apis/apps/v1/namespaces/x/deployments", true),
        ("olga", "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/x/rolebindings", false),
        ("olga", "DELETE", "/api/v1/nodes/n", false),
        ("system:serviceaccount:b:bot", "GET", "/api/v1/namespaces/a/secrets/one", true),
        ("system:serviceaccount:b:bot", "GET", "/api/v1/namespaces/a/secrets/two", false),
        ("system:serviceaccount:b:bot", "GET", "/api/v1/namespaces/a/secrets", false),
        ("system:serviceaccount:b:bot", "GET", "/api/v1/namespaces/a/secrets?watch", false),
        (
            "system:serviceaccount:b:bot",
            "PUT",
            "/apis/apps/v1/namespaces/a/deployments/d/scale",
            true,
        ),
        ("system:serviceaccount:b:bot", "PUT", "/apis/apps/v1/namespaces/a/deployments/d", false),
        ("system:serviceaccount:a:bot", "GET", "/api/v1/namespaces/a/secrets/one", false),
        (ANONYMOUS, "GET", "/version", true),
        (ANONYMOUS, "GET", "/healthz", true),
        (ANONYMOUS, "GET", "/apis", false),
        (ANONYMOUS, "GET", "/api/v1/namespaces/a/pods", false),
        ("jane", "TRACE", "/api/v1/namespaces/a/pods", false),
    ] {
        let decision = policy.decide(&who(name), &asked(method, path));
        assert_eq!(decision.allowed, want, "{name} {method} {path}: {}", decision.reason);
    }
    let bot = who("system:serviceaccount:b:bot");
    let watch = asked("GET", "/api/v1/namespaces/a/secrets?only=one").to("watch");
    assert!(policy.decide(&bot, &watch).allowed);
}

#[test]
fn refusals_and_reasons_read_as_kubernetes_writes_them() {
    let policy = world();
    for (name, method, path, want) in [
        (
            "jane",
            "GET",
            "/api/v1/namespaces/default/pods",
            "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"",
        ),
        (
            "jane",
            "DELETE",
            "/api/v1/nodes/n",
            "nodes \"n\" is forbidden: User \"jane\" cannot delete resource \"nodes\" in API group \"\" at the cluster scope",
        ),
        (
            "jane",
            "POST",
            "/api/v1/namespaces/a/pods/p/exec",
            "pods \"p\" is forbidden: User \"jane\" cannot create resource \"pods/exec\" in API group \"\" in the namespace \"a\"",
        ),
        (
            "jane",
            "PATCH",
            "/apis/apps/v1/namespaces/b/deployments/d",
            "deployments.apps \"d\" is forbidden: User \"jane\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"b\"",
        ),
        (
            ANONYMOUS,
            "GET",
            "/metrics",
            "forbidden: User \"system:anonymous\" cannot get path \"/metrics\"",
        ),
        (
            "max",
            "GET",
            "/api/v1/namespaces/a/pods",
            "pods is forbidden: User \"max\" cannot list resource \"pods\" in API group \"\" in the namespace \"a\": RBAC: role.rbac.authorization.k8s.io \"gone\" not found",
        ),
    ] {
        let (user, asked) = (who(name), asked(method, path));
        let decision = policy.decide(&user, &asked);
        assert!(!decision.allowed, "{path}");
        assert_eq!(forbidden(&user, &asked, &decision.reason).message, want);
    }
    for (name, path, want) in [
        (
            "jane",
            "/api/v1/namespaces/a/pods",
            "RBAC: allowed by RoleBinding \"jane/a\" of ClusterRole \"view\" to User \"jane\"",
        ),
        (
            "olga",
            "/api/v1/pods",
            "RBAC: allowed by ClusterRoleBinding \"ops\" of ClusterRole \"edit\" to Group \"ops\"",
        ),
        (
            "system:serviceaccount:b:bot",
            "/api/v1/namespaces/a/secrets/one",
            "RBAC: allowed by RoleBinding \"bot/a\" of Role \"one\" to ServiceAccount \"bot/b\"",
        ),
    ] {
        assert_eq!(policy.decide(&who(name), &asked("GET", path)).reason, want);
    }
}

fn missing(policy: &Policy, name: &str, namespace: &str, rules: &Value) -> String {
    let rules: Vec<Rule> = rules.as_array().into_iter().flatten().map(Rule::read).collect();
    let user = who(name);
    let text = policy.missing(&user, namespace, &rules).map(|m| m.text(&user));
    text.unwrap_or_default()
}

#[test]
fn nobody_gives_what_they_do_not_have() {
    let policy = world();
    let read = json!([{"apiGroups": ["", "apps"], "resources": ["pods", "deployments"], "verbs": ["get", "list"]}]);
    // `view` has pods in the core group and deployments in `apps`, and not the other way round.
    assert_eq!(
        missing(&policy, "jane", "a", &read),
        "user \"jane\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n\
         {APIGroups:[\"\"], Resources:[\"deployments\"], Verbs:[\"get\" \"list\"]}\n\
         {APIGroups:[\"apps\"], Resources:[\"pods\"], Verbs:[\"get\" \"list\"]}"
    );
    let pods = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "watch"]}]);
    assert_eq!(missing(&policy, "jane", "a", &pods), "");
    assert_ne!(missing(&policy, "jane", "b", &pods), "");
    let star = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    assert_ne!(missing(&policy, "olga", "", &star), "");
    assert_eq!(missing(&policy, "root", "", &star), "");
    let named = json!([{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"], "verbs": ["get"]}]);
    assert_eq!(missing(&policy, "system:serviceaccount:b:bot", "a", &named), "");
    let all = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]);
    assert_ne!(missing(&policy, "system:serviceaccount:b:bot", "a", &all), "");
    let words: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let huge =
        json!([{"apiGroups": words, "resources": words, "resourceNames": words, "verbs": words}]);
    assert_ne!(missing(&policy, "jane", "a", &huge), "");
}

#[test]
fn what_is_taken_away_is_gone() {
    let mut policy = world();
    let jane = who("jane");
    let pods = asked("GET", "/api/v1/namespaces/a/pods");
    assert!(policy.decide(&jane, &pods).allowed);
    // The binding is for somebody else now.
    let other = binding("ClusterRole", "view", user("kim"));
    put(&mut policy, kinds::ROLE_BINDING, "a", "jane", &other);
    assert!(!policy.decide(&jane, &pods).allowed);
    assert!(policy.decide(&who("kim"), &pods).allowed);
    policy.apply(&ObjectKey::new(kinds::ROLE_BINDING, "a", "jane"), None);
    assert!(!policy.decide(&who("kim"), &pods).allowed);
    let olga = who("olga");
    assert!(policy.decide(&olga, &pods).allowed);
    policy.apply(&ObjectKey::new(kinds::CLUSTER_ROLE, "", "edit"), None);
    assert!(!policy.decide(&olga, &pods).allowed);
}

#[test]
fn the_defaults_are_valid_and_put_together_as_they_say() {
    let all = defaults::all();
    for (kind, name, doc) in &all {
        let kind = kinds::get(*kind);
        let mut made = doc.clone();
        (kind.default)(&mut made);
        let mut errors = Vec::new();
        (kind.validate)(&made, None, &mut errors);
        assert!(errors.is_empty() && made == *doc, "{name}: {errors:?}");
    }
    let rules = |name: &str| -> BTreeSet<Rule> {
        let found = all.iter().find(|(_, n, _)| n == name).map(|(.., doc)| Rule::of_role(doc));
        found.unwrap_or_default().into_iter().collect()
    };
    let admin: BTreeSet<Rule> = ["admin", "edit", "view"]
        .iter()
        .flat_map(|n| rules(&format!("system:aggregate-to-{n}")))
        .collect();
    assert_eq!(rules("admin"), admin);
}

/// What a decision is by the letter: every binding is looked at, one after the other.
fn by_the_letter(docs: &[(KindId, &str, String, Value)], user: &User, asked: &Attributes) -> bool {
    let namespace = match &asked.target {
        Target::Resource(of) => of.namespace.as_str(),
        Target::Path(_) => "",
    };
    docs.iter().any(|(kind, place, _, doc)| {
        let counts = *kind == kinds::CLUSTER_ROLE_BINDING
            || *kind == kinds::ROLE_BINDING && !namespace.is_empty() && *place == namespace;
        let named =
            doc["subjects"].as_array().into_iter().flatten().any(|s| match s["kind"].as_str() {
                Some("User") => s["name"] == user.name.as_str(),
                _ => user.groups.iter().any(|g| s["name"] == g.as_str()),
            });
        let role = docs.iter().find(|(k, p, n, _)| {
            let wide = doc["roleRef"]["kind"] == "ClusterRole";
            *k == if wide { kinds::CLUSTER_ROLE } else { kinds::ROLE }
                && *p == if wide { "" } else { *place }
                && doc["roleRef"]["name"] == n.as_str()
        });
        counts
            && named
            && role.is_some_and(|(.., role)| Rule::of_role(role).iter().any(|r| r.allows(asked)))
    })
}

fn words(of: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(of.to_vec(), 0..=of.len())
}

fn rule() -> impl Strategy<Value = Value> {
    (
        words(&["", "apps", "*"]),
        words(&["pods", "pods/log", "*", "*/log"]),
        words(&["x", "y"]),
        words(&["get", "list", "*"]),
    )
        .prop_map(
            |(g, r, n, v)| json!({"apiGroups": g, "resources": r, "resourceNames": n, "verbs": v}),
        )
}

fn any_doc() -> impl Strategy<Value = (KindId, &'static str, String, Value)> {
    let places = proptest::sample::select(vec!["a", "b"]);
    let subject = proptest::sample::select(vec![("User", "u"), ("User", "v"), ("Group", "g")]);
    let rules = proptest::collection::vec(rule(), 0..3);
    (
        0..4usize,
        places,
        0..3u8,
        rules,
        proptest::collection::vec(subject, 0..3),
        any::<bool>(),
        0..3u8,
    )
        .prop_map(|(kind, place, name, rules, subjects, wide, role)| {
            let kind = KINDS[kind];
            let doc = if matches!(kind, kinds::ROLE | kinds::CLUSTER_ROLE) {
                json!({ "rules": rules })
            } else {
                let subjects = subjects.iter().map(|(k, n)| json!({"kind": k, "name": n}));
                let wide = wide || kind == kinds::CLUSTER_ROLE_BINDING;
                let of = if wide { "ClusterRole" } else { "Role" };
                binding(of, &role.to_string(), subjects.collect())
            };
            let place = if kinds::get(kind).namespaced { place } else { "" };
            (kind, place, name.to_string(), doc)
        })
}

proptest! {
    #[test]
    fn the_index_decides_by_the_letter(
        docs in proptest::collection::vec(any_doc(), 0..24),
        group in proptest::sample::select(vec!["", "apps"]),
        resource in proptest::sample::select(vec!["pods", "nodes"]),
        part in proptest::sample::select(vec!["", "log"]),
        place in proptest::sample::select(vec!["", "a", "b"]),
        name in proptest::sample::select(vec!["", "x"]),
        verb in proptest::sample::select(vec!["get", "delete"]),
    ) {
        let (mut policy, mut now) = (Policy::default(), Vec::new());
        for (at, (kind, place, name, doc)) in docs.into_iter().enumerate() {
            now.retain(|(k, p, n, _)| (*k, *p, n) != (kind, place, &name));
            let key = ObjectKey::new(kind, place, &name);
            // Every fifth is taken away again.
            if at % 5 == 4 {
                policy.apply(&key, None);
            } else {
                policy.apply(&key, Some(&doc));
                now.push((kind, place, name, doc));
            }
        }
        let asked = Attributes {
            verb: verb.to_string(),
            target: Target::Resource(Resource {
                group: group.to_string(),
                resource: resource.to_string(),
                subresource: part.to_string(),
                namespace: place.to_string(),
                name: name.to_string(),
            }),
        };
        let user = User::known("u", ["g".to_string()]);
        prop_assert_eq!(policy.decide(&user, &asked).allowed, by_the_letter(&now, &user, &asked));
    }

    #[test]
    fn what_is_covered_is_allowed(have in proptest::collection::vec(rule(), 0..4), want in rule()) {
        let mut policy = Policy::default();
        put(&mut policy, kinds::CLUSTER_ROLE, "", "r", &json!({ "rules": have }));
        put(&mut policy, kinds::CLUSTER_ROLE_BINDING, "", "b", &binding("ClusterRole", "r", user("u")));
        let (user, want) = (User::known("u", []), Rule::read(&want));
        if policy.missing(&user, "", core::slice::from_ref(&want)).is_none() {
            for (group, part, name, verb) in [("", "", "x", "get"), ("apps", "log", "y", "list"), ("z", "", "", "put")] {
                let asked = Attributes {
                    verb: verb.to_string(),
                    target: Target::Resource(Resource {
                        group: group.to_string(),
                        resource: "pods".to_string(),
                        subresource: part.to_string(),
                        name: name.to_string(),
                        ..Resource::default()
                    }),
                };
                prop_assert!(!want.allows(&asked) || policy.decide(&user, &asked).allowed, "{:?}", asked);
            }
        }
    }

    #[test]
    fn no_path_panics(method in "[A-Z]{0,7}", parts in proptest::collection::vec("\\PC{0,8}", 0..8), watch: bool) {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Attributes::of_request(&method, "/", &parts, watch, None);
    }
}
