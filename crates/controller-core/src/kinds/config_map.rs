//! v1 ConfigMap.

use super::{BARE, Kind};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::CONFIG_MAP,
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    ..BARE
};
