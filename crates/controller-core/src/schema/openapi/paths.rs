//! Paths: what can be done with each kind. Clients look here for the query parameters of PATCH and POST, and for the
//! kind behind a resource's name.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::definitions::Style;
use crate::kinds::Kind;

/// What the media types of a patch's body are.
const PATCHES: &[&str] = &[
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

/// Those that a kind takes: nobody knows how the lists of custom resources merge.
fn patches(kind: &Kind) -> Vec<&'static str> {
    let strategic = |of: &&str| of.contains("strategic");
    PATCHES.iter().copied().filter(|of| kind.custom.is_none() || !strategic(of)).collect()
}

/// The paths of a kind.
pub(super) fn of(kind: &Kind, style: Style) -> Map<String, Value> {
    let version = kind.api_version();
    let root =
        if kind.group.is_empty() { format!("/api/{version}") } else { format!("/apis/{version}") };
    let within = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
    let collection = format!("{root}{within}/{}", kind.plural);
    let maker = Maker { kind, style };
    let namespace: &[&str] = if kind.namespaced { &["namespace"] } else { &[] };
    let named: Vec<&str> = ["name"].iter().chain(namespace).copied().collect();
    let mut all = Map::new();
    if kind.namespaced {
        let everywhere = json!({"get": maker.operation("list", LIST)});
        all.insert(format!("{root}/{}", kind.plural), everywhere);
    }
    let mut item = Map::new();
    item.insert("get".into(), maker.operation("get", &[]));
    item.insert("parameters".into(), maker.path_parameters(&named));
    let mut list = Map::new();
    list.insert("get".into(), maker.operation("list", LIST));
    if !namespace.is_empty() {
        list.insert("parameters".into(), maker.path_parameters(namespace));
    }
    if !kind.is_virtual {
        item.insert("put".into(), maker.operation("put", WRITE));
        item.insert("patch".into(), maker.operation("patch", PATCH));
        item.insert("delete".into(), maker.operation("delete", DELETE));
        list.insert("post".into(), maker.operation("post", WRITE));
    }
    all.insert(format!("{collection}/{{name}}"), Value::Object(item));
    all.insert(collection, Value::Object(list));
    all
}

/// A query parameter: name and type.
type Parameter = (&'static str, &'static str);

const WRITE: &[Parameter] =
    &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")];
const PATCH: &[Parameter] = &[
    ("dryRun", "string"),
    ("fieldManager", "string"),
    ("fieldValidation", "string"),
    ("force", "boolean"),
];
const DELETE: &[Parameter] =
    &[("dryRun", "string"), ("gracePeriodSeconds", "integer"), ("propagationPolicy", "string")];
const LIST: &[Parameter] = &[
    ("labelSelector", "string"),
    ("fieldSelector", "string"),
    ("limit", "integer"),
    ("continue", "string"),
    ("resourceVersion", "string"),
    ("watch", "boolean"),
];

struct Maker<'a> {
    kind: &'a Kind<'a>,
    style: Style,
}

impl Maker<'_> {
    fn operation(&self, action: &str, parameters: &[Parameter]) -> Value {
        let kind = self.kind;
        let mut parameters: Vec<Value> = parameters
            .iter()
            .map(|(name, of)| match self.style {
                Style::V2 => json!({"name": name, "in": "query", "type": of}),
                Style::V3 => json!({"name": name, "in": "query", "schema": {"type": of}}),
            })
            .collect();
        let body = matches!(action, "post" | "put" | "patch");
        let schema = if action == "patch" {
            json!({"type": "object"})
        } else {
            self.style.reference(&kind.schema_name())
        };
        let mut operation = json!({
            "operationId": format!("{action}{}{}", capital(kind.version), kind.kind),
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        });
        let Some(fields) = operation.as_object_mut() else { return operation };
        match self.style {
            Style::V2 => {
                if body {
                    parameters.push(
                        json!({"name": "body", "in": "body", "required": true, "schema": schema}),
                    );
                }
                if action == "patch" {
                    fields.insert("consumes".into(), json!(patches(kind)));
                }
                fields.insert("responses".into(), json!({"200": {"description": "OK"}}));
            }
            Style::V3 => {
                if body {
                    let types = match action {
                        "patch" => patches(kind),
                        _ => alloc::vec!["application/json"],
                    };
                    let content: Map<String, Value> = types
                        .iter()
                        .map(|of| (String::from(*of), json!({"schema": schema})))
                        .collect();
                    fields.insert("requestBody".into(), json!({"content": content}));
                }
                let answer = json!({"description": "OK", "content": {"application/json": {
                    "schema": self.style.reference(&kind.schema_name())}}});
                fields.insert("responses".into(), json!({"200": answer}));
            }
        }
        if !parameters.is_empty() {
            fields.insert("parameters".into(), Value::Array(parameters));
        }
        operation
    }

    fn path_parameters(&self, names: &[&str]) -> Value {
        let one = |name: &&str| match self.style {
            Style::V2 => {
                json!({"name": name, "in": "path", "required": true, "type": "string"})
            }
            Style::V3 => {
                json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
            }
        };
        Value::Array(names.iter().map(one).collect())
    }
}

/// `v1` is `V1`.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
