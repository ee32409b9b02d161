//! metrics.k8s.io/v1beta1 NodeMetrics and PodMetrics: usage as the nodes last told it.

use alloc::format;

use model::quantity::{parse_milli, parse_units};
use serde_json::Value;

use super::table::{age, name, text_or};
use super::{BARE, Column, Kind, text};
use crate::admit::meta::{list_at, text_at};

const COLUMNS: &[Column] =
    &[text("Name"), text("CPU"), text("Memory"), text("Window"), text("Age")];

/// The row of nodes' usage.
pub(super) const NODE_METRICS_KIND: Kind = Kind {
    id: super::NODE_METRICS,
    group: "metrics.k8s.io",
    version: "v1beta1",
    kind: "NodeMetrics",
    plural: "nodes",
    singular: "node",
    namespaced: false,
    is_virtual: true,
    schema: "io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics",
    columns: COLUMNS,
    cells: |d, now| {
        alloc::vec![
            name(d),
            text_or(d, "/usage/cpu", ""),
            text_or(d, "/usage/memory", ""),
            text_or(d, "/window", ""),
            age(d, now),
        ]
    },
    ..BARE
};

/// The row of pods' usage.
pub(super) const POD_METRICS_KIND: Kind = Kind {
    id: super::POD_METRICS,
    group: "metrics.k8s.io",
    version: "v1beta1",
    kind: "PodMetrics",
    plural: "pods",
    singular: "pod",
    is_virtual: true,
    schema: "io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics",
    columns: COLUMNS,
    cells: |d, now| {
        let (cpu, memory) = usage_of_pod(d);
        alloc::vec![name(d), cpu, memory, text_or(d, "/window", ""), age(d, now)]
    },
    ..BARE
};

/// The sum over a pod's containers.
fn usage_of_pod(pod: &Value) -> (Value, Value) {
    let sum = |pointer: &str, read: fn(&str) -> Option<i64>| -> i64 {
        let each = list_at(pod, "/containers").iter().filter_map(|c| read(text_at(c, pointer)));
        each.fold(0, i64::saturating_add)
    };
    let (cpu, memory) = (sum("/usage/cpu", parse_milli), sum("/usage/memory", parse_units));
    (format!("{cpu}m").into(), format!("{}Ki", memory / 1024).into())
}
