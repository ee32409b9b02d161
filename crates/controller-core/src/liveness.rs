//! Who is here. A node that is not heard is not called ready, and neither is anything on it; nothing moves for that
//! before its toleration has run out.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::pod::Taint;
use model::{Millis, NodeName, Uid};
use serde_json::{Map, Value, json};

use crate::assign;
use crate::events::Happening;
use crate::fleet::{Fleet, Node};
use crate::ingest;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::place::with_condition;
use crate::queue::Job;
use crate::turn::{Durability, Effect, Note};
use crate::view::View;
use crate::view::meta::{Cond, Truth, cond, hash_of, set_cond};
use crate::view::node::{NodeDoc, facts_hash};
use crate::view::pod::{NODE_LOST, PodView};

/// The taint of a node that is not heard.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// The taint of a node that cannot run pods.
const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// Taints that come with a condition, and how.
const PRESSURES: [(&str, &str); 2] = [
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
];
/// How long a pod bears its node's being away where it does not say, in seconds.
const BEAR_S: i64 = 300;
/// How long a node that has come is given to speak by itself.
const SPEAK_MS: u64 = 3_000;
/// How long until a node that does not say hello is asked again.
const ASK_AGAIN_MS: u64 = 30_000;
/// The namespace of the nodes' leases.
const LEASES: &str = "kube-node-lease";

/// A node was heard.
pub(crate) fn heard(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName) {
    let (now, period) = (out.now, out.config.lease_period_ms);
    let node = fleet.node(name);
    node.heard = Some(now);
    if node.silent {
        node.silent = false;
        out.effect(Effect::Note(Note::NodeBack(name.clone())));
        out.queue.mark(Job::Node(name.clone()));
    }
    if node.renewed.is_none_or(|at| now.since(at) >= period) && view.nodes.contains_key(name) {
        node.renewed = Some(now);
        renew(view, out, name);
    }
}

fn renew(view: &View, out: &mut Out, name: &NodeName) {
    let key = ObjectKey::new(kinds::LEASE, LEASES, name.as_str());
    let time = out.now.to_rfc3339_micro();
    if view.meta.contains_key(&key) {
        out.renew(&key, json!({"spec": {"renewTime": time}}));
    } else if view.namespace_open(LEASES) {
        let owner = view.nodes.get(name).map(|n| {
            json!({"apiVersion": "v1", "kind": "Node", "name": name.as_str(), "uid": n.uid.as_str()})
        });
        let doc = json!({
            "metadata": {"ownerReferences": owner.into_iter().collect::<Vec<Value>>()},
            "spec": {"holderIdentity": name.as_str(), "leaseDurationSeconds": 40, "renewTime": time},
        });
        out.put(&key, doc, Durability::Behind);
    }
}

/// The broker tells that a connection came up or ended.
pub(crate) fn presence(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName, up: bool) {
    let now = out.now;
    let unknown = !fleet.nodes.contains_key(name) && !view.nodes.contains_key(name);
    let bad = NodeName::checked(name.as_str()).is_err() || !fleet.has_room(name);
    if bad || (unknown && !up) {
        return;
    }
    let node = fleet.node(name);
    if node.connected != up {
        node.since = Some(now);
    }
    node.connected = up;
    node.fresh = up;
    if !up {
        node.greeted = false;
    }
    out.queue.mark(Job::Node(name.clone()));
}

/// When a node's silence becomes too long.
fn deadline(fleet: &Fleet, out: &Out, doc: &NodeDoc, node: &Node) -> Millis {
    let heard = node.heard.unwrap_or(fleet.began).max(fleet.began);
    if node.connected {
        let policy = assign::policy(if doc.metered { "metered" } else { "lan" });
        let silence = policy.heartbeat_ms * out.config.silence_tenths / 10;
        return heard.plus(silence.max(out.config.grace_ms));
    }
    heard.max(node.since.unwrap_or_default()).plus(out.config.grace_ms)
}

/// Brings a node's document to what is known of it.
pub(crate) fn decide(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName) {
    let key = ObjectKey::new(kinds::NODE, "", name.as_str());
    if out.wrote(&key) {
        out.defer(Job::Node(name.clone()));
        return;
    }
    await_hello(fleet, out, name);
    let Some(doc) = view.nodes.get(name) else {
        match fleet.nodes.get(name) {
            Some(node) if node.greeted => join(out, &key, name, node),
            // Taken away while it was away: it is forgotten.
            Some(node) if !node.connected => {
                fleet.nodes.remove(name);
            }
            _ => {}
        }
        return;
    };
    let due = fleet
        .nodes
        .get(name)
        .map_or(fleet.began.plus(out.config.grace_ms), |node| deadline(fleet, out, doc, node));
    let silent = out.now >= due;
    if !silent {
        out.queue.at(Job::Node(name.clone()), due);
    }
    let node = fleet.node(name);
    if silent && !node.silent {
        node.silent = true;
        out.effect(Effect::Note(Note::NodeSilent(name.clone())));
    }
    write(out, doc, node, silent);
    if silent {
        lose(view, out, name);
    } else if let Some(at) = node.greeted_at.filter(|_| node.greeted) {
        // Mostly its report comes right after its hello. If there is nothing to tell, all is as it was.
        if out.now >= at.plus(SPEAK_MS) {
            restore(view, out, name, &BTreeSet::new());
        } else {
            out.queue.at(Job::Node(name.clone()), at.plus(SPEAK_MS));
        }
    }
}

/// A node says hello by itself when it connects. One that was connected before this controller came is asked to.
fn await_hello(fleet: &mut Fleet, out: &mut Out, name: &NodeName) {
    let Some(node) = fleet.nodes.get(name).filter(|n| n.connected && !n.greeted) else { return };
    let until = node.asked.max(node.since).unwrap_or_default().plus(SPEAK_MS);
    if out.now >= until {
        ingest::ask(fleet, out, name);
        out.queue.at(Job::Node(name.clone()), out.now.plus(ASK_AGAIN_MS));
    } else {
        out.queue.at(Job::Node(name.clone()), until);
    }
}

/// A node that was not known gets its document.
fn join(out: &mut Out, key: &ObjectKey, name: &NodeName, node: &Node) {
    let mut doc = json!({
        "metadata": {
            "labels": ingest::node::labels(name, node),
            "annotations": ingest::node::annotations(node),
        },
        "spec": {},
    });
    doc["status"] = status(node, name).into();
    let conditions: Vec<Value> =
        conditions(node, false, &[], out.now).iter().map(Cond::to_value).collect();
    doc["status"]["conditions"] = conditions.into();
    out.put(key, doc, Durability::Now);
    out.effect(Effect::Note(Note::NodeJoined(name.clone())));
}

fn status(node: &Node, name: &NodeName) -> Map<String, Value> {
    let version = node.version.as_deref().unwrap_or_default();
    let mut out = node
        .facts
        .as_ref()
        .map(|facts| ingest::node::status(facts, name, version))
        .unwrap_or_default();
    if let Some(facts) = &node.facts {
        out.insert("images".into(), ingest::node::images(facts));
    }
    out
}

/// Writes what differs.
fn write(out: &mut Out, doc: &NodeDoc, node: &Node, silent: bool) {
    let mut status = status(node, &doc.name);
    let mut patch = Map::new();
    if status.get("images").is_some_and(|i| hash_of(i) == doc.images) {
        status.remove("images");
    }
    let images = status.remove("images");
    if !status.is_empty() && facts_hash(&Value::Object(status.clone())) == doc.facts {
        status.clear();
    }
    if let Some(images) = images {
        status.insert("images".into(), images);
    }
    let conditions = conditions(node, silent, &doc.conditions, out.now);
    if conditions != doc.conditions || !status.is_empty() {
        let beat = out.now.to_rfc3339();
        let list = conditions.iter().map(|c| {
            let mut value = c.to_value();
            value["lastHeartbeatTime"] = beat.as_str().into();
            value
        });
        status.insert("conditions".into(), list.collect());
    }
    if !status.is_empty() {
        patch.insert("status".into(), status.into());
    }
    if let Some(meta) = ingest::node::metadata_changed(doc, node) {
        patch.insert("metadata".into(), meta);
    }
    if let Some(taints) = taints(doc, &conditions, out.now) {
        patch.insert("spec".into(), json!({"taints": taints}));
    }
    if !patch.is_empty() {
        out.observe(&doc.key, Value::Object(patch));
    }
}

/// The conditions that a node has now.
fn conditions(node: &Node, silent: bool, shown: &[Cond], now: Millis) -> Vec<Cond> {
    // Times are kept in whole seconds.
    let now = Millis(now.0 / 1000 * 1000);
    let mut all = shown.to_vec();
    let mut put = |kind, status, reason: &str, message: &str| {
        set_cond(&mut all, Cond::new(kind, status, now, reason, message));
    };
    if silent {
        let message = if node.left { "The agent was stopped." } else { "The node is not heard." };
        for kind in ["Ready", "DiskPressure", "MemoryPressure"] {
            put(kind, Truth::Unknown, "NodeStatusUnknown", message);
        }
        return all;
    }
    if let Some(facts) = &node.facts {
        let pressure = |holds, yes: &'static str, no: &'static str| {
            (Truth::of(holds), if holds { yes } else { no })
        };
        let (disk, why) =
            pressure(facts.disk_pressure, "AgentHasDiskPressure", "AgentHasNoDiskPressure");
        put("DiskPressure", disk, why, "");
        let (memory, why) = pressure(
            facts.memory_pressure,
            "AgentHasInsufficientMemory",
            "AgentHasSufficientMemory",
        );
        put("MemoryPressure", memory, why, "");
        match &facts.not_ready {
            Some((reason, message)) => put("Ready", Truth::False, reason, message),
            None => put("Ready", Truth::True, "AgentReady", "The agent can run containers."),
        }
    } else if cond(shown, "Ready").is_none() {
        put("Ready", Truth::False, "AgentStarting", "The agent has not told what the node is yet.");
    } else if node.heard.is_some()
        && cond(shown, "Ready").is_some_and(|c| c.status == Truth::Unknown)
    {
        put("Ready", Truth::False, "AgentStarting", "The agent has not told its state again yet.");
    }
    all
}

/// The taints that a node shall have, if they differ from those that it has.
fn taints(doc: &NodeDoc, conditions: &[Cond], now: Millis) -> Option<Vec<Value>> {
    let truth = |kind: &str| cond(conditions, kind).map(|c| c.status);
    let mut want: Vec<(&str, &str)> = Vec::new();
    match truth("Ready") {
        Some(Truth::Unknown) => {
            want.extend([(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")])
        }
        Some(Truth::False) => want.extend([(NOT_READY, "NoSchedule"), (NOT_READY, "NoExecute")]),
        _ => {}
    }
    for (kind, taint) in PRESSURES {
        if truth(kind) == Some(Truth::True) {
            want.push((taint, "NoSchedule"));
        }
    }
    let ours = |t: &Taint| {
        matches!(t.key.as_str(), UNREACHABLE | NOT_READY)
            || PRESSURES.iter().any(|(_, k)| *k == t.key)
    };
    let mut taints: Vec<Taint> = doc
        .taints
        .iter()
        .filter(|t| !ours(t) || want.contains(&(t.key.as_str(), t.effect.as_str())))
        .cloned()
        .collect();
    for (key, effect) in want {
        if !taints.iter().any(|t| t.key == key && t.effect == effect) {
            taints.push(Taint {
                key: key.into(),
                value: "".into(),
                effect: effect.into(),
                time_added: Some(now.to_rfc3339()),
            });
        }
    }
    (taints != doc.taints).then(|| taints.iter().map(taint_value).collect())
}

fn taint_value(taint: &Taint) -> Value {
    let mut out = json!({"key": taint.key, "effect": taint.effect});
    if !taint.value.is_empty() {
        out["value"] = taint.value.as_str().into();
    }
    if let Some(added) = &taint.time_added {
        out["timeAdded"] = added.as_str().into();
    }
    out
}

/// The pods of a node that is not heard are not shown as running.
fn lose(view: &View, out: &mut Out, name: &NodeName) {
    for pod in view.pods_on(name) {
        if pod.lost || pod.phase.is_terminal() || out.wrote(&pod.key) {
            continue;
        }
        let message = "The node is not heard: this is what it told last.";
        let new = Cond::new("Ready", Truth::False, out.now, NODE_LOST, message);
        let patch = json!({"status": {
            "conditions": with_condition(pod, new),
            "reason": NODE_LOST,
            "message": message,
        }});
        out.observe(&pod.key, patch);
    }
}

/// The node is heard again: what it has not told anew is as it was.
pub(crate) fn restore(view: &View, out: &mut Out, name: &NodeName, told: &BTreeSet<&Uid>) {
    let lost = |p: &&PodView| p.lost && !told.contains(&p.uid) && !out.wrote(&p.key);
    let pods: Vec<&PodView> = view.pods_on(name).filter(lost).collect();
    for pod in pods {
        let mut status = json!({"reason": null, "message": null});
        let containers = cond(&pod.conditions, "ContainersReady");
        if let Some(ready) = containers.filter(|c| c.status == Truth::True) {
            let new = Cond::new("Ready", ready.status, out.now, "", "");
            status["conditions"] = with_condition(pod, new).into();
        } else {
            let why: (Arc<str>, Arc<str>) =
                containers.map(|c| (c.reason.clone(), c.message.clone())).unwrap_or_default();
            let new = Cond::new("Ready", Truth::False, out.now, &why.0, &why.1);
            status["conditions"] = with_condition(pod, new).into();
        }
        out.observe(&pod.key, json!({"status": status}));
    }
}

/// Ends the pods that do not bear their node's taints, when their time has come.
pub(crate) fn evict(view: &View, out: &mut Out, name: &NodeName) {
    let Some(doc) = view.nodes.get(name) else { return };
    let taints: Vec<&Taint> = doc.taints.iter().filter(|t| t.effect == "NoExecute").collect();
    if taints.is_empty() {
        return;
    }
    for pod in view.pods_on(name) {
        if pod.deleting.is_some() || pod.phase.is_terminal() {
            continue;
        }
        let Some(when) = taints.iter().filter_map(|t| until(doc, pod, t)).min() else { continue };
        if when > out.now {
            out.queue.at(Job::Evict(name.clone()), when);
            continue;
        }
        let why = "Taint manager: deleting due to NoExecute taint";
        let why =
            Cond::new("DisruptionTarget", Truth::True, out.now, "DeletionByTaintManager", why);
        out.end_pod_saying(pod, Some(why));
        let message =
            alloc::format!("Marking for deletion Pod {}/{}", pod.key.namespace, pod.key.name);
        out.tell(view, Happening::normal(&pod.key, &pod.uid, "TaintManagerEviction", message));
    }
}

/// Until when a pod bears a taint; none: for ever.
fn until(doc: &NodeDoc, pod: &PodView, taint: &Taint) -> Option<Millis> {
    let state = matches!(taint.key.as_str(), UNREACHABLE | NOT_READY);
    // Pods that nobody would make again elsewhere stay, and so do those of a node whose absence is nothing unusual.
    let stays = pod.controller.is_none()
        || pod.controller_kind == Some(kinds::DAEMON_SET)
        || (doc.intermittent && taint.key == UNREACHABLE);
    if state && stays {
        return None;
    }
    let mut borne = pod.tolerations.iter().filter(|t| t.bears(taint)).peekable();
    let seconds = if borne.peek().is_none() {
        if state { BEAR_S } else { 0 }
    } else {
        borne.map(|t| t.toleration_seconds.unwrap_or(i64::MAX)).min()?
    };
    let added = taint.time_added.as_deref().and_then(Millis::parse_rfc3339).unwrap_or_default();
    match u64::try_from(seconds.max(0)) {
        Ok(s) if seconds < i64::MAX => Some(added.plus(s.saturating_mul(1000))),
        _ => None,
    }
}
