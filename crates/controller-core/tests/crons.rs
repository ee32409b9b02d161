//! Cron jobs: each time has one job, whatever happens meanwhile.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails as it should")]

mod world;

use driftless_controller_core::kinds::{self, ObjectKey};
use driftless_controller_core::stream::Stream;
use serde_json::{Value, json};
use world::{World, condition, template};

const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// A world whose clock stands at the start of 2026, with a cron job whose pods end as the image says.
fn world(seed: u64, image: &str, change: Value) -> (World, ObjectKey) {
    let mut w = World::new(seed);
    w.join("a");
    let mut pods = template(image);
    pods["spec"]["restartPolicy"] = "Never".into();
    let mut spec = json!({"schedule": "* * * * *", "jobTemplate": {
        "metadata": {"labels": {"of": "cron"}},
        "spec": {"template": pods, "backoffLimit": 0},
    }});
    json_patch::merge(&mut spec, &change);
    let key = w.put(kinds::CRON_JOB, "default", "cron", json!({"metadata": {}, "spec": spec}));
    w.settle();
    (w, key)
}

/// The times that jobs are there for, each with how it ended.
fn jobs(w: &World) -> Vec<(String, String)> {
    w.of(kinds::JOB)
        .into_iter()
        .map(|job| {
            let at = job["metadata"]["annotations"][SCHEDULED].as_str().unwrap_or("by hand");
            let end = ["Complete", "Failed"].iter().find(|c| condition(job, c).0 == "True");
            (at.into(), (*end.unwrap_or(&"runs")).into())
        })
        .collect()
}

fn told(w: &World, reason: &str) -> u64 {
    let of = |e: &&Value| e["reason"] == reason;
    w.of(kinds::EVENT).into_iter().filter(of).map(|e| e["count"].as_u64().unwrap_or(1)).sum()
}

#[test]
fn a_job_a_minute_and_the_last_are_kept() {
    let (mut w, key) = world(1, "ends:10:0", json!({}));
    w.pass(59_000);
    assert!(jobs(&w).is_empty());
    w.pass(2_000);
    assert_eq!(jobs(&w), [("2026-01-01T00:01:00Z".into(), "runs".into())]);
    let job = w.of(kinds::JOB)[0].clone();
    assert_eq!(job["metadata"]["name"], format!("cron-{}", 1_767_225_660 / 60));
    assert_eq!(job["metadata"]["labels"]["of"], "cron");
    assert_eq!(job["metadata"]["ownerReferences"][0]["kind"], "CronJob");
    assert_eq!(w.doc(&key)["status"]["active"][0]["uid"], job["metadata"]["uid"]);
    w.pass(30_000);
    let status = w.doc(&key)["status"].clone();
    assert!(status.get("active").is_none() && status["lastSuccessfulTime"].is_string(), "{status}");
    assert_eq!(told(&w, "SawCompletedJob"), 1);
    w.pass(540_000);
    let kept = ["2026-01-01T00:08:00Z", "2026-01-01T00:09:00Z", "2026-01-01T00:10:00Z"];
    assert_eq!(jobs(&w), kept.map(|at| (at.into(), "Complete".into())));
    assert_eq!(w.of(kinds::POD).len(), 3, "the pods of jobs that went are gone, too");
    w.patch(&key, json!({"spec": {"suspend": true}}));
    w.pass(600_000);
    assert_eq!(jobs(&w).len(), 3);
    w.assert_quiet();
}

#[test]
fn what_fails_is_kept_by_its_own_limit() {
    let (mut w, _) = world(2, "ends:5:1", json!({"failedJobsHistoryLimit": 2}));
    w.pass(600_000);
    let kept = ["2026-01-01T00:09:00Z", "2026-01-01T00:10:00Z"];
    w.pass(30_000);
    assert_eq!(jobs(&w), kept.map(|at| (at.into(), "Failed".into())));
}

#[test]
fn a_job_that_still_runs_is_left_to_run_or_kept_alone_or_replaced() {
    for (policy, want) in [
        ("Allow", vec!["2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z", "2026-01-01T00:03:00Z"]),
        ("Forbid", vec!["2026-01-01T00:01:00Z"]),
        ("Replace", vec!["2026-01-01T00:03:00Z"]),
    ] {
        let (mut w, _) = world(3, "ends:150:0", json!({"concurrencyPolicy": policy}));
        w.pass(205_000);
        let running: Vec<_> =
            jobs(&w).into_iter().filter(|(_, e)| e == "runs").map(|(at, _)| at).collect();
        assert_eq!(running, want, "{policy}");
    }
    // When it has ended, what was missed last starts.
    let (mut w, _) = world(3, "ends:150:0", json!({"concurrencyPolicy": "Forbid"}));
    w.pass(215_000);
    assert!(told(&w, "JobAlreadyActive") > 0);
    let last = ("2026-01-01T00:03:00Z".into(), "runs".into());
    assert_eq!(jobs(&w).last(), Some(&last));
}

#[test]
fn what_was_missed_starts_once_unless_it_is_too_late() {
    // Nobody is there for an hour.
    for (deadline, started) in [(Value::Null, 1), (json!(1500), 1), (json!(600), 0)] {
        let spec = json!({"schedule": "30 * * * *", "startingDeadlineSeconds": deadline});
        let (mut w, _) = world(4, "ends:5:0", spec);
        w.now = w.now.plus(3_000_000);
        w.restart_controller();
        w.pass(5_000);
        assert_eq!(jobs(&w).len(), started, "{deadline}");
    }
    let (mut w, key) = world(5, "ends:5:0", json!({}));
    w.now = w.now.plus(200 * 60_000);
    w.restart_controller();
    w.pass(5_000);
    assert_eq!(jobs(&w).len(), 1, "the last of many");
    assert_eq!(told(&w, "TooManyMissedTimes"), 1);
    assert_eq!(w.doc(&key)["status"]["lastScheduleTime"], "2026-01-01T03:20:00Z");
}

#[test]
fn a_job_made_by_hand_counts_for_the_history_alone() {
    let (mut w, key) = world(6, "ends:500:0", json!({"concurrencyPolicy": "Forbid"}));
    let uid = w.doc(&key)["metadata"]["uid"].clone();
    let mut doc = json!({"metadata": {"ownerReferences": [{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": "cron", "uid": uid, "controller": true,
    }]}});
    doc["spec"] = w.doc(&key)["spec"]["jobTemplate"]["spec"].clone();
    w.put(kinds::JOB, "default", "mine", doc);
    w.pass(70_000);
    let at: Vec<_> = jobs(&w).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, ["2026-01-01T00:01:00Z", "by hand"]);
    assert_eq!(w.doc(&key)["status"]["active"].as_array().map(Vec::len), Some(1));
}

/// Over restarts at any moment every minute has one job at most, and none that was due is left out.
#[test]
fn in_a_storm_a_time_has_one_job() {
    for seed in 0..8 {
        let spec = json!({"successfulJobsHistoryLimit": 1000, "failedJobsHistoryLimit": 1000});
        let (mut w, key) = world(seed, &format!("ends:3:{seed}:20"), spec);
        let mut draw = Stream::new(seed, "storm");
        for _ in 0..60 {
            if draw.draw().is_multiple_of(3) {
                w.restart_controller();
            }
            w.pass(1 + draw.draw() % 45_000);
        }
        w.pass(60_000);
        let mut at: Vec<_> = jobs(&w).into_iter().map(|(at, _)| at).collect();
        at.sort();
        let all = at.len();
        at.dedup();
        let minutes = (w.now.0 - 1_767_225_600_000) / 60_000;
        assert_eq!((all, at.len() as u64), (at.len(), minutes), "seed {seed}");
        w.patch(&key, json!({"spec": {"suspend": true}}));
        w.pass(60_000);
        w.assert_quiet();
    }
}

#[test]
fn what_comes_more_often_than_every_minute_has_a_job_each_time() {
    let (mut w, _) =
        world(7, "ends:1:0", json!({"schedule": "@every 10s", "successfulJobsHistoryLimit": 100}));
    w.pass(125_000);
    assert!((11..=12).contains(&jobs(&w).len()), "{:?}", jobs(&w));
    assert_eq!(told(&w, "FailedCreate"), 0);
}
