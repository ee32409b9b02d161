//! What limits a new object: priority classes, limit ranges, quotas. They are read anew for each, so that none is made by
//! limits that no longer hold.

use controller_core::admit::{ApiError, meta};
use controller_core::kinds::{self, Kind};
use controller_core::limits::{Charge, KINDS, Known};
use serde_json::Value;

use crate::api::Api;
use crate::api::present::parse;

/// So many objects are looked at in one go.
const CHUNK: usize = 500;

/// Gives a new object what is due to it: what its quotas become when it is written.
pub(super) fn limit(api: &Api, kind: &Kind<'_>, doc: &mut Value) -> Result<Vec<Charge>, ApiError> {
    let (name, namespace) = (meta(doc).name().to_owned(), meta(doc).namespace().to_owned());
    let forbidden = |why: &str| ApiError::forbidden(kind, &name, why);
    if kind.id == kinds::PRIORITY_CLASS {
        return one_default(api, kind, doc).map(|()| Vec::new());
    }
    if kind.custom.is_some() || !kind.namespaced {
        return Ok(Vec::new());
    }
    let known = known(api, kind, &namespace)?;
    known.admit(kind, &namespace, doc).map_err(|why| forbidden(&why))
}

/// One class at most is the default.
pub(super) fn one_default(api: &Api, kind: &Kind<'_>, doc: &Value) -> Result<(), ApiError> {
    if kind.id != kinds::PRIORITY_CLASS || doc["globalDefault"] != true {
        return Ok(());
    }
    let name = meta(doc).name();
    match known(api, kinds::get(kinds::POD), "")?.other_default(name) {
        Some(other) => {
            let why = format!(
                "PriorityClass {other} is already marked as default. Only one default can exist"
            );
            Err(ApiError::forbidden(kind, name, &why))
        }
        None => Ok(()),
    }
}

fn known(api: &Api, kind: &Kind<'_>, namespace: &str) -> Result<Known, ApiError> {
    let mut known = Known::default();
    for id in KINDS {
        let namespaced = kinds::get(id).namespaced;
        if !namespaced && kind.id != kinds::POD || namespaced && namespace.is_empty() {
            continue;
        }
        let mut after = None;
        loop {
            let within = namespaced.then_some(namespace);
            let page = api.store.list(id, within, after.as_ref(), CHUNK);
            let page = page.map_err(ApiError::internal)?;
            for (key, stored) in &page.items {
                known.apply(key, stored.revision, Some(&parse(&stored.doc)?));
            }
            after = page.items.last().map(|(key, _)| key.clone());
            if !page.more {
                break;
            }
        }
    }
    Ok(known)
}
