//! A deployment's number changes, perhaps in the midst of an update: its sets grow or shrink in proportion.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::MAX;
use super::sets::{Sets, revision_of};
use crate::out::Out;
use crate::view::View;
use crate::view::workload::{ReplicaSetView, Strategy};

impl Sets {
    /// Gives a set its number if it has another; what it was sized for does not matter.
    pub(super) fn scale_if(
        &self,
        view: &View,
        out: &mut Out,
        set: &ReplicaSetView,
        replicas: i64,
    ) -> bool {
        set.replicas != replicas && self.scale(view, out, set, replicas)
    }
}

/// Brings the sets to the deployment's number without going on with an update.
pub(super) fn follow(view: &View, out: &mut Out, sets: &Sets) {
    let active: Vec<&Arc<ReplicaSetView>> = sets.all().filter(|s| s.replicas > 0).collect();
    if active.len() <= 1 {
        let latest = sets.old.iter().max_by_key(|s| revision_of(&s.common));
        let only = active.first().copied().or(sets.new.as_ref()).or(latest);
        if let Some(set) = only {
            sets.scale(view, out, set, sets.d.replicas);
        }
        return;
    }
    let saturated = sets.new.as_ref().is_some_and(|n| {
        n.replicas == sets.d.replicas && sets.counts(n).available == sets.d.replicas
    });
    if saturated {
        for set in &sets.old {
            sets.scale_if(view, out, set, 0);
        }
        if let Some(new) = &sets.new {
            sets.scale(view, out, new, sets.d.replicas);
        }
        return;
    }
    if matches!(sets.d.strategy, Strategy::Rolling { .. }) {
        proportionally(view, out, sets, active);
        return;
    }
    // The update goes on from the sizes that are there.
    for set in active {
        sets.scale(view, out, set, set.replicas);
    }
}

fn proportionally(view: &View, out: &mut Out, sets: &Sets, mut active: Vec<&Arc<ReplicaSetView>>) {
    let have: i64 = active.iter().map(|s| s.replicas).sum();
    let allowed = if sets.d.replicas > 0 { sets.d.replicas + sets.surge() } else { 0 };
    let to_add = allowed - have;
    // The largest takes what rounding leaves; of equals the newer when growing, the older when shrinking.
    if to_add > 0 {
        active.sort_by_key(|s| (Reverse(s.replicas), Reverse(s.common.created)));
    } else {
        active.sort_by_key(|s| (Reverse(s.replicas), s.common.created));
    }
    let mut added = 0;
    let mut sizes: Vec<i64> = Vec::new();
    for set in &active {
        let share = share(sets, set, to_add, added);
        sizes.push(set.replicas + share);
        added += share;
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + to_add - added).max(0);
    }
    for (set, size) in active.into_iter().zip(sizes) {
        sets.scale(view, out, set, size.max(0));
    }
}

/// How much of a change falls to one set: as its size is to what the deployment might have had when it was sized.
fn share(sets: &Sets, set: &ReplicaSetView, to_add: i64, added: i64) -> i64 {
    if set.replicas == 0 || to_add == 0 || to_add == added {
        return 0;
    }
    let allowed = to_add - added;
    let fraction = if sets.d.replicas == 0 {
        -set.replicas
    } else {
        let was = set
            .common
            .annotated(MAX)
            .filter(|&n| n > 0)
            .unwrap_or_else(|| sets.d.told("replicas").max(1));
        let wish = set.replicas * (sets.d.replicas + sets.surge());
        (2 * wish + was) / (2 * was) - set.replicas
    };
    if to_add > 0 { fraction.min(allowed) } else { fraction.max(allowed) }
}
