//! apps/v1 ControllerRevision.

use alloc::format;
use alloc::vec::Vec;

use serde_json::Value;

use super::table::{age, count, name};
use super::{BARE, FieldError, Kind, text};
use crate::admit::check::field::Path;
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
    validate,
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

/// A revision is what once was: its data never changes.
fn validate(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let revision = count(doc, "/revision");
    if revision < 0 {
        let why = "must be greater than or equal to 0";
        errors.push(Path::new("revision").invalid(revision, why));
    }
    if doc.get("data").is_none() {
        errors.push(Path::new("data").required("data is mandatory"));
    }
    if old.is_some_and(|old| old.get("data") != doc.get("data")) {
        errors.push(Path::new("data").forbidden("field is immutable"));
    }
}
