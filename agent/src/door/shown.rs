//! Answers, for people.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use agent_core::{Answer, HoldShown, PodShown};
use model::Millis;

use super::form::{Reply, Status};

/// The time by this machine's clock.
pub(super) fn now() -> Millis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

/// An answer as text.
pub(super) fn text(reply: &Reply, now: Millis) -> String {
    match reply {
        Reply::Status(status) => self::status(status, now),
        Reply::Pods(pods) => self::pods(pods, now),
        Reply::Explained(answer) => explained(answer),
        Reply::Done(what) => format!("{what}\n"),
        Reply::Failed(why) => format!("{why}\n"),
        Reply::Log => String::new(),
    }
}

fn status(status: &Status, now: Millis) -> String {
    let node = &status.node;
    let link = &node.link;
    let span = span(now.since(link.since));
    let orders = match node.made {
        Some(made) => {
            format!("generation {}, made {} ago", node.generation, self::span(now.since(made)))
        }
        None => "none yet".to_owned(),
    };
    let link = match (link.up, link.answered) {
        (true, true) => format!("up {span} ({})", node.link_profile),
        (true, false) => format!("up {span}, no controller has answered"),
        _ if link.why.is_empty() => format!("down {span}"),
        _ => format!("down {span}: {}", link.why),
    };
    let engine =
        node.engine_away.as_ref().map_or_else(|| "serves".to_owned(), |why| format!("away: {why}"));
    let disk = if status.disk_refuses {
        "refuses what is to be kept: free space"
    } else {
        "takes what is to be kept"
    };
    let mut out = String::new();
    for (name, value) in [
        ("NODE", format!("{} (agent {}, start {})", node.node, node.version, node.boot)),
        ("ORDERS", orders),
        ("LINK", link),
        ("ENGINE", engine),
        ("DISK", disk.to_owned()),
        ("PODS", format!("{} of {} ready", node.ready, node.pods)),
        ("DATA", data(node)),
        ("EVENTS", format!("{} wait, {} dropped", node.events_waiting, node.events_dropped)),
    ] {
        let _ = writeln!(out, "{name:<8}{value}");
    }
    if node.untrusted > 0 {
        let _ = writeln!(out, "REFUSED {} orders that no trusted key has signed", node.untrusted);
    }
    for hold in &node.holds {
        let _ = writeln!(out, "HELD    {}", held(hold, now));
    }
    out
}

fn data(node: &agent_core::NodeShown) -> String {
    let classes = node.data.iter().map(|(class, (sent, received))| {
        format!("{class} {}", size(sent.saturating_add(*received)))
    });
    let max = match node.month_bytes_max {
        0 => String::new(),
        max => format!(" of {}", size(max)),
    };
    let all: Vec<String> = classes.collect();
    format!(
        "{}{max} this month; since the start: {}; to disk {}",
        size(node.month_bytes),
        all.join(", "),
        size(node.stored_bytes)
    )
}

/// An amount of data, as people read it.
fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} B"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

fn held(hold: &HoldShown, now: Millis) -> String {
    let waits = if hold.waiting { ", newer orders wait" } else { "" };
    format!(
        "{} by {} for {}, {} left at most{waits}: {}",
        hold.pod,
        hold.by,
        span(now.since(hold.since)),
        span(hold.until.since(now)),
        hold.reason
    )
}

fn pods(pods: &[PodShown], now: Millis) -> String {
    if pods.is_empty() {
        return "the orders of this node have no pod\n".to_owned();
    }
    let mut rows = vec![
        ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP"].map(ToOwned::to_owned),
    ];
    for pod in pods {
        rows.push([
            pod.namespace.clone(),
            pod.name.clone(),
            format!("{}/{}", pod.ready, pod.containers.len()),
            if pod.held { format!("{} (held)", pod.status) } else { pod.status.clone() },
            pod.restarts.to_string(),
            span(now.since(pod.since)),
            pod.ip.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    let widths: [usize; 7] =
        std::array::from_fn(|i| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0));
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
    out
}

fn explained(answer: &Answer) -> String {
    let mut out = format!("{}\n", answer.about);
    for line in &answer.now {
        let _ = writeln!(out, "  {line}");
    }
    if !answer.decisions.is_empty() {
        let _ = writeln!(out, "What was decided since the agent started, oldest first:");
    }
    for decision in &answer.decisions {
        let container = match decision.container.as_str() {
            "" => String::new(),
            name => format!("{name}: "),
        };
        let count =
            if decision.count > 1 { format!(" ({} times)", decision.count) } else { String::new() };
        let (at, reason) = (decision.at.to_rfc3339(), &decision.reason);
        let _ = writeln!(out, "  {at}  {reason:<16} {container}{}{count}", decision.message);
    }
    out
}

/// A span in its largest unit: `5s`, `3m`, `4h`, `9d`.
fn span(ms: u64) -> String {
    match ms / 1000 {
        s @ 0..=119 => format!("{s}s"),
        s @ 120..=7199 => format!("{}m", s / 60),
        s @ 7200..=172_799 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use agent_core::{Decision, LinkShown, NodeShown};

    use super::*;

    #[test]
    fn people_are_told_in_few_words() {
        let hold = HoldShown {
            pod: "d/web".into(),
            by: "technician".into(),
            reason: "patient connected".into(),
            since: Millis(0),
            until: Millis(7_200_000),
            waiting: true,
        };
        let link = LinkShown { why: "no route".into(), ..LinkShown::default() };
        let node = NodeShown { node: "n".into(), holds: vec![hold], link, ..NodeShown::default() };
        let text = |reply: Reply| super::text(&reply, Millis(60_000));
        let shown = text(Reply::Status(Box::new(Status { node, disk_refuses: true })));
        for want in [
            "LINK    down 60s: no route\n",
            "ORDERS  none yet\n",
            "DISK    refuses",
            "HELD    d/web by technician for 60s, 119m left at most, newer orders wait: patient connected\n",
        ] {
            assert!(shown.contains(want), "{want}: {shown}");
        }
        let pod = PodShown {
            namespace: "d".into(),
            name: "web".into(),
            held: true,
            status: "Running".into(),
            ..PodShown::default()
        };
        assert_eq!(
            text(Reply::Pods(vec![pod])),
            "NAMESPACE  NAME  READY  STATUS          RESTARTS  AGE  IP\nd          web   0/0    Running (held)  0         60s  -\n"
        );
        let decision = Decision {
            reason: "Exited".into(),
            container: "c".into(),
            message: "m".into(),
            count: 3,
            ..Decision::default()
        };
        let answer = Answer {
            about: "d/web".into(),
            now: vec!["It runs.".into()],
            decisions: vec![decision],
        };
        let shown = text(Reply::Explained(answer));
        assert!(
            shown.starts_with("d/web\n  It runs.\n")
                && shown.contains("Exited           c: m (3 times)\n"),
            "{shown}"
        );
    }
}
