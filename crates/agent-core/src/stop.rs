//! How what runs comes to its end: hooks, signals, what is left is taken away. A stop is begun once and followed to its
//! end; one that the engine could not do is tried again.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;

use crate::container::{ContainerRun, Life, Running, Stop};
use crate::ops::What;
use crate::plan::Ctx;
use crate::pod::{PodRun, SandboxLife};
use crate::probe::hook_action;
use crate::turn::{Check, Effect, Exit};

/// A stop that the engine could not do is tried again after so long, in milliseconds.
pub(crate) const STOP_RETRY_MS: u64 = 5000;
/// The least that is left for the polite signal after a hook, in seconds.
const GRACE_MIN_S: u32 = 2;
/// A stop that is under way is hastened if its end comes nearer by more than this, in milliseconds.
const HASTE_MS: u64 = 1000;

impl PodRun {
    /// A pod that has ended keeps its containers for their logs; nothing of it runs.
    pub(crate) fn rest(&mut self, ctx: &mut Ctx<'_>) {
        self.stop_all(self.grace_s(), ctx);
        if self.containers.iter().all(ContainerRun::is_down) {
            self.remove_sandbox(ctx);
        }
    }

    /// Stops everything, takes it away, and is gone.
    pub(crate) fn leave(&mut self, ctx: &mut Ctx<'_>) {
        let grace = self.leaving.unwrap_or(0);
        self.stop_all(grace, ctx);
        if !self.containers.iter().all(ContainerRun::is_down) {
            return;
        }
        let dead: Vec<String> = self.containers.iter_mut().flat_map(|c| c.dead.drain(..)).collect();
        for id in dead {
            let op = ctx.ops.begin(&self.uid, What::Remove(id.clone()));
            ctx.then.push(Effect::Remove { op, container: id });
        }
        if !self.remove_sandbox(ctx) || ctx.ops.any(&self.uid, |_| true) {
            return;
        }
        if self.volumes.wanted.is_none() {
            self.gone = true;
            return;
        }
        let op = ctx.ops.begin(&self.uid, What::Files);
        ctx.then.push(Effect::RemovePodFiles { op, pod: self.uid.clone() });
    }

    pub(crate) fn removal_waits(&self, now: Millis) -> bool {
        self.remove_again.is_some_and(|again| again > now)
    }

    /// True once there is no sandbox.
    pub(crate) fn remove_sandbox(&mut self, ctx: &mut Ctx<'_>) -> bool {
        if self.removal_waits(ctx.now.mono) {
            return false;
        }
        let id = match &self.sandbox {
            SandboxLife::None => return true,
            SandboxLife::Creating(_) | SandboxLife::Removing(..) => return false,
            SandboxLife::Up { id, .. } | SandboxLife::Lost(id) => id.clone(),
        };
        if id.is_empty() {
            self.sandbox = SandboxLife::None;
            return true;
        }
        let op = ctx.ops.begin(&self.uid, What::RemoveSandbox);
        ctx.then.push(Effect::Remove { op, container: id.clone() });
        self.sandbox = SandboxLife::Removing(op, id);
        false
    }

    /// Stops what runs: containers side by side first, then sidecars, the last one first.
    pub(crate) fn stop_all(&mut self, grace_s: u32, ctx: &mut Ctx<'_>) {
        for i in 0..self.containers.len() {
            if let Life::Pulling(op) = self.containers[i].life {
                ctx.ops.forget(op);
                self.containers[i].life =
                    if self.containers[i].exit.is_some() { Life::Exited } else { Life::Idle };
            }
            if !self.containers[i].sidecar {
                self.stop(i, grace_s, None, ctx);
            }
        }
        if self.containers.iter().any(|c| !c.sidecar && !c.is_down()) {
            return;
        }
        if let Some(last) = self.containers.iter().rposition(|c| c.sidecar && !c.is_down()) {
            self.stop(last, grace_s, None, ctx);
        }
    }

    /// Brings a container on its way to its end. `why` is told instead of the usual words.
    pub(crate) fn stop(&mut self, i: usize, grace_s: u32, why: Option<String>, ctx: &mut Ctx<'_>) {
        let now = ctx.now.mono;
        let hard = now.plus(u64::from(grace_s) * 1000);
        let name = self.containers[i].name.clone();
        match self.containers[i].life.clone() {
            Life::Running(running) => {
                self.begin_stop(i, running, grace_s, hard, why, ctx);
            }
            Life::Hooking(op, running) => {
                ctx.ops.forget(op);
                self.begin_stop(i, running, grace_s, hard, why, ctx);
            }
            // It has less time now than when its stop began.
            Life::Stopping(running, Stop::Hook(op, _) | Stop::Engine(op))
                if self.containers[i].hard.is_some_and(|held| held > hard.plus(HASTE_MS)) =>
            {
                ctx.ops.forget(op);
                let op = ctx.ops.begin(&self.uid, What::Stop(name));
                ctx.then.push(Effect::Stop { op, container: running.id.clone(), grace_s });
                self.containers[i].life = Life::Stopping(running, Stop::Engine(op));
                self.containers[i].hard = Some(hard);
            }
            Life::Stopping(running, Stop::Failed(again)) if again <= now => {
                let op = ctx.ops.begin(&self.uid, What::Stop(name));
                ctx.then.push(Effect::Stop { op, container: running.id.clone(), grace_s });
                self.containers[i].life = Life::Stopping(running, Stop::Engine(op));
            }
            Life::Stopping(running, Stop::Done(until)) if until <= now => {
                // The engine said that it stopped it, but no exit was heard of.
                let exit = Exit {
                    id: running.id.clone(),
                    code: 137,
                    started: running.since.wall,
                    finished: ctx.now.wall,
                    ..Exit::default()
                };
                self.containers[i].ended(&exit, now);
            }
            _ => {}
        }
    }

    fn begin_stop(
        &mut self,
        i: usize,
        running: Running,
        grace_s: u32,
        hard: Millis,
        why: Option<String>,
        ctx: &mut Ctx<'_>,
    ) {
        let name = self.containers[i].name.clone();
        let message = why.unwrap_or_else(|| format!("Stopping container {name}"));
        ctx.event(self, &name, false, "Killing", message);
        for probe in self.containers[i].probes.drain(..) {
            if let Some(op) = probe.under_way {
                ctx.ops.forget(op);
            }
        }
        let ip = self.address(ctx);
        let hook = self.spec(i).and_then(|spec| {
            let hook = spec.lifecycle.as_ref()?.pre_stop.as_ref()?;
            hook_action(hook, spec, &ip)
        });
        let stop = match hook.filter(|_| grace_s > 0) {
            Some(action) => {
                let op = ctx.ops.begin(&self.uid, What::PreStop(name));
                let timeout_ms = u64::from(grace_s) * 1000;
                ctx.then.push(Effect::Check(
                    op,
                    Check { container: running.id.clone(), action, timeout_ms },
                ));
                Stop::Hook(op, hard)
            }
            None => {
                let op = ctx.ops.begin(&self.uid, What::Stop(name));
                ctx.then.push(Effect::Stop { op, container: running.id.clone(), grace_s });
                Stop::Engine(op)
            }
        };
        self.containers[i].life = Life::Stopping(running, stop);
        self.containers[i].hard = Some(hard);
    }

    /// The hook before the stop has ended: now the engine stops it, within what is left of the grace.
    pub(crate) fn hook_done(&mut self, i: usize, ctx: &mut Ctx<'_>) {
        let Life::Stopping(running, Stop::Hook(_, hard)) = self.containers[i].life.clone() else {
            return;
        };
        let left =
            u32::try_from(hard.since(ctx.now.mono) / 1000).unwrap_or(u32::MAX).max(GRACE_MIN_S);
        let op = ctx.ops.begin(&self.uid, What::Stop(self.containers[i].name.clone()));
        ctx.then.push(Effect::Stop { op, container: running.id.clone(), grace_s: left });
        self.containers[i].life = Life::Stopping(running, Stop::Engine(op));
    }
}
