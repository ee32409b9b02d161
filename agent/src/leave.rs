//! Leaving the fleet: what is taken away, and what tells the next start of it.
//!
//! The law of this module: what tells of it is written first, so that a power cut in the middle leaves no node that half
//! knows who it is.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use model::orders::Leave;

use crate::files;

/// The file that tells of it.
const MARK: &str = "decommissioned";
const WIPE: &str = "wipe";
const KEEP: &str = "keep";
/// What it ends with when all is taken away.
const DONE: &str = " done";
/// What a node knows itself and its orders by.
const IDENTITY: [&str; 3] = ["identity", "sealing.key", "agent.redb"];

/// Goes on with what was begun, and tells whether this machine has left its fleet. With another token than it had then, it
/// joins anew: that one may still lie where it came from.
///
/// # Errors
/// If something cannot be taken away.
pub(crate) fn has_left(data_dir: &Path, token: Option<&str>) -> Result<bool> {
    let mark = data_dir.join(MARK);
    let said = match fs::read_to_string(&mark) {
        Ok(said) => said,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).context(format!("cannot read {}", mark.display())),
    };
    let mut lines = said.lines();
    let (how, had) = (lines.next().unwrap_or_default(), lines.next());
    if !how.ends_with(DONE) {
        let leave = if how == WIPE { Leave::Wipe } else { Leave::Keep };
        carry_out(data_dir, leave, had)?;
    }
    if token.is_none() || token == had {
        return Ok(true);
    }
    fs::remove_file(&mark).with_context(|| format!("cannot remove {}", mark.display()))?;
    Ok(false)
}

/// Takes away who this node was; with its pods' files and volumes, if so ordered. `token` is the name of the one that it
/// was given.
///
/// # Errors
/// If something cannot be taken away: the next start tries again.
pub(crate) fn carry_out(data_dir: &Path, leave: Leave, token: Option<&str>) -> Result<()> {
    let mark = data_dir.join(MARK);
    let how = if leave == Leave::Wipe { WIPE } else { KEEP };
    let tell = |how: &str| {
        let said = format!("{how}\n{}\n", token.unwrap_or_default());
        files::write(&mark, said.as_bytes(), files::PRIVATE)
            .with_context(|| format!("cannot write {}", mark.display()))
    };
    tell(how)?;
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
    tell(&format!("{how}{DONE}"))
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
            carry_out(dir.path(), leave, Some("t1")).unwrap();
            let mut there: Vec<_> = fs::read_dir(dir.path())
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect();
            there.sort();
            assert_eq!(there, left);
            for token in [None, Some("t1")] {
                assert!(has_left(dir.path(), token).unwrap(), "{token:?}");
            }
            assert!(!has_left(dir.path(), Some("t2")).unwrap(), "it joins anew");
            assert!(!has_left(dir.path(), None).unwrap());
        };
        check(Leave::Wipe, &["decommissioned"]);
        check(Leave::Keep, &["decommissioned", "volumes"]);
    }

    #[test]
    fn a_power_cut_in_the_middle_is_made_good() {
        let dir = filled();
        fs::write(dir.path().join(MARK), "wipe\n").unwrap();
        assert!(has_left(dir.path(), None).unwrap());
        assert!(!dir.path().join("identity").exists() && !dir.path().join("volumes").exists());
    }
}
