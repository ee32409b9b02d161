//! Kinds that are only observed: made, when asked for, of what the core knows at that moment. Nothing of it is kept.

use std::collections::BTreeMap;

use bytes::Bytes;
use controller_core::admit::{ApiError, meta};
use controller_core::core::NodeView;
use controller_core::kinds::{self, KindId, Served};
use http::StatusCode;
use model::report::{Class, ContainerUsage, HoldReport, NodeUsage, Traffic};
use model::{Millis, Revision, Uid};
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::call::Call;
use super::present::{ListHead, parse};
use super::read::{self, on_the_side, scan};
use crate::store::Store;

/// One object.
pub(super) async fn get(
    call: &Call,
    served: &Served,
    namespace: &str,
    name: &str,
) -> Result<Answer, ApiError> {
    let (_, documents) = documents(call, served.id()).await?;
    let found = documents.into_iter().find(|doc| {
        let of = meta(doc);
        of.name() == name && of.namespace() == namespace
    });
    let doc = found.ok_or_else(|| ApiError::not_found(&served.kind(), name))?;
    read::object(call, served, StatusCode::OK, &Bytes::from(doc.to_string()))
}

/// All objects, or those of a namespace.
pub(super) async fn list(
    call: &Call,
    served: &Served,
    namespace: Option<&str>,
) -> Result<Answer, ApiError> {
    let kind = served.kind();
    let options = call.query.list_options(&kind)?;
    if options.watch {
        return Err(ApiError::method_not_allowed());
    }
    let (revision, documents) = documents(call, kind.id).await?;
    let items: Vec<Bytes> = documents
        .iter()
        .filter(|doc| namespace.is_none_or(|n| meta(doc).namespace() == n))
        .filter(|doc| options.selector.matches_doc(&kind, doc))
        .map(|doc| Bytes::from(doc.to_string()))
        .collect();
    let teller = call.teller(served)?;
    let body = teller.list(&ListHead { revision, go_on: None, remaining: None }, &items)?;
    Ok(answer::typed(StatusCode::OK, teller.media(), answer::whole(body)))
}

async fn documents(call: &Call, kind: KindId) -> Result<(Revision, Vec<Value>), ApiError> {
    let nodes = call.api.ask.nodes().await;
    let nodes = nodes.map_err(|e| ApiError::service_unavailable(&e.to_string()))?;
    let store = call.api.store.clone();
    on_the_side(move || {
        let of = if kind == kinds::POD_METRICS { kinds::POD } else { kinds::NODE };
        let labels = Labelled::read(&store, of)?;
        let made = match kind {
            kinds::NODE_STATE => nodes.iter().map(|n| node_state(n, &labels)).collect(),
            kinds::NODE_METRICS => nodes.iter().filter_map(|n| node_metrics(n, &labels)).collect(),
            _ => nodes.iter().flat_map(|n| pod_metrics(n, &labels)).collect(),
        };
        Ok((store.revision(), made))
    })
    .await
}

/// What the kept objects say that observations are about.
struct Labelled {
    by_name: BTreeMap<String, Value>,
    by_uid: BTreeMap<String, Value>,
}

impl Labelled {
    fn read(store: &Store, kind: KindId) -> Result<Self, ApiError> {
        let kind = kinds::get(kind);
        let found = scan(store, kind, None, &Default::default(), None, None)?;
        let mut out = Self { by_name: BTreeMap::new(), by_uid: BTreeMap::new() };
        for doc in &found.items {
            let doc = parse(doc)?;
            let of = meta(&doc);
            let mut kept = json!({"name": of.name()});
            if kind.namespaced {
                kept["namespace"] = of.namespace().into();
            }
            if let Some(labels) = doc.pointer("/metadata/labels") {
                kept["labels"] = labels.clone();
            }
            if kind.namespaced {
                out.by_uid.insert(of.uid().to_owned(), kept);
            } else {
                out.by_name.insert(of.name().to_owned(), kept);
            }
        }
        Ok(out)
    }

    /// The metadata of what is observed of a node.
    fn of_node(&self, name: &str) -> Value {
        self.by_name.get(name).cloned().unwrap_or_else(|| json!({"name": name}))
    }
}

fn head(kind: kinds::KindId, metadata: Value) -> Value {
    let kind = kinds::get(kind);
    json!({"kind": kind.kind, "apiVersion": kind.api_version(), "metadata": metadata})
}

fn node_state(node: &NodeView, labels: &Labelled) -> Value {
    let mut doc = head(kinds::NODE_STATE, labels.of_node(node.name.as_str()));
    let mut status = json!({
        "connected": node.connected,
        "ordersMade": node.made.0,
        "ordersHeld": node.held.0,
        "settled": node.settled,
        "pods": node.pods,
        "podsReady": node.pods_ready,
    });
    let texts = [
        ("agentVersion", node.version.as_deref().map(str::to_owned)),
        ("since", node.since.map(Millis::to_rfc3339)),
        ("lastHeard", node.heard.map(Millis::to_rfc3339)),
        ("refused", node.refused.clone()),
    ];
    for (field, text) in texts {
        if let Some(text) = text {
            status[field] = text.into();
        }
    }
    if node.doubled {
        status["duplicate"] = true.into();
    }
    if node.untrusted > 0 {
        status["untrusted"] = node.untrusted.into();
    }
    if let Some(traffic) = &node.traffic {
        status["data"] = data(traffic);
    }
    if !node.holds.is_empty() {
        status["holds"] = node.holds.iter().map(held).collect();
    }
    if let Some(usage) = &node.usage {
        status["usage"] = json!({
            "time": usage.at.to_rfc3339(),
            "cpu": cpu(usage.cpu_milli),
            "memory": bytes(usage.memory_bytes),
            "storage": bytes(usage.storage_bytes),
            "networkReceivedBytes": usage.network_received_bytes,
            "networkSentBytes": usage.network_sent_bytes,
        });
    }
    doc["status"] = status;
    doc
}

fn data(traffic: &Traffic) -> Value {
    let by_class = |all: &[u64]| -> Value {
        let of = |class: Class| (class.as_str().to_owned(), all[class as usize].into());
        Value::Object(Class::ALL.into_iter().map(of).collect())
    };
    let mut data = json!({
        "monthBytes": traffic.month_bytes,
        "sentBytes": by_class(&traffic.sent),
        "receivedBytes": by_class(&traffic.received),
        "storedBytes": traffic.stored,
    });
    if traffic.month > 0 {
        data["month"] = format!("{}-{:02}", traffic.month / 100, traffic.month % 100).into();
    }
    if traffic.capped {
        data["capped"] = true.into();
    }
    data
}

fn held(hold: &HoldReport) -> Value {
    json!({
        "pod": hold.name,
        "by": hold.by.as_str(),
        "reason": hold.reason,
        "since": hold.since.to_rfc3339(),
        "until": hold.until.to_rfc3339(),
        "waiting": hold.waiting,
    })
}

fn node_metrics(node: &NodeView, labels: &Labelled) -> Option<Value> {
    let usage = node.usage.as_ref()?;
    let mut doc = measured(kinds::NODE_METRICS, labels.of_node(node.name.as_str()), usage);
    doc["usage"] = json!({"cpu": cpu(usage.cpu_milli), "memory": bytes(usage.memory_bytes)});
    Some(doc)
}

fn pod_metrics(node: &NodeView, labels: &Labelled) -> Vec<Value> {
    let Some(usage) = &node.usage else { return Vec::new() };
    let mut by_pod: BTreeMap<&Uid, Vec<&ContainerUsage>> = BTreeMap::new();
    for container in &usage.containers {
        by_pod.entry(&container.pod).or_default().push(container);
    }
    let of_pod = |(uid, containers): (&Uid, Vec<&ContainerUsage>)| {
        let metadata = labels.by_uid.get(uid.as_str())?.clone();
        let mut doc = measured(kinds::POD_METRICS, metadata, usage);
        let each = containers.iter().map(|c| {
            let usage = json!({"cpu": cpu(c.cpu_milli), "memory": bytes(c.memory_bytes)});
            json!({"name": c.container, "usage": usage})
        });
        doc["containers"] = each.collect();
        Some(doc)
    };
    by_pod.into_iter().filter_map(of_pod).collect()
}

fn measured(kind: kinds::KindId, metadata: Value, usage: &NodeUsage) -> Value {
    let mut doc = head(kind, metadata);
    doc["metadata"]["creationTimestamp"] = usage.at.to_rfc3339().into();
    doc["timestamp"] = usage.at.to_rfc3339().into();
    doc["window"] = format!("{}s", usage.window_ms.div_ceil(1000)).into();
    doc
}

fn cpu(milli: i64) -> String {
    format!("{milli}m")
}

fn bytes(bytes: i64) -> String {
    format!("{}Ki", bytes / 1024)
}
