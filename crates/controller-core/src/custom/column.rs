//! The columns of a custom resource's table, besides its name.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

use model::Millis;
use serde_json::Value;

use super::path::{JsonPath, printed};
use crate::admit::meta::{number_at, text_at};
use crate::kinds::table::human_duration;

/// A column, ready for use.
#[derive(Debug)]
pub(super) struct Column {
    name: String,
    kind: String,
    format: String,
    description: String,
    priority: i64,
    path: JsonPath,
}

/// The heading of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnHead<'a> {
    /// Its heading.
    pub name: &'a str,
    /// `string`, `integer`, `number`, `boolean`, `date`.
    pub kind: &'a str,
    /// e.g. `name` for the column that holds the object's name.
    pub format: &'a str,
    /// What it shows.
    pub description: &'a str,
    /// 0: always shown; above: only with `-o wide`.
    pub priority: i64,
}

impl Column {
    pub(super) fn read(given: &Value) -> Option<Self> {
        let text = |field: &str| text_at(given, field).to_owned();
        let path = JsonPath::read(text_at(given, "/jsonPath")).ok()?;
        let said = text("/description");
        let description = if said.is_empty() {
            format!("Custom resource definition column (in JSONPath format): {}", path.text)
        } else {
            said
        };
        Some(Self {
            name: text("/name"),
            kind: text("/type"),
            format: text("/format"),
            priority: number_at(given, "/priority").unwrap_or(0),
            description,
            path,
        })
    }

    /// The one that a resource has that names none.
    pub(super) fn age() -> Self {
        let path = JsonPath::read(".metadata.creationTimestamp").expect("it is a path");
        Self {
            name: "Age".to_owned(),
            kind: "date".to_owned(),
            format: String::new(),
            description: "When the object was made.".to_owned(),
            priority: 0,
            path,
        }
    }

    pub(super) fn head(&self) -> ColumnHead<'_> {
        ColumnHead {
            name: &self.name,
            kind: &self.kind,
            format: &self.format,
            description: &self.description,
            priority: self.priority,
        }
    }

    /// The cell of an object: null if there is nothing to show, or nothing of the column's type.
    pub(super) fn cell(&self, doc: &Value, now: Millis) -> Value {
        let Some(value) = self.path.first(doc).filter(|v| !v.is_null()) else { return Value::Null };
        match self.kind.as_str() {
            "string" => printed(value).into(),
            "integer" => match value {
                Value::Number(n) => n
                    .as_i64()
                    .or_else(|| n.as_f64().map(|f| f as i64))
                    .map_or(Value::Null, Value::from),
                _ => Value::Null,
            },
            "number" if value.is_number() => value.clone(),
            "boolean" if value.is_boolean() => value.clone(),
            "date" => match value.as_str() {
                None => Value::Null,
                Some("") => "<unknown>".into(),
                Some(text) => Millis::parse_rfc3339(text)
                    .map_or_else(|| "<invalid>".to_string(), |then| ago(then, now))
                    .into(),
            },
            _ => Value::Null,
        }
    }
}

fn ago(then: Millis, now: Millis) -> String {
    let seconds = |at: Millis| i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    human_duration(seconds(now) - seconds(then))
}
