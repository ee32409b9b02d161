//! v1 ServiceAccount.

use super::table::{age, name};
use super::{BARE, Kind, Subresource, text};
use crate::admit::meta::list_at;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::SERVICE_ACCOUNT,
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    short_names: &["sa"],
    subresources: &[Subresource::Token],
    schema: "io.k8s.api.core.v1.ServiceAccount",
    columns: &[text("Name"), text("Secrets"), text("Age")],
    cells: |d, now| alloc::vec![name(d), list_at(d, "/secrets").len().into(), age(d, now)],
    ..BARE
};
