//! A node's orders: the set that it shall hold against the set that it holds.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::message::{Hello, Refused, Welcome, WhyRefused};
use model::orders::{ItemKey, ItemKind, Leave, Manifest, root};
use model::trust::PublicKey;
use model::{Generation, Hash, Millis, NodeName};

use crate::fleet::{Fleet, Node};
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::turn::{Effect, Note, Orders};
use crate::view::{View, item_source};

/// So many refusals in a row are answered at once; then each is waited out longer.
const REFUSALS_AT_ONCE: u32 = 2;

/// A set of items, by their hashes.
pub(crate) type Items = BTreeMap<ItemKey, Hash>;

/// What a node holds, or shall hold.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    pub(crate) generation: Generation,
    pub(crate) root: Hash,
    pub(crate) items: Arc<Items>,
}

impl Set {
    fn new(generation: Generation, items: Items) -> Self {
        Self { generation, root: root(items.iter()), items: Arc::new(items) }
    }
}

/// Orders on their way.
#[derive(Clone, Debug)]
struct Sent {
    set: Set,
    at: Millis,
    tries: u32,
    /// The link could not send them as they are.
    failed: bool,
}

/// A node's orders, made and held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ordered {
    /// What it shall hold. None until it has been made since this start.
    pub(crate) made: Option<Set>,
    /// When it was made. Orders that are said again are the same to the byte, so that they go on where the link was cut.
    made_at: Millis,
    /// What it holds, as far as it is known.
    pub(crate) held: Option<Set>,
    /// The generation that it last said it holds.
    pub(crate) claimed: Generation,
    sent: Option<Sent>,
    /// Refusals in a row.
    refusals: u32,
    pub(crate) refused: Option<String>,
}

impl Ordered {
    /// Whether it holds what it shall hold.
    pub(crate) fn settled(&self) -> bool {
        match (&self.made, &self.held) {
            (Some(made), Some(held)) => made.root == held.root,
            _ => false,
        }
    }

    pub(crate) fn never_had_pod(&self, name: &Arc<str>) -> bool {
        let key = ItemKey { kind: ItemKind::Pod, name: name.clone() };
        let Some(held) = &self.held else { return false };
        let sent = self.sent.as_ref().is_some_and(|s| s.set.items.contains_key(&key));
        !held.items.contains_key(&key) && !sent
    }
}

/// The key that a node's secrets are sealed to: the one that it is bound to; until it is, the one that it tells. A node that
/// tells none is older than seals: it gets no secrets rather than open ones.
fn sealing(view: &View, name: &NodeName, node: &Node) -> Option<PublicKey> {
    let told = node.sealing?;
    view.nodes.get(name).and_then(|n| n.sealing).or(Some(told))
}

/// What a node shall hold.
fn wanted(view: &View, name: &NodeName, node: &Node) -> Items {
    let mut items = Items::new();
    let opens = sealing(view, name, node).is_some();
    let wiped = view.nodes.get(name).is_some_and(|node| node.leave == Some(Leave::Wipe));
    for pod in view.pods_on(name).filter(|_| !wiped) {
        items.insert(ItemKey { kind: ItemKind::Pod, name: pod.item_name() }, pod.order);
        for (kind, used) in pod.refs.iter().filter(|(k, _)| opens || *k != ItemKind::Secret) {
            let source = ObjectKey {
                kind: item_source(*kind),
                namespace: pod.key.namespace.clone(),
                name: used.clone(),
            };
            if let Some(hash) = view.bodies.get(&source) {
                let name = alloc::format!("{}/{used}", pod.key.namespace).into();
                items.insert(ItemKey { kind: *kind, name }, *hash);
            }
        }
    }
    for (volume, hash) in view.volumes_on(name).filter(|_| !wiped) {
        items.insert(ItemKey { kind: ItemKind::Volume, name: volume.clone() }, hash);
    }
    if let Some(node) = view.nodes.get(name) {
        items.insert(ItemKey { kind: ItemKind::NodePolicy, name: "".into() }, node.policy);
    }
    items
}

/// Makes a node's orders anew if what it shall hold has changed, and sends what it lacks.
pub(crate) fn decide(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName) {
    let Some(node) = fleet.nodes.get_mut(name) else { return };
    make(view, out, node, name);
    let keeps_first = view.identities.get(name).is_some_and(|identity| identity.keeps_first);
    if !node.doubled || keeps_first {
        send(view, out, node, name);
    }
}

fn make(view: &View, out: &mut Out, node: &mut Node, name: &NodeName) {
    let items = wanted(view, name, node);
    let orders = &mut node.orders;
    if orders.made.as_ref().is_some_and(|m| *m.items == items) {
        return;
    }
    if !node.greeted && orders.made.is_none() {
        // Until it has said what it holds, a number could be too low.
        return;
    }
    let last = orders.made.as_ref().map_or(0, |m| m.generation.0).max(orders.claimed.0);
    let generation = Generation(view.revision.0.max(last + 1));
    if last + 1 > view.revision.0 {
        out.raise(generation);
    }
    orders.made = Some(Set::new(generation, items));
    orders.made_at = out.now;
    orders.sent.take_if(|s| s.failed);
}

fn send(view: &View, out: &mut Out, node: &mut Node, name: &NodeName) {
    let sealing = sealing(view, name, node);
    let orders = &mut node.orders;
    let Some(made) = orders.made.clone() else { return };
    if !node.connected || !node.greeted || orders.settled() {
        return;
    }
    let mut tries = 0;
    if let Some(sent) = &orders.sent {
        let wait = out.config.resend_ms << sent.tries.min(16);
        let until = sent.at.plus(wait.min(out.config.resend_max_ms));
        if out.now < until {
            out.queue.at(Job::Orders(name.clone()), until);
            return;
        }
        tries = sent.tries + 1;
        // It may have taken those orders, its word being lost: what it holds is no longer known for sure, but the
        // change is still made against what it last said; if that does not fit, it says what it holds.
    }
    let empty = Items::new();
    let (base, held) = match &orders.held {
        Some(held) => (held.generation, &*held.items),
        None if orders.claimed.0 == 0 => (Generation(0), &empty),
        // It holds something that is not known here: a change of nothing makes it say what.
        None => (orders.claimed, &*made.items),
    };
    let put = made.items.iter().filter(|(k, h)| held.get(k) != Some(h));
    let put = put.map(|(key, hash)| (key.clone(), source(key, name), *hash)).collect();
    let drop = held.keys().filter(|k| !made.items.contains_key(*k)).cloned().collect();
    let manifest = Manifest {
        node: name.clone(),
        generation: made.generation,
        root: made.root,
        made: orders.made_at,
    };
    out.effect(Effect::Orders(Orders { manifest, base, put, drop, sealing }));
    orders.sent = Some(Sent { set: made, at: out.now, tries, failed: false });
    let wait = out.config.resend_ms << tries.min(16);
    out.queue.at(Job::Orders(name.clone()), out.now.plus(wait.min(out.config.resend_max_ms)));
}

/// The object that an item is made from.
fn source(item: &ItemKey, node: &NodeName) -> ObjectKey {
    let mut parts = item.name.split('/');
    let (namespace, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match item.kind {
        ItemKind::NodePolicy => ObjectKey::new(kinds::NODE, "", node.as_str()),
        ItemKind::Volume => ObjectKey::new(kinds::PERSISTENT_VOLUME, "", &item.name),
        kind => ObjectKey::new(item_source(kind), namespace, name),
    }
}

/// A node says what it holds.
pub(crate) fn hello(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName, hello: &Hello) {
    let instance = fleet.instance;
    let node = fleet.node(name);
    node.greeted = true;
    let items = wanted(view, name, node);
    let orders = &mut node.orders;
    orders.claimed = hello.held;
    orders.refusals = 0;
    let sent = orders.sent.take().map(|s| s.set);
    let known = [&orders.held, &sent, &orders.made];
    let known = known.into_iter().flatten().find(|s| s.root == hello.root);
    orders.held = known.map(|s| Set { generation: hello.held, ..s.clone() });
    if orders.made.as_ref().is_some_and(|m| m.generation < hello.held && m.root != hello.root) {
        // Numbers only grow: what it shall hold gets a higher one than what it holds.
        orders.made = None;
    }
    let set = Set::new(hello.held, items);
    // A node without orders holds the empty set; it shall still get a number.
    if set.root == hello.root && hello.held.0 > 0 {
        orders.made = Some(set.clone());
        orders.made_at = out.now;
        orders.held = Some(set);
        orders.refused = None;
    } else if view.nodes.contains_key(name) {
        make(view, out, node, name);
    }
    if hello.held.0 > view.revision.0 {
        out.raise(hello.held);
    }
    let node = fleet.node(name);
    let generation = node.orders.made.as_ref().map_or(hello.held, |m| m.generation);
    let welcome = Welcome { instance, time: out.now, generation, keys: Vec::new() };
    out.effect(Effect::Welcome(name.clone(), welcome));
    send(view, out, node, name);
}

/// A node has taken orders.
pub(crate) fn taken(fleet: &mut Fleet, out: &mut Out, name: &NodeName, generation: Generation) {
    let node = fleet.node(name);
    let orders = &mut node.orders;
    orders.claimed = orders.claimed.max(generation);
    let sent = orders.sent.take_if(|s| s.set.generation == generation);
    if let Some(sent) = sent {
        orders.held = Some(sent.set);
        orders.refused = None;
        orders.refusals = 0;
    } else if orders.made.as_ref().is_some_and(|m| m.generation == generation) {
        orders.held = orders.made.clone();
        orders.refused = None;
    }
    out.queue.mark(Job::Orders(name.clone()));
}

/// A node has not taken orders; it says what it holds.
pub(crate) fn refused(fleet: &mut Fleet, out: &mut Out, name: &NodeName, refused: &Refused) {
    let orders = &mut fleet.node(name).orders;
    // The first refusal may have been asked for: it brings out what the node holds.
    let probe = orders.held.is_none() && refused.why != WhyRefused::WrongNode;
    orders.claimed = refused.held;
    orders.held = Some(Set::new(refused.held, refused.items.iter().cloned().collect()));
    if orders.made.as_ref().is_some_and(|m| m.generation <= refused.held) {
        match (&orders.made, &orders.held) {
            (Some(made), Some(held)) if made.root == held.root => orders.made = orders.held.clone(),
            // A higher number is needed.
            _ => orders.made = None,
        }
    }
    orders.refusals = orders.refusals.saturating_add(1);
    if orders.settled() || orders.refusals <= REFUSALS_AT_ONCE {
        orders.sent = None;
    } else if let Some(sent) = &mut orders.sent {
        sent.at = out.now;
        sent.tries = orders.refusals;
    }
    if !probe && !orders.settled() {
        let why = alloc::format!("{:?}", refused.why);
        orders.refused = Some(why.clone());
        out.effect(Effect::Note(Note::OrdersRefused(name.clone(), why)));
    }
    out.queue.mark(Job::Orders(name.clone()));
}

/// Orders could not be sent, as a document that they name has moved on: others are about to be made.
pub(crate) fn unsent(fleet: &mut Fleet, out: &mut Out, name: &NodeName, generation: Generation) {
    let orders = &mut fleet.node(name).orders;
    let newer = orders.made.as_ref().is_none_or(|m| m.generation != generation);
    if let Some(sent) = orders.sent.as_mut().filter(|s| s.set.generation == generation) {
        sent.failed = true;
        if newer {
            orders.sent = None;
        }
    }
    out.queue.mark(Job::Orders(name.clone()));
}
