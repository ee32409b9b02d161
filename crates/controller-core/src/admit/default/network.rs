//! Defaults of services and of what is around them (k8s.io/api `v1`, `networking.k8s.io/v1`).

use alloc::string::String;

use serde_json::{Map, Value, json};

use super::{each, existing, fill, object};
use crate::admit::service::{HEADLESS, Type};

/// A Service.
pub fn service(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(spec, "type", "ClusterIP");
    fill(spec, "sessionAffinity", "None");
    if spec.get("sessionAffinity").and_then(Value::as_str) == Some("ClientIP")
        && let Some(config) = object(spec, "sessionAffinityConfig")
        && let Some(client) = object(config, "clientIP")
    {
        fill(client, "timeoutSeconds", 10_800);
    }
    for port in each(spec, "ports") {
        fill(port, "protocol", "TCP");
        let unset = [None, Some(&json!(0)), Some(&json!("")), Some(&Value::Null)];
        if unset.contains(&port.get("targetPort")) {
            let number = port.get("port").cloned().unwrap_or(Value::Null);
            port.insert("targetPort".into(), number);
        }
    }
    let of = Type::of(spec);
    if of.has_address() {
        fill(spec, "internalTrafficPolicy", "Cluster");
        addresses(spec);
    }
    let external = spec.get("externalIPs").and_then(Value::as_array).is_some_and(|l| !l.is_empty());
    if of.has_node_ports() || (of.has_address() && external) {
        fill(spec, "externalTrafficPolicy", "Cluster");
    }
    if of == Type::LoadBalancer {
        fill(spec, "allocateLoadBalancerNodePorts", true);
    }
}

/// Nodes have IPv4 addresses only, so that is what services have.
fn addresses(spec: &mut Map<String, Value>) {
    let text = |spec: &Map<String, Value>, field: &str| {
        spec.get(field).and_then(Value::as_str).map(String::from).filter(|t| !t.is_empty())
    };
    let first = |spec: &Map<String, Value>| {
        spec.get("clusterIPs")?.as_array()?.first()?.as_str().map(String::from)
    };
    match (text(spec, "clusterIP"), first(spec)) {
        (Some(ip), None) => {
            spec.insert("clusterIPs".into(), json!([ip]));
        }
        (None, Some(ip)) => {
            spec.insert("clusterIP".into(), ip.into());
        }
        _ => {}
    }
    let headless = text(spec, "clusterIP").as_deref() == Some(HEADLESS);
    let selects = existing(spec, "selector").is_some_and(|s| !s.is_empty());
    if headless && !selects {
        fill(spec, "ipFamilyPolicy", "RequireDualStack");
        fill(spec, "ipFamilies", json!(["IPv4", "IPv6"]));
    }
    fill(spec, "ipFamilyPolicy", "SingleStack");
    fill(spec, "ipFamilies", json!(["IPv4"]));
}

/// A NetworkPolicy.
pub fn network_policy(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    let egress = spec.get("egress").and_then(Value::as_array).is_some_and(|l| !l.is_empty());
    fill(
        spec,
        "policyTypes",
        if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) },
    );
    for ports in ["ingress", "egress"] {
        for rule in each(spec, ports) {
            each(rule, "ports").for_each(|port| fill(port, "protocol", "TCP"));
        }
    }
}

/// A HorizontalPodAutoscaler.
pub fn autoscaler(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(spec, "minReplicas", 1);
    if spec.get("metrics").and_then(Value::as_array).is_none_or(|l| l.is_empty()) {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
        spec.insert("metrics".into(), json!([cpu]));
    }
    let Some(behavior) = existing(spec, "behavior") else { return };
    let policy = |of: &str, value: u32| json!({"type": of, "value": value, "periodSeconds": 15});
    if let Some(up) = object(behavior, "scaleUp") {
        fill(up, "stabilizationWindowSeconds", 0);
        fill(up, "selectPolicy", "Max");
        fill(up, "policies", json!([policy("Pods", 4), policy("Percent", 100)]));
    }
    if let Some(down) = object(behavior, "scaleDown") {
        fill(down, "selectPolicy", "Max");
        fill(down, "policies", json!([policy("Percent", 100)]));
    }
}
