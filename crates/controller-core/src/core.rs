//! The fleet's core: events in, turns out. Nothing here is done; it is only decided.
//!
//! The law of this room: the core never takes its own writes for granted. They come back as changes, and are decided
//! on from there.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::report::{NodeFacts, NodeUsage};
use model::{Generation, Millis, NodeName, Uid};

use crate::kinds::ObjectKey;
use crate::stream::Stream;
use crate::turn::{Event, Turn};

/// What the core goes by. All times in milliseconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long after its connection ended a node is still believed to be well.
    pub grace_ms: u64,
    /// How long a connected node may say nothing, in heartbeats of its link profile, times ten: 25 is two and a half.
    pub silence_tenths: u64,
    /// How long Event objects are kept.
    pub event_ttl_ms: u64,
    /// How often a node's Lease is renewed at most.
    pub lease_period_ms: u64,
    /// How long to wait for a node's word on orders before they are sent again; doubles up to `resend_max_ms`.
    pub resend_ms: u64,
    /// The longest wait before orders are sent again.
    pub resend_max_ms: u64,
    /// So many decisions are made in a turn at most; the rest waits for the next.
    pub decisions_max: usize,
    /// So many writes are decided in a turn before the rest waits for the next.
    pub writes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            grace_ms: 40_000,
            silence_tenths: 25,
            event_ttl_ms: 3_600_000,
            lease_period_ms: 30_000,
            resend_ms: 10_000,
            resend_max_ms: 300_000,
            decisions_max: 1024,
            writes_max: 1024,
        }
    }
}

/// What is known of a node besides its document: what it was heard to say, and what it was told.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its name.
    pub name: NodeName,
    /// Whether its connection is up.
    pub connected: bool,
    /// When the present connection came up, or the last one ended; none: not since this controller started.
    pub since: Option<Millis>,
    /// When it was last heard, by the controller's clock; none: not since this controller started.
    pub heard: Option<Millis>,
    /// Whether it said that it stops on purpose.
    pub left: bool,
    /// The number of the orders made for it; zero: none yet, or not known until it says hello.
    pub made: Generation,
    /// The number of the orders that it said it holds.
    pub held: Generation,
    /// Whether it holds what it shall hold.
    pub settled: bool,
    /// How many items its orders have.
    pub items: usize,
    /// Its boot, as its last hello or report gave it.
    pub boot: u64,
    /// The agent's version, e.g. `0.1.0`.
    pub version: Option<Arc<str>>,
    /// Its facts, as last told.
    pub facts: Option<Arc<NodeFacts>>,
    /// Its usage, as last told.
    pub usage: Option<Arc<NodeUsage>>,
    /// Pods bound to it that have not ended.
    pub pods: usize,
    /// How many of them are ready.
    pub pods_ready: usize,
    /// The last reason for which it refused orders, until it takes some.
    pub refused: Option<String>,
}

/// The decisions of the fleet.
pub struct Core {
    config: Config,
    instance: u64,
    names: Stream,
    uids: Stream,
}

impl Core {
    /// A core that knows of nothing yet. `seed` is entropy for names and uids; `instance` differs from start to start.
    #[must_use]
    pub fn new(config: Config, seed: u64, instance: u64) -> Self {
        Self {
            config,
            instance,
            names: Stream::new(seed, "names"),
            uids: Stream::new(seed, "uids"),
        }
    }

    /// Takes an event in, and decides.
    pub fn handle(&mut self, now: Millis, event: Event) -> Turn {
        let _ = (now, event, &self.config, self.instance, &mut self.names, &mut self.uids);
        Turn::default()
    }

    /// When the next tick is wanted: at once (a time that has passed) if there is more to decide, none if there is
    /// nothing to wait for.
    #[must_use]
    pub fn wake(&self) -> Option<Millis> {
        None
    }

    /// Every node that has a document or has been heard, by name.
    pub fn nodes(&self) -> impl Iterator<Item = NodeView> + '_ {
        Vec::new().into_iter()
    }

    /// One node.
    #[must_use]
    pub fn node(&self, name: &NodeName) -> Option<NodeView> {
        self.nodes().find(|n| &n.name == name)
    }

    /// The pod that has this uid.
    #[must_use]
    pub fn pod(&self, _uid: &Uid) -> Option<ObjectKey> {
        None
    }
}
