//! The fleet's decisions in a small world: what users ask for comes to be, and then nothing more is decided.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use model::NodeName;
use serde_json::{Value, json};
use world::{Health, World, active, condition, deployment, ready, template};

fn running(world: &World) -> usize {
    world.of(kinds::POD).into_iter().filter(|p| active(p) && ready(p)).count()
}

#[test]
fn a_deployment_comes_to_its_pods_and_rests() {
    let mut w = World::new(1);
    for name in ["a", "b", "c"] {
        w.join(name);
    }
    let key = w.put(kinds::DEPLOYMENT, "default", "web", deployment(3, "web:1"));
    w.settle();
    assert_eq!(running(&w), 3);
    let d = w.doc(&key);
    assert_eq!(
        (
            &d["status"]["replicas"],
            &d["status"]["availableReplicas"],
            &d["status"]["updatedReplicas"]
        ),
        (&json!(3), &json!(3), &json!(3)),
        "{d:#}"
    );
    assert_eq!(d["status"]["observedGeneration"], 1);
    assert_eq!(d["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1");
    assert_eq!(condition(d, "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
    assert_eq!(condition(d, "Available"), ("True".into(), "MinimumReplicasAvailable".into()));
    let sets = w.of(kinds::REPLICA_SET);
    let hash = &sets[0]["metadata"]["labels"]["pod-template-hash"];
    assert_eq!(sets[0]["metadata"]["name"], format!("web-{}", hash.as_str().unwrap()));
    let pod = w.of(kinds::POD)[0];
    assert_eq!(&pod["metadata"]["labels"]["pod-template-hash"], hash);
    assert_eq!(pod["metadata"]["ownerReferences"][0]["controller"], true);
    assert_eq!(condition(pod, "PodScheduled").0, "True");
    // One on each node.
    assert!(w.nodes.values().all(|n| n.running() == 1));
    w.assert_quiet();
    w.pass(120_000);
    assert_eq!(running(&w), 3);
}

fn web(w: &mut World, replicas: i64, image: &str) -> ObjectKey {
    w.put(kinds::DEPLOYMENT, "default", "web", deployment(replicas, image))
}

fn nodes(w: &mut World, count: usize, health: Health) {
    for n in 0..count {
        w.join_with(&format!("n{n}"), health);
    }
}

fn images(w: &World) -> Vec<String> {
    let pods = w.of(kinds::POD).into_iter().filter(|p| active(p));
    let image = |p: &Value| p["spec"]["containers"][0]["image"].as_str().unwrap().to_string();
    let mut all: Vec<String> = pods.map(image).collect();
    all.sort();
    all
}

fn revision(w: &World, key: &ObjectKey) -> i64 {
    let text = &w.doc(key)["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
    text.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_new_template_rolls_and_an_old_one_is_found_again() {
    let mut w = World::new(2);
    nodes(&mut w, 3, Health::Well);
    let key = web(&mut w, 4, "web:1");
    w.settle();
    let first = w.keys(kinds::REPLICA_SET);
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    assert_eq!(images(&w), ["web:2"; 4]);
    assert_eq!((revision(&w, &key), w.keys(kinds::REPLICA_SET).len()), (2, 2));
    // Back: the first set is used again and takes a new number.
    w.patch(&key, json!({"spec": {"template": template("web:1")}}));
    w.settle();
    assert_eq!(images(&w), ["web:1"; 4]);
    assert_eq!((revision(&w, &key), w.keys(kinds::REPLICA_SET).len()), (3, 2));
    let again = w.doc(&first[0]);
    assert_eq!(again["spec"]["replicas"], 4);
    let notes = &again["metadata"]["annotations"];
    assert_eq!(notes["deployment.kubernetes.io/revision"], "3");
    assert_eq!(notes["deployment.kubernetes.io/revision-history"], "1");
    w.assert_quiet();
}

#[test]
fn a_template_that_never_gets_ready_stops_at_its_budget_and_is_told() {
    let mut w = World::new(3);
    nodes(&mut w, 3, Health::Well);
    let key = web(&mut w, 4, "web:1");
    w.settle();
    w.patch(&key, json!({"spec": {"template": template("bad"), "progressDeadlineSeconds": 60}}));
    w.pass(30_000);
    // 25 % of 4: one may lack, one may be too many.
    assert_eq!(images(&w), ["bad", "bad", "web:1", "web:1", "web:1"]);
    assert_eq!(condition(w.doc(&key), "Progressing").1, "ReplicaSetUpdated");
    w.pass(60_000);
    let late = ("False".to_string(), "ProgressDeadlineExceeded".to_string());
    assert_eq!(condition(w.doc(&key), "Progressing"), late);
    assert_eq!(condition(w.doc(&key), "Available").0, "True");
    w.assert_quiet();
    w.patch(&key, json!({"spec": {"template": template("web:1")}}));
    w.settle();
    assert_eq!(images(&w), ["web:1"; 4]);
    assert_eq!(condition(w.doc(&key), "Progressing").1, "NewReplicaSetAvailable");
}

#[test]
fn recreate_ends_all_before_it_begins() {
    let mut w = World::new(4);
    nodes(&mut w, 2, Health::Well);
    let key = web(&mut w, 3, "web:1");
    w.patch(&key, json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}));
    w.settle();
    w.watch = Some(Box::new(|store| {
        let mut images: Vec<&str> = store
            .iter()
            .filter(|(k, _)| k.kind == kinds::POD)
            .filter_map(|(_, (_, d))| d["spec"]["containers"][0]["image"].as_str())
            .collect();
        images.dedup();
        images.sort_unstable();
        images.dedup();
        assert!(images.len() <= 1, "both at once: {images:?}");
    }));
    w.patch(&key, json!({"spec": {"template": template("web:2")}}));
    w.settle();
    assert_eq!(images(&w), ["web:2"; 3]);
    w.assert_quiet();
}

#[test]
fn paused_deployments_scale_but_do_not_roll() {
    let mut w = World::new(5);
    nodes(&mut w, 2, Health::Well);
    let key = web(&mut w, 2, "web:1");
    w.settle();
    w.patch(&key, json!({"spec": {"paused": true, "replicas": 5, "template": template("web:2")}}));
    w.settle();
    assert_eq!(images(&w), ["web:1"; 5]);
    assert_eq!(condition(w.doc(&key), "Progressing").1, "DeploymentPaused");
    w.assert_quiet();
    w.patch(&key, json!({"spec": {"paused": null}}));
    w.settle();
    assert_eq!(images(&w), ["web:2"; 5]);
    w.assert_quiet();
}

#[test]
fn scaling_in_the_midst_of_an_update_is_shared() {
    let mut w = World::new(6);
    nodes(&mut w, 4, Health::Well);
    let key = web(&mut w, 10, "web:1");
    let rolling =
        json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}}});
    w.patch(&key, rolling);
    w.settle();
    w.patch(&key, json!({"spec": {"template": template("bad")}}));
    w.settle();
    // Kubernetes' own example: 8 old and 5 new become, for 15, 11 old and 7 new.
    let count = |w: &World, image: &str| images(w).iter().filter(|i| *i == image).count();
    assert_eq!((count(&w, "web:1"), count(&w, "bad")), (8, 5));
    w.patch(&key, json!({"spec": {"replicas": 15}}));
    w.settle();
    assert_eq!((count(&w, "web:1"), count(&w, "bad")), (11, 7));
    w.assert_quiet();
}

#[test]
fn history_is_kept_up_to_its_limit() {
    let mut w = World::new(7);
    nodes(&mut w, 1, Health::Well);
    let key = web(&mut w, 1, "web:0");
    w.patch(&key, json!({"spec": {"revisionHistoryLimit": 2}}));
    for n in 1..=5 {
        w.patch(&key, json!({"spec": {"template": template(&format!("web:{n}"))}}));
        w.settle();
    }
    assert_eq!(w.keys(kinds::REPLICA_SET).len(), 3);
    assert_eq!(revision(&w, &key), 6);
    w.assert_quiet();
}

#[test]
fn a_pod_that_is_taken_away_is_made_again_and_a_stranger_is_let_be() {
    let mut w = World::new(8);
    nodes(&mut w, 2, Health::Well);
    web(&mut w, 2, "web:1");
    w.settle();
    let first = w.keys(kinds::POD)[0].clone();
    w.delete(&first, "Background");
    w.settle();
    assert!(!w.store.contains_key(&first));
    assert_eq!(running(&w), 2);
    // Its labels taken off, a pod is no longer the set's: it stays, and another comes.
    let second = w.keys(kinds::POD)[0].clone();
    w.patch(&second, json!({"metadata": {"labels": {"app": "other"}}}));
    w.settle();
    assert!(w.doc(&second)["metadata"]["ownerReferences"].is_null());
    assert_eq!(running(&w), 3);
    // Put back, it is taken in, and one is too many.
    w.patch(&second, json!({"metadata": {"labels": {"app": "web"}}}));
    w.settle();
    assert_eq!(running(&w), 2);
    w.assert_quiet();
}

#[test]
fn min_ready_seconds_are_waited_for() {
    let mut w = World::new(9);
    nodes(&mut w, 2, Health::Well);
    let key = web(&mut w, 2, "web:1");
    w.patch(&key, json!({"spec": {"minReadySeconds": 20}}));
    w.pass(10_000);
    assert_eq!(w.doc(&key)["status"]["readyReplicas"], 2);
    assert!(w.doc(&key)["status"]["availableReplicas"].is_null());
    w.pass(15_000);
    assert_eq!(w.doc(&key)["status"]["availableReplicas"], 2);
}

fn check_budget(seed: u64, replicas: i64, surge: &Value, unavailable: &Value, steps: &[u8]) {
    let mut w = World::new(seed);
    nodes(&mut w, 3, Health::Slow(seed, 12));
    let mut doc = deployment(replicas, "web:0");
    let rolling = json!({"maxSurge": surge, "maxUnavailable": unavailable});
    doc["spec"]["strategy"]["rollingUpdate"] = rolling;
    let key = w.put(kinds::DEPLOYMENT, "default", "web", doc);
    w.pass(40_000);
    assert_eq!(running(&w), usize::try_from(replicas).unwrap());
    let part = |v: &Value, up: bool| match v.as_str() {
        Some(percent) => {
            let n = percent.trim_end_matches('%').parse::<i64>().unwrap() * replicas;
            if up { (n + 99) / 100 } else { n / 100 }
        }
        None => v.as_i64().unwrap(),
    };
    let (surge, mut unavailable) = (part(surge, true), part(unavailable, false));
    if surge == 0 && unavailable == 0 {
        unavailable = 1;
    }
    w.watch = Some(Box::new(move |store| {
        let pods = store.iter().filter(|(k, _)| k.kind == kinds::POD).map(|(_, (_, d))| d);
        let active: Vec<&Value> = pods.filter(|p| active(p)).collect();
        let have = i64::try_from(active.len()).unwrap();
        assert!(have <= replicas + surge, "{have} pods of {replicas} + {surge}");
        let good = i64::try_from(active.iter().filter(|p| ready(p)).count()).unwrap();
        assert!(good >= replicas - unavailable, "{good} ready of {replicas} - {unavailable}");
    }));
    for (n, step) in steps.iter().enumerate() {
        let image = if step % 4 == 0 { "bad".to_string() } else { format!("web:{}", n % 3) };
        w.patch(&key, json!({"spec": {"template": template(&image)}}));
        w.pass(u64::from(*step) * 100);
    }
    w.patch(&key, json!({"spec": {"template": template("web:9")}}));
    w.pass(400_000);
    assert_eq!(images(&w), vec!["web:9"; usize::try_from(replicas).unwrap()]);
    w.assert_quiet();
}

#[test]
fn a_template_that_changes_twice_at_once_keeps_the_budget() {
    check_budget(0, 1, &json!(1), &json!(1), &[0]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_rollout_keeps_its_budget(
        seed in 0u64..1000,
        replicas in 1i64..9,
        surge in 0i64..4,
        unavailable in 0i64..4,
        percent in proptest::bool::ANY,
        steps in proptest::collection::vec(0u8..255, 0..6),
    ) {
        let value = |n: i64| if percent { json!(format!("{}%", n * 15)) } else { json!(n) };
        check_budget(seed, replicas, &value(surge), &value(unavailable), &steps);
    }

    #[test]
    fn whatever_happens_calm_brings_all_to_their_count(
        seed in 0u64..1000,
        steps in proptest::collection::vec((0u8..8, 0u8..4, 0u16..600), 0..14),
    ) {
        let mut w = World::new(seed);
        nodes(&mut w, 4, Health::Moody(seed));
        let key = web(&mut w, 3, "web:0");
        for (what, which, tenths) in steps {
            let node = NodeName::from(format!("n{which}"));
            match what {
                0 => w.patch(&key, json!({"spec": {"replicas": which * 3}})),
                1 => w.patch(&key, json!({"spec": {"template": template(&format!("web:{which}"))}})),
                2 => w.patch(&key, json!({"spec": {"paused": which % 2 == 0}})),
                3 => w.cut(&node),
                4 => w.connect(&node),
                5 => w.restart_controller(),
                6 => {
                    if let Some(pod) = w.keys(kinds::POD).get(usize::from(which)).cloned() {
                        w.delete(&pod, "Background");
                    }
                }
                _ => w.nodes.get_mut(&node).unwrap().reboot(),
            }
            w.pass(u64::from(tenths) * 100);
        }
        w.patch(&key, json!({"spec": {"paused": null}}));
        for n in 0..4 {
            let node = NodeName::from(format!("n{n}"));
            w.nodes.get_mut(&node).unwrap().health = Health::Well;
            w.connect(&node);
        }
        w.pass(700_000);
        let d = w.doc(&key).clone();
        let want = d["spec"]["replicas"].as_i64().unwrap();
        let image = d["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap();
        assert_eq!(images(&w), vec![image; usize::try_from(want).unwrap()]);
        assert_eq!(running(&w), usize::try_from(want).unwrap());
        assert_eq!(d["status"]["updatedReplicas"].as_i64().unwrap_or(0), want, "{d:#}");
        // No pod is left behind, neither here nor on a node.
        assert_eq!(w.of(kinds::POD).len(), usize::try_from(want).unwrap());
        assert_eq!(w.nodes.values().map(|n| n.running()).sum::<usize>(), w.of(kinds::POD).len());
        w.assert_quiet();
    }
}
