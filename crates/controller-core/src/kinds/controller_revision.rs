//! apps/v1 ControllerRevision.

use super::{BARE, Kind};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::CONTROLLER_REVISION,
    group: "apps",
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    schema: "io.k8s.api.apps.v1.ControllerRevision",
    ..BARE
};
