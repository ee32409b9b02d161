//! metrics.k8s.io/v1beta1 NodeMetrics and PodMetrics: usage as the nodes last told it.

use super::{BARE, Kind};

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
    ..BARE
};
