//! Streams beside orders: what a node that sends as much as it can does to the orders that it is to take.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use driftless_tests::{BUSYBOX, Fleet, kubectls, wait_for};
use model::Millis;

use crate::fleet::{curl, keys, median, now_ms};

/// So many orders are given, with and without a stream beside them.
const ROUNDS: usize = 21;
/// The stream, in bytes.
const BYTES: u32 = 100_000_000;

/// Runs it.
pub(crate) fn run() {
    let fleet = Fleet::start(1);
    fleet.apply(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: talker}}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - {{name: c, image: \"{BUSYBOX}\", command: [sleep, \"100000\"]}}\n"
    ));
    fleet.kubectl(&["wait", "--for=condition=Ready", "pod/talker", "--timeout=60s"]);
    let server = keys(&fleet);
    println!();
    let begun = Instant::now();
    let mut stream = talk(&fleet, BYTES);
    let _ = stream.wait();
    let speed = f64::from(BYTES) / 1e6 / begun.elapsed().as_secs_f64();
    println!("a stream of {} MB                 {speed:>7.0} MB/s", BYTES / 1_000_000);
    let alone = orders(&fleet, &server, 0);
    let mut stream = talk(&fleet, u32::MAX);
    sleep(Duration::from_millis(500));
    let beside = orders(&fleet, &server, ROUNDS);
    let _ = stream.kill();
    let _ = stream.wait();
    println!(
        "order given -> taken by the node   {alone:>7.0} ms   beside a stream at full speed {beside:>5.0} ms: {:+.0} ms (aim: +50)",
        beside - alone
    );
}

fn talk(fleet: &Fleet, bytes: u32) -> Child {
    let kubectl = kubectls().pop().expect("a kubectl");
    let count = bytes.to_string();
    fleet
        .kubectl_command(&kubectl)
        .args(["exec", "talker", "--", "head", "-c", &count, "/dev/zero"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("kubectl runs")
}

/// The median time until the node says that it has taken orders.
fn orders(fleet: &Fleet, server: &str, first: usize) -> f64 {
    let url = format!("{server}/api/v1/namespaces/default/pods/talker");
    let times = (first..first + ROUNDS).map(|round| {
        let before = taken(fleet).len();
        let patch = format!("{{\"metadata\":{{\"annotations\":{{\"round\":\"{round}\"}}}}}}");
        let wall = now_ms();
        let mut ask: Command = curl(fleet);
        ask.args(["-X", "PATCH", "-H", "Content-Type: application/merge-patch+json", "-d", &patch]);
        driftless_tests::ok(ask.arg(&url));
        let at = wait_for("the orders are taken", || {
            let all = taken(fleet);
            all.get(before).copied().ok_or_else(|| format!("{} before", all.len()))
        });
        at - wall
    });
    median(times.collect())
}

/// When the agent took orders, by its log.
fn taken(fleet: &Fleet) -> Vec<f64> {
    let log = fleet.agents[0].log();
    let lines = log.lines().filter(|line| line.contains("\"orders taken\""));
    lines
        .filter_map(|line| {
            let time = line.split("\"timestamp\":\"").nth(1)?.split('"').next()?;
            Some(Millis::parse_rfc3339(time)?.0 as f64)
        })
        .collect()
}
