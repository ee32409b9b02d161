//! Pods that are held, as a report tells them.

use model::report::{HoldReport, Holder};
use model::{Millis, Uid};

use super::Hold;

impl From<&HoldReport> for Hold {
    fn from(x: &HoldReport) -> Self {
        Self {
            pod: x.pod.to_string(),
            name: x.name.clone(),
            by: x.by as u8,
            reason: x.reason.clone(),
            since: x.since.0,
            until: x.until.0,
            waiting: x.waiting,
        }
    }
}

impl From<Hold> for HoldReport {
    fn from(x: Hold) -> Self {
        Self {
            pod: Uid::from(x.pod),
            name: x.name,
            by: if x.by == Holder::Workload as u8 { Holder::Workload } else { Holder::Technician },
            reason: x.reason,
            since: Millis(x.since),
            until: Millis(x.until),
            waiting: x.waiting,
        }
    }
}
