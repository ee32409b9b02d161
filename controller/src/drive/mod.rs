//! The loop that owns the fleet's core: events in, turns out.
//!
//! The law of this room: save, then speak. What a turn decides is committed, and has come back to the core as a change,
//! before the next event is looked at.

mod again;
mod commit;
mod orders;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use controller_core::core::{Config, Core};
use controller_core::kinds::{self, ObjectKey};
use controller_core::turn::{Changed, Effect, Event, Turn};
use model::message::Down;
use model::report::CLASSES;
use model::{Generation, Millis, NodeName, Revision};
use supervise::Watchdog;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use again::Again;

use crate::api::Question;
use crate::keys::{OrdersKeys, Rotation};
use crate::link::LinkEvent;
use crate::store::{Change, Store, StoreError};
use crate::telemetry;

/// So many objects are told at a time at start.
const PAGE: usize = 1000;
/// So many changes go into one event.
const CHANGES_MAX: usize = 512;
/// The nodes are counted for the metrics so long after something happened at the latest.
const COUNT_AFTER: Duration = Duration::from_secs(2);

/// Milliseconds since 1970 that never go back: the wall clock at start, and what has passed since.
#[derive(Clone, Copy)]
pub struct Clock {
    wall: Millis,
    start: Instant,
}

impl Clock {
    /// A clock that starts from the wall clock.
    #[must_use]
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            wall: Millis(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX)),
            start: Instant::now(),
        }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.wall.plus(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// The moment at which it is that time; none that the machine can tell: in a day, when one may look again.
    fn instant(&self, at: Millis) -> Instant {
        let pause = Duration::from_millis(at.since(self.wall));
        let day = Duration::from_secs(86_400);
        self.start.checked_add(pause).unwrap_or_else(|| Instant::now() + day)
    }
}

/// The drive in figures.
#[derive(Debug, Default)]
pub struct Figures {
    pub(crate) turns: AtomicU64,
    pub(crate) turn_micros: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) writes_dropped: AtomicU64,
    pub(crate) orders_sent: AtomicU64,
    pub(crate) reports_taken: AtomicU64,
    pub(crate) nodes_connected: AtomicU64,
    pub(crate) nodes_left: AtomicU64,
    pub(crate) nodes_away: AtomicU64,
    pub(crate) nodes_settled: AtomicU64,
    /// What all nodes counted, in the order of [`model::report::Class`].
    pub(crate) nodes_sent: [AtomicU64; CLASSES],
    pub(crate) nodes_received: [AtomicU64; CLASSES],
    pub(crate) nodes_stored: AtomicU64,
    /// In the order of [`model::status::Phase`].
    pub(crate) pods: [AtomicU64; 5],
}

/// Says something to a node; never waits.
pub type Say = Box<dyn Fn(&NodeName, &Down) + Send + Sync>;

/// The loop.
pub struct Drive {
    core: Core,
    store: Store,
    clock: Clock,
    changes: mpsc::UnboundedReceiver<Arc<Change>>,
    /// The core has been told of all changes up to this revision.
    seen: Revision,
    /// Objects that were listed at start and may come as a change besides: up to these revisions, the core has them.
    listed: BTreeMap<ObjectKey, Revision>,
    again: Again,
    /// When the nodes are counted next; none: nothing has happened since they were.
    count_at: Option<Instant>,
    send: Say,
    keys: Arc<OrdersKeys>,
    /// Tells when the keys are others.
    keys_news: watch::Receiver<Rotation>,
    figures: Arc<Figures>,
    watchdog: Watchdog,
}

impl Drive {
    /// A drive over a store. `keys` sign the orders; `send` says something to a node and never waits.
    #[must_use]
    pub fn new(store: Store, keys: Arc<OrdersKeys>, seed: u64, instance: u64, send: Say) -> Self {
        let changes = store.follow();
        Self {
            core: Core::new(Config { pepper: keys.pepper(), ..Config::default() }, seed, instance),
            seen: store.revision(),
            listed: BTreeMap::new(),
            again: Again::default(),
            count_at: None,
            store,
            clock: Clock::start(),
            changes,
            send,
            keys_news: keys.news(),
            keys,
            figures: Arc::default(),
            watchdog: Watchdog::asked_for(),
        }
    }

    /// What it has done.
    #[must_use]
    pub fn figures(&self) -> Arc<Figures> {
        self.figures.clone()
    }

    /// Drives until `stop`. It may be cut off anywhere: what was not saved was not said either.
    ///
    /// # Errors
    /// If the store cannot be read at start.
    pub async fn run(
        mut self,
        mut events: mpsc::Receiver<LinkEvent>,
        mut questions: mpsc::Receiver<Question>,
        stop: CancellationToken,
    ) -> Result<(), StoreError> {
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(()),
            ended = self.drive(&mut events, &mut questions) => ended,
        }
    }

    async fn drive(
        &mut self,
        events: &mut mpsc::Receiver<LinkEvent>,
        questions: &mut mpsc::Receiver<Question>,
    ) -> Result<(), StoreError> {
        self.restore(questions).await?;
        self.keys_news.mark_changed();
        loop {
            let tick = self.core.wake().map(|at| self.clock.instant(at));
            let (again, count) = (self.again.due(), self.count_at);
            tokio::select! {
                // In this order: what was asked is quick, and changes come before what follows from them.
                biased;
                () = until(self.watchdog.due()) => self.watchdog.feed(),
                Some(question) = questions.recv() => self.answer(question),
                Some(change) = self.changes.recv() => {
                    let batch = self.batch(change);
                    self.take(Event::Changed(batch), questions).await;
                }
                () = until(again) => {
                    for event in self.again.take() {
                        self.take(event, questions).await;
                    }
                    self.again.settle(Instant::now());
                }
                Some(event) = events.recv() => {
                    let event = match event {
                        LinkEvent::Said(node, message) => Event::Said(node, message),
                        LinkEvent::Presence(node, here) => Event::Presence(node, here),
                    };
                    self.take(event, questions).await;
                }
                Ok(()) = self.keys_news.changed() => {
                    let Rotation { serial, retire_at } = *self.keys_news.borrow_and_update();
                    self.take(Event::Keys(serial, retire_at), questions).await;
                }
                () = until(tick) => self.take(Event::Tick, questions).await,
                () = until(count) => {}
            }
            if self.count_at.is_some_and(|at| at <= Instant::now()) {
                self.count();
            }
            // Turns that need not wait for anything must not hold the thread.
            tokio::task::consume_budget().await;
        }
    }

    /// Tells the core everything that is there.
    async fn restore(
        &mut self,
        questions: &mut mpsc::Receiver<Question>,
    ) -> Result<(), StoreError> {
        let customs = self.store.customs();
        let ids = kinds::stored().map(|kind| kind.id).chain(customs.all().map(|r| r.id));
        for kind in ids {
            let mut after = None;
            loop {
                let page = self.store.list(kind, None, after.as_ref(), PAGE)?;
                let mut objects = Vec::with_capacity(page.items.len());
                for (key, stored) in &page.items {
                    if stored.revision > self.seen {
                        self.listed.insert(key.clone(), stored.revision);
                    }
                    match serde_json::from_slice(&stored.doc) {
                        Ok(doc) => objects.push(Changed {
                            key: key.clone(),
                            revision: stored.revision,
                            doc: Some(Arc::new(doc)),
                        }),
                        Err(error) => telemetry::unreadable(key, &error),
                    }
                }
                self.take(Event::Changed(objects), questions).await;
                after = page.items.last().map(|(key, _)| key.clone());
                if !page.more {
                    break;
                }
            }
        }
        // What has changed while it was listed: the first decision is made on what is there now.
        while let Ok(change) = self.changes.try_recv() {
            let batch = self.batch(change);
            self.take(Event::Changed(batch), questions).await;
        }
        self.listed.clear();
        self.take(Event::Restored, questions).await;
        Ok(())
    }

    /// A change, and what is queued behind it.
    fn batch(&mut self, first: Arc<Change>) -> Vec<Changed> {
        let mut batch: Vec<Changed> = self.hear(&first).into_iter().collect();
        while batch.len() < CHANGES_MAX
            && let Ok(change) = self.changes.try_recv()
        {
            batch.extend(self.hear(&change));
        }
        batch
    }

    /// A change as the core takes it; none if the core has it already.
    fn hear(&mut self, change: &Change) -> Option<Changed> {
        self.seen = self.seen.max(change.revision);
        let listed = self.listed.get(&change.key);
        if listed.is_some_and(|listed| *listed >= change.revision) {
            return None;
        }
        parsed(change)
    }

    /// One event and its turn, then what the turn wrote, and so on until nothing more is written.
    async fn take(&mut self, event: Event, questions: &mut mpsc::Receiver<Question>) {
        let mut next = Some(event);
        while let Some(event) = next.take() {
            let start = Instant::now();
            self.count_at.get_or_insert(start + COUNT_AFTER);
            let turn = self.core.handle(self.clock.now(), event);
            self.figures.turns.fetch_add(1, Ordering::Relaxed);
            let took = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.figures.turn_micros.fetch_add(took, Ordering::Relaxed);
            if turn.is_empty() {
                return;
            }
            let written = self.carry_out(turn, questions).await;
            // What was committed comes back before anything else is looked at, and all of it at once: of a half, the core
            // would decide on the other half again.
            let mut own = Vec::new();
            while self.seen < written {
                let Some(change) = self.changes.recv().await else { return };
                own.extend(self.hear(&change));
            }
            next = (!own.is_empty()).then_some(Event::Changed(own));
        }
    }

    /// Saves, then speaks. Gives the highest revision that was written.
    async fn carry_out(
        &mut self,
        turn: Turn,
        questions: &mut mpsc::Receiver<Question>,
    ) -> Revision {
        let done = {
            let mut saving = std::pin::pin!(self.save(turn.raise, turn.save));
            loop {
                tokio::select! {
                    biased;
                    done = &mut saving => break done,
                    // The disk may take its time; what is observed can be told meanwhile.
                    Some(question) = questions.recv() => self.answer(question),
                }
            }
        };
        for effect in turn.then {
            if let Some((node, generation)) = self.speak(effect) {
                self.again.unsent(node, generation);
            }
        }
        self.again.dropped(done.dropped);
        done.revision
    }

    /// Does what a turn decided besides writing; the orders that could not be sent.
    fn speak(&self, effect: Effect) -> Option<(NodeName, Generation)> {
        match effect {
            Effect::Welcome(node, mut welcome) => {
                welcome.keys = self.keys.after(self.core.keys_held(&node));
                (self.send)(&node, &Down::Welcome(welcome));
            }
            Effect::RetireKeys(serial) => match self.keys.retire(serial) {
                Ok(keys) => telemetry::keys_retired(&keys),
                Err(error) => telemetry::keys_kept(&error),
            },
            Effect::WhoAreYou(node) => (self.send)(&node, &Down::WhoAreYou),
            Effect::ReportTaken { node, boot, sequence } => {
                self.figures.reports_taken.fetch_add(1, Ordering::Relaxed);
                (self.send)(&node, &Down::ReportTaken { boot, sequence });
            }
            Effect::Orders(wanted) => {
                let (node, generation) = (wanted.manifest.node.clone(), wanted.manifest.generation);
                match orders::delta(&self.store, &self.keys, wanted) {
                    Some(delta) => {
                        self.figures.orders_sent.fetch_add(1, Ordering::Relaxed);
                        (self.send)(&node, &Down::Orders(delta));
                    }
                    // A document has changed meanwhile: newer orders are about to be made.
                    None => return Some((node, generation)),
                }
            }
            Effect::Note(note) => telemetry::note(&note),
        }
        None
    }

    fn answer(&self, question: Question) {
        match question {
            // Whoever asked may have gone.
            Question::Nodes(reply) => drop(reply.send(self.core.nodes().collect())),
            Question::Node(name, reply) => drop(reply.send(self.core.node(&name))),
        }
    }

    /// Counts nodes and pods for the metrics.
    fn count(&mut self) {
        self.count_at = None;
        let (mut connected, mut left, mut away, mut settled) = (0, 0, 0, 0);
        let (mut sent, mut received, mut stored) = ([0; CLASSES], [0; CLASSES], 0);
        for node in self.core.nodes() {
            *(match (node.connected, node.left) {
                (true, _) => &mut connected,
                (false, true) => &mut left,
                (false, false) => &mut away,
            }) += 1;
            settled += u64::from(node.settled);
            if let Some(traffic) = &node.traffic {
                for (sum, bytes) in sent.iter_mut().zip(traffic.sent) {
                    *sum += bytes;
                }
                for (sum, bytes) in received.iter_mut().zip(traffic.received) {
                    *sum += bytes;
                }
                stored += traffic.stored;
            }
        }
        self.figures.nodes_connected.store(connected, Ordering::Relaxed);
        self.figures.nodes_left.store(left, Ordering::Relaxed);
        self.figures.nodes_away.store(away, Ordering::Relaxed);
        self.figures.nodes_settled.store(settled, Ordering::Relaxed);
        self.figures.nodes_stored.store(stored, Ordering::Relaxed);
        let data = self.figures.nodes_sent.iter().chain(&self.figures.nodes_received);
        for (figure, bytes) in data.zip(sent.into_iter().chain(received)) {
            figure.store(bytes, Ordering::Relaxed);
        }
        for (figure, count) in self.figures.pods.iter().zip(self.core.phases()) {
            figure.store(count, Ordering::Relaxed);
        }
    }
}

/// A change as the core takes it; none if the document is no JSON, which the store never writes.
fn parsed(change: &Change) -> Option<Changed> {
    let doc = match change.now {
        None => None,
        Some(_) => match serde_json::from_slice(&change.doc) {
            Ok(doc) => Some(Arc::new(doc)),
            Err(error) => {
                telemetry::unreadable(&change.key, &error);
                return None;
            }
        },
    };
    Some(Changed { key: change.key.clone(), revision: change.revision, doc })
}

/// Waits for a moment: not at all if it has passed, for ever if there is none.
async fn until(at: Option<Instant>) {
    match at {
        None => std::future::pending().await,
        Some(at) if at <= Instant::now() => {}
        Some(at) => tokio::time::sleep_until(at.into()).await,
    }
}

#[cfg(test)]
mod tests;
