//! What `kubectl explain` says of kinds and fields: short sentences of our own.

use crate::schema::{Field, Type};

pub(super) const QUANTITY: &str =
    "An amount: a number with an optional unit, such as 500m, 1.5, 64Mi, 2Gi.";
pub(super) const INT_OR_STRING: &str = "A number, or text such as 25% or the name of a port.";
pub(super) const TIME: &str = "A point in time, RFC 3339, e.g. 2026-01-31T12:00:00Z.";
pub(super) const DURATION: &str = "A span of time, e.g. 30s.";
pub(super) const RAW: &str = "Any JSON object.";
pub(super) const JSON: &str = "Any JSON value.";

/// What a type is.
pub(super) fn of_type(of: &Type) -> Option<&'static str> {
    find(TYPES, of.name).or_else(|| word(of.short_name(), ""))
}

/// What a field says: for this type if there is a word for it, else for fields of that name.
pub(super) fn of_field(of: &Type, field: &Field) -> Option<&'static str> {
    let own = FIELDS
        .iter()
        .find(|(name, field_name, _)| *field_name == field.name && *name == of.short_name());
    own.map(|(_, _, text)| *text)
        .or_else(|| word(of.short_name(), field.name))
        .or_else(|| find(COMMON, field.name))
        .or_else(|| word("*", field.name))
}

const WORDS: &str = include_str!("words.txt");

/// A line of the list of words.
fn word(of: &str, field: &str) -> Option<&'static str> {
    WORDS.lines().find_map(|line| {
        let rest = line.strip_prefix(of)?;
        let rest =
            if field.is_empty() { rest } else { rest.strip_prefix('.')?.strip_prefix(field)? };
        rest.strip_prefix(' ')
    })
}

fn find(list: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    list.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Kinds and the types that people ask for, by OpenAPI name.
const TYPES: &[(&str, &str)] = &[
    ("dev.driftless.v1.ApiToken", "A bearer token of a user. Whoever deletes it revokes it."),
    (
        "dev.driftless.v1.NodeState",
        "A node as the controller sees it now: link, orders, usage, pods. Read only.",
    ),
    ("dev.driftless.v1.NodeStateStatus", "What the controller knows of the node."),
    ("dev.driftless.v1.NodeStateUsage", "What the node uses."),
    (
        "io.k8s.api.apps.v1.ControllerRevision",
        "A remembered version of a daemon set's or stateful set's pod template.",
    ),
    ("io.k8s.api.apps.v1.DaemonSet", "Runs one pod on every node that it selects."),
    ("io.k8s.api.apps.v1.DaemonSetSpec", "What a daemon set should run, and how it updates."),
    ("io.k8s.api.apps.v1.DaemonSetStatus", "How far a daemon set has come."),
    (
        "io.k8s.api.apps.v1.Deployment",
        "Keeps a number of equal pods running, and rolls changes out over them.",
    ),
    ("io.k8s.api.apps.v1.DeploymentSpec", "What a deployment should run, and how it updates."),
    ("io.k8s.api.apps.v1.DeploymentStatus", "How far a deployment has come."),
    ("io.k8s.api.apps.v1.DeploymentStrategy", "How old pods give way to new ones."),
    (
        "io.k8s.api.apps.v1.ReplicaSet",
        "Keeps a number of equal pods running. Deployments make these.",
    ),
    ("io.k8s.api.apps.v1.ReplicaSetSpec", "Which pods a replica set should keep."),
    ("io.k8s.api.apps.v1.StatefulSet", "Keeps numbered pods running, each with a name that stays."),
    (
        "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
        "Scales a workload by its pods' use of CPU.",
    ),
    ("io.k8s.api.autoscaling.v1.Scale", "The number of replicas of a workload."),
    ("io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler", "Scales a workload by metrics."),
    ("io.k8s.api.batch.v1.CronJob", "Makes jobs on a schedule."),
    ("io.k8s.api.batch.v1.Job", "Runs pods until enough of them have succeeded."),
    (
        "io.k8s.api.coordination.v1.Lease",
        "A claim that is renewed from time to time, such as a node's sign of life.",
    ),
    ("io.k8s.api.core.v1.Affinity", "Which nodes and neighbours a pod wants or avoids."),
    ("io.k8s.api.core.v1.Binding", "Assigns a pod to a node."),
    (
        "io.k8s.api.core.v1.ConfigMap",
        "Configuration that pods read as files or environment variables.",
    ),
    ("io.k8s.api.core.v1.Container", "One container of a pod."),
    ("io.k8s.api.core.v1.ContainerPort", "A port that a container listens on."),
    ("io.k8s.api.core.v1.ContainerStatus", "What a container is doing."),
    ("io.k8s.api.core.v1.Endpoints", "The addresses behind a service."),
    ("io.k8s.api.core.v1.EnvVar", "An environment variable: a value, or where to take it from."),
    ("io.k8s.api.core.v1.Event", "Something that happened to an object."),
    (
        "io.k8s.api.core.v1.LimitRange",
        "Bounds and defaults for the resources of a namespace's pods.",
    ),
    (
        "io.k8s.api.core.v1.Namespace",
        "A room for names: objects in different namespaces may have the same name.",
    ),
    ("io.k8s.api.core.v1.Node", "A machine that runs pods."),
    ("io.k8s.api.core.v1.NodeSpec", "What an operator says of a node."),
    ("io.k8s.api.core.v1.NodeStatus", "What a node has told of itself."),
    ("io.k8s.api.core.v1.PersistentVolume", "Storage that can be claimed."),
    ("io.k8s.api.core.v1.PersistentVolumeClaim", "A claim on storage."),
    (
        "io.k8s.api.core.v1.Pod",
        "Containers that run together on one node and share its network address.",
    ),
    ("io.k8s.api.core.v1.PodSpec", "What a pod should run, and where."),
    ("io.k8s.api.core.v1.PodStatus", "What a pod is doing, as its node last told it."),
    ("io.k8s.api.core.v1.PodTemplateSpec", "What pods are made from: metadata and spec."),
    ("io.k8s.api.core.v1.Probe", "A check of a container that runs from time to time."),
    ("io.k8s.api.core.v1.ResourceQuota", "Bounds for what a namespace uses in total."),
    (
        "io.k8s.api.core.v1.ResourceRequirements",
        "What a container needs, and what it may use at most.",
    ),
    ("io.k8s.api.core.v1.Secret", "Data that must stay secret: passwords, tokens, keys."),
    ("io.k8s.api.core.v1.SecurityContext", "Privileges and identities of a container."),
    ("io.k8s.api.core.v1.Service", "One stable address for a set of pods."),
    ("io.k8s.api.core.v1.ServiceAccount", "An identity for pods."),
    ("io.k8s.api.core.v1.Toleration", "A taint that a pod puts up with."),
    ("io.k8s.api.core.v1.Volume", "A directory that a pod's containers can mount."),
    ("io.k8s.api.core.v1.VolumeMount", "Where a container mounts a volume."),
    ("io.k8s.api.discovery.v1.EndpointSlice", "Some of the addresses behind a service."),
    ("io.k8s.api.events.v1.Event", "Something that happened to an object."),
    ("io.k8s.api.networking.v1.Ingress", "Which HTTP requests go to which service."),
    ("io.k8s.api.networking.v1.IngressClass", "Which controller acts on ingresses."),
    ("io.k8s.api.networking.v1.NetworkPolicy", "Which traffic pods may take and send."),
    ("io.k8s.api.networking.v1.NetworkPolicy", "Which traffic pods may have."),
    (
        "io.k8s.api.policy.v1.Eviction",
        "Asks a pod to leave its node, if its disruption budget allows it.",
    ),
    (
        "io.k8s.api.policy.v1.PodDisruptionBudget",
        "How many of some pods may be disturbed at a time.",
    ),
    ("io.k8s.api.rbac.v1.ClusterRole", "What may be done, anywhere."),
    ("io.k8s.api.rbac.v1.ClusterRoleBinding", "Who may do, anywhere, what a cluster role says."),
    ("io.k8s.api.rbac.v1.Role", "What may be done in a namespace."),
    ("io.k8s.api.rbac.v1.RoleBinding", "Who may do, in a namespace, what a role says."),
    ("io.k8s.api.scheduling.v1.PriorityClass", "A name for a priority of pods."),
    ("io.k8s.api.storage.v1.StorageClass", "A kind of storage: who provides it, and when."),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", "How an object is deleted."),
    (
        "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
        "Selects objects by their labels; all its parts must fit.",
    ),
    (
        "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
        "What every object has: name, labels, owners, times.",
    ),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference", "An object that this one belongs to."),
    (
        "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
        "The answer to a request that returns no object.",
    ),
    ("io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics", "What a node uses, as it last told."),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
        "Defines a kind of objects of your own: its names, its versions, their schemas.",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion",
        "A version of a kind: whether it is served and kept, and what its objects hold.",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps",
        "What a value may be.",
    ),
    (
        "io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics",
        "What a pod's containers use, as their node last told.",
    ),
];

/// Fields of one type: type's short name, field, sentence.
const FIELDS: &[(&str, &str, &str)] = &[
    ("Container", "args", "Arguments of the command; the image's own if empty."),
    ("Container", "command", "What to run; the image's entry point if empty. Not run in a shell."),
    ("Container", "env", "Environment variables of the container."),
    ("Container", "envFrom", "Config maps and secrets whose keys become environment variables."),
    ("Container", "image", "The image to run."),
    ("Container", "imagePullPolicy", "When the image is fetched: Always, IfNotPresent or Never."),
    ("Container", "livenessProbe", "Restarts the container when it fails."),
    ("Container", "name", "The container's name, unique in its pod."),
    ("Container", "ports", "Ports that the container listens on."),
    ("Container", "readinessProbe", "The container counts as ready while it succeeds."),
    ("Container", "resources", "What the container needs, and what it may use at most."),
    ("Container", "startupProbe", "The other probes wait until it has succeeded."),
    ("Container", "volumeMounts", "Volumes that the container sees, and where."),
    ("Container", "workingDir", "The directory in which the command starts."),
    ("ConfigMap", "binaryData", "Bytes by key, base64."),
    ("ConfigMap", "data", "Text by key."),
    ("ConfigMap", "immutable", "If true, the data can no longer be changed."),
    ("CustomResourceDefinitionSpec", "conversion", "How objects go from version to version: None."),
    ("CustomResourceDefinitionSpec", "group", "The API group of the kind."),
    ("CustomResourceDefinitionSpec", "names", "What the kind and its resource are called."),
    ("CustomResourceDefinitionSpec", "scope", "Namespaced or Cluster."),
    ("CustomResourceDefinitionSpec", "versions", "The versions; objects are kept in one of them."),
    ("DaemonSetSpec", "updateStrategy", "How old pods give way to new ones."),
    (
        "DeploymentSpec",
        "minReadySeconds",
        "How long a new pod must be ready before it counts as available.",
    ),
    ("DeploymentSpec", "paused", "While true, changes are not rolled out."),
    (
        "DeploymentSpec",
        "progressDeadlineSeconds",
        "After so long without progress the rollout counts as failed.",
    ),
    ("DeploymentSpec", "revisionHistoryLimit", "How many old versions are kept to go back to."),
    ("DeploymentSpec", "strategy", "How old pods give way to new ones."),
    (
        "PersistentVolumeClaimSpec",
        "storageClassName",
        "The class that provides the volume; the default class if it is not given.",
    ),
    ("PersistentVolumeClaimSpec", "volumeName", "The volume that the claim has."),
    ("PersistentVolumeSpec", "claimRef", "The claim that has the volume."),
    (
        "PersistentVolumeSpec",
        "persistentVolumeReclaimPolicy",
        "What becomes of the volume after its claim: Delete or Retain.",
    ),
    (
        "StatefulSetSpec",
        "persistentVolumeClaimRetentionPolicy",
        "What becomes of the claims of pods that are too many, and of all when the set goes.",
    ),
    (
        "StatefulSetSpec",
        "podManagementPolicy",
        "One pod after the other (OrderedReady), or Parallel.",
    ),
    ("StatefulSetSpec", "serviceName", "The subdomain of the pods."),
    ("StatefulSetSpec", "updateStrategy", "How old pods give way to new ones."),
    ("StatefulSetSpec", "volumeClaimTemplates", "Claims that each pod has of its own."),
    (
        "StorageClass",
        "volumeBindingMode",
        "WaitForFirstConsumer: a volume is made where its first pod is placed.",
    ),
    ("NodeSpec", "taints", "Pods that do not tolerate these stay away from the node."),
    ("NodeSpec", "unschedulable", "If true, no new pods are placed on the node."),
    ("NodeStatus", "addresses", "Where the node can be reached."),
    ("NodeStatus", "allocatable", "What pods may use of the node."),
    ("NodeStatus", "capacity", "What the node has."),
    ("NodeStatus", "nodeInfo", "Versions of what runs on the node."),
    ("NodeStateStatus", "agentVersion", "The version of the node's agent."),
    ("NodeStateStatus", "connected", "Whether the node has a link now."),
    (
        "NodeStateData",
        "capped",
        "Only orders, statuses and what an operator asks for travel until the month ends.",
    ),
    ("NodeStateData", "month", "The month that is counted."),
    (
        "NodeStateData",
        "monthBytes",
        "Bytes over the link this month, both ways, with MQTT and TLS.",
    ),
    (
        "NodeStateData",
        "receivedBytes",
        "Bytes received since the agent started, by what they were for.",
    ),
    ("NodeStateData", "sentBytes", "Bytes sent since the agent started, by what they were for."),
    ("NodeStateData", "storedBytes", "Bytes that the agent wrote to its store since it started."),
    ("NodeStateStatus", "data", "What the node counted of its data, as last told."),
    ("NodeStateHold", "by", "Who holds it: technician, or workload (by its lock file)."),
    ("NodeStateHold", "pod", "The pod that is held: namespace/name."),
    ("NodeStateHold", "reason", "Why, in their words."),
    ("NodeStateHold", "since", "Since when it is held."),
    ("NodeStateHold", "until", "Until when it is held at most."),
    ("NodeStateHold", "waiting", "Whether newer orders wait for it."),
    (
        "NodeStateStatus",
        "holds",
        "Pods that somebody on the node keeps from being stopped or replaced.",
    ),
    ("NodeStateStatus", "lastHeard", "When the node was last heard."),
    ("NodeStateStatus", "ordersHeld", "The generation of the orders that the node holds."),
    ("NodeStateStatus", "ordersMade", "The generation of the newest orders for the node."),
    ("NodeStateStatus", "pods", "How many pods the node has."),
    ("NodeStateStatus", "podsReady", "How many of them are ready."),
    ("NodeStateStatus", "refused", "Why the node refused its last orders, until it takes some."),
    ("NodeStateStatus", "settled", "Whether the node holds the orders that it shall hold."),
    ("NodeStateStatus", "since", "Since when the link is up, or down."),
    ("NodeStateStatus", "untrusted", "How many orders it refused that were not signed for it."),
    ("NodeStateStatus", "usage", "What the node last told that it uses."),
    ("ObjectMeta", "annotations", "Notes on the object that nothing selects by."),
    ("ObjectMeta", "creationTimestamp", "When the object was made."),
    ("ObjectMeta", "deletionTimestamp", "When the object is to be gone. Set by the server."),
    ("ObjectMeta", "finalizers", "The object stays, though deleted, until this list is empty."),
    ("ObjectMeta", "generateName", "A beginning from which the server makes a name of its own."),
    ("ObjectMeta", "generation", "Counts the changes of the spec. Set by the server."),
    ("ObjectMeta", "labels", "Names and values that selectors select by."),
    ("ObjectMeta", "name", "The object's name, unique among its kind in its namespace."),
    ("ObjectMeta", "namespace", "The namespace that the object is in."),
    (
        "ObjectMeta",
        "ownerReferences",
        "The objects that this one belongs to; it goes when they are gone.",
    ),
    (
        "ObjectMeta",
        "resourceVersion",
        "The version of the object. Set by the server; a write with an old one is refused.",
    ),
    ("ObjectMeta", "uid", "An identity that no other object ever has. Set by the server."),
    ("PodSpec", "affinity", "Which nodes and neighbours the pod wants or avoids."),
    ("PodSpec", "containers", "The containers of the pod; at least one."),
    ("PodSpec", "dnsPolicy", "Where the pod's name lookups go."),
    ("PodSpec", "hostNetwork", "If true, the pod uses its node's network."),
    ("PodSpec", "imagePullSecrets", "Secrets with credentials for image registries."),
    (
        "PodSpec",
        "initContainers",
        "Containers that run one after the other, and must succeed, before the others start.",
    ),
    ("PodSpec", "nodeName", "The node that the pod is on. Normally set by the scheduler."),
    ("PodSpec", "nodeSelector", "Labels that the node must have."),
    (
        "PodSpec",
        "restartPolicy",
        "When containers that ended are started again: Always, OnFailure or Never.",
    ),
    ("PodSpec", "securityContext", "Privileges and identities of all containers of the pod."),
    ("PodSpec", "terminationGracePeriodSeconds", "How long containers have to stop by themselves."),
    ("PodSpec", "tolerations", "Taints that the pod puts up with."),
    ("PodSpec", "topologySpreadConstraints", "How pods are spread over nodes, sites or zones."),
    ("PodSpec", "volumes", "Directories that the pod's containers can mount."),
    ("PodStatus", "containerStatuses", "What each container is doing."),
    ("PodStatus", "hostIP", "The address of the pod's node."),
    ("PodStatus", "phase", "Pending, Running, Succeeded, Failed or Unknown."),
    ("PodStatus", "podIP", "The pod's address."),
    ("PodStatus", "startTime", "When the node took the pod on."),
    ("ResourceRequirements", "limits", "What may be used at most."),
    ("ResourceRequirements", "requests", "What is needed, and kept free for the pod."),
    ("Secret", "data", "Bytes by key, base64."),
    ("Secret", "stringData", "Text by key; becomes part of the data when it is written."),
    ("Secret", "type", "What the secret is for; some types demand certain keys."),
];

/// Fields that mean the same everywhere.
const COMMON: &[(&str, &str)] = &[
    ("apiVersion", "The group and version that the object is written in."),
    ("conditions", "What is known of the state, one condition a type."),
    ("kind", "What the object is."),
    ("metadata", "Name, labels, annotations, and what the server keeps with an object."),
    ("observedGeneration", "The generation that the status speaks of."),
    ("replicas", "How many pods."),
    ("selector", "Which pods, by their labels."),
    ("spec", "What is wanted."),
    ("status", "What is. Set by the server."),
    ("template", "What the pods are made from."),
];

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::schema::{own, table};

    #[test]
    fn no_word_is_about_nothing() {
        for line in WORDS.lines().filter(|l| !l.starts_with(['#', '*'])) {
            let (what, text) = line.split_once(' ').expect(line);
            let (of, field) = what.split_once('.').unwrap_or((what, ""));
            let mut named = table::TYPES.iter().chain(own::TYPES).filter(|t| t.short_name() == of);
            let known = named.any(|t| field.is_empty() || t.field(field).is_some());
            assert!(known && text.ends_with('.'), "{line}");
        }
    }
}
