//! WebSockets (RFC 6455): each message begins with the number of its channel.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use controller_core::admit::ApiError;
use futures_util::{SinkExt, StreamExt};
use http::header::{
    HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use super::session::{Client, ERROR, FromClient, ToClient};
use crate::api::answer::{self, Answer};
use crate::api::call::Call;

/// No message of a client is larger, in bytes.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// In the fifth version: nothing more comes on the channel that follows.
const CLOSE: u8 = 255;

/// What is spoken over a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Its name, as it is agreed on; empty: none was.
    pub(super) name: &'static str,
    /// Messages are text: a digit, and base64.
    pub(super) base64: bool,
    /// They are frames of SPDY.
    pub(super) spdy: bool,
}

/// What we speak, the best first.
const DIALECTS: [Dialect; 5] = [
    Dialect { name: "v5.channel.k8s.io", base64: false, spdy: false },
    Dialect { name: "v4.channel.k8s.io", base64: false, spdy: false },
    Dialect { name: "v4.base64.channel.k8s.io", base64: true, spdy: false },
    Dialect { name: "channel.k8s.io", base64: false, spdy: false },
    Dialect { name: "base64.channel.k8s.io", base64: true, spdy: false },
];
/// SPDY within.
const TUNNEL: Dialect = Dialect { name: "SPDY/3.1+portforward.k8s.io", base64: false, spdy: true };

/// What a client wants to speak over a WebSocket; none if it wants no WebSocket.
pub(super) fn dialect(call: &Call) -> Result<Option<Dialect>, ApiError> {
    choose(call, &DIALECTS)
}

/// The same, for ports.
pub(super) fn port_dialect(call: &Call) -> Result<Option<Dialect>, ApiError> {
    let [_, rest @ ..] = &DIALECTS;
    choose(call, &[&[TUNNEL][..], rest].concat())
}

fn choose(call: &Call, ours: &[Dialect]) -> Result<Option<Dialect>, ApiError> {
    if !call.header(UPGRADE).eq_ignore_ascii_case("websocket") {
        return Ok(None);
    }
    let offered = call.headers.get_all(SEC_WEBSOCKET_PROTOCOL);
    let offered: Vec<&str> = offered
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    if offered.is_empty() {
        return Ok(Some(Dialect { name: "", base64: false, spdy: false }));
    }
    let chosen = ours.iter().find(|d| offered.contains(&d.name)).copied();
    chosen.map(Some).ok_or_else(|| {
        let names: Vec<&str> = ours.iter().map(|d| d.name).collect();
        ApiError::bad_request(format!(
            "unable to negotiate protocol: client supports {offered:?}, server supports {names:?}"
        ))
    })
}

/// `101 Switching Protocols`.
pub(super) fn switching(call: &Call, dialect: &Dialect) -> Result<Answer, ApiError> {
    let key = call.header(SEC_WEBSOCKET_KEY);
    if key.is_empty() || call.header("sec-websocket-version") != "13" {
        return Err(ApiError::bad_request("a WebSocket (version 13) needs a Sec-WebSocket-Key"));
    }
    let mut answer = super::switching("websocket");
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        answer::set(&mut answer, SEC_WEBSOCKET_ACCEPT, accept);
    }
    if !dialect.name.is_empty() {
        let name = HeaderValue::from_static(dialect.name);
        answer::set(&mut answer, SEC_WEBSOCKET_PROTOCOL, name);
    }
    Ok(answer)
}

pub(super) async fn socket<S: AsyncRead + AsyncWrite + Unpin>(io: S) -> WebSocketStream<S> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await
}

/// The channel and bytes of a message; none if it has none.
pub(super) fn read(message: Message, base64: bool) -> Option<(u8, Vec<u8>)> {
    let bytes = match &message {
        Message::Binary(bytes) => bytes.as_ref(),
        // The Python client sends text as text, whatever was agreed on.
        Message::Text(text) => text.as_bytes(),
        _ => return None,
    };
    let (channel, rest) = bytes.split_first()?;
    if base64 {
        return Some((channel.checked_sub(b'0')?, BASE64.decode(rest).ok()?));
    }
    Some((*channel, rest.to_vec()))
}

/// A message on a channel.
pub(super) fn written(channel: u8, bytes: &[u8], base64: bool) -> Message {
    if base64 {
        return Message::text(format!("{channel}{}", BASE64.encode(bytes)));
    }
    Message::Binary(Bytes::from([&[channel], bytes].concat()))
}

/// A client that speaks over a WebSocket.
pub(super) async fn client<S>(io: S, base64: bool) -> Client
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sink, mut stream) = socket(io).await.split();
    let (client, say, mut hear) = Client::new();
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if message.is_close() {
                return;
            }
            let said = match read(message, base64) {
                Some((CLOSE, rest)) => rest.first().map(|channel| FromClient::Close(*channel)),
                Some((channel, bytes)) => Some(FromClient::Data(channel, bytes)),
                None => None,
            };
            if let Some(said) = said
                && say.send(said).await.is_err()
            {
                return;
            }
        }
    });
    tokio::spawn(async move {
        // Something to read tells a client that it is connected.
        let mut done = sink.send(written(wire::stream::STDOUT, b"", base64)).await;
        while done.is_ok() {
            done = match hear.recv().await {
                Some(ToClient::Data(channel, bytes)) => {
                    sink.send(written(channel, &bytes, base64)).await
                }
                Some(ToClient::Ended(status)) => {
                    sink.send(written(ERROR, status.to_string().as_bytes(), base64)).await
                }
                None => break,
            };
        }
        let _ = sink.send(goodbye()).await;
    });
    client
}

/// Bytes over binary messages, as if they came over a plain connection.
pub(super) fn tunnel<S>(io: S) -> tokio::io::DuplexStream
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    const BUFFER: usize = 32 << 10;
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    tokio::spawn(async move {
        let (mut sink, mut stream) = socket(io).await.split();
        let (mut read, mut write) = tokio::io::split(theirs);
        let up = async {
            while let Some(Ok(message)) = stream.next().await {
                let Message::Binary(bytes) = message else {
                    if message.is_close() {
                        break;
                    }
                    continue;
                };
                if tokio::io::AsyncWriteExt::write_all(&mut write, &bytes).await.is_err() {
                    break;
                }
            }
        };
        let down = async {
            let mut buffer = vec![0; BUFFER];
            loop {
                match tokio::io::AsyncReadExt::read(&mut read, &mut buffer).await {
                    Ok(n) if n > 0 => {
                        let message = Message::Binary(Bytes::copy_from_slice(&buffer[..n]));
                        if sink.send(message).await.is_err() {
                            break;
                        }
                    }
                    _ => break,
                }
            }
            let _ = sink.send(goodbye()).await;
        };
        tokio::select! {
            () = up => {}
            () = down => {}
        }
    });
    ours
}

/// The last message. Clients take any other code than this, and none, for a failure.
pub(super) fn goodbye() -> Message {
    Message::Close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }))
}

/// Messages that wait to be written, from several who say them.
pub(super) type Messages = mpsc::Sender<Message>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_a_channel() {
        for (message, base64, want) in [
            (written(1, b"\x00\xff", false), false, Some((1, b"\x00\xff".to_vec()))),
            (written(1, b"\x00\xff", true), true, Some((1, b"\x00\xff".to_vec()))),
            (Message::text("\u{0}ls"), false, Some((0, b"ls".to_vec()))),
            (Message::binary(vec![255, 0]), false, Some((CLOSE, vec![0]))),
            (Message::binary(Vec::new()), false, None),
            (Message::text("0?"), true, None),
            (Message::Ping(Bytes::new()), false, None),
        ] {
            assert_eq!(read(message.clone(), base64), want, "{message:?}");
        }
    }
}
