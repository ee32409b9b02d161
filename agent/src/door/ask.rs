//! The technician's side: asks the agent of this node, and prints what it says.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::form::{Logs, Reply, Request};
use super::{place, shown};

/// No part of a log is longer: whoever says more is no agent.
const PART_MAX: usize = 1 << 20;

/// Which agent, and in which form.
#[derive(Args)]
pub(crate) struct Place {
    /// The data directory of the agent to ask (default /var/lib/driftless/agent).
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The configuration file of the agent to ask.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print in another form.
    #[arg(short, long, value_enum)]
    output: Option<Form>,
}

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For machines.
    Json,
}

/// A pod of this node.
#[derive(Args)]
pub(crate) struct PodArg {
    /// The pod, [NAMESPACE/]NAME.
    pod: String,
    #[command(flatten)]
    place: Place,
}

/// `explain`.
#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// The pod, [NAMESPACE/]NAME; none: the node itself.
    #[arg(default_value = "", hide_default_value = true)]
    pod: String,
    #[command(flatten)]
    place: Place,
}

/// `hold`.
#[derive(Args)]
pub(crate) struct HoldArgs {
    /// For how long at most: 90s, 30m, 2h, 1d; a week at most.
    #[arg(long = "for", value_name = "SPAN", default_value = "2h", value_parser = span)]
    span_ms: u64,
    /// Why, for those who wait.
    #[arg(long, default_value = "no reason given", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    pod: PodArg,
}

/// `logs`.
#[derive(Args)]
pub(crate) struct LogArgs {
    /// The container (default: the first).
    #[arg(short, long, default_value = "", hide_default_value = true)]
    container: String,
    /// Go on with what comes.
    #[arg(short, long)]
    follow: bool,
    /// So many of the last lines.
    #[arg(long, value_name = "N")]
    tail: Option<u64>,
    /// The log of the attempt before.
    #[arg(short, long)]
    previous: bool,
    #[command(flatten)]
    pod: PodArg,
}

/// What a technician asks.
#[derive(Subcommand)]
pub(crate) enum Ask {
    /// Show this node: its orders, link, engine, what is held.
    Status(Place),
    /// Show the pods of this node.
    Pods(Place),
    /// Print the log of a pod of this node.
    Logs(LogArgs),
    /// Say "not now": newer orders do not stop or replace the pod until it is released, or the time is over.
    Hold(HoldArgs),
    /// Let the orders come that a hold has put off.
    Release(PodArg),
    /// Say why a pod is as it is, or not here; without one, why this node is behind.
    Explain(ExplainArgs),
}

impl Ask {
    fn parts(self) -> (Request, Place) {
        match self {
            Self::Status(place) => (Request::Status, place),
            Self::Pods(place) => (Request::Pods, place),
            Self::Explain(args) => (Request::Explain { pod: args.pod }, args.place),
            Self::Release(args) => (Request::Release { pod: args.pod }, args.place),
            Self::Hold(HoldArgs { span_ms, reason, pod }) => {
                (Request::Hold { pod: pod.pod, span_ms, reason }, pod.place)
            }
            Self::Logs(LogArgs { container, follow, tail, previous, pod }) => {
                let logs = Logs { pod: pod.pod, container, follow, tail, previous };
                (Request::Logs(logs), pod.place)
            }
        }
    }
}

/// A span as people write it, in milliseconds.
fn span(text: &str) -> Result<u64, String> {
    let bad = || format!("{text:?}: want a span such as 90s, 30m, 2h or 1d, a week at most");
    let at = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at)).ok_or_else(bad)?;
    let (number, unit) = text.split_at(at);
    let unit_ms = match unit {
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(bad()),
    };
    let ms = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit_ms));
    ms.filter(|ms| (1..=agent_core::HOLD_MAX_MS).contains(ms)).ok_or_else(bad)
}

/// Asks, and prints the answer.
///
/// # Errors
/// If no agent answers, or it cannot do what is asked.
pub(crate) async fn run(ask: Ask) -> Result<()> {
    let (request, place) = ask.parts();
    let data_dir = crate::config::data_dir(place.data_dir.as_deref(), place.config.as_deref())?;
    let json = place.output == Some(Form::Json);
    let mut agent = said(&data_dir, &request).await?;
    match heard(&mut agent).await? {
        Reply::Failed(why) => bail!("{why}"),
        Reply::Log => log(&mut agent).await,
        reply if json => print(&(serde_json::to_string_pretty(&bare(&reply)?)? + "\n")),
        reply => print(&shown::text(&reply, shown::now())),
    }
}

/// What is in an answer, without its name.
fn bare(reply: &Reply) -> Result<serde_json::Value> {
    Ok(match reply {
        Reply::Status(status) => serde_json::to_value(status)?,
        Reply::Pods(pods) => serde_json::json!({ "items": pods }),
        Reply::Explained(answer) => serde_json::to_value(answer)?,
        other => serde_json::to_value(other)?,
    })
}

async fn said(data_dir: &Path, request: &Request) -> Result<BufReader<UnixStream>> {
    let none = || {
        format!(
            "no agent answers for {}: is it running, with this --data-dir, and are you its user?",
            data_dir.display()
        )
    };
    let mut agent = place::reach(data_dir).await.with_context(none)?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    agent.write_all(&line).await.context("the agent has gone")?;
    Ok(BufReader::new(agent))
}

async fn heard(agent: &mut BufReader<UnixStream>) -> Result<Reply> {
    let mut line = String::new();
    agent.read_line(&mut line).await.context("the agent has gone")?;
    if line.is_empty() {
        bail!("the agent has gone");
    }
    serde_json::from_str(&line).context("the agent says what this version does not know")
}

async fn log(agent: &mut BufReader<UnixStream>) -> Result<()> {
    let mut part = Vec::new();
    loop {
        let length = agent.read_u32().await.context("the agent has gone")?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length == 0 {
            break;
        }
        if length > PART_MAX {
            bail!("the agent says what this version does not know");
        }
        part.resize(length, 0);
        agent.read_exact(&mut part).await.context("the agent has gone")?;
        let mut out = std::io::stdout().lock();
        // Nobody reads it any more.
        if out.write_all(&part).and_then(|()| out.flush()).is_err() {
            return Ok(());
        }
    }
    match heard(agent).await? {
        Reply::Failed(why) => bail!("{why}"),
        _ => Ok(()),
    }
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, want) in [
            ("90s", Some(90_000)),
            ("2h", Some(7_200_000)),
            ("7d", Some(agent_core::HOLD_MAX_MS)),
            ("8d", None),
            ("0s", None),
            ("2", None),
            ("", None),
            ("h", None),
            ("-1h", None),
            ("1ü", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(span(text).ok(), want, "{text}");
        }
    }
}
