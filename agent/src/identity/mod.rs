//! Who this node is: its key, which never leaves it, and the certificate that a controller gave it.
//!
//! The law of this module: the key is made once and written before anybody is asked to certify it, so that an answer that
//! was lost can be asked for again; a certificate is replaced whole, or not at all.

mod join;
mod place;
mod tls;

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::NodeName;
use rustls::ClientConfig;
use rustls::pki_types::UnixTime;
use serde::{Deserialize, Serialize};
use wire::join::Token;
use wire::sign::{NoEntropy, SigningKey};
use wire::tunnel::{Asking, Claim};

use crate::files;
use crate::link::jittered;

pub(crate) use join::JoinError;
pub(crate) use place::Place;

const DIRECTORY: &str = "identity";
const KEY: &str = "node.key";
const CERTIFICATE: &str = "certificate";
/// A controller that cannot be reached is asked again so much later, growing to the other.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(60);
/// Nodes follow another authority within this time, each at a moment of its own.
const FOLLOW_WITHIN: Duration = Duration::from_secs(20);

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error(
        "{0} is damaged: put it back from a copy, or remove the directory and join the node again with a token"
    )]
    Damaged(PathBuf),
    /// The system gives no random numbers.
    #[error("no key can be made: {0}")]
    Entropy(#[from] NoEntropy),
    /// The controller refuses.
    #[error("{0}")]
    Join(#[from] JoinError),
    /// It has never joined, and has no token.
    #[error(
        "this machine has not joined yet: make a token with `driftless-controller token create` and give it by --token-file (or --token)"
    )]
    NoToken,
}

/// What the controller has certified, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Certified {
    node: String,
    certificate: Vec<u8>,
    authority: Vec<u8>,
    /// When, by the controller's clock, and until when, in milliseconds.
    from: u64,
    until: u64,
}

/// The node's identity. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Identity {
    shared: Arc<Shared>,
}

struct Shared {
    node: NodeName,
    directory: PathBuf,
    key: SigningKey,
    certified: Mutex<Option<Certified>>,
    place: Place,
}

impl Identity {
    /// Opens the identity in a data directory, making its key if there is none.
    ///
    /// # Errors
    /// If it cannot be read, written or made.
    pub(crate) fn open(
        data_dir: &Path,
        node: &NodeName,
        place: Place,
    ) -> Result<Self, IdentityError> {
        let directory = data_dir.join(DIRECTORY);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&directory);
        made.map_err(|source| IdentityError::File { path: directory.clone(), source })?;
        let path = directory.join(KEY);
        let key = match read(&path)? {
            Some(seed) => {
                let seed = seed.try_into().map_err(|_| IdentityError::Damaged(path))?;
                SigningKey::from_seed(seed)
            }
            None => {
                let key = SigningKey::generate()?;
                write(&path, key.seed())?;
                key
            }
        };
        let path = directory.join(CERTIFICATE);
        let certified: Option<Certified> = match read(&path)? {
            Some(bytes) => {
                let read = serde_json::from_slice(&bytes);
                Some(read.map_err(|_| IdentityError::Damaged(path))?)
            }
            None => None,
        };
        // By another name it is another node.
        let certified = certified.filter(|c| c.node == node.as_str());
        let certified = Mutex::new(certified);
        Ok(Self {
            shared: Arc::new(Shared { node: node.clone(), directory, key, certified, place }),
        })
    }

    /// Whether this machine has joined.
    pub(crate) fn is_there(data_dir: &Path) -> bool {
        data_dir.join(DIRECTORY).join(CERTIFICATE).exists()
    }

    /// Joins, if it has not yet; tries until the controller answers.
    ///
    /// # Errors
    /// If there is no token, or the controller refuses it.
    pub(crate) async fn join(&self, token: Option<&Token>) -> Result<(), IdentityError> {
        if self.certified().is_some() {
            return Ok(());
        }
        let token = token.ok_or(IdentityError::NoToken)?;
        let mut wait = RETRY_FIRST;
        loop {
            match self.ask(Some(token)).await {
                Ok(()) => return Ok(()),
                Err(IdentityError::Join(error)) if error.is_passing() => {
                    tracing::warn!(%error, retry_s = wait.as_secs(), "cannot join yet");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(RETRY_MAX);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Has the certificate renewed when two thirds of its life are over, for as long as it runs.
    pub(crate) async fn keep_fresh(self) {
        let mut wait = RETRY_FIRST;
        loop {
            let superseded = &self.shared.place.beyond.superseded;
            tokio::select! {
                () = tokio::time::sleep(self.fresh_for().max(wait)) => {
                    if !self.fresh_for().is_zero() {
                        continue;
                    }
                }
                // All nodes see it at once when the controller starts again: not all are to ask at once.
                () = superseded.notified() => tokio::time::sleep(jittered(FOLLOW_WITHIN)).await,
            }
            match self.ask(None).await {
                Ok(()) => {
                    tracing::info!("the node's certificate was renewed");
                    wait = RETRY_FIRST;
                }
                Err(error) => {
                    tracing::warn!(%error, retry_s = wait.as_secs(), "the node's certificate cannot be renewed yet");
                    wait = (wait * 2).min(RETRY_MAX);
                }
            }
        }
    }

    /// How long until it is to be renewed.
    fn fresh_for(&self) -> Duration {
        let Some(certified) = self.certified() else { return Duration::ZERO };
        let due = certified.from + (certified.until - certified.from) / 3 * 2;
        // A clock that is behind what was signed counts from then on.
        Duration::from_millis(due.saturating_sub(wall_ms().max(certified.from)))
    }

    /// TLS for the next connection: none before it has joined.
    pub(crate) fn tls(&self) -> Option<Arc<ClientConfig>> {
        let certified = self.certified()?;
        match tls::known(&self.shared.key, &certified, &self.shared.place.beyond) {
            Ok(config) => Some(config),
            Err(error) => {
                tracing::error!(%error, "the node's certificate cannot be used");
                None
            }
        }
    }

    /// Whether the last handshake was with the controller itself: what came between could read and change all.
    pub(crate) fn reached_controller(&self) -> bool {
        self.shared.place.beyond.direct.load(Ordering::Relaxed)
    }

    /// Asks for a tunnel through a broker: what waits for the answer, and what to say.
    pub(crate) fn ask_for_tunnel(&self) -> Option<(Asking, Vec<u8>)> {
        Asking::new(&self.shared.node, &self.shared.key).ok()
    }

    /// Whether an answer is this node's controller's.
    pub(crate) fn believes(&self, claim: &Claim<'_>) -> bool {
        let now = UnixTime::since_unix_epoch(Duration::from_millis(wall_ms()));
        self.certified().is_some_and(|certified| tls::is_controllers(&certified, claim, now))
    }

    /// Who we are to a broker.
    pub(crate) fn client_id(&self) -> String {
        wire::join::client_id(&self.shared.node, &self.shared.key)
    }

    /// What a broker wants to know besides.
    pub(crate) fn login(&self) -> Option<(&str, &str)> {
        self.shared.place.login.as_ref().map(|(user, password)| (user.as_str(), &**password))
    }

    async fn ask(&self, token: Option<&Token>) -> Result<(), IdentityError> {
        let shared = &*self.shared;
        let known = self.certified();
        let got =
            join::ask(&shared.place, &shared.node, &shared.key, token, known.as_ref()).await?;
        let path = shared.directory.join(CERTIFICATE);
        write(&path, &serde_json::to_vec(&got).unwrap_or_default())?;
        *shared.certified.lock().unwrap_or_else(PoisonError::into_inner) = Some(got);
        Ok(())
    }

    fn certified(&self) -> Option<Certified> {
        self.shared.certified.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn wall_ms() -> u64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(wall.as_millis()).unwrap_or(u64::MAX)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, IdentityError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(IdentityError::File { path: path.to_owned(), source }),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), IdentityError> {
    files::write(path, bytes, files::PRIVATE)
        .map_err(|source| IdentityError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn open(dir: &Path, node: &str) -> Result<Identity, IdentityError> {
        let address = wire::address::parse("mqtts://localhost:1").expect("an address");
        Identity::open(dir, &NodeName::from(node), Place::at(address, "dl"))
    }

    #[test]
    fn the_key_is_made_once_and_nobody_else_can_read_it() {
        let dir = tempfile::TempDir::new().unwrap();
        let first = open(dir.path(), "n1").unwrap().shared.key.public();
        assert_eq!(open(dir.path(), "n1").unwrap().shared.key.public(), first);
        let path = dir.path().join("identity/node.key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, b"short").unwrap();
        assert!(matches!(open(dir.path(), "n1"), Err(IdentityError::Damaged(_))));
    }

    #[test]
    fn a_certificate_is_for_one_name_and_renewed_in_time() {
        let dir = tempfile::TempDir::new().unwrap();
        open(dir.path(), "n1").unwrap();
        let now = wall_ms();
        let kept = |from: u64, until: u64| {
            let certified = Certified {
                node: "n1".into(),
                certificate: Vec::new(),
                authority: Vec::new(),
                from,
                until,
            };
            write(
                &dir.path().join("identity/certificate"),
                &serde_json::to_vec(&certified).unwrap(),
            )
            .unwrap();
        };
        kept(now, now + 3_000_000);
        assert!(open(dir.path(), "n2").unwrap().certified().is_none());
        let fresh = open(dir.path(), "n1").unwrap().fresh_for().as_millis();
        assert!((1_900_000..=2_000_000).contains(&fresh), "{fresh}");
        kept(now - 3_000_000, now);
        assert!(open(dir.path(), "n1").unwrap().fresh_for().is_zero());
        // By a clock that is behind, it is as fresh as when it was made.
        kept(now + 1_000_000_000, now + 1_003_000_000);
        assert_eq!(open(dir.path(), "n1").unwrap().fresh_for().as_millis(), 2_000_000);
    }
}
