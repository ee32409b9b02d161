//! Bad input, and a world that does not do its part: a clear word, and nothing is lost.

use std::process::Command;

use driftless_tests::{BUSYBOX, Fleet, both, free_port, wait_for};
use serde_json::Value;

fn pod(name: &str, image: &str, more: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - {{name: c, image: \"{image}\"{more}}}\n"
    )
}

/// A container's waiting reason, or how it ended.
fn reasons(pod: &Value) -> Vec<String> {
    let state = &pod["status"]["containerStatuses"][0];
    ["state", "lastState"]
        .iter()
        .flat_map(|s| {
            ["waiting", "terminated"]
                .map(|kind| state[s][kind]["reason"].as_str().map(ToOwned::to_owned))
        })
        .flatten()
        .collect()
}

#[test]
fn pods_that_cannot_run_say_why_in_the_words_users_know() {
    let fleet = Fleet::start(1);
    let manifests = [
        pod("missing", "nowhere.invalid/none:1", ""),
        pod("never", "not-here:1", ", imagePullPolicy: Never"),
        pod("noprogram", BUSYBOX, ", command: [/no/such/program]"),
        pod(
            "crash",
            BUSYBOX,
            ", command: [sh, -c, 'echo last words > /dev/termination-log; exit 3']",
        ),
        pod(
            "config",
            BUSYBOX,
            ", command: [sleep, '1000'], envFrom: [{configMapRef: {name: nothing}}]",
        ),
        pod(
            "hungry",
            BUSYBOX,
            ", command: [sh, -c, 'tail /dev/zero'], resources: {limits: {memory: 16Mi}}",
        ),
    ];
    fleet.apply(&manifests.concat());
    for (name, any) in [
        ("missing", &["ErrImagePull", "ImagePullBackOff"][..]),
        ("never", &["ErrImageNeverPull"]),
        ("noprogram", &["ContainerCannotRun", "StartError", "RunContainerError"]),
        ("crash", &["CrashLoopBackOff"]),
        ("config", &["CreateContainerConfigError"]),
        ("hungry", &["OOMKilled"]),
    ] {
        fleet.wait_until(&format!("{name} says why"), &["pod", name], |pod| {
            reasons(pod).iter().any(|r| any.contains(&r.as_str()))
        });
    }
    let crash = fleet.get(&["pod", "crash"]);
    let last = &crash["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!(
        (&last["exitCode"], last["message"].as_str().map(str::trim)),
        (&Value::from(3), Some("last words"))
    );
    let shown = fleet.kubectl(&["get", "pods"]);
    for word in ["CrashLoopBackOff", "CreateContainerConfigError", "ErrImageNeverPull"] {
        assert!(shown.contains(word), "{shown}");
    }
    // What was missing comes, and the pod runs.
    fleet.kubectl(&["create", "configmap", "nothing", "--from-literal=A=b"]);
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/config", "--timeout=60s"]);
}

#[test]
fn a_node_without_an_engine_says_so_and_recovers() {
    let mut fleet = Fleet::start(1);
    fleet.agents[0].end("TERM");
    let node = fleet.nodes[0].clone();
    let socket = fleet.dir.path().join("engine.sock");
    fleet.docker_host = Some(format!("unix://{}", socket.display()));
    fleet.agents[0] = fleet.start_agent(0);
    let ready = |node: &Value| {
        let all = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|c| c["type"] == "Ready").unwrap_or_default()
    };
    let seen = fleet
        .wait_until("the node is not ready", &["node", &node], |n| ready(n)["status"] == "False");
    let why = ready(&seen);
    assert_eq!(why["reason"], "ContainerEngineNotReady", "{why}");
    assert!(why["message"].as_str().is_some_and(|m| m.contains("engine.sock")), "{why}");
    // The engine comes.
    std::os::unix::fs::symlink("/var/run/docker.sock", &socket).unwrap();
    fleet.wait_until("the node is ready", &["node", &node], |n| ready(n)["status"] == "True");
}

#[test]
fn a_second_controller_and_a_bad_configuration_are_told_what_is_wrong() {
    let fleet = Fleet::start(0);
    let controller = |args: &[&str]| {
        let mut command = Command::new(driftless_tests::bin("driftless-controller"));
        let out = command.arg("run").args(args).output().unwrap();
        (out.status.code(), both(&out))
    };
    let data = fleet.dir.path().join("controller");
    let other = fleet.dir.path().join("other");
    let (data, other) = (data.to_str().unwrap(), other.to_str().unwrap());
    let (api, mqtt) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
    let taken = fleet.api_address();
    let typo = fleet.dir.path().join("typo.toml");
    std::fs::write(&typo, "[api]\nlisten = \"127.0.0.1:1\"\nlissten = \"x\"\n").unwrap();
    for (args, code, wants) in [
        (
            vec!["--data-dir", data, "--api-listen", &api, "--mqtt-listen", &mqtt],
            1,
            &["in use by another process", data][..],
        ),
        (
            vec!["--data-dir", other, "--api-listen", &taken, "--mqtt-listen", &mqtt],
            1,
            &[taken.as_str(), "--api-listen"],
        ),
        (
            vec!["--data-dir", other, "--mqtt-listen", &mqtt, "--mqtt-plain-listen", "0.0.0.0:0"],
            2,
            &["loopback"],
        ),
        (vec!["--config", typo.to_str().unwrap()], 2, &["line 3", "lissten"]),
        (vec!["--config", "/no/such/file"], 2, &["/no/such/file"]),
        (vec!["--no-such-flag"], 2, &["--no-such-flag"]),
    ] {
        let (got, text) = controller(&args);
        assert_eq!(got, Some(code), "{args:?}: {text}");
        for want in wants {
            assert!(text.contains(want), "{args:?} lacks {want:?}: {text}");
        }
    }
}

#[test]
fn what_was_acknowledged_is_there_after_the_controller_was_killed() {
    let mut fleet = Fleet::start(0);
    for round in 0..3 {
        let name = format!("cm{round}");
        fleet.kubectl(&["create", "configmap", &name, "--from-literal=a=b"]);
        fleet.controller.end("KILL");
        fleet.restart_controller();
        for kept in 0..=round {
            fleet.kubectl(&["get", "configmap", &format!("cm{kept}")]);
        }
    }
    assert_eq!(fleet.controller.end("TERM"), Some(0), "asked to stop, it ends well");
    wait_for("its log says so", || {
        driftless_tests::check(
            fleet.controller.log().contains("driftless-controller stops"),
            "not yet",
        )
    });
}
