//! Bytes by what they are for, as a report tells them.

use model::report as r;

use super::Traffic;

impl From<&r::Traffic> for Traffic {
    fn from(x: &r::Traffic) -> Self {
        Self {
            sent: x.sent.to_vec(),
            received: x.received.to_vec(),
            stored: x.stored,
            month: x.month,
            month_bytes: x.month_bytes,
            capped: x.capped,
        }
    }
}

impl From<Traffic> for r::Traffic {
    fn from(x: Traffic) -> Self {
        // Classes that this version does not know are left out.
        let of = |all: &[u64]| core::array::from_fn(|i| all.get(i).copied().unwrap_or(0));
        Self {
            sent: of(&x.sent),
            received: of(&x.received),
            stored: x.stored,
            month: x.month,
            month_bytes: x.month_bytes,
            capped: x.capped,
        }
    }
}
