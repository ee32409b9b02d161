//! Rules on Services.

use alloc::format;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde_json::{Value, json};

use super::at::{At, Errors};
use super::{metadata, names};
use crate::admit::meta::{list_at, text_at};
use crate::admit::service::{HEADLESS, Type};
use crate::kinds::FieldError;

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/// A Service.
pub fn service(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    let Some(fields) = spec.value.as_object() else {
        errors.push(spec.path.child("ports").required(""));
        return;
    };
    let of = Type::of(fields);
    let headless = spec.text("clusterIP") == HEADLESS;
    if spec.items("ports").next().is_none() && !headless && of != Type::ExternalName {
        errors.push(spec.path.child("ports").required(""));
    }
    spec.one_of("type", &TYPES, errors);
    if headless && of.has_node_ports() {
        let why = format!("may not be set to 'None' for {} services", spec.text("type"));
        errors.push(spec.path.child("clusterIPs[0]").invalid(HEADLESS, &why));
    }
    if of == Type::ExternalName {
        external_name(&spec, errors);
    }
    ports(&spec, of, errors);
    if let Some(selector) = spec.get("selector") {
        metadata::labels(Some(selector.value), &selector.path, errors);
    }
    spec.one_of("sessionAffinity", &["ClientIP", "None"], errors);
    affinity(&spec, errors);
    addresses(&spec, of, errors);
    policies(&spec, of, errors);
    if let Some(old) = old {
        stays(&spec, old, errors);
    }
}

fn external_name(spec: &At<'_>, errors: &mut Errors) {
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if spec.get(field).is_some() {
            let why = "may not be set for ExternalName services";
            errors.push(spec.path.child(field).forbidden(why));
        }
    }
    let name = spec.required("externalName", errors);
    let bare = name.strip_suffix('.').unwrap_or(name);
    if !bare.is_empty() {
        let path = spec.path.child("externalName");
        errors.extend(names::subdomain(bare).iter().map(|why| path.invalid(name, why)));
    }
}

fn ports(spec: &At<'_>, of: Type, errors: &mut Errors) {
    let many = spec.items("ports").count() > 1;
    At::unique(spec.items("ports"), "name", errors);
    let mut seen: Vec<(i64, &str)> = Vec::new();
    let mut on_nodes: Vec<(i64, &str)> = Vec::new();
    for port in spec.items("ports") {
        if port.text("name").is_empty() {
            if many {
                port.required("name", errors);
            }
        } else {
            port.named("name", names::label, errors);
        }
        let number = port.int("port").unwrap_or(0);
        if !(1..=65_535).contains(&number) {
            let why = "must be between 1 and 65535, inclusive";
            errors.push(port.path.child("port").invalid(number, why));
        }
        port.one_of("protocol", &["SCTP", "TCP", "UDP"], errors);
        target(&port, errors);
        let pair = (number, port.text("protocol"));
        if seen.contains(&pair) {
            errors.push(port.path.duplicate(port.value));
        }
        seen.push(pair);
        let Some(node) = port.int("nodePort").filter(|&n| n != 0) else { continue };
        let path = port.path.child("nodePort");
        if of == Type::ClusterIp {
            errors.push(path.forbidden("may not be used when `type` is 'ClusterIP'"));
        }
        if on_nodes.contains(&(node, pair.1)) {
            errors.push(path.duplicate(node));
        }
        on_nodes.push((node, pair.1));
    }
}

fn target(port: &At<'_>, errors: &mut Errors) {
    let target = port.field("targetPort");
    match target.value {
        Value::Number(number) => {
            let number = number.as_i64().unwrap_or(0);
            if !(1..=65_535).contains(&number) {
                let why = "must be between 1 and 65535, inclusive";
                errors.push(target.path.invalid(number, why));
            }
        }
        _ => port.named("targetPort", names::port_name, errors),
    }
}

fn affinity(spec: &At<'_>, errors: &mut Errors) {
    let Some(config) = spec.get("sessionAffinityConfig") else { return };
    if spec.text("sessionAffinity") == "None" {
        let why = "must not be set when session affinity is None";
        errors.push(config.path.forbidden(why));
        return;
    }
    let client = config.field("clientIP");
    let seconds = client.int("timeoutSeconds").unwrap_or(0);
    if !(1..=86_400).contains(&seconds) {
        let why = "must be greater than 0 and less than 86400";
        errors.push(client.path.child("timeoutSeconds").invalid(seconds, why));
    }
}

fn addresses(spec: &At<'_>, of: Type, errors: &mut Errors) {
    let is_ip = |text: &str| text.parse::<IpAddr>().is_ok();
    let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    for ip in spec.items("externalIPs") {
        let text = ip.value.as_str().unwrap_or("");
        if !is_ip(text) {
            errors.push(ip.path.invalid(text, why));
        }
    }
    if !of.has_address() {
        return;
    }
    let all: Vec<At<'_>> = spec.items("clusterIPs").collect();
    if let Some(first) = all.first()
        && first.value.as_str() != Some(spec.text("clusterIP"))
    {
        let why = "first value must match `clusterIP`";
        errors.push(spec.path.child("clusterIPs").invalid(&json!([first.value]), why));
    }
    for ip in &all {
        let text = ip.value.as_str().unwrap_or("");
        if text != HEADLESS && !is_ip(text) {
            errors.push(ip.path.invalid(text, why));
        }
    }
    let selects = spec.field("selector").value.as_object().is_some_and(|s| !s.is_empty());
    if spec.text("clusterIP") == HEADLESS && !selects {
        return;
    }
    if spec.text("ipFamilyPolicy") == "RequireDualStack" {
        let why = "this cluster is not configured for dual-stack services";
        errors.push(spec.path.child("ipFamilyPolicy").invalid("RequireDualStack", why));
    }
    for family in spec.items("ipFamilies") {
        let text = family.value.as_str().unwrap_or("");
        if text != "IPv4" {
            errors.push(family.path.invalid(text, "not configured on this cluster"));
        }
    }
}

fn policies(spec: &At<'_>, of: Type, errors: &mut Errors) {
    let policies = ["Cluster", "Local"];
    spec.one_of("internalTrafficPolicy", &policies, errors);
    let outside = of.has_node_ports() || spec.items("externalIPs").next().is_some();
    let policy = spec.text("externalTrafficPolicy");
    if !outside && !policy.is_empty() {
        let why = "may only be set for externally-accessible services";
        errors.push(spec.path.child("externalTrafficPolicy").invalid(policy, why));
    }
    spec.one_of("externalTrafficPolicy", &policies, errors);
    if of != Type::LoadBalancer {
        for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if spec.get(field).is_some() {
                let why = "may only be used when `type` is 'LoadBalancer'";
                errors.push(spec.path.child(field).forbidden(why));
            }
        }
    }
}

/// What never changes while the service has an address.
fn stays(spec: &At<'_>, old: &Value, errors: &mut Errors) {
    let before = text_at(old, "/spec/clusterIP");
    let had = text_at(old, "/spec/type") != "ExternalName" && !before.is_empty();
    let has = spec.text("type") != "ExternalName";
    if had && has && spec.text("clusterIP") != before {
        let shown = json!(list_at(spec.value, "/clusterIPs"));
        errors.push(
            spec.path
                .child("clusterIPs[0]")
                .invalid(shown.get(0).unwrap_or(&Value::Null), "may not change once set"),
        );
    }
}
