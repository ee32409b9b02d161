//! Asking the API with what the administrator's kubeconfig says. Only what the controller wrote itself is understood.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A request that has no answer by then has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A way to the controller.
pub(super) struct Client {
    server: String,
    authority: Vec<u8>,
    tls: Arc<ClientConfig>,
}

impl Client {
    /// The controller that a kubeconfig names.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "cannot read the administrator's kubeconfig {}: has the controller run with this data directory? Name the file with --kubeconfig",
                path.display()
            )
        })?;
        let config: Value = serde_yaml::from_str(&text)
            .with_context(|| format!("{} is not a kubeconfig", path.display()))?;
        let at = |pointer: &str| {
            let text = config.pointer(pointer).and_then(Value::as_str);
            text.ok_or_else(|| anyhow!("{}: there is no {pointer}", path.display()))
        };
        let pem = |pointer: &str| -> Result<Vec<u8>> {
            STANDARD.decode(at(pointer)?).map_err(|e| anyhow!("{}: {pointer}: {e}", path.display()))
        };
        let authority = pem("/clusters/0/cluster/certificate-authority-data")?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&authority)?)?;
        let chain = CertificateDer::from_pem_slice(&pem("/users/0/user/client-certificate-data")?)?;
        let key = PrivateKeyDer::from_pem_slice(&pem("/users/0/user/client-key-data")?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![chain], key)?;
        let server = at("/clusters/0/cluster/server")?.to_owned();
        Ok(Self { server, authority, tls: Arc::new(tls) })
    }

    /// Where the API is.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// The certificate of its authority, as PEM.
    pub(super) fn authority(&self) -> &[u8] {
        &self.authority
    }

    /// Sends a request, and reads the answer.
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let asked = tokio::time::timeout(ANSWER_WITHIN, self.send(method, path, body)).await;
        asked.map_err(|_| anyhow!("{} did not answer within {ANSWER_WITHIN:?}", self.server))?
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let uri: Uri = self.server.parse()?;
        let host = uri.host().ok_or_else(|| anyhow!("{} names no host", self.server))?;
        let host = host.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(443);
        let stream = TcpStream::connect((host, port)).await.with_context(|| {
            format!("cannot reach the controller at {}: does it run?", self.server)
        })?;
        let name = ServerName::try_from(host.to_owned())?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let text = body.map(Value::to_string).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("{host}:{port}"))
            .header("content-type", "application/json")
            .header("user-agent", "driftless-controller")
            .body(Full::new(Bytes::from(text)))?;
        let answer = sender.send_request(request).await?;
        let code = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !code.is_success() {
            let message = value["message"].as_str().unwrap_or("no reason given");
            bail!("the controller refuses ({code}): {message}");
        }
        Ok(value)
    }
}
