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
use crate::store::{Expect, Op, RaiseError, StoreError, WriteError};
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

/// Why a write was not done.
enum Failed {
    /// Something else is there than expected.
    Dropped(String),
    /// The disk does not do its part: it is tried again.
    Disk(String),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Disk(error.to_string())
    }
}

impl Drive {
    /// Raises the revision, then writes. While the disk refuses, it is tried again: no decision goes on before.
    pub(super) async fn save(&self, raise: Option<Revision>, writes: Vec<Write>) -> Committed {
        if let Some(above) = raise {
            telemetry::revision_raised(above);
            self.raise(above).await;
        }
        let mut done = Committed::default();
        for wave in waves(writes) {
            self.commit(wave, &mut done).await;
        }
        done
    }

    async fn raise(&self, above: Revision) {
        let mut wait = RETRY_FIRST;
        while let Err(error) = self.store.raise_revision(above).await {
            let RaiseError::Write(error @ WriteError::Disk(_)) = error else {
                telemetry::revision_not_raised(&error);
                return;
            };
            telemetry::disk_refuses(&error.to_string(), 1, wait);
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// Writes of different objects, side by side.
    async fn commit(&self, mut wave: Vec<Write>, done: &mut Committed) {
        let mut wait = RETRY_FIRST;
        loop {
            let results = join_all(wave.iter().map(|write| self.write(write))).await;
            let mut refused = Vec::new();
            let mut disk = String::new();
            for (write, result) in wave.into_iter().zip(results) {
                match result {
                    Ok(revision) => done.revision = done.revision.max(revision.unwrap_or_default()),
                    Err(Failed::Dropped(why)) => {
                        self.figures.writes_dropped.fetch_add(1, Ordering::Relaxed);
                        telemetry::write_dropped(key_of(&write), &why);
                        done.dropped.push(key_of(&write).clone());
                    }
                    Err(Failed::Disk(why)) => {
                        disk = why;
                        refused.push(write);
                    }
                }
            }
            if refused.is_empty() {
                return;
            }
            telemetry::disk_refuses(&disk, refused.len(), wait);
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_MAX);
            wave = refused;
        }
    }

    /// The revision of the write; none if there was nothing to write.
    async fn write(&self, write: &Write) -> Result<Option<Revision>, Failed> {
        loop {
            let ops = self.ready(write)?;
            if ops.is_empty() {
                return Ok(None);
            }
            match self.store.write(ops).await {
                Ok(committed) => {
                    self.figures.writes.fetch_add(1, Ordering::Relaxed);
                    return Ok(committed.last().map(|c| c.revision));
                }
                Err(WriteError::Disk(why)) => return Err(Failed::Disk(why)),
                // What expected nothing in particular is made again on what is there now.
                Err(WriteError::Conflict { .. } | WriteError::Missing(_))
                    if matches!(
                        write,
                        Write::Merge { expect: None, .. } | Write::Delete { expect: None, .. }
                    ) =>
                {
                    // The winner may be in the same commit and not to be seen yet.
                    tokio::task::yield_now().await;
                }
                Err(error) => return Err(Failed::Dropped(error.to_string())),
            }
        }
    }

    /// A write, made ready: what is done together or not at all; nothing if it would change nothing.
    fn ready(&self, write: &Write) -> Result<Vec<Op>, Failed> {
        match write {
            Write::Create { key, doc, charges, durability } => {
                let mut ops = Vec::with_capacity(charges.len() + 1);
                for charge in charges {
                    let (expect, patch) = (Some(charge.expect), &charge.patch);
                    ops.extend(self.merge(&charge.key, expect, patch, Durability::Now)?);
                }
                ops.push(Op {
                    key: key.clone(),
                    expect: Expect::Absent,
                    put: Some(doc.clone()),
                    durability: *durability,
                });
                Ok(ops)
            }
            Write::Delete { key, expect } => {
                let Some(stored) = self.store.get(key)? else { return Ok(Vec::new()) };
                if expect.is_some_and(|e| e != stored.revision) {
                    return Err(changed());
                }
                Ok(vec![Op {
                    key: key.clone(),
                    expect: Expect::Revision(stored.revision),
                    put: None,
                    durability: Durability::Now,
                }])
            }
            Write::Merge { key, expect, patch, durability } => {
                Ok(self.merge(key, *expect, patch, *durability)?.into_iter().collect())
            }
        }
    }

    fn merge(
        &self,
        key: &ObjectKey,
        expect: Option<Revision>,
        patch: &Value,
        durability: Durability,
    ) -> Result<Option<Op>, Failed> {
        let stored = self.store.get(key)?;
        let stored =
            stored.filter(|s| expect.is_none_or(|e| e == s.revision)).ok_or_else(changed)?;
        let merged = merged(&stored.doc, patch).map_err(Failed::Dropped)?;
        Ok(merged.map(|put| Op {
            key: key.clone(),
            expect: Expect::Revision(stored.revision),
            // The end of an object is never left to a crash.
            durability: if put.is_none() { Durability::Now } else { durability },
            put,
        }))
    }
}

fn changed() -> Failed {
    Failed::Dropped("it has changed meanwhile".to_owned())
}

/// A document with a patch put in; none if it changes nothing, `Some(None)` if it takes the last finalizer from an object
/// that is to go.
fn merged(doc: &[u8], patch: &Value) -> Result<Option<Option<Value>>, String> {
    let old: Value = serde_json::from_slice(doc).map_err(|e| e.to_string())?;
    let mut new = old.clone();
    merge_patch(&mut new, patch).map_err(|e| e.message)?;
    if new == old {
        return Ok(None);
    }
    if new["spec"] != old["spec"] && old["metadata"]["generation"].is_number() {
        new["metadata"]["generation"] = json!(meta(&old).generation() + 1);
    }
    let finalized = meta(&new).is_terminating()
        && meta(&old).finalizers().next().is_some()
        && meta(&new).finalizers().next().is_none();
    Ok(Some((!finalized).then_some(new)))
}

fn key_of(write: &Write) -> &ObjectKey {
    match write {
        Write::Create { key, .. } | Write::Merge { key, .. } | Write::Delete { key, .. } => key,
    }
}

/// Writes in waves, such that no wave has two of one object and their order is kept.
fn waves(writes: Vec<Write>) -> Vec<Vec<Write>> {
    let mut before: BTreeMap<ObjectKey, usize> = BTreeMap::new();
    let mut waves: Vec<Vec<Write>> = Vec::new();
    for write in writes {
        let count = before.entry(key_of(&write).clone()).or_insert(0);
        if waves.len() == *count {
            waves.push(Vec::new());
        }
        waves[*count].push(write);
        *count += 1;
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_counts_generations_skips_nothing_and_ends_what_is_to_go() {
        let plain = json!({"metadata": {"generation": 3}, "spec": {"replicas": 1}, "status": {"replicas": 1}});
        let going = json!({"metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z", "finalizers": ["foregroundDeletion"]}});
        let check = |doc: &Value, patch: Value, want: Option<Option<Value>>| {
            let doc = serde_json::to_vec(doc).unwrap();
            assert_eq!(merged(&doc, &patch), Ok(want), "{patch}");
        };
        check(&plain, json!({"status": {"replicas": 1}, "metadata": {"labels": null}}), None);
        check(
            &plain,
            json!({"status": {"replicas": 2}}),
            Some(Some(
                json!({"metadata": {"generation": 3}, "spec": {"replicas": 1}, "status": {"replicas": 2}}),
            )),
        );
        check(
            &plain,
            json!({"spec": {"replicas": 2}}),
            Some(Some(
                json!({"metadata": {"generation": 4}, "spec": {"replicas": 2}, "status": {"replicas": 1}}),
            )),
        );
        check(&going, json!({"metadata": {"finalizers": null}}), Some(None));
        check(&going, json!({"metadata": {"finalizers": []}}), Some(None));
        let other = json!({"metadata": {"finalizers": ["orphan"]}});
        let mut still = going.clone();
        still["metadata"]["finalizers"] = json!(["orphan"]);
        check(&going, other, Some(Some(still)));
    }

    #[test]
    fn writes_of_one_object_keep_their_order_and_others_do_not_wait() {
        let delete = |name: &str, expect| Write::Delete {
            key: ObjectKey::new(controller_core::kinds::POD, "default", name),
            expect,
        };
        let writes = vec![
            delete("a", Some(Revision(1))),
            delete("b", None),
            delete("a", Some(Revision(2))),
            delete("c", None),
        ];
        let names: Vec<Vec<String>> = waves(writes)
            .iter()
            .map(|wave| {
                wave.iter()
                    .map(|w| match w {
                        Write::Delete { key, expect } => {
                            format!("{}{}", key.name, expect.unwrap_or_default())
                        }
                        _ => unreachable!("only deletions were given"),
                    })
                    .collect()
            })
            .collect();
        assert_eq!(names, [vec!["a1", "b0", "c0"], vec!["a2"]]);
    }
}
