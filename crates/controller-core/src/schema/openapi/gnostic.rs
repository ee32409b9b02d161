//! An OpenAPI v2 document as gnostic protobuf (`openapi.v2.Document`), the form that kubectl reads.
//!
//! The law here: vendor extensions travel as YAML text (JSON is YAML); clients do not look elsewhere.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

/// Encodes a document.
pub(super) fn document(of: &Value) -> Vec<u8> {
    let mut out = Writer::default();
    out.text(1, of.get("swagger"));
    out.message(2, |info| {
        info.text(1, of.pointer("/info/title"));
        info.text(2, of.pointer("/info/version"));
    });
    out.message(8, |paths| {
        for (path, item) in entries(of.get("paths")) {
            paths.named(2, path, |out| path_item(out, item));
        }
    });
    out.message(9, |definitions| {
        for (name, definition) in entries(of.get("definitions")) {
            definitions.named(1, name, |out| schema(out, definition));
        }
    });
    out.0
}

fn path_item(out: &mut Writer, item: &Value) {
    for (number, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
        if let Some(operation) = item.get(method) {
            out.message(number, |out| self::operation(out, operation));
        }
    }
    for parameter in elements(item.get("parameters")) {
        out.message(9, |out| self::parameter(out, parameter));
    }
}

fn operation(out: &mut Writer, of: &Value) {
    out.text(5, of.get("operationId"));
    for media_type in elements(of.get("consumes")) {
        out.text(7, Some(media_type));
    }
    for parameter in elements(of.get("parameters")) {
        out.message(8, |out| self::parameter(out, parameter));
    }
    out.message(9, |out| {
        for (code, response) in entries(of.get("responses")) {
            out.named(1, code, |out| {
                out.message(1, |out| out.text(1, response.get("description")))
            });
        }
    });
    extensions(out, 13, of);
}

fn parameter(out: &mut Writer, of: &Value) {
    out.message(1, |out| match of.get("in").and_then(Value::as_str) {
        Some("body") => out.message(1, |out| {
            out.text(2, of.get("name"));
            out.text(3, of.get("in"));
            out.flag(4, of.get("required"));
            out.message(5, |out| schema(out, of.get("schema").unwrap_or(&Value::Null)));
        }),
        Some("path") => out.message(2, |out| out.message(4, |out| simple_parameter(out, of, 5))),
        _ => out.message(2, |out| out.message(3, |out| simple_parameter(out, of, 6))),
    });
}

/// A parameter in the path or the query; the two number their type differently.
fn simple_parameter(out: &mut Writer, of: &Value, type_number: u32) {
    out.flag(1, of.get("required"));
    out.text(2, of.get("in"));
    out.text(4, of.get("name"));
    out.text(type_number, of.get("type"));
}

fn schema(out: &mut Writer, of: &Value) {
    out.text(1, of.get("$ref"));
    out.text(2, of.get("format"));
    out.text(4, of.get("description"));
    for name in elements(of.get("required")) {
        out.text(19, Some(name));
    }
    if let Some(additional) = of.get("additionalProperties") {
        out.message(21, |out| out.message(1, |out| schema(out, additional)));
    }
    if of.get("type").is_some() {
        out.message(22, |out| out.text(1, of.get("type")));
    }
    if let Some(items) = of.get("items") {
        out.message(23, |out| out.message(1, |out| schema(out, items)));
    }
    if let Some(properties) = of.get("properties") {
        out.message(25, |out| {
            for (name, property) in entries(Some(properties)) {
                out.named(1, name, |out| schema(out, property));
            }
        });
    }
    extensions(out, 31, of);
}

/// The vendor extensions of a value, as `NamedAny`.
fn extensions(out: &mut Writer, number: u32, of: &Value) {
    for (name, value) in entries(Some(of)).filter(|(name, _)| name.starts_with("x-")) {
        out.named(number, name, |out| out.bytes(2, value.to_string().as_bytes()));
    }
}

fn entries(of: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    of.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn elements(of: Option<&Value>) -> impl Iterator<Item = &Value> {
    of.and_then(Value::as_array).into_iter().flatten()
}

/// Writes protobuf fields.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn bytes(&mut self, number: u32, bytes: &[u8]) {
        self.varint(u64::from(number) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Text; nothing if there is none.
    fn text(&mut self, number: u32, value: Option<&Value>) {
        if let Some(text) = value.and_then(Value::as_str) {
            self.bytes(number, text.as_bytes());
        }
    }

    /// A boolean; nothing if it is not true.
    fn flag(&mut self, number: u32, value: Option<&Value>) {
        if value.and_then(Value::as_bool) == Some(true) {
            self.varint(u64::from(number) << 3);
            self.varint(1);
        }
    }

    fn message(&mut self, number: u32, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(number, &inner.0);
    }

    /// A `Named...` message: name and value.
    fn named(&mut self, number: u32, name: &str, fill: impl FnOnce(&mut Self)) {
        self.message(number, |out| {
            out.bytes(1, name.as_bytes());
            out.message(2, fill);
        });
    }
}
