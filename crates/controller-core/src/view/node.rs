//! A node's document, as decisions see it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use model::orders::{ItemKind, Leave};
use model::pod::Taint;
use model::trust::PublicKey;
use model::{Hash, NodeName, Uid};
use serde_json::Value;

use super::doc::{self, Labels};
use super::meta::{Cond, Meta, Truth, cond, hash_of};
use crate::assign;
use crate::kinds::ObjectKey;
use crate::schedule::{Amounts, NodeOffer};

/// A label or annotation of a node whose value `intermittent` says that its silence is no reason to move pods.
pub(crate) const LINK: &str = "driftless.dev/link";

/// The annotation with the labels that a node's agent last brought along, as `key=value,...`: a label that somebody has
/// changed since stays as it is until the agent brings another.
pub(crate) const TOLD_LABELS: &str = "driftless.dev/agent-labels";

/// The annotation with the key that secrets for the node are sealed to, in hexadecimal. The first that its agent tells is
/// noted, and no other is taken unless somebody takes the annotation away: whoever says hello in its name gets no secret.
pub(crate) const SEALING_KEY: &str = "driftless.dev/sealing-key";

/// A node's document.
#[derive(Clone, Debug)]
pub(crate) struct NodeDoc {
    pub(crate) key: ObjectKey,
    pub(crate) name: NodeName,
    pub(crate) uid: Uid,
    pub(crate) labels: Labels,
    /// The labels that its agent last brought along.
    pub(crate) told_labels: String,
    pub(crate) taints: Vec<Taint>,
    pub(crate) unschedulable: bool,
    pub(crate) intermittent: bool,
    pub(crate) metered: bool,
    /// It is to leave the fleet.
    pub(crate) leave: Option<Leave>,
    pub(crate) conditions: Vec<Cond>,
    /// The hash of its status but for the conditions and images.
    pub(crate) facts: Hash,
    pub(crate) images: Hash,
    pub(crate) offer: NodeOffer,
    /// The hash of its policy's body.
    pub(crate) policy: Hash,
    /// The key that secrets for it are sealed to: what it told first, and stays bound to.
    pub(crate) sealing: Option<PublicKey>,
}

impl NodeDoc {
    pub(crate) fn read(key: &ObjectKey, doc: &Value, meta: &Meta) -> Self {
        let labels = doc::texts(doc, &["metadata", "labels"]);
        let status = doc.get("status").unwrap_or(&Value::Null);
        let taints: Vec<Taint> = doc::read(doc, &["spec", "taints"]);
        let leave = assign::leave(doc);
        let unschedulable = doc::flag(doc, &["spec", "unschedulable"]) || leave.is_some();
        let allocatable: BTreeMap<String, String> = doc::texts(status, &["allocatable"]);
        let marked = |name: &str| {
            labels
                .get(name)
                .map_or_else(|| doc::text(doc, &["metadata", "annotations", name]), String::as_str)
        };
        Self {
            key: key.clone(),
            name: NodeName::from(&*key.name),
            uid: meta.uid.clone(),
            intermittent: marked(LINK) == "intermittent",
            metered: marked(assign::LINK_PROFILE) == "metered",
            leave,
            conditions: Cond::read_all(status),
            facts: facts_hash(status),
            images: hash_of(status.get("images").unwrap_or(&Value::Null)),
            offer: NodeOffer {
                labels: labels.clone(),
                taints: taints.clone(),
                unschedulable,
                pods_max: allocatable.get("pods").and_then(|p| p.parse().ok()).unwrap_or(110),
                allocatable: Amounts::from_list(&allocatable),
                images: images(status),
            },
            policy: Hash::of(&assign::body(ItemKind::NodePolicy, doc)),
            sealing: doc::text(doc, &["metadata", "annotations", SEALING_KEY]).parse().ok(),
            told_labels: doc::text(doc, &["metadata", "annotations", TOLD_LABELS]).into(),
            labels,
            taints,
            unschedulable,
        }
    }

    /// Whether it was last written as ready.
    pub(crate) fn ready(&self) -> bool {
        cond(&self.conditions, "Ready").is_some_and(|c| c.status == Truth::True)
    }
}

/// The hash of a node's status without what is compared by itself.
pub(crate) fn facts_hash(status: &Value) -> Hash {
    let fields: BTreeMap<&String, &Value> = status
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(k, v)| !matches!(k.as_str(), "conditions" | "images") && !v.is_null())
        .collect();
    Hash::of(&serde_json::to_vec(&fields).unwrap_or_default())
}

fn images(status: &Value) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    for image in doc::list(status, &["images"]) {
        let size = doc::int(image, &["sizeBytes"]).unwrap_or(0);
        for name in doc::list(image, &["names"]).iter().filter_map(Value::as_str) {
            found.insert(name.into(), size);
        }
    }
    found
}
