//! How a new template comes to the pods: all at once, or a few at a time.

use alloc::sync::Arc;

use super::sets::Sets;
use crate::out::Out;
use crate::view::View;

/// All old pods end before new ones come. Gives the name of a replica set that was made.
pub(super) fn recreate(view: &View, out: &mut Out, sets: &mut Sets) -> Option<Arc<str>> {
    let mut ending = false;
    for set in &sets.old {
        ending |= sets.scale_if(view, out, set, 0);
    }
    let left = |s: &Arc<_>| sets.counts(s).active + sets.counts(s).leaving > 0;
    if ending || sets.old.iter().any(left) {
        return None;
    }
    let mut made = None;
    if !sets.ensure_new(view, out, sets.d.replicas, &mut made)
        && let Some(new) = &sets.new
    {
        sets.scale(view, out, new, sets.d.replicas);
    }
    made
}

/// New pods come as `maxSurge` lets them, old ones end as `maxUnavailable` lets them.
pub(super) fn roll(view: &View, out: &mut Out, sets: &mut Sets) -> Option<Arc<str>> {
    let mut made = None;
    let have: i64 = sets.all().map(|s| sets.size(s)).sum();
    let room = (sets.d.replicas + sets.surge() - have).max(0);
    if sets.ensure_new(view, out, room.min(sets.d.replicas), &mut made) {
        return made;
    }
    let Some(new) = sets.new.clone() else { return made };
    let grown = if new.replicas > sets.d.replicas {
        sets.d.replicas
    } else {
        new.replicas + room.min(sets.d.replicas - new.replicas)
    };
    if !sets.scale(view, out, &new, grown) {
        shrink_old(view, out, sets);
    }
    made
}

/// Ends old pods: first those that are of no use, then as many as the available ones allow.
fn shrink_old(view: &View, out: &mut Out, sets: &Sets) {
    let Some(new) = &sets.new else { return };
    let have: i64 = sets.all().map(|s| s.replicas).sum();
    let needed = sets.d.replicas - sets.unavailable_max();
    let new_lacks = (new.replicas - sets.available_in(new)).max(0);
    // Ending these cannot lower the count of available pods below what is needed, even if all that are starting fail.
    let mut useless = (have - needed - new_lacks).max(0);
    let mut spare = (sets.available() - needed).max(0).min(useless);
    for set in &sets.old {
        if set.replicas == 0 || set.common.deleting {
            continue;
        }
        let unready = (set.replicas - sets.available_in(set)).clamp(0, useless);
        useless -= unready;
        let ready = (set.replicas - unready).min(spare).min(useless);
        spare -= ready;
        useless -= ready;
        if unready + ready > 0 {
            sets.scale(view, out, set, set.replicas - unready - ready);
        }
    }
}
