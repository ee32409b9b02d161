//! One container of a pod: where it is in its life.

use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use model::pod::Container;
use model::status::{ContainerState, ContainerStatus, Terminated};
use serde::{Deserialize, Serialize};

use crate::backoff::Backoff;
use crate::probe::ProbeRun;
use crate::turn::{Exit, FailureKind, Now, OpId};

/// So long a failed pull is told as such before it is told as waiting, in milliseconds.
pub(crate) const PULL_ERROR_SHOWN_MS: u64 = 2000;

/// A container that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) id: String,
    pub(crate) since: Now,
    /// What it was made from.
    pub(crate) spec: String,
}

/// How far a stop is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The hook runs; the hard end is due then.
    Hook(OpId, Millis),
    /// The engine stops it.
    Engine(OpId),
    /// The engine says that it is stopped; its exit is waited for until then.
    Done(Millis),
    /// The engine could not; tried again then.
    Failed(Millis),
}

/// Where a container is in its life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Life {
    /// Not started in this sandbox yet.
    #[default]
    Idle,
    /// Its image is made sure of.
    Pulling(OpId),
    /// It is being created and started.
    Starting(OpId),
    /// It runs, and its hook after the start does too.
    Hooking(OpId, Running),
    /// It runs.
    Running(Running),
    /// It is to end.
    Stopping(Running, Stop),
    /// It has ended.
    Exited,
}

/// One container.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContainerRun {
    pub(crate) name: String,
    pub(crate) init: bool,
    pub(crate) sidecar: bool,
    /// Put into the running pod to look at it: started once, and no part of the pod's health.
    pub(crate) ephemeral: bool,
    pub(crate) life: Life,
    /// The number of the next start.
    pub(crate) attempt: u32,
    pub(crate) restarts: u32,
    /// How it ended, while it has.
    pub(crate) exit: Option<Terminated>,
    /// How it ended the time before.
    pub(crate) last: Option<Terminated>,
    /// It is stopped to be made anew, since what it is made from has changed: its end is no failure.
    pub(crate) replace: bool,
    pub(crate) crash: Backoff,
    pub(crate) pull: Backoff,
    /// When and why its image could not be had.
    pub(crate) pull_failed: Option<(Millis, FailureKind, String)>,
    /// Its image's id and user, once known.
    pub(crate) image: Option<(String, String)>,
    /// The image's id of a container that was found running: the user that it names is not known.
    pub(crate) image_found: String,
    /// Whether the image was made sure of for the coming start.
    pub(crate) image_checked: bool,
    /// What it refers to and is not there.
    pub(crate) config_error: Option<String>,
    /// While it is being stopped: when the hard signal is due.
    pub(crate) hard: Option<Millis>,
    pub(crate) probes: Vec<ProbeRun>,
    pub(crate) ready: bool,
    pub(crate) started: bool,
    /// Ended containers that are still there, oldest first: the newest is kept for its log.
    pub(crate) dead: Vec<String>,
}

/// What is kept of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptContainer {
    pub(crate) attempt: u32,
    pub(crate) restarts: u32,
    exit: Option<KeptExit>,
    last: Option<KeptExit>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct KeptExit {
    code: i32,
    reason: String,
    message: String,
    started: Millis,
    finished: Millis,
    id: String,
}

impl From<&Terminated> for KeptExit {
    fn from(t: &Terminated) -> Self {
        Self {
            code: t.exit_code,
            reason: t.reason.clone(),
            message: t.message.clone(),
            started: t.started,
            finished: t.finished,
            id: t.container_id.clone(),
        }
    }
}

impl From<KeptExit> for Terminated {
    fn from(k: KeptExit) -> Self {
        Self {
            exit_code: k.code,
            reason: k.reason,
            message: k.message,
            started: k.started,
            finished: k.finished,
            container_id: k.id,
        }
    }
}

impl ContainerRun {
    pub(crate) fn new(container: &Container, init: bool) -> Self {
        Self {
            name: container.name.clone(),
            init,
            sidecar: init && container.restart_policy == "Always",
            ..Self::default()
        }
    }

    pub(crate) fn ephemeral(container: &Container) -> Self {
        Self { name: container.name.clone(), ephemeral: true, ..Self::default() }
    }

    /// It was started once and is nowhere to be found: it is not started again.
    pub(crate) fn lost(&mut self, now: Now) {
        self.exit = Some(Terminated {
            exit_code: 137,
            reason: "ContainerStatusUnknown".into(),
            message: "The container could not be located".into(),
            finished: now.wall,
            ..Terminated::default()
        });
        self.life = Life::Exited;
    }

    /// Whether it is one of those that the pod is for.
    pub(crate) fn main(&self) -> bool {
        !self.init && !self.ephemeral
    }

    pub(crate) fn keep(&self) -> KeptContainer {
        KeptContainer {
            attempt: self.attempt,
            restarts: self.restarts,
            exit: self.exit.as_ref().map(Into::into),
            last: self.last.as_ref().map(Into::into),
        }
    }

    pub(crate) fn restore(&mut self, kept: KeptContainer) {
        self.attempt = kept.attempt;
        self.restarts = kept.restarts;
        self.exit = kept.exit.map(Into::into);
        self.last = kept.last.map(Into::into);
        if self.exit.is_some() {
            self.life = Life::Exited;
        }
    }

    /// The running container, also while it is being stopped.
    pub(crate) fn running(&self) -> Option<&Running> {
        match &self.life {
            Life::Running(r) | Life::Hooking(_, r) | Life::Stopping(r, _) => Some(r),
            _ => None,
        }
    }

    /// Whether nothing of it runs or is about to.
    pub(crate) fn is_down(&self) -> bool {
        matches!(self.life, Life::Idle | Life::Exited)
    }

    /// Whether it has ended well.
    pub(crate) fn is_done(&self) -> bool {
        self.life == Life::Exited && self.exit.as_ref().is_some_and(|e| e.exit_code == 0)
    }

    /// Takes its end in.
    pub(crate) fn ended(&mut self, exit: &Exit, now: Millis) {
        let reason = match (exit.oom, exit.code) {
            (true, _) => "OOMKilled",
            (false, 0) => "Completed",
            (false, _) if !exit.error.is_empty() => "ContainerCannotRun",
            (false, _) => "Error",
        };
        let message = if exit.message.is_empty() { &exit.error } else { &exit.message };
        self.exit = Some(Terminated {
            exit_code: exit.code,
            reason: reason.into(),
            message: message.clone(),
            started: exit.started,
            finished: exit.finished,
            container_id: engine_id(&exit.id),
        });
        if self.replace {
            self.crash.clear();
        } else {
            self.crash.ended(now, exit.finished.since(exit.started));
        }
        self.down();
        if !exit.id.is_empty() && !self.dead.contains(&exit.id) {
            self.dead.push(exit.id.clone());
        }
        self.life = Life::Exited;
    }

    /// Nothing of it runs any more.
    pub(crate) fn down(&mut self) {
        self.ready = false;
        self.started = false;
        self.image_checked = false;
        self.probes.clear();
    }

    /// `pod`: as messages name it, `name_namespace(uid)`.
    pub(crate) fn status(
        &self,
        spec: &Container,
        now: Now,
        pod: &str,
        pod_waits: Option<(&str, &str)>,
    ) -> ContainerStatus {
        let state = match &self.life {
            Life::Running(r) | Life::Stopping(r, _) => {
                ContainerState::Running { since: r.since.wall }
            }
            Life::Exited if self.will_wait(now) => self.waiting(spec, now, pod, pod_waits),
            Life::Exited => ContainerState::Terminated(self.exit.clone().unwrap_or_default()),
            _ => self.waiting(spec, now, pod, pod_waits),
        };
        let waits = matches!(state, ContainerState::Waiting { .. });
        // While it waits to be started again, how it ended is told as its last state.
        let last = if waits && self.exit.is_some() { self.exit.clone() } else { self.last.clone() };
        let id = self.running().map(|r| engine_id(&r.id));
        let ended = self.exit.as_ref().map(|e| e.container_id.clone());
        ContainerStatus {
            name: self.name.clone(),
            last,
            ready: !self.ephemeral
                && (self.ready || (self.init && !self.sidecar && self.is_done())),
            started: (!self.ephemeral).then_some(self.started),
            restarts: self.restarts,
            image: spec.image.clone(),
            image_id: self.image.as_ref().map_or_else(|| self.image_found.clone(), |i| i.0.clone()),
            container_id: id.or(ended).unwrap_or_default(),
            state,
        }
    }

    /// Whether it has ended but will be (or would be) started again.
    fn will_wait(&self, now: Now) -> bool {
        self.crash.waits(now.mono).is_some()
            || self.pull_failed.is_some()
            || self.config_error.is_some()
    }

    fn waiting(
        &self,
        spec: &Container,
        now: Now,
        pod: &str,
        pod_waits: Option<(&str, &str)>,
    ) -> ContainerState {
        let waiting = |reason: &str, message: String| ContainerState::Waiting {
            reason: reason.into(),
            message,
        };
        if let Some((reason, message)) = pod_waits {
            return waiting(reason, message.into());
        }
        if let Some((at, kind, message)) = &self.pull_failed {
            return match kind {
                FailureKind::ImageNeverPull => waiting("ErrImageNeverPull", message.clone()),
                FailureKind::ImageName => waiting("InvalidImageName", message.clone()),
                _ if now.mono.since(*at) < PULL_ERROR_SHOWN_MS => {
                    waiting("ErrImagePull", message.clone())
                }
                _ => waiting(
                    "ImagePullBackOff",
                    alloc::format!("Back-off pulling image \"{}\": {message}", spec.image),
                ),
            };
        }
        if let Some(message) = &self.config_error {
            return waiting("CreateContainerConfigError", message.clone());
        }
        if self.crash.waits(now.mono).is_some() {
            let message = alloc::format!(
                "back-off {} restarting failed container={} pod={pod}",
                span(self.crash.wait_ms()),
                self.name
            );
            return waiting("CrashLoopBackOff", message);
        }
        waiting("ContainerCreating", String::new())
    }
}

/// A span as Go prints it: `10s`, `2m40s`, `5m0s`.
fn span(ms: u64) -> String {
    let s = ms / 1000;
    if s < 60 { alloc::format!("{s}s") } else { alloc::format!("{}m{}s", s / 60, s % 60) }
}

pub(crate) fn engine_id(id: &str) -> String {
    if id.is_empty() { String::new() } else { alloc::format!("docker://{id}") }
}
