//! Field validation: what of a document the schema knows.
//!
//! The law here: [`prune`] leaves of a document exactly what Kubernetes' own decoder and encoder would leave of it, so
//! that equal intents are equal documents. Nothing here changes what a known field says.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use serde_json::{Map, Value};

use super::{Field, Form, Type};

/// At most so many unknown fields are told, as in Kubernetes.
pub const UNKNOWN_FIELDS_MAX: usize = 100;

/// A value that its field cannot hold, in Kubernetes' words, e.g.
/// `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(pub String);

/// The fields of `document` that its type does not have, as `unknown field "spec.foo"`; at most
/// [`UNKNOWN_FIELDS_MAX`] of them, in the order of their names.
pub fn unknown_fields(of: &Type, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    unknown_in(of, document, "", &mut found);
    found.iter().map(|path| format!("unknown field \"{path}\"")).collect()
}

fn unknown_in(of: &Type, value: &Value, path: &str, found: &mut Vec<String>) {
    let Value::Object(fields) = value else { return };
    for (name, value) in fields {
        if found.len() >= UNKNOWN_FIELDS_MAX {
            return;
        }
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match of.field(name) {
            Some(field) => unknown_at(field.form, value, &here, found),
            None => found.push(here),
        }
    }
}

fn unknown_at(form: Form, value: &Value, path: &str, found: &mut Vec<String>) {
    match (form, value) {
        (Form::Object(of), _) => unknown_in(of, value, path, found),
        (Form::Array(element), Value::Array(elements)) if nests(*element) => {
            for (index, value) in elements.iter().enumerate() {
                unknown_at(*element, value, &format!("{path}[{index}]"), found);
            }
        }
        (Form::Map(element), Value::Object(elements)) if nests(*element) => {
            for (key, value) in elements {
                unknown_at(*element, value, &format!("{path}.{key}"), found);
            }
        }
        _ => {}
    }
}

/// Whether values of this form have fields somewhere within.
fn nests(form: Form) -> bool {
    match form {
        Form::Object(_) => true,
        Form::Array(element) | Form::Map(element) => nests(*element),
        _ => false,
    }
}

/// Checks that every known field holds what it can hold.
///
/// # Errors
/// The first field that does not.
pub fn check(of: &Type, document: &Value) -> Result<(), Mismatch> {
    if let Value::Object(_) = document {
        return check_object(of, document, "");
    }
    let told = told(document, None);
    Err(Mismatch(format!("json: cannot unmarshal {told} into Go value of type {}", go_name(of))))
}

fn check_object(of: &Type, value: &Value, path: &str) -> Result<(), Mismatch> {
    let Value::Object(fields) = value else { return Ok(()) };
    for (name, value) in fields {
        if let Some(field) = of.field(name) {
            let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            check_at(of, field.form, value, &here)?;
        }
    }
    Ok(())
}

fn check_at(within: &Type, form: Form, value: &Value, path: &str) -> Result<(), Mismatch> {
    let mismatch = || {
        let struct_name = within.short_name();
        Mismatch(format!(
            "json: cannot unmarshal {} into Go struct field {struct_name}.{path} of type {}",
            told(value, Some(form)),
            go_form(form)
        ))
    };
    if value.is_null() {
        return Ok(());
    }
    match form {
        Form::Raw | Form::Json => Ok(()),
        Form::String => value.as_str().map(|_| ()).ok_or_else(mismatch),
        Form::Bytes => check_bytes(value.as_str().ok_or_else(mismatch)?),
        Form::Bool => value.as_bool().map(|_| ()).ok_or_else(mismatch),
        Form::Int32 => {
            value.as_i64().and_then(|n| i32::try_from(n).ok()).map(|_| ()).ok_or_else(mismatch)
        }
        Form::Int64 => value.as_i64().map(|_| ()).ok_or_else(mismatch),
        Form::Float => value.as_f64().map(|_| ()).ok_or_else(mismatch),
        Form::Quantity => check_quantity(value),
        Form::IntOrString => match value {
            Value::String(_) => Ok(()),
            _ => {
                value.as_i64().and_then(|n| i32::try_from(n).ok()).map(|_| ()).ok_or_else(mismatch)
            }
        },
        Form::Time | Form::MicroTime => check_time(value.as_str().ok_or_else(mismatch)?),
        Form::Duration => value.as_str().map(|_| ()).ok_or_else(mismatch),
        Form::FieldsV1 => value.as_object().map(|_| ()).ok_or_else(mismatch),
        Form::Items => check_at(within, Form::Array(&Form::String), value, path),
        Form::Object(of) if value.is_object() => check_object(of, value, path),
        Form::Object(_) => Err(mismatch()),
        Form::Array(element) => {
            let elements = value.as_array().ok_or_else(mismatch)?;
            elements.iter().try_for_each(|value| check_at(within, *element, value, path))
        }
        Form::Map(element) => {
            let elements = value.as_object().ok_or_else(mismatch)?;
            // Go names the field and then the map's key.
            elements.iter().try_for_each(|(key, value)| {
                check_at(within, *element, value, &format!("{path}.{key}"))
            })
        }
    }
}

fn check_bytes(text: &str) -> Result<(), Mismatch> {
    use base64::Engine as _;
    match base64::engine::general_purpose::STANDARD.decode(text.as_bytes()) {
        Ok(_) => Ok(()),
        Err(
            base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _),
        ) => Err(Mismatch(format!("illegal base64 data at input byte {at}"))),
        Err(_) => Err(Mismatch(format!("illegal base64 data at input byte {}", text.len()))),
    }
}

fn check_quantity(value: &Value) -> Result<(), Mismatch> {
    let fine = match value {
        Value::String(text) => model::quantity::parse_milli(text).is_some(),
        Value::Number(_) => true,
        _ => false,
    };
    let words = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    if fine { Ok(()) } else { Err(Mismatch(words.to_string())) }
}

fn check_time(text: &str) -> Result<(), Mismatch> {
    match Millis::parse_rfc3339(text) {
        Some(_) => Ok(()),
        None => Err(Mismatch(format!(
            "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\""
        ))),
    }
}

/// What a value is, in the words of Go's decoder: a number that does not fit is shown.
fn told(value: &Value, form: Option<Form>) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Bool(_) => "bool".to_string(),
        Value::Number(number) => match form {
            Some(Form::Int32 | Form::Int64 | Form::Float | Form::IntOrString) => {
                format!("number {number}")
            }
            _ => "number".to_string(),
        },
        Value::String(_) => "string".to_string(),
        Value::Array(_) => "array".to_string(),
        Value::Object(_) => "object".to_string(),
    }
}

/// A form's name in Go, which is what the messages show.
fn go_form(form: Form) -> String {
    match form {
        Form::String | Form::Duration => "string".to_string(),
        Form::Bytes => "[]uint8".to_string(),
        Form::Bool => "bool".to_string(),
        Form::Int32 => "int32".to_string(),
        Form::Int64 => "int64".to_string(),
        Form::Float => "float64".to_string(),
        Form::Quantity => "resource.Quantity".to_string(),
        Form::IntOrString => "intstr.IntOrString".to_string(),
        Form::Time | Form::MicroTime => "v1.Time".to_string(),
        Form::Json => "v1.JSON".to_string(),
        Form::Raw => "runtime.RawExtension".to_string(),
        Form::FieldsV1 => "v1.FieldsV1".to_string(),
        Form::Items => "[]string".to_string(),
        Form::Object(of) => go_name(of),
        Form::Array(element) => format!("[]{}", go_form(*element)),
        Form::Map(element) => format!("map[string]{}", go_form(*element)),
    }
}

/// A type's name in Go: package and type.
fn go_name(of: &Type) -> String {
    let mut words = of.name.rsplit('.');
    let name = words.next().unwrap_or_default();
    format!("{}.{name}", words.next().unwrap_or_default())
}

/// Drops what the schema does not know, nulls, and zeros that say nothing (an empty `env: []`, `subPath: ""`), and
/// writes quantities and times in their canonical form (`0.5` is `500m`).
/// Values that their fields cannot hold stay: [`check`] finds them.
pub fn prune(of: &Type, document: &mut Value) {
    if let Value::Object(fields) = document {
        fields.retain(|name, value| {
            let Some(field) = of.field(name) else { return false };
            prune_at(field.form, value);
            says_something(field, value)
        });
    }
}

/// Whether Kubernetes would write a field that holds this.
pub(super) fn says_something(field: &Field, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(false) => field.zero_counts(),
        Value::String(text) if text.is_empty() => field.zero_counts(),
        Value::Number(number) if number.as_i64() == Some(0) => field.zero_counts(),
        // Go's structs are never empty to its encoder; its lists and maps are.
        Value::Array(elements) if elements.is_empty() => field.zero_counts(),
        Value::Object(elements) if elements.is_empty() => match field.form {
            Form::Map(_) => field.zero_counts(),
            _ => true,
        },
        _ => true,
    }
}

/// Writes quantities and times in their canonical form, and leaves all else as it is.
pub fn canonical(of: &Type, document: &mut Value) {
    for (name, value) in document.as_object_mut().into_iter().flatten() {
        if let Some(field) = of.field(name) {
            canonical_at(field.form, value);
        }
    }
}

fn canonical_at(form: Form, value: &mut Value) {
    match (form, value) {
        (Form::Object(of), value) => canonical(of, value),
        (Form::Array(element), Value::Array(elements)) => {
            elements.iter_mut().for_each(|value| canonical_at(*element, value));
        }
        (Form::Map(element), Value::Object(elements)) => {
            elements.values_mut().for_each(|value| canonical_at(*element, value));
        }
        (form, value) => canonical_scalar(form, value),
    }
}

fn canonical_scalar(form: Form, value: &mut Value) {
    match (form, value) {
        (Form::Quantity, value) => {
            let text = match &*value {
                Value::String(text) => super::amount::canonical(text),
                Value::Number(number) => super::amount::canonical(&number.to_string()),
                _ => None,
            };
            if let Some(text) = text {
                *value = Value::String(text);
            }
        }
        (Form::Time, Value::String(text)) => {
            // Seconds, UTC: as Kubernetes writes them back.
            if let Some(time) = Millis::parse_rfc3339(text) {
                *text = time.to_rfc3339();
            }
        }
        _ => {}
    }
}

fn prune_at(form: Form, value: &mut Value) {
    match (form, value) {
        (Form::Object(of), value) => prune(of, value),
        (Form::Array(element), Value::Array(elements)) => {
            for value in elements {
                fill(*element, value);
                prune_at(*element, value);
            }
        }
        (Form::Map(element), Value::Object(elements)) => {
            for (_, value) in elements.iter_mut() {
                fill(*element, value);
                prune_at(*element, value);
            }
        }
        (form, value) => canonical_scalar(form, value),
    }
}

/// A null in a list or a map is that element's zero to Go's decoder.
fn fill(form: Form, value: &mut Value) {
    if value.is_null() {
        *value = match form {
            Form::String | Form::Bytes => Value::String(String::new()),
            Form::Bool => Value::Bool(false),
            Form::Int32 | Form::Int64 | Form::IntOrString => Value::from(0),
            Form::Quantity => Value::from("0"),
            Form::Object(_) => Value::Object(Map::new()),
            _ => Value::Null,
        };
    }
}
