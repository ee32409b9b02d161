//! The core against a small engine in memory: what it does when all is well, and when nothing is.

mod faults;

use alloc::format;
use alloc::sync::Arc;

use model::Generation;
use model::message::Welcome;
use model::orders::{Item, ItemKey, ItemKind, Manifest, root};
use model::report::Report;
use model::status::{ContainerState, Phase};
use serde_json::{Value, json};

use super::*;
use crate::turn::{Failure, FailureKind, Identity, OpId};

/// An engine that has images, runs what it is told, and remembers.
#[derive(Default)]
struct World {
    now: u64,
    containers: BTreeMap<String, Seen>,
    count: u32,
    records: BTreeMap<String, Vec<u8>>,
    pending: VecDeque<(OpId, Effect)>,
    told: Vec<Up>,
    /// Ids that were ever started, by container name.
    started: Vec<(String, String)>,
    stopped: Vec<String>,
    files: BTreeMap<Uid, PodVolumes>,
    missing_images: bool,
    /// The user that images are made to run as.
    image_user: String,
    unhealthy: bool,
    writes: usize,
    acknowledged: (u64, u64),
}

fn config() -> Config {
    Config {
        node: "n".into(),
        labels: Vec::new(),
        version: "1".into(),
        host_ip: Some("10.0.0.1".into()),
        allocatable: (4000, 8 << 30),
    }
}

impl World {
    fn now(&self) -> Now {
        Now { mono: Millis(self.now), wall: Millis(1_000_000 + self.now) }
    }

    fn boot(&mut self) -> Agent {
        let (agent, turn) = Agent::restore(config(), &self.records, self.now());
        self.pending.clear();
        self.carry_out(turn);
        agent
    }

    fn feed(&mut self, agent: &mut Agent, event: Event) {
        let turn = agent.handle(self.now(), event);
        self.carry_out(turn);
    }

    fn look(&mut self, agent: &mut Agent) {
        let seen = self.containers.values().cloned().collect();
        self.feed(agent, Event::Looked(seen));
    }

    fn carry_out(&mut self, turn: Turn) {
        self.writes += turn.save.records.len();
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
                Effect::Pull(op, _)
                | Effect::CreateSandbox(op, _)
                | Effect::WriteVolumes(op, _)
                | Effect::Start(op, _)
                | Effect::Check(op, _)
                | Effect::Stop { op, .. }
                | Effect::Remove { op, .. }
                | Effect::RemovePodFiles { op, .. } => self.pending.push_back((op, effect)),
            }
        }
    }

    fn add(&mut self, identity: Identity) -> String {
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
    fn do_one(&mut self, agent: &mut Agent, at: usize) {
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
            Effect::Send(_) | Effect::Note(_) => return,
        };
        if let Some(exit) = exit {
            self.feed(agent, Event::Exited(exit));
        }
        self.feed(agent, Event::Did(op, outcome));
    }

    /// Ends a container; its exit is to be told.
    fn end(&mut self, id: &str, code: i32) -> Option<Exit> {
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
    fn settle(&mut self, agent: &mut Agent, span_ms: u64) {
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
    fn acknowledge(&mut self, agent: &mut Agent) -> bool {
        let Some(last) = self.reports().last().map(|r| (r.boot, r.sequence)) else { return false };
        if last == self.acknowledged {
            return false;
        }
        self.acknowledged = last;
        self.feed(agent, Event::Heard(Down::ReportTaken { boot: last.0, sequence: last.1 }));
        true
    }

    fn connect(&mut self, agent: &mut Agent) {
        self.feed(agent, Event::LinkUp(1));
        let welcome = Welcome { instance: 9, time: Millis(0), generation: Generation(0) };
        self.feed(agent, Event::Heard(Down::Welcome(welcome)));
    }

    fn order(&mut self, agent: &mut Agent, generation: u64, items: &[Item]) {
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
            manifest,
            signature: Vec::new(),
            base: Generation(0),
            put: items.to_vec(),
            drop: Vec::new(),
        };
        self.feed(agent, Event::Heard(Down::Orders(delta)));
    }

    fn running(&self) -> Vec<String> {
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

    fn reports(&self) -> impl DoubleEndedIterator<Item = &Report> {
        self.told.iter().filter_map(|u| if let Up::Report(r) = u { Some(&**r) } else { None })
    }

    fn last_status(&self) -> model::status::PodStatus {
        self.reports().rev().find_map(|r| r.pods.last()).expect("a status was told").status.clone()
    }
}

fn pod(name: &str, change: impl FnOnce(&mut Value)) -> Item {
    let mut doc = json!({"metadata": {"name": name, "namespace": "d", "uid": format!("u-{name}")},
        "spec": {"containers": [{"name": name, "image": "i"}]}});
    change(&mut doc);
    let key = ItemKey { kind: ItemKind::Pod, name: format!("d/{name}/u-{name}").into() };
    Item { key, body: Arc::from(serde_json::to_vec(&doc).unwrap()) }
}

fn config_map(name: &str, data: &Value) -> Item {
    let key = ItemKey { kind: ItemKind::ConfigMap, name: format!("d/{name}").into() };
    Item { key, body: Arc::from(serde_json::to_vec(&json!({"data": data})).unwrap()) }
}

fn up(items: &[Item]) -> (World, Agent) {
    let mut world = World::default();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, items);
    world.settle(&mut agent, 5000);
    (world, agent)
}

#[test]
fn a_pod_comes_up_and_is_told() {
    let (world, agent) = up(&[pod("web", |_| {})]);
    assert_eq!(world.running(), ["web"]);
    let status = world.last_status();
    assert_eq!(status.phase, Phase::Running);
    assert!(status.conditions.iter().all(|c| c.status), "{status:?}");
    assert_eq!(status.host_ip.as_deref(), Some("10.0.0.1"));
    assert!(matches!(world.told[0], Up::Hello(_)));
    assert_eq!(agent.orders.generation(), Generation(1));
}

#[test]
fn a_settled_node_does_nothing_and_writes_nothing() {
    let (mut world, mut agent) = up(&[pod("web", |_| {}), pod("db", |_| {})]);
    let (writes, started, told) = (world.writes, world.started.len(), world.told.len());
    world.look(&mut agent);
    world.settle(&mut agent, 50_000);
    assert_eq!((world.writes, world.started.len(), world.told.len()), (writes, started, told));
}

#[test]
fn an_agent_that_starts_again_touches_nothing_healthy() {
    let (mut world, _) = up(&[pod("web", |_| {}), pod("db", |_| {})]);
    let before: Vec<String> = world.containers.keys().cloned().collect();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.settle(&mut agent, 60_000);
    assert_eq!(world.containers.keys().cloned().collect::<Vec<_>>(), before);
    assert!(world.stopped.is_empty());
}

#[test]
fn stored_orders_run_without_a_controller_after_everything_is_gone() {
    let (mut world, _) = up(&[pod("web", |_| {})]);
    world.containers.clear();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.settle(&mut agent, 5000);
    assert_eq!(world.running(), ["web"]);
}

#[test]
fn the_first_restart_is_at_once_and_the_next_ones_back_off() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    for (n, wait_s) in [0u64, 10, 20, 40].into_iter().enumerate() {
        let id = world.started.last().unwrap().1.clone();
        let exit = world.end(&id, 1).unwrap();
        world.feed(&mut agent, Event::Exited(exit));
        if wait_s > 0 {
            world.settle(&mut agent, wait_s * 1000 - 1);
            assert!(world.running().is_empty(), "restart {n} came too early");
            let state = &world.last_status().containers[0].state;
            assert!(
                matches!(state, ContainerState::Waiting { reason, .. } if reason == "CrashLoopBackOff"),
                "{state:?}"
            );
            world.settle(&mut agent, 1);
        }
        world.settle(&mut agent, 0);
        assert_eq!(world.running(), ["web"], "restart {n}");
        world.settle(&mut agent, 100);
        let status = world.last_status();
        assert_eq!(usize::try_from(status.containers[0].restarts).unwrap(), n + 1);
        assert_eq!(status.containers[0].last.as_ref().unwrap().exit_code, 1);
    }
}

#[test]
fn restarts_are_remembered_over_a_start_of_the_agent() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    let id = world.started.last().unwrap().1.clone();
    let exit = world.end(&id, 1).unwrap();
    world.feed(&mut agent, Event::Exited(exit));
    world.settle(&mut agent, 1000);
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.settle(&mut agent, 1000);
    assert_eq!(world.last_status().containers[0].restarts, 1);
}

#[test]
fn a_pod_that_is_not_to_be_restarted_ends() {
    for (policy, code, phase) in [
        ("Never", 0, Phase::Succeeded),
        ("Never", 3, Phase::Failed),
        ("OnFailure", 0, Phase::Succeeded),
    ] {
        let (mut world, mut agent) =
            up(&[pod("job", |p| p["spec"]["restartPolicy"] = json!(policy))]);
        let id = world.started.last().unwrap().1.clone();
        let exit = world.end(&id, code).unwrap();
        world.feed(&mut agent, Event::Exited(exit));
        world.settle(&mut agent, 1000);
        assert_eq!(world.last_status().phase, phase);
        assert!(world.running().is_empty());
        let mut agent = world.boot();
        world.look(&mut agent);
        world.settle(&mut agent, 60_000);
        assert_eq!(world.started.len(), 1, "it is not run again");
    }
}

#[test]
fn init_containers_run_in_order_and_sidecars_beside() {
    let spec = |p: &mut Value| {
        p["spec"]["initContainers"] = json!([
            {"name": "a", "image": "i"},
            {"name": "side", "image": "i", "restartPolicy": "Always"},
            {"name": "b", "image": "i"}]);
    };
    let (mut world, mut agent) = up(&[pod("web", spec)]);
    assert_eq!(world.running(), ["a"]);
    assert_eq!(world.last_status().phase, Phase::Pending);
    for expected in [&["b", "side"][..], &["side", "web"]] {
        let id = world.started.last().unwrap().1.clone();
        let exit = world.end(&id, 0).unwrap();
        world.feed(&mut agent, Event::Exited(exit));
        world.settle(&mut agent, 1000);
        assert_eq!(world.running(), expected);
    }
    // Sidecars end after the containers.
    world.order(&mut agent, 2, &[]);
    world.settle(&mut agent, 10_000);
    let ids: Vec<&str> = world.stopped.iter().map(String::as_str).collect();
    let id_of =
        |name: &str| world.started.iter().rev().find(|(n, _)| n == name).unwrap().1.as_str();
    assert_eq!(ids, [id_of("web"), id_of("side")]);
}

#[test]
fn a_pod_that_is_deleted_is_stopped_taken_away_and_told_as_gone() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    world.order(&mut agent, 2, &[pod("web", |p| p["deletionGracePeriodSeconds"] = json!(5))]);
    world.settle(&mut agent, 5000);
    assert!(world.containers.is_empty() && world.files.is_empty());
    assert!(world.reports().any(|r| r.gone == ["u-web".into()]));
    assert!(!world.records.contains_key("pod/u-web"));
}

#[test]
fn containers_that_nobody_ordered_go() {
    let mut world = World::default();
    let mut agent = world.boot();
    for container in ["", "old"] {
        world.add(Identity {
            namespace: "d".into(),
            pod: "old".into(),
            uid: "u-old".into(),
            container: container.into(),
            attempt: 0,
            spec: String::new(),
        });
    }
    world.look(&mut agent);
    world.settle(&mut agent, 1000);
    assert!(world.containers.is_empty());
}

#[test]
fn what_is_missing_is_told_and_waited_for() {
    let spec = |p: &mut Value| {
        p["spec"]["containers"][0]["env"] =
            json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "a"}}}]);
    };
    let (mut world, mut agent) = up(&[pod("web", spec)]);
    assert!(world.running().is_empty());
    let state = world.last_status().containers[0].state.clone();
    assert!(
        matches!(&state, ContainerState::Waiting { reason, message } if reason == "CreateContainerConfigError" && message == "configmap \"cm\" not found"),
        "{state:?}"
    );
    world.order(&mut agent, 2, &[pod("web", spec), config_map("cm", &json!({"a": "1"}))]);
    world.settle(&mut agent, 1000);
    assert_eq!(world.running(), ["web"]);
}

#[test]
fn an_image_that_cannot_be_had_is_tried_again_later() {
    let mut world = World { missing_images: true, ..World::default() };
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, &[pod("web", |_| {})]);
    world.settle(&mut agent, 5000);
    let state = world.last_status().containers[0].state.clone();
    assert!(
        matches!(&state, ContainerState::Waiting { reason, .. } if reason == "ImagePullBackOff" || reason == "ErrImagePull"),
        "{state:?}"
    );
    world.missing_images = false;
    world.settle(&mut agent, 10_000);
    assert_eq!(world.running(), ["web"]);
}

#[test]
fn a_config_map_that_changes_is_written_anew_without_a_restart() {
    let spec = |p: &mut Value| {
        p["spec"]["volumes"] = json!([{"name": "v", "configMap": {"name": "cm"}}]);
        p["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "v", "mountPath": "/v"}]);
    };
    let (mut world, mut agent) = up(&[pod("web", spec), config_map("cm", &json!({"a": "1"}))]);
    world.order(&mut agent, 2, &[pod("web", spec), config_map("cm", &json!({"a": "2"}))]);
    world.settle(&mut agent, 1000);
    let VolumeContent::Files { files, .. } = &world.files[&Uid::from("u-web")].volumes["v"] else {
        panic!("files")
    };
    assert_eq!(&*files["a"].bytes, b"2");
    assert_eq!(world.started.len(), 1);
}

#[test]
fn a_container_that_fails_its_liveness_probe_is_started_again() {
    let spec = |p: &mut Value| {
        p["spec"]["containers"][0]["livenessProbe"] =
            json!({"tcpSocket": {"port": 80}, "periodSeconds": 1, "failureThreshold": 3});
    };
    let (mut world, mut agent) = up(&[pod("web", spec)]);
    assert_eq!(world.started.len(), 1);
    world.unhealthy = true;
    world.settle(&mut agent, 1900);
    assert_eq!(world.started.len(), 1, "two failures are not three");
    world.settle(&mut agent, 2000);
    assert_eq!(world.started.len(), 2);
}

#[test]
fn a_pod_is_ready_when_its_probe_says_so() {
    let spec = |p: &mut Value| {
        p["spec"]["containers"][0]["readinessProbe"] =
            json!({"httpGet": {"port": 80}, "periodSeconds": 1});
    };
    let mut world = World { unhealthy: true, ..World::default() };
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, &[pod("web", spec)]);
    world.settle(&mut agent, 3000);
    assert!(!world.last_status().containers[0].ready);
    world.unhealthy = false;
    world.settle(&mut agent, 2000);
    world.settle(&mut agent, 1000);
    assert!(world.last_status().containers[0].ready);
    assert_eq!(world.started.len(), 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    /// A storm of crashes, restarts of the agent, changed orders and answers in any order; then calm: what is ordered
    /// runs, once each, and nothing else.
    #[test]
    fn after_a_storm_comes_the_calm(steps in proptest::collection::vec((0u8..8, 0usize..6), 1..60)) {
        let mut world = World::default();
        let mut agent = world.boot();
        world.look(&mut agent);
        world.connect(&mut agent);
        let names = ["a", "b", "c"];
        let mut generation = 0;
        let mut ordered: Vec<&str> = Vec::new();
        let mut lives = [0u32; 3];
        for (what, which) in steps {
            match what {
                0 => {
                    generation += 1;
                    let before = core::mem::take(&mut ordered);
                    let mut items = Vec::new();
                    for (i, name) in names.iter().enumerate().filter(|(i, _)| which & (1 << i) != 0) {
                        // A pod that went never comes back: one of its name is another pod.
                        lives[i] += u32::from(!before.contains(name));
                        let uid = format!("u-{name}-{}", lives[i]);
                        items.push(pod(name, |p| p["metadata"]["uid"] = json!(uid)));
                        ordered.push(name);
                    }
                    world.order(&mut agent, generation, &items);
                }
                1 => {
                    agent = world.boot();
                    world.look(&mut agent);
                    world.connect(&mut agent);
                }
                2 => {
                    let running: Vec<String> = world.containers.values().filter(|c| c.running).map(|c| c.id.clone()).collect();
                    if let Some(id) = running.get(which)
                        && let Some(exit) = world.end(id, 1)
                    {
                        world.feed(&mut agent, Event::Exited(exit));
                    }
                }
                3 => world.look(&mut agent),
                4 => {
                    world.now += 7000;
                    world.feed(&mut agent, Event::Wake);
                }
                5 => world.missing_images = !world.missing_images,
                _ => world.do_one(&mut agent, which),
            }
        }
        world.missing_images = false;
        world.settle(&mut agent, 700_000);
        proptest::prop_assert_eq!(world.running(), ordered);
        let sandboxes = world.containers.values().filter(|c| c.running && c.identity.as_ref().unwrap().container.is_empty()).count();
        proptest::prop_assert_eq!(sandboxes, world.running().len());
        let (writes, started) = (world.writes, world.started.len());
        world.look(&mut agent);
        world.settle(&mut agent, 30_000);
        proptest::prop_assert_eq!((world.writes, world.started.len()), (writes, started), "settled");
    }
}
