//! Priorities, limit ranges and quotas on a real node, by the oldest and the newest kubectl.

use driftless_tests::{Fleet, both, check, kubectls, ok, wait_for};

const CLASS: &str = "
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: urgent}
value: 1000
---
apiVersion: v1
kind: LimitRange
metadata: {name: bounds}
spec:
  limits:
  - {type: Container, max: {memory: 64Mi}, defaultRequest: {memory: 4Mi}, default: {memory: 16Mi}}
";

/// A pod that asks for so much of the node's cores.
fn pod(name: &str, cpu: &str, class: &str) -> String {
    format!(
        "
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  priorityClassName: {class}
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: driftless-test/busybox:1
    imagePullPolicy: Never
    command: [sleep, '1000000']
    resources: {{requests: {{cpu: '{cpu}'}}}}
"
    )
}

#[test]
fn a_namespace_keeps_to_its_bounds() {
    let fleet = Fleet::start(1);
    fleet.apply(CLASS);
    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        let refused = |args: &[&str]| {
            let out = fleet.kubectl_command(&kubectl).args(args).output().expect("it runs");
            assert!(!out.status.success(), "{}", both(&out));
            both(&out)
        };
        run(&["create", "quota", "q", "--hard=pods=1,configmaps=3,limits.memory=1Gi"]);
        wait_for("the quota is counted", || {
            let shown = fleet.try_kubectl(&["describe", "quota", "q"])?;
            check(shown.contains("limits.memory"), shown)
        });
        run(&[
            "run",
            "one",
            "--image=driftless-test/busybox:1",
            "--restart=Never",
            "--",
            "sleep",
            "1000000",
        ]);
        let one = fleet.get(&["pod/one"]);
        assert_eq!(one["spec"]["containers"][0]["resources"]["limits"]["memory"], "16Mi");
        let why = refused(&["run", "two", "--image=driftless-test/busybox:1", "--restart=Never"]);
        let want = "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1";
        assert!(why.contains(want), "{why}");
        let shown = run(&["describe", "quota", "q"]);
        assert!(shown.contains("limits.memory  16Mi  1Gi"), "{shown}");
        let shown = run(&["get", "quota", "q"]);
        assert!(
            shown.contains("pods: 1/1") && shown.contains("limits.memory: 16Mi/1Gi"),
            "{shown}"
        );
        let shown = run(&["describe", "limits", "bounds"]);
        assert!(shown.contains("Container") && shown.contains("64Mi"), "{shown}");
        // What a workload may not make, it says.
        run(&["create", "deployment", "web", "--image=driftless-test/busybox:1"]);
        fleet.wait_until("the deployment says why", &["deployment/web"], |d| {
            let conditions = d["status"]["conditions"].as_array();
            conditions.into_iter().flatten().any(|c| c["type"] == "ReplicaFailure")
        });
        run(&["delete", "pod/one", "deployment/web", "quota/q", "--timeout=60s"]);
        fleet.wait_until("nothing is left", &["pods"], |p| p["items"] == serde_json::json!([]));
    }
}

#[test]
fn the_urgent_takes_the_place_of_the_other() {
    let fleet = Fleet::start(1);
    fleet.apply(CLASS);
    let node = fleet.get(&["node", &fleet.nodes[0]]);
    let cores: u64 =
        node["status"]["allocatable"]["cpu"].as_str().unwrap_or("1").parse().unwrap_or(1);
    let most = format!("{}m", cores * 1000 - 100);
    fleet.apply(&pod("plain", &most, "''"));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/plain", "--timeout=60s"]);
    fleet.apply(&pod("urgent", "500m", "urgent"));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/urgent", "--timeout=60s"]);
    fleet.wait_until("the other is gone", &["pods"], |pods| {
        pods["items"].as_array().is_some_and(|all| all.len() == 1)
    });
    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        let shown = run(&["get", "priorityclass"]);
        assert!(shown.contains("system-node-critical") && shown.contains("urgent"), "{shown}");
        assert!(run(&["describe", "pod/urgent"]).contains("1000"));
        run(&["create", "priorityclass", "gold", "--value=7", "--description=ours"]);
        run(&["delete", "priorityclass", "gold"]);
    }
    let events = fleet.kubectl(&["get", "events"]);
    assert!(events.contains("Preempted") && events.contains("Preempted by pod"), "{events}");
}
