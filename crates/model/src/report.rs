//! What a node tells: the newest state of its pods, facts, usage, events. Coalesced while away.

use alloc::string::String;
use alloc::vec::Vec;

use crate::status::PodStatus;
use crate::{Generation, Millis, Uid};

/// One report. A node has at most one that is not acknowledged; what happens meanwhile goes into the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The boot that it is from, see [`crate::message::Hello::boot`].
    pub boot: u64,
    /// Its number within the boot, from 1.
    pub sequence: u64,
    /// When it was made, by the node's clock.
    pub at: Millis,
    /// The generation that the node held then.
    pub held: Generation,
    /// The newest status of every pod whose status changed since the last acknowledged report.
    pub pods: Vec<PodReport>,
    /// Pods that are no longer on the node: all containers stopped and removed. Also volumes that were ordered to go, and
    /// are gone.
    pub gone: Vec<Uid>,
    /// True if `pods` is every pod that the node has: what is not in it is not there.
    pub whole: bool,
    /// The node's facts, if they changed.
    pub facts: Option<NodeFacts>,
    /// The node's usage, if it is due.
    pub usage: Option<NodeUsage>,
    /// What happened, oldest first.
    pub events: Vec<NodeEvent>,
    /// How many events had to be dropped since the last acknowledged report, for want of room.
    pub dropped: u64,
    /// How many orders it has refused since it started because they were not signed by a key that it trusts.
    pub refused: u64,
    /// The pods that somebody on the node keeps from being stopped or replaced, if that changed.
    pub holds: Option<Vec<HoldReport>>,
    /// What has passed the link and gone to the disk, with usage.
    pub traffic: Option<Traffic>,
}

/// Bytes over the link by what they are for, and bytes to the disk, since the agent started; and the month's sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Sent, in the order of [`Class`].
    pub sent: [u64; CLASSES],
    /// Received, in the same order.
    pub received: [u64; CLASSES],
    /// Written to the agent's store.
    pub stored: u64,
    /// The month that is counted, as `year * 100 + month`; zero: not known yet.
    pub month: u32,
    /// Sent and received in it.
    pub month_bytes: u64,
    /// The month's bound is reached: only orders, statuses and what an operator asks for travel.
    pub capped: bool,
}

impl Traffic {
    /// All that was sent and received.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.sent.iter().chain(&self.received).fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }
}

/// How many classes there are.
pub const CLASSES: usize = 5;

/// What bytes on the link are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// Orders, and what is said about them.
    Orders = 0,
    /// Statuses, facts and usage, and their acknowledgements.
    Status = 1,
    /// Events.
    Events = 2,
    /// Logs, shells, ports, files.
    Streams = 3,
    /// What MQTT and TLS need.
    Overhead = 4,
}

impl Class {
    /// All of them, in their order.
    pub const ALL: [Self; CLASSES] =
        [Self::Orders, Self::Status, Self::Events, Self::Streams, Self::Overhead];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Status => "status",
            Self::Events => "events",
            Self::Streams => "streams",
            Self::Overhead => "overhead",
        }
    }
}

/// A pod that is held: newer orders for it wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldReport {
    /// The pod's uid.
    pub pod: Uid,
    /// `namespace/name`.
    pub name: String,
    /// Who holds it.
    pub by: Holder,
    /// Why, in their words.
    pub reason: String,
    /// Since when, by the node's clock.
    pub since: Millis,
    /// Until when at most, by the node's clock.
    pub until: Millis,
    /// Whether newer orders wait for it.
    pub waiting: bool,
}

/// Who keeps a pod as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Holder {
    /// Somebody on the node, through the agent's socket.
    #[default]
    Technician = 0,
    /// The pod itself, by its lock file.
    Workload = 1,
}

impl Holder {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Technician => "technician",
            Self::Workload => "workload",
        }
    }
}

/// A pod's status, and which pod.
#[derive(Clone, Debug, PartialEq)]
pub struct PodReport {
    /// The pod's uid.
    pub uid: Uid,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: PodStatus,
}

/// What a node is. Field meanings as in Kubernetes' `NodeSystemInfo` and `NodeStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// `amd64`, `arm64`, `arm`: Go's names, as Kubernetes uses them.
    pub architecture: String,
    /// `linux`.
    pub operating_system: String,
    /// e.g. `Debian GNU/Linux 12 (bookworm)`.
    pub os_image: String,
    /// e.g. `6.1.0-18-arm64`.
    pub kernel_version: String,
    /// e.g. `docker://20.10.24`; empty while the engine is away.
    pub runtime_version: String,
    /// Content of `/etc/machine-id`.
    pub machine_id: String,
    /// Content of `/proc/sys/kernel/random/boot_id`: changes when the machine boots.
    pub boot_id: String,
    /// The machine's host name.
    pub hostname: String,
    /// Addresses of the node, the one to show first.
    pub addresses: Vec<String>,
    /// CPU in thousandths of a core.
    pub cpu_milli: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Size of the file system that holds container data, in bytes.
    pub storage_bytes: i64,
    /// How many pods it may have.
    pub pods_max: u32,
    /// CPU kept for the system, in thousandths of a core: allocatable is capacity less this.
    pub reserved_cpu_milli: i64,
    /// Memory kept for the system, in bytes.
    pub reserved_memory_bytes: i64,
    /// Images on the node: names, and size in bytes. The largest 50 at most.
    pub images: Vec<(Vec<String>, i64)>,
    /// Whether the node can run containers now, and if not why: (condition reason, message).
    pub not_ready: Option<(String, String)>,
    /// Whether the disk is under pressure.
    pub disk_pressure: bool,
    /// Whether memory is under pressure.
    pub memory_pressure: bool,
}

/// What a node uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeUsage {
    /// When it was measured, by the node's clock.
    pub at: Millis,
    /// The span that the CPU figures are averages of, in milliseconds.
    pub window_ms: u64,
    /// CPU in thousandths of a core.
    pub cpu_milli: i64,
    /// Memory in use (working set), in bytes.
    pub memory_bytes: i64,
    /// Space used on the file system that holds container data, in bytes.
    pub storage_bytes: i64,
    /// Received on all but loopback interfaces since boot, in bytes.
    pub network_received_bytes: u64,
    /// Sent on all but loopback interfaces since boot, in bytes.
    pub network_sent_bytes: u64,
    /// Load average over one minute, in thousandths.
    pub load_milli: i64,
    /// The hottest sensor, in thousandths of a degree Celsius, where there is one.
    pub temperature_milli: Option<i64>,
    /// Usage by container.
    pub containers: Vec<ContainerUsage>,
}

/// What a container uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerUsage {
    /// The pod's uid.
    pub pod: Uid,
    /// The container's name.
    pub container: String,
    /// CPU in thousandths of a core, averaged over the report's window.
    pub cpu_milli: i64,
    /// Working set in bytes.
    pub memory_bytes: i64,
}

/// Something that happened on the node, to be shown as a Kubernetes Event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeEvent {
    /// When, by the node's clock.
    pub at: Millis,
    /// The pod that it is about; none: the node itself.
    pub pod: Option<Uid>,
    /// The container within the pod, as Kubernetes' `fieldPath` names it: empty if it is about the pod.
    pub container: String,
    /// Whether it is a `Warning` (else `Normal`).
    pub warning: bool,
    /// A reason in Kubernetes' words: `Pulled`, `Created`, `Started`, `BackOff`, `Unhealthy`, `Killing`, `Failed`...
    pub reason: String,
    /// A sentence for people.
    pub message: String,
    /// How often it has happened, if the same was told again within a short time.
    pub count: u32,
}
