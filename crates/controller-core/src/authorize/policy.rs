//! Roles and bindings, found by whom they are for: a decision looks at the bindings of the one who asks, and of its
//! groups, in one namespace and cluster-wide. Never at all of them.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use serde_json::Value;

use super::{Attributes, Decision, Rule, Target, User};
use crate::admit::meta::{list_at, text_at};
use crate::kinds::{self, KindId, ObjectKey};

/// The kinds that a policy is made of.
pub const KINDS: [KindId; 4] =
    [kinds::ROLE, kinds::CLUSTER_ROLE, kinds::ROLE_BINDING, kinds::CLUSTER_ROLE_BINDING];

/// What a binding names: a role, and for whom.
#[derive(Debug, PartialEq, Eq)]
struct Binding {
    /// Whether the role is a ClusterRole.
    wide: bool,
    role: Arc<str>,
    subjects: Vec<Subject>,
}

/// For whom a binding is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    User(Arc<str>),
    Group(Arc<str>),
}

/// By namespace (empty: cluster-wide) and name.
type Named<T> = BTreeMap<Arc<str>, BTreeMap<Arc<str>, T>>;

/// The roles and bindings that there are.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    roles: Named<Arc<[Rule]>>,
    bindings: Named<Arc<Binding>>,
    users: BTreeMap<Arc<str>, Named<Arc<Binding>>>,
    groups: BTreeMap<Arc<str>, Named<Arc<Binding>>>,
}

/// A binding that counts for who asks, and the rules of its role.
struct Grant<'a> {
    namespace: &'a str,
    name: &'a str,
    binding: &'a Binding,
    /// Through which group; none: by name.
    group: Option<&'a str>,
    rules: Option<&'a [Rule]>,
}

impl Policy {
    /// Takes one document of [`KINDS`] in; none: it is gone.
    pub fn apply(&mut self, key: &ObjectKey, doc: Option<&Value>) {
        if matches!(key.kind, kinds::ROLE | kinds::CLUSTER_ROLE) {
            let rules = doc.map(|doc| Rule::of_role(doc).into());
            set(&mut self.roles, &key.namespace, &key.name, rules);
            return;
        }
        let former = self.bindings.get(&key.namespace).and_then(|b| b.get(&key.name)).cloned();
        for subject in former.iter().flat_map(|b| &b.subjects) {
            self.hold(subject, key, None);
        }
        let binding = doc.map(|doc| Arc::new(Binding::read(doc, &key.namespace)));
        for subject in binding.iter().flat_map(|b| &b.subjects) {
            self.hold(subject, key, binding.clone());
        }
        set(&mut self.bindings, &key.namespace, &key.name, binding);
    }

    fn hold(&mut self, subject: &Subject, key: &ObjectKey, binding: Option<Arc<Binding>>) {
        let (all, name) = match subject {
            Subject::User(name) => (&mut self.users, name),
            Subject::Group(name) => (&mut self.groups, name),
        };
        let held = all.entry(name.clone()).or_default();
        set(held, &key.namespace, &key.name, binding);
        if held.is_empty() {
            all.remove(name);
        }
    }

    /// The rules of a role.
    pub fn role(&self, namespace: &str, name: &str) -> Option<&[Rule]> {
        self.roles.get(namespace)?.get(name).map(|rules| &**rules)
    }

    /// Looks at the bindings that count for a user in a namespace (empty: cluster-wide only).
    fn visit<'a>(
        &'a self,
        user: &'a User,
        namespace: &'a str,
        mut look: impl FnMut(Grant<'a>) -> ControlFlow<()>,
    ) {
        let held = core::iter::once((self.users.get(&*user.name), None))
            .chain(user.groups.iter().map(|g| (self.groups.get(&**g), Some(&**g))));
        let places = if namespace.is_empty() { &[""][..] } else { &["", namespace][..] };
        for (held, group) in held {
            for place in places {
                let bindings = held.and_then(|h| h.get_key_value(*place));
                for (place, (name, binding)) in
                    bindings.iter().flat_map(|(p, b)| b.iter().map(move |b| (p, b)))
                {
                    let of = if binding.wide { "" } else { place };
                    let rules = self.role(of, &binding.role);
                    let grant = Grant { namespace: place, name, binding, group, rules };
                    if look(grant).is_break() {
                        return;
                    }
                }
            }
        }
    }

    /// Whether a user may do something.
    pub fn decide(&self, user: &User, asked: &Attributes) -> Decision {
        if user.is_master() {
            return Decision { allowed: true, reason: String::new() };
        }
        let namespace = match &asked.target {
            Target::Resource(of) => &*of.namespace,
            Target::Path(_) => "",
        };
        let mut by = None;
        let mut missing: Vec<String> = Vec::new();
        self.visit(user, namespace, |grant| {
            let Some(rules) = grant.rules else {
                missing.push(grant.missing());
                return ControlFlow::Continue(());
            };
            if rules.iter().any(|rule| rule.allows(asked)) {
                by = Some(grant.reason(user));
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let allowed = by.is_some();
        missing.sort();
        missing.dedup();
        let reason = by.unwrap_or_else(|| match missing.as_slice() {
            [] => String::new(),
            [one] => format!("RBAC: {one}"),
            all => format!("RBAC: [{}]", all.join(", ")),
        });
        Decision { allowed, reason }
    }

    /// Every rule that counts for a user in a namespace.
    pub fn rules_of(&self, user: &User, namespace: &str) -> Vec<Rule> {
        let mut all: Vec<Rule> = Vec::new();
        if user.is_master() {
            let star = || alloc::vec!["*".to_owned()];
            all.push(Rule { groups: star(), resources: star(), verbs: star(), ..Rule::default() });
            all.push(Rule { urls: star(), verbs: star(), ..Rule::default() });
        }
        self.visit(user, namespace, |grant| {
            let wide = grant.namespace.is_empty();
            let rules = grant.rules.unwrap_or_default().iter();
            // What a role says of paths counts only where it is bound cluster-wide.
            all.extend(rules.filter(|r| wide || r.urls.is_empty()).cloned());
            ControlFlow::Continue(())
        });
        all
    }
}

impl Grant<'_> {
    fn role_kind(&self) -> &'static str {
        if self.binding.wide { "ClusterRole" } else { "Role" }
    }

    fn reason(&self, user: &User) -> String {
        let (kind, at) = if self.namespace.is_empty() {
            ("ClusterRoleBinding", self.name.to_owned())
        } else {
            ("RoleBinding", format!("{}/{}", self.name, self.namespace))
        };
        let to = match (self.group, super::account_of(&user.name)) {
            (Some(group), _) => format!("Group {group:?}"),
            (None, Some((namespace, name))) => {
                format!("ServiceAccount {:?}", format!("{name}/{namespace}"))
            }
            (None, None) => format!("User {:?}", user.name),
        };
        format!(
            "RBAC: allowed by {kind} {at:?} of {} {:?} to {to}",
            self.role_kind(),
            &*self.binding.role
        )
    }

    fn missing(&self) -> String {
        let kind = if self.binding.wide { "clusterrole" } else { "role" };
        format!("{kind}.{} {:?} not found", super::GROUP, &*self.binding.role)
    }
}

impl Binding {
    fn read(doc: &Value, namespace: &str) -> Self {
        let subjects = list_at(doc, "/subjects").iter().filter_map(|subject| {
            let name = text_at(subject, "/name");
            match text_at(subject, "/kind") {
                "User" => Some(Subject::User(name.into())),
                "Group" => Some(Subject::Group(name.into())),
                "ServiceAccount" => {
                    let own = text_at(subject, "/namespace");
                    let of = if own.is_empty() { namespace } else { own };
                    Some(Subject::User(User::account(of, name, "").name.into()))
                }
                _ => None,
            }
        });
        Self {
            wide: text_at(doc, "/roleRef/kind") == "ClusterRole",
            role: text_at(doc, "/roleRef/name").into(),
            subjects: subjects.collect(),
        }
    }
}

fn set<T>(all: &mut Named<T>, namespace: &Arc<str>, name: &Arc<str>, value: Option<T>) {
    if let Some(value) = value {
        all.entry(namespace.clone()).or_default().insert(name.clone(), value);
    } else if let Some(of) = all.get_mut(namespace) {
        of.remove(name);
        if of.is_empty() {
            all.remove(namespace);
        }
    }
}
