//! The world: one queue of what happens when, and the links between nodes and controller.

use std::collections::BTreeMap;

use agent_core::turn::{self as node, FailureKind, OpId, Outcome};
use controller_core::stream::Stream;
use controller_core::turn::{Effect, Event};
use model::message::{Down, Up};
use model::orders::{Delta, Manifest, root};
use model::trust::{TrustedKeys, orders_message};
use model::{Generation, Millis};
use wire::sign::SigningKey;

use crate::check::{Broken, Ledger, Rule};
use crate::fleet::Controller;
use crate::node::Node;
use crate::story::Act;

/// The world begins at 2026-01-01T00:00:00Z.
pub(crate) const BEGIN: u64 = 1_767_225_600_000;
/// The name of the fleet whose orders count.
pub(crate) const FLEET: &str = "sim";
/// A link on which nothing is heard is given up after so long.
const KEEP_ALIVE_MS: u64 = 60_000;

/// A bug that the world has on purpose, to see that a checker catches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A node's disk loses what was committed when the power goes.
    UnsyncedNode,
    /// The controller's disk does.
    UnsyncedController,
    /// A node says that it took older orders after newer ones.
    OlderTaken,
    /// A node believes every signature.
    AnySignature,
    /// What an agent sees of its containers after a start is not what they were made from.
    OddLook,
    /// After a start the engine hides the containers that run.
    BlindLook,
    /// No orders reach the first node.
    OrdersLost,
}

/// What can be due.
pub(crate) enum Due {
    ToNode(usize, u64, Vec<u8>),
    ToController(usize, u64, Vec<u8>),
    /// The controller is told that a session has ended.
    Gone(usize, u64),
    Link(usize),
    Silent(usize, u64),
    Wake(usize, u64),
    Op(usize, u64, OpId),
    Look(usize, u64),
    PowerNode(usize),
    PowerController,
    Tick,
    Sync,
    Act(Act),
}

pub(crate) type Checked<T = ()> = Result<T, (Rule, String)>;

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) storm_ms: u64,
    queue: BTreeMap<(u64, u64), Due>,
    count: u64,
    pub(crate) chance: Stream,
    pub(crate) nodes: Vec<Node>,
    pub(crate) controller: Controller,
    ledger: Ledger,
    pub(crate) planted: Option<Planted>,
    tick_at: Option<u64>,
    /// Messages that were put on a link.
    pub(crate) messages: u64,
}

impl World {
    pub(crate) fn new(seed: u64, nodes: usize, storm_ms: u64, planted: Option<Planted>) -> Self {
        let mut controller = Controller::new(seed);
        controller.store.never_syncs = planted == Some(Planted::UnsyncedController);
        let keys = [controller.signer.public()].into();
        let keys = TrustedKeys { fleet: FLEET.into(), serial: 1, keys };
        let nodes = (0..nodes).map(|n| Node::new(&format!("n{n}"), &keys, planted)).collect();
        Self {
            now: 0,
            storm_ms,
            queue: BTreeMap::new(),
            count: 0,
            chance: Stream::new(seed, "chance"),
            nodes,
            controller,
            ledger: Ledger::default(),
            planted,
            tick_at: None,
            messages: 0,
        }
    }

    pub(crate) fn after(&mut self, ms: u64, due: Due) {
        self.count += 1;
        self.queue.insert((self.now + ms, self.count), due);
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.chance.draw() % n.max(1)
    }

    /// Whether something that happens so many times in a hundred happens now: never in calm.
    fn strikes(&mut self, percent: u64) -> bool {
        self.now < self.storm_ms && self.below(100) < percent
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, until: u64) -> Result<(), Broken> {
        while let Some(first) = self.queue.first_entry().filter(|e| e.key().0 <= until) {
            let ((at, _), due) = first.remove_entry();
            self.now = at;
            self.happen(due).map_err(|(rule, what)| Broken { rule, at, what })?;
        }
        self.now = until;
        Ok(())
    }

    fn happen(&mut self, due: Due) -> Checked {
        match due {
            Due::ToNode(n, session, bytes) => {
                let node = &mut self.nodes[n];
                if !node.up || node.session != session || node.half_open_until > self.now {
                    return Ok(());
                }
                let Ok(down) = wire::decode_down(&bytes) else { return Ok(()) };
                if matches!(down, Down::Orders(_)) {
                    node.engine.healthy.clear();
                }
                self.turn(n, node::Event::Heard(down))
            }
            Due::ToController(n, session, bytes) => {
                let node = &self.nodes[n];
                let name = node.name.clone();
                match wire::decode_up(&bytes) {
                    Ok(up) if node.session == session => self.tell(Event::Said(name, up)),
                    _ => Ok(()),
                }
            }
            Due::Gone(n, session) => match &self.nodes[n] {
                node if node.up || node.session != session => Ok(()),
                node => self.tell(Event::Presence(node.name.clone(), false)),
            },
            Due::Link(n) => self.link(n),
            Due::Silent(n, session) if self.nodes[n].session == session => self.unlink(n),
            Due::Wake(n, run) if self.nodes[n].run == run => {
                self.nodes[n].wake_at = None;
                self.turn(n, node::Event::Wake)
            }
            Due::Op(n, run, op) if self.nodes[n].run == run => self.perform(n, op),
            Due::Look(n, run) if self.nodes[n].run == run => self.look(n),
            Due::PowerNode(n) => self.start_node(n),
            Due::PowerController => self.start_controller(),
            Due::Tick => {
                self.tick_at = None;
                self.tell(Event::Tick)
            }
            Due::Sync => {
                self.controller.store.sync();
                self.after(1000, Due::Sync);
                Ok(())
            }
            Due::Act(act) => self.act(act),
            _ => Ok(()),
        }
    }

    /// Tells the controller's core, and says what it says.
    pub(crate) fn tell(&mut self, event: Event) -> Checked {
        let effects = self.controller.tell(self.now, event)?;
        self.speak(effects)
    }

    pub(crate) fn speak(&mut self, effects: Vec<Effect>) -> Checked {
        for effect in effects {
            let (name, down) = match effect {
                Effect::Welcome(name, welcome) => (name, Down::Welcome(welcome)),
                Effect::WhoAreYou(name) => (name, Down::WhoAreYou),
                Effect::ReportTaken { node, boot, sequence } => {
                    (node, Down::ReportTaken { boot, sequence })
                }
                Effect::Orders(orders) => {
                    let (name, generation) =
                        (orders.manifest.node.clone(), orders.manifest.generation);
                    let Some(delta) = self.controller.delta(orders) else {
                        self.tell(Event::Unsent(name, generation))?;
                        continue;
                    };
                    self.ledger.sign(&name, generation);
                    (name, Down::Orders(delta))
                }
                Effect::RetireKeys(_) | Effect::Note(_) => continue,
            };
            let lost = self.planted == Some(Planted::OrdersLost);
            let orders = matches!(down, Down::Orders(_));
            let Some(n) = self.nodes.iter().position(|node| node.name == name) else { continue };
            if let Ok(bytes) = wire::encode_down(&down)
                && !(lost && orders && n == 0)
            {
                self.send(n, |session, bytes| Due::ToNode(n, session, bytes), &bytes);
            }
        }
        let wake = self.controller.core.as_ref().and_then(|core| core.wake());
        if let Some(at) = wake.map(|at| at.since(Millis(BEGIN)).max(self.now + 1))
            && self.tick_at.is_none_or(|held| at < held)
        {
            self.tick_at = Some(at);
            self.after(at - self.now, Due::Tick);
        }
        Ok(())
    }

    /// Puts bytes on a node's link, which may lose, double, delay and reorder them.
    fn send(&mut self, n: usize, due: impl Fn(u64, Vec<u8>) -> Due, bytes: &[u8]) {
        let node = &self.nodes[n];
        let session = node.session;
        self.messages += 1;
        if !node.up || node.half_open_until > self.now || self.strikes(2) {
            return;
        }
        let copies = if self.strikes(3) { 2 } else { 1 };
        for _ in 0..copies {
            let delay = if self.strikes(10) { self.below(5000) } else { 5 + self.below(40) };
            self.after(delay, due(session, bytes.to_vec()));
        }
    }

    /// One turn of a node.
    pub(crate) fn turn(&mut self, n: usize, event: node::Event) -> Checked {
        let (now, node) = (self.now, &mut self.nodes[n]);
        let time = node.now(now);
        let Some(agent) = &mut node.agent else { return Ok(()) };
        let turn = agent.handle(time, event);
        self.carry_out(n, turn)
    }

    fn carry_out(&mut self, n: usize, turn: node::Turn) -> Checked {
        self.nodes[n].keep(turn.save.records);
        let run = self.nodes[n].run;
        for effect in turn.then {
            let (op, ms) = match &effect {
                node::Effect::Send(up) => {
                    self.say(n, up.clone())?;
                    continue;
                }
                node::Effect::Look => {
                    self.after(50, Due::Look(n, run));
                    continue;
                }
                // Nobody tells a node to leave here.
                node::Effect::Note(_) | node::Effect::Leave(_) => continue,
                node::Effect::Pull(op, _) => (*op, 20_000),
                node::Effect::CreateSandbox(op, _)
                | node::Effect::WriteVolumes(op, _)
                | node::Effect::Start(op, _)
                | node::Effect::Check(op, _)
                | node::Effect::Stop { op, .. }
                | node::Effect::Remove { op, .. }
                | node::Effect::RemoveVolume { op, .. }
                | node::Effect::RemovePodFiles { op, .. } => (*op, 1000),
            };
            self.nodes[n].engine.ops.insert(op, effect);
            let ms = 10 + self.below(ms);
            self.after(ms, Due::Op(n, run, op));
        }
        let node = &self.nodes[n];
        let wake = node.agent.as_ref().and_then(|agent| agent.wake());
        if let Some(at) = wake.map(|at| (node.began + at.0).max(self.now + 1))
            && node.wake_at.is_none_or(|held| at < held)
        {
            self.nodes[n].wake_at = Some(at);
            self.after(at - self.now, Due::Wake(n, run));
        }
        Ok(())
    }

    /// A node speaks.
    fn say(&mut self, n: usize, up: Up) -> Checked {
        let node = &mut self.nodes[n];
        match &up {
            Up::Taken { generation } => {
                self.ledger.take(&node.name, *generation)?;
                if self.planted == Some(Planted::OlderTaken)
                    && let Some(Up::Taken { generation }) = node.held_back.replace(up.clone())
                {
                    self.ledger.take(&node.name, generation)?;
                }
            }
            Up::Hello(hello) => self.ledger.holds(&node.name, hello.held)?,
            _ => {}
        }
        if let Ok(bytes) = wire::encode_up(&up) {
            self.send(n, |session, bytes| Due::ToController(n, session, bytes), &bytes);
        }
        Ok(())
    }

    /// The engine comes to do an effect; it may fail, or do it and lose the answer.
    fn perform(&mut self, n: usize, op: OpId) -> Checked {
        let Some(effect) = self.nodes[n].engine.ops.remove(&op) else { return Ok(()) };
        let away = self.nodes[n].engine.away_until > self.now;
        let (refused, lost) = (self.strikes(4), self.strikes(3));
        let fail =
            |kind| Outcome::Failed(node::Failure { kind, message: "no".into(), container: None });
        if away {
            return self.turn(n, node::Event::Did(op, fail(FailureKind::EngineAway)));
        }
        if refused {
            let pull = matches!(effect, node::Effect::Pull(..));
            let kind = if pull { FailureKind::ImagePull } else { FailureKind::Other };
            return self.turn(n, node::Event::Did(op, fail(kind)));
        }
        let wall = self.nodes[n].wall(self.now);
        let (outcome, exit) = self.nodes[n].engine.perform(wall, effect)?;
        if let Some(exit) = exit {
            self.turn(n, node::Event::Exited(exit))?;
        }
        let outcome = if lost { fail(FailureKind::EngineAway) } else { outcome };
        self.turn(n, node::Event::Did(op, outcome))
    }

    fn look(&mut self, n: usize) -> Checked {
        let (planted, node) = (self.planted, &self.nodes[n]);
        if node.engine.away_until > self.now {
            let (back, run) = (node.engine.away_until - self.now, node.run);
            self.after(back, Due::Look(n, run));
            return self.turn(n, node::Event::EngineAway("away".into()));
        }
        let mut seen: Vec<node::Seen> = node.engine.containers.values().cloned().collect();
        if node.run > 1 && planted == Some(Planted::BlindLook) {
            seen.clear();
        }
        if node.run > 1 && planted == Some(Planted::OddLook) {
            let all = seen.iter_mut().filter_map(|s| s.identity.as_mut());
            all.for_each(|identity| identity.spec = "odd".into());
        }
        self.turn(n, node::Event::Looked(seen))
    }

    pub(crate) fn start_node(&mut self, n: usize) -> Checked {
        let turn = self.nodes[n].start(self.now);
        self.carry_out(n, turn)?;
        let (facts, run) = (self.nodes[n].facts(), self.nodes[n].run);
        self.turn(n, node::Event::Facts(facts))?;
        self.after(30, Due::Look(n, run));
        let soon = self.below(3000);
        self.after(soon, Due::Link(n));
        Ok(())
    }

    pub(crate) fn start_controller(&mut self) -> Checked {
        self.controller.kept()?;
        let effects = self.controller.start(self.now)?;
        self.speak(effects)?;
        for n in 0..self.nodes.len() {
            let soon = 100 + self.below(5000);
            self.after(soon, Due::Link(n));
        }
        Ok(())
    }

    fn link(&mut self, n: usize) -> Checked {
        let there = self.controller.core.is_some();
        let (now, node) = (self.now, &mut self.nodes[n]);
        if node.up || !there || node.agent.is_none() || node.cut_until > now {
            return Ok(());
        }
        (node.up, node.session, node.half_open_until) = (true, node.session + 1, 0);
        let (name, session) = (node.name.clone(), node.session);
        self.tell(Event::Presence(name, true))?;
        self.turn(n, node::Event::LinkUp(session))
    }

    /// A node's connection ends; the controller hears of it a little later.
    pub(crate) fn unlink(&mut self, n: usize) -> Checked {
        if !std::mem::take(&mut self.nodes[n].up) {
            return Ok(());
        }
        let session = self.nodes[n].session;
        let later = self.below(KEEP_ALIVE_MS);
        self.after(later, Due::Gone(n, session));
        let soon = 500 + self.below(8000);
        self.after(soon, Due::Link(n));
        self.turn(n, node::Event::LinkDown)
    }

    pub(crate) fn half_open(&mut self, n: usize, span: u64) {
        let session = self.nodes[n].session;
        self.nodes[n].half_open_until = self.now + span;
        self.after(KEEP_ALIVE_MS, Due::Silent(n, session));
    }

    /// Orders from somebody who is not the controller.
    pub(crate) fn forge(&mut self, n: usize) -> Checked {
        let manifest = Manifest {
            node: self.nodes[n].name.clone(),
            generation: Generation(1 << 40),
            root: root([]),
            made: Millis(BEGIN + self.now),
        };
        let thief = SigningKey::from_seed([66; 32]);
        let signature = thief.sign(&orders_message(FLEET, &manifest));
        let base = Generation(0);
        let delta = Delta { signature, manifest, base, put: Vec::new(), drop: Vec::new() };
        self.turn(n, node::Event::Heard(Down::Orders(delta)))
    }
}
