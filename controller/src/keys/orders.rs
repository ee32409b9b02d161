//! The key that signs orders, and the sets that led to it.
//!
//! The law of this module: every set is signed by a key of the one before, and none is forgotten, so a node that lay in a
//! drawer meanwhile follows from whichever it holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Millis;
use model::orders::Manifest;
use model::trust::{Announcement, KEYS_MAX, Pepper, PublicKey, TrustedKeys, orders_message};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use wire::sign::{SigningKey, entropy};

use super::{AtRest, KeysError, file};

const FILE: &str = "orders-keys.json";
/// So many sets go into one message; a node that is further behind asks again.
const SETS_MAX: usize = 16;
const PRIVATE: &[u8] = b"orders key ";
const PEPPER: &[u8] = b"pepper";

/// What the file says. Private parts are encrypted with the at-rest key, in base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Raw {
    announcements: Vec<Announcement>,
    private: BTreeMap<PublicKey, String>,
    pepper: String,
    /// When the former keys go at the latest; none: there are none.
    #[serde(default)]
    retire_at: Option<Millis>,
}

/// Where a change of keys stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// The number of the newest set.
    pub serial: u64,
    /// When the former keys go at the latest; none: there are none.
    pub retire_at: Option<Millis>,
}

struct State {
    raw: Raw,
    signer: SigningKey,
    mark: file::Mark,
}

/// The keys for orders. Never printed.
pub struct OrdersKeys {
    path: PathBuf,
    at_rest: Arc<AtRest>,
    pepper: Pepper,
    state: Mutex<State>,
    news: watch::Sender<Rotation>,
}

impl std::fmt::Debug for OrdersKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OrdersKeys({:?})", self.trusted())
    }
}

impl OrdersKeys {
    /// Reads the keys in the data directory, or makes them.
    ///
    /// # Errors
    /// If it can be neither, or the at-rest key is another.
    pub fn open(data_dir: &Path, at_rest: Arc<AtRest>) -> Result<Self, KeysError> {
        let path = data_dir.join(FILE);
        let _lock = file::lock(&path)?;
        let raw = match read(&path)? {
            Some(raw) => raw,
            None => {
                let raw = first(&at_rest)?;
                write(&path, &raw)?;
                raw
            }
        };
        let locked = || KeysError::Locked(path.clone());
        let pepper = Pepper(opened(&at_rest, PEPPER, &raw.pepper).ok_or_else(locked)?);
        let signer = signer(&at_rest, &raw).ok_or_else(locked)?;
        let news = watch::channel(rotation(&raw)).0;
        let state = Mutex::new(State { mark: file::mark(&path), raw, signer });
        Ok(Self { path, at_rest, pepper, state, news })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What hides secrets in their hashes.
    #[must_use]
    pub fn pepper(&self) -> Pepper {
        self.pepper
    }

    /// What a node is to trust: given to it at joining.
    #[must_use]
    pub fn trusted(&self) -> TrustedKeys {
        newest(&self.state().raw).clone()
    }

    /// The sets that follow the one with this number, oldest first; zero: the newest alone.
    #[must_use]
    pub fn after(&self, serial: u64) -> Vec<Announcement> {
        let state = self.state();
        let all = &state.raw.announcements;
        if serial == 0 {
            return all.last().cloned().into_iter().collect();
        }
        all.iter().filter(|a| a.keys.serial > serial).take(SETS_MAX).cloned().collect()
    }

    /// The signature over a node's orders.
    #[must_use]
    pub fn sign(&self, manifest: &Manifest) -> Vec<u8> {
        let state = self.state();
        state.signer.sign(&orders_message(&newest(&state.raw).fleet, manifest))
    }

    /// Follows changes, whoever makes them.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<Rotation> {
        self.news.subscribe()
    }

    /// Announces a new key. The former one signs until `retire_at`, or until all nodes have followed; with none, it goes
    /// at once, and nodes follow when they are heard next.
    ///
    /// # Errors
    /// If there are too many keys already, or it cannot be kept.
    pub fn rotate(&self, retire_at: Option<Millis>) -> Result<TrustedKeys, KeysError> {
        let fresh = SigningKey::generate()?;
        self.change(|raw, signer| {
            let held = newest(raw).clone();
            let keep = if retire_at.is_some() { held.keys.as_slice() } else { &[] };
            if keep.len() >= KEYS_MAX {
                return Err(KeysError::TooMany);
            }
            let keys = keep.iter().copied().chain([fresh.public()]).collect();
            announce(raw, TrustedKeys { serial: held.serial + 1, keys, ..held }, signer);
            raw.private.insert(fresh.public(), sealed(&self.at_rest, &fresh)?);
            raw.retire_at = retire_at;
            Ok(())
        })
    }

    /// Lets the former keys go, if this set is still the newest: the last one of it signs from now on.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn retire(&self, serial: u64) -> Result<TrustedKeys, KeysError> {
        self.change(|raw, signer| {
            let held = newest(raw).clone();
            if held.serial == serial && held.keys.len() > 1 {
                let keys = held.keys.last().copied().into_iter().collect();
                announce(raw, TrustedKeys { serial: serial + 1, keys, ..held }, signer);
            }
            raw.retire_at = None;
            Ok(())
        })
    }

    /// Encrypts the private parts with the newest at-rest key.
    ///
    /// # Errors
    /// If it cannot be kept, or the key that they are encrypted with is gone.
    pub fn seal_again(&self) -> Result<(), KeysError> {
        self.change(|raw, _| {
            let locked = || KeysError::Locked(self.path.clone());
            for (public, text) in &mut raw.private {
                let seed = opened(&self.at_rest, &bound(public), text).ok_or_else(locked)?;
                *text = sealed(&self.at_rest, &SigningKey::from_seed(seed))?;
            }
            raw.pepper = STANDARD.encode(self.at_rest.seal(PEPPER, &self.pepper.0)?);
            Ok(())
        })
        .map(drop)
    }

    /// Reads the file again if somebody else has written it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn refresh(&self) -> Result<(), KeysError> {
        if file::mark(&self.path) == self.state().mark {
            return Ok(());
        }
        self.change(|_, _| Ok(())).map(drop)
    }

    /// Reads, changes and writes the file while nobody else does.
    fn change(
        &self,
        change: impl FnOnce(&mut Raw, &SigningKey) -> Result<(), KeysError>,
    ) -> Result<TrustedKeys, KeysError> {
        let mut state = self.state();
        let _lock = file::lock(&self.path)?;
        let locked = || KeysError::Locked(self.path.clone());
        let before = read(&self.path)?.ok_or_else(|| KeysError::Damaged(self.path.clone()))?;
        let mut raw = before.clone();
        change(&mut raw, &signer(&self.at_rest, &before).ok_or_else(locked)?)?;
        let used = newest(&raw).keys.clone();
        raw.private.retain(|public, _| used.contains(public));
        let signer = signer(&self.at_rest, &raw).ok_or_else(locked)?;
        if text(&raw) != text(&before) {
            write(&self.path, &raw)?;
        }
        *state = State { mark: file::mark(&self.path), raw, signer };
        let now = rotation(&state.raw);
        self.news.send_if_modified(|held| std::mem::replace(held, now) != now);
        Ok(newest(&state.raw).clone())
    }
}

fn newest(raw: &Raw) -> &TrustedKeys {
    &raw.announcements.last().expect("no file without a set is read").keys
}

fn rotation(raw: &Raw) -> Rotation {
    Rotation { serial: newest(raw).serial, retire_at: raw.retire_at }
}

fn announce(raw: &mut Raw, keys: TrustedKeys, signer: &SigningKey) {
    let signature = signer.sign(&keys.message());
    raw.announcements.push(Announcement { keys, signature });
}

fn first(at_rest: &AtRest) -> Result<Raw, KeysError> {
    let key = SigningKey::generate()?;
    let fleet = PublicKey(entropy()?).to_string()[..32].to_owned();
    let pepper = STANDARD.encode(at_rest.seal(PEPPER, &entropy()?)?);
    let private = BTreeMap::from([(key.public(), sealed(at_rest, &key)?)]);
    let mut raw = Raw { announcements: Vec::new(), private, pepper, retire_at: None };
    announce(&mut raw, TrustedKeys { fleet, serial: 1, keys: vec![key.public()] }, &key);
    Ok(raw)
}

fn read(path: &Path) -> Result<Option<Raw>, KeysError> {
    let Some(text) = file::read(path)? else { return Ok(None) };
    let raw: Option<Raw> = serde_json::from_str(&text).ok();
    let whole = raw.filter(|r| r.announcements.last().is_some_and(|a| !a.keys.keys.is_empty()));
    whole.map(Some).ok_or_else(|| KeysError::Damaged(path.to_owned()))
}

fn text(raw: &Raw) -> String {
    serde_json::to_string_pretty(raw).unwrap_or_default()
}

fn write(path: &Path, raw: &Raw) -> Result<(), KeysError> {
    file::write(path, &text(raw))
}

fn bound(public: &PublicKey) -> Vec<u8> {
    [PRIVATE, &public.0].concat()
}

fn sealed(at_rest: &AtRest, key: &SigningKey) -> Result<String, KeysError> {
    Ok(STANDARD.encode(at_rest.seal(&bound(&key.public()), key.seed())?))
}

fn opened(at_rest: &AtRest, bound: &[u8], text: &str) -> Option<[u8; 32]> {
    at_rest.open_sealed(bound, &STANDARD.decode(text).ok()?)?.try_into().ok()
}

/// The key that signs: the first of the newest set.
fn signer(at_rest: &AtRest, raw: &Raw) -> Option<SigningKey> {
    let public = newest(raw).keys.first()?;
    let seed = opened(at_rest, &bound(public), raw.private.get(public)?)?;
    Some(SigningKey::from_seed(seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Generation, Hash};
    use wire::sign::verify;

    fn open(dir: &Path) -> OrdersKeys {
        let at_rest = AtRest::open(&AtRest::default_path(dir)).unwrap();
        OrdersKeys::open(dir, Arc::new(at_rest)).unwrap()
    }

    fn manifest() -> Manifest {
        let (generation, root, made) = (Generation(1), Hash::of(b""), Millis(1));
        Manifest { node: "n".into(), generation, root, made }
    }

    /// Which of the keys, by their places, has signed.
    fn signed_by(keys: &OrdersKeys, all: &[PublicKey]) -> Option<usize> {
        let message = orders_message(&keys.trusted().fleet, &manifest());
        let signature = keys.sign(&manifest());
        all.iter().position(|key| verify(key, &message, &signature))
    }

    #[test]
    fn a_key_follows_the_other_with_an_overlap() {
        let dir = tempfile::tempdir().unwrap();
        let keys = open(dir.path());
        let first = keys.trusted();
        let both = open(dir.path()).rotate(Some(Millis(9))).unwrap();
        assert_eq!((both.serial, both.keys.len(), both.keys[0]), (2, 2, first.keys[0]));
        let mut news = keys.news();
        keys.refresh().unwrap();
        assert!(news.has_changed().unwrap(), "what the command line did is seen");
        let want = Rotation { serial: 2, retire_at: Some(Millis(9)) };
        assert_eq!(*news.borrow_and_update(), want);
        assert_eq!(signed_by(&keys, &both.keys), Some(0), "the former one signs");
        keys.retire(1).unwrap();
        assert_eq!(keys.trusted().serial, 2, "not the one that was meant");
        keys.rotate(Some(Millis(9))).unwrap();
        let last = keys.retire(3).unwrap();
        assert_eq!((last.serial, last.keys.len()), (4, 1));
        assert_eq!(signed_by(&keys, &last.keys), Some(0));
        assert_eq!(keys.state().raw.private.len(), 1, "private keys that sign nothing are gone");
        // Whoever holds any of the sets finds the way to the newest.
        for from in 1..4 {
            let mut held = keys.state().raw.announcements[from - 1].keys.clone();
            for next in keys.after(held.serial) {
                let known = |k: &PublicKey| verify(k, &next.keys.message(), &next.signature);
                assert!(held.keys.iter().any(known), "{} after {}", next.keys.serial, held.serial);
                held = next.keys;
            }
            assert_eq!(held, last);
        }
        assert_eq!(keys.after(0).len(), 1);
        assert_eq!(open(dir.path()).trusted(), last);
    }

    #[test]
    fn at_once_leaves_one_and_too_many_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let keys = open(dir.path());
        for _ in 1..KEYS_MAX {
            keys.rotate(Some(Millis(9))).unwrap();
        }
        assert!(matches!(keys.rotate(Some(Millis(9))), Err(KeysError::TooMany)));
        let last = keys.rotate(None).unwrap();
        assert_eq!((last.keys.len(), keys.news().borrow().retire_at), (1, None));
    }

    #[test]
    fn private_keys_are_encrypted_and_follow_the_at_rest_key() {
        let dir = tempfile::tempdir().unwrap();
        let keys = open(dir.path());
        let text = std::fs::read_to_string(dir.path().join(FILE)).unwrap();
        let seed = keys.state().signer.seed().to_vec();
        for form in [STANDARD.encode(&seed), PublicKey(seed.try_into().unwrap()).to_string()] {
            assert!(!text.contains(&form));
        }
        let fresh = keys.at_rest.rotate().unwrap();
        keys.seal_again().unwrap();
        keys.at_rest.drop_before(fresh).unwrap();
        let again = open(dir.path());
        assert_eq!((again.trusted(), again.pepper()), (keys.trusted(), keys.pepper()));
        let other = AtRest::in_memory();
        assert!(matches!(OrdersKeys::open(dir.path(), Arc::new(other)), Err(KeysError::Locked(_))));
    }
}
