//! When the former key for orders goes: once every node has said that it holds the newest set, or when its time is up.

use alloc::vec::Vec;

use model::{Millis, NodeName};

use crate::fleet::Fleet;
use crate::ingest;
use crate::out::Out;
use crate::queue::Job;
use crate::turn::Effect;
use crate::view::View;

/// How often it is looked whether all nodes have followed, besides when one says so; and how often a node is asked at
/// most which keys it holds.
const LOOK_MS: u64 = 60_000;

/// The keys, as the hands keep them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OrdersKeys {
    /// The number of the newest set.
    serial: u64,
    /// When the former keys go at the latest; none: there are none.
    retire_at: Option<Millis>,
}

/// The hands hold other keys than before. Nodes that are here are asked for their hello: the answer brings the new set.
pub(crate) fn changed(fleet: &mut Fleet, out: &mut Out, serial: u64, retire_at: Option<Millis>) {
    fleet.keys = OrdersKeys { serial, retire_at };
    let behind = |name: &NodeName, fleet: &Fleet| {
        fleet.nodes.get(name).is_some_and(|n| n.greeted && n.keys < serial)
    };
    let names: Vec<NodeName> = fleet.nodes.keys().cloned().collect();
    for name in names {
        if behind(&name, fleet) {
            ingest::ask(fleet, out, &name);
        }
    }
    out.queue.mark(Job::Keys);
}

/// A node has refused a signature. Maybe it has missed newer keys: the answer to its hello brings them.
pub(crate) fn refused(fleet: &mut Fleet, out: &mut Out, name: &NodeName) {
    let (now, newest) = (out.now, fleet.keys.serial);
    let node = fleet.node(name);
    if node.keys < newest && node.keys_asked.is_none_or(|at| now.since(at) >= LOOK_MS) {
        node.keys_asked = Some(now);
        ingest::ask(fleet, out, name);
    }
}

pub(crate) fn decide(view: &View, fleet: &Fleet, out: &mut Out) {
    let OrdersKeys { serial, retire_at: Some(until) } = fleet.keys else { return };
    let followed = |name: &NodeName| fleet.nodes.get(name).is_some_and(|n| n.keys >= serial);
    if out.now >= until || view.nodes.keys().all(followed) {
        out.effect(Effect::RetireKeys(serial));
    }
    // If that could not be kept, it is tried again.
    out.queue.at(Job::Keys, until.max(out.now).min(out.now.plus(LOOK_MS)).max(out.now.plus(1000)));
}
