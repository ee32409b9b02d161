//! From what a request asks to the changes that it makes: checked against what is there, in the order of requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use controller_core::admit::selectable::Selectable;
use controller_core::kinds::{self, ObjectKey};
use model::Revision;
use serde_json::Value;

use super::{Change, ChangeKind, Expect, Op, StoreError, Stored, WriteError};

/// What the requests of one commit leave behind, over what is there already.
pub(super) struct Pending<R> {
    read: R,
    written: BTreeMap<ObjectKey, Option<Stored>>,
}

impl<R: Fn(&ObjectKey) -> Result<Option<Stored>, StoreError>> Pending<R> {
    /// Over what `read` finds.
    pub(super) fn over(read: R) -> Self {
        Self { read, written: BTreeMap::new() }
    }

    /// The changes of a request, with the revisions behind `last`. One that does not find what it expects leaves nothing.
    pub(super) fn accept(&mut self, ops: &[Op], last: u64) -> Result<Vec<Arc<Change>>, WriteError> {
        let mut own: BTreeMap<ObjectKey, Option<Stored>> = BTreeMap::new();
        let mut changes = Vec::with_capacity(ops.len());
        let mut revision = last;
        for op in ops {
            let found = match own.get(&op.key).or_else(|| self.written.get(&op.key)) {
                Some(stored) => stored.clone(),
                None => (self.read)(&op.key).map_err(|e| WriteError::Disk(e.to_string()))?,
            };
            check(op, found.as_ref().map(|s| s.revision))?;
            // A deletion of nothing is done already.
            if op.put.is_none() && found.is_none() {
                continue;
            }
            revision += 1;
            let change = change(op, found, Revision(revision));
            own.insert(op.key.clone(), change.stored());
            changes.push(Arc::new(change));
        }
        self.written.append(&mut own);
        Ok(changes)
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

fn change(op: &Op, found: Option<Stored>, revision: Revision) -> Change {
    let kind = kinds::get(op.key.kind);
    let old: Option<Value> = found.as_ref().and_then(|s| serde_json::from_slice(&s.doc).ok());
    let before = old.as_ref().map(|doc| Selectable::of(kind, doc));
    let (now, doc, what) = match &op.put {
        Some(doc) => {
            let what = if found.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
            (Some(Selectable::of(kind, doc)), doc.clone(), what)
        }
        None => (None, old.unwrap_or_default(), ChangeKind::Deleted),
    };
    Change { key: op.key.clone(), revision, kind: what, doc: encode(doc, revision), now, before }
}

/// The document as it is kept and shown: with its resource version.
fn encode(mut doc: Value, revision: Revision) -> Bytes {
    if let Some(meta) = doc.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.insert("resourceVersion".into(), Value::String(revision.to_string()));
    }
    Bytes::from(serde_json::to_vec(&doc).unwrap_or_default())
}
