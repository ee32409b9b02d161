//! A tunnel through a broker that is not trusted: what passes it is sealed between the node and the controller, both ways,
//! in order, once.
//!
//! The node asks with a fresh X25519 key (RFC 7748) that its own key has signed; the controller answers with one that it
//! has signed with the key of its certificate. From both come four keys (HKDF-SHA256, RFC 5869), one for each direction of
//! messages and of streams, for ChaCha20-Poly1305 (RFC 8439) with a counter as nonce. Whoever records it all and steals
//! every key later reads nothing of it.
//!
//! As bytes: [`MARK`], what it is, and then of a question: the key and the signature; of an answer: CBOR; of what is
//! sealed: the counter (4 bytes, big-endian) and the box. No message and no frame begins with [`MARK`].
//!
//! The law of this module: nothing opens twice, nothing opens out of its order, nothing opens that the other side did not
//! seal for this node in this session.

use core::fmt;

use model::NodeName;
use model::trust::PublicKey;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SystemRandom;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::sign::{NoEntropy, SigningKey, verify};

/// What everything of a tunnel begins with.
pub const MARK: u8 = 0xd5;
const ASK: u8 = 1;
const ANSWER: u8 = 2;
const LOST: u8 = 3;
const SEALED: u8 = 4;
const ASK_BOUND: &[u8] = b"driftless tunnel ask 1\0";
const ANSWER_BOUND: &[u8] = b"driftless tunnel answer 1\0";
const KEY_BYTES: usize = 32;
const HEAD_BYTES: usize = 6;
/// So much longer is a payload in a tunnel, in bytes.
pub const OVERHEAD_BYTES: usize = HEAD_BYTES + 16;
/// No answer is longer, in bytes: two certificates of a thorough authority.
const ANSWER_MAX: usize = 16 << 10;

/// What a payload of a tunnelled topic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A node asks for a tunnel.
    Ask,
    /// The controller's answer to that.
    Answer,
    /// The controller knows of no tunnel: ask anew.
    Lost,
    /// Something sealed.
    Sealed,
    /// Nothing of a tunnel.
    Open,
}

/// What a payload is, by its first bytes.
#[must_use]
pub fn what(payload: &[u8]) -> What {
    match payload {
        [MARK, ASK, ..] => What::Ask,
        [MARK, ANSWER, ..] => What::Answer,
        [MARK, LOST, ..] => What::Lost,
        [MARK, SEALED, ..] => What::Sealed,
        _ => What::Open,
    }
}

/// What the controller says to a node that it has no tunnel to.
#[must_use]
pub fn lost() -> Vec<u8> {
    vec![MARK, LOST]
}

/// What passes a tunnel, each with keys and counters of its own: they travel on topics that overtake each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Orders, reports, and all other messages.
    Messages = 0,
    /// Frames of streams.
    Streams = 1,
}

/// One direction of one lane.
#[derive(Clone)]
struct Way {
    key: [u8; KEY_BYTES],
    /// The next to be sealed; the first that may be opened.
    next: u32,
}

impl Way {
    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.key);
        LessSafeKey::new(key.expect("a key of this cipher has 32 bytes"))
    }

    fn nonce(number: u32) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[NONCE_LEN - 4..].copy_from_slice(&number.to_be_bytes());
        Nonce::assume_unique_for_key(nonce)
    }

    fn seal(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        let number = self.next;
        // After four thousand million of them, another tunnel is due.
        self.next = number.checked_add(1)?;
        let mut bytes = Vec::with_capacity(payload.len() + OVERHEAD_BYTES);
        bytes.extend([MARK, SEALED]);
        bytes.extend(number.to_be_bytes());
        bytes.extend(payload);
        let (_, body) = bytes.split_at_mut(HEAD_BYTES);
        let tag = self.cipher().seal_in_place_separate_tag(Self::nonce(number), Aad::empty(), body);
        bytes.extend(tag.ok()?.as_ref());
        Some(bytes)
    }

    fn open(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (head, sealed) = bytes.split_at_checked(HEAD_BYTES)?;
        let number = u32::from_be_bytes(head[2..].try_into().ok()?);
        if what(head) != What::Sealed || number < self.next {
            return None;
        }
        let mut body = sealed.to_vec();
        let opened = self.cipher().open_in_place(Self::nonce(number), Aad::empty(), &mut body);
        let length = opened.ok()?.len();
        body.truncate(length);
        self.next = number.checked_add(1)?;
        Some(body)
    }
}

/// One side's end of a tunnel. Never printed.
pub struct Tunnel {
    out: [Way; 2],
    into: [Way; 2],
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tunnel")
    }
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

impl Tunnel {
    fn new(secret: &[u8], session: &[u8], is_node: bool) -> Option<Self> {
        let drawn = Salt::new(HKDF_SHA256, session).extract(secret);
        let way = |label: &[u8]| {
            let label = [label];
            let drawn = drawn.expand(&label, Bytes32).ok()?;
            let mut key = [0; KEY_BYTES];
            drawn.fill(&mut key).ok()?;
            Some(Way { key, next: 0 })
        };
        let up = [way(b"up messages")?, way(b"up streams")?];
        let down = [way(b"down messages")?, way(b"down streams")?];
        let (out, into) = if is_node { (up, down) } else { (down, up) };
        Some(Self { out, into })
    }

    /// A payload for the other side. None: this tunnel is used up, and another is to be asked for.
    #[must_use]
    pub fn seal(&mut self, lane: Lane, payload: &[u8]) -> Option<Vec<u8>> {
        self.out[lane as usize].seal(payload)
    }

    /// What the other side sealed. None if it did not, or it is not newer than what was opened already.
    #[must_use]
    pub fn open(&mut self, lane: Lane, bytes: &[u8]) -> Option<Vec<u8>> {
        self.into[lane as usize].open(bytes)
    }
}

/// A question that waits for its answer.
pub struct Asking {
    node: NodeName,
    private: EphemeralPrivateKey,
    public: [u8; KEY_BYTES],
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asking")
    }
}

#[derive(Serialize, Deserialize)]
struct Answer {
    key: ByteBuf,
    certificates: Vec<ByteBuf>,
    signature: ByteBuf,
}

/// What of an answer has to be believed: that whoever these certificates are of has signed this.
pub struct Claim<'a> {
    /// The controller's certificate, then those that lead to its authority (X.509, DER).
    pub certificates: &'a [ByteBuf],
    /// What was signed.
    pub message: &'a [u8],
    /// ECDSA on P-256 with SHA-256, in ASN.1.
    pub signature: &'a [u8],
}

impl Asking {
    /// A question, and what to say of it.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn new(node: &NodeName, key: &SigningKey) -> Result<(Self, Vec<u8>), NoEntropy> {
        let (private, public) = ephemeral()?;
        let signature = key.sign(&asked(node, &public));
        let said = [&[MARK, ASK][..], &public, &signature].concat();
        Ok((Self { node: node.clone(), private, public }, said))
    }

    /// The tunnel that an answer makes, if what it claims is believed.
    #[must_use]
    pub fn take(self, said: &[u8], believed: impl FnOnce(&Claim<'_>) -> bool) -> Option<Tunnel> {
        if what(said) != What::Answer || said.len() > ANSWER_MAX {
            return None;
        }
        let answer: Answer = serde_cbor::from_slice(&said[2..]).ok()?;
        let theirs: [u8; KEY_BYTES] = answer.key.as_slice().try_into().ok()?;
        let message = answered(&self.node, &self.public, &theirs);
        let claim = Claim {
            certificates: &answer.certificates,
            message: &message,
            signature: &answer.signature,
        };
        if !believed(&claim) {
            return None;
        }
        agree(self.private, &theirs, &message, true)
    }
}

/// Answers a node's question: the controller's end of the tunnel, and what to say. None if it is no question, or not that
/// of the node with this key. `sign` signs with the key of the first of the certificates.
#[must_use]
pub fn answer(
    node: &NodeName,
    key: &PublicKey,
    said: &[u8],
    certificates: &[Vec<u8>],
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<(Tunnel, Vec<u8>)> {
    if what(said) != What::Ask {
        return None;
    }
    let (theirs, signature) = said[2..].split_at_checked(KEY_BYTES)?;
    let theirs: [u8; KEY_BYTES] = theirs.try_into().ok()?;
    if !verify(key, &asked(node, &theirs), signature) {
        return None;
    }
    let (private, public) = ephemeral().ok()?;
    let message = answered(node, &theirs, &public);
    let answer = Answer {
        key: ByteBuf::from(public.to_vec()),
        certificates: certificates.iter().cloned().map(ByteBuf::from).collect(),
        signature: ByteBuf::from(sign(&message)?),
    };
    let tunnel = agree(private, &theirs, &message, false)?;
    let answer = serde_cbor::to_vec(&answer).ok()?;
    Some((tunnel, [&[MARK, ANSWER][..], &answer].concat()))
}

fn ephemeral() -> Result<(EphemeralPrivateKey, [u8; KEY_BYTES]), NoEntropy> {
    let private = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new());
    let private = private.map_err(|_| NoEntropy)?;
    let public = private.compute_public_key().map_err(|_| NoEntropy)?;
    let mut bytes = [0; KEY_BYTES];
    bytes.copy_from_slice(public.as_ref());
    Ok((private, bytes))
}

fn agree(
    private: EphemeralPrivateKey,
    theirs: &[u8; KEY_BYTES],
    session: &[u8],
    is_node: bool,
) -> Option<Tunnel> {
    let theirs = UnparsedPublicKey::new(&X25519, theirs);
    agree_ephemeral(private, &theirs, |secret| Tunnel::new(secret, session, is_node)).ok()?
}

fn asked(node: &NodeName, key: &[u8; KEY_BYTES]) -> Vec<u8> {
    [ASK_BOUND, key, node.as_str().as_bytes()].concat()
}

fn answered(node: &NodeName, theirs: &[u8; KEY_BYTES], ours: &[u8; KEY_BYTES]) -> Vec<u8> {
    [ANSWER_BOUND, theirs, ours, node.as_str().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer(message: &[u8]) -> Option<Vec<u8>> {
        Some(SigningKey::from_seed([9; 32]).sign(message))
    }

    fn believes(claim: &Claim<'_>) -> bool {
        let key = SigningKey::from_seed([9; 32]).public();
        verify(&key, claim.message, claim.signature)
    }

    fn pair() -> (Tunnel, Tunnel) {
        let (node, key) = (NodeName::from("n1"), SigningKey::from_seed([1; 32]));
        let (asking, question) = Asking::new(&node, &key).expect("entropy");
        let made = answer(&node, &key.public(), &question, &[vec![1, 2]], signer);
        let (controller, said) = made.expect("an answer");
        (asking.take(&said, believes).expect("a tunnel"), controller)
    }

    #[test]
    fn both_ends_understand_each_other_and_nothing_opens_twice() {
        let (mut node, mut controller) = pair();
        for lane in [Lane::Messages, Lane::Streams] {
            let (one, two) = (node.seal(lane, b"one").unwrap(), node.seal(lane, b"two").unwrap());
            assert_eq!(one.len(), 3 + OVERHEAD_BYTES);
            assert_eq!(controller.open(lane, &one).as_deref(), Some(&b"one"[..]));
            assert_eq!(controller.open(lane, &one), None, "it came twice");
            assert_eq!(controller.open(lane, &two).as_deref(), Some(&b"two"[..]));
            let (lost, three) = (node.seal(lane, b"lost").unwrap(), node.seal(lane, b"3").unwrap());
            assert_eq!(controller.open(lane, &three).as_deref(), Some(&b"3"[..]), "one is lost");
            assert_eq!(controller.open(lane, &lost), None, "it came too late");
            let down = controller.seal(lane, b"down").unwrap();
            assert_eq!(controller.open(lane, &down), None, "its own, thrown back");
            assert_eq!(node.open(lane, &down).as_deref(), Some(&b"down"[..]));
        }
        let message = node.seal(Lane::Messages, b"m").unwrap();
        assert_eq!(controller.open(Lane::Streams, &message), None, "moved to another lane");
    }

    #[test]
    fn a_tunnel_is_with_one_node_and_one_controller() {
        let (node, key) = (NodeName::from("n1"), SigningKey::from_seed([1; 32]));
        let other = SigningKey::from_seed([2; 32]);
        let (_, question) = Asking::new(&node, &key).unwrap();
        let ask = |name: &str, key: &SigningKey, question: &[u8]| {
            answer(&NodeName::from(name), &key.public(), question, &[], signer)
        };
        assert!(ask("n1", &key, &question).is_some());
        assert!(ask("n1", &other, &question).is_none(), "not by this node's key");
        assert!(ask("n2", &key, &question).is_none(), "asked by another name");
        let said = |to: &[u8]| ask("n1", &key, to).unwrap().1;
        let fresh = || Asking::new(&node, &key).unwrap();
        let (asking, question) = fresh();
        assert!(asking.take(&said(&question), |_| false).is_none(), "not believed");
        let (asking, _) = fresh();
        assert!(
            asking.take(&said(&question), believes).is_none(),
            "the answer to another question"
        );
        assert_eq!(what(&lost()), What::Lost);
        assert_eq!(what(&[crate::VERSION, 0, 1]), What::Open);
    }

    proptest! {
        #[test]
        fn what_was_touched_does_not_open(
            payload in proptest::collection::vec(any::<u8>(), 0..60), at in 0_usize..100, flip in 1_u8..=255,
        ) {
            let (mut node, mut controller) = pair();
            let whole = node.seal(Lane::Messages, &payload).unwrap();
            let mut touched = whole.clone();
            let at = at % touched.len();
            touched[at] ^= flip;
            prop_assert_eq!(controller.open(Lane::Messages, &touched), None);
            prop_assert_eq!(controller.open(Lane::Messages, &whole), Some(payload), "and harms nothing");
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0_u8..6) {
            let bytes = [&[MARK, kind][..], &bytes].concat();
            let (node, key) = (NodeName::from("n1"), SigningKey::from_seed([1; 32]));
            let (asking, _) = Asking::new(&node, &key).unwrap();
            prop_assert!(asking.take(&bytes, believes).is_none());
            prop_assert!(answer(&node, &key.public(), &bytes, &[], signer).is_none());
            let (mut node, _) = pair();
            prop_assert_eq!(node.open(Lane::Messages, &bytes), None);
        }
    }
}
