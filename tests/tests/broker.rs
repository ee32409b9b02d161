//! The same job over a broker that is brought along: mosquitto in place of the embedded one.

use std::process::Command;

use driftless_tests::{Fleet, Process, check, docker, free_port, wait_for};

const HELLO: &str = include_str!("../../examples/hello/manifests/hello.yaml");

#[test]
fn an_external_broker_carries_the_fleet_and_may_die() {
    let dir = tempfile::TempDir::new().unwrap();
    let port = free_port();
    let start = || {
        let mut mosquitto = Command::new("/usr/sbin/mosquitto");
        mosquitto.args(["-p", &port.to_string()]);
        Process::start("mosquitto", &mut mosquitto, dir.path())
    };
    let mut mosquitto = start();
    let fleet = Fleet::with_broker(2, Some(port));
    fleet.apply(HELLO);
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
    let before = fleet.containers("driftless.dev/node");

    // The broker dies, and comes back with nothing in it. What was ordered meanwhile arrives all the same.
    mosquitto.end("KILL");
    fleet.kubectl(&["scale", "deployment/hello", "--replicas=4"]);
    docker(&["kill", &fleet.containers("driftless.dev/container=hello")[0]]);
    wait_for("a node without a link restarts what failed", || {
        let now = fleet.containers("driftless.dev/container=hello");
        check(now.len() == 3, now.len())
    });
    let _mosquitto = start();
    fleet.wait_until("the fourth pod runs", &["deployment", "hello"], |d| {
        d["status"]["readyReplicas"] == 4
    });
    let after = fleet.containers("driftless.dev/node");
    let kept = before.iter().filter(|id| after.contains(id)).count();
    assert_eq!(kept, before.len() - 1, "only the container that was killed is another one");
}
