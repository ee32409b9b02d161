//! What a pod needs of a node: the part of its spec that placement looks at.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::pod::{
    Container, NodeSelector, PodAffinityTerm, PodSpec, PreferredNodeTerm, Toleration,
};
use model::quantity::{parse_milli, parse_units};
use model::{Hash, Uid};

use crate::limits::quota::Use;

use super::terms::{Namespaces, Term};

/// Amounts of what a node has and pods take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// CPU in thousandths of a core.
    pub cpu_milli: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Ephemeral storage in bytes.
    pub storage_bytes: i64,
    /// Other resources, by name, in whole units.
    pub extended: BTreeMap<String, i64>,
}

impl Amounts {
    /// Reads a resource list (`cpu`, `memory`, ...). What cannot be read counts as nothing: validation refused it before.
    #[must_use]
    pub fn from_list(list: &BTreeMap<String, String>) -> Self {
        let mut amounts = Self::default();
        for (name, text) in list {
            match name.as_str() {
                "cpu" => amounts.cpu_milli = parse_milli(text).unwrap_or(0),
                "memory" => amounts.memory_bytes = parse_units(text).unwrap_or(0),
                "ephemeral-storage" => amounts.storage_bytes = parse_units(text).unwrap_or(0),
                "pods" => {}
                other => {
                    amounts.extended.insert(other.into(), parse_units(text).unwrap_or(0));
                }
            }
        }
        amounts
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.cpu_milli = self.cpu_milli.saturating_add(other.cpu_milli);
        self.memory_bytes = self.memory_bytes.saturating_add(other.memory_bytes);
        self.storage_bytes = self.storage_bytes.saturating_add(other.storage_bytes);
        for (name, amount) in &other.extended {
            let held = self.extended.entry(name.clone()).or_insert(0);
            *held = held.saturating_add(*amount);
        }
    }

    pub(super) fn take(&mut self, other: &Self) {
        self.cpu_milli = self.cpu_milli.saturating_sub(other.cpu_milli);
        self.memory_bytes = self.memory_bytes.saturating_sub(other.memory_bytes);
        self.storage_bytes = self.storage_bytes.saturating_sub(other.storage_bytes);
        for (name, amount) in &other.extended {
            if let Some(held) = self.extended.get_mut(name) {
                *held = held.saturating_sub(*amount);
            }
        }
    }

    fn raise_to(&mut self, other: &Self) {
        self.cpu_milli = self.cpu_milli.max(other.cpu_milli);
        self.memory_bytes = self.memory_bytes.max(other.memory_bytes);
        self.storage_bytes = self.storage_bytes.max(other.storage_bytes);
        for (name, amount) in &other.extended {
            let held = self.extended.entry(name.clone()).or_insert(0);
            *held = (*held).max(*amount);
        }
    }
}

/// A port of the node that a pod binds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// The port.
    pub port: u16,
    /// `TCP`, `UDP`, `SCTP`.
    pub protocol: String,
    /// The node's address; empty (or `0.0.0.0`): all of them.
    pub ip: String,
}

impl HostPort {
    /// Whether both cannot be bound at once.
    pub(super) fn clashes(&self, other: &Self) -> bool {
        let any = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (any(&self.ip) || any(&other.ip) || self.ip == other.ip)
    }
}

/// A rule on how a pod's peers are spread (`TopologySpreadConstraint`).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) term: Term,
    pub(super) max_skew: i64,
    pub(super) min_domains: usize,
    pub(super) required: bool,
}

/// Where a pod's persistent volumes let it be.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Kept {
    /// On any node.
    #[default]
    Anywhere,
    /// Only on a node that is all of these, by name: where its volumes are.
    On(Vec<String>),
    /// Nowhere, and why.
    Nowhere(String),
}

/// What a pod needs, and what others have to know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PodNeeds {
    pub(super) namespace: Arc<str>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) owner: Option<Uid>,
    pub(super) requests: Amounts,
    pub(super) ports: Vec<HostPort>,
    pub(super) images: Vec<String>,
    pub(super) node_selector: BTreeMap<String, String>,
    pub(super) node_required: Option<NodeSelector>,
    pub(super) node_preferred: Vec<PreferredNodeTerm>,
    pub(super) tolerations: Vec<Toleration>,
    pub(super) near: Vec<Term>,
    pub(super) away: Vec<Term>,
    /// Preferred terms: weight (negative for away) and term.
    pub(super) leaning: Vec<(i64, Term)>,
    pub(super) spread: Vec<Spread>,
    pub(super) kept: Kept,
    /// The higher goes first.
    pub(super) priority: i32,
    /// Whether it may end pods of lower priority for its place.
    pub(super) preempts: bool,
    /// What quotas count it for. Not looked at by placement.
    pub(crate) usage: Use,
    /// Two pods of one signature are placed alike, so what was found out for one holds for the other.
    pub(super) signature: Hash,
}

impl PodNeeds {
    /// Reads them from a pod. `owner` is its controlling owner (a replica set...), whose pods are spread.
    #[must_use]
    pub fn from_spec(
        namespace: &str,
        labels: &BTreeMap<String, String>,
        owner: Option<Uid>,
        spec: &PodSpec,
    ) -> Self {
        let affinity = spec.affinity.clone().unwrap_or_default();
        let node = affinity.node_affinity.unwrap_or_default();
        let near = affinity.pod_affinity.unwrap_or_default();
        let away = affinity.pod_anti_affinity.unwrap_or_default();
        let term = |t: &PodAffinityTerm| Term::new(namespace, t);
        let leaning = near
            .preferred_during_scheduling_ignored_during_execution
            .iter()
            .map(|w| (i64::from(w.weight), term(&w.pod_affinity_term)))
            .chain(
                away.preferred_during_scheduling_ignored_during_execution
                    .iter()
                    .map(|w| (-i64::from(w.weight), term(&w.pod_affinity_term))),
            )
            .collect();
        let mut needs = Self {
            namespace: Arc::from(namespace),
            labels: labels.clone(),
            owner,
            requests: requests(spec),
            ports: host_ports(spec),
            images: spec.containers.iter().map(|c| normal_image(&c.image)).collect(),
            node_selector: spec.node_selector.clone(),
            node_required: node.required_during_scheduling_ignored_during_execution,
            node_preferred: node.preferred_during_scheduling_ignored_during_execution,
            tolerations: spec.tolerations.clone(),
            near: near
                .required_during_scheduling_ignored_during_execution
                .iter()
                .map(term)
                .collect(),
            away: away
                .required_during_scheduling_ignored_during_execution
                .iter()
                .map(term)
                .collect(),
            leaning,
            spread: spread(namespace, labels, spec),
            kept: Kept::Anywhere,
            priority: spec.priority.unwrap_or(0),
            preempts: spec.preemption_policy != "Never",
            usage: Use::default(),
            signature: Hash([0; 32]),
        };
        needs.signature = Hash::of(alloc::format!("{needs:?}").as_bytes());
        needs
    }

    /// The same, with what its persistent volumes ask for.
    #[must_use]
    pub fn kept(&self, kept: Kept) -> Self {
        let text = alloc::format!("{kept:?}");
        let signature = Hash::of_parts([self.signature.0.as_slice(), text.as_bytes()]);
        Self { kept, signature, ..self.clone() }
    }

    /// What it asks for.
    #[must_use]
    pub fn requests(&self) -> &Amounts {
        &self.requests
    }

    /// Two pods of one signature are placed alike.
    #[must_use]
    pub fn signature(&self) -> Hash {
        self.signature
    }

    /// The higher goes first.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// Whether it may end pods of lower priority for its place.
    #[must_use]
    pub fn preempts(&self) -> bool {
        self.preempts
    }

    /// The only node that it can go to, if its affinity names one (as the pods of a daemon set do).
    pub(super) fn pinned(&self) -> Option<&str> {
        let [term] = self.node_required.as_ref()?.node_selector_terms.as_slice() else {
            return None;
        };
        term.match_fields.iter().find_map(|r| match r.values.as_slice() {
            [name] if r.key == "metadata.name" && r.operator == "In" => Some(name.as_str()),
            _ => None,
        })
    }
}

/// The sum of the containers, or the largest init container if that is more; sidecars count beside both
/// (Kubernetes' `PodRequests`).
fn requests(spec: &PodSpec) -> Amounts {
    let of = |c: &Container| Amounts::from_list(&c.resources.requests);
    let mut sum = Amounts::default();
    spec.containers.iter().for_each(|c| sum.add(&of(c)));
    let mut sidecars = Amounts::default();
    let mut first = Amounts::default();
    for container in &spec.init_containers {
        if container.restart_policy == "Always" {
            sidecars.add(&of(container));
            first.raise_to(&sidecars);
        } else {
            let mut with = of(container);
            with.add(&sidecars);
            first.raise_to(&with);
        }
    }
    sum.add(&sidecars);
    sum.raise_to(&first);
    sum.add(&Amounts::from_list(&spec.overhead));
    sum
}

fn host_ports(spec: &PodSpec) -> Vec<HostPort> {
    spec.init_containers
        .iter()
        .filter(|c| c.restart_policy == "Always")
        .chain(&spec.containers)
        .flat_map(|c| &c.ports)
        .filter_map(|p| {
            let port =
                if p.host_port == 0 && spec.host_network { p.container_port } else { p.host_port };
            let protocol = if p.protocol.is_empty() { "TCP" } else { &p.protocol };
            (port != 0).then(|| HostPort { port, protocol: protocol.into(), ip: p.host_ip.clone() })
        })
        .collect()
}

fn spread(namespace: &str, labels: &BTreeMap<String, String>, spec: &PodSpec) -> Vec<Spread> {
    spec.topology_spread_constraints
        .iter()
        .map(|c| {
            let mut selector = c.label_selector.clone().unwrap_or_default();
            for key in &c.match_label_keys {
                if let Some(value) = labels.get(key) {
                    selector.match_labels.insert(key.clone(), value.clone());
                }
            }
            Spread {
                term: Term::of(
                    Namespaces::Listed([namespace.to_string()].into()),
                    selector,
                    c.topology_key.clone(),
                ),
                max_skew: i64::from(c.max_skew.max(1)),
                min_domains: usize::try_from(c.min_domains.unwrap_or(1)).unwrap_or(1),
                required: c.when_unsatisfiable != "ScheduleAnyway",
            }
        })
        .collect()
}

/// An image's name as engines list it: without the default registry, with a tag.
pub(super) fn normal_image(image: &str) -> String {
    let short = image
        .strip_prefix("docker.io/library/")
        .or_else(|| image.strip_prefix("docker.io/"))
        .unwrap_or(image);
    let last = short.rsplit('/').next().unwrap_or(short);
    if last.contains(':') || short.contains('@') {
        short.into()
    } else {
        alloc::format!("{short}:latest")
    }
}
