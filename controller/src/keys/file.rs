//! Files that only their owner can read, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use super::KeysError;

fn error(path: &Path) -> impl FnOnce(Error) -> KeysError {
    move |source| KeysError::File { path: path.to_owned(), source }
}

/// The content of a file; none if there is none.
///
/// # Errors
/// If it cannot be read, or others may: then it is a secret no more.
pub(super) fn read(path: &Path) -> Result<Option<String>, KeysError> {
    let found = match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(error(path))?,
    };
    if found.permissions().mode() & 0o077 != 0 {
        return Err(KeysError::Open(path.to_owned()));
    }
    fs::read_to_string(path).map(Some).map_err(error(path))
}

/// What tells whether a file was written since: its number and its time.
pub(super) type Mark = Option<(u64, i64, i64)>;

/// What a file is like now.
pub(super) fn mark(path: &Path) -> Mark {
    let found = fs::metadata(path).ok()?;
    Some((found.ino(), found.mtime(), found.mtime_nsec()))
}

/// Writes a file. A crash leaves the old one or the new one.
///
/// # Errors
/// If the disk does not take it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), KeysError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let write = || {
        match fs::remove_file(&beside) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        // The command line may be somebody else's than the controller: the file stays whose it was.
        let whose = fs::metadata(path).or_else(|_| directory(path)?.metadata())?;
        let ours = file.metadata()?;
        if (ours.uid(), ours.gid()) != (whose.uid(), whose.gid()) {
            fchown(&file, Some(whose.uid()), Some(whose.gid()))?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        directory(path)?.sync_all()
    };
    write().map_err(error(path))
}

/// Held while a file is read, changed and written: the controller and the command line may both want to.
///
/// # Errors
/// If its directory cannot be opened.
pub(super) fn lock(path: &Path) -> Result<File, KeysError> {
    let take = || {
        let directory = directory(path)?;
        directory.lock()?;
        Ok(directory)
    };
    take().map_err(error(path))
}

fn directory(path: &Path) -> Result<File, Error> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_whose_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write(&path, "1").unwrap();
        // Only root can give files away.
        if std::os::unix::fs::chown(&path, Some(4711), Some(4712)).is_ok() {
            write(&path, "2").unwrap();
            let now = fs::metadata(&path).unwrap();
            assert_eq!((now.uid(), now.gid(), now.mode() & 0o777), (4711, 4712, 0o600));
        }
        assert!(read(&path).unwrap().is_some());
        assert_ne!(mark(&path), mark(dir.path()));
    }
}
