//! What nodes say becomes what is shown.
//!
//! The law of this room: the newest (boot, sequence) wins; what is told twice changes nothing.

pub(crate) mod node;
pub(crate) mod status;

use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::sync::Arc;

use model::message::{Hello, Up, WhyRefused};
use model::report::{HoldReport, NodeEvent, PodReport, Report};
use model::{Generation, Millis, NodeName, Uid};
use serde_json::json;

use crate::assign::orders;
use crate::collect;
use crate::departure;
use crate::events::{AGENT, Happening};
use crate::fleet::{Fleet, Node};
use crate::keys;
use crate::kinds::{self, ObjectKey};
use crate::liveness;
use crate::out::Out;
use crate::queue::Job;
use crate::storage;
use crate::turn::Effect;
use crate::view::pod::{PodView, status_hash};
use crate::view::{CLEARED, View};
use status::Clocks;

/// A node that says anything but hello first is asked for it at most this often.
const ASK_MS: u64 = 5_000;
/// A node has lost its key for secrets, or another one goes by its name.
const OTHER_KEY: &str = "it tells another key for secrets than the one it is bound to, and cannot open its secrets; if it was set up \
    anew, take the annotation driftless.dev/sealing-key from its Node";
/// A node may hold orders so far above the newest revision: a store that was set back to an older copy is behind, but
/// not that far. Who claims more would drive the store's counter to its end.
const AHEAD_MAX: u64 = 1 << 40;

/// Takes in what a node says.
pub(crate) fn said(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName, up: &Up) {
    if NodeName::checked(name.as_str()).is_err() {
        out.odd(name, "its name is none that a node can have".into());
        return;
    }
    if !fleet.has_room(name) {
        out.odd(name, "there are more nodes than can be taken in".into());
        return;
    }
    let claimed = match up {
        Up::Hello(hello) => hello.held,
        Up::Taken { generation } => *generation,
        Up::Refused(refused) => refused.held.max(refused.generation),
        Up::Report(_) | Up::Bye => Generation(0),
    };
    if claimed.0.saturating_sub(view.revision.0) > AHEAD_MAX {
        out.odd(name, "it claims to hold orders that no controller can have made".into());
        return;
    }
    if !matches!(up, Up::Hello(_) | Up::Bye) && !fleet.node(name).greeted {
        ask(fleet, out, name);
        return;
    }
    liveness::heard(view, fleet, out, name);
    match up {
        Up::Hello(hello) => greet(view, fleet, out, name, hello),
        Up::Taken { generation } => orders::taken(fleet, out, name, *generation),
        Up::Refused(refused) => {
            orders::refused(fleet, out, name, refused);
            if refused.why == WhyRefused::BadSignature {
                keys::refused(fleet, out, name);
            }
        }
        Up::Report(told) => report(view, fleet, out, name, told),
        Up::Bye => {
            let now = out.now;
            let node = fleet.node(name);
            node.left = true;
            node.connected = false;
            node.greeted = false;
            node.since = Some(now);
            out.queue.mark(Job::Node(name.clone()));
            departure::left(view, out, name);
        }
    }
}

/// Asks a node for its hello.
pub(crate) fn ask(fleet: &mut Fleet, out: &mut Out, name: &NodeName) {
    let now = out.now;
    let node = fleet.node(name);
    if node.asked.is_none_or(|at| now.since(at) >= ASK_MS) {
        node.asked = Some(now);
        out.effect(Effect::WhoAreYou(name.clone()));
    }
}

/// Whether a hello cannot be of the machine that said the last one: boots and connections only ever count up.
fn is_another(node: &Node, hello: &Hello) -> bool {
    let (before, now) = ((node.boot, node.session), (hello.boot, hello.session));
    // On one connection the same hello may be asked for again.
    before != (0, 0) && if node.fresh { now <= before } else { now < before }
}

/// Two machines go by one identity: neither gets new orders until an operator has looked.
fn doubled(view: &View, out: &mut Out, name: &NodeName, node: &mut Node, hello: &Hello) {
    let keeps_first = view.identities.get(name).is_some_and(|identity| identity.keeps_first);
    let already = core::mem::replace(&mut node.doubled, true);
    if already && keeps_first {
        return;
    }
    let whose = if keeps_first { "the second gets" } else { "neither gets" };
    let key = ObjectKey::new(kinds::NODE, "", name.as_str());
    let Some(meta) = view.meta.get(&key) else { return };
    let message = alloc::format!(
        "two machines go by the identity of {name}: boot {}, connection {} came after boot {}, connection {}; {whose} no new orders. \
         If it was copied, revoke the NodeIdentity {name} and join the machines anew; if not, say so: \
         kubectl annotate --overwrite nodeidentity {name} {CLEARED}=$(date +%s)",
        hello.boot,
        hello.session,
        node.boot,
        node.session
    );
    out.tell(view, Happening::warning(&key, &meta.uid, "DuplicateIdentity", message));
}

fn greet(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName, hello: &Hello) {
    let now = out.now;
    let node = fleet.node(name);
    if !node.connected {
        node.since = Some(now);
    }
    node.connected = true;
    node.left = false;
    node.asked = None;
    if let Some(identity) = view.identities.get(name).filter(|_| is_another(node, hello)) {
        doubled(view, out, name, node, hello);
        if identity.keeps_first {
            // Not a word to it: what it has is what the other one had.
            node.greeted = false;
            return;
        }
    }
    if hello.boot != node.report.0 || (hello.boot, hello.session) < (node.boot, node.session) {
        // Another boot, or an agent that has lost what it kept: it counts its reports anew.
        node.report = (hello.boot, 0);
    }
    node.fresh = false;
    (node.boot, node.session) = (hello.boot, hello.session);
    node.greeted_at = Some(now);
    node.version = Some(Arc::from(hello.version.as_str()));
    node.keys = hello.keys;
    node.sealing = hello.sealing;
    let bound = view.nodes.get(name).and_then(|doc| doc.sealing);
    if hello.sealing.is_some() && bound.is_some_and(|key| hello.sealing != Some(key)) {
        out.odd(name, OTHER_KEY.into());
    }
    out.queue.mark(Job::Keys);
    node.labels = hello.labels.iter().cloned().collect();
    // What its token says of it goes before what it says itself.
    node.labels.extend(view.identities.get(name).into_iter().flat_map(|i| i.labels.clone()));
    orders::hello(view, fleet, out, name, hello);
    out.queue.mark(Job::Node(name.clone()));
}

fn report(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName, told: &Report) {
    let (boot, sequence) = (told.boot, told.sequence);
    let node = fleet.node(name);
    let taken = Effect::ReportTaken { node: name.clone(), boot, sequence };
    if (boot, sequence) <= node.report {
        out.effect(taken);
        return;
    }
    node.report = (boot, sequence);
    node.untrusted = told.refused;
    node.traffic = told.traffic.or(node.traffic);
    if let Some(holds) = &told.holds {
        node.holds = holds.iter().map(|hold| by_our_clock(hold, told.at, out.now)).collect();
    }
    if let Some(facts) = &told.facts {
        node.facts = Some(Arc::new(facts.clone()));
        out.queue.mark(Job::Node(name.clone()));
    }
    if let Some(usage) = &told.usage {
        node.usage = Some(Arc::new(usage.clone()));
    }
    let clocks = Clocks { theirs: told.at, ours: out.now };
    let mut here: BTreeSet<&Uid> = BTreeSet::new();
    for pod in &told.pods {
        here.insert(&pod.uid);
        if let Some(shown) = known(view, out, name, &pod.uid) {
            show(out, shown, pod, clocks);
        }
    }
    for uid in &told.gone {
        if let Some(pod) = known(view, out, name, uid)
            && pod.deleting.is_some()
        {
            collect::remove_pod(out, pod);
        }
        storage::volume::gone(view, fleet, out, name, uid);
    }
    if told.whole {
        missing(view, fleet, out, name, &here);
    }
    for event in &told.events {
        happened(view, out, name, event, clocks);
    }
    out.effect(taken);
    // What the node does not tell is as it was: now that it has spoken, that counts again.
    liveness::restore(view, out, name, &here);
}

/// A hold whose times go by our clock: what the node's shows may be far off.
fn by_our_clock(hold: &HoldReport, theirs: Millis, ours: Millis) -> HoldReport {
    let since = Millis(ours.0.saturating_sub(theirs.since(hold.since)));
    HoldReport { since, until: ours.plus(hold.until.since(theirs)), ..hold.clone() }
}

/// The pod of a report, if it is that node's.
fn known<'a>(view: &'a View, out: &mut Out, name: &NodeName, uid: &Uid) -> Option<&'a PodView> {
    // A pod that is not here has been taken away; the node has not heard of that yet.
    let pod = view.pod_by_uid(uid)?;
    if pod.node.as_ref() != Some(name) {
        out.odd(name, alloc::format!("it told of pod {}, which is not on it", pod.key.name));
        return None;
    }
    Some(pod)
}

fn show(out: &mut Out, pod: &PodView, told: &PodReport, clocks: Clocks) {
    // What has ended stays ended.
    if pod.phase.is_terminal() && !told.status.phase.is_terminal() {
        return;
    }
    let status = status::of_pod(pod, &told.status, clocks);
    if status_hash(&status) != pod.status {
        out.observe(&pod.key, json!({"status": status}));
    }
}

/// The node told of every pod that it has. One that is to end and is not there has ended.
fn missing(view: &View, fleet: &Fleet, out: &mut Out, name: &NodeName, here: &BTreeSet<&Uid>) {
    let settled = fleet.nodes.get(name).is_some_and(|n| n.orders.settled());
    for pod in view.pods_on(name) {
        if !here.contains(&pod.uid) && pod.deleting.is_some() && settled && !out.wrote(&pod.key) {
            collect::remove_pod(out, pod);
        }
    }
}

fn happened(view: &View, out: &mut Out, name: &NodeName, event: &NodeEvent, clocks: Clocks) {
    let (about, uid) = match &event.pod {
        Some(uid) => {
            let Some(pod) = view.pod_by_uid(uid).filter(|p| p.node.as_ref() == Some(name)) else {
                return;
            };
            (pod.key.clone(), pod.uid.clone())
        }
        None => (ObjectKey::new(kinds::NODE, "", name.as_str()), Uid::from(name.as_str())),
    };
    let field = if event.container.is_empty() || event.container.starts_with("spec.") {
        event.container.clone()
    } else {
        alloc::format!("spec.containers{{{}}}", event.container)
    };
    let told = Happening::normal(&about, &uid, &event.reason, event.message.clone());
    let ago = clocks.theirs.since(event.at);
    let happening = Happening {
        field,
        warning: event.warning,
        from: AGENT,
        host: name.as_str().to_string(),
        at: Some(model::Millis(clocks.ours.0.saturating_sub(ago))),
        count: event.count.max(1),
        ..told
    };
    out.tell(view, happening);
}
