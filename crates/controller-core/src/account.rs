//! Every namespace has a service account named `default`.

use alloc::sync::Arc;

use serde_json::json;

use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::turn::Durability;
use crate::view::View;

/// The account that pods have if they do not say.
pub(crate) const DEFAULT: &str = "default";

/// Makes a namespace's account, if it is not there.
pub(crate) fn decide(view: &View, out: &mut Out, namespace: &Arc<str>) {
    let key = ObjectKey::new(kinds::SERVICE_ACCOUNT, namespace, DEFAULT);
    if view.namespace_open(namespace) && !view.meta.contains_key(&key) && !out.wrote(&key) {
        out.put(&key, json!({"metadata": {}}), Durability::Now);
    }
}
