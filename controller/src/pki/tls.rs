//! TLS as the API speaks it: HTTP/2 or HTTP/1.1, a client's certificate asked for and not demanded.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme};

use super::{Identity, Pki, PkiError};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate is refused.
    #[error("cannot set up TLS: {0}")]
    Config(#[from] rustls::Error),
    /// The authority is refused.
    #[error("cannot set up the check of client certificates: {0}")]
    Verifier(#[from] VerifierBuilderError),
}

/// The API's side of TLS. A client that shows a certificate of another authority is refused; one that shows none is let
/// in as nobody.
///
/// # Errors
/// If a certificate cannot be used.
pub fn server_config(pki: &Pki) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = config(pki, &pki.api)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The broker's side of TLS. A client that shows no certificate can ask to be given one, and nothing else.
///
/// # Errors
/// If a certificate cannot be used.
pub fn link_config(pki: &Pki) -> Result<Arc<ServerConfig>, TlsError> {
    config(pki, &pki.link).map(Arc::new)
}

/// The authorities in a file (PEM).
///
/// # Errors
/// If it cannot be read, or holds none.
pub fn roots(path: &Path) -> Result<RootCertStore, PkiError> {
    let broken = |why: String| PkiError::Authorities { path: path.to_owned(), why };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| broken(e.to_string()))? {
        let certificate = certificate.map_err(|e| broken(e.to_string()))?;
        roots.add(certificate).map_err(|e| broken(e.to_string()))?;
    }
    if roots.is_empty() {
        Err(broken("there is no certificate in it".to_owned()))
    } else {
        Ok(roots)
    }
}

/// The controller's side of TLS towards a broker of one's own: one that its authority has certified, or one that is known
/// by `roots` and by the name of its address.
///
/// # Errors
/// If a certificate cannot be used.
pub fn broker_client(
    pki: &Pki,
    roots: Option<RootCertStore>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let name = roots.is_none().then_some(wire::join::BROKER);
    let roots = match roots {
        Some(roots) => roots,
        None => pki.roots()?,
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let verifier = Arc::new(Named { name, verifier: verifier.build()? });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_auth_cert(vec![pki.client.certificate_der()], pki.client.key_der())?;
    Ok(Arc::new(config))
}

/// Expects another name than that of the address, if it has one.
#[derive(Debug)]
struct Named {
    name: Option<&'static str>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        address: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let named = self.name.map(ServerName::try_from).transpose();
        let named = named.map_err(|e| rustls::Error::General(e.to_string()))?;
        self.verifier.verify_server_cert(own, others, named.as_ref().unwrap_or(address), ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

fn config(pki: &Pki, own: &Identity) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let roots = pki.roots()?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()?;
    let chain = std::iter::once(own.certificate_der()).chain(pki.chain()).collect();
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, own.key_der())?)
}
