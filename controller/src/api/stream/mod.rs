//! Streams of pods: logs, commands, attaching, and connections to ports. The node does them; here they are brought from
//! its link to the client, in whichever protocol it speaks.
//!
//! The law of this room: nothing is taken from one side that the other has no room for, and a node that is away is said to
//! be away at once.

mod forward;
mod log;
mod session;
mod spdy;
mod terminal;
mod ws;

use std::time::Duration;

use controller_core::admit::ApiError;
use controller_core::admit::meta::{list_at, meta, text_at};
use controller_core::kinds::table::human_duration;
use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{Method, StatusCode};
use hyper::upgrade::OnUpgrade;
use model::NodeName;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use wire::stream::{Busy, End, Failure, Hub, Incoming, Open, Port, Reason, Target};

use super::answer::{self, Answer};
use super::call::{Call, now};
use super::present::parse;
use super::read::find;
use super::route::Place;

pub(super) use log::log;

/// How long a node may take to say that it does what it was asked.
const OPEN_WITHIN: Duration = Duration::from_secs(20);
/// How long a client may take to set its side up, or to go when all is said.
const CLIENT_WITHIN: Duration = Duration::from_secs(30);

/// What a command or attach is asked for with.
pub(super) async fn exec(call: &Call, method: &Method, place: &Place) -> Result<Answer, ApiError> {
    check_method(method)?;
    let pod = Pod::find(call, place)?;
    let target = pod.target(call.query.get("container"))?;
    let streams = session::wanted(&call.query)?;
    let command: Vec<String> = call
        .query
        .pairs()
        .filter(|(name, _)| *name == "command")
        .map(|(_, value)| value.to_owned())
        .collect();
    if command.is_empty() {
        return Err(ApiError::bad_request(
            "you must specify at least one command for the container",
        ));
    }
    let node = pod.node()?;
    session::serve(call, &node, Open::Exec { target, command, streams }, streams).await
}

/// Joins a running container.
pub(super) async fn attach(
    call: &Call,
    method: &Method,
    place: &Place,
) -> Result<Answer, ApiError> {
    check_method(method)?;
    let pod = Pod::find(call, place)?;
    let target = pod.target(call.query.get("container"))?;
    let streams = session::wanted(&call.query)?;
    let node = pod.node()?;
    session::serve(call, &node, Open::Attach(target, streams), streams).await
}

/// Forwards connections to the pod's ports.
pub(super) async fn port_forward(
    call: &Call,
    method: &Method,
    place: &Place,
) -> Result<Answer, ApiError> {
    check_method(method)?;
    let pod = Pod::find(call, place)?;
    let node = pod.node()?;
    let hub = reach(call, &node).await?;
    forward::serve(call, hub, pod.itself())
}

fn check_method(method: &Method) -> Result<(), ApiError> {
    match *method {
        Method::GET | Method::POST => Ok(()),
        _ => Err(ApiError::method_not_allowed()),
    }
}

/// A pod that something is asked of.
struct Pod(Value);

impl Pod {
    fn find(call: &Call, place: &Place) -> Result<Self, ApiError> {
        let kind = place.kind.kind();
        let stored = find(&call.api.store, &kind, &place.namespace, &place.name)?;
        Ok(Self(parse(&stored.doc)?))
    }

    fn name(&self) -> &str {
        meta(&self.0).name()
    }

    /// The node that it is on.
    fn node(&self) -> Result<NodeName, ApiError> {
        self.placed().ok_or_else(|| {
            ApiError::bad_request(format!("pod {} does not have a host assigned", self.name()))
        })
    }

    fn placed(&self) -> Option<NodeName> {
        NodeName::checked(text_at(&self.0, "/spec/nodeName")).ok()
    }

    fn names(&self, list: &str) -> Vec<&str> {
        list_at(&self.0, list).iter().map(|c| text_at(c, "/name")).collect()
    }

    /// The pod's network.
    fn itself(&self) -> Target {
        let of = meta(&self.0);
        Target {
            namespace: of.namespace().to_owned(),
            pod: of.name().to_owned(),
            uid: of.uid().to_owned(),
            container: String::new(),
        }
    }

    /// The container of that name, or the only one.
    fn target(&self, name: &str) -> Result<Target, ApiError> {
        let containers = self.names("/spec/containers");
        let init = self.names("/spec/initContainers");
        let ephemeral = self.names("/spec/ephemeralContainers");
        let container = match (name, containers.as_slice()) {
            ("", [only]) => *only,
            ("", all) => {
                let mut message = format!(
                    "a container name must be specified for pod {}, choose one of: [{}]",
                    self.name(),
                    all.join(" ")
                );
                for (what, names) in [("init", &init), ("ephemeral", &ephemeral)] {
                    if !names.is_empty() {
                        let names = names.join(" ");
                        message += &format!(" or one of the {what} containers: [{names}]");
                    }
                }
                return Err(ApiError::bad_request(message));
            }
            (name, _) => name,
        };
        if ![&containers, &init, &ephemeral].iter().any(|names| names.contains(&container)) {
            return Err(ApiError::bad_request(format!(
                "container {container} is not valid for pod {}",
                self.name()
            )));
        }
        Ok(Target { container: container.to_owned(), ..self.itself() })
    }
}

/// The streams of a node that is there.
async fn reach(call: &Call, name: &NodeName) -> Result<Hub, ApiError> {
    let node = call.api.ask.node(name).await;
    let node = node.map_err(|e| ApiError::service_unavailable(&e.to_string()))?;
    if node.as_ref().is_some_and(|node| node.connected) {
        return Ok((call.api.config.streams)(name));
    }
    let away = match node.and_then(|node| node.since.or(node.heard)) {
        Some(since) => {
            let seconds = i64::try_from(now().since(since) / 1000).unwrap_or(i64::MAX);
            format!("is away since {} ({})", since.to_rfc3339(), human_duration(seconds))
        }
        None => "has not been heard of since the controller started".to_owned(),
    };
    Err(ApiError::service_unavailable(&format!(
        "node {name} {away}: logs, commands and ports need its link"
    )))
}

/// Opens a stream, and waits until the node does what it is asked.
async fn open(hub: &Hub, node: &NodeName, open: Open) -> Result<Port, ApiError> {
    let mut port = hub
        .open(open)
        .map_err(|busy: Busy| ApiError::too_many_requests(&format!("node {node}: {busy}"), 5))?;
    match tokio::time::timeout(OPEN_WITHIN, port.receiver.recv()).await {
        Ok(Some(Incoming::Opened)) => Ok(port),
        Ok(Some(Incoming::End(End::Failed(failure)))) => Err(refusal(&failure)),
        Ok(_) => Err(ApiError::internal(format_args!("node {node} did not do what it was asked"))),
        Err(_) => Err(ApiError::service_unavailable(&format!(
            "node {node} did not answer within {} s, though its link is up: try again",
            OPEN_WITHIN.as_secs()
        ))),
    }
}

fn refusal(failure: &Failure) -> ApiError {
    let message = failure.message.as_str();
    match failure.reason {
        Reason::BadRequest => ApiError::bad_request(message),
        Reason::NotFound => {
            ApiError { code: 404, reason: "NotFound", ..ApiError::bad_request(message) }
        }
        Reason::Internal => ApiError::internal(message),
        Reason::Unavailable | Reason::Lost | Reason::Abandoned => {
            ApiError::service_unavailable(message)
        }
    }
}

/// A connection that is turned into a stream: what comes of it, and its place among those that may be open.
struct Upgraded {
    on: OnUpgrade,
    place: OwnedSemaphorePermit,
}

/// Takes a request's connection, if it may be turned into a stream.
fn take(call: &Call) -> Result<Upgraded, ApiError> {
    let upgrade = call.upgrade.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let Some(on) = upgrade else {
        return Err(ApiError::bad_request("Upgrade request required"));
    };
    let Ok(place) = call.api.sessions.clone().try_acquire_owned() else {
        let message = "Too many streams are open, please try again";
        return Err(ApiError::too_many_requests(message, 5));
    };
    Ok(Upgraded { on, place })
}

/// `101 Switching Protocols`.
fn switching(protocol: &'static str) -> Answer {
    let mut answer = answer::Answer::new(answer::whole(""));
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    answer::set(&mut answer, CONNECTION, HeaderValue::from_static("Upgrade"));
    answer::set(&mut answer, UPGRADE, HeaderValue::from_static(protocol));
    answer
}
