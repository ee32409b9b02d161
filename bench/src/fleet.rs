//! A controller, an agent and Docker: how fast, and how heavy when nothing happens.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use driftless_tests::{BUSYBOX, Fleet, bin, docker, free_port, ok, wait_for};
use model::Millis;
use serde_json::Value;

use crate::process::{cpu_ms, pss_kib, written_bytes};

/// So often each timing is taken; the median is printed.
const ROUNDS: usize = 7;
/// So long idle figures are taken over.
const IDLE: Duration = Duration::from_secs(180);
/// So many pods the idle figures are for.
const PODS: usize = 10;

/// Runs all of it.
pub(crate) fn run() {
    let fleet = Fleet::start(1);
    println!();
    start_to_answer(&fleet);
    kill_to_running(&fleet);
    first_reconcile(&fleet);
    idle(&fleet);
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

pub(crate) fn now_ms() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    ms(since.unwrap_or_default())
}

/// Asks until it answers well.
fn until_200(port: u16) {
    wait_for("an answer over HTTP", || {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", port))?;
            // A first packet that comes before the container's network does is only sent again after a second.
            stream.set_read_timeout(Some(Duration::from_millis(50)))?;
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            Ok(text)
        };
        loop {
            match ask() {
                Ok(text) if text.contains(" 200 ") => return Ok(()),
                // Asking takes time of the engine that is starting it.
                _ => sleep(Duration::from_millis(5)),
            }
        }
    });
}

/// When a container started or ended, in milliseconds since 1970.
fn container_time(id: &str, field: &str) -> f64 {
    let text = docker(&["inspect", "-f", &format!("{{{{.{field}}}}}"), id]);
    let text = text.trim();
    let whole = Millis::parse_rfc3339(text).map_or(0.0, |at| at.0 as f64);
    // Docker tells nanoseconds; the part below the millisecond does not matter here.
    whole
}

fn pod(name: &str, port: u16) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","labels":{{"app":"bench"}}}},"spec":{{
        "terminationGracePeriodSeconds":0,"containers":[{{"name":"c","image":"driftless-hello:1","ports":[
        {{"containerPort":8080,"hostPort":{port}}}]}}]}}}}"#
    )
}

/// The admin's keys, as files for [`post`].
pub(crate) fn keys(fleet: &Fleet) -> String {
    let kubeconfig = fleet.kubectl(&["config", "view", "--raw", "-o", "json"]);
    let kubeconfig: Value = serde_json::from_str(&kubeconfig).expect("a kubeconfig");
    let (user, cluster) = (&kubeconfig["users"][0]["user"], &kubeconfig["clusters"][0]["cluster"]);
    for (file, data) in [
        ("ca.pem", &cluster["certificate-authority-data"]),
        ("cert.pem", &user["client-certificate-data"]),
        ("key.pem", &user["client-key-data"]),
    ] {
        let path = fleet.dir.path().join(file);
        let data = data.as_str().unwrap_or_default();
        let decode = format!("echo {data} | base64 -d > {}", path.display());
        driftless_tests::ok(Command::new("sh").args(["-c", &decode]));
    }
    cluster["server"].as_str().unwrap_or_default().to_owned()
}

/// curl with the admin's keys: what a client with an open mind but no kubectl would feel.
pub(crate) fn curl(fleet: &Fleet) -> Command {
    let mut curl = Command::new("curl");
    curl.current_dir(fleet.dir.path());
    curl.args(["-sf", "--cacert", "ca.pem", "--cert", "cert.pem", "--key", "key.pem"]);
    curl
}

fn post(fleet: &Fleet, server: &str, body: &str) {
    let url = format!("{server}/api/v1/namespaces/default/pods");
    let mut curl = curl(fleet);
    driftless_tests::ok(curl.args(["-H", "Content-Type: application/json", "-d", body, &url]));
}

/// A container, and another one in its network: what any pod costs on this engine, whoever asks for it.
fn bare_pair(port: u16) -> (String, String) {
    let publish = format!("{port}:8080");
    let pause = docker(&["run", "-d", "-p", &publish, BUSYBOX, "sleep", "1000"]).trim().to_owned();
    let network = format!("container:{pause}");
    let id = docker(&["run", "-d", "--network", &network, "driftless-hello:1"]).trim().to_owned();
    (pause, id)
}

fn start_to_answer(fleet: &Fleet) {
    let server = keys(fleet);
    let (mut ours, mut bare, mut pair) = (Starts::default(), Starts::default(), Starts::default());
    // The first round warms caches.
    for round in 0..=ROUNDS {
        let name = format!("bench-{round}");
        let ours_now = timed(|port| {
            post(fleet, &server, &pod(&name, port));
            until_200(port);
            fleet.containers("driftless.dev/container=c").pop().expect("the container")
        });
        fleet.kubectl(&["delete", "pod", &name, "--timeout=60s"]);
        let mut made = Vec::new();
        let bare_now = timed(|port| {
            let publish = format!("{port}:8080");
            let id = docker(&["run", "-d", "-p", &publish, "driftless-hello:1"]).trim().to_owned();
            until_200(port);
            made.push(id.clone());
            id
        });
        let pair_now = timed(|port| {
            let (pause, id) = bare_pair(port);
            until_200(port);
            made.extend([id.clone(), pause]);
            id
        });
        made.iter().for_each(|id| drop(docker(&["rm", "-f", id])));
        if round > 0 {
            ours.add(ours_now);
            bare.add(bare_now);
            pair.add(pair_now);
        }
    }
    let line = |what: &str, of: fn(&Starts) -> f64, peer: &str| {
        let (ours, bare, pair) = (of(&ours), of(&bare), of(&pair));
        println!(
            "{what:<34} {ours:>7.0} ms   bare docker run {bare:>5.0} ms: {:.2}x, {:+.0} ms (aim: +150); two of them, one network {pair:>5.0} ms: {:.2}x, {:+.0} ms   {peer}",
            ours / bare,
            ours - bare,
            ours / pair,
            ours - pair
        );
    };
    line("pod posted -> container running", Starts::running, "Ankaios 515, k3s 2306 ms");
    line("pod posted -> first HTTP 200", Starts::answered, "Ankaios 624, k3s 2481 ms");
}

/// Until a container ran, and until it answered.
#[derive(Default)]
struct Starts(Vec<(f64, f64)>);

impl Starts {
    fn add(&mut self, one: (f64, f64)) {
        self.0.push(one);
    }

    fn running(&self) -> f64 {
        median(self.0.iter().map(|(running, _)| *running).collect())
    }

    fn answered(&self) -> f64 {
        median(self.0.iter().map(|(_, answered)| *answered).collect())
    }
}

/// How long `start` takes to a container that runs, and to its answer.
fn timed(start: impl FnOnce(u16) -> String) -> (f64, f64) {
    let port = free_port();
    let (wall, began) = (now_ms(), Instant::now());
    let id = start(port);
    let answered = ms(began.elapsed());
    (container_time(&id, "State.StartedAt") - wall, answered)
}

fn kill_to_running(fleet: &Fleet) {
    let (mut issued, mut running) = (vec![], vec![]);
    let server = keys(fleet);
    for round in 0..ROUNDS {
        // A new pod each time: the first restart is at once, the next ones back off.
        let name = format!("kill-{round}");
        let port = free_port();
        post(fleet, &server, &pod(&name, port));
        until_200(port);
        let old = fleet.containers("driftless.dev/container=c").pop().expect("the container");
        docker(&["kill", &old]);
        let new = wait_for("the container is back", || {
            fleet
                .containers("driftless.dev/container=c")
                .into_iter()
                .find(|id| *id != old)
                .ok_or("not yet".into())
        });
        let ended = container_time(&old, "State.FinishedAt");
        issued.push(container_time(&new, "Created") - ended);
        running.push(container_time(&new, "State.StartedAt") - ended);
        fleet.kubectl(&["delete", "pod", &name, "--timeout=60s"]);
    }
    println!(
        "killed -> restart issued           {:>7.0} ms   aim: 100 ms   (Ankaios polls once a second)",
        median(issued)
    );
    println!("killed -> running again            {:>7.0} ms", median(running));
}

fn first_reconcile(fleet: &Fleet) {
    // The agent says in its log how long it took from the start of the process.
    let log = fleet.agents[0].log();
    let line = log.lines().find(|line| line.contains("first reconcile"));
    let line: Value =
        line.and_then(|line| serde_json::from_str(line).ok()).expect("the log tells it");
    println!("agent start -> first reconcile     {:>7} ms   aim: 50 ms", line["fields"]["ms"]);
}

fn metric(fleet: &Fleet, name: &str) -> f64 {
    let all = fleet.kubectl(&["get", "--raw", "/metrics"]);
    all.lines()
        .filter(|l| l.starts_with(name))
        .filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// Bytes over the link as the agent of the first node counts them, both ways.
fn counted(fleet: &Fleet) -> f64 {
    let mut status = Command::new(bin("driftless-agent"));
    status.args(["status", "-o", "json", "--data-dir"]).arg(fleet.dir.path().join(&fleet.nodes[0]));
    let status: Value = serde_json::from_str(&ok(&mut status)).expect("JSON");
    let classes = status["data"].as_object().into_iter().flatten();
    classes
        .flat_map(|(_, ways)| ways.as_array().into_iter().flatten())
        .filter_map(Value::as_f64)
        .sum()
}

fn idle(fleet: &Fleet) {
    let containers: Vec<String> = (0..PODS)
        .map(|i| {
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: idle-{i}}}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - {{name: c, image: \"{BUSYBOX}\", command: [sleep, \"100000\"]}}\n"
            )
        })
        .collect();
    fleet.apply(&containers.concat());
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod", "--all", "--timeout=90s"]);
    // Let what came with the start be written and told.
    sleep(Duration::from_secs(20));
    let (agent, controller) = (fleet.agents[0].id(), fleet.controller.id());
    let before =
        (cpu_ms(agent), cpu_ms(controller), written_bytes(agent), written_bytes(controller));
    let (rx, tx) = (
        metric(fleet, "driftless_link_received_bytes"),
        metric(fleet, "driftless_link_sent_bytes"),
    );
    let told = counted(fleet);
    sleep(IDLE);
    let told = counted(fleet) - told;
    let hours = IDLE.as_secs_f64() / 3600.0;
    let percent = |ms: u64| ms as f64 / IDLE.as_millis() as f64 * 100.0;
    let (agent_mib, controller_mib) =
        (pss_kib(agent) as f64 / 1024.0, pss_kib(controller) as f64 / 1024.0);
    println!("\nidle with {PODS} pods, over {} s:", IDLE.as_secs());
    println!(
        "agent PSS                          {agent_mib:>7.2} MiB  Ankaios 5.56 ({:.2}x)",
        agent_mib / 5.56
    );
    println!(
        "controller PSS                     {controller_mib:>7.2} MiB  Ankaios 5.38 ({:.2}x)",
        controller_mib / 5.38
    );
    println!(
        "CPU agent, controller              {:>7.3} %, {:.3} %   Ankaios 0.2 % both, k3s 44.9 %",
        percent(cpu_ms(agent) - before.0),
        percent(cpu_ms(controller) - before.1)
    );
    let wire = metric(fleet, "driftless_link_received_bytes") - rx
        + metric(fleet, "driftless_link_sent_bytes")
        - tx;
    println!(
        "on the MQTT connection             {:>7.1} kB/h  KubeEdge 6250 (150 MB a day, 5 pods)",
        wire / 1000.0 / hours
    );
    // Every two hours what is told each minute here, and a ping with its answer each 20 minutes, 24 bytes each way.
    let day = 12.0 * told / (IDLE.as_secs_f64() / 60.0) + 72.0 * 48.0;
    println!("metered, a day, with MQTT and TLS  {:>7.1} kB    limit 30 kB", day / 1000.0);
    println!(
        "written to disk, agent             {:>7.1} kB/h  aim: 0",
        (written_bytes(agent) - before.2) as f64 / 1000.0 / hours
    );
    println!(
        "written to disk, controller        {:>7.1} kB/h  k3s 20,800 to 37,500 (0.5 to 0.9 GB a day)",
        (written_bytes(controller) - before.3) as f64 / 1000.0 / hours
    );
}
