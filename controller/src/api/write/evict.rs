//! POST to a pod's `/eviction`: it is to leave, politely, if its disruption budget allows it.

use controller_core::admit::evict::{self, Eviction};
use controller_core::admit::{ApiError, DeleteOptions, meta, pod_actions, status};
use controller_core::kinds::{self, ObjectKey};
use http::StatusCode;
use serde_json::Value;

use super::delete::end;
use super::{Attempts, Failed, commit};
use crate::api::answer::{self, Answer};
use crate::api::body;
use crate::api::call::{Call, now};
use crate::api::present::parse;
use crate::api::read::find;
use crate::api::route::Place;
use crate::store::Expect;

/// Evicts a pod.
pub(in crate::api) async fn evict(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let kind = &place.kind.kind();
    let dry_run = call.query.write_options("CreateOptions")?.dry_run;
    let eviction = body::decode(call.content_type(), &call.body, "Eviction")?.value;
    let key = ObjectKey::new(kind.id, &place.namespace, &place.name);
    let mut options = pod_actions::evict(&key, &eviction)?;
    options.dry_run |= dry_run;
    let mut attempts = Attempts::default();
    loop {
        let outcome = attempt(call, place, &options).await;
        if attempts.settle(kind, &place.name, outcome)?.is_some() {
            return Ok(answer::json(StatusCode::CREATED, &status::created()));
        }
    }
}

/// Asks the budgets, spends from the one that is asked, and ends the pod.
async fn attempt(call: &Call, place: &Place, options: &DeleteOptions) -> Result<(), Failed> {
    let (store, kind) = (&call.api.store, &place.kind.kind());
    let pod = parse(&find(store, kind, &place.namespace, &place.name)?.doc)?;
    let budgets = kinds::get(kinds::POD_DISRUPTION_BUDGET);
    let listed = store.list(budgets.id, Some(&place.namespace), None, 0);
    let listed = listed.map_err(ApiError::internal)?.items;
    let all = listed.iter().map(|(_, stored)| parse(&stored.doc));
    let decided = evict::decide(&pod, &all.collect::<Result<Vec<Value>, _>>()?, now())?;
    let mut options = options.clone();
    let mut seen = None;
    match decided {
        Eviction::Free => {}
        Eviction::AsSeen(budget) if options.resource_version.is_none() => {
            options.resource_version = Some(meta(&pod).resource_version().to_owned());
            seen = Some(budget);
        }
        Eviction::AsSeen(_) => {}
        Eviction::Spend(next) if !options.dry_run => {
            let key = meta(&next).key(budgets.id);
            let found = listed.iter().find(|(k, _)| *k == key);
            let expect = found.map_or(Expect::Absent, |(_, s)| Expect::Revision(s.revision));
            commit(store, budgets, key, expect, Some(next)).await?;
        }
        Eviction::Spend(_) => {}
    }
    match (end(store, kind, &place.namespace, &place.name, &options).await, seen) {
        (Err(error), Some(None)) if error.code == 409 => Err(Failed::Lost),
        (Err(error), Some(Some(budget))) if error.code == 409 => {
            Err(evict::changed_meanwhile(&budget).into())
        }
        (ended, _) => Ok(ended.map(drop)?),
    }
}
