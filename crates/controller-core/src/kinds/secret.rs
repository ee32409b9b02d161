//! v1 Secret.

use super::{BARE, Kind};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::SECRET,
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    ..BARE
};
