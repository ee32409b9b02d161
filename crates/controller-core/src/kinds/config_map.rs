//! v1 ConfigMap.

use super::table::{age, entries, name};
use super::{BARE, Kind, text};
use crate::admit::check;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::CONFIG_MAP,
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    columns: &[text("Name"), text("Data"), text("Age")],
    cells: |d, now| {
        let data = entries(d, "/data") + entries(d, "/binaryData");
        alloc::vec![name(d), data.into(), age(d, now)]
    },
    validate: check::data::config_map,
    ..BARE
};
