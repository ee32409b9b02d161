//! "Not now": a technician, or a workload by a lock file, keeps a pod from being stopped or replaced by newer orders.
//!
//! The law of this room: a hold puts orders off, and never refuses them. They are taken and acknowledged as ever; what they
//! would take away is kept beside them until the hold is released, ends by itself, or an operator overrides it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::report::{HoldReport, Holder};
use model::{Millis, Uid};
use serde::{Deserialize, Serialize};

use crate::Agent;
use crate::history::bounded;
use crate::turn::{Now, Save, Turn};

/// The record of what is held.
const RECORD: &str = "holds";
/// So many pods can be held.
const HOLDS_MAX: usize = 64;
/// The longest span of a hold, in milliseconds: a week.
pub const HOLD_MAX_MS: u64 = 7 * 24 * 3_600_000;
/// A lock file holds for so long from when it was last touched, in milliseconds: one that was forgotten does not hold for ever.
const LOCK_MS: u64 = 2 * 3_600_000;
/// The annotation of a pod that names its lock file: `<volume>/<path>`.
pub(crate) const HOLD_FILE: &str = "driftless.dev/hold-file";
/// The annotation of a pod or node by which an operator ends holds.
pub(crate) const OVERRIDE: &str = "driftless.dev/override-holds";

/// A file by which a pod may hold itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFile {
    /// The pod.
    pub pod: Uid,
    /// The volume that it is in.
    pub volume: String,
    /// Where in it.
    pub path: String,
}

/// A lock file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The pod.
    pub pod: Uid,
    /// What it says: its first line.
    pub reason: String,
    /// When it was last written, as a number that differs from time to time.
    pub stamp: u64,
}

/// One hold.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hold {
    by: Holder,
    reason: String,
    since: Millis,
    span_ms: u64,
    /// By the monotonic clock.
    ends: Millis,
    /// By the wall clock, for people.
    until: Millis,
    /// It has been told that newer orders wait for it.
    waits: bool,
}

/// What is kept of a hold that was asked for. A lock file keeps itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    since: Millis,
    span_ms: u64,
    reason: String,
}

impl Hold {
    fn new(by: Holder, reason: &str, span_ms: u64, now: Now) -> Self {
        Self {
            by,
            reason: bounded(reason).to_string(),
            since: now.wall,
            span_ms,
            ends: now.mono.plus(span_ms),
            until: now.wall.plus(span_ms),
            waits: false,
        }
    }

    /// After a restart what is left goes by the wall clock, as far as that can be believed: one that shows a time before
    /// the hold or long after it ends nothing, since no workload is stopped because of a clock.
    fn again(kept: Kept, now: Now) -> Self {
        let passed = now.wall.since(kept.since);
        let believed = now.wall >= kept.since && passed < kept.span_ms;
        let left = if believed { kept.span_ms - passed } else { kept.span_ms };
        Self {
            since: kept.since,
            span_ms: kept.span_ms,
            ..Self::new(Holder::Technician, &kept.reason, left, now)
        }
    }
}

/// All holds of a node.
#[derive(Default)]
pub(crate) struct Holds {
    asked: BTreeMap<Uid, Hold>,
    /// With the stamp of the file. One whose time is over stays, so that it holds again only once it was touched.
    locks: BTreeMap<Uid, (Hold, u64)>,
}

impl Holds {
    /// What was kept. `kept`: pods that orders were put off for; one that nobody asked for was held by its file, which has not
    /// been looked at yet.
    pub(crate) fn restore(
        records: &BTreeMap<String, Vec<u8>>,
        kept: impl Iterator<Item = Uid>,
        now: Now,
        bad: &mut Vec<String>,
    ) -> Self {
        let mut holds = Self::default();
        if let Some(record) = records.get(RECORD) {
            match serde_json::from_slice::<BTreeMap<Uid, Kept>>(record) {
                Ok(all) => {
                    let all = all.into_iter().map(|(uid, kept)| (uid, Hold::again(kept, now)));
                    holds.asked = all.collect();
                }
                Err(_) => bad.push(RECORD.into()),
            }
        }
        for uid in kept {
            if !holds.asked.contains_key(&uid) {
                let lock = Hold::new(Holder::Workload, "lock file", LOCK_MS, now);
                holds.locks.insert(uid, (lock, 0));
            }
        }
        holds
    }

    fn keep(&self, save: &mut Save) {
        let kept = |hold: &Hold| Kept {
            since: hold.since,
            span_ms: hold.span_ms,
            reason: hold.reason.clone(),
        };
        let all: BTreeMap<&Uid, Kept> = self.asked.iter().map(|(u, h)| (u, kept(h))).collect();
        let bytes = serde_json::to_vec(&all).ok().filter(|_| !all.is_empty());
        save.records.insert(RECORD.into(), bytes);
    }

    fn of(&self, uid: &Uid, now: Millis) -> Option<&Hold> {
        let lock = || self.locks.get(uid).map(|(hold, _)| hold);
        self.asked.get(uid).or_else(lock).filter(|hold| hold.ends > now)
    }

    /// Whether newer orders have to wait for this pod.
    pub(crate) fn holds(&self, uid: &Uid, now: Millis) -> bool {
        self.of(uid, now).is_some()
    }

    /// When the next one ends.
    pub(crate) fn wake(&self, now: Millis) -> Option<Millis> {
        let locks = self.locks.values().map(|(hold, _)| hold.ends);
        self.asked.values().map(|hold| hold.ends).chain(locks).filter(|ends| *ends > now).min()
    }

    fn pods(&self) -> Vec<Uid> {
        self.asked.keys().chain(self.locks.keys()).cloned().collect()
    }

    /// Those whose hold has come to its end, or whose pod is gone: why.
    fn over(&self, agent: &Agent, now: Millis) -> Vec<(Uid, &'static str)> {
        let why = |uid: &Uid| {
            let gone = agent.pods.get(uid).is_none_or(|pod| pod.leaving.is_some());
            if agent.policy.override_holds || agent.orders.annotated(uid, OVERRIDE) {
                Some("an operator has overridden it")
            } else if gone {
                Some("the pod is gone")
            } else {
                self.asked.get(uid).filter(|hold| hold.ends <= now).map(|_| "its time is over")
            }
        };
        self.pods().into_iter().filter_map(|uid| why(&uid).map(|why| (uid, why))).collect()
    }
}

impl Agent {
    /// The pod that can be held by this name, `[namespace/]name`, or why none can.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn may_hold(&self, name: &str) -> Result<Uid, String> {
        let uid = self.named(name)?;
        let pod = self.pods.get(&uid).filter(|pod| pod.leaving.is_none());
        let pod = pod.ok_or_else(|| format!("pod {name} is being stopped already"))?;
        if self.policy.override_holds || self.orders.annotated(&uid, OVERRIDE) {
            return Err(format!(
                "an operator does not let {} be held ({OVERRIDE} is set)",
                pod.name()
            ));
        }
        if !self.holds.asked.contains_key(&uid) && self.holds.asked.len() >= HOLDS_MAX {
            return Err(format!("{HOLDS_MAX} pods are held already: release one"));
        }
        Ok(uid)
    }

    /// The pod that is held by this name, or why none is.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn may_release(&self, name: &str) -> Result<Uid, String> {
        let uid = self.named(name)?;
        match (self.holds.asked.contains_key(&uid), self.holds.locks.contains_key(&uid)) {
            (true, _) => Ok(uid),
            (false, true) => {
                Err(format!("pod {name} is held by its own lock file: take that away"))
            }
            _ => Err(format!("pod {name} is not held")),
        }
    }

    /// The lock files to look for: before orders are taken in, and every now and then.
    pub fn lock_files(&self) -> impl Iterator<Item = LockFile> {
        self.pods.values().filter(|pod| pod.leaving.is_none()).filter_map(|pod| {
            let named = pod.order.metadata.annotations.get(HOLD_FILE)?;
            let (volume, path) = named.split_once('/')?;
            Some(LockFile { pod: pod.uid.clone(), volume: volume.into(), path: path.into() })
        })
    }

    pub(crate) fn hold(
        &mut self,
        now: Now,
        uid: &Uid,
        span_ms: u64,
        reason: &str,
        turn: &mut Turn,
    ) {
        if self.pods.get(uid).is_none_or(|pod| pod.leaving.is_some()) {
            return;
        }
        let hold = Hold::new(Holder::Technician, reason, span_ms.min(HOLD_MAX_MS), now);
        let message = format!("Held for {} s: {}", hold.span_ms / 1000, hold.reason);
        self.holds.asked.insert(uid.clone(), hold);
        self.holds.keep(&mut turn.save);
        self.tell_of(now, uid, "Held", message, turn);
    }

    pub(crate) fn release(&mut self, now: Now, uid: &Uid, why: &str, turn: &mut Turn) {
        let asked = self.holds.asked.remove(uid);
        if asked.is_some() {
            self.holds.keep(&mut turn.save);
        }
        let lock = self.holds.locks.get_mut(uid).map(|(hold, _)| hold);
        let lock = lock.filter(|hold| hold.ends > now.mono && asked.is_none());
        if let Some(hold) = lock {
            hold.ends = now.mono;
        } else if asked.is_none() {
            return;
        }
        self.tell_of(now, uid, "HoldEnded", format!("No longer held: {why}"), turn);
    }

    /// Takes in which lock files there are.
    pub(crate) fn locked(&mut self, now: Now, found: Vec<Lock>, turn: &mut Turn) {
        let there: BTreeMap<Uid, Lock> = found.into_iter().map(|l| (l.pod.clone(), l)).collect();
        let went: Vec<Uid> =
            self.holds.locks.keys().filter(|uid| !there.contains_key(*uid)).cloned().collect();
        for uid in went {
            if !self.holds.asked.contains_key(&uid) {
                self.release(now, &uid, "its lock file is gone", turn);
            }
            self.holds.locks.remove(&uid);
        }
        for (uid, lock) in there.into_iter().take(HOLDS_MAX) {
            let before = self.holds.locks.get(&uid);
            if before.is_some_and(|(_, stamp)| *stamp == lock.stamp) {
                continue;
            }
            let hold = Hold::new(Holder::Workload, &lock.reason, LOCK_MS, now);
            let (since, waits) = before.map_or((hold.since, false), |(h, _)| (h.since, h.waits));
            let told = before.is_none();
            let message = format!("Held by its lock file: {}", hold.reason);
            self.holds.locks.insert(uid.clone(), (Hold { since, waits, ..hold }, lock.stamp));
            if told {
                self.tell_of(now, &uid, "Held", message, turn);
            }
        }
    }

    /// Ends what is over, and lets the orders come that waited for it; tells of the rest.
    pub(crate) fn mind_holds(&mut self, now: Now, turn: &mut Turn) {
        for (uid, why) in self.holds.over(self, now.mono) {
            self.release(now, &uid, why, turn);
            if !self.pods.contains_key(&uid) {
                self.holds.locks.remove(&uid);
            }
        }
        let holds = &self.holds;
        if self.orders.let_go(|uid| holds.holds(uid, now.mono), &mut turn.save) {
            self.refresh_orders(now, turn);
        }
        let mut told = Vec::new();
        let mut begins = Vec::new();
        for uid in self.orders.put_off().chain(self.holds.pods()) {
            let (Some(pod), Some(hold)) = (self.pods.get(&uid), self.holds.of(&uid, now.mono))
            else {
                continue;
            };
            let waiting = self.orders.puts_off(&uid);
            if waiting && !hold.waits {
                begins.push(uid.clone());
            }
            if told.iter().any(|report: &HoldReport| report.pod == uid) {
                continue;
            }
            told.push(HoldReport {
                pod: uid,
                name: pod.name(),
                by: hold.by,
                reason: hold.reason.clone(),
                since: hold.since,
                until: hold.until,
                waiting,
            });
        }
        told.sort_by(|a, b| a.name.cmp(&b.name));
        self.outbox.set_holds(told);
        begins.dedup();
        for uid in begins {
            self.waits(now, &uid, turn);
        }
    }

    /// Newer orders begin to wait for a pod that is held.
    fn waits(&mut self, now: Now, uid: &Uid, turn: &mut Turn) {
        let holds = &mut self.holds;
        let lock = holds.locks.get_mut(uid).map(|(hold, _)| hold);
        let Some(hold) = holds.asked.get_mut(uid).or(lock) else { return };
        hold.waits = true;
        let generation = self.orders.generation().0;
        let message = format!(
            "Orders of generation {generation} would stop or replace it; they wait, since it is held: {}",
            hold.reason
        );
        self.tell_of(now, uid, "UpdateHeld", message, turn);
    }

    fn tell_of(&mut self, now: Now, uid: &Uid, reason: &str, message: String, turn: &mut Turn) {
        let (pods, mut ctx) = self.split(now, turn);
        if let Some(pod) = pods.get(uid) {
            ctx.event(pod, "", false, reason, message);
        }
    }
}
