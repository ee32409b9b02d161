//! Jobs and cron jobs with a real engine, by the oldest and the newest kubectl.

use driftless_tests::{Fleet, check, kubectls, ok, wait_for};
use serde_json::Value;

const SQUARES: &str = "
apiVersion: batch/v1
kind: Job
metadata: {name: squares}
spec:
  completions: 3
  parallelism: 2
  completionMode: Indexed
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: work
        image: driftless-test/busybox:1
        imagePullPolicy: Never
        command: [sh, -c, 'echo $JOB_COMPLETION_INDEX squared is $((JOB_COMPLETION_INDEX * JOB_COMPLETION_INDEX))']
";

/// A job that succeeds with its second pod only.
const SECOND: &str = "
apiVersion: batch/v1
kind: Job
metadata: {name: second}
spec:
  backoffLimit: 3
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: work
        image: driftless-test/busybox:1
        imagePullPolicy: Never
        command: [sh, -c, 'mkdir /seen/once || exit 0; exit 3']
        volumeMounts: [{name: seen, mountPath: /seen}]
      volumes: [{name: seen, hostPath: {path: DIR}}]
";

const CRON: &str = "
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: '@every 2s'
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  successfulJobsHistoryLimit: 2
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: work
            image: driftless-test/busybox:1
            imagePullPolicy: Never
            command: [echo, tick]
";

fn finished(job: &Value) -> bool {
    job["status"]["completionTime"].is_string()
}

#[test]
fn a_job_runs_each_index_once_and_its_logs_stay() {
    let fleet = Fleet::start(1);
    fleet.apply(SQUARES);
    fleet.kubectl(&["wait", "--for=condition=complete", "job/squares", "--timeout=90s"]);
    let job = fleet.get(&["job/squares"]);
    assert_eq!(
        (&job["status"]["succeeded"], &job["status"]["completedIndexes"]),
        (&3.into(), &"0-2".into())
    );
    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        let logs = run(&["logs", "-l", "job-name=squares", "--tail=-1"]);
        for line in ["0 squared is 0", "1 squared is 1", "2 squared is 4"] {
            assert_eq!(logs.matches(line).count(), 1, "{logs}");
        }
        let shown = run(&["get", "jobs"]);
        assert!(shown.contains("Complete") && shown.contains("3/3"), "{shown}");
        let shown = run(&["describe", "job/squares"]);
        assert!(shown.contains("3 Succeeded") && shown.contains("SuccessfulCreate"), "{shown}");
    }
    fleet.kubectl(&["delete", "job/squares", "--timeout=60s"]);
    assert_eq!(fleet.get(&["pods"])["items"], serde_json::json!([]));
}

#[test]
fn a_job_tries_again_and_gives_up_in_the_end() {
    let fleet = Fleet::start(1);
    let seen = fleet.dir.path().join("seen");
    std::fs::create_dir(&seen).expect("a folder");
    fleet.apply(&SECOND.replace("DIR", seen.to_str().expect("a path")));
    fleet.kubectl(&["wait", "--for=condition=complete", "job/second", "--timeout=90s"]);
    let status = fleet.get(&["job/second"])["status"].clone();
    assert_eq!((&status["succeeded"], &status["failed"]), (&1.into(), &1.into()), "{status}");

    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        let image = "--image=driftless-test/busybox:1";
        let made =
            run(&["create", "job", "bad", image, "--dry-run=client", "-o", "yaml", "--", "false"]);
        let never =
            made.replace("image: driftless", "imagePullPolicy: Never\n        image: driftless");
        fleet.apply(&never.replace("spec:\n  template:", "spec:\n  backoffLimit: 0\n  template:"));
        let failed = run(&["wait", "--for=condition=failed", "job/bad", "--timeout=90s"]);
        assert!(failed.contains("condition met"), "{failed}");
        let shown = run(&["describe", "job/bad"]);
        assert!(shown.contains("BackoffLimitExceeded"), "{shown}");
        run(&["delete", "job/bad", "--timeout=60s"]);
    }
}

#[test]
fn a_cron_job_ticks_over_a_restart_of_the_controller_and_by_hand() {
    let mut fleet = Fleet::start(1);
    fleet.apply(CRON);
    let done = |list: &Value| {
        list["items"].as_array().into_iter().flatten().filter(|j| finished(j)).count()
    };
    fleet.wait_until("two ticks are done", &["jobs"], |jobs| done(jobs) == 2);
    fleet.controller.end("KILL");
    fleet.restart_controller();
    let before = fleet.get(&["cronjob/tick"])["status"]["lastScheduleTime"].clone();
    fleet.wait_until("it goes on", &["cronjob/tick"], |c| {
        c["status"]["lastScheduleTime"] != before && c["status"]["lastSuccessfulTime"].is_string()
    });
    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        run(&["patch", "cronjob/tick", "-p", r#"{"spec":{"suspend":true}}"#]);
        let shown = run(&["get", "cronjobs"]);
        assert!(shown.contains("@every 2s") && shown.contains("True"), "{shown}");
        let shown = run(&["describe", "cronjob/tick"]);
        assert!(shown.contains("Forbid") && shown.contains("SuccessfulCreate"), "{shown}");
        // Before 1.21 kubectl knew cron jobs by their first version only.
        let old = run(&["version", "--client"]).contains("v1.20.");
        let from = if old { "cronjob.v1beta1.batch/tick" } else { "cronjob/tick" };
        run(&["create", "job", "mine", &format!("--from={from}")]);
        fleet.kubectl(&["wait", "--for=condition=complete", "job/mine", "--timeout=90s"]);
        assert_eq!(run(&["logs", "job/mine"]), "tick\n");
        run(&["delete", "job/mine", "--timeout=60s"]);
    }
    fleet.kubectl(&["delete", "cronjob/tick", "--timeout=60s"]);
    wait_for("what it made goes with it", || {
        let left = fleet.try_kubectl(&["get", "jobs,pods", "-o", "name"])?;
        check(left.is_empty(), left)
    });
}
