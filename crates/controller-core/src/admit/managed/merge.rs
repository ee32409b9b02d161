//! What is applied meets what is there; and fields go that nobody wants any longer.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::element::Element;
use super::set::FieldSet;
use super::shape::{Parts, Shape};

/// The live document with what a configuration says.
pub(super) fn merge(shape: Shape<'_>, live: &Value, config: &Value) -> Value {
    match shape.parts(Some(live), Some(config)) {
        Parts::One => config.clone(),
        Parts::Fields => {
            let mut out = live.as_object().cloned().unwrap_or_default();
            for (name, value) in config.as_object().into_iter().flatten() {
                let merged = match out.get(name) {
                    Some(old) => merge(shape.field(name), old, value),
                    None => value.clone(),
                };
                out.insert(name.clone(), merged);
            }
            Value::Object(out)
        }
        Parts::Items => Value::Array(items(shape, live, config)),
    }
}

/// The items of the configuration stand in its order. The others keep their place against those before them: they
/// stand where they stood until the next item that both have.
fn items(shape: Shape<'_>, live: &Value, config: &Value) -> Vec<Value> {
    let (old, new) = (shape.named(Some(live)), shape.named(Some(config)));
    let wanted: BTreeSet<&Element> = new.iter().map(|(element, _)| element).collect();
    let mut there: BTreeMap<&Element, &Value> = BTreeMap::new();
    for (element, item) in &old {
        there.entry(element).or_insert(item);
    }
    let mut shared = new.iter().map(|(element, _)| element).filter(|e| there.contains_key(e));
    let mut next = shared.next();
    let mut rest = old.iter().peekable();
    let mut out = Vec::with_capacity(old.len() + new.len());
    for (element, item) in &new {
        while let Some((other, value)) = rest.next_if(|(other, _)| Some(other) != next) {
            if !wanted.contains(other) {
                out.push((*value).clone());
            }
        }
        out.push(match there.get(element) {
            Some(old) => merge(shape.item(), old, item),
            None => (*item).clone(),
        });
        if next == Some(element) {
            next = shared.next();
        }
    }
    out.extend(rest.filter(|(e, _)| !wanted.contains(e)).map(|(_, value)| (*value).clone()));
    out
}

/// A document without the fields of a set; none if nothing is left of it.
pub(super) fn remove(shape: Shape<'_>, value: &Value, gone: &FieldSet) -> Option<Value> {
    if gone.is_empty() {
        return Some(value.clone());
    }
    match shape.parts(Some(value), None) {
        Parts::One => Some(value.clone()),
        Parts::Fields => {
            let mut left = Map::new();
            for (name, value) in value.as_object().into_iter().flatten() {
                let kept = match gone.get(&Element::field(name)) {
                    None => Some(value.clone()),
                    Some(node) if node.owned => None,
                    Some(node) => remove(shape.field(name), value, &node.below),
                };
                left.extend(kept.map(|value| (name.clone(), value)));
            }
            (!left.is_empty()).then_some(Value::Object(left))
        }
        Parts::Items => {
            let keep = |item: &Value| {
                let element = shape.element(item).ok();
                match element.and_then(|e| gone.get(&e)) {
                    None => Some(item.clone()),
                    Some(node) if node.owned => None,
                    Some(node) => remove(shape.item(), item, &node.below),
                }
            };
            let left: Vec<Value> =
                value.as_array().into_iter().flatten().filter_map(keep).collect();
            (!left.is_empty()).then_some(Value::Array(left))
        }
    }
}
