//! All streams to one other side.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore, mpsc};

use super::outbox::Outbox;
use super::port::{Ended, Incoming, Port};
use super::{End, Frame, Open, Reason, Say, WINDOW_BYTES, cost};
use crate::WireError;

/// So many streams may be open to one other side: each may hold [`WINDOW_BYTES`] in each direction.
pub const STREAMS_MAX: usize = 64;

/// There are [`STREAMS_MAX`] streams already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{STREAMS_MAX} streams to this node are open: end some of them, then try again")]
pub struct Busy;

/// All streams to one other side. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// There is something to send.
    wake: Notify,
}

struct State {
    streams: BTreeMap<u64, Stream>,
    outbox: Outbox,
    next_id: u64,
    /// Who does what is asked for; none: nothing may be asked for.
    serve: Option<mpsc::UnboundedSender<(Open, Port)>>,
}

struct Stream {
    incoming: mpsc::UnboundedSender<Incoming>,
    /// What we may say.
    credit: Arc<Semaphore>,
    /// Closed at the end.
    ended: Arc<Semaphore>,
    /// What the other side may say, in bytes.
    room: usize,
    said: u32,
    heard: u32,
    /// Channels on which nothing more comes, and whether it was opened: what may come once only.
    closed: u8,
    opened: bool,
}

impl Hub {
    /// For the side that opens streams. `first_id` should differ from start to start, so that a late frame of streams before
    /// meets none of ours.
    #[must_use]
    pub fn opening(first_id: u64) -> Self {
        Self::new(first_id, None)
    }

    /// For the side that serves them: what is asked for comes out of the receiver.
    #[must_use]
    pub fn serving() -> (Self, mpsc::UnboundedReceiver<(Open, Port)>) {
        let (serve, asked) = mpsc::unbounded_channel();
        (Self::new(0, Some(serve)), asked)
    }

    fn new(next_id: u64, serve: Option<mpsc::UnboundedSender<(Open, Port)>>) -> Self {
        let state = State { streams: BTreeMap::new(), outbox: Outbox::default(), next_id, serve };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), wake: Notify::new() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many streams are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().streams.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Opens a stream. The other side answers with [`Incoming::Opened`] or an end.
    ///
    /// # Errors
    /// If there are too many.
    pub fn open(&self, open: Open) -> Result<Port, Busy> {
        let mut state = self.state();
        if state.streams.len() >= STREAMS_MAX {
            return Err(Busy);
        }
        let id = state.next_id;
        state.next_id = id.wrapping_add(1);
        let port = state.enter(self, id);
        drop(state);
        // One that cannot be written is too large: it ends at once, and its receiver says so.
        let _ = self.say(id, Say::Open(open));
        Ok(port)
    }

    /// The next frame to send: one of each stream in turn. Safe to be cut off.
    pub async fn next(&self) -> Vec<u8> {
        loop {
            if let Some(frame) = self.state().outbox.pop() {
                return frame;
            }
            // One that was notified before it waited does not wait.
            self.shared.wake.notified().await;
        }
    }

    /// Takes a frame in.
    ///
    /// # Errors
    /// If it is none.
    pub fn hear(&self, payload: &[u8]) -> Result<(), WireError> {
        let frame = Frame::from_bytes(payload)?;
        let mut state = self.state();
        let unserved = match frame.say {
            Say::Open(open) => state.asked(self, frame.id, open),
            _ => {
                state.heard(frame);
                None
            }
        };
        drop(state);
        // Its life ends only now: that looks at the state, too.
        drop(unserved);
        self.shared.wake.notify_one();
        Ok(())
    }

    /// The connection is gone, and all streams with it.
    pub fn lose(&self, why: &str) {
        let mut state = self.state();
        state.outbox = Outbox::default();
        for stream in std::mem::take(&mut state.streams).into_values() {
            stream.finish(End::failed(Reason::Lost, why));
        }
    }

    pub(super) fn say(&self, id: u64, say: Say) -> Result<(), Ended> {
        let mut state = self.state();
        let said = state.say(id, say);
        drop(state);
        self.shared.wake.notify_one();
        said
    }

    pub(super) fn end(&self, id: u64, end: End) {
        // It may have ended already.
        let _ = self.say(id, Say::End(end));
    }

    /// Both halves of a port are gone.
    pub(super) fn abandon(&self, id: u64) {
        let mut state = self.state();
        if state.streams.remove(&id).is_none() {
            return;
        }
        state.outbox.forget(id);
        state.refuse(id, End::failed(Reason::Abandoned, "nobody listens any more"));
        drop(state);
        self.shared.wake.notify_one();
    }
}

impl State {
    fn enter(&mut self, hub: &Hub, id: u64) -> Port {
        let (incoming, receiver) = mpsc::unbounded_channel();
        let credit = Arc::new(Semaphore::new(WINDOW_BYTES));
        let ended = Arc::new(Semaphore::new(0));
        let stream = Stream {
            incoming,
            credit: credit.clone(),
            ended: ended.clone(),
            room: WINDOW_BYTES,
            said: 0,
            heard: 0,
            closed: 0,
            opened: false,
        };
        self.streams.insert(id, stream);
        Port::new(hub.clone(), id, credit, ended, receiver)
    }

    /// The other side asks for something. Gives the port back if nobody serves it.
    fn asked(&mut self, hub: &Hub, id: u64, open: Open) -> Option<Port> {
        // One that is there came twice.
        let serve = self.serve.clone().filter(|_| !self.streams.contains_key(&id))?;
        if self.streams.len() >= STREAMS_MAX {
            self.refuse(id, End::failed(Reason::Unavailable, Busy.to_string()));
            return None;
        }
        let port = self.enter(hub, id);
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.heard = 1;
        }
        let Err(mpsc::error::SendError((_, port))) = serve.send((open, port)) else { return None };
        self.streams.remove(&id);
        self.refuse(id, End::failed(Reason::Unavailable, "the node is stopping"));
        Some(port)
    }

    fn heard(&mut self, frame: Frame) {
        let Frame { id, number, say } = frame;
        let Some(stream) = self.streams.get_mut(&id) else {
            // The other side does not know yet that it has ended, or we were started anew.
            if matches!(say, Say::Data(..) | Say::Opened) {
                self.refuse(id, End::failed(Reason::Lost, "there is no such stream any more"));
            }
            return;
        };
        if number < stream.heard {
            return;
        }
        if let Err(end) = stream.take(number, say) {
            let ours = matches!(&end, End::Failed(f) if f.reason == Reason::Lost);
            let Some(stream) = self.streams.remove(&id) else { return };
            self.outbox.forget(id);
            stream.finish(end.clone());
            if ours {
                self.refuse(id, end);
            }
        }
    }

    fn say(&mut self, id: u64, say: Say) -> Result<(), Ended> {
        let stream = self.streams.get_mut(&id).ok_or(Ended)?;
        if let Say::Credit(credit) = &say {
            stream.room += usize::try_from(*credit).unwrap_or(0);
        }
        let ends = if let Say::End(end) = &say { Some(end.clone()) } else { None };
        let frame = Frame { id, number: stream.said, say };
        stream.said += 1;
        match frame.to_bytes() {
            Ok(bytes) => self.outbox.push(id, bytes),
            Err(error) => {
                let end = End::failed(Reason::BadRequest, error.to_string());
                if let Some(stream) = self.streams.remove(&id) {
                    stream.finish(end);
                }
                return Err(Ended);
            }
        }
        if let Some(end) = ends
            && let Some(stream) = self.streams.remove(&id)
        {
            stream.finish(end);
        }
        Ok(())
    }

    /// Says the end of a stream that is not there.
    fn refuse(&mut self, id: u64, end: End) {
        let frame = Frame { id, number: u32::MAX, say: Say::End(end) };
        if let Ok(bytes) = frame.to_bytes() {
            self.outbox.push(id, bytes);
        }
    }
}

impl Stream {
    /// Takes what was said in. Gives the end, if it is one or has become one.
    fn take(&mut self, number: u32, say: Say) -> Result<(), End> {
        let lost = |what: &str| Err(End::failed(Reason::Lost, what));
        // An end that has no number comes from a side that does not know the stream.
        if let Say::End(end) = say {
            return if number == self.heard || number == u32::MAX {
                Err(end)
            } else {
                lost("a part of the stream was lost on its way")
            };
        }
        if number != self.heard {
            return lost("a part of the stream was lost on its way");
        }
        self.heard += 1;
        let incoming = match say {
            Say::Data(channel, bytes) => {
                let Some(room) = self.room.checked_sub(cost(bytes.len())) else {
                    return lost("the other side said more than it had credit for");
                };
                self.room = room;
                Incoming::Data(channel, bytes)
            }
            Say::Credit(credit) => {
                let most = WINDOW_BYTES.saturating_sub(self.credit.available_permits());
                self.credit.add_permits(usize::try_from(credit).unwrap_or(0).min(most));
                return Ok(());
            }
            Say::Close(channel) => {
                if self.closed & (1 << channel) != 0 {
                    return Ok(());
                }
                self.closed |= 1 << channel;
                Incoming::Close(channel)
            }
            Say::Opened if !self.opened => {
                self.opened = true;
                Incoming::Opened
            }
            Say::Opened | Say::Open(_) | Say::End(_) => return Ok(()),
        };
        // If nobody listens any more, it is being abandoned.
        let _ = self.incoming.send(incoming);
        Ok(())
    }

    fn finish(self, end: End) {
        self.credit.close();
        self.ended.close();
        let _ = self.incoming.send(Incoming::End(end));
    }
}

/// Carries frames between two sides, as a link would; for tests.
pub async fn bridge(a: &Hub, b: &Hub) -> Result<(), WireError> {
    loop {
        tokio::select! {
            frame = a.next() => b.hear(&frame)?,
            frame = b.next() => a.hear(&frame)?,
        }
    }
}
