//! What was decided lately, and why: what a technician on the node asks for. It is held in memory only, so that it costs
//! no flash, and it is bounded: the pods that nothing has happened to for longest go first.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use serde::{Deserialize, Serialize};

/// So many pods are remembered, also ones that are no longer here.
const PODS_MAX: usize = 128;
/// So many decisions of each, and of the node itself.
const DECISIONS_MAX: usize = 24;
/// Bytes of a message that are held.
const MESSAGE_MAX: usize = 400;

/// Something that was decided, or that a decision came of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// When (last), by the node's clock.
    pub at: Millis,
    /// The container; empty if it is about the whole pod, or the node.
    pub container: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// How often in a row of such.
    pub count: u32,
}

#[derive(Default)]
struct Past {
    touched: u64,
    decisions: VecDeque<Decision>,
}

/// The decisions of a node.
#[derive(Default)]
pub(crate) struct History {
    touches: u64,
    /// By `namespace/name`; the node's own under nothing.
    of: BTreeMap<String, Past>,
}

impl History {
    /// Remembers what was decided of a pod, by `namespace/name`; of the node, by nothing.
    pub(crate) fn add(
        &mut self,
        about: &str,
        at: Millis,
        container: &str,
        reason: &str,
        message: &str,
    ) {
        self.touches += 1;
        if !self.of.contains_key(about) && self.of.len() > PODS_MAX {
            let oldest = self.of.iter().filter(|(name, _)| !name.is_empty());
            let oldest = oldest.min_by_key(|(_, past)| past.touched).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                self.of.remove(&oldest);
            }
        }
        let past = self.of.entry(about.into()).or_default();
        past.touched = self.touches;
        let message = bounded(message);
        let same = |d: &Decision| {
            (d.container.as_str(), d.reason.as_str(), d.message.as_str())
                == (container, reason, message)
        };
        let before = past.decisions.iter().position(same);
        let count = before.and_then(|i| past.decisions.remove(i)).map_or(0, |d| d.count);
        if past.decisions.len() == DECISIONS_MAX {
            past.decisions.pop_front();
        }
        past.decisions.push_back(Decision {
            at,
            container: container.into(),
            reason: reason.into(),
            message: message.into(),
            count: count + 1,
        });
    }

    /// What is remembered, oldest first.
    pub(crate) fn of(&self, about: &str) -> Vec<Decision> {
        self.of.get(about).map(|p| p.decisions.iter().cloned().collect()).unwrap_or_default()
    }

    /// Every pod that something is remembered of.
    pub(crate) fn pods(&self) -> impl Iterator<Item = &String> {
        self.of.keys().filter(|name| !name.is_empty())
    }
}

/// The beginning of a text, if it is long.
pub(crate) fn bounded(text: &str) -> &str {
    let mut end = text.len().min(MESSAGE_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_repetitions_are_counted() {
        let mut history = History::default();
        history.add("", Millis(1), "", "OrdersTaken", "generation 1");
        for n in 0..PODS_MAX + 10 {
            history.add(&alloc::format!("d/p{n}"), Millis(2), "c", "Started", "s");
        }
        assert_eq!(history.pods().count(), PODS_MAX);
        assert!(history.of("d/p0").is_empty(), "the oldest goes");
        assert_eq!(history.of("").len(), 1, "the node's own stays");
        for n in 0..100u64 {
            history.add("d/p20", Millis(n), "c", "Exited", if n % 2 == 0 { "even" } else { "odd" });
        }
        let of = history.of("d/p20");
        assert_eq!((of.len(), of[1].count, of[2].count, of[2].at), (3, 50, 50, Millis(99)));
        for n in 0..100 {
            history.add("d/p20", Millis(n), "", "R", &"ä".repeat(n as usize));
            history.add("d/p20", Millis(n), "", "S", &alloc::format!("{n}"));
        }
        let of = history.of("d/p20");
        assert_eq!(of.len(), DECISIONS_MAX);
        assert!(of.iter().all(|d| d.message.len() <= MESSAGE_MAX));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "ä".repeat(MESSAGE_MAX);
        assert_eq!(bounded(&long).chars().count(), MESSAGE_MAX / 2);
        assert_eq!(bounded("short"), "short");
    }
}
