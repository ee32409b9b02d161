//! The keys and certificates in use. Files that have changed, and certificates that have become old, are taken up while the
//! controller runs.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use tokio::time::{Instant, sleep};

use super::{Pki, PkiError, TlsError, link_config, server_config};

/// How often it is looked whether the command line has changed the authority.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often certificates are looked at for their age.
const AGE_EVERY: Duration = Duration::from_secs(3600);

/// What is in use.
pub struct Live {
    directory: PathBuf,
    listen: IpAddr,
    names: Vec<String>,
    now: RwLock<Arc<Set>>,
    kubeconfig: Mutex<Option<(PathBuf, SocketAddr)>>,
}

struct Set {
    pki: Arc<Pki>,
    api: Arc<ServerConfig>,
    link: Arc<ServerConfig>,
}

/// Why nothing can be used.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// A key or certificate is not to be had.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Set {
    fn of(pki: Pki) -> Result<Self, LiveError> {
        let (api, link) = (server_config(&pki)?, link_config(&pki)?);
        Ok(Self { pki: Arc::new(pki), api, link })
    }
}

impl Live {
    /// Opens what is in `directory`: see [`Pki::open`].
    ///
    /// # Errors
    /// If a file cannot be read or written, or holds something else.
    pub fn open(directory: &Path, listen: IpAddr, names: &[String]) -> Result<Self, LiveError> {
        let set = Set::of(Pki::open(directory, listen, names, SystemTime::now())?)?;
        Ok(Self {
            directory: directory.to_owned(),
            listen,
            names: names.to_vec(),
            now: RwLock::new(Arc::new(set)),
            kubeconfig: Mutex::new(None),
        })
    }

    fn set(&self) -> Arc<Set> {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys and certificates of this moment.
    #[must_use]
    pub fn pki(&self) -> Arc<Pki> {
        self.set().pki.clone()
    }

    /// The API's side of TLS, for the next connection.
    #[must_use]
    pub fn api(&self) -> Arc<ServerConfig> {
        self.set().api.clone()
    }

    /// The broker's side of TLS, for the next connection.
    #[must_use]
    pub fn link(&self) -> Arc<ServerConfig> {
        self.set().link.clone()
    }

    /// Writes the administrator's kubeconfig, now and whenever what is in it changes.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_kubeconfig(&self, path: &Path, server: SocketAddr) -> Result<(), PkiError> {
        let mut kubeconfig = self.kubeconfig.lock().unwrap_or_else(PoisonError::into_inner);
        *kubeconfig = Some((path.to_owned(), server));
        self.pki().write_kubeconfig(path, server)
    }

    /// Reads what is there, and renews what is old. Whether anything is another than before.
    ///
    /// # Errors
    /// If it cannot be used: what was there before stays in use.
    pub fn refresh(&self) -> Result<bool, LiveError> {
        let next = Pki::open(&self.directory, self.listen, &self.names, SystemTime::now())?;
        if next.certificates() == self.pki().certificates() {
            return Ok(false);
        }
        let next = Arc::new(Set::of(next)?);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        let kubeconfig = self.kubeconfig.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, server)) = &*kubeconfig {
            self.pki().write_kubeconfig(path, *server)?;
        }
        Ok(true)
    }

    /// What tells one state of the authority's files from another.
    fn stamp(&self) -> Vec<Option<(SystemTime, u64)>> {
        let stamp = |name: &&str| {
            let meta = fs::metadata(self.directory.join(name)).ok()?;
            Some((meta.modified().ok()?, meta.len()))
        };
        [super::CA, super::PREVIOUS].iter().map(stamp).collect()
    }
}

/// Takes up what changes, for as long as it is polled.
pub async fn tend(live: Arc<Live>) {
    let (mut stamp, mut aged) = (live.stamp(), Instant::now());
    loop {
        sleep(LOOK_EVERY).await;
        let seen = live.stamp();
        if seen == stamp && aged.elapsed() < AGE_EVERY {
            continue;
        }
        (stamp, aged) = (seen, Instant::now());
        match live.refresh() {
            Ok(true) => tracing::info!("the controller's certificates are others from now on"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "certificates were changed and cannot be used; going on with those that were there");
            }
        }
    }
}
