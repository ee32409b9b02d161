//! Whose orders count: those signed by a key that this node trusts, and no others. It keeps running what it holds.
//!
//! The law of this module: keys are replaced only by a set of a higher number that one of them has signed. The first set
//! is given at joining; a node whose controller is on the same machine takes the first that it is told.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use model::Millis;
use model::orders::Manifest;
use model::trust::{Announcement, KEYS_MAX, PublicKey, TrustedKeys, orders_message};

/// The record of the keys.
const KEYS: &str = "trusted-keys";
/// Orders that are refused are told of at most this often, to the log and to the controller: whoever floods a node with
/// them must not fill either.
const TELL_MS: u64 = 60_000;
const ANSWER_MS: u64 = 5_000;

/// What the node's keys can do. The keys themselves stay with the hands.
pub trait Keys: fmt::Debug + Send + Sync {
    /// Whether a signature over a message is this key's (Ed25519).
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool;

    /// The key that secrets are sealed to. A node that has one takes no open ones; one that has none gets none from a
    /// controller.
    fn sealing(&self) -> Option<PublicKey>;

    /// What is in a box, if it is for this node's key and was bound to `bound`.
    fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Vec<u8>>;
}

/// The record to keep so that a node trusts these keys from its next start on: what joining gives it.
#[must_use]
pub fn record(keys: &TrustedKeys) -> (String, Option<Vec<u8>>) {
    (KEYS.into(), serde_json::to_vec(keys).ok())
}

/// Why orders do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// This node has no keys yet, and was not told any by a controller on its own machine.
    NoKeys,
    /// They carry no signature.
    Unsigned,
    /// No key that this node trusts has signed them, for it and as they are.
    WrongKey,
}

impl Untrusted {
    /// What it means, and what to do.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoKeys => {
                "this node does not know its controller's keys yet: join it with a token"
            }
            Self::Unsigned => {
                "they are not signed: the controller is older than this agent, or somebody else said them"
            }
            Self::WrongKey => {
                "no key that this node trusts has signed them: somebody else said them, or the controller was set up \
                 anew; in that case join this node again"
            }
        }
    }
}

/// What this node goes by.
pub(crate) struct Trust {
    keys: Option<TrustedKeys>,
    /// The controller is on this machine: its first keys can be believed.
    first_use: bool,
    /// Orders refused since the start.
    refused: u64,
    told: Option<Millis>,
    answered: Option<Millis>,
}

/// What is to be done about orders that do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Say so to the log: so many so far.
    pub(crate) tell: Option<u64>,
    /// Say so to the controller.
    pub(crate) answer: bool,
}

impl Trust {
    pub(crate) fn restore(
        records: &BTreeMap<String, Vec<u8>>,
        first_use: bool,
        bad: &mut Vec<String>,
    ) -> Self {
        let kept = records.get(KEYS);
        let keys = kept.and_then(|bytes| serde_json::from_slice(bytes).ok());
        if kept.is_some() && keys.is_none() {
            bad.push(KEYS.into());
        }
        // Keys that were there and cannot be read are no reason to believe the next best.
        let first_use = first_use && kept.is_none();
        Self { keys, first_use, refused: 0, told: None, answered: None }
    }

    /// The number of the set; zero: none.
    pub(crate) fn serial(&self) -> u64 {
        self.keys.as_ref().map_or(0, |k| k.serial)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// Takes what follows the set that is held, one after the other. The record to keep, if anything did.
    pub(crate) fn hear(
        &mut self,
        keys: &dyn Keys,
        announced: &[Announcement],
    ) -> Option<(String, Option<Vec<u8>>)> {
        let before = self.serial();
        for next in announced.iter().filter(|a| (1..=KEYS_MAX).contains(&a.keys.keys.len())) {
            let follows = match &self.keys {
                Some(held) => {
                    let message = next.keys.message();
                    next.keys.fleet == held.fleet
                        && next.keys.serial > held.serial
                        && held.keys.iter().any(|k| keys.verify(k, &message, &next.signature))
                }
                None => false,
            };
            if follows {
                self.keys = Some(next.keys.clone());
            }
        }
        if self.first_use && self.keys.is_none() {
            self.keys = announced.last().map(|newest| newest.keys.clone());
        }
        let held = self.keys.as_ref().filter(|k| k.serial != before)?;
        Some(record(held))
    }

    /// Whether orders count.
    pub(crate) fn judge(
        &self,
        keys: &dyn Keys,
        manifest: &Manifest,
        signature: &[u8],
    ) -> Result<(), Untrusted> {
        let held = self.keys.as_ref().ok_or(Untrusted::NoKeys)?;
        if signature.is_empty() {
            return Err(Untrusted::Unsigned);
        }
        let message = orders_message(&held.fleet, manifest);
        let known = held.keys.iter().any(|key| keys.verify(key, &message, signature));
        known.then_some(()).ok_or(Untrusted::WrongKey)
    }

    /// Orders that do not count have come.
    pub(crate) fn refuse(&mut self, now: Millis) -> Refusal {
        self.refused += 1;
        let due = |last: &mut Option<Millis>, every_ms| {
            let due = last.is_none_or(|at| now.since(at) >= every_ms);
            if due {
                *last = Some(now);
            }
            due
        };
        Refusal {
            tell: due(&mut self.told, TELL_MS).then_some(self.refused),
            answer: due(&mut self.answered, ANSWER_MS),
        }
    }
}
