//! Why a pod cannot be placed, in the words that Kubernetes users know.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Why a node was passed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Not enough of a resource is left: `cpu`, `memory`, ...
    Insufficient(String),
    /// It has as many pods as it may have.
    TooManyPods,
    /// It is cordoned.
    Unschedulable,
    /// It has a taint that the pod does not bear: key and value.
    Taint(String, String),
    /// Its labels are not those asked for.
    NodeAffinity,
    /// A host port is taken.
    HostPorts,
    /// No pod that it must be near to is there.
    PodAffinity,
    /// A pod that it must be away from is there.
    PodAntiAffinity,
    /// A pod that is there must be away from it.
    ExistingAntiAffinity,
    /// Its peers would be spread too unevenly.
    TopologySpread,
    /// A volume of the pod is on another node.
    VolumeAffinity,
    /// The node lacks the label by which peers are spread.
    TopologySpreadLabel,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insufficient(resource) => write!(f, "Insufficient {resource}"),
            Self::TooManyPods => f.write_str("Too many pods"),
            Self::Unschedulable => f.write_str("node(s) were unschedulable"),
            Self::Taint(key, value) => {
                write!(f, "node(s) had untolerated taint {{{key}: {value}}}")
            }
            Self::NodeAffinity => f.write_str("node(s) didn't match Pod's node affinity/selector"),
            Self::HostPorts => {
                f.write_str("node(s) didn't have free ports for the requested pod ports")
            }
            Self::PodAffinity => f.write_str("node(s) didn't match pod affinity rules"),
            Self::PodAntiAffinity => f.write_str("node(s) didn't match pod anti-affinity rules"),
            Self::ExistingAntiAffinity => {
                f.write_str("node(s) didn't satisfy existing pods anti-affinity rules")
            }
            Self::TopologySpread => {
                f.write_str("node(s) didn't match pod topology spread constraints")
            }
            Self::VolumeAffinity => f.write_str("node(s) had volume node affinity conflict"),
            Self::TopologySpreadLabel => f.write_str(
                "node(s) didn't match pod topology spread constraints (missing required label)",
            ),
        }
    }
}

/// A pod that no node can take, and why each cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unschedulable {
    /// How many nodes there are.
    pub nodes: usize,
    /// How many nodes each reason holds for. A node may count for several.
    pub reasons: BTreeMap<Reason, usize>,
    /// A reason that has nothing to do with any node; empty: none.
    pub whole: String,
}

impl fmt::Display for Unschedulable {
    /// As in the event and condition that Kubernetes shows: `0/3 nodes are available: 1 Insufficient cpu, ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nodes == 0 {
            return f.write_str("no nodes available to schedule pods");
        }
        let mut parts: Vec<String> =
            self.reasons.iter().map(|(r, n)| alloc::format!("{n} {r}")).collect();
        parts.extend((!self.whole.is_empty()).then(|| self.whole.clone()));
        parts.sort();
        write!(f, "0/{} nodes are available: {}.", self.nodes, parts.join(", "))
    }
}
