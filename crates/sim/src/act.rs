//! What the acts of a story do to a world.

use agent_core::turn as node;
use controller_core::kinds::{self, ObjectKey};
use controller_core::turn::Event;
use model::Uid;
use serde_json::Value;

use crate::check::{Broken, Rule};
use crate::fleet::app_key;
use crate::story::{APPS, Act};
use crate::world::{Checked, Due, World};

impl World {
    pub(crate) fn act(&mut self, act: Act) -> Checked {
        // What befalls in the storm ends with it.
        let span = |ms: u64| ms.min(self.storm_ms.saturating_sub(self.now)).max(1);
        match act {
            Act::Apply(app, replicas, version) if self.controller.core.is_some() => {
                let changed = self.controller.apply(self.now, app, replicas, version);
                self.tell(Event::Changed(vec![changed]))
            }
            Act::Delete(app) if self.controller.core.is_some() => {
                match self.controller.delete(app) {
                    Some(changed) => self.tell(Event::Changed(vec![changed])),
                    None => Ok(()),
                }
            }
            Act::Cut(n, ms) => {
                let ms = span(ms);
                let until = &mut self.nodes[n].cut_until;
                *until = (self.now + ms).max(*until);
                self.after(ms, Due::Link(n));
                self.unlink(n)
            }
            Act::HalfOpen(n, ms) => {
                self.half_open(n, span(ms));
                Ok(())
            }
            Act::NodePower(n, ms, skew) => self.node_power(n, span(ms), skew),
            Act::AgentKilled(n) => self.kill_agent(n),
            Act::ControllerPower(ms) => self.controller_power(span(ms)),
            Act::BrokerRestart => (0..self.nodes.len()).try_for_each(|n| self.unlink(n)),
            Act::Crash(n, pick, oom) => self.crash(n, pick, oom),
            Act::EngineAway(n, ms) => {
                let ms = span(ms);
                self.nodes[n].engine.away_until = self.now + ms;
                let run = self.nodes[n].run;
                self.after(0, Due::Look(n, run));
                Ok(())
            }
            Act::ClockLeap(n, skew) => {
                self.nodes[n].skew = skew;
                self.turn(n, node::Event::Wake)
            }
            Act::Forge(n) => self.forge(n),
            Act::Apply(..) | Act::Delete(_) => Ok(()),
        }
    }

    fn node_power(&mut self, n: usize, ms: u64, skew: i64) -> Checked {
        if self.nodes[n].agent.is_none() {
            return Ok(());
        }
        self.nodes[n].lose_power(self.now);
        self.unlink(n)?;
        self.nodes[n].skew = skew;
        self.after(ms, Due::PowerNode(n));
        Ok(())
    }

    /// Kill -9, and a start at once. What was asked of the engine is done, or is not.
    fn kill_agent(&mut self, n: usize) -> Checked {
        if self.nodes[n].agent.take().is_none() {
            return Ok(());
        }
        self.unlink(n)?;
        let wall = self.nodes[n].wall(self.now);
        for (_, effect) in std::mem::take(&mut self.nodes[n].engine.ops) {
            if self.below(2) == 0 {
                // Nobody is there to hear its answer.
                self.nodes[n].engine.perform(wall, effect)?;
            }
        }
        let (name, store) = (self.nodes[n].name.clone(), &self.controller.store);
        let pods = store.iter().filter(|(key, _)| key.kind == kinds::POD);
        let staying = pods.filter(|(_, doc)| {
            doc["spec"]["nodeName"] == name.as_str()
                && doc["metadata"]["deletionTimestamp"].is_null()
        });
        let staying: Vec<&str> =
            staying.filter_map(|(_, doc)| doc["metadata"]["uid"].as_str()).collect();
        let kept = |uid: &Uid| staying.contains(&uid.as_str());
        let well = self.nodes[n].engine.well(kept);
        self.nodes[n].engine.healthy = well;
        self.start_node(n)
    }

    fn controller_power(&mut self, ms: u64) -> Checked {
        if self.controller.core.take().is_none() {
            return Ok(());
        }
        self.controller.store.lose_power();
        (0..self.nodes.len()).try_for_each(|n| self.unlink(n))?;
        self.after(ms, Due::PowerController);
        Ok(())
    }

    fn crash(&mut self, n: usize, pick: usize, oom: bool) -> Checked {
        let wall = self.nodes[n].wall(self.now);
        let engine = &mut self.nodes[n].engine;
        let Some(id) = engine.containers.keys().nth(pick).cloned() else { return Ok(()) };
        match engine.end(wall, &id, 137, oom) {
            // An engine that is away tells nobody.
            Some(exit) if engine.away_until <= self.now => self.turn(n, node::Event::Exited(exit)),
            _ => Ok(()),
        }
    }

    /// Whether, after the calm, everything is as it was ordered.
    pub(crate) fn at_rest(&self) -> Result<(), Broken> {
        let broken = |what| Broken { rule: Rule::Converges, at: self.now, what };
        let Some(core) = &self.controller.core else {
            return Err(broken("the controller did not come back".into()));
        };
        self.controller.kept().map_err(|(rule, what)| Broken { rule, at: self.now, what })?;
        for app in 0..APPS {
            self.counted(app).map_err(broken)?;
        }
        for node in &self.nodes {
            if !core.node(&node.name).is_some_and(|seen| seen.settled && seen.connected) {
                return Err(broken(format!("{} has not come to its orders", node.name)));
            }
            let (runs, shall) = (
                node.engine.running(),
                self.pods_of(|doc| doc["spec"]["nodeName"] == node.name.as_str()),
            );
            let shall: std::collections::BTreeSet<Uid> =
                shall.iter().filter_map(|d| d["metadata"]["uid"].as_str()).map(Uid::from).collect();
            if runs != shall {
                let what = format!("{} runs {runs:?} and shall run {shall:?}", node.name);
                return Err(broken(what));
            }
        }
        Ok(())
    }

    fn pods_of(&self, which: impl Fn(&Value) -> bool) -> Vec<&Value> {
        let pods = self.controller.store.iter().filter(|(key, _)| key.kind == kinds::POD);
        let live = |doc: &Value| {
            doc["metadata"]["deletionTimestamp"].is_null()
                && !matches!(doc["status"]["phase"].as_str(), Some("Failed" | "Succeeded"))
        };
        pods.map(|(_, doc)| &**doc).filter(|doc| live(doc) && which(doc)).collect()
    }

    /// Whether an application has its count of ready pods of its version, and no others.
    fn counted(&self, app: usize) -> Result<(), String> {
        let ObjectKey { name, .. } = app_key(app);
        let pods = self.pods_of(|doc| doc["metadata"]["labels"]["app"] == *name);
        let (shall, version) = match self.controller.wanted.get(&app) {
            None => (0, 0),
            Some((_, version)) if app % 3 == 1 => (self.nodes.len() as u64, *version),
            Some((replicas, version)) => (*replicas, *version),
        };
        let good = pods.iter().filter(|doc| {
            let conditions = doc["status"]["conditions"].as_array();
            let ready = conditions.is_some_and(|all| {
                all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
            });
            ready && doc["spec"]["containers"][0]["image"] == format!("web:{version}")
        });
        let good = good.count() as u64;
        if good != shall || pods.len() as u64 != shall {
            let there = pods.len();
            return Err(format!("{name}: {good} of {there} pods are well, {shall} are wanted"));
        }
        Ok(())
    }
}
