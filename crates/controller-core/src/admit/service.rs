//! What services are given: an address that no other has, and ports of nodes.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::str::FromStr;

use serde_json::{Map, Value, json};

use super::check::field::{Path, Verbatim};
use super::meta::{list_at, meta, number_at, text_at};
use super::status::ApiError;
use crate::kinds;

/// What stands for "no address".
pub const HEADLESS: &str = "None";
/// Ports that services can have on all nodes.
pub const NODE_PORTS: core::ops::RangeInclusive<u16> = 30_000..=32_767;

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An address within the fleet.
    ClusterIp,
    /// That, and a port of every node.
    NodePort,
    /// That, and an address of a load balancer.
    LoadBalancer,
    /// A name for another name.
    ExternalName,
}

impl Type {
    /// Of a service's spec.
    pub fn of(spec: &Map<String, Value>) -> Self {
        match spec.get("type").and_then(Value::as_str) {
            Some("NodePort") => Self::NodePort,
            Some("LoadBalancer") => Self::LoadBalancer,
            Some("ExternalName") => Self::ExternalName,
            _ => Self::ClusterIp,
        }
    }

    /// Whether it has an address, or could.
    pub fn has_address(self) -> bool {
        self != Self::ExternalName
    }

    /// Whether it has ports on nodes.
    pub fn has_node_ports(self) -> bool {
        matches!(self, Self::NodePort | Self::LoadBalancer)
    }
}

/// The addresses that services are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    base: u32,
    bits: u8,
}

/// A text is no range of 8 to 2^20 IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is to be like 10.96.0.0/12, with 12 to 29 bits")]
pub struct BadRange;

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let (base, bits) = text.split_once('/').ok_or(BadRange)?;
        let base: Ipv4Addr = base.parse().map_err(|_| BadRange)?;
        let bits: u8 = bits.parse().map_err(|_| BadRange)?;
        let range = Self { base: base.to_bits(), bits };
        let whole = (12..=29).contains(&bits) && range.base & (range.size() - 1) == 0;
        if whole { Ok(range) } else { Err(BadRange) }
    }
}

impl Range {
    fn size(self) -> u32 {
        1 << (32 - u32::from(self.bits))
    }

    /// The addresses without the first and the last.
    fn usable(self) -> core::ops::Range<u32> {
        self.base + 1..self.base + self.size() - 1
    }
}

/// What other services have.
#[derive(Debug, Default)]
pub struct Taken {
    addresses: BTreeSet<u32>,
    ports: BTreeSet<(String, u16)>,
}

impl Taken {
    /// Takes note of another service.
    pub fn note(&mut self, service: &Value) {
        let address = text_at(service, "/spec/clusterIP").parse::<Ipv4Addr>();
        self.addresses.extend(address.ok().map(Ipv4Addr::to_bits));
        for port in list_at(service, "/spec/ports") {
            self.ports.extend(node_port(port));
        }
    }
}

fn node_port(port: &Value) -> Option<(String, u16)> {
    let number = u16::try_from(number_at(port, "/nodePort")?).ok().filter(|&n| n > 0)?;
    Some((text_at(port, "/protocol").to_string(), number))
}

/// Whether a service lacks something, or has chosen something that it did not have before.
pub fn wants(service: &Value, old: Option<&Value>) -> bool {
    let part = |doc: &Value| {
        let ports: Vec<_> = list_at(doc, "/spec/ports").iter().map(node_port).collect();
        (text_at(doc, "/spec/clusterIP").to_string(), text_at(doc, "/spec/type").to_string(), ports)
    };
    old.is_none_or(|old| part(old) != part(service))
}

/// Gives a service what it lacks. `random` says where the search begins.
///
/// # Errors
/// 422 if what it has chosen is taken or cannot be had, 500 if nothing is left.
pub fn assign(
    service: &mut Value,
    taken: &mut Taken,
    range: Range,
    random: u64,
) -> Result<(), ApiError> {
    let Some(spec) = service["spec"].as_object() else { return Ok(()) };
    let of = Type::of(spec);
    if of.has_address() {
        assign_address(service, taken, range, random)?;
    }
    let wanted = service.pointer("/spec/allocateLoadBalancerNodePorts") != Some(&json!(false));
    let needs = of == Type::NodePort || (of == Type::LoadBalancer && wanted);
    assign_ports(service, taken, needs, random)
}

fn refuse(service: &Value, error: kinds::FieldError) -> ApiError {
    let name = meta(service).name();
    ApiError::invalid(kinds::get(kinds::SERVICE), name, alloc::vec![error])
}

fn assign_address(
    service: &mut Value,
    taken: &Taken,
    range: Range,
    random: u64,
) -> Result<(), ApiError> {
    let chosen = text_at(service, "/spec/clusterIP").to_string();
    if chosen == HEADLESS {
        return Ok(());
    }
    if let Ok(address) = chosen.parse::<Ipv4Addr>() {
        let bits = address.to_bits();
        let why = if taken.addresses.contains(&bits) {
            "provided IP is already allocated".to_string()
        } else if range.usable().contains(&bits) {
            return Ok(());
        } else {
            let base = Ipv4Addr::from_bits(range.base);
            let bits = range.bits;
            format!(
                "the provided IP ({address}) is not in the valid range. The range of valid IPs is {base}/{bits}"
            )
        };
        let shown = Verbatim(format!("[]string{{{chosen:?}}}"));
        let why = format!("failed to allocate IP {address}: {why}");
        return Err(refuse(service, Path::new("spec.clusterIPs").invalid(shown, &why)));
    }
    let usable = range.usable();
    let count = u64::from(usable.end - usable.start);
    let begin = usable.start + u32::try_from(random % count).unwrap_or(0);
    let free = (begin..usable.end).chain(usable.start..begin);
    let found = free.into_iter().find(|bits| !taken.addresses.contains(bits));
    let found =
        found.ok_or_else(|| ApiError::internal("failed to allocate a serviceIP: range is full"))?;
    let address = Ipv4Addr::from_bits(found).to_string();
    service["spec"]["clusterIPs"] = json!([address]);
    service["spec"]["clusterIP"] = address.into();
    Ok(())
}

fn assign_ports(
    service: &mut Value,
    taken: &mut Taken,
    needed: bool,
    random: u64,
) -> Result<(), ApiError> {
    let count = list_at(service, "/spec/ports").len();
    // Those that were chosen come first: the others take what is left.
    for at in 0..count {
        let Some(chosen) = node_port(&service["spec"]["ports"][at]) else { continue };
        let number = chosen.1;
        let why = if !NODE_PORTS.contains(&number) {
            format!(
                "provided port is not in the valid range. The range of valid ports is {}-{}",
                NODE_PORTS.start(),
                NODE_PORTS.end()
            )
        } else if taken.ports.insert(chosen) {
            continue;
        } else {
            "provided port is already allocated".to_string()
        };
        let path = Path::new("spec.ports").index(at).child("nodePort");
        return Err(refuse(service, path.invalid(i64::from(number), &why)));
    }
    for at in (0..count).filter(|_| needed) {
        let port = &service["spec"]["ports"][at];
        if node_port(port).is_some() {
            continue;
        }
        let protocol = text_at(port, "/protocol").to_string();
        let all = NODE_PORTS.end() - NODE_PORTS.start() + 1;
        let begin = u16::try_from((random >> 32) % u64::from(all)).unwrap_or(0);
        let found = (0..all)
            .map(|n| NODE_PORTS.start() + (begin + n) % all)
            .find(|n| !taken.ports.contains(&(protocol.clone(), *n)));
        let found = found
            .ok_or_else(|| ApiError::internal("failed to allocate a nodePort: range is full"))?;
        taken.ports.insert((protocol, found));
        service["spec"]["ports"][at]["nodePort"] = found.into();
    }
    Ok(())
}

/// A client that replaces a service may leave out what the service was given; what its new type does not have goes.
pub fn carry(new: &mut Value, old: &Value) {
    let (Some(was), Some(is)) = (old["spec"].as_object(), new["spec"].as_object_mut()) else {
        return;
    };
    let (before, now) = (Type::of(was), Type::of(is));
    let empty =
        |v: Option<&Value>| v.is_none_or(|v| v.is_null() || v == &json!("") || v == &json!([]));
    let keep = |is: &mut Map<String, Value>, field: &str| {
        if empty(is.get(field)) && !empty(was.get(field)) {
            is.insert(field.into(), was[field].clone());
        }
    };
    let drop = |is: &mut Map<String, Value>, field: &str| {
        if is.get(field) == was.get(field) {
            is.remove(field);
        }
    };
    let addresses = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"];
    match (before.has_address(), now.has_address()) {
        (true, true) => {
            // One of the two may be changed alone, as between an address and none.
            if empty(is.get("clusterIP")) && empty(is.get("clusterIPs")) {
                keep(is, "clusterIP");
                keep(is, "clusterIPs");
            } else if is.get("clusterIP") != was.get("clusterIP")
                && is.get("clusterIPs") == was.get("clusterIPs")
            {
                is.remove("clusterIPs");
            }
            keep(is, "ipFamilies");
            keep(is, "ipFamilyPolicy");
        }
        (true, false) => {
            addresses.iter().chain(&["internalTrafficPolicy"]).for_each(|field| drop(is, field));
        }
        (false, _) => {}
    }
    if before.has_node_ports() && !now.has_node_ports() {
        drop(is, "externalTrafficPolicy");
        drop(is, "allocateLoadBalancerNodePorts");
    } else if before == Type::LoadBalancer && now != Type::LoadBalancer {
        drop(is, "allocateLoadBalancerNodePorts");
    }
    let old_ports = list_at(old, "/spec/ports");
    for port in is.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let same = old_ports.iter().find(|o| {
            let of = |p: &Value| (number_at(p, "/port"), text_at(p, "/protocol").to_string());
            of(o) == of(port) || (text_at(port, "/protocol").is_empty() && of(o).0 == of(port).0)
        });
        let had = same.and_then(node_port);
        match (before.has_node_ports(), now.has_node_ports()) {
            (true, true) if node_port(port).is_none() => {
                if let Some((_, number)) = had {
                    port["nodePort"] = number.into();
                }
            }
            (true, false) if had.is_some() && node_port(port) == had => {
                if let Some(fields) = port.as_object_mut() {
                    fields.remove("nodePort");
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admit::{Fresh, Outcome, prepare_create, prepare_update};
    use model::Millis;

    fn made(spec: Value) -> Result<Value, ApiError> {
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "x" };
        let doc = json!({"metadata": {"name": "web"}, "spec": spec});
        prepare_create(kinds::get(kinds::SERVICE), "n", doc, &fresh)
    }

    fn assigned(spec: Value, taken: &mut Taken) -> Result<Value, String> {
        let mut doc = made(spec).map_err(|e| e.message)?;
        let range = "10.96.0.0/29".parse().expect("a range");
        assign(&mut doc, taken, range, 5 << 32).map_err(|e| e.message)?;
        taken.note(&doc);
        Ok(doc)
    }

    #[test]
    fn ranges_are_read() {
        for (text, fits) in [
            ("10.96.0.0/12", true),
            ("10.96.0.0/29", true),
            ("10.96.0.0/30", false),
            ("10.0.0.0/8", false),
            ("10.96.0.1/24", false),
            ("10.96.0.0", false),
            ("fd00::/108", false),
        ] {
            assert_eq!(text.parse::<Range>().is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn services_are_filled_in_as_kubernetes_fills_them_in() {
        let doc = made(json!({"ports": [{"port": 80}], "selector": {"a": "b"}})).expect("valid");
        let want = json!({
            "type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "selector": {"a": "b"},
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        });
        assert_eq!(doc["spec"], want);
        let doc = made(json!({"type": "NodePort", "sessionAffinity": "ClientIP",
            "ports": [{"port": 80, "targetPort": "http"}]}))
        .expect("valid");
        assert_eq!(doc["spec"]["externalTrafficPolicy"], "Cluster");
        assert_eq!(doc["spec"]["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"], 10_800);
        assert_eq!(doc["spec"]["ports"][0]["targetPort"], "http");
        let doc = made(json!({"clusterIP": "None"})).expect("valid");
        assert_eq!(doc["spec"]["clusterIPs"], json!(["None"]));
        assert_eq!(doc["spec"]["ipFamilies"], json!(["IPv4", "IPv6"]));
    }

    #[test]
    fn what_cannot_be_is_refused_in_kubernetes_words() {
        let port = json!([{"port": 80}]);
        for (spec, want) in [
            (json!({}), "spec.ports: Required value"),
            (
                json!({"ports": [{"port": 0}]}),
                "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, spec.ports[0].targetPort",
            ),
            (json!({"ports": [{"port": 80}, {"port": 81}]}), "spec.ports[0].name: Required value"),
            (
                json!({"ports": port, "type": "Odd"}),
                "spec.type: Unsupported value: \"Odd\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
            ),
            (
                json!({"ports": [{"port": 80, "nodePort": 30000}]}),
                "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
            ),
            (
                json!({"ports": port, "clusterIP": "x"}),
                "spec.clusterIPs[0]: Invalid value: \"x\": must be a valid IP address",
            ),
            (
                json!({"ports": port, "type": "NodePort", "clusterIP": "None"}),
                "may not be set to 'None' for NodePort services",
            ),
            (json!({"type": "ExternalName"}), "spec.externalName: Required value"),
            (
                json!({"ports": port, "externalTrafficPolicy": "Local"}),
                "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services",
            ),
            (
                json!({"ports": port, "ipFamilies": ["IPv6"]}),
                "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster",
            ),
        ] {
            let error = made(spec.clone()).expect_err(want);
            assert!(error.message.contains(want), "{spec}: {}", error.message);
        }
    }

    #[test]
    fn nobody_has_what_another_has() {
        let mut taken = Taken::default();
        let port = json!([{"port": 80}]);
        let mut seen = BTreeSet::new();
        for _ in 0..6 {
            let doc =
                assigned(json!({"ports": port, "type": "NodePort"}), &mut taken).expect("free");
            seen.insert(text_at(&doc, "/spec/clusterIP").to_string());
            assert_eq!(doc["spec"]["clusterIPs"][0], doc["spec"]["clusterIP"]);
            let number = node_port(&doc["spec"]["ports"][0]).expect("a port").1;
            assert!(NODE_PORTS.contains(&number) && seen.insert(number.to_string()), "{number}");
        }
        assert_eq!(seen.len(), 12);
        for (spec, want) in [
            (json!({"ports": port}), "range is full"),
            (
                json!({"ports": port, "clusterIP": "10.96.0.1"}),
                "spec.clusterIPs: Invalid value: []string{\"10.96.0.1\"}: failed to allocate IP 10.96.0.1: provided IP is already allocated",
            ),
            (
                json!({"ports": port, "clusterIP": "10.97.0.1"}),
                "the provided IP (10.97.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/29",
            ),
            (json!({"clusterIP": "None"}), ""),
            (json!({"type": "ExternalName", "externalName": "x.io"}), ""),
        ] {
            let got = assigned(spec, &mut taken).err().unwrap_or_default();
            assert!(got.contains(want) && got.is_empty() == want.is_empty(), "{got}");
        }
        let mut taken = Taken::default();
        let chosen = json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 30005}]});
        assert!(assigned(chosen.clone(), &mut taken).is_ok());
        let got = assigned(chosen, &mut taken).expect_err("taken");
        assert!(
            got.contains(
                "spec.ports[0].nodePort: Invalid value: 30005: provided port is already allocated"
            ),
            "{got}"
        );
        let low = json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]});
        let got = assigned(low, &mut taken).expect_err("too low");
        assert!(got.contains("The range of valid ports is 30000-32767"), "{got}");
    }

    #[test]
    fn what_was_given_stays() {
        let mut taken = Taken::default();
        let spec = json!({"type": "NodePort", "ports": [{"port": 80}], "selector": {"a": "b"}});
        let old = assigned(spec.clone(), &mut taken).expect("free");
        let kind = kinds::get(kinds::SERVICE);
        let update = |spec: Value| {
            let new = json!({"metadata": {"name": "web"}, "spec": spec});
            prepare_update(kind, None, &old, new)
        };
        assert_eq!(update(spec), Ok(Outcome::Unchanged));
        let Ok(Outcome::Changed(plain)) = update(json!({"ports": [{"port": 80}]})) else {
            panic!("it has changed");
        };
        assert_eq!(plain["spec"]["clusterIP"], old["spec"]["clusterIP"]);
        assert_eq!(plain["spec"]["ports"][0].get("nodePort"), None);
        let moved = json!({"ports": [{"port": 80}], "clusterIP": "10.96.0.6"});
        let error = update(moved).expect_err("it stays");
        assert!(error.message.contains("may not change once set"), "{}", error.message);
        let mut named = old["spec"].clone();
        named["type"] = "ExternalName".into();
        named["externalName"] = "x.io".into();
        let Ok(Outcome::Changed(named)) = update(named) else { panic!("it has changed") };
        assert_eq!(named["spec"].get("clusterIP"), None);
    }
}
