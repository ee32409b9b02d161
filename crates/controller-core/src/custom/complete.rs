//! What a document is made to hold: fields that its schema does not know go, defaults come.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::schema::{Additional, Schema};

/// Fields of a whole object that no schema has to name.
const WHOLE: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Takes away what a schema does not know, and tells where it stood: `spec.foo`. `whole`: the value is an object with
/// `apiVersion`, `kind` and `metadata`.
pub(super) fn prune(
    schema: &Schema,
    value: &mut Value,
    path: &str,
    whole: bool,
    found: &mut Vec<String>,
) {
    match value {
        Value::Object(fields) => {
            let whole = whole || schema.embedded;
            let open = schema.preserve || matches!(schema.additional, Additional::Any);
            fields.retain(|name, value| {
                if whole && WHOLE.contains(&name.as_str()) {
                    return true;
                }
                let here =
                    || if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                let below = match (schema.properties.get(name), &schema.additional) {
                    (Some(property), _) => property,
                    (None, Additional::Of(of)) => of,
                    (None, _) if open => return true,
                    (None, _) => {
                        found.push(here());
                        return false;
                    }
                };
                if value.is_object() || value.is_array() {
                    prune(below, value, &here(), false, found);
                }
                true
            });
        }
        Value::Array(elements) => {
            // Without a word on its elements nothing of them is known, unless they may be anything.
            let Some(items) = &schema.items else { return };
            for (at, element) in elements.iter_mut().enumerate() {
                if element.is_object() || element.is_array() {
                    prune(items, element, &format!("{path}[{at}]"), false, found);
                }
            }
        }
        _ => {}
    }
}

/// Fills in what is missing and has a default. A null stands for a missing field, unless the field may be null.
pub(super) fn default(schema: &Schema, value: &mut Value, whole: bool) {
    match value {
        Value::Object(fields) => {
            for (name, property) in &schema.properties {
                if whole && WHOLE.contains(&name.as_str()) {
                    continue;
                }
                fill(property, name, fields);
            }
            for (name, value) in fields.iter_mut() {
                let of = match (schema.properties.get(name), &schema.additional) {
                    (Some(property), _) if !(whole && WHOLE.contains(&name.as_str())) => property,
                    (None, Additional::Of(of)) => of,
                    _ => continue,
                };
                default(of, value, false);
            }
        }
        Value::Array(elements) => {
            let Some(items) = &schema.items else { return };
            for element in elements {
                if element.is_null()
                    && !items.nullable
                    && let Some(filled) = &items.default
                {
                    *element = filled.clone();
                }
                default(items, element, false);
            }
        }
        _ => {}
    }
}

fn fill(property: &Schema, name: &str, fields: &mut Map<String, Value>) {
    let missing = match fields.get(name) {
        None => true,
        Some(value) => value.is_null() && !property.nullable,
    };
    if !missing {
        return;
    }
    match &property.default {
        Some(filled) => {
            fields.insert(name.to_string(), filled.clone());
        }
        None => {
            fields.remove(name);
        }
    }
}
