//! One turn of the fleet's core: an event comes in, what is to be kept and then done goes out.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use model::message::{Up, Welcome};
use model::orders::{ItemKey, Manifest};
use model::trust::PublicKey;
use model::{Generation, Hash, Millis, NodeName, Revision};
use serde_json::Value;

use crate::kinds::ObjectKey;
use crate::limits::Charge;

/// What can happen to the fleet.
#[derive(Clone, Debug)]
pub enum Event {
    /// Objects as they now are in the store, in the order of their revisions. At start every object comes this way once.
    /// What a turn wrote is told before any other event: a decision made without it would be made twice.
    Changed(Vec<Changed>),
    /// All objects that were there at start have been told. Decisions begin now.
    Restored,
    /// A node said something.
    Said(NodeName, Up),
    /// The broker tells that a node's connection came up (`true`) or ended (`false`, its will).
    Presence(NodeName, bool),
    /// Told after the turn's own changes. These writes of it were dropped: the object was newer than expected, or its name was taken. What
    /// led to them is decided on again.
    Dropped(Vec<ObjectKey>),
    /// The keys that orders are signed with are others: the number of the newest set, and when the former keys in it go
    /// at the latest (none: there are none).
    Keys(u64, Option<Millis>),
    /// These orders were not sent, since a document they name has moved on or the link could not take them.
    Unsent(NodeName, Generation),
    /// The time that [`crate::core::Core::wake`] asked for has come (or any other: a spare tick does no harm).
    Tick,
}

/// One object as it now is.
#[derive(Clone)]
pub struct Changed {
    /// Which object.
    pub key: ObjectKey,
    /// The revision of this change.
    pub revision: Revision,
    /// The whole document; none: it is gone.
    pub doc: Option<Arc<Value>>,
}

impl fmt::Debug for Changed {
    /// Without the document: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gone = if self.doc.is_none() { " gone" } else { "" };
        write!(f, "Changed({:?} {}{gone})", self.key, self.revision)
    }
}

/// What a turn decides. `save` is committed before anything of `then` leaves the process.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// What must be kept.
    pub save: Vec<Write>,
    /// What is to be done once it is kept.
    pub then: Vec<Effect>,
    /// The store's revision must be above this before the next write: a node holds orders of a higher number than
    /// any that this store has given, so the store has been put back to an earlier state.
    pub raise: Option<Revision>,
}

impl Turn {
    /// Whether nothing was decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.save.is_empty() && self.then.is_empty() && self.raise.is_none()
    }
}

/// One write to the store. Each stands alone: one that meets a newer object than expected is dropped, since the
/// newer object comes back as an event and is decided on again.
#[derive(Clone)]
pub enum Write {
    /// Make an object; dropped if the name is taken. The document has everything but the resource version.
    Create {
        /// Where.
        key: ObjectKey,
        /// What.
        doc: Value,
        /// What its quotas become: written together with it, or neither is.
        charges: Vec<Charge>,
        /// Whether it must be on disk before the turn goes on.
        durability: Durability,
    },
    /// Change an object by a merge patch (RFC 7396).
    Merge {
        /// Which.
        key: ObjectKey,
        /// The revision that the decision was made on; none: any.
        expect: Option<Revision>,
        /// The patch, over the whole document.
        patch: Value,
        /// Whether it must be on disk before the turn goes on.
        durability: Durability,
    },
    /// Take an object away at once. (A graceful end is a merge that sets the deletion timestamp.)
    Delete {
        /// Which.
        key: ObjectKey,
        /// The revision that the decision was made on; none: any.
        expect: Option<Revision>,
    },
}

impl fmt::Debug for Write {
    /// Which fields, and not what is in them: it may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { key, .. } => write!(f, "Create({key:?})"),
            Self::Merge { key, expect, patch, .. } => {
                let fields: Vec<&String> =
                    patch.as_object().into_iter().flat_map(|p| p.keys()).collect();
                write!(f, "Merge({key:?} {expect:?} {fields:?})")
            }
            Self::Delete { key, expect } => write!(f, "Delete({key:?} {expect:?})"),
        }
    }
}

/// How soon a write must be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On disk before anybody hears of it: intent.
    Now,
    /// In memory at once, on disk soon: observations, which the nodes tell again.
    Behind,
    /// In memory at once, on disk with whatever is written next, or at the end: signs of life, which mean nothing to the
    /// next process. A fleet at rest writes nothing.
    Loose,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Answer a hello. The link adds the sets of keys that follow the one that the node holds ([`crate::core::Core::keys_held`]).
    Welcome(NodeName, Welcome),
    /// Send orders. The link fetches each document, makes its body by [`crate::assign::body`] and checks the hash; if
    /// one no longer fits, nothing is sent, for newer orders are about to be made.
    Orders(Orders),
    /// Tell a node that its reports up to this one have been taken.
    ReportTaken {
        /// The node.
        node: NodeName,
        /// The report's boot.
        boot: u64,
        /// The report's number.
        sequence: u64,
    },
    /// Ask a node that speaks without having said hello to this controller to do so.
    WhoAreYou(NodeName),
    /// Every node has followed the keys of this number, or their time is up: the former ones in it can go.
    RetireKeys(u64),
    /// Something for the log, named once in the binary's telemetry.
    Note(Note),
}

/// Orders to send: a change against the generation `base` that the node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// What the orders are afterwards.
    pub manifest: Manifest,
    /// What the change starts from; zero: from nothing.
    pub base: Generation,
    /// New and changed items, the object each is made from, and the hash that its body must have ([`crate::assign::hash`]).
    pub put: Vec<(ItemKey, ObjectKey, Hash)>,
    /// Items no longer ordered.
    pub drop: Vec<ItemKey>,
    /// The key that the secrets among them are sealed to; without one there are none.
    pub sealing: Option<PublicKey>,
}

/// Events worth a line in the controller's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A node came that was not known.
    NodeJoined(NodeName),
    /// A node has not been heard for its grace.
    NodeSilent(NodeName),
    /// A node that was silent is heard again.
    NodeBack(NodeName),
    /// A node refused orders.
    OrdersRefused(NodeName, String),
    /// A message of a node was not of its place (a status for a pod that it does not have...).
    Odd(NodeName, String),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds;

    #[test]
    fn what_is_printed_of_a_turn_shows_no_document() {
        let key = ObjectKey::new(kinds::SECRET, "default", "s");
        let doc = json!({"data": {"k": "planted"}});
        let (revision, durability) = (Revision(7), Durability::Now);
        let changed = Changed { key: key.clone(), revision, doc: Some(Arc::new(doc.clone())) };
        let create =
            Write::Create { key: key.clone(), doc: doc.clone(), charges: Vec::new(), durability };
        let merge = Write::Merge { key, expect: None, patch: doc, durability };
        let turn = Turn { save: [create, merge].into(), ..Turn::default() };
        let shown = alloc::format!("{:?} {turn:?}", Event::Changed([changed].into()));
        assert!(!shown.contains("planted"), "{shown}");
        assert!(shown.contains("default") && shown.contains("data"), "{shown}");
    }
}
