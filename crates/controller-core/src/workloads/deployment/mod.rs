//! A deployment brings its template to its pods, by replica sets, at the pace that its strategy allows.

mod scale;
mod sets;
mod status;
mod strategy;

use crate::kinds::ObjectKey;
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::workload::Strategy;
use sets::Sets;

/// The annotation with the number of a deployment's (and replica set's) revision.
pub(crate) const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// Decides on a deployment.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some(d) = view.deployments.get(key).cloned() else { return };
    if d.common.deleting || !view.namespace_open(&key.namespace) {
        return;
    }
    if sets::claim(view, out, &d) {
        return;
    }
    let mut sets = Sets::gather(view, out, &d);
    if sets.any_written(out) {
        // What this turn has written must come back first.
        out.defer(Job::Deployment(key.clone()));
        return;
    }
    out.queue.rest(Job::Deployment(key.clone()), sets.seen(), out.now);
    let mut made = None;
    if d.paused || sets.scaling_asked() {
        sets.tell_revision(out);
        scale::follow(view, out, &sets);
    } else {
        made = match d.strategy {
            Strategy::Recreate => strategy::recreate(view, out, &mut sets),
            _ => strategy::roll(view, out, &mut sets),
        };
    }
    let complete = status::tell(out, &sets, made.as_deref());
    if complete || d.paused {
        sets::drop_history(out, &sets);
    }
}
