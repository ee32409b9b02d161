//! A set of fields of a document, as `metadata.managedFields` holds it.
//!
//! The law here: a field and what is below it are owned apart; owning `spec` says nothing of `spec.replicas`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::element::Element;

/// So deep sets may be nested that come from outside, as deep as JSON may be.
const DEPTH_MAX: usize = 128;

/// A set of paths. The path of the document itself is in none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet(pub(super) BTreeMap<Element, Node>);

/// What a set says of one element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Whether it is in the set itself.
    pub(super) owned: bool,
    /// What of it is in the set.
    pub(super) below: FieldSet,
}

impl Node {
    /// The element itself, and nothing below it.
    pub(super) fn leaf() -> Self {
        Self { owned: true, below: FieldSet::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.owned && self.below.is_empty()
    }
}

impl FieldSet {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a node there that is not empty.
    pub(super) fn put(&mut self, element: Element, node: Node) {
        if !node.is_empty() {
            self.0.insert(element, node);
        }
    }

    pub(super) fn get(&self, element: &Element) -> Option<&Node> {
        self.0.get(element)
    }

    /// What is in either.
    pub(super) fn union(mut self, other: &Self) -> Self {
        for (element, node) in &other.0 {
            let mine = self.0.remove(element).unwrap_or_default();
            let owned = mine.owned || node.owned;
            let below = mine.below.union(&node.below);
            self.0.insert(element.clone(), Node { owned, below });
        }
        self
    }

    /// What is here and not there.
    pub(super) fn difference(mut self, other: &Self) -> Self {
        if other.is_empty() {
            return self;
        }
        let mut left = BTreeMap::new();
        for (element, mut node) in core::mem::take(&mut self.0) {
            if let Some(gone) = other.get(&element) {
                node.owned &= !gone.owned;
                node.below = node.below.difference(&gone.below);
            }
            if !node.is_empty() {
                left.insert(element, node);
            }
        }
        Self(left)
    }

    /// What is in both.
    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut both = Self::default();
        for (element, node) in &self.0 {
            if let Some(theirs) = other.get(element) {
                let owned = node.owned && theirs.owned;
                both.put(
                    element.clone(),
                    Node { owned, below: node.below.intersection(&theirs.below) },
                );
            }
        }
        both
    }

    /// Takes away a field of the top, and all that is below it.
    pub(super) fn without_field(mut self, name: &str) -> Self {
        self.0.remove(&Element::field(name));
        self
    }

    /// Leaves a field of the top, and all that is below it.
    pub(super) fn only_field(mut self, name: &str) -> Self {
        let element = Element::field(name);
        let node = self.0.remove(&element);
        Self(node.into_iter().map(|node| (element.clone(), node)).collect())
    }

    /// Takes away a field of the top itself, and some of those within it.
    pub(super) fn without_fields_of(mut self, name: &str, fields: &[&str]) -> Self {
        let element = Element::field(name);
        if let Some(node) = self.0.remove(&element) {
            let below = fields.iter().fold(node.below, |set, field| set.without_field(field));
            self.put(element, Node { owned: false, below });
        }
        self
    }

    /// Every path, in order.
    pub(super) fn each<'a>(&'a self, mut told: impl FnMut(&[&'a Element])) {
        self.walk(&mut Vec::new(), &mut told);
    }

    fn walk<'a>(&'a self, path: &mut Vec<&'a Element>, told: &mut impl FnMut(&[&'a Element])) {
        for (element, node) in &self.0 {
            path.push(element);
            if node.owned {
                told(path);
            }
            node.below.walk(path, told);
            path.pop();
        }
    }

    /// As `FieldsV1`.
    pub(super) fn encode(&self) -> Value {
        let mut out = Map::new();
        for (element, node) in &self.0 {
            let mut inner = node.below.encode();
            if let Some(fields) = inner.as_object_mut().filter(|f| node.owned && !f.is_empty()) {
                fields.insert(".".into(), Value::Object(Map::new()));
            }
            out.insert(element.encode(), inner);
        }
        Value::Object(out)
    }

    /// Reads `FieldsV1`; none if it is none.
    pub(super) fn decode(fields: &Value) -> Option<Self> {
        Self::decode_at(fields, 0)
    }

    fn decode_at(fields: &Value, depth: usize) -> Option<Self> {
        if depth > DEPTH_MAX {
            return None;
        }
        let mut set = Self::default();
        for (name, inner) in fields.as_object()? {
            if name == "." {
                continue;
            }
            let inner_fields = inner.as_object()?;
            let owned = inner_fields.is_empty() || inner_fields.contains_key(".");
            let below = Self::decode_at(inner, depth + 1)?;
            set.put(Element::parse(name)?, Node { owned, below });
        }
        Some(set)
    }
}
