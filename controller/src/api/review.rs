//! Questions that a client asks about itself: who am I, may I. Nothing of it is kept.

use controller_core::admit::ApiError;
use serde_json::{Value, json};

use crate::pki::User;

/// A kind of question.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Review {
    /// Its group.
    pub(super) group: &'static str,
    /// Its version.
    pub(super) version: &'static str,
    /// Its resource.
    pub(super) plural: &'static str,
    /// Its kind.
    pub(super) kind: &'static str,
    /// What it is called in discovery.
    pub(super) singular: &'static str,
}

static REVIEWS: [Review; 3] = [
    Review {
        group: "authentication.k8s.io",
        version: "v1",
        plural: "selfsubjectreviews",
        kind: "SelfSubjectReview",
        singular: "selfsubjectreview",
    },
    Review {
        group: "authorization.k8s.io",
        version: "v1",
        plural: "selfsubjectaccessreviews",
        kind: "SelfSubjectAccessReview",
        singular: "selfsubjectaccessreview",
    },
    Review {
        group: "authorization.k8s.io",
        version: "v1",
        plural: "selfsubjectrulesreviews",
        kind: "SelfSubjectRulesReview",
        singular: "selfsubjectrulesreview",
    },
];

/// All of them.
pub(super) fn all() -> &'static [Review] {
    &REVIEWS
}

/// The one that a path names.
pub(super) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Review> {
    REVIEWS.iter().find(|r| (r.group, r.version, r.plural) == (group, version, plural))
}

/// Answers a question. Whoever may ask anything may do everything: roles are not told apart yet.
pub(super) fn answer(review: &Review, user: &User, question: &Value) -> Result<Value, ApiError> {
    let kind = question.get("kind").and_then(Value::as_str).unwrap_or(review.kind);
    if kind != review.kind {
        return Err(ApiError::bad_request(format!(
            "{kind} in version {0:?} cannot be handled as a {1}",
            review.version, review.kind
        )));
    }
    let status = match review.kind {
        "SelfSubjectReview" => {
            let groups = user.groups.iter().map(String::as_str).chain(["system:authenticated"]);
            let groups: Value = groups.collect();
            json!({"userInfo": {"username": user.name, "groups": groups}})
        }
        "SelfSubjectAccessReview" => json!({"allowed": user.is_master()}),
        _ => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": false,
        }),
    };
    let mut answer = json!({
        "kind": review.kind,
        "apiVersion": format!("{}/{}", review.group, review.version),
        "metadata": {"creationTimestamp": null},
        "status": status,
    });
    if let Some(spec) = question.get("spec") {
        answer["spec"] = spec.clone();
    }
    Ok(answer)
}
