//! Defaults of pods and of the pod templates of workloads (k8s.io/api `v1`, and what the server's admission adds).

use alloc::borrow::ToOwned;
use alloc::string::String;

use model::quantity::parse_milli;
use serde_json::{Map, Value, json};

use super::quantity::canonical;
use super::{each, existing, fill, object};
use crate::admit::meta::{list_at, text_at};

/// Mode of files in volumes: 0644.
const FILE_MODE: u32 = 0o644;

/// How long a pod stays on a node that is not ready or cannot be reached, where it does not say.
const NODE_FAULT_TOLERATION_SECONDS: u32 = 300;

/// A pod: its spec, and what only pods get, not templates.
pub fn pod(doc: &mut Value) {
    let Some(spec) = doc["spec"].as_object_mut() else { return };
    fill(
        spec,
        "serviceAccountName",
        spec.get("serviceAccount").cloned().unwrap_or("default".into()),
    );
    pod_spec(spec);
    fill(spec, "enableServiceLinks", true);
    for list in ["containers", "initContainers"] {
        each(spec, list).for_each(requests_from_limits);
    }
    tolerate_node_faults(spec);
}

/// A pod's spec, also in a template.
pub fn pod_spec(spec: &mut Map<String, Value>) {
    fill(spec, "restartPolicy", "Always");
    fill(spec, "dnsPolicy", "ClusterFirst");
    fill(spec, "terminationGracePeriodSeconds", 30);
    fill(spec, "schedulerName", "default-scheduler");
    fill(spec, "securityContext", Map::new());
    // The older name goes along with the newer one.
    if let Some(account) = spec.get("serviceAccountName").or(spec.get("serviceAccount")).cloned() {
        spec.insert("serviceAccountName".to_owned(), account.clone());
        spec.insert("serviceAccount".to_owned(), account);
    }
    let host_network = spec.get("hostNetwork") == Some(&Value::Bool(true));
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in each(spec, list) {
            self::container(container);
            if host_network {
                for port in each(container, "ports") {
                    if let Some(number) = port.get("containerPort").cloned() {
                        fill(port, "hostPort", number);
                    }
                }
            }
        }
    }
    each(spec, "volumes").for_each(volume);
    if let Some(overhead) = existing(spec, "overhead") {
        overhead.values_mut().for_each(canonical);
    }
}

fn container(container: &mut Map<String, Value>) {
    fill(container, "terminationMessagePath", "/dev/termination-log");
    fill(container, "terminationMessagePolicy", "File");
    let image = container.get("image").and_then(Value::as_str).unwrap_or("");
    let policy = pull_policy(image);
    fill(container, "imagePullPolicy", policy);
    if let Some(resources) = object(container, "resources") {
        for list in ["limits", "requests"] {
            for (_, amount) in existing(resources, list).into_iter().flatten() {
                canonical(amount);
            }
        }
    }
    for port in each(container, "ports") {
        fill(port, "protocol", "TCP");
    }
    for variable in each(container, "env") {
        if let Some(source) = existing(variable, "valueFrom") {
            field_source(source);
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = existing(container, probe) {
            for (field, value) in [
                ("timeoutSeconds", 1),
                ("periodSeconds", 10),
                ("successThreshold", 1),
                ("failureThreshold", 3),
            ] {
                fill(probe, field, value);
            }
            http_get(probe);
        }
    }
    if let Some(lifecycle) = existing(container, "lifecycle") {
        for moment in ["postStart", "preStop"] {
            if let Some(handler) = existing(lifecycle, moment) {
                http_get(handler);
            }
        }
    }
}

/// `Always` for what a registry may change under the same name: no tag, or `latest`, and no digest.
fn pull_policy(image: &str) -> &'static str {
    if image.contains('@') {
        return "IfNotPresent";
    }
    let last = image.rsplit('/').next().unwrap_or("");
    match last.split_once(':') {
        None | Some((_, "latest" | "")) => "Always",
        Some(_) => "IfNotPresent",
    }
}

fn http_get(handler: &mut Map<String, Value>) {
    if let Some(get) = existing(handler, "httpGet") {
        fill(get, "path", "/");
        fill(get, "scheme", "HTTP");
    }
}

/// An environment variable's source, or a file's of a downward API volume.
fn field_source(source: &mut Map<String, Value>) {
    if let Some(field) = existing(source, "fieldRef") {
        fill(field, "apiVersion", "v1");
    }
    if let Some(field) = existing(source, "resourceFieldRef")
        && let Some(divisor) = field.get_mut("divisor")
    {
        canonical(divisor);
    }
}

fn requests_from_limits(container: &mut Map<String, Value>) {
    let Some(resources) = existing(container, "resources") else { return };
    let Some(limits) = existing(resources, "limits").cloned() else { return };
    if let Some(requests) = object(resources, "requests") {
        for (resource, amount) in limits {
            fill(requests, &resource, amount);
        }
    }
    if existing(resources, "requests").is_some_and(|r| r.is_empty()) {
        resources.remove("requests");
    }
}

fn volume(volume: &mut Map<String, Value>) {
    if volume.keys().all(|key| key == "name") {
        volume.insert("emptyDir".to_owned(), json!({}));
    }
    if let Some(host) = existing(volume, "hostPath") {
        fill(host, "type", "");
    }
    if let Some(size) = existing(volume, "emptyDir").and_then(|e| e.get_mut("sizeLimit")) {
        canonical(size);
    }
    for source in ["configMap", "secret", "downwardAPI", "projected"] {
        if let Some(source) = existing(volume, source) {
            fill(source, "defaultMode", FILE_MODE);
        }
    }
    if let Some(downward) = existing(volume, "downwardAPI") {
        each(downward, "items").for_each(field_source);
    }
    if let Some(projected) = existing(volume, "projected") {
        for source in each(projected, "sources") {
            if let Some(downward) = existing(source, "downwardAPI") {
                each(downward, "items").for_each(field_source);
            }
        }
    }
}

/// A pod that says nothing about nodes that fail stays five minutes (Kubernetes' `DefaultTolerationSeconds`).
fn tolerate_node_faults(spec: &mut Map<String, Value>) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerations = spec.entry("tolerations").or_insert_with(|| json!([]));
        let Some(list) = tolerations.as_array_mut() else { return };
        let says = |t: &Value| {
            ["", key].contains(&text_at(t, "/key"))
                && ["", "NoExecute"].contains(&text_at(t, "/effect"))
        };
        if !list.iter().any(says) {
            list.push(json!({
                "key": key,
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": NODE_FAULT_TOLERATION_SECONDS,
            }));
        }
    }
}

/// A pod's quality of service, by what its containers ask for: `Guaranteed`, `Burstable`, `BestEffort`.
pub fn quality_of_service(pod: &Value) -> &'static str {
    let lists = ["/spec/containers", "/spec/initContainers"];
    let containers = || lists.iter().flat_map(|list| list_at(pod, list));
    let amount = |container: &Value, list: &str, resource: &str| {
        let text = container.get("resources")?.get(list)?.get(resource)?.as_str()?;
        parse_milli(text).filter(|&m| m > 0)
    };
    let mut any = false;
    let mut all = true;
    for container in containers() {
        for resource in ["cpu", "memory"] {
            let request = amount(container, "requests", resource);
            let limit = amount(container, "limits", resource);
            any |= request.is_some() || limit.is_some();
            all &= limit.is_some() && request.is_none_or(|r| Some(r) == limit);
        }
    }
    match (any, all) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_pod_is_filled_in_as_the_real_server_does() {
        let mut doc = json!({"spec": {"containers": [{"name": "c", "image": "x"}]}});
        pod(&mut doc);
        let tolerations = doc["spec"].as_object_mut().and_then(|s| s.remove("tolerations"));
        let want = json!({
            "containers": [{
                "name": "c",
                "image": "x",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "imagePullPolicy": "Always"
            }],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "securityContext": {},
            "schedulerName": "default-scheduler",
            "enableServiceLinks": true,
            "serviceAccount": "default",
            "serviceAccountName": "default"
        });
        assert_eq!(doc["spec"], want);
        assert_eq!(
            tolerations.as_ref().and_then(Value::as_array).map(alloc::vec::Vec::len),
            Some(2)
        );
    }

    #[test]
    fn everything_below_is_filled_in_once() {
        let mut doc = json!({"spec": {
            "hostNetwork": true,
            "containers": [{
                "name": "c",
                "image": "r.io:5000/a/b:1.2",
                "ports": [{"containerPort": 80}],
                "env": [{"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
                "livenessProbe": {"httpGet": {"port": 80}},
                "lifecycle": {"preStop": {"httpGet": {"port": 80}}},
                "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}, "requests": {"cpu": "100m"}},
            }],
            "volumes": [
                {"name": "none"},
                {"name": "host", "hostPath": {"path": "/x"}},
                {"name": "cm", "configMap": {"name": "cm"}},
                {"name": "all", "projected": {"sources": [{"downwardAPI": {"items": [
                    {"path": "n", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}},
            ],
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 5}],
        }});
        pod(&mut doc);
        let spec = &doc["spec"];
        let container = &spec["containers"][0];
        assert_eq!(container["imagePullPolicy"], "IfNotPresent");
        assert_eq!(
            container["ports"][0],
            json!({"containerPort": 80, "hostPort": 80, "protocol": "TCP"})
        );
        assert_eq!(container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"], "v1");
        assert_eq!(
            container["livenessProbe"],
            json!({"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "timeoutSeconds": 1,
                "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3})
        );
        assert_eq!(container["lifecycle"]["preStop"]["httpGet"]["scheme"], "HTTP");
        assert_eq!(
            container["resources"],
            json!({"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "1Gi"}})
        );
        assert_eq!(spec["volumes"][0]["emptyDir"], json!({}));
        assert_eq!(spec["volumes"][1]["hostPath"]["type"], "");
        assert_eq!(spec["volumes"][2]["configMap"]["defaultMode"], 420);
        let item = &spec["volumes"][3]["projected"]["sources"][0]["downwardAPI"]["items"][0];
        assert_eq!(item["fieldRef"]["apiVersion"], "v1");
        let added = &spec["tolerations"][1];
        assert_eq!(added["key"], "node.kubernetes.io/unreachable");
        assert_eq!(added["tolerationSeconds"], 300);
        let once = doc.clone();
        pod(&mut doc);
        assert_eq!(doc, once);
    }

    #[test]
    fn pull_policies_follow_the_tag() {
        for (image, want) in [
            ("x", "Always"),
            ("x:latest", "Always"),
            ("r:5000/x", "Always"),
            ("r:5000/x:1", "IfNotPresent"),
            ("x@sha256:00", "IfNotPresent"),
            ("x:latest@sha256:00", "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), want, "{image}");
        }
    }

    #[test]
    fn quality_follows_what_is_asked_for() {
        let check = |resources: &[Value], want: &str| {
            let containers: Value = resources.iter().map(|r| json!({"resources": r})).collect();
            assert_eq!(quality_of_service(&json!({"spec": {"containers": containers}})), want);
        };
        let both = json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}});
        check(&[json!({})], "BestEffort");
        check(core::slice::from_ref(&both), "Guaranteed");
        check(&[both.clone(), json!({})], "Burstable");
        check(&[json!({"requests": {"cpu": "1"}})], "Burstable");
        check(&[json!({"limits": {"cpu": "0"}})], "BestEffort");
    }
}
