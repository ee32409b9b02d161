//! Where the socket is, and how it is opened: closed to others from the first moment, and anew after a kill.

use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

const FILE: &str = "agent.sock";
/// The directory that only its owner can look into: a socket is open to whoever reaches it in the moment before its mode is set.
const DIR: &str = "door";
/// The longest path that a socket's address takes, in bytes.
const ADDRESS_MAX: usize = 107;

/// Opens the door of the agent whose data is in `data_dir`. The caller has the store there, so that a socket which is found
/// is of an agent that runs no more.
///
/// # Errors
/// If the file system has no room for it, or knows no sockets.
pub(crate) fn open(data_dir: &Path) -> io::Result<UnixListener> {
    let dir = data_dir.join(DIR);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o700))?;
    let path = dir.join(FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = within(&dir, |path| UnixListener::bind(path))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Goes to the door of the agent whose data is in `data_dir`.
///
/// # Errors
/// If there is none, nobody answers, or it is not ours.
pub(crate) async fn reach(data_dir: &Path) -> io::Result<UnixStream> {
    let dir = data_dir.join(DIR);
    let path = within(&dir, |path| Ok(path.to_path_buf()))?;
    if path.as_os_str().len() <= ADDRESS_MAX && !path.starts_with("/proc") {
        return UnixStream::connect(path).await;
    }
    let held = std::fs::File::open(&dir)?;
    UnixStream::connect(through(&held)).await
}

/// Does something with the socket's path: a short one, if its own is too long for an address.
fn within<T>(dir: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = dir.join(FILE);
    if path.as_os_str().len() <= ADDRESS_MAX {
        return act(&path);
    }
    let held = std::fs::File::open(dir)?;
    act(&through(&held))
}

fn through(dir: &std::fs::File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{FILE}", dir.as_raw_fd()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_its_owners_and_opens_anew_after_a_kill() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("d".repeat(60)).join("e".repeat(60));
        for data_dir in [dir.path(), deep.as_path()] {
            assert!(reach(data_dir).await.is_err(), "there is no agent");
            // A socket that nobody listens to stays behind when its process is killed.
            drop(open(data_dir).unwrap());
            assert!(reach(data_dir).await.is_err(), "nobody is there any more");
            let listener = open(data_dir).unwrap();
            let (there, here) = tokio::join!(listener.accept(), reach(data_dir));
            assert!(there.is_ok() && here.is_ok(), "{here:?}");
            for (path, mode) in
                [(data_dir.join(DIR), 0o700), (data_dir.join(DIR).join(FILE), 0o600)]
            {
                let is = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
                assert_eq!(is, mode);
            }
        }
    }
}
