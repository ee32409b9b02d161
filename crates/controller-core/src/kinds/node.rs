//! v1 Node.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use serde_json::Value;

use super::table::{age, name, text_or};
use super::{BARE, Kind, Subresource, text, wide};
use crate::admit::check;
use crate::admit::meta::{flag_at, list_at, meta, text_at};
use crate::admit::warn;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::NODE,
    kind: "Node",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    namespaced: false,
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.Node",
    fields: &[("spec.unschedulable", |d| flag_at(d, "/spec/unschedulable").to_string())],
    columns: &[
        text("Name"),
        text("Status"),
        text("Roles"),
        text("Age"),
        text("Version"),
        wide("Internal-IP"),
        wide("External-IP"),
        wide("OS-Image"),
        wide("Kernel-Version"),
        wide("Container-Runtime"),
    ],
    cells,
    validate: |d, _, errors| check::placement::taints(&check::at::At::root(d, "spec"), errors),
    warn: warn::node,
    ..BARE
};

fn cells(node: &Value, now: Millis) -> Vec<Value> {
    let info = |field: &str, placeholder: &str| {
        text_or(node, &alloc::format!("/status/nodeInfo/{field}"), placeholder)
    };
    alloc::vec![
        name(node),
        status(node).into(),
        roles(node).into(),
        age(node, now),
        info("kubeletVersion", ""),
        address(node, "InternalIP"),
        address(node, "ExternalIP"),
        info("osImage", "<unknown>"),
        info("kernelVersion", "<unknown>"),
        info("containerRuntimeVersion", "<unknown>"),
    ]
}

fn status(node: &Value) -> String {
    let ready = list_at(node, "/status/conditions").iter().find(|c| text_at(c, "/type") == "Ready");
    let word = match ready.map(|c| text_at(c, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let closed = if flag_at(node, "/spec/unschedulable") { ",SchedulingDisabled" } else { "" };
    alloc::format!("{word}{closed}")
}

/// Labels `node-role.kubernetes.io/<role>` and `kubernetes.io/role=<role>` name them.
fn roles(node: &Value) -> String {
    let mut roles: Vec<&str> = meta(node)
        .labels()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (key == "kubernetes.io/role").then_some(value),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { "<none>".to_string() } else { roles.join(",") }
}

fn address(node: &Value, kind: &str) -> Value {
    list_at(node, "/status/addresses")
        .iter()
        .find(|a| text_at(a, "/type") == kind)
        .map_or("<none>".into(), |a| text_at(a, "/address").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nodes_are_shown_as_the_real_server_shows_them() {
        let now = Millis::parse_rfc3339("2026-11-23T07:28:00Z").expect("a time");
        let mut node = json!({
            "metadata": {"name": "127.0.0.1", "creationTimestamp": "2026-11-23T07:11:00Z"},
            "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
        });
        let want = json!([
            "127.0.0.1",
            "NotReady",
            "<none>",
            "17m",
            "",
            "<none>",
            "<none>",
            "<unknown>",
            "<unknown>",
            "<unknown>"
        ]);
        assert_eq!(Value::from(cells(&node, now)), want);
        node["status"]["conditions"][0]["status"] = "True".into();
        node["spec"]["unschedulable"] = true.into();
        node["metadata"]["labels"] =
            json!({"node-role.kubernetes.io/gateway": "", "kubernetes.io/role": "edge"});
        assert_eq!(status(&node), "Ready,SchedulingDisabled");
        assert_eq!(roles(&node), "edge,gateway");
        assert_eq!(status(&json!({})), "Unknown");
    }
}
