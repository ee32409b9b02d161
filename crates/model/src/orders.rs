//! A node's orders: a set of items, each with its content's hash, under one root hash and one generation.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::trust::Sealed;
use crate::{Generation, Hash, Millis, NodeName};

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum ItemKind {
    /// A pod to run. Body: [`crate::pod::PodOrder`].
    Pod = 0,
    /// A config map that a pod here refers to. Body: JSON `{"data":{..},"binaryData":{..}}`.
    ConfigMap = 1,
    /// A secret that a pod here refers to. Body: JSON `{"type":"..","data":{"key":"base64"}}`, sealed to the node
    /// ([`crate::trust::Sealed`]).
    Secret = 2,
    /// How the node shall behave. Body: [`NodePolicy`].
    NodePolicy = 3,
    /// A persistent volume of this node. Body: [`VolumeOrder`].
    Volume = 4,
}

/// Which item: its kind, and `namespace/name` (pods: `namespace/name/uid`, since an old and a new pod of one name can
/// overlap; volumes: their name, since they have no namespace).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// What it is.
    pub kind: ItemKind,
    /// `namespace/name`; for pods `namespace/name/uid`; for volumes `name`; for the node policy empty.
    pub name: Arc<str>,
}

/// One item of the orders, with its content: a document in canonical JSON (keys sorted, no spaces).
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// Which item.
    pub key: ItemKey,
    /// The content. Never printed: it may hold a secret.
    pub body: Arc<[u8]>,
}

impl Item {
    /// The hash of the content, see [`body_hash`].
    pub fn hash(&self) -> Hash {
        body_hash(self.key.kind, &self.body)
    }
}

/// The hash by which an item with this body is known: of a sealed secret what it says (whoever opens it checks that), of
/// all else the hash of its bytes.
pub fn body_hash(kind: ItemKind, body: &[u8]) -> Hash {
    Sealed::read(kind, body).map_or_else(|| Hash::of(body), |sealed| sealed.hash)
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} ({} bytes)", self.key.kind, self.key.name, self.body.len())
    }
}

/// The hash over a whole set of orders. `items` must be sorted by key and hold no key twice.
pub fn root<'a>(items: impl IntoIterator<Item = (&'a ItemKey, &'a Hash)>) -> Hash {
    let parts: Vec<(u8, &[u8], &[u8])> =
        items.into_iter().map(|(k, h)| (k.kind as u8, k.name.as_bytes(), h.0.as_slice())).collect();
    let kinds: Vec<[u8; 1]> = parts.iter().map(|p| [p.0]).collect();
    Hash::of_parts(parts.iter().zip(&kinds).flat_map(|(p, k)| [k.as_slice(), p.1, p.2]))
}

/// What names a set of orders: whose, which number, what content, made when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The node that these orders are for.
    pub node: NodeName,
    /// Their number.
    pub generation: Generation,
    /// The [`root`] over all items.
    pub root: Hash,
    /// When the controller made them, by its clock. A lower bound for a node that doubts its own.
    pub made: Millis,
}

/// A change of a node's orders against those that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// What the orders are once the change is applied.
    pub manifest: Manifest,
    /// The controller's signature (Ed25519) over [`crate::trust::orders_message`].
    pub signature: Vec<u8>,
    /// The generation that the change starts from. [`Generation`] zero: from nothing, `put` is everything.
    pub base: Generation,
    /// Items that are new or have changed.
    pub put: Vec<Item>,
    /// Items that are no longer ordered.
    pub drop: Vec<ItemKey>,
}

/// How a node shall behave; body of [`ItemKind::NodePolicy`] as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodePolicy {
    /// The link profile: `lan` or `metered`.
    pub link_profile: String,
    /// How often usage is looked at and, if it moved, told.
    pub usage_period_ms: u64,
    /// The longest silence: something is said at least this often while connected.
    pub heartbeat_ms: u64,
    /// Nobody on the node keeps pods from what is ordered.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub override_holds: bool,
    /// So many bytes may pass the link in a month before only what must still travels; zero: no bound.
    #[serde(skip_serializing_if = "is_zero")]
    pub month_bytes_max: u64,
    /// The node is to leave the fleet for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leave: Option<Leave>,
}

/// How a node leaves the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Leave {
    /// It forgets who it is; what runs there runs on, and is nobody's.
    Keep,
    /// Its pods are stopped and everything that they and it kept is taken away, volumes too.
    Wipe,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A persistent volume of a node; body of [`ItemKind::Volume`] as JSON. A volume that is not ordered is left alone: only one
/// that is ordered to go is taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeOrder {
    /// Its uid: once it is gone, it is told among the gone pods by this.
    pub uid: String,
    /// Whose it is: `namespace/name` of the claim; empty if it is to go.
    pub claim: String,
    /// It is to be taken away, with all that is in it.
    pub remove: bool,
}

impl Default for NodePolicy {
    fn default() -> Self {
        Self {
            link_profile: "lan".into(),
            usage_period_ms: 15_000,
            heartbeat_ms: 60_000,
            override_holds: false,
            month_bytes_max: 0,
            leave: None,
        }
    }
}
