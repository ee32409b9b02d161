//! Authorities that follow one another. The new one is certified by the former, so that whoever knows only that still knows
//! what the new one certifies; the former's key is gone from then on.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use sha2::{Digest, Sha256};

use super::{CA, Identity, PREVIOUS, PkiError, files};

/// The authority before: its certificate, and the one that it gave to the one that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// Its own certificate.
    pub own: CertificateDer<'static>,
    /// For the authority that follows, by it.
    pub cross: CertificateDer<'static>,
}

impl Previous {
    pub(super) fn read(directory: &Path) -> Result<Option<Self>, PkiError> {
        let path = directory.join(PREVIOUS);
        let broken = |why: String| PkiError::Authorities { path: path.clone(), why };
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(PkiError::File { path, source }),
        };
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        match <[_; 2]>::try_from(all.map_err(|e| broken(e.to_string()))?) {
            Ok([own, cross]) => Ok(Some(Self { own, cross })),
            Err(_) => Err(broken("there are not two certificates in it".to_owned())),
        }
    }
}

/// A short name of an authority, by its certificate.
#[must_use]
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    Sha256::digest(certificate).iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Uses an authority that was made elsewhere: a file with its key and its certificate, in PEM.
///
/// # Errors
/// If there is one already, or the file does not hold one.
pub fn import(directory: &Path, from: &Path) -> Result<String, PkiError> {
    files::make_private_directory(directory)?;
    let path = directory.join(CA);
    if path.exists() {
        return Err(PkiError::Rotation(
            "there is an authority already; to have this one follow it: ca rotate --to FILE",
        ));
    }
    let given = given(from)?;
    let certificate = given.certificate_der();
    given.write(&path)?;
    Ok(fingerprint(&certificate))
}

/// Replaces the authority: by a new one, or one that was made elsewhere.
///
/// # Errors
/// If the former one's successor is still on its way, or a file cannot be read or written.
pub fn rotate(directory: &Path, to: Option<&Path>, now: SystemTime) -> Result<String, PkiError> {
    let path = directory.join(CA);
    let old = Identity::read(&path)?
        .ok_or(PkiError::Rotation("there is no authority yet: the first start makes one"))?;
    let waiting = Previous::read(directory)?;
    // A crash between the two files leaves the former in both.
    if waiting.is_some_and(|waiting| waiting.own != old.certificate_der()) {
        return Err(PkiError::Rotation(
            "the authority before this one is still known by some: see to it with `ca show`, and end it with `ca retire`",
        ));
    }
    let new = match to {
        Some(file) => given(file)?,
        None => Identity::authority(now)?,
    };
    let cross = old.certify_authority(&new)?;
    files::write_private(
        &directory.join(PREVIOUS),
        format!("{}{cross}", old.certificate_pem).as_bytes(),
    )?;
    let name = fingerprint(&new.certificate_der());
    new.write(&path)?;
    Ok(name)
}

/// Believes the authority before no more.
///
/// # Errors
/// If there is none, or the file cannot be removed.
pub fn retire(directory: &Path) -> Result<(), PkiError> {
    let path = directory.join(PREVIOUS);
    match fs::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(PkiError::Rotation("there is no former authority"))
        }
        Err(source) => Err(PkiError::File { path, source }),
    }
}

fn given(path: &Path) -> Result<Identity, PkiError> {
    let missing =
        || PkiError::File { path: path.to_owned(), source: std::io::ErrorKind::NotFound.into() };
    let given = Identity::read(path)?.ok_or_else(missing)?;
    if given.is_authority() {
        Ok(given)
    } else {
        let why = "its certificate is no authority's (basicConstraints CA:TRUE)".to_owned();
        Err(PkiError::Broken { path: path.to_owned(), why })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::crypto::ring::default_provider;
    use rustls_pki_types::{ServerName, UnixTime};

    use super::*;
    use crate::pki::{Live, Pki};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// Whether whoever knows this authority alone believes the controller.
    fn believes(root: &CertificateDer<'static>, pki: &Pki) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(root.clone()).expect("an authority");
        let provider = Arc::new(default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let name = ServerName::try_from(wire::join::CONTROLLER).expect("a name");
        let own = pki.link.certificate_der();
        let verifier = verifier.expect("a verifier");
        verifier.verify_server_cert(&own, &pki.chain(), &name, &[], UnixTime::now()).is_ok()
    }

    fn check_succession(directory: &Path, to: Option<&Path>) {
        let live = Live::open(directory, HERE, &[]).expect("it opens");
        let old = live.pki().ca.certificate_der();
        let name = rotate(directory, to, SystemTime::now()).expect("it is replaced");
        assert!(
            live.refresh().expect("it is taken up") && !live.refresh().expect("it is the same")
        );
        let pki = live.pki();
        let new = pki.ca.certificate_der();
        assert_eq!(fingerprint(&new), name);
        assert!(believes(&new, &pki), "who knows the new one");
        assert!(believes(&old, &pki), "and who knows the former one only");
        let again = rotate(directory, None, SystemTime::now());
        assert!(matches!(again, Err(PkiError::Rotation(_))), "two at once");
        retire(directory).expect("it goes");
        live.refresh().expect("it is taken up");
        assert!(believes(&new, &live.pki()) && !believes(&old, &live.pki()));
        assert!(retire(directory).is_err());
    }

    #[test]
    fn an_authority_follows_another_and_both_are_known_until_one_is_retired() {
        let dir = tempfile::tempdir().expect("a directory");
        check_succession(dir.path(), None);
    }

    #[test]
    fn an_authority_from_elsewhere_is_used_and_may_follow() {
        let dir = tempfile::tempdir().expect("a directory");
        let (here, file) = (dir.path().join("pki"), dir.path().join("given.pem"));
        let openssl = |subject: &str, extensions: &str| {
            let (key, own) = (dir.path().join("key"), dir.path().join("own"));
            let mut openssl = std::process::Command::new("openssl");
            openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
            openssl.args(["-subj", subject, "-addext", extensions]);
            openssl.arg("-keyout").arg(&key).arg("-out").arg(&own);
            assert!(openssl.output().expect("openssl is installed").status.success());
            let text = |path| fs::read_to_string(path).expect("it was written");
            fs::write(&file, text(&key) + &text(&own)).expect("written");
        };
        openssl("/CN=nobody", "basicConstraints=critical,CA:FALSE");
        assert!(matches!(import(&here, &file), Err(PkiError::Broken { .. })), "none");
        openssl("/C=DE/O=A Firm/CN=its devices", "keyUsage=keyCertSign");
        import(&here, &file).expect("it is used");
        assert!(import(&here, &file).is_err(), "there is one");
        check_succession(&here, None);
        openssl("/C=DE/O=A Firm/CN=its other devices", "keyUsage=keyCertSign");
        check_succession(&here, Some(&file));
    }

    #[test]
    fn a_crash_between_the_files_has_replaced_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let before = Live::open(dir.path(), HERE, &[]).expect("it opens").pki();
        let kept = fs::read(dir.path().join(CA)).expect("it is there");
        rotate(dir.path(), None, SystemTime::now()).expect("it is replaced");
        fs::write(dir.path().join(CA), kept).expect("as before");
        let after = Live::open(dir.path(), HERE, &[]).expect("it opens").pki();
        assert_eq!(after.chain(), before.chain());
        rotate(dir.path(), None, SystemTime::now()).expect("and can be now");
    }
}
