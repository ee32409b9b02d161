//! Connections: taken, secured, bounded in number and in how long they may say nothing.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Api;
use super::handle::handle;
use crate::pki::user_of;

/// So many connections at a time; more wait to be taken.
const CONNECTIONS_MAX: u32 = 2048;
/// How long TLS may take to come up.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// How long a request's head may take to come, and how long a connection may be idle.
const HEAD_WAIT: Duration = Duration::from_secs(60);
/// How often a silent HTTP/2 client is asked whether it is there, and how long it may think about it.
const PING_PERIOD: Duration = Duration::from_secs(30);
const PING_WAIT: Duration = Duration::from_secs(20);
/// So many requests may run on one HTTP/2 connection.
const STREAMS_MAX: u32 = 250;
/// How long requests may take to end when the process stops.
const STOP_WAIT: Duration = Duration::from_secs(5);
/// How long to wait when no connection can be taken, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Takes connections until the API stops; then lets those that there are come to an end.
pub(super) async fn run(listener: TcpListener, tls: Arc<ServerConfig>, api: Arc<Api>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX as usize));
    let acceptor = TlsAcceptor::from(tls);
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
        let taken = tokio::select! {
            () = api.stopping.cancelled() => break,
            taken = listener.accept() => taken,
        };
        let (stream, peer) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (acceptor, api) = (acceptor.clone(), Arc::clone(&api));
        tokio::spawn(async move {
            // A handshake that fails is the client's affair: it is told by TLS.
            if let Ok(Ok(stream)) = timeout(HANDSHAKE_WAIT, secure(acceptor, stream)).await {
                serve(stream, peer.ip(), api).await;
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = timeout(STOP_WAIT, room.acquire_many(CONNECTIONS_MAX)).await;
}

async fn secure(acceptor: TlsAcceptor, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    // Small answers are not to wait for more.
    stream.set_nodelay(true)?;
    acceptor.accept(stream).await
}

/// Serves one connection, in the protocol that TLS agreed on.
async fn serve(stream: TlsStream<TcpStream>, from: IpAddr, api: Arc<Api>) {
    let (_, session) = stream.get_ref();
    let user = session.peer_certificates().and_then(|c| c.first()).and_then(user_of);
    let is_h2 = session.alpn_protocol() == Some(b"h2");
    let stopping = api.stopping.clone();
    let service = service_fn(move |request| {
        let (api, user) = (Arc::clone(&api), user.clone());
        async move { Ok::<_, Infallible>(handle(api, user, from, request).await) }
    });
    let io = TokioIo::new(stream);
    // How a connection ends is of no consequence: what was answered was committed, the rest was not.
    macro_rules! until_stopped {
        ($connection:expr) => {{
            let mut connection = std::pin::pin!($connection);
            tokio::select! {
                _ = connection.as_mut() => {}
                () = stopping.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = timeout(STOP_WAIT, connection).await;
                }
            }
        }};
    }
    if is_h2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_PERIOD)
            .keep_alive_timeout(PING_WAIT)
            .max_concurrent_streams(STREAMS_MAX);
        until_stopped!(builder.serve_connection(io, service));
    } else {
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WAIT);
        until_stopped!(builder.serve_connection(io, service).with_upgrades());
    }
}
