//! v1 Namespace.

use serde_json::{Value, json};

use super::table::{age, name, text_or};
use super::{BARE, Kind, NameRule, Subresource, text};
use crate::admit::meta::{meta, text_at};

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::NAMESPACE,
    kind: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    namespaced: false,
    names: NameRule::Label,
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.Namespace",
    fields: &[("status.phase", |d| text_at(d, "/status/phase").into())],
    columns: &[text("Name"), text("Status"), text("Age")],
    cells: |d, now| alloc::vec![name(d), text_or(d, "/status/phase", ""), age(d, now)],
    default,
    first_status: |_| Some(json!({"phase": "Active"})),
    ..BARE
};

/// Who else uses the namespace is asked before it goes: its finalizer. Selectors find it by its name as a label.
fn default(doc: &mut Value) {
    let of = meta(doc);
    let (name, ends) = (Value::from(of.name()), of.is_terminating());
    if !ends && doc.pointer("/spec/finalizers").is_none() {
        doc["spec"] = json!({"finalizers": ["kubernetes"]});
    }
    doc["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
}
