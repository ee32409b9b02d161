//! How a document lies in the file: its revision, then its JSON, compressed where that pays, and encrypted where it is a
//! secret.
//!
//! As bytes: the revision (8, little endian); 0: the JSON; 1: the JSON compressed with zstd; 2: one of the two, with its
//! number, encrypted with an at-rest key and bound to the document's key and revision.

use std::ops::RangeInclusive;

use bytes::Bytes;
use controller_core::kinds::{self, KindId};
use model::Revision;
use wire::sign::NoEntropy;

use super::Stored;
use crate::keys::AtRest;

/// Kinds that are encrypted where they lie.
const SECRET: &[KindId] = &[kinds::SECRET];
const BOUND: &[u8] = b"driftless store v1";
/// Documents from this size on are compressed.
const COMPRESS_FROM: usize = 512;
const ZSTD_LEVEL: i32 = 3;
/// No document is larger: a request body is 3 MiB at most. A frame that claims more is damaged.
const DOCUMENT_MAX: usize = 16 << 20;
const REVISION_BYTES: usize = 8;
const PLAIN: u8 = 0;
const COMPRESSED: u8 = 1;
const ENCRYPTED: u8 = 2;

/// The ranges of keys in the file whose documents are encrypted.
pub(super) fn secret_ranges() -> impl Iterator<Item = RangeInclusive<Vec<u8>>> {
    SECRET.iter().map(|kind| {
        let prefix = kinds::get(*kind).prefix();
        format!("{prefix}\0").into_bytes()..=format!("{prefix}\x01").into_bytes()
    })
}

/// Whether the document under this key is encrypted.
pub(super) fn is_secret(key: &[u8]) -> bool {
    secret_ranges().any(|range| range.contains(&key.to_vec()))
}

/// Packs the document under a key of the file.
///
/// # Errors
/// If it is a secret, and the system gives no random numbers.
pub(super) fn pack(at_rest: &AtRest, key: &[u8], stored: &Stored) -> Result<Vec<u8>, NoEntropy> {
    let small = (stored.doc.len() >= COMPRESS_FROM)
        .then(|| zstd::bulk::compress(&stored.doc, ZSTD_LEVEL).ok())
        .flatten()
        .filter(|small| small.len() < stored.doc.len());
    let content = match &small {
        Some(small) => [&[COMPRESSED], small.as_slice()].concat(),
        None => [&[PLAIN], stored.doc.as_ref()].concat(),
    };
    let revision = stored.revision.0.to_le_bytes();
    if !is_secret(key) {
        return Ok([revision.as_slice(), &content].concat());
    }
    let sealed = at_rest.seal(&bound(key, stored.revision), &content)?;
    Ok([revision.as_slice(), &[ENCRYPTED], &sealed].concat())
}

pub(super) fn revision_of(value: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*value.first_chunk::<REVISION_BYTES>()?))
}

/// The number of the key that a packed document is encrypted with; none if it is not.
pub(super) fn key_of(value: &[u8]) -> Option<u32> {
    match value.get(REVISION_BYTES..)? {
        [ENCRYPTED, sealed @ ..] => AtRest::id_of(sealed),
        _ => None,
    }
}

/// Unpacks a document; none if it is damaged, moved, or encrypted with a key that is gone.
pub(super) fn unpack(at_rest: &AtRest, key: &[u8], value: &[u8]) -> Option<Stored> {
    let revision = Revision(revision_of(value)?);
    let doc = match value.get(REVISION_BYTES..)? {
        [ENCRYPTED, sealed @ ..] => document(&at_rest.open_sealed(&bound(key, revision), sealed)?)?,
        content => document(content)?,
    };
    Some(Stored { revision, doc })
}

fn document(content: &[u8]) -> Option<Bytes> {
    match content {
        [PLAIN, doc @ ..] => Some(Bytes::copy_from_slice(doc)),
        [COMPRESSED, small @ ..] => {
            let size = zstd::zstd_safe::get_frame_content_size(small).ok()??;
            let size = usize::try_from(size).ok().filter(|s| *s <= DOCUMENT_MAX)?;
            Some(Bytes::from(zstd::bulk::decompress(small, size).ok()?))
        }
        _ => None,
    }
}

fn bound(key: &[u8], revision: Revision) -> Vec<u8> {
    [BOUND, key, &revision.0.to_le_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &[u8] = b"/configmaps\0default\0a";

    fn secret() -> Vec<u8> {
        format!("{}\0default\0a", kinds::get(kinds::SECRET).prefix()).into_bytes()
    }

    #[test]
    fn documents_are_packed_and_unpacked() {
        let keys = AtRest::in_memory();
        for size in [0, 10, 511, 512, 100_000] {
            let stored = Stored { revision: Revision(7), doc: Bytes::from(vec![b'x'; size]) };
            for key in [OPEN, &secret()] {
                let packed = pack(&keys, key, &stored).unwrap();
                assert_eq!(revision_of(&packed), Some(7));
                assert_eq!(unpack(&keys, key, &packed), Some(stored.clone()));
            }
        }
        for bad in [
            &b""[..],
            b"1234567",
            b"12345678",
            b"12345678\x03x",
            b"12345678\x01x",
            b"12345678\x02x",
        ] {
            assert_eq!(unpack(&keys, OPEN, bad), None);
        }
    }

    #[test]
    fn secrets_are_encrypted_where_they_are_and_nothing_else_is() {
        let keys = AtRest::in_memory();
        let doc = Bytes::from_static(br#"{"data":{"k":"cGxhbnRlZA=="}}"#);
        let stored = Stored { revision: Revision(7), doc };
        let shows = |packed: &[u8]| packed.windows(10).any(|w| w == b"cGxhbnRlZA");
        let (open, packed) =
            (pack(&keys, OPEN, &stored).unwrap(), pack(&keys, &secret(), &stored).unwrap());
        assert!(shows(&open) && key_of(&open).is_none());
        assert!(!shows(&packed) && key_of(&packed) == Some(1));
        // Under another name, or as another revision, it is not that secret.
        let other = [&secret(), b"b".as_slice()].concat();
        assert_eq!(unpack(&keys, &other, &packed), None);
        let mut moved = packed.clone();
        moved[0] ^= 1;
        assert_eq!(unpack(&keys, &secret(), &moved), None);
    }
}
