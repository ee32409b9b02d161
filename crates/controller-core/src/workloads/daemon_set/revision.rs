//! A daemon set's templates are kept as ControllerRevisions, so that one can go back to an earlier one.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::super::short_hash;
use super::REVISION_HASH;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::turn::Durability;
use crate::view::View;
use crate::view::meta::Owner;
use crate::view::workload::{DaemonSetView, RevisionView, revision_hash};

fn kept<'a>(view: &'a View, set: &'a DaemonSetView) -> Vec<&'a RevisionView> {
    let mut all: Vec<&RevisionView> = view
        .dependents_of(&set.common.uid, kinds::CONTROLLER_REVISION)
        .filter_map(|k| view.revisions.get(k))
        .filter(|r| r.controller.as_ref() == Some(&set.common.uid))
        .collect();
    all.sort_by_key(|r| r.number);
    all
}

/// The name on pods of the present template. None: its revision has just been written and must come back.
pub(super) fn current(
    view: &View,
    out: &mut Out,
    set: &DaemonSetView,
    owner: &Owner,
) -> Option<String> {
    let content = revision_hash(&set.template);
    let all = kept(view, set);
    let highest = all.last().map_or(0, |r| r.number);
    if let Some(is) = all.iter().find(|r| r.data_hash == content) {
        if is.number == highest {
            return Some(is.label.clone());
        }
        // Gone back to: it is the newest again.
        out.change(&is.key, is.object_revision, json!({"revision": highest + 1}));
        return None;
    }
    // The name may be taken by an object of somebody else.
    let (hash, key) = (0..100).find_map(|collisions| {
        let hash = short_hash(&content, collisions);
        let name: Arc<str> = alloc::format!("{}-{hash}", set.common.key.name).into();
        let namespace = set.common.key.namespace.clone();
        let key = ObjectKey { kind: kinds::CONTROLLER_REVISION, namespace, name };
        (!view.meta.contains_key(&key)).then_some((hash, key))
    })?;
    let mut labels = set
        .template
        .pointer("/metadata/labels")
        .filter(|l| l.is_object())
        .cloned()
        .unwrap_or_else(|| json!({}));
    labels[REVISION_HASH] = hash.as_str().into();
    let mut annotations = json!({});
    for (name, value) in &set.common.annotations {
        if name != "kubectl.kubernetes.io/last-applied-configuration" {
            annotations[name] = value.as_str().into();
        }
    }
    let doc = json!({
        "metadata": {
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [owner.to_value()],
        },
        "revision": highest + 1,
        "data": data(&set.template),
    });
    out.create(&key, doc, Durability::Now);
    None
}

/// The patch that brings a template back, as `kubectl rollout undo` sends it.
fn data(template: &Value) -> Value {
    let mut template = template.clone();
    if template.is_object() {
        template["$patch"] = "replace".into();
    }
    json!({"spec": {"template": template}})
}

/// Revisions that no pod has are kept up to the history's limit.
pub(super) fn drop_history(view: &View, out: &mut Out, set: &DaemonSetView, hash: &str) {
    let live = |label: &str| {
        label == hash
            || view
                .pods_of(&set.common.uid)
                .any(|p| p.labels.get(REVISION_HASH).is_some_and(|l| l == label))
    };
    let all = kept(view, set);
    if all.len() <= set.history {
        return;
    }
    let unused: Vec<&RevisionView> = all.into_iter().filter(|r| !live(&r.label)).collect();
    let surplus = unused.len().saturating_sub(set.history);
    for revision in unused.into_iter().take(surplus) {
        out.remove(&revision.key, revision.object_revision);
    }
}
