//! The tunnels to all nodes, where a broker is between: see `wire::tunnel`.
//!
//! The law of this room: a tunnel takes the place of another only once its node has said something through it. So a
//! question that somebody repeats ends nobody's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use model::NodeName;
use wire::tunnel::{self, Lane, Tunnel, What, what};

use crate::join::Desk;

use super::inbox::Publication;

/// By node, its tunnel.
pub(super) struct Tunnels {
    prefix: Arc<str>,
    desk: Arc<Desk>,
    all: Mutex<BTreeMap<NodeName, Ends>>,
}

#[derive(Default)]
struct Ends {
    current: Option<Tunnel>,
    /// One that was asked for and that nothing has come through yet.
    next: Option<Tunnel>,
}

impl Ends {
    fn open(&mut self, lane: Lane, payload: &[u8]) -> Option<Vec<u8>> {
        if let Some(said) = self.current.as_mut().and_then(|t| t.open(lane, payload)) {
            return Some(said);
        }
        let said = self.next.as_mut()?.open(lane, payload)?;
        self.current = self.next.take();
        Some(said)
    }
}

/// What a publication came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// This was said on its topic, by whom the topic names.
    Said(Bytes),
    /// Nothing yet; this is to be answered.
    Answer(Publication),
    /// Nothing: it is none of its node's.
    Nothing,
}

impl Tunnels {
    pub(super) fn new(prefix: Arc<str>, desk: Arc<Desk>) -> Self {
        Self { prefix, desk, all: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeName, Ends>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what was published.
    pub(super) fn hear(&self, topic: &str, payload: &Bytes) -> Heard {
        let (node, lane) = match wire::topic::parse(&self.prefix, topic) {
            Some((node, "u")) => (node, Lane::Messages),
            Some((node, "s/u")) => (node, Lane::Streams),
            // Presence, which is the broker's word; and those who join sign what they ask themselves.
            _ => return Heard::Said(payload.clone()),
        };
        let answer = |bytes| Heard::Answer((wire::topic::down(&self.prefix, &node), bytes));
        match what(payload) {
            What::Ask if lane == Lane::Messages => {
                let made = self.desk.answer_tunnel(&node, payload);
                let Some((tunnel, said)) = made else { return Heard::Nothing };
                self.lock().entry(node.clone()).or_default().next = Some(tunnel);
                answer(said)
            }
            What::Sealed => {
                let mut all = self.lock();
                match all.get_mut(&node) {
                    Some(ends) => {
                        let said = ends.open(lane, payload);
                        said.map_or(Heard::Nothing, |said| Heard::Said(said.into()))
                    }
                    None => answer(tunnel::lost()),
                }
            }
            _ => Heard::Nothing,
        }
    }

    /// As it is to be published: what is for a node passes its tunnel; without one, it hears that there is none.
    pub(super) fn seal(&self, topic: &str, payload: Vec<u8>) -> Option<Vec<u8>> {
        let (node, lane) = match wire::topic::parse(&self.prefix, topic) {
            Some((node, "d")) => (node, Lane::Messages),
            Some((node, "s/d")) => (node, Lane::Streams),
            _ => return Some(payload),
        };
        if matches!(what(&payload), What::Answer | What::Lost) {
            return Some(payload);
        }
        let mut all = self.lock();
        match (all.get_mut(&node).and_then(|ends| ends.current.as_mut()), lane) {
            (Some(tunnel), _) => tunnel.seal(lane, &payload),
            (None, Lane::Messages) => Some(tunnel::lost()),
            (None, Lane::Streams) => None,
        }
    }

    /// The node is not believed any more.
    pub(super) fn forget(&self, node: &NodeName) {
        self.lock().remove(node);
    }
}
