//! The file: one redb table of documents, one of the store's own numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use controller_core::custom;
use controller_core::kinds::{self, KindId, ObjectKey};
use redb::{
    Builder, Database, DatabaseError, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable,
    StorageError, TableDefinition, TableError,
};

use wire::sign::NoEntropy;

use super::pack::{key_of, pack, revision_of, unpack};
use super::{StoreError, Stored};
use crate::keys::AtRest;

/// Key: `group/plural`, NUL, namespace, NUL, name. Value: see [`super::pack`].
pub(super) const DOCUMENTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("documents");
/// `format`, `ceiling`.
pub(super) const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");

/// The format that this version writes.
const FORMAT: u64 = 2;
/// The format before: secrets are not encrypted. It is read once, and written anew.
const FORMAT_OPEN: u64 = 1;

/// What the store lies on.
#[derive(Clone, Debug)]
pub(super) enum Medium {
    File(PathBuf),
    /// A disk that can be full, fail, or lose its power.
    #[cfg(test)]
    Platter(super::platter::Platter),
}

impl Medium {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            #[cfg(test)]
            Self::Platter(_) => Path::new("platter"),
        }
    }

    /// Makes the file where there is none. A power cut leaves none, or a whole one.
    fn make(&self, builder: &Builder) -> Result<(), redb::Error> {
        match self {
            Self::File(path) => make_file(path, builder),
            #[cfg(test)]
            Self::Platter(platter) if platter.is_empty() => {
                let beside = super::platter::Platter::default();
                make_tables(&builder.create_with_backend(beside.clone())?)?;
                Ok(platter.turn_into(&beside)?)
            }
            #[cfg(test)]
            Self::Platter(_) => Ok(()),
        }
    }

    fn database(&self, builder: &Builder) -> Result<Database, DatabaseError> {
        match self {
            Self::File(path) => builder.open(path),
            #[cfg(test)]
            Self::Platter(platter) => builder.create_with_backend(platter.clone()),
        }
    }

    fn error(&self, why: &impl ToString) -> StoreError {
        StoreError::Disk { path: self.path().to_owned(), why: why.to_string() }
    }
}

fn make_file(path: &Path, builder: &Builder) -> Result<(), redb::Error> {
    let private = fs::Permissions::from_mode(0o600);
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    let directory = File::open(parent.unwrap_or(Path::new(".")))?;
    // Two that start at once must not both make it. Let go of at the end of this function.
    directory.lock()?;
    if fs::metadata(path).is_ok_and(|m| m.len() > 0) {
        return Ok(fs::set_permissions(path, private)?);
    }
    put_file(path, |beside| make_tables(&builder.create(beside)?))?;
    Ok(directory.sync_all()?)
}

/// Makes a file beside, and puts it in its place.
pub(super) fn put_file(
    path: &Path,
    make: impl FnOnce(&Path) -> Result<(), redb::Error>,
) -> Result<(), redb::Error> {
    let beside = path.with_extension("redb.new");
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
        _ => {}
    }
    // Secrets will be in it: nobody else may read it, from its first byte on.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    make(&beside)?;
    Ok(fs::rename(&beside, path)?)
}

fn database(medium: &Medium, builder: &Builder) -> Result<Database, StoreError> {
    medium.database(builder).map_err(|e| match e {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            StoreError::Locked(medium.path().to_owned())
        }
        DatabaseError::Storage(StorageError::Io(e)) if e.kind() == ErrorKind::InvalidData => {
            StoreError::NotOurs(medium.path().to_owned())
        }
        other => medium.error(&other),
    })
}

/// No random numbers, as an error of the database.
pub(super) fn random(error: NoEntropy) -> redb::Error {
    redb::Error::Io(std::io::Error::other(error))
}

pub(super) fn make_tables(database: &Database) -> Result<(), redb::Error> {
    let txn = database.begin_write()?;
    txn.open_table(NUMBERS)?.insert("format", FORMAT)?;
    txn.open_table(DOCUMENTS)?;
    Ok(txn.commit()?)
}

/// What is on disk.
pub(super) struct Loaded {
    pub(super) index: BTreeMap<ObjectKey, u64>,
    pub(super) ceiling: u64,
    /// The number of a key that something is encrypted with, and that is not there.
    locked: Option<u32>,
}

/// One change to the file: a document, or none.
pub(super) struct Put {
    pub(super) key: ObjectKey,
    pub(super) stored: Option<Stored>,
}

pub(super) struct Disk {
    pub(super) database: Database,
    pub(super) at_rest: Arc<AtRest>,
    medium: Medium,
    customs: Prefixes,
}

/// How custom resources are written, by the numbers of their kinds: those that are defined on disk.
#[derive(Clone, Debug, Default)]
struct Prefixes(Arc<RwLock<BTreeMap<KindId, String>>>);

impl Prefixes {
    fn define(&self, definition: &str) {
        if let (Some(id), Some((group, plural))) =
            (custom::id_of(definition), custom::names_of(definition))
        {
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(id, format!("{group}/{plural}"));
        }
    }

    fn forget(&self, definition: &str) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        custom::id_of(definition).map(|id| all.remove(&id));
    }

    /// The kind that was written so. None for kinds that this version does not serve and that are not defined: their
    /// documents stay where they are.
    fn read(&self, prefix: &str) -> Option<KindId> {
        if let Some(kind) = kinds::by_prefix(prefix) {
            return Some(kind.id);
        }
        let (group, plural) = prefix.split_once('/')?;
        let id = KindId::custom(group, plural);
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (all.get(&id)? == prefix).then_some(id)
    }

    fn write(&self, kind: KindId) -> Option<String> {
        if !kind.is_custom() {
            return Some(kinds::get(kind).prefix());
        }
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned()
    }

    fn encode(&self, key: &ObjectKey) -> Option<Vec<u8>> {
        let prefix = self.write(key.kind)?;
        let mut out = Vec::with_capacity(prefix.len() + key.namespace.len() + key.name.len() + 2);
        out.extend_from_slice(prefix.as_bytes());
        out.push(0);
        out.extend_from_slice(key.namespace.as_bytes());
        out.push(0);
        out.extend_from_slice(key.name.as_bytes());
        Some(out)
    }

    fn parse(&self, bytes: &[u8]) -> Option<ObjectKey> {
        let mut parts = std::str::from_utf8(bytes).ok()?.splitn(3, '\0');
        let kind = self.read(parts.next()?)?;
        let namespace = parts.next()?;
        Some(ObjectKey::new(kind, namespace, parts.next()?))
    }
}

impl Disk {
    /// Opens the file, or makes it.
    pub(super) fn open(
        medium: &Medium,
        at_rest: Arc<AtRest>,
        cache_bytes: usize,
    ) -> Result<(Self, Loaded), StoreError> {
        let mut builder = Database::builder();
        builder.set_cache_size(cache_bytes);
        medium.make(&builder).map_err(|e| medium.error(&e))?;
        let mut disk = Self {
            database: database(medium, &builder)?,
            at_rest,
            medium: medium.clone(),
            customs: Prefixes::default(),
        };
        let path = medium.path().to_owned();
        match disk.format().map_err(|e| medium.error(&e))? {
            Some(FORMAT) => {}
            Some(FORMAT_OPEN) => {
                disk.write_anew(&path, &builder).map_err(|e| medium.error(&e))?;
                disk.database = database(medium, &builder)?;
            }
            // There has never been a format 0.
            Some(0) | None => return Err(StoreError::NotOurs(path)),
            Some(found) => return Err(StoreError::Newer { path, found, known: FORMAT }),
        }
        let loaded = disk.load().map_err(|e| medium.error(&e))?;
        if let Some(key) = loaded.locked {
            return Err(StoreError::Key { path, key });
        }
        Ok((disk, loaded))
    }

    /// None if somebody else's tables are in it.
    fn format(&self) -> Result<Option<u64>, redb::Error> {
        match self.database.begin_read()?.open_table(NUMBERS) {
            Ok(numbers) => Ok(numbers.get("format")?.map(|v| v.value())),
            Err(TableError::Storage(e)) => Err(e.into()),
            Err(_) => Ok(None),
        }
    }

    fn load(&self) -> Result<Loaded, redb::Error> {
        let txn = self.database.begin_read()?;
        let ceiling = txn.open_table(NUMBERS)?.get("ceiling")?.map_or(0, |v| v.value());
        let mut index = BTreeMap::new();
        let documents = txn.open_table(DOCUMENTS)?;
        // Definitions first: without them nobody knows what their objects are.
        let prefix = kinds::get(kinds::CUSTOM_RESOURCE_DEFINITION).prefix();
        let (from, to) = (format!("{prefix}\0"), format!("{prefix}\x01"));
        for row in documents.range(from.as_bytes()..to.as_bytes())? {
            if let Some(key) = self.customs.parse(row?.0.value()) {
                self.customs.define(&key.name);
            }
        }
        // One of each key shows whether it is the right one.
        let (mut seen, mut locked) = (BTreeSet::new(), None);
        for row in documents.iter()? {
            let (key, value) = row?;
            if let Some(id) = key_of(value.value())
                && seen.insert(id)
                && unpack(&self.at_rest, key.value(), value.value()).is_none()
            {
                locked = Some(id);
            }
            if let (Some(key), Some(revision)) =
                (self.customs.parse(key.value()), revision_of(value.value()))
            {
                index.insert(key, revision);
            }
        }
        Ok(Loaded { index, ceiling, locked })
    }

    /// A look at the file as it is now.
    pub(super) fn reader(&self) -> Result<Reader, StoreError> {
        let open =
            || -> Result<_, redb::Error> { Ok(self.database.begin_read()?.open_table(DOCUMENTS)?) };
        let table = open().map_err(|e| self.medium.error(&e))?;
        Ok(Reader {
            table,
            at_rest: self.at_rest.clone(),
            medium: self.medium.clone(),
            customs: self.customs.clone(),
        })
    }

    /// The names of the definitions of custom resources.
    pub(super) fn definitions(&self) -> Result<Vec<String>, StoreError> {
        let all = self.customs.0.read().unwrap_or_else(PoisonError::into_inner);
        let name = |prefix: &String| {
            let (group, plural) = prefix.split_once('/')?;
            Some(format!("{plural}.{group}"))
        };
        Ok(all.values().filter_map(name).collect())
    }

    /// Writes all of it, and a new ceiling for revisions if there is one, and syncs.
    pub(super) fn commit(&self, puts: &[Put], ceiling: Option<u64>) -> Result<(), redb::Error> {
        let mut txn = self.database.begin_write()?;
        txn.set_durability(Durability::Immediate)?;
        {
            let mut documents = txn.open_table(DOCUMENTS)?;
            for put in puts {
                if put.key.kind == kinds::CUSTOM_RESOURCE_DEFINITION && put.stored.is_some() {
                    self.customs.define(&put.key.name);
                }
                // The objects of a resource that is not defined have gone before its definition.
                let Some(key) = self.customs.encode(&put.key) else { continue };
                match &put.stored {
                    Some(stored) => {
                        let packed = pack(&self.at_rest, &key, stored).map_err(random)?;
                        documents.insert(key.as_slice(), packed.as_slice()).map(drop)?
                    }
                    None => documents.remove(key.as_slice()).map(drop)?,
                }
            }
            if let Some(ceiling) = ceiling {
                txn.open_table(NUMBERS)?.insert("ceiling", ceiling)?;
            }
        }
        txn.commit()?;
        for put in puts.iter().filter(|p| p.stored.is_none()) {
            if put.key.kind == kinds::CUSTOM_RESOURCE_DEFINITION {
                self.customs.forget(&put.key.name);
            }
        }
        Ok(())
    }

    /// As a later version would leave it.
    #[cfg(test)]
    pub(super) fn set_format(&self, format: u64) -> Result<(), redb::Error> {
        let txn = self.database.begin_write()?;
        txn.open_table(NUMBERS)?.insert("format", format)?;
        Ok(txn.commit()?)
    }
}

/// A look at the file as it was when this was made.
pub(super) struct Reader {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    at_rest: Arc<AtRest>,
    medium: Medium,
    customs: Prefixes,
}

impl Reader {
    pub(super) fn get(&self, key: &ObjectKey) -> Result<Option<Stored>, StoreError> {
        let Some(encoded) = self.customs.encode(key) else { return Ok(None) };
        let value = self.table.get(encoded.as_slice()).map_err(|e| self.medium.error(&e))?;
        let damaged = || self.medium.error(&format!("the document {key:?} is damaged"));
        value.map(|v| unpack(&self.at_rest, &encoded, v.value()).ok_or_else(damaged)).transpose()
    }
}
