//! Connections to ports of a pod: each is a stream of its own, and ends by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use controller_core::admit::ApiError;
use futures_util::{SinkExt, StreamExt};
use http::header::{HeaderName, HeaderValue};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use wire::stream::{End, Hub, Incoming, Open, Port, STDIN, STDOUT, Target};

use super::spdy::{self, Connection, Frame, Say};
use super::ws::{self, Dialect, Messages};
use super::{OPEN_WITHIN, switching, take};
use crate::api::answer::{self, Answer};
use crate::api::call::Call;

const STREAM_PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");
const PROTOCOL: &str = "portforward.k8s.io";
/// So many streams a client may have open: two for each connection.
const STREAMS_MAX: usize = 256;
/// So many pieces wait for a connection.
const PIECES_MAX: usize = 4;
/// So many ports may be asked for over a WebSocket.
const PORTS_MAX: usize = 32;

/// Serves connections, in the protocol that the client asks for.
pub(super) fn serve(call: &Call, hub: Hub, pod: Target) -> Result<Answer, ApiError> {
    let dialect = ws::port_dialect(call)?;
    if dialect.is_none() && !spdy::is_asked_for(call) {
        return Err(ApiError::bad_request("Upgrade request required"));
    }
    let ports = match dialect {
        Some(Dialect { spdy: false, .. }) => ports(call)?,
        _ => Vec::new(),
    };
    let mut answer = match &dialect {
        Some(dialect) => ws::switching(call, dialect)?,
        None => switching("SPDY/3.1"),
    };
    if dialect.is_none_or(|d| d.spdy) {
        answer::set(&mut answer, STREAM_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    }
    let upgraded = take(call)?;
    tracing::info!(user = %call.caller.user.name, namespace = pod.namespace, pod = pod.pod, "ports of a pod are forwarded");
    let stopping = call.api.stopping.clone();
    tokio::spawn(async move {
        let Ok(io) = upgraded.on.await else { return };
        let io = hyper_util::rt::TokioIo::new(io);
        let pod = Pod { hub, target: pod };
        let session = async {
            match dialect {
                Some(Dialect { spdy: false, base64, .. }) => {
                    over_websocket(io, &pod, &ports, base64).await;
                }
                Some(_) => over_spdy(ws::tunnel(io), &pod).await,
                None => over_spdy(io, &pod).await,
            }
        };
        tokio::select! {
            () = session => {}
            () = stopping.cancelled() => {}
        }
        drop(upgraded.place);
    });
    Ok(answer)
}

fn ports(call: &Call) -> Result<Vec<u16>, ApiError> {
    let texts = call.query.pairs().filter(|(name, _)| *name == "ports");
    let all: Option<Vec<u16>> = texts
        .flat_map(|(_, text)| text.split(','))
        .map(|text| text.parse().ok().filter(|port| *port > 0))
        .collect();
    match all {
        Some(all) if !all.is_empty() && all.len() <= PORTS_MAX => Ok(all),
        Some(all) if all.is_empty() => {
            Err(ApiError::bad_request("query parameter \"ports\" is required"))
        }
        _ => Err(ApiError::bad_request(format!(
            "query parameter \"ports\" must be up to {PORTS_MAX} numbers from 1 to 65535"
        ))),
    }
}

/// Whose ports they are.
#[derive(Clone)]
struct Pod {
    hub: Hub,
    target: Target,
}

impl Pod {
    /// A connection to a port; or why there is none.
    async fn connect(&self, number: u16) -> Result<Port, String> {
        let open = Open::Port(self.target.clone(), number);
        let mut port = self.hub.open(open).map_err(|busy| busy.to_string())?;
        match tokio::time::timeout(OPEN_WITHIN, port.receiver.recv()).await {
            Ok(Some(Incoming::Opened)) => Ok(port),
            Ok(Some(Incoming::End(End::Failed(failure)))) => Err(failure.message),
            Ok(_) => Err("the node did not do what it was asked".to_owned()),
            Err(_) => Err("the node did not answer in time".to_owned()),
        }
    }
}

/// A connection's client side.
enum Peer {
    /// Two streams over SPDY: one for what goes wrong, one for its bytes.
    Spdy { error: u32, data: u32, outgoing: mpsc::Sender<Say> },
    /// Two channels over a WebSocket: one for its bytes, and the next one for what goes wrong.
    WebSocket { data: u8, base64: bool, messages: Messages },
}

impl Peer {
    /// Bytes of the port; false if the client is gone.
    async fn data(&self, bytes: Vec<u8>) -> bool {
        match self {
            Self::Spdy { data, outgoing, .. } => {
                outgoing.send(Say::Data { id: *data, bytes, fin: false }).await.is_ok()
            }
            Self::WebSocket { data, base64, messages } => {
                messages.send(ws::written(*data, &bytes, *base64)).await.is_ok()
            }
        }
    }

    /// The port has said all. Over a WebSocket there is no word for it: its end says it.
    async fn close(&self) {
        if let Self::Spdy { error, data, outgoing } = self {
            for id in [*data, *error] {
                let _ = outgoing.send(Say::Data { id, bytes: Vec::new(), fin: true }).await;
            }
        }
    }

    /// What went wrong.
    async fn failed(&self, message: String) {
        let bytes = message.into_bytes();
        match self {
            Self::Spdy { error, outgoing, .. } => {
                let _ = outgoing.send(Say::Data { id: *error, bytes, fin: false }).await;
            }
            Self::WebSocket { data, base64, messages } => {
                let _ = messages.send(ws::written(data + 1, &bytes, *base64)).await;
            }
        }
    }
}

/// Carries a connection to its end. `from`: what the client says; it ends with the client's side of the connection.
async fn carry(pod: &Pod, number: u16, mut from: mpsc::Receiver<Vec<u8>>, peer: Peer) {
    let Port { sender, mut receiver } = match pod.connect(number).await {
        Ok(port) => port,
        Err(message) => {
            peer.failed(message).await;
            peer.close().await;
            return;
        }
    };
    let up = async {
        while let Some(bytes) = from.recv().await {
            if sender.send(STDIN, &bytes).await.is_err() {
                return;
            }
        }
        let _ = sender.close(STDIN);
    };
    let down = async {
        while let Some(said) = receiver.recv().await {
            match said {
                Incoming::Data(STDOUT, bytes) => {
                    let is_there = peer.data(bytes).await;
                    if !is_there {
                        return;
                    }
                }
                Incoming::End(End::Failed(failure)) => peer.failed(failure.message).await,
                _ => {}
            }
        }
        peer.close().await;
    };
    tokio::select! {
        () = down => {}
        // The port may still have something to say.
        () = async { up.await; std::future::pending().await } => {}
    }
}

/// What is known of a client's streams.
#[derive(Default)]
struct Known {
    /// By request: the stream for errors, until that for data comes, or the other way round.
    half: HashMap<String, (u32, bool)>,
    /// By stream for data: where its bytes go.
    into: HashMap<u32, mpsc::Sender<Vec<u8>>>,
}

impl Known {
    fn streams(&self) -> usize {
        self.half.len() + 2 * self.into.len()
    }
}

/// Where a client's streams are kept while several use them.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Known>>);

impl Shared {
    /// The streams for errors and for data of the connection that a new stream belongs to, once both are there.
    fn pair(&self, id: u32, headers: &[(String, String)]) -> Option<(u32, u32)> {
        let is_error = spdy::header(headers, "streamtype") == "error";
        let request = spdy::header(headers, "requestid").to_owned();
        let mut known = self.lock();
        match known.half.remove(&request).filter(|(_, was_error)| *was_error != is_error) {
            Some((other, _)) if is_error => Some((id, other)),
            Some((other, _)) => Some((other, id)),
            None => {
                known.half.insert(request, (id, is_error));
                None
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn over_spdy<S>(io: S, pod: &Pod)
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let Connection { mut incoming, outgoing } = spdy::connection(io);
    let known = Shared::default();
    // They end with the client.
    let mut connections = JoinSet::new();
    while let Some(frame) = incoming.recv().await {
        while connections.try_join_next().is_some() {}
        match frame {
            Frame::Open { id, headers, .. } => {
                let port = spdy::header(&headers, "port").parse::<u16>().ok().filter(|n| *n > 0);
                let Some(port) = port.filter(|_| known.lock().streams() < STREAMS_MAX) else {
                    let _ = outgoing.send(Say::Reset(id)).await;
                    continue;
                };
                if outgoing.send(Say::Accept(id)).await.is_err() {
                    return;
                }
                let Some((error, data)) = known.pair(id, &headers) else { continue };
                let (into, from) = mpsc::channel(PIECES_MAX);
                known.lock().into.insert(data, into);
                let (pod, known) = (pod.clone(), known.clone());
                let peer = Peer::Spdy { error, data, outgoing: outgoing.clone() };
                connections.spawn(async move {
                    carry(&pod, port, from, peer).await;
                    known.lock().into.remove(&data);
                });
            }
            Frame::Data { id, bytes, fin } => {
                let into = known.lock().into.get(&id).cloned();
                if let Some(into) = into.filter(|_| !bytes.is_empty()) {
                    // One that takes nothing any more has ended.
                    let _ = into.send(bytes).await;
                }
                if fin {
                    known.lock().into.remove(&id);
                }
            }
            Frame::Reset(id) => {
                known.lock().into.remove(&id);
            }
        }
    }
}

async fn over_websocket<S>(io: S, pod: &Pod, ports: &[u16], base64: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sink, mut stream) = ws::socket(io).await.split();
    let (messages, mut waiting) = mpsc::channel(PIECES_MAX);
    let mut into = Vec::new();
    let mut connections = JoinSet::new();
    for (data, port) in (0u8..).step_by(2).zip(ports) {
        for channel in [data, data + 1] {
            let first = ws::written(channel, &port.to_le_bytes(), base64);
            if sink.send(first).await.is_err() {
                return;
            }
        }
        let (say, from) = mpsc::channel(PIECES_MAX);
        into.push(say);
        let (pod, port) = (pod.clone(), *port);
        let peer = Peer::WebSocket { data, base64, messages: messages.clone() };
        connections.spawn(async move { carry(&pod, port, from, peer).await });
    }
    drop(messages);
    let up = async {
        while let Some(Ok(message)) = stream.next().await {
            if message.is_close() {
                return;
            }
            let Some((channel, bytes)) = ws::read(message, base64) else { continue };
            if channel % 2 == 0
                && let Some(into) = into.get(usize::from(channel / 2))
            {
                // One that takes nothing any more has ended.
                let _ = into.send(bytes).await;
            }
        }
    };
    let down = async {
        while let Some(message) = waiting.recv().await {
            if sink.send(message).await.is_err() {
                return;
            }
        }
        // All connections have ended.
        let _ = sink.send(ws::goodbye()).await;
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}
