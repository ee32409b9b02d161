//! The key that secrets are encrypted with where they lie: AES-256-GCM, each with a number of its own.
//!
//! The law of this module: what is written is encrypted with the newest key; an older key stays only as long as something
//! is left that it opens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use wire::sign::{NoEntropy, entropy};

use super::{KeysError, file};

const FILE: &str = "at-rest.key";
const ID_BYTES: usize = 4;
const HEAD: &str = "# The keys that secrets in this controller's store are encrypted with; the last one is used for what is written.\n# A backup of the store is worth nothing without this file: keep both, and not in one place.\n";

struct Key {
    bytes: [u8; 32],
    key: LessSafeKey,
    /// No longer in the file. It stays in memory: somebody may just be reading what it opens.
    gone: bool,
}

impl Key {
    fn new(bytes: [u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, &bytes).expect("32 bytes are a key of AES-256");
        Self { bytes, key: LessSafeKey::new(key), gone: false }
    }
}

type All = BTreeMap<u32, Key>;

/// The keys for what lies on disk. Never printed.
pub struct AtRest {
    /// None: only in memory (tests).
    path: Option<PathBuf>,
    keys: RwLock<All>,
    /// What the file was like when it was last read.
    mark: Mutex<file::Mark>,
}

impl std::fmt::Debug for AtRest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AtRest({:?})", self.ids())
    }
}

impl AtRest {
    /// The file where the configuration names no other.
    #[must_use]
    pub fn default_path(data_dir: &Path) -> PathBuf {
        data_dir.join(FILE)
    }

    /// Reads the keys in a file, or makes one there.
    ///
    /// # Errors
    /// If it can be neither, or others can read it.
    pub fn open(path: &Path) -> Result<Self, KeysError> {
        let _lock = file::lock(path)?;
        let keys = match file::read(path)? {
            Some(text) => parse(&text).ok_or_else(|| KeysError::Damaged(path.to_owned()))?,
            None => {
                let keys = BTreeMap::from([(1, Key::new(entropy()?))]);
                file::write(path, &written(&keys))?;
                keys
            }
        };
        let mark = Mutex::new(file::mark(path));
        Ok(Self { path: Some(path.to_owned()), keys: RwLock::new(keys), mark })
    }

    /// A key that lies nowhere.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        let keys = BTreeMap::from([(1, Key::new([7; 32]))]);
        Self { path: None, keys: RwLock::new(keys), mark: Mutex::default() }
    }

    fn keys(&self) -> RwLockReadGuard<'_, All> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers of the keys, the one that is used now last.
    #[must_use]
    pub fn ids(&self) -> Vec<u32> {
        self.keys().iter().filter(|(_, key)| !key.gone).map(|(id, _)| *id).collect()
    }

    /// The number of the key that is used now.
    #[must_use]
    pub fn current(&self) -> u32 {
        newest(&self.keys()).0
    }

    /// Encrypts: the key's number, a nonce, and what nobody can read or move elsewhere than where it is `bound` to.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn seal(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, NoEntropy> {
        let keys = self.keys();
        let (id, key) = newest(&keys);
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| NoEntropy)?;
        let mut sealed = plain.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        key.key
            .seal_in_place_append_tag(unique, Aad::from(bound), &mut sealed)
            .map_err(|_| NoEntropy)?;
        Ok([&id.to_be_bytes(), nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts; none if it was touched or moved, or its key is gone.
    #[must_use]
    pub fn open_sealed(&self, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let id = Self::id_of(sealed)?;
        let (nonce, sealed) = sealed.get(ID_BYTES..)?.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = sealed.to_vec();
        let keys = self.keys();
        let opened = keys.get(&id)?.key.open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(bound),
            &mut plain,
        );
        let length = opened.ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// The number of the key that something is encrypted with.
    #[must_use]
    pub fn id_of(sealed: &[u8]) -> Option<u32> {
        Some(u32::from_be_bytes(*sealed.first_chunk::<ID_BYTES>()?))
    }

    /// Makes a new key, used from now on for what is written.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn rotate(&self) -> Result<u32, KeysError> {
        let fresh = Key::new(entropy()?);
        let mut id = 0;
        self.change(|keys| {
            id = keys.last_key_value().map_or(1, |(id, _)| id + 1);
            keys.insert(id, fresh);
        })?;
        Ok(id)
    }

    /// Drops all keys before this one: nothing is left that they open.
    ///
    /// # Errors
    /// If that cannot be kept.
    pub fn drop_before(&self, id: u32) -> Result<(), KeysError> {
        self.change(|keys| *keys = keys.split_off(&id))
    }

    /// Reads the file again: the command line may have made a key.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn refresh(&self) -> Result<(), KeysError> {
        let known = *self.mark.lock().unwrap_or_else(PoisonError::into_inner);
        match &self.path {
            Some(path) if file::mark(path) != known => self.change(|_| ()),
            _ => Ok(()),
        }
    }

    fn change(&self, change: impl FnOnce(&mut All)) -> Result<(), KeysError> {
        let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.path else {
            change(&mut held);
            return Ok(());
        };
        let _lock = file::lock(path)?;
        let text = file::read(path)?.ok_or_else(|| KeysError::Damaged(path.clone()))?;
        let mut keys = parse(&text).ok_or_else(|| KeysError::Damaged(path.clone()))?;
        change(&mut keys);
        let now = written(&keys);
        if parse(&text).is_some_and(|before| !before.keys().eq(keys.keys())) {
            file::write(path, &now)?;
        }
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = file::mark(path);
        let former = std::mem::replace(&mut *held, keys);
        for (id, key) in former {
            held.entry(id).or_insert(Key { gone: true, ..key });
        }
        Ok(())
    }
}

/// The key that is used now.
fn newest(keys: &All) -> (u32, &Key) {
    let newest = keys.iter().rev().find(|(_, key)| !key.gone);
    newest.map(|(id, key)| (*id, key)).expect("there is always a key")
}

/// One key a line: its number, and 64 hexadecimal digits.
fn parse(text: &str) -> Option<All> {
    let mut keys = BTreeMap::new();
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        let (id, digits) = line.trim().split_once(' ')?;
        // A key is as long as a public one, and written the same.
        let bytes: model::trust::PublicKey = digits.trim().parse().ok()?;
        keys.insert(id.parse().ok()?, Key::new(bytes.0));
    }
    (!keys.is_empty()).then_some(keys)
}

fn written(keys: &All) -> String {
    let mut text = HEAD.to_owned();
    for (id, key) in keys {
        let _ = writeln!(text, "{id} {}", model::trust::PublicKey(key.bytes));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_encrypted_is_opened_where_it_belongs_and_nowhere_else() {
        let keys = AtRest::in_memory();
        let sealed = keys.seal(b"here", b"content").unwrap();
        assert_eq!(keys.open_sealed(b"here", &sealed).unwrap(), b"content");
        assert_eq!(keys.open_sealed(b"there", &sealed), None);
        assert_ne!(keys.seal(b"here", b"content").unwrap(), sealed, "no two are alike");
        for at in 0..sealed.len() {
            let mut touched = sealed.clone();
            touched[at] ^= 1;
            assert_eq!(keys.open_sealed(b"here", &touched), None, "byte {at}");
            assert_eq!(keys.open_sealed(b"here", &sealed[..at]), None, "cut at {at}");
        }
        assert_eq!(format!("{keys:?}"), "AtRest([1])");
    }

    #[test]
    fn keys_follow_each_other_and_the_older_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = AtRest::default_path(dir.path());
        let (running, beside) = (AtRest::open(&path).unwrap(), AtRest::open(&path).unwrap());
        let old = running.seal(b"", b"old").unwrap();
        assert_eq!(beside.rotate().unwrap(), 2);
        assert_eq!(running.current(), 1);
        running.refresh().unwrap();
        assert_eq!(
            (running.current(), AtRest::id_of(&running.seal(b"", b"new").unwrap())),
            (2, Some(2))
        );
        assert_eq!(running.open_sealed(b"", &old).unwrap(), b"old");
        running.drop_before(2).unwrap();
        assert_eq!((running.ids(), running.open_sealed(b"", &old).is_some()), (vec![2], true));
        let next = AtRest::open(&path).unwrap();
        assert_eq!((next.ids(), next.open_sealed(b"", &old)), (vec![2], None));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_others_can_read_or_that_holds_no_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = AtRest::default_path(dir.path());
        drop(AtRest::open(&path).unwrap());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(AtRest::open(&path), Err(KeysError::Open(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        for bad in ["", "# nothing", "1 abc", "x 00", &format!("1{}", "0".repeat(64))] {
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(AtRest::open(&path), Err(KeysError::Damaged(_))), "{bad:?}");
        }
    }
}
