//! v1 Node.

use super::{BARE, Kind, Subresource};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::NODE,
    kind: "Node",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    namespaced: false,
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.Node",
    ..BARE
};
