//! Defaults of the kinds that make pods (k8s.io/api `apps/v1`).

use serde_json::{Map, Value};

use super::{each, fill, object, pod_spec};

/// A Deployment.
pub fn deployment(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "progressDeadlineSeconds", 600);
    if let Some(strategy) = object(spec, "strategy") {
        rolling(strategy, "25%".into(), "25%".into());
    }
    template(spec);
}

/// A ReplicaSet.
pub fn replica_set(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(spec, "replicas", 1);
    template(spec);
}

/// A DaemonSet.
pub fn daemon_set(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(spec, "revisionHistoryLimit", 10);
    if let Some(strategy) = object(spec, "updateStrategy") {
        rolling(strategy, 1.into(), 0.into());
    }
    template(spec);
}

/// A StatefulSet.
pub fn stateful_set(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "podManagementPolicy", "OrderedReady");
    if let Some(strategy) = object(spec, "updateStrategy") {
        fill(strategy, "type", "RollingUpdate");
        if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate")
            && let Some(rolling) = object(strategy, "rollingUpdate")
        {
            fill(rolling, "partition", 0);
        }
    }
    if let Some(retention) = object(spec, "persistentVolumeClaimRetentionPolicy") {
        fill(retention, "whenDeleted", "Retain");
        fill(retention, "whenScaled", "Retain");
    }
    for claim in each(spec, "volumeClaimTemplates") {
        fill(claim, "apiVersion", "v1");
        fill(claim, "kind", "PersistentVolumeClaim");
        super::storage::claim_spec(claim);
        if let Some(status) = object(claim, "status") {
            fill(status, "phase", "Pending");
        }
    }
    template(spec);
}

fn rolling(strategy: &mut Map<alloc::string::String, Value>, unavailable: Value, surge: Value) {
    fill(strategy, "type", "RollingUpdate");
    if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate")
        && let Some(rolling) = object(strategy, "rollingUpdate")
    {
        fill(rolling, "maxUnavailable", unavailable);
        fill(rolling, "maxSurge", surge);
    }
}

pub(super) fn template(spec: &mut Map<alloc::string::String, Value>) {
    let pods = spec.get_mut("template").and_then(|t| t.get_mut("spec"));
    if let Some(pods) = pods.and_then(Value::as_object_mut) {
        pod_spec(pods);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec() -> Value {
        json!({"spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}},
        }})
    }

    #[test]
    fn a_deployment_is_filled_in_as_the_real_server_does() {
        let mut doc = spec();
        deployment(&mut doc);
        let want = json!({
            "replicas": 1,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {
                    "containers": [{
                        "name": "c",
                        "image": "x",
                        "resources": {},
                        "terminationMessagePath": "/dev/termination-log",
                        "terminationMessagePolicy": "File",
                        "imagePullPolicy": "Always",
                    }],
                    "restartPolicy": "Always",
                    "terminationGracePeriodSeconds": 30,
                    "dnsPolicy": "ClusterFirst",
                    "securityContext": {},
                    "schedulerName": "default-scheduler",
                },
            },
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
            },
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        });
        assert_eq!(doc["spec"], want);
    }

    #[test]
    fn strategies_are_filled_in() {
        let mut doc = spec();
        doc["spec"]["strategy"] = json!({"type": "Recreate"});
        deployment(&mut doc);
        assert_eq!(doc["spec"]["strategy"], json!({"type": "Recreate"}));
        let mut doc = spec();
        daemon_set(&mut doc);
        assert_eq!(
            doc["spec"]["updateStrategy"],
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}})
        );
        let mut doc = spec();
        doc["spec"]["replicas"] = 0.into();
        replica_set(&mut doc);
        assert_eq!(doc["spec"]["replicas"], 0);
    }
}
