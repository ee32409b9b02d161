//! v1 LimitRange and ResourceQuota.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::table::{age, name};
use super::{BARE, Column, Kind, Subresource, text};
use crate::admit::check;
use crate::limits::range;

/// The row of LimitRange.
pub(super) const RANGE: Kind = Kind {
    id: super::LIMIT_RANGE,
    kind: "LimitRange",
    plural: "limitranges",
    singular: "limitrange",
    short_names: &["limits"],
    schema: "io.k8s.api.core.v1.LimitRange",
    columns: &[text("Name"), Column { name: "Created At", kind: "date", priority: 0 }],
    cells: |d, _| {
        alloc::vec![
            name(d),
            d.pointer("/metadata/creationTimestamp").cloned().unwrap_or(Value::Null),
        ]
    },
    default: range::default,
    validate: check::limits::limit_range,
    ..BARE
};

/// The row of ResourceQuota.
pub(super) const QUOTA: Kind = Kind {
    id: super::RESOURCE_QUOTA,
    kind: "ResourceQuota",
    plural: "resourcequotas",
    singular: "resourcequota",
    short_names: &["quota"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.ResourceQuota",
    columns: &[text("Name"), text("Request"), text("Limit"), text("Age")],
    cells: |d, now| {
        alloc::vec![
            name(d),
            used(d, |n| !n.starts_with("limits.")).into(),
            used(d, |n| n.starts_with("limits.")).into(),
            age(d, now),
        ]
    },
    validate: check::limits::resource_quota,
    ..BARE
};

/// What is used of what there may be: `pods: 1/4, requests.cpu: 100m/1`.
fn used(doc: &Value, of: fn(&str) -> bool) -> String {
    let hard = doc.pointer("/status/hard").and_then(Value::as_object).into_iter().flatten();
    let all: Vec<String> = hard
        .filter(|(name, _)| of(name))
        .map(|(name, most)| {
            let used = doc["status"]["used"][name].as_str().unwrap_or("0");
            format!("{name}: {used}/{}", most.as_str().unwrap_or_default())
        })
        .collect();
    all.join(", ")
}
