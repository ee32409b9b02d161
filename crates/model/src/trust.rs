//! What signatures and seals are made over: the exact bytes, said once, so that both sides mean the same.
//!
//! The law of this module: every kind of message begins with words of its own, so that what was signed or sealed as one
//! thing is never taken for another.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::orders::{ItemKey, ItemKind, Manifest};
use crate::{Hash, NodeName};

const ORDERS: &[u8] = b"driftless orders v1";
const KEYS: &[u8] = b"driftless orders keys v1";
const SALT: &[u8] = b"driftless secret salt v1";
const COMMITMENT: &[u8] = b"driftless secret commitment v1";
const SEALED: &[u8] = b"driftless sealed secret v1";
/// No set has more keys: one that signs, one that follows, and room for a hasty second change.
pub const KEYS_MAX: usize = 4;

/// A public key: Ed25519 (RFC 8032) of whoever signs orders, or X25519 (RFC 7748) of a node that secrets are sealed to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PublicKey(pub [u8; 32]);

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no public key: 64 hexadecimal digits make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no public key: 64 hexadecimal digits make one")]
pub struct NoKey;

impl core::str::FromStr for PublicKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let digits = text.as_bytes();
        let mut key = [0; 32];
        if digits.len() != 64 {
            return Err(NoKey);
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16).ok_or(NoKey);
            *byte = u8::try_from(digit(0)? << 4 | digit(1)?).map_err(|_| NoKey)?;
        }
        Ok(Self(key))
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        alloc::format!("{key}")
    }
}

impl TryFrom<String> for PublicKey {
    type Error = NoKey;

    fn try_from(text: String) -> Result<Self, NoKey> {
        text.parse()
    }
}

/// The keys by which a node knows its controller's orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKeys {
    /// Which controller's: a name made at its first start, that no other has.
    pub fleet: String,
    /// The number of this set. It only grows: a set that was replaced never comes back.
    pub serial: u64,
    /// The keys, the one that signs now first. One to [`KEYS_MAX`].
    pub keys: Vec<PublicKey>,
}

impl TrustedKeys {
    /// What a key of the set before signs, so that nodes take this set.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let serial = self.serial.to_be_bytes();
        let mut parts: Vec<&[u8]> = Vec::new();
        parts.extend([self.fleet.as_bytes(), serial.as_slice()]);
        parts.extend(self.keys.iter().map(|k| k.0.as_slice()));
        message(KEYS, &parts)
    }
}

/// A set of keys, announced: signed by a key of the set before (the first one by its own).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The set.
    pub keys: TrustedKeys,
    /// Over [`TrustedKeys::message`].
    pub signature: Vec<u8>,
}

/// What the controller signs of a node's orders. The root fixes every item, so this fixes the whole set: whose, from whom,
/// which number, what.
#[must_use]
pub fn orders_message(fleet: &str, manifest: &Manifest) -> Vec<u8> {
    let (generation, made) = (manifest.generation.0.to_be_bytes(), manifest.made.0.to_be_bytes());
    message(
        ORDERS,
        &[
            fleet.as_bytes(),
            manifest.node.as_str().as_bytes(),
            &generation,
            &manifest.root.0,
            &made,
        ],
    )
}

fn message(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    [kind, &Hash::of_parts(core::iter::once(kind).chain(parts.iter().copied())).0].concat()
}

/// What makes commitments to secrets say nothing about them: known to the controller alone.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Pepper(pub [u8; 32]);

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper")
    }
}

impl Pepper {
    /// 32 bytes that only the controller can tell, the same for the same parts. Twice hashed, so that no one who has
    /// seen one can tell another.
    #[must_use]
    pub fn derive(&self, parts: &[&[u8]]) -> [u8; 32] {
        let inner = Hash::of_parts([&[1][..], &self.0].into_iter().chain(parts.iter().copied()));
        Hash::of_parts([&[2][..], &self.0, &inner.0]).0
    }

    /// The salt of a secret, and the hash by which its item is known. The same secret has the same hash, for every node
    /// and after every start, and nobody can tell the secret by trying.
    #[must_use]
    pub fn commit(&self, name: &str, body: &[u8]) -> ([u8; 32], Hash) {
        let salt = self.derive(&[SALT, name.as_bytes(), body]);
        (salt, commitment(name, &salt, body))
    }
}

fn commitment(name: &str, salt: &[u8], body: &[u8]) -> Hash {
    Hash::of_parts([COMMITMENT, name.as_bytes(), salt, body])
}

/// The first byte of a sealed body. Documents begin with a brace.
const FORM: u8 = 1;
const HASH_END: usize = 33;
const SALT_BYTES: usize = 32;

/// A secret as it travels and is kept: the hash by which it is known, and what only its node can open.
///
/// As bytes: 1, the hash (32 bytes), the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// The commitment to the content.
    pub hash: Hash,
    /// The box (see `wire::seal`): salt and content, sealed to the node's key.
    pub sealed: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Reads a body; none if it is not sealed.
    #[must_use]
    pub fn read(kind: ItemKind, body: &'a [u8]) -> Option<Self> {
        if kind != ItemKind::Secret || body.first() != Some(&FORM) {
            return None;
        }
        let hash = <[u8; 32]>::try_from(body.get(1..HASH_END)?).ok()?;
        Some(Self { hash: Hash(hash), sealed: &body[HASH_END..] })
    }

    /// As bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        [&[FORM], self.hash.0.as_slice(), self.sealed].concat()
    }
}

/// What is put into the box: the salt, and the content.
#[must_use]
pub fn boxed(salt: &[u8; 32], body: &[u8]) -> Vec<u8> {
    [salt.as_slice(), body].concat()
}

/// The content of a box that was opened; none if it is not what the hash says.
#[must_use]
pub fn unboxed<'a>(key: &ItemKey, hash: &Hash, content: &'a [u8]) -> Option<&'a [u8]> {
    let (salt, body) = content.split_at_checked(SALT_BYTES)?;
    (commitment(&key.name, salt, body) == *hash).then_some(body)
}

/// What a box is bound to besides its key: whose it is, which secret, and which content of it.
#[must_use]
pub fn sealed_for(node: &NodeName, key: &ItemKey, hash: &Hash) -> Vec<u8> {
    message(SEALED, &[node.as_str().as_bytes(), &[key.kind as u8], key.name.as_bytes(), &hash.0])
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::{Generation, Millis};

    fn manifest(node: &str, generation: u64, root: &[u8], made: u64) -> Manifest {
        Manifest {
            node: node.into(),
            generation: Generation(generation),
            root: Hash::of(root),
            made: Millis(made),
        }
    }

    #[test]
    fn no_two_orders_are_signed_alike() {
        let all = [
            orders_message("f", &manifest("n", 1, b"r", 1)),
            orders_message("g", &manifest("n", 1, b"r", 1)),
            orders_message("f", &manifest("m", 1, b"r", 1)),
            orders_message("f", &manifest("n", 2, b"r", 1)),
            orders_message("f", &manifest("n", 1, b"s", 1)),
            orders_message("f", &manifest("n", 1, b"r", 2)),
            orders_message("fn", &manifest("", 1, b"r", 1)),
            TrustedKeys { fleet: "f".into(), serial: 1, keys: Vec::new() }.message(),
            TrustedKeys { fleet: "f".into(), serial: 2, keys: Vec::new() }.message(),
            TrustedKeys { fleet: "f".into(), serial: 1, keys: [PublicKey([1; 32])].into() }
                .message(),
        ];
        let distinct: alloc::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_commitment_is_stable_and_hides() {
        let pepper = Pepper([7; 32]);
        let (salt, hash) = pepper.commit("default/s", b"body");
        assert_eq!(pepper.commit("default/s", b"body"), (salt, hash));
        assert_ne!(pepper.commit("default/t", b"body").1, hash);
        assert_ne!(pepper.commit("default/s", b"bodz").1, hash);
        assert_ne!(
            Pepper([8; 32]).commit("default/s", b"body").1,
            hash,
            "who lacks the pepper cannot try"
        );
        let key = ItemKey { kind: ItemKind::Secret, name: "default/s".into() };
        let content = boxed(&salt, b"body");
        assert_eq!(unboxed(&key, &hash, &content), Some(&b"body"[..]));
        assert_eq!(unboxed(&key, &hash, &boxed(&salt, b"bodz")), None);
        assert_eq!(unboxed(&key, &hash, b"short"), None);
    }

    #[test]
    fn sealed_bodies_are_told_from_documents() {
        let sealed = Sealed { hash: Hash([9; 32]), sealed: b"box" };
        assert_eq!(Sealed::read(ItemKind::Secret, &sealed.write()), Some(sealed));
        assert_eq!(Sealed::read(ItemKind::ConfigMap, &sealed.write()), None);
        for plain in [&b"{\"data\":{}}"[..], b"", b"\x01short"] {
            assert_eq!(Sealed::read(ItemKind::Secret, plain), None);
        }
    }

    #[test]
    fn keys_are_written_in_hexadecimal() {
        let key = PublicKey([0xa5; 32]);
        assert_eq!(key.to_string().parse(), Ok(key));
        for bad in ["", "a5", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(bad.parse::<PublicKey>(), Err(NoKey));
        }
        assert_eq!(alloc::format!("{:?}", Pepper([1; 32])), "Pepper");
    }
}
