//! apps/v1 StatefulSet.

use super::table::{age, count, name, of_containers};
use super::{BARE, Kind, NameRule, Subresource, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::number_at;
use crate::admit::warn;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::STATEFUL_SET,
    group: "apps",
    kind: "StatefulSet",
    plural: "statefulsets",
    singular: "statefulset",
    short_names: &["sts"],
    categories: &["all"],
    // Its pods' host names are made from it.
    names: NameRule::Label,
    subresources: &[Subresource::Status, Subresource::Scale],
    schema: "io.k8s.api.apps.v1.StatefulSet",
    generations: true,
    columns: &[text("Name"), text("Ready"), text("Age"), wide("Containers"), wide("Images")],
    cells: |d, now| {
        let wanted = number_at(d, "/spec/replicas").unwrap_or(1);
        alloc::vec![
            name(d),
            alloc::format!("{}/{wanted}", count(d, "/status/readyReplicas")).into(),
            age(d, now),
            of_containers(d, "name"),
            of_containers(d, "image"),
        ]
    },
    default: default::stateful_set,
    validate: check::stateful::set,
    warn: warn::stateful_set,
    ..BARE
};
