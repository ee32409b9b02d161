//! A definition, read: names, versions, and each version's schema, ready for use.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Reverse;

use model::Hash;
use serde_json::Value;

use super::column::Column;
use super::path::JsonPath;
use super::schema::{Patterns, Reader, Schema};
use crate::admit::meta::{flag_at, list_at, meta, text_at};
use crate::kinds::{KindId, Subresource};

/// A custom resource: what a definition says, read.
#[derive(Debug)]
pub struct Resource {
    /// The number of its kind.
    pub id: KindId,
    /// The definition's name, `<plural>.<group>`.
    pub definition: String,
    uid: String,
    /// Of what it says.
    hash: Hash,
    /// Its group.
    pub group: String,
    /// e.g. `crontabs`.
    pub plural: String,
    /// e.g. `crontab`.
    pub singular: String,
    /// e.g. `CronTab`.
    pub kind: String,
    /// e.g. `CronTabList`.
    pub list_kind: String,
    /// e.g. `ct`.
    pub short_names: Vec<String>,
    /// e.g. `all`.
    pub categories: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Its versions, in the order in which they are preferred.
    pub versions: Arc<[Version]>,
    /// The version that objects are kept in.
    pub storage: String,
    /// Fields that some version lets field selectors name.
    pub(super) selectable: Vec<JsonPath>,
    /// Whether it is served.
    pub established: bool,
    /// Whether it is on its way out: nothing new may be made.
    pub terminating: bool,
}

/// A version of a custom resource.
#[derive(Debug)]
pub struct Version {
    /// e.g. `v1beta1`.
    pub name: String,
    /// Whether it is served.
    pub served: bool,
    /// Whether objects are kept in it.
    pub storage: bool,
    /// What is told to who uses it, if it is on its way out.
    pub deprecation: Option<String>,
    /// Its schema.
    pub(super) schema: Schema,
    /// Its schema as it was given, for OpenAPI: JSON.
    pub(super) text: Box<str>,
    pub(super) columns: Vec<Column>,
    pub(super) selectable: Vec<JsonPath>,
    pub(super) scale: Option<ScalePaths>,
    /// Which subresources it has.
    pub subresources: &'static [Subresource],
}

/// Where the counts of a scale stand.
#[derive(Debug)]
pub(super) struct ScalePaths {
    pub(super) spec: Vec<String>,
    pub(super) status: Vec<String>,
    pub(super) selector: Option<Vec<String>>,
}

impl Resource {
    /// Reads a definition that has been let in. What `old` has read already is taken over, if it is the same.
    pub(super) fn read(doc: &Value, old: Option<&Self>, patterns: Patterns) -> Option<Self> {
        let spec = doc.get("spec")?;
        let of = meta(doc);
        let names = |field: &str| text_at(spec, field).to_owned();
        let list = |field: &str| -> Vec<String> {
            list_at(spec, field).iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
        };
        let hash = Hash::of(&serde_json::to_vec(spec).unwrap_or_default());
        let same = old.filter(|o| o.hash == hash);
        let versions = match same {
            Some(old) => old.versions.clone(),
            None => {
                let mut reader = Reader::knowing(patterns);
                let given = list_at(spec, "/versions").iter();
                let mut all: Vec<Version> =
                    given.map(|version| Version::read(version, &mut reader)).collect();
                all.sort_by_key(|v| Reverse(priority(&v.name)));
                all.into()
            }
        };
        let mut selectable: Vec<JsonPath> =
            versions.iter().flat_map(|v| v.selectable.iter().cloned()).collect();
        selectable.sort_by(|a, b| a.text.cmp(&b.text));
        selectable.dedup_by(|a, b| a.text == b.text);
        let (group, plural) = (text_at(spec, "/group"), names("/names/plural"));
        Some(Self {
            id: KindId::custom(group, &plural),
            definition: of.name().to_owned(),
            uid: of.uid().to_owned(),
            hash,
            group: group.to_owned(),
            singular: names("/names/singular"),
            kind: names("/names/kind"),
            list_kind: names("/names/listKind"),
            short_names: list("/names/shortNames"),
            categories: list("/names/categories"),
            namespaced: text_at(spec, "/scope") == "Namespaced",
            storage: versions.iter().find(|v| v.storage)?.name.clone(),
            established: holds(doc, "Established"),
            terminating: of.is_terminating(),
            plural,
            versions,
            selectable,
        })
    }

    /// Whether what clients see of the two differs.
    pub(super) fn differs(&self, other: &Self) -> bool {
        (self.hash, self.established, &self.uid) != (other.hash, other.established, &other.uid)
    }
}

/// Whether a condition of a definition holds.
pub(super) fn holds(doc: &Value, condition: &str) -> bool {
    let conditions = list_at(doc, "/status/conditions");
    conditions.iter().any(|c| text_at(c, "/type") == condition && text_at(c, "/status") == "True")
}

impl Version {
    fn read(version: &Value, reader: &mut Reader) -> Self {
        let parts = |pointer: &str| {
            let text = text_at(version, pointer);
            let path = JsonPath::read(text).ok()?.fields()?;
            (!path.is_empty()).then_some(path)
        };
        let scale = version.pointer("/subresources/scale").filter(|s| s.is_object());
        let scale = scale.and_then(|_| {
            Some(ScalePaths {
                spec: parts("/subresources/scale/specReplicasPath")?,
                status: parts("/subresources/scale/statusReplicasPath")?,
                selector: parts("/subresources/scale/labelSelectorPath"),
            })
        });
        let has_status = version.pointer("/subresources/status").is_some_and(Value::is_object);
        let given = version.pointer("/schema/openAPIV3Schema").unwrap_or(&Value::Null);
        let schema = reader.schema(given);
        let columns = list_at(version, "/additionalPrinterColumns");
        let selectable = list_at(version, "/selectableFields").iter();
        Self {
            name: text_at(version, "/name").to_owned(),
            served: flag_at(version, "/served"),
            storage: flag_at(version, "/storage"),
            deprecation: deprecation(version),
            text: given.to_string().into(),
            columns: if columns.is_empty() {
                alloc::vec![Column::age()]
            } else {
                columns.iter().filter_map(Column::read).collect()
            },
            selectable: selectable
                .filter_map(|f| JsonPath::read(text_at(f, "/jsonPath")).ok())
                .collect(),
            subresources: match (has_status, scale.is_some()) {
                (false, false) => &[],
                (true, false) => &[Subresource::Status],
                (false, true) => &[Subresource::Scale],
                (true, true) => &[Subresource::Status, Subresource::Scale],
            },
            scale,
            schema,
        }
    }
}

fn deprecation(version: &Value) -> Option<String> {
    let warning = text_at(version, "/deprecationWarning");
    flag_at(version, "/deprecated").then(|| warning.to_string())
}

/// Which version is preferred, as a number of sorts: stable before beta before alpha, higher numbers first; others last, by name
/// (k8s.io/apimachinery `version.CompareKubeAwareVersionStrings`).
pub fn priority(name: &str) -> (u8, u64, u64, Reverse<String>) {
    let other = (0, 0, 0, Reverse(name.to_owned()));
    let Some(rest) = name.strip_prefix('v') else { return other };
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (major, rest) = rest.split_at(digits);
    let Ok(major) = major.parse::<u64>() else { return other };
    let (stage, minor) = match rest {
        "" => return (3, major, 0, Reverse(String::new())),
        rest if rest.starts_with("beta") => (2, &rest[4..]),
        rest if rest.starts_with("alpha") => (1, &rest[5..]),
        _ => return other,
    };
    match minor.parse::<u64>() {
        Ok(minor) => (stage, major, minor, Reverse(String::new())),
        Err(_) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_versions_come_first() {
        let mut all =
            ["foo10", "v1alpha1", "v10", "v2", "v11beta2", "foo1", "v12alpha1", "v3beta1", "v1"];
        all.sort_by_key(|v| Reverse(priority(v)));
        assert_eq!(
            all,
            ["v10", "v2", "v1", "v11beta2", "v3beta1", "v12alpha1", "v1alpha1", "foo1", "foo10"]
        );
    }
}
