//! The link to the controller: MQTT through rumqttc, with its faults mended from outside. It may be cut at any byte; truth
//! stays in the core until the controller has acknowledged it.
//!
//! Every connection has a client of its own, since what a lost session leaves behind can wedge rumqttc's; and its event loop
//! is never interrupted, since an interrupted connect begins anew.

mod count;
mod line;
mod passage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::NodeName;
use model::message::{Down, Up};
use tokio::sync::{mpsc, oneshot};
use wire::address::Address;
use wire::stream::{Hub, Open, Port};

use crate::identity::Identity;

pub(crate) use count::Count;
use line::Line;

/// So many messages wait on their way out; more are dropped, and said again by the core.
const OUTGOING_MAX: usize = 64;
const EVENTS_MAX: usize = 64;
/// How long the last words may take.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// How the link is made.
#[derive(Clone)]
pub(crate) struct LinkConfig {
    /// Who we are: also the MQTT client id.
    pub(crate) node: NodeName,
    /// Where the controller's broker is.
    pub(crate) controller: Address,
    /// Who we are over TLS; none without it.
    pub(crate) identity: Option<Identity>,
    /// The first level of all topics.
    pub(crate) prefix: String,
    /// How long the connection may be silent; a second at least.
    pub(crate) keep_alive: Duration,
}

/// What comes from the link.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// The connection is up, and what is said to us is heard: the number of this session.
    Up {
        /// Counts from 1 within this run.
        session: u64,
    },
    /// The connection is gone (again), why, and when it is tried next.
    Down {
        /// Why.
        why: String,
        /// When it is tried again.
        retry: Duration,
    },
    /// The controller said something.
    Heard(Down),
    /// A message came that is none of ours, or ours is one that the controller would not take.
    Malformed(wire::WireError),
}

/// What the controller asks for besides orders: streams, to be served.
pub(crate) type Asked = mpsc::UnboundedReceiver<(Open, Port)>;

/// A handle on the link. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LinkHandle {
    outgoing: mpsc::Sender<Outgoing>,
    count: Arc<Count>,
    keep_alive_s: Arc<AtomicU64>,
}

enum Outgoing {
    Say(Up),
    Stop(oneshot::Sender<()>),
}

/// Starts it. It connects when it can, and for as long as it runs.
pub(crate) fn start(config: LinkConfig) -> (LinkHandle, mpsc::Receiver<LinkEvent>, Asked) {
    let (outgoing, queued) = mpsc::channel(OUTGOING_MAX);
    let (events, receiver) = mpsc::channel(EVENTS_MAX);
    let (streams, asked) = Hub::serving();
    let line = Line::new(config, events, streams);
    let handle =
        LinkHandle { outgoing, count: line.count.clone(), keep_alive_s: line.keep_alive_s.clone() };
    tokio::spawn(line.run(queued));
    (handle, receiver, asked)
}

impl LinkHandle {
    /// Says something, if the connection is up and keeps up; never waits. What does not arrive is said again by the core.
    pub(crate) fn send(&self, message: Up) {
        let _ = self.outgoing.try_send(Outgoing::Say(message));
    }

    /// What has passed the link since it was started.
    pub(crate) fn count(&self) -> &Count {
        &self.count
    }

    /// How long a connection may be silent, from the next one on.
    pub(crate) fn keep_alive(&self, span_s: u64) {
        self.keep_alive_s.store(span_s, Ordering::Relaxed);
    }

    /// Says goodbye and closes the connection; waits until that is done, or two seconds.
    pub(crate) async fn stop(&self) {
        let (done, wait) = oneshot::channel();
        let stop = async {
            if self.outgoing.send(Outgoing::Stop(done)).await.is_ok() {
                let _ = wait.await;
            }
        };
        let _ = tokio::time::timeout(STOP_WITHIN, stop).await;
    }
}

/// Anywhere between nothing and all of it (full jitter): what all nodes see at once, they do not all do at once.
pub(crate) fn jittered(most: Duration) -> Duration {
    let mut bytes = [0u8; 2];
    // Without entropy it is the whole time.
    let share = getrandom::fill(&mut bytes).map_or(u16::MAX, |()| u16::from_le_bytes(bytes));
    most.mul_f64(f64::from(share) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests;
