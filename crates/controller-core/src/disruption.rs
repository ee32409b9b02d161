//! What disruption budgets allow: how many of their pods are well, and how many must be.
//!
//! The law of this room: where the count is in doubt, nothing is allowed.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::pod::IntOrString;
use serde_json::{Map, Value, json};

use crate::admit::evict::{DISRUPTED_MS, Judged, map_patch};
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::budget::BudgetView;
use crate::view::doc;
use crate::view::pod::PodView;
use crate::view::workload::scaled;

/// Decides on the status of a budget.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(budget) = view.budgets.get(key) else { return };
    if out.wrote(key) {
        out.defer(Job::Budget(key.clone()));
        return;
    }
    let within = View::within(&view.pods, kinds::POD, &key.namespace);
    let mut seen = 0;
    let pods: Vec<&PodView> = within
        .inspect(|_| seen += 1)
        .map(|(_, pod)| pod)
        .filter(|p| budget.selects(&p.labels))
        .collect();
    out.queue.rest(Job::Budget(key.clone()), seen, out.now);
    let status = match needed(view, budget, &pods) {
        Ok(needed) => counted(out, budget, &pods, &needed),
        Err(why) => failed(out, budget, &why),
    };
    if let Some(status) = status {
        // Whoever evicts writes here, too: none may overwrite the other.
        out.change(key, budget.revision, json!({ "status": status }));
    }
}

/// How many pods there should be, and how many of them must be well.
struct Needed {
    expected: i64,
    healthy: i64,
}

fn needed(view: &View, budget: &BudgetView, pods: &[&PodView]) -> Result<Needed, String> {
    match (&budget.max_unavailable, &budget.min_available) {
        (Some(most), _) => {
            let expected = wanted(view, pods)?;
            Ok(Needed { expected, healthy: (expected - scaled(most, expected, true)).max(0) })
        }
        (None, Some(IntOrString::Int(least))) => {
            Ok(Needed { expected: i64::try_from(pods.len()).unwrap_or(i64::MAX), healthy: *least })
        }
        (None, Some(least)) => {
            let expected = wanted(view, pods)?;
            Ok(Needed { expected, healthy: scaled(least, expected, true) })
        }
        (None, None) => Ok(Needed { expected: 0, healthy: 0 }),
    }
}

/// How many pods the controllers of these pods want together. Pods without one do not count.
fn wanted(view: &View, pods: &[&PodView]) -> Result<i64, String> {
    let mut scales: BTreeMap<ObjectKey, i64> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = &pod.controller else { continue };
        let Some(key) = view.uids.get(owner) else {
            return Err(format!("found no controllers for pod {:?}", &*pod.key.name));
        };
        let (key, scale) = scale_of(view, key)?;
        scales.insert(key.clone(), scale);
    }
    Ok(scales.values().sum())
}

/// Whoever decides on the number that a controller wants, and that number.
fn scale_of<'a>(view: &'a View, key: &'a ObjectKey) -> Result<(&'a ObjectKey, i64), String> {
    let none = || format!("{} does not implement the scale subresource", resource(key));
    match key.kind {
        kinds::REPLICA_SET => {
            let set = view.replica_sets.get(key).ok_or_else(none)?;
            let above = set.common.controller.as_ref().and_then(|uid| view.uids.get(uid));
            match above.and_then(|key| Some((key, view.deployments.get(key)?))) {
                Some((key, deployment)) => Ok((key, deployment.replicas)),
                None => Ok((key, set.replicas)),
            }
        }
        kinds::STATEFUL_SET => Ok((key, view.stateful_sets.get(key).ok_or_else(none)?.replicas)),
        _ => Err(none()),
    }
}

fn resource(key: &ObjectKey) -> String {
    if key.kind.is_custom() {
        key.name.as_ref().into()
    } else {
        kinds::get(key.kind).qualified_resource()
    }
}

fn counted(
    out: &mut Out,
    budget: &BudgetView,
    pods: &[&PodView],
    needed: &Needed,
) -> Option<Value> {
    let mut disrupted = Map::new();
    let mut healthy: i64 = 0;
    for pod in pods.iter().filter(|p| p.deleting.is_none()) {
        let evicted = budget.disrupted.get(&*pod.key.name).copied();
        if let Some(at) = evicted.filter(|at| at.plus(DISRUPTED_MS) >= out.now) {
            disrupted.insert((*pod.key.name).into(), at.to_rfc3339().into());
            out.queue.at(Job::Budget(budget.key.clone()), at.plus(DISRUPTED_MS + 1));
        } else {
            healthy += i64::from(pod.ready());
        }
    }
    let allowed = if needed.expected > 0 { (healthy - needed.healthy).max(0) } else { 0 };
    let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
    let judged = Judged { reason, message: "", generation: budget.generation };
    let conditions = judged.among(doc::list(&budget.status, &["conditions"]), out.now);
    let mut status = json!({
        "currentHealthy": healthy,
        "desiredHealthy": needed.healthy,
        "expectedPods": needed.expected,
        "disruptionsAllowed": allowed,
        "observedGeneration": budget.generation,
        "conditions": conditions,
    });
    let old = doc::at(&budget.status, &["disruptedPods"]);
    let patch = map_patch(old, &disrupted);
    let same_pods = patch.iter().all(|(pod, at)| old.and_then(|o| o.get(pod)) == Some(at));
    let same = status.as_object()?.iter().all(|(field, v)| budget.status.get(field) == Some(v));
    if same && same_pods {
        return None;
    }
    if !same_pods {
        let gone = disrupted.is_empty();
        status["disruptedPods"] = if gone { Value::Null } else { Value::Object(patch) };
    }
    Some(status)
}

fn failed(out: &Out, budget: &BudgetView, why: &str) -> Option<Value> {
    let observed = doc::int(&budget.status, &["observedGeneration"]).unwrap_or(0);
    let judged = Judged { reason: "SyncFailed", message: why, generation: observed };
    let old = doc::list(&budget.status, &["conditions"]);
    let conditions = judged.among(old, out.now);
    let status = json!({"disruptionsAllowed": 0, "conditions": conditions});
    let same = status.as_object()?.iter().all(|(field, v)| budget.status.get(field) == Some(v));
    (!same).then_some(status)
}
