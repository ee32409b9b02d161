//! Files of a volume that all change at once, laid out as Kubernetes does it, since programs watch for it:
//! `name -> ..data/name`, `..data -> ..<number>`, and the files in `..<number>`. One rename of `..data` changes all.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use agent_core::turn::File;

use super::{VolumeError, io, make_dir, owner};

const DATA: &str = "..data";
const DATA_NEXT: &str = "..data_tmp";

/// Makes a volume hold these files and no others. Nothing is written if it does already.
///
/// # Errors
/// If a path leads out, or something cannot be written; the volume then is as it was.
pub(super) fn write(
    volume: &Path,
    files: &BTreeMap<String, File>,
    group: Option<i64>,
) -> Result<(), VolumeError> {
    for path in files.keys() {
        let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
        if !inside || path.is_empty() || path.starts_with("..") {
            return Err(VolumeError::BadName(path.clone()));
        }
    }
    let current = fs::read_link(volume.join(DATA)).ok();
    if current.as_ref().is_some_and(|current| same(&volume.join(current), files)) {
        return Ok(());
    }
    let next = next_dir(volume, current.as_deref())?;
    for (path, file) in files {
        let at = next.join(path);
        if let Some(parent) = at.parent() {
            make_dirs_open(&next, parent)?;
        }
        fs::write(&at, &file.bytes).map_err(io("write", &at))?;
        owner::file(&at, file.mode, group)?;
    }
    let link = volume.join(DATA_NEXT);
    remove_if_there(&link)?;
    let name = PathBuf::from(next.file_name().map(OsString::from).unwrap_or_default());
    symlink(&name, &link).map_err(io("link", &link))?;
    let data = volume.join(DATA);
    fs::rename(&link, &data).map_err(io("change", &data))?;
    links(volume, files)?;
    for old in dirs(volume)? {
        if volume.join(&old) != next {
            let old = volume.join(old);
            fs::remove_dir_all(&old).map_err(io("remove", &old))?;
        }
    }
    Ok(())
}

/// A directory that has not been there, named by the next number.
fn next_dir(volume: &Path, current: Option<&Path>) -> Result<PathBuf, VolumeError> {
    let number = current.and_then(|c| c.to_str()?.strip_prefix("..")?.parse::<u64>().ok());
    let next = volume.join(format!("..{:010}", number.unwrap_or(0).wrapping_add(1)));
    if next.exists() {
        fs::remove_dir_all(&next).map_err(io("remove", &next))?;
    }
    make_dir(&next, 0o755)?;
    Ok(next)
}

/// Makes the directories of a file, each open to all: the volume's top decides who comes in.
fn make_dirs_open(top: &Path, dir: &Path) -> Result<(), VolumeError> {
    let Ok(inside) = dir.strip_prefix(top) else { return Ok(()) };
    let mut at = top.to_path_buf();
    for part in inside {
        at.push(part);
        make_dir(&at, 0o755)?;
    }
    Ok(())
}

/// What users of the volume see at its top: a link for the first part of every path, and no others.
fn links(volume: &Path, files: &BTreeMap<String, File>) -> Result<(), VolumeError> {
    let wanted: BTreeSet<&str> = files.keys().filter_map(|path| path.split('/').next()).collect();
    for name in &wanted {
        let at = volume.join(name);
        let to = Path::new(DATA).join(name);
        if fs::read_link(&at).is_ok_and(|there| there == to) {
            continue;
        }
        remove_if_there(&at)?;
        symlink(&to, &at).map_err(io("link", &at))?;
    }
    for entry in fs::read_dir(volume).map_err(io("read", volume))?.flatten() {
        let name = entry.file_name();
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let text = name.to_str().unwrap_or_default();
        if is_link && !text.starts_with("..") && !wanted.contains(text) {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

/// The numbered directories.
fn dirs(volume: &Path) -> Result<Vec<OsString>, VolumeError> {
    let entries = fs::read_dir(volume).map_err(io("read", volume))?.flatten();
    Ok(entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name())
        .filter(|name| name.to_str().is_some_and(|name| name.starts_with("..")))
        .collect())
}

fn remove_if_there(path: &Path) -> Result<(), VolumeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Whether a directory holds exactly these contents.
fn same(dir: &Path, files: &BTreeMap<String, File>) -> bool {
    let held = files.iter().all(|(path, file)| {
        let at = dir.join(path);
        let length = fs::metadata(&at).map(|m| m.len());
        length.is_ok_and(|length| length == file.bytes.len() as u64)
            && fs::read(&at).is_ok_and(|bytes| bytes == *file.bytes)
    });
    held && count(dir) == files.len()
}

fn count(dir: &Path) -> usize {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => count(&entry.path()),
            _ => 1,
        })
        .sum()
}
