//! scheduling.k8s.io/v1 PriorityClass.

use serde_json::Value;

use super::table::{age, name, text_or};
use super::{BARE, Column, Kind, text};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::number_at;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::PRIORITY_CLASS,
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    namespaced: false,
    schema: "io.k8s.api.scheduling.v1.PriorityClass",
    generations: true,
    columns: &[
        text("Name"),
        text("Value"),
        Column { name: "Global-Default", kind: "boolean", priority: 0 },
        text("Age"),
        text("PreemptionPolicy"),
    ],
    cells: |d, now| {
        alloc::vec![
            name(d),
            number_at(d, "/value").unwrap_or(0).into(),
            (d.get("globalDefault").and_then(Value::as_bool) == Some(true)).into(),
            age(d, now),
            text_or(d, "/preemptionPolicy", ""),
        ]
    },
    default: default::priority_class,
    validate: check::limits::priority_class,
    ..BARE
};
