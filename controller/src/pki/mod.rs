//! The controller's own certificate authority, made at first start, and what it certifies: the API server and the
//! administrator.
//!
//! The law of this room: a key is never made twice. What is there is used; what is there and cannot be read stops the
//! start, for a new authority would lock everybody out.

mod accounts;
pub mod authority;
mod broker;
mod files;
mod identity;
mod kubeconfig;
mod live;
mod tls;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use model::NodeName;
use model::trust::PublicKey;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

pub use accounts::AccountKey;

pub use authority::{Previous, fingerprint};
pub use broker::write_broker_files;
pub use identity::{Identity, Subject, User, node_of, user_of};
pub use live::{Live, LiveError, tend};
pub use tls::{TlsError, broker_client, link_config, roots, server_config};

/// The group of nodes, as in Kubernetes.
pub const NODES: &str = "system:nodes";
/// Members may do everything, as in Kubernetes.
pub const MASTERS: &str = "system:masters";

/// The file with the authority.
const CA: &str = "ca.pem";
/// The file with the certificates of the authority before, while some know only that.
const PREVIOUS: &str = "ca-previous.pem";
/// Who the controller is to a broker of one's own: no node can have this name.
pub const BROKER_USER: &str = "_controller";
/// The group of that name; it may do nothing at the API.
const BROKER_GROUP: &str = "driftless:brokers";

/// Writes a file that only its owner can read: the old one or the new one is there, whatever happens.
///
/// # Errors
/// If it cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    files::write_private(path, bytes)
}

/// The authority and what it has certified.
pub struct Pki {
    /// The authority.
    pub ca: Identity,
    /// The authority before, while some know only that.
    pub previous: Option<Previous>,
    /// The API server.
    pub api: Identity,
    /// The administrator.
    pub admin: Identity,
    /// What nodes connect to.
    pub link: Identity,
    /// The controller, towards a broker of one's own.
    pub client: Identity,
}

/// Why there are no keys to start with.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is there and is not what it should be.
    #[error("{} does not hold a key and its certificate: {why}. Put it back from a copy; or, to start anew, remove it, after which all that it certified must be given out again", path.display())]
    Broken {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A file with certificates of authorities holds none.
    #[error("{}: {why}; want the certificates of the broker's authorities, in PEM", path.display())]
    Authorities {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The authority cannot be replaced as things are.
    #[error("{0}")]
    Rotation(&'static str),
    /// A key or certificate cannot be made.
    #[error("cannot make a certificate for {what}: {source}")]
    Make {
        /// For whom.
        what: String,
        /// Why.
        source: rcgen::Error,
    },
}

impl Pki {
    /// Opens the keys in `directory`, making what is missing, renewing what is about to expire or does not name what
    /// it must. `listen` and `names` are what clients reach the API by.
    ///
    /// # Errors
    /// If a file cannot be read or written, or holds something else.
    pub fn open(
        directory: &Path,
        listen: IpAddr,
        names: &[String],
        now: SystemTime,
    ) -> Result<Self, PkiError> {
        files::make_private_directory(directory)?;
        let path = directory.join(CA);
        let ca = match Identity::read(&path)? {
            Some(ca) => ca,
            None => Identity::authority(now).and_then(|ca| ca.write(&path))?,
        };
        // A crash while it was replaced: it has not been.
        let previous = Previous::read(directory)?.filter(|p| p.own != ca.certificate_der());
        let api = Subject::Server(server_names(listen, names));
        let admin = Subject::User("admin", MASTERS);
        let link = Subject::Server(vec![wire::join::CONTROLLER.to_owned()]);
        let client = Subject::User(BROKER_USER, BROKER_GROUP);
        Ok(Self {
            api: certified(&directory.join("api.pem"), &ca, &api, now)?,
            admin: certified(&directory.join("admin.pem"), &ca, &admin, now)?,
            link: certified(&directory.join("mqtt.pem"), &ca, &link, now)?,
            client: certified(&directory.join("mqtt-client.pem"), &ca, &client, now)?,
            ca,
            previous,
        })
    }

    /// The authority's certificate, and what there is of the one before; none if there is none yet.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read_authority(
        directory: &Path,
    ) -> Result<Option<(CertificateDer<'static>, Option<Previous>)>, PkiError> {
        let Some(ca) = Identity::read(&directory.join(CA))? else { return Ok(None) };
        let own = ca.certificate_der();
        let previous = Previous::read(directory)?.filter(|p| p.own != own);
        Ok(Some((own, previous)))
    }

    /// Certifies a node's own key.
    ///
    /// # Errors
    /// If no certificate can be made.
    pub fn certify_node(
        &self,
        node: &NodeName,
        key: &PublicKey,
        now: SystemTime,
        life: Duration,
    ) -> Result<CertificateDer<'static>, PkiError> {
        self.ca.certify_node(node.as_str(), key, now, life)
    }

    /// Everything that others see of it.
    fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let own = [&self.api, &self.admin, &self.link, &self.client];
        own.iter().map(|i| i.certificate_der()).chain(self.chain()).collect()
    }

    /// What goes along with every certificate: the authority, so that who joins can compare it with what its token says;
    /// and, while another is known to some, what leads from that one to it, and that one itself.
    #[must_use]
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        let before = self.previous.iter().flat_map(|p| [p.cross.clone(), p.own.clone()]);
        std::iter::once(self.ca.certificate_der()).chain(before).collect()
    }

    /// The authorities whose certificates are good.
    fn roots(&self) -> Result<RootCertStore, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.certificate_der())?;
        if let Some(previous) = &self.previous {
            roots.add(previous.own.clone())?;
        }
        Ok(roots)
    }

    /// The certificates that the controller shows to nodes, its own first (DER).
    #[must_use]
    pub fn link_chain(&self) -> Vec<Vec<u8>> {
        let own = std::iter::once(self.link.certificate_der());
        own.chain(self.chain()).map(|c| c.to_vec()).collect()
    }

    /// Signs as the controller that nodes know: ECDSA on P-256 with SHA-256, in ASN.1. None if the system gives no random
    /// numbers.
    #[must_use]
    pub fn sign_as_link(&self, message: &[u8]) -> Option<Vec<u8>> {
        let key = rcgen::KeyPair::from_pem(&self.link.key_pem).ok()?;
        rcgen::SigningKey::sign(&key, message).ok()
    }

    /// Writes the administrator's kubeconfig, if it is not there as it should be.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_kubeconfig(&self, path: &Path, server: SocketAddr) -> Result<(), PkiError> {
        let text = kubeconfig::text(self, server);
        match std::fs::read_to_string(path) {
            Ok(old) if old == text => Ok(()),
            _ => files::write_private(path, text.as_bytes()),
        }
    }
}

/// The identity at a path; a new one if it is missing, was certified by another authority, is in the last third of
/// its life, or names something else.
fn certified(
    path: &Path,
    ca: &Identity,
    subject: &Subject,
    now: SystemTime,
) -> Result<Identity, PkiError> {
    match Identity::read(path)? {
        Some(have) if have.serves(ca, subject, now) => Ok(have),
        _ => Identity::certified_by(ca, subject, now)?.write(path),
    }
}

/// What the API's certificate names: this machine, where it listens, and what the configuration adds.
fn server_names(listen: IpAddr, more: &[String]) -> Vec<String> {
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut names: Vec<String> = own.into();
    if !listen.is_unspecified() {
        names.push(listen.to_string());
    }
    names.extend(std::fs::read_to_string("/proc/sys/kernel/hostname").map(|n| n.trim().to_owned()));
    names.extend(more.iter().cloned());
    names.retain(|n| !n.is_empty());
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn open(directory: &Path, names: &[String], now: SystemTime) -> Pki {
        Pki::open(directory, HERE, names, now).expect("it opens")
    }

    #[test]
    fn keys_are_made_once_and_kept_private() {
        let temp = tempfile::tempdir().expect("a directory");
        let (directory, now) = (temp.path().join("pki"), SystemTime::now());
        let first = open(&directory, &[], now);
        let again = open(&directory, &[], now);
        assert_eq!(first.ca.certificate_pem, again.ca.certificate_pem);
        assert_eq!(first.api.certificate_pem, again.api.certificate_pem);
        assert_eq!(first.admin.key_pem, again.admin.key_pem);
        let mode = |p: &Path| std::fs::metadata(p).expect("is there").permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        for file in ["ca.pem", "api.pem", "admin.pem"] {
            assert_eq!(mode(&directory.join(file)), 0o600, "{file}");
        }
        let user = user_of(&first.admin.certificate_der()).expect("a user");
        assert_eq!((user.name.as_str(), user.groups), ("admin", vec![MASTERS.to_owned()]));

        let path = temp.path().join("admin.kubeconfig");
        first.write_kubeconfig(&path, SocketAddr::from(([0, 0, 0, 0], 6443))).expect("written");
        assert_eq!(mode(&path), 0o600);
        let text = std::fs::read_to_string(&path).expect("read");
        assert!(text.contains("server: https://127.0.0.1:6443"), "{text}");
        server_config(&first).expect("TLS can be set up");
    }

    #[test]
    fn certificates_are_renewed_and_the_authority_is_not() {
        let temp = tempfile::tempdir().expect("a directory");
        let now = SystemTime::now();
        let first = open(temp.path(), &[], now);
        let check = |names: &[String], at: SystemTime, want_new: bool| {
            let later = open(temp.path(), names, at);
            assert_eq!(first.ca.certificate_pem, later.ca.certificate_pem);
            assert_eq!(first.api.certificate_pem != later.api.certificate_pem, want_new);
        };
        check(&[], now + Duration::from_secs(86_400), false);
        check(&["edge.example".to_owned()], now, true);
        check(&[], now + Duration::from_secs(700 * 86_400), true);
    }

    #[test]
    fn a_damaged_authority_stops_the_start() {
        let temp = tempfile::tempdir().expect("a directory");
        open(temp.path(), &[], SystemTime::now());
        let path = temp.path().join("ca.pem");
        for damage in ["", "not a key"] {
            std::fs::write(&path, damage).expect("written");
            let error = Pki::open(temp.path(), HERE, &[], SystemTime::now()).err();
            assert!(matches!(error, Some(PkiError::Broken { .. })), "{error:?}");
        }
    }
}
