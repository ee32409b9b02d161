//! What the engine tells of containers.

use alloc::string::String;

use model::{Millis, Uid};

/// Who a container is, as its labels say (design, section 9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `driftless.dev/pod-namespace`.
    pub namespace: String,
    /// `driftless.dev/pod-name`.
    pub pod: String,
    /// `driftless.dev/pod-uid`.
    pub uid: Uid,
    /// `driftless.dev/container`: the container's name; empty for the sandbox.
    pub container: String,
    /// `driftless.dev/attempt`: which start of it this is, from 0.
    pub attempt: u32,
    /// `driftless.dev/spec`: a hash of what it was made from; another one means that it must be made anew.
    pub spec: String,
}

/// A container as the engine has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The engine's id.
    pub id: String,
    /// Who it is, from its labels; none if they cannot be read: it is taken away.
    pub identity: Option<Identity>,
    /// Whether it runs.
    pub running: bool,
    /// If it was ever started: when, by the engine's clock.
    pub started: Option<Millis>,
    /// How it ended, if it has.
    pub exit: Option<Exit>,
    /// The image's id.
    pub image_id: String,
    /// Of a sandbox: the pod's address.
    pub ip: Option<String>,
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// The engine's id.
    pub id: String,
    /// Its exit code.
    pub code: i32,
    /// Whether the kernel ended it for want of memory.
    pub oom: bool,
    /// When it had started, by the engine's clock.
    pub started: Millis,
    /// When it ended, by the engine's clock.
    pub finished: Millis,
    /// Its last words, 4096 bytes at most.
    pub message: String,
    /// What the engine says, where it could not be started at all.
    pub error: String,
}
