//! A value and where it stands: rules walk documents with it, and what they find has its path by itself.

use alloc::vec::Vec;

use serde_json::Value;

use super::field::Path;
use crate::kinds::FieldError;

/// What is wrong.
pub type Errors = Vec<FieldError>;

static NOTHING: Value = Value::Null;

/// A value in a document.
#[derive(Clone, Debug)]
pub struct At<'a> {
    /// The value; `null` if there is none.
    pub value: &'a Value,
    /// Where it stands.
    pub path: Path,
}

impl<'a> At<'a> {
    /// A whole document.
    pub fn whole(doc: &'a Value) -> Self {
        Self { value: doc, path: Path::new("") }
    }

    /// A field of a whole document.
    pub fn root(doc: &'a Value, field: &str) -> Self {
        Self { value: doc.get(field).unwrap_or(&NOTHING), path: Path::new(field) }
    }

    /// A field, there or not.
    pub fn field(&self, name: &str) -> Self {
        Self { value: self.value.get(name).unwrap_or(&NOTHING), path: self.path.child(name) }
    }

    /// A field, if it is there.
    pub fn get(&self, name: &str) -> Option<Self> {
        let field = self.field(name);
        (!field.value.is_null()).then_some(field)
    }

    /// The text in a field; empty if there is none.
    pub fn text(&self, name: &str) -> &'a str {
        self.value.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// The whole number in a field.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.value.get(name).and_then(Value::as_i64)
    }

    /// Whether a field is true.
    pub fn flag(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The items of the list in a field.
    pub fn items(&self, name: &str) -> impl Iterator<Item = Self> + use<'a> {
        let path = self.path.child(name);
        let list = self.value.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().enumerate().map(move |(at, value)| Self { value, path: path.index(at) })
    }

    /// The entries of the map in a field.
    pub fn entries(&self, name: &str) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let path = self.path.child(name);
        let map = self.value.get(name).and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .map(move |(key, value)| (key.as_str(), Self { value, path: path.key(key) }))
    }

    /// Which of these fields are there.
    pub fn present(&self, names: &[&'static str]) -> Vec<&'static str> {
        names.iter().copied().filter(|name| self.get(name).is_some()).collect()
    }

    /// A text must be in this field; it is given back.
    pub fn required(&self, name: &str, errors: &mut Errors) -> &'a str {
        let text = self.text(name);
        if text.is_empty() {
            errors.push(self.path.child(name).required(""));
        }
        text
    }

    /// A text in this field must be one of these.
    pub fn one_of(&self, name: &str, supported: &[&str], errors: &mut Errors) {
        let text = self.text(name);
        if !text.is_empty() && !supported.contains(&text) {
            errors.push(self.path.child(name).not_supported(text, supported));
        }
    }

    /// A number in this field must not be below zero.
    pub fn non_negative(&self, name: &str, errors: &mut Errors) {
        if let Some(number) = self.int(name).filter(|&n| n < 0) {
            let why = "must be greater than or equal to 0";
            errors.push(self.path.child(name).invalid(number, why));
        }
    }

    /// A number in this field must be above zero.
    pub fn positive(&self, name: &str, errors: &mut Errors) {
        if let Some(number) = self.int(name).filter(|&n| n <= 0) {
            errors.push(self.path.child(name).invalid(number, "must be greater than 0"));
        }
    }

    /// A text in this field must pass a rule of [`super::names`].
    pub fn named(
        &self,
        name: &str,
        rule: fn(&str) -> Vec<alloc::string::String>,
        errors: &mut Errors,
    ) {
        let text = self.text(name);
        let path = self.path.child(name);
        errors.extend(rule(text).iter().map(|why| path.invalid(text, why)));
    }

    /// These fields are not acted on, and cannot be ignored safely.
    pub fn refuse(&self, names: &[&str], errors: &mut Errors) {
        errors.extend(names.iter().filter_map(|name| self.get(name)).map(|f| f.path.unacted()));
    }

    /// Items must differ in this text; an item without it is not looked at.
    pub fn unique(items: impl Iterator<Item = Self>, name: &str, errors: &mut Errors) {
        let mut seen: Vec<&str> = Vec::new();
        for item in items {
            let text = item.text(name);
            if text.is_empty() {
            } else if seen.contains(&text) {
                errors.push(item.path.child(name).duplicate(text));
            } else {
                seen.push(text);
            }
        }
    }
}
