//! v1 Namespace.

use super::{BARE, Kind, NameRule, Subresource};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::NAMESPACE,
    kind: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    namespaced: false,
    names: NameRule::Label,
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.Namespace",
    ..BARE
};
