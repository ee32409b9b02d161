//! What is kept of the store's objects: lean views and the indexes that decisions ask for.
//!
//! The law of this room: it holds what the store told, nothing else, and every change names the decisions that it
//! may turn.

pub(crate) mod batch;
pub(crate) mod budget;
pub(crate) mod doc;
pub(crate) mod identity;
mod index;
mod mark;
pub(crate) mod meta;
pub(crate) mod node;
pub(crate) mod pod;
pub(crate) mod rollout;
mod select;
pub(crate) mod service;
pub(crate) mod stateful;
pub(crate) mod storage;
pub(crate) mod workload;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;

use model::orders::ItemKind;
use model::trust::Pepper;
use model::{Hash, NodeName, Revision, Uid};
use serde_json::Value;

use crate::account;
use crate::custom::conditions::DefinitionView;
use crate::kinds::{self, KindId, ObjectKey};
use crate::queue::{Job, Queue};
use crate::turn::Changed;
use batch::{CronJobView, JobView};
use budget::BudgetView;
use doc::Labels;
pub(crate) use identity::{CLEARED, IdentityView};
use meta::{Meta, OwnerKind};
use node::NodeDoc;
use pod::PodView;
use rollout::{PolicyView, RolloutView};
use service::{EndpointsView, ServiceView};
use stateful::StatefulSetView;
use storage::{ClaimView, ClassView, VolumeView};
use workload::{DaemonSetView, DeploymentView, ReplicaSetView, RevisionView};

/// A namespace.
#[derive(Clone, Debug)]
pub(crate) struct NamespaceView {
    pub(crate) labels: Labels,
    pub(crate) terminating: bool,
}

/// The objects, as decisions see them.
#[derive(Default)]
pub(crate) struct View {
    /// The highest revision that has been told.
    pub(crate) revision: Revision,
    pub(crate) meta: BTreeMap<ObjectKey, Meta>,
    pub(crate) uids: BTreeMap<Uid, ObjectKey>,
    dependents: BTreeMap<Uid, BTreeSet<ObjectKey>>,
    pub(crate) namespaces: BTreeMap<Arc<str>, NamespaceView>,
    pub(crate) nodes: BTreeMap<NodeName, NodeDoc>,
    pub(crate) pods: BTreeMap<ObjectKey, PodView>,
    by_node: BTreeMap<NodeName, BTreeSet<ObjectKey>>,
    /// Pods without a controller, by namespace.
    loose: BTreeMap<Arc<str>, BTreeSet<ObjectKey>>,
    pub(crate) deployments: BTreeMap<ObjectKey, Arc<DeploymentView>>,
    pub(crate) replica_sets: BTreeMap<ObjectKey, Arc<ReplicaSetView>>,
    pub(crate) daemon_sets: BTreeMap<ObjectKey, Arc<DaemonSetView>>,
    pub(crate) stateful_sets: BTreeMap<ObjectKey, Arc<StatefulSetView>>,
    pub(crate) jobs: BTreeMap<ObjectKey, Arc<JobView>>,
    pub(crate) cron_jobs: BTreeMap<ObjectKey, Arc<CronJobView>>,
    pub(crate) revisions: BTreeMap<ObjectKey, RevisionView>,
    pub(crate) budgets: BTreeMap<ObjectKey, BudgetView>,
    pub(crate) policies: BTreeMap<ObjectKey, PolicyView>,
    pub(crate) rollouts: BTreeMap<ObjectKey, RolloutView>,
    pub(crate) services: BTreeMap<ObjectKey, ServiceView>,
    pub(crate) endpoints: BTreeMap<ObjectKey, EndpointsView>,
    pub(crate) slices: BTreeMap<ObjectKey, EndpointsView>,
    pub(crate) claims: BTreeMap<ObjectKey, ClaimView>,
    /// The pods that name each claim, whether it is there or not.
    claimants: BTreeMap<ObjectKey, BTreeSet<ObjectKey>>,
    pub(crate) volumes: BTreeMap<Arc<str>, VolumeView>,
    volumes_by_node: BTreeMap<NodeName, BTreeSet<Arc<str>>>,
    pub(crate) classes: BTreeMap<Arc<str>, ClassView>,
    /// What hides secrets in their hashes.
    pub(crate) pepper: Pepper,
    /// The nodes that have joined.
    pub(crate) identities: BTreeMap<NodeName, IdentityView>,
    /// Hashes of the bodies of config maps and secrets.
    pub(crate) bodies: BTreeMap<ObjectKey, Hash>,
    /// On how many pods of which nodes a config map or secret is used.
    users: BTreeMap<ObjectKey, BTreeMap<NodeName, u32>>,
    /// Definitions of custom resources, by the numbers of their kinds.
    pub(crate) definitions: BTreeMap<KindId, DefinitionView>,
    /// Equal labels and needs are kept once.
    labels_pool: BTreeSet<Arc<Labels>>,
    pool_limit: usize,
}

/// The kind that an item is made from.
pub(crate) fn item_source(kind: ItemKind) -> KindId {
    match kind {
        ItemKind::Pod => kinds::POD,
        ItemKind::ConfigMap => kinds::CONFIG_MAP,
        ItemKind::Secret => kinds::SECRET,
        ItemKind::NodePolicy => kinds::NODE,
        ItemKind::Volume => kinds::PERSISTENT_VOLUME,
    }
}

impl View {
    /// Nothing yet; secrets are hidden in their hashes by this.
    pub(crate) fn hiding(pepper: Pepper) -> Self {
        Self { pepper, ..Self::default() }
    }

    /// Takes one change in, and marks what it may turn.
    pub(crate) fn apply(&mut self, changed: &Changed, queue: &mut Queue) {
        self.revision = self.revision.max(changed.revision);
        let key = &changed.key;
        let new = changed.doc.as_deref().map(|doc| Meta::read(doc, changed.revision));
        let old = self.swap_meta(key, new.clone());
        self.mark_ownership(key, old.as_ref(), new.as_ref(), queue);
        let doc = changed.doc.as_deref().zip(new.as_ref());
        match key.kind {
            kinds::POD => self.apply_pod(key, changed.revision, doc, queue),
            kinds::NODE => self.apply_node(key, doc, queue),
            kinds::NAMESPACE => self.apply_namespace(key, doc, queue),
            kinds::CONFIG_MAP => self.apply_body(ItemKind::ConfigMap, key, doc, queue),
            kinds::SECRET => self.apply_body(ItemKind::Secret, key, doc, queue),
            kinds::DEPLOYMENT => {
                let new = doc.map(|(d, m)| DeploymentView::read(key, changed.revision, d, m));
                self.apply_deployment(key, new, queue);
            }
            kinds::REPLICA_SET => {
                let new = doc.map(|(d, m)| ReplicaSetView::read(key, changed.revision, d, m));
                self.apply_replica_set(key, new, queue);
            }
            kinds::DAEMON_SET => {
                let new = doc.map(|(d, m)| DaemonSetView::read(key, changed.revision, d, m));
                self.apply_daemon_set(key, new, queue);
            }
            kinds::STATEFUL_SET => {
                let new = doc.map(|(d, m)| StatefulSetView::read(key, changed.revision, d, m));
                self.apply_stateful_set(key, new, queue);
            }
            kinds::JOB => {
                let new = doc.map(|(d, m)| JobView::read(key, changed.revision, d, m));
                self.apply_job(key, new, queue);
            }
            kinds::CRON_JOB => {
                let new = doc.map(|(d, m)| CronJobView::read(key, changed.revision, d, m));
                match new {
                    Some(new) => self.cron_jobs.insert(key.clone(), Arc::new(new)),
                    None => self.cron_jobs.remove(key),
                };
                queue.mark(Job::Cron(key.clone()));
            }
            kinds::CONTROLLER_REVISION => {
                let new = doc.map(|(d, m)| RevisionView::read(key, changed.revision, d, m));
                self.apply_revision(key, new, queue);
            }
            kinds::PERSISTENT_VOLUME_CLAIM => {
                let new = doc.map(|(d, m)| ClaimView::read(key, changed.revision, d, m));
                self.apply_claim(key, new, queue);
            }
            kinds::PERSISTENT_VOLUME => {
                let new = doc.map(|(d, m)| VolumeView::read(key, changed.revision, d, m));
                self.apply_volume(&key.name, new, queue);
            }
            kinds::STORAGE_CLASS => {
                self.apply_class(&key.name, doc.map(|(d, _)| ClassView::read(d)), queue);
            }
            kinds::POD_DISRUPTION_BUDGET => {
                let new = doc.map(|(d, _)| BudgetView::read(key, changed.revision, d));
                self.apply_budget(key, new, queue);
            }
            kinds::ROLLOUT_POLICY => self.apply_policy(key, doc, queue),
            kinds::ROLLOUT => self.apply_rollout(key, changed.revision, doc, queue),
            kinds::SERVICE => {
                let new = doc.map(|(d, m)| ServiceView::read(key, d, m));
                self.apply_service(key, new, queue);
            }
            kinds::ENDPOINTS | kinds::ENDPOINT_SLICE => {
                let new = doc.map(|(d, m)| EndpointsView::read(changed.revision, d, m));
                self.apply_endpoints(key, new, [old.as_ref(), doc.map(|(_, m)| m)], queue);
            }
            kinds::SERVICE_ACCOUNT if doc.is_none() && &*key.name == account::DEFAULT => {
                queue.mark(Job::Account(key.namespace.clone()));
            }
            kinds::NODE_IDENTITY => {
                let name = NodeName::from(&*key.name);
                match doc {
                    Some((d, _)) => self.identities.insert(name, IdentityView::read(key, d)),
                    None => self.identities.remove(&name),
                };
            }
            kinds::CUSTOM_RESOURCE_DEFINITION => {
                let new = doc.map(|(d, m)| DefinitionView::read(key, d, m));
                self.apply_definition(key, new, queue);
            }
            // Its definition may wait for its end.
            kind if self.definitions.get(&kind).is_some_and(|d| d.terminating) => {
                queue.mark(Job::Definition(kind));
            }
            _ => {}
        }
    }

    /// The objects that name this one as an owner.
    pub(crate) fn dependents(&self, uid: &Uid) -> impl Iterator<Item = &ObjectKey> {
        self.dependents.get(uid).into_iter().flatten()
    }

    /// The objects of a kind that name this one as an owner.
    pub(crate) fn dependents_of(
        &self,
        uid: &Uid,
        kind: KindId,
    ) -> impl Iterator<Item = &ObjectKey> {
        self.dependents(uid).filter(move |k| k.kind == kind)
    }

    /// The pods that this owner controls.
    pub(crate) fn pods_of<'a>(&'a self, uid: &'a Uid) -> impl Iterator<Item = &'a PodView> {
        self.dependents_of(uid, kinds::POD)
            .filter_map(|k| self.pods.get(k))
            .filter(move |p| p.controller.as_ref() == Some(uid))
    }

    /// The pods bound to a node.
    pub(crate) fn pods_on(&self, node: &NodeName) -> impl Iterator<Item = &PodView> {
        self.by_node.get(node).into_iter().flatten().filter_map(|k| self.pods.get(k))
    }

    /// Pods of a namespace that nobody controls.
    pub(crate) fn loose_pods(&self, namespace: &str) -> impl Iterator<Item = &PodView> {
        self.loose.get(namespace).into_iter().flatten().filter_map(|k| self.pods.get(k))
    }

    /// The pod with this uid.
    pub(crate) fn pod_by_uid(&self, uid: &Uid) -> Option<&PodView> {
        self.pods.get(self.uids.get(uid)?)
    }

    /// Whether objects can be made in a namespace.
    pub(crate) fn namespace_open(&self, namespace: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|n| !n.terminating)
    }

    /// Whether an owner of a kind that is kept here is gone. Of other kinds nothing is known, so they are taken to live.
    pub(crate) fn owner_gone(&self, owner: &meta::Owner) -> bool {
        let known = match &owner.kind {
            OwnerKind::Known(_) => true,
            OwnerKind::Other(names) => self.is_defined(&names.0, &names.1),
        };
        known && !self.uids.contains_key(&owner.uid)
    }

    /// Whether a custom resource has this kind, in whichever version.
    fn is_defined(&self, api_version: &str, kind: &str) -> bool {
        let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
        self.definitions.values().any(|d| &*d.group == group && d.kind() == kind)
    }

    /// The part of a map by kind and namespace.
    pub(crate) fn within<'a, T>(
        map: &'a BTreeMap<ObjectKey, T>,
        kind: KindId,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a T)> {
        map.range(ObjectKey::new(kind, namespace, "")..)
            .take_while(move |(k, _)| k.kind == kind && &*k.namespace == namespace)
    }

    /// Keeps equal labels once.
    fn pooled(&mut self, labels: Arc<Labels>) -> Arc<Labels> {
        if let Some(kept) = self.labels_pool.get(&labels) {
            return kept.clone();
        }
        if self.labels_pool.len() >= self.pool_limit {
            self.labels_pool.retain(|l| Arc::strong_count(l) > 1);
            self.pool_limit = (self.labels_pool.len() * 2).max(1024);
        }
        self.labels_pool.insert(labels.clone());
        labels
    }
}

/// A document and its metadata, if the object is there.
type Found<'a> = Option<(&'a Value, &'a Meta)>;
