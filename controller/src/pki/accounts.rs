//! The key that signs the tokens of service accounts (ES256), made at first start.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use serde_json::{Value, json};

use super::{PkiError, files};

/// The key.
pub struct AccountKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    /// Names the key in tokens.
    id: String,
}

impl AccountKey {
    /// Reads the key, or makes it.
    ///
    /// # Errors
    /// If the file cannot be read or written, or holds something else.
    pub fn open(path: &Path) -> Result<Self, PkiError> {
        let random = SystemRandom::new();
        let broken = |why: &str| PkiError::Broken { path: path.to_owned(), why: why.to_owned() };
        let document = match std::fs::read(path) {
            Ok(document) => document,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                    .map_err(|_| broken("the system gives no random numbers"))?;
                files::write_private(path, made.as_ref())?;
                made.as_ref().to_vec()
            }
            Err(source) => return Err(PkiError::File { path: path.to_owned(), source }),
        };
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document, &random)
            .map_err(|_| broken("it is no key for tokens"))?;
        let digest = ring::digest::digest(&ring::digest::SHA256, pair.public_key().as_ref());
        let id = URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9]);
        Ok(Self { pair, random, id })
    }

    /// A signed token (RFC 7519) that claims this; none if there are no random numbers.
    pub fn sign(&self, claims: &Value) -> Option<String> {
        let header = json!({"alg": "ES256", "kid": self.id, "typ": "JWT"});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes()).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }

    /// What a token claims, if this key has signed it. Whether it still counts is another matter.
    pub fn claims(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        // No other algorithm is spoken here, whatever a token asks for.
        if json(header)?.get("alg")? != "ES256" {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key());
        key.verify(signed.as_bytes(), &signature).ok()?;
        json(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_counts() {
        let dir = tempfile::tempdir().expect("a directory");
        let key = AccountKey::open(&dir.path().join("a.key")).expect("a key");
        let claims = json!({"sub": "x"});
        let token = key.sign(&claims).expect("signed");
        assert_eq!(key.claims(&token), Some(claims.clone()));
        let again = AccountKey::open(&dir.path().join("a.key")).expect("the same key");
        assert_eq!(again.claims(&token), Some(claims));
        let other = AccountKey::open(&dir.path().join("b.key")).expect("a key");
        assert_eq!(other.claims(&token), None);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let touched = String::from_utf8(bytes).expect("text");
            // The last letters carry bits that mean nothing.
            let same = key.claims(&touched) == key.claims(&token);
            assert!(!same || at + 1 == token.len(), "{at}");
        }
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let body = token.split('.').nth(1).expect("claims");
        for token in ["", ".", "..", "a.b.c", &format!("{none}.{body}."), &format!("{none}.{body}")]
        {
            assert_eq!(key.claims(token), None, "{token}");
        }
    }
}
