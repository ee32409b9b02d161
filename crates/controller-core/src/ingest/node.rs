//! A node's facts, in the form that Kubernetes shows.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::NodeName;
use model::report::NodeFacts;
use serde_json::{Map, Value, json};

use crate::fleet::Node;
use crate::view::node::NodeDoc;

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

/// The labels that a document lacks.
pub(crate) fn lacking(doc: &NodeDoc, name: &NodeName, node: &Node) -> Map<String, Value> {
    labels(name, node)
        .into_iter()
        .filter(|(k, v)| doc.labels.get(k).map(String::as_str) != v.as_str())
        .collect()
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
