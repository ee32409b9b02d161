//! What a node decides: which orders to take, what to start and stop, when to try again, what to tell. No I/O, no
//! clock, no threads: the compiler refuses them here (`no_std`).
//!
//! The law of this crate: a plan is made from what is, never from what was announced, and it is empty when all is as
//! ordered.
#![no_std]

extern crate alloc;

mod answer;
mod backoff;
mod budget;
mod container;
mod history;
mod hold;
mod launch;
mod link;
mod ops;
mod orders;
mod outbox;
mod plan;
mod pod;
mod probe;
mod resolve;
mod show;
mod stop;
pub mod trust;
pub mod turn;
mod volumes;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::message::Up;
use model::orders::{Leave, NodePolicy};
use model::report::PodReport;
use model::{Hash, Millis, NodeName, Uid};

pub use history::Decision;
pub use hold::{HOLD_MAX_MS, Lock, LockFile};
pub use show::{Answer, HoldShown, LinkShown, NodeShown, PodShown, Target};

use budget::Budget;
use history::History;
use hold::Holds;
use ops::{Ops, What};
use orders::Orders;
use outbox::Outbox;
use plan::Ctx;
use pod::PodRun;
use trust::{Keys, Trust};
use turn::{Effect, Event, Exit, Failure, FailureKind, Note, Now, Outcome, PodVolumes, Seen, Turn};
use volumes::Removals;

/// The record of the number of starts.
const BOOT: &str = "boot";
/// The record of the controller instance that last took reports.
const INSTANCE: &str = "instance";
/// Ends that were heard of before the start that they belong to: so many are held.
const EARLY_MAX: usize = 64;
/// A look that is wanted is asked for again after so long, in milliseconds, doubling up to the other.
const LOOK_MS: u64 = 2000;
const LOOK_MAX_MS: u64 = 60_000;
/// A container that nobody ordered has so many seconds between the signals.
const STRAY_GRACE_S: u32 = 30;

/// What the node goes by.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name.
    pub node: NodeName,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// The agent's version.
    pub version: String,
    /// The node's address, for pods that ask for it.
    pub host_ip: Option<String>,
    /// What the node offers: CPU in thousandths of a core, memory in bytes.
    pub allocatable: (i64, i64),
    /// What the node's keys can do.
    pub keys: Arc<dyn Keys>,
    /// Whether the controller is on this machine, so that the first keys which it tells can be believed.
    pub trust_first: bool,
}

/// The decisions of a node.
pub struct Agent {
    config: Config,
    orders: Orders,
    trust: Trust,
    policy: NodePolicy,
    pods: BTreeMap<Uid, PodRun>,
    removals: Removals,
    holds: Holds,
    history: History,
    budget: Budget,
    /// It was said that this node leaves.
    left: bool,
    /// The connection is up, or not, since when by the wall clock.
    link: (bool, Millis),
    ops: Ops,
    outbox: Outbox,
    boot: u64,
    instance: u64,
    session: u64,
    /// Our hello has not been answered: when it is said again, and how long was waited for that.
    hello_again: Option<(Millis, u64)>,
    /// The engine has been looked at since it was last away.
    looked: bool,
    /// A look is wanted: when it is asked for (again), and how long then until the next time.
    look_again: Option<(Millis, u64)>,
    reconciled: bool,
    early: VecDeque<Exit>,
    woken: Now,
}

impl Agent {
    /// A node's core, with what its store holds. The turn is to be carried out like any other.
    #[must_use]
    pub fn restore(config: Config, records: &BTreeMap<String, Vec<u8>>, now: Now) -> (Self, Turn) {
        let number = |name: &str| {
            let text = core::str::from_utf8(records.get(name)?).ok()?;
            text.parse::<u64>().ok()
        };
        let boot = number(BOOT).unwrap_or(0) + 1;
        let mut bad = Vec::new();
        let orders = Orders::restore(config.node.clone(), config.keys.clone(), records, &mut bad);
        let holds = Holds::restore(records, orders.put_off(), now, &mut bad);
        let budget = Budget::restore(records, now, &mut bad);
        let mut agent = Self {
            policy: orders.policy(),
            orders,
            trust: Trust::restore(records, config.trust_first, &mut bad),
            pods: BTreeMap::new(),
            removals: Removals::default(),
            holds,
            history: History::default(),
            budget,
            left: false,
            link: (false, now.wall),
            ops: Ops::default(),
            outbox: Outbox::new(boot),
            boot,
            instance: number(INSTANCE).unwrap_or(0),
            session: 0,
            hello_again: None,
            looked: false,
            look_again: None,
            reconciled: false,
            early: VecDeque::new(),
            woken: now,
            config,
        };
        agent.outbox.blind = true;
        let mut turn = Turn::default();
        turn.save.records.insert(BOOT.into(), Some(boot.to_string().into_bytes()));
        agent.refresh_orders(now, &mut turn);
        for (name, bytes) in records.range("pod/".to_string()..) {
            let Some(uid) = name.strip_prefix("pod/") else { break };
            match (agent.pods.get_mut(uid), serde_json::from_slice(bytes)) {
                (Some(pod), Ok(kept)) => pod.restore(kept),
                (Some(_), Err(_)) => bad.push(name.clone()),
                // Its orders are gone: what is left of it is found by its containers.
                (None, _) => {
                    turn.save.records.insert(name.clone(), None);
                }
            }
        }
        turn.then.extend(bad.into_iter().map(|name| Effect::Note(Note::BadRecord(name))));
        (agent, turn)
    }

    /// Takes an event in, and decides.
    pub fn handle(&mut self, now: Now, event: Event) -> Turn {
        let mut turn = Turn::default();
        self.woken = now;
        match event {
            Event::Looked(seen) => self.looked(now, seen, &mut turn),
            Event::Exited(exit) => self.exited(now, exit, &mut turn),
            Event::Did(op, outcome) => self.did(now, op, outcome, &mut turn),
            Event::EngineAway(why) => self.engine_away(now, why),
            Event::Facts(mut facts) => {
                self.config.host_ip =
                    facts.addresses.first().cloned().or_else(|| self.config.host_ip.take());
                if facts.not_ready.is_none() && !self.looked {
                    facts.not_ready = self.outbox.facts().and_then(|f| f.not_ready.clone());
                }
                self.outbox.set_facts(facts);
            }
            Event::Usage(usage) => self.outbox.set_usage(usage),
            Event::LinkUp(session) => {
                self.session = session;
                self.linked(now, true);
                self.hello_again = None;
                self.say_hello(now, &mut turn);
            }
            Event::LinkDown => {
                self.linked(now, false);
                self.hello_again = None;
                self.outbox.closed();
            }
            Event::Heard(down) => self.heard(now, down, &mut turn),
            Event::Hold { pod, span_ms, reason } => {
                self.hold(now, &pod, span_ms, &reason, &mut turn);
            }
            Event::Release(pod) => self.release(now, &pod, "it was released", &mut turn),
            Event::Traffic(traffic) => self.budget.count(now, traffic),
            Event::Locks(found) => self.locked(now, found, &mut turn),
            Event::Wake => {}
            Event::Stopping => {
                turn.then.push(Effect::Send(Up::Bye));
                self.hello_again = None;
                self.outbox.closed();
            }
        }
        if self.hello_again.is_some_and(|(at, _)| at <= now.mono) {
            self.say_hello(now, &mut turn);
        }
        self.ask_for_look(now, &mut turn);
        self.mind_holds(now, &mut turn);
        self.advance(now, &mut turn);
        self.report(now, &mut turn);
        self.budget.keep(now, &mut turn.save);
        self.leave(&mut turn);
        turn
    }

    /// Leaves the fleet, if that is ordered and nothing is left to be done for it.
    fn leave(&mut self, turn: &mut Turn) {
        let Some(leave) = self.policy.leave.filter(|_| !self.left) else { return };
        if leave == Leave::Keep || (self.looked && self.pods.is_empty()) {
            self.left = true;
            turn.then.push(Effect::Leave(leave));
        }
    }

    /// When [`Event::Wake`] is wanted, by the monotonic clock.
    #[must_use]
    pub fn wake(&self) -> Option<Millis> {
        let pods = self.pods.values().filter(|_| self.looked).filter_map(|p| p.wake(self.woken));
        let look = self.look_again.map(|(at, _)| at);
        let hello = self.hello_again.map(|(at, _)| at);
        let removals = self.removals.wake(self.woken.mono);
        let holds = self.holds.wake(self.woken.mono);
        pods.chain(removals)
            .chain(holds)
            .chain(look)
            .chain(hello)
            .chain(self.outbox.wake(self.policy.heartbeat_ms))
            .min()
    }

    /// How often usage is wanted, in milliseconds.
    #[must_use]
    pub fn usage_period_ms(&self) -> u64 {
        self.policy.usage_period_ms
    }

    /// Uids of the pods that are here: files of others can go.
    pub fn pods(&self) -> impl Iterator<Item = &Uid> {
        self.pods.keys()
    }

    /// Brings the pods in line with the orders: which there shall be, and what their references come to.
    fn refresh_orders(&mut self, now: Now, turn: &mut Turn) {
        self.removals.refresh(&self.orders);
        let mut bad = Vec::new();
        let mut ordered: BTreeMap<Uid, Hash> = BTreeMap::new();
        for (hash, order) in self.orders.pods(&mut bad) {
            let uid = order.metadata.uid();
            ordered.insert(uid.clone(), hash);
            let pod = self.pods.entry(uid).or_insert_with(|| PodRun::new(order.clone(), now));
            if pod.hash != Some(hash) {
                let generation = self.orders.generation().0;
                let (reason, what) = match pod.hash {
                    None => ("Ordered", "have"),
                    Some(_) => ("OrdersChanged", "change"),
                };
                let message = alloc::format!("Orders of generation {generation} {what} it");
                self.history.add(&pod.name(), now.wall, "", reason, &message);
                pod.hash = Some(hash);
                pod.leaving = order.deletion_grace_period_seconds;
                pod.take_order(order);
            }
            for run in &mut pod.containers {
                // What was missing may be there now.
                run.config_error = None;
            }
        }
        turn.then.extend(bad.into_iter().map(|name| Effect::Note(Note::BadRecord(name))));
        for (uid, pod) in &mut self.pods {
            if !ordered.contains_key(uid) {
                if pod.hash.is_some() {
                    let generation = self.orders.generation().0;
                    let message = alloc::format!(
                        "Orders of generation {generation} no longer have it: it is stopped"
                    );
                    self.history.add(&pod.name(), now.wall, "", "NotOrdered", &message);
                }
                pod.hash = None;
                pod.leaving.get_or_insert_with(|| {
                    pod.order.spec.termination_grace_period_seconds.unwrap_or(STRAY_GRACE_S)
                });
                continue;
            }
            let wanted = volumes::wanted(&self.orders, &self.config, pod);
            pod.volumes.wanted = Some(wanted);
        }
    }

    fn looked(&mut self, now: Now, seen: Vec<Seen>, turn: &mut Turn) {
        self.looked = true;
        self.look_again = None;
        if let Some(facts) = self.outbox.facts().filter(|f| f.not_ready.is_some()).cloned() {
            self.outbox.set_facts(model::report::NodeFacts { not_ready: None, ..facts });
        }
        let mut by_pod: BTreeMap<Uid, Vec<Seen>> = BTreeMap::new();
        let containers = seen.len();
        for one in seen {
            match &one.identity {
                Some(identity) => by_pod.entry(identity.uid.clone()).or_default().push(one),
                None => {
                    let op = self.ops.begin(&Uid::from(""), What::Remove(one.id.clone()));
                    turn.then.push(Effect::Remove { op, container: one.id });
                }
            }
        }
        for (uid, seen) in &by_pod {
            self.pods.entry(uid.clone()).or_insert_with(|| stray(seen, now));
        }
        let (pods, mut ctx) = self.split(now, turn);
        for (uid, pod) in pods.iter_mut() {
            pod.looked(by_pod.get(uid).map_or(&[], Vec::as_slice), &mut ctx);
        }
        // What is just being started may have ended already: its end is held until the start is answered.
        let early: Vec<Exit> = by_pod
            .iter()
            .filter_map(|(uid, seen)| Some((self.pods.get(uid)?, seen)))
            .flat_map(|(pod, seen)| seen.iter().filter(|s| pod.is_starting(s)))
            .filter_map(|s| Some(Exit { id: s.id.clone(), ..s.exit.clone()? }))
            .collect();
        early.into_iter().for_each(|exit| self.hold_early(exit));
        self.outbox.blind = false;
        if !self.reconciled {
            self.reconciled = true;
            turn.then
                .push(Effect::Note(Note::FirstReconcile { pods: self.pods.len(), containers }));
        }
    }

    fn exited(&mut self, now: Now, exit: Exit, turn: &mut Turn) {
        let (pods, mut ctx) = self.split(now, turn);
        if pods.values_mut().any(|pod| pod.exited(&exit, &mut ctx)) {
            return;
        }
        self.hold_early(exit);
    }

    fn hold_early(&mut self, exit: Exit) {
        if self.early.len() == EARLY_MAX {
            self.early.pop_front();
        }
        self.early.push_back(exit);
    }

    fn did(&mut self, now: Now, op: turn::OpId, outcome: Outcome, turn: &mut Turn) {
        let Some((uid, what)) = self.ops.end(op) else { return };
        if let Outcome::Failed(Failure { kind: FailureKind::EngineAway, .. }) = &outcome {
            // Whether it was done after all nobody knows: nothing more is started before the next look.
            self.looked = false;
            self.look_again.get_or_insert((now.mono, LOOK_MS));
        }
        let early = match &outcome {
            Outcome::Started { id } | Outcome::Sandbox { id, .. } => {
                self.early.iter().position(|e| e.id == *id).and_then(|i| self.early.remove(i))
            }
            _ => None,
        };
        let sandbox_ended = early.clone().filter(|_| what == What::Sandbox);
        if what == What::Volume {
            return self.removals.answer(&uid, &outcome, now.mono, &mut self.outbox);
        }
        let (pods, mut ctx) = self.split(now, turn);
        let Some(pod) = pods.get_mut(&uid) else { return };
        pod.answer(what, outcome, early, &mut ctx);
        if let Some(exit) = sandbox_ended {
            pod.exited(&exit, &mut ctx);
        }
    }

    fn ask_for_look(&mut self, now: Now, turn: &mut Turn) {
        if let Some((at, wait_ms)) = self.look_again.filter(|(at, _)| *at <= now.mono) {
            turn.then.push(Effect::Look);
            self.look_again =
                Some((at.max(now.mono).plus(wait_ms), (wait_ms * 2).min(LOOK_MAX_MS)));
        }
    }

    /// The connection has come or gone.
    fn linked(&mut self, now: Now, up: bool) {
        if self.link.0 != up {
            self.link = (up, now.wall);
            let reason = if up { "LinkUp" } else { "LinkDown" };
            let message =
                if up { "The controller's broker is there" } else { "The connection is gone" };
            self.history.add("", now.wall, "", reason, message);
        }
    }

    fn engine_away(&mut self, now: Now, why: String) {
        if core::mem::take(&mut self.looked) {
            self.history.add("", now.wall, "", "EngineAway", &why);
        }
        // The hands know, and look as soon as it is back.
        self.look_again = None;
        let facts = self.outbox.facts().cloned().unwrap_or_default();
        let not_ready = Some(("ContainerEngineNotReady".to_string(), why));
        self.outbox.set_facts(model::report::NodeFacts { not_ready, ..facts });
    }

    fn advance(&mut self, now: Now, turn: &mut Turn) {
        if !self.looked {
            return;
        }
        let mut removals = core::mem::take(&mut self.removals);
        let (pods, mut ctx) = self.split(now, turn);
        for pod in pods.values_mut() {
            pod.advance(&mut ctx);
        }
        pods.retain(|_, pod| !pod.gone);
        removals.advance(pods, &mut ctx);
        self.removals = removals;
    }

    fn report(&mut self, now: Now, turn: &mut Turn) {
        let (pods, held, refused) = (&self.pods, self.orders.generation(), self.trust.refused());
        self.outbox.set_traffic(self.budget.traffic(self.policy.month_bytes_max));
        let report = self.outbox.next(now, self.policy.heartbeat_ms, |report, which| {
            report.held = held;
            report.refused = refused;
            let told = pods
                .values()
                .filter(|p| which.is_none_or(|w| w.contains(&p.uid)) && p.hash.is_some());
            report.pods = told
                .map(|pod| PodReport {
                    uid: pod.uid.clone(),
                    namespace: pod.order.metadata.namespace.clone(),
                    name: pod.order.metadata.name.clone(),
                    status: pod.status.clone(),
                })
                .collect();
        });
        turn.then.extend(report.map(|r| Effect::Send(Up::Report(Box::new(r)))));
    }

    /// The pods, and beside them all that planning needs.
    fn split<'a>(
        &'a mut self,
        now: Now,
        turn: &'a mut Turn,
    ) -> (&'a mut BTreeMap<Uid, PodRun>, Ctx<'a>) {
        let ctx = Ctx {
            now,
            config: &self.config,
            orders: &self.orders,
            ops: &mut self.ops,
            outbox: &mut self.outbox,
            history: &mut self.history,
            then: &mut turn.then,
            save: &mut turn.save,
        };
        (&mut self.pods, ctx)
    }
}

/// A pod that nobody ordered, known only by its containers: it is to go.
fn stray(seen: &[Seen], now: Now) -> PodRun {
    let mut order = model::pod::PodOrder::default();
    for identity in seen.iter().filter_map(|s| s.identity.as_ref()) {
        order.metadata.namespace.clone_from(&identity.namespace);
        order.metadata.name.clone_from(&identity.pod);
        order.metadata.uid = identity.uid.to_string();
        if !identity.container.is_empty()
            && !order.spec.containers.iter().any(|c| c.name == identity.container)
        {
            let name = identity.container.clone();
            order.spec.containers.push(model::pod::Container { name, ..Default::default() });
        }
    }
    let mut pod = PodRun::new(order, now);
    pod.leaving = Some(STRAY_GRACE_S);
    // It may have files: they go with it.
    pod.volumes.wanted = Some(Ok((
        PodVolumes { pod: pod.uid.clone(), volumes: BTreeMap::new(), fs_group: None },
        Hash([0; 32]),
    )));
    pod
}

#[cfg(test)]
mod tests;
