//! Which schemas are let in (k8s.io/apiextensions-apiserver, structural schemas): each value says what it is, nothing is
//! said twice, and nothing in it can make a request run without bound.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::pattern::Pattern;
use super::schema::Schema;
use super::{complete, validate};
use crate::admit::check::at::{At, Errors};

/// All schemas of a definition together have so many nodes at most.
pub(super) const NODES_MAX: usize = 20_000;
/// And so many different patterns.
pub(super) const PATTERNS_MAX: usize = 256;

const SHAPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
/// Words of JSON schema that structural schemas do not have.
const NOT_SUPPORTED: [&str; 7] = [
    "$ref",
    "$schema",
    "id",
    "additionalItems",
    "definitions",
    "dependencies",
    "patternProperties",
];
/// What a part of a junctor may not say: its schema says it already.
const SAID_OUTSIDE: [(&str, &str); 14] = [
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("type", "must be empty to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("externalDocs", "must be undefined to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
];

/// Looks at all schemas of a definition.
#[derive(Default)]
pub(super) struct Inspector<'a> {
    nodes: usize,
    patterns: BTreeSet<&'a str>,
}

/// Where rules in the expression language stand in a schema that has been let in.
pub(super) fn expressions(at: &At<'_>, out: &mut Vec<String>) {
    if at.items("x-kubernetes-validations").next().is_some() {
        out.push(at.path.child("x-kubernetes-validations").as_str().into());
    }
    let below = ["items", "additionalProperties"].into_iter().filter_map(|name| at.get(name));
    for schema in at.entries("properties").map(|(_, property)| property).chain(below) {
        expressions(&schema, out);
    }
}

/// The schema of a property.
pub(super) fn property<'a>(at: &At<'a>, name: &str) -> Option<At<'a>> {
    let value = at.value.get("properties")?.get(name)?;
    Some(At { value, path: at.path.child("properties").key(name) })
}

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Property,
    Element,
}

impl<'a> Inspector<'a> {
    /// A whole schema.
    pub(super) fn root(&mut self, at: &At<'a>, errors: &mut Errors) {
        let before = errors.len();
        self.schema(at, Place::Root, errors);
        if at.flag("nullable") {
            let why = "nullable cannot be true at the root";
            errors.push(at.path.child("nullable").forbidden(why));
        }
        if at.get("additionalProperties").is_some() {
            let why = "must not be used at the root";
            errors.push(at.path.child("additionalProperties").forbidden(why));
        }
        if let Some(metadata) = property(at, "metadata") {
            let names = metadata.entries("properties").map(|(name, _)| name);
            if names.into_iter().any(|name| !["name", "generateName"].contains(&name)) {
                let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
                errors.push(metadata.path.forbidden(why));
            }
        }
        if self.nodes > NODES_MAX {
            let why = format!("the schemas have more than {NODES_MAX} nodes");
            errors.push(at.path.forbidden(&why));
        }
        if self.patterns.len() > PATTERNS_MAX {
            let why = format!("the schemas have more than {PATTERNS_MAX} different patterns");
            errors.push(at.path.forbidden(&why));
        }
        if errors.len() == before {
            defaults(at, errors);
        }
    }

    fn schema(&mut self, at: &At<'a>, place: Place, errors: &mut Errors) {
        if !self.counted(at, errors) {
            return;
        }
        shape(at, place, errors);
        if place == Place::Root || at.flag("x-kubernetes-embedded-resource") {
            whole(at, errors);
        }
        extensions(at, errors);
        for rule in at.items("x-kubernetes-validations") {
            if rule.text("rule").trim().is_empty() {
                errors.push(rule.path.child("rule").required("rule is not specified"));
            }
        }
        for (_, property) in at.entries("properties") {
            self.schema(&property, Place::Property, errors);
        }
        if let Some(of) = at.get("additionalProperties") {
            let path = of.path.clone();
            match of.value {
                Value::Bool(false) => {
                    errors.push(path.forbidden("additionalProperties cannot be set to false"));
                }
                Value::Bool(true) => {}
                Value::Object(_) => self.schema(&of, Place::Property, errors),
                other => errors.push(path.invalid(other, "must be a schema or a boolean")),
            }
            if at.entries("properties").next().is_some() {
                let why = "additionalProperties and properties are mutual exclusive";
                errors.push(path.forbidden(why));
            }
        }
        if let Some(items) = at.get("items") {
            self.schema(&items, Place::Element, errors);
        }
        self.junctors(at, at, errors);
    }

    /// What is looked at in every node. False if there have been too many.
    fn counted(&mut self, at: &At<'a>, errors: &mut Errors) -> bool {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return false;
        }
        for name in at.present(&NOT_SUPPORTED) {
            errors.push(at.path.child(name).forbidden(&format!("{name} is not supported")));
        }
        if at.flag("uniqueItems") {
            let why =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            errors.push(at.path.child("uniqueItems").forbidden(why));
        }
        let pattern = at.text("pattern");
        if !pattern.is_empty()
            && self.patterns.insert(pattern)
            && self.patterns.len() <= PATTERNS_MAX
            && let Err(why) = Pattern::read(pattern)
        {
            let why = format!("must be a valid regular expression, but isn't: {why}");
            errors.push(at.path.child("pattern").invalid(pattern, &why));
        }
        true
    }

    /// The parts that are joined in a schema; `outer` is the schema that says what the value is.
    fn junctors(&mut self, at: &At<'a>, outer: &At<'a>, errors: &mut Errors) {
        for name in ["allOf", "anyOf", "oneOf"] {
            for part in at.items(name) {
                self.part(&part, outer, errors);
            }
        }
        if let Some(not) = at.get("not") {
            self.part(&not, outer, errors);
        }
    }

    fn part(&mut self, at: &At<'a>, outer: &At<'a>, errors: &mut Errors) {
        if !self.counted(at, errors) {
            return;
        }
        for (name, why) in SAID_OUTSIDE {
            // A number or a text may be told apart by its type.
            let allowed = name == "type" && outer.flag("x-kubernetes-int-or-string");
            if at.get(name).is_some_and(|f| *f.value != Value::Bool(false)) && !allowed {
                errors.push(at.path.child(name).forbidden(why));
            }
        }
        for (name, property) in at.entries("properties") {
            if name == "metadata" {
                errors.push(property.path.forbidden("must not be specified in a nested context"));
            }
            match self::property(outer, name) {
                Some(known) => self.part(&property, &known, errors),
                None => {
                    let why = format!("because it is defined in {}", property.path.as_str());
                    let missing = outer.path.child("properties").key(name);
                    errors.push(missing.required(&why));
                }
            }
        }
        if let Some(items) = at.get("items") {
            match outer.get("items") {
                Some(known) => self.part(&items, &known, errors),
                None => {
                    let why = format!("because it is defined in {}", items.path.as_str());
                    errors.push(outer.path.child("items").required(&why));
                }
            }
        }
        self.junctors(at, outer, errors);
    }
}

/// Whether it says what the value is.
fn shape(at: &At<'_>, place: Place, errors: &mut Errors) {
    let (path, text) = (at.path.child("type"), at.text("type"));
    let either = at.flag("x-kubernetes-int-or-string");
    let open = at.flag("x-kubernetes-preserve-unknown-fields");
    match text {
        "" if place == Place::Root => {
            errors.push(path.required("must not be empty at the root"));
        }
        "" if either || open || at.flag("x-kubernetes-embedded-resource") => {}
        "" if place == Place::Element => {
            errors.push(path.required("must not be empty for specified array items"));
        }
        "" => errors.push(path.required("must not be empty for specified object fields")),
        text if place == Place::Root && text != "object" => {
            errors.push(path.invalid(text, "must be object at the root"));
        }
        "null" => {
            let why = "type cannot be set to null, use nullable as an alternative";
            errors.push(path.forbidden(why));
        }
        text if !SHAPES.contains(&text) => errors.push(path.not_supported(text, &SHAPES)),
        text if either => {
            let why = "must be empty if x-kubernetes-int-or-string is true";
            errors.push(path.invalid(text, why));
        }
        "array" if at.get("items").is_none() => {
            errors.push(at.path.child("items").required("must be specified"));
        }
        _ => {}
    }
}

/// What every whole object has is what it is, if the schema names it.
fn whole(at: &At<'_>, errors: &mut Errors) {
    let wanted = [("apiVersion", "string"), ("kind", "string"), ("metadata", "object")];
    for (name, shape) in wanted {
        if let Some(property) = property(at, name).filter(|p| p.text("type") != shape) {
            let why = format!("must be {shape}");
            errors.push(property.path.child("type").invalid(property.text("type"), &why));
        }
    }
}

/// Kubernetes' own words.
fn extensions(at: &At<'_>, errors: &mut Errors) {
    let open = "x-kubernetes-preserve-unknown-fields";
    if at.get(open).is_some_and(|f| *f.value == Value::Bool(false)) {
        let why = "must be true or undefined";
        errors.push(at.path.child(open).invalid(&Value::Bool(false), why));
    }
    let either = "x-kubernetes-int-or-string";
    for other in [open, "x-kubernetes-embedded-resource"] {
        if at.flag(either) && at.flag(other) {
            let why = format!("must be false if {either} is true");
            errors.push(at.path.child(other).invalid(&Value::Bool(true), &why));
        }
    }
    if at.flag("x-kubernetes-embedded-resource") {
        let (path, text) = (at.path.child("type"), at.text("type"));
        let why = "must be object if x-kubernetes-embedded-resource is true";
        match text {
            "object" => {}
            "" => errors.push(path.required(why)),
            text => errors.push(path.invalid(text, why)),
        }
        if at.get("additionalProperties").is_some() {
            let why = "must not be used if x-kubernetes-embedded-resource is set";
            errors.push(at.path.child("additionalProperties").forbidden(why));
        }
        if at.entries("properties").next().is_none() && !at.flag(open) {
            let why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
            errors.push(at.path.child("properties").required(why));
        }
    }
    at.one_of("x-kubernetes-list-type", &["atomic", "map", "set"], errors);
    at.one_of("x-kubernetes-map-type", &["atomic", "granular"], errors);
    let listed = at.text("x-kubernetes-list-type");
    if !listed.is_empty() && at.text("type") != "array" {
        let why = "must be array if x-kubernetes-list-type is specified";
        errors.push(at.path.child("type").invalid(at.text("type"), why));
    }
    let keys: Vec<At<'_>> = at.items("x-kubernetes-list-map-keys").collect();
    let path = at.path.child("x-kubernetes-list-map-keys");
    match (listed, keys.is_empty()) {
        ("map", true) => {
            errors.push(path.required("must not be empty if x-kubernetes-list-type is map"));
        }
        ("map", false) | (_, true) => {}
        (_, false) => {
            let why = "must be empty if x-kubernetes-list-type is not map";
            errors.push(path.forbidden(why));
        }
    }
    let items = at.field("items");
    for key in keys {
        let name = key.value.as_str().unwrap_or("");
        let Some(property) = property(&items, name) else {
            errors.push(key.path.invalid(name, "must be one of the properties of the items"));
            continue;
        };
        let required = items.items("required").any(|r| r.value.as_str() == Some(name));
        if !required && property.get("default").is_none() {
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            errors.push(property.path.child("default").required(why));
        }
    }
}

/// Every default must be what its own schema wants.
fn defaults(at: &At<'_>, errors: &mut Errors) {
    if let Some(default) = at.get("default") {
        let schema = Schema::read(at.value);
        let mut unknown = Vec::new();
        complete::prune(&schema, &mut default.value.clone(), "", false, &mut unknown);
        for path in unknown {
            let why = "must not have unknown fields";
            errors.push(default.path.child(&path).invalid(default.value, why));
        }
        let mut filled = default.value.clone();
        complete::default(&schema, &mut filled, false);
        validate::check(&schema, &filled, &default.path, errors);
    }
    for (_, property) in at.entries("properties") {
        defaults(&property, errors);
    }
    for below in [at.get("additionalProperties"), at.get("items")].into_iter().flatten() {
        defaults(&below, errors);
    }
}
