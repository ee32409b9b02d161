//! What the log says. Every event of the core is named here, once.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use agent_core::turn::Note;
use tracing::{debug, error, info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Config;
use crate::store::StoreError;

/// Sets the log up: for people on a terminal, as JSON otherwise.
///
/// # Errors
/// If the filter is none.
pub(crate) fn start(filter: &str) -> Result<(), tracing_subscriber::filter::ParseError> {
    // By module and level only: what can match fields as well brings regular expressions, and their memory, along.
    let filter: Targets = filter.parse()?;
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let all = tracing_subscriber::registry().with(filter);
    if std::io::stderr().is_terminal() {
        all.with(layer.with_target(false)).init();
    } else {
        all.with(layer.json()).init();
    }
    Ok(())
}

/// What the core wants to be known.
pub(crate) fn note(note: &Note, began: Instant) {
    match note {
        Note::FirstReconcile { pods, containers } => {
            let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            info!(pods, containers, ms, "first reconcile");
        }
        Note::OrdersTaken(generation) => info!(generation, "orders taken"),
        Note::OrdersRefused(generation, why) => warn!(generation, why, "orders refused"),
        Note::OrdersUntrusted(generation, why, count) => {
            let why = why.as_str();
            warn!(generation, why, count, "orders refused; the node runs by what it holds");
        }
        Note::KeysTaken(serial) => info!(serial, "keys for orders taken"),
        Note::Pod { pod, reason, message, warning: true } => warn!(pod, reason, message, "pod"),
        Note::Pod { pod, reason, message, warning: false } => info!(pod, reason, message, "pod"),
        Note::BadRecord(name) => warn!(name, "record in the store cannot be read; passed over"),
    }
}

/// The agent begins.
pub(crate) fn starting(config: &Config) {
    let version = env!("CARGO_PKG_VERSION");
    let controller = config.controller.as_ref().map_or_else(
        || "none: runs stored orders".to_owned(),
        |at| format!("{}:{}{}", at.host, at.port, if at.secure { "" } else { " without TLS" }),
    );
    info!(version, node = %config.node, data_dir = %config.data_dir.display(),
        docker_host = config.docker_host, controller, "driftless-agent starts");
}

/// The disk does not take what shall be kept.
pub(crate) fn not_kept(error: &StoreError) {
    error!(%error, "orders and attempts cannot be kept: running from memory, trying again; free space on the disk");
}

/// The disk takes it again.
pub(crate) fn kept_again() {
    info!("everything is kept again");
}

/// The node has left its fleet.
pub(crate) fn left() {
    info!("this node was decommissioned: it has forgotten who it was");
}

/// The socket for technicians cannot be opened.
pub(crate) fn no_door(error: &std::io::Error) {
    warn!(%error, "no socket for driftless-agent status and its like; the node runs without");
}

/// The agent ends.
pub(crate) fn stopping() {
    info!("stopping; containers run on");
}

/// The executable cannot be a pause image.
pub(crate) fn needs_libraries() {
    warn!(
        "this executable needs shared libraries, so no pause image can be made of it and no pod can start; build it with tools/build-static"
    );
}

/// A message that is none of ours.
pub(crate) fn malformed(error: &wire::WireError) {
    warn!(%error, "a message that cannot be read; dropped");
}

/// There is no connection to the controller, or still none.
pub(crate) fn link_down(why: &str, retry: Duration, was_up: bool) {
    let retry_ms = u64::try_from(retry.as_millis()).unwrap_or(u64::MAX);
    if was_up {
        warn!(why, retry_ms, "no connection to the controller; the node runs by what it holds");
    } else {
        debug!(why, retry_ms, "still no connection to the controller");
    }
}

/// The broker is there, and nobody answers through it.
pub(crate) fn no_tunnel() {
    warn!(
        "the broker is reached, and the controller does not answer through it; asking on. Does it run, with [mqtt] broker set to this broker? Its own broker is \
         reached by mqtts:// at the controller's address"
    );
}

/// The link's task is gone.
pub(crate) fn link_ended() {
    error!("the link has ended; going on without a controller");
}
