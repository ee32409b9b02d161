//! Who holds how many places.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Places, so many for each holder and so many in all.
pub(in crate::api) struct Tally<K: Ord> {
    each: usize,
    most: usize,
    /// Holders of no place are not in it.
    held: Mutex<Held<K>>,
}

struct Held<K> {
    by: BTreeMap<K, usize>,
    all: usize,
}

/// A place. It is free again when this is dropped.
pub(in crate::api) struct Place<K: Ord> {
    tally: Arc<Tally<K>>,
    holder: K,
}

impl<K: Ord + Clone> Tally<K> {
    pub(super) fn new(each: usize, most: usize) -> Arc<Self> {
        let held = Mutex::new(Held { by: BTreeMap::new(), all: 0 });
        Arc::new(Self { each, most, held })
    }

    /// A place for a holder; none if there is none for it.
    pub(super) fn enter(self: &Arc<Self>, holder: K) -> Option<Place<K>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.by.get(&holder).copied().unwrap_or(0);
        if own >= self.each || held.all >= self.most {
            return None;
        }
        held.by.insert(holder.clone(), own + 1);
        held.all += 1;
        Some(Place { tally: Arc::clone(self), holder })
    }

    /// How many are held.
    pub(super) fn all(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Whether all are held.
    pub(super) fn is_full(&self) -> bool {
        self.all() >= self.most
    }
}

impl<K: Ord> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.tally.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all -= 1;
        match held.by.get_mut(&self.holder) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                held.by.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back() {
        let tally = Tally::new(2, 3);
        let mut places = vec![tally.enter("a"), tally.enter("a")];
        assert!(places.iter().all(Option::is_some) && tally.enter("a").is_none());
        places.push(tally.enter("b"));
        assert!(tally.is_full() && tally.enter("c").is_none());
        places.remove(0);
        assert!(tally.enter("a").is_some());
        drop(places);
        assert_eq!(tally.all(), 0);
        assert!(tally.held.lock().expect("whole").by.is_empty(), "who holds nothing is forgotten");
    }
}
