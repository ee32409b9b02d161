//! The Kubernetes API as data: which fields a kind has, of what type, how they merge, how they travel.
//!
//! The law here: the table is the only place that knows a kind's fields. Validation, patches, protobuf and OpenAPI
//! read it; a new kind is rows in it. All of it is read-only data: nothing is built at start.

mod amount;
mod extensions;
pub mod fields;
pub mod openapi;
mod own;
pub mod patch;
pub mod protobuf;
mod rollouts;
pub mod strict;
#[rustfmt::skip]
mod table;
#[cfg(test)]
mod tests;

/// An object type.
#[derive(Debug)]
pub struct Type {
    /// Its OpenAPI name, e.g. `io.k8s.api.apps.v1.Deployment`.
    pub name: &'static str,
    /// Whether server-side apply takes it as one value.
    pub atomic: bool,
    /// Messages that protobuf nests and JSON flattens into this type.
    pub inlined: &'static [Inlined],
    /// Its fields, sorted by name.
    pub fields: &'static [Field],
}

/// A message whose fields stand, in JSON, among those of the type around it.
#[derive(Debug)]
pub struct Inlined {
    /// The protobuf field that holds it.
    pub number: u16,
    /// Its own type.
    pub of: &'static Type,
}

/// A field of an object type.
#[derive(Debug)]
pub struct Field {
    /// Its JSON name.
    pub name: &'static str,
    /// Its protobuf number; 0 where protobuf has it elsewhere ([`Type::inlined`]) or not at all (`kind`, `apiVersion`).
    pub number: u16,
    /// [`REQUIRED`], [`POINTER`] and [`EMITTED`], or [`OPTIONAL`].
    pub flags: u8,
    /// What it holds.
    pub form: Form,
    /// How it merges; [`NONE`] for most fields.
    pub rules: &'static Rules,
}

/// A field with no flag.
pub const OPTIONAL: u8 = 0;
/// Flag: OpenAPI lists the field as required.
pub const REQUIRED: u8 = 1;
/// Flag: unset and zero differ. Without it a zero means "not said".
pub const POINTER: u8 = 2;
/// Flag: Kubernetes writes the field even if it is zero.
pub const EMITTED: u8 = 4;

impl Field {
    /// Whether OpenAPI lists it as required.
    pub const fn required(&self) -> bool {
        self.flags & REQUIRED != 0
    }

    /// Whether a zero in this field says something, and so is kept.
    pub const fn zero_counts(&self) -> bool {
        self.flags & (POINTER | EMITTED) != 0
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Text.
    String,
    /// Bytes; base64 in JSON.
    Bytes,
    /// True or false.
    Bool,
    /// A 32-bit number.
    Int32,
    /// A 64-bit number.
    Int64,
    /// A fraction.
    Float,
    /// An amount: `500m`, `1Gi`.
    Quantity,
    /// A number or text: `80`, `25%`.
    IntOrString,
    /// A second in time, RFC 3339.
    Time,
    /// A microsecond in time, RFC 3339.
    MicroTime,
    /// A span: `30s`.
    Duration,
    /// Any JSON object.
    Raw,
    /// Any JSON value.
    Json,
    /// A set of fields, in JSON.
    FieldsV1,
    /// A list of text that protobuf wraps in a message.
    Items,
    /// An object.
    Object(&'static Type),
    /// A list.
    Array(&'static Form),
    /// A map with text as keys.
    Map(&'static Form),
}

/// How a field merges: by strategic merge patch, and by server-side apply. The two have different keys.
#[derive(Debug)]
pub struct Rules {
    /// Strategic merge: a list is merged, not replaced.
    pub merge: bool,
    /// Strategic merge: clients may send `$retainKeys`.
    pub retain_keys: bool,
    /// Strategic merge: an object is replaced, not merged.
    pub replace: bool,
    /// Strategic merge: the field that tells list elements apart; empty for lists of scalars.
    pub merge_key: &'static str,
    /// Server-side apply: the kind of list.
    pub list: List,
    /// Server-side apply: the fields that together tell elements of a [`List::Map`] apart.
    pub list_keys: &'static [&'static str],
    /// Server-side apply: an object or map is one value.
    pub atomic: bool,
}

/// What a list is to server-side apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Not said; server-side apply takes such a list as atomic.
    Unset,
    /// One value.
    Atomic,
    /// A set of scalars.
    Set,
    /// Objects told apart by keys.
    Map,
}

/// No rules: scalars and lists are replaced, objects and maps merged.
pub static NONE: Rules = Rules {
    merge: false,
    retain_keys: false,
    replace: false,
    merge_key: "",
    list: List::Unset,
    list_keys: &[],
    atomic: false,
};

/// A kind that may stand as a whole object, in a request's body.
#[derive(Debug)]
pub struct Root {
    /// e.g. `apps/v1`.
    pub api_version: &'static str,
    /// e.g. `Deployment`.
    pub kind: &'static str,
    /// Its type.
    pub of: &'static Type,
}

impl Type {
    /// The field of that JSON name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        let at = self.fields.binary_search_by(|field| field.name.cmp(name)).ok()?;
        self.fields.get(at)
    }

    /// The last word of the name: `Deployment`.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}

/// The type of that OpenAPI name, e.g. `io.k8s.api.apps.v1.Deployment`.
pub fn lookup(name: &str) -> Option<&'static Type> {
    let find = |types: &'static [&'static Type]| {
        let at = types.binary_search_by(|of| of.name.cmp(name)).ok()?;
        types.get(at).copied()
    };
    find(table::TYPES).or_else(|| find(own::TYPES))
}

/// The type of an object by what it says of itself, e.g. `root("apps/v1", "Deployment")`. It knows kinds that may not
/// be served.
pub fn root(api_version: &str, kind: &str) -> Option<&'static Type> {
    // Options and statuses are the same in every group.
    let api_version = if matches!(kind, "DeleteOptions" | "Status") { "v1" } else { api_version };
    let find = |roots: &'static [Root]| {
        let at = roots
            .binary_search_by(|root| (root.api_version, root.kind).cmp(&(api_version, kind)))
            .ok()?;
        roots.get(at).map(|root| root.of)
    };
    find(table::ROOTS).or_else(|| find(own::ROOTS))
}

/// One row of the table.
const fn f(name: &'static str, number: u16, flags: u8, form: Form, rules: &'static Rules) -> Field {
    Field { name, number, flags, form, rules }
}
