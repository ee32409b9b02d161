//! The numbers of the rows, in the order of the table.

use super::KindId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $n:literal,)*) => {
        $($(#[$doc])* pub const $name: KindId = KindId($n);)*
    };
}

ids! {
    /// v1 Namespace
    NAMESPACE = 0,
    /// v1 Node
    NODE = 1,
    /// v1 Pod
    POD = 2,
    /// v1 ConfigMap
    CONFIG_MAP = 3,
    /// v1 Secret
    SECRET = 4,
    /// v1 Event
    EVENT = 5,
    /// apps/v1 ReplicaSet
    REPLICA_SET = 6,
    /// apps/v1 Deployment
    DEPLOYMENT = 7,
    /// apps/v1 DaemonSet
    DAEMON_SET = 8,
    /// apps/v1 ControllerRevision
    CONTROLLER_REVISION = 9,
    /// coordination.k8s.io/v1 Lease
    LEASE = 10,
    /// metrics.k8s.io/v1beta1 NodeMetrics (virtual)
    NODE_METRICS = 11,
    /// metrics.k8s.io/v1beta1 PodMetrics (virtual)
    POD_METRICS = 12,
    /// driftless.dev/v1 NodeState (virtual)
    NODE_STATE = 13,
    /// apiextensions.k8s.io/v1 CustomResourceDefinition
    CUSTOM_RESOURCE_DEFINITION = 14,
    /// apps/v1 StatefulSet
    STATEFUL_SET = 15,
    /// policy/v1 PodDisruptionBudget
    POD_DISRUPTION_BUDGET = 16,
    /// v1 Service
    SERVICE = 17,
    /// v1 Endpoints
    ENDPOINTS = 18,
    /// discovery.k8s.io/v1 EndpointSlice
    ENDPOINT_SLICE = 19,
    /// v1 ServiceAccount
    SERVICE_ACCOUNT = 20,
    /// autoscaling/v2 HorizontalPodAutoscaler
    HORIZONTAL_POD_AUTOSCALER = 21,
    /// networking.k8s.io/v1 Ingress
    INGRESS = 22,
    /// networking.k8s.io/v1 IngressClass
    INGRESS_CLASS = 23,
    /// networking.k8s.io/v1 NetworkPolicy
    NETWORK_POLICY = 24,
    /// v1 PersistentVolumeClaim
    PERSISTENT_VOLUME_CLAIM = 25,
    /// v1 PersistentVolume
    PERSISTENT_VOLUME = 26,
    /// storage.k8s.io/v1 StorageClass
    STORAGE_CLASS = 27,
    /// batch/v1 Job
    JOB = 28,
    /// batch/v1 CronJob
    CRON_JOB = 29,
    /// scheduling.k8s.io/v1 PriorityClass
    PRIORITY_CLASS = 30,
    /// v1 LimitRange
    LIMIT_RANGE = 31,
    /// v1 ResourceQuota
    RESOURCE_QUOTA = 32,
    /// rbac.authorization.k8s.io/v1 Role
    ROLE = 33,
    /// rbac.authorization.k8s.io/v1 ClusterRole
    CLUSTER_ROLE = 34,
    /// rbac.authorization.k8s.io/v1 RoleBinding
    ROLE_BINDING = 35,
    /// rbac.authorization.k8s.io/v1 ClusterRoleBinding
    CLUSTER_ROLE_BINDING = 36,
    /// driftless.dev/v1 ApiToken
    API_TOKEN = 37,
    /// driftless.dev/v1 JoinToken
    JOIN_TOKEN = 38,
    /// driftless.dev/v1 NodeIdentity
    NODE_IDENTITY = 39,
    /// driftless.dev/v1 RolloutPolicy
    ROLLOUT_POLICY = 40,
    /// driftless.dev/v1 Rollout
    ROLLOUT = 41,
}
