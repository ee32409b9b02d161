//! The controller's own keys: the one that signs orders, and the one that secrets are encrypted with where they lie.
//!
//! The law of this room: a private key lies in one file that only its owner can read, and is never told or printed.

mod at_rest;
pub mod command;
mod file;
mod orders;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use at_rest::AtRest;
pub use orders::{OrdersKeys, Rotation};
use wire::sign::NoEntropy;

use crate::store::Store;
use crate::telemetry;

/// How often it is looked whether the command line has changed keys.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read or written.
    #[error("the key file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What came of it.
        source: std::io::Error,
    },
    /// Others can read it.
    #[error(
        "the key file {0} can be read by others: take their rights away (chmod 600), and rotate the keys in it"
    )]
    Open(PathBuf),
    /// It holds no keys.
    #[error("the key file {0} holds no keys that can be read: put it back from a copy")]
    Damaged(PathBuf),
    /// It is encrypted with another key.
    #[error(
        "the key file {0} is encrypted with a key that is not in the at-rest key file: put both back from copies of one time"
    )]
    Locked(PathBuf),
    /// There are as many keys as there may be.
    #[error(
        "former keys for orders are still waiting for nodes to follow: try again once they are gone (`keys list`), or rotate with --now"
    )]
    TooMany,
    /// The system gives no random numbers.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// Follows what the command line does to the keys, and lets an at-rest key go once nothing needs it: for as long as it is
/// polled.
pub async fn tend(orders: Arc<OrdersKeys>, at_rest: Arc<AtRest>, store: Store) {
    let mut failing = None;
    loop {
        // First this: the other file may be encrypted with a newer key already.
        let followed = at_rest.refresh().and_then(|()| orders.refresh());
        let failed = followed.err().map(|error| error.to_string());
        if let Some(why) = failed.as_ref().filter(|_| failed != failing) {
            telemetry::keys_unreadable(why);
        }
        failing = failed;
        if failing.is_none() && at_rest.ids().len() > 1 {
            let newest = at_rest.current();
            let done = match store.encrypt_again().await {
                Ok(()) => orders
                    .seal_again()
                    .and_then(|()| at_rest.drop_before(newest))
                    .map_err(|e| e.to_string()),
                Err(error) => Err(error.to_string()),
            };
            telemetry::encrypted_again(newest, done.err());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
