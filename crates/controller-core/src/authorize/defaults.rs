//! The roles and bindings that are there from the first start, with the names that Kubernetes gives them.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::{AUTHENTICATED, GROUP, MASTERS, UNAUTHENTICATED};
use crate::kinds::{self, KindId};

const READ: [&str; 3] = ["get", "list", "watch"];
const WRITE: [&str; 5] = ["create", "delete", "deletecollection", "patch", "update"];

/// What may be read of the core group in a namespace, by all who may read it.
const CORE_READ: [&str; 15] = [
    "bindings",
    "configmaps",
    "endpoints",
    "events",
    "limitranges",
    "namespaces",
    "namespaces/status",
    "persistentvolumeclaims",
    "persistentvolumeclaims/status",
    "pods",
    "pods/log",
    "pods/status",
    "resourcequotas",
    "resourcequotas/status",
    "serviceaccounts",
];
/// What of it may be changed by those who edit.
const CORE_WRITE: [&str; 7] = [
    "configmaps",
    "events",
    "persistentvolumeclaims",
    "pods",
    "secrets",
    "serviceaccounts",
    "services",
];
/// Ways into pods, which only those who edit may take.
const INTO_PODS: [&str; 4] = ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy"];

/// Resources of the other groups that hold workloads: group, what may be changed, what may only be read.
const OTHERS: [(&str, &[&str], &[&str]); 6] = [
    (
        "apps",
        &[
            "daemonsets",
            "deployments",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ],
        &[
            "controllerrevisions",
            "daemonsets/status",
            "deployments/status",
            "replicasets/status",
            "statefulsets/status",
        ],
    ),
    ("autoscaling", &["horizontalpodautoscalers"], &["horizontalpodautoscalers/status"]),
    ("batch", &["cronjobs", "jobs"], &["cronjobs/status", "jobs/status"]),
    ("policy", &["poddisruptionbudgets"], &["poddisruptionbudgets/status"]),
    ("networking.k8s.io", &["ingresses", "networkpolicies"], &["ingresses/status"]),
    ("discovery.k8s.io", &[], &["endpointslices"]),
];

const DISCOVERY: [&str; 6] = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"];
const PUBLIC: [&str; 5] = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

/// An object that is to be there: its kind, its name, its document.
pub type Default = (KindId, String, Value);

/// All of them.
pub fn all() -> Vec<Default> {
    let mut out = single();
    out.extend(aggregated());
    for (name, role, groups) in [
        ("cluster-admin", "cluster-admin", &[MASTERS][..]),
        ("system:basic-user", "system:basic-user", &[AUTHENTICATED]),
        ("system:discovery", "system:discovery", &[AUTHENTICATED]),
        ("system:monitoring", "system:monitoring", &["system:monitoring"]),
        (
            "system:public-info-viewer",
            "system:public-info-viewer",
            &[AUTHENTICATED, UNAUTHENTICATED],
        ),
    ] {
        let subjects =
            groups.iter().map(|g| json!({"apiGroup": GROUP, "kind": "Group", "name": g}));
        let doc = json!({
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
            "subjects": subjects.collect::<Value>(),
        });
        out.push((kinds::CLUSTER_ROLE_BINDING, name.into(), bootstrap(doc, json!({}))));
    }
    out
}

fn bootstrap(mut doc: Value, mut labels: Value) -> Value {
    labels["kubernetes.io/bootstrapping"] = "rbac-defaults".into();
    doc["metadata"] = json!({
        "labels": labels,
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    });
    doc
}

fn on(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}

fn paths(urls: &[&str]) -> Value {
    json!({"nonResourceURLs": urls, "verbs": ["get"]})
}

/// Roles that say themselves what they allow.
fn single() -> Vec<Default> {
    let discovery: Vec<&str> = PUBLIC.into_iter().chain(DISCOVERY).collect();
    let everything = [
        json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}),
        json!({"nonResourceURLs": ["*"], "verbs": ["*"]}),
    ];
    let itself = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"];
    let roles: [(&str, Vec<Value>); 5] = [
        ("cluster-admin", everything.into()),
        (
            "system:basic-user",
            [
                on("authorization.k8s.io", &itself, &["create"]),
                on("authentication.k8s.io", &["selfsubjectreviews"], &["create"]),
            ]
            .into(),
        ),
        ("system:discovery", [paths(&discovery)].into()),
        ("system:monitoring", [paths(&["/healthz", "/livez", "/readyz", "/metrics"])].into()),
        ("system:public-info-viewer", [paths(&PUBLIC)].into()),
    ];
    roles
        .into_iter()
        .map(|(name, rules)| {
            (kinds::CLUSTER_ROLE, name.into(), bootstrap(json!({ "rules": rules }), json!({})))
        })
        .collect()
}

/// `admin`, `edit` and `view`: put together from roles that bear their label, so that whoever brings a custom resource
/// can add to them.
fn aggregated() -> Vec<Default> {
    let view = view_rules();
    let edit: Vec<Value> = edit_rules();
    let admin = [
        on("rbac.authorization.k8s.io", &["rolebindings", "roles"], &[&READ[..], &WRITE].concat()),
        on("authorization.k8s.io", &["localsubjectaccessreviews"], &["create"]),
    ];
    let both = |a: &[Value], b: &[Value]| [a, b].concat();
    let with_view = both(&edit, &view);
    // Rules stand in the order of the names of the roles that they come from, as they are put together later.
    let whole =
        [("admin", both(&admin, &with_view)), ("edit", with_view.clone()), ("view", view.clone())];
    let mut out = Vec::new();
    for (name, rules) in whole {
        let labels = match name {
            "edit" => json!({label("admin"): "true"}),
            "view" => json!({label("edit"): "true"}),
            _ => json!({}),
        };
        let selector = json!({"matchLabels": {label(name): "true"}});
        let doc = json!({"aggregationRule": {"clusterRoleSelectors": [selector]}, "rules": rules});
        out.push((kinds::CLUSTER_ROLE, name.into(), bootstrap(doc, labels)));
    }
    for (name, rules) in [("admin", admin.to_vec()), ("edit", edit), ("view", view)] {
        let doc = bootstrap(json!({ "rules": rules }), json!({label(name): "true"}));
        out.push((kinds::CLUSTER_ROLE, alloc::format!("system:aggregate-to-{name}"), doc));
    }
    out
}

fn label(role: &str) -> String {
    alloc::format!("rbac.authorization.k8s.io/aggregate-to-{role}")
}

fn view_rules() -> Vec<Value> {
    let core = [&CORE_READ[..], &["services", "services/status"]].concat();
    let mut rules: Vec<Value> = [on("", &core, &READ)].into();
    for (group, write, read) in OTHERS {
        rules.push(on(group, &[write, read].concat(), &READ));
    }
    rules.push(on("metrics.k8s.io", &["pods"], &READ));
    rules
}

fn edit_rules() -> Vec<Value> {
    let mut rules: Vec<Value> = [
        on("", &[&INTO_PODS[..], &["secrets"]].concat(), &READ),
        on("", &[&INTO_PODS[..], &CORE_WRITE].concat(), &WRITE),
        on("", &["pods/eviction", "serviceaccounts/token"], &["create"]),
        on("", &["serviceaccounts"], &["impersonate"]),
        on("coordination.k8s.io", &["leases"], &[&READ[..], &WRITE].concat()),
    ]
    .into();
    for (group, write, _) in OTHERS {
        if !write.is_empty() {
            rules.push(on(group, write, &WRITE));
        }
    }
    rules
}
