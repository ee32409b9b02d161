//! The API under test, with a store of its own, and a plain HTTPS client of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use controller_core::core::NodeView;
use driftless_controller::api::{ApiConfig, Ask, AuditConfig, Limits, Question, Server};
use driftless_controller::pki::{Live, Pki};
use driftless_controller::store::{Options, Store};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long to wait for an event before the test is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An answer, whole.
pub(crate) struct Got {
    pub(crate) code: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.headers.get_all("warning").iter().map(|v| v.to_str().unwrap()).collect()
    }
}

/// The API under test. Stops when dropped.
pub(crate) struct World {
    pub(crate) store: Store,
    address: SocketAddr,
    admin: Arc<ClientConfig>,
    nobody: Arc<ClientConfig>,
    _stop: oneshot::Sender<()>,
    _dir: TempDir,
}

impl World {
    /// A new one, with the first namespaces and one of its own, `t`.
    pub(crate) async fn new() -> Self {
        Self::remembering(Options::default().ring_changes).await
    }

    /// The same; watches can go back over so many changes.
    pub(crate) async fn remembering(ring_changes: usize) -> Self {
        Self::with(ring_changes, Vec::new(), Limits::default()).await
    }

    /// The same; these nodes are observed.
    pub(crate) async fn observing(nodes: Vec<NodeView>) -> Self {
        Self::with(Options::default().ring_changes, nodes, Limits::default()).await
    }

    /// The same; clients are held to these limits.
    pub(crate) async fn limited(limits: Limits) -> Self {
        Self::with(Options::default().ring_changes, Vec::new(), limits).await
    }

    async fn with(ring_changes: usize, nodes: Vec<NodeView>, limits: Limits) -> Self {
        let dir = TempDir::new().unwrap();
        let options = Options { ring_changes, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let (ask, mut questions) = Ask::channel();
        tokio::spawn(async move {
            while let Some(Question::Nodes(reply)) = questions.recv().await {
                let _ = reply.send(nodes.clone());
            }
        });
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = ApiConfig {
            listen,
            data_dir: dir.path().to_owned(),
            pki: Arc::new(Live::open(&dir.path().join("pki"), listen.ip(), &[]).unwrap()),
            services: "10.96.0.0/28".parse().unwrap(),
            metrics: Arc::new(|| "driftless_up 1\n".to_owned()),
            limits,
            audit: AuditConfig::default(),
            streams: Arc::new(|_| wire::stream::Hub::opening(0)),
        };
        let server = Server::open(config, store.clone(), ask).await.unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        let pki = Pki::open(&dir.path().join("pki"), listen.ip(), &[], SystemTime::now()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(pki.ca.certificate_der()).unwrap();
        let base = || {
            ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots.clone())
        };
        let chain = vec![pki.admin.certificate_der()];
        let admin = base().with_client_auth_cert(chain, pki.admin.key_der()).unwrap();
        let world = Self {
            store,
            address,
            admin: Arc::new(admin),
            nobody: Arc::new(base().with_no_client_auth()),
            _stop: stop,
            _dir: dir,
        };
        let made = world.post("/api/v1/namespaces", r#"{"metadata":{"name":"t"}}"#).await;
        assert_eq!(made.code, 201, "{}", made.text);
        world
    }

    async fn send(
        &self,
        config: &Arc<ClientConfig>,
        request: Request<Full<Bytes>>,
    ) -> Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::from(self.address.ip());
        let stream = TlsConnector::from(config.clone()).connect(name, stream).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    }

    /// A connection from another address of this machine, on which nothing has been said.
    pub(crate) async fn connect_from(&self, last: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// The administrator's connection on it.
    pub(crate) async fn secure(&self, stream: TcpStream) -> TlsStream<TcpStream> {
        let name = ServerName::from(self.address.ip());
        TlsConnector::from(self.admin.clone()).connect(name, stream).await.unwrap()
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Request<Full<Bytes>> {
        let mut request =
            Request::builder().method(method).uri(path).header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::new(body.into())).unwrap()
    }

    /// Sends a request and reads its whole answer.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Got {
        let request = self.request(method, path, headers, body);
        whole(self.send(&self.admin, request).await).await
    }

    /// The same, without a certificate.
    pub(crate) async fn call_as_nobody(&self, method: &str, path: &str) -> Got {
        let request = self.request(method, path, &[], "");
        whole(self.send(&self.nobody, request).await).await
    }

    /// The same, with a bearer token.
    pub(crate) async fn call_with_token(&self, method: &str, path: &str, token: &str) -> Got {
        let bearer = format!("Bearer {token}");
        let request = self.request(method, path, &[("authorization", &bearer)], "{}");
        whole(self.send(&self.nobody, request).await).await
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.call("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Got {
        self.call("POST", path, &[("content-type", "application/json")], body.to_owned()).await
    }

    pub(crate) async fn patch(&self, path: &str, kind: &str, body: &str) -> Got {
        let kind = format!("application/{kind}");
        self.call("PATCH", path, &[("content-type", &kind)], body.to_owned()).await
    }

    /// The audit log so far, without a line that is being written.
    pub(crate) fn audit_text(&self) -> String {
        let text = std::fs::read_to_string(self._dir.path().join("audit.log")).unwrap();
        let end = text.rfind('\n').map_or(0, |end| end + 1);
        text[..end].to_owned()
    }

    /// The lines of the audit log so far that are of objects of this name.
    pub(crate) fn audited(&self, name: &str) -> Vec<Value> {
        let text = self.audit_text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|event| event["objectRef"]["name"] == name).collect()
    }

    /// Opens a watch.
    pub(crate) async fn watch(&self, path: &str, accept: &str) -> Events {
        let request = self.request("GET", path, &[("accept", accept)], "");
        let answer = self.send(&self.admin, request).await;
        assert_eq!(answer.status(), 200);
        Events { body: answer.into_body(), rest: Vec::new() }
    }
}

async fn whole(answer: Response<Incoming>) -> Got {
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Got {
        code: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap_or_default(),
    }
}

/// The events of a watch.
pub(crate) struct Events {
    body: Incoming,
    rest: Vec<u8>,
}

impl Events {
    /// The next event; none if the watch has ended.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.rest.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            let frame = timeout(PATIENCE, self.body.frame()).await.expect("an event")?.unwrap();
            self.rest.extend_from_slice(frame.data_ref().unwrap());
        }
    }

    /// The next event, as `TYPE name`.
    pub(crate) async fn told(&mut self) -> String {
        match self.next().await {
            Some(event) => {
                let kind = event["type"].as_str().unwrap_or_default();
                let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default();
                format!("{kind} {name}").trim_end().to_owned()
            }
            None => "end".to_owned(),
        }
    }
}
