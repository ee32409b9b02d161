//! A new template comes to the nodes a few at a time. Nodes that are away do not count: they hold no slot.

use alloc::vec::Vec;

use model::NodeName;

use super::{Daemon, Place};
use crate::out::Out;
use crate::rollout::Gate;
use crate::view::View;
use crate::view::pod::PodView;
use crate::view::workload::{Strategy, scaled};

/// Ends old pods (or makes new ones beside them), as many as the strategy allows. `touched` nodes have changed in this
/// turn and wait for the next.
pub(super) fn roll(daemon: &Daemon<'_>, view: &View, out: &mut Out, touched: &[&NodeName]) {
    let Strategy::Rolling { surge, unavailable } = &daemon.set.strategy else { return };
    let desired = daemon.places.iter().filter(|p| p.fit.run).count();
    let desired = i64::try_from(desired).unwrap_or(i64::MAX);
    let surge = scaled(surge, desired, true);
    let unavailable = scaled(unavailable, desired, true);
    let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
    if surge > 0 {
        beside(daemon, view, out, touched, surge);
    } else {
        instead(daemon, out, touched, unavailable);
    }
}

fn available(daemon: &Daemon<'_>, out: &Out, pod: &PodView) -> bool {
    pod.available_at(daemon.set.common.min_ready_s).is_some_and(|at| at <= out.now)
}

fn candidates<'a, 'b>(
    daemon: &'b Daemon<'a>,
    touched: &'b [&'a NodeName],
) -> impl Iterator<Item = &'b Place<'a>> {
    daemon.places.iter().filter(|p| p.fit.run && !touched.contains(&&p.node.name))
}

/// The old pod ends, then the new one comes.
fn instead(daemon: &Daemon<'_>, out: &mut Out, touched: &[&NodeName], most: i64) {
    let mut missing = i64::try_from(touched.len()).unwrap_or(i64::MAX);
    let mut useless: Vec<&PodView> = Vec::new();
    let mut good: Vec<&PodView> = Vec::new();
    for place in candidates(daemon, touched) {
        let away = !place.node.ready();
        match place.active.as_slice() {
            [pod] if daemon.is_wanted(place, pod) => {
                missing += i64::from(!away && !available(daemon, out, pod));
            }
            // What is not available, or cannot be seen, loses nothing by being replaced.
            [pod] if away || !available(daemon, out, pod) => {
                useless.push(pod);
                missing += i64::from(!away);
            }
            // The rollout has counted it already.
            [pod] if daemon.is_given(place) => useless.push(pod),
            [pod] => good.push(pod),
            _ => missing += i64::from(!away),
        }
    }
    let spare = usize::try_from((most - missing).max(0)).unwrap_or(0);
    for pod in useless.into_iter().chain(good.into_iter().take(spare)) {
        out.end_pod(pod);
    }
}

/// The new pod comes beside the old one, which ends when the new one is available.
fn beside(daemon: &Daemon<'_>, view: &View, out: &mut Out, touched: &[&NodeName], most: i64) {
    let mut room = if matches!(daemon.gate, Gate::Shut { .. }) { i64::MAX } else { most };
    let mut wanting: Vec<&Place<'_>> = Vec::new();
    for place in candidates(daemon, touched) {
        let new = place.active.iter().find(|p| daemon.is_wanted(place, p));
        let old = place.active.iter().find(|p| !daemon.is_wanted(place, p));
        match (old, new) {
            (Some(old), Some(new)) => {
                if available(daemon, out, new) {
                    out.end_pod(old);
                } else {
                    room -= 1;
                }
            }
            (Some(old), None) if !available(daemon, out, old) => out.end_pod(old),
            (Some(_), None) => wanting.push(place),
            _ => {}
        }
    }
    for place in wanting.into_iter().take(usize::try_from(room.max(0)).unwrap_or(0)) {
        daemon.create(view, out, place);
    }
}
