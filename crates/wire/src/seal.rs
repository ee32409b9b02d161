//! Secrets for one node: HPKE (RFC 9180) in base mode, X25519-HKDF-SHA256, HKDF-SHA256, ChaCha20-Poly1305.
//!
//! The law of this module: one content for one node is one box, to the byte, whenever it is made. So orders that are sent
//! again are the same, and go on where the link was cut. The randomness of a box is therefore made from what is in it and
//! from a secret of the controller's own.

use core::convert::Infallible;
use core::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use model::trust::{Pepper, PublicKey};

use crate::sign::{NoEntropy, entropy};

type Encapped = <X25519HkdfSha256 as Kem>::EncappedKey;

const INFO: &[u8] = b"driftless secrets v1";
const RANDOM: &[u8] = b"driftless box randomness v1";
/// The part of a box that the opener makes its key from.
const ENCAPPED_BYTES: usize = 32;

/// A node's private key for secrets (X25519). Never printed, never told.
pub struct SealingKey {
    private: <X25519HkdfSha256 as Kem>::PrivateKey,
    public: PublicKey,
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.public())
    }
}

impl SealingKey {
    /// A new key.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn generate() -> Result<Self, NoEntropy> {
        Ok(Self::of(X25519HkdfSha256::derive_keypair(&entropy()?).0))
    }

    /// The key in these bytes, as [`Self::bytes`] wrote them; none if they are none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Deserializable::from_bytes(bytes).ok().map(Self::of)
    }

    fn of(private: <X25519HkdfSha256 as Kem>::PrivateKey) -> Self {
        let public = PublicKey(X25519HkdfSha256::sk_to_pk(&private).to_bytes().into());
        Self { private, public }
    }

    /// What it is made from again. A secret.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.private.to_bytes().to_vec()
    }

    /// What others seal to.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// What is in a box; none if it is not for this key, was not bound to `bound`, or was touched.
    #[must_use]
    pub fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        let (encapped, sealed) = sealed.split_at_checked(ENCAPPED_BYTES)?;
        let encapped = Encapped::from_bytes(encapped).ok()?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &self.private,
            &encapped,
            INFO,
            sealed,
            bound,
        )
        .ok()
    }
}

/// A box that only this key opens, and only for what it is `bound` to. None if the key is none that anything can be
/// sealed to.
#[must_use]
pub fn seal(key: &PublicKey, pepper: &Pepper, content: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
    let recipient = Deserializable::from_bytes(&key.0).ok()?;
    let seed = pepper.derive(&[RANDOM, &key.0, bound, content]);
    let mut random = Drawn { seed: Pepper(seed), drawn: 0 };
    let (encapped, sealed) = hpke::single_shot_seal_with_rng::<
        ChaCha20Poly1305,
        HkdfSha256,
        X25519HkdfSha256,
    >(&OpModeS::Base, &recipient, INFO, content, bound, &mut random)
    .ok()?;
    Some([encapped.to_bytes().as_slice(), &sealed].concat())
}

/// Random bytes, block by block, from a seed that nobody can foresee.
struct Drawn {
    seed: Pepper,
    drawn: u64,
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for part in out.chunks_mut(32) {
            let block = self.seed.derive(&[&self.drawn.to_be_bytes()]);
            self.drawn += 1;
            part.copy_from_slice(&block[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    const PEPPER: Pepper = Pepper([5; 32]);

    #[test]
    fn a_box_is_for_one_node_and_one_place() {
        let (mine, other) = (SealingKey::generate().unwrap(), SealingKey::generate().unwrap());
        let sealed = seal(&mine.public(), &PEPPER, b"content", b"place").unwrap();
        assert_eq!(mine.open(&sealed, b"place").unwrap(), b"content");
        assert_eq!(mine.open(&sealed, b"elsewhere"), None);
        assert_eq!(other.open(&sealed, b"place"), None);
        let again = SealingKey::from_bytes(&mine.bytes()).unwrap();
        assert_eq!(again.open(&sealed, b"place").unwrap(), b"content");
        assert!(!sealed.windows(7).any(|w| w == b"content"));
        assert!(!format!("{mine:?}").contains(&format!("{:?}", mine.bytes())));
        // A point of small order: whoever seals to it seals to nobody.
        assert_eq!(seal(&PublicKey([0; 32]), &PEPPER, b"c", b"p"), None);
    }

    #[test]
    fn the_same_is_sealed_the_same_and_nothing_else_is() {
        let key = SealingKey::generate().unwrap().public();
        let make =
            |pepper: &Pepper, content: &[u8], bound: &[u8]| seal(&key, pepper, content, bound);
        let one = make(&PEPPER, b"content", b"place");
        assert_eq!(make(&PEPPER, b"content", b"place"), one);
        let head = |sealed: &Option<Vec<u8>>| sealed.as_ref().unwrap()[..ENCAPPED_BYTES].to_vec();
        for other in [
            make(&PEPPER, b"contenu", b"place"),
            make(&PEPPER, b"content", b"plaza"),
            make(&Pepper([6; 32]), b"content", b"place"),
        ] {
            assert_ne!(head(&other), head(&one), "no two boxes share a key");
        }
    }

    static BOX: LazyLock<(SealingKey, Vec<u8>)> = LazyLock::new(|| {
        let key = SealingKey::from_bytes(&[7; 32]).unwrap();
        let sealed = seal(&key.public(), &PEPPER, b"content", b"place").unwrap();
        (key, sealed)
    });

    proptest::proptest! {
        #[test]
        fn a_box_that_was_touched_stays_shut(at in 0usize..1000, bit in 0u8..8, cut in proptest::bool::ANY) {
            let (key, mut sealed) = (&BOX.0, BOX.1.clone());
            let at = at % sealed.len();
            if cut {
                sealed.truncate(at);
            } else {
                sealed[at] ^= 1 << bit;
            }
            // The top bit of the key that was sent along says nothing (RFC 7748, section 5).
            proptest::prop_assume!(cut || (at, bit) != (ENCAPPED_BYTES - 1, 7));
            proptest::prop_assert_eq!(key.open(&sealed, b"place"), None);
        }
    }
}
