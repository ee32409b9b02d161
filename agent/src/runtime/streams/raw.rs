//! Requests whose answers are bytes without an end. The engine's client reads whole frames and guesses what a terminal
//! says; here nothing is guessed, and no more is read than is taken.

use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use wire::stream::{STDERR, STDOUT};

use super::super::error::RuntimeError;

/// Bytes of a refusal that are read at most.
const REFUSAL_BYTES_MAX: usize = 16 << 10;

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

async fn dial(host: &str) -> io::Result<Box<dyn Wire>> {
    if let Some(path) = host.strip_prefix("unix://") {
        return Ok(Box::new(UnixStream::connect(path).await?));
    }
    let address = host.split_once("://").map_or(host, |(_, address)| address);
    Ok(Box::new(TcpStream::connect(address.trim_end_matches('/')).await?))
}

fn away(error: impl std::fmt::Display) -> RuntimeError {
    RuntimeError::Away(error.to_string())
}

/// Asks, and gives the answer once it has begun, if it is a good one.
async fn ask(
    host: &str,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, RuntimeError> {
    let stream = dial(host).await.map_err(away)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(away)?;
    // It ends with the answer, or with what the answer was turned into.
    tokio::spawn(connection.with_upgrades());
    let answer = sender.send_request(request).await.map_err(away)?;
    let status = answer.status();
    if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(answer);
    }
    let mut body = http_body_util::Limited::new(answer.into_body(), REFUSAL_BYTES_MAX);
    let mut text = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        text.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
    }
    Err(RuntimeError::refused(status.as_u16(), &text))
}

/// What a connection was turned into, both ways.
pub(super) type Hijacked = TokioIo<hyper::upgrade::Upgraded>;

/// Turns a connection into bytes both ways (Docker's API, "Attach to a container").
///
/// # Errors
/// If the engine is away, or says no.
pub(super) async fn hijack(host: &str, path: &str, body: String) -> Result<Hijacked, RuntimeError> {
    let request = Request::post(path)
        .header("Host", "engine")
        .header("Connection", "Upgrade")
        .header("Upgrade", "tcp")
        .header("Content-Type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(away)?;
    let answer = ask(host, request).await?;
    Ok(TokioIo::new(hyper::upgrade::on(answer).await.map_err(away)?))
}

/// Asks for bytes.
///
/// # Errors
/// If the engine is away, or says no.
pub(super) async fn read(host: &str, path: &str) -> Result<impl AsyncRead + Unpin, RuntimeError> {
    let request = Request::get(path).header("Host", "engine");
    let request = request.body(Full::new(Bytes::new())).map_err(away)?;
    Ok(Body { body: ask(host, request).await?.into_body(), rest: Bytes::new() })
}

/// A body, as something to read from.
struct Body {
    body: Incoming,
    rest: Bytes,
}

impl AsyncRead for Body {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        use hyper::body::Body as _;
        use std::task::{Poll, ready};
        while self.rest.is_empty() {
            match ready!(std::pin::Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => self.rest = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let n = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest.split_to(n));
        Poll::Ready(Ok(()))
    }
}

/// What a container says, by channel. With a terminal it is just bytes; without, the engine puts a head of eight bytes
/// before each piece: the channel, three zeros, and its length (Docker's API, "Stream format").
pub(super) struct Demux<R> {
    reader: R,
    tty: bool,
    channel: u8,
    left: usize,
    /// The size of the piece that is being read.
    size: usize,
}

impl<R: AsyncRead + Unpin> Demux<R> {
    pub(super) fn new(reader: R, tty: bool) -> Self {
        Self { reader, tty, channel: STDOUT, left: 0, size: 0 }
    }

    /// The size of the piece that was read last, and how much of it is still to come.
    pub(super) fn piece(&self) -> (usize, usize) {
        (self.size, self.left)
    }

    /// The next bytes: their channel, and how many; none at the end. Pieces may be empty.
    pub(super) async fn next(&mut self, buffer: &mut [u8]) -> io::Result<Option<(u8, usize)>> {
        if self.tty {
            let n = self.reader.read(buffer).await?;
            return Ok((n > 0).then_some((STDOUT, n)));
        }
        if self.left == 0 {
            let mut head = [0; 8];
            match self.reader.read_exact(&mut head).await {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                Err(error) => return Err(error),
            }
            self.channel = if head[0] == 2 { STDERR } else { STDOUT };
            let [_, _, _, _, a, b, c, d] = head;
            self.left = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            self.size = self.left;
            if self.size == 0 {
                return Ok(Some((self.channel, 0)));
            }
        }
        let most = self.left.min(buffer.len());
        let n = self.reader.read(&mut buffer[..most]).await?;
        self.left -= n;
        Ok((n > 0).then_some((self.channel, n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_are_told_apart_however_they_come() {
        let said: [&[u8]; 3] =
            [b"\x01\0\0\0\0\0\0\x03one", b"\x02\0\0\0\0\0\0\x02\x00\xff", b"\x01\0\0\0\0\0\0\0"];
        let all = said.concat();
        for size in [1, 2, 64] {
            let mut demux = Demux::new(all.as_slice(), false);
            let (mut buffer, mut got) = (vec![0; size], [Vec::new(), Vec::new(), Vec::new()]);
            while let Some((channel, n)) = demux.next(&mut buffer).await.unwrap() {
                got[usize::from(channel)].extend_from_slice(&buffer[..n]);
            }
            assert_eq!(got, [b"".to_vec(), b"one".to_vec(), b"\x00\xff".to_vec()], "{size}");
        }
        // What a terminal says is never taken for a head.
        let mut demux = Demux::new(all.as_slice(), true);
        let mut buffer = vec![0; 64];
        assert_eq!(demux.next(&mut buffer).await.unwrap(), Some((STDOUT, all.len())));
        assert_eq!(demux.next(&mut buffer).await.unwrap(), None);
    }
}
