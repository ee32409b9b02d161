//! A container's log, as it was written: any byte, any length of line.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::AsyncRead;
use wire::stream::{End, Failure, LogOptions, Reason, STDOUT, Sender, Target};

use super::find::{Found, has_tty};
use super::mend::{Clock, Mend};
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
    // Its times tell what the engine says twice. A terminal's log cannot be taken apart; Podman's times are of other lengths.
    let watches = options.follow && !tty && !engine.is_podman();
    let clock = if engine.inner.host.starts_with("unix://") {
        Clock::of_this_machine()
    } else {
        Clock::Coarse
    };
    let path = path(&meant.id, options, watches, now);
    let log = raw::read(&engine.inner.host, &path).await?;
    sender.opened().map_err(|_| gone())?;
    let mend = (!tty).then(|| Mend::new(options.timestamps, watches.then_some(clock)));
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
    let (mut buffer, mut mended) = (vec![0; BUFFER], Vec::new());
    let mut teller = Teller::new(sender);
    while left > 0 {
        let Some((channel, n)) = teller.next(log, &mut buffer).await? else { break };
        // Output and error output, in the order in which they were written.
        let bytes = match &mut mend {
            Some(mend) => {
                mended.clear();
                mend.mend(channel, &buffer[..n], log.piece(), &mut mended);
                &mended[..]
            }
            None => &buffer[..n],
        };
        let bytes = &bytes[..bytes.len().min(left)];
        left -= bytes.len();
        teller.say(STDOUT, bytes).await?;
    }
    teller.flush().await
}

/// Docker's API, "Get container logs".
fn path(id: &str, options: &LogOptions, watches: bool, now_s: u64) -> String {
    let mut path = format!("/containers/{id}/logs?stdout=1&stderr=1");
    if options.follow {
        path += "&follow=1";
    }
    if options.timestamps || watches {
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

    #[test]
    fn what_is_wanted_is_asked_for() {
        let check = |options: LogOptions, want: &str| {
            assert_eq!(
                path("c1", &options, false, 1000),
                format!("/containers/c1/logs?stdout=1&stderr=1{want}")
            );
        };
        let none = LogOptions::default;
        check(none(), "");
        check(LogOptions { follow: true, timestamps: true, ..none() }, "&follow=1&timestamps=1");
        let watching = path("c1", &none(), true, 1000);
        assert_eq!(watching, "/containers/c1/logs?stdout=1&stderr=1&timestamps=1");
        check(LogOptions { tail: Some(0), ..none() }, "&tail=0");
        check(LogOptions { since_ms: Some(1234), ..none() }, "&since=1.234000000");
        check(LogOptions { since_s: Some(10), ..none() }, "&since=990.000000000");
        check(LogOptions { since_s: Some(2000), ..none() }, "&since=0.000000000");
    }
}
