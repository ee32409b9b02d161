//! Questions about who may do what. Nothing of it is kept.

use std::collections::BTreeMap;

use controller_core::admit::ApiError;
use controller_core::admit::meta::{list_at, text_at};
use controller_core::authorize::{Attributes, Resource, Target, User};
use controller_core::kinds::FieldError;
use serde_json::{Value, json};

use super::access::{Caller, ISSUER, user_of_token};
use super::call::Call;

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
    /// Whether it is asked in a namespace.
    pub(super) namespaced: bool,
}

const fn review(
    group: &'static str,
    kind: &'static str,
    singular: &'static str,
    plural: &'static str,
) -> Review {
    Review { group, version: "v1", plural, kind, singular, namespaced: false }
}

const AUTHENTICATION: &str = "authentication.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";

static REVIEWS: [Review; 6] = [
    review(AUTHENTICATION, "SelfSubjectReview", "selfsubjectreview", "selfsubjectreviews"),
    review(AUTHENTICATION, "TokenReview", "tokenreview", "tokenreviews"),
    Review {
        namespaced: true,
        ..review(
            AUTHORIZATION,
            "LocalSubjectAccessReview",
            "localsubjectaccessreview",
            "localsubjectaccessreviews",
        )
    },
    review(
        AUTHORIZATION,
        "SelfSubjectAccessReview",
        "selfsubjectaccessreview",
        "selfsubjectaccessreviews",
    ),
    review(
        AUTHORIZATION,
        "SelfSubjectRulesReview",
        "selfsubjectrulesreview",
        "selfsubjectrulesreviews",
    ),
    review(AUTHORIZATION, "SubjectAccessReview", "subjectaccessreview", "subjectaccessreviews"),
];

/// All of them.
pub(super) fn all() -> &'static [Review] {
    &REVIEWS
}

/// The one that a path names.
pub(super) fn find(
    group: &str,
    version: &str,
    plural: &str,
    namespaced: bool,
) -> Option<&'static Review> {
    REVIEWS.iter().find(|r| {
        (r.group, r.version, r.plural, r.namespaced) == (group, version, plural, namespaced)
    })
}

/// Answers a question.
///
/// # Errors
/// 400 or 422 if it is none.
pub(super) fn answer(
    review: &Review,
    namespace: Option<&str>,
    call: &Call,
    question: &Value,
) -> Result<Value, ApiError> {
    let caller = &call.caller;
    let kind = question.get("kind").and_then(Value::as_str).unwrap_or(review.kind);
    if kind != review.kind {
        return Err(ApiError::bad_request(format!(
            "{kind} in version {0:?} cannot be handled as a {1}",
            review.version, review.kind
        )));
    }
    let status = match review.kind {
        "SelfSubjectReview" => json!({"userInfo": user_info(&caller.user)}),
        "SelfSubjectAccessReview" => may(review, caller, &caller.user, None, question)?,
        "SelfSubjectRulesReview" => rules(review, caller, question)?,
        "TokenReview" => token(call, review, question)?,
        _ => may(review, caller, &subject(review, question)?, namespace, question)?,
    };
    let mut answer = json!({
        "kind": review.kind,
        "apiVersion": format!("{}/{}", review.group, review.version),
        "metadata": {"creationTimestamp": null},
        "status": status,
    });
    // The token of a question is not said again.
    if let Some(spec) = question.get("spec").filter(|_| review.kind != "TokenReview") {
        answer["spec"] = spec.clone();
    }
    Ok(answer)
}

/// A user, as reviews tell of it.
pub(super) fn user_info(user: &User) -> Value {
    let mut info = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        info["uid"] = user.uid.as_str().into();
    }
    if !user.extra.is_empty() {
        info["extra"] = json!(user.extra);
    }
    info
}

fn invalid(review: &Review, field: &str, message: &str) -> ApiError {
    let error = FieldError {
        reason: if message.starts_with("Required") {
            "FieldValueRequired"
        } else {
            "FieldValueInvalid"
        },
        field: field.to_owned(),
        message: message.to_owned(),
    };
    ApiError::invalid_as(review.group, review.kind, "", vec![error])
}

/// Whose token it is.
fn token(call: &Call, review: &Review, question: &Value) -> Result<Value, ApiError> {
    let token = text_at(question, "/spec/token");
    if token.is_empty() {
        return Err(invalid(review, "spec.token", "Required value"));
    }
    let wanted = list_at(question, "/spec/audiences");
    let for_us = wanted.is_empty() || wanted.iter().any(|a| a == ISSUER);
    Ok(match user_of_token(&call.api, token)?.filter(|_| for_us) {
        Some(user) => {
            json!({"authenticated": true, "user": user_info(&user), "audiences": [ISSUER]})
        }
        None => json!({"error": "the token is not valid here"}),
    })
}

/// Of whom a question is.
fn subject(review: &Review, question: &Value) -> Result<User, ApiError> {
    let texts = |pointer: &str| -> Vec<String> {
        let list = list_at(question, pointer).iter();
        list.filter_map(|t| t.as_str().map(str::to_owned)).collect()
    };
    let (name, groups) = (text_at(question, "/spec/user"), texts("/spec/groups"));
    if name.is_empty() && groups.is_empty() {
        return Err(invalid(
            review,
            "spec.user",
            "Required value: at least one of user or group must be specified",
        ));
    }
    let uid = text_at(question, "/spec/uid").to_owned();
    Ok(User { name: name.to_owned(), uid, groups, extra: BTreeMap::new() })
}

/// What a question asks for.
fn asked(
    review: &Review,
    namespace: Option<&str>,
    question: &Value,
) -> Result<Attributes, ApiError> {
    let at = |field: &str| question.get("spec").and_then(|s| s.get(field)).filter(|v| !v.is_null());
    let (of, path) = (at("resourceAttributes"), at("nonResourceAttributes"));
    let text = |of: &Value, field: &str| text_at(of, &format!("/{field}")).to_owned();
    match (of, path) {
        (Some(of), None) => {
            let resource = Resource {
                group: text(of, "group"),
                resource: text(of, "resource"),
                subresource: text(of, "subresource"),
                namespace: text(of, "namespace"),
                name: text(of, "name"),
            };
            if namespace.is_some_and(|n| n != resource.namespace) {
                let why = "Invalid value: must match metadata.namespace";
                return Err(invalid(review, "spec.resourceAttributes.namespace", why));
            }
            Ok(Attributes { verb: text(of, "verb"), target: Target::Resource(resource) })
        }
        (None, Some(of)) if namespace.is_none() => {
            Ok(Attributes { verb: text(of, "verb"), target: Target::Path(text(of, "path")) })
        }
        _ => Err(invalid(
            review,
            "spec.resourceAttributes",
            "Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified",
        )),
    }
}

fn may(
    review: &Review,
    caller: &Caller,
    user: &User,
    namespace: Option<&str>,
    question: &Value,
) -> Result<Value, ApiError> {
    let asked = asked(review, namespace, question)?;
    let decision = caller.policy.decide(user, &asked);
    let mut status = json!({"allowed": decision.allowed});
    if !decision.reason.is_empty() {
        status["reason"] = decision.reason.into();
    }
    Ok(status)
}

fn rules(review: &Review, caller: &Caller, question: &Value) -> Result<Value, ApiError> {
    let namespace = text_at(question, "/spec/namespace");
    if namespace.is_empty() {
        return Err(invalid(review, "spec.namespace", "Required value: no namespace on request"));
    }
    let (mut resources, mut paths) = (Vec::new(), Vec::new());
    for rule in caller.policy.rules_of(&caller.user, namespace) {
        let told = rule.to_value();
        if rule.urls.is_empty() { resources.push(told) } else { paths.push(told) }
    }
    Ok(json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false}))
}
