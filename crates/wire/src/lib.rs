//! How messages travel: `model` ⇄ bytes.
//!
//! A message is three bytes and a body: the version of the wire (1), flags (bit 0: the body is compressed with zstd), the
//! kind of message, and the body in CBOR (RFC 8949) with numbered fields. The number of a field is its place in the struct
//! in [`v1`]: fields are only ever added at the end. Numbers that are not known are passed over; those that are missing
//! have their default. So either side may be older than the other.
//!
//! The law of this crate: no bytes from outside make it panic, or take more memory than [`MESSAGE_MAX`].

pub mod chunk;
pub mod topic;
mod v1;

use model::message::{Down, Up};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of the wire that this build writes.
pub const VERSION: u8 = 1;
/// No message is larger, unpacked: 16 MiB.
pub const MESSAGE_MAX: usize = 16 << 20;
/// Bodies from this size on are compressed, if that makes them smaller.
const COMPRESS_FROM: usize = 200;
const ZSTD_LEVEL: i32 = 6;
const FLAG_ZSTD: u8 = 1;

/// Why bytes are no message.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Too few bytes.
    #[error("the message is cut off")]
    Short,
    /// Another version.
    #[error("the message has wire version {0}, this build knows {VERSION}: update the older side")]
    Version(u8),
    /// A kind that this side does not know, or that is not said in this direction.
    #[error("there is no message of kind {0} in this direction")]
    Kind(u8),
    /// It would be too large.
    #[error("the message is larger than {MESSAGE_MAX} bytes")]
    TooLarge,
    /// The compressed body is damaged.
    #[error("the compressed body is damaged")]
    Zstd,
    /// The body is not what its kind says.
    #[error("the body is damaged: {0}")]
    Body(String),
}

/// A message of the controller, as bytes.
#[must_use]
pub fn encode_down(message: &Down) -> Vec<u8> {
    match message {
        Down::Welcome(m) => encode(v1::WELCOME, &v1::Welcome::from(m)),
        Down::Orders(m) => encode(v1::ORDERS, &v1::Orders::from(m)),
        Down::ReportTaken { boot, sequence } => {
            encode(v1::REPORT_TAKEN, &v1::ReportTaken { boot: *boot, sequence: *sequence })
        }
        Down::WhoAreYou => encode(v1::WHO_ARE_YOU, &v1::Empty {}),
    }
}

/// A message of a node, as bytes.
#[must_use]
pub fn encode_up(message: &Up) -> Vec<u8> {
    match message {
        Up::Hello(m) => encode(v1::HELLO, &v1::Hello::from(m)),
        Up::Taken { generation } => encode(v1::TAKEN, &v1::Taken { generation: generation.0 }),
        Up::Refused(m) => encode(v1::REFUSED, &v1::Refused::from(m)),
        Up::Report(m) => encode(v1::REPORT, &v1::Report::from(&**m)),
        Up::Bye => encode(v1::BYE, &v1::Empty {}),
    }
}

/// Reads a message of the controller.
///
/// # Errors
/// If the bytes are none.
pub fn decode_down(bytes: &[u8]) -> Result<Down, WireError> {
    let (kind, body) = open(bytes)?;
    Ok(match kind {
        v1::WELCOME => Down::Welcome(parse::<v1::Welcome>(&body)?.into()),
        v1::ORDERS => Down::Orders(parse::<v1::Orders>(&body)?.try_into()?),
        v1::REPORT_TAKEN => {
            let taken: v1::ReportTaken = parse(&body)?;
            Down::ReportTaken { boot: taken.boot, sequence: taken.sequence }
        }
        v1::WHO_ARE_YOU => Down::WhoAreYou,
        other => return Err(WireError::Kind(other)),
    })
}

/// Reads a message of a node.
///
/// # Errors
/// If the bytes are none.
pub fn decode_up(bytes: &[u8]) -> Result<Up, WireError> {
    let (kind, body) = open(bytes)?;
    Ok(match kind {
        v1::HELLO => Up::Hello(parse::<v1::Hello>(&body)?.try_into()?),
        v1::TAKEN => {
            Up::Taken { generation: model::Generation(parse::<v1::Taken>(&body)?.generation) }
        }
        v1::REFUSED => Up::Refused(parse::<v1::Refused>(&body)?.try_into()?),
        v1::REPORT => Up::Report(Box::new(parse::<v1::Report>(&body)?.into())),
        v1::BYE => Up::Bye,
        other => return Err(WireError::Kind(other)),
    })
}

fn encode<T: Serialize>(kind: u8, body: &T) -> Vec<u8> {
    let body = serde_cbor::ser::to_vec_packed(body).expect("our own structs are always CBOR");
    let small = (body.len() >= COMPRESS_FROM)
        .then(|| zstd::bulk::compress(&body, ZSTD_LEVEL).ok())
        .flatten()
        .filter(|small| small.len() < body.len());
    let (flags, body) = small.map_or((0, body), |small| (FLAG_ZSTD, small));
    let mut out = Vec::with_capacity(body.len() + 3);
    out.extend_from_slice(&[VERSION, flags, kind]);
    out.extend_from_slice(&body);
    out
}

/// The kind of a message, and its body unpacked.
fn open(bytes: &[u8]) -> Result<(u8, Vec<u8>), WireError> {
    let [version, flags, kind, body @ ..] = bytes else { return Err(WireError::Short) };
    if *version != VERSION {
        return Err(WireError::Version(*version));
    }
    if body.len() > MESSAGE_MAX {
        return Err(WireError::TooLarge);
    }
    if flags & FLAG_ZSTD == 0 {
        return Ok((*kind, body.to_vec()));
    }
    let size =
        zstd::zstd_safe::get_frame_content_size(body).ok().flatten().ok_or(WireError::Zstd)?;
    let size =
        usize::try_from(size).ok().filter(|s| *s <= MESSAGE_MAX).ok_or(WireError::TooLarge)?;
    Ok((*kind, zstd::bulk::decompress(body, size).map_err(|_| WireError::Zstd)?))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    serde_cbor::from_slice(body).map_err(|e| WireError::Body(e.to_string()))
}

#[cfg(test)]
mod tests;
