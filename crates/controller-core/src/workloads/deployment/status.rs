//! What a deployment's status says of its progress.

use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::super::numbers;
use super::super::replica_set::FAILURE;
use super::sets::Sets;
use crate::out::Out;
use crate::queue::Job;
use crate::view::meta::{Cond, Truth, cond, set_cond};
use crate::view::workload::ReplicaSetView;

/// The numbers of a status.
#[derive(Clone, Copy)]
struct Told {
    replicas: i64,
    updated: i64,
    ready: i64,
    available: i64,
}

/// Writes the status if it changed. True if the deployment is what it shall be.
pub(super) fn tell(out: &mut Out, sets: &Sets, made: Option<&str>) -> bool {
    let d = &sets.d;
    let sum = |f: fn(&super::super::Counts) -> i64| -> i64 {
        sets.all().map(|s| f(&sets.counts(s))).sum()
    };
    let now = Told {
        replicas: sum(|c| c.active),
        updated: sets.new.as_ref().map_or(0, |n| sets.counts(n).active),
        ready: sum(|c| c.ready),
        available: sum(|c| c.available),
    };
    let wanted: i64 = sets.all().map(|s| s.replicas).sum();
    let want = [
        ("observedGeneration", d.common.generation),
        ("replicas", now.replicas),
        ("updatedReplicas", now.updated),
        ("readyReplicas", now.ready),
        ("availableReplicas", now.available),
        ("unavailableReplicas", (wanted.max(now.replicas) - now.available).max(0)),
    ];
    let mut patch = numbers(&d.status, &want, &[]).unwrap_or_default();
    let complete = now.updated == d.replicas
        && now.replicas == d.replicas
        && now.available == d.replicas
        && sets.new.is_some();
    let conditions = conditions(out, sets, &now, complete, made);
    if conditions != d.conditions {
        let list: Vec<Value> = conditions.iter().map(Cond::to_value).collect();
        patch.insert("conditions".into(), list.into());
    }
    write(out, sets, patch);
    complete
}

fn write(out: &mut Out, sets: &Sets, patch: Map<alloc::string::String, Value>) {
    if !patch.is_empty() {
        out.observe(&sets.d.common.key, json!({"status": patch}));
    }
}

fn conditions(
    out: &mut Out,
    sets: &Sets,
    now: &Told,
    complete: bool,
    made: Option<&str>,
) -> Vec<Cond> {
    let d = &sets.d;
    let mut all = d.conditions.clone();
    let (status, reason, message) = if now.available >= d.replicas - sets.unavailable_max() {
        (Truth::True, "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        (
            Truth::False,
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    };
    put(out, &mut all, "Available", status, reason, message, false);
    progress(out, sets, now, complete, made, &mut all);
    all.retain(|c| &*c.kind != FAILURE);
    let failing = |set: &Arc<ReplicaSetView>| cond(&Cond::read_all(&set.status), FAILURE).cloned();
    all.extend(sets.new.iter().chain(&sets.old).find_map(failing));
    all
}

/// Puts a condition in if it differs, or if `again` says that its time of update is to be told.
fn put(
    out: &Out,
    all: &mut Vec<Cond>,
    kind: &str,
    status: Truth,
    reason: &str,
    message: &str,
    again: bool,
) {
    let same = cond(all, kind).is_some_and(|c| {
        c.status == status && &*c.reason == reason && (&*c.message == message || !again)
    });
    if same && !again {
        return;
    }
    // Times are kept in whole seconds; comparing what is kept with what would be must not differ by less.
    let now = model::Millis(out.now.0 / 1000 * 1000);
    let mut new = Cond::new(kind, status, now, reason, message);
    new.updated = Some(now);
    set_cond(all, new);
}

fn progress(
    out: &mut Out,
    sets: &Sets,
    now: &Told,
    complete: bool,
    made: Option<&str>,
    all: &mut Vec<Cond>,
) {
    let d = &sets.d;
    let Some(deadline_s) = d.deadline_s else {
        all.retain(|c| &*c.kind != "Progressing");
        return;
    };
    let reason: Arc<str> = cond(all, "Progressing").map_or("".into(), |c| c.reason.clone());
    if d.paused {
        if &*reason != "DeploymentPaused" {
            put(
                out,
                all,
                "Progressing",
                Truth::Unknown,
                "DeploymentPaused",
                "Deployment is paused",
                false,
            );
        }
        return;
    }
    if &*reason == "DeploymentPaused" {
        put(
            out,
            all,
            "Progressing",
            Truth::Unknown,
            "DeploymentResumed",
            "Deployment is resumed",
            true,
        );
    }
    let name = sets.new.as_ref().map(|n| n.common.key.name.clone());
    if let Some(made) = made {
        let message = alloc::format!("Created new replica set \"{made}\"");
        put(out, all, "Progressing", Truth::True, "NewReplicaSetCreated", &message, true);
        out.queue.at(Job::Deployment(d.common.key.clone()), out.now.plus(deadline_s * 1000));
        return;
    }
    let Some(name) = name else { return };
    if complete {
        let message = alloc::format!("ReplicaSet \"{name}\" has successfully progressed.");
        let other = cond(all, "Progressing").is_none_or(|c| c.message.as_ref() != message);
        put(out, all, "Progressing", Truth::True, "NewReplicaSetAvailable", &message, other);
        return;
    }
    // A deployment that was complete does not progress again by a pod that comes back.
    if now.replicas == now.updated && &*reason == "NewReplicaSetAvailable" {
        return;
    }
    let (old_updated, old_replicas) = (d.told("updatedReplicas"), d.told("replicas"));
    let moved = now.updated > old_updated
        || now.replicas - now.updated < old_replicas - old_updated
        || now.ready > d.told("readyReplicas")
        || now.available > d.told("availableReplicas");
    if moved || reason.is_empty() {
        let message = alloc::format!("ReplicaSet \"{name}\" is progressing.");
        put(out, all, "Progressing", Truth::True, "ReplicaSetUpdated", &message, true);
    }
    overdue(out, sets, deadline_s, &name, all);
}

fn overdue(out: &mut Out, sets: &Sets, deadline_s: u64, name: &str, all: &mut Vec<Cond>) {
    let Some(now) = cond(all, "Progressing") else { return };
    if matches!(&*now.reason, "NewReplicaSetAvailable" | "ProgressDeadlineExceeded") {
        return;
    }
    let due = now.updated.unwrap_or(now.since).plus(deadline_s * 1000);
    if out.now < due {
        out.queue.at(Job::Deployment(sets.d.common.key.clone()), due);
        return;
    }
    let message = alloc::format!("ReplicaSet \"{name}\" has timed out progressing.");
    put(out, all, "Progressing", Truth::False, "ProgressDeadlineExceeded", &message, true);
}
