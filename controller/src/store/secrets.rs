//! Secrets in the file are encrypted with the newest at-rest key, sooner or later.

use std::fs::File;
use std::path::Path;

use redb::{Builder, Durability, ReadableDatabase, ReadableTable};

use super::disk::{DOCUMENTS, Disk, NUMBERS, make_tables, put_file, random};
use super::pack::{is_secret, key_of, pack, secret_ranges, unpack};

/// So many documents are encrypted anew at a time: nobody else writes meanwhile.
const AGAIN_MAX: usize = 256;

impl Disk {
    /// Writes a file of the format before anew, with its secrets encrypted. All of it, since pages that are free still hold
    /// what was in them.
    pub(super) fn write_anew(&self, path: &Path, builder: &Builder) -> Result<(), redb::Error> {
        tracing::warn!(path = %path.display(), "secrets in this store are not encrypted yet: writing it anew");
        let old = self.database.begin_read()?;
        put_file(path, |beside| {
            let fresh = builder.create(beside)?;
            make_tables(&fresh)?;
            let txn = fresh.begin_write()?;
            if let Some(ceiling) = old.open_table(NUMBERS)?.get("ceiling")? {
                txn.open_table(NUMBERS)?.insert("ceiling", ceiling.value())?;
            }
            let mut documents = txn.open_table(DOCUMENTS)?;
            for row in old.open_table(DOCUMENTS)?.iter()? {
                let (key, value) = row?;
                // What cannot be read stays as it is: it is told of when it is read.
                let stored = is_secret(key.value())
                    .then(|| unpack(&self.at_rest, key.value(), value.value()))
                    .flatten();
                match stored {
                    Some(stored) => {
                        let packed = pack(&self.at_rest, key.value(), &stored).map_err(random)?;
                        documents.insert(key.value(), packed.as_slice()).map(drop)?;
                    }
                    None => documents.insert(key.value(), value.value()).map(drop)?,
                }
            }
            drop(documents);
            Ok(txn.commit()?)
        })?;
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
        Ok(File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?)
    }

    /// Encrypts some of what is encrypted with an older key anew: how many. Zero: nothing is.
    pub(super) fn encrypt_again(&self) -> Result<usize, redb::Error> {
        let current = self.at_rest.current();
        let mut stale = Vec::new();
        {
            let documents = self.database.begin_read()?.open_table(DOCUMENTS)?;
            for range in secret_ranges() {
                for row in documents.range(range.start().as_slice()..range.end().as_slice())? {
                    let (key, value) = row?;
                    if key_of(value.value()) == Some(current) {
                        continue;
                    }
                    if let Some(stored) = unpack(&self.at_rest, key.value(), value.value()) {
                        stale.push((key.value().to_vec(), stored));
                    }
                    if stale.len() >= AGAIN_MAX {
                        break;
                    }
                }
            }
        }
        if stale.is_empty() {
            return Ok(0);
        }
        let mut txn = self.database.begin_write()?;
        txn.set_durability(Durability::Immediate)?;
        {
            let mut documents = txn.open_table(DOCUMENTS)?;
            for (key, stored) in &stale {
                let packed = pack(&self.at_rest, key, stored).map_err(random)?;
                documents.insert(key.as_slice(), packed.as_slice())?;
            }
        }
        txn.commit()?;
        Ok(stale.len())
    }
}
