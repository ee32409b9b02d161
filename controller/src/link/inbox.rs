//! What is published to us, as events. Whoever hands it in waits until the drive has room: so a node hears that its message
//! was taken over only when it was.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use model::NodeName;
use model::message::Up;
use tokio::sync::mpsc;
use wire::WireError;
use wire::chunk::{Heard, is_whole};
use wire::join;

use crate::join::Desk;

use super::pace::Pace;
use super::streams::Streams;
use super::transfers::Transfers;
use super::{Counters, LinkEvent};

/// Something to publish: a topic, and a payload.
pub(super) type Publication = (String, Vec<u8>);

pub(super) struct Inbox {
    prefix: Arc<str>,
    events: mpsc::Sender<LinkEvent>,
    transfers: Arc<Transfers>,
    streams: Arc<Streams>,
    counters: Arc<Counters>,
    pace: Pace,
    desk: Option<Arc<Desk>>,
}

impl Inbox {
    pub(super) fn new(
        prefix: Arc<str>,
        events: mpsc::Sender<LinkEvent>,
        transfers: Arc<Transfers>,
        streams: Arc<Streams>,
        counters: Arc<Counters>,
        desk: Option<Arc<Desk>>,
    ) -> Self {
        Self { prefix, events, transfers, streams, counters, pace: Pace::default(), desk }
    }

    /// Takes a publication in, once there is room: what is to be published in answer.
    pub(super) async fn take(&self, topic: &str, payload: &[u8]) -> Vec<Publication> {
        let mut answers = Vec::new();
        if let (Some(desk), Some(id)) = (&self.desk, join::asking(&self.prefix, topic)) {
            let answer = desk.answer(payload).await;
            answers.extend(answer.map(|bytes| (join::topic_down(&self.prefix, id), bytes)));
            return answers;
        }
        let Some((node, leaf)) = wire::topic::parse(&self.prefix, topic) else { return answers };
        let event = match leaf {
            "p" => {
                self.streams.lose(&node);
                LinkEvent::Presence(node, payload == b"1")
            }
            "s/u" => {
                if let Err(error) = self.streams.hear(&node, payload) {
                    self.malformed(&node, &error);
                }
                return answers;
            }
            "u" => {
                Counters::add(&self.counters.received_messages, 1);
                match self.message(&node, payload, &mut answers) {
                    Ok(Some(message)) => LinkEvent::Said(node, message),
                    Ok(None) => return answers,
                    Err(error) => {
                        self.malformed(&node, &error);
                        return answers;
                    }
                }
            }
            _ => return answers,
        };
        // If nobody listens any more, the controller is stopping.
        let _ = self.events.send(event).await;
        answers
    }

    fn message(
        &self,
        node: &NodeName,
        payload: &[u8],
        answers: &mut Vec<Publication>,
    ) -> Result<Option<Up>, WireError> {
        if is_whole(payload) {
            return wire::decode_up(payload).map(Some);
        }
        let heard: Heard = self.transfers.hear(node, payload, Instant::now())?;
        let topic = wire::topic::down(&self.prefix, node);
        answers.extend(heard.answers.into_iter().map(|answer| (topic.clone(), answer)));
        heard.message.map(|bytes| wire::decode_up(&bytes)).transpose()
    }

    /// Something came on a node's topic that the node has not said.
    pub(super) fn refused(&self, topic: &str) {
        Counters::add(&self.counters.refused, 1);
        if let Some(kept_back) = self.pace.line(Instant::now()) {
            tracing::warn!(
                topic,
                kept_back,
                "what came on this topic is not what its node has sealed for us: it came twice or late, the node was revoked, or somebody else said it"
            );
        }
    }

    /// The connection to all nodes is gone.
    pub(super) fn cut_off(&self) {
        self.streams.lose_all();
    }

    fn malformed(&self, node: &NodeName, error: &WireError) {
        self.counters.malformed.fetch_add(1, Ordering::Relaxed);
        if let Some(kept_back) = self.pace.line(Instant::now()) {
            tracing::warn!(%node, %error, kept_back, "a message is none of ours and was dropped");
        }
    }
}
