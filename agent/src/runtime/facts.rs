//! What the engine says of itself, and of what containers use where their groups cannot be read.

use std::path::PathBuf;

use bollard::models::SystemVersion;

use super::error::RuntimeError;
use super::{Engine, labels};

/// Images that are told of: the largest.
const IMAGES_MAX: usize = 50;

/// What the engine says of itself.
pub(crate) struct EngineFacts {
    /// e.g. `docker://20.10.24`.
    pub(crate) version: String,
    /// Names and size of the largest images.
    pub(crate) images: Vec<(Vec<String>, i64)>,
    /// Where it keeps containers' data.
    pub(crate) root: Option<PathBuf>,
}

impl Engine {
    /// Asks the engine about itself.
    ///
    /// # Errors
    /// If it does not answer.
    pub(crate) async fn facts(&self) -> Result<EngineFacts, RuntimeError> {
        let docker = self.docker()?;
        let version = docker.version().await?;
        let name = if is_podman(&version) { "podman" } else { "docker" };
        let number = version.version.unwrap_or_default();
        // Debian appends its own: `20.10.24+dfsg1`.
        let number = number.split('+').next().unwrap_or_default();
        let listed = self.images(None).await?;
        let mut images: Vec<(Vec<String>, i64)> = listed
            .into_iter()
            .filter(|image| {
                !image.labels.as_ref().is_some_and(|labels| labels.contains_key(labels::PAUSE))
            })
            .map(|image| {
                let named = |name: &String| !name.contains("<none>");
                let all = image.repo_tags.into_iter().chain(image.repo_digests).flatten();
                let mut names: Vec<_> = all.filter(named).collect();
                names.sort();
                (names, image.size.unwrap_or_default())
            })
            .filter(|(names, _)| !names.is_empty())
            .collect();
        images.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        images.truncate(IMAGES_MAX);
        let root = self.info().await?.docker_root_dir.map(PathBuf::from);
        Ok(EngineFacts { version: format!("{name}://{number}"), images, root })
    }

    /// The first process of a container, as the node numbers it.
    pub(crate) async fn process(&self, container: &str) -> Option<i64> {
        let found = self.container(container).await.ok()?;
        found.state?.pid.filter(|pid| *pid > 0)
    }

    /// CPU used so far, in nanoseconds, and the working set in bytes.
    pub(crate) async fn stats(&self, container: &str) -> Option<(u64, u64)> {
        let told = self.used(container).await.ok()?;
        let memory = told.memory_stats?;
        let of = |name: &str| memory.stats.as_ref().and_then(|s| s.get(name)).copied();
        let idle = of("total_inactive_file").or_else(|| of("inactive_file")).unwrap_or(0);
        let cpu_ns = told.cpu_stats?.cpu_usage?.total_usage?;
        Some((cpu_ns, memory.usage.unwrap_or(0).saturating_sub(idle)))
    }
}

/// Whether the engine is Podman.
pub(super) fn is_podman(version: &SystemVersion) -> bool {
    version.components.iter().flatten().any(|part| part.name.contains("Podman"))
}
