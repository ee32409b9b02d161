//! Server-side apply: what a manager wants to be there, all of it, and nothing else of what it owned before.
//!
//! The law here: nobody's field changes without being asked for by its owner or by force, and only what the manager
//! itself had applied goes when it no longer applies it.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::differ::{self, Change};
use super::element::path_text;
use super::entries::{Claim, Manager, Managers};
use super::merge::{merge, remove};
use super::set::FieldSet;
use super::shape::Shape;
use crate::admit::status::ApiError;
use crate::kinds::FieldError;

/// What came of applying a configuration.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) doc: Value,
    pub(super) managers: Managers,
}

/// Fields of others that would change.
pub(super) type Conflicts = BTreeMap<Manager, FieldSet>;

/// What is applied, by whom, to what.
pub(super) struct Applying<'a> {
    pub(super) shape: Shape<'a>,
    pub(super) live: &'a Value,
    /// What of the configuration can be owned through this door, and no more.
    pub(super) config: &'a Value,
    /// What is owned by it.
    pub(super) said: FieldSet,
    pub(super) manager: &'a Manager,
    pub(super) api_version: &'a str,
}

impl Applying<'_> {
    /// Applies it.
    ///
    /// # Errors
    /// The fields of others that would change, if it is not forced.
    pub(super) fn run(&self, before: &Managers, force: bool) -> Result<Done, Conflicts> {
        let mut managers = before.clone();
        let last = managers.0.get(self.manager).cloned().unwrap_or_default();
        let claim = Claim {
            api_version: self.api_version.to_owned(),
            time: last.time,
            set: self.said.clone(),
        };
        managers.0.insert(self.manager.clone(), claim);
        let merged = merge(self.shape, self.live, self.config);
        let doc = self.prune(merged, &managers, &last.set);
        let Change { set, gone } = differ::change(self.shape, self.live, &doc);
        let mut conflicts = Conflicts::new();
        for (manager, claim) in managers.0.iter().filter(|(m, _)| *m != self.manager) {
            let theirs = claim.set.intersection(&set);
            if !theirs.is_empty() {
                conflicts.insert(manager.clone(), theirs);
            }
        }
        if !force && !conflicts.is_empty() {
            return Err(conflicts);
        }
        managers.take_from_others(&set.union(&gone), Some(self.manager));
        managers.drop_empty();
        Ok(Done { doc, managers })
    }

    /// Takes away what the manager applied last time and does not apply now, unless somebody else owns it, or it holds
    /// something that was never the manager's. An object of its own goes with what defaults have put into it.
    fn prune(&self, merged: Value, managers: &Managers, last: &FieldSet) -> Value {
        if last.is_empty() {
            return merged;
        }
        let shape = self.shape;
        // An object's metadata is there for itself.
        let full = |set: &FieldSet| {
            differ::with_objects_above(shape, set).without_fields_of("metadata", &[])
        };
        let said = |doc: &Value| full(&differ::said(shape, doc));
        let less = |gone: &FieldSet| remove(shape, &merged, gone).unwrap_or(Value::Null);
        let last = full(last);
        let owned = managers.0.values();
        let wanted = owned.fold(FieldSet::default(), |all, claim| all.union(&claim.set));
        let all = said(&merged);
        let kept = said(&less(&last)).union(&full(&wanted));
        let left = said(&less(&all.clone().difference(&kept)));
        less(&all.difference(&left).intersection(&last))
    }
}

/// The refusal of an apply that meets fields of others.
pub(super) fn refusal(conflicts: &Conflicts) -> ApiError {
    let mut causes = Vec::new();
    let mut blocks: Vec<String> = Vec::new();
    for (manager, set) in conflicts {
        blocks.push(format!("conflicts with {}:", manager.told()));
        set.each(|path| {
            let field = path_text(path);
            blocks.push(format!("- {field}"));
            causes.push(FieldError {
                reason: "FieldManagerConflict",
                field,
                message: format!("conflict with {}", manager.told()),
            });
        });
    }
    let message = match causes.as_slice() {
        [only] => format!("Apply failed with 1 conflict: {}: {}", only.message, only.field),
        many => format!("Apply failed with {} conflicts: {}", many.len(), blocks.join("\n")),
    };
    ApiError::apply_conflict(message, causes)
}

/// What of conflicts is left that a set does not excuse.
pub(super) fn not_excused(conflicts: Conflicts, excused: &FieldSet) -> Conflicts {
    let rest = conflicts.into_iter().map(|(manager, set)| (manager, set.difference(excused)));
    rest.filter(|(_, set)| !set.is_empty()).collect()
}
