//! driftless.dev/v1 ApiToken: a bearer token of a user. The token itself is not kept, only its hash.

use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use serde_json::Value;

use super::table::{age, name, text_or};
use super::{BARE, Kind, text};
use crate::admit::check;
use crate::admit::meta::{list_at, text_at};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::API_TOKEN,
    group: "driftless.dev",
    kind: "ApiToken",
    plural: "apitokens",
    singular: "apitoken",
    namespaced: false,
    schema: "dev.driftless.v1.ApiToken",
    columns: &[text("Name"), text("User"), text("Groups"), text("Expires"), text("Age")],
    cells,
    validate: check::rbac::api_token,
    ..BARE
};

fn cells(token: &Value, now: Millis) -> Vec<Value> {
    let groups: Vec<&str> =
        list_at(token, "/spec/groups").iter().filter_map(Value::as_str).collect();
    let expires = match text_at(token, "/spec/expiresAt") {
        "" => "<never>".into(),
        at if Millis::parse_rfc3339(at).is_none_or(|at| at <= now) => "<expired>".into(),
        at => String::from(at),
    };
    alloc::vec![
        name(token),
        text_or(token, "/spec/user", "<none>"),
        if groups.is_empty() { "<none>".into() } else { groups.join(",").into() },
        expires.into(),
        age(token, now),
    ]
}
