//! driftless.dev/v1 NodeState: a node as the controller sees it at this moment.

use alloc::format;
use alloc::vec::Vec;

use model::Millis;
use serde_json::Value;

use super::table::{count, name, since_at, text_or};
use super::{BARE, Kind, text, wide};
use crate::admit::meta::{flag_at, text_at};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::NODE_STATE,
    group: "driftless.dev",
    kind: "NodeState",
    plural: "nodestates",
    singular: "nodestate",
    short_names: &["nst"],
    namespaced: false,
    is_virtual: true,
    schema: "dev.driftless.v1.NodeState",
    columns: &[
        text("Name"),
        text("Connected"),
        text("Last Heard"),
        text("Orders"),
        text("CPU"),
        text("Memory"),
        text("Pods"),
        text("Agent"),
        wide("Held"),
        wide("Sent"),
        wide("Received"),
    ],
    cells,
    ..BARE
};

/// Orders are shown as held/made: equal numbers say that the node has what it shall have.
fn cells(state: &Value, now: Millis) -> Vec<Value> {
    let orders =
        format!("{}/{}", count(state, "/status/ordersHeld"), count(state, "/status/ordersMade"));
    let heard = match text_at(state, "/status/lastHeard") {
        "" => "<never>".into(),
        _ => format!("{} ago", since_at(state, "/status/lastHeard", now)),
    };
    alloc::vec![
        name(state),
        if flag_at(state, "/status/connected") { "True" } else { "False" }.into(),
        heard.into(),
        orders.into(),
        text_or(state, "/status/usage/cpu", "<unknown>"),
        text_or(state, "/status/usage/memory", "<unknown>"),
        format!("{}/{}", count(state, "/status/podsReady"), count(state, "/status/pods")).into(),
        text_or(state, "/status/agentVersion", "<unknown>"),
        state.pointer("/status/holds").and_then(Value::as_array).map_or(0, Vec::len).into(),
        count(state, "/status/usage/networkSentBytes").into(),
        count(state, "/status/usage/networkReceivedBytes").into(),
    ]
}
