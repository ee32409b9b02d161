//! The types of CustomResourceDefinition, by hand: their Go source is in another module than that of the table
//! (k8s.io/apiextensions-apiserver `apis/apiextensions/v1`). What is a schema or something else is [`Form::Json`] here;
//! the rules of the kind look into it.

use super::{Field, Form, NONE, OPTIONAL, POINTER, REQUIRED, Type, f, table};

macro_rules! name {
    ($name:literal) => {
        concat!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.", $name)
    };
}

const fn may(name: &'static str, form: Form) -> Field {
    f(name, 0, OPTIONAL, form, &NONE)
}

const fn must(name: &'static str, form: Form) -> Field {
    f(name, 0, REQUIRED, form, &NONE)
}

/// A zero in it says something.
const fn pointed(name: &'static str, form: Form) -> Field {
    f(name, 0, POINTER, form, &NONE)
}

const fn own(name: &'static str, fields: &'static [Field]) -> Type {
    Type { name, atomic: false, inlined: &[], fields }
}

const TEXTS: Form = Form::Array(&Form::String);

pub(super) static DEFINITION: Type = own(
    name!("CustomResourceDefinition"),
    &[
        may("apiVersion", Form::String),
        may("kind", Form::String),
        may("metadata", Form::Object(&table::META_V1_OBJECT_META)),
        must("spec", Form::Object(&SPEC)),
        may("status", Form::Object(&STATUS)),
    ],
);

pub(super) static SPEC: Type = own(
    name!("CustomResourceDefinitionSpec"),
    &[
        may("conversion", Form::Object(&CONVERSION)),
        must("group", Form::String),
        must("names", Form::Object(&NAMES)),
        may("preserveUnknownFields", Form::Bool),
        must("scope", Form::String),
        must("versions", Form::Array(&Form::Object(&VERSION))),
    ],
);

pub(super) static STATUS: Type = own(
    name!("CustomResourceDefinitionStatus"),
    &[
        may("acceptedNames", Form::Object(&NAMES)),
        may("conditions", Form::Array(&Form::Object(&CONDITION))),
        may("observedGeneration", Form::Int64),
        may("storedVersions", TEXTS),
    ],
);

pub(super) static CONDITION: Type = own(
    name!("CustomResourceDefinitionCondition"),
    &[
        may("lastTransitionTime", Form::Time),
        may("message", Form::String),
        may("observedGeneration", Form::Int64),
        may("reason", Form::String),
        must("status", Form::String),
        must("type", Form::String),
    ],
);

pub(super) static NAMES: Type = own(
    name!("CustomResourceDefinitionNames"),
    &[
        may("categories", TEXTS),
        must("kind", Form::String),
        may("listKind", Form::String),
        must("plural", Form::String),
        may("shortNames", TEXTS),
        may("singular", Form::String),
    ],
);

pub(super) static CONVERSION: Type = own(
    name!("CustomResourceConversion"),
    &[must("strategy", Form::String), may("webhook", Form::Raw)],
);

pub(super) static VERSION: Type = own(
    name!("CustomResourceDefinitionVersion"),
    &[
        may("additionalPrinterColumns", Form::Array(&Form::Object(&COLUMN))),
        may("deprecated", Form::Bool),
        pointed("deprecationWarning", Form::String),
        must("name", Form::String),
        may("schema", Form::Object(&VALIDATION)),
        may("selectableFields", Form::Array(&Form::Object(&SELECTABLE))),
        f("served", 0, REQUIRED | POINTER, Form::Bool, &NONE),
        f("storage", 0, REQUIRED | POINTER, Form::Bool, &NONE),
        may("subresources", Form::Object(&SUBRESOURCES)),
    ],
);

pub(super) static COLUMN: Type = own(
    name!("CustomResourceColumnDefinition"),
    &[
        may("description", Form::String),
        may("format", Form::String),
        must("jsonPath", Form::String),
        must("name", Form::String),
        may("priority", Form::Int32),
        must("type", Form::String),
    ],
);

pub(super) static SELECTABLE: Type =
    own(name!("SelectableField"), &[must("jsonPath", Form::String)]);

pub(super) static SUBRESOURCES: Type = own(
    name!("CustomResourceSubresources"),
    &[may("scale", Form::Object(&SCALE)), may("status", Form::Raw)],
);

pub(super) static SCALE: Type = own(
    name!("CustomResourceSubresourceScale"),
    &[
        may("labelSelectorPath", Form::String),
        must("specReplicasPath", Form::String),
        must("statusReplicasPath", Form::String),
    ],
);

pub(super) static VALIDATION: Type =
    own(name!("CustomResourceValidation"), &[may("openAPIV3Schema", Form::Object(&PROPS))]);

/// A schema has schemas in it; a constant could not refer to what refers to it.
static SCHEMA: Form = Form::Object(&PROPS);

pub(super) static PROPS: Type = own(
    name!("JSONSchemaProps"),
    &[
        may("$ref", Form::String),
        may("$schema", Form::String),
        may("additionalItems", Form::Json),
        may("additionalProperties", Form::Json),
        may("allOf", Form::Array(&SCHEMA)),
        may("anyOf", Form::Array(&SCHEMA)),
        may("default", Form::Json),
        may("definitions", Form::Map(&SCHEMA)),
        may("dependencies", Form::Json),
        may("description", Form::String),
        may("enum", Form::Array(&Form::Json)),
        may("example", Form::Json),
        may("exclusiveMaximum", Form::Bool),
        may("exclusiveMinimum", Form::Bool),
        may("externalDocs", Form::Json),
        may("format", Form::String),
        may("id", Form::String),
        may("items", Form::Object(&PROPS)),
        pointed("maxItems", Form::Int64),
        pointed("maxLength", Form::Int64),
        pointed("maxProperties", Form::Int64),
        pointed("maximum", Form::Float),
        pointed("minItems", Form::Int64),
        pointed("minLength", Form::Int64),
        pointed("minProperties", Form::Int64),
        pointed("minimum", Form::Float),
        pointed("multipleOf", Form::Float),
        may("not", Form::Object(&PROPS)),
        may("nullable", Form::Bool),
        may("oneOf", Form::Array(&SCHEMA)),
        may("pattern", Form::String),
        may("patternProperties", Form::Map(&SCHEMA)),
        may("properties", Form::Map(&SCHEMA)),
        may("required", TEXTS),
        may("title", Form::String),
        may("type", Form::String),
        may("uniqueItems", Form::Bool),
        may("x-kubernetes-embedded-resource", Form::Bool),
        may("x-kubernetes-int-or-string", Form::Bool),
        may("x-kubernetes-list-map-keys", TEXTS),
        pointed("x-kubernetes-list-type", Form::String),
        pointed("x-kubernetes-map-type", Form::String),
        pointed("x-kubernetes-preserve-unknown-fields", Form::Bool),
        may("x-kubernetes-validations", Form::Array(&Form::Object(&RULE))),
    ],
);

pub(super) static RULE: Type = own(
    name!("ValidationRule"),
    &[
        may("fieldPath", Form::String),
        may("message", Form::String),
        may("messageExpression", Form::String),
        pointed("optionalOldSelf", Form::Bool),
        pointed("reason", Form::String),
        must("rule", Form::String),
    ],
);
