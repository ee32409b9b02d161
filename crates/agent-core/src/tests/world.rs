//! An engine in memory, its clock and its store, and an agent's hands that use them.

use super::*;
use crate::trust::{self, Keys};
use model::trust::{PublicKey, TrustedKeys, orders_message};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// An engine that has images, runs what it is told, and remembers.
#[derive(Default)]
pub(super) struct World {
    pub(super) now: u64,
    /// How far the wall clock is from where it would be, in milliseconds.
    pub(super) leapt: i64,
    pub(super) containers: BTreeMap<String, Seen>,
    pub(super) count: u32,
    pub(super) records: BTreeMap<String, Vec<u8>>,
    pub(super) pending: VecDeque<(OpId, Effect)>,
    pub(super) told: Vec<Up>,
    /// Ids that were ever started, by container name.
    pub(super) started: Vec<(String, String)>,
    pub(super) stopped: Vec<String>,
    pub(super) files: BTreeMap<Uid, PodVolumes>,
    /// How it was told to leave.
    pub(super) left: Vec<model::orders::Leave>,
    /// How often it was asked to look.
    pub(super) looks_wanted: usize,
    pub(super) missing_images: bool,
    /// The user that images are made to run as.
    pub(super) image_user: String,
    pub(super) unhealthy: bool,
    /// What was started, in order.
    pub(super) launches: Vec<Arc<crate::turn::Launch>>,
    /// Persistent volumes that were taken away, in order.
    pub(super) removed: Vec<String>,
    pub(super) writes: usize,
    pub(super) acknowledged: (u64, u64),
    /// What a log of all turns would show.
    pub(super) printed: String,
}

pub(super) fn config() -> Config {
    Config {
        node: "n".into(),
        labels: Vec::new(),
        version: "1".into(),
        host_ip: Some("10.0.0.1".into()),
        allocatable: (4000, 8 << 30),
        keys: Arc::new(TestKeys),
        trust_first: false,
    }
}

/// Real signatures; this node has no key for secrets.
#[derive(Debug)]
pub(crate) struct TestKeys;

impl Keys for TestKeys {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, key.0).verify(message, signature).is_ok()
    }

    fn sealing(&self) -> Option<PublicKey> {
        None
    }

    fn open(&self, _: &[u8], _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// A controller's keys, by the numbers that they are made from; the first signs.
pub(super) fn key_set(fleet: &str, serial: u64, seeds: &[u8]) -> TrustedKeys {
    TrustedKeys { fleet: fleet.into(), serial, keys: seeds.iter().map(|s| public(*s)).collect() }
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn public(seed: u8) -> PublicKey {
    PublicKey(pair(seed).public_key().as_ref().try_into().unwrap())
}

pub(super) fn sign(seed: u8, message: &[u8]) -> Vec<u8> {
    pair(seed).sign(message).as_ref().to_vec()
}

impl World {
    pub(super) fn now(&self) -> Now {
        let wall = (1_000_000 + self.now).saturating_add_signed(self.leapt);
        Now { mono: Millis(self.now), wall: Millis(wall) }
    }

    pub(super) fn boot(&mut self) -> Agent {
        if self.records.is_empty() {
            let (name, keys) = trust::record(&key_set("f", 1, &[1]));
            self.records.extend(keys.map(|keys| (name, keys)));
        }
        let (agent, turn) = Agent::restore(config(), &self.records, self.now());
        self.pending.clear();
        self.carry_out(turn);
        agent
    }

    pub(super) fn feed(&mut self, agent: &mut Agent, event: Event) {
        let turn = agent.handle(self.now(), event);
        self.carry_out(turn);
    }

    pub(super) fn look(&mut self, agent: &mut Agent) {
        let seen = self.containers.values().cloned().collect();
        self.feed(agent, Event::Looked(seen));
    }

    pub(super) fn carry_out(&mut self, turn: Turn) {
        self.writes += turn.save.records.len();
        self.printed += &format!("{turn:?}\n");
        for (name, record) in turn.save.records {
            match record {
                Some(bytes) => self.records.insert(name, bytes),
                None => self.records.remove(&name),
            };
        }
        for effect in turn.then {
            match effect {
                Effect::Send(up) => self.told.push(up),
                Effect::Note(_) => {}
                Effect::Leave(leave) => self.left.push(leave),
                Effect::Look => self.looks_wanted += 1,
                Effect::Pull(op, _)
                | Effect::CreateSandbox(op, _)
                | Effect::WriteVolumes(op, _)
                | Effect::Start(op, _)
                | Effect::Check(op, _)
                | Effect::Stop { op, .. }
                | Effect::Remove { op, .. }
                | Effect::RemoveVolume { op, .. }
                | Effect::RemovePodFiles { op, .. } => self.pending.push_back((op, effect)),
            }
        }
    }

    pub(super) fn add(&mut self, identity: Identity) -> String {
        self.count += 1;
        let id = format!("c{}", self.count);
        let ip = identity.container.is_empty().then(|| format!("172.17.0.{}", self.count));
        let started = Some(self.now().wall);
        let seen = Seen {
            id: id.clone(),
            identity: Some(identity),
            running: true,
            started,
            exit: None,
            image_id: "sha".into(),
            ip,
        };
        self.containers.insert(id.clone(), seen);
        id
    }

    /// Does the effect at a place in the queue, and tells the agent.
    pub(super) fn do_one(&mut self, agent: &mut Agent, at: usize) {
        let Some((op, effect)) = self.pending.remove(at) else { return };
        let mut exit = None;
        let outcome = match effect {
            Effect::Pull(..) if self.missing_images => Outcome::Failed(Failure {
                kind: FailureKind::ImagePull,
                message: "not found".into(),
                container: None,
            }),
            Effect::Pull(..) => Outcome::Image {
                id: "sha".into(),
                pulled: false,
                took_ms: 0,
                bytes: 1,
                user: self.image_user.clone(),
            },
            Effect::CreateSandbox(_, sandbox) => {
                let id = self.add(sandbox.identity);
                let ip = self.containers[&id].ip.clone();
                Outcome::Sandbox { id, ip }
            }
            Effect::WriteVolumes(_, volumes) => {
                self.files.insert(volumes.pod.clone(), volumes);
                Outcome::Done
            }
            Effect::Start(_, launch) => {
                let twice = self.containers.values().any(|c| {
                    c.running
                        && c.identity.as_ref().is_some_and(|i| {
                            i.uid == launch.identity.uid && i.container == launch.identity.container
                        })
                });
                assert!(!twice, "{} runs already", launch.identity.container);
                self.launches.push(launch.clone());
                let name = launch.identity.container.clone();
                let id = self.add(launch.identity.clone());
                self.started.push((name, id.clone()));
                Outcome::Started { id }
            }
            Effect::Check(..) => {
                Outcome::Checked { passed: !self.unhealthy, message: String::new() }
            }
            Effect::Stop { container, .. } => {
                self.stopped.push(container.clone());
                exit = self.end(&container, 143);
                Outcome::Done
            }
            Effect::Remove { container, .. } => {
                self.containers.remove(&container);
                Outcome::Done
            }
            Effect::RemovePodFiles { pod, .. } => {
                self.files.remove(&pod);
                Outcome::Done
            }
            Effect::RemoveVolume { volume, .. } => {
                self.removed.push(volume.to_string());
                Outcome::Done
            }
            Effect::Send(_) | Effect::Note(_) | Effect::Look | Effect::Leave(_) => return,
        };
        if let Some(exit) = exit {
            self.feed(agent, Event::Exited(exit));
        }
        self.feed(agent, Event::Did(op, outcome));
    }

    /// Ends a container; its exit is to be told.
    pub(super) fn end(&mut self, id: &str, code: i32) -> Option<Exit> {
        let wall = self.now().wall;
        let seen = self.containers.get_mut(id).filter(|c| c.running)?;
        seen.running = false;
        let exit = Exit {
            id: id.into(),
            code,
            started: seen.started.unwrap_or_default(),
            finished: wall,
            ..Exit::default()
        };
        seen.exit = Some(exit.clone());
        Some(exit)
    }

    /// Lets everything that is under way come to its end, and time pass where only time helps.
    pub(super) fn settle(&mut self, agent: &mut Agent, span_ms: u64) {
        let until = self.now + span_ms;
        for _ in 0..10_000 {
            if !self.pending.is_empty() {
                self.do_one(agent, 0);
                continue;
            }
            if self.acknowledge(agent) {
                continue;
            }
            match agent.wake() {
                Some(at) if at.0 <= until => {
                    self.now = self.now.max(at.0);
                    self.feed(agent, Event::Wake);
                }
                _ => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("it does not settle");
    }

    /// Takes the last report, if it has not been taken.
    pub(super) fn acknowledge(&mut self, agent: &mut Agent) -> bool {
        let Some(last) = self.reports().last().map(|r| (r.boot, r.sequence)) else { return false };
        if last == self.acknowledged {
            return false;
        }
        self.acknowledged = last;
        self.feed(agent, Event::Heard(Down::ReportTaken { boot: last.0, sequence: last.1 }));
        true
    }

    pub(super) fn connect(&mut self, agent: &mut Agent) {
        self.feed(agent, Event::LinkUp(1));
        let welcome =
            Welcome { instance: 9, time: Millis(0), generation: Generation(0), keys: Vec::new() };
        self.feed(agent, Event::Heard(Down::Welcome(welcome)));
    }

    pub(super) fn order(&mut self, agent: &mut Agent, generation: u64, items: &[Item]) {
        let mut sorted: Vec<(ItemKey, Hash)> =
            items.iter().map(|i| (i.key.clone(), i.hash())).collect();
        sorted.sort();
        let manifest = Manifest {
            node: "n".into(),
            generation: Generation(generation),
            root: root(sorted.iter().map(|(k, h)| (k, h))),
            made: Millis(0),
        };
        let delta = Delta {
            signature: sign(1, &orders_message("f", &manifest)),
            manifest,
            base: Generation(0),
            put: items.to_vec(),
            drop: Vec::new(),
        };
        self.feed(agent, Event::Heard(Down::Orders(delta)));
    }

    pub(super) fn running(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .containers
            .values()
            .filter(|c| c.running)
            .filter_map(|c| Some(c.identity.as_ref()?.container.clone()))
            .filter(|n| !n.is_empty())
            .collect();
        names.sort();
        names
    }

    pub(super) fn reports(&self) -> impl DoubleEndedIterator<Item = &Report> {
        self.told.iter().filter_map(|u| if let Up::Report(r) = u { Some(&**r) } else { None })
    }

    pub(super) fn last_status(&self) -> model::status::PodStatus {
        self.reports().rev().find_map(|r| r.pods.last()).expect("a status was told").status.clone()
    }
}

pub(super) fn pod(name: &str, change: impl FnOnce(&mut Value)) -> Item {
    let mut doc = json!({"metadata": {"name": name, "namespace": "d", "uid": format!("u-{name}")},
        "spec": {"containers": [{"name": name, "image": "i"}]}});
    change(&mut doc);
    let key = ItemKey { kind: ItemKind::Pod, name: format!("d/{name}/u-{name}").into() };
    Item { key, body: Arc::from(serde_json::to_vec(&doc).unwrap()) }
}

pub(super) fn config_map(name: &str, data: &Value) -> Item {
    let key = ItemKey { kind: ItemKind::ConfigMap, name: format!("d/{name}").into() };
    Item { key, body: Arc::from(serde_json::to_vec(&json!({"data": data})).unwrap()) }
}

pub(super) fn up(items: &[Item]) -> (World, Agent) {
    let mut world = World::default();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, items);
    world.settle(&mut agent, 5000);
    (world, agent)
}
