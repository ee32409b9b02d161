//! Requests whose answers are bytes without an end. The engine's client reads whole frames and guesses what a terminal
//! says; here nothing is guessed, and no more is read than is taken.

use std::io;
use std::time::Duration;

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
/// Bytes of a connection that are read ahead at most.
const AHEAD_BYTES_MAX: usize = 32 << 10;
/// How long the engine may take until its answer begins.
pub(in crate::runtime) const ANSWER_WITHIN: Duration = Duration::from_secs(30);

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
    let begun = tokio::time::timeout(ANSWER_WITHIN, async {
        let stream = dial(host).await.map_err(away)?;
        let mut http = http1::Builder::new();
        http.max_buf_size(AHEAD_BYTES_MAX);
        let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await.map_err(away)?;
        // It ends with the answer, or with what the answer was turned into.
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await.map_err(away)
    });
    let answer = begun.await.map_err(|_| away("it did not answer in time"))??;
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
pub(in crate::runtime) async fn read(
    host: &str,
    path: &str,
) -> Result<impl AsyncRead + Unpin, RuntimeError> {
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

/// Bytes before each piece.
const HEAD_BYTES: usize = 8;

/// What a container says, by channel. With a terminal it is just bytes; without, the engine puts a head of eight bytes
/// before each piece: the channel, three zeros, and its length (Docker's API, "Stream format").
pub(super) struct Demux<R> {
    reader: R,
    tty: bool,
    channel: u8,
    left: usize,
    /// The size of the piece that is being read.
    size: usize,
    /// So much of the next head has come.
    head: ([u8; HEAD_BYTES], usize),
}

impl<R: AsyncRead + Unpin> Demux<R> {
    pub(super) fn new(reader: R, tty: bool) -> Self {
        Self { reader, tty, channel: STDOUT, left: 0, size: 0, head: ([0; HEAD_BYTES], 0) }
    }

    /// The size of the piece that was read last, and how much of it is still to come.
    pub(super) fn piece(&self) -> (usize, usize) {
        (self.size, self.left)
    }

    /// The next bytes: their channel, and how many; none at the end. Pieces may be empty. Safe to be cut off.
    pub(super) async fn next(&mut self, buffer: &mut [u8]) -> io::Result<Option<(u8, usize)>> {
        if self.tty {
            let n = self.reader.read(buffer).await?;
            return Ok((n > 0).then_some((STDOUT, n)));
        }
        if self.left == 0 {
            while self.head.1 < HEAD_BYTES {
                match self.reader.read(&mut self.head.0[self.head.1..]).await? {
                    0 if self.head.1 == 0 => return Ok(None),
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    n => self.head.1 += n,
                }
            }
            let ([channel, _, _, _, a, b, c, d], _) = self.head;
            self.channel = if channel == 2 { STDERR } else { STDOUT };
            self.left = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            self.size = self.left;
            self.head.1 = 0;
            if self.size == 0 {
                return Ok(Some((self.channel, 0)));
            }
        }
        let most = self.left.min(buffer.len());
        match self.reader.read(&mut buffer[..most]).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                self.left -= n;
                Ok(Some((self.channel, n)))
            }
        }
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

    #[tokio::test]
    async fn what_breaks_off_within_a_piece_is_no_end() {
        let said = b"\x01\0\0\0\0\0\0\x03one";
        for cut in 1..said.len() {
            let mut demux = Demux::new(&said[..cut], false);
            let mut buffer = vec![0; 64];
            let mut next = demux.next(&mut buffer).await;
            if cut > HEAD_BYTES {
                assert_eq!(next.unwrap(), Some((STDOUT, cut - HEAD_BYTES)));
                next = demux.next(&mut buffer).await;
            }
            assert_eq!(next.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{cut}");
        }
    }
}
