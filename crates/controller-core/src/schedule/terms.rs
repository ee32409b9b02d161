//! Counts of pods by place, kept up to date by change: what affinity and spreading ask for is looked up, never counted
//! over the fleet.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use model::pod::{LabelSelector, PodAffinityTerm};

/// Which pods, and what makes a place: the common part of affinity terms and spread constraints.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    /// A text that is the same for equal terms.
    pub(super) key: Arc<str>,
    pub(super) namespaces: Namespaces,
    pub(super) selector: LabelSelector,
    pub(super) topology_key: String,
}

/// Which namespaces a term looks into.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Namespaces {
    /// Those named.
    Listed(BTreeSet<String>),
    /// Those named, and those with such labels.
    Selected(BTreeSet<String>, LabelSelector),
}

/// Labels of namespaces, for terms that select namespaces by them.
pub(super) type NamespaceLabels = BTreeMap<String, BTreeMap<String, String>>;

impl Term {
    pub(super) fn new(own_namespace: &str, term: &PodAffinityTerm) -> Self {
        let listed: BTreeSet<String> = term.namespaces.iter().cloned().collect();
        let namespaces = match &term.namespace_selector {
            Some(selector) => Namespaces::Selected(listed, selector.clone()),
            None if listed.is_empty() => Namespaces::Listed([own_namespace.to_string()].into()),
            None => Namespaces::Listed(listed),
        };
        // A term without a selector matches no pod (Kubernetes: a null label selector).
        let selector = term.label_selector.clone().unwrap_or_else(nothing);
        Self::of(namespaces, selector, term.topology_key.clone())
    }

    pub(super) fn of(
        namespaces: Namespaces,
        selector: LabelSelector,
        topology_key: String,
    ) -> Self {
        let key = alloc::format!("{namespaces:?} {selector:?} {topology_key}").into();
        Self { key, namespaces, selector, topology_key }
    }

    /// Whether it is about a pod with this namespace and these labels.
    pub(super) fn matches(
        &self,
        namespace: &str,
        labels: &BTreeMap<String, String>,
        all: &NamespaceLabels,
    ) -> bool {
        let within = match &self.namespaces {
            Namespaces::Listed(listed) => listed.contains(namespace),
            Namespaces::Selected(listed, selector) => {
                let none = BTreeMap::new();
                listed.contains(namespace) || selector.matches(all.get(namespace).unwrap_or(&none))
            }
        };
        within && self.selector.matches(labels)
    }
}

fn nothing() -> LabelSelector {
    let never = model::pod::Requirement { operator: "In".into(), ..Default::default() };
    LabelSelector { match_expressions: alloc::vec![never], ..Default::default() }
}

/// How many pods of a term are at each place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    by_place: BTreeMap<String, u32>,
    /// How many places have each count: gives the least count without looking at all places.
    places: BTreeMap<u32, u32>,
    total: u32,
}

impl Counts {
    pub(super) fn add(&mut self, place: &str) {
        self.total += 1;
        match self.by_place.get_mut(place) {
            Some(n) => {
                *n += 1;
                let now = *n;
                self.move_place(now - 1, now);
            }
            None => {
                self.by_place.insert(place.into(), 1);
                self.move_place(0, 1);
            }
        }
    }

    pub(super) fn take(&mut self, place: &str) {
        let Some(n) = self.by_place.get_mut(place) else { return };
        *n -= 1;
        let now = *n;
        if now == 0 {
            self.by_place.remove(place);
        }
        self.total -= 1;
        self.move_place(now + 1, now);
    }

    fn move_place(&mut self, from: u32, to: u32) {
        if let Some(n) = self.places.get_mut(&from) {
            *n -= 1;
            if *n == 0 {
                self.places.remove(&from);
            }
        }
        if to > 0 {
            *self.places.entry(to).or_insert(0) += 1;
        }
    }

    pub(super) fn at(&self, place: &str) -> u32 {
        self.by_place.get(place).copied().unwrap_or(0)
    }

    pub(super) fn total(&self) -> u32 {
        self.total
    }

    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The least count over `domains` places, those without any pod included.
    pub(super) fn least(&self, domains: usize) -> u32 {
        if self.by_place.len() < domains {
            return 0;
        }
        self.places.keys().next().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn counts_agree_with_counting(steps in proptest::collection::vec((0u8..5, proptest::bool::ANY), 0..200)) {
            let mut counts = Counts::default();
            let mut plain: BTreeMap<String, u32> = BTreeMap::new();
            for (place, add) in steps {
                let place = alloc::format!("p{place}");
                if add {
                    counts.add(&place);
                    *plain.entry(place).or_insert(0) += 1;
                } else if plain.get(&place).is_some_and(|n| *n > 0) {
                    counts.take(&place);
                    *plain.entry(place).or_insert(0) -= 1;
                }
                plain.retain(|_, n| *n > 0);
                proptest::prop_assert_eq!(&counts.by_place, &plain);
                proptest::prop_assert_eq!(counts.total(), plain.values().sum::<u32>());
                proptest::prop_assert_eq!(counts.least(plain.len()), plain.values().min().copied().unwrap_or(0));
                proptest::prop_assert_eq!(counts.least(plain.len() + 1), 0);
            }
        }
    }
}
