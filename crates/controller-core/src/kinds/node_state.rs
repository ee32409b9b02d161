//! driftless.dev/v1 NodeState: a node as the controller sees it at this moment.

use super::{BARE, Kind};

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
    ..BARE
};
