//! Schemas: what each type is, in OpenAPI's words.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::words;
use crate::custom::{Custom, openapi};
use crate::kinds::{Kind, Subresource};
use crate::schema::{self, Field, Form, List, Type, table};

/// Which OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    V2,
    V3,
}

impl Style {
    /// A reference to a definition.
    pub(super) fn reference(self, name: &str) -> Value {
        match self {
            Self::V2 => json!({"$ref": format!("#/definitions/{name}")}),
            Self::V3 => json!({"$ref": format!("#/components/schemas/{name}")}),
        }
    }
}

/// Every definition that the kinds need.
pub(super) fn of(kinds: &[&Kind<'_>], style: Style) -> Map<String, Value> {
    let mut maker = Maker { style, done: Map::new(), identities: BTreeMap::new() };
    for kind in kinds {
        maker.identify(&kind.schema_name(), kind.group, kind.version, kind.kind);
        for subresource in kind.subresources {
            match subresource {
                Subresource::Scale => {
                    maker.identify("io.k8s.api.autoscaling.v1.Scale", "autoscaling", "v1", "Scale")
                }
                Subresource::Eviction => {
                    maker.identify("io.k8s.api.policy.v1.Eviction", "policy", "v1", "Eviction")
                }
                Subresource::Binding => {
                    maker.identify("io.k8s.api.core.v1.Binding", "", "v1", "Binding")
                }
                _ => {}
            }
        }
    }
    for (name, kind) in [("DeleteOptions", "DeleteOptions"), ("Status", "Status")] {
        maker.identify(&format!("io.k8s.apimachinery.pkg.apis.meta.v1.{name}"), "", "v1", kind);
    }
    for custom in kinds.iter().filter_map(|kind| kind.custom) {
        maker.custom(custom);
    }
    let roots: Vec<String> = maker.identities.keys().cloned().collect();
    for name in roots {
        match schema::lookup(&name) {
            Some(of) => maker.visit(of),
            None if maker.done.contains_key(&name) => {}
            // A kind without a schema is an open object.
            None => {
                let mut open =
                    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
                maker.stamp(&name, &mut open);
                maker.done.insert(name, open);
            }
        }
    }
    maker.done
}

struct Maker {
    style: Style,
    done: Map<String, Value>,
    /// Group, version and kind of the definitions that are whole objects.
    identities: BTreeMap<String, Vec<Value>>,
}

impl Maker {
    fn identify(&mut self, name: &str, group: &str, version: &str, kind: &str) {
        let identity = json!({"group": group, "version": version, "kind": kind});
        let all = self.identities.entry(name.into()).or_default();
        if !all.contains(&identity) {
            all.push(identity);
        }
    }

    /// Marks a definition with what it is.
    fn stamp(&self, name: &str, definition: &mut Value) {
        if let (Some(identities), Some(fields)) =
            (self.identities.get(name), definition.as_object_mut())
        {
            fields
                .insert("x-kubernetes-group-version-kind".into(), Value::Array(identities.clone()));
        }
    }

    /// Defines a custom resource.
    fn custom(&mut self, custom: Custom<'_>) {
        let metadata = self.form(Form::Object(&table::META_V1_OBJECT_META));
        let mut definition = openapi::definition(custom, self.style == Style::V2, &metadata);
        let name = custom.schema_name();
        self.stamp(&name, &mut definition);
        self.done.insert(name, definition);
    }

    /// Defines a type, and what it refers to. Types nest only a few deep.
    fn visit(&mut self, of: &'static Type) {
        if self.done.contains_key(of.name) {
            return;
        }
        self.done.insert(of.name.into(), Value::Null);
        let properties: Map<String, Value> =
            of.fields.iter().map(|field| (field.name.into(), self.property(of, field))).collect();
        let required: Vec<&str> =
            of.fields.iter().filter(|field| field.required()).map(|field| field.name).collect();
        let mut definition = json!({"type": "object", "properties": properties});
        if let Some(fields) = definition.as_object_mut() {
            if !required.is_empty() {
                fields.insert("required".into(), json!(required));
            }
            if let Some(text) = words::of_type(of) {
                fields.insert("description".into(), Value::from(text));
            }
            if of.atomic {
                fields.insert("x-kubernetes-map-type".into(), Value::from("atomic"));
            }
        }
        self.stamp(of.name, &mut definition);
        self.done.insert(of.name.into(), definition);
    }

    fn property(&mut self, of: &Type, field: &'static Field) -> Value {
        let mut property = self.form(field.form);
        let Some(fields) = property.as_object_mut() else { return property };
        if let Some(text) = words::of_field(of, field) {
            fields.insert("description".into(), Value::from(text));
        }
        let rules = field.rules;
        let strategy = match (rules.merge, rules.retain_keys, rules.replace) {
            (true, true, _) => "merge,retainKeys",
            (true, false, _) => "merge",
            (false, true, _) => "retainKeys",
            (false, false, true) => "replace",
            (false, false, false) => "",
        };
        let list = match rules.list {
            List::Unset => "",
            List::Atomic => "atomic",
            List::Set => "set",
            List::Map => "map",
        };
        let facts = [
            ("x-kubernetes-patch-strategy", strategy),
            ("x-kubernetes-patch-merge-key", rules.merge_key),
            ("x-kubernetes-list-type", list),
            ("x-kubernetes-map-type", if rules.atomic { "atomic" } else { "" }),
        ];
        for (name, value) in facts {
            if !value.is_empty() {
                fields.insert(name.into(), Value::from(value));
            }
        }
        if !rules.list_keys.is_empty() {
            fields.insert("x-kubernetes-list-map-keys".into(), json!(rules.list_keys));
        }
        property
    }

    fn form(&mut self, form: Form) -> Value {
        match form {
            Form::String => json!({"type": "string"}),
            Form::Bytes => json!({"type": "string", "format": "byte"}),
            Form::Bool => json!({"type": "boolean"}),
            Form::Int32 => json!({"type": "integer", "format": "int32"}),
            Form::Int64 => json!({"type": "integer", "format": "int64"}),
            Form::Float => json!({"type": "number", "format": "double"}),
            Form::Items => json!({"type": "array", "items": {"type": "string"}}),
            Form::Array(element) => json!({"type": "array", "items": self.form(*element)}),
            Form::Map(element) => {
                json!({"type": "object", "additionalProperties": self.form(*element)})
            }
            Form::Object(of) => {
                self.visit(of);
                self.style.reference(of.name)
            }
            Form::Quantity => self.special("io.k8s.apimachinery.pkg.api.resource.Quantity", form),
            Form::IntOrString => {
                self.special("io.k8s.apimachinery.pkg.util.intstr.IntOrString", form)
            }
            Form::Time => self.special("io.k8s.apimachinery.pkg.apis.meta.v1.Time", form),
            Form::MicroTime => self.special("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", form),
            Form::Duration => self.special("io.k8s.apimachinery.pkg.apis.meta.v1.Duration", form),
            Form::Json => json!({"description": words::JSON}),
            Form::Raw => self.special("io.k8s.apimachinery.pkg.runtime.RawExtension", form),
            Form::FieldsV1 => self.special("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", form),
        }
    }

    /// Refers to a type that is no plain object, and defines it.
    fn special(&mut self, name: &str, form: Form) -> Value {
        if !self.done.contains_key(name) {
            let definition = match (form, self.style) {
                (Form::Quantity, Style::V3) => {
                    json!({"oneOf": [{"type": "string"}, {"type": "number"}], "description": words::QUANTITY})
                }
                (Form::Quantity, Style::V2) => {
                    json!({"type": "string", "description": words::QUANTITY})
                }
                (Form::IntOrString, Style::V3) => json!({
                    "oneOf": [{"type": "integer"}, {"type": "string"}],
                    "format": "int-or-string",
                    "description": words::INT_OR_STRING,
                }),
                (Form::IntOrString, Style::V2) => {
                    json!({"type": "string", "format": "int-or-string", "description": words::INT_OR_STRING})
                }
                (Form::Time | Form::MicroTime, _) => {
                    json!({"type": "string", "format": "date-time", "description": words::TIME})
                }
                (Form::Duration, _) => json!({"type": "string", "description": words::DURATION}),
                _ => json!({"type": "object", "description": words::RAW}),
            };
            self.done.insert(name.into(), definition);
        }
        self.style.reference(name)
    }
}
