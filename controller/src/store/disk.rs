//! The file: one redb table of documents, one of the store's own numbers.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use bytes::Bytes;
use controller_core::kinds::{self, ObjectKey};
use model::Revision;
use redb::{
    Database, DatabaseError, Durability, ReadOnlyTable, ReadableDatabase, ReadableTable,
    TableDefinition,
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

/// What was on disk at start.
pub(super) struct Loaded {
    pub(super) index: BTreeMap<ObjectKey, u64>,
    pub(super) ceiling: u64,
}

/// One change to the file: a packed document, or none.
pub(super) struct Put {
    pub(super) key: ObjectKey,
    pub(super) stored: Option<Stored>,
}

pub(super) struct Disk {
    database: Database,
}

fn disk_error(path: &Path, why: &impl ToString) -> StoreError {
    StoreError::Disk { path: path.to_owned(), why: why.to_string() }
}

impl Disk {
    pub(super) fn open(path: &Path, cache_bytes: usize) -> Result<Self, StoreError> {
        // Secrets are in it: nobody else may read it, from its first byte on.
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path);
        let file = file.map_err(|e| disk_error(path, &e))?;
        file.set_permissions(fs::Permissions::from_mode(0o600))
            .map_err(|e| disk_error(path, &e))?;
        drop(file);
        let database =
            Database::builder().set_cache_size(cache_bytes).create(path).map_err(|e| match e {
                DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
                    StoreError::Locked(path.to_owned())
                }
                other => disk_error(path, &other),
            })?;
        Ok(Self { database })
    }

    /// Reads the index, and makes the tables where they are missing.
    pub(super) fn load(&self, path: &Path) -> Result<Loaded, StoreError> {
        self.try_load().map_err(|e| disk_error(path, &e)).and_then(|(loaded, format)| {
            if format > FORMAT {
                return Err(StoreError::Newer {
                    path: path.to_owned(),
                    found: format,
                    known: FORMAT,
                });
            }
            Ok(loaded)
        })
    }

    fn try_load(&self) -> Result<(Loaded, u64), redb::Error> {
        let txn = self.database.begin_write()?;
        let (format, ceiling, index);
        {
            let mut numbers = txn.open_table(NUMBERS)?;
            let read =
                |table: &redb::Table<'_, &str, u64>, name| -> Result<Option<u64>, redb::Error> {
                    Ok(table.get(name)?.map(|v| v.value()))
                };
            format = read(&numbers, "format")?;
            ceiling = read(&numbers, "ceiling")?.unwrap_or(0);
            if format.is_none() {
                numbers.insert("format", FORMAT)?;
            }
            let documents = txn.open_table(DOCUMENTS)?;
            let mut found = BTreeMap::new();
            for row in documents.iter()? {
                let (key, value) = row?;
                if let (Some(key), Some(revision)) =
                    (parse_key(key.value()), revision_of(value.value()))
                {
                    found.insert(key, revision);
                }
            }
            index = found;
        }
        if format.is_none() {
            txn.commit()?;
        } else {
            txn.abort()?;
        }
        Ok((Loaded { index, ceiling }, format.unwrap_or(FORMAT)))
    }

    /// A look at the file as it is now.
    pub(super) fn reader(&self, path: &Path) -> Result<Reader, StoreError> {
        let open =
            || -> Result<_, redb::Error> { Ok(self.database.begin_read()?.open_table(DOCUMENTS)?) };
        Ok(Reader { table: open().map_err(|e| disk_error(path, &e))?, path: path.to_owned() })
    }

    /// Writes all of it, and a new ceiling for revisions if there is one, and syncs.
    pub(super) fn commit(&self, puts: &[Put], ceiling: Option<u64>) -> Result<(), redb::Error> {
        let mut txn = self.database.begin_write()?;
        txn.set_durability(Durability::Immediate)?;
        {
            let mut documents = txn.open_table(DOCUMENTS)?;
            for put in puts {
                let key = encode_key(&put.key);
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
        Ok(())
    }
}

/// A look at the file as it was when this was made.
pub(super) struct Reader {
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
    path: std::path::PathBuf,
}

impl Reader {
    pub(super) fn get(&self, key: &ObjectKey) -> Result<Option<Stored>, StoreError> {
        let value =
            self.table.get(encode_key(key).as_slice()).map_err(|e| disk_error(&self.path, &e))?;
        value
            .map(|v| {
                unpack(v.value()).ok_or_else(|| {
                    disk_error(&self.path, &format!("the document {key:?} is damaged"))
                })
            })
            .transpose()
    }
}

fn encode_key(key: &ObjectKey) -> Vec<u8> {
    let prefix = kinds::get(key.kind).prefix();
    let mut out = Vec::with_capacity(prefix.len() + key.namespace.len() + key.name.len() + 2);
    out.extend_from_slice(prefix.as_bytes());
    out.push(0);
    out.extend_from_slice(key.namespace.as_bytes());
    out.push(0);
    out.extend_from_slice(key.name.as_bytes());
    out
}

/// None for kinds that this version does not serve: their documents stay where they are.
fn parse_key(bytes: &[u8]) -> Option<ObjectKey> {
    let mut parts = std::str::from_utf8(bytes).ok()?.splitn(3, '\0');
    let kind = kinds::by_prefix(parts.next()?)?;
    let namespace = parts.next()?;
    Some(ObjectKey::new(kind.id, namespace, parts.next()?))
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
