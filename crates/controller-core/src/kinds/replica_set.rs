//! apps/v1 ReplicaSet.

use super::table::{age, count, name, of_containers};
use super::{BARE, Kind, Subresource, integer, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::number_at;
use crate::admit::selector::format_document;
use crate::admit::warn;

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
    fields: &[("status.replicas", |d| alloc::format!("{}", count(d, "/status/replicas")))],
    columns: &[
        text("Name"),
        integer("Desired"),
        integer("Current"),
        integer("Ready"),
        text("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |d, now| {
        alloc::vec![
            name(d),
            number_at(d, "/spec/replicas").unwrap_or(1).into(),
            count(d, "/status/replicas").into(),
            count(d, "/status/readyReplicas").into(),
            age(d, now),
            of_containers(d, "name"),
            of_containers(d, "image"),
            format_document(d.pointer("/spec/selector")).into(),
        ]
    },
    default: default::replica_set,
    validate: check::workload::replica_set,
    warn: warn::template,
    ..BARE
};
