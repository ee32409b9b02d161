//! Logs, commands, files, ports and attaching, through MQTT, with every kubectl.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use driftless_tests::{BUSYBOX, Fleet, PATIENCE, both, kubectls, wait_for};

/// Ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn pod(name: &str, script: &str) -> String {
    format!(
        r#"
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {{name: main, image: "{BUSYBOX}", stdin: true, command: [sh, -c, '{script}']}}
  - {{name: side, image: "{BUSYBOX}", command: [sh, -c, "echo side; sleep 100000"]}}
"#
    )
}

struct Session<'a> {
    fleet: &'a Fleet,
    kubectl: &'a Path,
}

impl Session<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.fleet.kubectl_command(self.kubectl);
        command.args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().expect("kubectl runs")
    }

    fn ok(&self, args: &[&str]) -> Vec<u8> {
        let out = self.run(args);
        assert!(out.status.success(), "{} {args:?}: {}", self.kubectl.display(), both(&out));
        out.stdout
    }

    fn text(&self, args: &[&str]) -> String {
        String::from_utf8(self.ok(args)).expect("text")
    }

    fn refused(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert!(!out.status.success(), "{args:?}: {}", both(&out));
        both(&out)
    }

    fn fed(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl runs");
        let (mut stdin, input) = (child.stdin.take().expect("a pipe"), input.to_vec());
        let feeding = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let out = child.wait_with_output().expect("kubectl ends");
        feeding.join().expect("it is fed");
        out
    }

    fn spawn(&self, args: &[&str]) -> (Ended, BufReader<std::process::ChildStdout>) {
        let mut command = self.command(args);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("kubectl runs");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        (Ended(child), out)
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

#[test]
fn logs_commands_files_and_ports_work_with_every_kubectl() {
    let fleet = Fleet::start(1);
    let script = "echo one; echo two; exec nc -ll -p 7000 -e cat";
    fleet.apply(&pod("p", script));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/p", "--timeout=60s"]);
    for kubectl in &kubectls() {
        let session = Session { fleet: &fleet, kubectl };
        logs(&session);
        commands(&session);
        files(&session);
        ports(&session);
    }
}

fn logs(session: &Session<'_>) {
    let logs = |args: &[&str]| session.text(&[&["logs", "p"], args].concat());
    assert_eq!(logs(&["-c", "main"]), "one\ntwo\n");
    assert_eq!(logs(&["-c", "main", "--tail=1"]), "two\n");
    assert_eq!(logs(&["-c", "main", "--limit-bytes=5"]), "one\nt");
    assert_eq!(logs(&["-c", "main", "--since=1h"]), "one\ntwo\n");
    let stamped = logs(&["-c", "main", "--timestamps", "--tail=1"]);
    assert!(stamped.starts_with("20") && stamped.ends_with("Z two\n"), "{stamped}");
    let all = logs(&["--all-containers"]);
    assert!(all.contains("two\n") && all.contains("side\n"), "{all}");
    let labelled = session.text(&["logs", "-l", "app=p", "--all-containers"]);
    assert!(labelled.contains("two\n") && labelled.contains("side\n"), "{labelled}");
    let (_following, mut out) = session.spawn(&["logs", "-f", "p", "-c", "main"]);
    assert_eq!([line(&mut out), line(&mut out)], ["one", "two"]);
    let previous = session.refused(&["logs", "p", "-c", "main", "--previous"]);
    assert!(previous.contains("previous terminated container \"main\" in pod \"p\" not found"));
    assert!(session.refused(&["logs", "p", "-c", "nope"]).contains("container nope is not valid"));
    assert!(session.refused(&["logs", "nope"]).contains("not found"));
}

fn commands(session: &Session<'_>) {
    let exec = |script: &str| session.run(&["exec", "p", "-c", "main", "--", "sh", "-c", script]);
    let out = exec("echo out; echo err >&2; exit 7");
    assert_eq!(out.status.code(), Some(7), "{}", both(&out));
    assert_eq!(out.stdout, b"out\n");
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(err.starts_with("err\n") && err.contains("exit code 7"), "{err}");
    let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let cat = session.fed(&["exec", "-i", "p", "-c", "side", "--", "cat"], &bytes);
    assert!(cat.status.success() && cat.stdout == bytes, "{} bytes", cat.stdout.len());
    let missing = session.refused(&["exec", "p", "-c", "main", "--", "/no/such/program"]);
    assert!(missing.contains("no such file"), "{missing}");
}

fn files(session: &Session<'_>) {
    let dir = session.fleet.dir.path();
    let bytes: Vec<u8> = (0..5_000_000u32).flat_map(u32::to_be_bytes).collect();
    let (there, back) = (dir.join("there"), dir.join("back"));
    fs::write(&there, &bytes).expect("a file");
    let path = |p: &Path| p.to_str().expect("text").to_owned();
    session.ok(&["cp", &path(&there), "p:/file", "-c", "main"]);
    session.ok(&["cp", "p:file", &path(&back), "-c", "main"]);
    assert!(fs::read(&back).expect("a file") == bytes, "it came back as it went");
    fs::remove_file(&back).expect("it is there");
}

fn ports(session: &Session<'_>) {
    let (_forwarding, mut out) = session.spawn(&["port-forward", "pod/p", ":7000"]);
    let told = line(&mut out);
    let port = told.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next());
    let port: u16 = port.and_then(|p| p.parse().ok()).unwrap_or_else(|| panic!("{told}"));
    for n in 0..3u8 {
        let bytes: Vec<u8> = (0..200_000u32).map(|i| (i % 249) as u8 ^ n).collect();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("kubectl listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        stream.write_all(&bytes).expect("it is taken");
        let mut got = vec![0; bytes.len()];
        stream.read_exact(&mut got).expect("it comes back");
        assert!(got == bytes, "as it was");
    }
}

#[test]
fn one_attaches_debugs_looks_back_and_is_told_of_a_node_that_is_away() {
    let mut fleet = Fleet::start(1);
    let mut agent = fleet.agents.remove(0);
    let script = "while read x; do echo \"got $x\"; [ \"$x\" = die ] && exit 3; done; sleep 100000";
    fleet.apply(&pod("talker", script));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/talker", "--timeout=60s"]);
    for kubectl in &kubectls() {
        let session = Session { fleet: &fleet, kubectl };
        // It reads until we are gone; what it has said stays in its log.
        let mut child = session
            .command(&["attach", "-i", "talker", "-c", "main"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("kubectl runs");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut stdin = child.stdin.take().expect("a pipe");
        let _child = Ended(child);
        stdin.write_all(b"hello\n").expect("it reads");
        while line(&mut out) != "got hello" {}
    }
    let kubectl = kubectls().pop().expect("a kubectl");
    let session = Session { fleet: &fleet, kubectl: &kubectl };
    // Another container looks at its processes.
    let image = format!("--image={BUSYBOX}");
    let debug = ["debug", "talker", &image, "--target=main", "-c", "eyes", "--"];
    session.ok(&[&debug[..], &["sh", "-c", "ps; sleep 100000"]].concat());
    wait_for("the ephemeral container has looked", || {
        let out = session.run(&["logs", "talker", "-c", "eyes"]);
        let seen = String::from_utf8_lossy(&out.stdout).into_owned();
        driftless_tests::check(seen.contains("while read x"), both(&out))
    });
    // It dies, and comes back; its last words are still there.
    let out = session.fed(&["attach", "-i", "talker", "-c", "main"], b"die\n");
    assert!(String::from_utf8_lossy(&out.stdout).contains("got die"), "{}", both(&out));
    fleet.wait_until("it is started again", &["pod", "talker"], |pod| {
        let all = pod["status"]["containerStatuses"].as_array();
        all.is_some_and(|all| {
            all.iter().any(|c| c["name"] == "main" && c["restartCount"] == 1 && c["ready"] == true)
        })
    });
    let before = session.text(&["logs", "talker", "-c", "main", "--previous"]);
    assert!(before.ends_with("got die\n"), "{before}");
    // Its node goes: a log that is followed ends with an error, and who asks is told at once.
    let (mut following, _out) = session.spawn(&["logs", "-f", "talker", "-c", "side"]);
    agent.end("KILL");
    let status = wait_for("the log ends", || match following.0.try_wait() {
        Ok(Some(status)) => Ok(status),
        other => Err(format!("{other:?}")),
    });
    assert!(!status.success(), "it was not all");
    let away = |args: &[&str]| session.refused(args);
    let told = wait_for("the node is away", || {
        let told = away(&["logs", "talker", "-c", "side"]);
        driftless_tests::check(told.contains("is away since"), &told).map(|()| told)
    });
    assert!(told.contains(&fleet.nodes[0]), "{told}");
    assert!(away(&["exec", "talker", "-c", "side", "--", "true"]).contains("is away since"));
    let _agent = fleet.start_agent(0);
    wait_for("it is back", || {
        let out = session.run(&["logs", "talker", "-c", "side"]);
        driftless_tests::check(out.stdout == b"side\n", both(&out))
    });
}

#[test]
fn what_failed_is_looked_back_at_while_it_waits() {
    let fleet = Fleet::start(1);
    fleet.apply(&pod("failing", "echo last words; exit 1"));
    fleet.wait_until("it waits to be started again", &["pod", "failing"], |pod| {
        let all = pod["status"]["containerStatuses"].as_array();
        all.is_some_and(|all| {
            all.iter().any(|c| c["state"]["waiting"]["reason"] == "CrashLoopBackOff")
        })
    });
    for kubectl in &kubectls() {
        let session = Session { fleet: &fleet, kubectl };
        for previous in ["--previous=false", "--previous"] {
            let said = session.text(&["logs", "failing", "-c", "main", previous]);
            assert_eq!(said, "last words\n", "{previous}");
        }
        let gone = session.refused(&["exec", "failing", "-c", "main", "--", "true"]);
        assert!(gone.contains("container not found (\"main\")"), "{gone}");
    }
}
