//! What clients are told when something is refused: Kubernetes' `Status`. Clients decide on `reason`, people read
//! `message`; both are Kubernetes' own words (`meta/v1` `StatusReason`).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde_json::{Map, Value, json};

use crate::kinds::{FieldError, Kind};

/// A refusal, as Kubernetes would tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status code.
    pub code: u16,
    /// e.g. `NotFound`.
    pub reason: &'static str,
    /// A sentence for people.
    pub message: String,
    /// What it is about.
    pub details: Option<Box<Details>>,
}

/// What a refusal is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The object's name.
    pub name: String,
    /// The API group.
    pub group: String,
    /// The resource (404, 409, 403) or the kind (422).
    pub kind: String,
    /// The object's uid.
    pub uid: String,
    /// One entry a field or cause.
    pub causes: Vec<FieldError>,
    /// When to try again; zero: not told.
    pub retry_after_seconds: u32,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for ApiError {}

impl Details {
    /// An object of a kind, by its resource.
    fn resource(kind: &Kind, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            group: kind.group.to_owned(),
            kind: kind.plural.to_owned(),
            ..Self::default()
        }
    }

    /// As in a `Status`.
    fn to_value(&self) -> Value {
        let mut out = Map::new();
        let texts = [
            ("name", &self.name),
            ("group", &self.group),
            ("kind", &self.kind),
            ("uid", &self.uid),
        ];
        for (key, text) in texts {
            if !text.is_empty() {
                out.insert(key.to_owned(), Value::String(text.clone()));
            }
        }
        if !self.causes.is_empty() {
            let causes = self.causes.iter().map(|c| {
                let mut cause = json!({"message": c.message});
                if !c.reason.is_empty() {
                    cause["reason"] = c.reason.into();
                }
                if !c.field.is_empty() {
                    cause["field"] = Value::String(c.field.clone());
                }
                cause
            });
            out.insert("causes".to_owned(), causes.collect());
        }
        if self.retry_after_seconds > 0 {
            out.insert("retryAfterSeconds".to_owned(), self.retry_after_seconds.into());
        }
        Value::Object(out)
    }
}

impl ApiError {
    fn plain(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    fn about(mut self, details: Details) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// The document that is sent.
    pub fn to_value(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if let Some(details) = &self.details {
            status["details"] = details.to_value();
        }
        status
    }

    /// Seconds for a `Retry-After` header, if one is to be sent.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.details.as_ref().map(|d| d.retry_after_seconds).filter(|&s| s > 0)
    }

    /// 404: there is no such object.
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        Self::plain(404, "NotFound", format!("{} {name:?} not found", kind.qualified_resource()))
            .about(Details::resource(kind, name))
    }

    /// 404: there is no such path.
    pub fn no_such_resource() -> Self {
        Self::plain(404, "NotFound", "the server could not find the requested resource")
            .about(Details::default())
    }

    /// 409: the name is taken.
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", kind.qualified_resource());
        Self::plain(409, "AlreadyExists", message).about(Details::resource(kind, name))
    }

    /// 409: a newer object is there than the one that the change was made from.
    pub fn conflict(kind: &Kind, name: &str) -> Self {
        Self::cannot_fulfil(
            kind,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// 409, for any other reason.
    pub fn cannot_fulfil(kind: &Kind, name: &str, why: &str) -> Self {
        let resource = kind.qualified_resource();
        let message = format!("Operation cannot be fulfilled on {resource} {name:?}: {why}");
        Self::plain(409, "Conflict", message).about(Details::resource(kind, name))
    }

    /// 409: server-side apply would change what others own.
    pub fn apply_conflict(message: String, causes: Vec<FieldError>) -> Self {
        Self::plain(409, "Conflict", message).about(Details { causes, ..Details::default() })
    }

    /// 422: these fields are wrong. Errors told twice are told once.
    pub fn invalid(kind: &Kind, name: &str, errors: Vec<FieldError>) -> Self {
        Self::invalid_as(kind.group, kind.kind, name, errors)
    }

    /// The same, for a kind that has no row of its own.
    pub fn invalid_as(group: &str, kind: &str, name: &str, errors: Vec<FieldError>) -> Self {
        let mut causes: Vec<FieldError> = Vec::with_capacity(errors.len());
        for error in errors {
            if !causes.contains(&error) {
                causes.push(error);
            }
        }
        let mut texts = causes.iter().map(|e| format!("{}: {}", e.field, e.message));
        let list = match causes.len() {
            1 => texts.next().unwrap_or_default(),
            _ => format!("[{}]", texts.collect::<Vec<_>>().join(", ")),
        };
        let dot = if group.is_empty() { "" } else { "." };
        let message = format!("{kind}{dot}{group} {name:?} is invalid: {list}");
        Self::plain(422, "Invalid", message).about(Details {
            name: name.to_owned(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            causes,
            ..Details::default()
        })
    }

    /// 422: options of a request that cannot be.
    pub fn invalid_options(message: impl Into<String>) -> Self {
        Self::plain(422, "Invalid", message).about(Details::default())
    }

    /// 422: a patch that cannot be applied.
    pub fn unprocessable() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::plain(422, "Invalid", message).about(Details::default())
    }

    /// 403: not allowed, whoever asks. An empty name is left out.
    pub fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let resource = kind.qualified_resource();
        let message = if name.is_empty() {
            format!("{resource} is forbidden: {why}")
        } else {
            format!("{resource} {name:?} is forbidden: {why}")
        };
        Self::plain(403, "Forbidden", message).about(Details::resource(kind, name))
    }

    /// 403: the namespace is on its way out.
    pub fn namespace_terminating(kind: &Kind, name: &str, namespace: &str) -> Self {
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        let mut error = Self::forbidden(kind, name, &why);
        if let Some(details) = &mut error.details {
            details.causes.push(FieldError {
                reason: "NamespaceTerminating",
                field: "metadata.namespace".to_owned(),
                message: format!("namespace {namespace} is being terminated"),
            });
        }
        error
    }

    /// 401: nobody whom we know.
    pub fn unauthorized() -> Self {
        Self::plain(401, "Unauthorized", "Unauthorized")
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::plain(400, "BadRequest", message)
    }

    /// 405: the path is there, the method is not.
    pub fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::plain(405, "MethodNotAllowed", message).about(Details::default())
    }

    /// 406: nothing that the client accepts can be made.
    pub fn not_acceptable() -> Self {
        let message =
            "only the following media types are accepted: application/json, application/yaml";
        Self::plain(406, "NotAcceptable", message).about(Details::default())
    }

    /// 415: the body is of a type that is not read here. `accepted` names those that are.
    pub fn unsupported_media_type(accepted: &[&str]) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::plain(415, "UnsupportedMediaType", message)
    }

    /// 413: the body is larger than is read.
    pub fn too_large(limit_bytes: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit_bytes}");
        Self::plain(413, "RequestEntityTooLarge", message).about(Details::default())
    }

    /// 410: a watch from a revision that is no longer remembered.
    pub fn too_old(asked: u64, oldest: u64) -> Self {
        Self::expired(format!("too old resource version: {asked} ({oldest})"))
    }

    /// 410: a continue token, or anything else, from a time that is no longer remembered.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::plain(410, "Expired", message)
    }

    /// 504: a revision that has not been yet.
    pub fn too_large_resource_version(asked: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        Self::plain(504, "Timeout", message).about(Details {
            causes: alloc::vec![FieldError {
                reason: "ResourceVersionTooLarge",
                field: String::new(),
                message: "Too large resource version".to_owned(),
            }],
            retry_after_seconds: 1,
            ..Details::default()
        })
    }

    /// 429: later.
    pub fn too_many_requests(message: &str, retry_after_seconds: u32) -> Self {
        Self::plain(429, "TooManyRequests", message)
            .about(Details { retry_after_seconds, ..Details::default() })
    }

    /// 500: which of them counts cannot be told.
    pub fn many_budgets() -> Self {
        let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        Self::plain(500, "", message)
    }

    /// 500: our fault.
    pub fn internal(what: impl fmt::Display) -> Self {
        let cause = FieldError { reason: "", field: String::new(), message: what.to_string() };
        Self::plain(500, "InternalError", format!("Internal error occurred: {what}"))
            .about(Details { causes: alloc::vec![cause], ..Details::default() })
    }

    /// 501: Kubernetes has it, we do not.
    pub fn not_implemented(what: &str) -> Self {
        Self::plain(501, "NotImplemented", format!("{what} is not supported by Driftless"))
    }

    /// 503: not now.
    pub fn service_unavailable(why: &str) -> Self {
        Self::plain(503, "ServiceUnavailable", why).about(Details::default())
    }
}

/// The `Status` of a deletion that took the object away at once.
pub fn deleted(kind: &Kind, name: &str, uid: &str) -> Value {
    let details = Details { uid: uid.to_owned(), ..Details::resource(kind, name) };
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details.to_value(),
    })
}

/// The `Status` of an action that has no other answer (bindings, evictions), for HTTP 201.
pub fn created() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{CONFIG_MAP, DEPLOYMENT, POD, get};

    #[test]
    fn refusals_read_as_the_real_servers_do() {
        let check = |error: ApiError, code: u16, reason: &str, message: &str, details: Value| {
            let mut want = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": message, "reason": reason, "code": code,
            });
            if !details.is_null() {
                want["details"] = details;
            }
            assert_eq!(error.to_value(), want);
        };
        let (pods, maps) = (get(POD), get(CONFIG_MAP));
        check(
            ApiError::not_found(pods, "nope"),
            404,
            "NotFound",
            "pods \"nope\" not found",
            json!({"name": "nope", "kind": "pods"}),
        );
        check(
            ApiError::not_found(get(DEPLOYMENT), "d"),
            404,
            "NotFound",
            "deployments.apps \"d\" not found",
            json!({"name": "d", "group": "apps", "kind": "deployments"}),
        );
        check(
            ApiError::no_such_resource(),
            404,
            "NotFound",
            "the server could not find the requested resource",
            json!({}),
        );
        check(
            ApiError::already_exists(maps, "cm"),
            409,
            "AlreadyExists",
            "configmaps \"cm\" already exists",
            json!({"name": "cm", "kind": "configmaps"}),
        );
        check(
            ApiError::method_not_allowed(),
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
            json!({}),
        );
        check(
            ApiError::unprocessable(),
            422,
            "Invalid",
            "the server rejected our request due to an error in our request",
            json!({}),
        );
        check(
            ApiError::too_large_resource_version(99_999_999, 3883),
            504,
            "Timeout",
            "Timeout: Too large resource version: 99999999, current: 3883",
            json!({
                "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                "retryAfterSeconds": 1,
            }),
        );
        check(
            ApiError::too_old(1, 1798),
            410,
            "Expired",
            "too old resource version: 1 (1798)",
            Value::Null,
        );
        check(
            ApiError::unsupported_media_type(&[
                "application/json",
                "application/yaml",
                "application/vnd.kubernetes.protobuf",
            ]),
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
            Value::Null,
        );
        check(
            ApiError::namespace_terminating(maps, "cm", "n"),
            403,
            "Forbidden",
            "configmaps \"cm\" is forbidden: unable to create new content in namespace n because it is being terminated",
            json!({
                "name": "cm",
                "kind": "configmaps",
                "causes": [{
                    "reason": "NamespaceTerminating",
                    "message": "namespace n is being terminated",
                    "field": "metadata.namespace",
                }],
            }),
        );
    }

    #[test]
    fn a_deletion_is_told_with_its_uid() {
        let want = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {"name": "cm", "kind": "configmaps", "uid": "9757ffef"},
        });
        assert_eq!(deleted(get(CONFIG_MAP), "cm", "9757ffef"), want);
    }
}
