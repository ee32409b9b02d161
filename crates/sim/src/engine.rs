//! A container engine in memory: runs what it is told, and remembers.

use std::collections::{BTreeMap, BTreeSet};

use agent_core::turn::{Effect, Exit, Identity, OpId, Outcome, Seen};
use model::{Millis, Uid};

use crate::check::Rule;

/// The engine of one node.
#[derive(Default)]
pub(crate) struct Engine {
    pub(crate) containers: BTreeMap<String, Seen>,
    count: u64,
    /// Effects that are under way.
    pub(crate) ops: BTreeMap<OpId, Effect>,
    pub(crate) away_until: u64,
    /// Containers that were well when the agent was killed, and that nothing has happened to since.
    pub(crate) healthy: BTreeSet<String>,
}

/// What came of an effect: its answer, and the end of a container.
pub(crate) type Did = (Outcome, Option<Exit>);

impl Engine {
    /// Does an effect. The error is a rule that it breaks.
    pub(crate) fn perform(&mut self, wall: Millis, effect: Effect) -> Result<Did, (Rule, String)> {
        let mut exit = None;
        let outcome = match effect {
            Effect::Pull(..) => Outcome::Image {
                id: "sha".into(),
                pulled: true,
                took_ms: 1,
                bytes: 1,
                user: String::new(),
            },
            Effect::CreateSandbox(_, sandbox) => {
                let id = self.add(wall, sandbox.identity);
                Outcome::Sandbox { ip: self.containers[&id].ip.clone(), id }
            }
            Effect::Start(_, launch) => {
                if let Some(other) = self.twin(&launch.identity) {
                    let what = format!("{:?} was started and runs as {other}", launch.identity);
                    return Err((Rule::NotTwice, what));
                }
                Outcome::Started { id: self.add(wall, launch.identity.clone()) }
            }
            Effect::Check(..) => Outcome::Checked { passed: true, message: String::new() },
            Effect::Stop { container, .. } => {
                self.touch(&container)?;
                exit = self.end(wall, &container, 143, false);
                Outcome::Done
            }
            Effect::Remove { container, .. } => {
                self.touch(&container)?;
                self.containers.remove(&container);
                Outcome::Done
            }
            _ => Outcome::Done,
        };
        Ok((outcome, exit))
    }

    fn touch(&self, container: &str) -> Result<(), (Rule, String)> {
        if self.healthy.contains(container) {
            let who = self.containers.get(container).and_then(|c| c.identity.as_ref());
            return Err((Rule::HealthyUntouched, format!("{who:?} was stopped over a restart")));
        }
        Ok(())
    }

    fn twin(&self, identity: &Identity) -> Option<&str> {
        let same = |i: &Identity| i.uid == identity.uid && i.container == identity.container;
        let mut running = self.containers.values().filter(|c| c.running);
        running.find(|c| c.identity.as_ref().is_some_and(same)).map(|c| c.id.as_str())
    }

    fn add(&mut self, wall: Millis, identity: Identity) -> String {
        self.count += 1;
        let id = format!("c{}", self.count);
        let ip = identity.container.is_empty().then(|| format!("172.17.0.{}", self.count));
        let seen = Seen {
            id: id.clone(),
            identity: Some(identity),
            running: true,
            started: Some(wall),
            exit: None,
            image_id: "sha".into(),
            ip,
        };
        self.containers.insert(id.clone(), seen);
        id
    }

    /// Ends a container; its exit is to be told.
    pub(crate) fn end(&mut self, wall: Millis, id: &str, code: i32, oom: bool) -> Option<Exit> {
        let seen = self.containers.get_mut(id).filter(|c| c.running)?;
        seen.running = false;
        self.healthy.clear();
        let started = seen.started.unwrap_or_default();
        let exit = Exit { id: id.into(), code, oom, started, finished: wall, ..Exit::default() };
        seen.exit = Some(exit.clone());
        Some(exit)
    }

    /// The machine loses power: nothing runs any more.
    pub(crate) fn lose_power(&mut self, wall: Millis) {
        let ids: Vec<String> = self.containers.keys().cloned().collect();
        for id in ids {
            self.end(wall, &id, 137, false);
        }
        self.ops.clear();
        self.healthy.clear();
    }

    /// Pods of which a container besides the sandbox runs.
    pub(crate) fn running(&self) -> BTreeSet<Uid> {
        let running = self.containers.values().filter(|c| c.running);
        let ours = running.filter_map(|c| c.identity.as_ref());
        ours.filter(|i| !i.container.is_empty()).map(|i| i.uid.clone()).collect()
    }

    /// The containers of pods that are as they should be, if `kept` says that the pod is to stay.
    pub(crate) fn well(&self, kept: impl Fn(&Uid) -> bool) -> BTreeSet<String> {
        let busy = self.ops.values().any(|e| {
            matches!(e, Effect::Stop { .. } | Effect::Remove { .. } | Effect::CreateSandbox(..))
        });
        let mut by_pod: BTreeMap<&Uid, Vec<&Seen>> = BTreeMap::new();
        for seen in self.containers.values() {
            if let Some(identity) = &seen.identity {
                by_pod.entry(&identity.uid).or_default().push(seen);
            }
        }
        let whole = |all: &[&Seen]| all.len() == 2 && all.iter().all(|c| c.running);
        let pods = by_pod.into_iter().filter(|(uid, all)| !busy && whole(all) && kept(uid));
        pods.flat_map(|(_, all)| all.into_iter().map(|c| c.id.clone())).collect()
    }
}
