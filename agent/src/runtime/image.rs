//! Images: fetched as the pod's policy says, and the one that the agent makes of itself.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use agent_core::turn::{Outcome, Pull, PullPolicy, RegistryAuth};
use bollard::auth::DockerCredentials;
use bollard::query_parameters::{CreateImageOptionsBuilder, RemoveImageOptionsBuilder};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};

use super::ask::Image;
use super::error::RuntimeError;
use super::{Engine, labels};

/// A fetch whose engine has said nothing for so long is given up; it is tried again later.
const PULL_SILENCE: Duration = Duration::from_secs(300);
/// Where pause images are kept, without the tag.
const PAUSE_NAME: &str = "driftless.dev/pause";
/// Bytes read of the executable at a time.
const PIECE_BYTES: usize = 64 * 1024;

impl Engine {
    /// Makes sure that an image is there.
    ///
    /// # Errors
    /// If it is neither there nor to be had.
    pub(crate) async fn pull(&self, pull: &Pull) -> Result<Outcome, RuntimeError> {
        let began = Instant::now();
        let (name, tag) = split(&pull.image).ok_or(RuntimeError::ImageName)?;
        let reference = reference(&name, &tag);
        if pull.policy != PullPolicy::Always {
            match self.image(&reference).await {
                Ok(image) => return Ok(outcome(image, false, began)),
                Err(error) if !error.is_not_found() => return Err(error),
                Err(_) if pull.policy == PullPolicy::Never => {
                    return Err(RuntimeError::NeverPull { image: pull.image.clone() });
                }
                Err(_) => {}
            }
        }
        let mut tries: Vec<Option<&RegistryAuth>> = pull.auths.iter().map(Some).collect();
        if tries.is_empty() {
            tries.push(None);
        }
        let mut failed = RuntimeError::Away("nothing was tried".to_owned());
        for auth in tries {
            match self.fetch(&name, &tag, auth).await {
                Ok(()) => {
                    let image = self.image(&reference).await?;
                    return Ok(outcome(image, true, began));
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    async fn fetch(
        &self,
        name: &str,
        tag: &str,
        auth: Option<&RegistryAuth>,
    ) -> Result<(), RuntimeError> {
        let options = CreateImageOptionsBuilder::default().from_image(name).tag(tag).build();
        let credentials = auth.map(|auth| DockerCredentials {
            username: Some(auth.username.clone()),
            password: Some(auth.password.clone()),
            serveraddress: Some(auth.server.clone()),
            ..DockerCredentials::default()
        });
        let docker = self.docker()?.with_timeout(PULL_SILENCE);
        let mut progress = docker.create_image(Some(options), None, credentials);
        loop {
            match tokio::time::timeout(PULL_SILENCE, progress.next()).await {
                Err(_) => return Err(RuntimeError::Pull("no progress for 5 minutes".to_owned())),
                Ok(None) => return Ok(()),
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => {
                    return Err(match RuntimeError::from(error) {
                        RuntimeError::Refused { status: 400, message }
                            if message.contains("invalid reference") =>
                        {
                            RuntimeError::ImageName
                        }
                        RuntimeError::Refused { message, .. } => RuntimeError::Pull(message),
                        other => other,
                    });
                }
            }
        }
    }

    /// The pause image's name; the image is made if it is not there.
    ///
    /// # Errors
    /// If the executable needs libraries, or the engine does not take it.
    pub(crate) async fn pause_image(&self) -> Result<String, RuntimeError> {
        let mut held = self.inner.pause_image.lock().await;
        let name = match held.as_ref() {
            Some(name) => name.clone(),
            None => {
                let executable = self.inner.pause.executable.clone();
                let io = |source| RuntimeError::Io {
                    what: format!("cannot read {}", executable.display()),
                    source,
                };
                if needs_libraries(&executable).map_err(io)? {
                    return Err(RuntimeError::NotStatic {
                        executable: executable.display().to_string(),
                    });
                }
                format!("{PAUSE_NAME}:{}", hash(&executable).map_err(io)?)
            }
        };
        // Asked for each sandbox: somebody may have pruned the engine's images meanwhile.
        match self.image(&name).await {
            Ok(_) => {}
            Err(error) if error.is_not_found() => {
                self.make_pause_image(&name).await?;
                self.remove_old_pause_images(&name).await;
            }
            Err(error) => return Err(error),
        }
        *held = Some(name.clone());
        Ok(name)
    }

    async fn make_pause_image(&self, name: &str) -> Result<(), RuntimeError> {
        let executable = &self.inner.pause.executable;
        let io = |source| RuntimeError::Io {
            what: format!("cannot read {}", executable.display()),
            source,
        };
        let file = File::open(executable).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        let mut header = tar::Header::new_gnu();
        header.set_path(self.inner.pause.name()).map_err(io)?;
        header.set_size(bytes);
        header.set_mode(0o755);
        header.set_cksum();
        let head = Bytes::copy_from_slice(header.as_bytes());
        let padding = (512 - bytes % 512) % 512 + 1024;
        let tail = Bytes::from(vec![0; usize::try_from(padding).unwrap_or(1024)]);
        let pieces = stream::iter(Pieces { file, left: bytes });
        let body = stream::iter([Ok(head)])
            .chain(pieces)
            .chain(stream::iter([Ok::<Bytes, std::io::Error>(tail)]));
        let options = CreateImageOptionsBuilder::default()
            .from_src("-")
            // With its tag: Podman 4.3 does not look at the parameter for it.
            .repo(name)
            .changes(vec![format!("LABEL {}=true", labels::PAUSE)])
            .build();
        let docker = self.docker()?;
        let mut progress = std::pin::pin!(docker.create_image(
            Some(options),
            Some(bollard::body_try_stream(body)),
            None
        ));
        while let Some(step) = progress.next().await {
            step?;
        }
        Ok(())
    }

    /// Pause images of earlier versions go when no container uses them: the engine refuses the others.
    async fn remove_old_pause_images(&self, keep: &str) {
        let Ok(docker) = self.docker() else { return };
        let Ok(images) = self.images(Some(PAUSE_NAME)).await else { return };
        let tags: Vec<String> = images.into_iter().filter_map(|i| i.repo_tags).flatten().collect();
        for tag in tags {
            if tag.starts_with(&format!("{PAUSE_NAME}:")) && tag != keep {
                let options = RemoveImageOptionsBuilder::default().force(false).build();
                let _ = docker.remove_image(&tag, Some(options), None).await;
            }
        }
    }

    /// How the pause container is started.
    pub(crate) fn pause_command(&self) -> Vec<String> {
        let mut command = vec![format!("/{}", self.inner.pause.name())];
        command.extend(self.inner.pause.args.iter().cloned());
        command
    }
}

/// A file in pieces, so that it never is in memory as a whole.
struct Pieces {
    file: File,
    left: u64,
}

impl Iterator for Pieces {
    type Item = std::io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let want = usize::try_from(self.left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        if want == 0 {
            return None;
        }
        let mut piece = vec![0; want];
        match self.file.read(&mut piece) {
            Ok(0) => {
                self.left = 0;
                Some(Err(std::io::ErrorKind::UnexpectedEof.into()))
            }
            Ok(n) => {
                piece.truncate(n);
                self.left = self.left.saturating_sub(n as u64);
                Some(Ok(piece.into()))
            }
            Err(error) => {
                self.left = 0;
                Some(Err(error))
            }
        }
    }
}

fn hash(executable: &Path) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = File::open(executable)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            n => digest.update(piece.get(..n).unwrap_or_default()),
        }
    }
    Ok(digest.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect())
}

/// Whether an executable asks for a loader: an ELF program header of type PT_INTERP (System V gABI, chapter 5).
pub(crate) fn needs_libraries(executable: &Path) -> std::io::Result<bool> {
    const PT_INTERP: u32 = 3;
    let mut head = Vec::new();
    File::open(executable)?.take(4096).read_to_end(&mut head)?;
    let number = |at: usize, bytes: usize| -> u64 {
        (0..bytes).rev().fold(0, |n, i| n << 8 | u64::from(head.get(at + i).copied().unwrap_or(0)))
    };
    if !head.starts_with(b"\x7fELF") {
        return Ok(false);
    }
    let (table, entry_bytes, entries) = if head.get(4) == Some(&2) {
        (number(32, 8), number(54, 2), number(56, 2))
    } else {
        (number(28, 4), number(42, 2), number(44, 2))
    };
    let at =
        |i: u64| usize::try_from(table.saturating_add(i * entry_bytes)).unwrap_or(usize::MAX / 2);
    Ok((0..entries).any(|i| number(at(i), 4) == u64::from(PT_INTERP)))
}

/// An image's name and its tag or digest, as engines want them apart; `latest` where it has none. `None` if it cannot be one.
fn split(image: &str) -> Option<(String, String)> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-/:@+".contains(c);
    if image.is_empty() || image.len() > 512 || !image.chars().all(good) {
        return None;
    }
    if let Some((name, digest)) = image.split_once('@') {
        return (!name.is_empty() && digest.contains(':'))
            .then(|| (name.to_owned(), digest.to_owned()));
    }
    if let Some(id) = image.strip_prefix("sha256:") {
        return Some(("sha256".to_owned(), id.to_owned()));
    }
    let (name, tag) = match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    };
    let lower = !name.rsplit('/').next().unwrap_or(name).contains(|c: char| c.is_ascii_uppercase());
    (!name.is_empty() && !tag.is_empty() && lower && !name.starts_with(['/', '-', '.']))
        .then(|| (name.to_owned(), tag.to_owned()))
}

fn reference(name: &str, tag: &str) -> String {
    let by = if tag.contains(':') { '@' } else { ':' };
    format!("{name}{by}{tag}")
}

fn outcome(image: Image, pulled: bool, began: Instant) -> Outcome {
    Outcome::Image {
        id: image.id.unwrap_or_default(),
        pulled,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        bytes: image.size.unwrap_or_default(),
        user: image.config.and_then(|config| config.user).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split() {
        let check = |image: &str, want: Option<&str>| {
            assert_eq!(split(image).map(|(n, t)| reference(&n, &t)).as_deref(), want, "{image:?}");
        };
        check("web", Some("web:latest"));
        check("web:1", Some("web:1"));
        check("registry:5000/a/web", Some("registry:5000/a/web:latest"));
        check("registry:5000/a/web:1", Some("registry:5000/a/web:1"));
        check("a/web@sha256:00ff", Some("a/web@sha256:00ff"));
        check("sha256:00ff", Some("sha256:00ff"));
        check("", None);
        check("UPPER/Case", None);
        check("a b", None);
        check("web:", None);
        check("/web", None);
    }

    #[test]
    fn a_loader_is_noticed() {
        assert!(needs_libraries(Path::new("/proc/self/exe")).unwrap());
        assert!(!needs_libraries(Path::new("/proc/self/status")).unwrap());
    }
}
