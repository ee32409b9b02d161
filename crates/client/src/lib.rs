//! Asking the controller's API, with what a kubeconfig says. Only what we write ourselves is understood: one context
//! with embedded certificates, or paths to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A request that has no answer by then has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kubeconfig {
    #[serde(default)]
    current_context: String,
    clusters: Vec<Named>,
    contexts: Vec<Named>,
    users: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(alias = "cluster", alias = "context", alias = "user")]
    value: serde_yaml::Value,
}

/// A way to a controller.
pub struct Client {
    host: String,
    port: u16,
    tls: Arc<rustls::ClientConfig>,
    authority: Option<CertificateDer<'static>>,
}

impl Client {
    /// The controller that the kubeconfig's current context names.
    ///
    /// # Errors
    /// If the file cannot be read, or is not one that we understand.
    pub fn from_kubeconfig(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "cannot read the kubeconfig {}; name one with --kubeconfig, or start a fleet with `driftless up`",
                path.display()
            )
        })?;
        let config: Kubeconfig = serde_yaml::from_str(&text)
            .with_context(|| format!("{} is not a kubeconfig", path.display()))?;
        let context = entry(&config.contexts, &config.current_context, "context")?;
        let name = |key: &str| {
            context
                .get(key)
                .and_then(serde_yaml::Value::as_str)
                .ok_or_else(|| anyhow!("the context has no {key}"))
        };
        let cluster = entry(&config.clusters, name("cluster")?, "cluster")?;
        let user = entry(&config.users, name("user")?, "user")?;
        let base = path.parent().unwrap_or(Path::new("."));
        let server = cluster
            .get("server")
            .and_then(serde_yaml::Value::as_str)
            .ok_or_else(|| anyhow!("the cluster has no server"))?;
        let (host, port) = split(server)?;
        let mut roots = rustls::RootCertStore::empty();
        let mut authority = None;
        for ca in CertificateDer::pem_slice_iter(&material(cluster, "certificate-authority", base)?)
        {
            let ca = ca?;
            authority.get_or_insert_with(|| ca.clone());
            roots.add(ca)?;
        }
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(&material(user, "client-certificate", base)?)
                .collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(&material(user, "client-key", base)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)?;
        Ok(Self { host, port, tls: Arc::new(tls), authority })
    }

    /// The authority that the controller is known by: its certificate, in DER.
    #[must_use]
    pub fn authority(&self) -> Option<&[u8]> {
        self.authority.as_deref()
    }

    /// The document at a path.
    ///
    /// # Errors
    /// If the controller cannot be reached, or refuses.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.answered("GET", path, None).await
    }

    /// Makes an object.
    ///
    /// # Errors
    /// If the controller cannot be reached, or refuses.
    pub async fn post(&self, path: &str, object: &Value) -> Result<Value> {
        self.answered("POST", path, Some(object)).await
    }

    /// Takes an object away.
    ///
    /// # Errors
    /// If the controller cannot be reached, or refuses.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.answered("DELETE", path, None).await
    }

    async fn answered(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        tokio::time::timeout(ANSWER_WITHIN, self.ask(method, path, body)).await.map_err(|_| {
            anyhow!("{}:{} did not answer within {ANSWER_WITHIN:?}", self.host, self.port)
        })?
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let at = format!("{}:{}", self.host, self.port);
        let tcp = TcpStream::connect(&at)
            .await
            .with_context(|| format!("cannot reach the controller at {at}; is it running?"))?;
        let name = ServerName::try_from(self.host.clone())?;
        let tls =
            TlsConnector::from(self.tls.clone()).connect(name, tcp).await.with_context(|| {
                format!("no trust between us and {at}: the kubeconfig may be of another controller")
            })?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(tls)).await?;
        tokio::spawn(connection);
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &at)
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(body))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let document: Value = serde_json::from_slice(&body).unwrap_or_default();
        if !status.is_success() {
            let message = document["message"].as_str().unwrap_or("no reason given");
            bail!("the controller answered {status} to {path}: {message}");
        }
        Ok(document)
    }
}

fn entry<'a>(list: &'a [Named], name: &str, what: &str) -> Result<&'a serde_yaml::Value> {
    list.iter()
        .find(|n| n.name == name)
        .map(|n| &n.value)
        .ok_or_else(|| anyhow!("the kubeconfig has no {what} {name:?}"))
}

/// PEM from `<key>-data` (base64) or the file that `<key>` names.
fn material(of: &serde_yaml::Value, key: &str, base: &Path) -> Result<Vec<u8>> {
    let text = |k: &str| of.get(k).and_then(serde_yaml::Value::as_str);
    if let Some(data) = text(&format!("{key}-data")) {
        return STANDARD.decode(data).with_context(|| format!("{key}-data is not base64"));
    }
    let file =
        text(key).ok_or_else(|| anyhow!("the kubeconfig has neither {key}-data nor {key}"))?;
    let file: PathBuf = base.join(file);
    std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

fn split(server: &str) -> Result<(String, u16)> {
    let uri: hyper::Uri =
        server.parse().with_context(|| format!("{server:?} is not an address"))?;
    let host = uri.host().ok_or_else(|| anyhow!("{server:?} names no host"))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(443)))
}
