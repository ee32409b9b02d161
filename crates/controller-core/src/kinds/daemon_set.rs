//! apps/v1 DaemonSet.

use super::table::{age, count, labels_text, name, of_containers};
use super::{BARE, Kind, Subresource, integer, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::selector::format_document;
use crate::admit::warn;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::DAEMON_SET,
    group: "apps",
    kind: "DaemonSet",
    plural: "daemonsets",
    singular: "daemonset",
    short_names: &["ds"],
    categories: &["all"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.apps.v1.DaemonSet",
    generations: true,
    columns: &[
        text("Name"),
        integer("Desired"),
        integer("Current"),
        integer("Ready"),
        integer("Up-to-date"),
        integer("Available"),
        text("Node Selector"),
        text("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |d, now| {
        alloc::vec![
            name(d),
            count(d, "/status/desiredNumberScheduled").into(),
            count(d, "/status/currentNumberScheduled").into(),
            count(d, "/status/numberReady").into(),
            count(d, "/status/updatedNumberScheduled").into(),
            count(d, "/status/numberAvailable").into(),
            labels_text(d.pointer("/spec/template/spec/nodeSelector")),
            age(d, now),
            of_containers(d, "name"),
            of_containers(d, "image"),
            format_document(d.pointer("/spec/selector")).into(),
        ]
    },
    default: default::daemon_set,
    validate: check::workload::daemon_set,
    warn: warn::template,
    ..BARE
};
