//! What is under way: which effect belongs to whom, so that an answer finds its place.

use alloc::collections::BTreeMap;
use alloc::string::String;

use model::Uid;

use crate::probe::ProbeKind;
use crate::turn::OpId;

/// What an effect is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Sandbox,
    RemoveSandbox,
    Volumes,
    Pull(String),
    Start(String),
    PostStart(String),
    Probe(String, ProbeKind),
    PreStop(String),
    Stop(String),
    /// A container that is no longer needed.
    Remove(String),
    Files,
    /// A persistent volume that is to go: its uid stands in the pod's place.
    Volume,
}

/// Effects under way, by number.
#[derive(Default)]
pub(crate) struct Ops {
    last: u64,
    under_way: BTreeMap<OpId, (Uid, What)>,
}

impl Ops {
    pub(crate) fn begin(&mut self, pod: &Uid, what: What) -> OpId {
        self.last += 1;
        let op = OpId(self.last);
        self.under_way.insert(op, (pod.clone(), what));
        op
    }

    pub(crate) fn end(&mut self, op: OpId) -> Option<(Uid, What)> {
        self.under_way.remove(&op)
    }

    /// Forgets an effect whose answer no longer matters.
    pub(crate) fn forget(&mut self, op: OpId) {
        self.under_way.remove(&op);
    }

    /// Whether anything of this pod is under way.
    pub(crate) fn any(&self, pod: &Uid, which: impl Fn(&What) -> bool) -> bool {
        self.under_way.values().any(|(uid, what)| uid == pod && which(what))
    }
}
