//! The controller's store, with its disk apart from it: what was not synced goes with the power.

use std::collections::BTreeMap;
use std::sync::Arc;

use controller_core::kinds::ObjectKey;
use controller_core::turn::{Changed, Durability, Write};
use model::Revision;
use serde_json::Value;

/// Revisions that are reserved on disk at once.
const BLOCK: u64 = 1000;

type Kept = (u64, Arc<Value>);

/// Documents and their one counter.
#[derive(Default)]
pub(crate) struct Store {
    docs: BTreeMap<ObjectKey, Kept>,
    /// What the disk has in place of what was written since the last sync.
    on_disk: BTreeMap<ObjectKey, Option<Kept>>,
    revision: u64,
    /// Planted: nothing is ever synced.
    pub(crate) never_syncs: bool,
}

/// What came of a turn's writes.
pub(crate) struct Written {
    pub(crate) changes: Vec<Changed>,
    pub(crate) dropped: Vec<ObjectKey>,
}

impl Store {
    pub(crate) fn get(&self, key: &ObjectKey) -> Option<&Arc<Value>> {
        self.docs.get(key).map(|(_, doc)| doc)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ObjectKey, &Arc<Value>)> {
        self.docs.iter().map(|(key, (_, doc))| (key, doc))
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn raise(&mut self, above: Revision) {
        self.revision = self.revision.max(above.0);
    }

    /// Writes a document, or takes it away.
    pub(crate) fn write(&mut self, key: ObjectKey, doc: Option<Value>) -> Changed {
        self.revision += 1;
        let before = self.docs.remove(&key);
        self.on_disk.entry(key.clone()).or_insert(before);
        let doc = doc.map(|mut doc| {
            doc["metadata"]["resourceVersion"] = self.revision.to_string().into();
            Arc::new(doc)
        });
        if let Some(doc) = &doc {
            self.docs.insert(key.clone(), (self.revision, doc.clone()));
        }
        Changed { key, revision: Revision(self.revision), doc }
    }

    /// Commits what a turn writes.
    pub(crate) fn commit(&mut self, writes: Vec<Write>) -> Written {
        let mut written = Written { changes: Vec::new(), dropped: Vec::new() };
        let mut sync = false;
        for write in writes {
            sync |= !matches!(
                write,
                Write::Create { durability: Durability::Behind | Durability::Loose, .. }
                    | Write::Merge { durability: Durability::Behind | Durability::Loose, .. }
            );
            self.one(write, &mut written);
        }
        if sync {
            self.sync();
        }
        written
    }

    fn one(&mut self, write: Write, written: &mut Written) {
        match write {
            Write::Create { key, doc, charges, .. } => {
                let stale = charges
                    .iter()
                    .any(|c| self.docs.get(&c.key).is_none_or(|(r, _)| *r != c.expect.0));
                if stale || self.docs.contains_key(&key) {
                    return written.dropped.push(key);
                }
                for charge in charges {
                    let mut new = (*self.docs[&charge.key].1).clone();
                    json_patch::merge(&mut new, &charge.patch);
                    written.changes.push(self.write(charge.key, Some(new)));
                }
                written.changes.push(self.write(key, Some(doc)));
            }
            Write::Merge { key, expect, patch, .. } => {
                let fits = |r: u64| expect.is_none_or(|e| e.0 == r);
                let Some((_, doc)) = self.docs.get(&key).filter(|(r, _)| fits(*r)) else {
                    return written.dropped.push(key);
                };
                let mut new = (**doc).clone();
                json_patch::merge(&mut new, &patch);
                if new != **doc {
                    written.changes.push(self.write(key, Some(new)));
                }
            }
            Write::Delete { key, expect } => {
                let revision = self.docs.get(&key).map(|(r, _)| *r);
                if revision.is_none() || expect.is_some_and(|e| Some(e.0) != revision) {
                    return written.dropped.push(key);
                }
                written.changes.push(self.write(key, None));
            }
        }
    }

    /// Everything written so far is on disk.
    pub(crate) fn sync(&mut self) {
        if !self.never_syncs {
            self.on_disk.clear();
        }
    }

    /// The power goes: what was not synced is gone.
    pub(crate) fn lose_power(&mut self) {
        for (key, before) in std::mem::take(&mut self.on_disk) {
            match before {
                Some(before) => self.docs.insert(key, before),
                None => self.docs.remove(&key),
            };
        }
        self.revision = (self.revision / BLOCK + 1) * BLOCK;
    }

    /// Everything there is, as a controller that starts is told it.
    pub(crate) fn all(&self) -> Vec<Changed> {
        let all = self.docs.iter().map(|(key, (revision, doc))| Changed {
            key: key.clone(),
            revision: Revision(*revision),
            doc: Some(doc.clone()),
        });
        all.collect()
    }
}
