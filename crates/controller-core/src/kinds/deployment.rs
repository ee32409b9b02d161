//! apps/v1 Deployment.

use super::{BARE, Kind, Subresource};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::DEPLOYMENT,
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &[Subresource::Status, Subresource::Scale],
    schema: "io.k8s.api.apps.v1.Deployment",
    generations: true,
    ..BARE
};
