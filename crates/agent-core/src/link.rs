//! What is said between the node and its controller.

use alloc::string::ToString;

use model::Generation;
use model::message::{Down, Hello, Up, Welcome, WhyRefused};
use model::orders::Delta;

use crate::trust::Untrusted;
use crate::turn::{Effect, Note, Now, Turn};
use crate::{Agent, INSTANCE};

/// A hello without an answer is said again after so long, in milliseconds, doubling up to the other.
const HELLO_AGAIN_MS: u64 = 3000;
const HELLO_AGAIN_MAX_MS: u64 = 300_000;
/// On a metered link a connection may be silent for so long, in seconds.
const METERED_ALIVE_S: u64 = 1200;

impl Agent {
    /// How long a connection may be silent, in seconds: as configured, and longer where each byte is paid for.
    #[must_use]
    pub fn keep_alive_s(&self, configured: u64) -> u64 {
        if self.policy.link_profile == "metered" {
            configured.max(METERED_ALIVE_S)
        } else {
            configured
        }
    }

    fn hello(&self) -> Hello {
        Hello {
            boot: self.boot,
            session: self.session,
            held: self.orders.generation(),
            root: self.orders.root(),
            version: self.config.version.clone(),
            labels: self.config.labels.clone(),
            instance: self.instance,
            keys: self.trust.serial(),
            sealing: self.config.keys.sealing(),
        }
    }

    pub(crate) fn heard(&mut self, now: Now, down: Down, turn: &mut Turn) {
        match down {
            Down::Welcome(welcome) => self.welcomed(now, &welcome, turn),
            Down::Orders(delta) => self.ordered(now, delta, turn),
            Down::ReportTaken { boot, sequence } => self.outbox.taken(boot, sequence),
            Down::WhoAreYou => self.say_hello(now, turn),
        }
    }

    fn welcomed(&mut self, now: Now, welcome: &Welcome, turn: &mut Turn) {
        if welcome.instance != self.instance {
            self.instance = welcome.instance;
            turn.save
                .records
                .insert(INSTANCE.into(), Some(welcome.instance.to_string().into_bytes()));
            self.outbox.tell_all();
            self.removals.tell_all(&mut self.outbox);
        }
        self.hello_again = None;
        self.budget.clock(now, welcome.time);
        self.outbox.opened(now);
        let keys = self.config.keys.clone();
        if let Some((name, record)) = self.trust.hear(&*keys, &welcome.keys) {
            turn.save.records.insert(name, record);
            turn.then.push(Effect::Note(Note::KeysTaken(self.trust.serial())));
            // So the controller knows, and the former keys can go once all nodes have said so.
            self.say_hello(now, turn);
        }
    }

    /// Says who we are, and again until it is answered: a broker may have had nobody to give it to.
    pub(crate) fn say_hello(&mut self, now: Now, turn: &mut Turn) {
        let wait_ms =
            self.hello_again.map_or(HELLO_AGAIN_MS, |(_, wait)| (wait * 2).min(HELLO_AGAIN_MAX_MS));
        self.hello_again = Some((now.mono.plus(wait_ms), wait_ms));
        turn.then.push(Effect::Send(Up::Hello(self.hello())));
    }

    fn ordered(&mut self, now: Now, delta: Delta, turn: &mut Turn) {
        let generation = delta.manifest.generation;
        let keys = self.config.keys.clone();
        if let Err(why) = self.trust.judge(&*keys, &delta.manifest, &delta.signature) {
            self.untrusted(now, generation, why, turn);
            return;
        }
        let holds = &self.holds;
        match self.orders.take(delta, |uid| holds.holds(uid, now.mono)) {
            Ok(save) => {
                turn.save.records.extend(save.records);
                self.policy = self.orders.policy();
                let message = alloc::format!("Orders of generation {} taken", generation.0);
                self.history.add("", now.wall, "", "OrdersTaken", &message);
                turn.then.push(Effect::Note(Note::OrdersTaken(generation.0)));
                turn.then.push(Effect::Send(Up::Taken { generation }));
                self.refresh_orders(now, turn);
            }
            Err(refused) => {
                let why = alloc::format!("{:?}", refused.why);
                let message =
                    alloc::format!("Orders of generation {} refused: {why}", generation.0);
                self.history.add("", now.wall, "", "OrdersRefused", &message);
                turn.then.push(Effect::Note(Note::OrdersRefused(generation.0, why)));
                turn.then.push(Effect::Send(Up::Refused(refused)));
            }
        }
    }

    /// Orders have come that do not count: what is held goes on.
    fn untrusted(&mut self, now: Now, generation: Generation, why: Untrusted, turn: &mut Turn) {
        let message =
            alloc::format!("Orders of generation {} do not count: {}", generation.0, why.as_str());
        self.history.add("", now.wall, "", "OrdersUntrusted", &message);
        let refusal = self.trust.refuse(now.mono);
        if let Some(count) = refusal.tell {
            turn.then.push(Effect::Note(Note::OrdersUntrusted(generation.0, why, count)));
        }
        if refusal.answer {
            let refused = self.orders.refused(generation, WhyRefused::BadSignature);
            turn.then.push(Effect::Send(Up::Refused(refused)));
        }
    }
}
