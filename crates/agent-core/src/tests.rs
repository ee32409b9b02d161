//! The core against a small engine in memory: what it does when all is well, and when nothing is.

mod clocks;
mod faults;
mod holds;
mod kept;
mod made;
mod trust;
pub(crate) mod world;

use alloc::format;
use alloc::sync::Arc;

use model::Generation;
use model::message::{Down, Welcome};
use model::orders::{Delta, Item, ItemKey, ItemKind, Manifest, root};
use model::report::Report;
use model::status::{ContainerState, Phase};
use serde_json::{Value, json};

use super::*;
use crate::turn::{Failure, FailureKind, Identity, OpId, VolumeContent};
use world::{World, config_map, pod, up};

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
fn an_ephemeral_container_is_started_once_and_is_no_part_of_the_pods_health() {
    let plain = pod("web", |_| {});
    let (mut world, mut agent) = up(&[plain]);
    let debugged = pod("web", |doc| {
        doc["spec"]["ephemeralContainers"] =
            json!([{"name": "debug", "image": "x", "targetContainerName": "web"}]);
    });
    world.order(&mut agent, 2, &[debugged]);
    world.settle(&mut agent, 0);
    assert_eq!(world.running(), ["debug", "web"]);
    let (_, id) = world.started.last().unwrap().clone();
    let exit = world.end(&id, 3).unwrap();
    world.feed(&mut agent, Event::Exited(exit));
    world.settle(&mut agent, 600_000);
    assert_eq!(world.running(), ["web"]);
    let status = world.last_status();
    assert_eq!((status.phase, status.containers[0].ready), (Phase::Running, true));
    let ended = |status: &model::status::PodStatus| matches!(&status.ephemeral_containers[0].state, ContainerState::Terminated(t) if t.exit_code == 3);
    assert!(ended(&status), "{status:?}");
    // Neither an agent that starts again nor one that finds nothing left of it starts it again.
    world.containers.remove(&id);
    let mut agent = world.boot();
    world.look(&mut agent);
    world.connect(&mut agent);
    world.settle(&mut agent, 60_000);
    assert_eq!(world.running(), ["web"]);
    assert!(ended(&world.last_status()));
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
fn what_somebody_else_starts_again_does_not_run_twice() {
    // Before the next attempt has come to run, and after.
    for settled in [false, true] {
        let (mut world, mut agent) = up(&[pod("web", |_| {})]);
        let first = world.started.last().unwrap().1.clone();
        let exit = world.end(&first, 1).unwrap();
        world.feed(&mut agent, Event::Exited(exit));
        if settled {
            world.settle(&mut agent, 0);
        }
        let again = world.containers.get_mut(&first).unwrap();
        (again.running, again.exit) = (true, None);
        world.look(&mut agent);
        let removal = world.pending.len() - 1;
        world.do_one(&mut agent, removal);
        world.settle(&mut agent, 1000);
        assert!(!world.containers.contains_key(&first), "settled {settled}");
        assert_eq!(world.running(), ["web"]);
        world.look(&mut agent);
        assert!(world.pending.is_empty(), "looking again changes nothing");
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

#[test]
fn a_hello_that_nobody_heard_is_said_again_until_it_is_answered() {
    let mut world = World::default();
    let mut agent = world.boot();
    world.look(&mut agent);
    world.feed(&mut agent, Event::LinkUp(1));
    let hellos = |w: &World| w.told.iter().filter(|u| matches!(u, Up::Hello(_))).count();
    for (span_ms, want) in [(2999, 1), (1, 2), (5999, 2), (1, 3)] {
        world.settle(&mut agent, span_ms);
        assert_eq!(hellos(&world), want);
    }
    let welcome =
        Welcome { instance: 9, time: Millis(0), generation: Generation(0), keys: Vec::new() };
    world.feed(&mut agent, Event::Heard(Down::Welcome(welcome)));
    world.settle(&mut agent, 600_000);
    assert_eq!(hellos(&world), 3);
}
