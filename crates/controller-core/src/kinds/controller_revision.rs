//! apps/v1 ControllerRevision.

use alloc::format;

use serde_json::Value;

use super::table::{age, count, name};
use super::{BARE, Kind, text};
use crate::admit::meta::meta;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::CONTROLLER_REVISION,
    group: "apps",
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    schema: "io.k8s.api.apps.v1.ControllerRevision",
    columns: &[text("Name"), text("Controller"), text("Revision"), text("Age")],
    cells: |d, now| {
        alloc::vec![
            name(d),
            controller(d),
            format!("{}", count(d, "/revision")).into(),
            age(d, now)
        ]
    },
    ..BARE
};

/// e.g. `daemonset.apps/agent`.
fn controller(doc: &Value) -> Value {
    let Some(owner) = meta(doc).controller() else { return "<none>".into() };
    let kind = owner.kind.to_lowercase();
    match owner.api_version.rsplit_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{}", owner.name).into(),
        None => format!("{kind}/{}", owner.name).into(),
    }
}
