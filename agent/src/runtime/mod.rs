//! The hands on the container engine: Docker's API, spoken to Docker or Podman.
//!
//! The law of this module: it chooses nothing. What it makes is in the effect; what it finds, it tells.

mod ask;
mod create;
mod error;
mod exec;
mod facts;
mod image;
mod labels;
mod look;
mod probe;
pub(crate) mod streams;
mod tls;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent_core::turn::{Effect, Event, OpId, Outcome};
use bollard::query_parameters::{
    KillContainerOptionsBuilder, RemoveContainerOptionsBuilder, StopContainerOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use model::{NodeName, Uid};
use tokio::sync::{Notify, Semaphore, mpsc};

pub(crate) use error::RuntimeError;
pub(crate) use image::needs_libraries;

use crate::config::LogBound;
use crate::volumes::Volumes;

/// Seconds that one request to the engine may take until its answer begins.
const REQUEST_S: u64 = 120;
/// Image fetches at a time: more would only share the link.
const PULLS_MAX: usize = 2;
/// Creations, stops and removals at a time.
const WORKS_MAX: usize = 8;
/// Probes and hooks at a time.
const CHECKS_MAX: usize = 32;

/// What the pause image is made of.
#[derive(Clone, Debug)]
pub(crate) struct Pause {
    /// A static executable.
    pub(crate) executable: PathBuf,
    /// What it is given to wait.
    pub(crate) args: Vec<String>,
}

impl Pause {
    /// This executable itself.
    pub(crate) fn of_this_executable() -> Self {
        Self { executable: PathBuf::from("/proc/self/exe"), args: vec!["pause".to_owned()] }
    }

    /// The executable's name in the image.
    fn name(&self) -> &str {
        match self.executable.file_name().and_then(|name| name.to_str()) {
            None | Some("exe") => "driftless-agent",
            Some(name) => name,
        }
    }
}

/// The engine, for one node's containers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    node: NodeName,
    host: String,
    volumes: Volumes,
    pause: Pause,
    log: LogBound,
    pause_image: tokio::sync::Mutex<Option<String>>,
    /// The client once it has been made; requests of a client whose engine is away fail by themselves.
    docker: Mutex<Option<Docker>>,
    /// What runs, for measuring: the engine's id, the pod, the container's name (empty: the sandbox).
    running: Mutex<BTreeMap<String, (Uid, String)>>,
    oom_floor: i64,
    /// Whether the engine is Podman, which takes Docker's API a little differently.
    podman: AtomicBool,
    /// Answers told: what was looked at before one of them is old.
    answers: AtomicU64,
    /// Asks for a new look.
    look: Notify,
    pulls: Semaphore,
    works: Semaphore,
    checks: Semaphore,
}

impl Engine {
    /// The engine at `host` (`unix://..` or `tcp://..`); nothing is asked of it yet.
    pub(crate) fn new(
        node: NodeName,
        host: String,
        volumes: Volumes,
        pause: Pause,
        log: LogBound,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                node,
                host,
                volumes,
                pause,
                log,
                pause_image: tokio::sync::Mutex::new(None),
                docker: Mutex::new(None),
                running: Mutex::new(BTreeMap::new()),
                podman: AtomicBool::new(false),
                answers: AtomicU64::new(0),
                look: Notify::new(),
                oom_floor: create::oom_floor(),
                pulls: Semaphore::new(PULLS_MAX),
                works: Semaphore::new(WORKS_MAX),
                checks: Semaphore::new(CHECKS_MAX),
            }),
        }
    }

    /// Connects, and agrees on a version that both speak.
    ///
    /// # Errors
    /// If there is no engine.
    pub(super) async fn connect(&self) -> Result<Docker, RuntimeError> {
        let host = &self.inner.host;
        let docker = if host.starts_with("unix://") {
            Docker::connect_with_unix(host, REQUEST_S, API_DEFAULT_VERSION)
        } else {
            Docker::connect_with_host(host)
        }
        .map_err(RuntimeError::from)?;
        let docker = docker.negotiate_version().await?;
        let version = docker.version().await?;
        self.inner.podman.store(facts::is_podman(&version), Ordering::Relaxed);
        *self.inner.docker.lock().unwrap_or_else(PoisonError::into_inner) = Some(docker.clone());
        Ok(docker)
    }

    /// The client.
    ///
    /// # Errors
    /// If the engine has never been reached.
    pub(crate) fn docker(&self) -> Result<Docker, RuntimeError> {
        let held = self.inner.docker.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
            .ok_or_else(|| RuntimeError::Away(format!("nothing at {} yet", self.inner.host)))
    }

    /// Whether the engine is Podman, as far as it has been reached.
    fn is_podman(&self) -> bool {
        self.inner.podman.load(Ordering::Relaxed)
    }

    /// What runs now: the engine's id, the pod, the container's name (empty: the sandbox).
    pub(crate) fn running(&self) -> Vec<(String, Uid, String)> {
        let held = self.inner.running.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().map(|(id, (pod, name))| (id.clone(), pod.clone(), name.clone())).collect()
    }

    fn with_running<T>(&self, f: impl FnOnce(&mut BTreeMap<String, (Uid, String)>) -> T) -> T {
        f(&mut self.inner.running.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts a slow effect; its outcome comes back as an event. `false`: it is not one of ours.
    pub(crate) fn start(&self, effect: Effect, events: &mpsc::Sender<Event>) -> bool {
        let op = match &effect {
            Effect::Pull(op, _)
            | Effect::CreateSandbox(op, _)
            | Effect::WriteVolumes(op, _)
            | Effect::Start(op, _)
            | Effect::Check(op, _)
            | Effect::Stop { op, .. }
            | Effect::Remove { op, .. }
            | Effect::RemovePodFiles { op, .. }
            | Effect::RemoveVolume { op, .. } => *op,
            Effect::Look => {
                self.inner.look.notify_one();
                return true;
            }
            Effect::Send(_) | Effect::Note(_) | Effect::Leave(_) => return false,
        };
        let (engine, events) = (self.clone(), events.clone());
        tokio::spawn(async move {
            let outcome = engine.run(op, effect).await;
            engine.inner.answers.fetch_add(1, Ordering::Relaxed);
            let _ = events.send(Event::Did(op, outcome)).await;
        });
        true
    }

    async fn run(&self, op: OpId, effect: Effect) -> Outcome {
        let room = match &effect {
            Effect::Pull(..) => Some(&self.inner.pulls),
            Effect::Check(..) => Some(&self.inner.checks),
            // A stop waits for the container most of its time, and must not wait for others.
            Effect::Stop { .. } => None,
            _ => Some(&self.inner.works),
        };
        let _permit = match room {
            Some(room) => room.acquire().await.ok(),
            None => None,
        };
        let done = match effect {
            Effect::Pull(_, pull) => self.pull(&pull).await,
            Effect::CreateSandbox(_, sandbox) => self.create_sandbox(&sandbox).await,
            Effect::Start(_, launch) => self.launch(&launch).await,
            Effect::Check(_, check) => Ok(self.check(check).await),
            Effect::Stop { container, grace_s, .. } => self.stop(&container, grace_s).await,
            Effect::Remove { container, .. } => self.remove(&container).await,
            Effect::WriteVolumes(_, pod) => self.on_files(move |volumes| volumes.write(&pod)).await,
            Effect::RemovePodFiles { pod, .. } => {
                self.on_files(move |volumes| volumes.remove(&pod)).await
            }
            Effect::RemoveVolume { volume, .. } => {
                self.on_files(move |volumes| volumes.remove_persistent(&volume)).await
            }
            Effect::Look | Effect::Send(_) | Effect::Note(_) | Effect::Leave(_) => {
                Ok(Outcome::Done)
            }
        };
        done.unwrap_or_else(|error| {
            tracing::debug!(op = op.0, %error, "effect failed");
            Outcome::Failed(error.into_failure())
        })
    }

    async fn on_files(
        &self,
        work: impl FnOnce(&Volumes) -> Result<(), crate::volumes::VolumeError> + Send + 'static,
    ) -> Result<Outcome, RuntimeError> {
        let volumes = self.inner.volumes.clone();
        match tokio::task::spawn_blocking(move || work(&volumes)).await {
            Ok(done) => Ok(done.map(|()| Outcome::Done)?),
            Err(broken) => Err(RuntimeError::Io {
                what: "work on the pod's files broke off".to_owned(),
                source: std::io::Error::other(broken.to_string()),
            }),
        }
    }

    /// Stops a container; well also if it does not run or is gone.
    async fn stop(&self, container: &str, grace_s: u32) -> Result<Outcome, RuntimeError> {
        let docker = self.docker()?;
        let done = if grace_s == 0 {
            let options = KillContainerOptionsBuilder::default().signal("SIGKILL").build();
            docker.kill_container(container, Some(options)).await
        } else {
            let t = i32::try_from(grace_s).unwrap_or(i32::MAX);
            let options = StopContainerOptionsBuilder::default().t(t).build();
            let patient = docker.with_timeout(Duration::from_secs(u64::from(grace_s) + REQUEST_S));
            patient.stop_container(container, Some(options)).await
        };
        match done.map_err(RuntimeError::from) {
            Err(error) if !error.is_not_found() && !error.is_conflict() => Err(error),
            _ => Ok(Outcome::Done),
        }
    }

    /// Takes a container away, with its own files; well also if it is gone.
    async fn remove(&self, container: &str) -> Result<Outcome, RuntimeError> {
        let docker = self.docker()?;
        let found = self.container(container).await.ok();
        let identity = found.as_ref().and_then(ask::identity_of);
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        let gone = docker.remove_container(container, Some(options)).await;
        match gone.map_err(RuntimeError::from) {
            Err(error) if !error.is_not_found() && !error.is_conflict() => return Err(error),
            _ => {}
        }
        self.with_running(|running| running.remove(container));
        match identity.filter(|identity| !identity.container.is_empty()) {
            Some(identity) => {
                self.on_files(move |volumes| {
                    volumes.remove_container(&identity);
                    Ok(())
                })
                .await
            }
            None => Ok(Outcome::Done),
        }
    }
}

#[cfg(test)]
mod tests;
