//! Pods that somebody on the node holds, and what a technician is told.

use proptest::prelude::*;

use super::*;
use crate::hold::{HOLD_FILE, OVERRIDE};
use crate::turn::Event;
use crate::{Answer, Lock};

const HOUR: u64 = 3_600_000;

fn hold(world: &mut World, agent: &mut Agent, name: &str, span_ms: u64) {
    let pod = agent.may_hold(name).unwrap();
    world.feed(agent, Event::Hold { pod, span_ms, reason: "patient connected".into() });
}

fn release(world: &mut World, agent: &mut Agent, name: &str) {
    let pod = agent.may_release(name).unwrap();
    world.feed(agent, Event::Release(pod));
    world.settle(agent, 60_000);
}

/// What the controller has been told of holds last: pod, whether orders wait.
fn told(world: &World) -> Vec<(String, bool)> {
    let last = world.reports().rev().find_map(|r| r.holds.clone()).unwrap();
    last.into_iter().map(|hold| (hold.name, hold.waiting)).collect()
}

fn said(answer: &Answer, word: &str) -> bool {
    answer.now.iter().chain(answer.decisions.iter().map(|d| &d.message)).any(|l| l.contains(word))
}

/// Orders that would stop or replace `web`, each another way.
fn ways() -> Vec<(&'static str, Vec<Item>)> {
    let ending = pod("web", |doc| doc["deletionGracePeriodSeconds"] = json!(0));
    let newer = pod("web", |doc| doc["spec"]["containers"][0]["image"] = json!("other"));
    alloc::vec![("not ordered", Vec::new()), ("ended", [ending].into()), ("newer", [newer].into())]
}

#[test]
fn newer_orders_wait_for_a_pod_that_is_held_and_come_when_it_is_released() {
    for (way, items) in ways() {
        let (mut world, mut agent) = up(&[pod("web", |_| {})]);
        let id = world.started[0].1.clone();
        hold(&mut world, &mut agent, "web", HOUR);
        world.settle(&mut agent, 1000);
        assert_eq!(told(&world), [("d/web".to_string(), false)], "{way}");
        world.order(&mut agent, 2, &items);
        world.settle(&mut agent, 600_000);
        assert_eq!(agent.orders.generation(), Generation(2), "{way}: they are taken");
        assert!(world.containers[&id].running && world.stopped.is_empty(), "{way}");
        assert_eq!(told(&world), [("d/web".to_string(), true)], "{way}");
        let why = agent.explain(world.now(), "web");
        assert!(said(&why, "held by a technician") && said(&why, "patient"), "{way}: {why:?}");
        // Neither a restart of the agent nor one of the container makes it newer.
        let mut agent = world.boot();
        world.look(&mut agent);
        world.connect(&mut agent);
        world.settle(&mut agent, 60_000);
        assert!(world.containers[&id].running && world.stopped.is_empty(), "{way}: after a boot");
        assert_eq!(told(&world), [("d/web".to_string(), true)], "{way}: after a boot");
        release(&mut world, &mut agent, "d/web");
        assert!(!world.containers.get(&id).is_some_and(|c| c.running), "{way}: released");
        assert!(told(&world).is_empty(), "{way}");
        assert_eq!(world.running().len(), usize::from(way == "newer"), "{way}");
        let left = world.records.keys().filter(|n| n.starts_with("kept/") || *n == "holds");
        assert_eq!(left.count(), 0, "{way}: nothing is left in the store");
    }
}

#[test]
fn a_hold_ends_by_itself_by_the_operator_and_with_its_pod() {
    let plain = || pod("web", |_| {});
    let overridden = pod("web", |doc| doc["metadata"]["annotations"] = json!({OVERRIDE: "true"}));
    let policy = Item {
        key: ItemKey { kind: ItemKind::NodePolicy, name: "".into() },
        body: Arc::from(&br#"{"overrideHolds":true}"#[..]),
    };
    for (why, items, span_ms, wait_ms) in [
        ("time", Vec::new(), HOUR, HOUR),
        ("pod", alloc::vec![overridden], 7 * HOUR, 1000),
        ("node", alloc::vec![policy], 7 * HOUR, 1000),
    ] {
        let (mut world, mut agent) = up(&[plain()]);
        hold(&mut world, &mut agent, "d/web", span_ms);
        world.order(&mut agent, 2, &[]);
        world.settle(&mut agent, HOUR / 2);
        assert_eq!(world.running(), ["web"], "{why}");
        world.order(&mut agent, 3, &items);
        world.settle(&mut agent, wait_ms);
        assert_eq!(world.running().is_empty(), why != "pod", "{why}");
        assert!(told(&world).is_empty(), "{why}");
        if why == "pod" {
            let refused = agent.may_hold("web").unwrap_err();
            assert!(refused.contains("operator"), "{refused}");
        }
    }
    let (mut world, mut agent) = up(&[plain()]);
    world.order(&mut agent, 2, &[]);
    assert!(agent.may_hold("web").unwrap_err().contains("being stopped"));
    world.settle(&mut agent, 60_000);
    assert!(agent.may_hold("web").unwrap_err().contains("no pod"));
    assert!(agent.may_release("web").is_err());
}

#[test]
fn a_lock_file_holds_while_it_is_there_and_was_touched_lately() {
    let locking =
        || pod("web", |doc| doc["metadata"]["annotations"] = json!({HOLD_FILE: "state/run/busy"}));
    let (mut world, mut agent) = up(&[locking()]);
    let files: Vec<_> = agent.lock_files().collect();
    assert_eq!((files[0].volume.as_str(), files[0].path.as_str()), ("state", "run/busy"));
    let lock =
        |stamp| Event::Locks([Lock { pod: "u-web".into(), reason: "print".into(), stamp }].into());
    let writes = world.writes;
    world.feed(&mut agent, lock(1));
    assert_eq!(world.writes, writes, "the file keeps itself");
    world.order(&mut agent, 2, &[]);
    world.settle(&mut agent, HOUR);
    assert_eq!(world.running(), ["web"]);
    assert!(agent.may_release("web").unwrap_err().contains("lock file"));
    // The agent starts again: until the file is looked for, it counts as there.
    let mut agent = world.boot();
    world.look(&mut agent);
    world.settle(&mut agent, 60_000);
    assert_eq!(world.running(), ["web"]);
    world.feed(&mut agent, lock(2));
    world.settle(&mut agent, HOUR);
    world.feed(&mut agent, lock(3));
    world.settle(&mut agent, HOUR + 1);
    assert_eq!(world.running(), ["web"], "touched");
    world.feed(&mut agent, lock(3));
    world.settle(&mut agent, HOUR);
    assert!(world.running().is_empty(), "forgotten");
    let (mut world, mut agent) = up(&[locking()]);
    world.feed(&mut agent, lock(1));
    world.order(&mut agent, 2, &[]);
    world.feed(&mut agent, Event::Locks(Vec::new()));
    world.settle(&mut agent, 60_000);
    assert!(world.running().is_empty(), "taken away");
}

#[test]
fn a_held_pod_that_restarts_finds_the_config_that_its_orders_no_longer_have() {
    let user = pod("web", |doc| {
        doc["spec"]["containers"][0]["envFrom"] = json!([{"configMapRef": {"name": "cm"}}]);
    });
    let (mut world, mut agent) = up(&[user, config_map("cm", &json!({"A": "1"}))]);
    hold(&mut world, &mut agent, "web", HOUR);
    world.order(&mut agent, 2, &[]);
    let mut agent = world.boot();
    world.look(&mut agent);
    let id = world.started[0].1.clone();
    let exit = world.end(&id, 1).unwrap();
    world.feed(&mut agent, Event::Exited(exit));
    world.settle(&mut agent, 60_000);
    assert_eq!(world.running(), ["web"]);
    assert!(world.launches.last().unwrap().env.contains(&"A=1".to_string()));
    let why = agent.explain(world.now(), "web");
    assert!(said(&why, "exit code 1 after") && said(&why, "started again"), "{why:?}");
}

#[test]
fn a_wrong_clock_after_a_restart_ends_no_hold() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    hold(&mut world, &mut agent, "web", HOUR);
    let since = world.now().wall.0;
    for (clock, left) in [(since + HOUR / 4, HOUR * 3 / 4), (0, HOUR), (since + 100 * HOUR, HOUR)] {
        let now = Now { mono: Millis(0), wall: Millis(clock) };
        let (agent, _) = Agent::restore(world::config(), &world.records, now);
        assert_eq!(agent.holds.wake(now.mono), Some(Millis(left)), "clock at {clock}");
    }
}

#[test]
fn the_node_says_why_it_is_behind_and_why_a_pod_is_not_here() {
    let (mut world, mut agent) = up(&[pod("web", |_| {})]);
    let why = agent.explain(world.now(), "db");
    assert!(said(&why, "no pod db here") && said(&why, "generation 1"), "{why:?}");
    world.feed(&mut agent, Event::LinkDown);
    world.settle(&mut agent, 300_000);
    let why = agent.explain(world.now(), "");
    assert!(said(&why, "no connection to the controller for 5 min"), "{why:?}");
    world.feed(&mut agent, Event::EngineAway("no socket".into()));
    let why = agent.explain(world.now(), "web");
    assert!(said(&why, "no socket") && said(&why, "Started container web"), "{why:?}");
    let shown = agent.show();
    assert_eq!((shown.pods, shown.ready, shown.generation), (1, 1, 1));
    assert_eq!(shown.engine_away.as_deref(), Some("no socket"));
    assert!(!shown.link.up && !shown.link.answered);
    assert_eq!(agent.show_pods()[0].status, "Running");
    assert_eq!(agent.target("web", "").unwrap().container, "web");
    assert!(agent.target("web", "side").unwrap_err().contains("it has web"));
}

#[derive(Clone, Debug)]
enum Step {
    Order(usize),
    Hold(usize, u64),
    Release(usize),
    Lock(Vec<usize>),
    Boot,
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0usize..8).prop_map(Step::Order),
        2 => (0usize..3, 1u64..2 * HOUR).prop_map(|(n, span)| Step::Hold(n, span)),
        1 => (0usize..3).prop_map(Step::Release),
        1 => prop::collection::vec(0usize..3, 0..3).prop_map(Step::Lock),
        1 => Just(Step::Boot),
        2 => (0u64..HOUR).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is ordered, no container of a pod that is held is stopped; and once nothing is held, the node comes to its
    /// orders and keeps nothing beside them.
    #[test]
    fn what_is_held_runs_on_and_what_is_not_comes_to_its_orders(steps in steps()) {
        const NAMES: [&str; 3] = ["a", "b", "c"];
        let all = |bits: usize| -> Vec<Item> {
            (0..3).filter(|n| bits & 1 << n != 0).map(|n| pod(NAMES[n], |_| {})).collect()
        };
        let (mut world, mut agent) = up(&all(7));
        let (mut generation, mut wanted) = (1, 7);
        for step in steps {
            let held: Vec<String> = agent.show().holds.iter().map(|h| h.pod[2..].to_string()).collect();
            let before = world.running();
            let (mut over, mut passes) = (Vec::new(), false);
            match step {
                Step::Order(bits) => {
                    (generation, wanted) = (generation + 1, bits);
                    world.order(&mut agent, generation, &all(bits));
                }
                Step::Hold(n, span_ms) => {
                    if let Ok(pod) = agent.may_hold(NAMES[n]) {
                        world.feed(&mut agent, Event::Hold { pod, span_ms, reason: "r".into() });
                    }
                }
                Step::Release(n) => {
                    if let Ok(pod) = agent.may_release(NAMES[n]) {
                        over.push(NAMES[n].to_string());
                        world.feed(&mut agent, Event::Release(pod));
                    }
                }
                Step::Lock(which) => {
                    let lock = |n: &usize| Lock { pod: format!("u-{}", NAMES[*n]).as_str().into(), reason: "l".into(), stamp: 1 };
                    over.extend(NAMES.map(ToString::to_string));
                    world.feed(&mut agent, Event::Locks(which.iter().map(lock).collect()));
                }
                Step::Boot => {
                    agent = world.boot();
                    world.look(&mut agent);
                    world.connect(&mut agent);
                    passes = true;
                }
                Step::Pass(ms) => {
                    passes = true;
                    world.settle(&mut agent, ms);
                }
            }
            world.settle(&mut agent, 0);
            if !passes {
                for name in held.iter().filter(|h| before.contains(h) && !over.contains(h)) {
                    prop_assert!(world.running().contains(name), "{name} was held");
                }
            }
        }
        world.feed(&mut agent, Event::Locks(Vec::new()));
        for name in NAMES {
            if let Ok(pod) = agent.may_release(name) {
                world.feed(&mut agent, Event::Release(pod));
            }
        }
        world.settle(&mut agent, 60_000);
        let want: Vec<&str> = (0..3).filter(|n| wanted & 1 << n != 0).map(|n| NAMES[n]).collect();
        prop_assert_eq!(world.running(), want);
        prop_assert!(!world.records.keys().any(|n| n.starts_with("kept/") || n == "holds"));
        prop_assert!(agent.show().holds.is_empty());
    }
}

#[test]
fn a_node_leaves_once_and_wiped_only_when_nothing_runs() {
    use model::orders::Leave;
    let policy = |leave: &str| Item {
        key: ItemKey { kind: ItemKind::NodePolicy, name: "".into() },
        body: Arc::from(alloc::format!(r#"{{"leave":"{leave}","overrideHolds":true}}"#).as_bytes()),
    };
    let plain = || pod("web", |_| {});
    let (mut world, mut agent) = up(&[plain()]);
    world.order(&mut agent, 2, &[policy("wipe")]);
    world.settle(&mut agent, HOUR);
    assert!(world.running().is_empty() && world.left == [Leave::Wipe]);
    let (mut world, mut agent) = up(&[plain()]);
    world.order(&mut agent, 2, &[plain(), policy("keep")]);
    world.settle(&mut agent, HOUR);
    assert_eq!(world.running(), ["web"], "it runs on");
    assert_eq!(world.left, [Leave::Keep]);
}
