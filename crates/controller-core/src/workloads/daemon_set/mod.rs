//! A daemon set has one pod on every node that it is for. A node that is away holds nothing up: it catches up when it
//! comes back.

mod fit;
mod update;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::NodeName;
use model::pod::PodSpec;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::revision::History;
use super::{REVISION_HASH, claim_pods, numbers, pod_from};
use crate::events::Happening;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::rollout::Gate;
use crate::view::View;
use crate::view::meta::Owner;
use crate::view::node::NodeDoc;
use crate::view::pod::PodView;
use crate::view::workload::DaemonSetView;
use fit::Fit;

/// So many pods are made in one go.
const BURST: usize = 500;
/// How long a pod that failed stays before it is made again.
const FAILED_WAIT_MS: u64 = 30_000;

/// A node and what the daemon set has there.
struct Place<'a> {
    node: &'a NodeDoc,
    fit: Fit,
    /// Not ended, and not to end; oldest first.
    active: Vec<&'a PodView>,
    /// To end, but still there.
    leaving: usize,
    ended: Vec<&'a PodView>,
}

/// A daemon set in the course of being decided on.
struct Daemon<'a> {
    set: Arc<DaemonSetView>,
    owner: Owner,
    /// The present template's name on pods.
    hash: String,
    /// Which nodes may have it.
    gate: Gate,
    places: Vec<Place<'a>>,
    /// Pods on nodes that are not there.
    astray: Vec<&'a PodView>,
}

/// Decides on a daemon set.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(set) = view.daemon_sets.get(key).cloned() else { return };
    if set.common.deleting || !view.namespace_open(&key.namespace) {
        return;
    }
    let owner = Owner::controlling(kinds::DAEMON_SET, &key.name, &set.common.uid);
    if claim_pods(view, out, &set.common, &owner) {
        return;
    }
    let of = set.clone();
    let history = History {
        common: &of.common,
        template: &of.template,
        limit: of.history,
        label: REVISION_HASH,
    };
    // A revision that has just been made, or renumbered, comes back first.
    let Some(current) = history.current(view, out, &owner) else { return };
    let daemon = Daemon::gather(view, set, owner, current.label.clone());
    out.queue.rest(Job::DaemonSet(key.clone()), daemon.places.len(), out.now);
    let touched = daemon.manage(view, out);
    update::roll(&daemon, view, out, &touched);
    daemon.tell_status(out);
    let proven = |label: &str| matches!(&daemon.gate, Gate::Shut { proven, .. } if proven == label);
    let borne = |label: &str| {
        view.pods_of(&of.common.uid)
            .any(|p| p.labels.get(REVISION_HASH).is_some_and(|l| l == label))
    };
    history
        .drop_surplus(view, out, |r| r.label == daemon.hash || proven(&r.label) || borne(&r.label));
}

impl<'a> Daemon<'a> {
    fn gather(view: &'a View, set: Arc<DaemonSetView>, owner: Owner, hash: String) -> Self {
        let spec = spec_of(&set);
        let mut by_node: BTreeMap<&NodeName, Vec<&PodView>> = BTreeMap::new();
        let mut astray = Vec::new();
        let uid = &owner.uid;
        for key in view.dependents_of(uid, kinds::POD) {
            let Some(pod) = view.pods.get(key).filter(|p| p.controller.as_ref() == Some(uid))
            else {
                continue;
            };
            match pod.target().filter(|n| view.nodes.contains_key(n.as_str())) {
                Some(node) => by_node.entry(node).or_default().push(pod),
                None => astray.push(pod),
            }
        }
        let places = view
            .nodes
            .values()
            .map(|node| {
                let mut here = by_node.remove(&node.name).unwrap_or_default();
                here.sort_by(|a, b| (a.created, &a.key).cmp(&(b.created, &b.key)));
                Place {
                    node,
                    fit: Fit::of(&spec, node),
                    active: here.iter().copied().filter(|p| p.active()).collect(),
                    leaving: here
                        .iter()
                        .filter(|p| p.deleting.is_some() && !p.phase.is_terminal())
                        .count(),
                    ended: here.into_iter().filter(|p| p.phase.is_terminal()).collect(),
                }
            })
            .collect();
        let gate = Gate::of(view, &set, &hash);
        Self { set, owner, hash, gate, places, astray }
    }

    /// The revision that a node is to have now, and its template.
    fn wanted(&self, place: &Place<'_>) -> (&str, &Value) {
        let current = (self.hash.as_str(), &*self.set.template);
        let Gate::Shut { proven, template, granted } = &self.gate else { return current };
        // One that went away before it took the update gets it when it is proven.
        let taken = place.active.iter().any(|p| self.is_new(p));
        if granted.contains(&place.node.name) && (taken || place.node.ready()) {
            return current;
        }
        (proven, template)
    }

    /// Whether a rollout has given the present revision to the node.
    fn is_given(&self, place: &Place<'_>) -> bool {
        matches!(self.gate, Gate::Shut { .. }) && self.wanted(place).0 == self.hash
    }

    /// Whether a pod is of the revision that its node is to have.
    fn is_wanted(&self, place: &Place<'_>, pod: &PodView) -> bool {
        pod.labels.get(REVISION_HASH).is_some_and(|label| label == self.wanted(place).0)
    }

    fn is_new(&self, pod: &PodView) -> bool {
        pod.labels.get(REVISION_HASH) == Some(&self.hash)
    }

    /// Makes pods where they lack, ends those that should not be. Gives the nodes on which it did something.
    fn manage(&self, view: &View, out: &mut Out) -> Vec<&'a NodeName> {
        let mut touched = Vec::new();
        let mut made = 0;
        for pod in &self.astray {
            out.end_pod(pod);
        }
        for place in &self.places {
            let mut did = self.clear(out, place);
            if place.fit.run && place.active.is_empty() && self.free(place) {
                let waits = place.ended.iter().map(|p| p.created.plus(FAILED_WAIT_MS)).max();
                match waits.filter(|&until| until > out.now) {
                    Some(until) => {
                        out.queue.at(Job::DaemonSet(self.set.common.key.clone()), until);
                    }
                    None if made < BURST => {
                        self.create(view, out, place);
                        made += 1;
                        did = true;
                    }
                    None => out.defer(Job::DaemonSet(self.set.common.key.clone())),
                }
            }
            if did {
                touched.push(&place.node.name);
            }
        }
        touched
    }

    /// Whether a new pod may come although another is still leaving: a node that is away gets one change of its orders,
    /// the old out and the new in.
    fn free(&self, place: &Place<'_>) -> bool {
        place.leaving == 0 || (!place.node.ready() && place.leaving == 1)
    }

    /// Ends the pods that should not be on a node.
    fn clear(&self, out: &mut Out, place: &Place<'_>) -> bool {
        let mut did = false;
        for pod in place.ended.iter().filter(|p| p.deleting.is_none()) {
            let until = pod.created.plus(FAILED_WAIT_MS);
            if until <= out.now || !place.fit.run {
                out.end_pod(pod);
                did = true;
            } else {
                out.queue.at(Job::DaemonSet(self.set.common.key.clone()), until);
            }
        }
        if !place.fit.stay {
            place.active.iter().for_each(|p| out.end_pod(p));
            return did || !place.active.is_empty();
        }
        // Of several of one template the oldest stays.
        for new in [true, false] {
            for pod in place.active.iter().filter(|p| self.is_wanted(place, p) == new).skip(1) {
                out.end_pod(pod);
                did = true;
            }
        }
        did
    }

    fn create(&self, view: &View, out: &mut Out, place: &Place<'_>) {
        let (hash, template) = self.wanted(place);
        let common = &self.set.common;
        let prefix = alloc::format!("{}-", common.key.name);
        let mut doc = pod_from(template, &self.owner, &prefix);
        doc["metadata"]["labels"][REVISION_HASH] = hash.into();
        pin(&mut doc, place.node.name.as_str());
        let key = out.free_name(view, kinds::POD, &common.key.namespace, &prefix);
        if let Err(why) = out.create(&key, doc) {
            let job = Job::DaemonSet(common.key.clone());
            return out.refused(view, why, job, &common.key, &common.uid);
        }
        let message = alloc::format!("Created pod: {}", key.name);
        out.tell(view, Happening::normal(&common.key, &common.uid, "SuccessfulCreate", message));
    }

    fn tell_status(&self, out: &mut Out) {
        let mut c = [0i64; 6];
        let [desired, scheduled, misscheduled, ready, updated, available] = &mut c;
        for place in &self.places {
            let any = !place.active.is_empty();
            if !place.fit.run {
                *misscheduled += i64::from(any);
                continue;
            }
            *desired += 1;
            *scheduled += i64::from(any);
            let Some(pod) = place.active.iter().max_by_key(|p| (p.ready(), self.is_new(p))) else {
                continue;
            };
            *ready += i64::from(pod.ready());
            *updated += i64::from(self.is_new(pod));
            if let Some(at) = pod.available_at(self.set.common.min_ready_s) {
                if at <= out.now {
                    *available += 1;
                } else {
                    out.queue.at(Job::DaemonSet(self.set.common.key.clone()), at);
                }
            }
        }
        let [desired, scheduled, misscheduled, ready, updated, available] = c;
        let want = [
            ("currentNumberScheduled", scheduled),
            ("numberMisscheduled", misscheduled),
            ("desiredNumberScheduled", desired),
            ("numberReady", ready),
            ("observedGeneration", self.set.common.generation),
            ("updatedNumberScheduled", updated),
            ("numberAvailable", available),
            ("numberUnavailable", desired - available),
        ];
        let always = [
            "currentNumberScheduled",
            "numberMisscheduled",
            "desiredNumberScheduled",
            "numberReady",
        ];
        if let Some(patch) = numbers(&self.set.status, &want, &always) {
            out.observe(&self.set.common.key, json!({"status": patch}));
        }
    }
}

/// What the pods of a daemon set ask of nodes.
fn spec_of(set: &DaemonSetView) -> PodSpec {
    let spec = set.template.get("spec").and_then(|s| PodSpec::deserialize(s).ok());
    let mut spec = spec.unwrap_or_default();
    spec.tolerations.extend(fit::default_tolerations(spec.host_network));
    spec
}

/// The nodes that a daemon set is for.
pub(crate) fn nodes_of<'a>(
    view: &'a View,
    set: &DaemonSetView,
) -> impl Iterator<Item = &'a NodeDoc> + use<'a> {
    let spec = spec_of(set);
    view.nodes.values().filter(move |node| Fit::of(&spec, node).run)
}

/// Binds a pod's choice to one node, by its affinity, and lets it bear what daemons bear.
fn pin(doc: &mut Value, node: &str) {
    let spec = &mut doc["spec"];
    let host_network = spec["hostNetwork"].as_bool().unwrap_or(false);
    let here = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let required = &mut spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        ["nodeSelectorTerms"];
    // The template's own terms have been checked; only the name remains to be said.
    *required = json!([{"matchFields": [here]}]);
    let mut tolerations: Vec<Value> = spec["tolerations"].as_array().cloned().unwrap_or_default();
    for t in fit::default_tolerations(host_network) {
        let value = json!({"key": t.key, "operator": t.operator, "effect": t.effect});
        if !tolerations.contains(&value) {
            tolerations.push(value);
        }
    }
    spec["tolerations"] = tolerations.into();
}
