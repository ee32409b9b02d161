//! A small world around the core: a store in memory, and nodes that do what their orders say.

#![allow(dead_code, reason = "each test file uses a part of it")]

mod node;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use driftless_controller_core::core::{Config, Core};
use driftless_controller_core::kinds::{self, KindId, ObjectKey};
use driftless_controller_core::turn::{Changed, Effect, Event, Note, Orders, Turn, Write};
use model::message::Up;
use model::trust::PublicKey;
use model::{Millis, NodeName, Revision};
use serde_json::{Value, json};

pub(crate) use node::{FakeNode, Health};

/// The world begins at 2026-01-01T00:00:00Z.
const BEGIN: u64 = 1_767_225_600_000;

/// The store: revision and document of each object.
pub(crate) type Store = BTreeMap<ObjectKey, (u64, Value)>;
/// Looks at the store after every write.
pub(crate) type Watch = Box<dyn FnMut(&Store)>;

pub(crate) struct World {
    pub(crate) core: Core,
    pub(crate) now: Millis,
    pub(crate) store: Store,
    pub(crate) revision: u64,
    pub(crate) nodes: BTreeMap<NodeName, FakeNode>,
    /// What the store has to tell, in the order of its revisions: always told before anything else.
    changes: VecDeque<Event>,
    events: VecDeque<Event>,
    pub(crate) notes: Vec<Note>,
    /// Orders that did not reach their node.
    pub(crate) lost: Vec<Orders>,
    /// Called after every commit.
    pub(crate) watch: Option<Watch>,
    /// Writes that were made since it was last looked at.
    pub(crate) writes: usize,
    /// The most that one turn wrote.
    pub(crate) writes_most: usize,
    seed: u64,
    /// The key that each node's last orders were sealed to.
    pub(crate) sealed_to: BTreeMap<NodeName, PublicKey>,
    /// The set of keys for orders that a welcome brings, and those whose former keys were let go.
    pub(crate) orders_keys: u64,
    pub(crate) retired: Vec<u64>,
    /// Prints what is decided.
    pub(crate) trace: bool,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self {
            core: Core::new(Config::default(), seed, seed + 1),
            now: Millis(BEGIN),
            store: BTreeMap::new(),
            revision: 0,
            nodes: BTreeMap::new(),
            changes: VecDeque::new(),
            events: VecDeque::new(),
            notes: Vec::new(),
            lost: Vec::new(),
            watch: None,
            writes: 0,
            writes_most: 0,
            seed,
            sealed_to: BTreeMap::new(),
            orders_keys: 0,
            retired: Vec::new(),
            trace: false,
        };
        for name in ["default", "kube-node-lease"] {
            world.put(kinds::NAMESPACE, "", name, json!({}));
        }
        world.events.push_back(Event::Restored);
        world.settle();
        world
    }

    /// Another controller process on the same store.
    pub(crate) fn restart_controller(&mut self) {
        self.seed += 1;
        self.core = Core::new(Config::default(), self.seed * 7919, self.seed + 1);
        self.changes.clear();
        self.events.clear();
        let all = self.store.iter().map(|(key, (revision, doc))| Changed {
            key: key.clone(),
            revision: Revision(*revision),
            doc: Some(Arc::new(doc.clone())),
        });
        let mut all: Vec<Changed> = all.collect();
        all.sort_by_key(|c| c.revision);
        self.changes.push_back(Event::Changed(all));
        self.changes.push_back(Event::Restored);
        for node in self.nodes.values_mut().filter(|n| n.connected) {
            self.events.push_back(Event::Presence(node.name.clone(), true));
        }
    }

    pub(crate) fn key(kind: KindId, namespace: &str, name: &str) -> ObjectKey {
        ObjectKey::new(kind, namespace, name)
    }

    /// As the API would: makes an object.
    pub(crate) fn put(
        &mut self,
        kind: KindId,
        namespace: &str,
        name: &str,
        mut doc: Value,
    ) -> ObjectKey {
        let key = ObjectKey::new(kind, namespace, name);
        let row = kinds::get(kind);
        doc["apiVersion"] = row.api_version().into();
        doc["kind"] = row.kind.into();
        doc["metadata"]["name"] = name.into();
        if row.namespaced {
            doc["metadata"]["namespace"] = namespace.into();
        }
        doc["metadata"]["uid"] = format!("uid-{}", self.revision + 1).into();
        doc["metadata"]["generation"] = 1.into();
        doc["metadata"]["creationTimestamp"] = self.now.to_rfc3339().into();
        (row.default)(&mut doc);
        self.commit(key.clone(), Some(doc));
        key
    }

    /// As the API would: changes an object by a merge patch; the generation grows with the spec.
    pub(crate) fn patch(&mut self, key: &ObjectKey, patch: Value) {
        let mut doc = self.store[key].1.clone();
        let old_spec = doc["spec"].clone();
        json_patch::merge(&mut doc, &patch);
        if doc["spec"] != old_spec {
            let generation = doc["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
            doc["metadata"]["generation"] = generation.into();
        }
        self.commit(key.clone(), Some(doc));
    }

    /// As the API would: deletes an object with this propagation.
    pub(crate) fn delete(&mut self, key: &ObjectKey, propagation: &str) {
        let mut doc = self.store[key].1.clone();
        let bound = doc["spec"]["nodeName"].is_string();
        let finalizer = match propagation {
            "Foreground" => Some("foregroundDeletion"),
            "Orphan" => Some("orphan"),
            _ => None,
        };
        let held = doc["metadata"]["finalizers"].is_array() || finalizer.is_some();
        if key.kind == kinds::NAMESPACE || held || (key.kind == kinds::POD && bound) {
            let grace = if key.kind == kinds::POD && bound { 30 } else { 0 };
            doc["metadata"]["deletionTimestamp"] = self.now.plus(grace * 1000).to_rfc3339().into();
            doc["metadata"]["deletionGracePeriodSeconds"] = grace.into();
            if let Some(finalizer) = finalizer {
                doc["metadata"]["finalizers"] = json!([finalizer]);
            }
            self.commit(key.clone(), Some(doc));
        } else {
            self.commit(key.clone(), None);
        }
    }

    /// As the API would: writes a document, or takes it away.
    pub(crate) fn commit(&mut self, key: ObjectKey, doc: Option<Value>) {
        let changed = self.write(key, doc);
        self.changes.push_back(Event::Changed(vec![changed]));
    }

    fn write(&mut self, key: ObjectKey, doc: Option<Value>) -> Changed {
        self.revision += 1;
        let doc = doc.map(|mut doc| {
            doc["metadata"]["resourceVersion"] = self.revision.to_string().into();
            self.store.insert(key.clone(), (self.revision, doc.clone()));
            Arc::new(doc)
        });
        if doc.is_none() {
            self.store.remove(&key);
        }
        if let Some(watch) = &mut self.watch {
            watch(&self.store);
        }
        Changed { key, revision: Revision(self.revision), doc }
    }

    /// Commits a turn and does its effects, as the drive loop does.
    fn take(&mut self, turn: Turn) {
        if let Some(Revision(above)) = turn.raise {
            self.revision = self.revision.max(above);
        }
        self.writes += turn.save.len();
        self.writes_most = self.writes_most.max(turn.save.len());
        if self.trace {
            turn.save.iter().for_each(|w| eprintln!("{:?} {w:?}", self.now));
        }
        let (mut changes, mut dropped) = (Vec::new(), Vec::new());
        for write in turn.save {
            match write {
                Write::Create { key, doc, charges, .. } => {
                    let stale = charges
                        .iter()
                        .any(|c| self.store.get(&c.key).is_none_or(|(r, _)| *r != c.expect.0));
                    if stale || self.store.contains_key(&key) {
                        dropped.push(key);
                    } else {
                        for charge in charges {
                            let mut new = self.store[&charge.key].1.clone();
                            json_patch::merge(&mut new, &charge.patch);
                            changes.push(self.write(charge.key, Some(new)));
                        }
                        changes.push(self.write(key, Some(doc)));
                    }
                }
                Write::Merge { key, expect, patch, .. } => {
                    let Some((revision, doc)) = self.store.get(&key).cloned() else {
                        dropped.push(key);
                        continue;
                    };
                    if expect.is_some_and(|e| e.0 != revision) {
                        dropped.push(key);
                        continue;
                    }
                    let mut new = doc.clone();
                    json_patch::merge(&mut new, &patch);
                    if new != doc {
                        changes.push(self.write(key, Some(new)));
                    }
                }
                Write::Delete { key, expect } => {
                    let revision = self.store.get(&key).map(|(r, _)| *r);
                    if revision.is_none() || expect.is_some_and(|e| Some(e.0) != revision) {
                        dropped.push(key);
                    } else {
                        changes.push(self.write(key, None));
                    }
                }
            }
        }
        if !changes.is_empty() {
            // As in the controller: no decision is made before all that was committed is known, and whatever came before.
            let (known, others) = std::mem::take(&mut self.changes)
                .into_iter()
                .partition::<Vec<Event>, _>(|e| matches!(e, Event::Changed(_)));
            let mut all: Vec<Changed> = Vec::new();
            for event in known {
                if let Event::Changed(some) = event {
                    all.extend(some);
                }
            }
            all.extend(changes);
            self.changes.push_back(Event::Changed(all));
            self.changes.extend(others);
        }
        if !dropped.is_empty() {
            self.changes.push_back(Event::Dropped(dropped));
        }
        turn.then.into_iter().for_each(|effect| self.act(effect));
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Note(note) => self.notes.push(note),
            Effect::RetireKeys(serial) => {
                self.retired.push(serial);
                self.keys_change(serial + 1, None);
            }
            Effect::Orders(orders) => self.send(orders),
            Effect::WhoAreYou(name) => {
                if let Some(hello) = self.nodes.get_mut(&name).and_then(FakeNode::hello) {
                    self.events.push_back(Event::Said(name, hello));
                }
            }
            Effect::ReportTaken { node, boot, sequence } => {
                if let Some(n) = self.nodes.get_mut(&node).filter(|n| n.connected) {
                    n.report_taken(boot, sequence);
                }
            }
            Effect::Welcome(name, welcome) => {
                let newest = self.orders_keys;
                if let Some(n) = self.nodes.get_mut(&name) {
                    n.welcome(&welcome);
                    let hello = (n.keys < newest).then(|| {
                        n.keys = newest;
                        n.hello()
                    });
                    let hello = hello.flatten().map(|hello| Event::Said(name, hello));
                    self.events.extend(hello);
                }
            }
        }
    }

    fn send(&mut self, orders: Orders) {
        let name = orders.manifest.node.clone();
        let Some(node) = self.nodes.get_mut(&name).filter(|n| n.connected) else {
            return self.lost.push(orders);
        };
        self.sealed_to.extend(orders.sealing.map(|key| (name.clone(), key)));
        match node.apply(&orders, &self.store) {
            Some(answer) => self.events.push_back(Event::Said(name, answer)),
            None => self.events.push_back(Event::Unsent(name, orders.manifest.generation)),
        }
    }

    /// A node with this name joins.
    pub(crate) fn join(&mut self, name: &str) -> NodeName {
        self.join_with(name, Health::Well)
    }

    pub(crate) fn join_with(&mut self, name: &str, health: Health) -> NodeName {
        let node = NodeName::from(name);
        self.nodes.insert(node.clone(), FakeNode::new(&node, health));
        self.connect(&node);
        self.settle();
        node
    }

    pub(crate) fn connect(&mut self, name: &NodeName) {
        let node = self.nodes.get_mut(name).expect("a node of this world");
        node.connected = true;
        self.events.push_back(Event::Presence(name.clone(), true));
        let hello = node.hello().expect("it is connected");
        self.events.push_back(Event::Said(name.clone(), hello));
    }

    pub(crate) fn cut(&mut self, name: &NodeName) {
        self.nodes.get_mut(name).expect("a node of this world").connected = false;
        self.events.push_back(Event::Presence(name.clone(), false));
    }

    /// The hands hold other keys for orders.
    pub(crate) fn keys_change(&mut self, serial: u64, retire_at: Option<Millis>) {
        self.orders_keys = serial;
        self.events.push_back(Event::Keys(serial, retire_at));
    }

    pub(crate) fn say(&mut self, name: &NodeName, up: Up) {
        self.events.push_back(Event::Said(name.clone(), up));
    }

    /// Goes on until nothing happens any more at this time.
    pub(crate) fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 20_000, "it does not come to rest: {} decisions due", self.core.due());
            if let Some(event) = self.changes.pop_front().or_else(|| self.events.pop_front()) {
                let turn = self.core.handle(self.now, event);
                self.take(turn);
                continue;
            }
            if self.core.wake().is_some_and(|at| at <= self.now) {
                let turn = self.core.handle(self.now, Event::Tick);
                self.take(turn);
                continue;
            }
            let now = self.now;
            let reports: Vec<(NodeName, Up)> = self
                .nodes
                .iter_mut()
                .filter_map(|(name, n)| Some((name.clone(), n.report(now)?)))
                .collect();
            if reports.is_empty() {
                return;
            }
            self.events.extend(reports.into_iter().map(|(name, up)| Event::Said(name, up)));
        }
    }

    /// Lets time go by, in steps of one second or less.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now.plus(ms);
        while self.now < end {
            let next = self.core.wake().filter(|at| *at > self.now).unwrap_or(end);
            let tick = self.now.plus(1000);
            self.now = next.min(end).min(tick);
            self.settle();
        }
    }

    pub(crate) fn doc(&self, key: &ObjectKey) -> &Value {
        &self.store.get(key).unwrap_or_else(|| panic!("{key:?} is not there")).1
    }

    pub(crate) fn of(&self, kind: KindId) -> Vec<&Value> {
        self.store.iter().filter(|(k, _)| k.kind == kind).map(|(_, (_, d))| d).collect()
    }

    pub(crate) fn keys(&self, kind: KindId) -> Vec<ObjectKey> {
        self.store.keys().filter(|k| k.kind == kind).cloned().collect()
    }

    /// Nothing is left to decide: spare ticks lead to no writes.
    pub(crate) fn assert_quiet(&mut self) {
        self.settle();
        for _ in 0..3 {
            let turn = self.core.handle(self.now, Event::Tick);
            assert!(turn.is_empty(), "a settled core still decides: {turn:?}");
        }
    }
}

/// A deployment as the API would have defaulted it.
pub(crate) fn deployment(replicas: i64, image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(image),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
    })
}

pub(crate) fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image, "resources": {}}], "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30},
    })
}

/// Whether a pod is ready.
pub(crate) fn ready(pod: &Value) -> bool {
    pod["status"]["conditions"]
        .as_array()
        .is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
}

/// Whether a pod counts: it has not ended, and is not to end.
pub(crate) fn active(pod: &Value) -> bool {
    pod["metadata"]["deletionTimestamp"].is_null()
        && !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

/// The status and reason of a condition.
pub(crate) fn condition(doc: &Value, kind: &str) -> (String, String) {
    let all = doc["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = all.iter().find(|c| c["type"] == kind);
    let text = |f: &str| found.and_then(|c| c[f].as_str()).unwrap_or_default().to_string();
    (text("status"), text("reason"))
}
