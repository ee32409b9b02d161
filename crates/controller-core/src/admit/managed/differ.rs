//! What a document says, and what a change of it says.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::element::Element;
use super::set::{FieldSet, Node};
use super::shape::{Parts, Shape};

/// What an object of Kubernetes' own has where nobody has said anything.
static NOTHING: Value = Value::Null;

/// The fields that a document says.
pub(super) fn said(shape: Shape<'_>, doc: &Value) -> FieldSet {
    said_at(shape, doc).below
}

fn said_at(shape: Shape<'_>, value: &Value) -> Node {
    let mut below = FieldSet::default();
    match shape.parts(Some(value), None) {
        Parts::Fields => {
            for (name, value) in value.as_object().into_iter().flatten() {
                let mut node = said_at(shape.field(name), value);
                let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
                node.owned |= empty || !shape.declares(name);
                below.put(Element::field(name), node);
            }
            Node { owned: false, below }
        }
        Parts::Items => {
            for (element, item) in shape.named(Some(value)) {
                let node = match below.get(&element) {
                    // An item that is there twice is owned as one.
                    Some(_) => Node::leaf(),
                    None => Node { owned: true, ..said_at(shape.item(), item) },
                };
                below.put(element, node);
            }
            Node { owned: false, below }
        }
        Parts::One => {
            let owned = match shape {
                Shape::Whole => true,
                // Where there may be more to say, saying nothing is the field's that holds it.
                Shape::Unknown | Shape::Defined(_) => {
                    !(value.is_object() || value.is_array() && shape.tells_items_apart())
                }
                _ => false,
            };
            Node { owned, below }
        }
    }
}

/// What a change of a document says.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// The fields that have come, or have another value.
    pub(super) set: FieldSet,
    /// The fields that have gone.
    pub(super) gone: FieldSet,
}

/// Compares two states of a document.
pub(super) fn change(shape: Shape<'_>, old: &Value, new: &Value) -> Change {
    let (set, gone) = at(shape, Some(old), Some(new));
    Change { set: set.below, gone: gone.below }
}

fn at(shape: Shape<'_>, old: Option<&Value>, new: Option<&Value>) -> (Node, Node) {
    let (mut set, mut gone) = (Node::default(), Node::default());
    match shape.parts(old, new) {
        Parts::Fields => fields(shape, old, new, &mut set.below, &mut gone.below),
        Parts::Items => items(shape, old, new, &mut set.below, &mut gone.below),
        Parts::One => match (old, new) {
            (Some(old), Some(new)) if !same(old, new) => return replaced(shape, old, new),
            _ => {}
        },
    }
    set.owned = old.is_none() && new.is_some();
    gone.owned = new.is_none() && old.is_some();
    (set, gone)
}

/// One value has become another; an object of an unknown type may have become something else, or the other way round.
fn replaced(shape: Shape<'_>, old: &Value, new: &Value) -> (Node, Node) {
    let (mut set, mut gone) = (Node::leaf(), Node::default());
    if old.is_object() != new.is_object() && !matches!(shape, Shape::Whole) {
        set.below = at(shape, None, Some(new)).0.below;
        gone.below = at(shape, Some(old), None).1.below;
    }
    (set, gone)
}

/// Nothing, said in different ways, is the same.
fn same(one: &Value, other: &Value) -> bool {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    one == other || (empty(one) && empty(other))
}

fn fields<'v>(
    shape: Shape<'_>,
    old: Option<&'v Value>,
    new: Option<&'v Value>,
    set: &mut FieldSet,
    gone: &mut FieldSet,
) {
    let both = [old, new].into_iter().flatten().filter_map(Value::as_object);
    let names: BTreeSet<&String> = both.flat_map(Map::keys).collect();
    for name in names {
        let always = shape.always_has(name);
        let get = |value: Option<&'v Value>| match value.map(|v| v.get(name)) {
            Some(None) if always => Some(&NOTHING),
            found => found.flatten(),
        };
        let (come, left) = at(shape.field(name), get(old), get(new));
        set.put(Element::field(name), come);
        gone.put(Element::field(name), left);
    }
}

fn items(
    shape: Shape<'_>,
    old: Option<&Value>,
    new: Option<&Value>,
    set: &mut FieldSet,
    gone: &mut FieldSet,
) {
    type Sides<'v> = (Vec<&'v Value>, Vec<&'v Value>);
    let mut all: BTreeMap<Element, Sides<'_>> = BTreeMap::new();
    for (element, item) in shape.named(old) {
        all.entry(element).or_default().0.push(item);
    }
    for (element, item) in shape.named(new) {
        all.entry(element).or_default().1.push(item);
    }
    for (element, (before, after)) in all {
        let (come, left) = match (&*before, &*after) {
            ([before], [after]) => at(shape.item(), Some(before), Some(after)),
            ([], [after]) => at(shape.item(), None, Some(after)),
            ([before], []) => at(shape.item(), Some(before), None),
            (_, []) => (Node::default(), Node::leaf()),
            (one, other) if one == other => continue,
            _ => (Node::leaf(), Node::default()),
        };
        set.put(element.clone(), come);
        gone.put(element, left);
    }
}

/// A set in which every object is owned, too, that something is owned of: objects are there for what is in them.
/// Entries of a map and items of a list are there for themselves.
pub(super) fn with_objects_above(shape: Shape<'_>, set: &FieldSet) -> FieldSet {
    let mut out = FieldSet::default();
    for (element, node) in &set.0 {
        let inner = match element {
            Element::Field(name) => shape.field(name),
            _ => shape.item(),
        };
        let object = matches!(element, Element::Field(_)) && inner.is_object();
        let owned = node.owned || (object && !node.below.is_empty());
        out.put(element.clone(), Node { owned, below: with_objects_above(inner, &node.below) });
    }
    out
}
