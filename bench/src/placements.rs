//! Placements a second on the pure scheduler: how the cost of one grows with the nodes and pods there are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use controller_core::schedule::{Amounts, NodeOffer, PodNeeds, Scheduler};
use model::pod::PodSpec;
use model::{NodeName, Uid};
use serde_json::{Value, json};

/// So long each case places pods.
const SPAN: Duration = Duration::from_millis(1500);
/// Once this many pods per node are placed, the oldest goes for each that comes: the fleet stays as full.
const PODS_PER_NODE: usize = 20;

/// Runs all cases and prints a table.
pub(crate) fn run() {
    println!("placements per second on the pure scheduler, at {PODS_PER_NODE} pods a node");
    println!("  (Nomad: 3,750/s in C1M; aim: 10,000/s at 5,000 nodes, flat)");
    println!(
        "{:>28} {:>10} {:>10} {:>10} {:>14}",
        "pods with", "100 nodes", "1,000", "5,000", "5,000 vs Nomad"
    );
    for (name, spec) in cases() {
        let rates = [100, 1_000, 5_000].map(|nodes| rate(nodes, &spec));
        println!(
            "{name:>28} {:>10.0} {:>10.0} {:>10.0} {:>13.1}x",
            rates[0],
            rates[1],
            rates[2],
            rates[2] / 3750.0
        );
    }
}

fn cases() -> Vec<(&'static str, Value)> {
    let container = json!([{"name": "c", "image": "app:1", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]);
    let peers = json!({"matchLabels": {"app": "web"}});
    vec![
        ("requests", json!({"containers": container})),
        (
            "+ node selector (1 of 10)",
            json!({"containers": container, "nodeSelector": {"rack": "r3"}}),
        ),
        (
            "+ zone spread",
            json!({"containers": container, "topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": peers}]}),
        ),
        (
            "+ preferred anti-affinity",
            json!({"containers": container, "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 100, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": peers}}]}}}),
        ),
    ]
}

fn rate(nodes: usize, spec: &Value) -> f64 {
    let mut scheduler = Scheduler::new();
    for i in 0..nodes {
        let labels: BTreeMap<String, String> = [
            ("kubernetes.io/hostname".into(), format!("n{i}")),
            ("zone".into(), format!("z{}", i % 3)),
            ("rack".into(), format!("r{}", i % 10)),
        ]
        .into();
        let allocatable =
            Amounts { cpu_milli: 64_000, memory_bytes: 64 << 30, ..Amounts::default() };
        let offer = NodeOffer { labels, allocatable, pods_max: 500, ..NodeOffer::default() };
        scheduler.set_node(&NodeName::from(format!("n{i}")), offer);
    }
    let spec: PodSpec = serde_json::from_value(spec.clone()).expect("a pod spec");
    let labels = [("app".to_owned(), "web".to_owned())].into();
    let pod = |n: usize| {
        let owner = Uid::from(format!("owner-{}", n / 50));
        Arc::new(PodNeeds::from_spec("default", &labels, Some(owner), &spec))
    };
    let full = nodes * PODS_PER_NODE;
    let mut next = 0;
    let mut one = |scheduler: &mut Scheduler| {
        if next >= full {
            scheduler.remove_pod(&Uid::from(format!("p{}", next - full)));
        }
        let needs = pod(next);
        let node = scheduler.place(&needs).expect("there is room");
        scheduler.add_pod(&Uid::from(format!("p{next}")), needs, &node);
        next += 1;
    };
    (0..full).for_each(|_| one(&mut scheduler));
    let start = Instant::now();
    let mut placed = 0u32;
    while start.elapsed() < SPAN {
        one(&mut scheduler);
        placed += 1;
    }
    f64::from(placed) / start.elapsed().as_secs_f64()
}
