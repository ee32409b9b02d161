//! The orders that a node holds. They never go back, not even across a power cut: only newer ones are taken, whole or
//! not at all, and they are kept before anything is said or done about them.

mod put_off;

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::message::{Refused, WhyRefused};
use model::orders::{
    Delta, Item, ItemKey, ItemKind, Manifest, NodePolicy, VolumeOrder, body_hash, root,
};
use model::pod::PodOrder;
use model::trust::{Sealed, sealed_for, unboxed};
use model::{Generation, Hash, NodeName, Uid};
use serde::Deserialize;

use crate::trust::Keys;
use crate::turn::Save;

/// The record that names the orders.
const MANIFEST: &str = "manifest";
/// Records of items begin with this.
const ITEM: &str = "item/";
/// Records of items that were taken away or changed, and are put off.
const KEPT: &str = "kept/";

/// One item as held.
#[derive(Clone)]
struct Held {
    hash: Hash,
    body: Arc<[u8]>,
}

/// What a node holds.
pub(crate) struct Orders {
    node: NodeName,
    keys: Arc<dyn Keys>,
    manifest: Option<Manifest>,
    items: BTreeMap<ItemKey, Held>,
    /// What newer orders took away or changed that is still to be gone by, see [`crate::hold`].
    kept: BTreeMap<ItemKey, Held>,
}

/// The content of a config map or secret: bytes by key.
pub(crate) type Data = BTreeMap<String, Arc<[u8]>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ConfigMapBody {
    data: Option<BTreeMap<String, String>>,
    binary_data: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SecretBody {
    data: Option<BTreeMap<String, String>>,
}

impl Orders {
    /// What was kept; records that cannot be read are named in `bad`.
    pub(crate) fn restore(
        node: NodeName,
        keys: Arc<dyn Keys>,
        records: &BTreeMap<String, Vec<u8>>,
        bad: &mut Vec<String>,
    ) -> Self {
        let mut read = |prefix: &str| {
            let mut items = BTreeMap::new();
            for (name, body) in records.range(prefix.to_string()..) {
                let Some(key) = name.strip_prefix(prefix) else { break };
                match parse_key(key) {
                    // A secret that cannot be opened is as good as none: it is sent again.
                    Some(key) if content(&node, &*keys, &key, body).is_some() => {
                        let body: Arc<[u8]> = Arc::from(body.as_slice());
                        items.insert(key.clone(), Held { hash: body_hash(key.kind, &body), body });
                    }
                    _ => bad.push(name.clone()),
                }
            }
            items
        };
        let (items, kept) = (read(ITEM), read(KEPT));
        let manifest = records.get(MANIFEST).and_then(|m| serde_json::from_slice(m).ok());
        if manifest.is_none() && records.contains_key(MANIFEST) {
            bad.push(MANIFEST.into());
        }
        Self { node, keys, manifest, items, kept }
    }

    /// The number of the orders; zero: none.
    pub(crate) fn generation(&self) -> Generation {
        self.manifest.as_ref().map_or(Generation(0), |m| m.generation)
    }

    /// When they were made, by the controller's clock.
    pub(crate) fn made(&self) -> Option<model::Millis> {
        self.manifest.as_ref().map(|manifest| manifest.made)
    }

    /// The root of what is held.
    pub(crate) fn root(&self) -> Hash {
        root(self.items.iter().map(|(k, h)| (k, &h.hash)))
    }

    /// Orders of this number are not taken: why, and what is held instead.
    pub(crate) fn refused(&self, generation: Generation, why: WhyRefused) -> Refused {
        Refused {
            generation,
            why,
            held: self.generation(),
            items: self.items.iter().map(|(k, h)| (k.clone(), h.hash)).collect(),
        }
    }

    /// Takes newer orders: what is to be kept, or why not. What they would stop or replace of `held` pods is put off.
    pub(crate) fn take(
        &mut self,
        delta: Delta,
        held: impl Fn(&Uid) -> bool,
    ) -> Result<Save, Refused> {
        let refuse = |why| Err(self.refused(delta.manifest.generation, why));
        if delta.manifest.node != self.node {
            return refuse(WhyRefused::WrongNode);
        }
        if delta.manifest.generation <= self.generation() {
            return refuse(WhyRefused::Stale);
        }
        let from_nothing = delta.base == Generation(0);
        if !from_nothing && delta.base != self.generation() {
            return refuse(WhyRefused::WrongBase);
        }
        let mut next = if from_nothing { BTreeMap::new() } else { self.items.clone() };
        for key in &delta.drop {
            next.remove(key);
        }
        for item @ Item { key, body } in &delta.put {
            let open = key.kind == ItemKind::Secret && Sealed::read(key.kind, body).is_none();
            if open && self.keys.sealing().is_some()
                || content(&self.node, &*self.keys, key, body).is_none()
            {
                return refuse(WhyRefused::CannotOpen);
            }
            next.insert(key.clone(), Held { hash: item.hash(), body: body.clone() });
        }
        if root(next.iter().map(|(k, h)| (k, &h.hash))) != delta.manifest.root {
            return refuse(WhyRefused::WrongRoot);
        }
        let mut save = Save::default();
        for key in self.items.keys().filter(|k| !next.contains_key(k)) {
            save.records.insert(record_name(key), None);
        }
        self.put_off_by(&next, held, &mut save);
        for (key, held) in &next {
            if self.items.get(key).is_none_or(|old| old.hash != held.hash) {
                save.records.insert(record_name(key), Some(held.body.to_vec()));
            }
        }
        save.records.insert(MANIFEST.into(), serde_json::to_vec(&delta.manifest).ok());
        self.items = next;
        self.manifest = Some(delta.manifest);
        Ok(save)
    }

    /// The pods ordered, with the hash of each; those that cannot be read are named in `bad`.
    pub(crate) fn pods(&self, bad: &mut Vec<String>) -> Vec<(Hash, PodOrder)> {
        let mut pods = Vec::new();
        let new = self.items.iter().filter(|(k, _)| !self.kept.contains_key(*k));
        for (key, held) in new.chain(&self.kept).filter(|(k, _)| k.kind == ItemKind::Pod) {
            match serde_json::from_slice::<PodOrder>(&held.body) {
                Ok(order) => pods.push((held.hash, order)),
                Err(_) => bad.push(record_name(key)),
            }
        }
        pods
    }

    /// How the node shall behave.
    pub(crate) fn policy(&self) -> NodePolicy {
        self.items
            .iter()
            .find(|(k, _)| k.kind == ItemKind::NodePolicy)
            .and_then(|(_, held)| serde_json::from_slice(&held.body).ok())
            .unwrap_or_default()
    }

    /// The volumes ordered, by name.
    pub(crate) fn volumes(&self) -> impl Iterator<Item = (&Arc<str>, VolumeOrder)> {
        self.items.iter().filter(|(k, _)| k.kind == ItemKind::Volume).filter_map(|(key, held)| {
            let order: VolumeOrder = serde_json::from_slice(&held.body).ok()?;
            Some((&key.name, order))
        })
    }

    /// A config map's content.
    pub(crate) fn config_map(&self, namespace: &str, name: &str) -> Option<Data> {
        let body: ConfigMapBody = self.body(ItemKind::ConfigMap, namespace, name)?;
        let text =
            body.data.unwrap_or_default().into_iter().map(|(k, v)| (k, Arc::from(v.into_bytes())));
        let binary = body.binary_data.unwrap_or_default();
        let binary = binary.into_iter().filter_map(|(k, v)| Some((k, Arc::from(base64(&v)?))));
        Some(text.chain(binary).collect())
    }

    /// A secret's content.
    pub(crate) fn secret(&self, namespace: &str, name: &str) -> Option<Data> {
        let body: SecretBody = self.body(ItemKind::Secret, namespace, name)?;
        let data = body.data.unwrap_or_default();
        Some(data.into_iter().filter_map(|(k, v)| Some((k, Arc::from(base64(&v)?)))).collect())
    }

    fn body<T: serde::de::DeserializeOwned>(
        &self,
        kind: ItemKind,
        namespace: &str,
        name: &str,
    ) -> Option<T> {
        let key = ItemKey { kind, name: alloc::format!("{namespace}/{name}").into() };
        let held = self.items.get(&key).or_else(|| self.kept.get(&key))?;
        serde_json::from_slice(&content(&self.node, &*self.keys, &key, &held.body)?).ok()
    }
}

/// What a body says: of a secret, what is in the box, if it is this node's and what its hash says. Secrets stay sealed but
/// for the moment in which they are used.
fn content<'a>(
    node: &NodeName,
    keys: &dyn Keys,
    key: &ItemKey,
    body: &'a [u8],
) -> Option<Cow<'a, [u8]>> {
    // A secret that is not sealed was kept by an agent that was older than seals: it serves until it is sent again.
    let Some(sealed) = Sealed::read(key.kind, body) else { return Some(Cow::Borrowed(body)) };
    let opened = keys.open(sealed.sealed, &sealed_for(node, key, &sealed.hash))?;
    unboxed(key, &sealed.hash, &opened).map(|body| Cow::Owned(body.to_vec()))
}

fn record_name(key: &ItemKey) -> String {
    alloc::format!("{ITEM}{}/{}", key.kind as u8, key.name)
}

fn parse_key(text: &str) -> Option<ItemKey> {
    let (kind, name) = text.split_once('/')?;
    let kind = match kind {
        "0" => ItemKind::Pod,
        "1" => ItemKind::ConfigMap,
        "2" => ItemKind::Secret,
        "3" => ItemKind::NodePolicy,
        "4" => ItemKind::Volume,
        _ => return None,
    };
    Some(ItemKey { kind, name: name.into() })
}

/// Standard base64 with padding (RFC 4648, section 4).
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let unpadded = digits.iter().rposition(|b| *b != b'=').map_or(0, |i| i + 1);
    if digits.len() - unpadded > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for digit in &digits[..unpadded] {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use model::Millis;

    use super::*;

    fn keys() -> Arc<dyn Keys> {
        Arc::new(crate::tests::world::TestKeys)
    }

    fn item(name: &str, body: &str) -> Item {
        Item {
            key: ItemKey { kind: ItemKind::ConfigMap, name: name.into() },
            body: Arc::from(body.as_bytes()),
        }
    }

    fn delta(
        node: &str,
        generation: u64,
        base: u64,
        put: Vec<Item>,
        drop: &[&str],
        whole: &[Item],
    ) -> Delta {
        let mut sorted: Vec<(ItemKey, Hash)> =
            whole.iter().map(|i| (i.key.clone(), i.hash())).collect();
        sorted.sort();
        Delta {
            manifest: Manifest {
                node: node.into(),
                generation: Generation(generation),
                root: root(sorted.iter().map(|(k, h)| (k, h))),
                made: Millis(1),
            },
            signature: Vec::new(),
            base: Generation(base),
            put,
            drop: drop
                .iter()
                .map(|n| ItemKey { kind: ItemKind::ConfigMap, name: (*n).into() })
                .collect(),
        }
    }

    #[test]
    fn only_newer_orders_that_fit_are_taken() {
        let mut orders = Orders::restore("n".into(), keys(), &BTreeMap::new(), &mut Vec::new());
        let (a, b, c) = (item("d/a", "1"), item("d/b", "2"), item("d/c", "3"));
        let first = delta("n", 5, 0, vec![a.clone(), b.clone()], &[], &[a.clone(), b.clone()]);
        let save = orders.take(first.clone(), |_| false).unwrap();
        assert_eq!(save.records.len(), 3);
        for (refused, why) in [
            (first, WhyRefused::Stale),
            (delta("m", 9, 5, vec![], &[], &[a.clone(), b.clone()]), WhyRefused::WrongNode),
            (delta("n", 4, 0, vec![], &[], &[]), WhyRefused::Stale),
            (delta("n", 9, 4, vec![], &[], &[a.clone(), b.clone()]), WhyRefused::WrongBase),
            (
                delta("n", 9, 5, vec![c.clone()], &[], &[a.clone(), c.clone()]),
                WhyRefused::WrongRoot,
            ),
        ] {
            let got = orders.take(refused, |_| false).unwrap_err();
            assert_eq!((got.why, got.held, got.items.len()), (why, Generation(5), 2));
        }
        let save = orders
            .take(delta("n", 6, 5, vec![c.clone()], &["d/a"], &[b.clone(), c]), |_| false)
            .unwrap();
        assert_eq!(save.records.get("item/1/d/a"), Some(&None));
        assert!(!save.records.contains_key("item/1/d/b"), "what did not change is not written");
    }

    #[test]
    fn what_was_kept_is_held_again() {
        let mut orders = Orders::restore("n".into(), keys(), &BTreeMap::new(), &mut Vec::new());
        let a = item("d/a", r#"{"data":{"k":"v"},"binaryData":{"b":"AAE="}}"#);
        let save = orders.take(delta("n", 5, 0, vec![a.clone()], &[], &[a]), |_| false).unwrap();
        let records = save.records.into_iter().filter_map(|(k, v)| Some((k, v?))).collect();
        let mut bad = Vec::new();
        let again = Orders::restore("n".into(), keys(), &records, &mut bad);
        assert_eq!((again.generation(), again.root()), (orders.generation(), orders.root()));
        let data = again.config_map("d", "a").unwrap();
        assert_eq!((&*data["k"], &*data["b"]), (&b"v"[..], &[0u8, 1][..]));
        assert!(bad.is_empty());
    }

    #[test]
    fn base64_is_read() {
        for (text, want) in [
            ("", Some(&b""[..])),
            ("Zg==", Some(b"f")),
            ("Zm8=", Some(b"fo")),
            ("Zm9v", Some(b"foo")),
        ] {
            assert_eq!(base64(text).as_deref(), want);
        }
        for bad in ["Zg", "Z===", "Zm9v!", "===="] {
            assert_eq!(base64(bad), None, "{bad}");
        }
    }
}
