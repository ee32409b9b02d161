//! Whether what a client applies can be applied at all.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::element::Element;
use super::shape::{Parts, Shape};

/// So many errors are told.
const ERRORS_MAX: usize = 10;

/// Checks a configuration against its type: every field is known, every item of a list that merges has a name, and no
/// two have the same.
///
/// # Errors
/// What is wrong, in Kubernetes' words.
pub(super) fn check(shape: Shape<'_>, config: &Value) -> Result<(), String> {
    let mut errors = Vec::new();
    walk(shape, config, "", &mut errors);
    match errors.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => {
            let lines: Vec<String> = many.iter().map(|e| format!("\n  {e}")).collect();
            Err(format!("errors:{}", lines.concat()))
        }
    }
}

fn walk(shape: Shape<'_>, value: &Value, path: &str, errors: &mut Vec<String>) {
    if errors.len() >= ERRORS_MAX {
        return;
    }
    match shape.parts(Some(value), None) {
        Parts::One => {}
        Parts::Fields => {
            for (name, value) in value.as_object().into_iter().flatten() {
                let path = format!("{path}.{name}");
                if shape.is_closed() && !shape.declares(name) {
                    errors.push(format!("{path}: field not declared in schema"));
                } else {
                    walk(shape.field(name), value, &path, errors);
                }
            }
        }
        Parts::Items => items(shape, value, path, errors),
    }
}

fn items(shape: Shape<'_>, list: &Value, path: &str, errors: &mut Vec<String>) {
    let mut seen: BTreeSet<Element> = BTreeSet::new();
    for (at, item) in list.as_array().into_iter().flatten().enumerate() {
        match shape.element(item) {
            Err(why) => errors.push(format!("{path}: element {at}: {why}")),
            Ok(element) if seen.contains(&element) => {
                errors.push(format!("{path}: duplicate entries for key {element}"));
            }
            Ok(element) => {
                walk(shape.item(), item, &format!("{path}{element}"), errors);
                seen.insert(element);
            }
        }
    }
}
