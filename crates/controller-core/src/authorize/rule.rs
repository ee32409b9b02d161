//! One rule of a role.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::{Attributes, Resource, Target};
use crate::admit::meta::list_at;

/// What a role allows: verbs, on resources or on paths (`rbac/v1` PolicyRule).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// API groups.
    pub groups: Vec<String>,
    /// Resources, with their parts (`pods/log`).
    pub resources: Vec<String>,
    /// Paths; `*` at the end stands for anything.
    pub urls: Vec<String>,
    /// Names; none: all.
    pub names: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
}

fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|w| w == "*" || w == word)
}

impl Rule {
    /// Reads a rule.
    pub fn read(rule: &Value) -> Self {
        let texts = |field: &str| -> Vec<String> {
            let list = rule.get(field).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|v| v.as_str().map(String::from)).collect()
        };
        Self {
            groups: texts("apiGroups"),
            resources: texts("resources"),
            urls: texts("nonResourceURLs"),
            names: texts("resourceNames"),
            verbs: texts("verbs"),
        }
    }

    /// The rules of a role's document.
    pub fn of_role(role: &Value) -> Vec<Self> {
        list_at(role, "/rules").iter().map(Self::read).collect()
    }

    /// As a document, without empty lists.
    pub fn to_value(&self) -> Value {
        let lists = [
            ("apiGroups", &self.groups),
            ("nonResourceURLs", &self.urls),
            ("resourceNames", &self.names),
            ("resources", &self.resources),
            ("verbs", &self.verbs),
        ];
        let told = lists.into_iter().filter(|(field, list)| *field == "verbs" || !list.is_empty());
        let told = told.map(|(field, list)| {
            (String::from(field), list.iter().map(|w| Value::from(w.as_str())).collect())
        });
        Value::Object(told.collect::<Map<String, Value>>())
    }

    /// Whether it allows this.
    pub fn allows(&self, asked: &Attributes) -> bool {
        has(&self.verbs, &asked.verb)
            && match &asked.target {
                Target::Path(path) => self.urls.iter().any(|rule| leads_to(rule, path)),
                Target::Resource(of) => self.reaches(of),
            }
    }

    fn reaches(&self, of: &Resource) -> bool {
        has(&self.groups, &of.group)
            && self.resources.iter().any(|rule| names_resource(rule, of))
            && (self.names.is_empty() || !of.name.is_empty() && self.names.contains(&of.name))
    }

    /// As Kubernetes writes it in messages: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
    pub fn text(&self) -> String {
        let lists = [
            ("APIGroups", &self.groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.urls),
            ("ResourceNames", &self.names),
            ("Verbs", &self.verbs),
        ];
        let parts: Vec<String> = lists
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(name, list)| format!("{name}:{}", quoted(list)))
            .collect();
        format!("{{{}}}", parts.join(", "))
    }
}

/// Texts as Go prints a list of them: `["a" "b"]`.
pub(super) fn quoted(list: &[String]) -> String {
    let all: Vec<String> = list.iter().map(|t| format!("{t:?}")).collect();
    format!("[{}]", all.join(" "))
}

/// Whether a rule's resource stands for this one: `*`, `pods`, `pods/log`, `*/scale`.
fn names_resource(rule: &str, of: &Resource) -> bool {
    if rule == "*" {
        return true;
    }
    match (rule.split_once('/'), &*of.subresource) {
        (None, "") => rule == of.resource,
        (Some((resource, part)), asked) if !asked.is_empty() => {
            part == asked && (resource == "*" || resource == of.resource)
        }
        _ => false,
    }
}

/// Whether a rule's path stands for this one.
pub(super) fn leads_to(rule: &str, path: &str) -> bool {
    match rule.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => rule == path,
    }
}
