//! `/metrics`, in Prometheus' text format (exposition format 0.0.4).

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::status::Phase;

use crate::drive::Figures;
use crate::link::Link;
use crate::store::Store;

/// All figures as text.
#[must_use]
pub fn text(store: &Store, link: &Link, drive: &Arc<Figures>) -> String {
    let mut out = String::new();
    let mut put = |name: &str, kind: &str, help: &str, value: f64| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    };
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
    let s = store.figures();
    put("driftless_store_revision", "gauge", "The newest revision.", s.revision as f64);
    put("driftless_store_objects", "gauge", "Objects kept.", s.objects as f64);
    put(
        "driftless_store_behind",
        "gauge",
        "Observations that are not on disk yet.",
        s.behind as f64,
    );
    put("driftless_store_commits_total", "counter", "Commits to disk.", s.commits as f64);
    put(
        "driftless_store_commit_seconds_total",
        "counter",
        "Time that commits took.",
        s.commit_micros as f64 / 1e6,
    );
    put(
        "driftless_store_disk_errors_total",
        "counter",
        "Commits that the disk did not take.",
        s.disk_errors as f64,
    );
    put(
        "driftless_store_ring_changes",
        "gauge",
        "Changes that watches can go back over.",
        s.ring_changes as f64,
    );
    put("driftless_store_ring_bytes", "gauge", "The size of their documents.", s.ring_bytes as f64);
    put("driftless_watches", "gauge", "Open watches.", s.watchers as f64);
    let l = link.figures();
    put(
        "driftless_link_connected",
        "gauge",
        "MQTT clients, or 1 with an external broker.",
        l.connected as f64,
    );
    put(
        "driftless_link_received_messages_total",
        "counter",
        "Messages of nodes.",
        l.received_messages as f64,
    );
    put(
        "driftless_link_received_bytes_total",
        "counter",
        "Bytes received over MQTT.",
        l.received_bytes as f64,
    );
    put(
        "driftless_link_sent_messages_total",
        "counter",
        "Messages to nodes.",
        l.sent_messages as f64,
    );
    put("driftless_link_sent_bytes_total", "counter", "Bytes sent over MQTT.", l.sent_bytes as f64);
    put(
        "driftless_link_refused_total",
        "counter",
        "Connections and publications refused.",
        l.refused as f64,
    );
    put(
        "driftless_link_dropped_total",
        "counter",
        "Messages and clients dropped as too slow.",
        l.dropped as f64,
    );
    put(
        "driftless_link_malformed_total",
        "counter",
        "Messages that were none.",
        l.malformed as f64,
    );
    put("driftless_turns_total", "counter", "Turns of the core.", of(&drive.turns));
    put(
        "driftless_turn_seconds_total",
        "counter",
        "Time that turns took.",
        of(&drive.turn_micros) / 1e6,
    );
    put("driftless_writes_total", "counter", "Writes that the core decided.", of(&drive.writes));
    put(
        "driftless_writes_dropped_total",
        "counter",
        "Writes that met something newer.",
        of(&drive.writes_dropped),
    );
    put("driftless_orders_sent_total", "counter", "Orders sent to nodes.", of(&drive.orders_sent));
    put(
        "driftless_reports_taken_total",
        "counter",
        "Reports of nodes taken.",
        of(&drive.reports_taken),
    );
    put(
        "driftless_nodes_settled",
        "gauge",
        "Nodes that hold their newest orders.",
        of(&drive.nodes_settled),
    );
    if let Some(bytes) = resident_bytes() {
        put("process_resident_memory_bytes", "gauge", "Memory in use.", bytes as f64);
    }
    let states = [
        ("connected", &drive.nodes_connected),
        ("left", &drive.nodes_left),
        ("away", &drive.nodes_away),
    ];
    out += "# HELP driftless_nodes Nodes: connected, left on purpose, or away without a word.\n";
    out += "# TYPE driftless_nodes gauge\n";
    for (state, count) in states {
        let _ = writeln!(out, "driftless_nodes{{state=\"{state}\"}} {}", of(count));
    }
    out += "# HELP driftless_pods Pods by phase.\n# TYPE driftless_pods gauge\n";
    let phases = [Phase::Pending, Phase::Running, Phase::Succeeded, Phase::Failed, Phase::Unknown];
    for phase in phases {
        let count = of(&drive.pods[phase as usize]);
        let _ = writeln!(out, "driftless_pods{{phase=\"{}\"}} {count}", phase.as_str());
    }
    out
}

/// From `/proc/self/status`; none elsewhere.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    line.trim().split(' ').next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
