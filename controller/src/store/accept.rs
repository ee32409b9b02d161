//! From what a request asks to the changes that it makes: checked against what is there, in the order of requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use controller_core::admit::selectable::Selectable;
use controller_core::custom::{self, Customs, Resource};
use controller_core::kinds::{self, ObjectKey, Served};
use model::Revision;
use serde_json::Value;

use super::{Change, ChangeKind, Expect, Op, Shared, StoreError, Stored, WriteError};

/// What the requests of one commit leave behind, over what is there already.
pub(super) struct Pending {
    shared: Arc<Shared>,
    written: BTreeMap<ObjectKey, Option<Stored>>,
}

impl Pending {
    /// Over what the store has.
    pub(super) fn over(shared: Arc<Shared>) -> Self {
        Self { shared, written: BTreeMap::new() }
    }

    fn read(&self, key: &ObjectKey) -> Result<Option<Stored>, StoreError> {
        let place = self.shared.state().place(key)?;
        place.read(key)
    }

    /// The changes of a request, with the revisions behind `last`. One that does not find what it expects leaves nothing.
    pub(super) fn accept(&mut self, ops: &[Op], last: u64) -> Result<Vec<Arc<Change>>, WriteError> {
        let mut own: BTreeMap<ObjectKey, Option<Stored>> = BTreeMap::new();
        let mut changes = Vec::with_capacity(ops.len());
        let mut revision = last;
        for op in ops {
            let found = match own.get(&op.key).or_else(|| self.written.get(&op.key)) {
                Some(stored) => stored.clone(),
                None => self.read(&op.key).map_err(|e| WriteError::Disk(e.to_string()))?,
            };
            check(op, found.as_ref().map(|s| s.revision))?;
            self.check_definition(op, found.as_ref(), &own)?;
            // A deletion of nothing is done already.
            if op.put.is_none() && found.is_none() {
                continue;
            }
            revision += 1;
            let served = self.shared.state().served(op.key.kind);
            let mut change = change(op, served.as_ref(), found, Revision(revision));
            if change.now.is_some() {
                // Read here, where nobody waits for the store's lock.
                let customs = self.shared.state().customs.clone();
                change.custom = resource(&customs, &change.key, &change.doc);
            }
            own.insert(op.key.clone(), change.stored());
            changes.push(Arc::new(change));
        }
        self.written.append(&mut own);
        Ok(changes)
    }

    /// No object without its definition: none is made where there is none, and none goes while it has objects.
    fn check_definition(
        &self,
        op: &Op,
        found: Option<&Stored>,
        own: &BTreeMap<ObjectKey, Option<Stored>>,
    ) -> Result<(), WriteError> {
        let written = |key: &ObjectKey| own.get(key).or_else(|| self.written.get(key));
        let state = self.shared.state();
        let key = &op.key;
        if key.kind.is_custom() && op.put.is_some() {
            let definition = state.customs.get(key.kind).map(|resource| {
                ObjectKey::new(kinds::CUSTOM_RESOURCE_DEFINITION, "", &resource.definition)
            });
            let defined = definition.is_some_and(|d| !matches!(written(&d), Some(None)));
            return if defined { Ok(()) } else { Err(WriteError::Missing(key.clone())) };
        }
        if let (kinds::CUSTOM_RESOURCE_DEFINITION, None, Some(found)) = (key.kind, &op.put, found) {
            let Some(kind) = custom::id_of(&key.name) else { return Ok(()) };
            let there = state.range(kind, None, None).any(|k| !matches!(written(k), Some(None)));
            let new = own.iter().chain(&self.written);
            if there || new.into_iter().any(|(k, now)| k.kind == kind && now.is_some()) {
                return Err(WriteError::Conflict { key: key.clone(), found: found.revision });
            }
        }
        Ok(())
    }
}

fn check(op: &Op, found: Option<Revision>) -> Result<(), WriteError> {
    let key = || op.key.clone();
    match (op.expect, found) {
        (Expect::Any, _) | (Expect::Absent, None) | (Expect::Present, Some(_)) => Ok(()),
        (Expect::Absent, Some(_)) => Err(WriteError::Exists(key())),
        (Expect::Present | Expect::Revision(_), None) => Err(WriteError::Missing(key())),
        (Expect::Revision(want), Some(found)) if want == found => Ok(()),
        (Expect::Revision(_), Some(found)) => Err(WriteError::Conflict { key: key(), found }),
    }
}

fn change(op: &Op, served: Option<&Served>, found: Option<Stored>, revision: Revision) -> Change {
    let old: Option<Value> = found.as_ref().and_then(|s| serde_json::from_slice(&s.doc).ok());
    let selectable = |doc: &Value| selectable(served, doc);
    let before = old.as_ref().map(selectable);
    let (now, doc, what) = match &op.put {
        Some(doc) => {
            let what = if found.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
            (Some(selectable(doc)), doc.clone(), what)
        }
        None => (None, old.unwrap_or_default(), ChangeKind::Deleted),
    };
    let (key, doc) = (op.key.clone(), encode(doc, revision));
    Change { key, revision, kind: what, doc, now, before, custom: None }
}

/// What the definition of a custom resource comes to; none for other objects.
pub(super) fn resource(customs: &Customs, key: &ObjectKey, doc: &[u8]) -> Option<Arc<Resource>> {
    if key.kind != kinds::CUSTOM_RESOURCE_DEFINITION {
        return None;
    }
    customs.read(&key.name, &serde_json::from_slice(doc).ok()?)
}

/// What selectors look at; nothing of a kind whose definition is gone, which nobody can watch.
pub(super) fn selectable(served: Option<&Served>, doc: &Value) -> Selectable {
    served.map(|served| Selectable::of(&served.kind(), doc)).unwrap_or_default()
}

/// The document as it is kept and shown: with its resource version.
fn encode(mut doc: Value, revision: Revision) -> Bytes {
    if let Some(meta) = doc.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.insert("resourceVersion".into(), Value::String(revision.to_string()));
    }
    Bytes::from(serde_json::to_vec(&doc).unwrap_or_default())
}
