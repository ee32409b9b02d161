//! Which of the nodes that can take a pod is best. Each rule gives 0 to 100, times its weight.

use alloc::string::String;
use alloc::vec::Vec;

use super::needs::PodNeeds;
use super::node::NodeState;
use super::terms::Counts;

/// Peers of one owner apart: what keeps a site up when one box dies.
const WEIGHT_SPREAD: i64 = 3;
/// An image that is there need not travel: on a metered link this is money.
const WEIGHT_IMAGE: i64 = 2;
const WEIGHT_LEAST_USED: i64 = 1;
const WEIGHT_BALANCE: i64 = 1;
const WEIGHT_NODE_PREFERENCE: i64 = 2;
const WEIGHT_TAINT: i64 = 3;
const WEIGHT_POD_PREFERENCE: i64 = 2;
const WEIGHT_TOPOLOGY: i64 = 2;

/// What a pod without requests is taken to use, so that such pods spread too (Kubernetes' non-zero defaults).
const NO_REQUEST_CPU_MILLI: i64 = 100;
const NO_REQUEST_MEMORY_BYTES: i64 = 200 * 1024 * 1024;
/// Below the first size an image is no reason, above the second it is the full one (Kubernetes' thresholds).
const IMAGE_BYTES_MIN: i64 = 23 * 1024 * 1024;
const IMAGE_BYTES_MAX: i64 = 1000 * 1024 * 1024;

/// Counts that a pod's leanings look up: weight, topology key, counts.
pub(super) type Leaning<'a> = (i64, &'a str, &'a Counts);

/// The position of the best of `nodes`; the first of equals. `nodes` is not empty.
pub(super) fn best(
    needs: &PodNeeds,
    nodes: &[&NodeState],
    leanings: &[Leaning<'_>],
    spreads: &[(&str, &Counts)],
) -> usize {
    let preference = scaled(nodes, |n| node_preference(needs, n), false);
    let taints = scaled(nodes, |n| soft_taints(needs, n), true);
    let pods = scaled(nodes, |n| lean(n, leanings), false);
    let peers = scaled(nodes, |n| peers_here(needs, n), true);
    let topology = scaled(nodes, |n| spreads.iter().map(|(k, c)| count_at(n, k, c)).sum(), true);
    let mut best = (0, i64::MIN);
    for (i, node) in nodes.iter().enumerate() {
        let score = WEIGHT_NODE_PREFERENCE * preference[i]
            + WEIGHT_TAINT * taints[i]
            + WEIGHT_POD_PREFERENCE * pods[i]
            + WEIGHT_SPREAD * peers[i]
            + WEIGHT_TOPOLOGY * topology[i]
            + WEIGHT_IMAGE * image(needs, node)
            + usage(needs, node);
        if score > best.1 {
            best = (i, score);
        }
    }
    best.0
}

/// Raw values brought to 0..100 over all nodes; `fewer` is better turns them round. All equal: all 0.
fn scaled(nodes: &[&NodeState], raw: impl Fn(&NodeState) -> i64, fewer: bool) -> Vec<i64> {
    let mut values: Vec<i64> = nodes.iter().map(|n| raw(n)).collect();
    let low = values.iter().copied().min().unwrap_or(0);
    let high = values.iter().copied().max().unwrap_or(0);
    for v in &mut values {
        *v = match high - low {
            0 => 0,
            span if fewer => (high - *v) * 100 / span,
            span => (*v - low) * 100 / span,
        };
    }
    values
}

fn node_preference(needs: &PodNeeds, node: &NodeState) -> i64 {
    needs
        .node_preferred
        .iter()
        .filter(|p| node.fulfils(&p.preference))
        .map(|p| i64::from(p.weight))
        .sum()
}

fn soft_taints(needs: &PodNeeds, node: &NodeState) -> i64 {
    let count = node
        .offer
        .taints
        .iter()
        .filter(|t| t.effect == "PreferNoSchedule" && !needs.tolerations.iter().any(|x| x.bears(t)))
        .count();
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn lean(node: &NodeState, leanings: &[Leaning<'_>]) -> i64 {
    leanings.iter().map(|(weight, key, counts)| weight * count_at(node, key, counts)).sum()
}

fn count_at(node: &NodeState, key: &str, counts: &Counts) -> i64 {
    node.label(key).map_or(0, |place| i64::from(counts.at(place)))
}

fn peers_here(needs: &PodNeeds, node: &NodeState) -> i64 {
    needs.owner.as_ref().and_then(|o| node.owners.get(o)).map_or(0, |n| i64::from(*n))
}

fn image(needs: &PodNeeds, node: &NodeState) -> i64 {
    let size = |image: &String| node.offer.images.get(image).copied().unwrap_or(0);
    let bytes: i64 = needs.images.iter().map(size).sum();
    (bytes.clamp(IMAGE_BYTES_MIN, IMAGE_BYTES_MAX) - IMAGE_BYTES_MIN) * 100
        / (IMAGE_BYTES_MAX - IMAGE_BYTES_MIN)
}

/// Least used and most balanced, weighted: 0..100 each.
fn usage(needs: &PodNeeds, node: &NodeState) -> i64 {
    let or = |v: i64, default: i64| if v == 0 { default } else { v };
    let share = |used: i64, want: i64, have: i64| {
        if have <= 0 {
            100
        } else {
            ((used.saturating_add(want)).saturating_mul(100) / have).min(100)
        }
    };
    let (used, have) = (&node.used, &node.offer.allocatable);
    let cpu =
        share(used.cpu_milli, or(needs.requests.cpu_milli, NO_REQUEST_CPU_MILLI), have.cpu_milli);
    let memory = share(
        used.memory_bytes,
        or(needs.requests.memory_bytes, NO_REQUEST_MEMORY_BYTES),
        have.memory_bytes,
    );
    // Pods without requests leave `used` as it is: their number still counts.
    let pods = share(i64::from(node.pods), 1, i64::from(node.offer.pods_max));
    let free = 100 - (cpu + memory + pods) / 3;
    WEIGHT_LEAST_USED * free + WEIGHT_BALANCE * (100 - (cpu - memory).abs())
}
