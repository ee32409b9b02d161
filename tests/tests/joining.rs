//! Machines become nodes by tokens, over TLS, and stay who they are.

use std::process::Command;

use driftless_tests::{BUSYBOX, Fleet, Process, bin, both, check, ok, wait_for};

/// Runs an agent to its end: it is to be refused.
fn refused(fleet: &Fleet, node: &str, token: &str) -> String {
    let file = fleet.dir.path().join("other-token");
    std::fs::write(&file, token).expect("a file");
    let mut agent = fleet.agent_command(node);
    let out = agent.arg("--token-file").arg(&file).output().expect("it runs");
    assert!(!out.status.success(), "{}", both(&out));
    both(&out)
}

fn tokens(fleet: &Fleet, args: &[&str]) -> String {
    let mut command = Command::new(bin("driftless-controller"));
    command.arg("token").args(args).arg("--data-dir").arg(fleet.dir.path().join("controller"));
    ok(&mut command)
}

#[test]
fn a_token_lets_join_as_long_as_it_holds_and_a_wrong_one_says_why_not() {
    let fleet = Fleet::start(1);
    let once = fleet.make_token(&["--uses", "1", "--nodes", "edge-*"]);
    let id = once.split('.').nth(1).expect("a token").to_owned();
    assert!(refused(&fleet, "other", &once).contains("is for nodes named edge-*"));
    let joined = fleet.start_agent_as("edge-1");
    fleet.wait_until("it has joined", &["nodes"], |nodes| {
        nodes["items"]
            .as_array()
            .is_some_and(|all| all.iter().any(|n| n["metadata"]["name"] == "edge-1"))
    });
    assert!(refused(&fleet, "edge-2", &once).contains("is used up"));
    let listed = tokens(&fleet, &["list"]);
    assert!(
        listed.contains(&id) && listed.contains("1/1") && listed.contains("edge-*"),
        "{listed}"
    );
    // Another machine by the name of one that has joined.
    let other = fleet.make_token(&[]);
    std::fs::rename(fleet.dir.path().join("edge-1"), fleet.dir.path().join("away")).expect("moved");
    let why = refused(&fleet, "edge-1", &other);
    assert!(why.contains("has joined with another key"), "{why}");
    let id = other.split('.').nth(1).expect("a token");
    tokens(&fleet, &["revoke", id]);
    assert!(refused(&fleet, "edge-3", &other).contains("there is no such token"));
    // The secret of another token under this one's name, and the token of another controller.
    let forged = other.replace(id, once.split('.').nth(1).expect("a token"));
    assert!(refused(&fleet, "edge-4", &forged).contains("there is no such token"));
    assert!(refused(&fleet, "edge-5", "nonsense").contains("this is no join token"));
    let shown = fleet.kubectl(&["get", "jointokens,nodeidentities"]);
    assert!(shown.contains("edge-1") && shown.contains("Joined"), "{shown}");
    let secret = once.split('.').nth(2).expect("a token");
    let all = fleet.kubectl(&["get", "jointokens", "-o", "yaml"]);
    assert!(!all.contains(secret), "nothing of the secret is kept");
    drop(joined);
}

#[test]
fn a_node_that_is_revoked_is_cut_off_and_stays_out() {
    let mut fleet = Fleet::start(2);
    let node = fleet.nodes[0].clone();
    fleet.kubectl(&[
        "patch",
        "nodeidentity",
        &node,
        "--type=merge",
        "-p",
        r#"{"spec":{"revoked":true}}"#,
    ]);
    let gone = |fleet: &Fleet, node: &str| {
        let state = fleet.get(&[&format!("nodestate/{node}")]);
        check(state["status"]["connected"] == false, &state["status"])
    };
    wait_for("its connection ends", || gone(&fleet, &node));
    // Nor does it come back by starting anew, whatever token it has.
    fleet.agents[0].end("KILL");
    fleet.agents[0] = fleet.start_agent(0);
    wait_for("it is refused", || {
        let log = fleet.controller.log();
        check(log.contains("no node's that is known here, or was revoked"), log)
    });
    gone(&fleet, &node).expect("it stays out");
    let other = fleet.get(&[&format!("nodestate/{}", fleet.nodes[1])]);
    assert_eq!(other["status"]["connected"], true, "others are not touched");
    let back = r#"{"spec":{"revoked":false}}"#;
    let why = fleet.try_kubectl(&["patch", "nodeidentity", &node, "--type=merge", "-p", back]);
    assert!(why.expect_err("refused").contains("a node that was revoked stays so"));
}

#[test]
fn certificates_are_renewed_while_the_node_runs_and_after_they_have_expired() {
    let mut fleet = Fleet::configured(1, "[mqtt]\ncertificate_life_s = 12\n");
    let identity = format!("nodeidentity/{}", fleet.nodes[0]);
    let first = fleet.get(&[&identity])["status"]["certifiedUntil"].clone();
    fleet.wait_until("it is renewed", &[&identity], |i| i["status"]["certifiedUntil"] != first);
    // Off until its certificate has expired for certain: as long as it holds.
    fleet.agents[0].end("KILL");
    let last = fleet.get(&[&identity])["status"]["certifiedUntil"].clone();
    wait_for("it expires", || {
        let now = ok(Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]));
        check(now.trim() > last.as_str().unwrap_or_default(), now)
    });
    std::fs::remove_file(fleet.dir.path().join("token")).expect("it is wanted no more");
    fleet.agents[0] = fleet.start_agent(0);
    fleet.wait_until("it proves its key and is back", &[&identity], |i| {
        i["status"]["certifiedUntil"] != last
    });
    let state = format!("nodestate/{}", fleet.nodes[0]);
    fleet.wait_until("it is connected", &[&state], |s| s["status"]["connected"] == true);
}

#[test]
fn a_copied_disk_is_noticed_and_neither_machine_gets_new_orders() {
    let mut fleet = Fleet::start(1);
    let node = fleet.nodes[0].clone();
    fleet.agents[0].end("KILL");
    let copy = fleet.dir.path().join("copy");
    ok(Command::new("cp").arg("-a").arg(fleet.dir.path().join(&node)).arg(&copy));
    fleet.agents[0] = fleet.start_agent(0);
    let _other =
        Process::start("copy", &mut fleet.agent_command_in(&node, "copy"), fleet.dir.path());
    fleet.wait_until("it is noticed", &["events"], |events| {
        let all = events["items"].as_array().into_iter().flatten();
        all.filter(|e| e["reason"] == "DuplicateIdentity").count() > 0
    });
    let state = fleet.get(&[&format!("nodestate/{node}")]);
    assert_eq!(state["status"]["duplicate"], true);
}

#[test]
fn the_authority_is_replaced_while_the_fleet_runs() {
    let mut fleet = Fleet::start(2);
    let ca = |fleet: &Fleet, args: &[&str]| {
        let mut command = Command::new(bin("driftless-controller"));
        command.arg("ca").args(args).arg("--data-dir").arg(fleet.dir.path().join("controller"));
        command
    };
    let former = fleet.dir.path().join("former.kubeconfig");
    std::fs::copy(fleet.kubeconfig(), &former).expect("copied");
    let as_before = |fleet: &Fleet| {
        let kubectl = driftless_tests::kubectls().pop().expect("a kubectl");
        let mut command = fleet.kubectl_command(&kubectl);
        command.arg("--kubeconfig").arg(&former).args(["get", "nodes"]);
        command.output().expect("it runs")
    };
    ok(&mut ca(&fleet, &["rotate"]));
    let text = |fleet: &Fleet| std::fs::read_to_string(fleet.kubeconfig()).expect("it is there");
    let old = std::fs::read_to_string(&former).expect("it is there");
    wait_for("the administrator has another certificate", || check(text(&fleet) != old, "not yet"));
    assert!(as_before(&fleet).status.success(), "who has the former one goes on");
    // One of them is away, and the token is of before.
    fleet.agents[1].end("KILL");
    let joined = fleet.start_agent_as("late");
    fleet.agents[0].end("KILL");
    fleet.agents[0] = fleet.start_agent(0);
    let away = fleet.nodes[1].clone();
    wait_for("those that are there have followed", || {
        let shown = ok(&mut ca(&fleet, &["show"]));
        check(shown.contains(&format!("not followed: {away}\n")), shown)
    });
    let refused = ca(&fleet, &["retire"]).output().expect("it runs");
    assert!(!refused.status.success() && both(&refused).contains(&away), "{}", both(&refused));
    fleet.agents[1] = fleet.start_agent(1);
    wait_for("all have followed", || {
        let shown = ok(&mut ca(&fleet, &["show"]));
        check(shown.contains("all nodes have followed"), shown)
    });
    ok(&mut ca(&fleet, &["retire"]));
    wait_for("the former one counts no more", || {
        check(!as_before(&fleet).status.success(), "it still does")
    });
    fleet.agents[0].end("KILL");
    fleet.agents[0] = fleet.start_agent(0);
    let node = format!("node/{}", fleet.nodes[0]);
    wait_for("nodes come back as before", || {
        let state = fleet.get(&[&format!("nodestate/{}", fleet.nodes[0])]);
        check(state["status"]["connected"] == true, &state["status"])
    });
    fleet.kubectl(&["wait", "--for=condition=Ready", &node, "--timeout=60s"]);
    drop(joined);
}

#[test]
fn nodes_are_labelled_by_their_token_and_leave_with_everything_they_had() {
    let mut fleet = Fleet::start(1);
    fleet.make_token(&["--label", "site=harbour"]);
    let name = "guest".to_owned() + &fleet.nodes[0];
    fleet.nodes.push(name.clone());
    let mut agent = fleet.agent_command(&name);
    agent.args(["--label", "site=palace", "--token-file"]).arg(fleet.dir.path().join("token"));
    let agent = Process::start(&name, &mut agent, fleet.dir.path());
    fleet.agents.push(agent);
    fleet.wait_until("its label is what the token says", &["nodes", "-l", "site=harbour"], |all| {
        all["items"].as_array().is_some_and(|all| all.len() == 1)
    });
    let pod = format!(
        "apiVersion: v1
kind: Secret
metadata: {{name: s}}
stringData: {{k: word}}
---
apiVersion: v1
kind: Pod
metadata: {{name: guest}}
spec:
  terminationGracePeriodSeconds: 0
  nodeName: {name}
  containers:
  - {{name: c, image: '{BUSYBOX}', command: [sleep, '3600'], env: [{{name: K, valueFrom: {{secretKeyRef: {{name: s, key: k}}}}}}]}}
"
    );
    fleet.apply(&pod);
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/guest", "--timeout=60s"]);
    let node = format!("node/{name}");
    fleet.kubectl(&["annotate", &node, "driftless.dev/decommission=wipe"]);
    let identity = format!("nodeidentity/{name}");
    fleet.wait_until("it has gone", &[&identity], |i| i["spec"]["revoked"] == true);
    wait_for("it has ended", || check(!fleet.agents[1].runs(), "not yet"));
    assert!(fleet.containers(&format!("driftless.dev/node={name}")).is_empty());
    let kept = std::fs::read_dir(fleet.dir.path().join(&name)).expect("it is there");
    let kept: Vec<_> = kept.map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(kept, ["decommissioned"]);
    // A service that starts it again is told; by another token, and a free name, the machine joins anew, and can open secrets.
    fleet.kubectl(&["delete", &node, &identity]);
    for args in [vec![], vec!["--token-file".into(), fleet.dir.path().join("token")]] {
        let out = fleet.agent_command(&name).args(args).output().expect("it runs");
        assert_eq!(out.status.code(), Some(2), "{}", both(&out));
        assert!(both(&out).contains("was decommissioned"), "{}", both(&out));
    }
    fleet.make_token(&[]);
    fleet.agents[1] = fleet.start_agent(1);
    wait_for("it is there again", || fleet.try_kubectl(&["get", &node]).map(drop));
    fleet.apply(&pod);
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/guest", "--timeout=60s"]);
    // And if it is lost, it is said what it had.
    let patch = r#"{"spec":{"revoked":true}}"#;
    fleet.kubectl(&["patch", &identity, "--type=merge", "-p", patch]);
    fleet.wait_until("its secrets are listed", &[&identity], |i| {
        i["status"]["secrets"] == serde_json::json!(["default/s"])
    });
}
