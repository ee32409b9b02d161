//! apiextensions.k8s.io/v1 CustomResourceDefinition.

use super::table::name;
use super::{BARE, Column, Kind, Subresource, text};
use crate::admit::meta::text_at;
use crate::custom::{self, definition};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::CUSTOM_RESOURCE_DEFINITION,
    group: custom::GROUP,
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    namespaced: false,
    subresources: &[Subresource::Status],
    schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    generations: true,
    columns: &[text("Name"), Column { name: "Created At", kind: "date", priority: 0 }],
    cells: |d, _| alloc::vec![name(d), text_at(d, "/metadata/creationTimestamp").into()],
    default: definition::default,
    validate: definition::validate,
    warn: definition::warn,
    first_status: |d| Some(definition::first_status(d)),
    ..BARE
};
