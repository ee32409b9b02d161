//! v1 Event.

use super::{BARE, Kind};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::EVENT,
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.core.v1.Event",
    behind: true,
    ..BARE
};
