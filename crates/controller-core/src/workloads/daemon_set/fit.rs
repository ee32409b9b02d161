//! Whether a daemon set's pod belongs on a node.

use alloc::vec::Vec;

use model::pod::{NodeSelectorTerm, PodSpec, Toleration};

use crate::view::node::NodeDoc;

/// What a node is to a daemon set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// A pod shall be there.
    pub(super) run: bool,
    /// A pod that is there may stay.
    pub(super) stay: bool,
}

impl Fit {
    /// `spec` is the template's, with the default tolerations.
    pub(super) fn of(spec: &PodSpec, node: &NodeDoc) -> Self {
        if !selected(spec, node) {
            return Self { run: false, stay: false };
        }
        let barred = |effects: &[&str]| {
            node.taints.iter().any(|t| {
                effects.contains(&t.effect.as_str()) && !spec.tolerations.iter().any(|x| x.bears(t))
            })
        };
        let stay = !barred(&["NoExecute"]);
        Self { run: stay && !barred(&["NoSchedule"]), stay }
    }
}

fn selected(spec: &PodSpec, node: &NodeDoc) -> bool {
    if !spec.node_name.is_empty() && spec.node_name != node.name.as_str() {
        return false;
    }
    let affinity = spec.affinity.as_ref().and_then(|a| a.node_affinity.as_ref());
    let required =
        affinity.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref());
    spec.node_selector.iter().all(|(k, v)| node.labels.get(k) == Some(v))
        && required.is_none_or(|s| s.node_selector_terms.iter().any(|t| fulfils(t, node)))
}

fn fulfils(term: &NodeSelectorTerm, node: &NodeDoc) -> bool {
    let name = |key: &str| (key == "metadata.name").then_some(node.name.as_str());
    !(term.match_expressions.is_empty() && term.match_fields.is_empty())
        && term
            .match_expressions
            .iter()
            .all(|r| r.matches(node.labels.get(&r.key).map(|v| v.as_str())))
        && term.match_fields.iter().all(|r| r.matches(name(&r.key)))
}

/// What the pods of daemon sets bear on top of what their template says.
pub(super) fn default_tolerations(host_network: bool) -> Vec<Toleration> {
    let mut taints = [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
        // A node that is away still gets its pod with its next orders.
        ("node.kubernetes.io/not-ready", "NoSchedule"),
        ("node.kubernetes.io/unreachable", "NoSchedule"),
    ]
    .to_vec();
    if host_network {
        taints.push(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    }
    taints
        .into_iter()
        .map(|(key, effect)| Toleration {
            key: key.into(),
            operator: "Exists".into(),
            effect: effect.into(),
            ..Toleration::default()
        })
        .collect()
}
