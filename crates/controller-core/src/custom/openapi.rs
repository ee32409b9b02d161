//! What OpenAPI documents say of custom resources: their schemas, in the words of each version.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde_json::{Map, Value, json};

use super::Custom;

/// What OpenAPI version 2 does not have.
const V3_ONLY: [&str; 5] = ["oneOf", "anyOf", "allOf", "not", "nullable"];

/// The definition of a resource. `metadata` refers to the definition of every object's metadata.
pub fn definition(custom: Custom<'_>, is_v2: bool, metadata: &Value) -> Value {
    let mut schema: Value = serde_json::from_str(&custom.version.text).unwrap_or_default();
    if is_v2 {
        simplify(&mut schema);
    }
    let kept_open = schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
    let text = |description: &str| json!({"type": "string", "description": description});
    let Some(fields) = schema.as_object_mut() else { return json!({"type": "object"}) };
    let properties = fields.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    // Of an object that may have any field nothing is named in version 2: its readers would refuse the others.
    if !(is_v2 && kept_open)
        && let Some(properties) = properties.as_object_mut()
    {
        let words = "The group and version that the object is written in.";
        properties.insert("apiVersion".to_owned(), text(words));
        properties.insert("kind".to_owned(), text("What the object is."));
        properties.insert("metadata".to_owned(), metadata.clone());
    }
    schema
}

/// Takes away what version 2, or its readers, cannot do with (apiextensions-apiserver, `ToStructuralOpenAPIV2`).
fn simplify(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    let flag =
        |fields: &Map<String, Value>, name: &str| fields.get(name) == Some(&Value::Bool(true));
    let (nullable, either) = (flag(fields, "nullable"), flag(fields, "x-kubernetes-int-or-string"));
    if nullable || either {
        fields.remove("type");
    }
    if nullable || flag(fields, "x-kubernetes-preserve-unknown-fields") {
        fields.remove("items");
        fields.remove("properties");
    }
    if nullable {
        fields.remove("additionalProperties");
    }
    V3_ONLY.iter().for_each(|name| drop(fields.remove(*name)));
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), value) {
            ("properties", Value::Object(all)) => all.values_mut().for_each(simplify),
            ("items" | "additionalProperties", below) => simplify(below),
            _ => {}
        }
    }
}
