//! Rollout policies and rollouts, as decisions see them.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use model::pod::{IntOrString, LabelSelector};
use model::{Millis, NodeName, Revision, Uid};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::doc::{self, Labels};
use super::meta::Meta;
use super::workload::{int_or_string, natural};
use super::{Found, View};
use crate::kinds::{self, ObjectKey};
use crate::queue::{Job, Queue};

/// Which nodes a stage is for.
#[derive(Clone, Debug)]
pub(crate) enum Whom {
    /// So many, those of earlier stages among them.
    Count(IntOrString),
    /// Those with such labels.
    Labels(LabelSelector),
}

/// One stage of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) whom: Whom,
    pub(crate) soak_ms: u64,
    pub(crate) deadline_ms: Option<u64>,
    pub(crate) manual: bool,
}

/// How updates are staged.
#[derive(Clone, Debug)]
pub(crate) struct PolicyView {
    pub(crate) key: ObjectKey,
    selector: LabelSelector,
    /// The last one is for all nodes.
    pub(crate) stages: Vec<Stage>,
    pub(crate) healthy_for_ms: u64,
    pub(crate) node_deadline_ms: u64,
    pub(crate) threshold_percent: usize,
    pub(crate) min_reported: usize,
    pub(crate) max_unavailable: IntOrString,
    pub(crate) group_by: String,
    pub(crate) roll_back: bool,
}

impl PolicyView {
    fn read(key: &ObjectKey, doc: &Value) -> Self {
        let number = |field: &str, default: u64| natural(doc, &["spec", field]).unwrap_or(default);
        let size = |field: &str, default: u64| {
            usize::try_from(number(field, default)).unwrap_or(usize::MAX)
        };
        let mut stages: Vec<Stage> =
            doc::list(doc, &["spec", "stages"]).iter().map(Stage::read).collect();
        let whole =
            |s: &Stage| matches!(&s.whom, Whom::Count(IntOrString::String(text)) if text == "100%");
        if !stages.last().is_some_and(whole) {
            stages.push(Stage::read(&json!({"name": "rest", "nodes": "100%"})));
        }
        Self {
            key: key.clone(),
            selector: doc::read(doc, &["spec", "selector"]),
            stages,
            healthy_for_ms: number("healthyForSeconds", 60).saturating_mul(1000),
            node_deadline_ms: number("nodeDeadlineSeconds", 600).saturating_mul(1000),
            threshold_percent: size("successThresholdPercent", 100).min(100),
            min_reported: size("minReported", 1).max(1),
            max_unavailable: doc::at(doc, &["spec", "maxUnavailable"])
                .map_or(IntOrString::Int(1), int_or_string),
            group_by: doc::text(doc, &["spec", "groupBy"]).into(),
            roll_back: doc::text(doc, &["spec", "onFailure"]) == "RollBack",
        }
    }

    fn selects(&self, labels: &Labels) -> bool {
        let s = &self.selector;
        !(s.match_labels.is_empty() && s.match_expressions.is_empty()) && s.matches(labels)
    }
}

impl Stage {
    fn read(doc: &Value) -> Self {
        let ms = |field: &str| natural(doc, &[field]).map(|s| s.saturating_mul(1000));
        let selector =
            doc::at(doc, &["nodeSelector"]).and_then(|s| LabelSelector::deserialize(s).ok());
        Self {
            name: doc::text(doc, &["name"]).into(),
            whom: match selector {
                Some(selector) => Whom::Labels(selector),
                None => Whom::Count(
                    doc::at(doc, &["nodes"])
                        .map_or_else(|| IntOrString::String("100%".into()), int_or_string),
                ),
            },
            soak_ms: ms("soakSeconds").unwrap_or(0),
            deadline_ms: ms("deadlineSeconds"),
            manual: doc::text(doc, &["approval"]) == "Manual",
        }
    }
}

/// What has become of a node that was given the update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Its new pod is not ready (yet).
    Updating,
    /// It is, but not for long enough, or the node was not heard since.
    Settling,
    Healthy,
    Failed,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Updating => "Updating",
            Self::Settling => "Settling",
            Self::Healthy => "Healthy",
            Self::Failed => "Failed",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "Settling" => Self::Settling,
            "Healthy" => Self::Healthy,
            "Failed" => Self::Failed,
            _ => Self::Updating,
        }
    }
}

/// A node that was given the update.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// Of which stage, from zero.
    pub(crate) stage: usize,
    pub(crate) state: State,
    pub(crate) granted: Millis,
    pub(crate) since: Millis,
    /// The pod that was seen ready, and how often it had restarted.
    pub(crate) pod: String,
    pub(crate) restarts: u32,
    pub(crate) message: String,
}

impl Entry {
    fn read(doc: &Value) -> Option<(NodeName, Self)> {
        let size = |field: &str| doc::int(doc, &[field]).and_then(|n| usize::try_from(n).ok());
        let time = |field: &str| doc::time(doc, &[field]).unwrap_or_default();
        let entry = Self {
            stage: size("stage")?.checked_sub(1)?,
            state: State::read(doc::text(doc, &["state"])),
            granted: time("grantedAt"),
            since: time("since"),
            pod: doc::text(doc, &["pod"]).into(),
            restarts: natural(doc, &["restarts"]).and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            message: doc::text(doc, &["message"]).into(),
        };
        Some((NodeName::from(doc::text(doc, &["name"])), entry))
    }

    pub(crate) fn to_value(&self, name: &NodeName) -> Value {
        json!({
            "name": name.as_str(),
            "stage": self.stage + 1,
            "state": self.state.name(),
            "grantedAt": self.granted.to_rfc3339(),
            "since": self.since.to_rfc3339(),
            "pod": self.pod,
            "restarts": self.restarts,
            "message": self.message,
        })
    }
}

/// A stage that has begun.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Begun {
    pub(crate) at: Millis,
    /// Since when all of it is well.
    pub(crate) soaking: Option<Millis>,
}

/// One update.
#[derive(Clone, Debug)]
pub(crate) struct RolloutView {
    pub(crate) key: ObjectKey,
    pub(crate) revision: Revision,
    pub(crate) owner: Option<Uid>,
    pub(crate) number: i64,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) paused: bool,
    pub(crate) undo: bool,
    /// So many stages are approved.
    pub(crate) approved: usize,
    pub(crate) retries: i64,
    pub(crate) retried: i64,
    pub(crate) phase: String,
    pub(crate) begun: Vec<Begun>,
    pub(crate) nodes: BTreeMap<NodeName, Entry>,
    pub(crate) status: Value,
}

impl RolloutView {
    fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let int = |path: &[&str]| doc::int(doc, path).unwrap_or(0);
        let begun = |s: &Value| Begun {
            at: doc::time(s, &["startedAt"]).unwrap_or_default(),
            soaking: doc::time(s, &["soakingSince"]),
        };
        let text = |path: &[&str]| String::from(doc::text(doc, path));
        Self {
            key: key.clone(),
            revision,
            owner: meta.controller().map(|o| o.uid.clone()),
            number: int(&["spec", "number"]),
            from: text(&["spec", "from"]),
            to: text(&["spec", "to"]),
            paused: doc::flag(doc, &["spec", "paused"]),
            undo: doc::flag(doc, &["spec", "undo"]),
            approved: usize::try_from(int(&["spec", "approved"])).unwrap_or(0),
            retries: int(&["spec", "retries"]),
            retried: int(&["status", "retries"]),
            phase: text(&["status", "phase"]),
            begun: doc::list(doc, &["status", "stages"]).iter().map(begun).collect(),
            nodes: doc::list(doc, &["status", "nodes"]).iter().filter_map(Entry::read).collect(),
            status: doc.get("status").cloned().unwrap_or(Value::Null),
        }
    }

    pub(crate) fn complete(&self) -> bool {
        self.phase == "Complete"
    }

    /// Whether nothing more comes of it.
    pub(crate) fn over(&self) -> bool {
        matches!(self.phase.as_str(), "Complete" | "Superseded")
    }

    /// Whether what was touched goes back.
    pub(crate) fn going_back(&self) -> bool {
        self.undo || matches!(self.phase.as_str(), "RollingBack" | "RolledBack")
    }
}

impl View {
    /// The policy that stages the updates of a workload: the first by name.
    pub(crate) fn policy_of<'a>(
        &'a self,
        workload: &'a ObjectKey,
        labels: &Labels,
    ) -> Option<&'a PolicyView> {
        Self::within(&self.policies, kinds::ROLLOUT_POLICY, &workload.namespace)
            .map(|(_, policy)| policy)
            .find(|policy| policy.selects(labels))
    }

    /// A workload's rollouts, the newest last.
    pub(crate) fn rollouts_of(&self, uid: &Uid) -> Vec<&RolloutView> {
        let mut all: Vec<&RolloutView> = self
            .dependents_of(uid, kinds::ROLLOUT)
            .filter_map(|k| self.rollouts.get(k))
            .filter(|r| r.owner.as_ref() == Some(uid))
            .collect();
        all.sort_by_key(|r| r.number);
        all
    }

    pub(super) fn apply_policy(&mut self, key: &ObjectKey, found: Found<'_>, queue: &mut Queue) {
        match found {
            Some((doc, _)) => self.policies.insert(key.clone(), PolicyView::read(key, doc)),
            None => self.policies.remove(key),
        };
        for (set, _) in Self::within(&self.daemon_sets, kinds::DAEMON_SET, &key.namespace) {
            queue.mark(Job::DaemonSet(set.clone()));
            queue.mark(Job::Rollout(set.clone()));
        }
    }

    pub(super) fn apply_rollout(
        &mut self,
        key: &ObjectKey,
        revision: Revision,
        found: Found<'_>,
        queue: &mut Queue,
    ) {
        let new = found.map(|(doc, meta)| RolloutView::read(key, revision, doc, meta));
        let owner = new.as_ref().and_then(|r| r.owner.clone());
        let old = match new {
            Some(new) => self.rollouts.insert(key.clone(), new),
            None => self.rollouts.remove(key),
        };
        for uid in owner.into_iter().chain(old.and_then(|r| r.owner)) {
            self.mark_controller(&uid, queue);
        }
    }

    /// A daemon set, or something of it, has changed.
    pub(super) fn mark_daemon_set(&self, key: &ObjectKey, queue: &mut Queue) {
        queue.mark(Job::DaemonSet(key.clone()));
        if !(self.policies.is_empty() && self.rollouts.is_empty()) {
            queue.mark(Job::Rollout(key.clone()));
        }
    }
}
