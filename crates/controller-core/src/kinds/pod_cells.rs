//! A pod's line: what its containers do, in one word, as Kubernetes' printer finds it (`printPod`).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Millis;
use serde_json::Value;

use super::table::{age, name, since, text_or};
use crate::admit::meta::{list_at, meta, number_at, text_at};

/// What a pod's line says of its containers.
#[derive(Debug, PartialEq, Eq)]
struct Summary {
    ready: usize,
    total: usize,
    status: String,
    restarts: i64,
    last_restart: Option<Millis>,
}

/// The cells of a pod's row.
pub(super) fn cells(pod: &Value, now: Millis) -> Vec<Value> {
    let sum = summary(pod);
    let restarts = match sum.last_restart {
        Some(at) if sum.restarts > 0 => format!("{} ({} ago)", sum.restarts, since(at, now)),
        _ => sum.restarts.to_string(),
    };
    alloc::vec![
        name(pod),
        format!("{}/{}", sum.ready, sum.total).into(),
        sum.status.into(),
        restarts.into(),
        age(pod, now),
        text_or(pod, "/status/podIP", "<none>"),
        text_or(pod, "/spec/nodeName", "<none>"),
        text_or(pod, "/status/nominatedNodeName", "<none>"),
        readiness_gates(pod).into(),
    ]
}

/// Whether a condition of the pod is true.
fn condition_holds(pod: &Value, kind: &str) -> bool {
    list_at(pod, "/status/conditions")
        .iter()
        .any(|c| text_at(c, "/type") == kind && text_at(c, "/status") == "True")
}

fn readiness_gates(pod: &Value) -> String {
    let gates = list_at(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".to_string();
    }
    let open = gates.iter().filter(|g| condition_holds(pod, text_at(g, "/conditionType"))).count();
    format!("{open}/{}", gates.len())
}

/// How often one container was started again, and when last.
fn restarts_of(container: &Value) -> (i64, Option<Millis>) {
    let last = text_at(container, "/lastState/terminated/finishedAt");
    (number_at(container, "/restartCount").unwrap_or(0), Millis::parse_rfc3339(last))
}

/// A container's end in one word, e.g. `Error`, `ExitCode:3`.
fn ended(container: &Value) -> Option<String> {
    let end = container.pointer("/state/terminated")?;
    let (signal, code) = (number_at(end, "/signal"), number_at(end, "/exitCode").unwrap_or(0));
    Some(match (text_at(end, "/reason"), signal) {
        ("", Some(signal)) if signal != 0 => format!("Signal:{signal}"),
        ("", _) => format!("ExitCode:{code}"),
        (reason, _) => reason.to_string(),
    })
}

fn summary(pod: &Value) -> Summary {
    let sidecars: Vec<&str> = list_at(pod, "/spec/initContainers")
        .iter()
        .filter(|c| text_at(c, "/restartPolicy") == "Always")
        .map(|c| text_at(c, "/name"))
        .collect();
    let phase = text_at(pod, "/status/phase");
    let why = text_at(pod, "/status/reason");
    let mut sum = Summary {
        ready: 0,
        total: list_at(pod, "/spec/containers").len() + sidecars.len(),
        status: if why.is_empty() { phase } else { why }.to_string(),
        restarts: 0,
        last_restart: None,
    };
    let initializing = look_at_init(pod, &sidecars, &mut sum);
    if !initializing || condition_holds(pod, "Initialized") {
        look_at_containers(pod, &mut sum);
    }
    let ended = ["Succeeded", "Failed"].contains(&phase);
    // What ran on a node that is lost may or may not run: nobody can say.
    if why == "NodeLost" {
        sum.status = "Unknown".to_string();
    } else if meta(pod).is_terminating() && !ended {
        sum.status = "Terminating".to_string();
    }
    sum
}

/// Counts init containers; true if one of them is what the pod waits for. Only sidecars' restarts are counted further.
fn look_at_init(pod: &Value, sidecars: &[&str], sum: &mut Summary) -> bool {
    let total = list_at(pod, "/spec/initContainers").len();
    let mut of_all = (0, None);
    let mut waits_for = None;
    for (at, container) in list_at(pod, "/status/initContainerStatuses").iter().enumerate() {
        let (restarts, last) = restarts_of(container);
        of_all = (of_all.0 + restarts, of_all.1.max(last));
        let sidecar = sidecars.contains(&text_at(container, "/name"));
        if sidecar {
            sum.restarts += restarts;
            sum.last_restart = sum.last_restart.max(last);
        }
        let waiting = text_at(container, "/state/waiting/reason");
        if number_at(container, "/state/terminated/exitCode") == Some(0) {
            continue;
        }
        if sidecar && container.get("started") == Some(&Value::Bool(true)) {
            sum.ready += usize::from(container.get("ready") == Some(&Value::Bool(true)));
            continue;
        }
        waits_for = Some(match ended(container) {
            Some(end) => format!("Init:{end}"),
            None if !["", "PodInitializing"].contains(&waiting) => format!("Init:{waiting}"),
            None => format!("Init:{at}/{total}"),
        });
        break;
    }
    let Some(status) = waits_for else { return false };
    sum.status = status;
    if !condition_holds(pod, "Initialized") {
        (sum.restarts, sum.last_restart) = of_all;
    }
    true
}

fn look_at_containers(pod: &Value, sum: &mut Summary) {
    let mut running = false;
    for container in list_at(pod, "/status/containerStatuses").iter().rev() {
        let (restarts, last) = restarts_of(container);
        sum.restarts += restarts;
        sum.last_restart = sum.last_restart.max(last);
        let waiting = text_at(container, "/state/waiting/reason");
        if !waiting.is_empty() {
            sum.status = waiting.to_string();
        } else if let Some(end) = ended(container) {
            sum.status = end;
        } else if container.get("ready") == Some(&Value::Bool(true))
            && container.pointer("/state/running").is_some()
        {
            running = true;
            sum.ready += 1;
        }
    }
    if sum.status == "Completed" && running {
        let ready = condition_holds(pod, "Ready");
        sum.status = if ready { "Running" } else { "NotReady" }.to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Millis = Millis(1_795_418_880_000); // 2026-11-23T07:28:00Z

    fn line(pod: &Value) -> String {
        let shown: Vec<String> = cells(pod, NOW)
            .iter()
            .map(|c| c.as_str().map_or_else(|| c.to_string(), str::to_string))
            .collect();
        shown[..4].join(" ")
    }

    fn pod(init: &Value, init_statuses: Value, containers: usize, statuses: Value) -> Value {
        json!({
            "metadata": {"name": "p", "creationTimestamp": "2026-11-23T07:27:55Z"},
            "spec": {
                "initContainers": init,
                "containers": (0..containers).map(|i| json!({"name": format!("c{i}")})).collect::<Value>(),
            },
            "status": {
                "phase": "Pending",
                "initContainerStatuses": init_statuses,
                "containerStatuses": statuses,
            },
        })
    }

    #[test]
    fn the_real_servers_rows_come_out() {
        let doc = json!({
            "metadata": {"name": "p", "creationTimestamp": "2026-11-23T07:28:00Z"},
            "spec": {"containers": [{"name": "c"}]},
            "status": {"phase": "Pending"},
        });
        let want =
            json!(["p", "0/1", "Pending", "0", "0s", "<none>", "<none>", "<none>", "<none>"]);
        assert_eq!(Value::from(cells(&doc, NOW)), want);
    }

    #[test]
    fn one_word_says_what_the_containers_do() {
        let none = json!([]);
        let two = json!([{"name": "a"}, {"name": "b"}]);
        let done =
            json!({"name": "a", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}});
        let waiting = |reason: &str| json!({"name": "b", "state": {"waiting": {"reason": reason}}});
        let up =
            json!({"ready": true, "state": {"running": {"startedAt": "2026-11-23T07:27:56Z"}}});
        let crashed = json!({
            "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-23T07:26:00Z"}},
        });
        let failed = |end: Value| json!({"state": {"terminated": end}});
        for (doc, want) in [
            (pod(&two, json!([waiting("PodInitializing")]), 1, none.clone()), "p 0/1 Init:0/2 0"),
            (pod(&two, json!([done, waiting("")]), 1, none.clone()), "p 0/1 Init:1/2 0"),
            (
                pod(&two, json!([done, waiting("CrashLoopBackOff")]), 1, none.clone()),
                "p 0/1 Init:CrashLoopBackOff 0",
            ),
            (
                pod(
                    &two,
                    json!([failed(json!({"exitCode": 1, "reason": "Error"}))]),
                    1,
                    none.clone(),
                ),
                "p 0/1 Init:Error 0",
            ),
            (
                pod(&two, json!([failed(json!({"exitCode": 7}))]), 1, none.clone()),
                "p 0/1 Init:ExitCode:7 0",
            ),
            (
                pod(&two, json!([done, done]), 1, json!([waiting("PodInitializing")])),
                "p 0/1 PodInitializing 0",
            ),
            (
                pod(&none, none.clone(), 1, json!([waiting("ContainerCreating")])),
                "p 0/1 ContainerCreating 0",
            ),
            (
                pod(&none, none.clone(), 2, json!([up, crashed])),
                "p 1/2 CrashLoopBackOff 3 (2m ago)",
            ),
            (pod(&none, none.clone(), 1, json!([done])), "p 0/1 Completed 0"),
            (pod(&none, none.clone(), 2, json!([done, up])), "p 1/2 NotReady 0"),
            (
                pod(&none, none.clone(), 1, json!([failed(json!({"exitCode": 137, "signal": 9}))])),
                "p 0/1 Signal:9 0",
            ),
        ] {
            assert_eq!(line(&doc), want);
        }
    }

    #[test]
    fn sidecars_count_and_lost_nodes_show() {
        let init = json!([{"name": "s", "restartPolicy": "Always"}]);
        let up = json!({"ready": true, "state": {"running": {}}});
        let sidecar = json!({"name": "s", "started": true, "ready": true, "restartCount": 1, "state": {"running": {}}});
        let mut doc = pod(&init, json!([sidecar]), 1, json!([up]));
        doc["status"]["phase"] = "Running".into();
        assert_eq!(line(&doc), "p 2/2 Running 1");
        doc["metadata"]["deletionTimestamp"] = "2026-11-23T07:28:30Z".into();
        assert_eq!(line(&doc), "p 2/2 Terminating 1");
        doc["status"]["reason"] = "NodeLost".into();
        assert_eq!(line(&doc), "p 2/2 Unknown 1");
        doc["status"] = json!({"phase": "Failed", "reason": "Evicted"});
        assert_eq!(line(&doc), "p 0/2 Evicted 0");
    }
}
