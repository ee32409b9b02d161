//! Connections: taken, secured, bounded in number and in how long they may say nothing.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Api;
use super::handle::handle;
use crate::pki::user_of;

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
pub(super) async fn run(listener: TcpListener, api: Arc<Api>) {
    let most = u32::try_from(api.config.limits.connections).unwrap_or(u32::MAX);
    let open = Arc::new(Semaphore::new(most as usize));
    loop {
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
        // Whoever takes more than its share is cut before it costs anything.
        let Some(place) = api.room.connection(peer.ip()) else { continue };
        let (acceptor, api) = (TlsAcceptor::from(api.config.pki.api()), Arc::clone(&api));
        let Ok(alive) = Arc::clone(&open).try_acquire_owned() else { continue };
        tokio::spawn(async move {
            let wait = api.config.limits.handshake_wait;
            // A handshake that fails is the client's affair: it is told by TLS.
            if let Ok(Ok(stream)) = timeout(wait, secure(acceptor, stream)).await {
                serve(stream, peer.ip(), api).await;
            }
            drop((place, alive));
        });
    }
    drop(listener);
    let _ = timeout(STOP_WAIT, open.acquire_many(most)).await;
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
    let (stopping, header_wait) = (api.stopping.clone(), api.config.limits.header_wait);
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
        builder.timer(TokioTimer::new()).header_read_timeout(header_wait);
        until_stopped!(builder.serve_connection(io, service).with_upgrades());
    }
}
