//! Rules on config maps and secrets. Values are never told: an error names the key.

use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::at::{At, Errors};
use super::field::{Path, Verbatim};
use super::names;
use crate::kinds::FieldError;

/// All of a config map's or secret's values together: 1 MiB.
const BYTES_MAX: usize = 1024 * 1024;

/// A config map.
pub fn config_map(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let plain = doc.get("data").and_then(Value::as_object);
    let mut bytes = 0usize;
    for (key, value) in At::whole(doc).entries("data") {
        key_of(key, &value.path, errors);
        bytes = bytes.saturating_add(value.value.as_str().map_or(0, str::len));
    }
    for (key, value) in At::whole(doc).entries("binaryData") {
        key_of(key, &value.path, errors);
        if plain.is_some_and(|data| data.contains_key(key)) {
            errors.push(value.path.invalid(key, "duplicate of key present in data"));
        }
        bytes = bytes.saturating_add(decoded_len(&value, errors));
    }
    bounded(bytes, errors);
    immutable(doc, old, &["data", "binaryData"], errors);
}

/// A secret.
pub fn secret(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let at = At::whole(doc);
    let mut bytes = 0usize;
    for (key, value) in at.entries("data") {
        key_of(key, &value.path, errors);
        bytes = bytes.saturating_add(decoded_len(&value, errors));
    }
    bounded(bytes, errors);
    let kind = at.text("type");
    if let Some(was) = old.and_then(|o| o.get("type")).and_then(Value::as_str)
        && was != kind
    {
        errors.push(at.path.child("type").invalid(kind, "field is immutable"));
    }
    let needs: &[&str] = match kind {
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    let data = At::root(doc, "data");
    for key in needs {
        let path = data.path.key(key);
        match data.value.get(key).and_then(Value::as_str) {
            None => errors.push(path.required("")),
            Some(text) if key.starts_with(".docker") && !is_json(text) => {
                errors.push(path.invalid(HIDDEN, "must be a JSON object"));
            }
            Some(_) => {}
        }
    }
    if kind == "kubernetes.io/basic-auth" && data.present(&["username", "password"]).is_empty() {
        for key in ["username", "password"] {
            errors.push(data.path.key(key).required(""));
        }
    }
    immutable(doc, old, &["data"], errors);
}

const HIDDEN: Verbatim<&str> = Verbatim("<value omitted>");

fn is_json(text: &str) -> bool {
    let bytes = STANDARD.decode(text).unwrap_or_default();
    serde_json::from_slice::<Value>(&bytes).is_ok_and(|v| v.is_object())
}

fn key_of(key: &str, path: &Path, errors: &mut Errors) {
    errors.extend(names::config_key(key).iter().map(|why| path.invalid(key, why)));
}

fn decoded_len(value: &At<'_>, errors: &mut Errors) -> usize {
    match value.value.as_str().map(|text| STANDARD.decode(text)) {
        Some(Ok(bytes)) => bytes.len(),
        _ => {
            errors.push(value.path.invalid(HIDDEN, "must be base64 (RFC 4648)"));
            0
        }
    }
}

fn bounded(bytes: usize, errors: &mut Errors) {
    if bytes > BYTES_MAX {
        errors.push(Path::new("data").too_long(BYTES_MAX));
    }
}

fn immutable(doc: &Value, old: Option<&Value>, fields: &[&str], errors: &mut Errors) {
    let Some(old) = old.filter(|o| o.get("immutable") == Some(&Value::Bool(true))) else { return };
    let why = "field is immutable when `immutable` is set";
    if doc.get("immutable") != Some(&Value::Bool(true)) {
        errors.push(Path::new("immutable").forbidden(why));
    }
    for field in fields {
        if doc.get(field) != old.get(field) {
            errors.push(Path::new(field).forbidden(why));
        }
    }
}
