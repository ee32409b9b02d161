//! Mounts of our own: memory for secrets, and sub-paths held so that they cannot be swapped.

use std::fs;
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, mkdirat, openat2, statat, statfs};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, unmount};

use super::{VolumeError, io, make_dir};

fn system(what: &'static str, path: &Path) -> impl FnOnce(Errno) -> VolumeError {
    let path = path.display().to_string();
    move |errno| VolumeError::Io { what, path, source: errno.into() }
}

/// A file system in memory at `path`.
///
/// # Errors
/// If the system does not let us.
pub(super) fn tmpfs(path: &Path, bytes: Option<u64>, more: &str) -> Result<(), VolumeError> {
    let options = match bytes {
        Some(bytes) => format!("size={bytes},{more}"),
        None => more.to_owned(),
    };
    let options = std::ffi::CString::new(options).unwrap_or_default();
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmpfs", path, "tmpfs", flags, Some(options.as_c_str()))
        .map_err(system("mount memory at", path))
}

/// Every mount at or under `path`, the innermost first.
fn mounts_under(path: &Path) -> Result<Vec<PathBuf>, VolumeError> {
    let table = Path::new("/proc/self/mountinfo");
    let text = fs::read_to_string(table).map_err(io("read", table))?;
    let mut found: Vec<PathBuf> = text
        .lines()
        .filter_map(|line| line.split(' ').nth(4).map(unescape))
        .filter(|at| at.starts_with(path))
        .collect();
    found.sort_by_key(|at| std::cmp::Reverse(at.components().count()));
    Ok(found)
}

/// proc(5): space, tab, line end and backslash are written as `\040` and so on.
fn unescape(text: &str) -> PathBuf {
    let parts = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    PathBuf::from(parts.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to)))
}

/// Whether something is mounted at `path`.
///
/// # Errors
/// If the table of mounts cannot be read.
pub(super) fn is_mounted(path: &Path) -> Result<bool, VolumeError> {
    Ok(mounts_under(path)?.iter().any(|at| at == path))
}

/// Whether what lies at `path` is in memory.
///
/// # Errors
/// If it cannot be looked at.
pub(super) fn is_memory(path: &Path) -> Result<bool, VolumeError> {
    // linux/magic.h: TMPFS_MAGIC.
    const TMPFS: u64 = 0x0102_1994;
    let found = statfs(path).map_err(system("look at", path))?;
    Ok(u64::try_from(found.f_type).is_ok_and(|kind| kind == TMPFS))
}

/// Opens a path within `base`, whatever links it leads over, but never out of it; directories that are missing are made.
///
/// # Errors
/// If it leads out, or cannot be made.
pub(super) fn open_beneath(base: &Path, path: &str) -> Result<OwnedFd, VolumeError> {
    let parts: Vec<_> = Path::new(path)
        .components()
        .map(|part| match part {
            Component::Normal(part) => Ok(Path::new(part)),
            _ => Err(VolumeError::Escapes(path.to_owned())),
        })
        .collect::<Result<_, _>>()?;
    let root = rustix::fs::open(base, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(system("open", base))?;
    let open = |at: &Path| {
        openat2(&root, at, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::BENEATH)
    };
    match open(Path::new(path)) {
        Ok(found) => return Ok(found),
        Err(Errno::NOENT) => {}
        Err(Errno::NOSYS) => return without_openat2(base, path),
        Err(Errno::XDEV | Errno::LOOP) => return Err(VolumeError::Escapes(path.to_owned())),
        Err(error) => return Err(system("open", &base.join(path))(error)),
    }
    let mut at = PathBuf::new();
    let mut dir = open(Path::new(".")).map_err(system("open", base))?;
    for part in parts {
        match mkdirat(&dir, part, Mode::from_raw_mode(0o750)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(system("make", &base.join(path))(error)),
        }
        at.push(part);
        dir = open(&at).map_err(|_| VolumeError::Escapes(path.to_owned()))?;
    }
    Ok(dir)
}

/// Kernels before 5.6: every part must be what it seems, so links are not followed at all.
fn without_openat2(base: &Path, path: &str) -> Result<OwnedFd, VolumeError> {
    let follow = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut dir = rustix::fs::open(base, follow, Mode::empty()).map_err(system("open", base))?;
    for part in Path::new(path) {
        let is_link = statat(&dir, part, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|found| rustix::fs::FileType::from_raw_mode(found.st_mode).is_symlink());
        if is_link {
            return Err(VolumeError::Escapes(path.to_owned()));
        }
        dir = rustix::fs::openat(&dir, part, follow, Mode::empty())
            .map_err(system("open", &base.join(path)))?;
    }
    Ok(dir)
}

/// Mounts what is open at `at`, so that it stays what it is.
///
/// # Errors
/// If the system does not let us.
pub(super) fn hold(found: &OwnedFd, at: &Path) -> Result<(), VolumeError> {
    let link = PathBuf::from(format!("/proc/self/fd/{}", found.as_raw_fd()));
    let is_dir = fs::metadata(&link).map_err(io("look at", at))?.is_dir();
    if is_mounted(at)? {
        unmount(at, UnmountFlags::DETACH).map_err(system("unmount", at))?;
    }
    if is_dir {
        make_dir(at, 0o700)?;
    } else {
        if let Some(parent) = at.parent() {
            make_dir(parent, 0o700)?;
        }
        fs::write(at, "").map_err(io("make", at))?;
    }
    mount_bind(&link, at).map_err(system("hold a sub-path at", at))
}

/// Takes a directory away, with all that is mounted in it unmounted first. Well if it is not there.
///
/// # Errors
/// If something is still mounted, or cannot be removed: what is mounted is never deleted.
pub(super) fn remove(dir: &Path) -> Result<(), VolumeError> {
    for at in mounts_under(dir)? {
        unmount(&at, UnmountFlags::DETACH).map_err(system("unmount", &at))?;
    }
    if let Some(still) = mounts_under(dir)?.into_iter().next() {
        return Err(io("unmount", &still)(ErrorKind::ResourceBusy.into()));
    }
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io("remove", dir)(error)),
        _ => Ok(()),
    }
}
