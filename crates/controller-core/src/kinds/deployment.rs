//! apps/v1 Deployment.

use super::table::{age, count, name, of_containers};
use super::{BARE, Kind, Subresource, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::number_at;
use crate::admit::selector::format_document;
use crate::admit::warn;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::DEPLOYMENT,
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &[Subresource::Status, Subresource::Scale],
    schema: "io.k8s.api.apps.v1.Deployment",
    generations: true,
    columns: &[
        text("Name"),
        text("Ready"),
        text("Up-to-date"),
        text("Available"),
        text("Age"),
        wide("Containers"),
        wide("Images"),
        wide("Selector"),
    ],
    cells: |d, now| {
        let wanted = number_at(d, "/spec/replicas").unwrap_or(1);
        alloc::vec![
            name(d),
            alloc::format!("{}/{wanted}", count(d, "/status/readyReplicas")).into(),
            count(d, "/status/updatedReplicas").into(),
            count(d, "/status/availableReplicas").into(),
            age(d, now),
            of_containers(d, "name"),
            of_containers(d, "image"),
            format_document(d.pointer("/spec/selector")).into(),
        ]
    },
    default: default::deployment,
    validate: check::workload::deployment,
    warn: warn::template,
    ..BARE
};

#[cfg(test)]
mod tests {
    use super::*;
    use model::Millis;
    use serde_json::{Value, json};

    #[test]
    fn deployments_are_shown_as_the_real_server_shows_them() {
        let now = Millis::parse_rfc3339("2026-11-23T07:28:00Z").expect("a time");
        let doc = json!({
            "metadata": {"name": "app1", "creationTimestamp": "2026-11-23T07:10:30Z"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "app1"}},
                "template": {"spec": {"containers": [{"name": "c", "image": "busybox:1"}]}},
            },
            "status": {"replicas": 2, "updatedReplicas": 2},
        });
        let want = json!(["app1", "0/2", 2, 0, "17m", "c", "busybox:1", "app=app1"]);
        assert_eq!(Value::from((KIND.cells)(&doc, now)), want);
    }
}
