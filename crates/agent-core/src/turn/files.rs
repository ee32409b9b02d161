//! A pod's volumes, and what is mounted of them.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;

use model::Uid;

/// All volumes of a pod.
#[derive(Clone, PartialEq, Eq)]
pub struct PodVolumes {
    /// The pod.
    pub pod: Uid,
    /// Its volumes, by name.
    pub volumes: BTreeMap<String, VolumeContent>,
    /// The group that owns them.
    pub fs_group: Option<i64>,
}

impl core::fmt::Debug for PodVolumes {
    /// Without the contents.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PodVolumes({:?} {:?})", self.pod, self.volumes.keys())
    }
}

/// What a volume is. Host paths are no volumes of the pod: they are mounts, see [`MountSource::Host`].
#[derive(Clone, PartialEq, Eq)]
pub enum VolumeContent {
    /// An empty directory.
    Empty,
    /// An empty directory in memory, of so many bytes at most.
    Memory {
        /// Size in bytes; none: the system's default.
        bytes_max: Option<u64>,
    },
    /// A persistent volume of the node: it is there before the pod, and stays after it.
    Persistent {
        /// The volume's name.
        volume: Arc<str>,
    },
    /// These files and no others: path within the volume, content, mode. All change at once.
    Files {
        /// The files.
        files: BTreeMap<String, File>,
        /// Whether they may only be kept in memory (secrets).
        in_memory: bool,
    },
}

/// A file of a volume.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// Its mode, e.g. `0o644`.
    pub mode: u32,
}

/// Something mounted in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// What.
    pub source: MountSource,
    /// Where in the container.
    pub target: String,
    /// Whether it cannot be written there.
    pub read_only: bool,
    /// `rprivate`, `rslave`, `rshared`; empty: the engine's default.
    pub propagation: String,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSource {
    /// One of the pod's volumes, or a path within it.
    Volume {
        /// The volume's name.
        name: String,
        /// A path within; empty: all of it. The hands see to it that it does not lead out.
        sub_path: String,
    },
    /// A path of the node.
    Host {
        /// The path.
        path: String,
        /// Kubernetes' `hostPath.type`: what must be there, or is made.
        kind: String,
        /// A path within; empty: all of it.
        sub_path: String,
    },
    /// A file with these lines: an `/etc/hosts` of its own.
    Hosts(String),
}
