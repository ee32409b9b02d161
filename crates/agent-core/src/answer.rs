//! What comes back: the answers to effects, the ends of containers, and what the engine has.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;

use crate::container::{Life, Running, Stop};
use crate::ops::What;
use crate::plan::Ctx;
use crate::pod::{PodRun, SandboxLife};
use crate::probe::{ProbeKind, Verdict};
use crate::stop::STOP_RETRY_MS;
use crate::turn::{Effect, Exit, Failure, FailureKind, Now, Outcome, Seen};

/// After the engine said that a container is stopped, its exit is waited for so long, in milliseconds.
const EXIT_WITHIN_MS: u64 = 2000;

impl PodRun {
    /// Takes the answer to an effect in.
    pub(crate) fn answer(
        &mut self,
        what: What,
        outcome: Outcome,
        early: Option<Exit>,
        ctx: &mut Ctx<'_>,
    ) {
        match what {
            What::Sandbox => self.sandbox_answer(outcome, ctx),
            What::RemoveSandbox => self.sandbox_removed(&outcome, ctx),
            What::Volumes => self.volumes_answer(outcome, ctx),
            What::Volume => {}
            What::Files => match outcome {
                Outcome::Failed(failure) => {
                    self.volume_trouble(failure.message, ctx);
                    self.gone = true;
                }
                _ => self.gone = true,
            },
            // One that cannot be taken away now is found again by the next look.
            What::Remove(_) => {}
            What::Pull(name) => self.with(&name, |pod, i| pod.pull_answer(i, outcome, ctx)),
            What::Start(name) => {
                self.with(&name, |pod, i| pod.start_answer(i, outcome, early, ctx))
            }
            What::PostStart(name) => self.with(&name, |pod, i| pod.hook_answer(i, outcome, ctx)),
            What::PreStop(name) => self.with(&name, |pod, i| {
                if let Outcome::Checked { passed: false, message } = &outcome {
                    ctx.event(
                        pod,
                        &name,
                        true,
                        "FailedPreStopHook",
                        format!("PreStopHook failed: {message}"),
                    );
                }
                pod.hook_done(i, ctx);
            }),
            What::Stop(name) => {
                self.with(&name, |pod, i| pod.stop_answer(i, &outcome, ctx.now.mono))
            }
            What::Probe(name, kind) => {
                self.with(&name, |pod, i| pod.probe_answer(i, kind, outcome, ctx))
            }
        }
    }

    fn with(&mut self, name: &str, act: impl FnOnce(&mut Self, usize)) {
        if let Some(i) = self.position(name) {
            act(self, i);
        }
    }

    fn sandbox_answer(&mut self, outcome: Outcome, ctx: &mut Ctx<'_>) {
        match outcome {
            Outcome::Sandbox { id, ip } => {
                self.sandbox = SandboxLife::Up { id, ip };
                self.sandbox_backoff.clear();
                self.sandbox_error = None;
            }
            Outcome::Failed(Failure { kind: FailureKind::EngineAway, .. }) => {
                self.sandbox = SandboxLife::None
            }
            Outcome::Failed(failure) => {
                self.sandbox = SandboxLife::Lost(failure.container.unwrap_or_default());
                self.sandbox_backoff.failed(ctx.now.mono);
                let message = format!("Failed to create pod sandbox: {}", failure.message);
                ctx.event(self, "", true, "FailedCreatePodSandBox", message.clone());
                self.sandbox_error = Some(message);
            }
            _ => {}
        }
    }

    fn sandbox_removed(&mut self, outcome: &Outcome, ctx: &mut Ctx<'_>) {
        let SandboxLife::Removing(_, id) = self.sandbox.clone() else { return };
        self.sandbox = match outcome {
            Outcome::Failed(_) => {
                self.remove_again = Some(ctx.now.mono.plus(STOP_RETRY_MS));
                SandboxLife::Lost(id)
            }
            _ => {
                self.remove_again = None;
                SandboxLife::None
            }
        };
    }

    fn volumes_answer(&mut self, outcome: Outcome, ctx: &mut Ctx<'_>) {
        let Some((_, hash)) = self.volumes.writing.take() else { return };
        match outcome {
            Outcome::Failed(failure) => {
                self.volumes.backoff.failed(ctx.now.mono);
                self.volume_trouble(failure.message, ctx);
            }
            _ => {
                self.volumes.written = Some(hash);
                self.volumes.backoff.clear();
                self.volumes.error = None;
            }
        }
    }

    fn pull_answer(&mut self, i: usize, outcome: Outcome, ctx: &mut Ctx<'_>) {
        let name = self.containers[i].name.clone();
        let image = self.spec(i).map(|s| s.image.clone()).unwrap_or_default();
        let back = if self.containers[i].exit.is_some() { Life::Exited } else { Life::Idle };
        self.containers[i].life = back;
        match outcome {
            Outcome::Image { id, pulled, took_ms, bytes, user } => {
                let message = if pulled {
                    ctx.event(self, &name, false, "Pulling", format!("Pulling image \"{image}\""));
                    format!(
                        "Successfully pulled image \"{image}\" in {took_ms}ms. Image size: {bytes} bytes."
                    )
                } else {
                    format!("Container image \"{image}\" already present on machine")
                };
                ctx.event(self, &name, false, "Pulled", message);
                let run = &mut self.containers[i];
                run.image = Some((id, user));
                run.image_checked = true;
                run.pull.clear();
                run.pull_failed = None;
            }
            Outcome::Failed(Failure { kind: FailureKind::EngineAway, .. }) => {}
            Outcome::Failed(failure) => {
                let (reason, message) = match failure.kind {
                    FailureKind::ImageNeverPull => (
                        "ErrImageNeverPull",
                        format!(
                            "Container image \"{image}\" is not present with pull policy of Never"
                        ),
                    ),
                    FailureKind::ImageName => (
                        "InspectFailed",
                        format!(
                            "Failed to apply default image tag \"{image}\": {}",
                            failure.message
                        ),
                    ),
                    _ => {
                        ("Failed", format!("Failed to pull image \"{image}\": {}", failure.message))
                    }
                };
                ctx.event(self, &name, true, reason, message.clone());
                if failure.kind == FailureKind::ImagePull {
                    ctx.event(self, &name, true, "Failed", "Error: ErrImagePull".into());
                    let message = format!("Back-off pulling image \"{image}\"");
                    ctx.event(self, &name, false, "BackOff", message);
                }
                let run = &mut self.containers[i];
                run.pull.failed(ctx.now.mono);
                run.pull_failed = Some((ctx.now.mono, failure.kind, message));
            }
            _ => {}
        }
    }

    fn start_answer(&mut self, i: usize, outcome: Outcome, early: Option<Exit>, ctx: &mut Ctx<'_>) {
        match outcome {
            Outcome::Started { id } => {
                self.came_up(i, id, ctx);
                // It may have ended before its start was told.
                if let Some(exit) = early {
                    self.exited(&exit, ctx);
                }
            }
            Outcome::Failed(Failure { kind: FailureKind::EngineAway, .. }) => {
                self.containers[i].life = Life::Idle
            }
            Outcome::Failed(failure) => {
                self.start_failed(i, failure.kind, failure.message, failure.container, ctx)
            }
            _ => {}
        }
    }

    /// The hook after the start has ended.
    fn hook_answer(&mut self, i: usize, outcome: Outcome, ctx: &mut Ctx<'_>) {
        let Life::Hooking(_, running) = self.containers[i].life.clone() else { return };
        let failed = match outcome {
            Outcome::Checked { passed: true, .. } => None,
            Outcome::Checked { message, .. } => Some(message),
            Outcome::Failed(failure) => Some(failure.message),
            _ => None,
        };
        self.runs(i, running, ctx.now);
        if let Some(message) = failed {
            let name = self.containers[i].name.clone();
            ctx.event(
                self,
                &name,
                true,
                "FailedPostStartHook",
                format!("PostStartHook failed: {message}"),
            );
            self.stop(i, self.grace_s(), Some("FailedPostStartHook".to_string()), ctx);
        }
    }

    fn stop_answer(&mut self, i: usize, outcome: &Outcome, now: Millis) {
        let Life::Stopping(running, Stop::Engine(_)) = self.containers[i].life.clone() else {
            return;
        };
        let next = match outcome {
            Outcome::Failed(_) => Stop::Failed(now.plus(STOP_RETRY_MS)),
            _ => Stop::Done(now.plus(EXIT_WITHIN_MS)),
        };
        self.containers[i].life = Life::Stopping(running, next);
    }

    fn probe_answer(&mut self, i: usize, kind: ProbeKind, outcome: Outcome, ctx: &mut Ctx<'_>) {
        let run = &mut self.containers[i];
        let Some(probe) = run.probes.iter_mut().find(|p| p.kind == kind) else { return };
        let Outcome::Checked { passed, message } = outcome else {
            probe.not_run(ctx.now.mono);
            return;
        };
        let verdict = probe.result(passed, ctx.now.mono);
        let name = run.name.clone();
        if !passed {
            let message = format!("{} probe failed: {message}", kind.as_str());
            ctx.event(self, &name, true, "Unhealthy", message);
        }
        let run = &mut self.containers[i];
        match (kind, verdict) {
            (_, Verdict::Same) => {}
            (ProbeKind::Readiness, verdict) => run.ready = verdict == Verdict::Passed,
            (ProbeKind::Startup, Verdict::Passed) => {
                run.started = true;
                run.ready = !run.probes.iter().any(|p| p.kind == ProbeKind::Readiness);
            }
            (ProbeKind::Liveness, Verdict::Passed) => {}
            (_, Verdict::Failed) => {
                let own = self.spec(i).and_then(|s| {
                    crate::probe::probe_of(s, kind)?.termination_grace_period_seconds
                });
                let grace = own.unwrap_or_else(|| self.grace_s());
                let what = kind.as_str().to_lowercase();
                let why = format!("Container {name} failed {what} probe, will be restarted");
                self.stop(i, grace, Some(why), ctx);
            }
        }
    }

    /// A container has ended. True if it is one of this pod's.
    pub(crate) fn exited(&mut self, exit: &Exit, ctx: &mut Ctx<'_>) -> bool {
        if matches!(&self.sandbox, SandboxLife::Up { id, .. } if *id == exit.id) {
            self.sandbox = SandboxLife::Lost(exit.id.clone());
            return true;
        }
        let found =
            self.containers.iter().position(|c| c.running().is_some_and(|r| r.id == exit.id));
        let Some(i) = found else { return false };
        if let Life::Hooking(op, _) | Life::Stopping(_, Stop::Hook(op, _) | Stop::Engine(op)) =
            self.containers[i].life
        {
            ctx.ops.forget(op);
        }
        for probe in &self.containers[i].probes {
            if let Some(op) = probe.under_way {
                ctx.ops.forget(op);
            }
        }
        let deliberate =
            matches!(self.containers[i].life, Life::Stopping(..)) && self.leaving.is_some();
        self.containers[i].ended(exit, ctx.now.mono);
        self.remember_end(i, deliberate, ctx);
        let run = &self.containers[i];
        if !deliberate && self.restarts(run) && run.crash.waits(ctx.now.mono).is_some() {
            let name = run.name.clone();
            let message = format!(
                "Back-off restarting failed container {name} in pod {}",
                self.order.metadata.name
            );
            ctx.event(self, &name, true, "BackOff", message);
        }
        true
    }

    /// Remembers how a container ended, and what comes of it.
    fn remember_end(&self, i: usize, deliberate: bool, ctx: &mut Ctx<'_>) {
        let run = &self.containers[i];
        let Some(exit) = &run.exit else { return };
        let next = match run.crash.waits(ctx.now.mono) {
            _ if deliberate => "it was to stop".to_string(),
            _ if !self.restarts(run) => {
                format!("restartPolicy {} does not start it again", self.order.spec.restart_policy)
            }
            Some(at) => format!("started again in {} s", at.since(ctx.now.mono) / 1000),
            None => "started again at once".to_string(),
        };
        let ran_s = exit.finished.since(exit.started) / 1000;
        let message =
            format!("{} with exit code {} after {ran_s} s: {next}", exit.reason, exit.exit_code);
        ctx.decided(self, &run.name, "Exited", &message);
    }

    /// Brings what is known in line with what the engine has. `seen`: all containers of this pod.
    pub(crate) fn looked(&mut self, seen: &[Seen], ctx: &mut Ctx<'_>) {
        let of = |name: &str| {
            let mut found: Vec<&Seen> = seen
                .iter()
                .filter(|s| s.identity.as_ref().is_some_and(|i| i.container == name))
                .collect();
            found.sort_by_key(|s| s.identity.as_ref().map(|i| i.attempt));
            found
        };
        let attempt = |s: &Seen| s.identity.as_ref().map_or(0, |i| i.attempt);
        self.look_at_sandbox(&of(""), ctx);
        for i in 0..self.containers.len() {
            let found = of(&self.containers[i].name);
            let run = &mut self.containers[i];
            // The attempt that is to run: one that is under way, else the newest there is.
            let due = match run.life {
                Life::Pulling(_) => run.attempt,
                Life::Starting(_) => run.attempt.saturating_sub(1),
                _ => found.last().map_or(0, |newest| attempt(newest)),
            };
            if let Some(newest) = found.last() {
                run.attempt = run.attempt.max(attempt(newest) + 1);
            }
            let older = || found.iter().filter(|s| attempt(s) < due);
            // Somebody has started it again behind our back: there must not be two.
            for again in older().filter(|s| s.running) {
                let op = ctx.ops.begin(&self.uid, What::Remove(again.id.clone()));
                ctx.then.push(Effect::Remove { op, container: again.id.clone() });
            }
            if matches!(run.life, Life::Pulling(_) | Life::Starting(_)) {
                continue;
            }
            run.dead = older().filter(|s| !s.running).map(|s| s.id.clone()).collect();
            self.look_at(i, found.last().copied(), ctx);
        }
        let strays = seen.iter().filter(|s| {
            let name = s.identity.as_ref().map_or("", |i| i.container.as_str());
            !name.is_empty() && self.position(name).is_none()
        });
        for stray in strays.map(|s| s.id.clone()).collect::<Vec<_>>() {
            let op = ctx.ops.begin(&self.uid, What::Remove(stray.clone()));
            ctx.then.push(Effect::Remove { op, container: stray });
        }
    }

    fn look_at_sandbox(&mut self, found: &[&Seen], ctx: &mut Ctx<'_>) {
        if matches!(self.sandbox, SandboxLife::Creating(_) | SandboxLife::Removing(..)) {
            return;
        }
        let running = found.iter().rev().find(|s| s.running);
        let newest = running.or(found.last());
        for old in found.iter().filter(|s| Some(&s.id) != newest.map(|n| &n.id)) {
            let op = ctx.ops.begin(&self.uid, What::Remove(old.id.clone()));
            ctx.then.push(Effect::Remove { op, container: old.id.clone() });
        }
        if let Some(newest) = newest {
            let next = newest.identity.as_ref().map_or(0, |i| i.attempt) + 1;
            self.sandbox_attempt = self.sandbox_attempt.max(next);
        }
        self.sandbox = match (running, newest) {
            (Some(s), _) => SandboxLife::Up { id: s.id.clone(), ip: s.ip.clone() },
            (None, Some(s)) => SandboxLife::Lost(s.id.clone()),
            (None, None) if self.containers.iter().any(|c| c.running().is_some()) => {
                SandboxLife::Lost(String::new())
            }
            (None, None) if matches!(self.sandbox, SandboxLife::None) => SandboxLife::None,
            (None, None) => SandboxLife::Lost(String::new()),
        };
    }

    fn look_at(&mut self, i: usize, newest: Option<&Seen>, ctx: &mut Ctx<'_>) {
        let run = &self.containers[i];
        let held = run.running().map(|r| r.id.clone());
        let told = run.exit.as_ref().map(|e| e.container_id.clone());
        match newest {
            Some(seen) if seen.running => {
                if held.as_ref() == Some(&seen.id) {
                    return;
                }
                let wall = seen.started.unwrap_or(ctx.now.wall);
                let ran = ctx.now.wall.since(wall);
                let mono = Millis(ctx.now.mono.0.saturating_sub(ran));
                let spec = seen.identity.as_ref().map(|i| i.spec.clone()).unwrap_or_default();
                let since = Now { mono, wall };
                self.runs(i, Running { id: seen.id.clone(), since, spec }, ctx.now);
                let run = &mut self.containers[i];
                run.exit = None;
                // It ran before this agent did: it is taken to be well until a probe says otherwise.
                run.started = true;
                run.ready = true;
                run.image = None;
                run.image_found.clone_from(&seen.image_id);
            }
            Some(seen) => {
                let known = told == Some(crate::container::engine_id(&seen.id));
                if known && held.is_none() {
                    self.containers[i].dead.push(seen.id.clone());
                    return;
                }
                match &seen.exit {
                    Some(exit) => {
                        let exit = Exit { id: seen.id.clone(), ..exit.clone() };
                        self.containers[i].ended(&exit, ctx.now.mono);
                    }
                    // Made but never started: half a start that was cut off.
                    None => {
                        let run = &mut self.containers[i];
                        run.dead.push(seen.id.clone());
                        run.life = if run.exit.is_some() { Life::Exited } else { Life::Idle };
                    }
                }
            }
            None if held.is_some() => {
                // Taken away behind our back.
                let exit = Exit {
                    code: 137,
                    started: self.containers[i].running().map_or(ctx.now.wall, |r| r.since.wall),
                    finished: ctx.now.wall,
                    error: "The container could not be located when the pod was looked at".into(),
                    ..Exit::default()
                };
                self.containers[i].ended(&exit, ctx.now.mono);
            }
            None => {}
        }
    }
}
