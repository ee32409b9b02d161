//! driftless.dev/v1 JoinToken and NodeIdentity: who may become a node, and who is one.

use serde_json::Value;

use super::table::{age, count, name, text_or};
use super::{BARE, Kind, Subresource, text, wide};
use crate::admit::check;
use crate::admit::meta::{flag_at, number_at, text_at};

/// The row of JoinToken.
pub(super) const TOKEN: Kind = Kind {
    id: super::JOIN_TOKEN,
    group: "driftless.dev",
    kind: "JoinToken",
    plural: "jointokens",
    singular: "jointoken",
    short_names: &["jt"],
    namespaced: false,
    subresources: &[Subresource::Status],
    schema: "dev.driftless.v1.JoinToken",
    generations: true,
    columns: &[text("Name"), text("Used"), text("Expires"), text("Nodes"), text("Age")],
    cells: |d, now| {
        let used = count(d, "/status/used");
        let uses = number_at(d, "/spec/uses").map_or("∞".into(), |n| alloc::format!("{n}"));
        alloc::vec![
            name(d),
            alloc::format!("{used}/{uses}").into(),
            text_or(d, "/spec/expires", "never"),
            text_or(d, "/spec/nodeNames", "*"),
            age(d, now),
        ]
    },
    validate: check::trust::token,
    ..BARE
};

/// The row of NodeIdentity.
pub(super) const IDENTITY: Kind = Kind {
    id: super::NODE_IDENTITY,
    group: "driftless.dev",
    kind: "NodeIdentity",
    plural: "nodeidentities",
    singular: "nodeidentity",
    short_names: &["nid"],
    namespaced: false,
    subresources: &[Subresource::Status],
    schema: "dev.driftless.v1.NodeIdentity",
    generations: true,
    columns: &[
        text("Name"),
        text("State"),
        text("Certificate Until"),
        text("Token"),
        text("Age"),
        wide("Key"),
    ],
    cells: |d, now| {
        alloc::vec![
            name(d),
            state(d).into(),
            text_or(d, "/status/certifiedUntil", "<none>"),
            text_or(d, "/status/token", "<none>"),
            age(d, now),
            text_at(d, "/spec/publicKey").into(),
        ]
    },
    validate: check::trust::identity,
    ..BARE
};

fn state(doc: &Value) -> &'static str {
    if flag_at(doc, "/spec/revoked") { "Revoked" } else { "Joined" }
}
