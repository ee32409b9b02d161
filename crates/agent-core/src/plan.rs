//! What is to be done for a pod now, planned from where everything of it is. Each step is small; what it starts comes
//! back as an event, and the plan is made again.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use model::pod::Container;
use model::report::NodeEvent;
use model::status::{Phase, Terminated};

use crate::Config;
use crate::container::{ContainerRun, Life, Running, Stop};
use crate::history::History;
use crate::launch::{self, Place};
use crate::ops::{Ops, What};
use crate::orders::Orders;
use crate::outbox::Outbox;
use crate::pod::{PodRun, SandboxLife};
use crate::probe::{ProbeKind, hook_action, probe_action, probe_of};
use crate::resolve::Surroundings;
use crate::turn::{Check, Effect, FailureKind, Note, Now, Pull, Save};

/// A hook after the start has so long, in milliseconds.
const POST_START_MS: u64 = 300_000;

/// All that planning needs besides the pod itself.
pub(crate) struct Ctx<'a> {
    pub(crate) now: Now,
    pub(crate) config: &'a Config,
    pub(crate) orders: &'a Orders,
    pub(crate) ops: &'a mut Ops,
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) history: &'a mut History,
    pub(crate) then: &'a mut Vec<Effect>,
    pub(crate) save: &'a mut Save,
}

impl Ctx<'_> {
    /// Remembers what was decided of a pod, for whoever asks on the node. It is not told.
    pub(crate) fn decided(&mut self, pod: &PodRun, container: &str, reason: &str, message: &str) {
        self.history.add(&pod.name(), self.now.wall, container, reason, message);
    }

    /// Tells what happened to a pod (or one of its containers).
    pub(crate) fn event(
        &mut self,
        pod: &PodRun,
        container: &str,
        warning: bool,
        reason: &str,
        message: String,
    ) {
        self.history.add(&pod.name(), self.now.wall, container, reason, &message);
        self.then.push(Effect::Note(Note::Pod {
            pod: pod.name(),
            reason: reason.into(),
            message: message.clone(),
            warning,
        }));
        self.outbox.event(NodeEvent {
            at: self.now.wall,
            pod: Some(pod.uid.clone()),
            container: container.into(),
            warning,
            reason: reason.into(),
            message,
            count: 1,
        });
    }
}

impl PodRun {
    /// Plans, keeps and tells.
    pub(crate) fn advance(&mut self, ctx: &mut Ctx<'_>) {
        if self.leaving.is_some() {
            self.leave(ctx);
        } else if self.ended.is_some() {
            self.rest(ctx);
        } else {
            self.keep_up(ctx);
        }
        if self.gone {
            ctx.save.records.insert(format!("pod/{}", self.uid), None);
            ctx.outbox.pod_gone(&self.uid);
            return;
        }
        if let Some(bytes) = self.keep() {
            ctx.save.records.insert(format!("pod/{}", self.uid), Some(bytes));
        }
        if self.refresh(ctx.now, ctx.config.host_ip.as_deref()) {
            ctx.outbox.pod_changed(&self.uid);
        }
    }

    fn keep_up(&mut self, ctx: &mut Ctx<'_>) {
        if self.past_deadline(ctx) || !self.sandbox_up(ctx) || !self.volumes_ready(ctx) {
            return;
        }
        let inits = self.containers.iter().filter(|c| c.init).count();
        let mains = self.containers.iter().filter(|c| c.main()).count();
        for i in inits + mains..self.containers.len() {
            self.ensure(i, ctx);
        }
        for i in 0..inits {
            let run = &self.containers[i];
            if self.initialized {
                if run.sidecar {
                    self.ensure(i, ctx);
                    self.probe(i, ctx);
                }
                continue;
            }
            if run.is_done() && !run.sidecar {
                continue;
            }
            if run.life == Life::Exited && !self.restarts(run) {
                let reason = String::new();
                self.ended = Some((Phase::Failed, reason, String::new()));
                return;
            }
            self.ensure(i, ctx);
            // A sidecar's start is proven by its probe, and what comes after it waits for that.
            self.probe(i, ctx);
            if !self.containers[i].started || !self.containers[i].sidecar {
                return;
            }
        }
        self.initialized = true;
        for i in inits..inits + mains {
            self.ensure(i, ctx);
            self.probe(i, ctx);
        }
        self.see_end();
    }

    /// Whether all containers have ended for good.
    fn see_end(&mut self) {
        let mut mains = self.containers.iter().filter(|c| c.main());
        if mains.any(|c| c.life != Life::Exited || self.restarts(c)) {
            return;
        }
        let failed = self.containers.iter().any(|c| c.main() && !c.is_done());
        let phase = if failed { Phase::Failed } else { Phase::Succeeded };
        self.ended = Some((phase, String::new(), String::new()));
    }

    fn past_deadline(&mut self, ctx: &mut Ctx<'_>) -> bool {
        let Some(due) = self.deadline() else { return false };
        if ctx.now.mono < due {
            return false;
        }
        let message = "Pod was active on the node longer than the specified deadline".to_string();
        ctx.event(self, "", false, "DeadlineExceeded", message.clone());
        self.ended = Some((Phase::Failed, "DeadlineExceeded".into(), message));
        self.rest(ctx);
        true
    }

    fn deadline(&self) -> Option<Millis> {
        Some(self.started.mono.plus(self.order.spec.active_deadline_seconds?.saturating_mul(1000)))
    }

    /// True once the sandbox runs.
    fn sandbox_up(&mut self, ctx: &mut Ctx<'_>) -> bool {
        match &self.sandbox {
            SandboxLife::Up { .. } => return true,
            SandboxLife::Creating(_) | SandboxLife::Removing(..) => return false,
            SandboxLife::Lost(_) => {
                // Its network is gone: what still runs in it is cut off, and starts anew in the next one.
                self.stop_all(self.grace_s(), ctx);
                if !self.containers.iter().all(ContainerRun::is_down) {
                    return false;
                }
                if self.removal_waits(ctx.now.mono) {
                    return false;
                }
                if self.sandbox != SandboxLife::Lost(String::new()) {
                    ctx.event(
                        self,
                        "",
                        false,
                        "SandboxChanged",
                        "Pod sandbox changed, it will be killed and re-created.".into(),
                    );
                }
                if self.ended_with_its_sandbox() {
                    return false;
                }
                self.start_over(ctx);
                if !self.remove_sandbox(ctx) {
                    return false;
                }
            }
            SandboxLife::None => {}
        }
        if self.sandbox_backoff.waits(ctx.now.mono).is_some() {
            return false;
        }
        let op = ctx.ops.begin(&self.uid, What::Sandbox);
        let sandbox = launch::sandbox(&self.order, self.sandbox_attempt);
        self.sandbox_attempt += 1;
        ctx.then.push(Effect::CreateSandbox(op, sandbox));
        self.sandbox = SandboxLife::Creating(op);
        false
    }

    /// A pod whose containers are never started again does not outlive its sandbox, once one of them ran.
    fn ended_with_its_sandbox(&mut self) -> bool {
        let once = self.order.spec.restart_policy == "Never";
        if !once || self.containers.iter().all(|c| c.exit.is_none()) {
            return false;
        }
        let mut counted = self.containers.iter().filter(|c| !c.sidecar && !c.ephemeral);
        let done = counted.all(ContainerRun::is_done);
        let phase = if done { Phase::Succeeded } else { Phase::Failed };
        self.ended = Some((phase, String::new(), String::new()));
        true
    }

    /// A new sandbox: everything runs from the beginning, init containers included; what has ended for good does not.
    fn start_over(&mut self, ctx: &mut Ctx<'_>) {
        self.initialized = false;
        let on_failure = self.order.spec.restart_policy == "OnFailure";
        for run in &mut self.containers {
            if run.ephemeral || on_failure && !run.init && run.is_done() {
                continue;
            }
            if let Some(exit) = run.exit.take() {
                run.last = Some(exit);
                run.restarts += 1;
            }
            run.crash.clear();
            run.life = Life::Idle;
            while run.dead.len() > 1 {
                let id = run.dead.remove(0);
                let op = ctx.ops.begin(&self.uid, What::Remove(id.clone()));
                ctx.then.push(Effect::Remove { op, container: id });
            }
        }
    }

    /// True once the volumes are there. Later changes of their content are written beside the running containers.
    fn volumes_ready(&mut self, ctx: &mut Ctx<'_>) -> bool {
        let wanted = match &self.volumes.wanted {
            Some(Ok((volumes, hash))) => Some((volumes.clone(), *hash)),
            Some(Err(missing)) => {
                let missing = missing.clone();
                self.volume_trouble(missing, ctx);
                None
            }
            None => None,
        };
        let Some((volumes, hash)) = wanted else { return self.volumes.written.is_some() };
        let there = self.volumes.written.is_some();
        if self.volumes.written == Some(hash) || self.volumes.writing.is_some() {
            return there;
        }
        if self.volumes.backoff.waits(ctx.now.mono).is_none() {
            let op = ctx.ops.begin(&self.uid, What::Volumes);
            ctx.then.push(Effect::WriteVolumes(op, volumes));
            self.volumes.writing = Some((op, hash));
        }
        there
    }

    /// Told once for each trouble.
    pub(crate) fn volume_trouble(&mut self, message: String, ctx: &mut Ctx<'_>) {
        if self.volumes.error.as_ref() != Some(&message) {
            ctx.event(
                self,
                "",
                true,
                "FailedMount",
                format!("MountVolume.SetUp failed: {message}"),
            );
            self.volumes.error = Some(message);
        }
    }

    /// Brings a container on its way to running.
    fn ensure(&mut self, i: usize, ctx: &mut Ctx<'_>) {
        let now = ctx.now.mono;
        let run = &self.containers[i];
        match &run.life {
            Life::Idle if run.ephemeral && run.attempt > 0 => {
                return self.containers[i].lost(ctx.now);
            }
            Life::Idle => {}
            Life::Exited => {
                if run.is_done() && run.init && !run.sidecar
                    || !self.restarts(run)
                    || run.crash.waits(now).is_some()
                {
                    return;
                }
            }
            Life::Running(running) => {
                let changed =
                    self.spec(i).is_some_and(|spec| launch::spec_hash(spec) != running.spec);
                if changed {
                    let why =
                        format!("Container {} definition changed, will be restarted", run.name);
                    self.stop(i, self.grace_s(), Some(why), ctx);
                    self.containers[i].image = None;
                    self.containers[i].replace = true;
                }
                return;
            }
            Life::Stopping(..) => return self.stop(i, self.grace_s(), None, ctx),
            _ => return,
        }
        if run.config_error.is_some() || run.pull.waits(now).is_some() {
            return;
        }
        let Some(spec) = self.spec(i).cloned() else { return };
        let policy = launch::pull_policy(&spec);
        let known = run.image.is_some() && policy != crate::turn::PullPolicy::Always;
        if known || run.image_checked {
            return self.start(i, &spec, ctx);
        }
        let op = ctx.ops.begin(&self.uid, What::Pull(spec.name.clone()));
        let auths = launch::auths(ctx.orders, &self.order, &spec.image);
        ctx.then.push(Effect::Pull(op, Pull { image: spec.image, policy, auths }));
        self.containers[i].life = Life::Pulling(op);
    }

    fn start(&mut self, i: usize, spec: &Container, ctx: &mut Ctx<'_>) {
        let SandboxLife::Up { id: sandbox, ip } = self.sandbox.clone() else { return };
        let (image_id, image_user) = self.containers[i].image.clone().unwrap_or_default();
        let attempt = self.containers[i].attempt;
        let target = self.containers.iter().find(|c| c.name == spec.target_container_name);
        let target = target.and_then(ContainerRun::running).map(|running| running.id.clone());
        let place = Place {
            sandbox: &sandbox,
            target: target.as_deref(),
            image_id: &image_id,
            image_user: &image_user,
            attempt,
        };
        let host_ip = ctx.config.host_ip.as_deref();
        let pod_ip = if self.order.spec.host_network { host_ip } else { ip.as_deref() };
        let around = Surroundings {
            node: ctx.config.node.as_str(),
            host_ip,
            pod_ip,
            allocatable: ctx.config.allocatable,
        };
        match launch::launch(ctx.orders, &self.order, spec, &place, &around) {
            Err(missing) => {
                ctx.event(self, &spec.name, true, "Failed", format!("Error: {missing}"));
                self.containers[i].config_error = Some(missing);
            }
            Ok(launch) => {
                let op = ctx.ops.begin(&self.uid, What::Start(spec.name.clone()));
                ctx.then.push(Effect::Start(op, launch.into()));
                let run = &mut self.containers[i];
                if let Some(exit) = run.exit.take() {
                    run.last = Some(exit);
                    run.restarts += 1;
                }
                run.attempt += 1;
                run.replace = false;
                run.life = Life::Starting(op);
                // The one that ended last is kept for its log; older ones go.
                while run.dead.len() > 1 {
                    let id = run.dead.remove(0);
                    let op = ctx.ops.begin(&self.uid, What::Remove(id.clone()));
                    ctx.then.push(Effect::Remove { op, container: id });
                }
            }
        }
    }

    /// The address that probes ask.
    pub(crate) fn address(&self, ctx: &Ctx<'_>) -> String {
        let host = ctx.config.host_ip.as_deref().unwrap_or("127.0.0.1");
        if self.order.spec.host_network { host.into() } else { self.ip().unwrap_or(host).into() }
    }

    /// A container has been started: hooks and probes begin.
    pub(crate) fn came_up(&mut self, i: usize, id: String, ctx: &mut Ctx<'_>) {
        let Some(spec) = self.spec(i).cloned() else { return };
        let name = spec.name.clone();
        ctx.event(self, &name, false, "Created", format!("Created container {name}"));
        ctx.event(self, &name, false, "Started", format!("Started container {name}"));
        let running = Running { id, since: ctx.now, spec: launch::spec_hash(&spec) };
        let ip = self.address(ctx);
        let hook = spec.lifecycle.as_ref().and_then(|l| l.post_start.as_ref());
        if let Some(action) = hook.and_then(|h| hook_action(h, &spec, &ip)) {
            let op = ctx.ops.begin(&self.uid, What::PostStart(name));
            let check = Check { container: running.id.clone(), action, timeout_ms: POST_START_MS };
            ctx.then.push(Effect::Check(op, check));
            self.containers[i].life = Life::Hooking(op, running);
        } else {
            self.runs(i, running, ctx.now);
        }
    }

    /// A container runs, by all accounts.
    pub(crate) fn runs(&mut self, i: usize, running: Running, now: Now) {
        let Some(spec) = self.spec(i).cloned() else { return };
        let run = &mut self.containers[i];
        run.probes = crate::probe::probes_of(&spec, running.since.mono, now.mono);
        run.started = spec.startup_probe.is_none();
        run.ready = run.started && spec.readiness_probe.is_none();
        run.config_error = None;
        run.pull_failed = None;
        run.life = Life::Running(running);
    }

    /// Starts the probes that are due.
    fn probe(&mut self, i: usize, ctx: &mut Ctx<'_>) {
        let Life::Running(running) = self.containers[i].life.clone() else { return };
        let Some(spec) = self.spec(i).cloned() else { return };
        let ip = self.address(ctx);
        let started = self.containers[i].started;
        for probe in &mut self.containers[i].probes {
            // Until the start is proven, only its probe runs; afterwards it no longer does.
            let waits = (probe.kind == ProbeKind::Startup) == started;
            if waits || probe.under_way.is_some() || probe.due > ctx.now.mono {
                continue;
            }
            let Some(what) = probe_of(&spec, probe.kind) else { continue };
            let Some(action) = probe_action(what, &spec, &ip) else {
                probe.not_run(ctx.now.mono);
                continue;
            };
            let op = ctx.ops.begin(&self.uid, What::Probe(spec.name.clone(), probe.kind));
            let timeout_ms = u64::from(what.timeout_seconds.unwrap_or(1).max(1)) * 1000;
            ctx.then.push(Effect::Check(
                op,
                Check { container: running.id.clone(), action, timeout_ms },
            ));
            probe.under_way = Some(op);
        }
    }

    /// When this pod wants to be looked at again, without anything happening.
    pub(crate) fn wake(&self, now: Now) -> Option<Millis> {
        let mut times: Vec<Millis> = Vec::new();
        times.extend(self.sandbox_backoff.waits(now.mono));
        times.extend(self.remove_again);
        times.extend(self.volumes.backoff.waits(now.mono));
        if self.ended.is_none() && self.leaving.is_none() {
            times.extend(self.deadline());
        }
        for run in &self.containers {
            times.extend(run.crash.waits(now.mono));
            times.extend(run.pull.waits(now.mono));
            if let Some((at, ..)) = &run.pull_failed {
                times.push(at.plus(crate::container::PULL_ERROR_SHOWN_MS));
            }
            match &run.life {
                Life::Stopping(_, Stop::Done(at) | Stop::Failed(at)) => times.push(*at),
                Life::Running(_) => {
                    let due = |p: &&crate::probe::ProbeRun| {
                        p.under_way.is_none() && (p.kind == ProbeKind::Startup) != run.started
                    };
                    times.extend(run.probes.iter().filter(due).map(|p| p.due));
                }
                _ => {}
            }
        }
        // What is past has been acted on already, or waits for something else.
        times.into_iter().filter(|t| *t > now.mono).min()
    }

    /// A container could not be started: that counts as an end.
    pub(crate) fn start_failed(
        &mut self,
        i: usize,
        kind: FailureKind,
        message: String,
        container: Option<String>,
        ctx: &mut Ctx<'_>,
    ) {
        let name = self.containers[i].name.clone();
        ctx.event(self, &name, true, "Failed", format!("Error: {message}"));
        let run = &mut self.containers[i];
        run.crash.failed(ctx.now.mono);
        let reason =
            if kind == FailureKind::CannotRun { "ContainerCannotRun" } else { "StartError" };
        run.exit = Some(Terminated {
            exit_code: 128,
            reason: reason.into(),
            message,
            started: ctx.now.wall,
            finished: ctx.now.wall,
            container_id: container.as_deref().map(crate::container::engine_id).unwrap_or_default(),
        });
        run.dead.extend(container);
        // It may be its image that has gone: it is made sure of anew.
        run.image = None;
        run.down();
        run.life = Life::Exited;
    }
}
