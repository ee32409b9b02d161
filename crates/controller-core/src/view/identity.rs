//! NodeIdentity, as far as the core goes by it.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde_json::Value;

use super::doc;
use crate::kinds::ObjectKey;

/// Annotation on a NodeIdentity: an operator says, by any new text, that there is but one machine.
pub(crate) const CLEARED: &str = "driftless.dev/cleared";

/// A node that has joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityView {
    pub(crate) key: ObjectKey,
    /// What an operator last said of its doubles.
    pub(crate) cleared: String,
    pub(crate) revoked: bool,
    /// Of two machines by this identity, the one that was there goes on getting orders.
    pub(crate) keeps_first: bool,
    /// Labels that its token gave it.
    pub(crate) labels: BTreeMap<String, String>,
    /// Its node's secrets have been listed.
    pub(crate) listed: bool,
}

impl IdentityView {
    pub(crate) fn read(key: &ObjectKey, document: &Value) -> Self {
        Self {
            key: key.clone(),
            cleared: doc::text(document, &["metadata", "annotations", CLEARED]).into(),
            revoked: doc::flag(document, &["spec", "revoked"]),
            keeps_first: doc::text(document, &["spec", "duplicates"]) == "KeepFirst",
            labels: doc::texts(document, &["spec", "labels"]),
            listed: document.pointer("/status/secrets").is_some(),
        }
    }
}
