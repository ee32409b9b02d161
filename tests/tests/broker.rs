//! The same job over a broker that is brought along: mosquitto in place of the embedded one.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use driftless_tests::{Broker, Fleet, Process, bin, both, check, docker, free_port, ok, wait_for};

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
    let fleet = Fleet::through(2, |_| Broker {
        url: format!("mqtt://127.0.0.1:{port}"),
        join: None,
        joins: true,
    });
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

/// Starts a mosquitto as `driftless-controller broker` says, on ports of its own, and with one door more: there, everything
/// that passes can be seen, and anything be said, as a broker could that somebody has taken over.
fn guarded(dir: &Path, tap: u16) -> (Broker, Process) {
    let out = dir.join("broker");
    let mut files = Command::new(bin("driftless-controller"));
    files.arg("broker").arg("--data-dir").arg(dir.join("controller")).arg("--out").arg(&out);
    ok(files.args(["--name", "127.0.0.1"]));
    let (nodes, join) = (free_port(), free_port());
    let conf = fs::read_to_string(out.join("mosquitto.conf")).expect("a file");
    let conf = conf
        .replace("listener 8883", &format!("listener {nodes}"))
        .replace("listener 8884", &format!("listener {join}"));
    let tap = format!("user root\nlistener {tap} 127.0.0.1\nallow_anonymous true\n");
    fs::write(out.join("test.conf"), format!("{conf}{tap}")).expect("a file");
    let mut mosquitto = Command::new("/usr/sbin/mosquitto");
    let mosquitto =
        Process::start("mosquitto", mosquitto.arg("-c").arg(out.join("test.conf")), dir);
    let url = |port| format!("mqtts://127.0.0.1:{port}");
    (Broker { url: url(nodes), join: Some(url(join)), joins: true }, mosquitto)
}

/// A certificate of the fleet's authority for a node of this name, and its key.
fn certificate(dir: &Path, name: &str) -> [String; 2] {
    let file = |ending: &str| dir.join(format!("{name}.{ending}")).display().to_string();
    let (key, request, own) = (file("key"), file("csr"), file("crt"));
    let subject = format!("/O=system:nodes/CN={name}");
    let ca = dir.join("controller/pki/ca.pem").display().to_string();
    ok(Command::new("openssl").args(["req", "-new", "-newkey", "ec", "-pkeyopt"]).args([
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        &key,
        "-out",
        &request,
        "-subj",
        &subject,
    ]));
    ok(Command::new("openssl")
        .args(["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca])
        .args(["-CAcreateserial", "-days", "1", "-out", &own]));
    [own, key]
}

fn port_of(url: &str) -> &str {
    url.rsplit(':').next().expect("a port")
}

#[test]
fn a_guarded_broker_holds_nodes_to_their_own_and_learns_nothing() {
    let tap = free_port();
    let mut mosquitto = None;
    let mut urls = (String::new(), String::new());
    let fleet = Fleet::through(2, |dir| {
        let (broker, process) = guarded(dir, tap);
        urls = (broker.url.clone(), broker.join.clone().expect("a door to join by"));
        mosquitto = Some(process);
        broker
    });
    let dir = fleet.dir.path();
    // Everything that passes, as bytes.
    let seen = dir.join("seen");
    let mut listener = Command::new("mosquitto_sub");
    listener.args(["-p", &tap.to_string(), "-t", "#", "-F", "%t %x"]);
    let listener = listener.stdout(fs::File::create(&seen).expect("a file")).spawn();
    let mut listener = listener.expect("mosquitto_sub runs");
    let passed = |what: &str| fs::read_to_string(&seen).is_ok_and(|text| text.contains(what));
    let say = |topic: &str, hex: &str| {
        let file = dir.join("say");
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"))
            .collect();
        fs::write(&file, bytes).expect("a file");
        let mut publish = Command::new("mosquitto_pub");
        ok(publish.args(["-p", &tap.to_string(), "-q", "1", "-t", topic, "-f"]).arg(&file));
    };

    fleet.apply(HELLO);
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
    let text = fleet.kubectl(&["logs", "deployment/hello"]);
    let line = text.lines().next().expect("it has said something").to_owned();
    wait_for("streams have passed the broker", || check(passed("/s/u d504"), "nothing yet"));
    let hex = |text: &str| text.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    for secret in [line.as_str(), "driftless-hello", "readiness", "Ready"] {
        assert!(!passed(&hex(secret)), "{secret:?} passed the broker in the open");
    }

    // Whoever has taken the broker over says what nodes have said once more, and what they have not.
    let figures = || fleet.kubectl(&["get", "--raw", "/metrics"]);
    let refused = || -> f64 {
        let figures = figures();
        let line = figures.lines().find(|l| l.starts_with("driftless_link_refused_total"));
        line.and_then(|l| l.split(' ').nth(1)?.parse().ok()).expect("it is counted")
    };
    let before = refused();
    let node = &fleet.nodes[0];
    let up = format!("dl/{node}/u");
    let all = fs::read_to_string(&seen).expect("it is there");
    let said = all.lines().find_map(|l| l.strip_prefix(&format!("{up} d504")));
    say(&up, &format!("d504{}", said.expect("the node has said something")));
    // A goodbye as a node would say it to the embedded broker.
    say(&up, "010005a0");
    let down = format!("dl/{node}/d");
    say(&down, "010004a0");
    wait_for("both are refused", || check(refused() >= before + 2.0, refused()));
    let state = fleet.get(&[&format!("nodestate/{node}")]);
    assert_eq!(state["status"]["connected"], true, "nobody says goodbye for a node");

    // Another node hears and says only what is its own.
    let [own, key] = certificate(dir, "spy-1");
    let ca = dir.join("broker/ca.crt").display().to_string();
    let as_spy = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", port_of(&urls.0), "--cafile", &ca]);
        let out = command.args(["--cert", &own, "--key", &key]).args(args).output();
        out.expect("it runs")
    };
    as_spy("mosquitto_pub", &["-q", "1", "-t", &up, "-m", "in another's name"]);
    as_spy("mosquitto_pub", &["-q", "1", "-t", "dl/spy-1/u", "-m", "in its own name"]);
    wait_for("its own words pass", || check(passed(&hex("in its own name")), "not yet"));
    assert!(!passed(&hex("in another's name")), "the access rules let it pass");
    let mut deaf = Command::new("mosquitto_sub");
    deaf.args(["-h", "127.0.0.1", "-p", port_of(&urls.0), "--cafile", &ca, "--cert", &own]);
    deaf.args(["--key", &key, "-t", "dl/#", "-F", "%t", "-W", "5"]).stdout(Stdio::piped());
    let deaf = deaf.spawn().expect("it runs");
    fleet.kubectl(&["scale", "deployment/hello", "--replicas=4"]);
    fleet.wait_until("orders have passed", &["deployment", "hello"], |d| {
        d["status"]["readyReplicas"] == 4
    });
    let heard = deaf.wait_with_output().expect("it ends");
    let heard = String::from_utf8_lossy(&heard.stdout).into_owned();
    assert!(heard.lines().all(|topic| topic.starts_with("dl/spy-1/")), "it heard {heard}");

    // Without a certificate there is only joining.
    let nameless = |port: &str, id: &str| {
        let mut command = Command::new("mosquitto_pub");
        command.args(["-h", "127.0.0.1", "-p", port, "--cafile", &ca, "-i", id]);
        command.args(["-q", "1", "-t", &up, "-m", "by nobody"]).output().expect("it runs")
    };
    let out = nameless(port_of(&urls.0), "x");
    assert!(!out.status.success(), "it got in: {}", both(&out));
    nameless(port_of(&urls.1), "_join0123456789");
    assert!(!passed(&hex("by nobody")));

    // One that is revoked is neither heard nor spoken to.
    let patch = r#"{"spec":{"revoked":true}}"#;
    fleet.kubectl(&["patch", "nodeidentity", node, "--type=merge", "-p", patch]);
    let before = refused();
    docker(&["kill", &fleet.containers("driftless.dev/container=hello")[0]]);
    docker(&["kill", &fleet.containers("driftless.dev/container=hello")[1]]);
    wait_for("what it says is refused", || check(refused() > before, refused()));
    listener.kill().expect("it ran");
    let _ = listener.wait();
    drop(mosquitto);
}
