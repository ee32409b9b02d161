//! One pod: what is known of it, and what it tells.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::pod::{Container, PodOrder};
use model::status::{Condition, ContainerStatus, Phase, PodStatus};
use model::{Hash, Millis, Uid};
use serde::{Deserialize, Serialize};

use crate::backoff::Backoff;
use crate::container::{ContainerRun, KeptContainer, Life};
use crate::resolve::Missing;
use crate::turn::{Now, OpId, PodVolumes, Seen};

/// Seconds between the polite and the hard signal, where the pod does not say.
const GRACE_S: u32 = 30;

/// The pod's sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SandboxLife {
    #[default]
    None,
    Creating(OpId),
    Up {
        id: String,
        ip: Option<String>,
    },
    /// It has ended, or must go: by id, empty if it is not there any more.
    Lost(String),
    Removing(OpId, String),
}

/// The pod's volumes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Volumes {
    /// What they shall be; or what is missing.
    pub(crate) wanted: Option<Result<(PodVolumes, Hash), Missing>>,
    pub(crate) written: Option<Hash>,
    pub(crate) writing: Option<(OpId, Hash)>,
    pub(crate) backoff: Backoff,
    pub(crate) error: Option<String>,
}

/// One pod.
pub(crate) struct PodRun {
    pub(crate) uid: Uid,
    pub(crate) order: PodOrder,
    pub(crate) hash: Option<Hash>,
    /// It is to go, with so many seconds of grace.
    pub(crate) leaving: Option<u32>,
    pub(crate) sandbox: SandboxLife,
    pub(crate) sandbox_attempt: u32,
    pub(crate) sandbox_backoff: Backoff,
    pub(crate) sandbox_error: Option<String>,
    /// The engine could not take the sandbox away: not tried again before.
    pub(crate) remove_again: Option<Millis>,
    pub(crate) volumes: Volumes,
    pub(crate) containers: Vec<ContainerRun>,
    pub(crate) initialized: bool,
    pub(crate) started: Now,
    /// It has ended for good: how, why.
    pub(crate) ended: Option<(Phase, String, String)>,
    /// Everything of it has been taken away.
    pub(crate) gone: bool,
    conditions: BTreeMap<&'static str, (bool, Millis)>,
    pub(crate) status: PodStatus,
    /// As last kept: nothing is written that is there already.
    pub(crate) kept: Option<KeptPod>,
}

/// What is kept of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptPod {
    started: Millis,
    initialized: bool,
    sandbox_attempt: u32,
    /// The terminal phase (as Kubernetes writes it), reason and message.
    ended: Option<(String, String, String)>,
    containers: BTreeMap<String, KeptContainer>,
}

impl PodRun {
    pub(crate) fn new(order: PodOrder, now: Now) -> Self {
        let init = order.spec.init_containers.iter().map(|c| ContainerRun::new(c, true));
        let main = order.spec.containers.iter().map(|c| ContainerRun::new(c, false));
        let ephemeral = order.spec.ephemeral_containers.iter().map(ContainerRun::ephemeral);
        Self {
            uid: order.metadata.uid(),
            hash: None,
            leaving: None,
            sandbox: SandboxLife::None,
            sandbox_attempt: 0,
            sandbox_backoff: Backoff::default(),
            sandbox_error: None,
            remove_again: None,
            volumes: Volumes::default(),
            containers: init.chain(main).chain(ephemeral).collect(),
            initialized: false,
            started: now,
            ended: None,
            gone: false,
            conditions: BTreeMap::new(),
            status: PodStatus::default(),
            kept: None,
            order,
        }
    }

    /// Takes in what was kept before the agent started again.
    pub(crate) fn restore(&mut self, kept: KeptPod) {
        self.started.wall = kept.started;
        self.initialized = kept.initialized;
        self.sandbox_attempt = kept.sandbox_attempt;
        self.ended = kept.ended.clone().map(|(phase, reason, message)| {
            let phase =
                if phase == Phase::Succeeded.as_str() { Phase::Succeeded } else { Phase::Failed };
            (phase, reason, message)
        });
        for run in &mut self.containers {
            if let Some(kept) = kept.containers.get(&run.name) {
                run.restore(kept.clone());
            }
        }
        self.kept = Some(kept);
    }

    /// What is to be kept, if it is not there already.
    pub(crate) fn keep(&mut self) -> Option<Vec<u8>> {
        let kept = KeptPod {
            started: self.started.wall,
            initialized: self.initialized,
            sandbox_attempt: self.sandbox_attempt,
            ended: self
                .ended
                .as_ref()
                .map(|(p, r, m)| (p.as_str().to_string(), r.clone(), m.clone())),
            containers: self.containers.iter().map(|c| (c.name.clone(), c.keep())).collect(),
        };
        if self.kept.as_ref() == Some(&kept) {
            return None;
        }
        let bytes = serde_json::to_vec(&kept).ok();
        self.kept = Some(kept);
        bytes
    }

    /// `namespace/name`.
    pub(crate) fn name(&self) -> String {
        alloc::format!("{}/{}", self.order.metadata.namespace, self.order.metadata.name)
    }

    /// The spec of a container.
    pub(crate) fn spec(&self, index: usize) -> Option<&Container> {
        let spec = &self.order.spec;
        spec.init_containers
            .iter()
            .chain(&spec.containers)
            .chain(&spec.ephemeral_containers)
            .nth(index)
    }

    /// Takes newer orders in: all that they can add is ephemeral containers.
    pub(crate) fn take_order(&mut self, order: PodOrder) {
        for container in &order.spec.ephemeral_containers {
            if self.position(&container.name).is_none() {
                self.containers.push(ContainerRun::ephemeral(container));
            }
        }
        self.order = order;
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.containers.iter().position(|c| c.name == name)
    }

    /// The grace that a container has when it is stopped to be started again.
    pub(crate) fn grace_s(&self) -> u32 {
        self.order.spec.termination_grace_period_seconds.unwrap_or(GRACE_S)
    }

    /// Whether this is (a start of) something whose start has not been answered.
    pub(crate) fn is_starting(&self, seen: &Seen) -> bool {
        let Some(identity) = &seen.identity else { return false };
        if identity.container.is_empty() {
            return matches!(self.sandbox, SandboxLife::Creating(_));
        }
        self.containers
            .iter()
            .any(|c| c.name == identity.container && matches!(c.life, Life::Starting(_)))
    }

    pub(crate) fn ip(&self) -> Option<&str> {
        match &self.sandbox {
            SandboxLife::Up { ip, .. } => ip.as_deref(),
            _ => None,
        }
    }

    /// Whether a container that has ended is to be started again.
    pub(crate) fn restarts(&self, run: &ContainerRun) -> bool {
        if run.ephemeral {
            return false;
        }
        if run.sidecar || run.replace {
            return true;
        }
        let failed = run.exit.as_ref().is_some_and(|e| e.exit_code != 0);
        match self.order.spec.restart_policy.as_str() {
            "Never" => false,
            "OnFailure" => failed,
            _ => !run.init || failed,
        }
    }

    fn phase(&self) -> Phase {
        if let Some((phase, ..)) = &self.ended {
            return *phase;
        }
        let mains = || self.containers.iter().filter(|c| c.main());
        // One that is being started again has come up before: the pod does not go back to `Pending` for it.
        let came_up =
            |c: &ContainerRun| c.running().is_some() || c.exit.is_some() || c.last.is_some();
        if self.initialized && mains().all(came_up) { Phase::Running } else { Phase::Pending }
    }

    /// Makes the status anew; true if it is another one than before.
    pub(crate) fn refresh(&mut self, now: Now, host_ip: Option<&str>) -> bool {
        let status = self.make_status(now, host_ip);
        let changed = status != self.status;
        self.status = status;
        changed
    }

    fn make_status(&mut self, now: Now, host_ip: Option<&str>) -> PodStatus {
        let waits = match (&self.sandbox_error, &self.volumes.wanted) {
            _ if self.ended.is_some() => None,
            (Some(error), _) => Some(("ContainerCreating", error.clone())),
            (_, Some(Err(missing))) => Some(("ContainerCreating", missing.clone())),
            _ if !matches!(self.sandbox, SandboxLife::Up { .. }) => {
                Some(("ContainerCreating", String::new()))
            }
            _ => None,
        };
        let meta = &self.order.metadata;
        let pod = alloc::format!("{}_{}({})", meta.name, meta.namespace, meta.uid);
        let initializing = !self.initialized && self.containers.iter().any(|c| c.init);
        let spec = &self.order.spec;
        let statuses = |init: bool| {
            let specs = if init { &spec.init_containers } else { &spec.containers };
            let runs = self.containers.iter().filter(|c| c.init == init && !c.ephemeral);
            let waits = match &waits {
                _ if !init && initializing => Some(("PodInitializing", "")),
                Some((reason, message)) if initializing || !init => {
                    Some((*reason, message.as_str()))
                }
                _ => None,
            };
            runs.zip(specs)
                .map(|(run, spec)| {
                    let next = !init || self.is_next_init(run);
                    let waits = if next { waits } else { Some(("PodInitializing", "")) };
                    let waits = waits.filter(|_| matches!(run.life, Life::Idle));
                    run.status(spec, now, &pod, waits)
                })
                .collect::<Vec<_>>()
        };
        let (init_containers, containers) = (statuses(true), statuses(false));
        let ephemeral = self.containers.iter().filter(|c| c.ephemeral);
        let ephemeral_containers = ephemeral
            .zip(&spec.ephemeral_containers)
            .map(|(run, spec)| run.status(spec, now, &pod, None))
            .collect();
        let conditions = self.make_conditions(&init_containers, &containers, now);
        let (reason, message) =
            self.ended.as_ref().map(|(_, r, m)| (r.clone(), m.clone())).unwrap_or_default();
        let own_ip = self.ip().map(ToString::to_string);
        let pod_ip = if self.order.spec.host_network { host_ip.map(Into::into) } else { own_ip };
        PodStatus {
            phase: self.phase(),
            reason,
            message,
            pod_ip: pod_ip.or_else(|| self.status.pod_ip.clone().filter(|_| self.ended.is_some())),
            host_ip: host_ip.map(Into::into),
            started: Some(self.started.wall),
            conditions,
            init_containers,
            containers,
            ephemeral_containers,
        }
    }

    fn make_conditions(
        &mut self,
        init_containers: &[ContainerStatus],
        containers: &[ContainerStatus],
        now: Now,
    ) -> Vec<Condition> {
        let unready: Vec<&str> = containers
            .iter()
            .chain(
                init_containers
                    .iter()
                    .filter(|c| self.containers.iter().any(|r| r.sidecar && r.name == c.name)),
            )
            .filter(|c| !c.ready)
            .map(|c| c.name.as_str())
            .collect();
        let completed = matches!(self.ended, Some((Phase::Succeeded, ..)));
        let message = alloc::format!("containers with unready status: [{}]", unready.join(" "));
        let unready = !unready.is_empty() || self.ended.is_some();
        let reason = match (completed, &self.ended, unready) {
            (true, ..) => ("PodCompleted", ""),
            (_, Some(_), _) => ("PodFailed", ""),
            (_, _, true) => ("ContainersNotReady", message.as_str()),
            _ => ("", ""),
        };
        let initialized = self.initialized || self.ended.is_some();
        let uninitialized: Vec<&str> = self
            .containers
            .iter()
            .filter(|c| c.init && !c.is_done() && !c.started)
            .map(|c| c.name.as_str())
            .collect();
        let incomplete =
            alloc::format!("containers with incomplete status: [{}]", uninitialized.join(" "));
        let init_reason =
            if initialized { ("", "") } else { ("ContainersNotInitialized", incomplete.as_str()) };
        alloc::vec![
            self.condition("Initialized", initialized, init_reason, now),
            self.condition("Ready", !unready, reason, now),
            self.condition("ContainersReady", !unready, reason, now),
        ]
    }

    /// Whether the init containers before this one are done.
    fn is_next_init(&self, run: &ContainerRun) -> bool {
        self.containers.iter().take_while(|c| c.name != run.name).all(|c| c.is_done() || c.started)
    }

    fn condition(
        &mut self,
        kind: &'static str,
        status: bool,
        why: (&str, &str),
        now: Now,
    ) -> Condition {
        let held = self.conditions.entry(kind).or_insert((status, now.wall));
        if held.0 != status {
            *held = (status, now.wall);
        }
        Condition {
            kind: kind.into(),
            status,
            since: held.1,
            reason: why.0.into(),
            message: why.1.into(),
        }
    }
}
