//! All that is known of limits, and what it says of one new object.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Bound;

use model::Revision;
use serde_json::{Value, json};

use super::priority::{self, Class};
use super::quota::{Quota, use_of};
use super::range::{self, Range};
use crate::kinds::{self, Kind, KindId, ObjectKey};

/// The kinds that limit others.
pub const KINDS: [KindId; 3] = [kinds::PRIORITY_CLASS, kinds::LIMIT_RANGE, kinds::RESOURCE_QUOTA];

/// Priority classes, limit ranges and quotas.
#[derive(Default)]
pub struct Known {
    classes: BTreeMap<ObjectKey, Class>,
    ranges: BTreeMap<ObjectKey, Range>,
    pub(crate) quotas: BTreeMap<ObjectKey, (Revision, Quota)>,
}

/// What a quota becomes with a new object: written together with it, or neither is.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// The quota.
    pub key: ObjectKey,
    /// As it was when this was decided.
    pub expect: Revision,
    /// What changes in it.
    pub patch: Value,
}

impl Known {
    /// An object of one of [`KINDS`] as it is now; no document: it is gone.
    pub fn apply(&mut self, key: &ObjectKey, revision: Revision, doc: Option<&Value>) {
        fn put<T>(map: &mut BTreeMap<ObjectKey, T>, key: &ObjectKey, new: Option<T>) {
            match new {
                Some(new) => map.insert(key.clone(), new),
                None => map.remove(key),
            };
        }
        match key.kind {
            kinds::PRIORITY_CLASS => put(&mut self.classes, key, doc.map(Class::read)),
            kinds::LIMIT_RANGE => put(&mut self.ranges, key, doc.map(Range::read)),
            kinds::RESOURCE_QUOTA => {
                put(&mut self.quotas, key, doc.map(|d| (revision, Quota::read(d))));
            }
            _ => {}
        }
    }

    /// The quotas of a namespace.
    pub fn quotas_of(
        &self,
        namespace: &str,
    ) -> impl Iterator<Item = (&ObjectKey, &(Revision, Quota))> {
        within(&self.quotas, kinds::RESOURCE_QUOTA, namespace)
    }

    /// Whether another class than this is the default.
    pub fn other_default(&self, name: &str) -> Option<&str> {
        self.classes.values().find(|c| c.default && c.name != name).map(|c| c.name.as_str())
    }

    /// Gives a new object what is due to it, and says what its quotas become.
    ///
    /// # Errors
    /// Why it is forbidden.
    pub fn admit(
        &self,
        kind: &Kind<'_>,
        namespace: &str,
        doc: &mut Value,
    ) -> Result<Vec<Charge>, String> {
        let ranges = || within(&self.ranges, kinds::LIMIT_RANGE, namespace).map(|(_, r)| r);
        if kind.id == kinds::POD {
            priority::resolve(doc, self.classes.values())?;
            range::pod(doc, ranges().collect::<Vec<_>>())?;
        } else if kind.id == kinds::PERSISTENT_VOLUME_CLAIM {
            range::claim(doc, ranges())?;
        }
        let mut quotas = self.quotas_of(namespace).peekable();
        if !kind.namespaced || quotas.peek().is_none() {
            return Ok(Vec::new());
        }
        let of = use_of(kind, doc);
        let mut charges = Vec::new();
        for (key, (revision, quota)) in quotas {
            if let Some(used) = quota.charge(&of, doc)? {
                let patch = json!({"status": {"used": super::amount::to_value(&used)}});
                charges.push(Charge { key: key.clone(), expect: *revision, patch });
            }
        }
        Ok(charges)
    }
}

fn within<'a, T>(
    map: &'a BTreeMap<ObjectKey, T>,
    kind: KindId,
    namespace: &str,
) -> impl Iterator<Item = (&'a ObjectKey, &'a T)> {
    let first = ObjectKey::new(kind, namespace, "");
    let namespace: String = namespace.into();
    map.range((Bound::Included(first), Bound::Unbounded))
        .take_while(move |(key, _)| *key.namespace == *namespace)
}
