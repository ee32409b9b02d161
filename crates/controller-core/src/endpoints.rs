//! Where the pods of services are: Endpoints, and slices of them.
//!
//! The law of this room: an endpoint stays in the slice that it is in, so that one pod's change is one slice's change.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Uid;
use model::pod::IntOrString;
use serde_json::{Map, Value, json};

use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::turn::Durability;
use crate::view::View;
use crate::view::doc::Labels;
use crate::view::meta::Owner;
use crate::view::pod::{NamedPort, PodView};
use crate::view::service::{EndpointsView, OVER_CAPACITY, ServiceView};

/// So many endpoints are in a slice.
const SLICE_MAX: usize = 100;
/// So many addresses are in an Endpoints object.
const ADDRESSES_MAX: usize = 1000;

const HEADLESS: &str = "service.kubernetes.io/headless";
const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
const MANAGED_ENDPOINTS: &str = "endpoints.kubernetes.io/managed-by";

/// Decides where the pods of a service are said to be.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(service) = view.services.get(key) else {
        let left = ObjectKey { kind: kinds::ENDPOINTS, ..key.clone() };
        if let Some(of) =
            view.endpoints.get(&left).filter(|e| e.labels.contains_key(MANAGED_ENDPOINTS))
        {
            out.remove(&left, of.revision);
        }
        return;
    };
    if service.selector.is_none() || !view.namespace_open(&key.namespace) {
        return;
    }
    let mut seen = 0;
    let within = View::within(&view.pods, kinds::POD, &key.namespace).inspect(|_| seen += 1);
    let counts =
        |p: &&PodView| !p.phase.is_terminal() && !p.ips.is_empty() && service.selects(&p.labels);
    let pods: Vec<&PodView> = within.map(|(_, pod)| pod).filter(counts).collect();
    out.queue.rest(Job::Endpoints(key.clone()), seen, out.now);
    slices(view, out, service, &pods);
    if !service.external {
        whole(view, out, service, &pods);
    }
}

/// The ports at which a pod answers for a service.
fn ports_of(service: &ServiceView, pod: &PodView) -> Vec<Value> {
    let number = |target: &IntOrString, protocol: &str| match target {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let is = |p: &&NamedPort| *p.name == **name && *p.protocol == *protocol;
            pod.ports.iter().find(is).map(|p| p.number)
        }
    };
    let all = service.ports.iter().filter_map(|port| {
        let number = number(&port.target, &port.protocol)?;
        let mut of = json!({"name": &*port.name, "port": number, "protocol": &*port.protocol});
        if let Some(protocol) = &port.app_protocol {
            of["appProtocol"] = (&**protocol).into();
        }
        Some(of)
    });
    all.collect()
}

fn target(pod: &PodView) -> Value {
    json!({
        "kind": "Pod",
        "namespace": &*pod.key.namespace,
        "name": &*pod.key.name,
        "uid": pod.uid.as_str(),
    })
}

fn placed(endpoint: &mut Value, service: &ServiceView, pod: &PodView) {
    if let Some(node) = &pod.node {
        endpoint["nodeName"] = node.as_str().into();
    }
    if let Some((of, name)) = &pod.hostname
        && **of == *service.key.name
    {
        endpoint["hostname"] = (&**name).into();
    }
}

/// The labels of what is made for a service.
fn labels(service: &ServiceView, own: &[(&str, &str)]) -> Labels {
    let mut all = service.labels.clone();
    all.extend(own.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())));
    if service.headless {
        all.insert(HEADLESS.to_string(), String::new());
    }
    all
}

fn label_patch(old: &Labels, new: &Labels) -> Map<String, Value> {
    let gone = old.keys().filter(|k| !new.contains_key(*k)).map(|k| (k.clone(), Value::Null));
    gone.chain(new.iter().map(|(k, v)| (k.clone(), v.as_str().into()))).collect()
}

/// What a slice says of a pod.
fn endpoint(service: &ServiceView, pod: &PodView) -> Value {
    let (serving, terminating) = (pod.ready(), pod.deleting.is_some());
    let mut endpoint = json!({
        "addresses": [&*pod.ips[0]],
        "conditions": {
            "ready": service.unready_too || (serving && !terminating),
            "serving": serving,
            "terminating": terminating,
        },
        "targetRef": target(pod),
    });
    placed(&mut endpoint, service, pod);
    endpoint
}

/// A slice as it is to be.
struct Slice<'a> {
    key: ObjectKey,
    old: &'a EndpointsView,
    endpoints: Vec<Value>,
}

/// Endpoints that have the same ports, by their pods.
type Group = BTreeMap<Uid, Value>;

fn slices(view: &View, out: &mut Out, service: &ServiceView, pods: &[&PodView]) {
    let mut groups: BTreeMap<String, (Value, Group)> = BTreeMap::new();
    if !service.external {
        for pod in pods {
            let ports = Value::from(ports_of(service, pod));
            let group = groups.entry(ports.to_string()).or_insert_with(|| (ports, Group::new()));
            group.1.insert(pod.uid.clone(), endpoint(service, pod));
        }
    }
    let labels = labels(service, &[(SERVICE_NAME, &service.key.name), (MANAGED_BY, MANAGER)]);
    let ours = view.dependents_of(&service.uid, kinds::ENDPOINT_SLICE);
    let ours = ours.filter_map(|key| Some((key, view.slices.get(key)?)));
    let mut there: Vec<(&ObjectKey, &EndpointsView)> = ours.filter(|(_, s)| !s.deleting).collect();
    there.sort_by_key(|(key, _)| *key);
    let mut kept: Vec<Slice<'_>> = Vec::new();
    for (key, old) in there {
        let stay = groups.get_mut(&old.ports.to_string()).map(|(_, group)| stay(old, group));
        kept.push(Slice { key: key.clone(), old, endpoints: stay.unwrap_or_default() });
    }
    let mut new: Vec<(Value, Vec<Value>)> = Vec::new();
    for (ports, group) in groups.into_values() {
        let mut rest: Vec<Value> = group.into_values().collect();
        for slice in kept.iter_mut().filter(|s| s.old.ports == ports && !s.endpoints.is_empty()) {
            let room = SLICE_MAX.saturating_sub(slice.endpoints.len()).min(rest.len());
            slice.endpoints.extend(rest.drain(..room));
        }
        new.extend(rest.chunks(SLICE_MAX).map(|part| (ports.clone(), part.to_vec())));
    }
    write_slices(view, out, service, &labels, kept, new);
}

/// The endpoints of a slice that are still wanted, as they are to be; they are taken out of the group.
fn stay(slice: &EndpointsView, group: &mut Group) -> Vec<Value> {
    let of = |e: &Value| e.pointer("/targetRef/uid").and_then(Value::as_str).map(Uid::from);
    let all = slice.endpoints.as_array().into_iter().flatten();
    all.filter_map(|e| group.remove(&of(e)?)).collect()
}

fn write_slices(
    view: &View,
    out: &mut Out,
    service: &ServiceView,
    labels: &Labels,
    mut kept: Vec<Slice<'_>>,
    mut new: Vec<(Value, Vec<Value>)>,
) {
    let empty = kept.iter().all(|s| s.endpoints.is_empty()) && new.is_empty();
    if empty && !service.external {
        // That there is nothing is said by an empty slice.
        new.push((json!([]), Vec::new()));
    }
    // Those that are empty are used again.
    for slice in &mut kept {
        let again = slice.endpoints.is_empty().then(|| new.pop()).flatten();
        let keeps = !slice.endpoints.is_empty() || again.is_some();
        let (ports, endpoints) = again
            .unwrap_or_else(|| (slice.old.ports.clone(), core::mem::take(&mut slice.endpoints)));
        if !keeps {
            out.remove(&slice.key, slice.old.revision);
            continue;
        }
        let mut patch = Map::new();
        let endpoints = Value::from(endpoints);
        if slice.old.endpoints != endpoints {
            patch.insert("endpoints".into(), endpoints);
        }
        if slice.old.ports != ports {
            patch.insert("ports".into(), ports);
        }
        if slice.old.labels != *labels {
            let labels = label_patch(&slice.old.labels, labels);
            patch.insert("metadata".into(), json!({ "labels": labels }));
        }
        if !patch.is_empty() {
            out.observe(&slice.key, Value::Object(patch));
        }
    }
    let owner = Owner::controlling(kinds::SERVICE, &service.key.name, &service.uid);
    for (ports, endpoints) in new {
        let prefix = alloc::format!("{}-", service.key.name);
        let key = out.free_name(view, kinds::ENDPOINT_SLICE, &service.key.namespace, &prefix);
        let doc = json!({
            "metadata": {
                "generateName": prefix, "labels": labels, "ownerReferences": [owner.to_value()],
            },
            "addressType": "IPv4",
            "ports": ports,
            "endpoints": endpoints,
        });
        out.put(&key, doc, Durability::Behind);
    }
}

/// The Endpoints object of a service.
fn whole(view: &View, out: &mut Out, service: &ServiceView, pods: &[&PodView]) {
    let counts = |p: &&&PodView| p.deleting.is_none() || service.unready_too;
    let all: Vec<&&PodView> = pods.iter().filter(counts).collect();
    let truncated = all.len() > ADDRESSES_MAX;
    let subsets = subsets(service, &all);
    let labels = labels(service, &[(MANAGED_ENDPOINTS, "endpoint-controller")]);
    let key = ObjectKey { kind: kinds::ENDPOINTS, ..service.key.clone() };
    let mark = if truncated { json!("truncated") } else { Value::Null };
    let Some(old) = view.endpoints.get(&key) else {
        let mut doc = json!({"metadata": {"labels": labels}, "subsets": subsets});
        if truncated {
            doc["metadata"]["annotations"] = json!({OVER_CAPACITY: mark});
        }
        out.put(&key, doc, Durability::Behind);
        return;
    };
    let mut patch = Map::new();
    if old.endpoints != subsets {
        patch.insert("subsets".into(), subsets);
    }
    if old.labels != labels {
        patch.insert("metadata".into(), json!({"labels": label_patch(&old.labels, &labels)}));
    }
    if old.truncated != truncated {
        let mut patch = Value::Object(core::mem::take(&mut patch));
        patch["metadata"]["annotations"] = json!({OVER_CAPACITY: mark});
        out.observe(&key, patch);
    } else if !patch.is_empty() {
        out.observe(&key, Value::Object(patch));
    }
}

fn subsets(service: &ServiceView, pods: &[&&PodView]) -> Value {
    let mut groups: BTreeMap<String, (Vec<Value>, [Vec<Value>; 2])> = BTreeMap::new();
    // Those that are ready go before those that are not, where there is no room for all.
    let is_ready = |p: &PodView| service.unready_too || p.ready();
    let mut pods: Vec<&PodView> = pods.iter().map(|p| **p).collect();
    pods.sort_by_key(|p| (!is_ready(p), p.ips[0].clone()));
    for pod in pods.into_iter().take(ADDRESSES_MAX) {
        let mut ports = ports_of(service, pod);
        if ports.is_empty() && !service.ports.is_empty() {
            continue;
        }
        for port in ports.iter_mut().filter_map(Value::as_object_mut) {
            port.retain(|field, value| field != "name" || value != "");
        }
        let mut address = json!({"ip": &*pod.ips[0], "targetRef": target(pod)});
        placed(&mut address, service, pod);
        let group = groups.entry(Value::from(ports.clone()).to_string());
        let (_, [ready, unready]) = group.or_insert_with(|| (ports, [Vec::new(), Vec::new()]));
        if is_ready(pod) { ready.push(address) } else { unready.push(address) }
    }
    let subset = |(ports, lists): (Vec<Value>, [Vec<Value>; 2])| {
        let [ready, unready] = lists;
        let fields = [("addresses", ready), ("notReadyAddresses", unready), ("ports", ports)];
        let fields = fields.into_iter().filter(|(_, list)| !list.is_empty());
        fields.map(|(name, list)| (name.to_string(), Value::from(list))).collect::<Map<_, _>>()
    };
    groups.into_values().map(|group| Value::Object(subset(group))).collect()
}
