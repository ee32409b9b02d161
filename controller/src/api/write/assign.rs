//! Services get what no other service has. Who has what is read from the services themselves, so that it holds over
//! restarts; whoever assigns does so alone, from the look to the write.

use controller_core::admit::{ApiError, service};
use controller_core::kinds::{self, Kind};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use crate::api::Api;
use crate::api::present::parse;

/// So many services are looked at in one go.
const CHUNK: usize = 500;

/// The addresses that there are, and the right to give one.
pub(in crate::api) struct Assigner {
    range: service::Range,
    alone: Mutex<()>,
}

impl Assigner {
    /// Of a range of addresses.
    pub(in crate::api) fn new(range: service::Range) -> Self {
        Self { range, alone: Mutex::new(()) }
    }
}

/// Gives a new object, or the next state of an old one, what it lacks. The guard is to be held until it is written.
pub(super) async fn assign<'a>(
    api: &'a Api,
    kind: &Kind<'_>,
    doc: &mut Value,
    old: Option<&Value>,
) -> Result<Option<MutexGuard<'a, ()>>, ApiError> {
    if kind.id != kinds::SERVICE || !service::wants(doc, old) {
        return Ok(None);
    }
    let alone = api.services.alone.lock().await;
    let mut taken = service::Taken::default();
    let mut after = None;
    loop {
        let page = api.store.list(kinds::SERVICE, None, after.as_ref(), CHUNK);
        let page = page.map_err(ApiError::internal)?;
        for (_, stored) in &page.items {
            let other = parse(&stored.doc)?;
            if other["metadata"]["uid"] != doc["metadata"]["uid"] {
                taken.note(&other);
            }
        }
        after = page.items.last().map(|(key, _)| key.clone());
        if !page.more {
            break;
        }
    }
    let random = getrandom::u64().map_err(ApiError::internal)?;
    service::assign(doc, &mut taken, api.services.range, random)?;
    Ok(Some(alone))
}
