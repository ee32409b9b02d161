//! A technician at the node: what it has and why, and "not now", with no controller and no engine.

use std::process::{Command, Output};

use driftless_tests::{BUSYBOX, Fleet, bin, both, check, docker, ok, wait_for};
use serde_json::Value;

/// Asks the agent of the first node.
fn ask(fleet: &Fleet, args: &[&str]) -> Output {
    let mut command = Command::new(bin("driftless-agent"));
    command.args(args).arg("--data-dir").arg(fleet.dir.path().join(&fleet.nodes[0]));
    command.output().expect("the agent's binary")
}

fn said(fleet: &Fleet, args: &[&str]) -> String {
    let out = ask(fleet, args);
    assert!(out.status.success(), "{args:?}: {}", both(&out));
    String::from_utf8(out.stdout).expect("text")
}

fn json(fleet: &Fleet, args: &[&str]) -> Value {
    serde_json::from_str(&said(fleet, &[args, &["-o", "json"]].concat())).expect("JSON")
}

fn pod(name: &str, script: &str, annotations: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec:\n  terminationGracePeriodSeconds: 1\n  \
         volumes:\n  - {{name: state, emptyDir: {{}}}}\n  containers:\n  - name: c\n    image: \"{BUSYBOX}\"\n    command: [sh, -c, {script:?}]\n    \
         volumeMounts:\n    - {{name: state, mountPath: /state}}\n"
    )
}

/// The containers of a pod that run.
fn running(fleet: &Fleet, pod: &str) -> String {
    let node = format!("label=driftless.dev/node={}", fleet.nodes[0]);
    let name = format!("label=driftless.dev/pod-name={pod}");
    docker(&[
        "ps",
        "-q",
        "--filter",
        &node,
        "--filter",
        &name,
        "--filter",
        "label=driftless.dev/container=c",
    ])
}

/// What the controller shows to be held: pod, by whom, whether orders wait.
fn holds(fleet: &Fleet) -> Vec<(String, String, bool)> {
    let state = fleet.get(&["nodestate", &fleet.nodes[0]]);
    let all = state["status"]["holds"].as_array().cloned().unwrap_or_default();
    let text = |hold: &Value, key: &str| hold[key].as_str().unwrap_or_default().to_owned();
    all.iter().map(|h| (text(h, "pod"), text(h, "by"), h["waiting"] == true)).collect()
}

fn until_held(fleet: &Fleet, want: &[(&str, &str, bool)]) {
    let want: Vec<_> = want.iter().map(|(p, b, w)| (p.to_string(), b.to_string(), *w)).collect();
    wait_for("the controller shows what is held", || {
        let seen = holds(fleet);
        check(seen == want, format!("{seen:?}"))
    });
}

#[test]
fn what_a_technician_holds_runs_on_and_everything_can_be_asked_with_no_controller() {
    let mut fleet = Fleet::start(1);
    let manifests = [
        pod("web", "echo hello from web; exec sleep 100000", ""),
        pod("crash", "echo last words; exit 3", ""),
    ];
    fleet.apply(&manifests.concat());
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/web", "--timeout=60s"]);
    let before = running(&fleet, "web");
    said(&fleet, &["hold", "web", "--for", "1h", "--reason", "patient connected"]);
    until_held(&fleet, &[("default/web", "technician", false)]);
    fleet.kubectl(&["delete", "pod", "web", "--wait=false"]);
    until_held(&fleet, &[("default/web", "technician", true)]);
    let mut nodes = Command::new(bin("driftless"));
    let shown = ok(nodes.args(["nodes", "--kubeconfig"]).arg(fleet.kubeconfig()));
    assert!(shown.contains("1 held"), "{shown}");
    let explained = |name: &str| {
        let mut explain = Command::new(bin("driftless"));
        ok(explain.args(["explain", name, "--kubeconfig"]).arg(fleet.kubeconfig()))
    };
    let why = explained("web") + &explained(&fleet.nodes[0]);
    for want in
        ["held on the node by a technician", "to be gone", "UpdateHeld", "its newest orders"]
    {
        assert!(why.contains(want), "{want}: {why}");
    }

    // No controller, and an agent that was killed: its socket is still there.
    fleet.controller.end("KILL");
    fleet.agents[0].end("KILL");
    fleet.agents[0] = fleet.start_agent(0);
    wait_for("the agent answers, and knows that it is alone", || {
        let out = ask(&fleet, &["status", "-o", "json"]);
        let status: Value = serde_json::from_slice(&out.stdout).map_err(|_| both(&out))?;
        let alone = status["link"]["up"] == false && status["engineAway"].is_null();
        check(alone && status["holds"][0]["waiting"] == true, status)
    });
    assert_eq!(running(&fleet, "web"), before, "the same container");
    let status = said(&fleet, &["status"]);
    for want in
        ["LINK    down", "ENGINE  serves", "HELD    default/web by technician", "patient connected"]
    {
        assert!(status.contains(want), "{want}: {status}");
    }
    wait_for("the pods are as they are", || {
        let pods = said(&fleet, &["pods"]);
        check(pods.contains("Running (held)") && pods.contains("CrashLoopBackOff"), pods)
    });
    assert_eq!(said(&fleet, &["logs", "web", "--tail", "1"]), "hello from web\n");
    assert_eq!(said(&fleet, &["logs", "default/crash", "-c", "c", "--previous"]), "last words\n");
    wait_for("the restart has been seen", || {
        let why = said(&fleet, &["explain", "crash"]);
        check(why.contains("exit code 3") && why.contains("started again"), why)
    });
    let why = said(&fleet, &["explain", "elsewhere"]);
    assert!(why.contains("no pod elsewhere here") && why.contains("no connection"), "{why}");
    assert!(
        json(&fleet, &["explain"])["now"][0].as_str().unwrap().contains("orders of generation")
    );
    for (args, code) in [
        (&["logs", "elsewhere"][..], 1),
        (&["release", "crash"], 1),
        (&["hold", "web", "--for", "1y"], 2),
        (&["explain", "web", "--what"], 2),
    ] {
        let out = ask(&fleet, args);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {}", both(&out));
    }

    // Released, the orders come, with no link.
    said(&fleet, &["release", "web"]);
    wait_for("the pod has gone", || {
        let left = running(&fleet, "web");
        check(left.is_empty(), left)
    });
    assert!(said(&fleet, &["explain", "web"]).contains("it was released"));
    fleet.restart_controller();
    wait_for("the controller knows", || match fleet.try_kubectl(&["get", "pod", "web"]) {
        Err(why) => check(why.contains("not found"), why),
        Ok(there) => Err(there),
    });
    until_held(&fleet, &[]);
}

#[test]
fn a_pod_holds_itself_by_a_lock_file_until_it_lets_go_or_is_overridden() {
    let fleet = Fleet::start(1);
    let node = format!("node/{}", fleet.nodes[0]);
    let lock = "driftless.dev/hold-file: state/busy";
    let script = "echo printing > /state/busy; exec sleep 100000";
    fleet.apply(&[pod("one", script, lock), pod("two", script, lock)].concat());
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/one", "pod/two", "--timeout=60s"]);
    wait_for("both have their locks", || {
        let seen: Vec<bool> = ["one", "two"]
            .map(|pod| fleet.try_kubectl(&["exec", pod, "--", "cat", "/state/busy"]).is_ok())
            .to_vec();
        check(seen == [true, true], format!("{seen:?}"))
    });
    fleet.kubectl(&["delete", "pod", "one", "two", "--wait=false"]);
    until_held(&fleet, &[("default/one", "workload", true), ("default/two", "workload", true)]);
    let state = fleet.kubectl(&["get", "nodestates", &fleet.nodes[0], "-o", "yaml"]);
    assert!(state.contains("reason: printing"), "{state}");
    fleet.kubectl(&["exec", "one", "--", "rm", "/state/busy"]);
    until_held(&fleet, &[("default/two", "workload", true)]);
    wait_for("the one that let go is gone", || {
        let left = running(&fleet, "one");
        check(left.is_empty(), left)
    });
    assert!(!running(&fleet, "two").is_empty());
    fleet.kubectl(&["annotate", &node, "driftless.dev/override-holds=true"]);
    until_held(&fleet, &[]);
    wait_for("the other one had to go", || {
        let left = running(&fleet, "two");
        check(left.is_empty(), left)
    });
}

#[test]
fn what_passes_the_link_is_counted_and_bounded_and_orders_go_on() {
    let fleet = Fleet::start(1);
    let node = fleet.nodes[0].clone();
    fleet.kubectl(&["annotate", "node", &node, "driftless.dev/monthly-data=1"]);
    fleet.apply(&pod("web", "echo hello; exec sleep 100000", ""));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/web", "--timeout=60s"]);
    wait_for("the node says that its data is used up", || {
        let state = fleet.get(&["nodestate", &node]);
        let data = &state["status"]["data"];
        check(data["capped"] == true && data["sentBytes"]["orders"].as_u64() > Some(0), &state)
    });
    // Orders, statuses and what is asked for still travel.
    fleet.apply(&pod("next", "echo hello again; exec sleep 100000", ""));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/next", "--timeout=60s"]);
    assert_eq!(fleet.kubectl(&["logs", "next"]), "hello again\n");
    wait_for("the technician is told", || {
        let why = said(&fleet, &["explain"]);
        check(why.contains("data is used up"), why)
    });
    let status = json(&fleet, &["status"]);
    assert_eq!(status["monthBytesMax"], 1, "{status}");
    assert!(
        status["storedBytes"].as_u64() > Some(0)
            && status["data"]["overhead"][0].as_u64() > Some(0),
        "{status}"
    );
}

#[test]
fn a_node_whose_engine_is_away_still_answers() {
    let mut fleet = Fleet::start(1);
    fleet.apply(&pod("web", "exec sleep 100000", ""));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/web", "--timeout=60s"]);
    fleet.agents[0].end("TERM");
    fleet.docker_host = Some(format!("unix://{}", fleet.dir.path().join("engine.sock").display()));
    fleet.agents[0] = fleet.start_agent(0);
    wait_for("the agent says that the engine is away", || {
        let out = ask(&fleet, &["status"]);
        let status = both(&out);
        check(status.contains("ENGINE  away") && status.contains("engine.sock"), status)
    });
    assert!(said(&fleet, &["pods"]).contains("web"));
    let why = said(&fleet, &["explain", "web"]);
    assert!(why.contains("engine does not serve") && why.contains("engine.sock"), "{why}");
    let out = ask(&fleet, &["logs", "web"]);
    assert_eq!(out.status.code(), Some(1), "{}", both(&out));
    assert!(both(&out).contains("engine"), "{}", both(&out));
    said(&fleet, &["hold", "web"]);
    assert!(said(&fleet, &["status"]).contains("HELD    default/web"));
}
