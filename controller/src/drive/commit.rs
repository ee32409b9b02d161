//! What a turn writes. Each write stands alone; those of one turn go out side by side, so that they share a commit.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use controller_core::admit::meta::meta;
use controller_core::admit::patch::merge_patch;
use controller_core::kinds::ObjectKey;
use controller_core::turn::{Durability, Write};
use futures_util::future::join_all;
use model::Revision;
use serde_json::{Value, json};

use super::Drive;
use crate::store::{Expect, Op, WriteError};
use crate::telemetry;

/// While the disk does not take intent, it is tried again after so long, growing to the other.
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(30);

/// What came of a turn's writes.
#[derive(Default)]
pub(super) struct Committed {
    /// The highest revision among them.
    pub(super) revision: Revision,
    /// Those that met something else than expected.
    pub(super) dropped: Vec<ObjectKey>,
}

/// A write, made ready.
enum Ready {
    Op(Op),
    /// It would change nothing.
    Nothing,
    /// What it expects is not there.
    Dropped,
}

impl Drive {
    pub(super) async fn commit(&self, writes: Vec<Write>) -> Committed {
        let mut done = Committed::default();
        for wave in waves(writes) {
            let results = join_all(wave.into_iter().map(|write| self.write(write))).await;
            for (key, result) in results {
                match result {
                    Ok(Some(revision)) => done.revision = done.revision.max(revision),
                    Ok(None) => {}
                    Err(why) => {
                        self.figures.writes_dropped.fetch_add(1, Ordering::Relaxed);
                        telemetry::write_dropped(&key, &why);
                        done.dropped.push(key);
                    }
                }
            }
        }
        done
    }

    pub(super) async fn raise(&self, above: Revision) {
        let mut wait = RETRY_FIRST;
        while let Err(error) = self.store.raise_revision(above).await {
            if error == WriteError::Closed {
                return;
            }
            telemetry::disk_refuses(&error, wait);
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// The revision of the write; none if there was nothing to write.
    async fn write(&self, write: Write) -> (ObjectKey, Result<Option<Revision>, String>) {
        let key = match &write {
            Write::Create { key, .. } | Write::Merge { key, .. } | Write::Delete { key, .. } => {
                key.clone()
            }
        };
        let mut wait = RETRY_FIRST;
        loop {
            let op = match self.ready(&write) {
                Ok(Ready::Op(op)) => op,
                Ok(Ready::Nothing) => return (key, Ok(None)),
                Ok(Ready::Dropped) => return (key, Err("it has changed meanwhile".to_owned())),
                Err(why) => return (key, Err(why)),
            };
            match self.store.write(vec![op]).await {
                Ok(committed) => {
                    self.figures.writes.fetch_add(1, Ordering::Relaxed);
                    return (key, Ok(committed.first().map(|c| c.revision)));
                }
                Err(error @ WriteError::Disk(_)) => {
                    // Decisions wait for the disk; reads and what runs on the nodes do not.
                    telemetry::disk_refuses(&error, wait);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(RETRY_MAX);
                }
                // A merge that expected nothing in particular is made again on what is there now.
                Err(WriteError::Conflict { .. })
                    if matches!(write, Write::Merge { expect: None, .. }) => {}
                Err(error) => return (key, Err(error.to_string())),
            }
        }
    }

    fn ready(&self, write: &Write) -> Result<Ready, String> {
        let found = |key| self.store.get(key).map_err(|e| e.to_string());
        Ok(match write {
            Write::Create { key, doc, durability } => Ready::Op(Op {
                key: key.clone(),
                expect: Expect::Absent,
                put: Some(doc.clone()),
                durability: *durability,
            }),
            Write::Delete { key, expect } => match found(key)? {
                None => Ready::Nothing,
                Some(stored) if expect.is_some_and(|e| e != stored.revision) => Ready::Dropped,
                Some(stored) => Ready::Op(Op {
                    key: key.clone(),
                    expect: Expect::Revision(stored.revision),
                    put: None,
                    durability: Durability::Now,
                }),
            },
            Write::Merge { key, expect, patch, durability } => {
                let Some(stored) = found(key)?.filter(|s| expect.is_none_or(|e| e == s.revision))
                else {
                    return Ok(Ready::Dropped);
                };
                let old: Value = serde_json::from_slice(&stored.doc).map_err(|e| e.to_string())?;
                let mut new = old.clone();
                merge_patch(&mut new, patch).map_err(|e| e.message)?;
                if new == old {
                    return Ok(Ready::Nothing);
                }
                if new["spec"] != old["spec"] && old["metadata"]["generation"].is_number() {
                    new["metadata"]["generation"] = json!(meta(&old).generation() + 1);
                }
                let expect = Expect::Revision(stored.revision);
                let finalized = meta(&new).is_terminating()
                    && meta(&old).finalizers().next().is_some()
                    && meta(&new).finalizers().next().is_none();
                let put = (!finalized).then_some(new);
                let durability = if finalized { Durability::Now } else { *durability };
                Ready::Op(Op { key: key.clone(), expect, put, durability })
            }
        })
    }
}

/// Writes in waves, such that no wave has two of one object and their order is kept.
fn waves(writes: Vec<Write>) -> Vec<Vec<Write>> {
    let mut before: BTreeMap<ObjectKey, usize> = BTreeMap::new();
    let mut waves: Vec<Vec<Write>> = Vec::new();
    for write in writes {
        let key = match &write {
            Write::Create { key, .. } | Write::Merge { key, .. } | Write::Delete { key, .. } => {
                key.clone()
            }
        };
        let count = before.entry(key).or_insert(0);
        if waves.len() == *count {
            waves.push(Vec::new());
        }
        waves[*count].push(write);
        *count += 1;
    }
    waves
}
