//! The status of a pod as the node sees it. Meanings as in Kubernetes' `PodStatus`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Millis;

/// Where a pod is in its life (Kubernetes' `PodPhase`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Phase {
    /// Accepted, not all containers have started.
    #[default]
    Pending = 0,
    /// At least one container runs, or is about to again.
    Running = 1,
    /// All containers have ended well and will not be started again.
    Succeeded = 2,
    /// All containers have ended, one of them badly, and will not be started again.
    Failed = 3,
    /// The node cannot tell.
    Unknown = 4,
}

impl Phase {
    /// As Kubernetes writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether the pod has ended for good.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// A pod's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodStatus {
    /// Its phase.
    pub phase: Phase,
    /// A short word why it is in this state, e.g. `Evicted`; mostly empty.
    pub reason: String,
    /// A sentence for people; mostly empty.
    pub message: String,
    /// The pod's address.
    pub pod_ip: Option<String>,
    /// The node's address.
    pub host_ip: Option<String>,
    /// When the node took the pod up.
    pub started: Option<Millis>,
    /// `Initialized`, `ContainersReady`, `Ready`.
    pub conditions: Vec<Condition>,
    /// Init containers, in the order of the spec.
    pub init_containers: Vec<ContainerStatus>,
    /// Containers, in the order of the spec.
    pub containers: Vec<ContainerStatus>,
    /// Ephemeral containers, in the order of the spec.
    pub ephemeral_containers: Vec<ContainerStatus>,
}

/// One condition of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `Initialized`, `ContainersReady`, `Ready`.
    pub kind: String,
    /// Whether it holds.
    pub status: bool,
    /// When it last changed, by the node's clock.
    pub since: Millis,
    /// Why it does not hold, e.g. `ContainersNotReady`.
    pub reason: String,
    /// e.g. `containers with unready status: [web]`.
    pub message: String,
}

/// A container's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerStatus {
    /// Its name in the spec.
    pub name: String,
    /// What it does now.
    pub state: ContainerState,
    /// How it ended the last time.
    pub last: Option<Terminated>,
    /// Whether it passes its readiness probe (or has none and runs).
    pub ready: bool,
    /// Whether it passed its startup probe (or has none and runs).
    pub started: Option<bool>,
    /// How often it was started again.
    pub restarts: u32,
    /// The image as asked for.
    pub image: String,
    /// The image as found: its id.
    pub image_id: String,
    /// `docker://<id>`, empty if there is none.
    pub container_id: String,
}

/// What a container does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Not running yet, or again: `ContainerCreating`, `PodInitializing`, `CrashLoopBackOff`, `ErrImagePull`, `ImagePullBackOff`...
    Waiting {
        /// A word in Kubernetes' terms.
        reason: String,
        /// A sentence for people.
        message: String,
    },
    /// Running since.
    Running {
        /// When it started, by the node's clock.
        since: Millis,
    },
    /// Ended.
    Terminated(Terminated),
}

impl Default for ContainerState {
    fn default() -> Self {
        Self::Waiting { reason: String::new(), message: String::new() }
    }
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminated {
    /// Its exit code; 128 + n if a signal n ended it.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, `StartError`.
    pub reason: String,
    /// The termination message, 4096 bytes at most.
    pub message: String,
    /// When it had started.
    pub started: Millis,
    /// When it ended.
    pub finished: Millis,
    /// `docker://<id>` of the container that ended.
    pub container_id: String,
}
