//! A pod, as decisions see it: no document, only what is asked for.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::orders::ItemKind;
use model::pod::{Container, PodSpec, Toleration};
use model::status::Phase;
use model::{Hash, Millis, NodeName, Revision, Uid};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::batch::JobPod;
use super::doc::{self, Labels};
use super::meta::{Cond, Meta, OwnerKind, Truth, cond};
use crate::assign;
use crate::kinds::{self, KindId, ObjectKey};
use crate::limits::quota::use_of;
use crate::schedule::PodNeeds;

/// The status reason of a pod whose node is not heard.
pub(crate) const NODE_LOST: &str = "NodeLost";

/// The fields of a pod's status that come from its node.
pub(crate) const STATUS_FIELDS: [&str; 12] = [
    "conditions",
    "containerStatuses",
    "ephemeralContainerStatuses",
    "hostIP",
    "hostIPs",
    "initContainerStatuses",
    "message",
    "phase",
    "podIP",
    "podIPs",
    "reason",
    "startTime",
];

/// A port of a container, as others may name it.
#[derive(Clone, Debug)]
pub(crate) struct NamedPort {
    pub(crate) name: Arc<str>,
    pub(crate) protocol: Arc<str>,
    pub(crate) number: i64,
}

/// A pod.
#[derive(Clone, Debug)]
pub(crate) struct PodView {
    pub(crate) key: ObjectKey,
    pub(crate) uid: Uid,
    pub(crate) revision: Revision,
    pub(crate) node: Option<NodeName>,
    pub(crate) controller: Option<Uid>,
    pub(crate) controller_kind: Option<KindId>,
    pub(crate) labels: Arc<Labels>,
    pub(crate) created: Millis,
    pub(crate) deleting: Option<Millis>,
    /// `deletionGracePeriodSeconds`.
    pub(crate) deleting_s: Option<i64>,
    pub(crate) finalizers: bool,
    pub(crate) grace_s: i64,
    pub(crate) phase: Phase,
    pub(crate) conditions: Vec<Cond>,
    pub(crate) lost: bool,
    pub(crate) restarts: u32,
    pub(crate) gates: Arc<[Arc<str>]>,
    /// Whether it is for our scheduler.
    pub(crate) ours: bool,
    pub(crate) needs: Arc<PodNeeds>,
    pub(crate) tolerations: Arc<[Toleration]>,
    /// Config maps and secrets of its namespace that it refers to.
    pub(crate) refs: Arc<[(ItemKind, Arc<str>)]>,
    /// Claims of its namespace that it names.
    pub(crate) claims: Arc<[Arc<str>]>,
    /// The hash of its order's body.
    pub(crate) order: Hash,
    /// The hash of what its node told of its status.
    pub(crate) status: Hash,
    /// Its addresses, the first one first.
    pub(crate) ips: Arc<[Arc<str>]>,
    /// Its containers' ports that have names.
    pub(crate) ports: Arc<[NamedPort]>,
    /// Its host name within a service, if it has one: the service, and the name.
    pub(crate) hostname: Option<(Arc<str>, Arc<str>)>,
    /// The one node that its affinity names (pods of daemon sets).
    pub(crate) pinned: Option<NodeName>,
    /// The node on which room is made for it.
    pub(crate) nominated: Option<NodeName>,
    /// What its job asks, if it is a job's.
    pub(crate) job: Option<Box<JobPod>>,
}

impl PodView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let spec: PodSpec =
            doc.get("spec").and_then(|s| PodSpec::deserialize(s).ok()).unwrap_or_default();
        let labels = doc::texts(doc, &["metadata", "labels"]);
        let status = doc.get("status").unwrap_or(&Value::Null);
        let controller = meta.controller();
        let mut needs =
            PodNeeds::from_spec(&key.namespace, &labels, controller.map(|o| o.uid.clone()), &spec);
        needs.usage = use_of(kinds::get(kinds::POD), &json!({"spec": doc.get("spec")}));
        let bound = !spec.node_name.is_empty();
        Self {
            key: key.clone(),
            uid: meta.uid.clone(),
            revision,
            node: bound.then(|| NodeName::from(spec.node_name.as_str())),
            controller: controller.map(|o| o.uid.clone()),
            controller_kind: controller.and_then(|o| match o.kind {
                OwnerKind::Known(kind) => Some(kind),
                OwnerKind::Other(_) => None,
            }),
            labels: Arc::new(labels),
            created: doc::time(doc, &["metadata", "creationTimestamp"]).unwrap_or_default(),
            deleting: meta.deleting,
            deleting_s: doc::int(doc, &["metadata", "deletionGracePeriodSeconds"]),
            finalizers: !meta.finalizers.is_empty(),
            grace_s: i64::from(spec.termination_grace_period_seconds.unwrap_or(30)),
            phase: phase(doc::text(status, &["phase"])),
            conditions: Cond::read_all(status),
            lost: doc::text(status, &["reason"]) == NODE_LOST,
            restarts: restarts(status),
            gates: spec.readiness_gates.iter().map(|g| g.condition_type.as_str().into()).collect(),
            ours: matches!(spec.scheduler_name.as_str(), "" | "default-scheduler"),
            needs: Arc::new(needs),
            tolerations: spec.tolerations.iter().cloned().collect(),
            refs: references(&spec),
            claims: claims(&spec),
            order: if bound { Hash::of(&assign::body(ItemKind::Pod, doc)) } else { Hash([0; 32]) },
            status: status_hash(status),
            ips: addresses(status),
            ports: named_ports(doc),
            hostname: hostname(doc),
            pinned: pinned(&spec),
            nominated: Some(doc::text(status, &["nominatedNodeName"]))
                .filter(|name| !name.is_empty())
                .map(NodeName::from),
            job: JobPod::read(doc, meta),
        }
    }

    /// The node that it is on, or is to be on.
    pub(crate) fn target(&self) -> Option<&NodeName> {
        self.node.as_ref().or(self.pinned.as_ref())
    }

    /// Whether it counts for its owner: it has not ended, and is not to end.
    pub(crate) fn active(&self) -> bool {
        self.deleting.is_none() && !self.phase.is_terminal()
    }

    pub(crate) fn ready(&self) -> bool {
        cond(&self.conditions, "Ready").is_some_and(|c| c.status == Truth::True)
    }

    pub(crate) fn ready_since(&self) -> Option<Millis> {
        cond(&self.conditions, "Ready").filter(|c| c.status == Truth::True).map(|c| c.since)
    }

    /// When it has been ready long enough; none if it is not ready.
    pub(crate) fn available_at(&self, min_ready_s: u64) -> Option<Millis> {
        let since = self.ready_since()?;
        Some(if min_ready_s == 0 { Millis(0) } else { since.plus(min_ready_s * 1000) })
    }

    /// How far it got: pending, unknown, running.
    pub(crate) fn lost_rank(&self) -> u8 {
        match self.phase {
            Phase::Pending => 0,
            Phase::Unknown => 1,
            _ if self.lost => 1,
            _ => 2,
        }
    }

    /// The name of its item in its node's orders.
    pub(crate) fn item_name(&self) -> Arc<str> {
        alloc::format!("{}/{}/{}", self.key.namespace, self.key.name, self.uid).into()
    }
}

fn phase(text: &str) -> Phase {
    match text {
        "Running" => Phase::Running,
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        "Unknown" => Phase::Unknown,
        _ => Phase::Pending,
    }
}

/// The only node that a pod's affinity names.
fn pinned(spec: &PodSpec) -> Option<NodeName> {
    let node = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = node.required_during_scheduling_ignored_during_execution.as_ref()?;
    let [term] = required.node_selector_terms.as_slice() else { return None };
    term.match_fields.iter().find_map(|r| match r.values.as_slice() {
        [name] if r.key == "metadata.name" && r.operator == "In" => Some(name.as_str().into()),
        _ => None,
    })
}

fn addresses(status: &Value) -> Arc<[Arc<str>]> {
    let all = doc::list(status, &["podIPs"]).iter().map(|ip| doc::text(ip, &["ip"]));
    let mut all: Vec<Arc<str>> = all.filter(|ip| !ip.is_empty()).map(Arc::from).collect();
    let first = doc::text(status, &["podIP"]);
    if all.is_empty() && !first.is_empty() {
        all.push(first.into());
    }
    all.into()
}

fn named_ports(pod: &Value) -> Arc<[NamedPort]> {
    let containers = doc::list(pod, &["spec", "containers"]).iter();
    // Sidecars have ports, too.
    let sidecars = doc::list(pod, &["spec", "initContainers"]).iter();
    let sidecars = sidecars.filter(|c| doc::text(c, &["restartPolicy"]) == "Always");
    let ports = containers.chain(sidecars).flat_map(|c| doc::list(c, &["ports"]));
    let of = |p: &Value| {
        let name = Some(doc::text(p, &["name"])).filter(|n| !n.is_empty())?;
        let number = doc::int(p, &["containerPort"])?;
        let protocol = doc::text(p, &["protocol"]).into();
        Some(NamedPort { name: name.into(), protocol, number })
    };
    ports.filter_map(of).collect()
}

fn hostname(pod: &Value) -> Option<(Arc<str>, Arc<str>)> {
    let of = |field: &str| Some(doc::text(pod, &["spec", field])).filter(|t| !t.is_empty());
    Some((of("subdomain")?.into(), of("hostname")?.into()))
}

fn restarts(status: &Value) -> u32 {
    let of = |c: &Value| doc::int(c, &["restartCount"]).and_then(|n| u32::try_from(n).ok());
    doc::list(status, &["containerStatuses"]).iter().filter_map(of).max().unwrap_or(0)
}

/// The hash of the part of a status that comes from the node.
pub(crate) fn status_hash(status: &Value) -> Hash {
    let told: BTreeMap<&str, &Value> =
        STATUS_FIELDS.iter().filter_map(|&f| Some((f, doc::at(status, &[f])?))).collect();
    Hash::of(&serde_json::to_vec(&told).unwrap_or_default())
}

/// The claims that a pod's volumes are, each once.
fn claims(spec: &PodSpec) -> Arc<[Arc<str>]> {
    let named = spec.volumes.iter().filter_map(|v| v.persistent_volume_claim.as_ref());
    let all: BTreeSet<&str> = named.map(|c| c.claim_name.as_str()).collect();
    all.into_iter().filter(|n| !n.is_empty()).map(Arc::from).collect()
}

/// The config maps and secrets that a pod refers to.
fn references(spec: &PodSpec) -> Arc<[(ItemKind, Arc<str>)]> {
    let mut found: BTreeSet<(ItemKind, &str)> = BTreeSet::new();
    for secret in &spec.image_pull_secrets {
        found.insert((ItemKind::Secret, &secret.name));
    }
    let all = spec.init_containers.iter().chain(&spec.containers);
    for container in all.chain(&spec.ephemeral_containers) {
        of_container(container, &mut found);
    }
    for volume in &spec.volumes {
        let projected = volume.projected.iter().flat_map(|p| &p.sources);
        let maps =
            volume.config_map.iter().chain(projected.clone().filter_map(|s| s.config_map.as_ref()));
        found.extend(maps.map(|m| (ItemKind::ConfigMap, m.name.as_str())));
        let secrets = volume.secret.iter().chain(projected.filter_map(|s| s.secret.as_ref()));
        found.extend(secrets.map(|s| (ItemKind::Secret, s.secret())));
    }
    found.into_iter().filter(|(_, n)| !n.is_empty()).map(|(k, n)| (k, n.into())).collect()
}

fn of_container<'a>(container: &'a Container, found: &mut BTreeSet<(ItemKind, &'a str)>) {
    for from in &container.env_from {
        found.extend(from.config_map_ref.iter().map(|r| (ItemKind::ConfigMap, r.name.as_str())));
        found.extend(from.secret_ref.iter().map(|r| (ItemKind::Secret, r.name.as_str())));
    }
    for source in container.env.iter().filter_map(|e| e.value_from.as_ref()) {
        let map = source.config_map_key_ref.iter();
        found.extend(map.map(|r| (ItemKind::ConfigMap, r.name.as_str())));
        let secret = source.secret_key_ref.iter();
        found.extend(secret.map(|r| (ItemKind::Secret, r.name.as_str())));
    }
}
