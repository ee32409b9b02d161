//! Disruption budgets, as decisions see them.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};

use model::pod::{IntOrString, LabelSelector};
use model::{Millis, Revision};
use serde::Deserialize as _;
use serde_json::Value;

use super::doc::{self, Labels};
use super::workload::int_or_string;
use crate::kinds::ObjectKey;

/// A disruption budget.
#[derive(Clone, Debug)]
pub(crate) struct BudgetView {
    pub(crate) key: ObjectKey,
    pub(crate) revision: Revision,
    pub(crate) generation: i64,
    /// None: it selects nothing.
    selector: Option<LabelSelector>,
    pub(crate) min_available: Option<IntOrString>,
    pub(crate) max_unavailable: Option<IntOrString>,
    /// Pods that were evicted, and when.
    pub(crate) disrupted: BTreeMap<String, Millis>,
    pub(crate) status: Value,
}

impl BudgetView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value) -> Self {
        let amount = |field: &str| doc::at(doc, &["spec", field]).map(int_or_string);
        let disrupted = doc::at(doc, &["status", "disruptedPods"]).and_then(Value::as_object);
        Self {
            key: key.clone(),
            revision,
            generation: doc::int(doc, &["metadata", "generation"]).unwrap_or(0),
            selector: doc::at(doc, &["spec", "selector"])
                .and_then(|s| LabelSelector::deserialize(s).ok()),
            min_available: amount("minAvailable"),
            max_unavailable: amount("maxUnavailable"),
            disrupted: disrupted
                .into_iter()
                .flatten()
                .filter_map(|(pod, at)| {
                    Some((pod.to_string(), Millis::parse_rfc3339(at.as_str()?)?))
                })
                .collect(),
            status: doc.get("status").cloned().unwrap_or(Value::Null),
        }
    }

    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        self.selector.as_ref().is_some_and(|s| s.matches(labels))
    }
}
