//! Signatures: Ed25519 (RFC 8032). Over what, `model::trust` says.

use core::fmt;

use model::trust::PublicKey;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoEntropy;

/// A private key that signs. Never printed.
pub struct SigningKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn generate() -> Result<Self, NoEntropy> {
        Ok(Self::from_seed(entropy()?))
    }

    /// The key that these 32 bytes are the seed of.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("every 32 bytes are a seed");
        Self { seed, pair }
    }

    /// What it is made from again. A secret.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// What others know its signatures by.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    /// Signs a message: 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// Whether a signature over a message is this key's.
#[must_use]
pub fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key.0).verify(message, signature).is_ok()
}

/// 32 bytes that nobody can foresee.
///
/// # Errors
/// If the system gives none.
pub fn entropy() -> Result<[u8; 32], NoEntropy> {
    let random = ring::rand::generate::<[u8; 32]>(&SystemRandom::new()).map_err(|_| NoEntropy)?;
    Ok(random.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_that_signed_is_known() {
        let (one, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let signature = one.sign(b"words");
        assert!(verify(&one.public(), b"words", &signature));
        assert!(!verify(&other.public(), b"words", &signature));
        assert!(!verify(&one.public(), b"wordz", &signature));
        assert!(!verify(&one.public(), b"words", &[]));
        assert_eq!(SigningKey::from_seed(*one.seed()).public(), one.public());
        assert!(!format!("{one:?}").contains(&hex(one.seed())));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    proptest::proptest! {
        #[test]
        fn a_message_that_was_touched_is_not_the_one_that_was_signed(
            mut message in proptest::collection::vec(proptest::num::u8::ANY, 1..100),
            at in 0usize..164, bit in 0u8..8,
        ) {
            let key = SigningKey::from_seed([3; 32]);
            let mut signature = key.sign(&message);
            let total = message.len() + signature.len();
            let at = at % total;
            match at.checked_sub(message.len()) {
                None => message[at] ^= 1 << bit,
                Some(at) => signature[at] ^= 1 << bit,
            }
            proptest::prop_assert!(!verify(&key.public(), &message, &signature));
        }
    }
}
