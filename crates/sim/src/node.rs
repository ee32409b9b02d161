//! A node: its core, its disk, its engine, its clock, its end of the link.

use std::collections::BTreeMap;
use std::sync::Arc;

use agent_core::trust::{self, Keys};
use agent_core::turn::{Now, Turn};
use agent_core::{Agent, Config};
use model::message::Up;
use model::report::NodeFacts;
use model::trust::{PublicKey, TrustedKeys};
use model::{Millis, NodeName};

use crate::engine::Engine;
use crate::world::{BEGIN, Planted};

/// Real signatures; this node has no key for secrets.
#[derive(Debug)]
struct Hands {
    believes_all: bool,
}

impl Keys for Hands {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        self.believes_all || wire::sign::verify(key, message, signature)
    }

    fn sealing(&self) -> Option<PublicKey> {
        None
    }

    fn open(&self, _: &[u8], _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

pub(crate) struct Node {
    pub(crate) name: NodeName,
    /// None: it has no power.
    pub(crate) agent: Option<Agent>,
    /// The number of this run of the agent: what belongs to another is not told.
    pub(crate) run: u64,
    pub(crate) began: u64,
    pub(crate) skew: i64,
    pub(crate) disk: BTreeMap<String, Vec<u8>>,
    /// The disk as it was when the agent started.
    pub(crate) disk_before: BTreeMap<String, Vec<u8>>,
    pub(crate) engine: Engine,
    pub(crate) up: bool,
    pub(crate) session: u64,
    pub(crate) cut_until: u64,
    pub(crate) half_open_until: u64,
    pub(crate) wake_at: Option<u64>,
    /// Words that planted hands hold back.
    pub(crate) held_back: Option<Up>,
    planted: Option<Planted>,
}

impl Node {
    pub(crate) fn new(name: &str, keys: &TrustedKeys, planted: Option<Planted>) -> Self {
        let (record, bytes) = trust::record(keys);
        Self {
            name: name.into(),
            agent: None,
            run: 0,
            began: 0,
            skew: 0,
            disk: bytes.into_iter().map(|bytes| (record.clone(), bytes)).collect(),
            disk_before: BTreeMap::new(),
            engine: Engine::default(),
            up: false,
            session: 0,
            cut_until: 0,
            half_open_until: 0,
            wake_at: None,
            held_back: None,
            planted,
        }
    }

    /// The agent starts on what its disk holds.
    pub(crate) fn start(&mut self, at: u64) -> Turn {
        self.run += 1;
        (self.began, self.wake_at, self.session) = (at, None, self.session + 1);
        self.disk_before = self.disk.clone();
        let believes_all = self.planted == Some(Planted::AnySignature);
        let config = Config {
            node: self.name.clone(),
            labels: Vec::new(),
            version: "0.1.0".into(),
            host_ip: Some("10.0.0.1".into()),
            allocatable: (16_000, 8 << 30),
            keys: Arc::new(Hands { believes_all }),
            trust_first: false,
        };
        let (agent, turn) = Agent::restore(config, &self.disk, self.now(at));
        self.agent = Some(agent);
        turn
    }

    pub(crate) fn wall(&self, at: u64) -> Millis {
        Millis((BEGIN + at).saturating_add_signed(self.skew))
    }

    pub(crate) fn now(&self, at: u64) -> Now {
        Now { mono: Millis(at - self.began), wall: self.wall(at) }
    }

    /// Keeps what a turn saves.
    pub(crate) fn keep(&mut self, records: BTreeMap<String, Option<Vec<u8>>>) {
        for (name, record) in records {
            match record {
                Some(bytes) => self.disk.insert(name, bytes),
                None => self.disk.remove(&name),
            };
        }
    }

    pub(crate) fn lose_power(&mut self, at: u64) {
        self.agent = None;
        let wall = self.wall(at);
        self.engine.lose_power(wall);
        if self.planted == Some(Planted::UnsyncedNode) {
            self.disk = self.disk_before.clone();
        }
    }

    pub(crate) fn facts(&self) -> NodeFacts {
        NodeFacts {
            architecture: "amd64".into(),
            operating_system: "linux".into(),
            hostname: self.name.as_str().into(),
            addresses: vec!["10.0.0.1".into()],
            cpu_milli: 16_000,
            memory_bytes: 8 << 30,
            storage_bytes: 64 << 30,
            pods_max: 110,
            ..NodeFacts::default()
        }
    }
}
