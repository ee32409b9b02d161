//! What is published to us, as events. Whoever hands it in waits until the drive has room: so a node hears that its message
//! was taken over only when it was.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::NodeName;
use tokio::sync::mpsc;
use wire::chunk::Joiner;

use super::{Counters, LinkEvent};

/// Every so many malformed messages are a line in the log; all are counted.
const LOG_EVERY: u64 = 100;

pub(super) struct Inbox {
    prefix: Arc<str>,
    events: mpsc::Sender<LinkEvent>,
    /// Messages that are half here, by node.
    joiners: Mutex<BTreeMap<NodeName, Joiner>>,
    counters: Arc<Counters>,
}

impl Inbox {
    pub(super) fn new(
        prefix: Arc<str>,
        events: mpsc::Sender<LinkEvent>,
        counters: Arc<Counters>,
    ) -> Self {
        Self { prefix, events, joiners: Mutex::new(BTreeMap::new()), counters }
    }

    /// Takes a publication in, once there is room.
    pub(super) async fn take(&self, topic: &str, payload: &[u8]) {
        let Some((node, leaf)) = wire::topic::parse(&self.prefix, topic) else { return };
        let event = match leaf {
            "p" => LinkEvent::Presence(node, payload == b"1"),
            "u" => {
                Counters::add(&self.counters.received_messages, 1);
                match self.message(&node, payload) {
                    Ok(Some(message)) => LinkEvent::Said(node, message),
                    Ok(None) => return,
                    Err(error) => return self.malformed(&node, &error),
                }
            }
            _ => return,
        };
        // If nobody listens any more, the controller is stopping.
        let _ = self.events.send(event).await;
    }

    fn message(
        &self,
        node: &NodeName,
        payload: &[u8],
    ) -> Result<Option<model::message::Up>, wire::WireError> {
        let whole = {
            let mut joiners = self.joiners.lock().unwrap_or_else(PoisonError::into_inner);
            let joiner = joiners.entry(node.clone()).or_default();
            let whole = joiner.take(payload);
            if joiner.is_empty() {
                joiners.remove(node);
            }
            whole?
        };
        whole.map(|bytes| wire::decode_up(&bytes)).transpose()
    }

    fn malformed(&self, node: &NodeName, error: &wire::WireError) {
        let before = self.counters.malformed.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if before.is_multiple_of(LOG_EVERY) {
            tracing::warn!(%node, %error, count = before + 1, "a message is none of ours and was dropped");
        }
    }
}
