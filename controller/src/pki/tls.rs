//! TLS as the API speaks it: HTTP/2 or HTTP/1.1, a client's certificate asked for and not demanded.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};

use super::Pki;

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

/// The server's side of TLS. A client that shows a certificate of another authority is refused; one that shows none
/// is let in as nobody.
///
/// # Errors
/// If a certificate cannot be used.
pub fn server_config(pki: &Pki) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(pki.ca.certificate_der())?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![pki.api.certificate_der()], pki.api.key_der())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
