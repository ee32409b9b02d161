//! The forms that objects are told in: as they are, as tables, as metadata only.

use bytes::{BufMut as _, Bytes, BytesMut};
use controller_core::admit::ApiError;
use controller_core::custom::ColumnHead;
use controller_core::kinds::Served;
use model::{Millis, Revision};
use serde_json::{Map, Value, json};

use super::accept::Form;

/// What a table holds of each object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Include {
    /// Nothing.
    Nothing,
    /// Its metadata.
    #[default]
    Metadata,
    /// All of it.
    Object,
}

impl Include {
    /// Reads `includeObject`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        match text {
            "" | "Metadata" => Ok(Self::Metadata),
            "None" => Ok(Self::Nothing),
            "Object" => Ok(Self::Object),
            other => Err(ApiError::bad_request(format!(
                "unrecognized includeObject value: {other:?}: supported values: \"None\", \"Metadata\", \"Object\""
            ))),
        }
    }
}

/// How to tell objects of a kind.
#[derive(Clone)]
pub(super) struct Teller {
    /// Their kind.
    pub(super) kind: Served,
    /// The form.
    pub(super) form: Form,
    /// For tables.
    pub(super) include: Include,
    /// For ages.
    pub(super) now: Millis,
}

/// What a list says besides its items.
pub(super) struct ListHead {
    /// The revision that it is of.
    pub(super) revision: Revision,
    /// Where to go on; none: it is whole.
    pub(super) go_on: Option<String>,
    /// How many more there are.
    pub(super) remaining: Option<usize>,
}

impl Teller {
    /// The media type of what is told.
    pub(super) fn media(&self) -> &'static str {
        if self.form == Form::Yaml { "application/yaml" } else { "application/json" }
    }

    /// One object.
    pub(super) fn object(&self, doc: &Bytes) -> Result<Bytes, ApiError> {
        match self.form {
            Form::Json => Ok(doc.clone()),
            Form::Yaml => yaml(doc),
            Form::Metadata(version) => Ok(bytes_of(&metadata(version, parse(doc)?))),
            Form::Table(version) => {
                let doc = parse(doc)?;
                let revision = doc.pointer("/metadata/resourceVersion").cloned();
                let metadata = json!({"resourceVersion": revision});
                let rows = vec![self.row(version, doc)];
                Ok(bytes_of(&self.table(version, metadata, true, rows)))
            }
        }
    }

    /// A list.
    pub(super) fn list(&self, head: &ListHead, items: &[Bytes]) -> Result<Bytes, ApiError> {
        let kind = self.kind.kind();
        let mut metadata = json!({"resourceVersion": head.revision.to_string()});
        if let Some(token) = &head.go_on {
            metadata["continue"] = token.as_str().into();
        }
        if let Some(remaining) = head.remaining.filter(|r| *r > 0) {
            metadata["remainingItemCount"] = remaining.into();
        }
        match self.form {
            Form::Json | Form::Yaml => {
                let out = frame(&kind.list_kind(), &kind.api_version(), &metadata, items);
                if self.form == Form::Yaml { yaml(&out) } else { Ok(out) }
            }
            Form::Metadata(version) => {
                let items =
                    items.iter().map(|doc| Ok(bytes_of(&self::metadata(version, parse(doc)?))));
                let items: Vec<Bytes> = items.collect::<Result<_, ApiError>>()?;
                let api_version = format!("meta.k8s.io/{version}");
                Ok(frame("PartialObjectMetadataList", &api_version, &metadata, &items))
            }
            Form::Table(version) => {
                let rows = items.iter().map(|doc| Ok(self.row(version, parse(doc)?)));
                let rows = rows.collect::<Result<_, ApiError>>()?;
                Ok(bytes_of(&self.table(version, metadata, true, rows)))
            }
        }
    }

    /// An object as an event of a watch holds it. Only the `first` table of a watch names its columns.
    pub(super) fn in_event(&self, doc: &Bytes, first: bool) -> Result<Bytes, ApiError> {
        match self.form {
            Form::Json | Form::Yaml => Ok(doc.clone()),
            Form::Metadata(version) => Ok(bytes_of(&metadata(version, parse(doc)?))),
            Form::Table(version) => {
                let doc = parse(doc)?;
                let revision = doc.pointer("/metadata/resourceVersion").cloned();
                let metadata = json!({"resourceVersion": revision});
                let rows = vec![self.row(version, doc)];
                Ok(bytes_of(&self.table(version, metadata, first, rows)))
            }
        }
    }

    /// The object of a bookmark: a kind, a revision, and whether all that was there has been told.
    pub(super) fn bookmark(&self, revision: Revision, initial_end: bool) -> Bytes {
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        // Typed clients do not ask for a creation timestamp; those that decode strictly want it to be null.
        metadata["creationTimestamp"] = Value::Null;
        if initial_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let kind = self.kind.kind();
        let (kind, api_version) = match self.form {
            Form::Json | Form::Yaml => (kind.kind, kind.api_version()),
            Form::Metadata(version) => ("PartialObjectMetadata", format!("meta.k8s.io/{version}")),
            Form::Table(version) => {
                let object = json!({
                    "kind": "PartialObjectMetadata",
                    "apiVersion": format!("meta.k8s.io/{version}"),
                    "metadata": metadata,
                });
                let rows = vec![json!({"cells": [], "object": object})];
                let metadata = json!({"resourceVersion": revision.to_string()});
                return bytes_of(&self.table(version, metadata, false, rows));
            }
        };
        bytes_of(&json!({"kind": kind, "apiVersion": api_version, "metadata": metadata}))
    }

    fn row(&self, version: &str, doc: Value) -> Value {
        let kind = self.kind.kind();
        let cells = if kind.columns.is_empty() && kind.custom.is_none() {
            let text = |at: &str| doc.pointer(at).cloned().unwrap_or(Value::Null);
            vec![text("/metadata/name"), text("/metadata/creationTimestamp")]
        } else {
            kind.row(&doc, self.now)
        };
        let object = match self.include {
            Include::Nothing => Value::Null,
            Include::Metadata => metadata(version, doc),
            Include::Object => doc,
        };
        json!({"cells": cells, "object": object})
    }

    fn table(&self, version: &str, metadata: Value, named: bool, rows: Vec<Value>) -> Value {
        let column = |name: &str, kind: &str, format: &str, priority: u8| json!({"name": name, "type": kind, "format": format, "description": "", "priority": priority});
        let kind = self.kind.kind();
        let own = kind.columns.iter().map(|c| column(c.name, c.kind, c.format(), c.priority));
        let mut columns: Vec<Value> = match kind.custom {
            None => own.collect(),
            Some(custom) => custom.heads().map(head).collect(),
        };
        if columns.is_empty() {
            columns =
                vec![column("Name", "string", "name", 0), column("Created At", "date", "", 0)];
        }
        json!({
            "kind": "Table",
            "apiVersion": format!("meta.k8s.io/{version}"),
            "metadata": metadata,
            "columnDefinitions": if named { Value::Array(columns) } else { Value::Null },
            "rows": rows,
        })
    }
}

/// The heading of a custom resource's column.
fn head(column: ColumnHead<'_>) -> Value {
    json!({
        "name": column.name,
        "type": column.kind,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    })
}

/// Reads a document of the store.
pub(super) fn parse(doc: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(doc)
        .map_err(|e| ApiError::internal(format_args!("a document in the store is damaged: {e}")))
}

fn bytes_of(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

fn yaml(doc: &[u8]) -> Result<Bytes, ApiError> {
    serde_yaml::to_string(&parse(doc)?).map(Bytes::from).map_err(ApiError::internal)
}

fn metadata(version: &str, mut doc: Value) -> Value {
    let metadata = doc.get_mut("metadata").map_or_else(|| Value::Object(Map::new()), Value::take);
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": format!("meta.k8s.io/{version}"),
        "metadata": metadata,
    })
}

/// A list around items that are written already.
fn frame(kind: &str, api_version: &str, metadata: &Value, items: &[Bytes]) -> Bytes {
    let size: usize = items.iter().map(|i| i.len() + 1).sum();
    let mut out = BytesMut::with_capacity(size + 256);
    let head = format!(
        r#"{{"kind":"{kind}","apiVersion":"{api_version}","metadata":{metadata},"items":["#
    );
    out.put_slice(head.as_bytes());
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.put_u8(b',');
        }
        out.put_slice(item);
    }
    out.put_slice(b"]}");
    out.freeze()
}

#[cfg(test)]
mod tests {
    use controller_core::kinds;

    use super::*;

    fn teller(form: Form) -> Teller {
        Teller {
            kind: kinds::CONFIG_MAP.into(),
            form,
            include: Include::Metadata,
            now: Millis(1_795_418_884_000),
        }
    }

    fn doc() -> Bytes {
        Bytes::from_static(
            br#"{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap","metadata":{"creationTimestamp":"2026-11-23T07:28:00Z","name":"cm","resourceVersion":"7"}}"#,
        )
    }

    #[test]
    fn lists_take_every_form() {
        let head = ListHead { revision: Revision(9), go_on: Some("t".into()), remaining: Some(2) };
        let list = |form: Form| {
            let bytes = teller(form).list(&head, &[doc(), doc()]).expect("told");
            serde_json::from_slice::<Value>(&bytes).expect("JSON")
        };
        let plain = list(Form::Json);
        assert_eq!(plain["kind"], "ConfigMapList");
        assert_eq!(
            plain["metadata"],
            json!({"resourceVersion": "9", "continue": "t", "remainingItemCount": 2})
        );
        assert_eq!(plain["items"][1], parse(&doc()).expect("JSON"));

        let partial = list(Form::Metadata("v1"));
        assert_eq!(partial["kind"], "PartialObjectMetadataList");
        assert_eq!(partial["items"][0].get("data"), None);

        let table = list(Form::Table("v1"));
        assert_eq!(table["kind"], "Table");
        assert_eq!(table["rows"][0]["cells"], json!(["cm", 1, "4s"]));
        assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
        assert_eq!(table["columnDefinitions"][0]["format"], "name");
    }

    #[test]
    fn only_the_first_table_of_a_watch_names_its_columns() {
        let event = |first: bool| {
            let bytes = teller(Form::Table("v1")).in_event(&doc(), first).expect("told");
            serde_json::from_slice::<Value>(&bytes).expect("JSON")["columnDefinitions"].is_array()
        };
        assert!(event(true) && !event(false));
    }

    #[test]
    fn a_damaged_document_is_our_fault() {
        let error =
            teller(Form::Table("v1")).object(&Bytes::from_static(b"{")).expect_err("damaged");
        assert_eq!(error.code, 500);
    }
}
