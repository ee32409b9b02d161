//! A container's log, as it was written: any byte, any length of line.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::AsyncRead;
use wire::stream::{End, Failure, LogOptions, Reason, STDOUT, Sender, Target};

use super::find::{Found, has_tty};
use super::raw::{self, Demux};
use super::{BUFFER, Engine, Teller, failure, gone};

/// Says a container's log; ends with the log, or, if it follows, with the container.
pub(super) async fn serve(
    engine: &Engine,
    target: &Target,
    options: &LogOptions,
    sender: &Sender,
) -> Result<End, Failure> {
    let Some(meant) = meant(engine, target, options.previous).await? else {
        let Target { pod, container, .. } = target;
        return Err(failure(
            Reason::BadRequest,
            if options.previous {
                format!("previous terminated container \"{container}\" in pod \"{pod}\" not found")
            } else {
                format!(
                    "container \"{container}\" in pod \"{pod}\" is waiting to start: ContainerCreating"
                )
            },
        ));
    };
    let tty = has_tty(&engine.inspected(&meant.id).await?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let path = path(&meant.id, options, now);
    let log = raw::read(&engine.inner.host, &path).await?;
    sender.opened().map_err(|_| gone())?;
    let mend = (!tty).then(|| Mend::new(options.timestamps));
    say(&mut Demux::new(log, tty), mend, options.limit_bytes, sender).await?;
    Ok(End::Done)
}

/// The attempt whose log is meant, as in Kubernetes: of those that got to run, the newest, or the one before. While a
/// container that failed waits to be started again, the one that failed is what was before.
async fn meant(engine: &Engine, target: &Target, previous: bool) -> Result<Option<Found>, Failure> {
    let mut ran = engine.attempts(target).await?;
    ran.retain(|one| one.ran);
    let newest = ran.pop();
    let Some(ended) = newest.as_ref().filter(|newest| previous && !newest.running) else {
        return Ok(if previous { ran.pop() } else { newest });
    };
    let code = engine.inspected(&ended.id).await?.state.and_then(|state| state.exit_code);
    // A pod that is done for has no sandbox any more: nothing of it is started again.
    let sandbox = Target { container: String::new(), ..target.clone() };
    let lives = engine.attempts(&sandbox).await?.iter().any(|sandbox| sandbox.running);
    Ok(if lives && code != Some(0) { newest } else { ran.pop() })
}

/// Says it, up to so many bytes.
async fn say<R: AsyncRead + Unpin>(
    log: &mut Demux<R>,
    mut mend: Option<Mend>,
    limit: Option<u64>,
    sender: &Sender,
) -> Result<(), Failure> {
    let mut left = limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let mut buffer = vec![0; BUFFER];
    let mut teller = Teller::new(sender);
    while left > 0 {
        let Some((channel, n)) = teller.next(log, &mut buffer).await? else { break };
        // Output and error output, in the order in which they were written.
        let (before, bytes) = match &mut mend {
            Some(mend) => mend.mend(channel, &buffer[..n], log.piece()),
            None => (&b""[..], &buffer[..n]),
        };
        for part in [before, bytes] {
            let part = &part[..part.len().min(left)];
            left -= part.len();
            teller.say(STDOUT, part).await?;
        }
    }
    teller.flush().await
}

/// The engine keeps lines in pieces of so many bytes.
const PIECE_BYTES: usize = 16 << 10;
/// The time before each piece, if it is asked for: `2006-01-02T15:04:05.000000000Z `.
const STAMP_BYTES: usize = 31;

/// Puts the pieces of long lines together again. The engine's driver forgets the new line after the last of them, and
/// gives each of them a time.
struct Mend {
    stamps: bool,
    lines: [Line; 3],
}

/// Where the line of a channel is.
#[derive(Clone, Copy, Default, PartialEq)]
enum Line {
    /// At its beginning.
    #[default]
    Begins,
    /// A full piece of it has come: more is to come.
    GoesOn,
    /// The last piece of it has come, without its new line: unless that is the end of all, one is missing.
    Unended,
}

impl Mend {
    fn new(stamps: bool) -> Self {
        Self { stamps, lines: [Line::default(); 3] }
    }

    /// What comes before these bytes, and what is left of them. `piece`: the size of the piece that they are of, and how
    /// much of it is still to come.
    fn mend<'a>(
        &mut self,
        channel: u8,
        bytes: &'a [u8],
        (size, left): (usize, usize),
    ) -> (&'static [u8], &'a [u8]) {
        let line = &mut self.lines[usize::from(channel.min(2))];
        let begins_at = size - left - bytes.len();
        let stamp = if self.stamps { STAMP_BYTES.min(size) } else { 0 };
        let before: &[u8] = match line {
            Line::Unended if begins_at == 0 => b"\n",
            _ => b"",
        };
        if before == b"\n" {
            *line = Line::Begins;
        }
        let goes_on = *line == Line::GoesOn;
        let cut = if goes_on { stamp.saturating_sub(begins_at).min(bytes.len()) } else { 0 };
        if left == 0 {
            *line = match (size - stamp, bytes.last()) {
                (_, Some(b'\n')) => Line::Begins,
                (PIECE_BYTES.., _) => Line::GoesOn,
                _ if goes_on => Line::Unended,
                _ => Line::Begins,
            };
        }
        (before, &bytes[cut..])
    }
}

/// Docker's API, "Get container logs".
fn path(id: &str, options: &LogOptions, now_s: u64) -> String {
    let mut path = format!("/containers/{id}/logs?stdout=1&stderr=1");
    if options.follow {
        path += "&follow=1";
    }
    if options.timestamps {
        path += "&timestamps=1";
    }
    if let Some(lines) = options.tail {
        path += &format!("&tail={lines}");
    }
    let since = match (options.since_ms, options.since_s) {
        (Some(ms), _) => Some(format!("{}.{:03}000000", ms / 1000, ms % 1000)),
        (None, Some(s)) => Some(format!("{}.000000000", now_s.saturating_sub(s))),
        (None, None) => None,
    };
    if let Some(since) = since {
        path += &format!("&since={since}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of pieces, which are read some bytes at a time.
    fn mended(stamps: bool, pieces: &[&[u8]], at_a_time: usize) -> Vec<u8> {
        let (mut mend, mut out) = (Mend::new(stamps), Vec::new());
        for piece in pieces {
            let mut left = piece.len();
            let empty = piece.is_empty().then_some(&b""[..]);
            for bytes in piece.chunks(at_a_time).chain(empty) {
                left -= bytes.len();
                let (before, rest) = mend.mend(STDOUT, bytes, (piece.len(), left));
                out.extend([before, rest].concat());
            }
        }
        out
    }

    #[test]
    fn long_lines_are_put_together_again() {
        let full = [b'x'; PIECE_BYTES];
        let stamp = b"2026-11-23T10:00:00.000000000Z ";
        let stamped = |piece: &[u8]| [stamp, piece].concat();
        for at_a_time in [1, 7, 16 << 10] {
            let check = |pieces: &[&[u8]], want: &[&[u8]]| {
                assert!(mended(false, pieces, at_a_time) == want.concat(), "{at_a_time}");
                let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| stamped(piece)).collect();
                let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
                let all = mended(true, &pieces, at_a_time);
                let lines = want.concat();
                let lines = lines.split_inclusive(|b| *b == b'\n').map(stamped);
                assert!(all == lines.collect::<Vec<_>>().concat(), "{at_a_time} with times");
            };
            check(&[b"one\n", b"two\n", b"end"], &[b"one\ntwo\nend"]);
            check(&[&full, b"rest", b"next\n"], &[&full, b"rest\nnext\n"]);
            check(&[&full, &full, b"rest\n", b"next\n"], &[&full, &full, b"rest\nnext\n"]);
            // One that just fills its pieces, and one that nothing follows.
            check(&[&full, b"", b"next\n"], &[&full, b"\nnext\n"]);
            check(&[&full, b"rest"], &[&full, b"rest"]);
        }
    }

    #[test]
    fn what_is_wanted_is_asked_for() {
        let check = |options: LogOptions, want: &str| {
            assert_eq!(
                path("c1", &options, 1000),
                format!("/containers/c1/logs?stdout=1&stderr=1{want}")
            );
        };
        let none = LogOptions::default;
        check(none(), "");
        check(LogOptions { follow: true, timestamps: true, ..none() }, "&follow=1&timestamps=1");
        check(LogOptions { tail: Some(0), ..none() }, "&tail=0");
        check(LogOptions { since_ms: Some(1234), ..none() }, "&since=1.234000000");
        check(LogOptions { since_s: Some(10), ..none() }, "&since=990.000000000");
        check(LogOptions { since_s: Some(2000), ..none() }, "&since=0.000000000");
    }
}
