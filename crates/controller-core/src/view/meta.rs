//! What every object has.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::{Hash, Millis, Revision, Uid};
use serde_json::{Map, Value, json};

use super::doc;
use crate::kinds::{self, KindId};

/// The part of an object's metadata that decisions need.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) uid: Uid,
    pub(crate) revision: Revision,
    pub(crate) owners: Box<[Owner]>,
    pub(crate) finalizers: Box<[Box<str>]>,
    /// When it is to be gone (`deletionTimestamp`).
    pub(crate) deleting: Option<Millis>,
}

/// Of what kind an owner is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnerKind {
    /// One of ours.
    Known(KindId),
    /// Another: `apiVersion` and `kind`. Whether it lives we cannot tell.
    Other(Box<(String, String)>),
}

/// An owner reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: Uid,
    pub(crate) name: Arc<str>,
    pub(crate) kind: OwnerKind,
    pub(crate) controller: bool,
    pub(crate) blocks: bool,
}

impl Meta {
    pub(crate) fn read(doc: &Value, revision: Revision) -> Self {
        Self {
            uid: Uid::from(doc::text(doc, &["metadata", "uid"])),
            revision,
            owners: doc::list(doc, &["metadata", "ownerReferences"])
                .iter()
                .map(Owner::read)
                .collect(),
            finalizers: doc::list(doc, &["metadata", "finalizers"])
                .iter()
                .filter_map(|f| f.as_str().map(Box::from))
                .collect(),
            deleting: doc::time(doc, &["metadata", "deletionTimestamp"]),
        }
    }

    /// The owner that manages it.
    pub(crate) fn controller(&self) -> Option<&Owner> {
        self.owners.iter().find(|o| o.controller)
    }

    pub(crate) fn has_finalizer(&self, name: &str) -> bool {
        self.finalizers.iter().any(|f| &**f == name)
    }
}

impl Owner {
    /// A controlling owner of one of our kinds.
    pub(crate) fn controlling(kind: KindId, name: &Arc<str>, uid: &Uid) -> Self {
        Self {
            uid: uid.clone(),
            name: name.clone(),
            kind: OwnerKind::Known(kind),
            controller: true,
            blocks: true,
        }
    }

    fn read(doc: &Value) -> Self {
        let (version, kind) = (doc::text(doc, &["apiVersion"]), doc::text(doc, &["kind"]));
        // Another version of the same group is the same kind.
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        let known = kinds::stored().find(|k| k.kind == kind && k.group == group);
        Self {
            uid: Uid::from(doc::text(doc, &["uid"])),
            name: Arc::from(doc::text(doc, &["name"])),
            kind: known.map_or_else(
                || OwnerKind::Other(Box::new((version.into(), kind.into()))),
                |k| OwnerKind::Known(k.id),
            ),
            controller: doc::flag(doc, &["controller"]),
            blocks: doc::flag(doc, &["blockOwnerDeletion"]),
        }
    }

    /// As an entry of `metadata.ownerReferences`.
    pub(crate) fn to_value(&self) -> Value {
        let (version, kind) = match &self.kind {
            OwnerKind::Known(id) => (kinds::get(*id).api_version(), kinds::get(*id).kind.into()),
            OwnerKind::Other(names) => (**names).clone(),
        };
        let mut out = Map::new();
        out.insert("apiVersion".into(), version.into());
        out.insert("kind".into(), kind.into());
        out.insert("name".into(), (&*self.name).into());
        out.insert("uid".into(), self.uid.as_str().into());
        if self.controller {
            out.insert("controller".into(), true.into());
        }
        if self.blocks {
            out.insert("blockOwnerDeletion".into(), true.into());
        }
        Value::Object(out)
    }
}

/// `True`, `False`, `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    pub(crate) fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition of any object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cond {
    pub(crate) kind: Arc<str>,
    pub(crate) status: Truth,
    /// `lastTransitionTime`.
    pub(crate) since: Millis,
    /// `lastUpdateTime` (deployments).
    pub(crate) updated: Option<Millis>,
    pub(crate) reason: Arc<str>,
    pub(crate) message: Arc<str>,
}

impl Cond {
    pub(crate) fn new(
        kind: &str,
        status: Truth,
        since: Millis,
        reason: &str,
        message: &str,
    ) -> Self {
        Self {
            kind: kind.into(),
            status,
            since,
            updated: None,
            reason: reason.into(),
            message: message.into(),
        }
    }

    pub(crate) fn read_all(status: &Value) -> Vec<Self> {
        doc::list(status, &["conditions"])
            .iter()
            .map(|c| Self {
                kind: doc::text(c, &["type"]).into(),
                status: match doc::text(c, &["status"]) {
                    "True" => Truth::True,
                    "False" => Truth::False,
                    _ => Truth::Unknown,
                },
                since: doc::time(c, &["lastTransitionTime"]).unwrap_or_default(),
                updated: doc::time(c, &["lastUpdateTime"]),
                reason: doc::text(c, &["reason"]).into(),
                message: doc::text(c, &["message"]).into(),
            })
            .collect()
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut out = json!({
            "type": &*self.kind,
            "status": self.status.as_str(),
            "lastTransitionTime": self.since.to_rfc3339(),
        });
        if let Some(updated) = self.updated {
            out["lastUpdateTime"] = updated.to_rfc3339().into();
        }
        if !self.reason.is_empty() {
            out["reason"] = (&*self.reason).into();
        }
        if !self.message.is_empty() {
            out["message"] = (&*self.message).into();
        }
        out
    }
}

/// The condition of this type.
pub(crate) fn cond<'a>(all: &'a [Cond], kind: &str) -> Option<&'a Cond> {
    all.iter().find(|c| &*c.kind == kind)
}

/// Puts a condition in, in the place of the one of its type; keeps the time of the last change if the status is the same.
pub(crate) fn set_cond(all: &mut Vec<Cond>, mut new: Cond) {
    match all.iter_mut().find(|c| c.kind == new.kind) {
        Some(old) => {
            if old.status == new.status {
                new.since = old.since;
            }
            *old = new;
        }
        None => all.push(new),
    }
}

/// The hash of a document's canonical bytes.
pub(crate) fn hash_of(value: &Value) -> Hash {
    Hash::of(&serde_json::to_vec(value).unwrap_or_default())
}
