//! From `kubectl apply` to a container on a node, and back up when it fails.

use driftless_tests::{Fleet, docker, wait_for};

const HELLO: &str = include_str!("../../examples/hello/manifests/hello.yaml");

/// Asks a pod over HTTP, from this machine.
fn ask(ip: &str) -> Result<String, String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect((ip, 8080)).map_err(|e| e.to_string())?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").map_err(|e| e.to_string())?;
    let mut text = String::new();
    stream.read_to_string(&mut text).map_err(|e| e.to_string())?;
    Ok(text)
}

#[test]
fn an_application_comes_up_survives_a_kill_rolls_and_goes() {
    let fleet = Fleet::start(3);
    fleet.apply(HELLO);
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
    fleet.kubectl(&["rollout", "status", "daemonset/reporter", "--timeout=90s"]);

    // It answers, with its config map, its secret and its own name.
    let pods = fleet.get(&["pods", "-l", "app=hello"]);
    for pod in pods["items"].as_array().unwrap() {
        let name = pod["metadata"]["name"].as_str().unwrap();
        let answer = ask(pod["status"]["podIP"].as_str().unwrap()).unwrap();
        assert!(answer.contains("Hello from version 1"), "{answer}");
        assert!(answer.contains(name) && answer.contains("the secret is there"), "{answer}");
    }
    let reporters = fleet.get(&["pods", "-l", "app=reporter"]);
    assert_eq!(reporters["items"].as_array().unwrap().len(), 3);

    // A container that is killed comes back, in the same pod.
    let before = fleet.containers("driftless.dev/container=hello");
    assert_eq!(before.len(), 3);
    docker(&["kill", &before[0]]);
    let again = fleet.wait_until("the restart is told", &["pods", "-l", "app=hello"], |pods| {
        let all = pods["items"].as_array().unwrap();
        all.iter().any(|p| p["status"]["containerStatuses"][0]["restartCount"] == 1)
            && all.iter().all(|p| p["status"]["containerStatuses"][0]["ready"] == true)
    });
    assert_eq!(again["items"].as_array().unwrap().len(), 3);
    let after = fleet.containers("driftless.dev/container=hello");
    assert_eq!(after.len(), 3);
    assert!(!after.contains(&before[0]));
    assert!(before[1..].iter().all(|id| after.contains(id)), "the others were touched");

    // It rolls to the second version.
    fleet.kubectl(&["set", "image", "deployment/hello", "hello=driftless-hello:2"]);
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
    wait_for("only version 2 is left", || {
        let pods = fleet.get(&["pods", "-l", "app=hello"]);
        let all = pods["items"].as_array().unwrap();
        for pod in all {
            let answer = ask(pod["status"]["podIP"].as_str().unwrap_or_default())?;
            driftless_tests::check(answer.contains("from version 2"), answer)?;
        }
        driftless_tests::check(all.len() == 3, all.len())
    });

    // And goes.
    fleet.kubectl(&["delete", "deployment/hello", "daemonset/reporter", "--timeout=60s"]);
    wait_for("no container is left", || {
        let left: Vec<String> = fleet.containers("driftless.dev/node");
        driftless_tests::check(left.is_empty(), left.join(" "))
    });
}

#[test]
fn an_agent_that_restarts_touches_nothing_and_one_without_a_controller_runs_its_orders() {
    let mut fleet = Fleet::start(1);
    fleet.apply(HELLO);
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
    fleet.kubectl(&["rollout", "status", "daemonset/reporter", "--timeout=90s"]);
    let before = fleet.containers("driftless.dev/node");

    // Killed and started again: the same containers run on.
    fleet.agents[0].end("KILL");
    fleet.agents[0] = fleet.start_agent(0);
    fleet.kubectl(&["annotate", "deployment/hello", "a=b"]);
    wait_for("the agent is back", || {
        let log = fleet.agents[0].log();
        driftless_tests::check(
            log.contains("first reconcile"),
            log.lines().last().unwrap_or_default(),
        )
    });
    assert_eq!(fleet.containers("driftless.dev/node"), before);

    // No controller, the agent gone, its containers gone: a machine that was switched off and on.
    fleet.controller.end("KILL");
    fleet.agents[0].end("KILL");
    for id in &before {
        docker(&["rm", "-f", id]);
    }
    fleet.agents[0] = fleet.start_agent(0);
    wait_for("the stored orders run", || {
        let now = fleet.containers("driftless.dev/container=hello");
        driftless_tests::check(now.len() == 3, now.len())
    });

    // The controller comes back to what it had acknowledged.
    fleet.restart_controller();
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
}
