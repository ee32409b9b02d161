//! coordination.k8s.io/v1 Lease.

use super::table::{age, name, text_or};
use super::{BARE, Kind, text};
use crate::admit::check;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::LEASE,
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    schema: "io.k8s.api.coordination.v1.Lease",
    behind: true,
    columns: &[text("Name"), text("Holder"), text("Age")],
    cells: |d, now| alloc::vec![name(d), text_or(d, "/spec/holderIdentity", ""), age(d, now)],
    validate: |d, _, errors| {
        let spec = check::at::At::root(d, "spec");
        spec.positive("leaseDurationSeconds", errors);
        spec.non_negative("leaseTransitions", errors);
    },
    ..BARE
};
