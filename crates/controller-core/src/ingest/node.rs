//! A node's facts, in the form that Kubernetes shows.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::NodeName;
use model::report::NodeFacts;
use serde_json::{Map, Value, json};

use crate::fleet::Node;
use crate::view::node::{NodeDoc, SEALING_KEY, TOLD_LABELS};

/// Labels that say what a node is, and those of its configuration.
pub(crate) fn labels(name: &NodeName, node: &Node) -> Map<String, Value> {
    let mut out: Map<String, Value> =
        node.labels.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
    out.insert("kubernetes.io/hostname".into(), name.as_str().into());
    if let Some(facts) = &node.facts {
        for (key, value) in [
            ("kubernetes.io/arch", &facts.architecture),
            ("kubernetes.io/os", &facts.operating_system),
        ] {
            if !value.is_empty() {
                out.insert(key.into(), value.as_str().into());
            }
        }
    }
    out
}

/// The labels of a node's configuration, as they are noted on its document.
fn told(node: &Node) -> String {
    let pairs: Vec<String> = node.labels.iter().map(|(k, v)| alloc::format!("{k}={v}")).collect();
    pairs.join(",")
}

/// The annotations of a new node.
pub(crate) fn annotations(node: &Node) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert(TOLD_LABELS.into(), told(node).into());
    if let Some(key) = &node.sealing {
        out.insert(SEALING_KEY.into(), key.to_string().into());
    }
    out
}

/// What has to change in a document's metadata; none if nothing.
pub(crate) fn metadata_changed(doc: &NodeDoc, node: &Node) -> Option<Value> {
    let labels = labels_changed(doc, node);
    let Some(key) = node.sealing.filter(|_| doc.sealing.is_none()) else { return labels };
    let mut patch = labels.unwrap_or_else(|| json!({}));
    patch["annotations"][SEALING_KEY] = key.to_string().into();
    Some(patch)
}

/// What has to change in a document's metadata for the node's labels; none if nothing.
fn labels_changed(doc: &NodeDoc, node: &Node) -> Option<Value> {
    if !node.greeted {
        return None;
    }
    let now = told(node);
    let mut patch = Map::new();
    for (key, value) in labels(&doc.name, node) {
        let own = !node.labels.contains_key(&key);
        let differs = doc.labels.get(&key).map(String::as_str) != value.as_str();
        if differs && (own || now != doc.told_labels) {
            patch.insert(key, value);
        }
    }
    if now == doc.told_labels {
        return (!patch.is_empty()).then(|| json!({"labels": patch}));
    }
    // Those that the agent no longer brings go, unless somebody has changed them.
    for (key, value) in doc.told_labels.split(',').filter_map(|pair| pair.split_once('=')) {
        if !node.labels.contains_key(key) && doc.labels.get(key).is_some_and(|v| v == value) {
            patch.insert(key.into(), Value::Null);
        }
    }
    Some(json!({"labels": patch, "annotations": {TOLD_LABELS: now}}))
}

/// The status of a node but for conditions and images.
pub(crate) fn status(facts: &NodeFacts, name: &NodeName, version: &str) -> Map<String, Value> {
    let list = |cpu: i64, memory: i64| {
        json!({
            "cpu": milli(cpu),
            "memory": binary(memory),
            "ephemeral-storage": binary(facts.storage_bytes),
            "pods": facts.pods_max.to_string(),
        })
    };
    let cpu = (facts.cpu_milli - facts.reserved_cpu_milli).max(0);
    let memory = (facts.memory_bytes - facts.reserved_memory_bytes).max(0);
    let hostname = if facts.hostname.is_empty() { name.as_str() } else { &facts.hostname };
    let mut addresses: Vec<Value> =
        facts.addresses.iter().map(|a| json!({"type": "InternalIP", "address": a})).collect();
    addresses.push(json!({"type": "Hostname", "address": hostname}));
    let version = if version.is_empty() { String::new() } else { alloc::format!("v{version}") };
    let mut out = Map::new();
    out.insert("capacity".into(), list(facts.cpu_milli, facts.memory_bytes));
    out.insert("allocatable".into(), list(cpu, memory));
    out.insert("addresses".into(), addresses.into());
    out.insert("daemonEndpoints".into(), json!({"kubeletEndpoint": {"Port": 0}}));
    out.insert(
        "nodeInfo".into(),
        json!({
            "architecture": facts.architecture,
            "bootID": facts.boot_id,
            "containerRuntimeVersion": facts.runtime_version,
            "kernelVersion": facts.kernel_version,
            "kubeProxyVersion": "",
            "kubeletVersion": version,
            "machineID": facts.machine_id,
            "operatingSystem": facts.operating_system,
            "osImage": facts.os_image,
            "systemUUID": facts.machine_id,
        }),
    );
    out
}

/// The images on a node.
pub(crate) fn images(facts: &NodeFacts) -> Value {
    facts.images.iter().map(|(names, size)| json!({"names": names, "sizeBytes": size})).collect()
}

/// Whole cores where it comes out even.
fn milli(amount: i64) -> String {
    if amount % 1000 == 0 { (amount / 1000).to_string() } else { alloc::format!("{amount}m") }
}

/// Kibibytes where it comes out even, as kubelets tell.
fn binary(bytes: i64) -> String {
    if bytes % 1024 == 0 { alloc::format!("{}Ki", bytes / 1024) } else { bytes.to_string() }
}
