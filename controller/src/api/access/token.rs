//! Bearer tokens: those of users (`ApiToken`: the store has a hash) and those of service accounts (signed, and kept by
//! nobody). Each counts only while what it is bound to is there.

use controller_core::admit::meta::{list_at, text_at};
use controller_core::admit::{ApiError, meta};
use controller_core::authorize::User;
use controller_core::kinds::{self, ObjectKey};
use http::StatusCode;
use model::Millis;
use serde_json::{Value, json};

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body;
use crate::api::call::{Call, now};
use crate::api::present::parse;
use crate::api::read::find;
use crate::api::route::Place;
use crate::users::{hash_of, parts_of};

/// Who says who an account is, and for whom: tokens for others do not count here.
pub(in crate::api) const ISSUER: &str = "https://driftless.dev/controller";

const LIFE_SECONDS: i64 = 3600;
const LIFE_SECONDS_MIN: i64 = 600;
const LIFE_SECONDS_MAX: i64 = 365 * 86_400;

/// Whose token it is; none: nobody's.
///
/// # Errors
/// 500 if the store cannot be read.
pub(in crate::api) fn user_of(api: &Api, token: &str) -> Result<Option<User>, ApiError> {
    match parts_of(token) {
        Some((id, secret)) => of_user(api, id, secret),
        None => of_account(api, token),
    }
}

fn get(api: &Api, key: &ObjectKey) -> Result<Option<Value>, ApiError> {
    let stored = api.store.get(key).map_err(ApiError::internal)?;
    stored.map(|stored| parse(&stored.doc)).transpose()
}

fn of_user(api: &Api, id: &str, secret: &str) -> Result<Option<User>, ApiError> {
    let Some(doc) = get(api, &ObjectKey::new(kinds::API_TOKEN, "", id))? else { return Ok(None) };
    let expires = text_at(&doc, "/spec/expiresAt");
    let expired =
        !expires.is_empty() && Millis::parse_rfc3339(expires).is_none_or(|at| at <= now());
    // Hashes of secrets that nobody can guess: how long it takes to compare them tells nothing.
    if text_at(&doc, "/spec/sha256") != hash_of(secret) || expired || meta(&doc).is_terminating() {
        return Ok(None);
    }
    let groups = list_at(&doc, "/spec/groups").iter().filter_map(|g| g.as_str().map(str::to_owned));
    Ok(Some(User::known(text_at(&doc, "/spec/user"), groups)))
}

fn seconds() -> i64 {
    i64::try_from(now().0 / 1000).unwrap_or(i64::MAX)
}

fn of_account(api: &Api, token: &str) -> Result<Option<User>, ApiError> {
    let Some(claims) = api.account_key.claims(token) else { return Ok(None) };
    let time = |claim: &str| claims.get(claim).and_then(Value::as_i64);
    let timely = time("exp").is_some_and(|at| seconds() < at)
        && time("nbf").is_some_and(|at| at <= seconds().saturating_add(60));
    let for_us = list_at(&claims, "/aud").iter().any(|a| a == ISSUER);
    if !timely || !for_us || text_at(&claims, "/iss") != ISSUER {
        return Ok(None);
    }
    let of = claims.get("kubernetes.io").cloned().unwrap_or_default();
    let namespace = text_at(&of, "/namespace");
    let mut bound = vec![(kinds::SERVICE_ACCOUNT, of.get("serviceaccount"))];
    bound.extend(of.get("pod").map(|pod| (kinds::POD, Some(pod))));
    bound.extend(of.get("secret").map(|secret| (kinds::SECRET, Some(secret))));
    for (kind, named) in bound {
        let named = named.cloned().unwrap_or_default();
        let key = ObjectKey::new(kind, namespace, text_at(&named, "/name"));
        let there = get(api, &key)?;
        let uid = text_at(&named, "/uid");
        // An object of that name that was made later is another.
        if uid.is_empty() || there.is_none_or(|doc| meta(&doc).uid() != uid) {
            return Ok(None);
        }
    }
    let (name, uid) = (text_at(&of, "/serviceaccount/name"), text_at(&of, "/serviceaccount/uid"));
    Ok(Some(User::account(namespace, name, uid)))
}

/// POST to `/token` of a service account: makes a token.
pub(in crate::api) async fn request(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let options = call.query.write_options("CreateOptions")?;
    let mut asked = body::decode(call.content_type(), &call.body, "TokenRequest")?.value;
    if !asked.is_object() {
        asked = json!({});
    }
    let kind = &place.kind.kind();
    let account = parse(&find(&call.api.store, kind, &place.namespace, &place.name)?.doc)?;
    let life = asked.pointer("/spec/expirationSeconds").and_then(Value::as_i64);
    let life = life.unwrap_or(LIFE_SECONDS).min(LIFE_SECONDS_MAX);
    if life < LIFE_SECONDS_MIN {
        let error = kinds::FieldError {
            reason: "FieldValueInvalid",
            field: "spec.expirationSeconds".to_owned(),
            message: format!(
                "Invalid value: {life}: may not specify a duration less than 10 minutes"
            ),
        };
        return Err(ApiError::invalid_as("authentication.k8s.io", "TokenRequest", "", vec![error]));
    }
    let audiences = match list_at(&asked, "/spec/audiences") {
        [] => json!([ISSUER]),
        list => json!(list),
    };
    let mut of = json!({
        "namespace": place.namespace,
        "serviceaccount": {"name": place.name, "uid": meta(&account).uid()},
    });
    if let Some((field, value)) = bound_to(call, place, &asked)? {
        of[field] = value;
    }
    let from = seconds();
    let expires =
        Millis(u64::try_from(from.saturating_add(life)).unwrap_or(0).saturating_mul(1000));
    let claims = json!({
        "iss": ISSUER,
        "aud": audiences,
        "sub": User::account(&place.namespace, &place.name, "").name,
        "iat": from,
        "nbf": from,
        "exp": from.saturating_add(life),
        "kubernetes.io": of,
    });
    // What is only tried out makes nothing that counts.
    let token =
        if options.dry_run { Some(String::new()) } else { call.api.account_key.sign(&claims) };
    let token = token.ok_or_else(|| ApiError::internal("the system gives no random numbers"))?;
    let mut spec =
        asked.get("spec").filter(|s| s.is_object()).cloned().unwrap_or_else(|| json!({}));
    spec["expirationSeconds"] = life.into();
    spec["audiences"] = audiences;
    let answer = json!({
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": place.name, "namespace": place.namespace, "creationTimestamp": null},
        "spec": spec,
        "status": {"token": token, "expirationTimestamp": expires.to_rfc3339()},
    });
    Ok(answer::json(StatusCode::CREATED, &answer))
}

/// The object that a token is to live as long as.
fn bound_to(
    call: &Call,
    place: &Place,
    asked: &Value,
) -> Result<Option<(&'static str, Value)>, ApiError> {
    let Some(of) = asked.pointer("/spec/boundObjectRef").filter(|b| !b.is_null()) else {
        return Ok(None);
    };
    let (field, kind) = match (text_at(of, "/apiVersion"), text_at(of, "/kind")) {
        ("v1" | "", "Pod") => ("pod", kinds::POD),
        ("v1" | "", "Secret") => ("secret", kinds::SECRET),
        (version, kind) => {
            let message = format!("cannot bind token to an object of kind {version}/{kind}");
            return Err(ApiError::bad_request(message));
        }
    };
    let (name, uid) = (text_at(of, "/name"), text_at(of, "/uid"));
    let row = kinds::get(kind);
    let doc = parse(&find(&call.api.store, row, &place.namespace, name)?.doc)?;
    let is = meta(&doc).uid();
    if !uid.is_empty() && uid != is {
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(ApiError::cannot_fulfil(row, name, &why));
    }
    let of_pod = text_at(&doc, "/spec/serviceAccountName");
    if field == "pod" && !of_pod.is_empty() && of_pod != place.name {
        let message = format!(
            "cannot bind token for serviceaccount {:?} to pod running with different serviceaccount name.",
            place.name
        );
        return Err(ApiError::bad_request(message));
    }
    Ok(Some((field, json!({"name": name, "uid": is}))))
}
