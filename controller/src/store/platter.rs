//! A disk for tests: it can be full, refuse to sync, or lose its power between any two operations. What was not synced by
//! then is lost in part, sector by sector, as on a real one.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

const SECTOR: usize = 512;
const BLOCK: usize = 4096;

#[derive(Clone, Debug, Default)]
pub(super) struct Platter(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    /// What the process sees.
    now: Vec<u8>,
    /// What is safe.
    synced: Vec<u8>,
    /// Ranges written since.
    unsynced: Vec<(usize, usize)>,
    /// Nothing can be written any more but where something has been written before.
    full: bool,
    /// The blocks that have been.
    taken: BTreeSet<usize>,
    /// The next sync says that it failed, though what was written can be read.
    sync_fails: bool,
    /// So many operations are left until the power goes.
    power: Option<u32>,
}

impl Platter {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inner().now.is_empty()
    }

    /// As a file that is put in the place of another: at once, and safe.
    pub(super) fn turn_into(&self, other: &Self) -> Result<()> {
        let mut inner = self.inner();
        inner.powered()?;
        inner.now = other.inner().now.clone();
        inner.synced = inner.now.clone();
        inner.taken = other.inner().taken.clone();
        Ok(())
    }

    pub(super) fn set_full(&self, full: bool) {
        self.inner().full = full;
    }

    pub(super) fn fail_next_sync(&self) {
        self.inner().sync_fails = true;
    }

    pub(super) fn cut_power_after(&self, operations: u32) {
        self.inner().power = Some(operations);
    }

    /// The power is back. Of what was not synced, some sectors are there and some are not.
    pub(super) fn restart(&self, mut seed: u64) {
        let mut inner = self.inner();
        let now = std::mem::take(&mut inner.now);
        let mut kept = inner.synced.clone();
        for (start, end) in std::mem::take(&mut inner.unsynced) {
            for at in (start..end).step_by(SECTOR) {
                // xorshift64: which sectors made it is anybody's guess, and the same for the same seed.
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let to = (at + SECTOR).min(end).min(now.len());
                if seed.is_multiple_of(2) && at < to {
                    kept.resize(kept.len().max(to), 0);
                    kept[at..to].copy_from_slice(&now[at..to]);
                }
            }
        }
        inner.now = kept.clone();
        inner.synced = kept;
        inner.power = None;
    }
}

impl Inner {
    fn powered(&mut self) -> Result<()> {
        match &mut self.power {
            Some(0) => Err(Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl StorageBackend for Platter {
    fn len(&self) -> Result<u64> {
        Ok(self.inner().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let inner = self.inner();
        let start = usize::try_from(offset).unwrap();
        let found = inner.now.get(start..start + out.len());
        out.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let mut inner = self.inner();
        inner.powered()?;
        let len = usize::try_from(len).unwrap();
        inner.now.resize(len, 0);
        inner.taken.retain(|block| block * BLOCK < len);
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        let mut inner = self.inner();
        inner.powered()?;
        if std::mem::take(&mut inner.sync_fails) {
            return Err(Error::other("the disk failed"));
        }
        inner.synced = inner.now.clone();
        inner.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut inner = self.inner();
        inner.powered()?;
        let start = usize::try_from(offset).unwrap();
        let end = start + data.len();
        for block in start / BLOCK..end.div_ceil(BLOCK) {
            if inner.full && !inner.taken.contains(&block) {
                return Err(ErrorKind::StorageFull.into());
            }
            inner.taken.insert(block);
        }
        inner.now.get_mut(start..end).ok_or(ErrorKind::UnexpectedEof)?.copy_from_slice(data);
        inner.unsynced.push((start, end));
        Ok(())
    }
}
