//! v1 Pod.

use alloc::string::ToString;

use serde_json::json;

use super::{BARE, Kind, Subresource, pod_cells, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::{flag_at, text_at};
use crate::admit::warn;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::POD,
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    subresources: &[
        Subresource::Status,
        Subresource::Eviction,
        Subresource::Binding,
        Subresource::EphemeralContainers,
        Subresource::Log,
        Subresource::Exec,
        Subresource::Attach,
        Subresource::PortForward,
    ],
    schema: "io.k8s.api.core.v1.Pod",
    fields: &[
        ("spec.nodeName", |d| text_at(d, "/spec/nodeName").into()),
        ("spec.restartPolicy", |d| text_at(d, "/spec/restartPolicy").into()),
        ("spec.schedulerName", |d| text_at(d, "/spec/schedulerName").into()),
        ("spec.serviceAccountName", |d| text_at(d, "/spec/serviceAccountName").into()),
        ("spec.hostNetwork", |d| flag_at(d, "/spec/hostNetwork").to_string()),
        ("status.phase", |d| text_at(d, "/status/phase").into()),
        ("status.podIP", |d| text_at(d, "/status/podIP").into()),
        ("status.nominatedNodeName", |d| text_at(d, "/status/nominatedNodeName").into()),
    ],
    columns: &[
        text("Name"),
        text("Ready"),
        text("Status"),
        text("Restarts"),
        text("Age"),
        wide("IP"),
        wide("Node"),
        wide("Nominated Node"),
        wide("Readiness Gates"),
    ],
    cells: pod_cells::cells,
    default: default::pod,
    first_status: |d| Some(json!({"phase": "Pending", "qosClass": default::quality_of_service(d)})),
    validate: check::pod::pod,
    warn: warn::pod,
    ..BARE
};
