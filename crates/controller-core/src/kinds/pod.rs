//! v1 Pod.

use super::{BARE, Kind, Subresource};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::POD,
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    subresources: &[Subresource::Status, Subresource::Eviction, Subresource::Binding],
    schema: "io.k8s.api.core.v1.Pod",
    ..BARE
};
