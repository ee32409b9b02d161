//! One step of a path into a document: a field, or an item of a list, told apart as its type says.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde_json::{Map, Value};

/// One step of a path, ordered as Kubernetes orders them. Values are kept as their JSON: scalars have one form only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    /// A field of an object, or an entry of a map.
    Field(String),
    /// An item that these fields tell apart, sorted by name.
    Key(Vec<(String, String)>),
    /// An item that its value tells apart.
    Item(String),
    /// An item that its place tells apart.
    Index(u64),
}

impl Element {
    pub(super) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    /// Reads a name of Kubernetes' `FieldsV1`: `f:spec`, `k:{"name":"a"}`, `v:"a"`, `i:0`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::field(rest)),
            "k" => {
                let fields: Map<String, Value> = serde_json::from_str(rest).ok()?;
                let mut keys: Vec<_> =
                    fields.into_iter().map(|(name, value)| (name, value.to_string())).collect();
                keys.sort();
                Some(Self::Key(keys))
            }
            "v" => Some(Self::Item(serde_json::from_str::<Value>(rest).ok()?.to_string())),
            "i" => Some(Self::Index(rest.parse().ok()?)),
            _ => None,
        }
    }

    /// As in `FieldsV1`.
    pub(super) fn encode(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => {
                let keys = keys
                    .iter()
                    .map(|(name, value)| format!("{}:{value}", Value::String(name.clone())));
                format!("k:{{{}}}", keys.collect::<Vec<_>>().join(","))
            }
            Self::Item(value) => format!("v:{value}"),
            Self::Index(at) => format!("i:{at}"),
        }
    }
}

/// As people are told: `.spec`, `[name="a"]`, `[="a"]`, `[0]`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(keys) => {
                let keys = keys.iter().map(|(name, value)| format!("{name}={value}"));
                write!(f, "[{}]", keys.collect::<Vec<_>>().join(","))
            }
            Self::Item(value) => write!(f, "[={value}]"),
            Self::Index(at) => write!(f, "[{at}]"),
        }
    }
}

/// A path as people are told it.
pub(super) fn path_text(path: &[&Element]) -> String {
    path.iter().map(ToString::to_string).collect()
}
