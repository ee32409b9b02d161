//! What becomes of definitions: they are served once their names are known to be free, and before one goes its objects do.

use serde_json::{Value, json};

use super::CLEANUP;
use crate::kinds::KindId;
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;

/// Decides on the definition of a resource.
pub(crate) fn decide(view: &View, out: &mut Out, id: KindId) {
    let Some(definition) = view.definitions.get(&id) else { return };
    let key = &definition.key;
    if out.wrote(key) {
        out.defer(Job::Definition(id));
        return;
    }
    let group = view.definitions.iter().filter(|(other, _)| **other != id);
    let others = group.map(|(_, d)| d).filter(|d| d.group == definition.group);
    if let Some(status) = definition.next(others, out.now) {
        out.change(key, definition.revision, json!({ "status": status }));
        out.defer(Job::Definition(id));
        return;
    }
    if definition.terminating {
        empty(view, out, id);
    }
}

/// Ends the objects of a resource; when none is left, its definition may go.
fn empty(view: &View, out: &mut Out, id: KindId) {
    let Some(definition) = view.definitions.get(&id) else { return };
    let Some(meta) = view.meta.get(&definition.key) else { return };
    let mut none = true;
    for (key, theirs) in view.objects_of(id) {
        none = false;
        if out.full() {
            out.defer(Job::Definition(id));
            break;
        }
        // Those with a deletion time are on their way.
        if theirs.deleting.is_none() {
            out.end(view, key, theirs);
        }
    }
    if !none || !meta.has_finalizer(CLEANUP) {
        return;
    }
    let left = meta.finalizers.iter().map(|f| &**f).filter(|f| *f != CLEANUP);
    let left: Value = left.collect();
    if left.as_array().is_some_and(|l| l.is_empty()) {
        out.remove(&definition.key, meta.revision);
    } else {
        out.change(&definition.key, meta.revision, json!({"metadata": {"finalizers": left}}));
    }
}
