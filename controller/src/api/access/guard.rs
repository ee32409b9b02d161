//! Nobody writes a role that allows more than they may do themselves, or binds one.

use std::collections::BTreeMap;

use controller_core::admit::meta::{list_at, text_at};
use controller_core::admit::{ApiError, meta};
use controller_core::authorize::{Attributes, GROUP, Resource, Rule, Target};
use controller_core::kinds::{self, Kind};
use serde_json::Value;

use super::Caller;
use super::pretend::wanted;

/// Whether a caller may write this role or binding; other kinds are not looked at.
///
/// # Errors
/// 403 if it would give what the caller does not have; 404 if it binds a role that is not there.
pub(in crate::api) fn guard(
    caller: &Caller,
    kind: &Kind<'_>,
    old: Option<&Value>,
    new: &Value,
) -> Result<(), ApiError> {
    let same = |fields: [&str; 2]| {
        old.is_some_and(|old| fields.iter().all(|field| old.get(*field) == new.get(*field)))
    };
    match kind.id {
        _ if caller.user.is_master() => Ok(()),
        kinds::ROLE | kinds::CLUSTER_ROLE if !same(["rules", "aggregationRule"]) => {
            role(caller, kind, old, new)
        }
        kinds::ROLE_BINDING | kinds::CLUSTER_ROLE_BINDING if !same(["roleRef", "subjects"]) => {
            binding(caller, kind, new)
        }
        // A token is somebody to be taken for.
        kinds::API_TOKEN if old.is_none() => token(caller, new),
        _ => Ok(()),
    }
}

fn token(caller: &Caller, new: &Value) -> Result<(), ApiError> {
    let groups = list_at(new, "/spec/groups").iter().filter_map(|g| g.as_str().map(str::to_owned));
    let groups: Vec<String> = groups.collect();
    let wanted = wanted(text_at(new, "/spec/user"), "", &groups, &BTreeMap::new());
    wanted.iter().try_for_each(|asked| caller.check(asked))
}

fn ask(verb: &str, resource: &str, namespace: &str, name: &str) -> Attributes {
    Attributes {
        verb: verb.to_owned(),
        target: Target::Resource(Resource {
            group: GROUP.to_owned(),
            resource: resource.to_owned(),
            subresource: String::new(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }),
    }
}

fn role(
    caller: &Caller,
    kind: &Kind<'_>,
    old: Option<&Value>,
    new: &Value,
) -> Result<(), ApiError> {
    let of = meta(new);
    let (namespace, name) = (of.namespace(), of.name());
    if caller.may(&ask("escalate", kind.plural, namespace, name)) {
        return Ok(());
    }
    let rules = Rule::of_role(new);
    if let Some(missing) = caller.policy.missing(&caller.user, namespace, &rules) {
        return Err(ApiError::forbidden(kind, name, &missing.text(&caller.user)));
    }
    // Whatever role will bear the label will be part of it.
    let aggregation = new.get("aggregationRule").filter(|a| !a.is_null());
    let changed =
        aggregation.is_some() && old.and_then(|o| o.get("aggregationRule")) != aggregation;
    if changed {
        let star = || vec!["*".to_owned()];
        let everything = [
            Rule { groups: star(), resources: star(), verbs: star(), ..Rule::default() },
            Rule { urls: star(), verbs: star(), ..Rule::default() },
        ];
        if caller.policy.missing(&caller.user, "", &everything).is_some() {
            let why = "must have cluster-admin privileges to use the aggregationRule";
            return Err(ApiError::forbidden(kind, name, why));
        }
    }
    Ok(())
}

fn binding(caller: &Caller, kind: &Kind<'_>, new: &Value) -> Result<(), ApiError> {
    let of = meta(new);
    let namespace = of.namespace();
    let (role, wide) =
        (text_at(new, "/roleRef/name"), text_at(new, "/roleRef/kind") == "ClusterRole");
    let role_kind = kinds::get(if wide { kinds::CLUSTER_ROLE } else { kinds::ROLE });
    if caller.may(&ask("bind", role_kind.plural, namespace, role)) {
        return Ok(());
    }
    let place = if wide { "" } else { namespace };
    let Some(rules) = caller.policy.role(place, role) else {
        return Err(ApiError::not_found(role_kind, role));
    };
    match caller.policy.missing(&caller.user, namespace, rules) {
        None => Ok(()),
        Some(missing) => Err(ApiError::forbidden(kind, of.name(), &missing.text(&caller.user))),
    }
}
