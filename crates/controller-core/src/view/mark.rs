//! Which decisions a change may turn.

use alloc::sync::Arc;
use alloc::vec::Vec;

use model::orders::{ItemKey, ItemKind};
use model::{NodeName, Revision, Uid};

use super::batch::JobView;
use super::meta::{Meta, Owner};
use super::node::NodeDoc;
use super::pod::PodView;
use super::stateful::{self, StatefulSetView};
use super::workload::{DaemonSetView, DeploymentView, ReplicaSetView, RevisionView};
use super::{Found, NamespaceView, View, doc};
use crate::assign;
use crate::custom::{self, conditions::DefinitionView};
use crate::kinds::{self, ObjectKey};
use crate::queue::{Job, Queue};

impl View {
    /// Ownership: an object with owners or on its way out is looked at; so are the dependents of one that went.
    pub(super) fn mark_ownership(
        &self,
        key: &ObjectKey,
        old: Option<&Meta>,
        new: Option<&Meta>,
        queue: &mut Queue,
    ) {
        if let Some(new) = new {
            let ending = new.deleting.is_some() && !new.finalizers.is_empty();
            let owners_differ = old.is_none_or(|o| o.owners != new.owners);
            // One that was let go may wait for an owner that no longer knows it.
            let bound = !new.owners.is_empty() || !new.finalizers.is_empty();
            if ending || (owners_differ && bound) {
                queue.mark(Job::Collect(key.clone()));
            }
        }
        let Some(old) = old else { return };
        if new.is_none_or(|n| n.uid != old.uid) {
            for dependent in self.dependents(&old.uid) {
                queue.mark(Job::Collect(dependent.clone()));
            }
        }
        // An owner that waits for its dependents is looked at when one goes or leaves it.
        let left = |o: &&Owner| new.is_none_or(|n| n.owners.iter().all(|x| x.uid != o.uid));
        for owner in old.owners.iter().filter(left) {
            if let Some(owner_key) = self.uids.get(&owner.uid)
                && self.meta.get(owner_key).is_some_and(|m| m.deleting.is_some())
            {
                queue.mark(Job::Collect(owner_key.clone()));
            }
        }
        if new.is_none() && self.namespaces.get(&key.namespace).is_some_and(|n| n.terminating) {
            queue.mark(Job::Namespace(key.namespace.clone()));
        }
    }

    pub(super) fn apply_pod(
        &mut self,
        key: &ObjectKey,
        revision: Revision,
        found: Found<'_>,
        queue: &mut Queue,
    ) {
        let new = found.map(|(doc, meta)| PodView::read(key, revision, doc, meta));
        let old = self.swap_pod(key, new);
        self.follow_claims(old.as_ref(), key, queue);
        let new = self.pods.get(key);
        for pod in old.iter().chain(new) {
            if let Some(owner) = &pod.controller {
                self.mark_controller(owner, queue);
            }
        }
        self.mark_namesake(key, queue);
        self.mark_selectors(key, old.as_ref(), queue);
        self.mark_placing(old.as_ref(), new, queue);
        if let Some(pod) = new
            && pod.controller.is_none()
            && pod.deleting.is_none()
            && old.as_ref().is_none_or(|o| o.controller.is_some() || o.labels != pod.labels)
        {
            self.mark_adopters(pod, queue);
        }
    }

    /// Where a pod is, or is to be.
    fn mark_placing(&self, old: Option<&PodView>, new: Option<&PodView>, queue: &mut Queue) {
        let order = |p: Option<&PodView>| p.and_then(|p| Some((p.node.clone()?, p.order)));
        if order(old) != order(new) || old.map(|p| &p.refs) != new.map(|p| &p.refs) {
            for node in old.iter().chain(&new).filter_map(|p| p.node.as_ref()) {
                queue.mark(Job::Orders(node.clone()));
            }
        }
        let Some(pod) = new else { return };
        match &pod.node {
            None if pod.active() && pod.ours => queue.mark(Job::Place(pod.key.clone())),
            None => {}
            Some(node) => {
                let bound = old.is_none_or(|o| o.node.is_none());
                if bound {
                    queue.mark(Job::Evict(node.clone()));
                    // Its node may be away already, or never have been.
                    queue.mark(Job::Node(node.clone()));
                }
                if pod.deleting.is_some() || (bound && !self.nodes.contains_key(node)) {
                    queue.mark(Job::Collect(pod.key.clone()));
                }
            }
        }
    }

    /// A definition: whoever shares its group may want one of its names.
    pub(super) fn apply_definition(
        &mut self,
        key: &ObjectKey,
        new: Option<DefinitionView>,
        queue: &mut Queue,
    ) {
        let Some(id) = custom::id_of(&key.name) else { return };
        let group = custom::names_of(&key.name).map_or("", |(group, _)| group);
        match new {
            Some(new) => {
                self.definitions.insert(id, new);
            }
            None => {
                self.definitions.remove(&id);
            }
        }
        for (other, _) in self.definitions.iter().filter(|(_, d)| &*d.group == group) {
            queue.mark(Job::Definition(*other));
        }
    }

    /// The job of whoever controls.
    pub(super) fn mark_controller(&self, uid: &Uid, queue: &mut Queue) {
        let Some(key) = self.uids.get(uid) else { return };
        match key.kind {
            kinds::REPLICA_SET => {
                queue.mark(Job::ReplicaSet(key.clone()));
                let owner = self.replica_sets.get(key).and_then(|rs| rs.common.controller.clone());
                if let Some(deployment) = owner.and_then(|uid| self.uids.get(&uid)) {
                    queue.mark(Job::Deployment(deployment.clone()));
                }
            }
            kinds::DAEMON_SET => self.mark_daemon_set(key, queue),
            kinds::STATEFUL_SET => queue.mark(Job::StatefulSet(key.clone())),
            kinds::DEPLOYMENT => queue.mark(Job::Deployment(key.clone())),
            kinds::JOB => queue.mark(Job::Batch(key.clone())),
            kinds::CRON_JOB => queue.mark(Job::Cron(key.clone())),
            _ => {}
        }
    }

    /// Those that may want a pod that nobody controls.
    fn mark_adopters(&self, pod: &PodView, queue: &mut Queue) {
        let namespace = &pod.key.namespace;
        for (key, set) in Self::within(&self.replica_sets, kinds::REPLICA_SET, namespace) {
            if set.common.selects(&pod.labels) {
                queue.mark(Job::ReplicaSet(key.clone()));
            }
        }
        for (key, set) in Self::within(&self.daemon_sets, kinds::DAEMON_SET, namespace) {
            if set.common.selects(&pod.labels) {
                queue.mark(Job::DaemonSet(key.clone()));
            }
        }
        for (key, job) in Self::within(&self.jobs, kinds::JOB, namespace) {
            if job.manual && job.common.selects(&pod.labels) {
                queue.mark(Job::Batch(key.clone()));
            }
        }
    }

    pub(super) fn apply_job(&mut self, key: &ObjectKey, new: Option<JobView>, queue: &mut Queue) {
        let new = new.map(Arc::new);
        let old = match new.clone() {
            Some(job) => self.jobs.insert(key.clone(), job),
            None => self.jobs.remove(key),
        };
        if new.is_some() {
            queue.mark(Job::Batch(key.clone()));
        }
        for owner in old.iter().chain(&new).filter_map(|j| j.common.controller.as_ref()) {
            self.mark_controller(owner, queue);
        }
    }

    /// The stateful set whose pod has this name, or would have it if it were not somebody else's.
    fn mark_namesake(&self, pod: &ObjectKey, queue: &mut Queue) {
        let Some((set, _)) = stateful::parent(&pod.name) else { return };
        let key = ObjectKey::new(kinds::STATEFUL_SET, &pod.namespace, set);
        if self.stateful_sets.contains_key(&key) {
            queue.mark(Job::StatefulSet(key));
        }
    }

    pub(super) fn apply_stateful_set(
        &mut self,
        key: &ObjectKey,
        new: Option<StatefulSetView>,
        queue: &mut Queue,
    ) {
        let new = new.map(Arc::new);
        let old = match new.clone() {
            Some(set) => self.stateful_sets.insert(key.clone(), set),
            None => self.stateful_sets.remove(key),
        };
        if new.is_some() {
            queue.mark(Job::StatefulSet(key.clone()));
        }
        if old.map(|s| s.replicas) != new.map(|s| s.replicas) {
            self.mark_budgets(&key.namespace, queue);
        }
    }

    pub(super) fn apply_node(&mut self, key: &ObjectKey, found: Found<'_>, queue: &mut Queue) {
        let name = NodeName::from(&*key.name);
        let new = found.map(|(doc, meta)| NodeDoc::read(key, doc, meta));
        let old = match new.clone() {
            Some(node) => self.nodes.insert(name.clone(), node),
            None => self.nodes.remove(&name),
        };
        let ordered = |n: Option<&NodeDoc>| n.map(|n| (n.policy, n.sealing));
        if ordered(old.as_ref()) != ordered(new.as_ref()) {
            queue.mark(Job::Orders(name.clone()));
        }
        queue.mark(Job::Node(name.clone()));
        if old.as_ref().map(|n| &n.taints) != new.as_ref().map(|n| &n.taints) {
            queue.mark(Job::Evict(name.clone()));
        }
        let fit = |n: &NodeDoc| (n.labels.clone(), n.taints.clone(), n.unschedulable, n.ready());
        if old.as_ref().map(fit) != new.as_ref().map(fit) {
            for set in self.daemon_sets.keys() {
                self.mark_daemon_set(set, queue);
            }
        }
        if new.is_none() {
            self.mark_volumes(&name, queue);
            let here: Vec<ObjectKey> = self.pods_on(&name).map(|p| p.key.clone()).collect();
            here.into_iter().for_each(|pod| queue.mark(Job::Collect(pod)));
        }
    }

    pub(super) fn apply_namespace(&mut self, key: &ObjectKey, found: Found<'_>, queue: &mut Queue) {
        let Some((doc, meta)) = found else {
            self.namespaces.remove(&key.name);
            return;
        };
        let terminating = meta.deleting.is_some();
        let labels = doc::texts(doc, &["metadata", "labels"]);
        self.namespaces.insert(key.name.clone(), NamespaceView { labels, terminating });
        let job = if terminating { Job::Namespace } else { Job::Account };
        queue.mark(job(key.name.clone()));
    }

    pub(super) fn apply_body(
        &mut self,
        kind: ItemKind,
        key: &ObjectKey,
        found: Found<'_>,
        queue: &mut Queue,
    ) {
        let name = alloc::format!("{}/{}", key.namespace, key.name).into();
        let item = ItemKey { kind, name };
        let new = found.map(|(doc, _)| assign::hash(&self.pepper, &item, &assign::body(kind, doc)));
        let old = match new {
            Some(hash) => self.bodies.insert(key.clone(), hash),
            None => self.bodies.remove(key),
        };
        if old != new {
            self.users_of(key).for_each(|node| queue.mark(Job::Orders(node.clone())));
        }
    }

    pub(super) fn apply_deployment(
        &mut self,
        key: &ObjectKey,
        new: Option<DeploymentView>,
        queue: &mut Queue,
    ) {
        let new = new.map(Arc::new);
        let old = match new.clone() {
            Some(deployment) => self.deployments.insert(key.clone(), deployment),
            None => self.deployments.remove(key),
        };
        if new.is_some() {
            queue.mark(Job::Deployment(key.clone()));
        }
        if old.map(|d| d.replicas) != new.map(|d| d.replicas) {
            self.mark_budgets(&key.namespace, queue);
        }
    }

    pub(super) fn apply_replica_set(
        &mut self,
        key: &ObjectKey,
        new: Option<ReplicaSetView>,
        queue: &mut Queue,
    ) {
        let new = new.map(Arc::new);
        let old = match new.clone() {
            Some(set) => self.replica_sets.insert(key.clone(), set),
            None => self.replica_sets.remove(key),
        };
        if new.is_some() {
            queue.mark(Job::ReplicaSet(key.clone()));
        }
        if old.as_ref().map(|s| s.replicas) != new.as_ref().map(|s| s.replicas) {
            self.mark_budgets(&key.namespace, queue);
        }
        for set in old.iter().chain(&new) {
            if let Some(owner) = &set.common.controller {
                self.mark_controller(owner, queue);
            }
        }
        if let Some(set) = new.filter(|s| s.common.controller.is_none()) {
            for (key, d) in Self::within(&self.deployments, kinds::DEPLOYMENT, &key.namespace) {
                if d.common.selects(&set.common.labels) {
                    queue.mark(Job::Deployment(key.clone()));
                }
            }
        }
    }

    pub(super) fn apply_daemon_set(
        &mut self,
        key: &ObjectKey,
        new: Option<DaemonSetView>,
        queue: &mut Queue,
    ) {
        match new {
            Some(set) => {
                self.daemon_sets.insert(key.clone(), Arc::new(set));
                self.mark_daemon_set(key, queue);
            }
            None => {
                self.daemon_sets.remove(key);
            }
        }
    }

    pub(super) fn apply_revision(
        &mut self,
        key: &ObjectKey,
        new: Option<RevisionView>,
        queue: &mut Queue,
    ) {
        let old = match new.clone() {
            Some(revision) => self.revisions.insert(key.clone(), revision),
            None => self.revisions.remove(key),
        };
        for owner in old.iter().chain(&new).filter_map(|r| r.controller.as_ref()) {
            self.mark_controller(owner, queue);
        }
    }
}
