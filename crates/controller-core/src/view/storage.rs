//! Claims, volumes and storage classes, as decisions see them, and whom a change of one concerns.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::orders::ItemKind;
use model::{Hash, NodeName, Revision, Uid};
use serde_json::{Value, json};

use super::meta::Meta;
use super::pod::PodView;
use super::{View, doc};
use crate::assign;
use crate::kinds::{self, ObjectKey};
use crate::limits::quota::{Use, use_of};
use crate::queue::{Job, Queue};
use crate::storage::{self, IS_DEFAULT};

/// A claim.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClaimView {
    pub(crate) key: ObjectKey,
    pub(crate) uid: Uid,
    pub(crate) revision: Revision,
    pub(crate) deleting: bool,
    pub(crate) finalizers: Vec<String>,
    /// None: whatever class is the default; empty: none.
    pub(crate) class: Option<String>,
    /// The volume that it has, or is to have.
    pub(crate) volume: Option<Arc<str>>,
    pub(crate) modes: Value,
    pub(crate) size: String,
    /// `Filesystem` or `Block`.
    pub(crate) volume_mode: String,
    pub(crate) selects: bool,
    pub(crate) status: Value,
    /// What quotas count it for.
    pub(crate) usage: Use,
    /// Both are known to each other.
    pub(crate) bound: bool,
}

impl ClaimView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let spec = doc.get("spec").unwrap_or(&Value::Null);
        let class = doc::at(spec, &["storageClassName"]).and_then(Value::as_str);
        let volume = doc::text(spec, &["volumeName"]);
        let status = doc.get("status").cloned().unwrap_or(Value::Null);
        Self {
            key: key.clone(),
            uid: meta.uid.clone(),
            revision,
            deleting: meta.deleting.is_some(),
            finalizers: meta.finalizers.iter().map(|f| (**f).into()).collect(),
            class: class.map(Into::into),
            volume: (!volume.is_empty()).then(|| volume.into()),
            modes: spec.get("accessModes").cloned().unwrap_or(Value::Null),
            size: doc::text(spec, &["resources", "requests", "storage"]).into(),
            volume_mode: doc::text(spec, &["volumeMode"]).into(),
            selects: doc::at(spec, &["selector"]).is_some(),
            usage: use_of(kinds::get(kinds::PERSISTENT_VOLUME_CLAIM), doc),
            bound: doc::text(&status, &["phase"]) == "Bound",
            status,
        }
    }

    /// Whether one pod at a time may have it.
    pub(crate) fn exclusive(&self) -> bool {
        self.modes == json!(["ReadWriteOncePod"])
    }
}

/// A volume.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VolumeView {
    pub(crate) key: ObjectKey,
    pub(crate) uid: Uid,
    pub(crate) revision: Revision,
    pub(crate) deleting: bool,
    pub(crate) finalizers: Vec<String>,
    /// Whom it belongs to: the claim, and its uid if that is said.
    pub(crate) claim: Option<(ObjectKey, Option<Uid>)>,
    /// The node that it is on.
    pub(crate) node: Option<NodeName>,
    /// We made it.
    pub(crate) ours: bool,
    /// It goes with its claim.
    pub(crate) goes: bool,
    pub(crate) phase: String,
    pub(crate) capacity: Value,
    pub(crate) modes: Value,
    /// The hash of its order's body; none: its node is told nothing of it.
    pub(crate) order: Option<Hash>,
}

impl VolumeView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let spec = doc.get("spec").unwrap_or(&Value::Null);
        let of = |field: &str| doc::text(spec, &["claimRef", field]);
        let claim = (!of("name").is_empty()).then(|| {
            let key = ObjectKey::new(kinds::PERSISTENT_VOLUME_CLAIM, of("namespace"), of("name"));
            (key, Some(of("uid")).filter(|u| !u.is_empty()).map(Uid::from))
        });
        let ours = storage::is_ours(doc);
        let phase = doc::text(doc, &["status", "phase"]);
        let goes = doc::text(spec, &["persistentVolumeReclaimPolicy"]) == "Delete";
        let ordered = ours && (phase == "Bound" || (phase == "Released" && goes));
        Self {
            key: key.clone(),
            uid: meta.uid.clone(),
            revision,
            deleting: meta.deleting.is_some(),
            finalizers: meta.finalizers.iter().map(|f| (**f).into()).collect(),
            claim,
            node: storage::node_of(spec).map(NodeName::from),
            ours,
            goes,
            phase: phase.into(),
            capacity: spec.get("capacity").cloned().unwrap_or(Value::Null),
            modes: spec.get("accessModes").cloned().unwrap_or(Value::Null),
            order: ordered.then(|| Hash::of(&assign::body(ItemKind::Volume, doc))),
        }
    }
}

/// A storage class.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClassView {
    pub(crate) provisioner: String,
    /// A volume is chosen when a pod is placed.
    pub(crate) waits: bool,
    pub(crate) reclaim: String,
    pub(crate) default: bool,
    pub(crate) created: model::Millis,
}

impl ClassView {
    pub(crate) fn read(doc: &Value) -> Self {
        Self {
            provisioner: doc::text(doc, &["provisioner"]).into(),
            waits: doc::text(doc, &["volumeBindingMode"]) == "WaitForFirstConsumer",
            reclaim: doc::text(doc, &["reclaimPolicy"]).into(),
            default: doc::text(doc, &["metadata", "annotations", IS_DEFAULT]) == "true",
            created: doc::time(doc, &["metadata", "creationTimestamp"]).unwrap_or_default(),
        }
    }
}

impl View {
    /// The claims of a pod.
    pub(crate) fn claims_of<'a>(&self, pod: &'a PodView) -> impl Iterator<Item = ObjectKey> + 'a {
        pod.claims
            .iter()
            .map(|name| ObjectKey::new(kinds::PERSISTENT_VOLUME_CLAIM, &pod.key.namespace, name))
    }

    /// The pods that name a claim.
    pub(crate) fn pods_with(&self, claim: &ObjectKey) -> impl Iterator<Item = &PodView> {
        self.claimants.get(claim).into_iter().flatten().filter_map(|k| self.pods.get(k))
    }

    /// The volumes that a node is told of.
    pub(crate) fn volumes_on(&self, node: &NodeName) -> impl Iterator<Item = (&Arc<str>, Hash)> {
        let here = self.volumes_by_node.get(node).into_iter().flatten();
        here.filter_map(|name| Some((name, self.volumes.get(name)?.order?)))
    }

    /// A pod has come or gone, got its node, or ended.
    pub(super) fn follow_claims(
        &mut self,
        old: Option<&PodView>,
        key: &ObjectKey,
        queue: &mut Queue,
    ) {
        let named = |view: &Self, pod: Option<&PodView>| -> BTreeSet<ObjectKey> {
            pod.map(|p| view.claims_of(p).collect()).unwrap_or_default()
        };
        let (before, after) = (named(self, old), named(self, self.pods.get(key)));
        for claim in before.difference(&after) {
            if let Some(pods) = self.claimants.get_mut(claim) {
                pods.remove(key);
                if pods.is_empty() {
                    self.claimants.remove(claim);
                }
            }
        }
        for claim in after.difference(&before) {
            self.claimants.entry(claim.clone()).or_default().insert(key.clone());
        }
        let has = |p: &PodView| (p.uid.clone(), p.node.is_some(), p.phase.is_terminal());
        if old.map(has) == self.pods.get(key).map(has) {
            return;
        }
        for claim in before.union(&after) {
            queue.mark(Job::Claim(claim.clone()));
            // Whoever waits for a claim that one pod at a time may have.
            for pod in self.pods_with(claim).filter(|p| p.node.is_none()) {
                queue.mark(Job::Place(pod.key.clone()));
            }
        }
    }

    pub(super) fn apply_claim(
        &mut self,
        key: &ObjectKey,
        new: Option<ClaimView>,
        queue: &mut Queue,
    ) {
        let volumes = |c: Option<&ClaimView>| c.and_then(|c| c.volume.clone());
        let now = volumes(new.as_ref());
        let old = match new {
            Some(claim) => self.claims.insert(key.clone(), claim),
            None => self.claims.remove(key),
        };
        queue.mark(Job::Claim(key.clone()));
        for volume in volumes(old.as_ref()).into_iter().chain(now) {
            queue.mark(Job::Volume(volume));
        }
        if let Some(old) = &old {
            queue.mark(Job::Volume(storage::volume_name(&old.uid)));
        }
        for pod in self.pods_with(key).filter(|p| p.node.is_none()) {
            queue.mark(Job::Place(pod.key.clone()));
        }
        for (set, _) in Self::within(&self.stateful_sets, kinds::STATEFUL_SET, &key.namespace)
            .filter(|(_, set)| set.claims_named(&key.name))
        {
            queue.mark(Job::StatefulSet(set.clone()));
        }
    }

    pub(super) fn apply_volume(
        &mut self,
        name: &Arc<str>,
        new: Option<VolumeView>,
        queue: &mut Queue,
    ) {
        let old = match new {
            Some(volume) => self.volumes.insert(name.clone(), volume),
            None => self.volumes.remove(name),
        };
        let new = self.volumes.get(name);
        let order = |v: Option<&VolumeView>| v.map(|v| (v.node.clone(), v.order));
        let changed = order(old.as_ref()) != order(new);
        let places: Vec<NodeName> = old.iter().chain(new).filter_map(|v| v.node.clone()).collect();
        queue.mark(Job::Volume(name.clone()));
        for (claim, _) in old.iter().chain(new).filter_map(|v| v.claim.as_ref()) {
            queue.mark(Job::Claim(claim.clone()));
            for pod in self.pods_with(claim).filter(|p| p.node.is_none()) {
                queue.mark(Job::Place(pod.key.clone()));
            }
        }
        if !changed {
            return;
        }
        let here = new.and_then(|v| v.node.clone());
        for node in places {
            let all = self.volumes_by_node.entry(node.clone()).or_default();
            if Some(&node) == here.as_ref() {
                all.insert(name.clone());
            } else {
                all.remove(name);
            }
            if all.is_empty() {
                self.volumes_by_node.remove(&node);
            }
            queue.mark(Job::Orders(node));
        }
    }

    pub(super) fn apply_class(
        &mut self,
        name: &Arc<str>,
        new: Option<ClassView>,
        queue: &mut Queue,
    ) {
        match new {
            Some(class) => self.classes.insert(name.clone(), class),
            None => self.classes.remove(name),
        };
        for (key, _) in self.claims.iter().filter(|(_, c)| !c.bound) {
            queue.mark(Job::Claim(key.clone()));
            for pod in self.pods_with(key).filter(|p| p.node.is_none()) {
                queue.mark(Job::Place(pod.key.clone()));
            }
        }
    }

    /// A node went: what is left of its volumes is out of reach.
    pub(super) fn mark_volumes(&self, node: &NodeName, queue: &mut Queue) {
        for name in self.volumes_by_node.get(node).into_iter().flatten() {
            queue.mark(Job::Volume(name.clone()));
        }
    }
}
