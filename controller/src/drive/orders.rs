//! Orders, with their bodies: made from the documents as they are now.

use controller_core::assign;
use controller_core::turn::Orders;
use model::Hash;
use model::orders::{Delta, Item};
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
        let body = assign::body(key.kind, &doc);
        if Hash::of(&body) != hash {
            return None;
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
