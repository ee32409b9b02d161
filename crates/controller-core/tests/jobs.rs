//! Jobs: each pod counted once, each index done once, whatever happens meanwhile.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use driftless_controller_core::kinds::{self, ObjectKey};
use driftless_controller_core::stream::Stream;
use model::NodeName;
use serde_json::{Value, json};
use world::{Store, World, active, condition, template};

const TRACKING: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// A job whose pods end as the image says, changed by a patch of its spec.
fn job(image: &str, change: Value) -> Value {
    let mut template = template(image);
    template["spec"]["restartPolicy"] = "Never".into();
    let mut doc = json!({"metadata": {}, "spec": {"template": template}});
    json_patch::merge(&mut doc["spec"], &change);
    doc
}

fn world(seed: u64, image: &str, change: Value) -> (World, ObjectKey) {
    let mut w = World::new(seed);
    for name in ["a", "b", "c"] {
        w.join(name);
    }
    let key = w.put(kinds::JOB, "default", "job", job(image, change));
    w.settle();
    (w, key)
}

fn numbers(w: &World, key: &ObjectKey) -> [i64; 4] {
    let status = &w.doc(key)["status"];
    ["active", "succeeded", "failed", "terminating"].map(|f| status[f].as_i64().unwrap_or(0))
}

fn ends_with(w: &World, key: &ObjectKey, kind: &str, reason: &str) {
    let doc = w.doc(key);
    assert_eq!(condition(doc, kind), ("True".into(), reason.into()), "{}", doc["status"]);
    let first = if kind == "Failed" { "FailureTarget" } else { "SuccessCriteriaMet" };
    assert_eq!(condition(doc, first), ("True".into(), reason.into()));
    assert_eq!(doc["status"]["completionTime"].is_string(), kind == "Complete");
    assert_eq!(doc["status"]["uncountedTerminatedPods"], json!({}));
    let tracked = w.of(kinds::POD).iter().any(|p| tracked(p));
    assert!(!tracked, "all are counted");
}

fn tracked(pod: &Value) -> bool {
    pod["metadata"]["finalizers"].as_array().is_some_and(|f| f.iter().any(|f| f == TRACKING))
}

fn phase(pod: &Value) -> &str {
    pod["status"]["phase"].as_str().unwrap_or("")
}

/// Whether a pod may still run somewhere.
fn may_run(pod: &Value) -> bool {
    let over = pod["metadata"]["deletionGracePeriodSeconds"] == 0;
    !over && !matches!(phase(pod), "Succeeded" | "Failed")
}

fn index(pod: &Value) -> Option<i64> {
    pod["metadata"]["annotations"][INDEX].as_str().and_then(|t| t.parse().ok())
}

/// No index has two pods that may run, and never more than so many are active.
fn bounded(store: &Store, parallelism: usize) {
    let pods: Vec<&Value> =
        store.iter().filter(|(k, _)| k.kind == kinds::POD).map(|(_, (_, d))| d).collect();
    let mut seen = BTreeSet::new();
    for i in pods.iter().filter(|p| may_run(p)).filter_map(|p| index(p)) {
        assert!(seen.insert(i), "index {i} has two pods");
    }
    let running = pods.iter().filter(|p| active(p)).count();
    assert!(running <= parallelism, "{running} of {parallelism}");
}

fn told(w: &World, reason: &str) -> bool {
    w.of(kinds::EVENT).iter().any(|e| e["reason"] == reason)
}

#[test]
fn so_many_at_once_until_enough_have_succeeded() {
    let (mut w, key) = world(1, "ends:20:0", json!({"completions": 3, "parallelism": 2}));
    w.watch = Some(Box::new(|store| bounded(store, 2)));
    assert_eq!(numbers(&w, &key), [2, 0, 0, 0]);
    assert!(w.of(kinds::POD).iter().all(|p| tracked(p)));
    let started = w.doc(&key)["status"]["startTime"].clone();
    assert!(started.is_string());
    w.pass(21_000);
    assert_eq!(numbers(&w, &key), [1, 2, 0, 0]);
    assert_eq!(condition(w.doc(&key), "Complete").0, "");
    w.pass(21_000);
    assert_eq!(numbers(&w, &key), [0, 3, 0, 0]);
    ends_with(&w, &key, "Complete", "CompletionsReached");
    assert_eq!(w.doc(&key)["status"]["startTime"], started);
    assert!(told(&w, "SuccessfulCreate") && told(&w, "Completed"));
    // Its pods stay to be looked at, and are not counted again by another process.
    assert_eq!(w.of(kinds::POD).len(), 3);
    w.restart_controller();
    w.pass(60_000);
    assert_eq!(numbers(&w, &key), [0, 3, 0, 0]);
    w.assert_quiet();
}

#[test]
fn failures_are_repeated_ever_more_slowly_until_there_are_too_many() {
    let (mut w, key) = world(2, "ends:1:3", json!({"backoffLimit": 3}));
    let mut births: Vec<u64> = Vec::new();
    for second in 0..120 {
        if w.of(kinds::POD).len() > births.len() {
            births.push(second);
        }
        w.pass(1000);
    }
    assert_eq!(births.len(), 4, "{births:?}");
    let waits: Vec<u64> = births.windows(2).map(|w| w[1] - w[0]).collect();
    for (wait, least) in waits.iter().zip([10, 20, 40]) {
        assert!((least..least + 5).contains(wait), "{waits:?}");
    }
    assert_eq!(numbers(&w, &key), [0, 0, 4, 0]);
    ends_with(&w, &key, "Failed", "BackoffLimitExceeded");
    assert!(told(&w, "BackoffLimitExceeded"));
    w.assert_quiet();
}

#[test]
fn each_index_has_its_name_and_is_done_once() {
    let spec = json!({"completions": 4, "parallelism": 2, "completionMode": "Indexed"});
    let (mut w, key) = world(3, "ends:5:0", spec);
    w.watch = Some(Box::new(|store| bounded(store, 2)));
    let pods = w.of(kinds::POD);
    let first = pods.iter().find(|p| index(p) == Some(0)).unwrap();
    let name = first["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("job-0-") && name.len() == 11, "{name}");
    assert_eq!(first["metadata"]["labels"][INDEX], "0");
    assert_eq!(first["metadata"]["labels"]["job-name"], "job");
    assert_eq!(first["spec"]["hostname"], "job-0");
    let env = &first["spec"]["containers"][0]["env"][0];
    assert_eq!(env["name"], "JOB_COMPLETION_INDEX");
    let path = &env["valueFrom"]["fieldRef"]["fieldPath"];
    assert_eq!(path, &format!("metadata.annotations['{INDEX}']"));
    w.pass(6000);
    assert_eq!(w.doc(&key)["status"]["completedIndexes"], "0,1");
    w.pass(10_000);
    assert_eq!(w.doc(&key)["status"]["completedIndexes"], "0-3");
    assert_eq!(numbers(&w, &key), [0, 4, 0, 0]);
    ends_with(&w, &key, "Complete", "CompletionsReached");
    w.assert_quiet();
}

#[test]
fn a_suspended_job_has_no_pods_and_has_not_failed() {
    let spec = json!({"completions": 2, "parallelism": 2, "activeDeadlineSeconds": 300});
    let (mut w, key) = world(4, "ends:100:0", spec);
    let started = w.doc(&key)["status"]["startTime"].clone();
    w.patch(&key, json!({"spec": {"suspend": true}}));
    w.pass(400_000);
    assert!(w.of(kinds::POD).is_empty());
    assert_eq!(numbers(&w, &key), [0, 0, 0, 0]);
    assert_eq!(condition(w.doc(&key), "Suspended"), ("True".into(), "JobSuspended".into()));
    w.assert_quiet();
    w.patch(&key, json!({"spec": {"suspend": false}}));
    w.settle();
    assert_eq!(condition(w.doc(&key), "Suspended"), ("False".into(), "JobResumed".into()));
    assert_ne!(w.doc(&key)["status"]["startTime"], started);
    w.pass(110_000);
    ends_with(&w, &key, "Complete", "CompletionsReached");
    assert!(told(&w, "Suspended") && told(&w, "Resumed"));
}

#[test]
fn a_deadline_ends_what_runs() {
    let spec = json!({"activeDeadlineSeconds": 30, "parallelism": 2, "completions": 2});
    let (mut w, key) = world(5, "ends:100:0", spec);
    w.pass(29_000);
    assert_eq!(numbers(&w, &key), [2, 0, 0, 0]);
    w.pass(3000);
    assert_eq!(numbers(&w, &key), [0, 0, 2, 0]);
    ends_with(&w, &key, "Failed", "DeadlineExceeded");
    assert!(w.of(kinds::POD).is_empty());
    w.assert_quiet();
}

#[test]
fn a_job_goes_when_its_time_has_come() {
    let (mut w, key) = world(6, "ends:1:0", json!({"ttlSecondsAfterFinished": 50}));
    w.pass(30_000);
    ends_with(&w, &key, "Complete", "CompletionsReached");
    w.restart_controller();
    w.pass(15_000);
    assert!(w.store.contains_key(&key));
    w.pass(10_000);
    assert!(!w.store.contains_key(&key) && w.of(kinds::POD).is_empty());
    w.assert_quiet();
}

#[test]
fn rules_for_failures_count_ignore_or_fail_the_job() {
    let rules = |action: &str| {
        json!({"backoffLimit": 0, "podReplacementPolicy": "Failed", "podFailurePolicy": {"rules": [
            {"action": action, "onExitCodes": {"operator": "In", "values": [42]}},
        ]}})
    };
    let (mut w, key) = world(7, "ends:1:42", rules("FailJob"));
    w.pass(5000);
    ends_with(&w, &key, "Failed", "PodFailurePolicy");
    let why = w.doc(&key)["status"]["conditions"][0]["message"].as_str().unwrap().to_owned();
    assert!(why.starts_with("Container web for pod default/job-"), "{why}");
    assert!(why.ends_with("failed with exit code 42 matching FailJob rule at index 0"), "{why}");
    let (mut w, key) = world(8, "ends:1:42", rules("Ignore"));
    w.pass(60_000);
    assert_eq!(numbers(&w, &key)[2], 0);
    assert!(w.of(kinds::POD).len() > 2, "it goes on");
    let (mut w, key) = world(9, "ends:1:43", rules("Ignore"));
    w.pass(60_000);
    ends_with(&w, &key, "Failed", "BackoffLimitExceeded");
}

#[test]
fn an_index_has_its_own_limit() {
    let spec = json!({
        "completions": 3, "parallelism": 3, "completionMode": "Indexed", "backoffLimitPerIndex": 1,
    });
    let (mut w, key) = world(10, "ends:1:1", spec);
    w.watch = Some(Box::new(|store| bounded(store, 3)));
    w.pass(8000);
    assert_eq!(w.of(kinds::POD).len(), 3);
    w.pass(60_000);
    assert_eq!(w.of(kinds::POD).len(), 6);
    assert_eq!(w.doc(&key)["status"]["failedIndexes"], "0-2");
    assert_eq!(numbers(&w, &key), [0, 0, 6, 0]);
    ends_with(&w, &key, "Failed", "FailedIndexes");
    let mut most = json!({
        "completions": 9, "parallelism": 1, "completionMode": "Indexed", "backoffLimitPerIndex": 0,
        "maxFailedIndexes": 1,
    });
    let (mut w, key) = world(11, "ends:1:1", most.take());
    w.pass(30_000);
    ends_with(&w, &key, "Failed", "MaxFailedIndexesExceeded");
    assert_eq!(w.doc(&key)["status"]["failedIndexes"], "0,1");
}

#[test]
fn some_indexes_may_be_enough() {
    let spec = json!({
        "completions": 5, "parallelism": 2, "completionMode": "Indexed",
        "successPolicy": {"rules": [{"succeededIndexes": "0-1,4", "succeededCount": 2}]},
    });
    let (mut w, key) = world(12, "ends:2:0", spec);
    w.pass(20_000);
    ends_with(&w, &key, "Complete", "SuccessPolicy");
    assert_eq!(w.doc(&key)["status"]["completedIndexes"], "0,1");
    assert_eq!(numbers(&w, &key)[2], 0, "who is not needed has not failed");
}

#[test]
fn fewer_at_once_and_then_more() {
    let spec = json!({"completions": 8, "parallelism": 4});
    let (mut w, key) = world(13, "ends:30:0", spec);
    w.patch(&key, json!({"spec": {"parallelism": 1}}));
    w.settle();
    assert_eq!(numbers(&w, &key), [1, 0, 0, 0]);
    w.patch(&key, json!({"spec": {"parallelism": 3}}));
    w.settle();
    assert_eq!(numbers(&w, &key), [3, 0, 0, 0]);
    w.pass(130_000);
    ends_with(&w, &key, "Complete", "CompletionsReached");
    assert_eq!(numbers(&w, &key), [0, 8, 0, 0]);
}

/// The node that a job's only pod is on.
fn node_of(w: &World) -> NodeName {
    let pods = w.of(kinds::POD);
    NodeName::from(pods[0]["spec"]["nodeName"].as_str().unwrap())
}

#[test]
fn an_index_on_a_silent_node_is_not_done_twice() {
    let spec = json!({"completions": 1, "completionMode": "Indexed"});
    let (mut w, key) = world(14, "ends:2000:0", spec);
    w.watch = Some(Box::new(|store| bounded(store, 1)));
    let node = node_of(&w);
    w.cut(&node);
    w.pass(1_000_000);
    // Its toleration has run out: it is to end, but nobody knows whether it has.
    assert_eq!(numbers(&w, &key), [0, 0, 0, 1]);
    assert_eq!(w.of(kinds::POD).len(), 1);
    let pods = w.of(kinds::POD);
    assert_eq!(condition(pods[0], "DisruptionTarget").1, "DeletionByTaintManager");
    w.assert_quiet();
    w.connect(&node);
    w.pass(30_000);
    assert_eq!(numbers(&w, &key), [1, 0, 1, 0]);
    // An operator who knows that the node is gone says so.
    let node = node_of(&w);
    w.cut(&node);
    w.pass(1_000_000);
    w.delete(&ObjectKey::new(kinds::NODE, "", node.as_str()), "Background");
    w.pass(30_000);
    assert_eq!(numbers(&w, &key), [1, 0, 2, 0]);
}

#[test]
fn without_indexes_the_evicted_pod_of_a_silent_node_is_replaced() {
    let (mut w, key) = world(15, "ends:500:0", json!({"completions": 1}));
    let node = node_of(&w);
    w.cut(&node);
    w.pass(200_000);
    assert_eq!(numbers(&w, &key), [1, 0, 0, 0], "silence alone is no failure");
    w.pass(200_000);
    assert_eq!(numbers(&w, &key), [1, 0, 1, 1]);
    w.connect(&node);
    w.pass(600_000);
    assert_eq!(numbers(&w, &key), [0, 1, 1, 0]);
    ends_with(&w, &key, "Complete", "CompletionsReached");
}

#[test]
fn a_jobs_pods_go_with_it_or_are_let_go() {
    for (propagation, left) in [("Background", 0), ("Foreground", 0), ("Orphan", 2)] {
        let spec = json!({"completions": 2, "parallelism": 2});
        let (mut w, key) = world(16, "ends:500:0", spec);
        w.delete(&key, propagation);
        w.pass(60_000);
        assert!(!w.store.contains_key(&key), "{propagation}");
        let pods = w.of(kinds::POD);
        assert_eq!(pods.len(), left, "{propagation}");
        assert!(!pods.iter().any(|p| tracked(p)), "{propagation}");
        w.assert_quiet();
    }
    let (mut w, key) = world(17, "ends:500:0", json!({}));
    w.delete(&ObjectKey::new(kinds::NAMESPACE, "", "default"), "Background");
    w.pass(60_000);
    assert!(!w.store.contains_key(&key) && w.of(kinds::POD).is_empty());
}

/// Which pods were seen to end while they were still to be counted.
#[derive(Default)]
struct Ended {
    succeeded: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl Ended {
    fn look(&mut self, store: &Store) {
        for (_, (_, pod)) in store.iter().filter(|(k, _)| k.kind == kinds::POD) {
            let uid = pod["metadata"]["uid"].as_str().unwrap().to_owned();
            let going = pod["metadata"]["deletionTimestamp"].is_string();
            match phase(pod) {
                _ if !tracked(pod) => {}
                "Succeeded" if !self.others.contains(&uid) => {
                    self.succeeded.insert(uid);
                }
                "Failed" => {
                    self.others.insert(uid);
                }
                _ if going && !self.succeeded.contains(&uid) => {
                    self.others.insert(uid);
                }
                _ => {}
            }
        }
    }
}

/// No index runs on two nodes, whatever the store says.
fn never_twice(w: &World, seed: u64) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for name in w.nodes.values().flat_map(|n| n.busy()) {
        let (of, _) = name.rsplit_once('-').unwrap();
        let other = seen.insert(of.to_owned(), name.to_owned());
        assert!(other.is_none(), "seed {seed}: {name} and {other:?}");
    }
}

#[test]
fn in_a_storm_every_pod_is_counted_once() {
    for seed in 0..16 {
        let indexed = seed % 2 == 0;
        let mode = if indexed { "Indexed" } else { "NonIndexed" };
        let spec = json!({
            "completions": 6, "parallelism": 3, "completionMode": mode, "backoffLimit": 1000,
        });
        let (mut w, key) = world(seed, &format!("ends:{}:{seed}:40", seed % 7 * 9 + 4), spec);
        let ended = Rc::new(RefCell::new(Ended::default()));
        let seen = ended.clone();
        w.watch = Some(Box::new(move |store| {
            bounded(store, 3);
            seen.borrow_mut().look(store);
        }));
        let mut draw = Stream::new(seed, "storm");
        let mut chance = |n: u64| draw.draw() % n;
        let nodes = ["a", "b", "c"].map(NodeName::from);
        for _ in 0..60 {
            let node = &nodes[usize::try_from(chance(3)).unwrap()];
            match chance(8) {
                0 => {
                    let all = w.keys(kinds::POD);
                    let at = usize::try_from(chance(8)).unwrap();
                    if let Some(pod) = all.get(at).filter(|k| active(w.doc(k))).cloned() {
                        w.delete(&pod, "Background");
                    }
                }
                1 | 2 if w.nodes[node].connected => w.cut(node),
                1 | 2 => w.connect(node),
                3 => w.restart_controller(),
                4 => w.patch(&key, json!({"spec": {"suspend": chance(3) == 0}})),
                _ => w.pass(1000 * chance(120)),
            }
            if chance(2) == 0 {
                w.settle();
            }
            if indexed {
                never_twice(&w, seed);
            }
        }
        for node in &nodes {
            if !w.nodes[node].connected {
                w.connect(node);
            }
        }
        w.patch(&key, json!({"spec": {"suspend": false}}));
        for _ in 0..40 {
            if condition(w.doc(&key), "Complete").0 != "True" {
                w.pass(100_000);
            }
        }
        ends_with(&w, &key, "Complete", "CompletionsReached");
        let [_, succeeded, failed, _] = numbers(&w, &key);
        w.assert_quiet();
        let ended = ended.borrow();
        if indexed {
            assert_eq!((succeeded, &w.doc(&key)["status"]["completedIndexes"]), (6, &json!("0-5")));
        } else {
            assert_eq!(usize::try_from(succeeded).unwrap(), ended.succeeded.len(), "seed {seed}");
            assert!(succeeded >= 6);
        }
        assert_eq!(usize::try_from(failed).unwrap(), ended.others.len(), "seed {seed}");
    }
}
