//! The templates of daemon sets and stateful sets are kept as ControllerRevisions, so that one can go back to an earlier
//! one.

use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::short_hash;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::turn::Durability;
use crate::view::View;
use crate::view::meta::Owner;
use crate::view::workload::{Common, RevisionView, revision_hash};

/// The label that says from which template a pod was made.
pub(crate) const REVISION_HASH: &str = "controller-revision-hash";
/// So many names are tried for a revision whose name is somebody else's.
const COLLISIONS_MAX: i64 = 100;

/// Whose templates are kept, and how.
pub(super) struct History<'a> {
    pub(super) common: &'a Common,
    pub(super) template: &'a Value,
    /// So many that no pod has are kept.
    pub(super) limit: usize,
    /// The label on revisions that holds the hash.
    pub(super) label: &'static str,
}

impl History<'_> {
    fn kept<'v>(&self, view: &'v View) -> Vec<&'v RevisionView> {
        let uid = &self.common.uid;
        let mut all: Vec<&RevisionView> = view
            .dependents_of(uid, kinds::CONTROLLER_REVISION)
            .filter_map(|k| view.revisions.get(k))
            .filter(|r| r.controller.as_ref() == Some(uid))
            .collect();
        all.sort_by_key(|r| r.number);
        all
    }

    /// The revision of this name.
    pub(super) fn named<'v>(&self, view: &'v View, name: &str) -> Option<&'v RevisionView> {
        self.kept(view).into_iter().find(|r| &*r.key.name == name)
    }

    /// The revision of the present template. None: it has just been written and must come back.
    pub(super) fn current<'v>(
        &self,
        view: &'v View,
        out: &mut Out,
        owner: &Owner,
    ) -> Option<&'v RevisionView> {
        let content = revision_hash(self.template);
        let all = self.kept(view);
        let highest = all.last().map_or(0, |r| r.number);
        if let Some(is) = all.into_iter().find(|r| r.data_hash == content) {
            if is.number == highest {
                return Some(is);
            }
            // Gone back to: it is the newest again.
            out.change(&is.key, is.object_revision, json!({"revision": highest + 1}));
            return None;
        }
        let named = &self.common.key;
        // The name may be taken by an object of somebody else.
        let (hash, key) = (0..COLLISIONS_MAX).find_map(|collisions| {
            let hash = short_hash(&content, collisions);
            let name: Arc<str> = alloc::format!("{}-{hash}", named.name).into();
            let namespace = named.namespace.clone();
            let key = ObjectKey { kind: kinds::CONTROLLER_REVISION, namespace, name };
            (!view.meta.contains_key(&key)).then_some((hash, key))
        })?;
        out.put(&key, self.document(owner, &hash, highest + 1), Durability::Now);
        None
    }

    fn document(&self, owner: &Owner, hash: &str, number: i64) -> Value {
        let mut labels = self
            .template
            .pointer("/metadata/labels")
            .filter(|l| l.is_object())
            .cloned()
            .unwrap_or_else(|| json!({}));
        labels[self.label] = hash.into();
        let mut annotations = json!({});
        for (name, value) in &self.common.annotations {
            if name != "kubectl.kubernetes.io/last-applied-configuration" {
                annotations[name] = value.as_str().into();
            }
        }
        json!({
            "metadata": {
                "labels": labels,
                "annotations": annotations,
                "ownerReferences": [owner.to_value()],
            },
            "revision": number,
            "data": data(self.template),
        })
    }

    /// Revisions that nobody uses are kept up to the history's limit.
    pub(super) fn drop_surplus(
        &self,
        view: &View,
        out: &mut Out,
        used: impl Fn(&RevisionView) -> bool,
    ) {
        let all = self.kept(view);
        if all.len() <= self.limit {
            return;
        }
        let unused: Vec<&RevisionView> = all.into_iter().filter(|r| !used(r)).collect();
        let surplus = unused.len().saturating_sub(self.limit);
        for revision in unused.into_iter().take(surplus) {
            out.remove(&revision.key, revision.object_revision);
        }
    }
}

/// How many names were taken before a revision got its own (`status.collisionCount`).
pub(super) fn collisions(revision: &RevisionView) -> i64 {
    let own = |n: &i64| short_hash(&revision.data_hash, *n) == revision.label;
    (0..COLLISIONS_MAX).find(own).unwrap_or(0)
}

/// The patch that brings a template back, as `kubectl rollout undo` sends it.
fn data(template: &Value) -> Value {
    let mut template = template.clone();
    if template.is_object() {
        template["$patch"] = "replace".into();
    }
    json!({"spec": {"template": template}})
}
