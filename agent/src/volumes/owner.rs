//! The group that owns a pod's volumes (`fsGroup`).

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use super::{VolumeError, io};

/// A volume's top directory belongs to the group, which can write in it; what is made there inherits the group.
///
/// # Errors
/// If the owner cannot be changed.
pub(super) fn directory(path: &Path, group: Option<i64>) -> Result<(), VolumeError> {
    let Some(gid) = group.and_then(|group| u32::try_from(group).ok()) else { return Ok(()) };
    let found = fs::metadata(path).map_err(io("look at", path))?;
    let mode = found.mode() & 0o7777 | 0o2770;
    // A directory that is right already is not written again.
    if found.gid() != gid {
        chown(path, None, Some(gid)).map_err(io("change the group of", path))?;
    }
    if found.mode() & 0o7777 != mode {
        fs::set_permissions(path, Permissions::from_mode(mode)).map_err(io("open", path))?;
    }
    Ok(())
}

/// A file that may be read by the group.
///
/// # Errors
/// If the owner cannot be changed.
pub(super) fn file(path: &Path, mode: u32, group: Option<i64>) -> Result<(), VolumeError> {
    let gid = group.and_then(|group| u32::try_from(group).ok());
    if let Some(gid) = gid {
        chown(path, None, Some(gid)).map_err(io("change the group of", path))?;
    }
    let mode = mode & 0o777 | if gid.is_some() { 0o440 } else { 0 };
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(io("open", path))
}
