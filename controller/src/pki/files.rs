//! Private files, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::PkiError;

/// Makes a directory that only its owner can enter; takes others' rights to it away if it is there.
pub(super) fn make_private_directory(path: &Path) -> Result<(), PkiError> {
    let make = || {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o700))
    };
    make().map_err(|source| PkiError::File { path: path.to_owned(), source })
}

/// Writes a file that only its owner can read. A crash leaves the old one or the new one.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let write = || {
        // A leftover of a crash may have other rights than the file that is made here.
        match fs::remove_file(&beside) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(|source| PkiError::File { path: path.to_owned(), source })
}
