//! The table of kinds. It drives routing, discovery, OpenAPI, printing, field validation, merge keys and protobuf
//! decoding: a new kind is a row here, and a module with its rules.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use model::Millis;
use serde_json::Value;

use crate::custom::Custom;

mod api_token;
mod autoscaler;
mod config_map;
mod controller_revision;
mod cron_job;
mod custom_resource_definition;
mod daemon_set;
mod deployment;
mod endpoints;
mod event;
mod ids;
mod ingress;
mod job;
mod lease;
mod limits;
mod metrics;
mod namespace;
mod node;
mod node_state;
mod parts;
mod pod;
mod pod_cells;
mod pod_disruption_budget;
mod priority_class;
mod rbac;
mod replica_set;
mod rollout;
mod secret;
mod served;
mod service;
mod service_account;
mod stateful_set;
mod storage;
pub mod table;
mod trust;

pub use ids::*;
pub use parts::{Column, Subresource};
use parts::{integer, text, wide};
pub use served::{Served, all_served};

/// A row's number in the table, or a number made of a custom resource's names ([`KindId::custom`]). Not kept on disk:
/// there, a kind is its group and plural ([`Kind::prefix`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub u32);

/// Set in the numbers of custom resources. Rows of the table are far below.
const CUSTOM: u32 = 1 << 31;

impl KindId {
    /// The number of a custom resource: the same for the same names, at any time and in any process. Two resources may
    /// come to the same number; the second is refused ([`crate::custom`]).
    #[must_use]
    pub fn custom(group: &str, plural: &str) -> Self {
        let hash = model::Hash::of_parts([group.as_bytes(), b"/", plural.as_bytes()]);
        let [a, b, c, d, ..] = hash.0;
        Self(CUSTOM | u32::from_be_bytes([a, b, c, d]))
    }

    /// Whether it is the number of a custom resource.
    #[must_use]
    pub const fn is_custom(self) -> bool {
        self.0 & CUSTOM != 0
    }
}

/// Which object: its kind, its namespace (empty for kinds that have none), its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its kind.
    pub kind: KindId,
    /// Its namespace; empty for cluster-wide kinds.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl ObjectKey {
    /// A key.
    pub fn new(kind: KindId, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: Arc::from(namespace), name: Arc::from(name) }
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.0, self.namespace, self.name)
    }
}

/// One row of the table, or one version of a custom resource as if it were a row (then it borrows from its definition).
#[derive(Clone, Copy)]
pub struct Kind<'k> {
    /// Its number.
    pub id: KindId,
    /// The API group; empty for the core group.
    pub group: &'k str,
    /// The version that is served first and kept.
    pub version: &'k str,
    /// The kind, e.g. `Deployment`.
    pub kind: &'k str,
    /// The resource, e.g. `deployments`.
    pub plural: &'k str,
    /// e.g. `deployment`.
    pub singular: &'k str,
    /// e.g. `deploy`.
    pub short_names: &'static [&'static str],
    /// e.g. `all`.
    pub categories: &'static [&'static str],
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether it is only observed: served from the core's observations, read only (`get`, `list`), never in the store.
    pub is_virtual: bool,
    /// What its names may be.
    pub names: NameRule,
    /// Which subresources it has.
    pub subresources: &'static [Subresource],
    /// The name of its root in the schema table, e.g. `io.k8s.api.apps.v1.Deployment`.
    pub schema: &'static str,
    /// Whether its writes are observations that may be written behind (events, leases).
    pub behind: bool,
    /// Whether a change of its spec raises `metadata.generation` (from 1).
    pub generations: bool,
    /// Fields that a field selector may name, besides `metadata.name` and `metadata.namespace`, and how to read them.
    pub fields: &'static [FieldReader],
    /// All columns of its table, `Name` included, in Kubernetes' order.
    pub columns: &'static [Column],
    /// The cells of one row: one for each column.
    pub cells: fn(&Value, Millis) -> Vec<Value>,
    /// Takes over from the old object what a new state may leave out, before defaults.
    pub carry: fn(&mut Value, &Value),
    /// Fills in what Kubernetes fills in. Runs on every write, before validation; running it again changes nothing.
    pub default: fn(&mut Value),
    /// Finds what is wrong with an object (and, on update, with the change from the old one).
    pub validate: fn(&Value, Option<&Value>, &mut Vec<FieldError>),
    /// Names fields that are accepted and not acted on: one sentence each, for `Warning` headers.
    pub warn: fn(&Value, &mut Vec<String>),
    /// The status of a new object; none: the kind has no status, or it starts without one.
    pub first_status: fn(&Value) -> Option<Value>,
    /// What a custom resource says of itself; the hooks of its row do nothing.
    pub custom: Option<Custom<'k>>,
    /// Other versions, of this group or another, that the same objects are served in: rows with the number of this one
    /// that say how they are [converted](Conversion), and inherit the rest.
    pub others: &'static [Kind<'static>],
    /// How objects of this version are made from those that are kept; none: as they are kept.
    pub conversion: Option<Conversion>,
}

/// How a version that is served becomes the one that is kept, and back. There and back changes nothing.
///
/// Hooks of rows, but the names of [`Kind::fields`], are for the version that is kept.
#[derive(Clone, Copy)]
pub struct Conversion {
    /// A kept document as this version has it. What it says it is is set after.
    pub shown: fn(&mut Value),
    /// A document of this version as it is kept.
    pub kept: fn(&mut Value),
    /// What to tell whoever uses it, if it is on its way out; else empty.
    pub deprecated: &'static str,
}

impl Kind<'_> {
    /// e.g. `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.into()
        } else {
            alloc::format!("{}/{}", self.group, self.version)
        }
    }

    /// e.g. `PodList`.
    pub fn list_kind(&self) -> String {
        match self.custom {
            Some(custom) => custom.resource.list_kind.clone(),
            None => alloc::format!("{}List", self.kind),
        }
    }

    /// How a kind is written on disk: `group/plural`, the core group as `core`. [`by_prefix`] reads it back.
    pub fn prefix(&self) -> String {
        let group = if self.group.is_empty() { "core" } else { self.group };
        alloc::format!("{group}/{}", self.plural)
    }

    /// How Kubernetes names the resource in messages: `pods`, `deployments.apps`.
    pub fn qualified_resource(&self) -> String {
        qualified(self.plural, self.group)
    }

    /// How Kubernetes names the kind in messages: `Pod`, `Deployment.apps`.
    pub fn qualified_kind(&self) -> String {
        qualified(self.kind, self.group)
    }

    /// The name of its schema in OpenAPI documents.
    pub fn schema_name(&self) -> Cow<'_, str> {
        match self.custom {
            Some(custom) => custom.schema_name().into(),
            None => self.schema.into(),
        }
    }

    /// Fills in what is missing: defaults.
    pub fn fill(&self, doc: &mut Value) {
        match self.custom {
            Some(custom) => custom.default(doc),
            None => (self.default)(doc),
        }
    }

    /// The cells of one row of its table.
    pub fn row(&self, doc: &Value, now: Millis) -> Vec<Value> {
        match (self.custom, self.conversion) {
            (Some(custom), _) => custom.cells(doc, now),
            (None, Some(_)) => (self.cells)(&self.kept(doc.clone()), now),
            (None, None) => (self.cells)(doc, now),
        }
    }

    /// Whether its objects are kept in another form than they are served in.
    pub fn converts(&self) -> bool {
        self.custom.is_some() || self.conversion.is_some()
    }

    /// A kept document as this version shows it.
    pub fn shown(&self, mut doc: Value) -> Value {
        if let Some(custom) = self.custom {
            return custom.shown(doc);
        }
        if let Some(conversion) = self.conversion {
            (conversion.shown)(&mut doc);
            doc["apiVersion"] = self.api_version().into();
        }
        doc
    }

    /// A document of this version as it is kept.
    pub fn kept(&self, mut doc: Value) -> Value {
        if let Some(custom) = self.custom {
            return custom.kept(doc);
        }
        if let Some(conversion) = self.conversion {
            (conversion.kept)(&mut doc);
            doc["apiVersion"] = get(self.id).api_version().into();
        }
        doc
    }

    /// What to tell whoever uses this version, if it is on its way out.
    pub fn deprecation(&self) -> Option<String> {
        match (self.custom, self.conversion) {
            (Some(custom), _) => custom.deprecation(),
            (None, Some(of)) => Some(of.deprecated).filter(|d| !d.is_empty()).map(String::from),
            (None, None) => None,
        }
    }

    /// Whether it has this subresource.
    pub fn has(&self, subresource: Subresource) -> bool {
        self.subresources.contains(&subresource)
    }
}

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.into() } else { alloc::format!("{name}.{group}") }
}

/// A field that a field selector may name, and how to read it.
pub type FieldReader = (&'static str, fn(&Value) -> String);

/// What the names of a kind may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// An RFC 1123 subdomain, up to 253 characters.
    Subdomain,
    /// An RFC 1123 label, up to 63 characters.
    Label,
    /// The same, beginning with a letter (RFC 1035).
    Dns1035,
    /// Any part of a path: no `/`, no `%`.
    Path,
}

/// One thing that is wrong with a field, as a `Status` cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `FieldValueRequired`, `FieldValueInvalid`, `FieldValueNotSupported`, `FieldValueForbidden`, `FieldValueDuplicate`, `FieldValueTooLong`...
    pub reason: &'static str,
    /// e.g. `spec.containers[0].name`.
    pub field: String,
    /// e.g. `Required value`, `Invalid value: "X": must be ...`.
    pub message: String,
}

/// The table, each row at the place of its number.
static KINDS: [Kind<'static>; 42] = [
    namespace::KIND,
    node::KIND,
    pod::KIND,
    config_map::KIND,
    secret::KIND,
    event::KIND,
    replica_set::KIND,
    deployment::KIND,
    daemon_set::KIND,
    controller_revision::KIND,
    lease::KIND,
    metrics::NODE_METRICS_KIND,
    metrics::POD_METRICS_KIND,
    node_state::KIND,
    custom_resource_definition::KIND,
    stateful_set::KIND,
    pod_disruption_budget::KIND,
    service::KIND,
    endpoints::ENDPOINTS_KIND,
    endpoints::SLICE_KIND,
    service_account::KIND,
    autoscaler::KIND,
    ingress::KIND,
    ingress::CLASS_KIND,
    ingress::POLICY_KIND,
    storage::CLAIM,
    storage::VOLUME,
    storage::CLASS,
    job::KIND,
    cron_job::KIND,
    priority_class::KIND,
    limits::RANGE,
    limits::QUOTA,
    rbac::ROLE,
    rbac::CLUSTER_ROLE,
    rbac::ROLE_BINDING,
    rbac::CLUSTER_ROLE_BINDING,
    api_token::KIND,
    trust::TOKEN,
    trust::IDENTITY,
    rollout::POLICY,
    rollout::ROLLOUT_KIND,
];

/// Every kind, virtual ones included, in the order of their numbers.
pub fn all() -> &'static [Kind<'static>] {
    &KINDS
}

/// The kinds that are kept in the store.
pub fn stored() -> impl Iterator<Item = &'static Kind<'static>> {
    KINDS.iter().filter(|k| !k.is_virtual)
}

/// The rows that requests may name: every kind in every version, the preferred one of each first.
pub fn served() -> impl Iterator<Item = &'static Kind<'static>> {
    KINDS.iter().flat_map(|kind| core::iter::once(kind).chain(kind.others))
}

/// The row of a number.
///
/// # Panics
/// If the number was not taken from this table, which is a bug: whoever may meet custom resources asks for a [`Served`].
pub fn get(id: KindId) -> &'static Kind<'static> {
    let at = usize::try_from(id.0).unwrap_or(usize::MAX);
    &KINDS[at]
}

/// The kind that a path names, e.g. `("apps", "v1", "deployments")`.
pub fn by_resource(group: &str, version: &str, plural: &str) -> Option<&'static Kind<'static>> {
    served().find(|k| k.group == group && k.version == version && k.plural == plural)
}

/// The kind that a document names, e.g. `("apps/v1", "Deployment")`.
pub fn by_kind(api_version: &str, kind: &str) -> Option<&'static Kind<'static>> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    served().find(|k| k.kind == kind && k.group == group && k.version == version)
}

/// The stored kind that was written as `group/plural` ([`Kind::prefix`]).
pub fn by_prefix(prefix: &str) -> Option<&'static Kind<'static>> {
    let (group, plural) = prefix.split_once('/')?;
    let group = if group == "core" { "" } else { group };
    stored().find(|k| k.group == group && k.plural == plural)
}

/// A kind with every hook doing nothing; rows name what differs.
pub(crate) const BARE: Kind<'static> = Kind {
    id: KindId(u32::MAX),
    group: "",
    version: "v1",
    kind: "",
    plural: "",
    singular: "",
    short_names: &[],
    categories: &[],
    namespaced: true,
    is_virtual: false,
    names: NameRule::Subdomain,
    subresources: &[],
    schema: "",
    behind: false,
    generations: false,
    fields: &[],
    columns: &[],
    cells: |_, _| Vec::new(),
    carry: |_, _| {},
    default: |_| {},
    validate: |_, _, _| {},
    warn: |_, _| {},
    first_status: |_| None,
    custom: None,
    others: &[],
    conversion: None,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_at_its_number_and_is_found() {
        for (at, kind) in all().iter().enumerate() {
            assert_eq!(kind.id.0 as usize, at, "{}", kind.kind);
            let found = by_resource(kind.group, kind.version, kind.plural).map(|k| k.id);
            assert_eq!(found, Some(kind.id), "{}", kind.kind);
            assert_eq!(by_kind(&kind.api_version(), kind.kind).map(|k| k.id), Some(kind.id));
            let schema = crate::schema::lookup(kind.schema);
            assert!(schema.is_some() && !kind.singular.is_empty(), "{}", kind.kind);
            let row = (kind.cells)(&serde_json::json!({}), Millis(0));
            assert_eq!(row.len(), kind.columns.len(), "{}", kind.kind);
        }
        for kind in all() {
            for other in kind.others {
                let at = by_resource(other.group, other.version, other.plural);
                assert!(at.is_some_and(|k| core::ptr::eq(k, other)), "{}", other.api_version());
                assert!(
                    other.id == kind.id && other.conversion.is_some() && kind.conversion.is_none()
                );
                assert!(crate::schema::lookup(other.schema).is_some(), "{}", other.schema);
                // Selections are read by the place of a field.
                assert_eq!(other.fields.len(), kind.fields.len(), "{}", other.api_version());
            }
        }
        for kind in stored() {
            assert_eq!(by_prefix(&kind.prefix()).map(|k| k.id), Some(kind.id), "{}", kind.kind);
        }
        assert_eq!(get(POD).prefix(), "core/pods");
        assert_eq!(get(DEPLOYMENT).prefix(), "apps/deployments");
        assert!(by_prefix("metrics.k8s.io/nodes").is_none());
        assert!(by_resource("", "v2", "pods").is_none());
    }
}
