//! The table of kinds. It drives routing, discovery, OpenAPI, printing, field validation, merge keys and protobuf
//! decoding: a new kind is a row here, and a module with its rules.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use model::Millis;
use serde_json::Value;

/// A row's number in the table. Not kept on disk: there, a kind is its group and plural.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub u8);

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

/// One row of the table.
pub struct Kind {
    /// Its number.
    pub id: KindId,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version that is served first and kept.
    pub version: &'static str,
    /// The kind, e.g. `Deployment`.
    pub kind: &'static str,
    /// The resource, e.g. `deployments`.
    pub plural: &'static str,
    /// e.g. `deployment`.
    pub singular: &'static str,
    /// e.g. `deploy`.
    pub short_names: &'static [&'static str],
    /// e.g. `all`.
    pub categories: &'static [&'static str],
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Which subresources it has.
    pub subresources: &'static [Subresource],
    /// The name of its root in the schema table, e.g. `io.k8s.api.apps.v1.Deployment`.
    pub schema: &'static str,
    /// Whether its writes are observations that may be written behind (events, leases).
    pub behind: bool,
    /// Fields that a field selector may name, besides `metadata.name` and `metadata.namespace`, and how to read them.
    pub fields: &'static [(&'static str, fn(&Value) -> String)],
    /// The columns of its table, after `Name` and before nothing: `Age` is in the list where Kubernetes puts it.
    pub columns: &'static [Column],
    /// The cells of one row, one for each column, without the name.
    pub cells: fn(&Value, Millis) -> Vec<Value>,
    /// Fills in what Kubernetes fills in. Runs on every write, before validation.
    pub default: fn(&mut Value),
    /// Finds what is wrong with an object (and, on update, with the change from the old one).
    pub validate: fn(&Value, Option<&Value>, &mut Vec<FieldError>),
}

/// A subresource that some kinds have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    /// `/status`
    Status,
    /// `/scale`
    Scale,
    /// `/eviction` of pods
    Eviction,
    /// `/binding` of pods
    Binding,
}

/// A column of a kind's table (`meta.k8s.io/v1` Table).
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// `string`, `integer`, `boolean`, `date`.
    pub kind: &'static str,
    /// 0: always shown; 1: only with `-o wide`.
    pub priority: u8,
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

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $n:literal,)*) => {
        $($(#[$doc])* pub const $name: KindId = KindId($n);)*
    };
}

ids! {
    /// v1 Namespace
    NAMESPACE = 0,
    /// v1 Node
    NODE = 1,
    /// v1 Pod
    POD = 2,
    /// v1 ConfigMap
    CONFIG_MAP = 3,
    /// v1 Secret
    SECRET = 4,
    /// v1 Event
    EVENT = 5,
    /// apps/v1 ReplicaSet
    REPLICA_SET = 6,
    /// apps/v1 Deployment
    DEPLOYMENT = 7,
    /// apps/v1 DaemonSet
    DAEMON_SET = 8,
    /// apps/v1 ControllerRevision
    CONTROLLER_REVISION = 9,
    /// coordination.k8s.io/v1 Lease
    LEASE = 10,
}
