//! v1 Secret.

use alloc::borrow::ToOwned;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::table::{age, entries, name, text_or};
use super::{BARE, Kind, text};
use crate::admit::check;
use crate::admit::meta::text_at;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::SECRET,
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    fields: &[("type", |d| text_at(d, "/type").into())],
    columns: &[text("Name"), text("Type"), text("Data"), text("Age")],
    cells: |d, now| {
        alloc::vec![name(d), text_or(d, "/type", ""), entries(d, "/data").into(), age(d, now)]
    },
    default,
    validate: check::data::secret,
    ..BARE
};

/// `stringData` is for writing only: it goes into `data`.
fn default(doc: &mut Value) {
    let Some(secret) = doc.as_object_mut() else { return };
    let is_typed = secret.get("type").and_then(Value::as_str).is_some_and(|t| !t.is_empty());
    if !is_typed {
        secret.insert("type".to_owned(), "Opaque".into());
    }
    let Some(Value::Object(plain)) = secret.remove("stringData") else { return };
    let slot = secret.entry("data").or_insert(Value::Null);
    if slot.is_null() {
        *slot = Map::new().into();
    }
    if let Some(data) = slot.as_object_mut() {
        for (key, value) in plain {
            data.insert(key, STANDARD.encode(value.as_str().unwrap_or("")).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_text_becomes_data() {
        let mut doc =
            json!({"stringData": {"a": "hello", "b": ""}, "data": {"a": "b2xk", "c": "Yw=="}});
        default(&mut doc);
        let want = json!({"type": "Opaque", "data": {"a": "aGVsbG8=", "b": "", "c": "Yw=="}});
        assert_eq!(doc, want);
        default(&mut doc);
        assert_eq!(doc, want);
    }
}
