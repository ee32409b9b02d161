//! The Kubernetes API over HTTPS. One table of kinds drives every path; no kind has code of its own here.
//!
//! The law of this room: what a client is told has been committed, or it is told otherwise (`dryRun`).

mod accept;
mod access;
mod answer;
mod ask;
mod audit;
mod body;
mod call;
mod count;
mod discovery;
mod first;
mod handle;
mod observed;
mod openapi;
mod present;
mod query;
mod read;
mod review;
mod room;
mod route;
mod server;
mod stream;
mod watch;
mod write;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use model::NodeName;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use wire::stream::Hub;

pub use ask::{Ask, NoAnswer, Question};
pub use audit::AuditConfig;
pub use controller_core::admit::service::Range as ServiceRange;
pub use room::Limits;
pub(crate) use write::uid as new_uid;

use crate::pki::{AccountKey, Live, PkiError};
use crate::store::Store;

/// So many requests are answered at a time; more are told to come again.
const REQUESTS_MAX: usize = 512;

/// So many connections may be turned into streams: shells, forwarded ports.
const SESSIONS_MAX: usize = 512;

/// What the API is told at start.
#[derive(Clone)]
pub struct ApiConfig {
    /// Where it listens; port 0: any free one.
    pub listen: SocketAddr,
    /// The data directory: keys and certificates go into `pki`, and `admin.kubeconfig` is written.
    pub data_dir: PathBuf,
    /// Its keys and certificates.
    pub pki: Arc<Live>,
    /// The addresses that services are given.
    pub services: ServiceRange,
    /// The text of `/metrics`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// How much one client may take.
    pub limits: Limits,
    /// How the audit log is kept.
    pub audit: AuditConfig,
    /// The streams to a node.
    pub streams: Arc<dyn Fn(&NodeName) -> Hub + Send + Sync>,
}

/// Why the API cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiServeError {
    /// Its keys cannot be read or made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The audit log cannot be written.
    #[error("cannot write the audit log in {}: {source}. See to it, or set audit.files to 0 to do without", directory.display())]
    Audit {
        /// Where.
        directory: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address} for the API: {source}{}", hint(.source))]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// What is to be there from the first cannot be made: namespaces, a storage class.
    #[error("cannot make {name}: {why}")]
    First {
        /// Which.
        name: String,
        /// Why.
        why: String,
    },
}

/// What may help where an address is not to be had.
fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => {
            ". Is a controller running already? Choose another address with --api-listen"
        }
        ErrorKind::AddrNotAvailable => {
            ". This machine has no such address; choose another with --api-listen"
        }
        ErrorKind::PermissionDenied => {
            ". Ports below 1024 are for privileged processes; choose another with --api-listen"
        }
        _ => ". Choose another address with --api-listen",
    }
}

/// What all requests share.
struct Api {
    config: ApiConfig,
    address: SocketAddr,
    store: Store,
    ask: Ask,
    /// Places for requests that are being answered.
    requests: Arc<Semaphore>,
    /// Places for connections that were turned into streams.
    sessions: Arc<Semaphore>,
    counts: count::Counts,
    audit: audit::Audit,
    room: room::Room,
    openapi: openapi::Kept,
    services: write::Assigner,
    access: access::Kept,
    /// Signs the tokens of service accounts.
    account_key: AccountKey,
    stopping: CancellationToken,
}

/// The API, listening.
pub struct Server {
    listener: TcpListener,
    api: Arc<Api>,
}

impl Server {
    /// Makes or opens the keys, listens, writes `admin.kubeconfig`, and makes the first namespaces.
    ///
    /// # Errors
    /// If a key, the address or the store is not to be had.
    pub async fn open(config: ApiConfig, store: Store, ask: Ask) -> Result<Self, ApiServeError> {
        let directory = config.data_dir.join("pki");
        let account_key = AccountKey::open(&directory.join("accounts.key"))?;
        let refused = |source| ApiServeError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        config.pki.write_kubeconfig(&config.data_dir.join("admin.kubeconfig"), address)?;
        let requests = Arc::new(Semaphore::new(REQUESTS_MAX));
        let sessions = Arc::new(Semaphore::new(SESSIONS_MAX));
        let stopping = CancellationToken::new();
        let counts = count::Counts::default();
        let openapi = openapi::Kept::default();
        let directory = &config.data_dir;
        let audit = audit::Audit::open(directory, config.audit)
            .map_err(|source| ApiServeError::Audit { directory: directory.clone(), source })?;
        let room = room::Room::new(&config.limits);
        let services = write::Assigner::new(config.services);
        let api = Arc::new(Api {
            config,
            address,
            store,
            ask,
            requests,
            sessions,
            counts,
            audit,
            room,
            openapi,
            services,
            access: access::Kept::default(),
            account_key,
            stopping,
        });
        first::make(&api).await?;
        Ok(Self { listener, api })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.api.address
    }

    /// Serves until `shutdown`, then lets requests end for a few seconds.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let stopping = self.api.stopping.clone();
        let api = Arc::clone(&self.api);
        let serving = server::run(self.listener, self.api);
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            () = &mut serving => {}
            () = shutdown => {
                stopping.cancel();
                serving.await;
            }
        }
        api.audit.written().await;
    }
}

/// Serves the API until `shutdown`.
///
/// # Errors
/// If a key, the address or the store is not to be had.
pub async fn serve(
    config: ApiConfig,
    store: Store,
    ask: Ask,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ApiServeError> {
    Server::open(config, store, ask).await?.run(shutdown).await;
    Ok(())
}
