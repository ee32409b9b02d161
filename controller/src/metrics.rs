//! `/metrics`, in Prometheus' text format (exposition format 0.0.4).

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::report::Class;
use model::status::Phase;

use crate::drive::Figures;
use crate::link::Link;
use crate::store::Store;

/// A figure: its name, what it is, its value. A name that ends in `_total` is that of a counter, others are gauges'.
type Figure = (&'static str, &'static str, f64);

/// All figures as text.
#[must_use]
pub fn text(store: &Store, link: &Link, drive: &Arc<Figures>) -> String {
    let mut out = String::new();
    let memory = resident_bytes()
        .map(|bytes| ("process_resident_memory_bytes", "Memory in use.", bytes as f64));
    let all = of_store(store).into_iter().chain(of_link(link)).chain(of_drive(drive));
    for (name, help, value) in all.chain(memory) {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
    by_state(&mut out, drive);
    out
}

fn of_store(store: &Store) -> [Figure; 9] {
    let s = store.figures();
    [
        ("driftless_store_revision", "The newest revision.", s.revision as f64),
        ("driftless_store_objects", "Objects kept.", s.objects as f64),
        ("driftless_store_behind", "Observations that are not on disk yet.", s.behind as f64),
        ("driftless_store_commits_total", "Commits to disk.", s.commits as f64),
        (
            "driftless_store_commit_seconds_total",
            "Time that commits took.",
            s.commit_micros as f64 / 1e6,
        ),
        (
            "driftless_store_disk_errors_total",
            "Commits that the disk did not take.",
            s.disk_errors as f64,
        ),
        (
            "driftless_store_ring_changes",
            "Changes that watches can go back over.",
            s.ring_changes as f64,
        ),
        ("driftless_store_ring_bytes", "The size of their documents.", s.ring_bytes as f64),
        ("driftless_watches", "Open watches.", s.watchers as f64),
    ]
}

fn of_link(link: &Link) -> [Figure; 9] {
    let l = link.figures();
    [
        (
            "driftless_link_connected",
            "MQTT clients, or 1 with an external broker.",
            l.connected as f64,
        ),
        (
            "driftless_link_received_messages_total",
            "Messages of nodes.",
            l.received_messages as f64,
        ),
        (
            "driftless_link_received_bytes_total",
            "Bytes received over MQTT.",
            l.received_bytes as f64,
        ),
        ("driftless_link_sent_messages_total", "Messages to nodes.", l.sent_messages as f64),
        ("driftless_link_sent_bytes_total", "Bytes sent over MQTT.", l.sent_bytes as f64),
        ("driftless_link_refused_total", "Connections and publications refused.", l.refused as f64),
        (
            "driftless_link_throttled_total",
            "Times that a client said more than it may.",
            l.throttled as f64,
        ),
        (
            "driftless_link_dropped_total",
            "Messages and clients dropped as too slow.",
            l.dropped as f64,
        ),
        ("driftless_link_malformed_total", "Messages that were none.", l.malformed as f64),
    ]
}

fn of(counter: &AtomicU64) -> f64 {
    counter.load(Ordering::Relaxed) as f64
}

fn of_drive(drive: &Figures) -> [Figure; 7] {
    [
        ("driftless_turns_total", "Turns of the core.", of(&drive.turns)),
        ("driftless_turn_seconds_total", "Time that turns took.", of(&drive.turn_micros) / 1e6),
        ("driftless_writes_total", "Writes that the core decided.", of(&drive.writes)),
        (
            "driftless_writes_dropped_total",
            "Writes that met something newer.",
            of(&drive.writes_dropped),
        ),
        ("driftless_orders_sent_total", "Orders sent to nodes.", of(&drive.orders_sent)),
        ("driftless_reports_taken_total", "Reports of nodes taken.", of(&drive.reports_taken)),
        (
            "driftless_nodes_settled",
            "Nodes that hold their newest orders.",
            of(&drive.nodes_settled),
        ),
    ]
}

/// What is counted by a label.
fn by_state(out: &mut String, drive: &Figures) {
    let states = [
        ("connected", &drive.nodes_connected),
        ("left", &drive.nodes_left),
        ("away", &drive.nodes_away),
    ];
    *out += "# HELP driftless_nodes Nodes: connected, left on purpose, or away without a word.\n";
    *out += "# TYPE driftless_nodes gauge\n";
    for (state, count) in states {
        let _ = writeln!(out, "driftless_nodes{{state=\"{state}\"}} {}", of(count));
    }
    *out += "# HELP driftless_node_bytes Bytes over the links, as all nodes together last counted since they started.\n";
    *out += "# TYPE driftless_node_bytes gauge\n";
    for class in Class::ALL {
        for (way, counts) in [("sent", &drive.nodes_sent), ("received", &drive.nodes_received)] {
            let (name, count) = (class.as_str(), of(&counts[class as usize]));
            let _ = writeln!(out, "driftless_node_bytes{{class=\"{name}\",way=\"{way}\"}} {count}");
        }
    }
    *out += "# HELP driftless_node_stored_bytes Bytes that agents wrote to their stores, as last told.\n";
    *out += "# TYPE driftless_node_stored_bytes gauge\n";
    let _ = writeln!(out, "driftless_node_stored_bytes {}", of(&drive.nodes_stored));
    *out += "# HELP driftless_pods Pods by phase.\n# TYPE driftless_pods gauge\n";
    let phases = [Phase::Pending, Phase::Running, Phase::Succeeded, Phase::Failed, Phase::Unknown];
    for phase in phases {
        let count = of(&drive.pods[phase as usize]);
        let _ = writeln!(out, "driftless_pods{{phase=\"{}\"}} {count}", phase.as_str());
    }
}

/// From `/proc/self/status`; none elsewhere.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    line.trim().split(' ').next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}
