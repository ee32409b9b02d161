//! What happened, told as Kubernetes Events: the same thing again counts up, and nothing is kept for ever.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::{Hash, Millis, Uid};
use serde_json::{Value, json};

use crate::kinds::{self, ObjectKey};
use crate::stream::Stream;
use crate::turn::{Durability, Write};
use crate::view::{View, doc};

/// So many Event objects are kept; beyond, the oldest go first.
const EVENTS_MAX: usize = 50_000;
/// So many different things are told in a turn; the rest is dropped.
const PENDING_MAX: usize = 4_096;

/// Who tells.
pub(crate) const CONTROLLER: &str = "driftless-controller";
/// Who tells, on a node.
pub(crate) const AGENT: &str = "driftless-agent";
/// Who tells of placements: the name that users look for.
pub(crate) const SCHEDULER: &str = "default-scheduler";

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    /// To which object.
    pub(crate) about: ObjectKey,
    /// Its uid.
    pub(crate) uid: Uid,
    /// Which part of it, e.g. `spec.containers{web}`; empty: all of it.
    pub(crate) field: String,
    pub(crate) warning: bool,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// Who tells.
    pub(crate) from: &'static str,
    /// The node on which it happened; empty if on none.
    pub(crate) host: String,
    /// When; none: now.
    pub(crate) at: Option<Millis>,
    /// How often.
    pub(crate) count: u32,
}

impl Happening {
    /// Something that the controller did.
    pub(crate) fn normal(about: &ObjectKey, uid: &Uid, reason: &str, message: String) -> Self {
        Self {
            about: about.clone(),
            uid: uid.clone(),
            field: String::new(),
            warning: false,
            reason: reason.into(),
            message,
            from: CONTROLLER,
            host: String::new(),
            at: None,
            count: 1,
        }
    }

    /// Something that the controller could not do, or that is not as it should be.
    pub(crate) fn warning(about: &ObjectKey, uid: &Uid, reason: &str, message: String) -> Self {
        Self { warning: true, ..Self::normal(about, uid, reason, message) }
    }

    /// The name is made from what happened, so that the same again finds its object.
    fn key(&self) -> ObjectKey {
        let parts: [&str; 6] =
            [self.uid.as_str(), &self.field, &self.reason, &self.message, self.from, &self.host];
        let hash = Hash::of_parts(parts.iter().map(|p| p.as_bytes()));
        let digits: String = hash.0[..8].iter().map(|b| alloc::format!("{b:02x}")).collect();
        let name: String = self.about.name.chars().take(230).collect();
        let namespace =
            if self.about.namespace.is_empty() { "default" } else { &*self.about.namespace };
        ObjectKey::new(kinds::EVENT, namespace, &alloc::format!("{name}.{digits}"))
    }
}

/// An Event object that is kept.
#[derive(Clone, Copy, Debug)]
struct Kept {
    count: u32,
    last: Millis,
}

/// Knows the Event objects, and what is to be told with this turn.
#[derive(Default)]
pub(crate) struct Recorder {
    kept: BTreeMap<ObjectKey, Kept>,
    by_age: BTreeSet<(Millis, ObjectKey)>,
    pending: BTreeMap<ObjectKey, Happening>,
}

impl Recorder {
    /// An Event object changed in the store.
    pub(crate) fn apply(&mut self, key: &ObjectKey, doc: Option<&Value>) {
        if let Some(old) = self.kept.remove(key) {
            self.by_age.remove(&(old.last, key.clone()));
        }
        let Some(doc) = doc else { return };
        let last = ["lastTimestamp", "eventTime"]
            .iter()
            .find_map(|f| doc::time(doc, &[f]))
            .or_else(|| doc::time(doc, &["metadata", "creationTimestamp"]))
            .unwrap_or_default();
        let count = doc::int(doc, &["count"]).and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
        self.kept.insert(key.clone(), Kept { count, last });
        self.by_age.insert((last, key.clone()));
    }

    /// When the oldest is to go.
    pub(crate) fn next_expiry(&self, ttl_ms: u64) -> Option<Millis> {
        let (last, _) = self.by_age.first()?;
        Some(if self.kept.len() > EVENTS_MAX { Millis(0) } else { last.plus(ttl_ms) })
    }

    /// Those that are to go now, oldest first, so many at most.
    pub(crate) fn expired(&self, now: Millis, ttl_ms: u64, most: usize) -> Vec<ObjectKey> {
        let surplus = self.kept.len().saturating_sub(EVENTS_MAX);
        self.by_age
            .iter()
            .enumerate()
            .take_while(|(i, (last, _))| *i < surplus || last.plus(ttl_ms) <= now)
            .take(most)
            .map(|(_, (_, key))| key.clone())
            .collect()
    }

    /// Remembers what happened for the end of the turn.
    pub(crate) fn record(&mut self, view: &View, happening: Happening) {
        let key = happening.key();
        // Nothing is made in a namespace that ends. Events about cluster-wide objects lie in `default`.
        let open = view.namespaces.get(&key.namespace).is_none_or(|n| !n.terminating);
        if let Some(pending) = self.pending.get_mut(&key) {
            pending.count = pending.count.saturating_add(happening.count);
        } else if open && self.pending.len() < PENDING_MAX {
            self.pending.insert(key, happening);
        }
    }

    /// Turns what happened into writes.
    pub(crate) fn flush(
        &mut self,
        now: Millis,
        view: &View,
        uids: &mut Stream,
        save: &mut Vec<Write>,
    ) {
        for (key, happening) in core::mem::take(&mut self.pending) {
            let at = happening.at.unwrap_or(now).min(now);
            match self.kept.get(&key) {
                Some(kept) if view.meta.contains_key(&key) => {
                    let patch = json!({
                        "count": kept.count.saturating_add(happening.count),
                        "lastTimestamp": at.max(kept.last).to_rfc3339(),
                    });
                    let durability = Durability::Behind;
                    save.push(Write::Merge { key, expect: None, patch, durability });
                }
                _ => {
                    let doc = document(&key, &happening, at, now, uids.uuid());
                    save.push(Write::Create {
                        key,
                        doc,
                        charges: Vec::new(),
                        durability: Durability::Behind,
                    });
                }
            }
        }
    }
}

fn document(key: &ObjectKey, h: &Happening, at: Millis, now: Millis, uid: String) -> Value {
    let kind = kinds::get(h.about.kind);
    let mut involved = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.kind,
        "name": &*h.about.name,
        // A node's events carry its name as uid, as clients ask for them by it.
        "uid": if h.about.kind == kinds::NODE { &*h.about.name } else { h.uid.as_str() },
    });
    if !h.about.namespace.is_empty() {
        involved["namespace"] = (&*h.about.namespace).into();
    }
    if !h.field.is_empty() {
        involved["fieldPath"] = h.field.as_str().into();
    }
    let mut source = json!({"component": h.from});
    if !h.host.is_empty() {
        source["host"] = h.host.as_str().into();
    }
    let name: Arc<str> = key.name.clone();
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": &*name,
            "namespace": &*key.namespace,
            "uid": uid,
            "creationTimestamp": now.to_rfc3339(),
        },
        "involvedObject": involved,
        "type": if h.warning { "Warning" } else { "Normal" },
        "reason": h.reason,
        "message": h.message,
        "source": source,
        "count": h.count.max(1),
        "firstTimestamp": at.to_rfc3339(),
        "lastTimestamp": at.to_rfc3339(),
        "eventTime": null,
        "reportingComponent": h.from,
        "reportingInstance": h.host,
    })
}
