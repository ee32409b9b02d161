//! apps/v1 DaemonSet.

use super::{BARE, Kind, Subresource};

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
    ..BARE
};
