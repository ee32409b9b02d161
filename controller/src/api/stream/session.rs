//! Commands and attaching: what the client says goes to the container, what the container says comes back, and how it
//! ended is said last.

use controller_core::admit::ApiError;
use http::header::{HeaderName, HeaderValue};
use model::NodeName;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;
use wire::stream::{End, Failure, Incoming, Open, Port, RESIZE, STDERR, STDIN, STDOUT, Streams};

use super::spdy::Connection;
use super::terminal::Sizes;
use super::ws::{self, Dialect};
use super::{CLIENT_WITHIN, open, reach, spdy, switching, take};
use crate::api::answer::{self, Answer};
use crate::api::call::Call;
use crate::api::query::Query;

/// The channel of errors and of how it ended.
pub(super) const ERROR: u8 = 3;
/// So many pieces wait for the other side.
const PIECES_MAX: usize = 4;
const STREAM_PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");
/// What we speak over SPDY: what every client offers since Kubernetes 1.5.
const SPDY_PROTOCOL: &str = "v4.channel.k8s.io";

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FromClient {
    /// Bytes on a channel.
    Data(u8, Vec<u8>),
    /// No more of them on a channel.
    Close(u8),
}

/// What is said to a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ToClient {
    /// Bytes on a channel.
    Data(u8, Vec<u8>),
    /// How it ended. Nothing more comes on any channel.
    Ended(Value),
}

/// Both ways of a client's session. When it goes, the receiver ends.
pub(super) struct Client {
    pub(super) from: mpsc::Receiver<FromClient>,
    pub(super) to: mpsc::Sender<ToClient>,
}

impl Client {
    /// A client, and the other ends.
    pub(super) fn new() -> (Self, mpsc::Sender<FromClient>, mpsc::Receiver<ToClient>) {
        let (say, from) = mpsc::channel(PIECES_MAX);
        let (to, hear) = mpsc::channel(PIECES_MAX);
        (Self { from, to }, say, hear)
    }
}

/// Which streams are wanted.
pub(super) fn wanted(query: &Query) -> Result<Streams, ApiError> {
    let flag = |name: &str| query.flag(name).unwrap_or(false);
    let tty = flag("tty");
    let streams = Streams {
        stdin: flag("stdin"),
        stdout: flag("stdout"),
        // A terminal has one output.
        stderr: flag("stderr") && !tty,
        tty,
    };
    if !streams.stdin && !streams.stdout && !streams.stderr {
        return Err(ApiError::bad_request("you must specify at least 1 of stdin, stdout, stderr"));
    }
    Ok(streams)
}

/// Serves a session, in the protocol that the client asks for.
pub(super) async fn serve(
    call: &Call,
    node: &NodeName,
    what: Open,
    streams: Streams,
) -> Result<Answer, ApiError> {
    let dialect = match ws::dialect(call)? {
        Some(dialect) => Some(dialect),
        None if spdy::is_asked_for(call) => None,
        None => return Err(ApiError::bad_request("Upgrade request required")),
    };
    if dialect.is_none() {
        check_spdy_protocol(call)?;
    }
    let upgraded = take(call)?;
    let hub = reach(call, node).await?;
    let port = open(&hub, node, what).await?;
    tracing::info!(user = %call.caller.user.name, %node, ?streams, "a session with a container begins");
    let stopping = call.api.stopping.clone();
    let mut answer = match &dialect {
        Some(dialect) => ws::switching(call, dialect)?,
        None => switching("SPDY/3.1"),
    };
    if dialect.is_none() {
        answer::set(&mut answer, STREAM_PROTOCOL, HeaderValue::from_static(SPDY_PROTOCOL));
    }
    tokio::spawn(async move {
        let Ok(io) = upgraded.on.await else { return };
        let io = hyper_util::rt::TokioIo::new(io);
        let session = async {
            match dialect {
                Some(Dialect { base64, .. }) => relay(port, ws::client(io, base64).await).await,
                None => {
                    let set_up = timeout(CLIENT_WITHIN, over_spdy(io, streams)).await;
                    if let Ok(Some(client)) = set_up {
                        relay(port, client).await;
                    }
                }
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

fn check_spdy_protocol(call: &Call) -> Result<(), ApiError> {
    let offered = call.headers.get_all(STREAM_PROTOCOL);
    let offered: Vec<&str> = offered
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    if offered.contains(&SPDY_PROTOCOL) {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "unable to negotiate protocol: client supports {offered:?}, server supports [{SPDY_PROTOCOL:?}]"
    )))
}

/// Carries a session to its end.
async fn relay(port: Port, client: Client) {
    let Port { sender, mut receiver } = port;
    let Client { mut from, to } = client;
    let up = async {
        let mut sizes = Sizes::default();
        while let Some(said) = from.recv().await {
            let done = match said {
                FromClient::Data(STDIN, bytes) => sender.send(STDIN, &bytes).await,
                FromClient::Data(RESIZE, bytes) => match sizes.take(&bytes) {
                    Some(size) => sender.send(RESIZE, &size.to_bytes()).await,
                    None => Ok(()),
                },
                FromClient::Close(STDIN) => sender.close(STDIN),
                FromClient::Data(..) | FromClient::Close(_) => Ok(()),
            };
            if done.is_err() {
                // The end is on its way to the client.
                std::future::pending::<()>().await;
            }
        }
    };
    let down = async {
        while let Some(said) = receiver.recv().await {
            let said = match said {
                Incoming::Data(channel @ (STDOUT | STDERR), bytes) => {
                    ToClient::Data(channel, bytes)
                }
                Incoming::End(end) => ToClient::Ended(status(&end)),
                Incoming::Data(..) | Incoming::Close(_) | Incoming::Opened => continue,
            };
            if to.send(said).await.is_err() {
                return;
            }
        }
    };
    let ended = tokio::select! {
        () = down => true,
        // The client is gone; what it was about ends with the port.
        () = up => false,
    };
    drop(to);
    if ended {
        // It goes once it has heard the end; what it still says is of no use.
        let _ = timeout(CLIENT_WITHIN, async { while from.recv().await.is_some() {} }).await;
    }
}

/// How a session ended, as Kubernetes' `Status` says it.
fn status(end: &End) -> Value {
    match end {
        End::Done | End::Exit(0) => json!({"metadata": {}, "status": "Success"}),
        End::Exit(code) => json!({
            "metadata": {},
            "status": "Failure",
            "message": format!("command terminated with non-zero exit code: exit status {code}"),
            "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
        }),
        End::Failed(Failure { message, .. }) => json!({
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": "InternalError",
            "details": {"causes": [{"message": message}]},
            "code": 500,
        }),
    }
}

/// A client that speaks SPDY, once it has made its streams.
async fn over_spdy<S>(io: S, streams: Streams) -> Option<Client>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
{
    let Connection { mut incoming, outgoing } = spdy::connection(io);
    let wanted = [
        ("error", ERROR, true),
        ("stdin", STDIN, streams.stdin),
        ("stdout", STDOUT, streams.stdout),
        ("stderr", STDERR, streams.stderr),
        ("resize", RESIZE, streams.tty),
    ];
    let mut channels: Vec<(u32, u8)> = Vec::new();
    while wanted.iter().any(|(_, c, on)| *on && !channels.iter().any(|(_, had)| had == c)) {
        let spdy::Frame::Open { id, headers, .. } = incoming.recv().await? else { continue };
        let kind = spdy::header(&headers, "streamtype");
        let found = wanted.iter().find(|(name, _, on)| *on && *name == kind);
        let Some((_, channel, _)) = found else {
            outgoing.send(spdy::Say::Reset(id)).await.ok()?;
            continue;
        };
        outgoing.send(spdy::Say::Accept(id)).await.ok()?;
        channels.push((id, *channel));
    }
    let (client, say, hear) = Client::new();
    tokio::spawn(hear_spdy(channels.clone(), incoming, say));
    tokio::spawn(say_spdy(channels, outgoing, hear));
    Some(client)
}

/// What comes on a client's streams, by channel.
async fn hear_spdy(
    channels: Vec<(u32, u8)>,
    mut incoming: mpsc::Receiver<spdy::Frame>,
    say: mpsc::Sender<FromClient>,
) {
    while let Some(frame) = incoming.recv().await {
        let (id, bytes, fin) = match frame {
            spdy::Frame::Data { id, bytes, fin } => (id, bytes, fin),
            spdy::Frame::Reset(id) => (id, Vec::new(), true),
            spdy::Frame::Open { .. } => continue,
        };
        let Some((_, channel)) = channels.iter().find(|(known, _)| *known == id) else { continue };
        if !bytes.is_empty() && say.send(FromClient::Data(*channel, bytes)).await.is_err() {
            return;
        }
        if fin && say.send(FromClient::Close(*channel)).await.is_err() {
            return;
        }
    }
}

/// What goes to a client, on the streams of its channels.
async fn say_spdy(
    channels: Vec<(u32, u8)>,
    outgoing: mpsc::Sender<spdy::Say>,
    mut hear: mpsc::Receiver<ToClient>,
) {
    let id_of = |channel: u8| channels.iter().find(|(_, c)| *c == channel).map(|(id, _)| *id);
    while let Some(said) = hear.recv().await {
        let mut frames = Vec::new();
        match said {
            ToClient::Data(channel, bytes) => {
                frames.extend(id_of(channel).map(|id| spdy::Say::Data { id, bytes, fin: false }));
            }
            ToClient::Ended(status) => {
                // Old clients wait for the end of these before they read how it ended.
                for channel in [STDOUT, STDERR] {
                    let end = |id| spdy::Say::Data { id, bytes: Vec::new(), fin: true };
                    frames.extend(id_of(channel).map(end));
                }
                let bytes = status.to_string().into_bytes();
                frames.extend(id_of(ERROR).map(|id| spdy::Say::Data { id, bytes, fin: true }));
            }
        }
        for frame in frames {
            if outgoing.send(frame).await.is_err() {
                return;
            }
        }
    }
}
