//! A deployment's replica sets: which is the new one, which are old, and what each has.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::Uid;
use serde_json::{Map, Value, json};

use super::super::{Counts, adopt, release, short_hash};
use super::{DESIRED, MAX, REVISION, REVISION_HISTORY};
use crate::events::Happening;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::doc::Labels;
use crate::view::meta::Owner;
use crate::view::workload::{
    Common, DeploymentView, ReplicaSetView, Strategy, TEMPLATE_HASH, scaled,
};

/// The longest revision history that a replica set keeps, in characters.
const HISTORY_CHARS_MAX: usize = 2000;

/// A deployment and its replica sets.
pub(super) struct Sets {
    pub(super) d: Arc<DeploymentView>,
    /// The one of the present template, if there is one.
    pub(super) new: Option<Arc<ReplicaSetView>>,
    /// The others, oldest first.
    pub(super) old: Vec<Arc<ReplicaSetView>>,
    counts: BTreeMap<Uid, Counts>,
}

/// Takes in replica sets that the deployment selects and nobody controls, and lets go those that it no longer selects.
pub(super) fn claim(view: &View, out: &mut Out, d: &DeploymentView) -> bool {
    let owner = Owner::controlling(kinds::DEPLOYMENT, &d.common.key.name, &d.common.uid);
    let mut any = false;
    let namespace = &d.common.key.namespace;
    for (key, set) in View::within(&view.replica_sets, kinds::REPLICA_SET, namespace) {
        if set.common.deleting {
            continue;
        }
        let selected = d.common.selects(&set.common.labels);
        match &set.common.controller {
            None if selected => adopt(view, out, key, &owner),
            Some(uid) if *uid == d.common.uid && !selected => {
                release(view, out, key, &d.common.uid);
            }
            _ => continue,
        }
        any = true;
    }
    any
}

impl Sets {
    /// Finds and counts them.
    pub(super) fn gather(view: &View, out: &mut Out, d: &Arc<DeploymentView>) -> Self {
        let mut all: Vec<Arc<ReplicaSetView>> = view
            .dependents_of(&d.common.uid, kinds::REPLICA_SET)
            .filter_map(|k| view.replica_sets.get(k))
            .filter(|s| s.common.controller.as_ref() == Some(&d.common.uid))
            .cloned()
            .collect();
        all.sort_by(|a, b| {
            (a.common.created, &a.common.key).cmp(&(b.common.created, &b.common.key))
        });
        let mut counts = BTreeMap::new();
        for set in &all {
            let c =
                Counts::of(view, &set.common.uid, &Labels::new(), d.common.min_ready_s, out.now);
            if let Some(at) = c.next {
                out.queue.at(Job::Deployment(d.common.key.clone()), at);
            }
            counts.insert(set.common.uid.clone(), c);
        }
        let new = all
            .iter()
            .position(|s| s.template_hash == d.template_hash && !s.common.deleting)
            .map(|i| all.remove(i));
        Self { d: d.clone(), new, old: all, counts }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<ReplicaSetView>> {
        self.old.iter().chain(&self.new)
    }

    /// How many pods were counted.
    pub(super) fn seen(&self) -> usize {
        self.counts.values().map(|c| c.seen).sum()
    }

    pub(super) fn any_written(&self, out: &Out) -> bool {
        self.all().any(|s| out.wrote(&s.common.key)) || out.wrote(&self.d.common.key)
    }

    pub(super) fn counts(&self, set: &ReplicaSetView) -> Counts {
        self.counts.get(&set.common.uid).copied().unwrap_or_default()
    }

    /// So many pods at most that a set has or may make before it hears of a new number.
    pub(super) fn size(&self, set: &ReplicaSetView) -> i64 {
        set.replicas.max(self.counts(set).active)
    }

    /// The available pods of a set, less those that it is about to end.
    pub(super) fn available_in(&self, set: &ReplicaSetView) -> i64 {
        self.counts(set).available.min(set.replicas)
    }

    /// Available pods of all sets, less those that are about to end.
    pub(super) fn available(&self) -> i64 {
        self.all().map(|s| self.available_in(s)).sum()
    }

    /// `maxSurge` as a number.
    pub(super) fn surge(&self) -> i64 {
        match &self.d.strategy {
            Strategy::Rolling { surge, .. } => scaled(surge, self.d.replicas, true),
            _ => 0,
        }
    }

    /// `maxUnavailable` as a number: one if it and `maxSurge` would both come to nothing.
    pub(super) fn unavailable_max(&self) -> i64 {
        match &self.d.strategy {
            Strategy::Rolling { unavailable, .. } if self.d.replicas > 0 => {
                let n = scaled(unavailable, self.d.replicas, false);
                let n = if n == 0 && self.surge() == 0 { 1 } else { n };
                n.min(self.d.replicas)
            }
            _ => 0,
        }
    }

    /// Whether the deployment's number has changed since its sets were last scaled to it.
    pub(super) fn scaling_asked(&self) -> bool {
        self.all()
            .filter(|s| s.replicas > 0)
            .any(|s| s.common.annotated(DESIRED).is_some_and(|n| n != self.d.replicas))
    }

    fn next_revision(&self) -> i64 {
        self.old.iter().map(|s| revision_of(&s.common)).max().unwrap_or(0) + 1
    }

    /// Makes the new replica set if it is not there, or brings its annotations up to date. True if it wrote it: then it
    /// comes back. The name of a set that was made goes to `made`.
    pub(super) fn ensure_new(
        &self,
        view: &View,
        out: &mut Out,
        replicas: i64,
        made: &mut Option<Arc<str>>,
    ) -> bool {
        let wrote = match &self.new {
            Some(new) => self.refresh(out, new),
            None => {
                *made = self.create(view, out, replicas);
                true
            }
        };
        self.tell_revision(out);
        wrote
    }

    /// The deployment carries the revision of its newest replica set.
    pub(super) fn tell_revision(&self, out: &mut Out) {
        let number = match &self.new {
            Some(new) => {
                revision_of(&new.common).max(if self.d.paused { 0 } else { self.next_revision() })
            }
            None if self.d.paused => return,
            None => self.next_revision(),
        };
        if number > 0 && self.d.common.annotated(REVISION) != Some(number) {
            let patch = json!({"metadata": {"annotations": {REVISION: number.to_string()}}});
            out.change(&self.d.common.key, self.d.common.revision, patch);
        }
    }

    fn refresh(&self, out: &mut Out, new: &ReplicaSetView) -> bool {
        let (is, number) = (revision_of(&new.common), self.next_revision());
        let mut annotations = Map::new();
        for (name, value) in self.d.common.annotations.iter().filter(|(n, _)| copied(n)) {
            if new.common.annotations.get(name) != Some(value) {
                annotations.insert(name.clone(), value.as_str().into());
            }
        }
        if is < number {
            annotations.insert(REVISION.into(), number.to_string().into());
            if is > 0 {
                let history = new.common.annotations.get(REVISION_HISTORY);
                let history = history.filter(|h| !h.is_empty() && h.len() < HISTORY_CHARS_MAX);
                let history =
                    history.map_or_else(|| is.to_string(), |h| alloc::format!("{h},{is}"));
                annotations.insert(REVISION_HISTORY.into(), history.into());
            }
        }
        let mut patch = Map::new();
        if !annotations.is_empty() {
            patch.insert("metadata".into(), json!({"annotations": annotations}));
        }
        if new.common.min_ready_s != self.d.common.min_ready_s {
            patch.insert("spec".into(), json!({"minReadySeconds": self.d.common.min_ready_s}));
            annotated_generation(&mut patch, new.common.generation + 1);
        }
        if patch.is_empty() {
            return false;
        }
        out.change(&new.common.key, new.common.revision, Value::Object(patch));
        true
    }

    /// None if the name is taken by something else: then another name is tried next time.
    fn create(&self, view: &View, out: &mut Out, replicas: i64) -> Option<Arc<str>> {
        let d = &self.d;
        let collisions = d.told("collisionCount");
        let hash = short_hash(&d.template_hash, collisions);
        let name: Arc<str> = alloc::format!("{}-{hash}", d.common.key.name).into();
        let key = ObjectKey {
            kind: kinds::REPLICA_SET,
            namespace: d.common.key.namespace.clone(),
            name: name.clone(),
        };
        if view.meta.contains_key(&key) {
            let patch = json!({"status": {"collisionCount": collisions + 1}});
            out.observe(&d.common.key, patch);
            return None;
        }
        let doc = self.new_set(&hash, replicas);
        if let Err(why) = out.create(&key, doc) {
            let job = Job::Deployment(d.common.key.clone());
            out.refused(view, why, job, &d.common.key, &d.common.uid);
            return None;
        }
        if replicas > 0 {
            let message = alloc::format!("Scaled up replica set {name} from 0 to {replicas}");
            let about =
                Happening::normal(&d.common.key, &d.common.uid, "ScalingReplicaSet", message);
            out.tell(view, about);
        }
        Some(name)
    }

    fn new_set(&self, hash: &str, replicas: i64) -> Value {
        let d = &self.d;
        let mut template = (*d.template).clone();
        if !template["metadata"].is_object() {
            template["metadata"] = json!({});
        }
        template["metadata"]["labels"][TEMPLATE_HASH] = hash.into();
        let labels = template["metadata"]["labels"].clone();
        let mut selector = json!({});
        if !d.common.selector.match_expressions.is_empty() {
            selector["matchExpressions"] = d
                .common
                .selector
                .match_expressions
                .iter()
                .map(|r| json!({"key": r.key, "operator": r.operator, "values": r.values}))
                .collect();
        }
        selector["matchLabels"] = json!(d.common.selector.match_labels);
        selector["matchLabels"][TEMPLATE_HASH] = hash.into();
        let mut annotations: BTreeMap<String, String> = d
            .common
            .annotations
            .iter()
            .filter(|(n, _)| copied(n))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        annotations.insert(REVISION.into(), self.next_revision().to_string());
        annotations.extend(self.sized_for());
        let owner = Owner::controlling(kinds::DEPLOYMENT, &d.common.key.name, &d.common.uid);
        let mut doc = json!({
            "metadata": {
                "labels": labels,
                "annotations": annotations,
                "ownerReferences": [owner.to_value()],
            },
            "spec": {"replicas": replicas, "selector": selector, "template": template},
            "status": {"replicas": 0},
        });
        if d.common.min_ready_s > 0 {
            doc["spec"]["minReadySeconds"] = d.common.min_ready_s.into();
        }
        doc
    }

    /// For which number of the deployment a set was scaled.
    fn sized_for(&self) -> [(String, String); 2] {
        [
            (DESIRED.to_owned(), self.d.replicas.to_string()),
            (MAX.to_owned(), (self.d.replicas + self.surge()).to_string()),
        ]
    }

    /// Gives a set its number, if it has another, and says for which number of the deployment that is.
    pub(super) fn scale(
        &self,
        view: &View,
        out: &mut Out,
        set: &ReplicaSetView,
        replicas: i64,
    ) -> bool {
        let sized: BTreeMap<String, String> = self.sized_for().into();
        let noted = sized.iter().all(|(k, v)| set.common.annotations.get(k) == Some(v));
        if set.replicas == replicas && noted {
            return false;
        }
        let mut patch = json!({"metadata": {"annotations": sized}});
        if set.replicas != replicas {
            patch["metadata"]["generation"] = (set.common.generation + 1).into();
            patch["spec"] = json!({"replicas": replicas});
            let way = if replicas > set.replicas { "up" } else { "down" };
            let message = alloc::format!(
                "Scaled {way} replica set {} from {} to {replicas}",
                set.common.key.name,
                set.replicas
            );
            let d = &self.d.common;
            out.tell(view, Happening::normal(&d.key, &d.uid, "ScalingReplicaSet", message));
        }
        out.change(&set.common.key, set.common.revision, patch);
        true
    }
}

fn annotated_generation(patch: &mut Map<String, Value>, generation: i64) {
    let meta = patch.entry("metadata").or_insert_with(|| json!({}));
    meta["generation"] = generation.into();
}

/// The number of a set's revision; zero if it has none.
pub(super) fn revision_of(common: &Common) -> i64 {
    common.annotated(REVISION).unwrap_or(0)
}

/// Whether a deployment's annotation goes to its replica sets.
fn copied(name: &str) -> bool {
    !matches!(
        name,
        "kubectl.kubernetes.io/last-applied-configuration"
            | REVISION
            | REVISION_HISTORY
            | DESIRED
            | MAX
    )
}

/// Old replica sets without pods are kept up to the history's limit.
pub(super) fn drop_history(out: &mut Out, sets: &Sets) {
    let mut empty: Vec<&Arc<ReplicaSetView>> = sets
        .old
        .iter()
        .filter(|s| {
            let c = sets.counts(s);
            s.replicas == 0 && c.active == 0 && c.leaving == 0 && !s.common.deleting
        })
        .filter(|s| s.told("observedGeneration") >= s.common.generation)
        .collect();
    empty.sort_by_key(|s| revision_of(&s.common));
    let surplus = empty.len().saturating_sub(sets.d.history);
    for set in empty.into_iter().take(surplus) {
        if !out.wrote(&set.common.key) {
            out.remove(&set.common.key, set.common.revision);
        }
    }
}
