//! Who owns what of an object: `metadata.managedFields`, read and written.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use serde_json::{Map, Value};

use super::set::FieldSet;
use crate::admit::meta::{list_at, text_at};

/// So many managers that update are told apart, as in Kubernetes.
pub(super) const UPDATERS_MAX: usize = 10;

/// Who all those are together that are no longer told apart, as Kubernetes names them.
const ANCIENT: &str = "ancient-changes";

/// How a manager changes an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Apply,
    Update,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// A manager. The same name that applies and updates, or changes the object and its status, is several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Manager {
    pub(super) name: String,
    pub(super) operation: Operation,
    /// Empty for those that apply: they are the same in every version.
    pub(super) api_version: String,
    pub(super) subresource: String,
}

impl Manager {
    pub(super) fn new(
        name: &str,
        operation: Operation,
        api_version: &str,
        subresource: &str,
    ) -> Self {
        let api_version = match operation {
            Operation::Apply => "",
            Operation::Update => api_version,
        };
        Self {
            name: name.to_owned(),
            operation,
            api_version: api_version.to_owned(),
            subresource: subresource.to_owned(),
        }
    }

    /// As conflicts name it.
    pub(super) fn told(&self) -> String {
        let mut text = format!("{:?}", self.name);
        if !self.subresource.is_empty() {
            text += &format!(" with subresource {:?}", self.subresource);
        }
        if self.operation == Operation::Update {
            text += &format!(" using {}", self.api_version);
        }
        text
    }
}

/// What a manager owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) api_version: String,
    /// Whole seconds: when it last took something.
    pub(super) time: Option<Millis>,
    pub(super) set: FieldSet,
}

/// Everyone who owns something of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Managers(pub(super) BTreeMap<Manager, Claim>);

impl Managers {
    /// Those of a document; nobody if it does not say, or what it says cannot be read.
    pub(super) fn of(doc: &Value) -> Self {
        doc.pointer("/metadata/managedFields").and_then(Self::decode).unwrap_or_default()
    }

    /// Reads a list of entries; none if one of them is none.
    pub(super) fn decode(list: &Value) -> Option<Self> {
        let mut all = BTreeMap::new();
        for entry in list.as_array()? {
            let operation = match text_at(entry, "/operation") {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return None,
            };
            let api_version = text_at(entry, "/apiVersion");
            if api_version.is_empty() || text_at(entry, "/fieldsType") != "FieldsV1" {
                return None;
            }
            let set = match entry.get("fieldsV1") {
                None | Some(Value::Null) => FieldSet::default(),
                Some(fields) => FieldSet::decode(fields)?,
            };
            let time = Millis::parse_rfc3339(text_at(entry, "/time"));
            let manager = Manager::new(
                text_at(entry, "/manager"),
                operation,
                api_version,
                text_at(entry, "/subresource"),
            );
            all.insert(manager, Claim { api_version: api_version.to_owned(), time, set });
        }
        Some(Self(all))
    }

    /// As a list of entries, in Kubernetes' order.
    fn encode(&self) -> Vec<Value> {
        let mut all: Vec<(&Manager, &Claim)> = self.0.iter().collect();
        all.sort_by_key(|(manager, claim)| {
            let seconds = claim.time.map_or(0, |time| time.0 / 1000);
            (manager.operation, seconds, &manager.name, &claim.api_version, &manager.subresource)
        });
        all.into_iter().map(|(manager, claim)| entry(manager, claim)).collect()
    }

    /// Writes them into a document.
    pub(super) fn write(&self, doc: &mut Value) {
        let Some(metadata) = doc.get_mut("metadata").and_then(Value::as_object_mut) else { return };
        if self.0.is_empty() {
            metadata.remove("managedFields");
        } else {
            metadata.insert("managedFields".to_owned(), Value::Array(self.encode()));
        }
    }

    /// Whether the same managers own the same, whenever they took it.
    pub(super) fn own_the_same(&self, other: &Self) -> bool {
        let without_time = |(manager, claim): (&Manager, &Claim)| {
            (manager.clone(), claim.api_version.clone(), claim.set.clone())
        };
        self.0.len() == other.0.len()
            && self.0.iter().map(without_time).eq(other.0.iter().map(without_time))
    }

    /// Takes fields away from everyone but one.
    pub(super) fn take_from_others(&mut self, fields: &FieldSet, but: Option<&Manager>) {
        if fields.is_empty() {
            return;
        }
        for (manager, claim) in &mut self.0 {
            if Some(manager) != but {
                claim.set = core::mem::take(&mut claim.set).difference(fields);
            }
        }
        self.drop_empty();
    }

    /// Who owns nothing is not told.
    pub(super) fn drop_empty(&mut self) {
        self.0.retain(|_, claim| !claim.set.is_empty());
    }

    /// Puts the oldest of too many managers that update together.
    pub(super) fn cap(&mut self) {
        let updates = |manager: &&Manager| manager.operation == Operation::Update;
        let mut updaters: Vec<Manager> = self.0.keys().filter(updates).cloned().collect();
        updaters.sort_by_key(|manager| (self.seconds(manager), manager.clone()));
        let mut count = updaters.len();
        let mut first_of: BTreeMap<String, Manager> = BTreeMap::new();
        for manager in updaters {
            if count <= UPDATERS_MAX {
                return;
            }
            let version = manager.api_version.clone();
            let Some(first) = first_of.get(&version) else {
                first_of.insert(version, manager);
                continue;
            };
            let bucket = Manager::new(ANCIENT, Operation::Update, &version, "");
            let Some(claim) = self.0.remove(&manager) else { continue };
            let kept = self.0.remove(&bucket).or_else(|| self.0.remove(first)).unwrap_or_default();
            self.0.insert(bucket, Claim { set: kept.set.union(&claim.set), ..claim });
            count -= 1;
        }
    }

    fn seconds(&self, manager: &Manager) -> u64 {
        self.0.get(manager).and_then(|claim| claim.time).map_or(0, |time| time.0 / 1000)
    }
}

fn entry(manager: &Manager, claim: &Claim) -> Value {
    let mut out = Map::new();
    let mut text = |name: &str, text: &str| {
        if !text.is_empty() {
            out.insert(name.to_owned(), Value::String(text.to_owned()));
        }
    };
    text("manager", &manager.name);
    text("operation", manager.operation.as_str());
    text("apiVersion", &claim.api_version);
    text("time", &claim.time.map(|time| time.to_rfc3339().to_string()).unwrap_or_default());
    text("fieldsType", "FieldsV1");
    text("subresource", &manager.subresource);
    out.insert("fieldsV1".to_owned(), claim.set.encode());
    Value::Object(out)
}

/// What a request says of who owns what.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// Nothing, or nothing that can be read: what is kept counts.
    Nothing,
    /// Forget everyone.
    Forget,
    /// This.
    This(Managers),
}

impl Asked {
    /// Reads a request's document. An empty list, or a list of one empty entry, means to forget everyone.
    pub(super) fn of(doc: &Value) -> Self {
        let Some(list) = doc.pointer("/metadata/managedFields").filter(|l| !l.is_null()) else {
            return Self::Nothing;
        };
        let entries = list_at(doc, "/metadata/managedFields");
        let blank = |entry: &Value| entry.as_object().is_some_and(Map::is_empty);
        match entries {
            [] => Self::Forget,
            [only] if blank(only) => Self::Forget,
            _ => match Managers::decode(list) {
                Some(managers) if !managers.0.is_empty() => Self::This(managers),
                _ => Self::Nothing,
            },
        }
    }
}
