//! Frames ⇄ bytes.

use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tokio::io::{AsyncRead, AsyncReadExt};

/// What headers are compressed with from the start (section 2.6.10.1).
static DICTIONARY: &[u8] = include_bytes!("dictionary.bin");

/// Control frames are no larger, in bytes.
const CONTROL_BYTES_MAX: usize = 64 << 10;
/// Nor are headers, unpacked.
const HEADERS_BYTES_MAX: usize = 64 << 10;
/// A stream has so many headers at most.
const HEADERS_MAX: u32 = 64;
/// Data is read so much at a time, however large its frame is.
const DATA_BYTES: usize = 16 << 10;

const VERSION: u16 = 3;
const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const HEADERS: u16 = 8;
const FLAG_FIN: u8 = 1;
/// The reason of a reset: the stream is refused (section 2.6.3).
const REFUSED_STREAM: u32 = 3;

/// What a client says about its streams.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Frame {
    /// A new stream.
    Open {
        /// Its number.
        id: u32,
        /// Names are in lower case.
        headers: Vec<(String, String)>,
        /// The client will say nothing on it.
        fin: bool,
    },
    /// Bytes on a stream.
    Data {
        /// Which.
        id: u32,
        /// The bytes.
        bytes: Vec<u8>,
        /// Nothing more comes on it.
        fin: bool,
    },
    /// The client gave a stream up.
    Reset(u32),
}

/// What a client says at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Frame(Frame),
    Ping(u32),
}

/// What is said to a client.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Say {
    /// Its stream is taken.
    Accept(u32),
    /// Bytes on a stream.
    Data {
        /// Which.
        id: u32,
        /// The bytes.
        bytes: Vec<u8>,
        /// Nothing more comes on it.
        fin: bool,
    },
    /// Its stream is refused, or given up.
    Reset(u32),
    /// The answer to a ping.
    Ping(u32),
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Reads frames.
pub(super) struct Reader<R> {
    io: R,
    inflate: Decompress,
    /// The data frame that is being read: its stream, its flags, and what is left of it.
    data: Option<(u32, u8, usize)>,
    head: Head,
}

/// The head of a frame, as far as it is here: a read may be cut off.
#[derive(Default)]
struct Head {
    bytes: [u8; 8],
    have: usize,
    body: Vec<u8>,
    have_body: usize,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(super) fn new(io: R) -> Self {
        Self { io, inflate: Decompress::new(true), data: None, head: Head::default() }
    }

    /// The next frame that says something; none at the end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Heard>> {
        loop {
            if let Some((id, flags, left)) = self.data {
                return self.data(id, flags, left).await.map(Some);
            }
            while self.head.have < 8 {
                let n = self.io.read(&mut self.head.bytes[self.head.have..]).await?;
                if n == 0 {
                    return Ok(None);
                }
                self.head.have += n;
            }
            let [a, b, c, d, flags, e, f, g] = self.head.bytes;
            let first = u32::from_be_bytes([a, b, c, d]);
            let length = usize::try_from(u32::from_be_bytes([0, e, f, g])).unwrap_or(usize::MAX);
            if first >> 31 == 0 {
                self.head = Head::default();
                self.data = Some((first, flags, length));
                continue;
            }
            if length > CONTROL_BYTES_MAX {
                return Err(bad("a control frame is too large"));
            }
            self.head.body.resize(length, 0);
            while self.head.have_body < length {
                let n = self.io.read(&mut self.head.body[self.head.have_body..]).await?;
                if n == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.head.have_body += n;
            }
            let body = std::mem::take(&mut self.head).body;
            let (version, kind) = (u16::from_be_bytes([a & 0x7f, b]), u16::from_be_bytes([c, d]));
            if version != VERSION {
                return Err(bad("it is not SPDY/3"));
            }
            if let Some(heard) = self.control(kind, flags, &body)? {
                return Ok(heard);
            }
        }
    }

    async fn data(&mut self, id: u32, flags: u8, left: usize) -> io::Result<Heard> {
        let mut bytes = vec![0; left.min(DATA_BYTES)];
        let n = if left == 0 { 0 } else { self.io.read(&mut bytes).await? };
        if n == 0 && left > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.truncate(n);
        let left = left - n;
        self.data = (left > 0).then_some((id, flags, left));
        Ok(Heard::Frame(Frame::Data { id, bytes, fin: left == 0 && flags & FLAG_FIN != 0 }))
    }

    /// What a control frame says: none, if it is to be passed over; `Some(None)`, if it is the last.
    fn control(&mut self, kind: u16, flags: u8, body: &[u8]) -> io::Result<Option<Option<Heard>>> {
        let number = |at: usize| {
            let bytes = body.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok());
            bytes.map(u32::from_be_bytes).ok_or_else(|| bad("a control frame is cut off"))
        };
        Ok(match kind {
            SYN_STREAM => {
                let id = number(0)? & 0x7fff_ffff;
                let block = body.get(10..).ok_or_else(|| bad("a control frame is cut off"))?;
                let headers = self.headers(block)?;
                Some(Some(Heard::Frame(Frame::Open { id, headers, fin: flags & FLAG_FIN != 0 })))
            }
            RST_STREAM => Some(Some(Heard::Frame(Frame::Reset(number(0)? & 0x7fff_ffff)))),
            PING => Some(Some(Heard::Ping(number(0)?))),
            GOAWAY => Some(None),
            SYN_REPLY | HEADERS => {
                // Every block moves the state on that the next one is read by.
                let block = body.get(4..).ok_or_else(|| bad("a control frame is cut off"))?;
                self.headers(block)?;
                None
            }
            // Settings, window updates and what we do not know.
            _ => None,
        })
    }

    /// Names and values (section 2.6.10).
    fn headers(&mut self, block: &[u8]) -> io::Result<Vec<(String, String)>> {
        let plain = self.unpack(block)?;
        let mut rest = plain.as_slice();
        let count = take_number(&mut rest)?;
        if count > HEADERS_MAX {
            return Err(bad("a stream has too many headers"));
        }
        let mut headers = Vec::new();
        for _ in 0..count {
            let name = take_text(&mut rest)?.to_ascii_lowercase();
            headers.push((name, take_text(&mut rest)?));
        }
        Ok(headers)
    }

    fn unpack(&mut self, mut block: &[u8]) -> io::Result<Vec<u8>> {
        let damaged = |_| bad("headers are damaged");
        let mut plain = Vec::with_capacity(1024);
        loop {
            let (read, wrote) = (self.inflate.total_in(), plain.len());
            if plain.len() >= HEADERS_BYTES_MAX {
                return Err(bad("headers are too large"));
            }
            plain.reserve(1024);
            match self.inflate.decompress_vec(block, &mut plain, FlushDecompress::Sync) {
                Err(error) if error.needs_dictionary().is_some() => {
                    let read = usize::try_from(self.inflate.total_in() - read).unwrap_or(0);
                    block = block.get(read..).unwrap_or_default();
                    self.inflate.set_dictionary(DICTIONARY).map_err(damaged)?;
                    continue;
                }
                // Nothing came of it: there is no more to come.
                Err(_) if block.is_empty() => return Ok(plain),
                done => done.map_err(damaged)?,
            };
            let read = usize::try_from(self.inflate.total_in() - read).unwrap_or(0);
            block = block.get(read..).unwrap_or_default();
            if block.is_empty() && plain.len() < plain.capacity() {
                return Ok(plain);
            }
            if read == 0 && plain.len() == wrote {
                return Err(bad("headers are damaged"));
            }
        }
    }
}

fn take_number(rest: &mut &[u8]) -> io::Result<u32> {
    let (number, tail) = rest.split_first_chunk::<4>().ok_or_else(|| bad("headers are cut off"))?;
    *rest = tail;
    Ok(u32::from_be_bytes(*number))
}

fn take_text(rest: &mut &[u8]) -> io::Result<String> {
    let length = usize::try_from(take_number(rest)?).unwrap_or(usize::MAX);
    let (text, tail) = rest.split_at_checked(length).ok_or_else(|| bad("headers are cut off"))?;
    *rest = tail;
    Ok(String::from_utf8_lossy(text).into_owned())
}

/// Writes frames.
pub(super) struct Writer {
    deflate: Compress,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { deflate: Compress::new(Compression::fast(), true) }
    }

    /// A frame's bytes. Frames must be sent in the order in which they are made.
    pub(super) fn frame(&mut self, say: &Say) -> Vec<u8> {
        match say {
            Say::Accept(id) => {
                let mut body = id.to_be_bytes().to_vec();
                body.extend(self.no_headers());
                control(SYN_REPLY, &body)
            }
            Say::Reset(id) => {
                control(RST_STREAM, &[id.to_be_bytes(), REFUSED_STREAM.to_be_bytes()].concat())
            }
            Say::Ping(id) => control(PING, &id.to_be_bytes()),
            Say::Data { id, bytes, fin } => {
                let [_, a, b, c] = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
                let flags = if *fin { FLAG_FIN } else { 0 };
                [&id.to_be_bytes()[..], &[flags, a, b, c], bytes].concat()
            }
        }
    }

    /// A block of no headers, in the stream of such blocks that the other side unpacks.
    fn no_headers(&mut self) -> Vec<u8> {
        let mut block = Vec::with_capacity(64);
        // Room is there, and bytes are never damaged.
        let _ = self.deflate.compress_vec(&0u32.to_be_bytes(), &mut block, FlushCompress::Sync);
        block
    }
}

fn control(kind: u16, body: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let version = (VERSION | 0x8000).to_be_bytes();
    [&version[..], &kind.to_be_bytes(), &[0, a, b, c], body].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A client's side of the headers.
    struct Client(Compress);

    impl Client {
        fn new() -> Self {
            let mut deflate = Compress::new(Compression::default(), true);
            deflate.set_dictionary(DICTIONARY).unwrap();
            Self(deflate)
        }

        fn open(&mut self, id: u32, headers: &[(&str, &str)]) -> Vec<u8> {
            let number = |n: usize| u32::try_from(n).unwrap().to_be_bytes().to_vec();
            let mut plain = number(headers.len());
            for text in headers.iter().flat_map(|(name, value)| [name, value]) {
                plain.extend(number(text.len()));
                plain.extend(text.as_bytes());
            }
            let mut block = Vec::with_capacity(plain.len() + 256);
            self.0.compress_vec(&plain, &mut block, FlushCompress::Sync).unwrap();
            control(SYN_STREAM, &[&id.to_be_bytes()[..], &[0; 6], &block].concat())
        }
    }

    async fn all(bytes: &[u8]) -> (Vec<Heard>, Option<io::Error>) {
        let mut reader = Reader::new(bytes);
        let mut heard = Vec::new();
        loop {
            match reader.next().await {
                Ok(Some(one)) => heard.push(one),
                Ok(None) => return (heard, None),
                Err(error) => return (heard, Some(error)),
            }
        }
    }

    fn opened(id: u32, headers: &[(&str, &str)]) -> Heard {
        let headers = headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        Heard::Frame(Frame::Open { id, headers, fin: false })
    }

    #[tokio::test]
    async fn frames_are_read() {
        let mut client = Client::new();
        let stdin = [("streamtype", "stdin")];
        let large = "x".repeat(5000);
        let port = [("streamtype", "data"), ("port", "8080"), ("requestid", large.as_str())];
        let data = Writer::new().frame(&Say::Data { id: 1, bytes: vec![7; 40_000], fin: true });
        let said = [
            client.open(1, &stdin),
            control(4, &[0; 12]),
            client.open(3, &port),
            control(PING, &[0, 0, 0, 9]),
            client.open(5, &stdin),
            data,
            control(RST_STREAM, &[0, 0, 0, 3, 0, 0, 0, 5]),
            control(GOAWAY, &[0; 8]),
            b"what comes after it".to_vec(),
        ];
        let (heard, error) = all(&said.concat()).await;
        assert!(error.is_none(), "{error:?}");
        let data = |n: usize, fin| Heard::Frame(Frame::Data { id: 1, bytes: vec![7; n], fin });
        let want = [
            opened(1, &stdin),
            opened(3, &port),
            Heard::Ping(9),
            opened(5, &stdin),
            data(16384, false),
            data(16384, false),
            data(7232, true),
            Heard::Frame(Frame::Reset(3)),
        ];
        assert_eq!(heard, want);
    }

    #[tokio::test]
    async fn what_is_written_can_be_read() {
        let mut writer = Writer::new();
        let said = [Say::Accept(1), Say::Accept(3), Say::Reset(5), Say::Ping(2)];
        let bytes: Vec<u8> = said.iter().flat_map(|say| writer.frame(say)).collect();
        let (heard, error) = all(&bytes).await;
        // Two replies are passed over, and their headers were unpacked.
        assert!(error.is_none(), "{error:?}");
        assert_eq!(heard, [Heard::Frame(Frame::Reset(5)), Heard::Ping(2)]);
    }

    #[tokio::test]
    async fn what_is_no_spdy_is_an_error() {
        let large = [&[0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff][..], &[0; 100]].concat();
        for bytes in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), large, control(SYN_STREAM, &[0; 4])] {
            let (_, error) = all(&bytes).await;
            assert!(error.is_some(), "{bytes:?}");
        }
        // A small block that unpacks to much.
        let bomb = "x".repeat(1 << 20);
        let (heard, error) = all(&Client::new().open(1, &[("a", &bomb)])).await;
        assert!(heard.is_empty() && error.is_some());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0u16..10) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let _ = all(&bytes).await;
                let _ = all(&control(kind, &bytes)).await;
                let mut said = Client::new().open(1, &[("a", "b")]);
                said.extend(control(kind, &bytes));
                let _ = all(&said).await;
            });
        }
    }
}
