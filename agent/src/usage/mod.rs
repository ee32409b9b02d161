//! What the node is, and what it uses. Looked at on its period only: an idle node stays idle.

mod cgroup;
mod facts;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use model::report::{NodeFacts, NodeUsage};
use sysinfo::{Components, Networks, System};

use crate::config::Config;
use crate::runtime::Engine;

pub(crate) use facts::host_name;

/// Below so much free space, and less than a twentieth of it, the disk is under pressure.
const DISK_FREE_MIN_BYTES: u64 = 1 << 30;
/// Below so much free memory, or a twentieth of all where that is less, memory is under pressure.
const MEMORY_FREE_MIN_BYTES: u64 = 100 << 20;

/// Measures the node. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Meter {
    inner: Arc<Mutex<State>>,
}

struct State {
    /// What does not change while the agent runs.
    fixed: NodeFacts,
    /// What was told last.
    told: Option<NodeFacts>,
    /// Where containers' data is.
    storage: PathBuf,
    system: System,
    measured: Instant,
    groups: cgroup::Groups,
}

impl Meter {
    /// Begins to measure: CPU figures are averages since the last look.
    ///
    /// # Errors
    /// If the system cannot be measured at all.
    pub(crate) fn new(config: &Config) -> Result<Self, sysinfo::Error> {
        let mut system = System::new()?;
        system.refresh_memory();
        system.refresh_cpu_usage();
        let fixed = facts::fixed(config, &system);
        Ok(Self {
            inner: Arc::new(Mutex::new(State {
                fixed,
                told: None,
                storage: config.data_dir.clone(),
                system,
                measured: Instant::now(),
                groups: cgroup::Groups::default(),
            })),
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The node's facts as far as they are known without asking the engine.
    pub(crate) fn facts_without_engine(&self) -> NodeFacts {
        self.with(State::facts)
    }

    /// The node's facts, if they are others than were told last.
    pub(crate) async fn new_facts(&self, engine: &Engine) -> Option<NodeFacts> {
        let said = engine.facts().await.ok();
        self.with(|state| {
            if let Some(root) = said.as_ref().and_then(|said| said.root.clone())
                && root.is_dir()
            {
                state.storage = root;
            }
            let mut facts = state.facts();
            if let Some(said) = said {
                facts.runtime_version = said.version;
                facts.images = said.images;
            }
            if state.told.as_ref() == Some(&facts) {
                return None;
            }
            state.told = Some(facts.clone());
            Some(facts)
        })
    }

    /// What the node and its containers use. [`NodeUsage::at`] is the caller's to set.
    pub(crate) async fn usage(&self, engine: &Engine) -> NodeUsage {
        // Taken out while the engine may be asked.
        let mut groups = self.with(|state| std::mem::take(&mut state.groups));
        let containers = groups.measure(engine).await;
        self.with(|state| {
            state.groups = groups;
            NodeUsage { containers, ..state.usage() }
        })
    }
}

impl State {
    fn facts(&mut self) -> NodeFacts {
        self.system.refresh_memory();
        let mut facts = self.fixed.clone();
        facts.addresses = facts::addresses();
        let (all, free) = space(&self.storage);
        facts.storage_bytes = signed(all);
        facts.disk_pressure = all > 0 && free < DISK_FREE_MIN_BYTES && free < all / 20;
        let memory = self.system.total_memory();
        facts.memory_pressure =
            memory > 0 && self.system.available_memory() < MEMORY_FREE_MIN_BYTES.min(memory / 20);
        facts
    }

    fn usage(&mut self) -> NodeUsage {
        self.system.refresh_memory();
        self.system.refresh_cpu_usage();
        let window = self.measured.elapsed();
        self.measured = Instant::now();
        let cpus = self.system.cpus().len();
        let (all, free) = space(&self.storage);
        let (mut received, mut sent) = (0_u64, 0_u64);
        if let Ok(networks) = Networks::new_with_refreshed_list() {
            for (_, data) in networks.iter().filter(|(name, _)| *name != "lo") {
                received = received.saturating_add(data.total_received());
                sent = sent.saturating_add(data.total_transmitted());
            }
        }
        let used = self.system.total_memory().saturating_sub(self.system.available_memory());
        NodeUsage {
            window_ms: u64::try_from(window.as_millis()).unwrap_or(u64::MAX),
            cpu_milli: (f64::from(self.system.global_cpu_usage()) * 10.0 * cpus as f64) as i64,
            memory_bytes: signed(used),
            storage_bytes: signed(all.saturating_sub(free)),
            network_received_bytes: received,
            network_sent_bytes: sent,
            load_milli: System::load_average().map_or(0, |load| (load.one * 1000.0) as i64),
            temperature_milli: temperature(),
            ..NodeUsage::default()
        }
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Size and free bytes of the file system that a path is on; zero if it cannot be told.
fn space(path: &Path) -> (u64, u64) {
    rustix::fs::statvfs(path).map_or((0, 0), |fs| {
        (fs.f_blocks.saturating_mul(fs.f_frsize), fs.f_bavail.saturating_mul(fs.f_frsize))
    })
}

/// The hottest sensor, in thousandths of a degree Celsius.
fn temperature() -> Option<i64> {
    let sensors = Components::new_with_refreshed_list().ok()?;
    let hottest = sensors.iter().filter_map(|sensor| sensor.temperature()).fold(f32::MIN, f32::max);
    (hottest > f32::MIN && hottest.is_finite()).then_some((f64::from(hottest) * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_is_measured() {
        let flags = crate::config::Flags {
            node_name: Some("n".into()),
            data_dir: Some("/".into()),
            ..Default::default()
        };
        let meter = Meter::new(&Config::read(flags, "n").unwrap()).unwrap();
        let facts = meter.facts_without_engine();
        assert!(["amd64", "arm64", "arm"].contains(&facts.architecture.as_str()));
        assert!(facts.cpu_milli >= 1000 && facts.memory_bytes > 1 << 20);
        assert!(facts.storage_bytes > 0 && !facts.os_image.is_empty());
        assert!(!facts.kernel_version.is_empty() && !facts.boot_id.is_empty());
        assert!(!facts.addresses.is_empty());
        let usage = meter.with(State::usage);
        assert!(usage.memory_bytes > 0 && usage.memory_bytes <= facts.memory_bytes);
        assert!(usage.storage_bytes <= facts.storage_bytes);
    }
}
