//! What the status of a definition is to say: whether its names are free, whether it is served, whether it ends.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::{Millis, Revision};
use serde_json::{Value, json};

use super::definition::stored_in;
use crate::kinds::{self, ObjectKey};
use crate::view::doc;
use crate::view::meta::{Cond, Meta, Truth, set_cond};

/// A definition, as decisions see it.
#[derive(Clone, Debug)]
pub(crate) struct DefinitionView {
    pub(crate) key: ObjectKey,
    pub(crate) revision: Revision,
    pub(crate) group: Arc<str>,
    /// The names that it wants.
    names: Value,
    /// The names that it has.
    accepted: Value,
    stored: Option<Arc<str>>,
    status: Value,
    pub(crate) terminating: bool,
}

impl DefinitionView {
    pub(crate) fn read(key: &ObjectKey, doc: &Value, meta: &Meta) -> Self {
        let at = |path: &[&str]| doc::at(doc, path).cloned().unwrap_or_default();
        Self {
            key: key.clone(),
            revision: meta.revision,
            group: doc::text(doc, &["spec", "group"]).into(),
            names: at(&["spec", "names"]),
            accepted: at(&["status", "acceptedNames"]),
            stored: stored_in(doc).map(Arc::from),
            status: at(&["status"]),
            terminating: meta.deleting.is_some(),
        }
    }

    /// The kind of its objects.
    pub(crate) fn kind(&self) -> &str {
        doc::text(&self.names, &["kind"])
    }

    /// The status that it should have; none if it has it.
    pub(crate) fn next<'a>(
        &self,
        others: impl Iterator<Item = &'a Self> + Clone,
        now: Millis,
    ) -> Option<Value> {
        let mut conditions = Cond::read_all(&self.status);
        let conflict = self.conflict(others);
        let accepted = if conflict.is_none() { &self.names } else { &self.accepted };
        let (reason, message) = match &conflict {
            None => ("NoConflicts", "no conflicts found"),
            Some((reason, message)) => (*reason, message.as_str()),
        };
        let truth = Truth::of(conflict.is_none());
        set_cond(&mut conditions, Cond::new("NamesAccepted", truth, now, reason, message));
        let has_names = !doc::text(accepted, &["plural"]).is_empty();
        let (reason, message) = if has_names {
            ("InitialNamesAccepted", "the initial names have been accepted")
        } else {
            ("NotAccepted", "not all names are accepted")
        };
        let established = Cond::new("Established", Truth::of(has_names), now, reason, message);
        set_cond(&mut conditions, established);
        if self.terminating {
            let message = "CustomResource deletion is in progress";
            let reason = "InstanceDeletionInProgress";
            set_cond(&mut conditions, Cond::new("Terminating", Truth::True, now, reason, message));
        }
        let mut versions: Vec<Value> = doc::list(&self.status, &["storedVersions"]).to_vec();
        let stored = self.stored.as_deref().map(Value::from);
        versions.extend(stored.filter(|v| !versions.contains(v)));
        let mut next = self.status.clone();
        next["conditions"] = conditions.iter().map(Cond::to_value).collect();
        next["acceptedNames"] =
            if accepted.is_object() { accepted.clone() } else { json!({"kind": "", "plural": ""}) };
        next["storedVersions"] = versions.into();
        (next != self.status).then_some(next)
    }

    /// The first of its names that another has.
    fn conflict<'a>(
        &self,
        others: impl Iterator<Item = &'a Self> + Clone,
    ) -> Option<(&'static str, String)> {
        let of_table = || kinds::served().filter(|k| k.group == &*self.group);
        let is_resource = |name: &str| {
            of_table()
                .any(|k| k.plural == name || k.singular == name || k.short_names.contains(&name))
                || others.clone().any(|o| {
                    let has = |field: &str| doc::text(&o.accepted, &[field]) == name;
                    let short = doc::list(&o.accepted, &["shortNames"]);
                    has("plural")
                        || has("singular")
                        || short.iter().any(|s| s.as_str() == Some(name))
                })
        };
        let is_kind = |name: &str| {
            of_table().any(|k| k.kind == name || k.list_kind() == name)
                || others.clone().any(|o| {
                    let has = |field: &str| doc::text(&o.accepted, &[field]) == name;
                    has("kind") || has("listKind")
                })
        };
        let name = |field: &str| doc::text(&self.names, &[field]);
        let short = doc::list(&self.names, &["shortNames"]).iter().filter_map(Value::as_str);
        let resources =
            [("PluralConflict", name("plural")), ("SingularConflict", name("singular"))];
        let resources = resources.into_iter().chain(short.map(|s| ("ShortNamesConflict", s)));
        let kinds = [("KindConflict", name("kind")), ("ListKindConflict", name("listKind"))];
        let taken = resources
            .filter(|(_, name)| !name.is_empty() && is_resource(name))
            .chain(kinds.into_iter().filter(|(_, name)| !name.is_empty() && is_kind(name)))
            .next();
        taken.map(|(reason, name)| (reason, format!("{name:?} is already in use")))
    }
}
