//! Judges a value by a schema, in the words of Kubernetes (k8s.io/kube-openapi `validate`).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Number, Value};

use super::format::fits as is_formatted;
use super::schema::{Additional, Listed, Rules, Schema, Shape};
use crate::admit::check::field::Path;
use crate::kinds::FieldError;

/// So many errors are told at most.
const ERRORS_MAX: usize = 100;
/// So many steps an object is judged in at most: a value under a schema is one, and so is a character under a state of a
/// pattern.
const STEPS_MAX: u64 = 300_000_000;

/// Finds what is wrong with a value.
pub(super) fn check(schema: &Schema, value: &Value, path: &Path, errors: &mut Vec<FieldError>) {
    let mut judge = Judge { errors: Vec::new(), max: ERRORS_MAX, steps: STEPS_MAX };
    judge.value(schema, value, path);
    if judge.steps == 0 {
        let why = "it takes too long to judge the object by its schema: make it smaller, or the schema simpler";
        judge.errors.push(path.forbidden(why));
    }
    errors.append(&mut judge.errors);
}

pub(super) struct Judge {
    pub(super) errors: Vec<FieldError>,
    /// With so many errors it is enough.
    pub(super) max: usize,
    /// So many steps are left.
    pub(super) steps: u64,
}

impl Judge {
    /// Whether a value is as a schema wants it.
    pub(super) fn fits(&mut self, schema: &Schema, value: &Value) -> bool {
        self.told(schema, value, &Path::new(""), 1).is_empty()
    }

    /// What is wrong with a value, up to so many errors, without telling it.
    pub(super) fn told(
        &mut self,
        schema: &Schema,
        value: &Value,
        path: &Path,
        max: usize,
    ) -> Vec<FieldError> {
        let mut inner = Self { errors: Vec::new(), max, steps: self.steps };
        inner.value(schema, value, path);
        self.steps = inner.steps;
        inner.errors
    }

    /// Takes steps; false if there are none left.
    fn walks(&mut self, steps: u64) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        self.steps > 0
    }

    pub(super) fn value(&mut self, schema: &Schema, value: &Value, path: &Path) {
        if self.errors.len() >= self.max || !self.walks(1) {
            return;
        }
        if value.is_null() && schema.nullable {
            return;
        }
        if schema.int_or_string && !(is_integer(value) || value.is_string()) {
            let at = path.as_str();
            self.composite(format!("\"{at}\" must validate at least one schema (anyOf)"));
            self.wrong_type(path, "integer", value);
            return;
        }
        if !is_of(schema.shape, value) {
            self.wrong_type(path, schema.shape.as_str(), value);
            return;
        }
        if schema.embedded {
            self.embedded(value, path);
        }
        if let Some(rules) = &schema.rules {
            self.rules(rules, value, path);
        }
        match value {
            Value::Object(fields) => self.fields(schema, fields, path),
            Value::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    if let Some(items) = &schema.items {
                        self.value(items, element, &path.index(at));
                    }
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, schema: &Schema, fields: &Map<String, Value>, path: &Path) {
        for (name, value) in fields {
            let below = match (schema.properties.get(name), &schema.additional) {
                (Some(property), _) => property,
                (None, Additional::Of(of)) => of,
                _ => continue,
            };
            self.value(below, value, &path.child(name));
        }
    }

    fn wrong_type(&mut self, path: &Path, wanted: &str, value: &Value) {
        let (at, is) = (path.as_str(), type_of(value));
        let why = format!("{at} in body must be of type {wanted}: {is:?}");
        self.errors.push(path.type_invalid(is, &why));
    }

    /// Errors about several schemas at once stand at no field in Kubernetes.
    pub(super) fn composite(&mut self, why: String) {
        self.errors.push(Path::new("<nil>").invalid("", &why));
    }

    /// A whole object within another says what it is.
    fn embedded(&mut self, value: &Value, path: &Path) {
        for field in ["apiVersion", "kind"] {
            match value.get(field) {
                Some(Value::String(text)) if !text.is_empty() => {}
                Some(Value::String(_)) | None | Some(Value::Null) => {
                    self.errors.push(path.child(field).required("must not be empty"));
                }
                Some(other) => self.wrong_type(&path.child(field), "string", other),
            }
        }
        if let Some(metadata) = value.get("metadata").filter(|m| !m.is_object() && !m.is_null()) {
            self.wrong_type(&path.child("metadata"), "object", metadata);
        }
    }

    fn rules(&mut self, rules: &Rules, value: &Value, path: &Path) {
        self.walks(rules.choices.len() as u64);
        if !rules.choices.is_empty() && !rules.choices.iter().any(|c| same(c, value)) {
            self.errors.push(path.not_among(value, &rules.choices));
        }
        if !rules.format.is_empty() && !is_formatted(&rules.format, value) {
            let shown = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
            let why =
                format!("{} in body must be of type {}: {shown:?}", path.as_str(), rules.format);
            self.errors.push(path.type_invalid(value, &why));
        }
        match value {
            Value::String(text) => self.text(rules, text, path),
            Value::Number(number) => self.number(rules, number, path),
            Value::Array(elements) => self.list(rules, elements, path),
            Value::Object(fields) => self.object(rules, fields, path),
            _ => {}
        }
        self.junctors(rules, value, path);
    }

    fn text(&mut self, rules: &Rules, text: &str, path: &Path) {
        let at = path.as_str();
        let length = text.chars().count() as u64;
        if let Some(max) = rules.length_max.filter(|max| length > *max) {
            self.errors.push(path.too_long(usize::try_from(max).unwrap_or(usize::MAX)));
        }
        if let Some(min) = rules.length_min.filter(|min| length < *min) {
            let why = format!("{at} in body should be at least {min} chars long");
            self.errors.push(path.invalid(text, &why));
        }
        let judged = rules.pattern.as_ref().filter(|p| self.walks(p.steps(text)));
        if let Some(pattern) = judged.filter(|p| !p.is_in(text)) {
            let why = format!("{at} in body should match '{}'", pattern.text);
            self.errors.push(path.invalid(text, &why));
        }
    }

    fn number(&mut self, rules: &Rules, number: &Number, path: &Path) {
        let mut wrong = |why: String| {
            let why = format!("{} in body should be {why}", path.as_str());
            self.errors.push(path.invalid(&Value::Number(number.clone()), &why));
        };
        if let Some(max) = &rules.maximum {
            match order(number, max) {
                order if order.is_gt() && !rules.below_maximum => {
                    wrong(format!("less than or equal to {}", shown(max)));
                }
                order if order.is_ge() && rules.below_maximum => {
                    wrong(format!("less than {}", shown(max)));
                }
                _ => {}
            }
        }
        if let Some(min) = &rules.minimum {
            match order(number, min) {
                order if order.is_lt() && !rules.above_minimum => {
                    wrong(format!("greater than or equal to {}", shown(min)));
                }
                order if order.is_le() && rules.above_minimum => {
                    wrong(format!("greater than {}", shown(min)));
                }
                _ => {}
            }
        }
        if let Some(of) = rules.multiple_of.as_ref().filter(|of| !is_multiple(number, of)) {
            wrong(format!("a multiple of {}", shown(of)));
        }
    }

    fn list(&mut self, rules: &Rules, elements: &[Value], path: &Path) {
        let count = elements.len() as u64;
        if let Some(max) = rules.items_max.filter(|max| count > *max) {
            self.errors.push(path.too_many(count, max));
        }
        if let Some(min) = rules.items_min.filter(|min| count < *min) {
            let why = format!("{} in body should have at least {min} items", path.as_str());
            self.errors.push(path.invalid(i64::try_from(count).unwrap_or(i64::MAX), &why));
        }
        let key = |element: &Value| match &rules.listed {
            Listed::Atomic => None,
            Listed::Set => Some(element.clone()),
            Listed::Map(keys) => {
                let part = |k: &String| Some((k.clone(), element.get(k)?.clone()));
                Some(Value::Object(keys.iter().filter_map(part).collect()))
            }
        };
        let mut seen = BTreeSet::new();
        for (at, element) in elements.iter().enumerate() {
            if let Some(key) = key(element)
                && !seen.insert(key.to_string())
            {
                self.errors.push(path.index(at).duplicate(&key));
            }
        }
    }

    fn object(&mut self, rules: &Rules, fields: &Map<String, Value>, path: &Path) {
        for name in rules.required.iter().filter(|name| !fields.contains_key(*name)) {
            self.errors.push(path.child(name).required(""));
        }
        let count = fields.len() as u64;
        if let Some(max) = rules.properties_max.filter(|max| count > *max) {
            self.errors.push(path.too_many(count, max));
        }
        if let Some(min) = rules.properties_min.filter(|min| count < *min) {
            let why = format!("{} in body should have at least {min} properties", path.as_str());
            self.errors.push(path.invalid(i64::try_from(count).unwrap_or(i64::MAX), &why));
        }
    }
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n % 1.0 == 0.0)
}

fn is_of(shape: Shape, value: &Value) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Object => value.is_object(),
        Shape::Array => value.is_array(),
        Shape::String => value.is_string(),
        Shape::Integer => is_integer(value),
        Shape::Number => value.is_number(),
        Shape::Boolean => value.is_boolean(),
        Shape::Unknown => false,
    }
}

/// What a value is, in JSON schema's words.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if is_integer(value) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Equal, `1` and `1.0` too.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => order(a, b).is_eq(),
        _ => one == other,
    }
}

/// Whole numbers exactly, others as fractions.
fn order(one: &Number, other: &Number) -> core::cmp::Ordering {
    let whole = |n: &Number| n.as_i64().map(i128::from).or_else(|| n.as_u64().map(i128::from));
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_f64().unwrap_or(0.0).total_cmp(&other.as_f64().unwrap_or(0.0)),
    }
}

fn is_multiple(number: &Number, of: &Number) -> bool {
    match (number.as_i64(), of.as_i64()) {
        (_, Some(0)) => true,
        (Some(number), Some(of)) => number.checked_rem(of).is_none_or(|rest| rest == 0),
        _ => {
            let parts = number.as_f64().unwrap_or(0.0) / of.as_f64().unwrap_or(1.0);
            parts % 1.0 == 0.0
        }
    }
}

/// A number as Go writes it: `10.0` is `10`.
fn shown(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(ToString::to_string).unwrap_or(text)
}
