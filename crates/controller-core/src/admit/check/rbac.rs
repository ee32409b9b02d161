//! Rules on roles and bindings.

use serde_json::Value;

use super::at::{At, Errors};
use super::{names, placement};
use crate::authorize::GROUP;

/// A Role.
pub fn role(doc: &Value, _: Option<&Value>, errors: &mut Errors) {
    for rule in At::whole(doc).items("rules") {
        policy_rule(&rule, true, errors);
    }
}

/// A ClusterRole.
pub fn cluster_role(doc: &Value, _: Option<&Value>, errors: &mut Errors) {
    for rule in At::whole(doc).items("rules") {
        policy_rule(&rule, false, errors);
    }
    if let Some(aggregation) = At::whole(doc).get("aggregationRule") {
        if aggregation.items("clusterRoleSelectors").next().is_none() {
            let why = "at least one clusterRoleSelector required if aggregationRule is non-nil";
            errors.push(aggregation.path.child("clusterRoleSelectors").required(why));
        }
        for selector in aggregation.items("clusterRoleSelectors") {
            placement::label_selector(&selector, errors);
        }
    }
}

fn policy_rule(rule: &At<'_>, namespaced: bool, errors: &mut Errors) {
    let empty = |field: &str| rule.items(field).next().is_none();
    let path = |field: &str| rule.path.child(field);
    if empty("verbs") {
        errors.push(path("verbs").required("verbs must contain at least one value"));
    }
    if !empty("nonResourceURLs") {
        let urls = rule.field("nonResourceURLs");
        if namespaced {
            let why = "namespaced rules cannot apply to non-resource URLs";
            errors.push(urls.path.invalid(urls.value, why));
        }
        if ["apiGroups", "resources", "resourceNames"].into_iter().any(|f| !empty(f)) {
            let why = "rules cannot apply to both regular resources and non-resource URLs";
            errors.push(urls.path.invalid(urls.value, why));
        }
        return;
    }
    if empty("apiGroups") {
        let why = "resource rules must supply at least one api group";
        errors.push(path("apiGroups").required(why));
    }
    if empty("resources") {
        let why = "resource rules must supply at least one resource";
        errors.push(path("resources").required(why));
    }
}

/// A RoleBinding.
pub fn role_binding(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    binding(doc, old, true, errors);
}

/// A ClusterRoleBinding.
pub fn cluster_role_binding(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    binding(doc, old, false, errors);
}

fn binding(doc: &Value, old: Option<&Value>, namespaced: bool, errors: &mut Errors) {
    let of = At::root(doc, "roleRef");
    if of.text("apiGroup") != GROUP {
        errors.push(of.path.child("apiGroup").not_supported(of.text("apiGroup"), &[GROUP]));
    }
    let kinds: &[&str] = if namespaced { &["ClusterRole", "Role"] } else { &["ClusterRole"] };
    if !kinds.contains(&of.text("kind")) {
        errors.push(of.path.child("kind").not_supported(of.text("kind"), kinds));
    }
    if !of.required("name", errors).is_empty() {
        of.named("name", names::path_segment, errors);
    }
    for subject in At::whole(doc).items("subjects") {
        self::subject(&subject, namespaced, errors);
    }
    if let Some(old) = old
        && old.get("roleRef") != doc.get("roleRef")
    {
        errors.push(of.path.invalid(of.value, "cannot change roleRef"));
    }
}

fn subject(subject: &At<'_>, namespaced: bool, errors: &mut Errors) {
    let name = subject.required("name", errors);
    let group = subject.text("apiGroup");
    let path = |field: &str| subject.path.child(field);
    match subject.text("kind") {
        "ServiceAccount" => {
            if !name.is_empty() {
                subject.named("name", names::subdomain, errors);
            }
            if !group.is_empty() {
                errors.push(path("apiGroup").not_supported(group, &[""]));
            }
            if !namespaced && subject.text("namespace").is_empty() {
                errors.push(path("namespace").required(""));
            }
        }
        "User" | "Group" => {
            if group != GROUP {
                errors.push(path("apiGroup").not_supported(group, &[GROUP]));
            }
        }
        other => {
            let known = ["Group", "ServiceAccount", "User"];
            errors.push(path("kind").not_supported(other, &known));
        }
    }
}

/// An ApiToken.
pub fn api_token(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    let spec = At::root(doc, "spec");
    spec.required("user", errors);
    let hash = spec.text("sha256");
    if hash.len() != 64 || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        let why = "must be the SHA-256 of the token's secret, 64 hexadecimal digits";
        errors.push(spec.path.child("sha256").invalid(hash, why));
    }
    for group in spec.items("groups") {
        if group.value.as_str().is_none_or(str::is_empty) {
            errors.push(group.path.required(""));
        }
    }
    if old.is_some_and(|old| old.get("spec") != doc.get("spec")) {
        errors.push(spec.path.forbidden("a token is never changed: delete it and make another"));
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use serde_json::json;

    use super::*;

    fn check(found: Errors, want: &[&str]) {
        let found: Vec<String> =
            found.iter().map(|e| alloc::format!("{}: {}", e.field, e.message)).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn rules_are_for_resources_or_for_paths() {
        let on = |rule: Value, namespaced: bool, want: &[&str]| {
            let mut errors = Errors::new();
            let doc = json!({"rules": [rule]});
            let of = if namespaced { role } else { cluster_role };
            of(&doc, None, &mut errors);
            check(errors, want);
        };
        on(json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}), true, &[]);
        on(json!({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}), false, &[]);
        on(
            json!({}),
            true,
            &[
                "rules[0].verbs: Required value: verbs must contain at least one value",
                "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
                "rules[0].resources: Required value: resource rules must supply at least one resource",
            ],
        );
        on(
            json!({"nonResourceURLs": ["/x"], "resources": ["pods"], "verbs": ["get"]}),
            true,
            &[
                "rules[0].nonResourceURLs: Invalid value: [\"/x\"]: namespaced rules cannot apply to non-resource URLs",
                "rules[0].nonResourceURLs: Invalid value: [\"/x\"]: rules cannot apply to both regular resources and non-resource URLs",
            ],
        );
        let mut errors = Errors::new();
        cluster_role(&json!({"aggregationRule": {}}), None, &mut errors);
        check(
            errors,
            &[
                "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
            ],
        );
    }

    #[test]
    fn bindings_name_a_role_for_ever() {
        let good = json!({
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "User", "apiGroup": GROUP, "name": "jane"}],
        });
        let mut errors = Errors::new();
        cluster_role_binding(&good, Some(&good), &mut errors);
        check(errors, &[]);
        let mut other = good.clone();
        other["roleRef"]["name"] = "edit".into();
        let mut errors = Errors::new();
        role_binding(&other, Some(&good), &mut errors);
        assert!(errors[0].message.ends_with("cannot change roleRef"), "{errors:?}");
        let bad = json!({
            "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "a/b"},
            "subjects": [{"kind": "ServiceAccount", "name": "x"}, {"kind": "Robot", "name": ""}],
        });
        let mut errors = Errors::new();
        cluster_role_binding(&bad, None, &mut errors);
        check(
            errors,
            &[
                "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"",
                "roleRef.name: Invalid value: \"a/b\": may not contain '/'",
                "subjects[0].namespace: Required value",
                "subjects[1].name: Required value",
                "subjects[1].kind: Unsupported value: \"Robot\": supported values: \"Group\", \"ServiceAccount\", \"User\"",
            ],
        );
    }
}
