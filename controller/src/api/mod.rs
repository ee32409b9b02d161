//! The Kubernetes API over HTTPS. One table of kinds drives every path; no kind has code of its own here.
//!
//! The law of this room: what a client is told has been committed, or it is told otherwise (`dryRun`).

mod ask;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

pub use ask::{Ask, NoAnswer, Question};

/// What the API is told at start.
#[derive(Clone)]
pub struct ApiConfig {
    /// Where it listens; port 0: any free one.
    pub listen: SocketAddr,
    /// The data directory: keys and certificates go into `pki`, and `admin.kubeconfig` is written.
    pub data_dir: PathBuf,
    /// More names and addresses that clients reach it by, for its certificate.
    pub names: Vec<String>,
    /// The text of `/metrics`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}
