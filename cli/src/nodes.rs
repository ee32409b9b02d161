//! `driftless nodes` and `driftless status`: the fleet as the controller sees it now, and as of when.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use model::Millis;
use model::quantity::parse_units;
use serde_json::{Value, json};

use crate::up::is_ready;
use driftless_client::Client;

/// A table of every node.
pub(crate) async fn nodes(kubeconfig: &Path, json: bool) -> Result<()> {
    let client = Client::from_kubeconfig(kubeconfig)?;
    let states = client.get("/apis/driftless.dev/v1/nodestates").await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&states)?);
        return Ok(());
    }
    let documents = client.get("/api/v1/nodes").await?;
    let rows: Vec<[String; 10]> = items(&states).iter().map(|s| row(s, &documents)).collect();
    if rows.is_empty() {
        println!("no node has joined yet");
        return Ok(());
    }
    print_table(
        &["NODE", "READY", "LINK", "HEARD", "ORDERS", "PODS", "CPU", "MEMORY", "DATA", "AGENT"],
        &rows,
    );
    Ok(())
}

/// The fleet in a few lines.
pub(crate) async fn status(kubeconfig: &Path, json: bool) -> Result<()> {
    let client = Client::from_kubeconfig(kubeconfig)?;
    let (nodes, states, pods, version) = (
        client.get("/api/v1/nodes").await?,
        client.get("/apis/driftless.dev/v1/nodestates").await?,
        client.get("/api/v1/pods").await?,
        client.get("/version").await?,
    );
    let ready = items(&nodes).iter().filter(|n| is_ready(n)).count();
    let behind = items(&states).iter().filter(|s| s["status"]["settled"] == false).count();
    let running = items(&pods).iter().filter(|p| is_ready(p)).count();
    let ended = items(&pods).iter().filter(|p| p["status"]["phase"] == "Succeeded").count();
    let summary = json!({
        "version": version["gitVersion"],
        "nodes": {"total": items(&nodes).len(), "ready": ready, "behind": behind},
        "pods": {"total": items(&pods).len(), "ready": running, "succeeded": ended},
    });
    if json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
        return Ok(());
    }
    println!("controller  {}", version["gitVersion"].as_str().unwrap_or("?"));
    println!(
        "nodes       {ready} of {} ready, {behind} without their newest orders",
        items(&nodes).len()
    );
    println!("pods        {running} of {} ready, {ended} completed", items(&pods).len());
    for node in items(&nodes).iter().filter(|n| !is_ready(n)) {
        println!("  node {}: {}", name(node), not_ready(node));
    }
    for pod in items(&pods).iter().filter(|p| !is_ready(p) && p["status"]["phase"] != "Succeeded") {
        let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
        println!("  pod {namespace}/{}: {}", name(pod), why_not(pod));
    }
    Ok(())
}

pub(crate) fn items(list: &Value) -> &[Value] {
    list["items"].as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or("?")
}

fn row(state: &Value, documents: &Value) -> [String; 10] {
    let status = &state["status"];
    let node = items(documents).iter().find(|n| name(n) == name(state));
    let ready = match node {
        Some(n) if is_ready(n) => "yes".to_owned(),
        Some(n) => format!("no ({})", condition(n)["reason"].as_str().unwrap_or("unknown")),
        None => "unknown".to_owned(),
    };
    let link = match (status["connected"].as_bool(), status["since"].as_str()) {
        (Some(true), Some(at)) => format!("up {}", ago(at)),
        (Some(true), None) => "up".to_owned(),
        (_, Some(at)) => format!("down {}", ago(at)),
        _ => "not seen".to_owned(),
    };
    let link = if status["duplicate"] == true { format!("{link}, TWO MACHINES") } else { link };
    let number = |key: &str| status[key].as_u64().unwrap_or(0);
    let (made, held) = (number("ordersMade"), number("ordersHeld"));
    let orders =
        if made == held { format!("{held}") } else { format!("{held}, waiting for {made}") };
    let text = |v: &Value| v.as_str().map_or_else(|| "-".to_owned(), ToOwned::to_owned);
    [
        name(state).to_owned(),
        ready,
        link,
        status["lastHeard"]
            .as_str()
            .map_or_else(|| "never".to_owned(), |at| format!("{} ago", ago(at))),
        orders,
        match status["holds"].as_array().map_or(0, Vec::len) {
            0 => format!("{}/{}", number("podsReady"), number("pods")),
            held => format!("{}/{}, {held} held", number("podsReady"), number("pods")),
        },
        text(&status["usage"]["cpu"]),
        size(&status["usage"]["memory"]),
        data(&status["data"]),
        text(&status["agentVersion"]),
    ]
}

/// An amount of memory, as people read it.
fn size(amount: &Value) -> String {
    match amount.as_str().and_then(parse_units) {
        Some(bytes) if bytes >= 10 << 30 => format!("{}Gi", bytes >> 30),
        Some(bytes) => format!("{}Mi", bytes >> 20),
        None => "-".to_owned(),
    }
}

/// What has passed the link this month.
fn data(data: &Value) -> String {
    let capped = if data["capped"] == true { ", used up" } else { "" };
    match data["monthBytes"].as_u64() {
        None => "-".to_owned(),
        Some(bytes @ 0..=9_999_999) => format!("{} kB{capped}", bytes / 1000),
        Some(bytes) => format!("{} MB{capped}", bytes / 1_000_000),
    }
}

fn condition(node: &Value) -> &Value {
    node["status"]["conditions"]
        .as_array()
        .and_then(|all| all.iter().find(|c| c["type"] == "Ready"))
        .unwrap_or(&Value::Null)
}

fn not_ready(node: &Value) -> String {
    let ready = condition(node);
    let text = |key: &str| ready[key].as_str().unwrap_or("no reason told");
    format!("{} ({})", text("message"), text("reason"))
}

pub(crate) fn why_not(pod: &Value) -> String {
    let status = &pod["status"];
    let waiting = status["containerStatuses"].as_array().into_iter().flatten().find_map(|c| {
        let waiting = &c["state"]["waiting"];
        Some(format!(
            "{}: {}",
            waiting["reason"].as_str()?,
            waiting["message"].as_str().unwrap_or_default()
        ))
    });
    let unplaced = || {
        let all = status["conditions"].as_array()?;
        let placed = all.iter().find(|c| c["type"] == "PodScheduled" && c["status"] == "False")?;
        placed["message"].as_str().map(ToOwned::to_owned)
    };
    waiting
        .or_else(unplaced)
        .unwrap_or_else(|| status["phase"].as_str().unwrap_or("Pending").to_owned())
}

/// How long ago a time was, in its largest unit or two: `5s`, `3m`, `4h`, `9d`.
pub(crate) fn ago(at: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    let now = Millis(u64::try_from(now).unwrap_or(u64::MAX));
    let seconds = Millis::parse_rfc3339(at).map_or(0, |at| now.since(at) / 1000);
    match seconds {
        0..=119 => format!("{seconds}s"),
        120..=7_199 => format!("{}m", seconds / 60),
        7_200..=172_799 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn print_table<const N: usize>(head: &[&str; N], rows: &[[String; N]]) {
    let width = |i: usize| {
        rows.iter().map(|r| r[i].chars().count()).chain([head[i].len()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(c, w)| format!("{c:<w$}")).collect();
        println!("{}", padded.join("  ").trim_end());
    };
    line(*head);
    for row in rows {
        line(std::array::from_fn(|i| row[i].as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_shown_with_its_bound() {
        for (given, want) in [
            (json!({"monthBytes": 12_345}), "12 kB"),
            (json!({"monthBytes": 12_345_678, "capped": true}), "12 MB, used up"),
            (Value::Null, "-"),
        ] {
            assert_eq!(data(&given), want);
        }
    }

    #[test]
    fn memory_is_shown_as_people_read_it() {
        for (given, want) in [("844576Ki", "824Mi"), ("24Gi", "24Gi"), ("9Gi", "9216Mi")] {
            assert_eq!(size(&given.into()), want);
        }
        assert_eq!(size(&Value::Null), "-");
    }
}
