//! A structural schema, read once from its JSON: what objects may hold, what they hold by default, what they are judged by.
//!
//! What is read here has been let in by [`super::structural`]; what is not understood asks for nothing.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::{Number, Value};

use super::pattern::Pattern;
use crate::admit::meta::{flag_at, list_at};

/// What a value is, in the schema's words; none: any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// A name that means nothing: nothing fits.
    Unknown,
}

impl Shape {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        let all = [
            Self::Any,
            Self::Object,
            Self::Array,
            Self::String,
            Self::Integer,
            Self::Number,
            Self::Boolean,
        ];
        all.into_iter().find(|s| s.as_str() == text).unwrap_or(Self::Unknown)
    }
}

/// What fields of an object that are not named may hold.
#[derive(Debug, Default)]
pub(super) enum Additional {
    /// There are none.
    #[default]
    None,
    /// Anything.
    Any,
    /// This.
    Of(Box<Schema>),
}

/// How elements of a list are told apart.
#[derive(Debug, Default)]
pub(super) enum Listed {
    #[default]
    Atomic,
    Set,
    Map(Vec<String>),
}

/// A schema, or a part of one.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) shape: Shape,
    pub(super) nullable: bool,
    pub(super) int_or_string: bool,
    /// Fields that are not named are kept.
    pub(super) preserve: bool,
    /// It is a whole object: it has `apiVersion`, `kind` and `metadata`.
    pub(super) embedded: bool,
    pub(super) properties: BTreeMap<String, Schema>,
    pub(super) additional: Additional,
    pub(super) items: Option<Box<Schema>>,
    pub(super) default: Option<Value>,
    pub(super) rules: Option<Box<Rules>>,
}

/// What a value is judged by, besides its shape.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) required: Vec<String>,
    pub(super) format: String,
    pub(super) pattern: Option<Arc<Pattern>>,
    pub(super) choices: Vec<Value>,
    pub(super) minimum: Option<Number>,
    pub(super) above_minimum: bool,
    pub(super) maximum: Option<Number>,
    pub(super) below_maximum: bool,
    pub(super) multiple_of: Option<Number>,
    pub(super) length_min: Option<u64>,
    pub(super) length_max: Option<u64>,
    pub(super) items_min: Option<u64>,
    pub(super) items_max: Option<u64>,
    pub(super) properties_min: Option<u64>,
    pub(super) properties_max: Option<u64>,
    pub(super) listed: Listed,
    /// An object is one value to server-side apply.
    pub(super) whole: bool,
    pub(super) all_of: Vec<Schema>,
    pub(super) any_of: Vec<Schema>,
    pub(super) one_of: Vec<Schema>,
    pub(super) not: Option<Box<Schema>>,
}

/// Fields of a schema that make no rule.
const NO_RULE: [&str; 16] = [
    "type",
    "nullable",
    "properties",
    "additionalProperties",
    "items",
    "default",
    "description",
    "title",
    "example",
    "externalDocs",
    "id",
    "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-validations",
    "uniqueItems",
];

impl Schema {
    /// Reads a schema.
    pub(super) fn read(given: &Value) -> Self {
        Reader::default().schema(given)
    }

    /// Adds the patterns that stand in it.
    pub(super) fn patterns(&self, out: &mut Patterns) {
        let rules = self.rules.as_deref();
        if let Some(pattern) = rules.and_then(|r| r.pattern.as_ref()) {
            out.entry(pattern.text.clone()).or_insert_with(|| pattern.clone());
        }
        let joined = rules.into_iter().flat_map(|r| {
            r.all_of.iter().chain(&r.any_of).chain(&r.one_of).chain(r.not.as_deref())
        });
        let additional = match &self.additional {
            Additional::Of(of) => Some(&**of),
            _ => None,
        };
        let below = self.properties.values().chain(self.items.as_deref()).chain(additional);
        below.chain(joined).for_each(|schema| schema.patterns(out));
    }
}

/// Patterns that are ready, by their text.
pub(super) type Patterns = BTreeMap<String, Arc<Pattern>>;

/// Reads schemas; equal patterns are made ready once.
#[derive(Default)]
pub(super) struct Reader {
    patterns: Patterns,
}

impl Reader {
    /// A reader that has these patterns ready.
    pub(super) fn knowing(patterns: Patterns) -> Self {
        Self { patterns }
    }

    pub(super) fn schema(&mut self, given: &Value) -> Schema {
        let properties: BTreeMap<String, Schema> = fields(given, "properties")
            .map(|(name, schema)| (name.clone(), self.schema(schema)))
            .collect();
        let additional = match given.get("additionalProperties") {
            Some(Value::Bool(true)) => Additional::Any,
            Some(of @ Value::Object(_)) => Additional::Of(Box::new(self.schema(of))),
            _ => Additional::None,
        };
        let items = given.get("items").filter(|i| i.is_object());
        let items = items.map(|items| Box::new(self.schema(items)));
        let has_rules = given
            .as_object()
            .is_some_and(|fields| fields.keys().any(|name| !NO_RULE.contains(&name.as_str())));
        let flag = |name: &str| given.get(name).and_then(Value::as_bool).unwrap_or(false);
        Schema {
            shape: Shape::parse(text(given, "type")),
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            preserve: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            default: given.get("default").filter(|d| !d.is_null()).cloned(),
            rules: has_rules.then(|| Box::new(self.rules(given))),
            properties,
            additional,
            items,
        }
    }

    fn rules(&mut self, given: &Value) -> Rules {
        let number = |name: &str| given.get(name).and_then(Value::as_number).cloned();
        let count = |name: &str| given.get(name).and_then(Value::as_u64);
        let texts = |name: &str| -> Vec<String> {
            let list = given.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|v| v.as_str().map(str::to_owned)).collect()
        };
        let mut nested = |name: &str| -> Vec<Schema> {
            let list = given.get(name).and_then(Value::as_array).into_iter().flatten();
            list.map(|schema| self.schema(schema)).collect()
        };
        let (all_of, any_of, one_of) = (nested("allOf"), nested("anyOf"), nested("oneOf"));
        Rules {
            required: texts("required"),
            format: text(given, "format").to_owned(),
            choices: list_at(given, "/enum").to_vec(),
            minimum: number("minimum"),
            above_minimum: flag_at(given, "/exclusiveMinimum"),
            maximum: number("maximum"),
            below_maximum: flag_at(given, "/exclusiveMaximum"),
            multiple_of: number("multipleOf"),
            length_min: count("minLength"),
            length_max: count("maxLength"),
            items_min: count("minItems"),
            items_max: count("maxItems"),
            properties_min: count("minProperties"),
            properties_max: count("maxProperties"),
            listed: match text(given, "x-kubernetes-list-type") {
                "set" => Listed::Set,
                "map" => Listed::Map(texts("x-kubernetes-list-map-keys")),
                _ => Listed::Atomic,
            },
            whole: text(given, "x-kubernetes-map-type") == "atomic",
            all_of,
            any_of,
            one_of,
            not: given.get("not").filter(|n| n.is_object()).map(|n| Box::new(self.schema(n))),
            pattern: self.pattern(text(given, "pattern")),
        }
    }

    fn pattern(&mut self, text: &str) -> Option<Arc<Pattern>> {
        if text.is_empty() {
            return None;
        }
        if let Some(ready) = self.patterns.get(text) {
            return Some(ready.clone());
        }
        let ready = Arc::new(Pattern::read(text).ok()?);
        self.patterns.insert(text.to_owned(), ready.clone());
        Some(ready)
    }
}

fn text<'a>(given: &'a Value, name: &str) -> &'a str {
    given.get(name).and_then(Value::as_str).unwrap_or("")
}

/// The entries of a map of schemas.
pub(super) fn fields<'a>(
    given: &'a Value,
    name: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    given.get(name).and_then(Value::as_object).into_iter().flatten()
}
