//! One end of a stream.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};

use super::hub::Hub;
use super::{End, FRAME_BYTES_MAX, Say, WINDOW_BYTES, cost};

/// Credit is given back when so much is owed.
const CREDIT_FROM: usize = WINDOW_BYTES / 4;

/// What comes from the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// The node is doing it. Comes once, before all else, and only to the side that opened the stream.
    Opened,
    /// Bytes on a channel.
    Data(u8, Vec<u8>),
    /// Nothing more comes on this channel.
    Close(u8),
    /// Nothing more comes at all.
    End(End),
}

/// The stream has ended: nobody takes what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream has ended")]
pub struct Ended;

/// One end of a stream. When both halves are dropped before its end, it is abandoned, and the other side told.
#[derive(Debug)]
pub struct Port {
    /// Says.
    pub sender: Sender,
    /// Hears.
    pub receiver: Receiver,
}

/// Says things to the other side. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender {
    life: Arc<Life>,
    credit: Arc<Semaphore>,
    /// Closed with the stream; never has a permit.
    ended: Arc<Semaphore>,
}

/// Hears what the other side says.
#[derive(Debug)]
pub struct Receiver {
    life: Arc<Life>,
    incoming: mpsc::UnboundedReceiver<Incoming>,
    /// What was taken and not given credit for, in bytes.
    owed: usize,
}

struct Life {
    hub: Hub,
    id: u64,
}

impl std::fmt::Debug for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "stream {}", self.id)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.hub.abandon(self.id);
    }
}

impl Port {
    pub(super) fn new(
        hub: Hub,
        id: u64,
        credit: Arc<Semaphore>,
        ended: Arc<Semaphore>,
        incoming: mpsc::UnboundedReceiver<Incoming>,
    ) -> Self {
        let life = Arc::new(Life { hub, id });
        Self {
            sender: Sender { life: life.clone(), credit, ended },
            receiver: Receiver { life, incoming, owed: 0 },
        }
    }
}

impl Sender {
    /// Says that it is being done: once, by the side that was asked.
    ///
    /// # Errors
    /// If the stream has ended.
    pub fn opened(&self) -> Result<(), Ended> {
        self.life.hub.say(self.life.id, Say::Opened)
    }

    /// Says bytes on a channel, as the other side gives credit for them. If it is cut off, a part may have been said.
    ///
    /// # Errors
    /// If the stream has ended.
    pub async fn send(&self, channel: u8, bytes: &[u8]) -> Result<(), Ended> {
        for part in bytes.chunks(FRAME_BYTES_MAX) {
            let cost = u32::try_from(cost(part.len())).map_err(|_| Ended)?;
            self.credit.acquire_many(cost).await.map_err(|_| Ended)?.forget();
            self.life.hub.say(self.life.id, Say::Data(channel, part.to_vec()))?;
        }
        Ok(())
    }

    /// Nothing more comes on this channel.
    ///
    /// # Errors
    /// If the stream has ended.
    pub fn close(&self, channel: u8) -> Result<(), Ended> {
        self.life.hub.say(self.life.id, Say::Close(channel))
    }

    /// Ends the stream: what was said before arrives first. If it has ended already, nothing happens.
    pub fn end(&self, end: End) {
        self.life.hub.end(self.life.id, end);
    }

    /// Waits until the stream has ended, by whichever side.
    pub async fn ended(&self) {
        let _ = self.ended.acquire().await;
    }
}

impl Receiver {
    /// The next thing that the other side said; none after the end. Safe to be cut off. What was taken makes room for more
    /// with the next call.
    pub async fn recv(&mut self) -> Option<Incoming> {
        if self.owed >= CREDIT_FROM {
            let owed = u32::try_from(std::mem::take(&mut self.owed)).unwrap_or(u32::MAX);
            // After the end there is nothing to give credit for.
            let _ = self.life.hub.say(self.life.id, Say::Credit(owed));
        }
        let next = self.incoming.recv().await?;
        if let Incoming::Data(_, bytes) = &next {
            self.owed += cost(bytes.len());
        }
        Some(next)
    }
}
