//! The node's own key for secrets, and what can be done with keys.
//!
//! The law of this module: the private key is made here, lies in one file that only its owner can read, and goes nowhere.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use agent_core::trust::Keys;
use model::trust::PublicKey;
use wire::seal::SealingKey;
use wire::sign;

use crate::files;

const FILE: &str = "sealing.key";

/// Why the node has no key for secrets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The file cannot be read or written.
    #[error("the node's key for secrets, {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What came of it.
        source: std::io::Error,
    },
    /// The file holds no key.
    #[error(
        "{0} holds no key: put it back from a copy, or remove it and join the node again: secrets sealed to the former key cannot be opened without it"
    )]
    Damaged(PathBuf),
    /// No key can be made.
    #[error("the node's key for secrets: {0}")]
    Entropy(#[from] sign::NoEntropy),
}

/// The node's keys.
#[derive(Debug)]
pub(crate) struct NodeKeys {
    sealing: SealingKey,
}

impl NodeKeys {
    /// Reads the key in `data_dir`, or makes it.
    ///
    /// # Errors
    /// If it can be neither.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, KeyError> {
        let path = data_dir.join(FILE);
        let io = |source| KeyError::File { path: path.clone(), source };
        match fs::read(&path) {
            Ok(bytes) => {
                // One that was copied here may be open to others.
                fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(io)?;
                let sealing = SealingKey::from_bytes(&bytes);
                Ok(Self { sealing: sealing.ok_or_else(|| KeyError::Damaged(path.clone()))? })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let sealing = SealingKey::generate()?;
                files::write(&path, &sealing.bytes(), files::PRIVATE).map_err(io)?;
                Ok(Self { sealing })
            }
            Err(error) => Err(io(error)),
        }
    }
}

impl Keys for NodeKeys {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        sign::verify(key, message, signature)
    }

    fn sealing(&self) -> Option<PublicKey> {
        Some(self.sealing.public())
    }

    fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        self.sealing.open(sealed, bound)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod own {
    use model::trust::Pepper;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = NodeKeys::open(dir.path()).unwrap();
        let sealed =
            wire::seal::seal(&first.sealing().unwrap(), &Pepper([1; 32]), b"content", b"place");
        let path = dir.path().join(FILE);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let again = NodeKeys::open(dir.path()).unwrap();
        assert_eq!(again.open(&sealed.unwrap(), b"place").unwrap(), b"content");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(matches!(NodeKeys::open(dir.path()), Err(KeyError::Damaged(_))));
    }
}
