//! The same job over a broker that is brought along: mosquitto in place of the embedded one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

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
        ..Broker::default()
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
    (Broker { url: url(nodes), join: Some(url(join)), ..Broker::default() }, mosquitto)
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

/// Everything that passes a broker, and whatever one likes to say on it.
struct Tap {
    port: u16,
    seen: PathBuf,
    listener: Child,
}

impl Tap {
    fn open(port: u16, dir: &Path) -> Self {
        let seen = dir.join("seen");
        let mut listener = Command::new("mosquitto_sub");
        listener.args(["-p", &port.to_string(), "-t", "#", "-F", "%t %x"]);
        let listener = listener.stdout(fs::File::create(&seen).expect("a file")).spawn();
        Self { port, seen, listener: listener.expect("mosquitto_sub runs") }
    }

    /// Each publication: its topic, and its payload in hexadecimal.
    fn seen(&self) -> String {
        fs::read_to_string(&self.seen).expect("it is there")
    }

    /// Whether this passed, as text.
    fn passed(&self, words: &str) -> bool {
        let hex: String = words.bytes().map(|b| format!("{b:02x}")).collect();
        self.seen().contains(&hex)
    }

    fn say(&self, topic: &str, hex: &str) {
        let file = self.seen.with_extension("say");
        let digits: Vec<char> = hex.chars().collect();
        let byte = |pair: &[char]| {
            let text: String = pair.iter().collect();
            u8::from_str_radix(&text, 16).expect("hexadecimal")
        };
        fs::write(&file, digits.chunks(2).map(byte).collect::<Vec<u8>>()).expect("a file");
        let mut publish = Command::new("mosquitto_pub");
        publish.args(["-p", &self.port.to_string(), "-q", "1", "-t", topic, "-f"]);
        ok(publish.arg(&file));
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.listener.kill();
        let _ = self.listener.wait();
    }
}

/// How much was refused so far.
fn refused(fleet: &Fleet) -> f64 {
    let figures = fleet.kubectl(&["get", "--raw", "/metrics"]);
    let line = figures.lines().find(|l| l.starts_with("driftless_link_refused_total"));
    line.and_then(|l| l.split(' ').nth(1)?.parse().ok()).expect("it is counted")
}

/// Whoever has taken the broker over says what a node has said once more, and what nobody has.
fn check_nothing_can_be_said_for_others(fleet: &Fleet, tap: &Tap) {
    let before = refused(fleet);
    let node = &fleet.nodes[0];
    let up = format!("dl/{node}/u");
    let all = tap.seen();
    let said = all.lines().find_map(|l| l.strip_prefix(&format!("{up} d504")));
    tap.say(&up, &format!("d504{}", said.expect("the node has said something")));
    // A goodbye as a node would say it to the embedded broker, and a question as its controller would.
    tap.say(&up, "010005a0");
    tap.say(&format!("dl/{node}/d"), "010004a0");
    wait_for("both are refused", || check(refused(fleet) >= before + 2.0, refused(fleet)));
    let state = fleet.get(&[&format!("nodestate/{node}")]);
    assert_eq!(state["status"]["connected"], true, "nobody says goodbye for a node");
}

/// Another node hears and says only what is its own; who has no certificate can only ask for one.
fn check_everybody_is_held_to_their_own(fleet: &Fleet, tap: &Tap, urls: &(String, String)) {
    let dir = fleet.dir.path();
    let up = format!("dl/{}/u", fleet.nodes[0]);
    let [own, key] = certificate(dir, "spy-1");
    let ca = dir.join("broker/ca.crt").display().to_string();
    let at = |program: &str, url: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", port_of(url), "--cafile", &ca]).args(args);
        command
    };
    let as_spy = ["--cert", own.as_str(), "--key", key.as_str()];
    for (topic, words) in [(up.as_str(), "in another's name"), ("dl/spy-1/u", "in its own name")] {
        let mut publish = at("mosquitto_pub", &urls.0, &as_spy);
        publish.args(["-q", "1", "-t", topic, "-m", words]).output().expect("it runs");
    }
    wait_for("its own words pass", || check(tap.passed("in its own name"), "not yet"));
    assert!(!tap.passed("in another's name"), "the access rules let it pass");
    let mut deaf = at("mosquitto_sub", &urls.0, &as_spy);
    deaf.args(["-t", "dl/#", "-F", "%t", "-W", "5"]).stdout(Stdio::piped());
    let deaf = deaf.spawn().expect("it runs");
    fleet.kubectl(&["scale", "deployment/hello", "--replicas=4"]);
    fleet.wait_until("orders have passed", &["deployment", "hello"], |d| {
        d["status"]["readyReplicas"] == 4
    });
    let heard = deaf.wait_with_output().expect("it ends");
    let heard = String::from_utf8_lossy(&heard.stdout).into_owned();
    assert!(heard.lines().all(|topic| topic.starts_with("dl/spy-1/")), "it heard {heard}");

    let by_nobody = |url: &str, id: &str| {
        let mut publish = at("mosquitto_pub", url, &["-i", id, "-q", "1", "-t", &up]);
        publish.args(["-m", "by nobody"]).output().expect("it runs")
    };
    let out = by_nobody(&urls.0, "x");
    assert!(!out.status.success(), "it got in: {}", both(&out));
    by_nobody(&urls.1, "_join0123456789");
    assert!(!tap.passed("by nobody"));
}

#[test]
fn a_guarded_broker_holds_nodes_to_their_own_and_learns_nothing() {
    let port = free_port();
    let mut mosquitto = None;
    let mut urls = (String::new(), String::new());
    let fleet = Fleet::through(2, |dir| {
        let (broker, process) = guarded(dir, port);
        urls = (broker.url.clone(), broker.join.clone().expect("a door to join by"));
        mosquitto = Some(process);
        broker
    });
    let tap = Tap::open(port, fleet.dir.path());
    fleet.apply(HELLO);
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
    let text = fleet.kubectl(&["logs", "deployment/hello"]);
    let line = text.lines().next().expect("it has said something").to_owned();
    wait_for("streams have passed the broker", || check(tap.seen().contains("/s/u d504"), "no"));
    for secret in [line.as_str(), "driftless-hello", "readiness", "Ready"] {
        assert!(!tap.passed(secret), "{secret:?} passed the broker in the open");
    }
    check_nothing_can_be_said_for_others(&fleet, &tap);
    check_everybody_is_held_to_their_own(&fleet, &tap, &urls);

    // One that is revoked is neither heard nor spoken to.
    let identity = format!("nodeidentity/{}", fleet.nodes[0]);
    fleet.kubectl(&["patch", &identity, "--type=merge", "-p", r#"{"spec":{"revoked":true}}"#]);
    let before = refused(&fleet);
    for container in fleet.containers("driftless.dev/container=hello") {
        docker(&["kill", &container]);
    }
    wait_for("what it says is refused", || check(refused(&fleet) > before, refused(&fleet)));
    drop(mosquitto);
}

/// A mosquitto that knows nothing of us: its certificate is by an authority of its own, and it knows its clients by name and
/// password.
fn foreign(dir: &Path) -> (Broker, Process) {
    let path = |name: &str| dir.join(name).display().to_string();
    let (ca, key, own) = (path("foreign.ca"), path("foreign.key"), path("foreign.crt"));
    let (password, users) = (path("password"), path("users"));
    let make = |out: &str, args: &[&str]| {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-out", out]);
        ok(openssl.args(args));
    };
    make(&ca, &["-subj", "/CN=somebody", "-keyout", &path("foreign.ca.key")]);
    make(
        &own,
        &[
            "-subj",
            "/CN=broker",
            "-keyout",
            &key,
            "-CA",
            &ca,
            "-CAkey",
            &path("foreign.ca.key"),
            "-addext",
            "basicConstraints=CA:FALSE",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
    );
    fs::write(&password, "open sesame\n").expect("a file");
    ok(Command::new("mosquitto_passwd").args(["-b", "-c", &users, "edge", "open sesame"]));
    let port = free_port();
    let conf = format!(
        "user root\nlistener {port}\ncertfile {own}\nkeyfile {key}\nallow_anonymous false\npassword_file {users}\n"
    );
    fs::write(dir.join("foreign.conf"), conf).expect("a file");
    let mut mosquitto = Command::new("/usr/sbin/mosquitto");
    let mosquitto =
        Process::start("mosquitto", mosquitto.arg("-c").arg(dir.join("foreign.conf")), dir);
    let controller = format!(
        "broker_ca_file = {ca:?}\nbroker_username = \"edge\"\nbroker_password_file = {password:?}\n"
    );
    let agent = format!(
        "[controller.broker]\nca_file = {ca:?}\nusername = \"edge\"\npassword_file = {password:?}\n"
    );
    let url = format!("mqtts://127.0.0.1:{port}");
    (Broker { url, controller, agent, ..Broker::default() }, mosquitto)
}

#[test]
fn a_broker_with_an_authority_and_passwords_of_its_own_serves_as_well() {
    let mut mosquitto = None;
    let fleet = Fleet::through(1, |dir| {
        let (broker, process) = foreign(dir);
        mosquitto = Some(process);
        broker
    });
    fleet.apply(HELLO);
    fleet.kubectl(&["rollout", "status", "deployment/hello", "--timeout=90s"]);
    assert!(fleet.kubectl(&["logs", "deployment/hello"]).contains("listens on port"));
    drop(mosquitto);
}
