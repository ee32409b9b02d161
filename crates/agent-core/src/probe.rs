//! Probes of one container: when each is due, and what its results come to.

use alloc::string::ToString;
use alloc::vec::Vec;

use model::Millis;
use model::pod::{Container, HttpGetAction, IntOrString, LifecycleHandler, Probe};

use crate::turn::{Action, OpId};

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ProbeKind {
    Startup,
    Liveness,
    Readiness,
}

impl ProbeKind {
    /// As Kubernetes' events begin.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }
}

/// What the latest results come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing new.
    Same,
    /// It passes now.
    Passed,
    /// It fails now: so many failures in a row.
    Failed,
}

/// One probe of a running container.
#[derive(Clone, Debug)]
pub(crate) struct ProbeRun {
    pub(crate) kind: ProbeKind,
    pub(crate) due: Millis,
    pub(crate) under_way: Option<OpId>,
    period_ms: u64,
    in_a_row: u32,
    last: Option<bool>,
    success_threshold: u32,
    failure_threshold: u32,
}

impl ProbeRun {
    fn new(kind: ProbeKind, probe: &Probe, started: Millis, now: Millis) -> Self {
        let due = started.plus(u64::from(probe.initial_delay_seconds) * 1000);
        Self {
            kind,
            due: due.max(now),
            under_way: None,
            period_ms: u64::from(probe.period_seconds.unwrap_or(10).max(1)) * 1000,
            in_a_row: 0,
            last: None,
            success_threshold: probe.success_threshold.unwrap_or(1).max(1),
            failure_threshold: probe.failure_threshold.unwrap_or(3).max(1),
        }
    }

    /// Takes a result in, and sets when the next one is due.
    pub(crate) fn result(&mut self, passed: bool, now: Millis) -> Verdict {
        self.under_way = None;
        self.due = now.plus(self.period_ms);
        self.in_a_row = if self.last == Some(passed) { self.in_a_row.saturating_add(1) } else { 1 };
        self.last = Some(passed);
        let threshold = if passed { self.success_threshold } else { self.failure_threshold };
        match (self.in_a_row >= threshold, passed) {
            (false, _) => Verdict::Same,
            (true, true) => Verdict::Passed,
            (true, false) => Verdict::Failed,
        }
    }

    /// An effect that never ran is no result.
    pub(crate) fn not_run(&mut self, now: Millis) {
        self.under_way = None;
        self.due = now.plus(self.period_ms);
    }
}

/// The probes of a container that has just started (or been found running).
pub(crate) fn probes_of(container: &Container, started: Millis, now: Millis) -> Vec<ProbeRun> {
    [
        (ProbeKind::Startup, &container.startup_probe),
        (ProbeKind::Liveness, &container.liveness_probe),
        (ProbeKind::Readiness, &container.readiness_probe),
    ]
    .into_iter()
    .filter_map(|(kind, probe)| Some(ProbeRun::new(kind, probe.as_ref()?, started, now)))
    .collect()
}

pub(crate) fn probe_of(container: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Startup => container.startup_probe.as_ref(),
        ProbeKind::Liveness => container.liveness_probe.as_ref(),
        ProbeKind::Readiness => container.readiness_probe.as_ref(),
    }
}

/// What a probe does; none if it does nothing that we know.
pub(crate) fn probe_action(probe: &Probe, container: &Container, ip: &str) -> Option<Action> {
    if let Some(exec) = &probe.exec {
        return Some(Action::Exec(exec.command.clone()));
    }
    if let Some(get) = &probe.http_get {
        return http(get, container, ip);
    }
    let tcp = probe.tcp_socket.as_ref()?;
    let host = if tcp.host.is_empty() { ip } else { &tcp.host };
    Some(Action::Tcp { host: host.into(), port: port(&tcp.port, container)? })
}

/// What a hook does.
pub(crate) fn hook_action(
    hook: &LifecycleHandler,
    container: &Container,
    ip: &str,
) -> Option<Action> {
    if let Some(exec) = &hook.exec {
        return Some(Action::Exec(exec.command.clone()));
    }
    if let Some(get) = &hook.http_get {
        return http(get, container, ip);
    }
    hook.sleep.as_ref().map(|s| Action::Sleep { ms: u64::from(s.seconds) * 1000 })
}

fn http(get: &HttpGetAction, container: &Container, ip: &str) -> Option<Action> {
    let path = match get.path.as_str() {
        "" => "/".to_string(),
        path if path.starts_with('/') => path.to_string(),
        path => alloc::format!("/{path}"),
    };
    Some(Action::Http {
        scheme: if get.scheme == "HTTPS" { "https".into() } else { "http".into() },
        host: if get.host.is_empty() { ip.into() } else { get.host.clone() },
        port: port(&get.port, container)?,
        path,
        headers: get.http_headers.iter().map(|h| (h.name.clone(), h.value.clone())).collect(),
    })
}

fn port(port: &IntOrString, container: &Container) -> Option<u16> {
    match port {
        IntOrString::Int(number) => u16::try_from(*number).ok().filter(|p| *p > 0),
        IntOrString::String(name) => container
            .ports
            .iter()
            .find(|p| p.name == *name)
            .map(|p| p.container_port)
            .or_else(|| name.parse().ok()),
    }
}
