//! Orders, with their bodies: made from the documents as they are now, the secrets among them sealed, and signed.

use controller_core::assign;
use controller_core::turn::Orders;
use model::orders::{Delta, Item, ItemKey, ItemKind};
use model::trust::{PublicKey, Sealed, boxed, sealed_for};
use model::{Hash, NodeName};
use serde_json::Value;

use crate::keys::OrdersKeys;
use crate::store::Store;

/// What is to be sent; none if a document is no longer what the orders were made from.
pub(super) fn delta(store: &Store, keys: &OrdersKeys, orders: Orders) -> Option<Delta> {
    let mut put = Vec::with_capacity(orders.put.len());
    for (key, object, hash) in orders.put {
        // A document that cannot be read now is as good as changed: it is tried again.
        let stored = store.get(&object).ok()??;
        let doc: Value = serde_json::from_slice(&stored.doc).ok()?;
        let mut body = assign::body(key.kind, &doc);
        if assign::hash(&keys.pepper(), &key, &body) != hash {
            return None;
        }
        if key.kind == ItemKind::Secret {
            body = sealed(keys, &orders.manifest.node, &orders.sealing?, &key, &hash, &body)?;
        }
        put.push(Item { key, body: body.into() });
    }
    Some(Delta {
        signature: keys.sign(&orders.manifest),
        manifest: orders.manifest,
        base: orders.base,
        put,
        drop: orders.drop,
    })
}

/// A secret, for this node's eyes. None if nothing can be sealed to what it calls its key.
fn sealed(
    keys: &OrdersKeys,
    node: &NodeName,
    to: &PublicKey,
    key: &ItemKey,
    hash: &Hash,
    body: &[u8],
) -> Option<Vec<u8>> {
    let pepper = keys.pepper();
    let (salt, _) = pepper.commit(&key.name, body);
    let sealed = wire::seal::seal(to, &pepper, &boxed(&salt, body), &sealed_for(node, key, hash))?;
    Some(Sealed { hash: *hash, sealed: &sealed }.write())
}
