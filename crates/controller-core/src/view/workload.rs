//! Deployments, replica sets, daemon sets and their revisions, as decisions see them.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::pod::{IntOrString, LabelSelector};
use model::{Hash, Millis, Revision, Uid};
use serde_json::{Map, Value};

use super::doc::{self, Labels};
use super::meta::{Cond, Meta, OwnerKind, hash_of};
use crate::kinds::{self, KindId, ObjectKey};

/// The label that tells the pods of one replica set of a deployment from those of another.
pub(crate) const TEMPLATE_HASH: &str = "pod-template-hash";

/// What all workloads have.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) key: ObjectKey,
    pub(crate) uid: Uid,
    pub(crate) revision: Revision,
    pub(crate) generation: i64,
    pub(crate) labels: Labels,
    pub(crate) annotations: Labels,
    pub(crate) deleting: bool,
    pub(crate) controller: Option<Uid>,
    pub(crate) created: Millis,
    pub(crate) selector: LabelSelector,
    pub(crate) min_ready_s: u64,
}

impl Common {
    pub(super) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        Self {
            key: key.clone(),
            uid: meta.uid.clone(),
            revision,
            generation: doc::int(doc, &["metadata", "generation"]).unwrap_or(0),
            labels: doc::texts(doc, &["metadata", "labels"]),
            annotations: doc::texts(doc, &["metadata", "annotations"]),
            deleting: meta.deleting.is_some(),
            controller: meta.controller().map(|o| o.uid.clone()),
            created: doc::time(doc, &["metadata", "creationTimestamp"]).unwrap_or_default(),
            selector: doc::read(doc, &["spec", "selector"]),
            min_ready_s: natural(doc, &["spec", "minReadySeconds"]).unwrap_or(0),
        }
    }

    /// Whether its selector selects these labels. An empty selector selects nothing here, as the API does not take one.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        let s = &self.selector;
        !(s.match_labels.is_empty() && s.match_expressions.is_empty()) && s.matches(labels)
    }

    /// A whole number kept in an annotation.
    pub(crate) fn annotated(&self, name: &str) -> Option<i64> {
        self.annotations.get(name).and_then(|t| t.parse().ok())
    }
}

pub(super) fn natural(doc: &Value, path: &[&str]) -> Option<u64> {
    doc::int(doc, path).and_then(|n| u64::try_from(n).ok())
}

/// How a deployment or daemon set brings a new template to its pods.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Strategy {
    /// All old pods go before new ones come (deployments).
    Recreate,
    /// Only when somebody deletes them (daemon sets).
    OnDelete,
    /// A few at a time.
    Rolling { surge: IntOrString, unavailable: IntOrString },
}

/// A deployment.
#[derive(Clone, Debug)]
pub(crate) struct DeploymentView {
    pub(crate) common: Common,
    pub(crate) replicas: i64,
    pub(crate) paused: bool,
    pub(crate) template: Arc<Value>,
    pub(crate) template_hash: Hash,
    pub(crate) strategy: Strategy,
    pub(crate) deadline_s: Option<u64>,
    pub(crate) history: usize,
    pub(crate) status: Value,
    pub(crate) conditions: Vec<Cond>,
}

impl DeploymentView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let doc = &filled(doc, kinds::DEPLOYMENT);
        let template = doc::at(doc, &["spec", "template"]).cloned().unwrap_or(Value::Null);
        let status = doc.get("status").unwrap_or(&Value::Null);
        Self {
            common: Common::read(key, revision, doc, meta),
            replicas: doc::int(doc, &["spec", "replicas"]).unwrap_or(1).max(0),
            paused: doc::flag(doc, &["spec", "paused"]),
            template_hash: template_hash(&template),
            template: Arc::new(template),
            strategy: match doc::text(doc, &["spec", "strategy", "type"]) {
                "Recreate" => Strategy::Recreate,
                _ => {
                    let quarter = || IntOrString::String("25%".into());
                    let part = |name: &str| {
                        doc::at(doc, &["spec", "strategy", "rollingUpdate", name])
                            .map_or_else(quarter, int_or_string)
                    };
                    Strategy::Rolling {
                        surge: part("maxSurge"),
                        unavailable: part("maxUnavailable"),
                    }
                }
            },
            // Kubernetes takes the largest 32 bit number for "none".
            deadline_s: natural(doc, &["spec", "progressDeadlineSeconds"])
                .filter(|&s| s != 2_147_483_647),
            history: natural(doc, &["spec", "revisionHistoryLimit"])
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(10),
            conditions: Cond::read_all(status),
            status: without_conditions(status),
        }
    }

    /// A number of its status; zero if it is not there.
    pub(crate) fn told(&self, field: &str) -> i64 {
        doc::int(&self.status, &[field]).unwrap_or(0)
    }
}

/// A replica set.
#[derive(Clone, Debug)]
pub(crate) struct ReplicaSetView {
    pub(crate) common: Common,
    pub(crate) replicas: i64,
    /// Its template, kept only while it is to have pods.
    pub(crate) template: Option<Arc<Value>>,
    pub(crate) template_hash: Hash,
    pub(crate) status: Value,
}

impl ReplicaSetView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let doc = &filled(doc, kinds::REPLICA_SET);
        let replicas = doc::int(doc, &["spec", "replicas"]).unwrap_or(1).max(0);
        let template = doc::at(doc, &["spec", "template"]);
        Self {
            common: Common::read(key, revision, doc, meta),
            replicas,
            template: template.filter(|_| replicas > 0).map(|t| Arc::new(t.clone())),
            template_hash: template_hash(template.unwrap_or(&Value::Null)),
            status: doc.get("status").cloned().unwrap_or(Value::Null),
        }
    }

    pub(crate) fn told(&self, field: &str) -> i64 {
        doc::int(&self.status, &[field]).unwrap_or(0)
    }
}

/// A daemon set.
#[derive(Clone, Debug)]
pub(crate) struct DaemonSetView {
    pub(crate) common: Common,
    pub(crate) template: Arc<Value>,
    pub(crate) strategy: Strategy,
    pub(crate) history: usize,
    pub(crate) status: Value,
}

impl DaemonSetView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let doc = &filled(doc, kinds::DAEMON_SET);
        let rolling = |name: &str, default: i64| {
            doc::at(doc, &["spec", "updateStrategy", "rollingUpdate", name])
                .map_or(IntOrString::Int(default), int_or_string)
        };
        Self {
            common: Common::read(key, revision, doc, meta),
            template: Arc::new(doc::at(doc, &["spec", "template"]).cloned().unwrap_or(Value::Null)),
            strategy: match doc::text(doc, &["spec", "updateStrategy", "type"]) {
                "OnDelete" => Strategy::OnDelete,
                _ => Strategy::Rolling {
                    surge: rolling("maxSurge", 0),
                    unavailable: rolling("maxUnavailable", 1),
                },
            },
            history: natural(doc, &["spec", "revisionHistoryLimit"])
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(10),
            status: doc.get("status").cloned().unwrap_or(Value::Null),
        }
    }
}

/// A kept template of a daemon set or stateful set.
#[derive(Clone, Debug)]
pub(crate) struct RevisionView {
    pub(crate) key: ObjectKey,
    pub(crate) object_revision: Revision,
    pub(crate) controller: Option<Uid>,
    pub(crate) number: i64,
    pub(crate) data_hash: Hash,
    /// The hash in its name.
    pub(crate) label: String,
    /// The template, where pods may still be made of it.
    pub(crate) template: Option<Arc<Value>>,
}

impl RevisionView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let template = doc::at(doc, &["data", "spec", "template"]).unwrap_or(&Value::Null);
        let label = |name: &str| doc::text(doc, &["metadata", "labels", name]);
        let owner = meta.controller();
        let used = [kinds::STATEFUL_SET, kinds::DAEMON_SET].map(OwnerKind::Known);
        let used = owner.is_some_and(|o| used.contains(&o.kind));
        Self {
            key: key.clone(),
            object_revision: revision,
            controller: owner.map(|o| o.uid.clone()),
            number: doc::int(doc, &["revision"]).unwrap_or(0),
            data_hash: revision_hash(template),
            label: match label("controller.kubernetes.io/hash") {
                "" => label("controller-revision-hash"),
                hash => hash,
            }
            .into(),
            template: used.then(|| Arc::new(without_patch(template))),
        }
    }
}

/// A document with what Kubernetes fills in: one that was kept by an earlier version may lack what is filled in now, and
/// its template shall not look like another for that.
pub(super) fn filled(doc: &Value, kind: KindId) -> Value {
    let mut doc = doc.clone();
    (kinds::get(kind).default)(&mut doc);
    doc
}

/// A template without the word that makes of it the patch that a revision keeps.
fn without_patch(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(fields) = template.as_object_mut() {
        fields.remove("$patch");
    }
    template
}

/// The hash of a daemon set's or stateful set's template, as it is or as a revision keeps it.
pub(crate) fn revision_hash(template: &Value) -> Hash {
    let template = without_patch(template);
    let doc = filled(&serde_json::json!({"spec": {"template": template}}), kinds::DAEMON_SET);
    hash_of(doc::at(&doc, &["spec", "template"]).unwrap_or(&Value::Null))
}

/// The hash of a template without the label that tells replica sets apart: equal templates, equal hashes.
pub(crate) fn template_hash(template: &Value) -> Hash {
    let mut bare = template.clone();
    if let Some(labels) = bare.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(TEMPLATE_HASH);
    }
    hash_of(&bare)
}

pub(super) fn int_or_string(value: &Value) -> IntOrString {
    match value {
        Value::String(text) => IntOrString::String(text.to_string()),
        other => IntOrString::Int(other.as_i64().unwrap_or(0)),
    }
}

fn without_conditions(status: &Value) -> Value {
    let fields = status.as_object().into_iter().flatten();
    let kept: Map<String, Value> =
        fields.filter(|(k, _)| *k != "conditions").map(|(k, v)| (k.clone(), v.clone())).collect();
    Value::Object(kept)
}

/// A number, or the share of a total that a percentage is, rounded up or down (Kubernetes' `GetScaledValueFromIntOrPercent`).
pub(crate) fn scaled(value: &IntOrString, total: i64, up: bool) -> i64 {
    match value {
        IntOrString::Int(n) => (*n).max(0),
        IntOrString::String(text) => {
            let percent: i64 = text
                .strip_suffix('%')
                .and_then(|p| p.parse().ok())
                .unwrap_or(0)
                .clamp(0, 1_000_000);
            let product = percent.saturating_mul(total.max(0));
            if up { product.saturating_add(99) / 100 } else { product / 100 }
        }
    }
}
