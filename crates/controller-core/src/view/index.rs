//! The indexes: who owns whom, who is where, who uses what.

use model::NodeName;

use super::View;
use super::meta::Meta;
use super::pod::PodView;
use crate::kinds::{self, KindId, ObjectKey};

impl View {
    /// Puts an object's metadata in the place of the old, which it gives back.
    pub(super) fn swap_meta(&mut self, key: &ObjectKey, new: Option<Meta>) -> Option<Meta> {
        let old = match &new {
            Some(meta) => self.meta.insert(key.clone(), meta.clone()),
            None => self.meta.remove(key),
        };
        // Events and leases own nothing, and are the most that there is.
        let owns = !matches!(key.kind, kinds::EVENT | kinds::LEASE);
        if let Some(old) = &old {
            if owns && self.uids.get(&old.uid) == Some(key) {
                self.uids.remove(&old.uid);
            }
            for owner in &old.owners {
                if let Some(keys) = self.dependents.get_mut(&owner.uid) {
                    keys.remove(key);
                    if keys.is_empty() {
                        self.dependents.remove(&owner.uid);
                    }
                }
            }
        }
        if let Some(new) = &new {
            if owns {
                self.uids.insert(new.uid.clone(), key.clone());
            }
            for owner in &new.owners {
                self.dependents.entry(owner.uid.clone()).or_default().insert(key.clone());
            }
        }
        old
    }

    /// Puts a pod in the place of the old, which it gives back.
    pub(super) fn swap_pod(&mut self, key: &ObjectKey, new: Option<PodView>) -> Option<PodView> {
        let new = new.map(|mut pod| {
            pod.labels = self.pooled(pod.labels);
            pod
        });
        if let Some(pod) = &new {
            if let Some(node) = &pod.node {
                self.by_node.entry(node.clone()).or_default().insert(key.clone());
            }
            if pod.controller.is_none() {
                self.loose.entry(key.namespace.clone()).or_default().insert(key.clone());
            }
            self.count_uses(pod, true);
        }
        let (node, loose) =
            new.as_ref().map_or((None, false), |p| (p.node.clone(), p.controller.is_none()));
        let old = match new {
            Some(pod) => self.pods.insert(key.clone(), pod),
            None => self.pods.remove(key),
        };
        let old = old?;
        if old.node != node
            && let Some(name) = &old.node
            && let Some(keys) = self.by_node.get_mut(name)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.by_node.remove(name);
            }
        }
        if old.controller.is_none()
            && !loose
            && let Some(keys) = self.loose.get_mut(&key.namespace)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.loose.remove(&key.namespace);
            }
        }
        self.count_uses(&old, false);
        Some(old)
    }

    fn count_uses(&mut self, pod: &PodView, add: bool) {
        let Some(node) = &pod.node else { return };
        for (kind, name) in pod.refs.iter() {
            let key = ObjectKey {
                kind: super::item_source(*kind),
                namespace: pod.key.namespace.clone(),
                name: name.clone(),
            };
            if add {
                *self.users.entry(key).or_default().entry(node.clone()).or_insert(0) += 1;
                continue;
            }
            let Some(nodes) = self.users.get_mut(&key) else { continue };
            if let Some(count) = nodes.get_mut(node) {
                *count -= 1;
                if *count == 0 {
                    nodes.remove(node);
                }
            }
            if nodes.is_empty() {
                self.users.remove(&key);
            }
        }
    }

    /// The nodes whose pods use a config map or secret.
    pub(super) fn users_of(&self, key: &ObjectKey) -> impl Iterator<Item = &NodeName> {
        self.users.get(key).into_iter().flat_map(|nodes| nodes.keys())
    }

    /// The objects of a namespace, all kinds but the namespace itself.
    pub(crate) fn contents<'a>(
        &'a self,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Meta)> {
        // From kind to kind, over those that there are.
        let first = self.next_kind(KindId(0));
        core::iter::successors(first, |kind| self.next_kind(KindId(kind.0.checked_add(1)?)))
            .flat_map(move |kind| Self::within(&self.meta, kind, namespace))
    }

    /// The objects of a kind.
    pub(crate) fn objects_of(&self, kind: KindId) -> impl Iterator<Item = (&ObjectKey, &Meta)> {
        self.meta.range(ObjectKey::new(kind, "", "")..).take_while(move |(k, _)| k.kind == kind)
    }

    /// The first kind from this one on that there are objects of.
    fn next_kind(&self, from: KindId) -> Option<KindId> {
        self.meta.range(ObjectKey::new(from, "", "")..).next().map(|(key, _)| key.kind)
    }
}
