//! How a machine becomes a node: the token that lets it join, what it asks, and what it is answered.
//!
//! The law of this room: no secret travels. A token is the seed of a key: the machine signs with it, and the controller
//! keeps the public half alone; so neither a broker that listens nor a copy of the controller's store can join with it.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::trust::PublicKey;
use model::{Hash, NodeName};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::sign::{NoEntropy, SigningKey, verify};

/// What signed requests begin with, so that no other signature of the same keys is one.
const BOUND: &[u8] = b"driftless join 1\0";
const CLIENT_ID_BOUND: &[u8] = b"driftless client id 1\0";
/// What tokens begin with.
const FORM: &str = "dl1";
/// No request or answer is longer, in bytes.
pub const BYTES_MAX: usize = 16 << 10;
/// The name by which nodes know the controller's certificate, whatever address they reach it at.
pub const CONTROLLER: &str = "controller.driftless.dev";
/// The name of a broker that the controller's authority has certified and that is not the controller.
pub const BROKER: &str = "broker.driftless.dev";

/// What lets a machine join. It is a secret: whoever has it can use it.
pub struct Token {
    /// Which of the controller's tokens it is.
    pub id: String,
    key: SigningKey,
    /// The SHA-256 of the authority's certificate: only its controller is believed.
    pub authority: [u8; 32],
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, self.public(), self.authority) == (&other.id, other.public(), other.authority)
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.id)
    }
}

/// The text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no join token: it begins with dl1. and comes whole from `driftless-controller token create`"
)]
pub struct BadToken;

impl Token {
    /// A new token of a controller with this authority.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn generate(id: &str, authority: [u8; 32]) -> Result<Self, NoEntropy> {
        Ok(Self { id: id.to_owned(), key: SigningKey::generate()?, authority })
    }

    /// Reads a token.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, BadToken> {
        let mut parts = text.trim().split('.');
        let mut next = || parts.next().ok_or(BadToken);
        let (form, id, seed, authority) = (next()?, next()?, next()?, next()?);
        let bytes = |text: &str| -> Result<[u8; 32], BadToken> {
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|b| b.try_into().ok()).ok_or(BadToken)
        };
        let fits =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if form != FORM || !fits || parts.next().is_some() {
            return Err(BadToken);
        }
        let key = SigningKey::from_seed(bytes(seed)?);
        Ok(Self { id: id.to_owned(), key, authority: bytes(authority)? })
    }

    /// The whole token, secret included: for who is to use it.
    #[must_use]
    pub fn reveal(&self) -> String {
        let text = |bytes: &[u8; 32]| URL_SAFE_NO_PAD.encode(bytes);
        format!("{FORM}.{}.{}.{}", self.id, text(self.key.seed()), text(&self.authority))
    }

    /// What the controller keeps of it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.key.public()
    }
}

/// What a machine asks: to be certified as a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The node that it is to be, or is.
    pub node: String,
    /// Its key.
    #[serde(with = "serde_bytes")]
    key: Vec<u8>,
    /// Tells answers apart.
    #[serde(with = "serde_bytes")]
    pub nonce: Vec<u8>,
    /// The token that it joins by; none: its key is known already, and it asks for a new certificate.
    pub token: Option<String>,
}

impl Asked {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> Option<PublicKey> {
        Some(PublicKey(self.key.as_slice().try_into().ok()?))
    }
}

/// A request whose signature by its own key is good.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is asked.
    pub asked: Asked,
    signed: Vec<u8>,
    token_signature: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Form {
    asked: ByteBuf,
    by_key: ByteBuf,
    by_token: ByteBuf,
}

impl Request {
    /// A request to be sent: signed by the node's key, and by the token if it joins by one.
    #[must_use]
    pub fn write(
        node: &NodeName,
        key: &SigningKey,
        nonce: [u8; 16],
        token: Option<&Token>,
    ) -> Vec<u8> {
        let asked = Asked {
            node: node.as_str().to_owned(),
            key: key.public().0.to_vec(),
            nonce: nonce.to_vec(),
            token: token.map(|t| t.id.clone()),
        };
        let asked = serde_cbor::to_vec(&asked).expect("a request can be written");
        let signed = bound(&asked);
        let form = Form {
            by_key: ByteBuf::from(key.sign(&signed)),
            by_token: ByteBuf::from(token.map(|t| t.key.sign(&signed)).unwrap_or_default()),
            asked: ByteBuf::from(asked),
        };
        serde_cbor::to_vec(&form).expect("a request can be written")
    }

    /// Reads a request; none if it is none, or not signed by the key that it names.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > BYTES_MAX {
            return None;
        }
        let form: Form = serde_cbor::from_slice(bytes).ok()?;
        let asked: Asked = serde_cbor::from_slice(&form.asked).ok()?;
        let signed = bound(&form.asked);
        verify(&asked.key()?, &signed, &form.by_key).then_some(Self {
            asked,
            signed,
            token_signature: form.by_token.into_vec(),
        })
    }

    /// Whether the token with this public key signed it.
    #[must_use]
    pub fn is_by_token(&self, key: &PublicKey) -> bool {
        verify(key, &self.signed, &self.token_signature)
    }
}

fn bound(asked: &[u8]) -> Vec<u8> {
    [BOUND, asked].concat()
}

/// What a machine is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The request's.
    #[serde(with = "serde_bytes")]
    pub nonce: Vec<u8>,
    /// Its certificate and the authority's (X.509, DER); none: it is refused.
    pub certified: Option<(ByteBuf, ByteBuf)>,
    /// While one authority follows another: the certificates that lead from the former to it, and the former's own.
    #[serde(default)]
    pub chain: Vec<ByteBuf>,
    /// The controller's clock, and how long the certificate holds from then on, in milliseconds.
    pub times: (u64, u64),
    /// Why it is refused, for people.
    pub refused: String,
    /// Whether asking again later may help.
    pub passing: bool,
}

impl Answer {
    /// As it travels.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        serde_cbor::to_vec(self).expect("an answer can be written")
    }

    /// Reads an answer; none if it is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > BYTES_MAX { None } else { serde_cbor::from_slice(bytes).ok() }
    }
}

/// The MQTT client id of a node that has joined: its name, and what nobody else can tell. A broker of one's own lets anybody
/// take a client's place who comes with its id.
#[must_use]
pub fn client_id(node: &NodeName, key: &SigningKey) -> String {
    let signature = key.sign(CLIENT_ID_BOUND);
    let tail: String = Hash::of(&signature).0.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("{node}_{tail}")
}

/// Where a machine that joins asks: its connection's id, which is no node's name.
#[must_use]
pub fn topic_up(prefix: &str, id: &str) -> String {
    format!("{prefix}/_join/{id}/u")
}

/// Where it is answered.
#[must_use]
pub fn topic_down(prefix: &str, id: &str) -> String {
    format!("{prefix}/_join/{id}/d")
}

/// The connection's id of a topic that somebody asks on.
#[must_use]
pub fn asking<'a>(prefix: &str, topic: &'a str) -> Option<&'a str> {
    topic
        .strip_prefix(prefix)?
        .strip_prefix("/_join/")?
        .strip_suffix("/u")
        .filter(|id| !id.contains('/'))
}

/// The connection's id of a topic that somebody is answered on.
#[must_use]
pub fn answered<'a>(prefix: &str, topic: &'a str) -> Option<&'a str> {
    topic
        .strip_prefix(prefix)?
        .strip_prefix("/_join/")?
        .strip_suffix("/d")
        .filter(|id| !id.contains('/'))
}

/// The key as TLS wants it: PKCS #8 (RFC 8410, section 7). A secret.
#[must_use]
pub fn pkcs8(key: &SigningKey) -> Vec<u8> {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    [head.as_slice(), key.seed()].concat()
}

/// The public key as certificates have it: SubjectPublicKeyInfo (RFC 8410, section 4).
#[must_use]
pub fn public_key_info(key: &PublicKey) -> Vec<u8> {
    let head = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
    [head.as_slice(), &key.0].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_read_back_and_never_printed() {
        let token = Token::generate("a1b2", [7; 32]).expect("entropy");
        let text = token.reveal();
        let again = Token::parse(&format!(" {text}\n")).expect("a token");
        assert_eq!(
            (again.id.as_str(), again.public(), again.authority),
            ("a1b2", token.public(), [7; 32])
        );
        assert_eq!(format!("{token:?}"), "Token(a1b2)");
        for bad in [
            "",
            "dl1",
            "dl1.a",
            &text[..text.len() - 1],
            &format!("{text}.x"),
            &text.replace("dl1", "dl2"),
            &text.replace("a1b2", "A/b"),
        ] {
            assert!(Token::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_request_is_by_its_key_and_by_its_token() {
        let (key, other) =
            (SigningKey::generate().expect("entropy"), SigningKey::generate().expect("entropy"));
        let token = Token::generate("t", [0; 32]).expect("entropy");
        let bytes = Request::write(&NodeName::from("n1"), &key, [1; 16], Some(&token));
        let request = Request::read(&bytes).expect("it is well signed");
        assert_eq!((request.asked.node.as_str(), request.asked.key()), ("n1", Some(key.public())));
        assert!(request.is_by_token(&token.public()) && !request.is_by_token(&other.public()));
        let renewal = Request::read(&Request::write(&NodeName::from("n1"), &key, [1; 16], None));
        assert!(!renewal.expect("it is well signed").is_by_token(&token.public()));
    }

    #[test]
    fn topics_of_joining_are_no_nodes() {
        let topic = topic_up("dl", "x1");
        assert_eq!(asking("dl", &topic), Some("x1"));
        assert_eq!(crate::topic::parse("dl", &topic), None);
        for other in ["dl/n1/u", "dl/_join/u", "dl/_join/a/b/u", &topic_down("dl", "x1")] {
            assert_eq!(asking("dl", other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_request_that_was_tampered_with_is_none(at in 0_usize..200, flip in 1_u8..=255) {
            let key = SigningKey::from_seed([3; 32]);
            let token = Token { id: "t".into(), key: SigningKey::from_seed([4; 32]), authority: [0; 32] };
            let mut bytes = Request::write(&NodeName::from("n1"), &key, [1; 16], Some(&token));
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let taken = Request::read(&bytes).is_some_and(|r| r.is_by_token(&token.public()));
            prop_assert!(!taken, "byte {at}");
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "\\PC{0,200}") {
            let _ = (Request::read(&bytes), Answer::read(&bytes), Token::parse(&text), Token::parse(&format!("dl1.{text}")));
        }
    }
}
