//! A pod's files on the node: `pods/<uid>/volumes/<name>`, and by container its last words and sub-paths. Persistent
//! volumes are beside them: `volumes/<name>`.
//!
//! The law of this module: nothing that a pod says leads out of its volumes, and nothing of a pod stays when it goes but
//! its persistent volumes, which go only when they are ordered to.

mod files;
mod locks;
mod mounts;
mod owner;

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, Permissions};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use agent_core::turn::{Identity, PodVolumes, VolumeContent};
use model::Uid;

/// Bytes of a container's last words that are passed on, as in Kubernetes.
pub(crate) const LAST_WORDS_BYTES_MAX: usize = 4096;

/// Why a pod's files are not as they shall be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VolumeError {
    /// The file system said no.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: String,
        /// What came of it.
        source: std::io::Error,
    },
    /// A name that would lead elsewhere.
    #[error("{0:?} is no name of a file or directory")]
    BadName(String),
    /// A path within a volume that leads out of it, or cannot be followed safely.
    #[error("subPath {0:?} leads out of its volume")]
    Escapes(String),
    /// A secret cannot be kept in memory.
    #[error(
        "volume {0:?} holds secrets, which are kept in memory only, and this agent may not mount memory: run it as root"
    )]
    NoMemory(String),
    /// The host path is not what the pod says it is.
    #[error("hostPath type check failed: {path} is not a {kind}")]
    HostType {
        /// The path.
        path: String,
        /// What it should be.
        kind: &'static str,
    },
}

/// An I/O error, with what was tried on what.
fn io<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> VolumeError + 'a {
    move |source| VolumeError::Io { what, path: path.display().to_string(), source }
}

/// Whether a text is one component of a path, and stays where it is put.
pub(crate) fn is_one_component(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text != "."
        && text != ".."
        && !text.contains(['/', '\0'])
}

fn component(text: &str) -> Result<&str, VolumeError> {
    if is_one_component(text) { Ok(text) } else { Err(VolumeError::BadName(text.to_owned())) }
}

/// The files of all pods of this node.
#[derive(Clone, Debug)]
pub(crate) struct Volumes {
    pods: PathBuf,
    persistent: PathBuf,
    root: bool,
}

impl Volumes {
    /// Pods' files under `data_dir`, which is made, and closed to others.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, VolumeError> {
        let pods = data_dir.join("pods");
        make_dir(&pods, 0o700)?;
        // Engines and mounts want the path as it is, whatever links led here.
        let pods = fs::canonicalize(&pods).map_err(io("find", &pods))?;
        let persistent = pods.with_file_name("volumes");
        Ok(Self { pods, persistent, root: rustix::process::geteuid().is_root() })
    }

    fn pod(&self, uid: &Uid) -> Result<PathBuf, VolumeError> {
        Ok(self.pods.join(component(uid.as_str())?))
    }

    fn container(&self, id: &Identity) -> Result<PathBuf, VolumeError> {
        let container = component(&id.container)?;
        Ok(self.pod(&id.uid)?.join("containers").join(container).join(id.attempt.to_string()))
    }

    /// Makes a pod's volumes as they shall be.
    ///
    /// # Errors
    /// The first that cannot be made.
    pub(crate) fn write(&self, pod: &PodVolumes) -> Result<(), VolumeError> {
        let volumes = self.pod(&pod.pod)?.join("volumes");
        make_dir(&volumes, 0o700)?;
        for (name, content) in &pod.volumes {
            let path = volumes.join(component(name)?);
            match content {
                VolumeContent::Empty => {
                    make_dir(&path, 0o777)?;
                    owner::directory(&path, pod.fs_group)?;
                }
                VolumeContent::Memory { bytes_max } => {
                    make_dir(&path, 0o777)?;
                    self.in_memory(&path, *bytes_max, "mode=0777")?;
                    owner::directory(&path, pod.fs_group)?;
                }
                VolumeContent::Persistent { volume } => {
                    let kept = self.persistent.join(component(volume)?);
                    make_dir(&kept, 0o777)?;
                    owner::directory(&kept, pod.fs_group)?;
                    link(&kept, &path)?;
                }
                VolumeContent::Files { files, in_memory } => {
                    make_dir(&path, 0o755)?;
                    if *in_memory {
                        // Kernels before 6.4 do not know how to keep it from being swapped out.
                        self.in_memory(&path, None, "mode=0755,noswap")
                            .or_else(|_| self.in_memory(&path, None, "mode=0755"))?;
                        // Rather no pod than a secret on a disk.
                        if !mounts::is_memory(&path)? {
                            return Err(VolumeError::NoMemory(name.clone()));
                        }
                    }
                    files::write(&path, files, pod.fs_group)?;
                }
            }
        }
        Ok(())
    }

    fn in_memory(&self, path: &Path, bytes: Option<u64>, more: &str) -> Result<(), VolumeError> {
        if !self.root || mounts::is_mounted(path)? {
            return Ok(());
        }
        mounts::tmpfs(path, bytes, more)
    }

    /// The path on the node of a volume, or of a path within it, to be mounted.
    ///
    /// # Errors
    /// If the path within leads out, or cannot be made.
    pub(crate) fn volume_path(
        &self,
        id: &Identity,
        index: usize,
        name: &str,
        sub_path: &str,
    ) -> Result<PathBuf, VolumeError> {
        let mut volume = self.pod(&id.uid)?.join("volumes").join(component(name)?);
        // Engines and mounts want the path as it is.
        if volume.is_symlink() {
            volume = fs::canonicalize(&volume).map_err(io("find", &volume))?;
        }
        self.within(id, index, volume, sub_path)
    }

    fn within(
        &self,
        id: &Identity,
        index: usize,
        base: PathBuf,
        sub_path: &str,
    ) -> Result<PathBuf, VolumeError> {
        if sub_path.is_empty() {
            return Ok(base);
        }
        let found = mounts::open_beneath(&base, sub_path)?;
        if !self.root {
            return fs::canonicalize(base.join(sub_path)).map_err(io("find", &base));
        }
        // What was found is held by a mount of our own, so that a running container cannot change where it leads.
        let held = self.container(id)?.join(format!("sub-path-{index}"));
        mounts::hold(&found, &held)?;
        Ok(held)
    }

    /// The path of the node to be mounted, once it is what the pod says it is.
    ///
    /// # Errors
    /// If it is something else, or cannot be made.
    pub(crate) fn host_path(
        &self,
        id: &Identity,
        index: usize,
        path: &str,
        kind: &str,
        sub_path: &str,
    ) -> Result<PathBuf, VolumeError> {
        let path = PathBuf::from(path);
        let found = fs::metadata(&path).map(|m| m.file_type());
        let is = |test: fn(&fs::FileType) -> bool, kind| match &found {
            Ok(found) if test(found) => Ok(()),
            _ => Err(VolumeError::HostType { path: path.display().to_string(), kind }),
        };
        match kind {
            "" if found.is_err() => make_dir(&path, 0o755)?,
            "DirectoryOrCreate" if found.is_err() => make_dir(&path, 0o755)?,
            "Directory" | "DirectoryOrCreate" => is(fs::FileType::is_dir, "directory")?,
            "FileOrCreate" if found.is_err() => {
                let file = fs::File::create_new(&path).map_err(io("make", &path))?;
                file.set_permissions(Permissions::from_mode(0o644)).map_err(io("make", &path))?;
            }
            "File" | "FileOrCreate" => is(fs::FileType::is_file, "file")?,
            "Socket" => is(fs::FileType::is_socket, "socket file")?,
            "CharDevice" => is(fs::FileType::is_char_device, "character device")?,
            "BlockDevice" => is(fs::FileType::is_block_device, "block device")?,
            _ => {}
        }
        self.within(id, index, path, sub_path)
    }

    /// A container's own `/etc/hosts`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn hosts_file(&self, id: &Identity, lines: &str) -> Result<PathBuf, VolumeError> {
        self.container_file(id, "hosts", lines, 0o644)
    }

    /// The file for a container's last words, empty.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn make_last_words(&self, id: &Identity) -> Result<PathBuf, VolumeError> {
        // Whatever user the container runs as must be able to write it; the directories above are closed.
        self.container_file(id, "last-words", "", 0o666)
    }

    fn container_file(
        &self,
        id: &Identity,
        name: &str,
        text: &str,
        mode: u32,
    ) -> Result<PathBuf, VolumeError> {
        let dir = self.container(id)?;
        make_dir(&dir, 0o700)?;
        let path = dir.join(name);
        fs::write(&path, text).map_err(io("write", &path))?;
        fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(io("write", &path))?;
        Ok(path)
    }

    /// A container's last words; empty if it left none.
    pub(crate) fn last_words(&self, id: &Identity) -> String {
        let mut bytes = Vec::new();
        let read = self.container(id).ok().and_then(|dir| {
            let file = fs::File::open(dir.join("last-words")).ok()?;
            file.take(LAST_WORDS_BYTES_MAX as u64).read_to_end(&mut bytes).ok()
        });
        if read.is_none() {
            return String::new();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Takes a container's own files away: its last words, its sub-paths.
    pub(crate) fn remove_container(&self, id: &Identity) {
        let Ok(dir) = self.container(id) else { return };
        if let Err(error) = mounts::remove(&dir) {
            tracing::warn!(%error, "files of a container stay behind until its pod goes");
        }
    }

    /// Takes everything of a pod away, unmounting first.
    ///
    /// # Errors
    /// If something stays behind.
    pub(crate) fn remove(&self, pod: &Uid) -> Result<(), VolumeError> {
        mounts::remove(&self.pod(pod)?)
    }

    /// Takes a persistent volume away, with all that is in it. Well if it is not there.
    ///
    /// # Errors
    /// If something stays behind.
    pub(crate) fn remove_persistent(&self, volume: &str) -> Result<(), VolumeError> {
        mounts::remove(&self.persistent.join(component(volume)?))
    }

    /// Takes away what belongs to no known pod.
    pub(crate) fn sweep(&self, known: &BTreeSet<Uid>) {
        let Ok(entries) = fs::read_dir(&self.pods) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| known.contains(name)) {
                continue;
            }
            match mounts::remove(&entry.path()) {
                Ok(()) => tracing::info!(pod = ?name, "files of a former pod removed"),
                Err(error) => tracing::warn!(pod = ?name, %error, "files of a former pod stay"),
            }
        }
    }
}

/// Lets a pod's volume be a directory that outlives it.
fn link(kept: &Path, at: &Path) -> Result<(), VolumeError> {
    match fs::read_link(at) {
        Ok(led) if led == kept => return Ok(()),
        Ok(_) => fs::remove_file(at).map_err(io("remove", at))?,
        Err(_) => {}
    }
    std::os::unix::fs::symlink(kept, at).map_err(io("make", at))
}

/// Makes a directory with exactly this mode, and those above it closed to others; one that is there is left as it is.
fn make_dir(path: &Path, mode: u32) -> Result<(), VolumeError> {
    if path.is_dir() {
        return Ok(());
    }
    let above = if mode == 0o755 { 0o755 } else { 0o700 };
    if let Some(parent) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(above).create(parent).map_err(io("make", parent))?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(io("make", path)(error));
        }
        _ => {}
    }
    // The process' umask must not decide.
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(io("make", path))
}

#[cfg(test)]
mod tests;
