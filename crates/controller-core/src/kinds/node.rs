//! v1 Node.

use alloc::string::ToString;

use super::{BARE, Kind, Subresource};
use crate::admit::meta::flag_at;

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
    fields: &[("spec.unschedulable", |d| flag_at(d, "/spec/unschedulable").to_string())],
    ..BARE
};
