//! Being taken for somebody else (`Impersonate-User` and the like), by who may.

use std::collections::BTreeMap;

use controller_core::admit::ApiError;
use controller_core::authorize::{
    ANONYMOUS, AUTHENTICATED, Attributes, Resource, Target, UNAUTHENTICATED, User, account_of,
};
use http::HeaderMap;

use super::Caller;
use crate::api::query::decode;

const EXTRA: &str = "impersonate-extra-";
/// The group of what is no kind of ours.
const GROUP: &str = "authentication.k8s.io";

/// The caller, or whom it would be taken for.
///
/// # Errors
/// 403 if it may not be; 400 if it does not say who.
pub(super) fn pretend(caller: Caller, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let all = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter();
        values.filter_map(|v| v.to_str().ok().map(str::to_owned)).collect()
    };
    let one = |name: &str| all(name).into_iter().next().unwrap_or_default();
    let (name, uid, groups) =
        (one("impersonate-user"), one("impersonate-uid"), all("impersonate-group"));
    let extra = extra(headers);
    if name.is_empty() {
        if groups.is_empty() && uid.is_empty() && extra.is_empty() {
            return Ok(caller);
        }
        let message = "groups, a uid or extras were asked for without a user to be taken for";
        return Err(ApiError::bad_request(message));
    }
    for asked in wanted(&name, &uid, &groups, &extra) {
        caller.check(&asked)?;
    }
    let mut user = match account_of(&name) {
        Some((namespace, account)) => User::account(namespace, account, &uid),
        None => User { name: name.clone(), uid, ..User::default() },
    };
    if !groups.is_empty() {
        user.groups = groups;
    }
    let known = name != ANONYMOUS && !user.is_in(UNAUTHENTICATED);
    user.join(if known { AUTHENTICATED } else { UNAUTHENTICATED });
    user.extra = extra;
    Ok(Caller { user, really: Some(caller.user), policy: caller.policy })
}

/// What it needs to be allowed: each of them.
pub(super) fn wanted(
    name: &str,
    uid: &str,
    groups: &[String],
    extra: &BTreeMap<String, Vec<String>>,
) -> Vec<Attributes> {
    let ask = |group: &str, resource: &str, part: &str, namespace: &str, name: &str| Attributes {
        verb: "impersonate".to_owned(),
        target: Target::Resource(Resource {
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: part.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }),
    };
    let mut all = vec![match account_of(name) {
        Some((namespace, account)) => ask("", "serviceaccounts", "", namespace, account),
        None => ask("", "users", "", "", name),
    }];
    all.extend(groups.iter().map(|group| ask("", "groups", "", "", group)));
    if !uid.is_empty() {
        all.push(ask(GROUP, "uids", "", "", uid));
    }
    for (key, values) in extra {
        all.extend(values.iter().map(|value| ask(GROUP, "userextras", key, "", value)));
    }
    all
}

fn extra(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        let Some(key) = name.as_str().strip_prefix(EXTRA) else { continue };
        let (Some(key), Ok(value)) = (decode(key, false), value.to_str()) else { continue };
        extra.entry(key.to_lowercase()).or_default().push(value.to_owned());
    }
    extra
}
