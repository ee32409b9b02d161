//! SPDY/3.1, as much of it as kubectl speaks: streams that the client makes, their data both ways, pings. Flow control is
//! none of it: what is not read holds the connection up.
//!
//! Source: SPDY Protocol, Draft 3.1, sections 2.2 (framing) and 2.6 (frames).

mod frame;

use http::header::UPGRADE;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

pub(super) use frame::{Frame, Say};
use frame::{Heard, Reader, Writer};

use crate::api::call::Call;

/// So many frames wait for the other side of a connection.
const FRAMES_MAX: usize = 8;

/// Whether a request wants to go on in SPDY.
pub(super) fn is_asked_for(call: &Call) -> bool {
    call.header(UPGRADE).eq_ignore_ascii_case("SPDY/3.1")
}

/// The first value of a stream's header; empty if it has none.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v.as_str())
}

/// A connection. It ends when the client's side ends, or nothing more can be said.
pub(super) struct Connection {
    pub(super) incoming: mpsc::Receiver<Frame>,
    pub(super) outgoing: mpsc::Sender<Say>,
}

/// Speaks SPDY over bytes.
pub(super) fn connection<S>(io: S) -> Connection
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (read, mut write) = tokio::io::split(io);
    let (hear, incoming) = mpsc::channel(FRAMES_MAX);
    let (outgoing, mut queue) = mpsc::channel::<Say>(FRAMES_MAX);
    let pong = outgoing.downgrade();
    tokio::spawn(async move {
        let mut reader = Reader::new(read);
        loop {
            // What it says that is no SPDY ends it, as its own end does.
            let frame = tokio::select! {
                frame = reader.next() => frame,
                () = hear.closed() => return,
            };
            let heard = match frame {
                Ok(Some(Heard::Frame(frame))) => hear.send(frame).await.is_ok(),
                Ok(Some(Heard::Ping(id))) => match pong.upgrade() {
                    Some(pong) => pong.send(Say::Ping(id)).await.is_ok(),
                    None => false,
                },
                Ok(None) => false,
                Err(error) => {
                    tracing::debug!(%error, "a SPDY connection ended");
                    false
                }
            };
            if !heard {
                return;
            }
        }
    });
    tokio::spawn(async move {
        let mut writer = Writer::new();
        while let Some(said) = queue.recv().await {
            if write.write_all(&writer.frame(&said)).await.is_err() || write.flush().await.is_err()
            {
                return;
            }
        }
        let _ = write.shutdown().await;
    });
    Connection { incoming, outgoing }
}
