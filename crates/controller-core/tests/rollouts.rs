//! Staged updates: over the nodes that can be seen, from stage to stage, and never further than what is proven.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use std::collections::BTreeMap;

use driftless_controller_core::kinds::{self, ObjectKey};
use model::NodeName;
use serde_json::{Value, json};
use world::{Health, Store, World, active, ready, template};

const GOOD: &str = "web:2";
const BAD: &str = "bad";

fn daemon() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": template("web:1"),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
        },
    })
}

fn policy(more: Value) -> Value {
    let mut spec = json!({
        "selector": {"matchLabels": {"app": "web"}},
        "healthyForSeconds": 30,
        "nodeDeadlineSeconds": 120,
        "maxUnavailable": 2,
        "stages": [{"name": "first", "nodes": 1}, {"name": "half", "nodes": "50%"}],
    });
    json_patch::merge(&mut spec, &more);
    json!({"spec": spec})
}

/// Nodes with a policy, and a daemon set with its first version on all of them.
fn world(seed: u64, nodes: &[&str], more: Value) -> (World, ObjectKey) {
    let mut w = World::new(seed);
    for name in nodes {
        w.join(name);
    }
    w.put(kinds::ROLLOUT_POLICY, "default", "careful", policy(more));
    let key = w.put(kinds::DAEMON_SET, "default", "ds", daemon());
    w.settle();
    assert_eq!(images(&w.store).len(), nodes.len());
    assert!(w.keys(kinds::ROLLOUT).is_empty(), "a first version is no update");
    (w, key)
}

fn update(w: &mut World, key: &ObjectKey, image: &str) {
    w.patch(key, json!({"spec": {"template": template(image)}}));
    w.settle();
}

/// The image that each node is to have.
fn images(store: &Store) -> BTreeMap<String, String> {
    let pods = store.iter().filter(|(k, _)| k.kind == kinds::POD).map(|(_, (_, d))| d);
    pods.filter(|p| active(p))
        .filter_map(|p| {
            let image = p["spec"]["containers"][0]["image"].as_str()?;
            Some((p["spec"]["nodeName"].as_str()?.into(), image.into()))
        })
        .collect()
}

fn with(store: &Store, image: &str) -> Vec<String> {
    images(store).into_iter().filter(|(_, i)| i == image).map(|(n, _)| n).collect()
}

fn rollout(w: &World) -> &Value {
    let all = w.of(kinds::ROLLOUT);
    all.into_iter().max_by_key(|r| r["spec"]["number"].as_i64()).expect("a rollout")
}

fn phase(w: &World) -> String {
    rollout(w)["status"]["phase"].as_str().unwrap_or_default().into()
}

fn rollout_key(w: &World) -> ObjectKey {
    ObjectKey::new(kinds::ROLLOUT, "default", rollout(w)["metadata"]["name"].as_str().unwrap())
}

fn seen(store: &Store, node: &str) -> bool {
    store.get(&ObjectKey::new(kinds::NODE, "", node)).is_some_and(|(_, d)| ready(d))
}

/// Looks after every write: at most so many nodes that can be seen are without a ready pod.
fn watch_budget(w: &mut World, most: usize) {
    w.watch = Some(Box::new(move |store| {
        let nodes = store.keys().filter(|k| k.kind == kinds::NODE).map(|k| k.name.to_string());
        let pods = || store.iter().filter(|(k, _)| k.kind == kinds::POD).map(|(_, (_, d))| d);
        let well =
            |node: &str| pods().any(|p| p["spec"]["nodeName"] == node && active(p) && ready(p));
        let missing: Vec<String> = nodes.filter(|n| seen(store, n) && !well(n)).collect();
        assert!(missing.len() <= most, "without a ready pod: {missing:?}, allowed {most}");
    }));
}

const SIX: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[test]
fn a_good_update_goes_from_stage_to_stage() {
    let (mut w, key) = world(1, &SIX, json!({}));
    watch_budget(&mut w, 2);
    update(&mut w, &key, GOOD);
    assert_eq!(with(&w.store, GOOD).len(), 1, "the first stage has one node");
    assert_eq!(phase(&w), "Progressing");
    // Ready for long enough is not enough: it must be heard afterwards.
    w.pass(29_000);
    assert_eq!(with(&w.store, GOOD).len(), 1);
    w.pass(80_000);
    assert_eq!(with(&w.store, GOOD).len(), 3, "{}", rollout(&w));
    w.pass(600_000);
    assert_eq!(with(&w.store, GOOD).len(), 6, "{}", rollout(&w));
    assert_eq!(phase(&w), "Complete");
    let status = &rollout(&w)["status"];
    assert_eq!((&status["healthy"], &status["failed"]), (&json!(6), &json!(0)));
    assert!(status["finishedAt"].is_string());
    w.assert_quiet();
}

#[test]
fn a_bad_update_stops_in_its_first_stage() {
    for (on_failure, ends, bad) in [("Pause", "Failed", 1), ("RollBack", "RolledBack", 0)] {
        let (mut w, key) = world(2, &SIX, json!({"onFailure": on_failure}));
        watch_budget(&mut w, 1);
        update(&mut w, &key, BAD);
        w.pass(1_000_000);
        assert_eq!(phase(&w), ends, "{}", rollout(&w));
        assert_eq!(with(&w.store, BAD).len(), bad, "{on_failure}");
        assert_eq!(with(&w.store, "web:1").len(), 6 - bad, "{on_failure}");
        w.assert_quiet();
        // Whoever mends it begins anew, from what was proven.
        w.watch = None;
        update(&mut w, &key, GOOD);
        w.pass(1_000_000);
        assert_eq!(with(&w.store, GOOD).len(), 6, "{}", rollout(&w));
        assert_eq!(phase(&w), "Complete");
    }
}

#[test]
fn one_that_goes_quiet_after_the_update_has_failed() {
    let (mut w, key) = world(3, &SIX, json!({}));
    update(&mut w, &key, GOOD);
    let first = NodeName::from(with(&w.store, GOOD)[0].as_str());
    w.pass(10_000);
    w.cut(&first);
    w.pass(600_000);
    assert_eq!(phase(&w), "Failed", "{}", rollout(&w));
    assert_eq!(with(&w.store, GOOD).len(), 1);
    let why = rollout(&w)["status"]["nodes"][0]["message"].as_str().unwrap();
    assert!(why.contains("quiet"), "{why}");
    // An operator tries again when it is back.
    w.connect(&first);
    w.settle();
    let rollout = rollout_key(&w);
    w.patch(&rollout, json!({"spec": {"retries": 1}}));
    w.pass(900_000);
    assert_eq!(phase(&w), "Complete", "{}", w.doc(&rollout));
    assert_eq!(with(&w.store, GOOD).len(), 6);
}

#[test]
fn a_node_that_is_away_holds_no_slot_and_gets_only_what_is_proven() {
    let (mut w, key) = world(4, &SIX, json!({}));
    let away = NodeName::from("a");
    w.cut(&away);
    w.pass(60_000);
    update(&mut w, &key, BAD);
    w.pass(400_000);
    assert_eq!(phase(&w), "Failed");
    w.connect(&away);
    w.pass(60_000);
    assert_eq!(images(&w.store)["a"], "web:1", "it came back to a version that is not proven");
    w.cut(&away);
    w.pass(60_000);
    update(&mut w, &key, GOOD);
    w.pass(900_000);
    assert_eq!(phase(&w), "Complete", "the rest waited for it: {}", rollout(&w));
    w.connect(&away);
    w.pass(60_000);
    assert_eq!(with(&w.store, GOOD).len(), 6);
    w.assert_quiet();
}

#[test]
fn stages_by_labels_wait_for_approval() {
    let stages = json!([
        {"name": "lab", "nodeSelector": {"matchLabels": {"ring": "lab"}}},
        {"name": "all", "nodes": "100%", "approval": "Manual"},
    ]);
    let (mut w, key) = world(5, &SIX, json!({"stages": stages}));
    let lab = ObjectKey::new(kinds::NODE, "", "e");
    w.patch(&lab, json!({"metadata": {"labels": {"ring": "lab"}}}));
    update(&mut w, &key, GOOD);
    w.pass(600_000);
    assert_eq!(with(&w.store, GOOD), ["e"]);
    assert_eq!(phase(&w), "WaitingForApproval");
    w.assert_quiet();
    let rollout = rollout_key(&w);
    w.patch(&rollout, json!({"spec": {"approved": 2, "paused": true}}));
    w.pass(60_000);
    assert_eq!((with(&w.store, GOOD).len(), phase(&w).as_str()), (1, "Paused"));
    w.patch(&rollout, json!({"spec": {"paused": false}}));
    w.pass(600_000);
    assert_eq!((with(&w.store, GOOD).len(), phase(&w).as_str()), (6, "Complete"));
}

#[test]
fn going_back_to_what_is_proven_needs_no_stages() {
    let (mut w, key) = world(6, &SIX, json!({}));
    update(&mut w, &key, GOOD);
    w.pass(100_000);
    assert!(with(&w.store, GOOD).len() >= 2);
    update(&mut w, &key, "web:1");
    w.pass(5_000);
    assert_eq!(with(&w.store, "web:1").len(), 6);
    assert_eq!(phase(&w), "Complete");
    let phases: Vec<&Value> = w.of(kinds::ROLLOUT).iter().map(|r| &r["status"]["phase"]).collect();
    assert_eq!(phases, ["Superseded", "Complete"]);
    w.assert_quiet();
}

#[test]
fn undo_brings_back_what_was_touched_over_a_restart_of_the_controller() {
    let (mut w, key) = world(7, &SIX, json!({}));
    update(&mut w, &key, GOOD);
    w.pass(100_000);
    let touched = with(&w.store, GOOD).len();
    assert!((2..6).contains(&touched));
    w.restart_controller();
    w.settle();
    assert!(with(&w.store, GOOD).len() >= touched, "what was given is known after a restart");
    let rollout = rollout_key(&w);
    w.patch(&rollout, json!({"spec": {"undo": true}}));
    w.pass(60_000);
    assert_eq!(phase(&w), "RolledBack");
    assert_eq!(with(&w.store, "web:1").len(), 6);
    w.assert_quiet();
}

#[test]
fn each_site_has_a_budget_of_its_own() {
    let all = json!([{"name": "all", "nodes": "100%"}]);
    let (mut w, key) =
        world(8, &SIX, json!({"groupBy": "site", "maxUnavailable": 1, "stages": all}));
    for (at, node) in SIX.iter().enumerate() {
        let site = if at < 3 { "north" } else { "south" };
        let node = ObjectKey::new(kinds::NODE, "", node);
        w.patch(&node, json!({"metadata": {"labels": {"site": site}}}));
    }
    w.settle();
    update(&mut w, &key, GOOD);
    assert_eq!(with(&w.store, GOOD), ["a", "d"], "one of each site");
    w.pass(900_000);
    assert_eq!(phase(&w), "Complete");
}

/// A storm: nodes come and go while updates, good and bad, are rolled out. After every write no more nodes that can be
/// seen are in the middle of an update than the budget allows, and a bad version has reached its first stage at most.
#[test]
fn storm() {
    for seed in 100..106 {
        let (mut w, key) = world(seed, &SIX, json!({"onFailure": "RollBack"}));
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        for node in SIX {
            let node = NodeName::from(node);
            w.nodes.get_mut(&node).unwrap().health = Health::Slow(roll(1000), 20);
        }
        w.watch = Some(Box::new(|store| {
            let bad = with(store, BAD);
            assert!(bad.len() <= 1, "a bad version went past its first stage: {bad:?}");
            for rollout in
                store.iter().filter(|(k, _)| k.kind == kinds::ROLLOUT).map(|(_, (_, d))| d)
            {
                let nodes = rollout["status"]["nodes"].as_array().into_iter().flatten();
                let open = nodes
                    .filter(|n| n["state"] == "Updating" || n["state"] == "Settling")
                    .filter(|n| seen(store, n["name"].as_str().unwrap()));
                assert!(open.count() <= 2, "over budget: {rollout}");
            }
        }));
        for n in 0..30 {
            let node = NodeName::from(SIX[roll(6) as usize]);
            match roll(4) {
                0 => w.cut(&node),
                1 if !w.nodes[&node].connected => w.connect(&node),
                2 if n < 25 => {
                    let image = if roll(2) == 0 { BAD.into() } else { format!("web:{n}") };
                    w.patch(&key, json!({"spec": {"template": template(&image)}}));
                }
                _ => {}
            }
            w.pass(10_000 + roll(120_000));
        }
        // Calm: all are there, and a good version is wanted.
        for node in SIX {
            let node = NodeName::from(node);
            if !w.nodes[&node].connected {
                w.connect(&node);
            }
        }
        w.pass(60_000);
        update(&mut w, &key, "web:calm");
        w.pass(1_500_000);
        assert_eq!(phase(&w), "Complete", "seed {seed}: {}", rollout(&w));
        assert_eq!(with(&w.store, "web:calm").len(), 6, "seed {seed}");
        w.assert_quiet();
    }
}
