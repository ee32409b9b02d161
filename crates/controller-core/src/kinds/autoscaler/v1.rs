//! autoscaling/v1: one target, for the processor. All else goes into annotations, in the words of that version
//! (k8s.io/kubernetes `pkg/apis/autoscaling/v1/conversion.go`), so that nothing is lost on the way there and back.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use crate::admit::meta::text_at;

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";

/// As v1 has it.
pub(super) fn shown(doc: &mut Value) {
    if let Some(spec) = doc["spec"].as_object_mut() {
        let (target, rest) = split(spec.remove("metrics"), "target");
        set(spec, "targetCPUUtilizationPercentage", target);
        let behavior = spec.remove("behavior");
        annotate(doc, METRICS, rest.map(|all| each(all, older)));
        annotate(doc, BEHAVIOR, behavior);
    }
    if let Some(status) = doc.get_mut("status").and_then(Value::as_object_mut) {
        let (current, rest) = split(status.remove("currentMetrics"), "current");
        set(status, "currentCPUUtilizationPercentage", current);
        let conditions = status.remove("conditions");
        annotate(doc, CURRENT, rest.map(|all| each(all, older)));
        annotate(doc, CONDITIONS, conditions);
    }
}

/// As it is kept.
pub(super) fn kept(doc: &mut Value) {
    let [metrics, current, conditions, behavior] =
        [METRICS, CURRENT, CONDITIONS, BEHAVIOR].map(|name| annotated(doc, name));
    if let Some(spec) = doc["spec"].as_object_mut() {
        let cpu = spec.remove("targetCPUUtilizationPercentage");
        set(spec, "metrics", joined(metrics, cpu, "target"));
        set(spec, "behavior", behavior);
    }
    let told = current.is_some() || conditions.is_some();
    if told && !doc["status"].is_object() {
        doc["status"] = json!({});
    }
    if let Some(status) = doc.get_mut("status").and_then(Value::as_object_mut) {
        let cpu = status.remove("currentCPUUtilizationPercentage");
        set(status, "currentMetrics", joined(current, cpu, "current"));
        set(status, "conditions", conditions);
    }
}

fn set(map: &mut Map<String, Value>, field: &str, value: Option<Value>) {
    map.extend(value.map(|value| (field.to_string(), value)));
}

fn each(list: Value, change: fn(Value) -> Value) -> Value {
    match list {
        Value::Array(all) => all.into_iter().map(change).collect(),
        other => other,
    }
}

fn is_cpu(metric: &Value, amount: &str) -> bool {
    text_at(metric, "/type") == "Resource"
        && text_at(metric, "/resource/name") == "cpu"
        && metric["resource"][amount]["averageUtilization"].is_number()
}

/// The processor's utilization, and the metrics to be annotated. A measured utilization stays among them: its average
/// has no other place.
fn split(metrics: Option<Value>, amount: &str) -> (Option<Value>, Option<Value>) {
    let Some(Value::Array(all)) = metrics else { return (None, metrics) };
    let cpu = all.iter().rfind(|m| is_cpu(m, amount));
    let cpu = cpu.map(|m| m["resource"][amount]["averageUtilization"].clone());
    let stays = |m: &Value| amount == "current" || !is_cpu(m, amount);
    let rest: Vec<Value> = all.into_iter().filter(stays).collect();
    (cpu, (!rest.is_empty()).then(|| rest.into()))
}

/// The other metrics, and the processor's behind them.
fn joined(rest: Option<Value>, cpu: Option<Value>, amount: &str) -> Option<Value> {
    let mut all = match rest.map(|all| each(all, newer)) {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    let told = amount == "current" && all.iter().any(|m| is_cpu(m, amount));
    all.extend(cpu.filter(|_| !told).map(|percent| {
        let mut of = json!({"averageUtilization": percent});
        if amount == "target" {
            of["type"] = "Utilization".into();
        }
        json!({"type": "Resource", "resource": {"name": "cpu", amount: of}})
    }));
    (!all.is_empty()).then(|| all.into())
}

fn annotate(doc: &mut Value, name: &str, value: Option<Value>) {
    let Some(value) = value else { return };
    let annotations = &mut doc["metadata"]["annotations"];
    if !annotations.is_object() {
        *annotations = json!({});
    }
    annotations[name] = value.to_string().into();
}

/// Takes an annotation of ours away. One that cannot be read says nothing.
fn annotated(doc: &mut Value, name: &str) -> Option<Value> {
    let metadata = doc.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    let text = annotations.remove(name)?;
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    serde_json::from_str(text.as_str()?).ok()
}

/// The names of one source of metrics: where it is in v2, and in v1.
type Names = [(&'static str, &'static str)];

const OF_RESOURCE: &Names = &[
    ("/name", "name"),
    ("/container", "container"),
    ("/target/averageUtilization", "targetAverageUtilization"),
    ("/target/averageValue", "targetAverageValue"),
    ("/current/averageUtilization", "currentAverageUtilization"),
    ("/current/averageValue", "currentAverageValue"),
];
const OF_PODS: &Names = &[
    ("/metric/name", "metricName"),
    ("/metric/selector", "selector"),
    ("/target/averageValue", "targetAverageValue"),
    ("/current/averageValue", "currentAverageValue"),
];
const OF_OBJECT: &Names = &[
    ("/describedObject", "target"),
    ("/metric/name", "metricName"),
    ("/metric/selector", "selector"),
    ("/target/value", "targetValue"),
    ("/target/averageValue", "averageValue"),
    ("/current/value", "currentValue"),
    ("/current/averageValue", "currentAverageValue"),
];
const OF_EXTERNAL: &Names = &[
    ("/metric/name", "metricName"),
    ("/metric/selector", "metricSelector"),
    ("/target/value", "targetValue"),
    ("/target/averageValue", "targetAverageValue"),
    ("/current/value", "currentValue"),
    ("/current/averageValue", "currentAverageValue"),
];

fn names(source: &str) -> &'static Names {
    match source {
        "resource" | "containerResource" => OF_RESOURCE,
        "pods" => OF_PODS,
        "object" => OF_OBJECT,
        _ => OF_EXTERNAL,
    }
}

fn older(metric: Value) -> Value {
    let source = super::source(&metric);
    let of = names(source).iter();
    let fields: Map<String, Value> = of
        .filter_map(|(new, old)| Some(((*old).to_string(), metric[source].pointer(new)?.clone())))
        .collect();
    json!({"type": metric["type"], source: fields})
}

fn newer(metric: Value) -> Value {
    let source = super::source(&metric);
    let mut out = json!({});
    for (new, old) in names(source) {
        let Some(value) = metric[source].get(*old) else { continue };
        let mut place = &mut out;
        for part in new.split('/').skip(1) {
            place = &mut place[part];
        }
        *place = value.clone();
    }
    if let Some(target) = out.get_mut("target").and_then(Value::as_object_mut) {
        let kind = ["averageUtilization", "averageValue"].map(|field| target.contains_key(field));
        let kind = match kind {
            [true, _] => "Utilization",
            [_, true] => "AverageValue",
            _ => "Value",
        };
        target.insert("type".into(), kind.into());
    }
    json!({"type": metric["type"], source: out})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, target: Value) -> Value {
        json!({"type": "Resource", "resource": {"name": name, "target": target}})
    }

    fn kept_doc(metrics: Value) -> Value {
        json!({
            "metadata": {"name": "web"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                "minReplicas": 1,
                "maxReplicas": 3,
                "metrics": metrics,
            },
        })
    }

    #[test]
    fn the_processor_has_a_field_of_its_own() {
        let cpu = resource("cpu", json!({"type": "Utilization", "averageUtilization": 70}));
        let mut doc = kept_doc(json!([cpu]));
        let before = doc.clone();
        shown(&mut doc);
        assert_eq!(doc["spec"]["targetCPUUtilizationPercentage"], 70);
        assert_eq!((doc["spec"].get("metrics"), doc["metadata"].get("annotations")), (None, None));
        kept(&mut doc);
        assert_eq!(doc, before);
    }

    #[test]
    fn all_else_comes_back_from_annotations() {
        let selector = json!({"matchLabels": {"a": "b"}});
        let described = json!({"kind": "Service", "name": "s", "apiVersion": "v1"});
        let metrics = json!([
            resource("memory", json!({"type": "AverageValue", "averageValue": "1Gi"})),
            {"type": "ContainerResource", "containerResource": {"name": "cpu", "container": "c",
                "target": {"type": "Utilization", "averageUtilization": 5}}},
            {"type": "Pods", "pods": {"metric": {"name": "m", "selector": selector},
                "target": {"type": "AverageValue", "averageValue": "5"}}},
            {"type": "Object", "object": {"metric": {"name": "m"}, "describedObject": described,
                "target": {"type": "Value", "value": "5"}}},
            {"type": "External", "external": {"metric": {"name": "m", "selector": selector},
                "target": {"type": "AverageValue", "averageValue": "5"}}},
            resource("cpu", json!({"type": "Utilization", "averageUtilization": 70})),
        ]);
        let mut doc = kept_doc(metrics);
        doc["metadata"]["annotations"] = json!({"mine": "stays"});
        doc["spec"]["behavior"] = json!({"scaleDown": {"selectPolicy": "Max"}});
        doc["status"] = json!({
            "currentReplicas": 2,
            "conditions": [{"type": "AbleToScale", "status": "True"}],
            "currentMetrics": [
                {"type": "Resource", "resource": {"name": "memory", "current": {"averageValue": "1"}}},
                {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 9}}},
            ],
        });
        let before = doc.clone();
        shown(&mut doc);
        assert_eq!(doc["status"]["currentCPUUtilizationPercentage"], 9);
        let text = doc["metadata"]["annotations"][METRICS].as_str().expect("an annotation");
        let told: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(
            told[2],
            json!({"type": "Pods", "pods": {"metricName": "m", "selector": selector, "targetAverageValue": "5"}})
        );
        kept(&mut doc);
        assert_eq!(doc, before);
    }

    #[test]
    fn annotations_that_cannot_be_read_say_nothing() {
        let mut doc = kept_doc(Value::Null);
        doc["spec"].as_object_mut().expect("a map").remove("metrics");
        let before = doc.clone();
        doc["metadata"]["annotations"] = json!({METRICS: "{", BEHAVIOR: 5});
        kept(&mut doc);
        assert_eq!(doc, before);
    }
}
