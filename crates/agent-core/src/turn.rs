//! One turn of the node's core: an event comes in; what is to be kept, and then done, goes out.
//!
//! Slow work is an [`Effect`] with a number; it runs beside and comes back as [`Event::Did`] with the same number. The
//! hands choose nothing: whatever an effect needs is in it.

mod files;
mod seen;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::message::{Down, Up};
use model::orders::Leave;
use model::report::{NodeFacts, NodeUsage, Traffic};
use model::{Millis, Uid};

pub use files::{File, Mount, MountSource, PodVolumes, VolumeContent};
pub use seen::{Exit, Identity, Seen};

use crate::hold::Lock;
use crate::trust::Untrusted;

/// What time it is, twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For spans: never goes back, never leaps. Counts from any fixed point of this run.
    pub mono: Millis,
    /// For people: the wall clock, which may be wrong and may leap.
    pub wall: Millis,
}

/// The number of an effect that is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// What can happen to a node.
#[derive(Clone, Debug)]
pub enum Event {
    /// Every container that carries this node's label, as the engine has it now. Comes at start, whenever the engine is
    /// back, and whenever its event stream had a gap. It must be no older than what was told before it: the stream is
    /// listened to first, then looked, and if the answer to a start was told meanwhile, looked again.
    Looked(Vec<Seen>),
    /// A container has ended.
    Exited(Exit),
    /// An effect is done.
    Did(OpId, Outcome),
    /// The engine does not answer: why.
    EngineAway(String),
    /// The node's facts, when they may have changed.
    Facts(NodeFacts),
    /// The node's usage, on the period that [`crate::Agent::usage_period_ms`] gives.
    Usage(NodeUsage),
    /// The connection is up: the number of this session within the boot.
    LinkUp(u64),
    /// The connection is gone.
    LinkDown,
    /// The controller said something.
    Heard(Down),
    /// Somebody on the node says "not now" of a pod that [`crate::Agent::may_hold`] found.
    Hold {
        /// The pod.
        pod: Uid,
        /// For how long, in milliseconds.
        span_ms: u64,
        /// Why, in their words.
        reason: String,
    },
    /// What was held by [`Event::Hold`] no longer is.
    Release(Uid),
    /// What the link and the store have counted since the start; the month is the core's.
    Traffic(Traffic),
    /// The lock files that are there now, of those that [`crate::Agent::lock_files`] names.
    Locks(Vec<Lock>),
    /// The time that [`crate::Agent::wake`] asked for has come; a spare one does no harm.
    Wake,
    /// The agent is about to stop. Containers run on.
    Stopping,
}

/// What a turn decides. `save` is committed before anything of `then` is done.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// Records to keep and to drop, in one commit. Empty: nothing is written.
    pub save: Save,
    /// What is to be done, in this order of starting.
    pub then: Vec<Effect>,
}

/// A change of the node's store: a map from text to bytes that the hands keep and do not understand.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Save {
    /// Records to set (`Some`) or to take away (`None`).
    pub records: BTreeMap<String, Option<Vec<u8>>>,
}

impl Save {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl core::fmt::Debug for Save {
    /// Names only: bodies may hold secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.records.keys()).finish()
    }
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Make sure that an image is there. Answer: [`Outcome::Image`].
    Pull(OpId, Pull),
    /// Make a pod's sandbox: its pause container, started. Answer: [`Outcome::Sandbox`].
    CreateSandbox(OpId, Sandbox),
    /// Make a pod's volumes as they shall be; those that are there are brought up to date, files all at once. Answer:
    /// [`Outcome::Done`].
    WriteVolumes(OpId, PodVolumes),
    /// Create a container and start it. Answer: [`Outcome::Started`].
    Start(OpId, Arc<Launch>),
    /// Run a hook or a probe. Answer: [`Outcome::Checked`].
    Check(OpId, Check),
    /// Stop a container: its signal, the grace, then the end. Answer: [`Outcome::Done`]; its exit comes as
    /// [`Event::Exited`].
    Stop {
        /// Which effect.
        op: OpId,
        /// The engine's id of the container.
        container: String,
        /// Seconds between the polite and the hard signal.
        grace_s: u32,
    },
    /// Take a container away, with its anonymous volumes. Answer: [`Outcome::Done`], also if it is gone already.
    Remove {
        /// Which effect.
        op: OpId,
        /// The engine's id of the container.
        container: String,
    },
    /// Take a pod's volumes and files away, unmounting first. Answer: [`Outcome::Done`].
    RemovePodFiles {
        /// Which effect.
        op: OpId,
        /// The pod.
        pod: Uid,
    },
    /// Take a persistent volume away, with all that is in it. Answer: [`Outcome::Done`], also if it is gone already.
    RemoveVolume {
        /// Which effect.
        op: OpId,
        /// The volume's name.
        volume: Arc<str>,
    },
    /// Listen to the engine and look at it anew: an effect met no engine, and nothing is started before the next
    /// [`Event::Looked`]. Answer: that, or [`Event::EngineAway`]; asked again until one of them comes.
    Look,
    /// Say something to the controller, if the connection is up.
    Send(Up),
    /// Forget who this node is, after a goodbye: it has left the fleet. With everything that is kept here, if so ordered.
    Leave(Leave),
    /// A line for the log, named once in the binary's telemetry.
    Note(Note),
}

/// Events worth a line in the agent's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The first plan has been made from what the engine has: so many pods ordered, so many containers found.
    FirstReconcile {
        /// Pods ordered.
        pods: usize,
        /// Containers found.
        containers: usize,
    },
    /// Orders were taken.
    OrdersTaken(u64),
    /// Orders were refused, why.
    OrdersRefused(u64, String),
    /// Orders do not count: their number, why, and how many so far. Told once a minute at most.
    OrdersUntrusted(u64, Untrusted, u64),
    /// Newer keys for orders were taken: their number.
    KeysTaken(u64),
    /// Something happened to a pod: `namespace/name`, reason, message. Warnings are marked.
    Pod {
        /// `namespace/name`.
        pod: String,
        /// A reason in Kubernetes' words.
        reason: String,
        /// A sentence.
        message: String,
        /// Whether it is a warning.
        warning: bool,
    },
    /// A record in the store could not be read and was passed over.
    BadRecord(String),
}

/// What came of an effect.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is done.
    Done,
    /// The image is there.
    Image {
        /// Its id, e.g. `sha256:..`.
        id: String,
        /// Whether it had to be fetched.
        pulled: bool,
        /// How long that took, in milliseconds.
        took_ms: u64,
        /// Size in bytes.
        bytes: i64,
        /// The user that the image is made to run as, as it says: empty, `1000`, `1000:1000`, `www-data`.
        user: String,
    },
    /// The sandbox runs.
    Sandbox {
        /// The engine's id of the pause container.
        id: String,
        /// The pod's address; none with the host's network, or where the engine gives none.
        ip: Option<String>,
    },
    /// The container runs.
    Started {
        /// The engine's id.
        id: String,
    },
    /// A probe or hook has ended.
    Checked {
        /// Whether it passed.
        passed: bool,
        /// What it said: output or error, bounded.
        message: String,
    },
    /// It failed.
    Failed(Failure),
}

/// Why an effect failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// A sentence for people, from the engine or the system. Never a secret.
    pub message: String,
    /// The engine's id of what was created before it failed, if anything was.
    pub container: Option<String>,
}

/// Kinds of failures that are decided on differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The image is not there, and the policy does not let it be fetched.
    ImageNeverPull,
    /// The image cannot be fetched: does not exist, no access, no network.
    ImagePull,
    /// The image's name is not one.
    ImageName,
    /// The engine does not answer. Nobody knows whether the effect was done after all, so nothing more is started
    /// before the next [`Event::Looked`], which [`Effect::Look`] asks for.
    EngineAway,
    /// The container could be made but not started: no such program...
    CannotRun,
    /// Anything else.
    Other,
}

/// An image to have.
#[derive(Clone, PartialEq, Eq)]
pub struct Pull {
    /// The image, as the pod asks for it.
    pub image: String,
    /// When to fetch it.
    pub policy: PullPolicy,
    /// Registry credentials to try, in this order; none: without.
    pub auths: Vec<RegistryAuth>,
}

impl core::fmt::Debug for Pull {
    /// Without the credentials.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Pull({} {:?})", self.image, self.policy)
    }
}

/// When to fetch an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullPolicy {
    /// Each time a container starts; the registry must answer.
    Always,
    /// If it is not there.
    #[default]
    IfNotPresent,
    /// Never.
    Never,
}

/// What a registry asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistryAuth {
    /// The registry, e.g. `registry.example:5000`.
    pub server: String,
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
}

/// A pod's sandbox: the pause container that holds its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// Who it is (container empty).
    pub identity: Identity,
    /// Use the node's network.
    pub host_network: bool,
    /// Use the node's process ids.
    pub host_pid: bool,
    /// Use the node's IPC.
    pub host_ipc: bool,
    /// The host name within; empty with the host's network.
    pub hostname: String,
    /// Ports of the node that lead to the pod.
    pub ports: Vec<PortBinding>,
    /// Name servers; empty: the engine's.
    pub dns_servers: Vec<String>,
    /// Search domains.
    pub dns_searches: Vec<String>,
    /// Resolver options.
    pub dns_options: Vec<String>,
    /// Kernel settings.
    pub sysctls: BTreeMap<String, String>,
    /// Lines for `/etc/hosts`: `name:ip` as engines take them.
    pub extra_hosts: Vec<String>,
}

/// A port of the node that leads to one of the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortBinding {
    /// The node's address; empty: all.
    pub host_ip: String,
    /// The node's port.
    pub host_port: u16,
    /// The pod's port.
    pub container_port: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}

/// A container to start, with every choice made.
#[derive(Clone, PartialEq, Eq)]
pub struct Launch {
    /// Who it is.
    pub identity: Identity,
    /// The engine's id of the sandbox whose network and IPC it joins.
    pub sandbox: String,
    /// The engine's id of another container whose process ids it joins.
    pub pid_of: Option<String>,
    /// Whether it also joins the sandbox's process ids.
    pub share_pid: bool,
    /// Whether it uses the node's process ids.
    pub host_pid: bool,
    /// The image, by id where it is known.
    pub image: String,
    /// Replaces the image's entry point, if not empty.
    pub command: Vec<String>,
    /// Replaces the image's arguments, if not empty (and, with a command, if empty too).
    pub args: Vec<String>,
    /// The working directory; empty: the image's.
    pub working_dir: String,
    /// `NAME=value`.
    pub env: Vec<String>,
    /// `uid[:gid]`; empty: the image's.
    pub user: String,
    /// More groups.
    pub groups: Vec<i64>,
    /// What is mounted where.
    pub mounts: Vec<Mount>,
    /// The file on the node that `termination_path` is, for the container's last words.
    pub termination_path: String,
    /// Whether the end of the log serves as last words after a failure.
    pub termination_from_log: bool,
    /// CPU shares (1024 is one core).
    pub cpu_shares: i64,
    /// CPU quota in microseconds per 100 ms; zero: none.
    pub cpu_quota_us: i64,
    /// Memory limit in bytes; zero: none.
    pub memory_bytes: i64,
    /// What the kernel's out-of-memory killer goes by, -1000 to 1000.
    pub oom_score: i64,
    /// All rights.
    pub privileged: bool,
    /// The root file system cannot be written.
    pub read_only: bool,
    /// Processes cannot gain rights.
    pub no_new_privileges: bool,
    /// Capabilities to add.
    pub cap_add: Vec<String>,
    /// Capabilities to drop.
    pub cap_drop: Vec<String>,
    /// Seccomp: empty: the engine's; `unconfined`; or the path of a profile.
    pub seccomp: String,
    /// Devices of the node: path on the node, path in the container.
    pub devices: Vec<(String, String)>,
    /// Keep standard input open.
    pub stdin: bool,
    /// Close it after the first attach.
    pub stdin_once: bool,
    /// Give it a terminal.
    pub tty: bool,
}

impl core::fmt::Debug for Launch {
    /// Without environment and arguments: they may hold secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Launch({:?} {})", self.identity, self.image)
    }
}

/// A probe or a hook to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The engine's id of the container.
    pub container: String,
    /// What to do.
    pub action: Action,
    /// After so long without an answer it has failed.
    pub timeout_ms: u64,
}

/// What a probe or a hook does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Run a command in the container; passes with exit code 0.
    Exec(Vec<String>),
    /// Ask over HTTP; passes with a code from 200 to 399.
    Http {
        /// `http` or `https` (its certificate is not checked).
        scheme: String,
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// The path with its query, starting with `/`.
        path: String,
        /// Headers.
        headers: Vec<(String, String)>,
    },
    /// Open a TCP connection.
    Tcp {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// Wait so long; passes.
    Sleep {
        /// How long, in milliseconds.
        ms: u64,
    },
}
