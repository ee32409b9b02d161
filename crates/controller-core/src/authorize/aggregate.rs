//! Cluster roles that are put together from others, chosen by their labels (`aggregationRule`).

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::Revision;
use model::pod::LabelSelector;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::Rule;
use crate::admit::meta::{list_at, meta};
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;

/// A cluster role, as far as putting together goes.
struct ClusterRole {
    revision: Revision,
    labels: BTreeMap<String, String>,
    rules: Vec<Rule>,
    /// Which roles it is made of; none: it says itself what it allows.
    of: Option<Vec<LabelSelector>>,
}

/// All cluster roles.
#[derive(Default)]
pub(crate) struct ClusterRoles(BTreeMap<Arc<str>, ClusterRole>);

impl ClusterRoles {
    /// A cluster role as it is now; no document: it is gone.
    pub(crate) fn apply(&mut self, key: &ObjectKey, revision: Revision, doc: Option<&Value>) {
        let Some(doc) = doc else {
            self.0.remove(&key.name);
            return;
        };
        let selectors = doc.pointer("/aggregationRule/clusterRoleSelectors").map(|_| {
            let list = list_at(doc, "/aggregationRule/clusterRoleSelectors").iter();
            list.filter_map(|s| LabelSelector::deserialize(s).ok()).collect()
        });
        let role = ClusterRole {
            revision,
            labels: meta(doc).labels_owned(),
            rules: Rule::of_role(doc),
            of: selectors,
        };
        self.0.insert(key.name.clone(), role);
    }

    /// The rules of the roles that a role is made of: each once, in the order of the roles' names.
    fn together(&self, name: &str, of: &[LabelSelector]) -> Vec<Rule> {
        let mut rules: Vec<Rule> = Vec::new();
        for selector in of {
            for (other, role) in &self.0 {
                if **other == *name || !selector.matches(&role.labels) {
                    continue;
                }
                for rule in &role.rules {
                    if !rules.contains(rule) {
                        rules.push(rule.clone());
                    }
                }
            }
        }
        rules
    }
}

/// Writes the rules of the roles that are put together, where they are not as they should be.
pub(crate) fn decide(out: &mut Out) {
    let mut writes = Vec::new();
    for (name, role) in &out.roles.0 {
        let Some(of) = &role.of else { continue };
        let rules = out.roles.together(name, of);
        if rules != role.rules {
            let rules: Vec<Value> = rules.iter().map(Rule::to_value).collect();
            let key = ObjectKey::new(kinds::CLUSTER_ROLE, "", name);
            writes.push((key, role.revision, json!({ "rules": rules })));
        }
    }
    for (key, revision, patch) in writes {
        if out.wrote(&key) {
            out.defer(Job::Roles);
        } else {
            out.change(&key, revision, patch);
        }
    }
}
