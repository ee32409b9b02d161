//! Reading documents: what is absent or of another type than expected reads as nothing.

use alloc::collections::BTreeMap;
use alloc::string::String;

use model::Millis;
use serde_json::Value;

pub(crate) type Labels = BTreeMap<String, String>;

/// The value at a path of keys.
pub(crate) fn at<'a>(doc: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(doc, |v, key| v.get(key)).filter(|v| !v.is_null())
}

/// The text there; empty if there is none.
pub(crate) fn text<'a>(doc: &'a Value, path: &[&str]) -> &'a str {
    at(doc, path).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number there.
pub(crate) fn int(doc: &Value, path: &[&str]) -> Option<i64> {
    at(doc, path).and_then(Value::as_i64)
}

/// The truth there; false if there is none.
pub(crate) fn flag(doc: &Value, path: &[&str]) -> bool {
    at(doc, path).and_then(Value::as_bool).unwrap_or(false)
}

/// The list there; empty if there is none.
pub(crate) fn list<'a>(doc: &'a Value, path: &[&str]) -> &'a [Value] {
    at(doc, path).and_then(Value::as_array).map_or(&[], |a| a.as_slice())
}

/// The time there.
pub(crate) fn time(doc: &Value, path: &[&str]) -> Option<Millis> {
    at(doc, path).and_then(Value::as_str).and_then(Millis::parse_rfc3339)
}

/// The texts by name there: labels, annotations.
pub(crate) fn texts(doc: &Value, path: &[&str]) -> Labels {
    at(doc, path)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(k, v)| Some((k.clone(), v.as_str()?.into())))
        .collect()
}

/// What is there, read as a type; its default if it cannot be.
pub(crate) fn read<T: serde::de::DeserializeOwned + Default>(doc: &Value, path: &[&str]) -> T {
    at(doc, path).and_then(|v| T::deserialize(v).ok()).unwrap_or_default()
}
