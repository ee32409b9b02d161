//! autoscaling/v2 HorizontalPodAutoscaler, served as v1, too.

mod v1;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::table::{age, count, name};
use super::{BARE, Conversion, Kind, Subresource, text};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::{list_at, number_at, text_at};

/// The row.
pub(super) const KIND: Kind = Kind {
    others: &[Kind {
        version: "v1",
        schema: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
        conversion: Some(Conversion { shown: v1::shown, kept: v1::kept, deprecated: "" }),
        ..V2
    }],
    ..V2
};

const V2: Kind = Kind {
    id: super::HORIZONTAL_POD_AUTOSCALER,
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    short_names: &["hpa"],
    categories: &["all"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    columns: &[
        text("Name"),
        text("Reference"),
        text("Targets"),
        text("MinPods"),
        text("MaxPods"),
        text("Replicas"),
        text("Age"),
    ],
    cells: |d, now| {
        let of = |field: &str| text_at(d, field);
        let reference =
            format!("{}/{}", of("/spec/scaleTargetRef/kind"), of("/spec/scaleTargetRef/name"));
        let least = number_at(d, "/spec/minReplicas").map_or("<unset>".into(), |n| n.to_string());
        alloc::vec![
            name(d),
            reference.into(),
            targets(d).into(),
            least.into(),
            count(d, "/spec/maxReplicas").to_string().into(),
            count(d, "/status/currentReplicas").to_string().into(),
            age(d, now),
        ]
    },
    default: default::autoscaler,
    validate: check::autoscaler::autoscaler,
    warn: |_, out| {
        out.push("Driftless keeps autoscalers, but does not scale by them yet".into());
    },
    ..BARE
};

/// The key of a metric's source: `resource`, `pods`...
fn source(metric: &Value) -> &'static str {
    match text_at(metric, "/type") {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        _ => "external",
    }
}

/// What is measured, and what is wanted, e.g. `cpu: 12%/80%`.
fn targets(doc: &Value) -> String {
    let current = list_at(doc, "/status/currentMetrics");
    let one = |(at, metric): (usize, &Value)| {
        let source = source(metric);
        let spec = metric.get(source).unwrap_or(&Value::Null);
        let now = current.get(at).and_then(|m| m.get(source)?.get("current"));
        let show = |of: &Value| {
            let percent = number_at(of, "/averageUtilization").map(|n| format!("{n}%"));
            let average = Some(text_at(of, "/averageValue")).filter(|t| !t.is_empty());
            let whole = Some(text_at(of, "/value")).filter(|t| !t.is_empty());
            percent.or(average.or(whole).map(String::from))
        };
        let wanted = spec.get("target").and_then(show).unwrap_or("<auto>".into());
        let measured = now.and_then(show).unwrap_or("<unknown>".into());
        match text_at(spec, "/name") {
            "" => format!("{measured}/{wanted}"),
            name => format!("{name}: {measured}/{wanted}"),
        }
    };
    let all: Vec<String> = list_at(doc, "/spec/metrics").iter().enumerate().map(one).collect();
    match all.len() {
        0 => "<none>".into(),
        n if n > 2 => format!("{} + {} more...", all[..2].join(", "), n - 2),
        _ => all.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Millis;
    use serde_json::json;

    #[test]
    fn autoscalers_are_shown_as_the_real_server_shows_them() {
        let now = Millis::parse_rfc3339("2026-11-23T07:28:00Z").expect("a time");
        let mut doc = json!({
            "metadata": {"name": "web", "creationTimestamp": "2026-11-23T07:10:30Z"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                "maxReplicas": 5,
            },
        });
        (KIND.default)(&mut doc);
        let want = json!(["web", "Deployment/web", "cpu: <unknown>/80%", "1", "5", "0", "17m"]);
        assert_eq!(Value::from(KIND.row(&doc, now)), want);
        let old = &KIND.others[0];
        assert_eq!(Value::from(old.row(&old.shown(doc), now)), want);
    }
}
