//! The file: one redb table of documents, one of the store's own numbers.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use controller_core::custom;
use controller_core::kinds::{self, KindId, ObjectKey};
use model::Revision;
use redb::{
    Builder, Database, DatabaseError, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable,
    StorageError, TableDefinition, TableError,
};

use super::{StoreError, Stored};

/// Key: `group/plural`, NUL, namespace, NUL, name. Value: see [`pack`].
const DOCUMENTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("documents");
/// `format`, `ceiling`.
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");

/// The format that this version writes.
const FORMAT: u64 = 1;
/// Documents from this size on are compressed.
const COMPRESS_FROM: usize = 512;
const ZSTD_LEVEL: i32 = 3;
/// No document is larger: a request body is 3 MiB at most. A frame that claims more is damaged.
const DOCUMENT_MAX: usize = 16 << 20;

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
    let beside = path.with_extension("redb.new");
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
        _ => {}
    }
    // Secrets will be in it: nobody else may read it, from its first byte on.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    make_tables(&builder.create(&beside)?)?;
    fs::rename(&beside, path)?;
    Ok(directory.sync_all()?)
}

fn make_tables(database: &Database) -> Result<(), redb::Error> {
    let txn = database.begin_write()?;
    txn.open_table(NUMBERS)?.insert("format", FORMAT)?;
    txn.open_table(DOCUMENTS)?;
    Ok(txn.commit()?)
}

/// What is on disk.
pub(super) struct Loaded {
    pub(super) index: BTreeMap<ObjectKey, u64>,
    pub(super) ceiling: u64,
}

/// One change to the file: a document, or none.
pub(super) struct Put {
    pub(super) key: ObjectKey,
    pub(super) stored: Option<Stored>,
}

pub(super) struct Disk {
    database: Database,
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
    pub(super) fn open(medium: &Medium, cache_bytes: usize) -> Result<(Self, Loaded), StoreError> {
        let mut builder = Database::builder();
        builder.set_cache_size(cache_bytes);
        medium.make(&builder).map_err(|e| medium.error(&e))?;
        let database = medium.database(&builder).map_err(|e| match e {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
                StoreError::Locked(medium.path().to_owned())
            }
            DatabaseError::Storage(StorageError::Io(e)) if e.kind() == ErrorKind::InvalidData => {
                StoreError::NotOurs(medium.path().to_owned())
            }
            other => medium.error(&other),
        })?;
        let disk = Self { database, medium: medium.clone(), customs: Prefixes::default() };
        let path = medium.path().to_owned();
        match disk.format().map_err(|e| medium.error(&e))? {
            Some(FORMAT) => {}
            // There has never been a format 0.
            Some(0) | None => return Err(StoreError::NotOurs(path)),
            Some(found) => return Err(StoreError::Newer { path, found, known: FORMAT }),
        }
        let loaded = disk.load().map_err(|e| medium.error(&e))?;
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
        for row in documents.iter()? {
            let (key, value) = row?;
            if let (Some(key), Some(revision)) =
                (self.customs.parse(key.value()), revision_of(value.value()))
            {
                index.insert(key, revision);
            }
        }
        Ok(Loaded { index, ceiling })
    }

    /// A look at the file as it is now.
    pub(super) fn reader(&self) -> Result<Reader, StoreError> {
        let open =
            || -> Result<_, redb::Error> { Ok(self.database.begin_read()?.open_table(DOCUMENTS)?) };
        let table = open().map_err(|e| self.medium.error(&e))?;
        Ok(Reader { table, medium: self.medium.clone(), customs: self.customs.clone() })
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
                        documents.insert(key.as_slice(), pack(stored).as_slice()).map(drop)?
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
    medium: Medium,
    customs: Prefixes,
}

impl Reader {
    pub(super) fn get(&self, key: &ObjectKey) -> Result<Option<Stored>, StoreError> {
        let Some(encoded) = self.customs.encode(key) else { return Ok(None) };
        let value = self.table.get(encoded.as_slice()).map_err(|e| self.medium.error(&e))?;
        let damaged = || self.medium.error(&format!("the document {key:?} is damaged"));
        value.map(|v| unpack(v.value()).ok_or_else(damaged)).transpose()
    }
}

/// Revision (8 bytes, little endian), 0 or 1 (compressed with zstd), the JSON.
fn pack(stored: &Stored) -> Vec<u8> {
    let mut out = Vec::with_capacity(stored.doc.len() + 9);
    out.extend_from_slice(&stored.revision.0.to_le_bytes());
    if stored.doc.len() >= COMPRESS_FROM
        && let Ok(small) = zstd::bulk::compress(&stored.doc, ZSTD_LEVEL)
        && small.len() < stored.doc.len()
    {
        out.push(1);
        out.extend_from_slice(&small);
    } else {
        out.push(0);
        out.extend_from_slice(&stored.doc);
    }
    out
}

fn revision_of(value: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(value.get(..8)?.try_into().ok()?))
}

fn unpack(value: &[u8]) -> Option<Stored> {
    let revision = Revision(revision_of(value)?);
    let doc = match value.get(8)? {
        0 => Bytes::copy_from_slice(&value[9..]),
        1 => {
            let size = zstd::zstd_safe::get_frame_content_size(&value[9..]).ok()??;
            let size = usize::try_from(size).ok().filter(|s| *s <= DOCUMENT_MAX)?;
            Bytes::from(zstd::bulk::decompress(&value[9..], size).ok()?)
        }
        _ => return None,
    };
    Some(Stored { revision, doc })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_packed_and_unpacked() {
        for size in [0, 10, 511, 512, 100_000] {
            let stored = Stored { revision: Revision(7), doc: Bytes::from(vec![b'x'; size]) };
            assert_eq!(unpack(&pack(&stored)), Some(stored));
        }
        for bad in [&b""[..], b"1234567", b"12345678", b"12345678\x02x", b"12345678\x01x"] {
            assert_eq!(unpack(bad), None);
        }
    }
}
