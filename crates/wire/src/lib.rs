//! How messages travel: `model` ⇄ bytes.
//!
//! A message is three bytes and a body: the version of the wire (1), flags (bit 0: the body is compressed with zstd), the
//! kind of message, and the body in CBOR (RFC 8949) with numbered fields. The number of a field is its place in the struct
//! in [`v1`]: fields are only ever added at the end. Numbers that are not known are passed over; those that are missing
//! have their default. So either side may be older than the other.
//!
//! Orders are signed ([`sign`]), and the secrets among them sealed ([`seal`]): over what, `model::trust` says.
//!
//! The law of this crate: no bytes from outside make it panic, or take more memory than a message of the largest size.

pub mod address;
pub mod chunk;
pub mod join;
pub mod seal;
mod shape;
pub mod sign;
pub mod stream;
pub mod topic;
pub mod tunnel;
mod v1;

use std::borrow::Cow;

use model::message::{Down, Up};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of the wire that this build writes.
pub const VERSION: u8 = 1;
/// No message of the controller is larger, unpacked, in bytes: all orders of a node, with their config maps and secrets of
/// up to 1 MiB each.
pub const DOWN_MAX: usize = 64 << 20;
/// No message of a node is larger, unpacked, in bytes.
pub const UP_MAX: usize = 16 << 20;
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
    #[error("the message is larger than {max} bytes")]
    TooLarge {
        /// What it may have.
        max: usize,
    },
    /// The compressed body is damaged.
    #[error("the compressed body is damaged")]
    Zstd,
    /// The body is not what its kind says.
    #[error("the body is damaged: {0}")]
    Body(String),
}

/// A message of the controller, as bytes.
///
/// # Errors
/// If it is larger than [`DOWN_MAX`]: the other side would not take it.
pub fn encode_down(message: &Down) -> Result<Vec<u8>, WireError> {
    match message {
        Down::Welcome(m) => encode(v1::WELCOME, &v1::Welcome::from(m), DOWN_MAX),
        Down::Orders(m) => encode(v1::ORDERS, &v1::Orders::from(m), DOWN_MAX),
        Down::ReportTaken { boot, sequence } => {
            let form = v1::ReportTaken { boot: *boot, sequence: *sequence };
            encode(v1::REPORT_TAKEN, &form, DOWN_MAX)
        }
        Down::WhoAreYou => encode(v1::WHO_ARE_YOU, &v1::Empty {}, DOWN_MAX),
    }
}

/// A message of a node, as bytes.
///
/// # Errors
/// If it is larger than [`UP_MAX`]: the other side would not take it.
pub fn encode_up(message: &Up) -> Result<Vec<u8>, WireError> {
    match message {
        Up::Hello(m) => encode(v1::HELLO, &v1::Hello::from(m), UP_MAX),
        Up::Taken { generation } => {
            encode(v1::TAKEN, &v1::Taken { generation: generation.0 }, UP_MAX)
        }
        Up::Refused(m) => encode(v1::REFUSED, &v1::Refused::from(m), UP_MAX),
        Up::Report(m) => encode(v1::REPORT, &v1::Report::from(&**m), UP_MAX),
        Up::Bye => encode(v1::BYE, &v1::Empty {}, UP_MAX),
    }
}

/// Reads a message of the controller.
///
/// # Errors
/// If the bytes are none.
pub fn decode_down(bytes: &[u8]) -> Result<Down, WireError> {
    let (kind, body) = open(bytes, DOWN_MAX)?;
    Ok(match kind {
        v1::WELCOME => Down::Welcome(parse::<v1::Welcome>(&body)?.try_into()?),
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
    let (kind, body) = open(bytes, UP_MAX)?;
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

fn encode<T: Serialize>(kind: u8, body: &T, max: usize) -> Result<Vec<u8>, WireError> {
    let body = packed(body);
    if body.len() > max {
        return Err(WireError::TooLarge { max });
    }
    let small = (body.len() >= COMPRESS_FROM)
        .then(|| zstd::bulk::compress(&body, ZSTD_LEVEL).ok())
        .flatten()
        .filter(|small| small.len() < body.len());
    let (flags, body) = small.map_or((0, body), |small| (FLAG_ZSTD, small));
    Ok([&[VERSION, flags, kind][..], &body].concat())
}

/// A message that is small, or compressed already.
fn encode_small<T: Serialize>(kind: u8, body: &T) -> Vec<u8> {
    [&[VERSION, 0, kind][..], &packed(body)].concat()
}

fn packed<T: Serialize>(body: &T) -> Vec<u8> {
    serde_cbor::ser::to_vec_packed(body).expect("our own structs are always CBOR")
}

/// The kind of a message, and its body, unpacked to `max` bytes at most.
fn open(bytes: &[u8], max: usize) -> Result<(u8, Cow<'_, [u8]>), WireError> {
    let [version, flags, kind, body @ ..] = bytes else { return Err(WireError::Short) };
    if *version != VERSION {
        return Err(WireError::Version(*version));
    }
    if body.len() > max {
        return Err(WireError::TooLarge { max });
    }
    if flags & FLAG_ZSTD == 0 {
        return Ok((*kind, body.into()));
    }
    let size =
        zstd::zstd_safe::get_frame_content_size(body).ok().flatten().ok_or(WireError::Zstd)?;
    let size =
        usize::try_from(size).ok().filter(|s| *s <= max).ok_or(WireError::TooLarge { max })?;
    Ok((*kind, zstd::bulk::decompress(body, size).map_err(|_| WireError::Zstd)?.into()))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    shape::check(body)?;
    serde_cbor::from_slice(body).map_err(|e| WireError::Body(e.to_string()))
}

#[cfg(test)]
mod tests;
