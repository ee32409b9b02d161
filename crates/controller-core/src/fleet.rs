//! What is known of the nodes besides their documents: who is here, what was said, what was ordered.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;

use model::report::{HoldReport, NodeFacts, NodeUsage, Traffic};
use model::trust::PublicKey;
use model::{Millis, NodeName, Uid};

use crate::assign::orders::Ordered;
use crate::keys::OrdersKeys;

/// So many nodes are known at most.
const NODES_MAX: usize = 100_000;

/// A node, as it was heard since this controller started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) connected: bool,
    /// When the connection came up or ended.
    pub(crate) since: Option<Millis>,
    pub(crate) heard: Option<Millis>,
    /// It said that it stops on purpose.
    pub(crate) left: bool,
    /// It has said hello to this controller on its present connection.
    pub(crate) greeted: bool,
    /// When it did so last.
    pub(crate) greeted_at: Option<Millis>,
    /// When it was last asked to say hello.
    pub(crate) asked: Option<Millis>,
    pub(crate) boot: u64,
    pub(crate) session: u64,
    /// Its connection came up, and has said no hello yet.
    pub(crate) fresh: bool,
    /// Two machines go by its identity: it gets no new orders.
    pub(crate) doubled: bool,
    /// The last report taken: boot and number.
    pub(crate) report: (u64, u64),
    pub(crate) version: Option<Arc<str>>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) facts: Option<Arc<NodeFacts>>,
    pub(crate) usage: Option<Arc<NodeUsage>>,
    /// When its lease was last renewed.
    pub(crate) renewed: Option<Millis>,
    /// Whether its silence was noted.
    pub(crate) silent: bool,
    pub(crate) orders: Ordered,
    /// Volumes that it said are gone, as far as their objects still are.
    pub(crate) removed: BTreeSet<Uid>,
    /// The key for secrets that it told in its last hello; none: it cannot open any.
    pub(crate) sealing: Option<PublicKey>,
    /// The number of the set of keys that it knows orders by.
    pub(crate) keys: u64,
    /// When it was last asked which keys it holds, as it had refused a signature.
    pub(crate) keys_asked: Option<Millis>,
    /// How many orders it has refused, since it started, that were not signed for it.
    pub(crate) untrusted: u64,
    /// The pods that somebody on it holds, by our clock.
    pub(crate) holds: Arc<[HoldReport]>,
    /// What it counted of its data.
    pub(crate) traffic: Option<Traffic>,
}

/// The nodes.
#[derive(Default)]
pub(crate) struct Fleet {
    pub(crate) nodes: BTreeMap<NodeName, Node>,
    /// This start of the controller.
    pub(crate) instance: u64,
    /// The keys that orders are signed with.
    pub(crate) keys: OrdersKeys,
    /// When decisions began: no node is judged by its silence before.
    pub(crate) began: Millis,
}

impl Fleet {
    /// Whether a node can be taken in: one that is known, or as long as there is room.
    pub(crate) fn has_room(&self, name: &NodeName) -> bool {
        self.nodes.len() < NODES_MAX || self.nodes.contains_key(name)
    }

    /// The node, made known if it was not.
    pub(crate) fn node(&mut self, name: &NodeName) -> &mut Node {
        self.nodes.entry(name.clone()).or_default()
    }

    /// Whether a node certainly never got a pod: what it holds is known, and the pod is neither in that nor in what is
    /// on the way.
    pub(crate) fn never_had(&self, node: &NodeName, item: &Arc<str>) -> bool {
        self.nodes.get(node).is_some_and(|n| n.orders.never_had_pod(item))
    }
}
