//! apps/v1 ReplicaSet.

use super::{BARE, Kind, Subresource};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::REPLICA_SET,
    group: "apps",
    kind: "ReplicaSet",
    plural: "replicasets",
    singular: "replicaset",
    short_names: &["rs"],
    categories: &["all"],
    subresources: &[Subresource::Status, Subresource::Scale],
    schema: "io.k8s.api.apps.v1.ReplicaSet",
    generations: true,
    ..BARE
};
