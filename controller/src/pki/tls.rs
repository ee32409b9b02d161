//! TLS as the API speaks it: HTTP/2 or HTTP/1.1, a client's certificate asked for and not demanded.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};

use super::{Identity, Pki};

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

fn config(pki: &Pki, own: &Identity) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(pki.ca.certificate_der())?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()?;
    // The authority comes along, so that who joins can compare it with what its token says.
    let chain = vec![own.certificate_der(), pki.ca.certificate_der()];
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, own.key_der())?)
}
