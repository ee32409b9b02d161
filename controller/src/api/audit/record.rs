//! What is told of one request.

use std::net::IpAddr;

use controller_core::authorize::{Attributes, Resource, Target, User};
use http::StatusCode;
use http::header::USER_AGENT;
use http::request::Parts;
use model::Millis;
use serde_json::{Value, json};

use crate::api::access::Caller;
use crate::api::call::now;
use crate::api::query::Query;
use crate::api::review::user_info;
use crate::api::write::uid;

/// Texts that clients choose are cut to so many characters.
const CHARS_MAX: usize = 512;
/// So many groups of a user are told.
const GROUPS_MAX: usize = 64;

/// A request, as it is told of.
pub(in crate::api) struct Record {
    received: Millis,
    from: IpAddr,
    path: String,
    agent: String,
    dry_run: bool,
    /// Who asks, once it is known.
    pub(in crate::api) caller: Option<Caller>,
    asked: Attributes,
    /// Whether it was allowed.
    pub(in crate::api) allowed: bool,
}

fn cut(text: &str) -> String {
    text.chars().take(CHARS_MAX).collect()
}

impl Record {
    /// A request that has come; none if it writes nothing.
    pub(in crate::api) fn of(
        parts: &Parts,
        query: &Query,
        from: IpAddr,
        asked: Attributes,
    ) -> Option<Self> {
        let Target::Resource(of) = &asked.target else { return None };
        let stream = matches!(&*of.subresource, "exec" | "attach" | "portforward");
        let question = of.resource.ends_with("reviews")
            && matches!(&*of.group, "authorization.k8s.io" | "authentication.k8s.io");
        let reads = matches!(&*asked.verb, "get" | "list" | "watch" | "");
        if question || reads && !stream {
            return None;
        }
        let agent = parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok());
        Some(Self {
            received: now(),
            from,
            path: cut(parts.uri.path()),
            agent: cut(agent.unwrap_or_default()),
            dry_run: !query.get("dryRun").is_empty(),
            caller: None,
            asked,
            allowed: false,
        })
    }

    /// The line.
    pub(in crate::api) fn line(&self, code: u16) -> String {
        let stage = if code == StatusCode::SWITCHING_PROTOCOLS.as_u16() {
            "ResponseStarted"
        } else {
            "ResponseComplete"
        };
        let mut event = json!({
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "auditID": uid().unwrap_or_default(),
            "stage": stage,
            "requestURI": self.path,
            "verb": self.asked.verb,
            "user": {},
            "sourceIPs": [self.from.to_string()],
            "userAgent": self.agent,
            "responseStatus": {"metadata": {}, "code": code},
            "requestReceivedTimestamp": self.received.to_rfc3339_micro(),
            "stageTimestamp": now().to_rfc3339_micro(),
            "annotations": {"authorization.k8s.io/decision": if self.allowed { "allow" } else { "forbid" }},
        });
        if let Target::Resource(of) = &self.asked.target {
            event["objectRef"] = object(of);
        }
        if let Some(caller) = &self.caller {
            event["user"] = user(caller.really.as_ref().unwrap_or(&caller.user));
            if caller.really.is_some() {
                event["impersonatedUser"] = user(&caller.user);
            }
        }
        if self.dry_run {
            event["annotations"]["driftless.dev/dry-run"] = "true".into();
        }
        event.to_string()
    }
}

fn user(user: &User) -> Value {
    let short = User {
        name: cut(&user.name),
        uid: cut(&user.uid),
        groups: user.groups.iter().take(GROUPS_MAX).map(|g| cut(g)).collect(),
        ..User::default()
    };
    user_info(&short)
}

fn object(of: &Resource) -> Value {
    let fields = [
        ("resource", &of.resource),
        ("namespace", &of.namespace),
        ("name", &of.name),
        ("apiGroup", &of.group),
        ("subresource", &of.subresource),
    ];
    let told = fields.into_iter().filter(|(_, text)| !text.is_empty());
    Value::Object(told.map(|(field, text)| (field.to_owned(), cut(text).into())).collect())
}
