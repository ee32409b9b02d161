//! The loop that owns the core: an event in, its changes kept, then its effects started.
//!
//! The law of this module: save, then speak. While the disk refuses, containers are kept running from memory, but no
//! orders are said to be taken.

mod guests;

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use agent_core::Agent;
use agent_core::turn::{Effect, Event, Now, Turn};
use anyhow::{Context, Result};
use model::Millis;
use model::message::{Down, Up};
use model::orders::Leave;
use model::report::{NodeFacts, NodeUsage, Traffic};
use supervise::Watchdog;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep_until;

use crate::config::Config;
use crate::door::{self, Asked};
use crate::identity::{Identity, Place};
use crate::keys::NodeKeys;
use crate::leave;
use crate::link::{self, LinkConfig, LinkEvent, LinkHandle};
use crate::runtime::{Engine, Pause};
use crate::store::Store;
use crate::telemetry;
use crate::usage::Meter;
use crate::volumes::Volumes;

/// Events that wait for their turn; who brings more waits.
const INBOX_MAX: usize = 256;
/// How long until the disk is tried again.
const RETRY_KEEP: Duration = Duration::from_secs(10);
/// Questions at the door that wait for their turn.
const QUESTIONS_MAX: usize = 8;
/// The first usage is measured so long after the start.
const FIRST_USAGE_AFTER: Duration = Duration::from_secs(3);
/// Facts are looked at again after so long: images, disk and memory change on their own.
const FACTS_PERIOD: Duration = Duration::from_secs(300);
/// How long the last words to the controller may take.
const GOODBYE_MAX: Duration = Duration::from_secs(3);

/// Runs the agent until it is asked to stop.
///
/// # Errors
/// If it cannot begin: its store, its directory, its link.
pub(crate) async fn run(config: Config, began: Instant) -> Result<()> {
    telemetry::starting(&config);
    if crate::runtime::needs_libraries(std::path::Path::new("/proc/self/exe")).unwrap_or(false) {
        telemetry::needs_libraries();
    }
    let data_dir = &config.data_dir;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .with_context(|| format!("cannot make data directory {}", data_dir.display()))?;
    let (store, records) = Store::open(data_dir)?;
    let place = Place::of(&config)?;
    supervise::busy("joining, or waiting for the controller to answer");
    let identity = identity(&config, place.as_ref()).await?;
    let keys = NodeKeys::open(data_dir)?;
    let volumes = Volumes::open(data_dir)?;
    let meter = Meter::new(&config).context("cannot measure this machine")?;
    let facts = meter.facts_without_engine();
    let now = Clock { began }.now();
    let settings = settings(&config, facts, Arc::new(keys), place.is_some());
    let (agent, first) = Agent::restore(settings, &records, now);
    drop(records);
    let known: BTreeSet<_> = agent.pods().cloned().collect();
    volumes.sweep(&known);
    let host = config.docker_host.clone();
    let pause = Pause::of_this_executable();
    let engine =
        Engine::new(config.node.clone(), host, volumes.clone(), pause, config.container_log);
    let (sender, events) = mpsc::channel(INBOX_MAX);
    let (link, heard) = connect(&config, place, identity, &engine).unzip();
    let (ask, asked) = mpsc::channel(QUESTIONS_MAX);
    match door::open(data_dir) {
        Ok(listener) => drop(tokio::spawn(door::serve(listener, engine.clone(), ask))),
        // Its pods matter more.
        Err(error) => telemetry::no_door(&error),
    }
    let drive = Drive {
        agent,
        store,
        volumes,
        locks_due: None,
        locks_were: false,
        link_why: String::new(),
        keep_alive_s: u64::from(config.keep_alive_s),
        engine: engine.clone(),
        meter,
        link,
        sender: sender.clone(),
        clock: Clock { began },
        unsaid: None,
        leaving: None,
        retry_keep: None,
        link_was_up: true,
        measuring: None,
        watchdog: Watchdog::asked_for(),
    };
    let watch = tokio::spawn(engine.watch(sender));
    let done = drive.go(first, events, heard, asked).await;
    watch.abort();
    if let Some(leave) = done? {
        leave::carry_out(data_dir, leave, config.token.as_ref().map(|t| t.id.as_str()))?;
        telemetry::left();
    }
    Ok(())
}

/// What the core goes by.
fn settings(
    config: &Config,
    facts: NodeFacts,
    keys: Arc<NodeKeys>,
    has_controller: bool,
) -> agent_core::Config {
    agent_core::Config {
        node: config.node.clone(),
        labels: config.labels.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        allocatable: (
            facts.cpu_milli - facts.reserved_cpu_milli,
            facts.memory_bytes - facts.reserved_memory_bytes,
        ),
        host_ip: facts.addresses.into_iter().next(),
        keys,
        // Nobody else can have said what is heard first: the controller is on this machine, or has shown that it is the one
        // that the node joined, by TLS or at the end of a tunnel.
        trust_first: has_controller,
    }
}

/// Starts the link, if there is anybody to speak to, and serves the streams that come over it.
fn connect(
    config: &Config,
    place: Option<Place>,
    identity: Option<Identity>,
    engine: &Engine,
) -> Option<(LinkHandle, mpsc::Receiver<LinkEvent>)> {
    let place = place?;
    let (handle, heard, asked) = link::start(LinkConfig {
        node: config.node.clone(),
        controller: place.address,
        identity,
        prefix: place.prefix,
        keep_alive: Duration::from_secs(u64::from(config.keep_alive_s)),
    });
    tokio::spawn(crate::runtime::streams::serve(engine.clone(), asked));
    Some((handle, heard))
}

/// Both clocks.
#[derive(Clone, Copy)]
struct Clock {
    began: Instant,
}

impl Clock {
    fn now(self) -> Now {
        let ms = |span: Duration| Millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono: ms(self.began.elapsed()), wall: ms(wall) }
    }

    fn instant(self, mono: Millis) -> tokio::time::Instant {
        (self.began + Duration::from_millis(mono.0)).into()
    }
}

struct Drive {
    agent: Agent,
    store: Store,
    volumes: Volumes,
    /// When lock files are looked for next; whether there were pods that may have one.
    locks_due: Option<tokio::time::Instant>,
    locks_were: bool,
    /// Why the connection went, as last told.
    link_why: String,
    /// How long a connection may be silent, as configured.
    keep_alive_s: u64,
    engine: Engine,
    meter: Meter,
    link: Option<LinkHandle>,
    sender: mpsc::Sender<Event>,
    clock: Clock,
    /// What must not be said before everything is kept: the newest of its kind is enough.
    unsaid: Option<Up>,
    /// The node is to leave the fleet.
    leaving: Option<Leave>,
    retry_keep: Option<tokio::time::Instant>,
    /// So that a controller that is away is told of once; at the start it counts as having been there.
    link_was_up: bool,
    /// The measuring of usage that is under way, if any: it may ask the engine, and the engine may hang.
    measuring: Option<JoinHandle<()>>,
    watchdog: Watchdog,
}

impl Drive {
    async fn go(
        mut self,
        first: Turn,
        mut events: mpsc::Receiver<Event>,
        mut heard: Option<mpsc::Receiver<LinkEvent>>,
        mut asked: mpsc::Receiver<Asked>,
    ) -> Result<Option<Leave>> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for signals")?;
        self.carry_out(first);
        self.look_for_locks();
        self.tell_traffic();
        self.turn(Event::Facts(self.meter.facts_without_engine()));
        let began = tokio::time::Instant::now();
        let mut facts_due = began + FACTS_PERIOD;
        // The first figures come soon: whoever has just joined a node looks at them.
        let mut usage_due = began + FIRST_USAGE_AFTER;
        supervise::ready("runs the orders that it holds");
        while self.leaving.is_none() {
            let wake = self.agent.wake().map(|mono| self.clock.instant(mono));
            tokio::select! {
                biased;
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                // Before what may come without end: a loop that has much to do is not stuck.
                () = at(self.watchdog.due().map(Into::into)) => self.watchdog.feed(),
                Some(event) = events.recv() => {
                    // The engine has come or gone: what it says of itself has changed.
                    let engine_turned = matches!(event, Event::Looked(_) | Event::EngineAway(_));
                    self.turn(event);
                    if engine_turned {
                        self.tell_facts();
                    }
                }
                event = next(&mut heard) => match event {
                    Some(event) => self.link_says(event),
                    None => {
                        telemetry::link_ended();
                        heard = None;
                    }
                },
                () = at(wake) => self.turn(Event::Wake),
                Some(asked) = asked.recv() => self.asked(asked),
                () = at(self.locks_due) => self.look_for_locks(),
                () = at(self.retry_keep) => self.keep_again(),
                () = sleep_until(usage_due) => {
                    let period = Duration::from_millis(self.agent.usage_period_ms().max(1000));
                    usage_due = tokio::time::Instant::now() + period;
                    self.tell_usage();
                }
                () = sleep_until(facts_due) => {
                    facts_due += FACTS_PERIOD;
                    self.tell_facts();
                }
            }
        }
        telemetry::stopping();
        supervise::stopping();
        self.turn(Event::Stopping);
        let goodbye = async {
            if let Some(link) = self.link.take() {
                link.stop().await;
            }
        };
        tokio::select! {
            _ = tokio::time::timeout(GOODBYE_MAX, goodbye) => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(self.leaving)
    }

    fn link_says(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Up { session } => {
                self.link_was_up = true;
                self.link_why.clear();
                self.turn(Event::LinkUp(session));
            }
            LinkEvent::Down { why, retry } => {
                telemetry::link_down(&why, retry, self.link_was_up);
                self.link_was_up = false;
                self.link_why = why;
                self.turn(Event::LinkDown);
            }
            LinkEvent::Malformed(error) => telemetry::malformed(&error),
            LinkEvent::Heard(down) => {
                let orders = matches!(down, Down::Orders(_));
                if orders {
                    self.look_for_locks();
                }
                self.turn(Event::Heard(down));
                if orders {
                    // There may be other pods now.
                    self.look_for_locks();
                }
            }
        }
    }

    /// Counts what has passed the link and gone to the disk.
    fn tell_traffic(&mut self) {
        let Some(link) = &self.link else { return };
        link.keep_alive(self.agent.keep_alive_s(self.keep_alive_s));
        let traffic = link.count().traffic();
        self.turn(Event::Traffic(Traffic { stored: self.store.written(), ..traffic }));
    }

    fn turn(&mut self, event: Event) {
        let turn = self.agent.handle(self.clock.now(), event);
        self.carry_out(turn);
    }

    fn carry_out(&mut self, turn: Turn) {
        if !turn.save.is_empty() {
            self.keep(turn.save);
        }
        for effect in turn.then {
            match effect {
                Effect::Send(up) if self.store.owes() && matches!(up, Up::Taken { .. }) => {
                    self.unsaid = Some(up);
                }
                Effect::Send(up) => self.say(up),
                Effect::Leave(leave) => self.leaving = Some(leave),
                Effect::Note(note) => telemetry::note(&note, self.clock.began),
                slow => {
                    self.engine.start(slow, &self.sender);
                }
            }
        }
    }

    fn say(&self, up: Up) {
        if let Some(link) = &self.link {
            link.send(up);
        }
    }

    fn keep(&mut self, save: agent_core::turn::Save) {
        let owed = self.store.owes();
        match self.store.commit(save) {
            Ok(()) => {
                self.retry_keep = None;
                if owed {
                    telemetry::kept_again();
                }
                if let Some(up) = self.unsaid.take() {
                    self.say(up);
                }
            }
            Err(error) => {
                telemetry::not_kept(&error);
                self.retry_keep = Some(tokio::time::Instant::now() + RETRY_KEEP);
            }
        }
    }

    fn keep_again(&mut self) {
        self.keep(agent_core::turn::Save::default());
    }

    /// Measures beside; the figures come back as an event.
    fn tell_usage(&mut self) {
        self.tell_traffic();
        if self.measuring.as_ref().is_some_and(|measuring| !measuring.is_finished()) {
            return;
        }
        let (meter, engine, sender, clock) =
            (self.meter.clone(), self.engine.clone(), self.sender.clone(), self.clock);
        self.measuring = Some(tokio::spawn(async move {
            let usage = meter.usage(&engine).await;
            let usage = NodeUsage { at: clock.now().wall, ..usage };
            let _ = sender.send(Event::Usage(usage)).await;
        }));
    }

    /// Asks for the node's facts beside; they come back as an event if they are new.
    fn tell_facts(&self) {
        let (meter, engine, sender) =
            (self.meter.clone(), self.engine.clone(), self.sender.clone());
        tokio::spawn(async move {
            if let Some(facts) = meter.new_facts(&engine).await {
                let _ = sender.send(Event::Facts(facts)).await;
            }
        });
    }
}

/// The identity by which a node speaks to its controller; none towards one on this machine that asks for none. Joins, if
/// the machine has not yet.
async fn identity(config: &Config, place: Option<&Place>) -> Result<Option<Identity>> {
    let Some(place) = place.filter(|place| place.wants_identity(config)) else { return Ok(None) };
    let identity = Identity::open(&config.data_dir, &config.node, place.clone())?;
    identity.join(config.token.as_ref()).await?;
    tokio::spawn(identity.clone().keep_fresh());
    Ok(Some(identity))
}

/// Waits for a moment, or for ever.
async fn at(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

async fn next(heard: &mut Option<mpsc::Receiver<LinkEvent>>) -> Option<LinkEvent> {
    match heard {
        Some(heard) => heard.recv().await,
        None => std::future::pending().await,
    }
}
