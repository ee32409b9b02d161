//! Lock files: how a pod says "not now". They are looked at, never opened for what a container could make wait.

use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

use agent_core::{Lock, LockFile};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

use super::{Volumes, component};

/// Bytes of a lock file that are read: its first line says why.
const REASON_MAX: u64 = 200;

impl Volumes {
    /// The lock, if the file is there. One that leads out of its volume is not.
    pub(crate) fn lock(&self, file: &LockFile) -> Option<Lock> {
        let volumes = self.pod(&file.pod).ok()?.join("volumes");
        // A persistent volume is linked to.
        let volume = fs::canonicalize(volumes.join(component(&file.volume).ok()?)).ok()?;
        let volume = openat2(
            CWD,
            &volume,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::empty(),
        );
        let volume = volume.ok()?;
        let open = |flags: OFlags| -> Option<OwnedFd> {
            let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
            openat2(&volume, &file.path, flags | OFlags::CLOEXEC, Mode::empty(), beneath).ok()
        };
        let found = fs::File::from(open(OFlags::PATH)?).metadata().ok()?;
        let text = found.is_file().then(|| open(OFlags::RDONLY | OFlags::NONBLOCK));
        let reason = text.flatten().and_then(said).filter(|text| !text.is_empty());
        let nanoseconds =
            found.mtime().wrapping_mul(1_000_000_000).wrapping_add(found.mtime_nsec());
        Some(Lock {
            pod: file.pod.clone(),
            reason: reason.unwrap_or_else(|| format!("{}/{} is there", file.volume, file.path)),
            // Zero is no file's.
            stamp: nanoseconds.unsigned_abs().max(1),
        })
    }
}

fn said(file: OwnedFd) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::from(file).take(REASON_MAX).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    Some(text.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_there_while_its_file_is_and_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let volumes = Volumes::open(dir.path()).unwrap();
        let state = dir.path().join("pods/u/volumes/state");
        fs::create_dir_all(state.join("run")).unwrap();
        fs::write(dir.path().join("outside"), "no").unwrap();
        std::os::unix::fs::symlink("../../../../outside", state.join("out")).unwrap();
        let lock = |path: &str| {
            let file = LockFile { pod: "u".into(), volume: "state".into(), path: path.into() };
            volumes.lock(&file)
        };
        assert_eq!(lock("run/busy"), None);
        fs::write(state.join("run/busy"), "printing\nmore").unwrap();
        let held = lock("run/busy").unwrap();
        assert_eq!(held.reason, "printing");
        assert!(held.stamp > 1);
        fs::write(state.join("empty"), "").unwrap();
        assert_eq!(lock("empty").unwrap().reason, "state/empty is there");
        assert_eq!(
            (lock("out"), lock("../../../../outside"), lock("/etc/hostname")),
            (None, None, None)
        );
        fs::remove_file(state.join("run/busy")).unwrap();
        assert_eq!(lock("run/busy"), None);
    }
}
