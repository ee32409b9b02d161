//! What the log says. Every event is named here, once.

use std::io::IsTerminal;
use std::time::Duration;

use controller_core::kinds::ObjectKey;
use controller_core::turn::Note;
use model::Revision;
use model::trust::TrustedKeys;
use tracing::{debug, error, info, warn};
use tracing_subscriber::EnvFilter;

use crate::keys::KeysError;
use crate::store::RaiseError;

/// The log's filter is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "log: {filter:?} is no filter: {why}. Write error, warn, info, debug or trace, or e.g. info,driftless_controller::link=debug"
)]
pub struct BadFilter {
    filter: String,
    why: String,
}

/// Sets the log up: for people on a terminal, as JSON otherwise.
///
/// # Errors
/// If the filter is none.
pub fn start(filter: &str) -> Result<(), BadFilter> {
    let filter = EnvFilter::builder()
        .parse(filter)
        .map_err(|e| BadFilter { filter: filter.to_owned(), why: e.to_string() })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if std::io::stderr().is_terminal() {
        builder.with_target(false).try_init()
    } else {
        builder.json().try_init()
    };
    Ok(())
}

/// What the core wants to be known.
pub(crate) fn note(note: &Note) {
    match note {
        Note::NodeJoined(node) => info!(%node, "node joined"),
        Note::NodeSilent(node) => warn!(%node, "node silent"),
        Note::NodeBack(node) => info!(%node, "node back"),
        Note::OrdersRefused(node, why) => warn!(%node, why, "orders refused"),
        Note::Odd(node, what) => warn!(%node, what, "odd message"),
    }
}

pub(crate) fn keys_retired(keys: &TrustedKeys) {
    info!(serial = keys.serial, "the former keys for orders are gone");
}

pub(crate) fn keys_kept(error: &KeysError) {
    error!(%error, "the former keys for orders stay for now");
}

/// What was encrypted with a former key is encrypted with the newest, or not yet: why.
pub(crate) fn encrypted_again(key: u32, failed: Option<String>) {
    match failed {
        None => {
            info!(key, "secrets at rest are encrypted with the newest key; the former one is gone")
        }
        Some(why) => error!(
            key,
            why, "secrets at rest are not all encrypted with the newest key yet; trying again"
        ),
    }
}

/// Keys were changed by somebody else, and cannot be read.
pub(crate) fn keys_unreadable(why: &str) {
    error!(why, "keys were changed and cannot be read; going on with those that were there");
}

pub(crate) fn revision_raised(above: Revision) {
    warn!(%above, "a node holds newer orders than this store has ever made: was it set back to an older copy? Going on above them");
}

pub(crate) fn revision_not_raised(error: &RaiseError) {
    error!(%error, "a node's claim to hold newer orders is not followed");
}

pub(crate) fn write_dropped(key: &ObjectKey, why: &str) {
    debug!(?key, why, "a write met something newer and is decided again");
}

pub(crate) fn unreadable(key: &ObjectKey, error: &serde_json::Error) {
    error!(?key, %error, "the store holds a document that is no JSON: it is left out; restore the data directory from a copy");
}

pub(crate) fn disk_refuses(why: &str, writes: usize, retry: Duration) {
    let retry_ms = u64::try_from(retry.as_millis()).unwrap_or(u64::MAX);
    error!(
        why,
        writes,
        retry_ms,
        "the disk does not take writes: no decision goes on until it does; free space or mend it"
    );
}

/// The process is about to start.
pub fn starting(version: &str, data_dir: &str) {
    info!(version, data_dir, "driftless-controller starts");
}

/// The process stops because it was asked to.
pub fn stopping() {
    info!("driftless-controller stops");
}
