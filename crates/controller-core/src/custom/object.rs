//! What a custom resource does with its objects: the hooks that other kinds have as rows of the table.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use serde_json::{Map, Value, json};

use super::column::ColumnHead;
use super::path::printed;
use super::{Resource, Version, complete, validate};
use crate::admit::ApiError;
use crate::admit::check::field::Path;
use crate::admit::meta::meta;
use crate::admit::selector;
use crate::kinds::{self, FieldError, Kind, NameRule};
use crate::schema::{self, fields};

/// The schema of every object's metadata.
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// A version of a custom resource.
#[derive(Clone, Copy, Debug)]
pub struct Custom<'k> {
    /// The resource.
    pub resource: &'k Resource,
    /// The version.
    pub version: &'k Version,
}

impl<'k> Custom<'k> {
    /// The row that it is.
    pub fn row(self) -> Kind<'k> {
        let Self { resource, version } = self;
        Kind {
            id: resource.id,
            group: &resource.group,
            version: &version.name,
            kind: &resource.kind,
            plural: &resource.plural,
            singular: &resource.singular,
            namespaced: resource.namespaced,
            names: NameRule::Subdomain,
            subresources: version.subresources,
            generations: true,
            custom: Some(self),
            ..kinds::BARE
        }
    }

    /// The name of its schema in OpenAPI documents, e.g. `com.example.stable.v1.CronTab`.
    pub fn schema_name(self) -> String {
        let group: Vec<&str> = self.resource.group.rsplit('.').collect();
        format!("{}.{}.{}", group.join("."), self.version.name, self.resource.kind)
    }

    /// The version that objects are kept in, e.g. `stable.example.com/v1`.
    fn stored_as(self) -> String {
        format!("{}/{}", self.resource.group, self.resource.storage)
    }

    /// The headings of its table, the name's first.
    pub fn heads(self) -> impl Iterator<Item = ColumnHead<'k>> {
        let name = ColumnHead {
            name: "Name",
            kind: "string",
            format: "name",
            description: "The object's name.",
            priority: 0,
        };
        core::iter::once(name).chain(self.version.columns.iter().map(|c| c.head()))
    }

    pub(crate) fn cells(self, doc: &Value, now: Millis) -> Vec<Value> {
        let name = Value::from(meta(doc).name());
        core::iter::once(name)
            .chain(self.version.columns.iter().map(|c| c.cell(doc, now)))
            .collect()
    }

    /// The values of the fields that field selectors may name.
    pub(crate) fn selectable(self, doc: &Value) -> Vec<String> {
        let all = self.resource.selectable.iter();
        all.map(|path| path.first(doc).map(printed).unwrap_or_default()).collect()
    }

    /// The place of a field among the [`Self::selectable`] ones, if this version lets selectors name it.
    pub(crate) fn selectable_at(self, field: &str) -> Option<usize> {
        let named = |text: &str| text.strip_prefix('.') == Some(field);
        let known = self.version.selectable.iter().any(|path| named(&path.text));
        self.resource.selectable.iter().position(|path| known && named(&path.text))
    }

    /// The fields that its schema does not have, as `unknown field "spec.foo"`.
    pub fn unknown_fields(self, doc: &Value) -> Vec<String> {
        let mut found = Vec::new();
        complete::prune(&self.version.schema, &mut doc.clone(), "", true, &mut found);
        if let (Some(of), Some(metadata)) = (schema::lookup(OBJECT_META), doc.get("metadata")) {
            let within = fields::unknown_fields(of, metadata);
            found.extend(within.iter().filter_map(|told| {
                let field = told.strip_prefix("unknown field \"")?.strip_suffix('"')?;
                Some(format!("metadata.{field}"))
            }));
        }
        found.truncate(fields::UNKNOWN_FIELDS_MAX);
        found.iter().map(|path| format!("unknown field \"{path}\"")).collect()
    }

    /// Makes sure that the metadata holds what it can hold, and takes away what the schema does not know.
    pub(crate) fn tidy(self, doc: &mut Value) -> Result<(), String> {
        if let (Some(of), Some(metadata)) = (schema::lookup(OBJECT_META), doc.get_mut("metadata")) {
            fields::check(of, metadata).map_err(|mismatch| mismatch.to_string())?;
            fields::prune(of, metadata);
        }
        complete::prune(&self.version.schema, doc, "", true, &mut Vec::new());
        Ok(())
    }

    pub(crate) fn default(self, doc: &mut Value) {
        complete::default(&self.version.schema, doc, true);
    }

    pub(crate) fn validate(self, doc: &Value, errors: &mut Vec<FieldError>) {
        validate::check(&self.version.schema, doc, &Path::new(""), errors);
    }

    /// What is told to whoever uses a version that is on its way out.
    pub fn deprecation(self) -> Option<String> {
        let Self { resource, version } = self;
        match version.deprecation.as_deref()? {
            "" => {
                Some(format!("{}/{} {} is deprecated", resource.group, version.name, resource.kind))
            }
            told => Some(told.to_owned()),
        }
    }

    /// Whether what counts as the object's content differs: all but metadata, and but the status where that is apart.
    pub(crate) fn content_differs(self, one: &Value, other: &Value) -> bool {
        let apart = self.version.subresources.contains(&kinds::Subresource::Status);
        let counts = |name: &&String| *name != "metadata" && !(apart && *name == "status");
        let content = |doc: &Value| -> Map<String, Value> {
            let fields = doc.as_object().into_iter().flatten();
            fields.filter(|(name, _)| counts(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
        };
        content(one) != content(other)
    }

    /// A document of the store in this version: with its name, without what the schema does not know, with defaults.
    pub fn shown(self, mut doc: Value) -> Value {
        doc["apiVersion"] = self.row().api_version().into();
        complete::prune(&self.version.schema, &mut doc, "", true, &mut Vec::new());
        self.default(&mut doc);
        doc
    }

    /// A document as it is kept.
    pub fn kept(self, mut doc: Value) -> Value {
        doc["apiVersion"] = self.stored_as().into();
        doc
    }

    /// Its scale (autoscaling/v1).
    ///
    /// # Errors
    /// If it has no count of replicas.
    pub(crate) fn scale(self, doc: &Value) -> Result<(i64, i64, String), ApiError> {
        let Some(paths) = &self.version.scale else { return Err(ApiError::no_such_resource()) };
        let at = |path: &[String]| path.iter().try_fold(doc, |value, name| value.get(name));
        let wanted = at(&paths.spec).and_then(Value::as_i64).ok_or_else(|| {
            let path = paths.spec.join(".");
            ApiError::internal(format_args!("the spec replicas field \".{path}\" does not exist"))
        })?;
        let selector = paths.selector.as_deref().and_then(at);
        let selector = selector.map(|s| match s.as_str() {
            Some(text) => text.to_string(),
            None => selector::format_document(Some(s)),
        });
        let found = at(&paths.status).and_then(Value::as_i64).unwrap_or(0);
        Ok((wanted, found, selector.unwrap_or_default()))
    }

    /// Puts a count of replicas in.
    pub(crate) fn rescale(self, doc: &mut Value, replicas: i64) {
        let Some(paths) = &self.version.scale else { return };
        let mut at = doc;
        for name in &paths.spec {
            if !at.is_object() {
                *at = json!({});
            }
            at = &mut at[name.as_str()];
        }
        *at = replicas.into();
    }
}
