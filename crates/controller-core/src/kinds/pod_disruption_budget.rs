//! policy/v1 PodDisruptionBudget, served as v1beta1, too.

use serde_json::{Value, json};

use super::table::{age, count, name};
use super::{BARE, Conversion, Kind, Subresource, integer, text};
use crate::admit::check;

/// The row.
pub(super) const KIND: Kind = Kind {
    others: &[Kind {
        version: "v1beta1",
        schema: "io.k8s.api.policy.v1beta1.PodDisruptionBudget",
        conversion: Some(Conversion {
            shown: |d| swap_selector(d, "DoesNotExist", "Exists"),
            kept: |d| swap_selector(d, "Exists", "DoesNotExist"),
            deprecated: "policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 PodDisruptionBudget",
        }),
        ..V1
    }],
    ..V1
};

const V1: Kind = Kind {
    id: super::POD_DISRUPTION_BUDGET,
    group: "policy",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short_names: &["pdb"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
    generations: true,
    columns: &[
        text("Name"),
        text("Min Available"),
        text("Max Unavailable"),
        integer("Allowed Disruptions"),
        text("Age"),
    ],
    cells: |d, now| {
        alloc::vec![
            name(d),
            amount(d, "/spec/minAvailable"),
            amount(d, "/spec/maxUnavailable"),
            count(d, "/status/disruptionsAllowed").into(),
            age(d, now),
        ]
    },
    validate: check::disruption::budget,
    ..BARE
};

fn amount(doc: &Value, pointer: &str) -> Value {
    match doc.pointer(pointer) {
        None | Some(Value::Null) => "N/A".into(),
        Some(Value::String(text)) => text.as_str().into(),
        Some(number) => alloc::format!("{number}").into(),
    }
}

/// An empty selector selects nothing in v1beta1 and everything in v1. Rules on a label that nobody has stand for the
/// meaning that the other version cannot say (k8s.io/kubernetes `pkg/apis/policy/v1beta1/conversion.go`).
fn swap_selector(doc: &mut Value, empty_becomes: &str, becomes_empty: &str) {
    let rule = |operator: &str| {
        json!({"matchExpressions": [{
            "key": "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match", "operator": operator,
        }]})
    };
    let Some(selector) = doc.pointer_mut("/spec/selector") else { return };
    if *selector == json!({}) {
        *selector = rule(empty_becomes);
    } else if *selector == rule(becomes_empty) {
        *selector = json!({});
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Millis;

    #[test]
    fn the_old_version_says_everything_that_the_new_one_says() {
        let old = &KIND.others[0];
        let rule = |operator: &str| {
            json!({"matchExpressions": [{
                "key": "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match",
                "operator": operator,
            }]})
        };
        for (v1, v1beta1) in [
            (json!({"matchLabels": {"a": "b"}}), json!({"matchLabels": {"a": "b"}})),
            (json!({}), rule("DoesNotExist")),
            (rule("Exists"), json!({})),
        ] {
            let kept =
                json!({"apiVersion": "policy/v1", "spec": {"selector": v1, "minAvailable": 1}});
            let shown = old.shown(kept.clone());
            assert_eq!(shown["apiVersion"], "policy/v1beta1");
            assert_eq!(shown["spec"]["selector"], v1beta1);
            assert_eq!(old.kept(shown), kept);
        }
    }

    #[test]
    fn budgets_are_shown_as_the_real_server_shows_them() {
        let doc = json!({
            "metadata": {"name": "b", "creationTimestamp": "2026-11-23T07:10:30Z"},
            "spec": {"maxUnavailable": "25%"},
            "status": {"disruptionsAllowed": 2},
        });
        let now = Millis::parse_rfc3339("2026-11-23T07:28:00Z").expect("a time");
        assert_eq!(Value::from(KIND.row(&doc, now)), json!(["b", "N/A", "25%", 2, "17m"]));
    }
}
