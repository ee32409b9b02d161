//! Strategic merge patch, as a server applies it.
//!
//! The law here: the result, order of lists included, is what Kubernetes' own server would make. The merge keys are
//! those of strategic merge; server-side apply has others.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use serde_json::{Map, Value};

use super::{Form, NONE, Rules, Type};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
/// Merging compares elements pairwise, so a list has a bound.
const MERGED_MAX: usize = 5000;

/// Why a patch cannot be applied. To a client these are 400 Bad Request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch, or the document, is not an object.
    #[error("expected a JSON object to patch, and a JSON object as the patch")]
    NotObject,
    /// `$patch` says something that is not known.
    #[error("unknown patch type found: {0}")]
    UnknownDirective(String),
    /// A list is told apart by a key that an element lacks.
    #[error("map: {element} does not contain declared merge key: {key}")]
    NoMergeKey {
        /// The element, as JSON.
        element: String,
        /// The key.
        key: &'static str,
    },
    /// A list that merges has elements of several types, or lists as elements.
    #[error("list {0}: all elements must be of one type, and not lists")]
    MixedList(String),
    /// A list that merges is longer than anyone's.
    #[error("list {0}: more than {MERGED_MAX} elements cannot be merged")]
    TooLong(String),
    /// A directive holds what it must not.
    #[error("invalid patch format of {0}")]
    BadDirective(String),
    /// The order of a list in the patch is not the order that the patch asks for.
    #[error("the order in patch list {0} doesn't match its $setElementOrder list")]
    Order(String),
}

/// Applies a strategic merge patch to a document of that type.
///
/// # Errors
/// The patch does not fit the type or the document; see [`PatchError`].
pub fn strategic_merge(
    of: &'static Type,
    original: Value,
    patch: Value,
) -> Result<Value, PatchError> {
    let (Value::Object(original), Value::Object(patch)) = (original, patch) else {
        return Err(PatchError::NotObject);
    };
    merge_object(original, patch, Schema::Object(of)).map(Value::Object)
}

/// What is known of the fields of an object that is being merged.
#[derive(Clone, Copy)]
enum Schema {
    Object(&'static Type),
    Map(Form),
    Unknown,
}

impl Schema {
    fn of(form: Form) -> Self {
        match form {
            Form::Object(of) => Self::Object(of),
            Form::Map(element) => Self::Map(*element),
            _ => Self::Unknown,
        }
    }

    /// The schema of a field, or of a list's elements, and how the field merges.
    fn field(self, name: &str) -> (Self, &'static Rules) {
        let (form, rules) = match self {
            Self::Object(of) => match of.field(name) {
                Some(field) => (field.form, field.rules),
                None => return (Self::Unknown, &NONE),
            },
            Self::Map(element) => (element, &NONE),
            Self::Unknown => return (Self::Unknown, &NONE),
        };
        match form {
            Form::Array(element) => (Self::of(*element), rules),
            form => (Self::of(form), rules),
        }
    }
}

type Object = Map<String, Value>;

fn merge_object(
    mut original: Object,
    mut patch: Object,
    schema: Schema,
) -> Result<Object, PatchError> {
    match patch.remove(DIRECTIVE) {
        None => {}
        Some(Value::String(word)) if word == "merge" => {}
        Some(Value::String(word)) if word == "replace" => {
            return Ok(without_nulls(patch));
        }
        Some(Value::String(word)) if word == "delete" => return Ok(Object::new()),
        Some(other) => return Err(PatchError::UnknownDirective(format!("{other}"))),
    }
    retain_keys(&mut original, &mut patch)?;
    merge_ordered_lists(&mut original, &mut patch, schema)?;
    for (name, value) in patch {
        let (name, deletes) = match name.strip_prefix(DELETE_FROM) {
            Some(list) => (String::from(list), true),
            None => (name, false),
        };
        if value.is_null() {
            original.remove(&name);
            continue;
        }
        let merged = match (original.remove(&name), value) {
            (Some(old), value) if deletes => Some(delete_from(old, value, &name)?),
            (None, _) if deletes => None,
            (Some(Value::Object(old)), Value::Object(new)) => {
                let (inner, rules) = schema.field(&name);
                Some(Value::Object(if rules.replace {
                    settle_object(new)
                } else {
                    merge_object(old, new, inner)?
                }))
            }
            (Some(Value::Array(old)), Value::Array(new)) => {
                let (inner, rules) = schema.field(&name);
                Some(Value::Array(merge_field_list(old, new, inner, rules, &name)?))
            }
            (_, value) => settle(value),
        };
        if let Some(merged) = merged {
            original.insert(name, merged);
        }
    }
    Ok(original)
}

/// `$retainKeys`: of what was there, only these stay.
fn retain_keys(original: &mut Object, patch: &mut Object) -> Result<(), PatchError> {
    let Some(kept) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let bad = || PatchError::BadDirective(RETAIN_KEYS.into());
    let kept: BTreeSet<&str> = kept
        .as_array()
        .ok_or_else(bad)?
        .iter()
        .map(|key| key.as_str().ok_or_else(bad))
        .collect::<Result<_, _>>()?;
    let directive = |name: &str| name.starts_with(SET_ORDER) || name.starts_with(DELETE_FROM);
    if patch
        .iter()
        .any(|(name, value)| !value.is_null() && !directive(name) && !kept.contains(name.as_str()))
    {
        return Err(bad());
    }
    original.retain(|name, _| kept.contains(name.as_str()));
    Ok(())
}

/// `$setElementOrder/list`: merges the list that it names, and puts its elements in that order. What it has merged
/// is no longer in the patch.
fn merge_ordered_lists(
    original: &mut Object,
    patch: &mut Object,
    schema: Schema,
) -> Result<(), PatchError> {
    let directives: Vec<String> =
        patch.keys().filter(|name| name.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let Some(Value::Array(order)) = patch.remove(&directive) else {
            return Err(PatchError::BadDirective(directive));
        };
        let name = directive.strip_prefix(SET_ORDER).unwrap_or_default();
        let (inner, rules) = schema.field(name);
        let change = match patch.get(name) {
            // A null deletes the list; that is for the ordinary way.
            Some(Value::Null) => continue,
            Some(Value::Array(_)) => patch.remove(name),
            Some(_) => return Err(PatchError::BadDirective(directive)),
            None => None,
        };
        let old = match original.remove(name) {
            Some(Value::Array(old)) => Some(old),
            Some(other) => {
                original.insert(name.into(), other);
                None
            }
            None => None,
        };
        if order.len() > MERGED_MAX {
            return Err(PatchError::TooLong(name.into()));
        }
        if let Some(Value::Array(change)) = &change {
            order_fits(change, &order, rules, name)?;
        }
        let before = place_of_arrivals(old.as_deref(), change.as_ref(), rules.merge_key);
        let merged = match (old, change) {
            (None, None) => continue,
            (Some(old), None) => old,
            (None, Some(Value::Array(change))) => {
                merge_field_list(Vec::new(), change, inner, rules, name)?
            }
            (Some(old), Some(Value::Array(change))) => {
                merge_field_list(old, change, inner, rules, name)?
            }
            (_, Some(_)) => return Err(PatchError::BadDirective(directive)),
        };
        original
            .insert(name.into(), Value::Array(in_order(merged, &order, &before, rules.merge_key)));
    }
    Ok(())
}

/// The order that unnamed elements keep: what was there, less what the patch deletes, and in the room that those
/// leave, what it brings. The last is an accident of Kubernetes' server, which deletes and appends within one slice;
/// it decides where an element that the patch does not name stands against one that it brings.
fn place_of_arrivals(old: Option<&[Value]>, change: Option<&Value>, key: &str) -> Vec<Value> {
    let old = old.unwrap_or_default();
    let change = change.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let deleted = |value: &Value| {
        change.iter().any(|element| {
            element.get(DIRECTIVE).is_some_and(|word| word == "delete") && same(element, value, key)
        })
    };
    let mut before: Vec<Value> = old.iter().filter(|value| !deleted(value)).cloned().collect();
    let room = old.len() - before.len();
    let is_new = |element: &&Value| {
        element.get(DIRECTIVE).is_none()
            && !old.iter().any(|value| same(value, element, key) && !deleted(value))
    };
    let arrivals: Vec<Value> = change.iter().filter(is_new).take(room).cloned().collect();
    before.extend(arrivals);
    before
}

/// The elements that the patch brings must stand in the order that it asks for.
fn order_fits(
    change: &[Value],
    order: &[Value],
    rules: &'static Rules,
    name: &str,
) -> Result<(), PatchError> {
    let mut rest = order.iter();
    for element in change {
        if element.get(DIRECTIVE).is_some() {
            continue;
        }
        if !rest.any(|asked| same(asked, element, rules.merge_key)) {
            return Err(PatchError::Order(name.into()));
        }
    }
    Ok(())
}

/// `$deleteFromPrimitiveList/list`: takes these scalars out.
fn delete_from(old: Value, gone: Value, name: &str) -> Result<Value, PatchError> {
    match (old, gone) {
        (Value::Array(mut old), Value::Array(gone)) => {
            old.retain(|value| !gone.contains(value));
            Ok(Value::Array(old))
        }
        (Value::Array(_), _) => Err(PatchError::BadDirective(format!("{DELETE_FROM}{name}"))),
        (old, _) => Ok(old),
    }
}

/// A list in the patch meets a list in the document.
fn merge_field_list(
    old: Vec<Value>,
    new: Vec<Value>,
    schema: Schema,
    rules: &'static Rules,
    name: &str,
) -> Result<Vec<Value>, PatchError> {
    if !rules.merge {
        return Ok(settle_list(new));
    }
    if old.len() + new.len() > MERGED_MAX {
        return Err(PatchError::TooLong(name.into()));
    }
    merge_list(old, new, schema, rules.merge_key, name)
}

fn merge_list(
    mut old: Vec<Value>,
    new: Vec<Value>,
    schema: Schema,
    key: &'static str,
    name: &str,
) -> Result<Vec<Value>, PatchError> {
    if old.is_empty() && new.is_empty() {
        return Ok(old);
    }
    let objects = old.iter().chain(&new).filter(|value| value.is_object()).count();
    if objects == 0 {
        return merge_scalars(old, new, name);
    }
    if objects != old.len() + new.len() || key.is_empty() {
        return Err(PatchError::MixedList(name.into()));
    }
    let mut changes = Vec::new();
    let mut replace = false;
    for element in new {
        match element.get(DIRECTIVE).map(|word| word.as_str().unwrap_or_default()) {
            None => changes.push(element),
            Some("replace") => replace = true,
            Some("delete") => {
                let gone = merge_value(&element, key)?;
                old.retain(|value| value.get(key) != Some(gone));
            }
            Some(_) => return Err(PatchError::UnknownDirective(format!("{}", element[DIRECTIVE]))),
        }
    }
    if replace {
        return Ok(settle_list(changes));
    }
    let before = old.clone();
    let order = changes.clone();
    let mut merged = old;
    for change in changes {
        let wanted = merge_value(&change, key)?.clone();
        let at = merged.iter().position(|value| value.get(key) == Some(&wanted));
        let Value::Object(change) = change else { continue };
        match at.and_then(|at| merged.get_mut(at)) {
            Some(slot) => {
                let Value::Object(current) = mem::take(slot) else { continue };
                *slot = Value::Object(merge_object(current, change, schema)?);
            }
            None => merged.push(Value::Object(settle_element(change))),
        }
    }
    Ok(in_order(merged, &order, &before, key))
}

fn merge_value<'a>(element: &'a Value, key: &'static str) -> Result<&'a Value, PatchError> {
    element.get(key).ok_or_else(|| PatchError::NoMergeKey { element: format!("{element}"), key })
}

fn merge_scalars(old: Vec<Value>, new: Vec<Value>, name: &str) -> Result<Vec<Value>, PatchError> {
    if old.iter().chain(&new).any(Value::is_array) {
        return Err(PatchError::MixedList(name.into()));
    }
    let mut merged: Vec<Value> = Vec::with_capacity(old.len() + new.len());
    for value in old.iter().chain(&new) {
        if !merged.contains(value) {
            merged.push(value.clone());
        }
    }
    Ok(in_order(merged, &new, &old, ""))
}

/// Puts a merged list in order: the elements that `order` names stand as it says; the others keep the place that they
/// had before against them, and come after them where that does not say.
fn in_order(merged: Vec<Value>, order: &[Value], before: &[Value], key: &str) -> Vec<Value> {
    let place =
        |list: &[Value], value: &Value| list.iter().position(|other| same(other, value, key));
    let mut named: Vec<(usize, Value)> = Vec::new();
    let mut others: Vec<(usize, Value)> = Vec::new();
    for value in merged {
        match place(order, &value) {
            Some(at) => named.push((at, value)),
            None => others.push((place(before, &value).unwrap_or(usize::MAX), value)),
        }
    }
    named.sort_by_key(|(at, _)| *at);
    others.sort_by_key(|(at, _)| *at);
    let mut all = Vec::with_capacity(named.len() + others.len());
    let mut named = named.into_iter().map(|(_, value)| value).peekable();
    let mut others = others.into_iter().map(|(_, value)| value).peekable();
    loop {
        let other_first = match (others.peek(), named.peek()) {
            (None, None) => return all,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(named)) => match (place(before, other), place(before, named)) {
                (Some(other), Some(named)) => other < named,
                _ => false,
            },
        };
        all.extend(if other_first { others.next() } else { named.next() });
    }
}

/// Whether two list elements are the same one.
fn same(one: &Value, other: &Value, key: &str) -> bool {
    if key.is_empty() {
        one == other
    } else {
        one.get(key).is_some() && one.get(key) == other.get(key)
    }
}

/// A new value as it is kept: without directives and nulls. `None` where nothing is kept: what a directive is about
/// is not there, so Kubernetes drops it whole, `replace` too.
fn settle(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) if fields.contains_key(DIRECTIVE) => None,
        Value::Object(fields) => Some(Value::Object(settle_object(fields))),
        Value::Array(elements) => Some(Value::Array(settle_list(elements))),
        Value::Null => None,
        value => Some(value),
    }
}

/// A new list element as it is kept: as any new value, but that a `replace` within it leaves what it brings.
fn settle_element(mut fields: Object) -> Object {
    for value in fields.values_mut() {
        if value.get(DIRECTIVE).is_some_and(|word| word == "replace")
            && let Value::Object(inner) = value
        {
            inner.remove(DIRECTIVE);
        }
    }
    settle_object(fields)
}

fn settle_object(fields: Object) -> Object {
    let directive = |name: &str| {
        name == DIRECTIVE
            || name == RETAIN_KEYS
            || name.starts_with(SET_ORDER)
            || name.starts_with(DELETE_FROM)
    };
    fields
        .into_iter()
        .filter(|(name, _)| !directive(name))
        .filter_map(|(name, value)| settle(value).map(|value| (name, value)))
        .collect()
}

fn settle_list(elements: Vec<Value>) -> Vec<Value> {
    elements.into_iter().filter_map(settle).collect()
}

/// What `$patch: replace` leaves: the patch as it is, but nulls, which say nothing there.
fn without_nulls(fields: Object) -> Object {
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
}
