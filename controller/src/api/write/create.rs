//! New objects.

use bytes::Bytes;
use controller_core::admit::managed::{self, Writer};
use controller_core::admit::patch::merge_patch;
use controller_core::admit::{ApiError, Fresh, check_namespace, meta, names, prepare_create};
use controller_core::kinds::{self, Kind, ObjectKey, Served};
use controller_core::limits::Charge;
use controller_core::turn::Durability;
use http::StatusCode;
use serde_json::Value;

use super::assign::assign;
use super::limit::limit;
use super::{ATTEMPTS_MAX, Failed, Refusal, as_if_written, check_fields, commit_with, tell};
use crate::api::Api;
use crate::api::access;
use crate::api::answer::Answer;
use crate::api::body;
use crate::api::call::{Call, now};
use crate::api::present::parse;
use crate::api::query::WriteOptions;
use crate::store::{Expect, Op, Store};

/// How often a name is made again if it is taken.
const NAMES_MAX: usize = 8;

/// Creates what the body says.
pub(in crate::api) async fn create(
    call: &Call,
    served: &Served,
    namespace: Option<&str>,
) -> Result<Answer, ApiError> {
    let kind = &served.kind();
    let namespace = match (kind.namespaced, namespace) {
        (true, None) => return Err(ApiError::method_not_allowed()),
        (_, namespace) => namespace.unwrap_or_default(),
    };
    let options = call.managed(call.query.write_options("CreateOptions")?);
    let document = body::decode(call.content_type(), &call.body, kind.kind)?;
    let mut told = Vec::new();
    let doc = check_fields(kind, document, options.fields, Refusal::Document, &mut told)?;
    let writer = Writer { manager: &options.manager, part: None, now: now() };
    let owned = |doc| managed::created(kind, doc, &writer);
    let guard = |doc: &Value| access::guard(&call.caller, kind, None, doc);
    let doc = make(&call.api, kind, namespace, doc, &options, owned, guard).await?;
    tell(call, served, StatusCode::CREATED, &doc, told)
}

/// Makes a new object of a checked document. `owned` says who owns what of it, `guard` whether who asks may
/// make it so.
pub(in crate::api) async fn make(
    api: &Api,
    kind: &Kind<'_>,
    namespace: &str,
    doc: Value,
    options: &WriteOptions,
    owned: impl Fn(Value) -> Value,
    guard: impl Fn(&Value) -> Result<(), ApiError>,
) -> Result<Bytes, ApiError> {
    let store = &api.store;
    let given = meta(&doc);
    let (name, generated) = (given.name().to_owned(), !given.generate_name().is_empty());
    admit(store, kind, namespace, &name)?;
    let names = if name.is_empty() && generated { NAMES_MAX } else { 1 };
    let mut taken = name;
    let (mut tries, mut overtaken) = (0, 0);
    while tries < names && overtaken < ATTEMPTS_MAX {
        let (uid, suffix) = (uid()?, names::suffix(random()?));
        let fresh = Fresh { now: now(), uid: &uid, suffix: &suffix };
        let mut made = owned(prepare_create(kind, namespace, doc.clone(), &fresh)?);
        guard(&made)?;
        let _alone = assign(api, kind, &mut made, None).await?;
        let charges = limit(api, kind, &mut made)?;
        meta(&made).name().clone_into(&mut taken);
        let key = ObjectKey::new(kind.id, namespace, &taken);
        if options.dry_run {
            if store.get(&key).map_err(ApiError::internal)?.is_none() {
                return Ok(as_if_written(made, None));
            }
            tries += 1;
            continue;
        }
        let Some(with) = charged(store, charges)? else {
            overtaken += 1;
            continue;
        };
        let charged = !with.is_empty();
        match commit_with(store, kind, key.clone(), Expect::Absent, Some(made), with).await {
            Ok(done) => return Ok(done.doc),
            Err(Failed::Refused(error)) => return Err(error),
            Err(Failed::Lost) if charged && store.get(&key).is_ok_and(|o| o.is_none()) => {
                overtaken += 1;
            }
            Err(Failed::Lost) => tries += 1,
        }
    }
    if overtaken >= ATTEMPTS_MAX {
        let why = "its quota is being counted; try again";
        return Err(ApiError::too_many_requests(why, 1));
    }
    Err(ApiError::already_exists(kind, &taken))
}

/// What quotas become, to be written together with what they are charged for; none if one has changed meanwhile.
fn charged(store: &Store, charges: Vec<Charge>) -> Result<Option<Vec<Op>>, ApiError> {
    let mut ops = Vec::with_capacity(charges.len());
    for charge in charges {
        let stored = store.get(&charge.key).map_err(ApiError::internal)?;
        let Some(stored) = stored.filter(|s| s.revision == charge.expect) else { return Ok(None) };
        let mut quota = parse(&stored.doc)?;
        merge_patch(&mut quota, &charge.patch)?;
        ops.push(Op {
            key: charge.key,
            expect: Expect::Revision(charge.expect),
            put: Some(quota),
            durability: Durability::Now,
        });
    }
    Ok(Some(ops))
}

/// Whether an object may be made there.
fn admit(store: &Store, kind: &Kind, namespace: &str, name: &str) -> Result<(), ApiError> {
    if kind.id == kinds::CUSTOM_RESOURCE_DEFINITION {
        store.customs().check_room(name)?;
    }
    if kind.custom.is_some_and(|custom| custom.resource.terminating) {
        let message = "create not allowed while custom resource definition is terminating";
        return Err(ApiError { message: message.to_owned(), ..ApiError::method_not_allowed() });
    }
    if !kind.namespaced {
        return Ok(());
    }
    let key = ObjectKey::new(kinds::NAMESPACE, "", namespace);
    let found = store.get(&key).map_err(ApiError::internal)?;
    let found = found.map(|stored| parse(&stored.doc)).transpose()?;
    check_namespace(kind, name, namespace, found.as_ref())
}

fn random() -> Result<u64, ApiError> {
    getrandom::u64().map_err(ApiError::internal)
}

/// A random uid (RFC 9562, version 4).
pub(crate) fn uid() -> Result<String, ApiError> {
    let mut b = [0u8; 16];
    getrandom::fill(&mut b).map_err(ApiError::internal)?;
    b[6] = b[6] & 0x0f | 0x40;
    b[8] = b[8] & 0x3f | 0x80;
    let n = u128::from_be_bytes(b);
    Ok(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        n >> 96,
        (n >> 80) & 0xffff,
        (n >> 64) & 0xffff,
        (n >> 48) & 0xffff,
        n & 0xffff_ffff_ffff
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_random_ones_of_version_four() {
        let (a, b) = (uid().expect("entropy"), uid().expect("entropy"));
        assert_ne!(a, b);
        assert_eq!((a.len(), &a[14..15]), (36, "4"));
        assert!("89ab".contains(&a[19..20]), "{a}");
    }
}
