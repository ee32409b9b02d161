//! What the node keeps over a restart: a map from text to bytes in one file. It understands nothing of it.
//!
//! The law of this module: what was committed is there after a power cut, and nothing is written when nothing changes.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use agent_core::turn::Save;
use redb::{Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, TableDefinition};

const FILE: &str = "agent.redb";
const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const FORMAT: &str = "format";
/// The layout of this file. Another one is not read.
const FORMAT_NOW: u64 = 1;
/// Bytes of pages held in memory: the store is read once, at start.
const CACHE_BYTES: usize = 128 * 1024;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Another process has it.
    #[error("{0} is in use by another process: is an agent running with this data directory?")]
    Locked(PathBuf),
    /// It was written by another version.
    #[error(
        "{path} has format {found}, this agent reads {FORMAT_NOW}: it was written by another version of the agent"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// It cannot be opened, read or written.
    #[error("store {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What came of it.
        source: Box<redb::Error>,
    },
}

/// The store, and what could not be written to it yet.
pub(crate) struct Store {
    path: PathBuf,
    /// None after the disk refused: a database whose file failed once must be opened anew.
    database: Option<Database>,
    /// Changes that the disk has not taken: they are tried again, together with the next ones.
    owed: BTreeMap<String, Option<Vec<u8>>>,
    /// Bytes of records committed since the start.
    written: u64,
}

impl Store {
    /// Opens the store in `data_dir`, or makes it, and reads all of it.
    ///
    /// # Errors
    /// If another process has it, or it cannot be read.
    pub(crate) fn open(data_dir: &Path) -> Result<(Self, BTreeMap<String, Vec<u8>>), StoreError> {
        let path = data_dir.join(FILE);
        let database = open(&path)?;
        let io =
            |source: redb::Error| StoreError::Io { path: path.clone(), source: Box::new(source) };
        let records = match read(&database).map_err(io)? {
            Some((FORMAT_NOW, records)) => records,
            Some((found, _)) => return Err(StoreError::Format { path, found }),
            None => {
                begin(&database).map_err(io)?;
                BTreeMap::new()
            }
        };
        Ok((Self { path, database: Some(database), owed: BTreeMap::new(), written: 0 }, records))
    }

    /// Keeps a turn's changes, and those still owed, in one commit. With nothing to keep, nothing is written.
    ///
    /// # Errors
    /// If the disk does not take them; they are held then, and tried again with the next commit.
    pub(crate) fn commit(&mut self, save: Save) -> Result<(), StoreError> {
        if save.is_empty() && self.owed.is_empty() {
            return Ok(());
        }
        self.owed.extend(save.records);
        let database = match self.database.take() {
            Some(database) => database,
            None => open(&self.path)?,
        };
        write(&database, &self.owed).map_err(|source| StoreError::Io {
            path: self.path.clone(),
            source: Box::new(source),
        })?;
        self.database = Some(database);
        let size = |(name, record): (&String, &Option<Vec<u8>>)| {
            name.len() + record.as_ref().map_or(0, Vec::len)
        };
        self.written += self.owed.iter().map(|one| size(one) as u64).sum::<u64>();
        self.owed = BTreeMap::new();
        Ok(())
    }

    /// Bytes of records committed since the start; what the file's pages make of them is more.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Whether something could not be written yet.
    pub(crate) fn owes(&self) -> bool {
        !self.owed.is_empty()
    }
}

/// Opens the file, or makes it, closed to others.
fn open(path: &Path) -> Result<Database, StoreError> {
    let io = |source: redb::Error| StoreError::Io { path: path.into(), source: Box::new(source) };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|error| io(error.into()))?;
    // The mode above is for a new file; one that was copied here may be open to others.
    if file.metadata().is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        let closed = std::fs::Permissions::from_mode(0o600);
        file.set_permissions(closed).map_err(|error| io(error.into()))?;
    }
    redb::backends::FileBackend::new(file)
        .and_then(|file| Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(file))
        .map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::Locked(path.into()),
            other => io(other.into()),
        })
}

type Content = (u64, BTreeMap<String, Vec<u8>>);

/// The format and all records; none: the store is new.
fn read(database: &Database) -> Result<Option<Content>, redb::Error> {
    let read = database.begin_read()?;
    let meta = match read.open_table(META) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        table => table?,
    };
    let format = meta.get(FORMAT)?.map_or(0, |value| value.value());
    let mut records = BTreeMap::new();
    if format == FORMAT_NOW {
        for row in read.open_table(RECORDS)?.iter()? {
            let (name, bytes) = row?;
            records.insert(name.value().to_owned(), bytes.value().to_vec());
        }
    }
    Ok(Some((format, records)))
}

fn begin(database: &Database) -> Result<(), redb::Error> {
    let write = database.begin_write()?;
    write.open_table(META)?.insert(FORMAT, FORMAT_NOW)?;
    write.open_table(RECORDS)?;
    Ok(write.commit()?)
}

fn write(
    database: &Database,
    records: &BTreeMap<String, Option<Vec<u8>>>,
) -> Result<(), redb::Error> {
    let mut write = database.begin_write()?;
    write.set_durability(Durability::Immediate)?;
    {
        let mut table = write.open_table(RECORDS)?;
        for (name, bytes) in records {
            match bytes {
                Some(bytes) => table.insert(name.as_str(), bytes.as_slice())?,
                None => table.remove(name.as_str())?,
            };
        }
    }
    Ok(write.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(records: &[(&str, Option<&str>)]) -> Save {
        let records =
            records.iter().map(|(n, b)| ((*n).to_owned(), b.map(|b| b.as_bytes().to_vec())));
        Save { records: records.collect() }
    }

    #[test]
    fn what_was_committed_is_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, records) = Store::open(dir.path()).unwrap();
        assert!(records.is_empty());
        store.commit(save(&[("a", Some("1")), ("b", Some("2"))])).unwrap();
        store.commit(save(&[("a", Some("3")), ("b", None), ("never", None)])).unwrap();
        assert!(matches!(Store::open(dir.path()), Err(StoreError::Locked(_))));
        drop(store);
        let (_store, records) = Store::open(dir.path()).unwrap();
        assert_eq!(records, BTreeMap::from([("a".to_owned(), b"3".to_vec())]));
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn nothing_is_written_when_nothing_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, _) = Store::open(dir.path()).unwrap();
        store.commit(save(&[("a", Some("1"))])).unwrap();
        let before = std::fs::read(dir.path().join(FILE)).unwrap();
        store.commit(Save::default()).unwrap();
        assert!(!store.owes());
        assert!(std::fs::read(dir.path().join(FILE)).unwrap() == before);
    }

    #[test]
    fn another_format_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        let write = store.database.as_ref().unwrap().begin_write().unwrap();
        write.open_table(META).unwrap().insert(FORMAT, 7).unwrap();
        write.commit().unwrap();
        drop(store);
        assert!(matches!(Store::open(dir.path()), Err(StoreError::Format { found: 7, .. })));
    }

    #[test]
    fn a_full_disk_is_outlived() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let flags = rustix::mount::MountFlags::empty();
        rustix::mount::mount("tmpfs", dir.path(), "tmpfs", flags, Some(c"size=4m")).unwrap();
        let (mut store, _) = Store::open(dir.path()).unwrap();
        let fill = dir.path().join("fill");
        let _ = std::fs::write(&fill, vec![0; 4 << 20]);
        let big = "x".repeat(1 << 20);
        for _ in 0..2 {
            let failed = store.commit(save(&[("big", Some(&big))]));
            assert!(matches!(failed, Err(StoreError::Io { .. })) && store.owes());
        }
        store.commit(save(&[("a", Some("1"))])).unwrap_err();
        std::fs::remove_file(fill).unwrap();
        store.commit(Save::default()).unwrap();
        assert!(!store.owes());
        drop(store);
        let (store, records) = Store::open(dir.path()).unwrap();
        assert_eq!(records.into_keys().collect::<Vec<_>>(), ["a", "big"]);
        drop(store);
        rustix::mount::unmount(dir.path(), rustix::mount::UnmountFlags::DETACH).unwrap();
    }
}
