//! What containers use, from their control groups (both versions), or from the engine where those cannot be read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use model::report::ContainerUsage;

use crate::runtime::Engine;

const MOUNT: &str = "/sys/fs/cgroup";

/// The groups of the containers that run.
#[derive(Default)]
pub(super) struct Groups {
    by_container: BTreeMap<String, Tracked>,
}

struct Tracked {
    at: Option<Place>,
    /// CPU nanoseconds so far, and when that was read.
    last: Option<(u64, Instant)>,
}

/// Where a container's figures are.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Version 2: one directory.
    Two(PathBuf),
    /// Version 1: one for CPU, one for memory.
    One { cpu: PathBuf, memory: PathBuf },
}

impl Groups {
    /// Measures every running container. CPU is the average since the last time, and zero at the first.
    pub(super) async fn measure(&mut self, engine: &Engine) -> Vec<ContainerUsage> {
        let running = engine.running();
        self.by_container.retain(|id, _| running.iter().any(|(known, ..)| known == id));
        let mut all = Vec::with_capacity(running.len());
        for (id, pod, container) in running {
            // The pause container uses nothing worth a line.
            if container.is_empty() {
                continue;
            }
            if !self.by_container.contains_key(&id) {
                let pid = engine.process(&id).await;
                let at = pid.and_then(find);
                self.by_container.insert(id.clone(), Tracked { at, last: None });
            }
            let Some(tracked) = self.by_container.get_mut(&id) else { continue };
            let read = match &tracked.at {
                Some(place) => place.read(),
                None => engine.stats(&id).await,
            };
            let Some((cpu_ns, memory)) = read else { continue };
            let now = Instant::now();
            let cpu_milli = tracked.last.map_or(0, |(before_ns, before)| {
                let span_ns = now.duration_since(before).as_nanos().max(1);
                let used = u128::from(cpu_ns.saturating_sub(before_ns));
                i64::try_from(used * 1000 / span_ns).unwrap_or(i64::MAX)
            });
            tracked.last = Some((cpu_ns, now));
            let memory_bytes = super::signed(memory);
            all.push(ContainerUsage { pod, container, cpu_milli, memory_bytes });
        }
        all
    }
}

fn find(pid: i64) -> Option<Place> {
    let text = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    let place = place(&text, Path::new(MOUNT))?;
    // Where the agent sees other groups than the node does, the path leads nowhere.
    place.read().map(|_| place)
}

/// Where the figures are, from `/proc/<pid>/cgroup` (cgroups(7)).
fn place(text: &str, mount: &Path) -> Option<Place> {
    let mut two = None;
    let (mut cpu, mut memory) = (None, None);
    for line in text.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let inside = path.trim_start_matches('/');
        if controllers.is_empty() {
            two = Some(mount.join(inside));
        }
        for controller in controllers.split(',') {
            let dir = || Some(mount.join(controllers).join(inside));
            match controller {
                "cpuacct" => cpu = dir(),
                "memory" => memory = dir(),
                _ => {}
            }
        }
    }
    match (cpu, memory, two) {
        (Some(cpu), Some(memory), _) => Some(Place::One { cpu, memory }),
        (_, _, two) => two.map(Place::Two),
    }
}

impl Place {
    /// CPU nanoseconds so far, and the working set in bytes.
    fn read(&self) -> Option<(u64, u64)> {
        let number = |path: PathBuf| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
        let field = |path: PathBuf, name: &str| {
            let text = fs::read_to_string(path).ok()?;
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
            value.trim().parse::<u64>().ok()
        };
        let (cpu_ns, memory, idle) = match self {
            Self::Two(dir) => (
                field(dir.join("cpu.stat"), "usage_usec")?.saturating_mul(1000),
                number(dir.join("memory.current"))?,
                field(dir.join("memory.stat"), "inactive_file"),
            ),
            Self::One { cpu, memory } => (
                number(cpu.join("cpuacct.usage"))?,
                number(memory.join("memory.usage_in_bytes"))?,
                field(memory.join("memory.stat"), "total_inactive_file"),
            ),
        };
        Some((cpu_ns, memory.saturating_sub(idle.unwrap_or(0))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found() {
        let one =
            |cpu: &str, memory: &str| Some(Place::One { cpu: cpu.into(), memory: memory.into() });
        let check =
            |text: &str, want: Option<Place>| assert_eq!(place(text, Path::new("/c")), want);
        check(
            "0::/system.slice/docker-1.scope\n",
            Some(Place::Two("/c/system.slice/docker-1.scope".into())),
        );
        check(
            "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n0::/docker/1\n",
            one("/c/cpu,cpuacct/docker/1", "/c/memory/docker/1"),
        );
        check("9:cpuacct:/d\n4:memory:/m:1\n", one("/c/cpuacct/d", "/c/memory/m:1"));
        check("rubbish", None);
    }

    #[test]
    fn figures_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        write("cpu.stat", "usage_usec 5\nuser_usec 1\n");
        write("memory.current", "100\n");
        write("memory.stat", "anon 1\ninactive_file 30\n");
        assert_eq!(Place::Two(dir.path().into()).read(), Some((5000, 70)));
        write("cpuacct.usage", "7\n");
        write("memory.usage_in_bytes", "90\n");
        write("memory.stat", "inactive_file 1\ntotal_inactive_file 40\n");
        let one = Place::One { cpu: dir.path().into(), memory: dir.path().into() };
        assert_eq!(one.read(), Some((7, 50)));
        assert_eq!(Place::Two("/no/such".into()).read(), None);
    }
}
