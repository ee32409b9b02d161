//! Reads what every object has, straight from its document. A field that is missing or of the wrong type reads as empty.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::{Millis, Revision, Uid};
use serde_json::{Map, Value};

use crate::kinds::{KindId, ObjectKey};

/// The text at a JSON pointer; empty if there is none.
pub fn text_at<'a>(doc: &'a Value, pointer: &str) -> &'a str {
    doc.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The whole number at a JSON pointer.
pub fn number_at(doc: &Value, pointer: &str) -> Option<i64> {
    doc.pointer(pointer).and_then(Value::as_i64)
}

/// Whether `true` stands at a JSON pointer.
pub fn flag_at(doc: &Value, pointer: &str) -> bool {
    doc.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The items of the list at a JSON pointer; none if there is no list.
pub fn list_at<'a>(doc: &'a Value, pointer: &str) -> &'a [Value] {
    doc.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of the object at a JSON pointer; none if there is no object.
pub fn map_at<'a>(doc: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    doc.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

/// A document's metadata.
#[derive(Clone, Copy, Debug)]
pub struct Meta<'a>(Option<&'a Map<String, Value>>);

/// One owner of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerRef<'a> {
    /// e.g. `apps/v1`.
    pub api_version: &'a str,
    /// e.g. `ReplicaSet`.
    pub kind: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its uid.
    pub uid: &'a str,
    /// Whether it is the one that manages the object.
    pub controller: bool,
    /// Whether a foreground deletion of the owner waits for the object.
    pub block_owner_deletion: bool,
}

/// The metadata of a document.
pub fn meta(doc: &Value) -> Meta<'_> {
    Meta(doc.get("metadata").and_then(Value::as_object))
}

impl<'a> Meta<'a> {
    /// The metadata itself, e.g. that of a pod template.
    pub fn of(metadata: Option<&'a Value>) -> Self {
        Self(metadata.and_then(Value::as_object))
    }

    fn get(self, field: &str) -> Option<&'a Value> {
        self.0?.get(field)
    }

    fn text(self, field: &str) -> &'a str {
        self.get(field).and_then(Value::as_str).unwrap_or("")
    }

    fn time(self, field: &str) -> Option<Millis> {
        Millis::parse_rfc3339(self.text(field))
    }

    fn map(self, field: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.get(field)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(k, v)| Some((k.as_str(), v.as_str()?)))
    }

    /// `metadata.name`
    pub fn name(self) -> &'a str {
        self.text("name")
    }

    /// `metadata.generateName`
    pub fn generate_name(self) -> &'a str {
        self.text("generateName")
    }

    /// `metadata.namespace`
    pub fn namespace(self) -> &'a str {
        self.text("namespace")
    }

    /// `metadata.uid`
    pub fn uid(self) -> &'a str {
        self.text("uid")
    }

    /// `metadata.uid` as an id.
    pub fn uid_owned(self) -> Uid {
        Uid::from(self.uid())
    }

    /// `metadata.resourceVersion` as it is written.
    pub fn resource_version(self) -> &'a str {
        self.text("resourceVersion")
    }

    /// `metadata.resourceVersion` as the store's revision.
    pub fn revision(self) -> Option<Revision> {
        self.resource_version().parse().ok().map(Revision)
    }

    /// `metadata.generation`; zero if it has none.
    pub fn generation(self) -> i64 {
        self.get("generation").and_then(Value::as_i64).unwrap_or(0)
    }

    /// `metadata.creationTimestamp`
    pub fn created(self) -> Option<Millis> {
        self.time("creationTimestamp")
    }

    /// `metadata.deletionTimestamp`: when its grace ends.
    pub fn deletion(self) -> Option<Millis> {
        self.time("deletionTimestamp")
    }

    /// Whether its deletion has begun.
    pub fn is_terminating(self) -> bool {
        self.get("deletionTimestamp").is_some_and(|v| !v.is_null())
    }

    /// `metadata.deletionGracePeriodSeconds`
    pub fn deletion_grace_seconds(self) -> Option<u64> {
        self.get("deletionGracePeriodSeconds").and_then(Value::as_u64)
    }

    /// The labels.
    pub fn labels(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.map("labels")
    }

    /// The labels, as the model's selectors want them.
    pub fn labels_owned(self) -> BTreeMap<String, String> {
        self.labels().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    /// One label.
    pub fn label(self, key: &str) -> Option<&'a str> {
        self.get("labels")?.get(key)?.as_str()
    }

    /// The annotations.
    pub fn annotations(self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.map("annotations")
    }

    /// One annotation.
    pub fn annotation(self, key: &str) -> Option<&'a str> {
        self.get("annotations")?.get(key)?.as_str()
    }

    /// The finalizers.
    pub fn finalizers(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.get("finalizers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// The owners.
    pub fn owners(self) -> impl Iterator<Item = OwnerRef<'a>> + use<'a> {
        let flag = |v: &Value, field: &str| v.get(field).and_then(Value::as_bool).unwrap_or(false);
        self.get("ownerReferences").and_then(Value::as_array).into_iter().flatten().map(move |o| {
            OwnerRef {
                api_version: text_at(o, "/apiVersion"),
                kind: text_at(o, "/kind"),
                name: text_at(o, "/name"),
                uid: text_at(o, "/uid"),
                controller: flag(o, "controller"),
                block_owner_deletion: flag(o, "blockOwnerDeletion"),
            }
        })
    }

    /// The owner that manages it.
    pub fn controller(self) -> Option<OwnerRef<'a>> {
        self.owners().find(|o| o.controller)
    }

    /// Where an object with this metadata is kept.
    pub fn key(self, kind: KindId) -> ObjectKey {
        ObjectKey::new(kind, self.namespace(), self.name())
    }
}
