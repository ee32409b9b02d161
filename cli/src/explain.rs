//! `driftless explain`: why a pod or a node is as it is, from what the controller has recorded: conditions, events, and what
//! the node said of itself, as of when.

use std::path::Path;

use anyhow::{Result, bail};
use driftless_client::Client;
use serde_json::{Value, json};

use crate::nodes::{ago, items, name};

/// So many events are shown, the newest.
const EVENTS_MAX: usize = 12;

/// Explains what goes by this name: a pod, `[namespace/]name`, or a node.
pub(crate) async fn explain(kubeconfig: &Path, about: &str, as_json: bool) -> Result<()> {
    let client = Client::from_kubeconfig(kubeconfig)?;
    let (namespace, own) = match about.split_once('/') {
        Some((namespace, own)) => (Some(namespace), own),
        None => (None, about),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if own.is_empty() || !about.chars().all(|c| fits(c) || c == '/') || own.contains('/') {
        bail!("{about:?} is neither a node nor a pod; want NODE, POD or NAMESPACE/POD");
    }
    let named = format!("fieldSelector=metadata.name%3D{own}");
    let mut found = Vec::new();
    let states = client.get("/apis/driftless.dev/v1/nodestates").await?;
    if namespace.is_none() {
        let nodes = client.get(&format!("/api/v1/nodes?{named}")).await?;
        for node in items(&nodes) {
            let on_it = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{own}");
            let pods = client.get(&on_it).await?;
            let lines = about_node(node, state_of(&states, own), items(&pods));
            found.push((format!("node {own}"), lines, events(&client, "Node", own, None).await?));
        }
    }
    let pods = match namespace {
        Some(namespace) => format!("/api/v1/namespaces/{namespace}/pods?{named}"),
        None => format!("/api/v1/pods?{named}"),
    };
    for pod in items(&client.get(&pods).await?) {
        let space = pod["metadata"]["namespace"].as_str().unwrap_or_default();
        let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
        let lines = about_pod(pod, state_of(&states, node));
        let events = events(&client, "Pod", own, Some(space)).await?;
        found.push((format!("pod {space}/{own}"), lines, events));
    }
    if found.is_empty() {
        bail!("there is neither a node nor a pod {about}");
    }
    if as_json {
        let all = found
            .iter()
            .map(|(about, now, events)| json!({"about": about, "now": now, "events": events}));
        println!("{}", serde_json::to_string_pretty(&all.collect::<Vec<_>>())?);
        return Ok(());
    }
    for (about, now, events) in found {
        println!("{about}");
        now.iter().for_each(|line| println!("  {line}"));
        if !events.is_empty() {
            println!("What was recorded, oldest first:");
        }
        events.iter().for_each(|line| println!("  {line}"));
    }
    Ok(())
}

fn state_of<'a>(states: &'a Value, node: &str) -> &'a Value {
    items(states).iter().find(|state| name(state) == node).map_or(&Value::Null, |s| &s["status"])
}

/// Why a node is as it is.
fn about_node(node: &Value, state: &Value, pods: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    for condition in conditions(node) {
        let text = |key: &str| condition[key].as_str().unwrap_or_default();
        let well = (text("type") == "Ready") == (text("status") == "True");
        if !well || text("type") == "Ready" {
            let since = ago(text("lastTransitionTime"));
            let line = format!("{} is {} for {since}", text("type"), text("status"));
            lines.push(because(line, text("reason"), text("message")));
        }
    }
    if node["spec"]["unschedulable"] == true {
        lines.push("It is cordoned: no new pods are placed on it.".into());
    }
    lines.extend(link(state));
    let (made, held) = (number(state, "ordersMade"), number(state, "ordersHeld"));
    lines.push(match (made == held, state["connected"] == true) {
        (true, _) => format!("It holds its newest orders, generation {held}."),
        (false, true) => {
            format!("It holds orders of generation {held}; generation {made} is on its way.")
        }
        (false, false) => format!(
            "It holds orders of generation {held}; generation {made} waits until it is back."
        ),
    });
    if let Some(why) = state["refused"].as_str() {
        lines.push(format!("It refused its last orders: {why}."));
    }
    if number(state, "untrusted") > 0 {
        lines.push(format!(
            "It refused {} orders that were not signed for it.",
            number(state, "untrusted")
        ));
    }
    if state["data"]["capped"] == true {
        lines.push("Its month's data is used up: events and usage wait for the next month.".into());
    }
    if state["duplicate"] == true {
        lines.push("Two machines go by its identity: neither gets new orders.".into());
    }
    for hold in state["holds"].as_array().into_iter().flatten() {
        lines.push(held_line(hold));
    }
    for pod in
        pods.iter().filter(|pod| !crate::up::is_ready(pod) && pod["status"]["phase"] != "Succeeded")
    {
        let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
        lines.push(format!(
            "Pod {namespace}/{} is not ready: {}.",
            name(pod),
            crate::nodes::why_not(pod)
        ));
    }
    lines
}

/// Why a pod is as it is.
fn about_pod(pod: &Value, state: &Value) -> Vec<String> {
    let status = &pod["status"];
    let node = pod["spec"]["nodeName"].as_str();
    let mut lines = vec![match node {
        Some(node) => {
            format!("It is {} on node {node}.", status["phase"].as_str().unwrap_or("Pending"))
        }
        None => "No node has been chosen for it.".into(),
    }];
    if let Some(at) = pod["metadata"]["deletionTimestamp"].as_str() {
        lines.push(format!(
            "It is to be gone since {}: its node has not yet said that it is.",
            ago(at)
        ));
    }
    for condition in conditions(pod) {
        let text = |key: &str| condition[key].as_str().unwrap_or_default();
        if text("status") != "True" {
            let line = format!("{} is {}", text("type"), text("status"));
            lines.push(because(line, text("reason"), text("message")));
        }
    }
    let containers = ["initContainerStatuses", "containerStatuses"];
    for container in containers.iter().flat_map(|c| status[*c].as_array()).flatten() {
        lines.extend(container_line(container));
    }
    if let Some(node) = node {
        lines.extend(link(state));
        if number(state, "ordersMade") != number(state, "ordersHeld") {
            lines.push(format!(
                "Node {node} does not hold its newest orders: driftless explain {node}."
            ));
        }
    }
    let own =
        format!("{}/{}", pod["metadata"]["namespace"].as_str().unwrap_or_default(), name(pod));
    let holds = state["holds"].as_array().into_iter().flatten();
    lines.extend(holds.filter(|hold| hold["pod"] == own.as_str()).map(held_line));
    lines
}

fn link(state: &Value) -> Vec<String> {
    if state.is_null() {
        return vec!["The node has not been heard since the controller started.".into()];
    }
    let since = state["since"].as_str().map(ago);
    let span = since.map(|span| format!(" for {span}")).unwrap_or_default();
    let heard = state["lastHeard"].as_str().map_or("never".into(), |at| format!("{} ago", ago(at)));
    let up = if state["connected"] == true {
        "up"
    } else {
        "down: what is shown is as of when it was last heard"
    };
    vec![format!("The node was last heard {heard}; its link is {up}{span}.")]
}

fn container_line(container: &Value) -> Option<String> {
    let name = container["name"].as_str()?;
    let restarts = container["restartCount"].as_u64().unwrap_or(0);
    let state = &container["state"];
    let mut line = if let Some(waiting) = state["waiting"].as_object() {
        let text = |key: &str| waiting.get(key).and_then(Value::as_str).unwrap_or_default();
        format!("Container {name} waits: {} {}", text("reason"), text("message"))
            .trim_end()
            .to_owned()
    } else if let Some(end) = state["terminated"].as_object() {
        format!(
            "Container {name} has ended with exit code {}",
            end.get("exitCode").unwrap_or(&Value::Null)
        )
    } else if restarts == 0 && container["ready"] == true {
        return None;
    } else {
        format!(
            "Container {name} runs, {}",
            if container["ready"] == true { "ready" } else { "not ready" }
        )
    };
    if let Some(last) = container["lastState"]["terminated"].as_object() {
        let text = |key: &str| last.get(key).and_then(Value::as_str).unwrap_or_default();
        let code = last.get("exitCode").unwrap_or(&Value::Null);
        line += &format!(
            "; started again {restarts} times, last after {} with exit code {code} {} ago",
            text("reason"),
            ago(text("finishedAt"))
        );
    }
    Some(line + ".")
}

fn held_line(hold: &Value) -> String {
    let text = |key: &str| hold[key].as_str().unwrap_or_default();
    let waits =
        if hold["waiting"] == true { "newer orders for it wait" } else { "nothing waits for it" };
    format!(
        "{} is held on the node by a {} for {}, until {} at most; {waits}: {}.",
        text("pod"),
        text("by"),
        ago(text("since")),
        text("until"),
        text("reason")
    )
}

fn because(line: String, reason: &str, message: &str) -> String {
    match (reason, message) {
        ("", "") => line + ".",
        (reason, "") => format!("{line}: {reason}."),
        (reason, message) => format!("{line}: {message} ({reason})."),
    }
}

fn conditions(object: &Value) -> impl Iterator<Item = &Value> {
    object["status"]["conditions"].as_array().into_iter().flatten()
}

fn number(state: &Value, key: &str) -> u64 {
    state[key].as_u64().unwrap_or(0)
}

async fn events(
    client: &Client,
    kind: &str,
    own: &str,
    namespace: Option<&str>,
) -> Result<Vec<String>> {
    let path = match namespace {
        Some(namespace) => format!("/api/v1/namespaces/{namespace}/events"),
        None => "/api/v1/events".to_owned(),
    };
    let selector = format!("involvedObject.kind%3D{kind},involvedObject.name%3D{own}");
    let found = client.get(&format!("{path}?fieldSelector={selector}")).await?;
    Ok(newest(items(&found)))
}

fn newest(events: &[Value]) -> Vec<String> {
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let mut lines: Vec<(String, String)> = events
        .iter()
        .map(|event| {
            let at = text(event, "lastTimestamp");
            let count = event["count"].as_u64().filter(|count| *count > 1);
            let count = count.map(|count| format!(" ({count} times)")).unwrap_or_default();
            let line =
                format!("{at}  {:<16} {}{count}", text(event, "reason"), text(event, "message"));
            (at, line)
        })
        .collect();
    lines.sort();
    let older = lines.len().saturating_sub(EVENTS_MAX);
    lines.drain(..older);
    lines.into_iter().map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[String], want: &[&str]) {
        for word in want {
            assert!(lines.iter().any(|line| line.contains(word)), "{word}: {lines:#?}");
        }
    }

    #[test]
    fn a_node_that_is_behind_says_why() {
        let ready = json!({"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "it is silent"});
        let node = json!({"metadata": {"name": "n"}, "status": {"conditions": [ready]}, "spec": {"unschedulable": true}});
        let hold = json!({"pod": "d/web", "by": "workload", "reason": "printing", "waiting": true});
        let state = json!({"connected": false, "ordersMade": 9, "ordersHeld": 7, "holds": [hold], "refused": "WrongRoot", "untrusted": 2});
        let waiting =
            json!({"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no route"}}});
        let pod = json!({"metadata": {"name": "web", "namespace": "d"}, "status": {"containerStatuses": [waiting]}});
        check(
            &about_node(&node, &state, &[pod]),
            &[
                "Ready is Unknown for",
                "it is silent (NodeStatusUnknown)",
                "cordoned",
                "link is down",
                "generation 7; generation 9 waits until it is back",
                "refused its last orders: WrongRoot",
                "2 orders that were not signed",
                "d/web is held on the node by a workload",
                "Pod d/web is not ready: ImagePullBackOff: no route",
            ],
        );
        let state = json!({"connected": true, "ordersMade": 9, "ordersHeld": 7});
        check(&about_node(&node, &state, &[]), &["generation 9 is on its way", "link is up"]);
        check(
            &about_node(&node, &Value::Null, &[]),
            &["has not been heard since the controller started"],
        );
    }

    #[test]
    fn a_pod_says_why_it_is_not_there_or_was_started_again() {
        let unplaced = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"});
        let pod = json!({"metadata": {"name": "web", "namespace": "d"}, "spec": {}, "status": {"conditions": [unplaced]}});
        check(
            &about_pod(&pod, &Value::Null),
            &["No node has been chosen", "0/3 nodes are available (Unschedulable)"],
        );
        let container = json!({"name": "c", "ready": true, "restartCount": 2, "state": {"running": {}},
            "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2026-11-23T07:28:04Z"}}});
        let pod = json!({"metadata": {"name": "web", "namespace": "d", "deletionTimestamp": "2026-11-23T07:28:04Z"},
            "spec": {"nodeName": "n"}, "status": {"phase": "Running", "containerStatuses": [container]}});
        let hold = json!({"pod": "d/web", "by": "technician", "reason": "busy", "waiting": true});
        let state = json!({"connected": true, "ordersMade": 9, "ordersHeld": 7, "holds": [hold]});
        check(
            &about_pod(&pod, &state),
            &[
                "Running on node n",
                "to be gone since",
                "started again 2 times, last after OOMKilled with exit code 137",
                "does not hold its newest orders: driftless explain n",
                "held on the node by a technician",
            ],
        );
    }

    #[test]
    fn the_newest_events_are_shown_in_order() {
        let event = |n: usize| json!({"lastTimestamp": format!("2026-11-23T07:28:{n:02}Z"), "reason": "R", "message": format!("m{n}"), "count": n});
        let all: Vec<Value> = (0..20).rev().map(event).collect();
        let lines = newest(&all);
        assert_eq!(lines.len(), EVENTS_MAX);
        assert!(lines[0].contains("m8 (8 times)") && lines[11].contains("m19"), "{lines:#?}");
    }
}
