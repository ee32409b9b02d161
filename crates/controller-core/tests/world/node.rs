//! A node that does what its orders say.

use std::collections::{BTreeMap, BTreeSet};

use driftless_controller_core::assign;
use driftless_controller_core::turn::Orders;
use model::message::{Hello, Refused, Up, Welcome, WhyRefused};
use model::orders::{ItemKey, ItemKind, VolumeOrder, root};
use model::pod::PodOrder;
use model::report::{NodeFacts, PodReport, Report};
use model::status::{Condition, ContainerState, ContainerStatus, Phase, PodStatus, Terminated};
use model::trust::{Pepper, PublicKey};
use model::{Generation, Hash, Millis, NodeName, Uid};

/// How the pods of a node fare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// They run and become ready at once.
    Well,
    /// They run, but never become ready.
    Unready,
    /// Each is ready, or not, anew each second, by chance from this seed.
    Moody(u64),
    /// Each becomes ready after up to so many seconds, by chance from this seed, and stays so.
    Slow(u64, u64),
}

struct Pod {
    order: PodOrder,
    since: Millis,
    told: Option<PodStatus>,
    /// How it has come to its end; it stays so.
    ended: Option<PodStatus>,
}

pub(crate) struct FakeNode {
    pub(crate) name: NodeName,
    pub(crate) connected: bool,
    pub(crate) health: Health,
    pub(crate) boot: u64,
    session: u64,
    sequence: u64,
    instance: u64,
    pub(crate) generation: Generation,
    pub(crate) items: BTreeMap<ItemKey, Vec<u8>>,
    pods: BTreeMap<Uid, Pod>,
    gone: BTreeSet<Uid>,
    /// Not acknowledged yet: number, and what was told gone.
    waiting: Option<(u64, BTreeSet<Uid>)>,
    facts_told: bool,
    last_said: Millis,
    pub(crate) labels: Vec<(String, String)>,
    /// It refuses all orders.
    pub(crate) stubborn: bool,
    /// Persistent volumes, and whose each was first.
    pub(crate) volumes: BTreeMap<String, String>,
    pub(crate) refusals: u32,
    pub(crate) cpu_milli: i64,
    /// The set of keys that it knows orders by.
    pub(crate) keys: u64,
    /// The key that secrets for it are sealed to.
    pub(crate) sealing: Option<PublicKey>,
}

fn hash(key: &ItemKey, body: &[u8]) -> Hash {
    assign::hash(&Pepper::default(), key, body)
}

impl FakeNode {
    pub(crate) fn new(name: &NodeName, health: Health) -> Self {
        Self {
            name: name.clone(),
            connected: false,
            health,
            boot: 1,
            session: 0,
            sequence: 0,
            instance: 0,
            generation: Generation(0),
            items: BTreeMap::new(),
            pods: BTreeMap::new(),
            gone: BTreeSet::new(),
            waiting: None,
            facts_told: false,
            last_said: Millis(0),
            labels: vec![("site".into(), "here".into())],
            stubborn: false,
            volumes: BTreeMap::new(),
            refusals: 0,
            cpu_milli: 4000,
            keys: 0,
            sealing: Some(PublicKey([1; 32])),
        }
    }

    fn hashes(&self) -> BTreeMap<ItemKey, Hash> {
        self.items.iter().map(|(k, b)| (k.clone(), hash(k, b))).collect()
    }

    pub(crate) fn running(&self) -> usize {
        self.pods.len()
    }

    /// The names of the pods that run here.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pods.values().map(|p| p.order.metadata.name.as_str())
    }

    /// The names of the pods that run here and have not ended.
    pub(crate) fn busy(&self) -> impl Iterator<Item = &str> {
        self.pods.values().filter(|p| p.ended.is_none()).map(|p| p.order.metadata.name.as_str())
    }

    /// The agent starts anew; its orders and pods are kept.
    pub(crate) fn reboot(&mut self) {
        self.boot += 1;
        self.sequence = 0;
        self.waiting = None;
        self.facts_told = false;
        self.pods.values_mut().for_each(|p| p.told = None);
    }

    /// It is set up anew: it holds nothing.
    pub(crate) fn forget(&mut self) {
        self.items.clear();
        self.generation = Generation(0);
        self.reboot();
    }

    pub(crate) fn hello(&mut self) -> Option<Up> {
        self.session += 1;
        self.waiting = None;
        self.connected.then(|| {
            Up::Hello(Hello {
                boot: self.boot,
                session: self.session,
                held: self.generation,
                root: root(self.hashes().iter()),
                version: "0.1.0".into(),
                labels: self.labels.clone(),
                instance: self.instance,
                keys: self.keys,
                sealing: self.sealing,
            })
        })
    }

    pub(crate) fn welcome(&mut self, welcome: &Welcome) {
        if self.instance != welcome.instance {
            self.instance = welcome.instance;
            self.facts_told = false;
            self.pods.values_mut().for_each(|p| p.told = None);
        }
    }

    /// Takes orders. None: a document no longer fits its hash, so the link would not have sent them.
    pub(crate) fn apply(&mut self, orders: &Orders, store: &super::Store) -> Option<Up> {
        let mut bodies = Vec::new();
        for (item, source, hash) in &orders.put {
            let (_, doc) = store.get(source)?;
            let body = assign::body(item.kind, doc);
            if assign::hash(&Pepper::default(), item, &body) != *hash {
                return None;
            }
            bodies.push((item.clone(), body));
        }
        let manifest = &orders.manifest;
        assert_eq!(manifest.node, self.name, "orders of another node");
        let (held, hashes) = (self.generation, self.hashes());
        let refuse = |why| {
            Some(Up::Refused(Refused {
                generation: manifest.generation,
                why,
                held,
                items: hashes.clone().into_iter().collect(),
            }))
        };
        if self.stubborn {
            self.refusals += 1;
            return refuse(WhyRefused::BadSignature);
        }
        if manifest.generation <= self.generation {
            return refuse(WhyRefused::Stale);
        }
        if orders.base.0 != 0 && orders.base != self.generation {
            return refuse(WhyRefused::WrongBase);
        }
        let mut items = if orders.base.0 == 0 { BTreeMap::new() } else { self.items.clone() };
        items.extend(bodies);
        orders.drop.iter().for_each(|key| {
            items.remove(key);
        });
        let hashes: BTreeMap<ItemKey, Hash> =
            items.iter().map(|(k, b)| (k.clone(), hash(k, b))).collect();
        if root(hashes.iter()) != manifest.root {
            return refuse(WhyRefused::WrongRoot);
        }
        self.items = items;
        self.generation = manifest.generation;
        Some(Up::Taken { generation: manifest.generation })
    }

    /// Does what the orders say, and tells what has changed.
    pub(crate) fn report(&mut self, now: Millis) -> Option<Up> {
        self.act(now);
        if !self.connected || self.waiting.is_some() {
            return None;
        }
        let mut pods = Vec::new();
        let health = self.health;
        for (uid, pod) in &mut self.pods {
            let status = status(health, uid, pod, now);
            if status.phase.is_terminal() {
                pod.ended = Some(status.clone());
            }
            if pod.told.as_ref() != Some(&status) {
                pod.told = Some(status.clone());
                let meta = &pod.order.metadata;
                pods.push(PodReport {
                    uid: uid.clone(),
                    namespace: meta.namespace.clone(),
                    name: meta.name.clone(),
                    status,
                });
            }
        }
        let facts = (!self.facts_told).then(|| self.facts());
        let beat = now.since(self.last_said) >= 60_000;
        if pods.is_empty() && self.gone.is_empty() && facts.is_none() && !beat {
            return None;
        }
        self.last_said = now;
        self.facts_told = true;
        self.sequence += 1;
        self.waiting = Some((self.sequence, self.gone.clone()));
        Some(Up::Report(Box::new(Report {
            boot: self.boot,
            sequence: self.sequence,
            at: now,
            held: self.generation,
            pods,
            gone: self.gone.iter().cloned().collect(),
            facts,
            ..Report::default()
        })))
    }

    pub(crate) fn report_taken(&mut self, boot: u64, sequence: u64) {
        if boot == self.boot
            && let Some((_, gone)) = self.waiting.take_if(|(n, _)| *n == sequence)
        {
            self.gone.retain(|uid| !gone.contains(uid));
        }
    }

    fn facts(&self) -> NodeFacts {
        NodeFacts {
            architecture: "amd64".into(),
            operating_system: "linux".into(),
            hostname: self.name.as_str().into(),
            addresses: vec!["10.0.0.1".into()],
            cpu_milli: self.cpu_milli,
            memory_bytes: 8 << 30,
            storage_bytes: 64 << 30,
            pods_max: 110,
            ..NodeFacts::default()
        }
    }

    fn act(&mut self, now: Millis) {
        let mut ordered = BTreeSet::new();
        let volumes: Vec<VolumeOrder> = self
            .items
            .iter()
            .filter(|(k, _)| k.kind == ItemKind::Volume)
            .map(|(_, body)| serde_json::from_slice(body).expect("a volume's body"))
            .collect();
        for (key, body) in self.items.iter().filter(|(k, _)| k.kind == ItemKind::Pod) {
            let order: PodOrder = serde_json::from_slice(body).expect("a pod's body is a pod");
            let uid = order.metadata.uid();
            assert!(key.name.ends_with(uid.as_str()), "an item's name names its pod");
            ordered.insert(uid.clone());
            if order.deletion_grace_period_seconds.is_some() {
                if self.pods.remove(&uid).is_some() || !self.gone.contains(&uid) {
                    self.gone.insert(uid);
                }
                continue;
            }
            let pod = self.pods.entry(uid).or_insert_with(|| Pod {
                order: PodOrder::default(),
                since: now,
                told: None,
                ended: None,
            });
            pod.order = order;
            for volume in &pod.order.spec.volumes {
                let Some(claim) = &volume.persistent_volume_claim else { continue };
                let whose = format!("{}/{}", pod.order.metadata.namespace, claim.claim_name);
                let has = volumes.iter().any(|v| v.claim == whose && !v.remove);
                assert!(
                    has,
                    "{} was ordered without the volume of {whose}",
                    pod.order.metadata.name
                );
            }
        }
        self.pods.retain(|uid, _| ordered.contains(uid));
        for (key, body) in self.items.iter().filter(|(k, _)| k.kind == ItemKind::Volume) {
            let order: VolumeOrder = serde_json::from_slice(body).expect("a volume's body");
            let uid = Uid::from(order.uid.as_str());
            if !order.remove {
                self.volumes.entry(key.name.to_string()).or_insert(order.claim);
            } else if self.volumes.remove(&*key.name).is_some() || !self.gone.contains(&uid) {
                self.gone.insert(uid.clone());
            }
            ordered.insert(uid);
        }
        self.gone.retain(|uid| ordered.contains(uid));
    }
}

/// How a pod ends by its image: `ends:<after seconds>:<exit code>`, or with a code by chance, `ends:<seconds>:<seed>:<in a hundred>`.
fn end(uid: &Uid, pod: &Pod, now: Millis) -> Option<(Phase, i32)> {
    let image = pod.order.spec.containers.first()?.image.strip_prefix("ends:")?.to_owned();
    let parts: Vec<u64> = image.split(':').filter_map(|p| p.parse().ok()).collect();
    let draw = Hash::of(format!("{}{uid}", parts.get(1)?).as_bytes());
    let code = match parts.get(2) {
        Some(chance) => i32::from(u64::from(draw.0[1]) % 100 < *chance),
        None => i32::try_from(parts[1]).ok()?,
    };
    let phase = if code == 0 { Phase::Succeeded } else { Phase::Failed };
    (now.since(pod.since) >= parts[0] * 1000).then_some((phase, code))
}

fn status(health: Health, uid: &Uid, pod: &Pod, now: Millis) -> PodStatus {
    if let Some(ended) = &pod.ended {
        return ended.clone();
    }
    if let Some((phase, code)) = end(uid, pod, now) {
        return ended(phase, code, now);
    }
    let ready = match health {
        _ if pod.order.spec.containers.iter().any(|c| c.image == "bad") => false,
        Health::Well => true,
        Health::Unready => false,
        Health::Moody(seed) => {
            let draw = Hash::of(format!("{seed}{uid}{}", now.0 / 1000).as_bytes());
            draw.0[0] > 80
        }
        Health::Slow(seed, most_s) => {
            let draw = Hash::of(format!("{seed}{uid}").as_bytes());
            now.since(pod.since) >= u64::from(draw.0[0]) % most_s * 1000
        }
    };
    let condition = |kind: &str| Condition {
        kind: kind.into(),
        status: ready,
        since: if ready { now } else { pod.since },
        reason: if ready { String::new() } else { "ContainersNotReady".into() },
        message: String::new(),
    };
    let old = pod.told.as_ref().map(|t| &t.conditions);
    let conditions = match old {
        Some(old) if old.iter().all(|c| c.status == ready) => old.clone(),
        _ => vec![condition("Ready"), condition("ContainersReady")],
    };
    PodStatus {
        phase: Phase::Running,
        pod_ip: Some("172.17.0.2".into()),
        host_ip: Some("10.0.0.1".into()),
        started: Some(pod.since),
        conditions,
        containers: vec![ContainerStatus {
            name: "web".into(),
            state: ContainerState::Running { since: pod.since },
            ready,
            started: Some(true),
            ..ContainerStatus::default()
        }],
        ..PodStatus::default()
    }
}

/// The status of a pod that has come to its end.
fn ended(phase: Phase, exit_code: i32, now: Millis) -> PodStatus {
    let condition = |kind: &str| Condition {
        kind: kind.into(),
        status: false,
        since: now,
        reason: if phase == Phase::Succeeded { "PodCompleted" } else { "PodFailed" }.into(),
        message: String::new(),
    };
    PodStatus {
        phase,
        conditions: vec![condition("Ready"), condition("ContainersReady")],
        containers: vec![ContainerStatus {
            name: "web".into(),
            state: ContainerState::Terminated(Terminated { exit_code, ..Terminated::default() }),
            ..ContainerStatus::default()
        }],
        ..PodStatus::default()
    }
}
