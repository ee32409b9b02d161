//! The desk where machines become nodes: it reads what they ask, looks up tokens and identities in the store, and
//! certifies keys.
//!
//! The law of this room: what is written is written before anything is certified; a key is certified for one node, and
//! for no other name.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use controller_core::admit::meta::meta;
use controller_core::admit::{Fresh, prepare_create};
use controller_core::join::{Admitted, Asked, admit};
use controller_core::kinds::{self, KindId, ObjectKey};
use controller_core::turn::Durability;
use model::trust::PublicKey;
use model::{Millis, NodeName, Revision};
use serde_bytes::ByteBuf;
use serde_json::Value;
use wire::join::{Answer, Request};
use wire::tunnel::{self, Tunnel};

use crate::bucket::Bucket;
use crate::link::Link;
use crate::pki::{Live, fingerprint};
use crate::store::{ChangeKind, Expect, Op, Store};

/// So many requests a second are looked at, and so many at once after a pause; others are to come again.
const REQUESTS_A_SECOND: f64 = 50.0;
const REQUESTS_AT_ONCE: f64 = 200.0;
/// How often a decision is made again that was overtaken.
const ATTEMPTS_MAX: usize = 5;

/// The desk.
pub struct Desk {
    store: Store,
    pki: Arc<Live>,
    /// How long the certificates of nodes hold.
    life: Duration,
    bucket: Mutex<Bucket>,
}

impl Desk {
    /// A desk with this authority.
    #[must_use]
    pub fn new(store: Store, pki: Arc<Live>, life: Duration) -> Self {
        let bucket = Mutex::new(Bucket::full(REQUESTS_A_SECOND, REQUESTS_AT_ONCE));
        Self { store, pki, life, bucket }
    }

    /// Whether this key is that node's, and it was not revoked.
    pub fn knows(&self, node: &NodeName, key: &PublicKey) -> bool {
        let identity = self.document(kinds::NODE_IDENTITY, node.as_str());
        identity.is_ok_and(|doc| {
            doc.is_some_and(|(_, doc)| {
                doc["spec"]["publicKey"] == key.to_string() && doc["spec"]["revoked"] != true
            })
        })
    }

    /// The controller's end of a tunnel to a node that asks for one, and what to answer; none if it is not that node's
    /// question, or it was revoked.
    pub fn answer_tunnel(&self, node: &NodeName, said: &[u8]) -> Option<(Tunnel, Vec<u8>)> {
        let (_, identity) = self.document(kinds::NODE_IDENTITY, node.as_str()).ok()??;
        if identity["spec"]["revoked"] == true {
            return None;
        }
        let key = identity["spec"]["publicKey"].as_str()?.parse().ok()?;
        let pki = self.pki.pki();
        tunnel::answer(node, &key, said, &pki.link_chain(), |message| pki.sign_as_link(message))
    }

    /// The answer to a request; none if it is none.
    pub async fn answer(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let request = Request::read(bytes)?;
        let refused = |why: String, passing: bool| Answer {
            nonce: request.asked.nonce.clone(),
            certified: None,
            chain: Vec::new(),
            times: (0, 0),
            refused: why,
            passing,
        };
        if !self.has_time() {
            return Some(refused("many machines ask at once; try again".to_owned(), true).write());
        }
        let answer = match self.certify(&request).await {
            Ok(answer) => answer,
            Err(Refusal::Final(why)) => refused(why, false),
            Err(Refusal::Passing(why)) => refused(why, true),
        };
        match &answer.certified {
            Some(_) => tracing::info!(node = request.asked.node, "a node was certified"),
            None => tracing::warn!(
                node = request.asked.node,
                why = answer.refused,
                "a machine was refused"
            ),
        }
        Some(answer.write())
    }

    /// Whether there is time for one more.
    fn has_time(&self) -> bool {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn certify(&self, request: &Request) -> Result<Answer, Refusal> {
        let asked = &request.asked;
        let key = asked.key().ok_or_else(|| Refusal::Final("the request has no key".to_owned()))?;
        let node = NodeName::checked(&asked.node)
            .map_err(|e| Refusal::Final(format!("{:?} is no name for a node: {e}", asked.node)))?;
        let now = SystemTime::now();
        let now_ms = Millis(millis(now.duration_since(UNIX_EPOCH).unwrap_or_default()));
        let until = now_ms.plus(millis(self.life));
        let pki = self.pki.pki();
        let by = fingerprint(&pki.ca.certificate_der());
        self.record(request, &node, key, now_ms, (until, &by)).await?;
        let certificate = pki.certify_node(&node, &key, now, self.life);
        let certificate = certificate.map_err(|e| Refusal::Passing(e.to_string()))?;
        let (authority, chain) = (pki.ca.certificate_der(), pki.chain().split_off(1));
        Ok(Answer {
            nonce: asked.nonce.clone(),
            certified: Some((
                ByteBuf::from(certificate.to_vec()),
                ByteBuf::from(authority.to_vec()),
            )),
            chain: chain.iter().map(|c| ByteBuf::from(c.to_vec())).collect(),
            times: (now_ms.0, millis(self.life)),
            refused: String::new(),
            passing: false,
        })
    }

    /// Decides, and writes down what was decided.
    async fn record(
        &self,
        request: &Request,
        node: &NodeName,
        key: PublicKey,
        now: Millis,
        certified: (Millis, &str),
    ) -> Result<(), Refusal> {
        let asked = &request.asked;
        for _ in 0..ATTEMPTS_MAX {
            let token = match &asked.token {
                Some(id) => self.document(kinds::JOIN_TOKEN, id)?,
                None => None,
            };
            let identity = self.document(kinds::NODE_IDENTITY, node.as_str())?;
            let public =
                token.as_ref().and_then(|(_, t)| t["spec"]["publicKey"].as_str()?.parse().ok());
            let by_token = public.is_some_and(|public| request.is_by_token(&public));
            let question =
                Asked { node: node.as_str(), key, token: asked.token.as_deref(), by_token };
            let doc = |found: &Found| found.as_ref().map(|(_, doc)| doc.clone());
            let admitted = admit(&question, doc(&token).as_ref(), doc(&identity).as_ref(), now)
                .map_err(|refused| Refusal::Final(refused.0))?;
            let seen = token.map(|(revision, _)| revision);
            let ops = ops(admitted, seen, identity, node, now, certified)?;
            match self.store.write(ops).await {
                Ok(_) => return Ok(()),
                Err(
                    error @ (crate::store::WriteError::Disk(_) | crate::store::WriteError::Closed),
                ) => {
                    return Err(Refusal::Passing(error.to_string()));
                }
                // Somebody else wrote one of them meanwhile.
                Err(_) => {}
            }
        }
        Err(Refusal::Passing("the token is used by many at once; try again".to_owned()))
    }

    fn document(&self, kind: KindId, name: &str) -> Result<Found, Refusal> {
        let key = ObjectKey::new(kind, "", name);
        let stored = self.store.get(&key).map_err(|e| Refusal::Passing(e.to_string()))?;
        let Some(stored) = stored else { return Ok(None) };
        let doc =
            serde_json::from_slice(&stored.doc).map_err(|e| Refusal::Passing(e.to_string()))?;
        Ok(Some((stored.revision, doc)))
    }
}

/// A document as it was found.
type Found = Option<(Revision, Value)>;

/// What is to be written, all of it or nothing.
fn ops(
    admitted: Admitted,
    token: Option<Revision>,
    identity: Found,
    node: &NodeName,
    now: Millis,
    (until, authority): (Millis, &str),
) -> Result<Vec<Op>, Refusal> {
    let mut ops = Vec::new();
    if let (Some(token), Some(seen)) = (admitted.token, token) {
        ops.push(op(kinds::JOIN_TOKEN, token, Expect::Revision(seen)));
    }
    let (mut doc, expect) = match (admitted.identity, identity) {
        (Some(new), _) => (made(new, now)?, Expect::Absent),
        (None, Some((seen, known))) => (known, Expect::Revision(seen)),
        (None, None) => return Err(Refusal::Final(format!("no node {node} is known here"))),
    };
    doc["status"]["certifiedUntil"] = until.to_rfc3339().into();
    doc["status"]["authority"] = authority.into();
    ops.push(op(kinds::NODE_IDENTITY, doc, expect));
    Ok(ops)
}

/// A new object, as the API would make it.
fn made(new: Value, now: Millis) -> Result<Value, Refusal> {
    let status = new["status"].clone();
    let uid = crate::api::new_uid().map_err(|e| Refusal::Passing(e.message))?;
    let fresh = Fresh { now, uid: &uid, suffix: "" };
    let made = prepare_create(kinds::get(kinds::NODE_IDENTITY), "", new, &fresh);
    let mut made = made.map_err(|e| Refusal::Final(e.message))?;
    made["status"] = status;
    Ok(made)
}

fn op(kind: KindId, doc: Value, expect: Expect) -> Op {
    Op { key: meta(&doc).key(kind), expect, put: Some(doc), durability: Durability::Now }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Ends the connections of nodes that are revoked, or whose identity is taken away.
pub async fn cut_off_revoked(store: Store, link: Link) {
    loop {
        let from = store.revision();
        let Ok(mut changes) = store.watch(kinds::NODE_IDENTITY, from) else { continue };
        // Faster than they were taken: those that are known already were cut off when they changed.
        while let Ok(change) = changes.next().await {
            let doc: Option<Value> = serde_json::from_slice(&change.doc).ok();
            let gone = change.kind == ChangeKind::Deleted;
            let revoked = doc.is_some_and(|doc| doc["spec"]["revoked"] == true);
            if let (true, Ok(node)) = (gone || revoked, NodeName::checked(&change.key.name)) {
                tracing::warn!(%node, "the node is not believed any more; its connection is closed");
                link.cut(&node);
            }
        }
    }
}

/// Why a machine is not certified.
enum Refusal {
    /// Nothing will come of asking again.
    Final(String),
    /// It may be asked again later.
    Passing(String),
}
