//! Who may do what: Kubernetes' roles and bindings, decided on from an index of them.
//!
//! The law of this room: nothing is allowed unless a binding says so; the group `system:masters` alone needs none.

mod aggregate;
mod covers;
pub mod defaults;
mod policy;
mod request;
mod rule;
#[cfg(test)]
mod tests;
mod user;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

pub(crate) use aggregate::{ClusterRoles, decide};
pub use covers::{Missing, WANTED_MAX};
pub use policy::{KINDS, Policy};
pub use request::{Attributes, Resource, Target};
pub use rule::Rule;
pub use user::{ANONYMOUS, AUTHENTICATED, MASTERS, UNAUTHENTICATED, User, account_of};

use crate::admit::{ApiError, status::Details};

/// The group of roles and bindings.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// What was decided on a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Which binding allows it; or which roles are named by bindings and missing. May be empty.
    pub reason: String,
}

/// The refusal of what a user asked for (403), in Kubernetes' words.
pub fn forbidden(user: &User, asked: &Attributes, reason: &str) -> ApiError {
    let tail = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    let (name, verb) = (&user.name, &asked.verb);
    let (message, details) = match &asked.target {
        Target::Path(path) => (
            format!("forbidden: User {name:?} cannot {verb} path {path:?}{tail}"),
            Details::default(),
        ),
        Target::Resource(of) => {
            let group = &of.group;
            let dot = if group.is_empty() { "" } else { "." };
            let head = format!("{}{dot}{group}", of.resource);
            let named = if of.name.is_empty() { String::new() } else { format!(" {:?}", of.name) };
            let place = if of.namespace.is_empty() {
                "at the cluster scope".into()
            } else {
                format!("in the namespace {:?}", of.namespace)
            };
            let whole = of.with_part();
            let message = format!(
                "{head}{named} is forbidden: User {name:?} cannot {verb} resource {whole:?} in API group {group:?} {place}{tail}"
            );
            let details = Details {
                name: of.name.clone(),
                group: group.clone(),
                kind: of.resource.clone(),
                ..Details::default()
            };
            (message, details)
        }
    };
    ApiError { code: 403, reason: "Forbidden", message, details: Some(Box::new(details)) }
}
