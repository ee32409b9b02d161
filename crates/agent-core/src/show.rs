//! What a technician on the node is shown: what there is, what was decided, and why. It reads, and changes nothing.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::report::Class;
use model::status::{ContainerState, ContainerStatus};
use model::{Millis, Uid};
use serde::{Deserialize, Serialize};

use crate::Agent;
use crate::history::Decision;
use crate::pod::PodRun;
use crate::turn::Now;

/// The node at a glance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeShown {
    /// Its name.
    pub node: String,
    /// The agent's version.
    pub version: String,
    /// How often the agent has started on this node.
    pub boot: u64,
    /// The generation of the orders that it holds; zero: none.
    pub generation: u64,
    /// When the controller made them, by its clock.
    pub made: Option<Millis>,
    /// The connection.
    pub link: LinkShown,
    /// Why the container engine does not serve, if so.
    pub engine_away: Option<String>,
    /// Pods that are ordered.
    pub pods: usize,
    /// Those that are ready.
    pub ready: usize,
    /// What is held.
    pub holds: Vec<HoldShown>,
    /// Events that wait for the controller.
    pub events_waiting: usize,
    /// Events that had to be dropped for want of room.
    pub events_dropped: u64,
    /// Orders that were refused since the start as not signed by a key that the node trusts.
    pub untrusted: u64,
    /// How the link is used: `lan` or `metered`.
    pub link_profile: String,
    /// What has passed it since the agent started, sent and received, by what it is for.
    pub data: BTreeMap<String, (u64, u64)>,
    /// What has passed it this month, in bytes.
    pub month_bytes: u64,
    /// So many may; zero: no bound.
    pub month_bytes_max: u64,
    /// Bytes that the agent has written to its store since it started.
    pub stored_bytes: u64,
}

/// The connection to the controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkShown {
    /// There is a connection to the broker.
    pub up: bool,
    /// The controller has answered over it.
    pub answered: bool,
    /// Since when it is so, by the node's clock.
    pub since: Millis,
    /// Why it went, as last told by the link.
    pub why: String,
}

/// Something that is held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HoldShown {
    /// `namespace/name`.
    pub pod: String,
    /// `technician` or `workload`.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Millis,
    /// Until when at most.
    pub until: Millis,
    /// Whether newer orders wait for it.
    pub waiting: bool,
}

/// A pod in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodShown {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// What it does: a phase, or why it does not run.
    pub status: String,
    /// Containers that are ready.
    pub ready: usize,
    /// Containers.
    pub containers: Vec<String>,
    /// How often containers were started again.
    pub restarts: u32,
    /// Since when it is here.
    pub since: Millis,
    /// Its address.
    pub ip: Option<String>,
    /// Whether it is held.
    pub held: bool,
}

/// The answer to "why?".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Answer {
    /// What is asked about: `namespace/name`, or the node's name.
    pub about: String,
    /// How it is now, in sentences.
    pub now: Vec<String>,
    /// What was decided, oldest first.
    pub decisions: Vec<Decision>,
}

/// A container of a pod, to read the log of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The pod's uid.
    pub uid: Uid,
    /// The container.
    pub container: String,
}

impl Agent {
    /// The node at a glance.
    #[must_use]
    pub fn show(&self) -> NodeShown {
        let (answered, events_waiting, events_dropped) = self.outbox.state();
        let ordered = || self.pods.values().filter(|pod| pod.hash.is_some());
        NodeShown {
            node: self.config.node.to_string(),
            version: self.config.version.clone(),
            boot: self.boot,
            generation: self.orders.generation().0,
            made: self.orders.made(),
            link: LinkShown { up: self.link.0, answered, since: self.link.1, why: String::new() },
            engine_away: self.engine_trouble(),
            pods: ordered().count(),
            ready: ordered().filter(|pod| is_ready(pod)).count(),
            holds: self.shown_holds(),
            events_waiting,
            events_dropped,
            untrusted: self.trust.refused(),
            link_profile: self.policy.link_profile.clone(),
            data: self.shown_data(),
            month_bytes: self.outbox.traffic().month_bytes,
            month_bytes_max: self.policy.month_bytes_max,
            stored_bytes: self.outbox.traffic().stored,
        }
    }

    /// The pods, by name.
    #[must_use]
    pub fn show_pods(&self) -> Vec<PodShown> {
        let held: Vec<&Uid> = self.outbox.holds().iter().map(|hold| &hold.pod).collect();
        let mut all: Vec<PodShown> =
            self.pods.values().map(|pod| shown(pod, held.contains(&&pod.uid))).collect();
        all.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        all
    }

    /// Why a pod is as it is, or is not here. The name is `[namespace/]name`; empty asks about the node itself.
    #[must_use]
    pub fn explain(&self, now: Now, name: &str) -> Answer {
        if name.is_empty() {
            return Answer {
                about: self.config.node.to_string(),
                now: self.why_behind(now),
                decisions: self.history.of(""),
            };
        }
        let mut about = name.to_string();
        let lines = match self.named(name) {
            Ok(uid) => {
                let Some(pod) = self.pods.get(&uid) else { return Answer::default() };
                about = pod.name();
                self.why(now, pod)
            }
            Err(why) => {
                let mut past = self.history.pods().filter(|past| means(name, past));
                if let (Some(one), None) = (past.next(), past.next()) {
                    about = one.clone();
                }
                core::iter::once(why).chain(self.why_behind(now)).collect()
            }
        };
        let decisions = self.history.of(&about);
        Answer { about, now: lines, decisions }
    }

    /// The container whose log is meant: named, or the first.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn target(&self, name: &str, container: &str) -> Result<Target, String> {
        let uid = self.named(name)?;
        let pod = self.pods.get(&uid).ok_or_else(|| format!("there is no pod {name} here"))?;
        let run = if container.is_empty() {
            pod.containers.iter().find(|run| run.main())
        } else {
            pod.containers.iter().find(|run| run.name == container)
        };
        let run = run.ok_or_else(|| {
            let all: Vec<&str> = pod.containers.iter().map(|run| run.name.as_str()).collect();
            format!("pod {name} has no container {container:?}; it has {}", all.join(", "))
        })?;
        Ok(Target {
            namespace: pod.order.metadata.namespace.clone(),
            pod: pod.order.metadata.name.clone(),
            uid,
            container: run.name.clone(),
        })
    }

    /// The pod of this name. Of several, one that is not on its way out.
    pub(crate) fn named(&self, name: &str) -> Result<Uid, String> {
        let mut found: Vec<&PodRun> =
            self.pods.values().filter(|pod| means(name, &pod.name())).collect();
        found.sort_by_key(|pod| pod.leaving.is_some());
        match found.as_slice() {
            [] => {
                Err(format!("there is no pod {name} here: the orders of this node do not have it"))
            }
            [one] => Ok(one.uid.clone()),
            [one, next, ..] if one.name() == next.name() => Ok(one.uid.clone()),
            [one, next, ..] => Err(format!(
                "{name} may be {} or {}: name one of them with its namespace",
                one.name(),
                next.name()
            )),
        }
    }

    fn shown_data(&self) -> BTreeMap<String, (u64, u64)> {
        let traffic = self.outbox.traffic();
        let of = |class: Class| {
            let i = class as usize;
            (class.as_str().to_string(), (traffic.sent[i], traffic.received[i]))
        };
        Class::ALL.into_iter().map(of).collect()
    }

    fn shown_holds(&self) -> Vec<HoldShown> {
        let shown = |hold: &model::report::HoldReport| HoldShown {
            pod: hold.name.clone(),
            by: hold.by.as_str().into(),
            reason: hold.reason.clone(),
            since: hold.since,
            until: hold.until,
            waiting: hold.waiting,
        };
        self.outbox.holds().iter().map(shown).collect()
    }

    fn engine_trouble(&self) -> Option<String> {
        let told = self.outbox.facts().and_then(|facts| facts.not_ready.clone());
        let unseen = || "it has not been looked at yet".to_string();
        told.map(|(_, why)| why).or_else(|| (!self.looked).then(unseen))
    }

    /// Why the node may not have what the fleet's operator wants it to have.
    fn why_behind(&self, now: Now) -> Vec<String> {
        let mut lines = Vec::new();
        let generation = self.orders.generation().0;
        lines.push(match self.orders.made() {
            Some(made) => format!(
                "The node runs by orders of generation {generation}, made at {}.",
                made.to_rfc3339()
            ),
            None => "The node has never had orders.".into(),
        });
        let (up, since) = self.link;
        let span = age(now.wall.since(since));
        lines.push(match (up, self.outbox.state().0) {
            (true, true) => format!("The controller has answered; the connection is up for {span}."),
            (true, false) => format!(
                "The broker is there for {span}, but no controller has answered yet: newer orders may wait there."
            ),
            _ => format!("There is no connection to the controller for {span}: newer orders may wait there."),
        });
        if self.trust.refused() > 0 {
            lines.push(format!(
                "{} orders were refused since the start: no key that this node trusts has signed them.",
                self.trust.refused()
            ));
        }
        if let Some(why) = self.engine_trouble() {
            lines.push(format!(
                "The container engine does not serve, so nothing is started or stopped: {why}."
            ));
        }
        if self.outbox.traffic().capped {
            lines.push(
                "The month's data is used up: events and usage wait for the next month.".into(),
            );
        }
        for hold in self.outbox.holds() {
            let waits =
                if hold.waiting { "newer orders for it wait" } else { "nothing waits for it" };
            lines.push(format!("{} is held by a {}; {waits}.", hold.name, hold.by.as_str()));
        }
        lines
    }

    fn why(&self, now: Now, pod: &PodRun) -> Vec<String> {
        let mut lines = Vec::new();
        if pod.leaving.is_some() {
            lines.push("It is being stopped: the orders no longer have it, or end it.".into());
        } else if let Some((phase, reason, message)) = &pod.ended {
            lines.push(
                format!("It has ended: {} {reason} {message}", phase.as_str()).trim_end().into(),
            );
        }
        if let Some(hold) = self.outbox.holds().iter().find(|hold| hold.pod == pod.uid) {
            let waits =
                if hold.waiting { "Newer orders would stop or replace it, and wait." } else { "" };
            let line = format!(
                "It is held by a {} since {}, until {} at most: {}. {waits}",
                hold.by.as_str(),
                hold.since.to_rfc3339(),
                hold.until.to_rfc3339(),
                hold.reason
            );
            lines.push(line.trim_end().into());
        }
        if let Some(why) = self.engine_trouble() {
            lines.push(format!(
                "The container engine does not serve, so nothing is started or stopped: {why}."
            ));
        }
        let status = &pod.status;
        let all = status.init_containers.iter().chain(&status.containers);
        for container in all.chain(&status.ephemeral_containers) {
            let run = pod.containers.iter().find(|run| run.name == container.name);
            let next = run.and_then(|run| run.crash.waits(now.mono).or(run.pull.waits(now.mono)));
            lines.push(sentence(container, next.map(|at| at.since(now.mono) / 1000)));
        }
        lines
    }
}

/// Whether a name, `[namespace/]name`, means this pod.
fn means(name: &str, pod: &str) -> bool {
    pod == name || pod.split_once('/').is_some_and(|(_, own)| own == name)
}

fn is_ready(pod: &PodRun) -> bool {
    pod.status.conditions.iter().any(|c| c.kind == "Ready" && c.status)
}

fn shown(pod: &PodRun, held: bool) -> PodShown {
    let status = &pod.status;
    let waiting =
        status.init_containers.iter().chain(&status.containers).find_map(|c| match &c.state {
            ContainerState::Waiting { reason, .. } if !reason.is_empty() => Some(reason.clone()),
            _ => None,
        });
    let word = match (&pod.leaving, &pod.ended) {
        (Some(_), _) => "Terminating".into(),
        (_, Some((phase, ..))) => phase.as_str().into(),
        _ => waiting.unwrap_or_else(|| status.phase.as_str().into()),
    };
    PodShown {
        namespace: pod.order.metadata.namespace.clone(),
        name: pod.order.metadata.name.clone(),
        uid: pod.uid.to_string(),
        status: word,
        ready: status.containers.iter().filter(|c| c.ready).count(),
        containers: pod.containers.iter().filter(|c| c.main()).map(|c| c.name.clone()).collect(),
        restarts: status.containers.iter().map(|c| c.restarts).sum(),
        since: pod.started.wall,
        ip: status.pod_ip.clone(),
        held,
    }
}

/// A container's state, in a sentence.
fn sentence(container: &ContainerStatus, next_s: Option<u64>) -> String {
    let name = &container.name;
    let mut line = match &container.state {
        ContainerState::Waiting { reason, message } => {
            format!("Container {name} waits: {reason} {message}").trim_end().to_string()
        }
        ContainerState::Running { since } => {
            let ready = if container.ready { "ready" } else { "not ready" };
            format!("Container {name} runs since {}, {ready}", since.to_rfc3339())
        }
        ContainerState::Terminated(end) => {
            format!("Container {name} has ended: {} with exit code {}", end.reason, end.exit_code)
        }
    };
    if let Some(seconds) = next_s {
        line += &format!("; tried again in {seconds} s");
    }
    if container.restarts > 0 {
        line += &format!("; started again {} times", container.restarts);
    }
    if let Some(last) = &container.last {
        let at = last.finished.to_rfc3339();
        line += &format!(", last after {} with exit code {} at {at}", last.reason, last.exit_code);
        if !last.message.is_empty() {
            line +=
                &format!(", whose last words were {:?}", crate::history::bounded(&last.message));
        }
    }
    line + "."
}

/// A span in its largest unit.
fn age(ms: u64) -> String {
    match ms / 1000 {
        s @ 0..=119 => format!("{s} s"),
        s @ 120..=7199 => format!("{} min", s / 60),
        s @ 7200..=172_799 => format!("{} h", s / 3600),
        s => format!("{} days", s / 86_400),
    }
}
