//! TLS to the controller: by the authority that the node knows, or that its token names; never by anybody's else.
//!
//! No clock is trusted here: it may stand at 1970, or run ahead. A certificate of the controller that seems to lie in the
//! future says what time it is; one that seems to have expired is good if it was when the node's own was made.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};
use wire::join::{CONTROLLER, pkcs8};
use wire::sign::SigningKey;

use super::Certified;

/// As a node that has joined.
///
/// # Errors
/// If a certificate cannot be used.
pub(super) fn known(key: &SigningKey, certified: &Certified) -> Result<Arc<ClientConfig>, Error> {
    let authority = CertificateDer::from(certified.authority.clone());
    let since = UnixTime::since_unix_epoch(Duration::from_millis(certified.from));
    let config = begin(Arc::new(Controller { by: By::Known(verifier(authority)?), since }))?;
    let chain = vec![CertificateDer::from(certified.certificate.clone())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pkcs8(key)));
    Ok(Arc::new(config.with_client_auth_cert(chain, key)?))
}

/// As a machine that asks to be certified, of a controller that is known already.
///
/// # Errors
/// If the authority's certificate cannot be used.
pub(super) fn asking(certified: &Certified) -> Result<Arc<ClientConfig>, Error> {
    let authority = CertificateDer::from(certified.authority.clone());
    let since = UnixTime::since_unix_epoch(Duration::from_millis(certified.from));
    let config = begin(Arc::new(Controller { by: By::Known(verifier(authority)?), since }))?;
    Ok(Arc::new(config.with_no_client_auth()))
}

/// As a machine that joins: the authority is the one whose certificate has this SHA-256.
///
/// # Errors
/// If TLS cannot be set up.
pub(super) fn joining(authority: [u8; 32]) -> Result<Arc<ClientConfig>, Error> {
    let since = UnixTime::since_unix_epoch(Duration::ZERO);
    let config = begin(Arc::new(Controller { by: By::Hash(authority), since }))?;
    Ok(Arc::new(config.with_no_client_auth()))
}

type Begun = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn begin(verifier: Arc<Controller>) -> Result<Begun, Error> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier))
}

fn verifier(authority: CertificateDer<'_>) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.into_owned())?;
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()))
        .build()
        .map_err(|e| Error::General(e.to_string()))
}

#[derive(Debug)]
enum By {
    Known(Arc<WebPkiServerVerifier>),
    Hash([u8; 32]),
}

/// Believes the controller, at whatever address it is reached.
#[derive(Debug)]
struct Controller {
    by: By,
    /// It was this late at least.
    since: UnixTime,
}

impl ServerCertVerifier for Controller {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let named = ServerName::try_from(CONTROLLER).map_err(|e| Error::General(e.to_string()))?;
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
        let at = |now: UnixTime| verifier.verify_server_cert(own, others, &named, ocsp, now);
        match at(now.max(self.since)) {
            Err(Error::InvalidCertificate(CertificateError::NotValidYetContext {
                not_before,
                ..
            })) => at(not_before),
            Err(Error::InvalidCertificate(CertificateError::ExpiredContext { .. })) => {
                at(self.since)
            }
            done => done,
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
