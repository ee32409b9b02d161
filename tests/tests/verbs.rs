//! What operators do all day with workloads and nodes, by the oldest and the newest kubectl.

use driftless_tests::{Fleet, both, check, kubectls, ok, wait_for};

const MANIFEST: &str = "
apiVersion: apps/v1
kind: KIND
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: c
        image: driftless-test/busybox:1
        imagePullPolicy: Never
        command: [sh, -c, 'exec sleep 1000000']
        env: [{name: V, value: '1'}]
";

fn manifest(kind: &str, name: &str) -> String {
    MANIFEST.replace("KIND", kind).replace("NAME", name)
}

#[test]
fn workloads_are_rolled_undone_paused_and_restarted() {
    let fleet = Fleet::start(1);
    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        for (kind, short) in [("DaemonSet", "ds/each"), ("Deployment", "deploy/web")] {
            let name = short.split('/').next_back().expect("a name");
            fleet.apply(&manifest(kind, name));
            let rolled = || run(&["rollout", "status", short, "--timeout=90s"]);
            let version = || run(&["get", short, "-o", "jsonpath={..containers[0].env[0].value}"]);
            rolled();
            run(&["set", "env", short, "V=2"]);
            rolled();
            let history = run(&["rollout", "history", short]);
            assert!(history.contains("REVISION") && history.contains('2'), "{history}");
            let second = run(&["rollout", "history", short, "--revision=2"]);
            assert!(second.contains("V:\t2"), "{second}");
            assert!(run(&["rollout", "undo", short]).contains("rolled back"));
            rolled();
            assert_eq!(version(), "1");
            run(&["rollout", "undo", short, "--to-revision=2"]);
            rolled();
            assert_eq!(version(), "2");
            assert!(run(&["rollout", "restart", short]).contains("restarted"));
            rolled();
        }
        assert!(run(&["rollout", "pause", "deploy/web"]).contains("paused"));
        run(&["set", "env", "deploy/web", "V=3"]);
        let sets = fleet.get(&["rs", "-l", "app=web"])["items"].as_array().map_or(0, Vec::len);
        let undo = fleet.kubectl_command(&kubectl).args(["rollout", "undo", "deploy/web"]).output();
        let undo = both(&undo.expect("it runs"));
        assert!(undo.contains("paused"), "{undo}");
        assert!(run(&["rollout", "resume", "deploy/web"]).contains("resumed"));
        run(&["rollout", "status", "deploy/web", "--timeout=90s"]);
        let now = fleet.get(&["rs", "-l", "app=web"])["items"].as_array().map_or(0, Vec::len);
        assert_eq!(now, sets + 1, "while it was paused nothing was rolled");
        run(&["delete", "ds/each", "deploy/web", "--timeout=60s"]);
    }
}

#[test]
fn nodes_are_looked_at_cordoned_and_tainted() {
    let fleet = Fleet::start(1);
    fleet.apply(&manifest("Deployment", "web"));
    fleet.kubectl(&["rollout", "status", "deploy/web", "--timeout=90s"]);
    let node = fleet.nodes[0].as_str();
    for kubectl in kubectls() {
        let run = |args: &[&str]| ok(fleet.kubectl_command(&kubectl).args(args));
        let top = |args: &[&str]| {
            let out = fleet.kubectl_command(&kubectl).args(args).output().expect("it runs");
            check(out.status.success(), both(&out)).map(|()| both(&out))
        };
        let shown = wait_for("the node is measured", || top(&["top", "node"]));
        assert!(shown.contains("CPU(cores)") && shown.contains(node), "{shown}");
        let shown = wait_for("the pods are measured", || top(&["top", "pod", "--containers"]));
        assert!(shown.contains("MEMORY(bytes)") && shown.contains("web-"), "{shown}");
        assert!(run(&["cordon", node]).contains("cordoned"));
        assert!(run(&["get", "nodes"]).contains("Ready,SchedulingDisabled"));
        assert!(run(&["uncordon", node]).contains("uncordoned"));
        assert!(run(&["taint", "node", node, "k=v:NoSchedule"]).contains("tainted"));
        assert!(run(&["describe", "node", node]).contains("k=v:NoSchedule"));
        assert!(run(&["taint", "node", node, "k-"]).contains("untainted"));
        assert!(run(&["cluster-info"]).contains("is running at"));
        assert!(run(&["config", "current-context"]).contains("driftless"));
        assert!(run(&["get", "--raw", "/healthz"]).contains("ok"));
        assert!(run(&["get", "events"]).contains("Started"));
    }
}
