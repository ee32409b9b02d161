//! The door: who asks, and whether they may. Every request passes here, whatever it asks for.
//!
//! The law of this room: a decision is made on all roles and bindings that were committed before the request came.

mod guard;
mod kept;
mod pretend;
mod token;

use std::sync::Arc;

use controller_core::admit::ApiError;
use controller_core::authorize::{Attributes, Policy, Resource, Target, User, forbidden};
use controller_core::kinds::Kind;
use http::request::Parts;

pub(super) use guard::guard;
pub(super) use kept::Kept;
pub(super) use token::{ISSUER, request as token_request, user_of as user_of_token};

use super::Api;
use super::query::Query;
use super::route::{Place, split};
use crate::pki;

/// Who asks, and the roles as they were when the request came.
#[derive(Clone)]
pub(super) struct Caller {
    /// Who it is taken for.
    pub(super) user: User,
    /// Who it is, if it is taken for somebody else.
    pub(super) really: Option<User>,
    /// The roles.
    pub(super) policy: Arc<Policy>,
}

impl Caller {
    /// Whether it may do this.
    ///
    /// # Errors
    /// 403 if not.
    pub(super) fn check(&self, asked: &Attributes) -> Result<(), ApiError> {
        let decision = self.policy.decide(&self.user, asked);
        if decision.allowed {
            return Ok(());
        }
        Err(forbidden(&self.user, asked, &decision.reason))
    }

    /// Whether it may do this.
    pub(super) fn may(&self, asked: &Attributes) -> bool {
        self.policy.decide(&self.user, asked).allowed
    }
}

/// Who asks: by its certificate, or else its token. Whoever shows neither is nobody.
///
/// # Errors
/// 401 if it shows something that does not count; 403 if it would be somebody else and may not.
pub(super) fn caller(
    api: &Api,
    certified: Option<pki::User>,
    parts: &Parts,
) -> Result<Caller, ApiError> {
    let user = match certified {
        Some(user) => User::known(&user.name, user.groups),
        None => match bearer(parts) {
            Some(token) => user_of_token(api, token)?.ok_or_else(ApiError::unauthorized)?,
            None => User::anonymous(),
        },
    };
    let policy = api.access.policy(&api.store)?;
    let caller = Caller { user, really: None, policy };
    pretend::pretend(caller, &parts.headers)
}

/// The token that a request shows.
fn bearer(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whether a request may be answered.
///
/// # Errors
/// 403 if it may not.
pub(super) fn admit(caller: &Caller, asked: &Attributes) -> Result<(), ApiError> {
    caller.check(asked)?;
    // A shell that is asked for by GET, as WebSockets are, is a shell.
    if let Target::Resource(of) = &asked.target
        && asked.verb == "get"
        && matches!(&*of.subresource, "exec" | "attach" | "portforward")
    {
        caller.check(&asked.to("create"))?;
    }
    Ok(())
}

/// Whether an apply may make what is not there.
///
/// # Errors
/// 403 if not.
pub(super) fn create(caller: &Caller, kind: &Kind<'_>, place: &Place) -> Result<(), ApiError> {
    caller.check(&Attributes {
        verb: "create".to_owned(),
        target: Target::Resource(Resource {
            group: kind.group.to_owned(),
            resource: kind.plural.to_owned(),
            subresource: String::new(),
            namespace: place.namespace.clone(),
            name: place.name.clone(),
        }),
    })
}

/// What a request asks for, in Kubernetes' words.
pub(super) fn asked(parts: &Parts, query: &Query) -> Attributes {
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let words = split(path).unwrap_or_default();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let watch = query.flag("watch").unwrap_or(false);
    Attributes::of_request(method, path, &words, watch, only(query.get("fieldSelector")))
}

/// The one name that a field selector leaves, if it says so plainly.
fn only(selector: &str) -> Option<&str> {
    // What is escaped could hide where a term ends.
    if selector.contains('\\') {
        return None;
    }
    let mut terms =
        selector.split(',').filter_map(|term| term.trim().strip_prefix("metadata.name="));
    let name = terms.next()?;
    let name = name.strip_prefix('=').unwrap_or(name);
    (!name.is_empty() && terms.next().is_none()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_leaves_one_name_or_is_not_looked_at() {
        for (selector, want) in [
            ("metadata.name=a", Some("a")),
            ("metadata.name==a", Some("a")),
            ("spec.nodeName=n,metadata.name=a", Some("a")),
            ("metadata.name!=a", None),
            ("metadata.name=a,metadata.name=b", None),
            ("metadata.name=", None),
            ("spec.nodeName=n\\,metadata.name=a", None),
            ("", None),
        ] {
            assert_eq!(only(selector), want, "{selector}");
        }
    }
}
