//! TLS to the controller, or to a broker between: by the authority that the node knows, or that its token names. A broker
//! may have another authority, which is then good for nothing else.
//!
//! No clock is trusted here: it may stand at 1970, or run ahead. A certificate of the controller that seems to lie in the
//! future says what time it is; one that seems to have expired is good if it was when the node's own was made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use wire::join::{BROKER, CONTROLLER, pkcs8, public_key_info};
use wire::sign::SigningKey;
use wire::tunnel::Claim;

use super::Certified;

/// What else there is to know about the place that is connected to.
#[derive(Clone, Debug, Default)]
pub(super) struct Beyond {
    /// The authorities of a broker that is none of the controller's; none: the node's own authority.
    pub(super) roots: Option<Arc<RootCertStore>>,
    /// Set by each handshake: whether it is the controller itself that was reached.
    pub(super) direct: Arc<AtomicBool>,
    /// Told when the controller shows that another authority certifies now than the one that is known.
    pub(super) superseded: Arc<Notify>,
}

impl Beyond {
    /// For a handshake beside: it says nothing of the connection that there is.
    fn beside(&self) -> Self {
        Self { roots: self.roots.clone(), ..Self::default() }
    }
}

/// As a node that has joined.
///
/// # Errors
/// If a certificate cannot be used.
pub(super) fn known(
    key: &SigningKey,
    certified: &Certified,
    beyond: &Beyond,
) -> Result<Arc<ClientConfig>, Error> {
    let config = begin(Server::known(certified, beyond)?)?;
    let chain = vec![CertificateDer::from(certified.certificate.clone())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pkcs8(key)));
    Ok(Arc::new(config.with_client_auth_cert(chain, key)?))
}

/// As a machine that asks to be certified, of a controller that is known already.
///
/// # Errors
/// If the authority's certificate cannot be used.
pub(super) fn asking(certified: &Certified, beyond: &Beyond) -> Result<Arc<ClientConfig>, Error> {
    Ok(Arc::new(begin(Server::known(certified, &beyond.beside())?)?.with_no_client_auth()))
}

/// As a machine that joins: the authority is the one whose certificate has this SHA-256.
///
/// # Errors
/// If TLS cannot be set up.
pub(super) fn joining(authority: [u8; 32], beyond: &Beyond) -> Result<Arc<ClientConfig>, Error> {
    let since = UnixTime::since_unix_epoch(Duration::ZERO);
    let server = Server { by: By::Hash(authority), since, beyond: beyond.beside(), known: None };
    Ok(Arc::new(begin(server)?.with_no_client_auth()))
}

/// Whether what came as an answer certifies this key, by the authority that was expected: the one with this SHA-256, or
/// one that it has certified to follow it.
pub(super) fn certifies(
    key: &SigningKey,
    certificate: &[u8],
    chain: &[&[u8]],
    expected: [u8; 32],
    at_ms: u64,
) -> bool {
    let Some(root) = chain.iter().find(|c| Sha256::digest(c).as_slice() == expected) else {
        return false;
    };
    let root = CertificateDer::from(*root);
    let between: Vec<_> = chain.iter().map(|c| CertificateDer::from(*c)).collect();
    let certificate = CertificateDer::from(certificate);
    let (Ok(anchor), Ok(own)) =
        (anchor_from_trusted_cert(&root), EndEntityCert::try_from(&certificate))
    else {
        return false;
    };
    let provider = ring::default_provider();
    let known = provider.signature_verification_algorithms.all;
    let at = UnixTime::since_unix_epoch(Duration::from_millis(at_ms));
    let usage = KeyUsage::client_auth();
    let anchors = [anchor];
    let path = own.verify_for_usage(known, &anchors, &between, at, usage, None, None);
    path.is_ok() && own.subject_public_key_info().as_ref() == public_key_info(&key.public())
}

/// Whether a tunnel's answer was signed by the controller of the node's authority.
pub(super) fn is_controllers(certified: &Certified, claim: &Claim<'_>, now: UnixTime) -> bool {
    let Some((own, others)) = claim.certificates.split_first() else { return false };
    let own = CertificateDer::from(own.to_vec());
    let others: Vec<_> = others.iter().map(|c| CertificateDer::from(c.to_vec())).collect();
    let Ok(server) = Server::known(certified, &Beyond::default()) else { return false };
    let By::Known(verifier) = &server.by else { return false };
    let named = ServerName::try_from(CONTROLLER);
    let is_its = named.is_ok_and(|name| {
        at_some_time(server.since, now, |at| {
            verifier.verify_server_cert(&own, &others, &name, &[], at)
        })
        .is_ok()
    });
    let algorithm = webpki::ring::ECDSA_P256_SHA256;
    is_its
        && EndEntityCert::try_from(&own).is_ok_and(|own| {
            own.verify_signature(algorithm, claim.message, claim.signature).is_ok()
        })
}

type Begun = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn begin(verifier: Server) -> Result<Begun, Error> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

fn verifier(authority: CertificateDer<'_>) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.into_owned())?;
    by_roots(Arc::new(roots))
}

fn by_roots(roots: Arc<RootCertStore>) -> Result<Arc<WebPkiServerVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::new(ring::default_provider()))
        .build()
        .map_err(|e| Error::General(e.to_string()))
}

#[derive(Debug)]
enum By {
    Known(Arc<WebPkiServerVerifier>),
    Hash([u8; 32]),
}

/// Believes the controller, at whatever address it is reached, and a broker that speaks for it.
#[derive(Debug)]
struct Server {
    by: By,
    /// It was this late at least.
    since: UnixTime,
    beyond: Beyond,
    /// The authority's certificate, as far as it is known.
    known: Option<Vec<u8>>,
}

impl Server {
    fn known(certified: &Certified, beyond: &Beyond) -> Result<Self, Error> {
        let authority = CertificateDer::from(certified.authority.clone());
        let since = UnixTime::since_unix_epoch(Duration::from_millis(certified.from));
        let known = Some(certified.authority.clone());
        Ok(Self { by: By::Known(verifier(authority)?), since, beyond: beyond.clone(), known })
    }
}

/// What a check comes to at a time that the clock may be wrong about.
fn at_some_time<T>(
    since: UnixTime,
    now: UnixTime,
    check: impl Fn(UnixTime) -> Result<T, Error>,
) -> Result<T, Error> {
    match check(now.max(since)) {
        Err(Error::InvalidCertificate(CertificateError::NotValidYetContext {
            not_before, ..
        })) => check(not_before),
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { .. })) => check(since),
        done => done,
    }
}

impl ServerCertVerifier for Server {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        address: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.beyond.direct.store(false, Ordering::Relaxed);
        let named = |verifier: &WebPkiServerVerifier, name: &ServerName<'_>| {
            at_some_time(self.since, now, |at| {
                verifier.verify_server_cert(own, others, name, ocsp, at)
            })
        };
        if let Some(roots) = &self.beyond.roots {
            return named(&*by_roots(roots.clone())?, address);
        }
        let verifier = match &self.by {
            By::Known(verifier) => verifier.clone(),
            By::Hash(hash) => {
                let fits = |c: &&CertificateDer<'_>| Sha256::digest(c.as_ref()).as_slice() == hash;
                let authority = others
                    .iter()
                    .find(fits)
                    .ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))?;
                verifier(authority.clone())?
            }
        };
        let own_name = |name: &'static str| {
            ServerName::try_from(name).map_err(|e| Error::General(e.to_string()))
        };
        match named(&verifier, &own_name(CONTROLLER)?) {
            Ok(done) => {
                let newest = others.first().map(AsRef::as_ref);
                if newest.is_some_and(|newest| self.known.as_deref().is_some_and(|k| k != newest)) {
                    self.beyond.superseded.notify_one();
                }
                self.beyond.direct.store(true, Ordering::Relaxed);
                Ok(done)
            }
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => named(&verifier, &own_name(BROKER)?),
            failed => failed,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    use super::*;

    const DAY_S: u64 = 86_400;
    /// When the certificates here begin, and end.
    const FROM_S: u64 = 1_800_000_000;
    const UNTIL_S: u64 = FROM_S + 100 * DAY_S;

    fn params(names: &[&str]) -> CertificateParams {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = (SystemTime::UNIX_EPOCH + Duration::from_secs(FROM_S)).into();
        params.not_after = (SystemTime::UNIX_EPOCH + Duration::from_secs(UNTIL_S)).into();
        params
    }

    /// An authority, and what it has certified for a name.
    fn certified(name: &str) -> (CertificateDer<'static>, CertificateDer<'static>) {
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut ca = params(&[]);
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = ca.self_signed(&ca_key).unwrap().der().clone();
        let own = params(&[name]).signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
        (root, own.der().clone())
    }

    fn server(root: &CertificateDer<'static>, since_s: u64) -> Server {
        let certified = Certified {
            node: "n1".into(),
            certificate: Vec::new(),
            authority: root.to_vec(),
            from: since_s * 1000,
            until: 0,
        };
        Server::known(&certified, &Beyond::default()).unwrap()
    }

    fn verified(server: &Server, own: &CertificateDer<'_>, now_s: u64) -> bool {
        let address = ServerName::try_from("198.51.100.7").unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now_s));
        server.verify_server_cert(own, &[], &address, &[], now).is_ok()
    }

    #[test]
    fn no_clock_keeps_a_node_from_its_controller() {
        let (root, own) = certified(CONTROLLER);
        let check = |since_s: u64, now_s: u64, want: bool| {
            assert_eq!(verified(&server(&root, since_s), &own, now_s), want, "{since_s} {now_s}");
        };
        let joined = FROM_S + DAY_S;
        // At 1970, with and without a time that is known; in time; and far ahead.
        for now_s in [0, joined, UNTIL_S - 1, UNTIL_S + 1, UNTIL_S * 2] {
            check(joined, now_s, true);
            check(0, now_s, now_s < UNTIL_S);
        }
        // It had ended when the node's own was made: that is no matter of clocks.
        check(UNTIL_S + DAY_S, 0, false);
        check(UNTIL_S + DAY_S, UNTIL_S + DAY_S, false);
    }

    #[test]
    fn the_name_says_whether_it_is_the_controller() {
        let at = |name: &str| {
            let (root, own) = certified(name);
            let server = server(&root, FROM_S);
            let verified = verified(&server, &own, FROM_S + 1);
            (verified, server.beyond.direct.load(Ordering::Relaxed))
        };
        assert_eq!(at(CONTROLLER), (true, true));
        assert_eq!(at(BROKER), (true, false), "what it carries has to be sealed");
        assert_eq!(at("n2"), (false, false), "another node of the same authority");
        let (_, own) = certified(CONTROLLER);
        let (other, _) = certified(CONTROLLER);
        assert!(!verified(&server(&other, FROM_S), &own, FROM_S + 1), "another authority");
    }
}
