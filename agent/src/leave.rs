//! Leaving the fleet: what is taken away, and what tells the next start of it.
//!
//! The law of this module: what tells of it is written first, so that a power cut in the middle leaves no node that half
//! knows who it is.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use model::orders::Leave;

/// The file that tells of it.
const MARK: &str = "decommissioned";
/// What a node knows itself and its orders by.
const IDENTITY: [&str; 3] = ["identity", "sealing.key", "agent.redb"];

/// Goes on with what was begun, and tells whether this machine has left its fleet. With a token it joins anew.
///
/// # Errors
/// If something cannot be taken away.
pub(crate) fn has_left(data_dir: &Path, has_token: bool) -> Result<bool> {
    let mark = data_dir.join(MARK);
    let how = match fs::read_to_string(&mark) {
        Ok(how) => how,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).context(format!("cannot read {}", mark.display())),
    };
    if !how.contains("done") {
        carry_out(data_dir, if how.contains("wipe") { Leave::Wipe } else { Leave::Keep })?;
    }
    if has_token {
        fs::remove_file(&mark).with_context(|| format!("cannot remove {}", mark.display()))?;
    }
    Ok(!has_token)
}

/// Takes away who this node was; with its pods' files and volumes, if so ordered.
///
/// # Errors
/// If something cannot be taken away: the next start tries again.
pub(crate) fn carry_out(data_dir: &Path, leave: Leave) -> Result<()> {
    let mark = data_dir.join(MARK);
    let how = if leave == Leave::Wipe { "wipe" } else { "keep" };
    let tell = |text: String| {
        fs::write(&mark, text).with_context(|| format!("cannot write {}", mark.display()))
    };
    tell(how.to_owned())?;
    let all: Vec<_> = match leave {
        Leave::Keep => IDENTITY.iter().map(|name| data_dir.join(name)).collect(),
        Leave::Wipe => {
            let inside = fs::read_dir(data_dir)
                .with_context(|| format!("cannot look into {}", data_dir.display()))?;
            inside.filter_map(|entry| Some(entry.ok()?.path())).filter(|p| *p != mark).collect()
        }
    };
    for path in all {
        let is_directory = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir());
        let removed = if is_directory { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).context(format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    tell(format!("{how} done\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["identity", "volumes/data"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        for name in ["identity/node.key", "sealing.key", "agent.redb", "volumes/data/file"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        dir
    }

    #[test]
    fn a_node_that_leaves_keeps_nothing_of_who_it_was() {
        let check = |leave: Leave, left: &[&str]| {
            let dir = filled();
            carry_out(dir.path(), leave).unwrap();
            let mut there: Vec<_> = fs::read_dir(dir.path())
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect();
            there.sort();
            assert_eq!(there, left);
            assert!(has_left(dir.path(), false).unwrap());
            assert!(!has_left(dir.path(), true).unwrap(), "it joins anew");
            assert!(!has_left(dir.path(), false).unwrap());
        };
        check(Leave::Wipe, &["decommissioned"]);
        check(Leave::Keep, &["decommissioned", "volumes"]);
    }

    #[test]
    fn a_power_cut_in_the_middle_is_made_good() {
        let dir = filled();
        fs::write(dir.path().join(MARK), "wipe").unwrap();
        assert!(has_left(dir.path(), false).unwrap());
        assert!(!dir.path().join("identity").exists() && !dir.path().join("volumes").exists());
    }
}
