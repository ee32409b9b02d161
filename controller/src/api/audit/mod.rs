//! The audit log: one line for each write that was asked for, in the shape of `audit.k8s.io/v1` Events of the level
//! Metadata.
//!
//! The law of this room: nothing that a body, an answer or a query says is in it, and no request waits for it. What
//! cannot be written is counted.

mod record;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::sync::oneshot;

pub(super) use record::Record;

/// So many lines may wait to be written; more are counted as lost.
const WAITING_MAX: usize = 4096;

/// How the audit log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditConfig {
    /// A file is put aside when it would grow over this.
    pub file_bytes_max: u64,
    /// So many files are kept, the one that is written included; zero: no audit log.
    pub files: u32,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { file_bytes_max: 32 << 20, files: 4 }
    }
}

enum Said {
    Line(String),
    /// Answered when all before is written.
    Written(oneshot::Sender<()>),
}

#[derive(Debug, Default)]
struct Counts {
    written: AtomicU64,
    lost: AtomicU64,
}

/// The audit log.
pub(super) struct Audit {
    say: Option<SyncSender<Said>>,
    counts: Arc<Counts>,
}

impl Audit {
    /// Begins to write, in a data directory.
    pub(super) fn open(data_dir: &Path, config: AuditConfig) -> std::io::Result<Self> {
        let counts = Arc::new(Counts::default());
        if config.files == 0 {
            return Ok(Self { say: None, counts });
        }
        let mut log = Log { path: data_dir.join("audit.log"), config, file: None, bytes: 0 };
        log.open()?;
        let (say, said) = sync_channel(WAITING_MAX);
        let counted = Arc::clone(&counts);
        std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || write(&said, log, &counted))?;
        Ok(Self { say: Some(say), counts })
    }

    /// Writes of a request, beside it.
    pub(super) fn tell(&self, line: String) {
        let Some(say) = &self.say else { return };
        if say.try_send(Said::Line(line)).is_err() {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all is written that was told.
    pub(super) async fn written(&self) {
        let Some(say) = &self.say else { return };
        let (done, wait) = oneshot::channel();
        // Full: what is told last is lost when the process ends, and was counted.
        if say.try_send(Said::Written(done)).is_ok() {
            let _ = wait.await;
        }
    }

    /// Its part of `/metrics`.
    pub(super) fn text(&self) -> String {
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        let mut out = String::new();
        for (name, help, value) in [
            ("driftless_audit_events_total", "Audit events written.", count(&self.counts.written)),
            (
                "driftless_audit_lost_total",
                "Audit events that were not written: the disk did not take them, or not fast enough.",
                count(&self.counts.lost),
            ),
        ] {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
        }
        out
    }
}

/// Writes what is said until nobody can say more.
fn write(said: &Receiver<Said>, mut log: Log, counts: &Counts) {
    while let Ok(first) = said.recv() {
        let (mut lines, mut asked) = (0, Vec::new());
        let mut next = Some(first);
        let mut failed = false;
        while let Some(one) = next {
            match one {
                Said::Line(line) => {
                    lines += 1;
                    failed |= log.line(&line).is_err();
                }
                Said::Written(done) => asked.push(done),
            }
            next = if lines < WAITING_MAX { said.try_recv().ok() } else { None };
        }
        failed |= log.flush().is_err();
        let count = if failed { &counts.lost } else { &counts.written };
        let before = count.fetch_add(lines as u64, Ordering::Relaxed);
        if failed {
            log.file = None;
            if before == 0 {
                tracing::error!(file = %log.path.display(), "the audit log cannot be written");
            }
        }
        asked.into_iter().for_each(|done| {
            let _ = done.send(());
        });
    }
}

/// The files.
struct Log {
    path: PathBuf,
    config: AuditConfig,
    file: Option<BufWriter<File>>,
    bytes: u64,
}

impl Log {
    fn open(&mut self) -> std::io::Result<()> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        self.bytes = file.metadata()?.len();
        self.file = Some(BufWriter::new(file));
        Ok(())
    }

    fn line(&mut self, line: &str) -> std::io::Result<()> {
        if self.file.is_none() {
            self.open()?;
        }
        let more = line.len() as u64 + 1;
        if self.bytes > 0 && self.bytes + more > self.config.file_bytes_max {
            self.flush()?;
            self.put_aside()?;
            self.open()?;
        }
        if let Some(file) = &mut self.file {
            file.write_all(line.as_bytes())?;
            file.write_all(b"\n")?;
            self.bytes += more;
        }
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), std::io::Write::flush)
    }

    /// `audit.log` becomes `audit.log.1`, and so on; the oldest goes.
    fn put_aside(&mut self) -> std::io::Result<()> {
        self.file = None;
        let at = |n: u32| {
            let mut name = self.path.clone().into_os_string();
            if n > 0 {
                name.push(format!(".{n}"));
            }
            PathBuf::from(name)
        };
        let missing = |e: &std::io::Error| e.kind() == std::io::ErrorKind::NotFound;
        if self.config.files < 2 {
            return fs::remove_file(&self.path);
        }
        for n in (0..self.config.files - 1).rev() {
            match fs::rename(at(n), at(n + 1)) {
                Err(e) if !missing(&e) => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(dir: &Path) -> Vec<(String, u64)> {
        let all = fs::read_dir(dir).expect("a directory").map(|f| f.expect("a file"));
        let told = |f: fs::DirEntry| {
            (f.file_name().to_string_lossy().into_owned(), f.metadata().expect("a size").len())
        };
        let mut all: Vec<_> = all.map(told).collect();
        all.sort();
        all
    }

    #[tokio::test]
    async fn files_are_bounded_in_size_and_number() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a directory");
        let config = AuditConfig { file_bytes_max: 100, files: 3 };
        let audit = Audit::open(dir.path(), config).expect("it opens");
        for n in 0..50 {
            audit.tell(format!("line {n:02} {}", "x".repeat(20)));
        }
        audit.written().await;
        let found = files(dir.path());
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["audit.log", "audit.log.1", "audit.log.2"]);
        assert!(found.iter().all(|(_, bytes)| *bytes <= 100), "{found:?}");
        let newest = fs::read_to_string(dir.path().join("audit.log")).expect("text");
        assert!(newest.contains("line 49"), "{newest}");
        let mode = fs::metadata(dir.path().join("audit.log")).expect("it is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        assert!(audit.text().contains("driftless_audit_events_total 50\n"), "{}", audit.text());
        // The next start goes on.
        drop(audit);
        let again = Audit::open(dir.path(), config).expect("it opens");
        again.tell("more".to_owned());
        again.written().await;
        let newest = fs::read_to_string(dir.path().join("audit.log")).expect("text");
        assert!(newest.ends_with("more\n"), "{newest}");
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_counted() {
        let dir = tempfile::tempdir().expect("a directory");
        let config = AuditConfig { file_bytes_max: 10, files: 2 };
        let audit = Audit::open(dir.path(), config).expect("it opens");
        audit.tell("first".to_owned());
        audit.written().await;
        // A directory stands where the file is to be put aside.
        fs::create_dir_all(dir.path().join("audit.log.1/x")).expect("made");
        audit.tell("a line too many".to_owned());
        audit.written().await;
        assert!(audit.text().contains("driftless_audit_lost_total 1\n"), "{}", audit.text());
        fs::remove_dir_all(dir.path().join("audit.log.1")).expect("removed");
        audit.tell("and one more".to_owned());
        audit.written().await;
        assert!(audit.text().contains("driftless_audit_events_total 2\n"), "{}", audit.text());
    }

    #[test]
    fn without_files_there_is_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let audit = Audit::open(dir.path(), AuditConfig { files: 0, ..AuditConfig::default() });
        audit.expect("it opens").tell("x".to_owned());
        assert!(files(dir.path()).is_empty());
    }
}
