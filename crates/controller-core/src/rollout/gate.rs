//! Which revision a node may have now.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;

use model::NodeName;
use serde_json::Value;

use crate::kinds;
use crate::view::View;
use crate::view::rollout::RolloutView;
use crate::view::workload::{DaemonSetView, RevisionView};
use crate::workloads::REVISION_HASH;

/// Which revision a daemon set's nodes may have.
pub(crate) enum Gate {
    /// The present one, all of them: it is proven, or nobody stages it.
    Open,
    /// The present one on the nodes that it was given to, the proven one on all others.
    Shut { proven: String, template: Arc<Value>, granted: BTreeSet<NodeName> },
}

impl Gate {
    /// The gate of a daemon set whose present template has this hash.
    pub(crate) fn of(view: &View, set: &DaemonSetView, current: &str) -> Self {
        if view.policy_of(&set.common.key, &set.common.labels).is_none() {
            return Self::Open;
        }
        let rollouts = view.rollouts_of(&set.common.uid);
        let newest = rollouts.last().copied();
        let Some(proven) = proven(view, set, newest, current).filter(|p| p.label != current) else {
            return Self::Open;
        };
        // A revision whose template is lost can come to no node: then the present one is all there is.
        let Some(template) = proven.template.clone() else { return Self::Open };
        let granted = newest
            .filter(|r| r.to == current && !r.over() && !r.going_back())
            .map(|r| r.nodes.keys().cloned().collect())
            .unwrap_or_default();
        Self::Shut { proven: proven.label.clone(), template, granted }
    }
}

/// The last revision that was proven: that of the newest rollout if it is complete, else the one that it came from.
/// Before there was any rollout, it is the one before the present, if a pod still has another than the present.
pub(super) fn proven<'v>(
    view: &'v View,
    set: &DaemonSetView,
    newest: Option<&RolloutView>,
    current: &str,
) -> Option<&'v RevisionView> {
    let uid = &set.common.uid;
    let mut all = view
        .dependents_of(uid, kinds::CONTROLLER_REVISION)
        .filter_map(|k| view.revisions.get(k))
        .filter(|r| r.controller.as_ref() == Some(uid));
    match newest {
        Some(rollout) => {
            let label = if rollout.complete() { &rollout.to } else { &rollout.from };
            all.find(|r| &r.label == label)
        }
        None => {
            let borne: BTreeSet<&str> = view
                .pods_of(uid)
                .filter(|p| p.active())
                .filter_map(|p| p.labels.get(REVISION_HASH).map(String::as_str))
                .filter(|label| *label != current)
                .collect();
            all.filter(|r| borne.contains(r.label.as_str())).max_by_key(|r| r.number)
        }
    }
}
