//! The loop that owns the fleet's core: events in, turns out.
//!
//! The law of this room: save, then speak. What a turn decides is committed, and has come back to the core as a change,
//! before the next event is looked at.

mod commit;
mod orders;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use controller_core::core::{Config, Core};
use controller_core::kinds;
use controller_core::turn::{Changed, Effect, Event, Turn};
use model::message::Down;
use model::{Millis, NodeName, Revision};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::Question;
use crate::link::LinkEvent;
use crate::store::{Change, Store, StoreError};
use crate::telemetry;

/// So many objects are told at a time at start.
const PAGE: usize = 1000;
/// So many changes go into one event.
const CHANGES_MAX: usize = 512;

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
    pub(crate) nodes_known: AtomicU64,
    pub(crate) nodes_connected: AtomicU64,
    pub(crate) nodes_settled: AtomicU64,
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
    send: Say,
    figures: Arc<Figures>,
}

impl Drive {
    /// A drive over a store. `send` says something to a node and never waits.
    #[must_use]
    pub fn new(store: Store, seed: u64, instance: u64, send: Say) -> Self {
        let changes = store.follow();
        Self {
            core: Core::new(Config::default(), seed, instance),
            seen: store.revision(),
            store,
            clock: Clock::start(),
            changes,
            send,
            figures: Arc::default(),
        }
    }

    /// What it has done.
    #[must_use]
    pub fn figures(&self) -> Arc<Figures> {
        self.figures.clone()
    }

    /// Drives until `stop`.
    ///
    /// # Errors
    /// If the store cannot be read at start.
    pub async fn run(
        mut self,
        mut events: mpsc::Receiver<LinkEvent>,
        mut questions: mpsc::Receiver<Question>,
        stop: CancellationToken,
    ) -> Result<(), StoreError> {
        self.restore().await?;
        loop {
            let wake = self.core.wake();
            let pause = wake.map(|at| Duration::from_millis(at.since(self.clock.now())));
            tokio::select! {
                // In this order: what was asked is quick, and changes come before what follows from them.
                biased;
                () = stop.cancelled() => return Ok(()),
                Some(question) = questions.recv() => self.answer(question),
                Some(change) = self.changes.recv() => {
                    let batch = self.batch(change);
                    self.take(Event::Changed(batch)).await;
                }
                Some(event) = events.recv() => {
                    let event = match event {
                        LinkEvent::Said(node, message) => Event::Said(node, message),
                        LinkEvent::Presence(node, here) => Event::Presence(node, here),
                    };
                    self.take(event).await;
                }
                () = tokio::time::sleep(pause.unwrap_or(Duration::MAX)), if pause.is_some() => {
                    self.take(Event::Tick).await;
                }
            }
        }
    }

    /// Tells the core everything that is there.
    async fn restore(&mut self) -> Result<(), StoreError> {
        for kind in kinds::stored() {
            let mut after = None;
            loop {
                let page = self.store.list(kind.id, None, after.as_ref(), PAGE)?;
                let objects = page.items.iter().filter_map(|(key, stored)| {
                    let doc = serde_json::from_slice(&stored.doc).ok()?;
                    Some(Changed {
                        key: key.clone(),
                        revision: stored.revision,
                        doc: Some(Arc::new(doc)),
                    })
                });
                self.take(Event::Changed(objects.collect())).await;
                after = page.items.last().map(|(key, _)| key.clone());
                if !page.more {
                    break;
                }
            }
        }
        self.take(Event::Restored).await;
        Ok(())
    }

    /// A change, and what is queued behind it.
    fn batch(&mut self, first: Arc<Change>) -> Vec<Changed> {
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(change) = next {
            self.seen = self.seen.max(change.revision);
            let doc =
                change.now.is_some().then(|| serde_json::from_slice(&change.doc).ok()).flatten();
            batch.push(Changed {
                key: change.key.clone(),
                revision: change.revision,
                doc: doc.map(Arc::new),
            });
            next = if batch.len() < CHANGES_MAX { self.changes.try_recv().ok() } else { None };
        }
        batch
    }

    /// One event, its turn, and all turns that follow from it.
    async fn take(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let start = Instant::now();
            let turn = self.core.handle(self.clock.now(), event);
            self.figures.turns.fetch_add(1, Ordering::Relaxed);
            let took = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.figures.turn_micros.fetch_add(took, Ordering::Relaxed);
            if !turn.is_empty() {
                self.carry_out(turn, &mut events).await;
            }
        }
    }

    async fn carry_out(&mut self, turn: Turn, events: &mut VecDeque<Event>) {
        if let Some(above) = turn.raise {
            telemetry::revision_raised(above);
            self.raise(above).await;
        }
        let done = self.commit(turn.save).await;
        for effect in turn.then {
            if let Some(unsent) = self.speak(effect) {
                events.push_back(unsent);
            }
        }
        // What was committed comes back before anything else is looked at.
        let mut own = Vec::new();
        while self.seen < done.revision {
            let Some(change) = self.changes.recv().await else { return };
            own.push(Event::Changed(self.batch(change)));
        }
        if !done.dropped.is_empty() {
            own.push(Event::Dropped(done.dropped));
        }
        for event in own.into_iter().rev() {
            events.push_front(event);
        }
    }

    /// Does what a turn decided besides writing; an event, if it could not be done.
    fn speak(&self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Welcome(node, welcome) => (self.send)(&node, &Down::Welcome(welcome)),
            Effect::WhoAreYou(node) => (self.send)(&node, &Down::WhoAreYou),
            Effect::ReportTaken { node, boot, sequence } => {
                self.figures.reports_taken.fetch_add(1, Ordering::Relaxed);
                (self.send)(&node, &Down::ReportTaken { boot, sequence });
            }
            Effect::Orders(wanted) => {
                let (node, generation) = (wanted.manifest.node.clone(), wanted.manifest.generation);
                match orders::delta(&self.store, wanted) {
                    Some(delta) => {
                        self.figures.orders_sent.fetch_add(1, Ordering::Relaxed);
                        (self.send)(&node, &Down::Orders(delta));
                    }
                    // A document has changed meanwhile: newer orders are about to be made.
                    None => return Some(Event::Unsent(node, generation)),
                }
            }
            Effect::Note(note) => telemetry::note(&note),
        }
        None
    }

    fn answer(&self, question: Question) {
        match question {
            Question::Nodes(reply) => {
                let nodes: Vec<_> = self.core.nodes().collect();
                let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
                self.figures.nodes_known.store(count(nodes.len()), Ordering::Relaxed);
                let connected = nodes.iter().filter(|n| n.connected).count();
                self.figures.nodes_connected.store(count(connected), Ordering::Relaxed);
                let settled = nodes.iter().filter(|n| n.settled).count();
                self.figures.nodes_settled.store(count(settled), Ordering::Relaxed);
                // Whoever asked may have gone.
                let _ = reply.send(nodes);
            }
        }
    }
}

#[cfg(test)]
mod tests;
