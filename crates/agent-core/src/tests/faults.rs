//! What the core does when the engine fails it: answers that are lost, refused or late, and ends that nobody told.

use super::*;

impl World {
    /// The effect at a place in the queue fails, undone.
    fn fail(&mut self, agent: &mut Agent, at: usize, kind: FailureKind) {
        let Some((op, _)) = self.pending.remove(at) else { return };
        let failure = Failure { kind, message: "no".into(), container: None };
        self.feed(agent, Event::Did(op, Outcome::Failed(failure)));
    }

    /// The effect at a place in the queue is done, and its answer is lost with the connection to the engine.
    fn lose(&mut self, agent: &mut Agent, at: usize) {
        let Some((op, effect)) = self.pending.remove(at) else { return };
        self.pending.push_front((OpId(u64::MAX), effect));
        self.do_one(agent, 0);
        let failure =
            Failure { kind: FailureKind::EngineAway, message: "away".into(), container: None };
        self.feed(agent, Event::Did(op, Outcome::Failed(failure)));
    }

    /// Does what is under way until an effect like this is next; false if there is none.
    fn until(&mut self, agent: &mut Agent, like: impl Fn(&Effect) -> bool) -> bool {
        while let Some((_, next)) = self.pending.front() {
            if like(next) {
                return true;
            }
            self.do_one(agent, 0);
        }
        false
    }

    fn crash(&mut self, agent: &mut Agent) {
        let id = self.started.last().expect("something was started").1.clone();
        let exit = self.end(&id, 1).expect("it runs");
        self.feed(agent, Event::Exited(exit));
    }
}

fn begin(items: &[Item]) -> (World, Agent) {
    let mut world = World::default();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, items);
    (world, agent)
}

fn is_start(effect: &Effect) -> bool {
    matches!(effect, Effect::Start(..))
}

#[test]
fn a_start_whose_answer_is_lost_is_looked_for_before_it_is_tried_again() {
    let (mut world, mut agent) = begin(&[pod("web", |_| {})]);
    assert!(world.until(&mut agent, is_start));
    world.lose(&mut agent, 0);
    world.settle(&mut agent, 120_000);
    assert_eq!(world.started.len(), 1, "nothing is started blindly");
    // At once, then 2, 4, 8, 16 and 32 seconds later.
    assert_eq!(world.looks_wanted, 6, "a look is asked for until it comes");
    world.look(&mut agent);
    world.settle(&mut agent, 120_000);
    assert_eq!((world.running(), world.started.len()), (alloc::vec!["web".into()], 1), "adopted");
}

#[test]
fn what_ended_while_its_start_was_not_yet_answered_is_seen() {
    let (mut world, mut agent) = begin(&[pod("web", |_| {})]);
    assert!(world.until(&mut agent, is_start));
    // The engine's event stream had a gap: the end is only in what is looked at.
    let (op, effect) = world.pending.pop_front().unwrap();
    world.pending.push_front((OpId(u64::MAX), effect));
    world.do_one(&mut agent, 0);
    let id = world.started.last().unwrap().1.clone();
    world.end(&id, 1).unwrap();
    world.look(&mut agent);
    world.feed(&mut agent, Event::Did(op, Outcome::Started { id }));
    world.settle(&mut agent, 1000);
    assert_eq!((world.running(), world.started.len()), (alloc::vec!["web".into()], 2));
}

#[test]
fn a_sandbox_that_cannot_be_taken_away_is_not_tried_without_a_pause() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    world.order(&mut agent, 2, &[]);
    let until = world.now + 60_000;
    let mut tries = 0;
    while world.now < until {
        let sandbox = |c: &str| {
            let identity = world.containers.get(c).and_then(|s| s.identity.as_ref());
            identity.is_some_and(|i| i.container.is_empty())
        };
        let next = world.pending.front().map(|(_, effect)| match effect {
            Effect::Remove { container, .. } => sandbox(container),
            _ => false,
        });
        match next {
            Some(true) => {
                tries += 1;
                world.fail(&mut agent, 0, FailureKind::Other);
            }
            Some(false) => world.do_one(&mut agent, 0),
            None if world.acknowledge(&mut agent) => {}
            None => {
                world.now = agent.wake().map_or(until, |at| at.0.max(world.now + 1));
                world.feed(&mut agent, Event::Wake);
            }
        }
        assert!(tries < 20, "it is tried over and over");
    }
    assert!(tries > 5, "it is tried again");
    world.settle(&mut agent, 10_000);
    assert!(world.containers.is_empty());
}

#[test]
fn a_restart_does_not_take_the_pod_back_to_pending() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    let told = world.reports().count();
    world.crash(&mut agent);
    world.settle(&mut agent, 1000);
    for report in world.reports().skip(told) {
        assert!(report.pods.iter().all(|p| p.status.phase == Phase::Running), "{report:?}");
    }
    assert_eq!(world.started.len(), 2);
}

#[test]
fn a_sidecar_with_a_startup_probe_lets_the_pod_begin() {
    let spec = |p: &mut Value| {
        p["spec"]["initContainers"] = json!([{"name": "side", "image": "i", "restartPolicy": "Always",
            "startupProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 1}}]);
    };
    let mut world = World { unhealthy: true, ..World::default() };
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.order(&mut agent, 1, &[pod("web", spec)]);
    world.settle(&mut agent, 1500);
    assert_eq!(world.running(), ["side"], "until it is proven, nothing else starts");
    world.unhealthy = false;
    world.settle(&mut agent, 3000);
    assert_eq!(world.running(), ["side", "web"]);
}

#[test]
fn an_engine_that_is_away_from_the_start_is_told() {
    let mut world = World::default();
    let mut agent = world.boot();
    world.feed(&mut agent, Event::Facts(model::report::NodeFacts::default()));
    world.feed(&mut agent, Event::EngineAway("no docker".into()));
    world.connect(&mut agent);
    world.settle(&mut agent, 200_000);
    let report = world.reports().next().expect("a report");
    let why = report.facts.as_ref().and_then(|f| f.not_ready.clone());
    assert_eq!(why.map(|w| w.1), Some("no docker".into()));
    assert!(world.reports().all(|r| !r.whole), "what is here it cannot say");
    world.look(&mut agent);
    world.settle(&mut agent, 1000);
    let report = world.reports().last().unwrap();
    assert!(report.whole);
    assert_eq!(report.facts.as_ref().map(|f| f.not_ready.clone()), Some(None));
}

#[test]
fn what_one_controller_has_not_taken_the_next_one_is_told() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    world.crash(&mut agent);
    world.crash_backs_off(&mut agent);
    world.feed(&mut agent, Event::LinkDown);
    world.feed(&mut agent, Event::LinkUp(2));
    let from = world.told.len();
    let welcome =
        Welcome { instance: 10, time: Millis(0), generation: Generation(1), keys: Vec::new() };
    world.feed(&mut agent, Event::Heard(Down::Welcome(welcome)));
    let again = world.told[from..].iter().find_map(|u| match u {
        Up::Report(r) if r.whole => Some(r),
        _ => None,
    });
    assert!(again.expect("a whole report").events.iter().any(|e| e.reason == "BackOff"));
}

impl World {
    /// Lets it be started again and crash at once, so that a warning is on its way to the controller.
    fn crash_backs_off(&mut self, agent: &mut Agent) {
        while !self.pending.is_empty() {
            self.do_one(agent, 0);
        }
        while self.acknowledge(agent) {}
        self.crash(agent);
    }
}

#[test]
fn an_adopted_container_that_must_not_be_root_is_started_again() {
    let spec = |p: &mut Value| {
        p["spec"]["securityContext"] = json!({"runAsNonRoot": true});
    };
    let mut world = World { image_user: "1000".into(), ..World::default() };
    let mut agent = world.boot();
    world.look(&mut agent);
    world.order(&mut agent, 1, &[pod("web", spec)]);
    world.settle(&mut agent, 1000);
    let mut agent = world.boot();
    world.look(&mut agent);
    world.settle(&mut agent, 1000);
    world.crash(&mut agent);
    world.settle(&mut agent, 1000);
    assert_eq!((world.running(), world.started.len()), (alloc::vec!["web".into()], 2));
}

#[test]
fn a_changed_image_restarts_the_container_whatever_the_policy_and_is_no_crash() {
    for policy in ["Always", "OnFailure", "Never"] {
        let with = |image: &'static str| {
            pod("web", move |p| {
                p["spec"]["containers"][0]["image"] = json!(image);
                p["spec"]["restartPolicy"] = json!(policy);
            })
        };
        let (mut world, mut agent) = up(&[with("a")]);
        for (generation, image) in [(2, "b"), (3, "c"), (4, "d")] {
            world.order(&mut agent, generation, &[with(image)]);
            world.settle(&mut agent, 1000);
        }
        assert_eq!(
            (world.running(), world.started.len()),
            (alloc::vec!["web".into()], 4),
            "{policy}"
        );
    }
}

#[test]
fn a_pod_that_runs_once_does_not_outlive_its_sandbox() {
    let (mut world, mut agent) = up(&[pod("job", |p| p["spec"]["restartPolicy"] = json!("Never"))]);
    let ids: Vec<String> = world.containers.keys().cloned().collect();
    let ends: Vec<Exit> = ids.iter().filter_map(|id| world.end(id, 137)).collect();
    ends.into_iter().for_each(|exit| world.feed(&mut agent, Event::Exited(exit)));
    world.settle(&mut agent, 60_000);
    assert_eq!((world.last_status().phase, world.started.len()), (Phase::Failed, 1));
}

#[test]
fn a_shorter_grace_hastens_a_stop_that_is_under_way() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    let leaving = |s: u32| pod("web", move |p| p["deletionGracePeriodSeconds"] = json!(s));
    let graces = |world: &World| -> Vec<u32> {
        let stops = world.pending.iter().filter_map(|(_, e)| match e {
            Effect::Stop { grace_s, .. } => Some(*grace_s),
            _ => None,
        });
        stops.collect()
    };
    world.order(&mut agent, 2, &[leaving(30)]);
    world.feed(&mut agent, Event::Wake);
    assert_eq!(graces(&world), [30]);
    world.order(&mut agent, 3, &[leaving(1)]);
    world.feed(&mut agent, Event::Wake);
    assert_eq!(graces(&world), [30, 1]);
    world.settle(&mut agent, 5000);
    assert!(world.containers.is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    /// A storm in which the engine also fails effects, does them and loses the answer, and goes away; then calm.
    /// The world itself refuses to run a container twice.
    #[test]
    fn the_engine_may_fail_at_any_step(steps in proptest::collection::vec((0u8..12, 0usize..6), 1..80)) {
        let (mut world, mut agent) = begin(&[]);
        let mut generation = 1;
        for (what, which) in steps {
            match what {
                0 => {
                    generation += 1;
                    let image = format!("i{}", which % 2);
                    let items = [pod("web", |p| {
                        p["spec"]["containers"][0]["image"] = json!(image);
                        p["spec"]["containers"][0]["livenessProbe"] = json!({"tcpSocket": {"port": 80}});
                        p["spec"]["initContainers"] =
                            json!([{"name": "side", "image": "i", "restartPolicy": "Always"}]);
                    })];
                    world.order(&mut agent, generation, &items);
                }
                1 => {
                    agent = world.boot();
                    world.look(&mut agent);
                    world.connect(&mut agent);
                }
                2 => {
                    let ids: Vec<String> = world.containers.keys().cloned().collect();
                    if let Some(exit) = ids.get(which).and_then(|id| world.end(id, 1)) {
                        world.feed(&mut agent, Event::Exited(exit));
                    }
                }
                3 => world.look(&mut agent),
                4 => {
                    world.now += 7000;
                    world.feed(&mut agent, Event::Wake);
                }
                5 => world.lose(&mut agent, which),
                6 => world.fail(&mut agent, which, FailureKind::EngineAway),
                7 => world.fail(&mut agent, which, FailureKind::Other),
                8 => world.feed(&mut agent, Event::EngineAway("gone".into())),
                9 => world.unhealthy = !world.unhealthy,
                _ => world.do_one(&mut agent, which),
            }
        }
        world.unhealthy = false;
        generation += 1;
        world.order(&mut agent, generation, &[pod("web", |p| {
            p["spec"]["initContainers"] = json!([{"name": "side", "image": "i", "restartPolicy": "Always"}]);
        })]);
        world.look(&mut agent);
        world.settle(&mut agent, 900_000);
        proptest::prop_assert_eq!(world.running(), ["side", "web"]);
        let sandboxes = world.containers.values()
            .filter(|c| c.running && c.identity.as_ref().is_some_and(|i| i.container.is_empty())).count();
        proptest::prop_assert_eq!(sandboxes, 1);
        let (writes, started) = (world.writes, world.started.len());
        world.look(&mut agent);
        world.settle(&mut agent, 30_000);
        proptest::prop_assert_eq!((world.writes, world.started.len()), (writes, started), "settled");
    }
}
