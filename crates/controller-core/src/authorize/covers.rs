//! Nobody gives what they do not have: whoever writes a role, or binds one, must hold all that it allows, unless a rule
//! lets them `escalate` or `bind`.

use alloc::collections::BTreeMap;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::rule::{leads_to, quoted};
use super::{Policy, Rule, User};

/// A role that says more than this, each verb on each resource counted, can only be given by who may escalate.
pub const WANTED_MAX: usize = 20_000;

/// What somebody would give and does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(Vec<Rule>);

impl Missing {
    /// As Kubernetes tells it.
    pub fn text(&self, user: &User) -> String {
        let rules: Vec<String> = self.0.iter().map(Rule::text).collect();
        format!(
            "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
            user.name,
            quoted(&user.groups),
            rules.join("\n")
        )
    }
}

impl Policy {
    /// What of these rules a user does not hold in a namespace (empty: cluster-wide); none: it holds all.
    pub fn missing(&self, user: &User, namespace: &str, wanted: &[Rule]) -> Option<Missing> {
        if user.is_master() {
            return None;
        }
        let held = self.rules_of(user, namespace);
        let open: Vec<&Rule> =
            wanted.iter().filter(|want| !held.iter().any(|have| covers(have, want))).collect();
        if open.iter().map(|want| size(want)).fold(0, usize::saturating_add) > WANTED_MAX {
            return Some(Missing(open.into_iter().cloned().collect()));
        }
        let single = open.into_iter().flat_map(split);
        let lacking: Vec<Rule> =
            single.filter(|want| !held.iter().any(|have| covers(have, want))).collect();
        (!lacking.is_empty()).then(|| Missing(joined(lacking)))
    }
}

fn size(rule: &Rule) -> usize {
    let on = rule
        .groups
        .len()
        .saturating_mul(rule.resources.len())
        .saturating_mul(rule.names.len().max(1))
        .saturating_add(rule.urls.len());
    rule.verbs.len().saturating_mul(on)
}

/// One rule for each verb on each thing.
fn split(rule: &Rule) -> Vec<Rule> {
    let one = |text: &String| alloc::vec![text.clone()];
    let mut out = Vec::new();
    for verb in &rule.verbs {
        for url in &rule.urls {
            out.push(Rule { urls: one(url), verbs: one(verb), ..Rule::default() });
        }
        for group in &rule.groups {
            for resource in &rule.resources {
                let bare = Rule {
                    groups: one(group),
                    resources: one(resource),
                    verbs: one(verb),
                    ..Rule::default()
                };
                if rule.names.is_empty() {
                    out.push(bare);
                    continue;
                }
                let named = rule.names.iter().map(|n| Rule { names: one(n), ..bare.clone() });
                out.extend(named);
            }
        }
    }
    out
}

/// Puts the verbs on one thing together again.
fn joined(single: Vec<Rule>) -> Vec<Rule> {
    let mut by_thing: BTreeMap<Rule, BTreeSet<String>> = BTreeMap::new();
    for mut rule in single {
        let verbs = core::mem::take(&mut rule.verbs);
        by_thing.entry(rule).or_default().extend(verbs);
    }
    by_thing
        .into_iter()
        .map(|(rule, verbs)| Rule { verbs: verbs.into_iter().collect(), ..rule })
        .collect()
}

fn all_in(want: &[String], have: &[String]) -> bool {
    have.iter().any(|h| h == "*") || want.iter().all(|w| have.contains(w))
}

/// Whether one rule allows all that another does.
fn covers(have: &Rule, want: &Rule) -> bool {
    let resource = |w: &String| {
        let part = w.split_once('/').map(|(_, part)| format!("*/{part}"));
        have.resources.iter().any(|h| h == "*" || h == w || Some(h) == part.as_ref())
    };
    let url = |w: &String| have.urls.iter().any(|h| h == w || h.ends_with('*') && leads_to(h, w));
    let names = have.names.is_empty()
        || !want.names.is_empty() && want.names.iter().all(|n| have.names.contains(n));
    all_in(&want.verbs, &have.verbs)
        && all_in(&want.groups, &have.groups)
        && want.resources.iter().all(resource)
        && (want.resources.is_empty() || names)
        && want.urls.iter().all(url)
}
