//! What newer orders would stop or replace, and is gone by for as long as its pod is held: kept beside the orders, with the
//! config maps and secrets that it may need when a container of it starts again.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::Uid;
use model::orders::{ItemKey, ItemKind};
use model::pod::PodOrder;

use super::{Held, KEPT, Orders};
use crate::turn::Save;

impl Orders {
    /// Keeps what `next` takes from pods that are held.
    pub(super) fn put_off_by(
        &mut self,
        next: &BTreeMap<ItemKey, Held>,
        held: impl Fn(&Uid) -> bool,
        save: &mut Save,
    ) {
        let pods: Vec<(ItemKey, Held)> = self
            .items
            .iter()
            .filter(|(key, _)| uid_of(key).is_some_and(|uid| held(&uid)))
            .map(|(key, held)| (key.clone(), held.clone()))
            .collect();
        let spaces: BTreeSet<&str> =
            pods.iter().map(|(key, _)| key).chain(self.kept.keys()).filter_map(space).collect();
        let content = |key: &ItemKey| {
            matches!(key.kind, ItemKind::ConfigMap | ItemKind::Secret)
                && space(key).is_some_and(|space| spaces.contains(space))
        };
        let mut off: Vec<(ItemKey, Held)> = pods
            .iter()
            .filter(|(key, old)| next.get(key).is_none_or(|new| new.hash != old.hash))
            .cloned()
            .collect();
        if off.is_empty() && self.kept.is_empty() {
            return;
        }
        let dropped = self.items.iter().filter(|(key, _)| content(key) && !next.contains_key(*key));
        off.extend(dropped.map(|(key, held)| (key.clone(), held.clone())));
        for (key, old) in off {
            // What was first put off is what runs.
            if self.kept.contains_key(&key) {
                continue;
            }
            save.records.insert(record(&key), Some(old.body.to_vec()));
            self.kept.insert(key, old);
        }
        // Newer orders that ask for what runs anyway have nothing to wait for.
        let same: Vec<ItemKey> = self
            .kept
            .iter()
            .filter(|(key, old)| next.get(*key).is_some_and(|new| new.hash == old.hash))
            .map(|(key, _)| key.clone())
            .collect();
        for key in same {
            self.kept.remove(&key);
            save.records.insert(record(&key), None);
        }
    }

    /// Forgets what was put off for pods that are no longer held. True if there was any.
    pub(crate) fn let_go(&mut self, held: impl Fn(&Uid) -> bool, save: &mut Save) -> bool {
        if self.kept.is_empty() {
            return false;
        }
        let pods = self.kept.keys().filter(|key| uid_of(key).is_some_and(|uid| held(&uid)));
        let spaces: BTreeSet<String> = pods.filter_map(space).map(Into::into).collect();
        let before = self.kept.len();
        self.kept.retain(|key, _| {
            let stays = match uid_of(key) {
                Some(uid) => held(&uid),
                None => space(key).is_some_and(|space| spaces.contains(space)),
            };
            if !stays {
                save.records.insert(record(key), None);
            }
            stays
        });
        self.kept.len() < before
    }

    /// Pods that newer orders are put off for.
    pub(crate) fn put_off(&self) -> impl Iterator<Item = Uid> {
        self.kept.keys().filter_map(uid_of)
    }

    /// Whether newer orders are put off for this pod.
    pub(crate) fn puts_off(&self, uid: &Uid) -> bool {
        self.put_off().any(|one| one == *uid)
    }

    /// Whether the newest orders of a pod have an annotation that says `true`.
    pub(crate) fn annotated(&self, uid: &Uid, annotation: &str) -> bool {
        let item = self.items.iter().find(|(key, _)| uid_of(key).is_some_and(|one| one == *uid));
        let order = item.and_then(|(_, held)| serde_json::from_slice::<PodOrder>(&held.body).ok());
        order.is_some_and(|order| {
            order.metadata.annotations.get(annotation).is_some_and(|said| said == "true")
        })
    }
}

fn record(key: &ItemKey) -> String {
    format!("{KEPT}{}/{}", key.kind as u8, key.name)
}

/// The namespace of an item.
fn space(key: &ItemKey) -> Option<&str> {
    key.name.split_once('/').map(|(space, _)| space)
}

/// Of a pod, its uid.
fn uid_of(key: &ItemKey) -> Option<Uid> {
    let is_pod = key.kind == ItemKind::Pod;
    key.name.rsplit_once('/').filter(|_| is_pod).map(|(_, uid)| Uid::from(uid))
}
