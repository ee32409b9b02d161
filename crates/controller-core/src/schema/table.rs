//! Written by tools/schema/generate.py: change that, never this file.
//! Facts of Kubernetes 1.36.

use super::{EMITTED, Form, Inlined, List, NONE, OPTIONAL, POINTER, REQUIRED, Root, Rules, Type, f};

/// The kinds that may stand as a whole object, sorted by group version and kind.
pub(super) static ROOTS: &[Root] = &[
    Root { api_version: "apps/v1", kind: "ControllerRevision", of: &APPS_V1_CONTROLLER_REVISION },
    Root { api_version: "apps/v1", kind: "DaemonSet", of: &APPS_V1_DAEMON_SET },
    Root { api_version: "apps/v1", kind: "Deployment", of: &APPS_V1_DEPLOYMENT },
    Root { api_version: "apps/v1", kind: "ReplicaSet", of: &APPS_V1_REPLICA_SET },
    Root { api_version: "apps/v1", kind: "StatefulSet", of: &APPS_V1_STATEFUL_SET },
    Root { api_version: "authentication.k8s.io/v1", kind: "SelfSubjectReview", of: &AUTHENTICATION_V1_SELF_SUBJECT_REVIEW },
    Root { api_version: "authentication.k8s.io/v1", kind: "TokenRequest", of: &AUTHENTICATION_V1_TOKEN_REQUEST },
    Root { api_version: "authentication.k8s.io/v1", kind: "TokenReview", of: &AUTHENTICATION_V1_TOKEN_REVIEW },
    Root { api_version: "authorization.k8s.io/v1", kind: "LocalSubjectAccessReview", of: &AUTHORIZATION_V1_LOCAL_SUBJECT_ACCESS_REVIEW },
    Root { api_version: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", of: &AUTHORIZATION_V1_SELF_SUBJECT_ACCESS_REVIEW },
    Root { api_version: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", of: &AUTHORIZATION_V1_SELF_SUBJECT_RULES_REVIEW },
    Root { api_version: "authorization.k8s.io/v1", kind: "SubjectAccessReview", of: &AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW },
    Root { api_version: "autoscaling/v1", kind: "HorizontalPodAutoscaler", of: &AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER },
    Root { api_version: "autoscaling/v1", kind: "Scale", of: &AUTOSCALING_V1_SCALE },
    Root { api_version: "autoscaling/v2", kind: "HorizontalPodAutoscaler", of: &AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER },
    Root { api_version: "batch/v1", kind: "CronJob", of: &BATCH_V1_CRON_JOB },
    Root { api_version: "batch/v1", kind: "Job", of: &BATCH_V1_JOB },
    Root { api_version: "batch/v1beta1", kind: "CronJob", of: &BATCH_V1BETA1_CRON_JOB },
    Root { api_version: "coordination.k8s.io/v1", kind: "Lease", of: &COORDINATION_V1_LEASE },
    Root { api_version: "discovery.k8s.io/v1", kind: "EndpointSlice", of: &DISCOVERY_V1_ENDPOINT_SLICE },
    Root { api_version: "events.k8s.io/v1", kind: "Event", of: &EVENTS_V1_EVENT },
    Root { api_version: "metrics.k8s.io/v1beta1", kind: "NodeMetrics", of: &METRICS_V1BETA1_NODE_METRICS },
    Root { api_version: "metrics.k8s.io/v1beta1", kind: "PodMetrics", of: &METRICS_V1BETA1_POD_METRICS },
    Root { api_version: "networking.k8s.io/v1", kind: "Ingress", of: &NETWORKING_V1_INGRESS },
    Root { api_version: "networking.k8s.io/v1", kind: "IngressClass", of: &NETWORKING_V1_INGRESS_CLASS },
    Root { api_version: "networking.k8s.io/v1", kind: "NetworkPolicy", of: &NETWORKING_V1_NETWORK_POLICY },
    Root { api_version: "node.k8s.io/v1", kind: "RuntimeClass", of: &NODE_V1_RUNTIME_CLASS },
    Root { api_version: "policy/v1", kind: "Eviction", of: &POLICY_V1_EVICTION },
    Root { api_version: "policy/v1", kind: "PodDisruptionBudget", of: &POLICY_V1_POD_DISRUPTION_BUDGET },
    Root { api_version: "policy/v1beta1", kind: "Eviction", of: &POLICY_V1BETA1_EVICTION },
    Root { api_version: "policy/v1beta1", kind: "PodDisruptionBudget", of: &POLICY_V1BETA1_POD_DISRUPTION_BUDGET },
    Root { api_version: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", of: &RBAC_V1_CLUSTER_ROLE },
    Root { api_version: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", of: &RBAC_V1_CLUSTER_ROLE_BINDING },
    Root { api_version: "rbac.authorization.k8s.io/v1", kind: "Role", of: &RBAC_V1_ROLE },
    Root { api_version: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", of: &RBAC_V1_ROLE_BINDING },
    Root { api_version: "scheduling.k8s.io/v1", kind: "PriorityClass", of: &SCHEDULING_V1_PRIORITY_CLASS },
    Root { api_version: "storage.k8s.io/v1", kind: "StorageClass", of: &STORAGE_V1_STORAGE_CLASS },
    Root { api_version: "v1", kind: "Binding", of: &CORE_V1_BINDING },
    Root { api_version: "v1", kind: "ConfigMap", of: &CORE_V1_CONFIG_MAP },
    Root { api_version: "v1", kind: "DeleteOptions", of: &META_V1_DELETE_OPTIONS },
    Root { api_version: "v1", kind: "Endpoints", of: &CORE_V1_ENDPOINTS },
    Root { api_version: "v1", kind: "Event", of: &CORE_V1_EVENT },
    Root { api_version: "v1", kind: "LimitRange", of: &CORE_V1_LIMIT_RANGE },
    Root { api_version: "v1", kind: "Namespace", of: &CORE_V1_NAMESPACE },
    Root { api_version: "v1", kind: "Node", of: &CORE_V1_NODE },
    Root { api_version: "v1", kind: "PersistentVolume", of: &CORE_V1_PERSISTENT_VOLUME },
    Root { api_version: "v1", kind: "PersistentVolumeClaim", of: &CORE_V1_PERSISTENT_VOLUME_CLAIM },
    Root { api_version: "v1", kind: "Pod", of: &CORE_V1_POD },
    Root { api_version: "v1", kind: "PodTemplate", of: &CORE_V1_POD_TEMPLATE },
    Root { api_version: "v1", kind: "ReplicationController", of: &CORE_V1_REPLICATION_CONTROLLER },
    Root { api_version: "v1", kind: "ResourceQuota", of: &CORE_V1_RESOURCE_QUOTA },
    Root { api_version: "v1", kind: "Secret", of: &CORE_V1_SECRET },
    Root { api_version: "v1", kind: "Service", of: &CORE_V1_SERVICE },
    Root { api_version: "v1", kind: "ServiceAccount", of: &CORE_V1_SERVICE_ACCOUNT },
    Root { api_version: "v1", kind: "Status", of: &META_V1_STATUS },
];

/// Every type, sorted by name.
pub(super) static TYPES: &[&Type] = &[
    &APPS_V1_CONTROLLER_REVISION,
    &APPS_V1_DAEMON_SET,
    &APPS_V1_DAEMON_SET_CONDITION,
    &APPS_V1_DAEMON_SET_SPEC,
    &APPS_V1_DAEMON_SET_STATUS,
    &APPS_V1_DAEMON_SET_UPDATE_STRATEGY,
    &APPS_V1_DEPLOYMENT,
    &APPS_V1_DEPLOYMENT_CONDITION,
    &APPS_V1_DEPLOYMENT_SPEC,
    &APPS_V1_DEPLOYMENT_STATUS,
    &APPS_V1_DEPLOYMENT_STRATEGY,
    &APPS_V1_REPLICA_SET,
    &APPS_V1_REPLICA_SET_CONDITION,
    &APPS_V1_REPLICA_SET_SPEC,
    &APPS_V1_REPLICA_SET_STATUS,
    &APPS_V1_ROLLING_UPDATE_DAEMON_SET,
    &APPS_V1_ROLLING_UPDATE_DEPLOYMENT,
    &APPS_V1_ROLLING_UPDATE_STATEFUL_SET_STRATEGY,
    &APPS_V1_STATEFUL_SET,
    &APPS_V1_STATEFUL_SET_CONDITION,
    &APPS_V1_STATEFUL_SET_ORDINALS,
    &APPS_V1_STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY,
    &APPS_V1_STATEFUL_SET_SPEC,
    &APPS_V1_STATEFUL_SET_STATUS,
    &APPS_V1_STATEFUL_SET_UPDATE_STRATEGY,
    &AUTHENTICATION_V1_BOUND_OBJECT_REFERENCE,
    &AUTHENTICATION_V1_SELF_SUBJECT_REVIEW,
    &AUTHENTICATION_V1_SELF_SUBJECT_REVIEW_STATUS,
    &AUTHENTICATION_V1_TOKEN_REQUEST,
    &AUTHENTICATION_V1_TOKEN_REQUEST_SPEC,
    &AUTHENTICATION_V1_TOKEN_REQUEST_STATUS,
    &AUTHENTICATION_V1_TOKEN_REVIEW,
    &AUTHENTICATION_V1_TOKEN_REVIEW_SPEC,
    &AUTHENTICATION_V1_TOKEN_REVIEW_STATUS,
    &AUTHENTICATION_V1_USER_INFO,
    &AUTHORIZATION_V1_FIELD_SELECTOR_ATTRIBUTES,
    &AUTHORIZATION_V1_LABEL_SELECTOR_ATTRIBUTES,
    &AUTHORIZATION_V1_LOCAL_SUBJECT_ACCESS_REVIEW,
    &AUTHORIZATION_V1_NON_RESOURCE_ATTRIBUTES,
    &AUTHORIZATION_V1_NON_RESOURCE_RULE,
    &AUTHORIZATION_V1_RESOURCE_ATTRIBUTES,
    &AUTHORIZATION_V1_RESOURCE_RULE,
    &AUTHORIZATION_V1_SELF_SUBJECT_ACCESS_REVIEW,
    &AUTHORIZATION_V1_SELF_SUBJECT_ACCESS_REVIEW_SPEC,
    &AUTHORIZATION_V1_SELF_SUBJECT_RULES_REVIEW,
    &AUTHORIZATION_V1_SELF_SUBJECT_RULES_REVIEW_SPEC,
    &AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW,
    &AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_SPEC,
    &AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_STATUS,
    &AUTHORIZATION_V1_SUBJECT_RULES_REVIEW_STATUS,
    &AUTOSCALING_V1_CROSS_VERSION_OBJECT_REFERENCE,
    &AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER,
    &AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER_SPEC,
    &AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER_STATUS,
    &AUTOSCALING_V1_SCALE,
    &AUTOSCALING_V1_SCALE_SPEC,
    &AUTOSCALING_V1_SCALE_STATUS,
    &AUTOSCALING_V2_CONTAINER_RESOURCE_METRIC_SOURCE,
    &AUTOSCALING_V2_CONTAINER_RESOURCE_METRIC_STATUS,
    &AUTOSCALING_V2_CROSS_VERSION_OBJECT_REFERENCE,
    &AUTOSCALING_V2_EXTERNAL_METRIC_SOURCE,
    &AUTOSCALING_V2_EXTERNAL_METRIC_STATUS,
    &AUTOSCALING_V2_HPASCALING_POLICY,
    &AUTOSCALING_V2_HPASCALING_RULES,
    &AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER,
    &AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_BEHAVIOR,
    &AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_CONDITION,
    &AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_SPEC,
    &AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_STATUS,
    &AUTOSCALING_V2_METRIC_IDENTIFIER,
    &AUTOSCALING_V2_METRIC_SPEC,
    &AUTOSCALING_V2_METRIC_STATUS,
    &AUTOSCALING_V2_METRIC_TARGET,
    &AUTOSCALING_V2_METRIC_VALUE_STATUS,
    &AUTOSCALING_V2_OBJECT_METRIC_SOURCE,
    &AUTOSCALING_V2_OBJECT_METRIC_STATUS,
    &AUTOSCALING_V2_PODS_METRIC_SOURCE,
    &AUTOSCALING_V2_PODS_METRIC_STATUS,
    &AUTOSCALING_V2_RESOURCE_METRIC_SOURCE,
    &AUTOSCALING_V2_RESOURCE_METRIC_STATUS,
    &BATCH_V1_CRON_JOB,
    &BATCH_V1_CRON_JOB_SPEC,
    &BATCH_V1_CRON_JOB_STATUS,
    &BATCH_V1_JOB,
    &BATCH_V1_JOB_CONDITION,
    &BATCH_V1_JOB_SPEC,
    &BATCH_V1_JOB_STATUS,
    &BATCH_V1_JOB_TEMPLATE_SPEC,
    &BATCH_V1_POD_FAILURE_POLICY,
    &BATCH_V1_POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT,
    &BATCH_V1_POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN,
    &BATCH_V1_POD_FAILURE_POLICY_RULE,
    &BATCH_V1_SUCCESS_POLICY,
    &BATCH_V1_SUCCESS_POLICY_RULE,
    &BATCH_V1_UNCOUNTED_TERMINATED_PODS,
    &BATCH_V1BETA1_CRON_JOB,
    &BATCH_V1BETA1_CRON_JOB_SPEC,
    &BATCH_V1BETA1_CRON_JOB_STATUS,
    &BATCH_V1BETA1_JOB_TEMPLATE_SPEC,
    &COORDINATION_V1_LEASE,
    &COORDINATION_V1_LEASE_SPEC,
    &CORE_V1_AWSELASTIC_BLOCK_STORE_VOLUME_SOURCE,
    &CORE_V1_AFFINITY,
    &CORE_V1_APP_ARMOR_PROFILE,
    &CORE_V1_ATTACHED_VOLUME,
    &CORE_V1_AZURE_DISK_VOLUME_SOURCE,
    &CORE_V1_AZURE_FILE_PERSISTENT_VOLUME_SOURCE,
    &CORE_V1_AZURE_FILE_VOLUME_SOURCE,
    &CORE_V1_BINDING,
    &CORE_V1_CSIPERSISTENT_VOLUME_SOURCE,
    &CORE_V1_CSIVOLUME_SOURCE,
    &CORE_V1_CAPABILITIES,
    &CORE_V1_CEPH_FSPERSISTENT_VOLUME_SOURCE,
    &CORE_V1_CEPH_FSVOLUME_SOURCE,
    &CORE_V1_CINDER_PERSISTENT_VOLUME_SOURCE,
    &CORE_V1_CINDER_VOLUME_SOURCE,
    &CORE_V1_CLIENT_IPCONFIG,
    &CORE_V1_CLUSTER_TRUST_BUNDLE_PROJECTION,
    &CORE_V1_CONFIG_MAP,
    &CORE_V1_CONFIG_MAP_ENV_SOURCE,
    &CORE_V1_CONFIG_MAP_KEY_SELECTOR,
    &CORE_V1_CONFIG_MAP_NODE_CONFIG_SOURCE,
    &CORE_V1_CONFIG_MAP_PROJECTION,
    &CORE_V1_CONFIG_MAP_VOLUME_SOURCE,
    &CORE_V1_CONTAINER,
    &CORE_V1_CONTAINER_EXTENDED_RESOURCE_REQUEST,
    &CORE_V1_CONTAINER_IMAGE,
    &CORE_V1_CONTAINER_PORT,
    &CORE_V1_CONTAINER_RESIZE_POLICY,
    &CORE_V1_CONTAINER_RESTART_RULE,
    &CORE_V1_CONTAINER_RESTART_RULE_ON_EXIT_CODES,
    &CORE_V1_CONTAINER_STATE,
    &CORE_V1_CONTAINER_STATE_RUNNING,
    &CORE_V1_CONTAINER_STATE_TERMINATED,
    &CORE_V1_CONTAINER_STATE_WAITING,
    &CORE_V1_CONTAINER_STATUS,
    &CORE_V1_CONTAINER_USER,
    &CORE_V1_DAEMON_ENDPOINT,
    &CORE_V1_DOWNWARD_APIPROJECTION,
    &CORE_V1_DOWNWARD_APIVOLUME_FILE,
    &CORE_V1_DOWNWARD_APIVOLUME_SOURCE,
    &CORE_V1_EMPTY_DIR_VOLUME_SOURCE,
    &CORE_V1_ENDPOINT_ADDRESS,
    &CORE_V1_ENDPOINT_PORT,
    &CORE_V1_ENDPOINT_SUBSET,
    &CORE_V1_ENDPOINTS,
    &CORE_V1_ENV_FROM_SOURCE,
    &CORE_V1_ENV_VAR,
    &CORE_V1_ENV_VAR_SOURCE,
    &CORE_V1_EPHEMERAL_CONTAINER,
    &CORE_V1_EPHEMERAL_CONTAINER_COMMON,
    &CORE_V1_EPHEMERAL_VOLUME_SOURCE,
    &CORE_V1_EVENT,
    &CORE_V1_EVENT_SERIES,
    &CORE_V1_EVENT_SOURCE,
    &CORE_V1_EXEC_ACTION,
    &CORE_V1_FCVOLUME_SOURCE,
    &CORE_V1_FILE_KEY_SELECTOR,
    &CORE_V1_FLEX_PERSISTENT_VOLUME_SOURCE,
    &CORE_V1_FLEX_VOLUME_SOURCE,
    &CORE_V1_FLOCKER_VOLUME_SOURCE,
    &CORE_V1_GCEPERSISTENT_DISK_VOLUME_SOURCE,
    &CORE_V1_GRPCACTION,
    &CORE_V1_GIT_REPO_VOLUME_SOURCE,
    &CORE_V1_GLUSTERFS_PERSISTENT_VOLUME_SOURCE,
    &CORE_V1_GLUSTERFS_VOLUME_SOURCE,
    &CORE_V1_HTTPGET_ACTION,
    &CORE_V1_HTTPHEADER,
    &CORE_V1_HOST_ALIAS,
    &CORE_V1_HOST_IP,
    &CORE_V1_HOST_PATH_VOLUME_SOURCE,
    &CORE_V1_ISCSIPERSISTENT_VOLUME_SOURCE,
    &CORE_V1_ISCSIVOLUME_SOURCE,
    &CORE_V1_IMAGE_VOLUME_SOURCE,
    &CORE_V1_IMAGE_VOLUME_STATUS,
    &CORE_V1_KEY_TO_PATH,
    &CORE_V1_LIFECYCLE,
    &CORE_V1_LIFECYCLE_HANDLER,
    &CORE_V1_LIMIT_RANGE,
    &CORE_V1_LIMIT_RANGE_ITEM,
    &CORE_V1_LIMIT_RANGE_SPEC,
    &CORE_V1_LINUX_CONTAINER_USER,
    &CORE_V1_LOAD_BALANCER_INGRESS,
    &CORE_V1_LOAD_BALANCER_STATUS,
    &CORE_V1_LOCAL_OBJECT_REFERENCE,
    &CORE_V1_LOCAL_VOLUME_SOURCE,
    &CORE_V1_MODIFY_VOLUME_STATUS,
    &CORE_V1_NFSVOLUME_SOURCE,
    &CORE_V1_NAMESPACE,
    &CORE_V1_NAMESPACE_CONDITION,
    &CORE_V1_NAMESPACE_SPEC,
    &CORE_V1_NAMESPACE_STATUS,
    &CORE_V1_NODE,
    &CORE_V1_NODE_ADDRESS,
    &CORE_V1_NODE_AFFINITY,
    &CORE_V1_NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS,
    &CORE_V1_NODE_CONDITION,
    &CORE_V1_NODE_CONFIG_SOURCE,
    &CORE_V1_NODE_CONFIG_STATUS,
    &CORE_V1_NODE_DAEMON_ENDPOINTS,
    &CORE_V1_NODE_FEATURES,
    &CORE_V1_NODE_RUNTIME_HANDLER,
    &CORE_V1_NODE_RUNTIME_HANDLER_FEATURES,
    &CORE_V1_NODE_SELECTOR,
    &CORE_V1_NODE_SELECTOR_REQUIREMENT,
    &CORE_V1_NODE_SELECTOR_TERM,
    &CORE_V1_NODE_SPEC,
    &CORE_V1_NODE_STATUS,
    &CORE_V1_NODE_SWAP_STATUS,
    &CORE_V1_NODE_SYSTEM_INFO,
    &CORE_V1_OBJECT_FIELD_SELECTOR,
    &CORE_V1_OBJECT_REFERENCE,
    &CORE_V1_PERSISTENT_VOLUME,
    &CORE_V1_PERSISTENT_VOLUME_CLAIM,
    &CORE_V1_PERSISTENT_VOLUME_CLAIM_CONDITION,
    &CORE_V1_PERSISTENT_VOLUME_CLAIM_SPEC,
    &CORE_V1_PERSISTENT_VOLUME_CLAIM_STATUS,
    &CORE_V1_PERSISTENT_VOLUME_CLAIM_TEMPLATE,
    &CORE_V1_PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE,
    &CORE_V1_PERSISTENT_VOLUME_SOURCE,
    &CORE_V1_PERSISTENT_VOLUME_SPEC,
    &CORE_V1_PERSISTENT_VOLUME_STATUS,
    &CORE_V1_PHOTON_PERSISTENT_DISK_VOLUME_SOURCE,
    &CORE_V1_POD,
    &CORE_V1_POD_AFFINITY,
    &CORE_V1_POD_AFFINITY_TERM,
    &CORE_V1_POD_ANTI_AFFINITY,
    &CORE_V1_POD_CERTIFICATE_PROJECTION,
    &CORE_V1_POD_CONDITION,
    &CORE_V1_POD_DNSCONFIG,
    &CORE_V1_POD_DNSCONFIG_OPTION,
    &CORE_V1_POD_EXTENDED_RESOURCE_CLAIM_STATUS,
    &CORE_V1_POD_IP,
    &CORE_V1_POD_OS,
    &CORE_V1_POD_READINESS_GATE,
    &CORE_V1_POD_RESOURCE_CLAIM,
    &CORE_V1_POD_RESOURCE_CLAIM_STATUS,
    &CORE_V1_POD_SCHEDULING_GATE,
    &CORE_V1_POD_SCHEDULING_GROUP,
    &CORE_V1_POD_SECURITY_CONTEXT,
    &CORE_V1_POD_SPEC,
    &CORE_V1_POD_STATUS,
    &CORE_V1_POD_TEMPLATE,
    &CORE_V1_POD_TEMPLATE_SPEC,
    &CORE_V1_PORT_STATUS,
    &CORE_V1_PORTWORX_VOLUME_SOURCE,
    &CORE_V1_PREFERRED_SCHEDULING_TERM,
    &CORE_V1_PROBE,
    &CORE_V1_PROBE_HANDLER,
    &CORE_V1_PROJECTED_VOLUME_SOURCE,
    &CORE_V1_QUOBYTE_VOLUME_SOURCE,
    &CORE_V1_RBDPERSISTENT_VOLUME_SOURCE,
    &CORE_V1_RBDVOLUME_SOURCE,
    &CORE_V1_REPLICATION_CONTROLLER,
    &CORE_V1_REPLICATION_CONTROLLER_CONDITION,
    &CORE_V1_REPLICATION_CONTROLLER_SPEC,
    &CORE_V1_REPLICATION_CONTROLLER_STATUS,
    &CORE_V1_RESOURCE_CLAIM,
    &CORE_V1_RESOURCE_FIELD_SELECTOR,
    &CORE_V1_RESOURCE_HEALTH,
    &CORE_V1_RESOURCE_QUOTA,
    &CORE_V1_RESOURCE_QUOTA_SPEC,
    &CORE_V1_RESOURCE_QUOTA_STATUS,
    &CORE_V1_RESOURCE_REQUIREMENTS,
    &CORE_V1_RESOURCE_STATUS,
    &CORE_V1_SELINUX_OPTIONS,
    &CORE_V1_SCALE_IOPERSISTENT_VOLUME_SOURCE,
    &CORE_V1_SCALE_IOVOLUME_SOURCE,
    &CORE_V1_SCOPE_SELECTOR,
    &CORE_V1_SCOPED_RESOURCE_SELECTOR_REQUIREMENT,
    &CORE_V1_SECCOMP_PROFILE,
    &CORE_V1_SECRET,
    &CORE_V1_SECRET_ENV_SOURCE,
    &CORE_V1_SECRET_KEY_SELECTOR,
    &CORE_V1_SECRET_PROJECTION,
    &CORE_V1_SECRET_REFERENCE,
    &CORE_V1_SECRET_VOLUME_SOURCE,
    &CORE_V1_SECURITY_CONTEXT,
    &CORE_V1_SERVICE,
    &CORE_V1_SERVICE_ACCOUNT,
    &CORE_V1_SERVICE_ACCOUNT_TOKEN_PROJECTION,
    &CORE_V1_SERVICE_PORT,
    &CORE_V1_SERVICE_SPEC,
    &CORE_V1_SERVICE_STATUS,
    &CORE_V1_SESSION_AFFINITY_CONFIG,
    &CORE_V1_SLEEP_ACTION,
    &CORE_V1_STORAGE_OSPERSISTENT_VOLUME_SOURCE,
    &CORE_V1_STORAGE_OSVOLUME_SOURCE,
    &CORE_V1_SYSCTL,
    &CORE_V1_TCPSOCKET_ACTION,
    &CORE_V1_TAINT,
    &CORE_V1_TOLERATION,
    &CORE_V1_TOPOLOGY_SELECTOR_LABEL_REQUIREMENT,
    &CORE_V1_TOPOLOGY_SELECTOR_TERM,
    &CORE_V1_TOPOLOGY_SPREAD_CONSTRAINT,
    &CORE_V1_TYPED_LOCAL_OBJECT_REFERENCE,
    &CORE_V1_TYPED_OBJECT_REFERENCE,
    &CORE_V1_VOLUME,
    &CORE_V1_VOLUME_DEVICE,
    &CORE_V1_VOLUME_MOUNT,
    &CORE_V1_VOLUME_MOUNT_STATUS,
    &CORE_V1_VOLUME_NODE_AFFINITY,
    &CORE_V1_VOLUME_PROJECTION,
    &CORE_V1_VOLUME_RESOURCE_REQUIREMENTS,
    &CORE_V1_VOLUME_SOURCE,
    &CORE_V1_VOLUME_STATUS,
    &CORE_V1_VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE,
    &CORE_V1_WEIGHTED_POD_AFFINITY_TERM,
    &CORE_V1_WINDOWS_SECURITY_CONTEXT_OPTIONS,
    &DISCOVERY_V1_ENDPOINT,
    &DISCOVERY_V1_ENDPOINT_CONDITIONS,
    &DISCOVERY_V1_ENDPOINT_HINTS,
    &DISCOVERY_V1_ENDPOINT_PORT,
    &DISCOVERY_V1_ENDPOINT_SLICE,
    &DISCOVERY_V1_FOR_NODE,
    &DISCOVERY_V1_FOR_ZONE,
    &EVENTS_V1_EVENT,
    &EVENTS_V1_EVENT_SERIES,
    &NETWORKING_V1_HTTPINGRESS_PATH,
    &NETWORKING_V1_HTTPINGRESS_RULE_VALUE,
    &NETWORKING_V1_IPBLOCK,
    &NETWORKING_V1_INGRESS,
    &NETWORKING_V1_INGRESS_BACKEND,
    &NETWORKING_V1_INGRESS_CLASS,
    &NETWORKING_V1_INGRESS_CLASS_PARAMETERS_REFERENCE,
    &NETWORKING_V1_INGRESS_CLASS_SPEC,
    &NETWORKING_V1_INGRESS_LOAD_BALANCER_INGRESS,
    &NETWORKING_V1_INGRESS_LOAD_BALANCER_STATUS,
    &NETWORKING_V1_INGRESS_PORT_STATUS,
    &NETWORKING_V1_INGRESS_RULE,
    &NETWORKING_V1_INGRESS_RULE_VALUE,
    &NETWORKING_V1_INGRESS_SERVICE_BACKEND,
    &NETWORKING_V1_INGRESS_SPEC,
    &NETWORKING_V1_INGRESS_STATUS,
    &NETWORKING_V1_INGRESS_TLS,
    &NETWORKING_V1_NETWORK_POLICY,
    &NETWORKING_V1_NETWORK_POLICY_EGRESS_RULE,
    &NETWORKING_V1_NETWORK_POLICY_INGRESS_RULE,
    &NETWORKING_V1_NETWORK_POLICY_PEER,
    &NETWORKING_V1_NETWORK_POLICY_PORT,
    &NETWORKING_V1_NETWORK_POLICY_SPEC,
    &NETWORKING_V1_SERVICE_BACKEND_PORT,
    &NODE_V1_OVERHEAD,
    &NODE_V1_RUNTIME_CLASS,
    &NODE_V1_SCHEDULING,
    &POLICY_V1_EVICTION,
    &POLICY_V1_POD_DISRUPTION_BUDGET,
    &POLICY_V1_POD_DISRUPTION_BUDGET_SPEC,
    &POLICY_V1_POD_DISRUPTION_BUDGET_STATUS,
    &POLICY_V1BETA1_EVICTION,
    &POLICY_V1BETA1_POD_DISRUPTION_BUDGET,
    &POLICY_V1BETA1_POD_DISRUPTION_BUDGET_SPEC,
    &POLICY_V1BETA1_POD_DISRUPTION_BUDGET_STATUS,
    &RBAC_V1_AGGREGATION_RULE,
    &RBAC_V1_CLUSTER_ROLE,
    &RBAC_V1_CLUSTER_ROLE_BINDING,
    &RBAC_V1_POLICY_RULE,
    &RBAC_V1_ROLE,
    &RBAC_V1_ROLE_BINDING,
    &RBAC_V1_ROLE_REF,
    &RBAC_V1_SUBJECT,
    &SCHEDULING_V1_PRIORITY_CLASS,
    &STORAGE_V1_STORAGE_CLASS,
    &META_V1_CONDITION,
    &META_V1_DELETE_OPTIONS,
    &META_V1_FIELD_SELECTOR_REQUIREMENT,
    &META_V1_LABEL_SELECTOR,
    &META_V1_LABEL_SELECTOR_REQUIREMENT,
    &META_V1_LIST_META,
    &META_V1_MANAGED_FIELDS_ENTRY,
    &META_V1_OBJECT_META,
    &META_V1_OWNER_REFERENCE,
    &META_V1_PRECONDITIONS,
    &META_V1_SHARD_INFO,
    &META_V1_STATUS,
    &META_V1_STATUS_CAUSE,
    &META_V1_STATUS_DETAILS,
    &METRICS_V1BETA1_CONTAINER_METRICS,
    &METRICS_V1BETA1_NODE_METRICS,
    &METRICS_V1BETA1_POD_METRICS,
];

pub(super) static APPS_V1_CONTROLLER_REVISION: Type = Type { name: "io.k8s.api.apps.v1.ControllerRevision", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("data", 2, OPTIONAL, Form::Raw, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("revision", 3, REQUIRED | EMITTED, Form::Int64, &NONE),
    ] };

pub(super) static APPS_V1_DAEMON_SET: Type = Type { name: "io.k8s.api.apps.v1.DaemonSet", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&APPS_V1_DAEMON_SET_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&APPS_V1_DAEMON_SET_STATUS), &NONE),
    ] };

pub(super) static APPS_V1_DAEMON_SET_CONDITION: Type = Type { name: "io.k8s.api.apps.v1.DaemonSetCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 3, OPTIONAL, Form::Time, &NONE),
        f("message", 5, OPTIONAL, Form::String, &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static APPS_V1_DAEMON_SET_SPEC: Type = Type { name: "io.k8s.api.apps.v1.DaemonSetSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("minReadySeconds", 4, OPTIONAL, Form::Int32, &NONE),
        f("revisionHistoryLimit", 6, POINTER, Form::Int32, &NONE),
        f("selector", 1, REQUIRED | POINTER | EMITTED, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("template", 2, REQUIRED | EMITTED, Form::Object(&CORE_V1_POD_TEMPLATE_SPEC), &NONE),
        f("updateStrategy", 3, OPTIONAL, Form::Object(&APPS_V1_DAEMON_SET_UPDATE_STRATEGY), &NONE),
    ] };

pub(super) static APPS_V1_DAEMON_SET_STATUS: Type = Type { name: "io.k8s.api.apps.v1.DaemonSetStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("collisionCount", 9, POINTER, Form::Int32, &NONE),
        f("conditions", 10, OPTIONAL, Form::Array(&Form::Object(&APPS_V1_DAEMON_SET_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("currentNumberScheduled", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("desiredNumberScheduled", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("numberAvailable", 7, OPTIONAL, Form::Int32, &NONE),
        f("numberMisscheduled", 2, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("numberReady", 4, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("numberUnavailable", 8, OPTIONAL, Form::Int32, &NONE),
        f("observedGeneration", 5, OPTIONAL, Form::Int64, &NONE),
        f("updatedNumberScheduled", 6, OPTIONAL, Form::Int32, &NONE),
    ] };

pub(super) static APPS_V1_DAEMON_SET_UPDATE_STRATEGY: Type = Type { name: "io.k8s.api.apps.v1.DaemonSetUpdateStrategy", atomic: false,
    inlined: &[],
    fields: &[
        f("rollingUpdate", 2, POINTER, Form::Object(&APPS_V1_ROLLING_UPDATE_DAEMON_SET), &NONE),
        f("type", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static APPS_V1_DEPLOYMENT: Type = Type { name: "io.k8s.api.apps.v1.Deployment", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&APPS_V1_DEPLOYMENT_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&APPS_V1_DEPLOYMENT_STATUS), &NONE),
    ] };

pub(super) static APPS_V1_DEPLOYMENT_CONDITION: Type = Type { name: "io.k8s.api.apps.v1.DeploymentCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 7, OPTIONAL, Form::Time, &NONE),
        f("lastUpdateTime", 6, OPTIONAL, Form::Time, &NONE),
        f("message", 5, OPTIONAL, Form::String, &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static APPS_V1_DEPLOYMENT_SPEC: Type = Type { name: "io.k8s.api.apps.v1.DeploymentSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("minReadySeconds", 5, OPTIONAL, Form::Int32, &NONE),
        f("paused", 7, OPTIONAL, Form::Bool, &NONE),
        f("progressDeadlineSeconds", 9, POINTER, Form::Int32, &NONE),
        f("replicas", 1, POINTER, Form::Int32, &NONE),
        f("revisionHistoryLimit", 6, POINTER, Form::Int32, &NONE),
        f("selector", 2, REQUIRED | POINTER | EMITTED, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("strategy", 4, OPTIONAL, Form::Object(&APPS_V1_DEPLOYMENT_STRATEGY), &Rules { merge: false, retain_keys: true, replace: false, merge_key: "", list: List::Unset, list_keys: &[], atomic: false }),
        f("template", 3, REQUIRED | EMITTED, Form::Object(&CORE_V1_POD_TEMPLATE_SPEC), &NONE),
    ] };

pub(super) static APPS_V1_DEPLOYMENT_STATUS: Type = Type { name: "io.k8s.api.apps.v1.DeploymentStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("availableReplicas", 4, OPTIONAL, Form::Int32, &NONE),
        f("collisionCount", 8, POINTER, Form::Int32, &NONE),
        f("conditions", 6, OPTIONAL, Form::Array(&Form::Object(&APPS_V1_DEPLOYMENT_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("observedGeneration", 1, OPTIONAL, Form::Int64, &NONE),
        f("readyReplicas", 7, OPTIONAL, Form::Int32, &NONE),
        f("replicas", 2, OPTIONAL, Form::Int32, &NONE),
        f("terminatingReplicas", 9, POINTER, Form::Int32, &NONE),
        f("unavailableReplicas", 5, OPTIONAL, Form::Int32, &NONE),
        f("updatedReplicas", 3, OPTIONAL, Form::Int32, &NONE),
    ] };

pub(super) static APPS_V1_DEPLOYMENT_STRATEGY: Type = Type { name: "io.k8s.api.apps.v1.DeploymentStrategy", atomic: false,
    inlined: &[],
    fields: &[
        f("rollingUpdate", 2, POINTER, Form::Object(&APPS_V1_ROLLING_UPDATE_DEPLOYMENT), &NONE),
        f("type", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static APPS_V1_REPLICA_SET: Type = Type { name: "io.k8s.api.apps.v1.ReplicaSet", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&APPS_V1_REPLICA_SET_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&APPS_V1_REPLICA_SET_STATUS), &NONE),
    ] };

pub(super) static APPS_V1_REPLICA_SET_CONDITION: Type = Type { name: "io.k8s.api.apps.v1.ReplicaSetCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 3, OPTIONAL, Form::Time, &NONE),
        f("message", 5, OPTIONAL, Form::String, &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static APPS_V1_REPLICA_SET_SPEC: Type = Type { name: "io.k8s.api.apps.v1.ReplicaSetSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("minReadySeconds", 4, OPTIONAL, Form::Int32, &NONE),
        f("replicas", 1, POINTER, Form::Int32, &NONE),
        f("selector", 2, REQUIRED | POINTER | EMITTED, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("template", 3, OPTIONAL, Form::Object(&CORE_V1_POD_TEMPLATE_SPEC), &NONE),
    ] };

pub(super) static APPS_V1_REPLICA_SET_STATUS: Type = Type { name: "io.k8s.api.apps.v1.ReplicaSetStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("availableReplicas", 5, OPTIONAL, Form::Int32, &NONE),
        f("conditions", 6, OPTIONAL, Form::Array(&Form::Object(&APPS_V1_REPLICA_SET_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("fullyLabeledReplicas", 2, OPTIONAL, Form::Int32, &NONE),
        f("observedGeneration", 3, OPTIONAL, Form::Int64, &NONE),
        f("readyReplicas", 4, OPTIONAL, Form::Int32, &NONE),
        f("replicas", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("terminatingReplicas", 7, POINTER, Form::Int32, &NONE),
    ] };

pub(super) static APPS_V1_ROLLING_UPDATE_DAEMON_SET: Type = Type { name: "io.k8s.api.apps.v1.RollingUpdateDaemonSet", atomic: false,
    inlined: &[],
    fields: &[
        f("maxSurge", 2, POINTER, Form::IntOrString, &NONE),
        f("maxUnavailable", 1, POINTER, Form::IntOrString, &NONE),
    ] };

pub(super) static APPS_V1_ROLLING_UPDATE_DEPLOYMENT: Type = Type { name: "io.k8s.api.apps.v1.RollingUpdateDeployment", atomic: false,
    inlined: &[],
    fields: &[
        f("maxSurge", 2, POINTER, Form::IntOrString, &NONE),
        f("maxUnavailable", 1, POINTER, Form::IntOrString, &NONE),
    ] };

pub(super) static APPS_V1_ROLLING_UPDATE_STATEFUL_SET_STRATEGY: Type = Type { name: "io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy", atomic: false,
    inlined: &[],
    fields: &[
        f("maxUnavailable", 2, POINTER, Form::IntOrString, &NONE),
        f("partition", 1, POINTER, Form::Int32, &NONE),
    ] };

pub(super) static APPS_V1_STATEFUL_SET: Type = Type { name: "io.k8s.api.apps.v1.StatefulSet", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&APPS_V1_STATEFUL_SET_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&APPS_V1_STATEFUL_SET_STATUS), &NONE),
    ] };

pub(super) static APPS_V1_STATEFUL_SET_CONDITION: Type = Type { name: "io.k8s.api.apps.v1.StatefulSetCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 3, OPTIONAL, Form::Time, &NONE),
        f("message", 5, OPTIONAL, Form::String, &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static APPS_V1_STATEFUL_SET_ORDINALS: Type = Type { name: "io.k8s.api.apps.v1.StatefulSetOrdinals", atomic: false,
    inlined: &[],
    fields: &[
        f("start", 1, EMITTED, Form::Int32, &NONE),
    ] };

pub(super) static APPS_V1_STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY: Type = Type { name: "io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", atomic: false,
    inlined: &[],
    fields: &[
        f("whenDeleted", 1, OPTIONAL, Form::String, &NONE),
        f("whenScaled", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static APPS_V1_STATEFUL_SET_SPEC: Type = Type { name: "io.k8s.api.apps.v1.StatefulSetSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("minReadySeconds", 9, OPTIONAL, Form::Int32, &NONE),
        f("ordinals", 11, POINTER, Form::Object(&APPS_V1_STATEFUL_SET_ORDINALS), &NONE),
        f("persistentVolumeClaimRetentionPolicy", 10, POINTER, Form::Object(&APPS_V1_STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY), &NONE),
        f("podManagementPolicy", 6, OPTIONAL, Form::String, &NONE),
        f("replicas", 1, POINTER, Form::Int32, &NONE),
        f("revisionHistoryLimit", 8, POINTER, Form::Int32, &NONE),
        f("selector", 2, REQUIRED | POINTER | EMITTED, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("serviceName", 5, EMITTED, Form::String, &NONE),
        f("template", 3, REQUIRED | EMITTED, Form::Object(&CORE_V1_POD_TEMPLATE_SPEC), &NONE),
        f("updateStrategy", 7, OPTIONAL, Form::Object(&APPS_V1_STATEFUL_SET_UPDATE_STRATEGY), &NONE),
        f("volumeClaimTemplates", 4, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static APPS_V1_STATEFUL_SET_STATUS: Type = Type { name: "io.k8s.api.apps.v1.StatefulSetStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("availableReplicas", 11, EMITTED, Form::Int32, &NONE),
        f("collisionCount", 9, POINTER, Form::Int32, &NONE),
        f("conditions", 10, OPTIONAL, Form::Array(&Form::Object(&APPS_V1_STATEFUL_SET_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("currentReplicas", 4, OPTIONAL, Form::Int32, &NONE),
        f("currentRevision", 6, OPTIONAL, Form::String, &NONE),
        f("observedGeneration", 1, OPTIONAL, Form::Int64, &NONE),
        f("readyReplicas", 3, OPTIONAL, Form::Int32, &NONE),
        f("replicas", 2, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("updateRevision", 7, OPTIONAL, Form::String, &NONE),
        f("updatedReplicas", 5, OPTIONAL, Form::Int32, &NONE),
    ] };

pub(super) static APPS_V1_STATEFUL_SET_UPDATE_STRATEGY: Type = Type { name: "io.k8s.api.apps.v1.StatefulSetUpdateStrategy", atomic: false,
    inlined: &[],
    fields: &[
        f("rollingUpdate", 2, POINTER, Form::Object(&APPS_V1_ROLLING_UPDATE_STATEFUL_SET_STRATEGY), &NONE),
        f("type", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_BOUND_OBJECT_REFERENCE: Type = Type { name: "io.k8s.api.authentication.v1.BoundObjectReference", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 2, OPTIONAL, Form::String, &NONE),
        f("kind", 1, OPTIONAL, Form::String, &NONE),
        f("name", 3, OPTIONAL, Form::String, &NONE),
        f("uid", 4, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_SELF_SUBJECT_REVIEW: Type = Type { name: "io.k8s.api.authentication.v1.SelfSubjectReview", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("status", 2, OPTIONAL, Form::Object(&AUTHENTICATION_V1_SELF_SUBJECT_REVIEW_STATUS), &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_SELF_SUBJECT_REVIEW_STATUS: Type = Type { name: "io.k8s.api.authentication.v1.SelfSubjectReviewStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("userInfo", 1, OPTIONAL, Form::Object(&AUTHENTICATION_V1_USER_INFO), &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_TOKEN_REQUEST: Type = Type { name: "io.k8s.api.authentication.v1.TokenRequest", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, EMITTED, Form::Object(&AUTHENTICATION_V1_TOKEN_REQUEST_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTHENTICATION_V1_TOKEN_REQUEST_STATUS), &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_TOKEN_REQUEST_SPEC: Type = Type { name: "io.k8s.api.authentication.v1.TokenRequestSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("audiences", 1, EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("boundObjectRef", 3, POINTER | EMITTED, Form::Object(&AUTHENTICATION_V1_BOUND_OBJECT_REFERENCE), &NONE),
        f("expirationSeconds", 4, POINTER | EMITTED, Form::Int64, &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_TOKEN_REQUEST_STATUS: Type = Type { name: "io.k8s.api.authentication.v1.TokenRequestStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("expirationTimestamp", 2, EMITTED, Form::Time, &NONE),
        f("token", 1, EMITTED, Form::String, &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_TOKEN_REVIEW: Type = Type { name: "io.k8s.api.authentication.v1.TokenReview", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED | EMITTED, Form::Object(&AUTHENTICATION_V1_TOKEN_REVIEW_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTHENTICATION_V1_TOKEN_REVIEW_STATUS), &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_TOKEN_REVIEW_SPEC: Type = Type { name: "io.k8s.api.authentication.v1.TokenReviewSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("audiences", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("token", 1, REQUIRED, Form::String, &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_TOKEN_REVIEW_STATUS: Type = Type { name: "io.k8s.api.authentication.v1.TokenReviewStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("audiences", 4, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("authenticated", 1, OPTIONAL, Form::Bool, &NONE),
        f("error", 3, OPTIONAL, Form::String, &NONE),
        f("user", 2, OPTIONAL, Form::Object(&AUTHENTICATION_V1_USER_INFO), &NONE),
    ] };

pub(super) static AUTHENTICATION_V1_USER_INFO: Type = Type { name: "io.k8s.api.authentication.v1.UserInfo", atomic: false,
    inlined: &[],
    fields: &[
        f("extra", 4, OPTIONAL, Form::Map(&Form::Items), &NONE),
        f("groups", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("uid", 2, OPTIONAL, Form::String, &NONE),
        f("username", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_FIELD_SELECTOR_ATTRIBUTES: Type = Type { name: "io.k8s.api.authorization.v1.FieldSelectorAttributes", atomic: false,
    inlined: &[],
    fields: &[
        f("rawSelector", 1, OPTIONAL, Form::String, &NONE),
        f("requirements", 2, OPTIONAL, Form::Array(&Form::Object(&META_V1_FIELD_SELECTOR_REQUIREMENT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static AUTHORIZATION_V1_LABEL_SELECTOR_ATTRIBUTES: Type = Type { name: "io.k8s.api.authorization.v1.LabelSelectorAttributes", atomic: false,
    inlined: &[],
    fields: &[
        f("rawSelector", 1, OPTIONAL, Form::String, &NONE),
        f("requirements", 2, OPTIONAL, Form::Array(&Form::Object(&META_V1_LABEL_SELECTOR_REQUIREMENT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static AUTHORIZATION_V1_LOCAL_SUBJECT_ACCESS_REVIEW: Type = Type { name: "io.k8s.api.authorization.v1.LocalSubjectAccessReview", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED | EMITTED, Form::Object(&AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_STATUS), &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_NON_RESOURCE_ATTRIBUTES: Type = Type { name: "io.k8s.api.authorization.v1.NonResourceAttributes", atomic: false,
    inlined: &[],
    fields: &[
        f("path", 1, OPTIONAL, Form::String, &NONE),
        f("verb", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_NON_RESOURCE_RULE: Type = Type { name: "io.k8s.api.authorization.v1.NonResourceRule", atomic: false,
    inlined: &[],
    fields: &[
        f("nonResourceURLs", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("verbs", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static AUTHORIZATION_V1_RESOURCE_ATTRIBUTES: Type = Type { name: "io.k8s.api.authorization.v1.ResourceAttributes", atomic: false,
    inlined: &[],
    fields: &[
        f("fieldSelector", 8, POINTER, Form::Object(&AUTHORIZATION_V1_FIELD_SELECTOR_ATTRIBUTES), &NONE),
        f("group", 3, OPTIONAL, Form::String, &NONE),
        f("labelSelector", 9, POINTER, Form::Object(&AUTHORIZATION_V1_LABEL_SELECTOR_ATTRIBUTES), &NONE),
        f("name", 7, OPTIONAL, Form::String, &NONE),
        f("namespace", 1, OPTIONAL, Form::String, &NONE),
        f("resource", 5, OPTIONAL, Form::String, &NONE),
        f("subresource", 6, OPTIONAL, Form::String, &NONE),
        f("verb", 2, OPTIONAL, Form::String, &NONE),
        f("version", 4, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_RESOURCE_RULE: Type = Type { name: "io.k8s.api.authorization.v1.ResourceRule", atomic: false,
    inlined: &[],
    fields: &[
        f("apiGroups", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resourceNames", 4, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resources", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("verbs", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static AUTHORIZATION_V1_SELF_SUBJECT_ACCESS_REVIEW: Type = Type { name: "io.k8s.api.authorization.v1.SelfSubjectAccessReview", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED | EMITTED, Form::Object(&AUTHORIZATION_V1_SELF_SUBJECT_ACCESS_REVIEW_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_STATUS), &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_SELF_SUBJECT_ACCESS_REVIEW_SPEC: Type = Type { name: "io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("nonResourceAttributes", 2, POINTER, Form::Object(&AUTHORIZATION_V1_NON_RESOURCE_ATTRIBUTES), &NONE),
        f("resourceAttributes", 1, POINTER, Form::Object(&AUTHORIZATION_V1_RESOURCE_ATTRIBUTES), &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_SELF_SUBJECT_RULES_REVIEW: Type = Type { name: "io.k8s.api.authorization.v1.SelfSubjectRulesReview", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED | EMITTED, Form::Object(&AUTHORIZATION_V1_SELF_SUBJECT_RULES_REVIEW_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTHORIZATION_V1_SUBJECT_RULES_REVIEW_STATUS), &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_SELF_SUBJECT_RULES_REVIEW_SPEC: Type = Type { name: "io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("namespace", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW: Type = Type { name: "io.k8s.api.authorization.v1.SubjectAccessReview", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED | EMITTED, Form::Object(&AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_STATUS), &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_SPEC: Type = Type { name: "io.k8s.api.authorization.v1.SubjectAccessReviewSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("extra", 5, OPTIONAL, Form::Map(&Form::Items), &NONE),
        f("groups", 4, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("nonResourceAttributes", 2, POINTER, Form::Object(&AUTHORIZATION_V1_NON_RESOURCE_ATTRIBUTES), &NONE),
        f("resourceAttributes", 1, POINTER, Form::Object(&AUTHORIZATION_V1_RESOURCE_ATTRIBUTES), &NONE),
        f("uid", 6, OPTIONAL, Form::String, &NONE),
        f("user", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_SUBJECT_ACCESS_REVIEW_STATUS: Type = Type { name: "io.k8s.api.authorization.v1.SubjectAccessReviewStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("allowed", 1, REQUIRED | EMITTED, Form::Bool, &NONE),
        f("denied", 4, OPTIONAL, Form::Bool, &NONE),
        f("evaluationError", 3, OPTIONAL, Form::String, &NONE),
        f("reason", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTHORIZATION_V1_SUBJECT_RULES_REVIEW_STATUS: Type = Type { name: "io.k8s.api.authorization.v1.SubjectRulesReviewStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("evaluationError", 4, OPTIONAL, Form::String, &NONE),
        f("incomplete", 3, REQUIRED | EMITTED, Form::Bool, &NONE),
        f("nonResourceRules", 2, REQUIRED | EMITTED, Form::Array(&Form::Object(&AUTHORIZATION_V1_NON_RESOURCE_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resourceRules", 1, REQUIRED | EMITTED, Form::Array(&Form::Object(&AUTHORIZATION_V1_RESOURCE_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static AUTOSCALING_V1_CROSS_VERSION_OBJECT_REFERENCE: Type = Type { name: "io.k8s.api.autoscaling.v1.CrossVersionObjectReference", atomic: true,
    inlined: &[],
    fields: &[
        f("apiVersion", 3, OPTIONAL, Form::String, &NONE),
        f("kind", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER: Type = Type { name: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED, Form::Object(&AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER_STATUS), &NONE),
    ] };

pub(super) static AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER_SPEC: Type = Type { name: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("maxReplicas", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("minReplicas", 2, POINTER, Form::Int32, &NONE),
        f("scaleTargetRef", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V1_CROSS_VERSION_OBJECT_REFERENCE), &NONE),
        f("targetCPUUtilizationPercentage", 4, POINTER, Form::Int32, &NONE),
    ] };

pub(super) static AUTOSCALING_V1_HORIZONTAL_POD_AUTOSCALER_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("currentCPUUtilizationPercentage", 5, POINTER, Form::Int32, &NONE),
        f("currentReplicas", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("desiredReplicas", 4, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("lastScaleTime", 2, POINTER, Form::Time, &NONE),
        f("observedGeneration", 1, POINTER, Form::Int64, &NONE),
    ] };

pub(super) static AUTOSCALING_V1_SCALE: Type = Type { name: "io.k8s.api.autoscaling.v1.Scale", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&AUTOSCALING_V1_SCALE_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTOSCALING_V1_SCALE_STATUS), &NONE),
    ] };

pub(super) static AUTOSCALING_V1_SCALE_SPEC: Type = Type { name: "io.k8s.api.autoscaling.v1.ScaleSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("replicas", 1, OPTIONAL, Form::Int32, &NONE),
    ] };

pub(super) static AUTOSCALING_V1_SCALE_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v1.ScaleStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("replicas", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("selector", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_CONTAINER_RESOURCE_METRIC_SOURCE: Type = Type { name: "io.k8s.api.autoscaling.v2.ContainerResourceMetricSource", atomic: false,
    inlined: &[],
    fields: &[
        f("container", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("target", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_TARGET), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_CONTAINER_RESOURCE_METRIC_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("container", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("current", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_VALUE_STATUS), &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_CROSS_VERSION_OBJECT_REFERENCE: Type = Type { name: "io.k8s.api.autoscaling.v2.CrossVersionObjectReference", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 3, OPTIONAL, Form::String, &NONE),
        f("kind", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_EXTERNAL_METRIC_SOURCE: Type = Type { name: "io.k8s.api.autoscaling.v2.ExternalMetricSource", atomic: false,
    inlined: &[],
    fields: &[
        f("metric", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_IDENTIFIER), &NONE),
        f("target", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_TARGET), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_EXTERNAL_METRIC_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.ExternalMetricStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("current", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_VALUE_STATUS), &NONE),
        f("metric", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_IDENTIFIER), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_HPASCALING_POLICY: Type = Type { name: "io.k8s.api.autoscaling.v2.HPAScalingPolicy", atomic: false,
    inlined: &[],
    fields: &[
        f("periodSeconds", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("value", 2, REQUIRED | EMITTED, Form::Int32, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_HPASCALING_RULES: Type = Type { name: "io.k8s.api.autoscaling.v2.HPAScalingRules", atomic: false,
    inlined: &[],
    fields: &[
        f("policies", 2, OPTIONAL, Form::Array(&Form::Object(&AUTOSCALING_V2_HPASCALING_POLICY)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("selectPolicy", 1, POINTER, Form::String, &NONE),
        f("stabilizationWindowSeconds", 3, POINTER, Form::Int32, &NONE),
        f("tolerance", 4, POINTER, Form::Quantity, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER: Type = Type { name: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED, Form::Object(&AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_STATUS), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_BEHAVIOR: Type = Type { name: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior", atomic: false,
    inlined: &[],
    fields: &[
        f("scaleDown", 2, POINTER, Form::Object(&AUTOSCALING_V2_HPASCALING_RULES), &NONE),
        f("scaleUp", 1, POINTER, Form::Object(&AUTOSCALING_V2_HPASCALING_RULES), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_CONDITION: Type = Type { name: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 3, OPTIONAL, Form::Time, &NONE),
        f("message", 5, OPTIONAL, Form::String, &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_SPEC: Type = Type { name: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("behavior", 5, POINTER, Form::Object(&AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_BEHAVIOR), &NONE),
        f("maxReplicas", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("metrics", 4, OPTIONAL, Form::Array(&Form::Object(&AUTOSCALING_V2_METRIC_SPEC)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("minReplicas", 2, POINTER, Form::Int32, &NONE),
        f("scaleTargetRef", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_CROSS_VERSION_OBJECT_REFERENCE), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("conditions", 6, OPTIONAL, Form::Array(&Form::Object(&AUTOSCALING_V2_HORIZONTAL_POD_AUTOSCALER_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("currentMetrics", 5, EMITTED, Form::Array(&Form::Object(&AUTOSCALING_V2_METRIC_STATUS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("currentReplicas", 3, OPTIONAL, Form::Int32, &NONE),
        f("desiredReplicas", 4, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("lastScaleTime", 2, POINTER, Form::Time, &NONE),
        f("observedGeneration", 1, POINTER, Form::Int64, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_METRIC_IDENTIFIER: Type = Type { name: "io.k8s.api.autoscaling.v2.MetricIdentifier", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("selector", 2, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_METRIC_SPEC: Type = Type { name: "io.k8s.api.autoscaling.v2.MetricSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("containerResource", 7, POINTER, Form::Object(&AUTOSCALING_V2_CONTAINER_RESOURCE_METRIC_SOURCE), &NONE),
        f("external", 5, POINTER, Form::Object(&AUTOSCALING_V2_EXTERNAL_METRIC_SOURCE), &NONE),
        f("object", 2, POINTER, Form::Object(&AUTOSCALING_V2_OBJECT_METRIC_SOURCE), &NONE),
        f("pods", 3, POINTER, Form::Object(&AUTOSCALING_V2_PODS_METRIC_SOURCE), &NONE),
        f("resource", 4, POINTER, Form::Object(&AUTOSCALING_V2_RESOURCE_METRIC_SOURCE), &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_METRIC_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.MetricStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("containerResource", 7, POINTER, Form::Object(&AUTOSCALING_V2_CONTAINER_RESOURCE_METRIC_STATUS), &NONE),
        f("external", 5, POINTER, Form::Object(&AUTOSCALING_V2_EXTERNAL_METRIC_STATUS), &NONE),
        f("object", 2, POINTER, Form::Object(&AUTOSCALING_V2_OBJECT_METRIC_STATUS), &NONE),
        f("pods", 3, POINTER, Form::Object(&AUTOSCALING_V2_PODS_METRIC_STATUS), &NONE),
        f("resource", 4, POINTER, Form::Object(&AUTOSCALING_V2_RESOURCE_METRIC_STATUS), &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_METRIC_TARGET: Type = Type { name: "io.k8s.api.autoscaling.v2.MetricTarget", atomic: false,
    inlined: &[],
    fields: &[
        f("averageUtilization", 4, POINTER, Form::Int32, &NONE),
        f("averageValue", 3, POINTER, Form::Quantity, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("value", 2, POINTER, Form::Quantity, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_METRIC_VALUE_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.MetricValueStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("averageUtilization", 3, POINTER, Form::Int32, &NONE),
        f("averageValue", 2, POINTER, Form::Quantity, &NONE),
        f("value", 1, POINTER, Form::Quantity, &NONE),
    ] };

pub(super) static AUTOSCALING_V2_OBJECT_METRIC_SOURCE: Type = Type { name: "io.k8s.api.autoscaling.v2.ObjectMetricSource", atomic: false,
    inlined: &[],
    fields: &[
        f("describedObject", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_CROSS_VERSION_OBJECT_REFERENCE), &NONE),
        f("metric", 3, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_IDENTIFIER), &NONE),
        f("target", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_TARGET), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_OBJECT_METRIC_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.ObjectMetricStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("current", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_VALUE_STATUS), &NONE),
        f("describedObject", 3, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_CROSS_VERSION_OBJECT_REFERENCE), &NONE),
        f("metric", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_IDENTIFIER), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_PODS_METRIC_SOURCE: Type = Type { name: "io.k8s.api.autoscaling.v2.PodsMetricSource", atomic: false,
    inlined: &[],
    fields: &[
        f("metric", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_IDENTIFIER), &NONE),
        f("target", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_TARGET), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_PODS_METRIC_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.PodsMetricStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("current", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_VALUE_STATUS), &NONE),
        f("metric", 1, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_IDENTIFIER), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_RESOURCE_METRIC_SOURCE: Type = Type { name: "io.k8s.api.autoscaling.v2.ResourceMetricSource", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("target", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_TARGET), &NONE),
    ] };

pub(super) static AUTOSCALING_V2_RESOURCE_METRIC_STATUS: Type = Type { name: "io.k8s.api.autoscaling.v2.ResourceMetricStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("current", 2, REQUIRED | EMITTED, Form::Object(&AUTOSCALING_V2_METRIC_VALUE_STATUS), &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static BATCH_V1_CRON_JOB: Type = Type { name: "io.k8s.api.batch.v1.CronJob", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED, Form::Object(&BATCH_V1_CRON_JOB_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&BATCH_V1_CRON_JOB_STATUS), &NONE),
    ] };

pub(super) static BATCH_V1_CRON_JOB_SPEC: Type = Type { name: "io.k8s.api.batch.v1.CronJobSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("concurrencyPolicy", 3, OPTIONAL, Form::String, &NONE),
        f("failedJobsHistoryLimit", 7, POINTER, Form::Int32, &NONE),
        f("jobTemplate", 5, REQUIRED | EMITTED, Form::Object(&BATCH_V1_JOB_TEMPLATE_SPEC), &NONE),
        f("schedule", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("startingDeadlineSeconds", 2, POINTER, Form::Int64, &NONE),
        f("successfulJobsHistoryLimit", 6, POINTER, Form::Int32, &NONE),
        f("suspend", 4, POINTER, Form::Bool, &NONE),
        f("timeZone", 8, POINTER, Form::String, &NONE),
    ] };

pub(super) static BATCH_V1_CRON_JOB_STATUS: Type = Type { name: "io.k8s.api.batch.v1.CronJobStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("active", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_OBJECT_REFERENCE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("lastScheduleTime", 4, POINTER, Form::Time, &NONE),
        f("lastSuccessfulTime", 5, POINTER, Form::Time, &NONE),
    ] };

pub(super) static BATCH_V1_JOB: Type = Type { name: "io.k8s.api.batch.v1.Job", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&BATCH_V1_JOB_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&BATCH_V1_JOB_STATUS), &NONE),
    ] };

pub(super) static BATCH_V1_JOB_CONDITION: Type = Type { name: "io.k8s.api.batch.v1.JobCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastProbeTime", 3, OPTIONAL, Form::Time, &NONE),
        f("lastTransitionTime", 4, OPTIONAL, Form::Time, &NONE),
        f("message", 6, OPTIONAL, Form::String, &NONE),
        f("reason", 5, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static BATCH_V1_JOB_SPEC: Type = Type { name: "io.k8s.api.batch.v1.JobSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("activeDeadlineSeconds", 3, POINTER, Form::Int64, &NONE),
        f("backoffLimit", 7, POINTER, Form::Int32, &NONE),
        f("backoffLimitPerIndex", 12, POINTER, Form::Int32, &NONE),
        f("completionMode", 9, POINTER, Form::String, &NONE),
        f("completions", 2, POINTER, Form::Int32, &NONE),
        f("managedBy", 15, POINTER, Form::String, &NONE),
        f("manualSelector", 5, POINTER, Form::Bool, &NONE),
        f("maxFailedIndexes", 13, POINTER, Form::Int32, &NONE),
        f("parallelism", 1, POINTER, Form::Int32, &NONE),
        f("podFailurePolicy", 11, POINTER, Form::Object(&BATCH_V1_POD_FAILURE_POLICY), &NONE),
        f("podReplacementPolicy", 14, POINTER, Form::String, &NONE),
        f("selector", 4, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("successPolicy", 16, POINTER, Form::Object(&BATCH_V1_SUCCESS_POLICY), &NONE),
        f("suspend", 10, POINTER, Form::Bool, &NONE),
        f("template", 6, REQUIRED | EMITTED, Form::Object(&CORE_V1_POD_TEMPLATE_SPEC), &NONE),
        f("ttlSecondsAfterFinished", 8, POINTER, Form::Int32, &NONE),
    ] };

pub(super) static BATCH_V1_JOB_STATUS: Type = Type { name: "io.k8s.api.batch.v1.JobStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("active", 4, OPTIONAL, Form::Int32, &NONE),
        f("completedIndexes", 7, OPTIONAL, Form::String, &NONE),
        f("completionTime", 3, POINTER, Form::Time, &NONE),
        f("conditions", 1, OPTIONAL, Form::Array(&Form::Object(&BATCH_V1_JOB_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Atomic, list_keys: &[], atomic: false }),
        f("failed", 6, OPTIONAL, Form::Int32, &NONE),
        f("failedIndexes", 10, POINTER, Form::String, &NONE),
        f("ready", 9, POINTER, Form::Int32, &NONE),
        f("startTime", 2, POINTER, Form::Time, &NONE),
        f("succeeded", 5, OPTIONAL, Form::Int32, &NONE),
        f("terminating", 11, POINTER, Form::Int32, &NONE),
        f("uncountedTerminatedPods", 8, POINTER, Form::Object(&BATCH_V1_UNCOUNTED_TERMINATED_PODS), &NONE),
    ] };

pub(super) static BATCH_V1_JOB_TEMPLATE_SPEC: Type = Type { name: "io.k8s.api.batch.v1.JobTemplateSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&BATCH_V1_JOB_SPEC), &NONE),
    ] };

pub(super) static BATCH_V1_POD_FAILURE_POLICY: Type = Type { name: "io.k8s.api.batch.v1.PodFailurePolicy", atomic: false,
    inlined: &[],
    fields: &[
        f("rules", 1, REQUIRED | EMITTED, Form::Array(&Form::Object(&BATCH_V1_POD_FAILURE_POLICY_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static BATCH_V1_POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT: Type = Type { name: "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement", atomic: false,
    inlined: &[],
    fields: &[
        f("containerName", 1, POINTER, Form::String, &NONE),
        f("operator", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("values", 3, REQUIRED | EMITTED, Form::Array(&Form::Int32), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
    ] };

pub(super) static BATCH_V1_POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN: Type = Type { name: "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern", atomic: false,
    inlined: &[],
    fields: &[
        f("status", 2, EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static BATCH_V1_POD_FAILURE_POLICY_RULE: Type = Type { name: "io.k8s.api.batch.v1.PodFailurePolicyRule", atomic: false,
    inlined: &[],
    fields: &[
        f("action", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("onExitCodes", 2, POINTER, Form::Object(&BATCH_V1_POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT), &NONE),
        f("onPodConditions", 3, OPTIONAL, Form::Array(&Form::Object(&BATCH_V1_POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static BATCH_V1_SUCCESS_POLICY: Type = Type { name: "io.k8s.api.batch.v1.SuccessPolicy", atomic: false,
    inlined: &[],
    fields: &[
        f("rules", 1, REQUIRED | EMITTED, Form::Array(&Form::Object(&BATCH_V1_SUCCESS_POLICY_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static BATCH_V1_SUCCESS_POLICY_RULE: Type = Type { name: "io.k8s.api.batch.v1.SuccessPolicyRule", atomic: false,
    inlined: &[],
    fields: &[
        f("succeededCount", 2, POINTER, Form::Int32, &NONE),
        f("succeededIndexes", 1, POINTER, Form::String, &NONE),
    ] };

pub(super) static BATCH_V1_UNCOUNTED_TERMINATED_PODS: Type = Type { name: "io.k8s.api.batch.v1.UncountedTerminatedPods", atomic: false,
    inlined: &[],
    fields: &[
        f("failed", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
        f("succeeded", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
    ] };

pub(super) static BATCH_V1BETA1_CRON_JOB: Type = Type { name: "io.k8s.api.batch.v1beta1.CronJob", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED, Form::Object(&BATCH_V1BETA1_CRON_JOB_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&BATCH_V1BETA1_CRON_JOB_STATUS), &NONE),
    ] };

pub(super) static BATCH_V1BETA1_CRON_JOB_SPEC: Type = Type { name: "io.k8s.api.batch.v1beta1.CronJobSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("concurrencyPolicy", 3, OPTIONAL, Form::String, &NONE),
        f("failedJobsHistoryLimit", 7, POINTER, Form::Int32, &NONE),
        f("jobTemplate", 5, REQUIRED | EMITTED, Form::Object(&BATCH_V1BETA1_JOB_TEMPLATE_SPEC), &NONE),
        f("schedule", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("startingDeadlineSeconds", 2, POINTER, Form::Int64, &NONE),
        f("successfulJobsHistoryLimit", 6, POINTER, Form::Int32, &NONE),
        f("suspend", 4, POINTER, Form::Bool, &NONE),
        f("timeZone", 8, POINTER, Form::String, &NONE),
    ] };

pub(super) static BATCH_V1BETA1_CRON_JOB_STATUS: Type = Type { name: "io.k8s.api.batch.v1beta1.CronJobStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("active", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_OBJECT_REFERENCE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("lastScheduleTime", 4, POINTER, Form::Time, &NONE),
        f("lastSuccessfulTime", 5, POINTER, Form::Time, &NONE),
    ] };

pub(super) static BATCH_V1BETA1_JOB_TEMPLATE_SPEC: Type = Type { name: "io.k8s.api.batch.v1beta1.JobTemplateSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&BATCH_V1_JOB_SPEC), &NONE),
    ] };

pub(super) static COORDINATION_V1_LEASE: Type = Type { name: "io.k8s.api.coordination.v1.Lease", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&COORDINATION_V1_LEASE_SPEC), &NONE),
    ] };

pub(super) static COORDINATION_V1_LEASE_SPEC: Type = Type { name: "io.k8s.api.coordination.v1.LeaseSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("acquireTime", 3, POINTER, Form::MicroTime, &NONE),
        f("holderIdentity", 1, POINTER, Form::String, &NONE),
        f("leaseDurationSeconds", 2, POINTER, Form::Int32, &NONE),
        f("leaseTransitions", 5, POINTER, Form::Int32, &NONE),
        f("preferredHolder", 7, POINTER, Form::String, &NONE),
        f("renewTime", 4, POINTER, Form::MicroTime, &NONE),
        f("strategy", 6, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_AWSELASTIC_BLOCK_STORE_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("partition", 3, OPTIONAL, Form::Int32, &NONE),
        f("readOnly", 4, OPTIONAL, Form::Bool, &NONE),
        f("volumeID", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_AFFINITY: Type = Type { name: "io.k8s.api.core.v1.Affinity", atomic: false,
    inlined: &[],
    fields: &[
        f("nodeAffinity", 1, POINTER, Form::Object(&CORE_V1_NODE_AFFINITY), &NONE),
        f("podAffinity", 2, POINTER, Form::Object(&CORE_V1_POD_AFFINITY), &NONE),
        f("podAntiAffinity", 3, POINTER, Form::Object(&CORE_V1_POD_ANTI_AFFINITY), &NONE),
    ] };

pub(super) static CORE_V1_APP_ARMOR_PROFILE: Type = Type { name: "io.k8s.api.core.v1.AppArmorProfile", atomic: false,
    inlined: &[],
    fields: &[
        f("localhostProfile", 2, POINTER, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_ATTACHED_VOLUME: Type = Type { name: "io.k8s.api.core.v1.AttachedVolume", atomic: false,
    inlined: &[],
    fields: &[
        f("devicePath", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_AZURE_DISK_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.AzureDiskVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("cachingMode", 3, POINTER, Form::String, &NONE),
        f("diskName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("diskURI", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("fsType", 4, POINTER, Form::String, &NONE),
        f("kind", 6, POINTER, Form::String, &NONE),
        f("readOnly", 5, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_AZURE_FILE_PERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.AzureFilePersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("secretName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("secretNamespace", 4, POINTER | EMITTED, Form::String, &NONE),
        f("shareName", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_AZURE_FILE_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.AzureFileVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("secretName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("shareName", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_BINDING: Type = Type { name: "io.k8s.api.core.v1.Binding", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("target", 2, REQUIRED | EMITTED, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
    ] };

pub(super) static CORE_V1_CSIPERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.CSIPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("controllerExpandSecretRef", 9, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("controllerPublishSecretRef", 6, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("driver", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("fsType", 4, OPTIONAL, Form::String, &NONE),
        f("nodeExpandSecretRef", 10, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("nodePublishSecretRef", 8, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("nodeStageSecretRef", 7, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("volumeAttributes", 5, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("volumeHandle", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CSIVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.CSIVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("driver", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("fsType", 3, POINTER, Form::String, &NONE),
        f("nodePublishSecretRef", 5, POINTER, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
        f("readOnly", 2, POINTER, Form::Bool, &NONE),
        f("volumeAttributes", 4, OPTIONAL, Form::Map(&Form::String), &NONE),
    ] };

pub(super) static CORE_V1_CAPABILITIES: Type = Type { name: "io.k8s.api.core.v1.Capabilities", atomic: false,
    inlined: &[],
    fields: &[
        f("add", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("drop", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_CEPH_FSPERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.CephFSPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("monitors", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("path", 2, OPTIONAL, Form::String, &NONE),
        f("readOnly", 6, OPTIONAL, Form::Bool, &NONE),
        f("secretFile", 4, OPTIONAL, Form::String, &NONE),
        f("secretRef", 5, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("user", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CEPH_FSVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.CephFSVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("monitors", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("path", 2, OPTIONAL, Form::String, &NONE),
        f("readOnly", 6, OPTIONAL, Form::Bool, &NONE),
        f("secretFile", 4, OPTIONAL, Form::String, &NONE),
        f("secretRef", 5, POINTER, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
        f("user", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CINDER_PERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.CinderPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 4, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("volumeID", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CINDER_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.CinderVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 4, POINTER, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
        f("volumeID", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CLIENT_IPCONFIG: Type = Type { name: "io.k8s.api.core.v1.ClientIPConfig", atomic: false,
    inlined: &[],
    fields: &[
        f("timeoutSeconds", 1, POINTER, Form::Int32, &NONE),
    ] };

pub(super) static CORE_V1_CLUSTER_TRUST_BUNDLE_PROJECTION: Type = Type { name: "io.k8s.api.core.v1.ClusterTrustBundleProjection", atomic: false,
    inlined: &[],
    fields: &[
        f("labelSelector", 3, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("name", 1, POINTER, Form::String, &NONE),
        f("optional", 5, POINTER, Form::Bool, &NONE),
        f("path", 4, REQUIRED | EMITTED, Form::String, &NONE),
        f("signerName", 2, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CONFIG_MAP: Type = Type { name: "io.k8s.api.core.v1.ConfigMap", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("binaryData", 3, OPTIONAL, Form::Map(&Form::Bytes), &NONE),
        f("data", 2, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("immutable", 4, POINTER, Form::Bool, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
    ] };

pub(super) static CORE_V1_CONFIG_MAP_ENV_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ConfigMapEnvSource", atomic: false,
    inlined: &[Inlined { number: 1, of: &CORE_V1_LOCAL_OBJECT_REFERENCE }],
    fields: &[
        f("name", 0, OPTIONAL, Form::String, &NONE),
        f("optional", 2, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_CONFIG_MAP_KEY_SELECTOR: Type = Type { name: "io.k8s.api.core.v1.ConfigMapKeySelector", atomic: true,
    inlined: &[Inlined { number: 1, of: &CORE_V1_LOCAL_OBJECT_REFERENCE }],
    fields: &[
        f("key", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 0, OPTIONAL, Form::String, &NONE),
        f("optional", 3, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_CONFIG_MAP_NODE_CONFIG_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ConfigMapNodeConfigSource", atomic: false,
    inlined: &[],
    fields: &[
        f("kubeletConfigKey", 5, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("namespace", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("resourceVersion", 4, OPTIONAL, Form::String, &NONE),
        f("uid", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CONFIG_MAP_PROJECTION: Type = Type { name: "io.k8s.api.core.v1.ConfigMapProjection", atomic: false,
    inlined: &[Inlined { number: 1, of: &CORE_V1_LOCAL_OBJECT_REFERENCE }],
    fields: &[
        f("items", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_KEY_TO_PATH)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("name", 0, OPTIONAL, Form::String, &NONE),
        f("optional", 4, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_CONFIG_MAP_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ConfigMapVolumeSource", atomic: false,
    inlined: &[Inlined { number: 1, of: &CORE_V1_LOCAL_OBJECT_REFERENCE }],
    fields: &[
        f("defaultMode", 3, POINTER, Form::Int32, &NONE),
        f("items", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_KEY_TO_PATH)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("name", 0, OPTIONAL, Form::String, &NONE),
        f("optional", 4, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER: Type = Type { name: "io.k8s.api.core.v1.Container", atomic: false,
    inlined: &[],
    fields: &[
        f("args", 4, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("command", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("env", 7, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENV_VAR)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("envFrom", 19, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENV_FROM_SOURCE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("image", 2, OPTIONAL, Form::String, &NONE),
        f("imagePullPolicy", 14, OPTIONAL, Form::String, &NONE),
        f("lifecycle", 12, POINTER, Form::Object(&CORE_V1_LIFECYCLE), &NONE),
        f("livenessProbe", 10, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("ports", 6, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_PORT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "containerPort", list: List::Map, list_keys: &["containerPort", "protocol"], atomic: false }),
        f("readinessProbe", 11, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("resizePolicy", 23, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_RESIZE_POLICY)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resources", 8, OPTIONAL, Form::Object(&CORE_V1_RESOURCE_REQUIREMENTS), &NONE),
        f("restartPolicy", 24, POINTER, Form::String, &NONE),
        f("restartPolicyRules", 25, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_RESTART_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("securityContext", 15, POINTER, Form::Object(&CORE_V1_SECURITY_CONTEXT), &NONE),
        f("startupProbe", 22, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("stdin", 16, OPTIONAL, Form::Bool, &NONE),
        f("stdinOnce", 17, OPTIONAL, Form::Bool, &NONE),
        f("terminationMessagePath", 13, OPTIONAL, Form::String, &NONE),
        f("terminationMessagePolicy", 20, OPTIONAL, Form::String, &NONE),
        f("tty", 18, OPTIONAL, Form::Bool, &NONE),
        f("volumeDevices", 21, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME_DEVICE)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "devicePath", list: List::Map, list_keys: &["devicePath"], atomic: false }),
        f("volumeMounts", 9, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME_MOUNT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "mountPath", list: List::Map, list_keys: &["mountPath"], atomic: false }),
        f("workingDir", 5, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_EXTENDED_RESOURCE_REQUEST: Type = Type { name: "io.k8s.api.core.v1.ContainerExtendedResourceRequest", atomic: false,
    inlined: &[],
    fields: &[
        f("containerName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("requestName", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("resourceName", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_IMAGE: Type = Type { name: "io.k8s.api.core.v1.ContainerImage", atomic: false,
    inlined: &[],
    fields: &[
        f("names", 1, EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("sizeBytes", 2, OPTIONAL, Form::Int64, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_PORT: Type = Type { name: "io.k8s.api.core.v1.ContainerPort", atomic: false,
    inlined: &[],
    fields: &[
        f("containerPort", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("hostIP", 5, OPTIONAL, Form::String, &NONE),
        f("hostPort", 2, OPTIONAL, Form::Int32, &NONE),
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("protocol", 4, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_RESIZE_POLICY: Type = Type { name: "io.k8s.api.core.v1.ContainerResizePolicy", atomic: false,
    inlined: &[],
    fields: &[
        f("resourceName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("restartPolicy", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_RESTART_RULE: Type = Type { name: "io.k8s.api.core.v1.ContainerRestartRule", atomic: false,
    inlined: &[],
    fields: &[
        f("action", 1, REQUIRED, Form::String, &NONE),
        f("exitCodes", 2, POINTER, Form::Object(&CORE_V1_CONTAINER_RESTART_RULE_ON_EXIT_CODES), &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_RESTART_RULE_ON_EXIT_CODES: Type = Type { name: "io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes", atomic: false,
    inlined: &[],
    fields: &[
        f("operator", 1, REQUIRED, Form::String, &NONE),
        f("values", 2, OPTIONAL, Form::Array(&Form::Int32), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_CONTAINER_STATE: Type = Type { name: "io.k8s.api.core.v1.ContainerState", atomic: false,
    inlined: &[],
    fields: &[
        f("running", 2, POINTER, Form::Object(&CORE_V1_CONTAINER_STATE_RUNNING), &NONE),
        f("terminated", 3, POINTER, Form::Object(&CORE_V1_CONTAINER_STATE_TERMINATED), &NONE),
        f("waiting", 1, POINTER, Form::Object(&CORE_V1_CONTAINER_STATE_WAITING), &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_STATE_RUNNING: Type = Type { name: "io.k8s.api.core.v1.ContainerStateRunning", atomic: false,
    inlined: &[],
    fields: &[
        f("startedAt", 1, OPTIONAL, Form::Time, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_STATE_TERMINATED: Type = Type { name: "io.k8s.api.core.v1.ContainerStateTerminated", atomic: false,
    inlined: &[],
    fields: &[
        f("containerID", 7, OPTIONAL, Form::String, &NONE),
        f("exitCode", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("finishedAt", 6, OPTIONAL, Form::Time, &NONE),
        f("message", 4, OPTIONAL, Form::String, &NONE),
        f("reason", 3, OPTIONAL, Form::String, &NONE),
        f("signal", 2, OPTIONAL, Form::Int32, &NONE),
        f("startedAt", 5, OPTIONAL, Form::Time, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_STATE_WAITING: Type = Type { name: "io.k8s.api.core.v1.ContainerStateWaiting", atomic: false,
    inlined: &[],
    fields: &[
        f("message", 2, OPTIONAL, Form::String, &NONE),
        f("reason", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_CONTAINER_STATUS: Type = Type { name: "io.k8s.api.core.v1.ContainerStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("allocatedResources", 10, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("allocatedResourcesStatus", 14, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_RESOURCE_STATUS)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("containerID", 8, OPTIONAL, Form::String, &NONE),
        f("image", 6, REQUIRED | EMITTED, Form::String, &NONE),
        f("imageID", 7, REQUIRED | EMITTED, Form::String, &NONE),
        f("lastState", 3, OPTIONAL, Form::Object(&CORE_V1_CONTAINER_STATE), &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("ready", 4, REQUIRED | EMITTED, Form::Bool, &NONE),
        f("resources", 11, POINTER, Form::Object(&CORE_V1_RESOURCE_REQUIREMENTS), &NONE),
        f("restartCount", 5, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("started", 9, POINTER, Form::Bool, &NONE),
        f("state", 2, OPTIONAL, Form::Object(&CORE_V1_CONTAINER_STATE), &NONE),
        f("stopSignal", 15, POINTER, Form::String, &NONE),
        f("user", 13, POINTER, Form::Object(&CORE_V1_CONTAINER_USER), &NONE),
        f("volumeMounts", 12, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME_MOUNT_STATUS)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "mountPath", list: List::Map, list_keys: &["mountPath"], atomic: false }),
    ] };

pub(super) static CORE_V1_CONTAINER_USER: Type = Type { name: "io.k8s.api.core.v1.ContainerUser", atomic: false,
    inlined: &[],
    fields: &[
        f("linux", 1, POINTER, Form::Object(&CORE_V1_LINUX_CONTAINER_USER), &NONE),
    ] };

pub(super) static CORE_V1_DAEMON_ENDPOINT: Type = Type { name: "io.k8s.api.core.v1.DaemonEndpoint", atomic: false,
    inlined: &[],
    fields: &[
        f("Port", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
    ] };

pub(super) static CORE_V1_DOWNWARD_APIPROJECTION: Type = Type { name: "io.k8s.api.core.v1.DownwardAPIProjection", atomic: false,
    inlined: &[],
    fields: &[
        f("items", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_DOWNWARD_APIVOLUME_FILE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_DOWNWARD_APIVOLUME_FILE: Type = Type { name: "io.k8s.api.core.v1.DownwardAPIVolumeFile", atomic: false,
    inlined: &[],
    fields: &[
        f("fieldRef", 2, POINTER, Form::Object(&CORE_V1_OBJECT_FIELD_SELECTOR), &NONE),
        f("mode", 4, POINTER, Form::Int32, &NONE),
        f("path", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("resourceFieldRef", 3, POINTER, Form::Object(&CORE_V1_RESOURCE_FIELD_SELECTOR), &NONE),
    ] };

pub(super) static CORE_V1_DOWNWARD_APIVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.DownwardAPIVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("defaultMode", 2, POINTER, Form::Int32, &NONE),
        f("items", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_DOWNWARD_APIVOLUME_FILE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_EMPTY_DIR_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.EmptyDirVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("medium", 1, OPTIONAL, Form::String, &NONE),
        f("sizeLimit", 2, POINTER, Form::Quantity, &NONE),
    ] };

pub(super) static CORE_V1_ENDPOINT_ADDRESS: Type = Type { name: "io.k8s.api.core.v1.EndpointAddress", atomic: true,
    inlined: &[],
    fields: &[
        f("hostname", 3, OPTIONAL, Form::String, &NONE),
        f("ip", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("nodeName", 4, POINTER, Form::String, &NONE),
        f("targetRef", 2, POINTER, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
    ] };

pub(super) static CORE_V1_ENDPOINT_PORT: Type = Type { name: "io.k8s.api.core.v1.EndpointPort", atomic: true,
    inlined: &[],
    fields: &[
        f("appProtocol", 4, POINTER, Form::String, &NONE),
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("port", 2, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("protocol", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_ENDPOINT_SUBSET: Type = Type { name: "io.k8s.api.core.v1.EndpointSubset", atomic: false,
    inlined: &[],
    fields: &[
        f("addresses", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENDPOINT_ADDRESS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("notReadyAddresses", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENDPOINT_ADDRESS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("ports", 3, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENDPOINT_PORT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_ENDPOINTS: Type = Type { name: "io.k8s.api.core.v1.Endpoints", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("subsets", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENDPOINT_SUBSET)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_ENV_FROM_SOURCE: Type = Type { name: "io.k8s.api.core.v1.EnvFromSource", atomic: false,
    inlined: &[],
    fields: &[
        f("configMapRef", 2, POINTER, Form::Object(&CORE_V1_CONFIG_MAP_ENV_SOURCE), &NONE),
        f("prefix", 1, OPTIONAL, Form::String, &NONE),
        f("secretRef", 3, POINTER, Form::Object(&CORE_V1_SECRET_ENV_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_ENV_VAR: Type = Type { name: "io.k8s.api.core.v1.EnvVar", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("value", 2, OPTIONAL, Form::String, &NONE),
        f("valueFrom", 3, POINTER, Form::Object(&CORE_V1_ENV_VAR_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_ENV_VAR_SOURCE: Type = Type { name: "io.k8s.api.core.v1.EnvVarSource", atomic: false,
    inlined: &[],
    fields: &[
        f("configMapKeyRef", 3, POINTER, Form::Object(&CORE_V1_CONFIG_MAP_KEY_SELECTOR), &NONE),
        f("fieldRef", 1, POINTER, Form::Object(&CORE_V1_OBJECT_FIELD_SELECTOR), &NONE),
        f("fileKeyRef", 5, POINTER, Form::Object(&CORE_V1_FILE_KEY_SELECTOR), &NONE),
        f("resourceFieldRef", 2, POINTER, Form::Object(&CORE_V1_RESOURCE_FIELD_SELECTOR), &NONE),
        f("secretKeyRef", 4, POINTER, Form::Object(&CORE_V1_SECRET_KEY_SELECTOR), &NONE),
    ] };

pub(super) static CORE_V1_EPHEMERAL_CONTAINER: Type = Type { name: "io.k8s.api.core.v1.EphemeralContainer", atomic: false,
    inlined: &[Inlined { number: 1, of: &CORE_V1_EPHEMERAL_CONTAINER_COMMON }],
    fields: &[
        f("args", 0, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("command", 0, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("env", 0, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENV_VAR)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("envFrom", 0, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENV_FROM_SOURCE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("image", 0, OPTIONAL, Form::String, &NONE),
        f("imagePullPolicy", 0, OPTIONAL, Form::String, &NONE),
        f("lifecycle", 0, POINTER, Form::Object(&CORE_V1_LIFECYCLE), &NONE),
        f("livenessProbe", 0, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("name", 0, REQUIRED | EMITTED, Form::String, &NONE),
        f("ports", 0, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_PORT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "containerPort", list: List::Map, list_keys: &["containerPort", "protocol"], atomic: false }),
        f("readinessProbe", 0, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("resizePolicy", 0, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_RESIZE_POLICY)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resources", 0, OPTIONAL, Form::Object(&CORE_V1_RESOURCE_REQUIREMENTS), &NONE),
        f("restartPolicy", 0, POINTER, Form::String, &NONE),
        f("restartPolicyRules", 0, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_RESTART_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("securityContext", 0, POINTER, Form::Object(&CORE_V1_SECURITY_CONTEXT), &NONE),
        f("startupProbe", 0, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("stdin", 0, OPTIONAL, Form::Bool, &NONE),
        f("stdinOnce", 0, OPTIONAL, Form::Bool, &NONE),
        f("targetContainerName", 2, OPTIONAL, Form::String, &NONE),
        f("terminationMessagePath", 0, OPTIONAL, Form::String, &NONE),
        f("terminationMessagePolicy", 0, OPTIONAL, Form::String, &NONE),
        f("tty", 0, OPTIONAL, Form::Bool, &NONE),
        f("volumeDevices", 0, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME_DEVICE)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "devicePath", list: List::Map, list_keys: &["devicePath"], atomic: false }),
        f("volumeMounts", 0, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME_MOUNT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "mountPath", list: List::Map, list_keys: &["mountPath"], atomic: false }),
        f("workingDir", 0, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_EPHEMERAL_CONTAINER_COMMON: Type = Type { name: "io.k8s.api.core.v1.EphemeralContainerCommon", atomic: false,
    inlined: &[],
    fields: &[
        f("args", 4, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("command", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("env", 7, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENV_VAR)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("envFrom", 19, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ENV_FROM_SOURCE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("image", 2, OPTIONAL, Form::String, &NONE),
        f("imagePullPolicy", 14, OPTIONAL, Form::String, &NONE),
        f("lifecycle", 12, POINTER, Form::Object(&CORE_V1_LIFECYCLE), &NONE),
        f("livenessProbe", 10, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("ports", 6, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_PORT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "containerPort", list: List::Map, list_keys: &["containerPort", "protocol"], atomic: false }),
        f("readinessProbe", 11, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("resizePolicy", 23, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_RESIZE_POLICY)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resources", 8, OPTIONAL, Form::Object(&CORE_V1_RESOURCE_REQUIREMENTS), &NONE),
        f("restartPolicy", 24, POINTER, Form::String, &NONE),
        f("restartPolicyRules", 25, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_RESTART_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("securityContext", 15, POINTER, Form::Object(&CORE_V1_SECURITY_CONTEXT), &NONE),
        f("startupProbe", 22, POINTER, Form::Object(&CORE_V1_PROBE), &NONE),
        f("stdin", 16, OPTIONAL, Form::Bool, &NONE),
        f("stdinOnce", 17, OPTIONAL, Form::Bool, &NONE),
        f("terminationMessagePath", 13, OPTIONAL, Form::String, &NONE),
        f("terminationMessagePolicy", 20, OPTIONAL, Form::String, &NONE),
        f("tty", 18, OPTIONAL, Form::Bool, &NONE),
        f("volumeDevices", 21, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME_DEVICE)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "devicePath", list: List::Map, list_keys: &["devicePath"], atomic: false }),
        f("volumeMounts", 9, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME_MOUNT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "mountPath", list: List::Map, list_keys: &["mountPath"], atomic: false }),
        f("workingDir", 5, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_EPHEMERAL_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.EphemeralVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("volumeClaimTemplate", 1, POINTER, Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM_TEMPLATE), &NONE),
    ] };

pub(super) static CORE_V1_EVENT: Type = Type { name: "io.k8s.api.core.v1.Event", atomic: false,
    inlined: &[],
    fields: &[
        f("action", 12, OPTIONAL, Form::String, &NONE),
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("count", 8, OPTIONAL, Form::Int32, &NONE),
        f("eventTime", 10, OPTIONAL, Form::MicroTime, &NONE),
        f("firstTimestamp", 6, OPTIONAL, Form::Time, &NONE),
        f("involvedObject", 2, REQUIRED | EMITTED, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("lastTimestamp", 7, OPTIONAL, Form::Time, &NONE),
        f("message", 4, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, REQUIRED | EMITTED, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("reason", 3, OPTIONAL, Form::String, &NONE),
        f("related", 13, POINTER, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
        f("reportingComponent", 14, EMITTED, Form::String, &NONE),
        f("reportingInstance", 15, EMITTED, Form::String, &NONE),
        f("series", 11, POINTER, Form::Object(&CORE_V1_EVENT_SERIES), &NONE),
        f("source", 5, OPTIONAL, Form::Object(&CORE_V1_EVENT_SOURCE), &NONE),
        f("type", 9, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_EVENT_SERIES: Type = Type { name: "io.k8s.api.core.v1.EventSeries", atomic: false,
    inlined: &[],
    fields: &[
        f("count", 1, OPTIONAL, Form::Int32, &NONE),
        f("lastObservedTime", 2, OPTIONAL, Form::MicroTime, &NONE),
    ] };

pub(super) static CORE_V1_EVENT_SOURCE: Type = Type { name: "io.k8s.api.core.v1.EventSource", atomic: false,
    inlined: &[],
    fields: &[
        f("component", 1, OPTIONAL, Form::String, &NONE),
        f("host", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_EXEC_ACTION: Type = Type { name: "io.k8s.api.core.v1.ExecAction", atomic: false,
    inlined: &[],
    fields: &[
        f("command", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_FCVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.FCVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 3, OPTIONAL, Form::String, &NONE),
        f("lun", 2, POINTER, Form::Int32, &NONE),
        f("readOnly", 4, OPTIONAL, Form::Bool, &NONE),
        f("targetWWNs", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("wwids", 5, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_FILE_KEY_SELECTOR: Type = Type { name: "io.k8s.api.core.v1.FileKeySelector", atomic: true,
    inlined: &[],
    fields: &[
        f("key", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("optional", 4, POINTER, Form::Bool, &NONE),
        f("path", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("volumeName", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_FLEX_PERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.FlexPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("driver", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("options", 5, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("readOnly", 4, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 3, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
    ] };

pub(super) static CORE_V1_FLEX_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.FlexVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("driver", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("options", 5, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("readOnly", 4, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 3, POINTER, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
    ] };

pub(super) static CORE_V1_FLOCKER_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.FlockerVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("datasetName", 1, OPTIONAL, Form::String, &NONE),
        f("datasetUUID", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_GCEPERSISTENT_DISK_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.GCEPersistentDiskVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("partition", 3, OPTIONAL, Form::Int32, &NONE),
        f("pdName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("readOnly", 4, OPTIONAL, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_GRPCACTION: Type = Type { name: "io.k8s.api.core.v1.GRPCAction", atomic: false,
    inlined: &[],
    fields: &[
        f("port", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("service", 2, POINTER | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_GIT_REPO_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.GitRepoVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("directory", 3, OPTIONAL, Form::String, &NONE),
        f("repository", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("revision", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_GLUSTERFS_PERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.GlusterfsPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("endpoints", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("endpointsNamespace", 4, POINTER, Form::String, &NONE),
        f("path", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_GLUSTERFS_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.GlusterfsVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("endpoints", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("path", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_HTTPGET_ACTION: Type = Type { name: "io.k8s.api.core.v1.HTTPGetAction", atomic: false,
    inlined: &[],
    fields: &[
        f("host", 3, OPTIONAL, Form::String, &NONE),
        f("httpHeaders", 5, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_HTTPHEADER)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("path", 1, OPTIONAL, Form::String, &NONE),
        f("port", 2, REQUIRED | EMITTED, Form::IntOrString, &NONE),
        f("scheme", 4, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_HTTPHEADER: Type = Type { name: "io.k8s.api.core.v1.HTTPHeader", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("value", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_HOST_ALIAS: Type = Type { name: "io.k8s.api.core.v1.HostAlias", atomic: false,
    inlined: &[],
    fields: &[
        f("hostnames", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("ip", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_HOST_IP: Type = Type { name: "io.k8s.api.core.v1.HostIP", atomic: false,
    inlined: &[],
    fields: &[
        f("ip", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_HOST_PATH_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.HostPathVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("path", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 2, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_ISCSIPERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ISCSIPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("chapAuthDiscovery", 8, OPTIONAL, Form::Bool, &NONE),
        f("chapAuthSession", 11, OPTIONAL, Form::Bool, &NONE),
        f("fsType", 5, OPTIONAL, Form::String, &NONE),
        f("initiatorName", 12, POINTER, Form::String, &NONE),
        f("iqn", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("iscsiInterface", 4, OPTIONAL, Form::String, &NONE),
        f("lun", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("portals", 7, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("readOnly", 6, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 10, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("targetPortal", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_ISCSIVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ISCSIVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("chapAuthDiscovery", 8, OPTIONAL, Form::Bool, &NONE),
        f("chapAuthSession", 11, OPTIONAL, Form::Bool, &NONE),
        f("fsType", 5, OPTIONAL, Form::String, &NONE),
        f("initiatorName", 12, POINTER, Form::String, &NONE),
        f("iqn", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("iscsiInterface", 4, OPTIONAL, Form::String, &NONE),
        f("lun", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("portals", 7, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("readOnly", 6, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 10, POINTER, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
        f("targetPortal", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_IMAGE_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ImageVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("pullPolicy", 2, OPTIONAL, Form::String, &NONE),
        f("reference", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_IMAGE_VOLUME_STATUS: Type = Type { name: "io.k8s.api.core.v1.ImageVolumeStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("imageRef", 1, REQUIRED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_KEY_TO_PATH: Type = Type { name: "io.k8s.api.core.v1.KeyToPath", atomic: false,
    inlined: &[],
    fields: &[
        f("key", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("mode", 3, POINTER, Form::Int32, &NONE),
        f("path", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_LIFECYCLE: Type = Type { name: "io.k8s.api.core.v1.Lifecycle", atomic: false,
    inlined: &[],
    fields: &[
        f("postStart", 1, POINTER, Form::Object(&CORE_V1_LIFECYCLE_HANDLER), &NONE),
        f("preStop", 2, POINTER, Form::Object(&CORE_V1_LIFECYCLE_HANDLER), &NONE),
        f("stopSignal", 3, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_LIFECYCLE_HANDLER: Type = Type { name: "io.k8s.api.core.v1.LifecycleHandler", atomic: false,
    inlined: &[],
    fields: &[
        f("exec", 1, POINTER, Form::Object(&CORE_V1_EXEC_ACTION), &NONE),
        f("httpGet", 2, POINTER, Form::Object(&CORE_V1_HTTPGET_ACTION), &NONE),
        f("sleep", 4, POINTER, Form::Object(&CORE_V1_SLEEP_ACTION), &NONE),
        f("tcpSocket", 3, POINTER, Form::Object(&CORE_V1_TCPSOCKET_ACTION), &NONE),
    ] };

pub(super) static CORE_V1_LIMIT_RANGE: Type = Type { name: "io.k8s.api.core.v1.LimitRange", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_LIMIT_RANGE_SPEC), &NONE),
    ] };

pub(super) static CORE_V1_LIMIT_RANGE_ITEM: Type = Type { name: "io.k8s.api.core.v1.LimitRangeItem", atomic: false,
    inlined: &[],
    fields: &[
        f("default", 4, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("defaultRequest", 5, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("max", 2, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("maxLimitRequestRatio", 6, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("min", 3, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_LIMIT_RANGE_SPEC: Type = Type { name: "io.k8s.api.core.v1.LimitRangeSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("limits", 1, REQUIRED | EMITTED, Form::Array(&Form::Object(&CORE_V1_LIMIT_RANGE_ITEM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_LINUX_CONTAINER_USER: Type = Type { name: "io.k8s.api.core.v1.LinuxContainerUser", atomic: false,
    inlined: &[],
    fields: &[
        f("gid", 2, REQUIRED | EMITTED, Form::Int64, &NONE),
        f("supplementalGroups", 3, OPTIONAL, Form::Array(&Form::Int64), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("uid", 1, REQUIRED | EMITTED, Form::Int64, &NONE),
    ] };

pub(super) static CORE_V1_LOAD_BALANCER_INGRESS: Type = Type { name: "io.k8s.api.core.v1.LoadBalancerIngress", atomic: false,
    inlined: &[],
    fields: &[
        f("hostname", 2, OPTIONAL, Form::String, &NONE),
        f("ip", 1, OPTIONAL, Form::String, &NONE),
        f("ipMode", 3, POINTER, Form::String, &NONE),
        f("ports", 4, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_PORT_STATUS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_LOAD_BALANCER_STATUS: Type = Type { name: "io.k8s.api.core.v1.LoadBalancerStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("ingress", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_LOAD_BALANCER_INGRESS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_LOCAL_OBJECT_REFERENCE: Type = Type { name: "io.k8s.api.core.v1.LocalObjectReference", atomic: true,
    inlined: &[],
    fields: &[
        f("name", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_LOCAL_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.LocalVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, POINTER, Form::String, &NONE),
        f("path", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_MODIFY_VOLUME_STATUS: Type = Type { name: "io.k8s.api.core.v1.ModifyVolumeStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("targetVolumeAttributesClassName", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_NFSVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.NFSVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("path", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("server", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_NAMESPACE: Type = Type { name: "io.k8s.api.core.v1.Namespace", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_NAMESPACE_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_NAMESPACE_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_NAMESPACE_CONDITION: Type = Type { name: "io.k8s.api.core.v1.NamespaceCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 4, OPTIONAL, Form::Time, &NONE),
        f("message", 6, OPTIONAL, Form::String, &NONE),
        f("reason", 5, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_NAMESPACE_SPEC: Type = Type { name: "io.k8s.api.core.v1.NamespaceSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("finalizers", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_NAMESPACE_STATUS: Type = Type { name: "io.k8s.api.core.v1.NamespaceStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("conditions", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_NAMESPACE_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("phase", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_NODE: Type = Type { name: "io.k8s.api.core.v1.Node", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_NODE_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_NODE_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_NODE_ADDRESS: Type = Type { name: "io.k8s.api.core.v1.NodeAddress", atomic: false,
    inlined: &[],
    fields: &[
        f("address", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_NODE_AFFINITY: Type = Type { name: "io.k8s.api.core.v1.NodeAffinity", atomic: false,
    inlined: &[],
    fields: &[
        f("preferredDuringSchedulingIgnoredDuringExecution", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_PREFERRED_SCHEDULING_TERM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("requiredDuringSchedulingIgnoredDuringExecution", 1, POINTER, Form::Object(&CORE_V1_NODE_SELECTOR), &NONE),
    ] };

pub(super) static CORE_V1_NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS: Type = Type { name: "io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("containers", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
        f("resourceClaimName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("resources", 3, REQUIRED | EMITTED, Form::Map(&Form::Quantity), &NONE),
    ] };

pub(super) static CORE_V1_NODE_CONDITION: Type = Type { name: "io.k8s.api.core.v1.NodeCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastHeartbeatTime", 3, OPTIONAL, Form::Time, &NONE),
        f("lastTransitionTime", 4, OPTIONAL, Form::Time, &NONE),
        f("message", 6, OPTIONAL, Form::String, &NONE),
        f("reason", 5, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_NODE_CONFIG_SOURCE: Type = Type { name: "io.k8s.api.core.v1.NodeConfigSource", atomic: false,
    inlined: &[],
    fields: &[
        f("configMap", 2, POINTER, Form::Object(&CORE_V1_CONFIG_MAP_NODE_CONFIG_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_NODE_CONFIG_STATUS: Type = Type { name: "io.k8s.api.core.v1.NodeConfigStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("active", 2, POINTER, Form::Object(&CORE_V1_NODE_CONFIG_SOURCE), &NONE),
        f("assigned", 1, POINTER, Form::Object(&CORE_V1_NODE_CONFIG_SOURCE), &NONE),
        f("error", 4, OPTIONAL, Form::String, &NONE),
        f("lastKnownGood", 3, POINTER, Form::Object(&CORE_V1_NODE_CONFIG_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_NODE_DAEMON_ENDPOINTS: Type = Type { name: "io.k8s.api.core.v1.NodeDaemonEndpoints", atomic: false,
    inlined: &[],
    fields: &[
        f("kubeletEndpoint", 1, OPTIONAL, Form::Object(&CORE_V1_DAEMON_ENDPOINT), &NONE),
    ] };

pub(super) static CORE_V1_NODE_FEATURES: Type = Type { name: "io.k8s.api.core.v1.NodeFeatures", atomic: false,
    inlined: &[],
    fields: &[
        f("supplementalGroupsPolicy", 1, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_NODE_RUNTIME_HANDLER: Type = Type { name: "io.k8s.api.core.v1.NodeRuntimeHandler", atomic: false,
    inlined: &[],
    fields: &[
        f("features", 2, POINTER, Form::Object(&CORE_V1_NODE_RUNTIME_HANDLER_FEATURES), &NONE),
        f("name", 1, EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_NODE_RUNTIME_HANDLER_FEATURES: Type = Type { name: "io.k8s.api.core.v1.NodeRuntimeHandlerFeatures", atomic: false,
    inlined: &[],
    fields: &[
        f("recursiveReadOnlyMounts", 1, POINTER, Form::Bool, &NONE),
        f("userNamespaces", 2, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_NODE_SELECTOR: Type = Type { name: "io.k8s.api.core.v1.NodeSelector", atomic: true,
    inlined: &[],
    fields: &[
        f("nodeSelectorTerms", 1, REQUIRED | EMITTED, Form::Array(&Form::Object(&CORE_V1_NODE_SELECTOR_TERM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_NODE_SELECTOR_REQUIREMENT: Type = Type { name: "io.k8s.api.core.v1.NodeSelectorRequirement", atomic: false,
    inlined: &[],
    fields: &[
        f("key", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("operator", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("values", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_NODE_SELECTOR_TERM: Type = Type { name: "io.k8s.api.core.v1.NodeSelectorTerm", atomic: true,
    inlined: &[],
    fields: &[
        f("matchExpressions", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_NODE_SELECTOR_REQUIREMENT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("matchFields", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_NODE_SELECTOR_REQUIREMENT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_NODE_SPEC: Type = Type { name: "io.k8s.api.core.v1.NodeSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("configSource", 6, POINTER, Form::Object(&CORE_V1_NODE_CONFIG_SOURCE), &NONE),
        f("externalID", 2, OPTIONAL, Form::String, &NONE),
        f("podCIDR", 1, OPTIONAL, Form::String, &NONE),
        f("podCIDRs", 7, OPTIONAL, Form::Array(&Form::String), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
        f("providerID", 3, OPTIONAL, Form::String, &NONE),
        f("taints", 5, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_TAINT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("unschedulable", 4, OPTIONAL, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_NODE_STATUS: Type = Type { name: "io.k8s.api.core.v1.NodeStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("addresses", 5, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_NODE_ADDRESS)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("allocatable", 2, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("capacity", 1, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("conditions", 4, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_NODE_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("config", 11, POINTER, Form::Object(&CORE_V1_NODE_CONFIG_STATUS), &NONE),
        f("daemonEndpoints", 6, OPTIONAL, Form::Object(&CORE_V1_NODE_DAEMON_ENDPOINTS), &NONE),
        f("declaredFeatures", 14, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("features", 13, POINTER, Form::Object(&CORE_V1_NODE_FEATURES), &NONE),
        f("images", 8, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_IMAGE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("nodeInfo", 7, OPTIONAL, Form::Object(&CORE_V1_NODE_SYSTEM_INFO), &NONE),
        f("phase", 3, OPTIONAL, Form::String, &NONE),
        f("runtimeHandlers", 12, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_NODE_RUNTIME_HANDLER)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("volumesAttached", 10, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_ATTACHED_VOLUME)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("volumesInUse", 9, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_NODE_SWAP_STATUS: Type = Type { name: "io.k8s.api.core.v1.NodeSwapStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("capacity", 1, POINTER, Form::Int64, &NONE),
    ] };

pub(super) static CORE_V1_NODE_SYSTEM_INFO: Type = Type { name: "io.k8s.api.core.v1.NodeSystemInfo", atomic: false,
    inlined: &[],
    fields: &[
        f("architecture", 10, REQUIRED | EMITTED, Form::String, &NONE),
        f("bootID", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("containerRuntimeVersion", 6, REQUIRED | EMITTED, Form::String, &NONE),
        f("kernelVersion", 4, REQUIRED | EMITTED, Form::String, &NONE),
        f("kubeProxyVersion", 8, REQUIRED | EMITTED, Form::String, &NONE),
        f("kubeletVersion", 7, REQUIRED | EMITTED, Form::String, &NONE),
        f("machineID", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("operatingSystem", 9, REQUIRED | EMITTED, Form::String, &NONE),
        f("osImage", 5, REQUIRED | EMITTED, Form::String, &NONE),
        f("swap", 11, POINTER, Form::Object(&CORE_V1_NODE_SWAP_STATUS), &NONE),
        f("systemUUID", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_OBJECT_FIELD_SELECTOR: Type = Type { name: "io.k8s.api.core.v1.ObjectFieldSelector", atomic: true,
    inlined: &[],
    fields: &[
        f("apiVersion", 1, OPTIONAL, Form::String, &NONE),
        f("fieldPath", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_OBJECT_REFERENCE: Type = Type { name: "io.k8s.api.core.v1.ObjectReference", atomic: true,
    inlined: &[],
    fields: &[
        f("apiVersion", 5, OPTIONAL, Form::String, &NONE),
        f("fieldPath", 7, OPTIONAL, Form::String, &NONE),
        f("kind", 1, OPTIONAL, Form::String, &NONE),
        f("name", 3, OPTIONAL, Form::String, &NONE),
        f("namespace", 2, OPTIONAL, Form::String, &NONE),
        f("resourceVersion", 6, OPTIONAL, Form::String, &NONE),
        f("uid", 4, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME: Type = Type { name: "io.k8s.api.core.v1.PersistentVolume", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_PERSISTENT_VOLUME_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_PERSISTENT_VOLUME_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_CLAIM: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeClaim", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_CLAIM_CONDITION: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeClaimCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastProbeTime", 3, OPTIONAL, Form::Time, &NONE),
        f("lastTransitionTime", 4, OPTIONAL, Form::Time, &NONE),
        f("message", 6, OPTIONAL, Form::String, &NONE),
        f("reason", 5, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_CLAIM_SPEC: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeClaimSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("accessModes", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("dataSource", 7, POINTER, Form::Object(&CORE_V1_TYPED_LOCAL_OBJECT_REFERENCE), &NONE),
        f("dataSourceRef", 8, POINTER, Form::Object(&CORE_V1_TYPED_OBJECT_REFERENCE), &NONE),
        f("resources", 2, OPTIONAL, Form::Object(&CORE_V1_VOLUME_RESOURCE_REQUIREMENTS), &NONE),
        f("selector", 4, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("storageClassName", 5, POINTER, Form::String, &NONE),
        f("volumeAttributesClassName", 9, POINTER, Form::String, &NONE),
        f("volumeMode", 6, POINTER, Form::String, &NONE),
        f("volumeName", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_CLAIM_STATUS: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeClaimStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("accessModes", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("allocatedResourceStatuses", 7, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("allocatedResources", 5, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("capacity", 3, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("conditions", 4, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("currentVolumeAttributesClassName", 8, POINTER, Form::String, &NONE),
        f("modifyVolumeStatus", 9, POINTER, Form::Object(&CORE_V1_MODIFY_VOLUME_STATUS), &NONE),
        f("phase", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_CLAIM_TEMPLATE: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeClaimTemplate", atomic: false,
    inlined: &[],
    fields: &[
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, REQUIRED | EMITTED, Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM_SPEC), &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("claimName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("readOnly", 2, OPTIONAL, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("awsElasticBlockStore", 2, POINTER, Form::Object(&CORE_V1_AWSELASTIC_BLOCK_STORE_VOLUME_SOURCE), &NONE),
        f("azureDisk", 16, POINTER, Form::Object(&CORE_V1_AZURE_DISK_VOLUME_SOURCE), &NONE),
        f("azureFile", 13, POINTER, Form::Object(&CORE_V1_AZURE_FILE_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("cephfs", 9, POINTER, Form::Object(&CORE_V1_CEPH_FSPERSISTENT_VOLUME_SOURCE), &NONE),
        f("cinder", 8, POINTER, Form::Object(&CORE_V1_CINDER_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("csi", 22, POINTER, Form::Object(&CORE_V1_CSIPERSISTENT_VOLUME_SOURCE), &NONE),
        f("fc", 10, POINTER, Form::Object(&CORE_V1_FCVOLUME_SOURCE), &NONE),
        f("flexVolume", 12, POINTER, Form::Object(&CORE_V1_FLEX_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("flocker", 11, POINTER, Form::Object(&CORE_V1_FLOCKER_VOLUME_SOURCE), &NONE),
        f("gcePersistentDisk", 1, POINTER, Form::Object(&CORE_V1_GCEPERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("glusterfs", 4, POINTER, Form::Object(&CORE_V1_GLUSTERFS_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("hostPath", 3, POINTER, Form::Object(&CORE_V1_HOST_PATH_VOLUME_SOURCE), &NONE),
        f("iscsi", 7, POINTER, Form::Object(&CORE_V1_ISCSIPERSISTENT_VOLUME_SOURCE), &NONE),
        f("local", 20, POINTER, Form::Object(&CORE_V1_LOCAL_VOLUME_SOURCE), &NONE),
        f("nfs", 5, POINTER, Form::Object(&CORE_V1_NFSVOLUME_SOURCE), &NONE),
        f("photonPersistentDisk", 17, POINTER, Form::Object(&CORE_V1_PHOTON_PERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("portworxVolume", 18, POINTER, Form::Object(&CORE_V1_PORTWORX_VOLUME_SOURCE), &NONE),
        f("quobyte", 15, POINTER, Form::Object(&CORE_V1_QUOBYTE_VOLUME_SOURCE), &NONE),
        f("rbd", 6, POINTER, Form::Object(&CORE_V1_RBDPERSISTENT_VOLUME_SOURCE), &NONE),
        f("scaleIO", 19, POINTER, Form::Object(&CORE_V1_SCALE_IOPERSISTENT_VOLUME_SOURCE), &NONE),
        f("storageos", 21, POINTER, Form::Object(&CORE_V1_STORAGE_OSPERSISTENT_VOLUME_SOURCE), &NONE),
        f("vsphereVolume", 14, POINTER, Form::Object(&CORE_V1_VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_SPEC: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeSpec", atomic: false,
    inlined: &[Inlined { number: 2, of: &CORE_V1_PERSISTENT_VOLUME_SOURCE }],
    fields: &[
        f("accessModes", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("awsElasticBlockStore", 0, POINTER, Form::Object(&CORE_V1_AWSELASTIC_BLOCK_STORE_VOLUME_SOURCE), &NONE),
        f("azureDisk", 0, POINTER, Form::Object(&CORE_V1_AZURE_DISK_VOLUME_SOURCE), &NONE),
        f("azureFile", 0, POINTER, Form::Object(&CORE_V1_AZURE_FILE_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("capacity", 1, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("cephfs", 0, POINTER, Form::Object(&CORE_V1_CEPH_FSPERSISTENT_VOLUME_SOURCE), &NONE),
        f("cinder", 0, POINTER, Form::Object(&CORE_V1_CINDER_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("claimRef", 4, POINTER, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
        f("csi", 0, POINTER, Form::Object(&CORE_V1_CSIPERSISTENT_VOLUME_SOURCE), &NONE),
        f("fc", 0, POINTER, Form::Object(&CORE_V1_FCVOLUME_SOURCE), &NONE),
        f("flexVolume", 0, POINTER, Form::Object(&CORE_V1_FLEX_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("flocker", 0, POINTER, Form::Object(&CORE_V1_FLOCKER_VOLUME_SOURCE), &NONE),
        f("gcePersistentDisk", 0, POINTER, Form::Object(&CORE_V1_GCEPERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("glusterfs", 0, POINTER, Form::Object(&CORE_V1_GLUSTERFS_PERSISTENT_VOLUME_SOURCE), &NONE),
        f("hostPath", 0, POINTER, Form::Object(&CORE_V1_HOST_PATH_VOLUME_SOURCE), &NONE),
        f("iscsi", 0, POINTER, Form::Object(&CORE_V1_ISCSIPERSISTENT_VOLUME_SOURCE), &NONE),
        f("local", 0, POINTER, Form::Object(&CORE_V1_LOCAL_VOLUME_SOURCE), &NONE),
        f("mountOptions", 7, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("nfs", 0, POINTER, Form::Object(&CORE_V1_NFSVOLUME_SOURCE), &NONE),
        f("nodeAffinity", 9, POINTER, Form::Object(&CORE_V1_VOLUME_NODE_AFFINITY), &NONE),
        f("persistentVolumeReclaimPolicy", 5, OPTIONAL, Form::String, &NONE),
        f("photonPersistentDisk", 0, POINTER, Form::Object(&CORE_V1_PHOTON_PERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("portworxVolume", 0, POINTER, Form::Object(&CORE_V1_PORTWORX_VOLUME_SOURCE), &NONE),
        f("quobyte", 0, POINTER, Form::Object(&CORE_V1_QUOBYTE_VOLUME_SOURCE), &NONE),
        f("rbd", 0, POINTER, Form::Object(&CORE_V1_RBDPERSISTENT_VOLUME_SOURCE), &NONE),
        f("scaleIO", 0, POINTER, Form::Object(&CORE_V1_SCALE_IOPERSISTENT_VOLUME_SOURCE), &NONE),
        f("storageClassName", 6, OPTIONAL, Form::String, &NONE),
        f("storageos", 0, POINTER, Form::Object(&CORE_V1_STORAGE_OSPERSISTENT_VOLUME_SOURCE), &NONE),
        f("volumeAttributesClassName", 10, POINTER, Form::String, &NONE),
        f("volumeMode", 8, POINTER, Form::String, &NONE),
        f("vsphereVolume", 0, POINTER, Form::Object(&CORE_V1_VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_PERSISTENT_VOLUME_STATUS: Type = Type { name: "io.k8s.api.core.v1.PersistentVolumeStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("lastPhaseTransitionTime", 4, POINTER, Form::Time, &NONE),
        f("message", 2, OPTIONAL, Form::String, &NONE),
        f("phase", 1, OPTIONAL, Form::String, &NONE),
        f("reason", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("pdID", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD: Type = Type { name: "io.k8s.api.core.v1.Pod", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_POD_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_POD_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_POD_AFFINITY: Type = Type { name: "io.k8s.api.core.v1.PodAffinity", atomic: false,
    inlined: &[],
    fields: &[
        f("preferredDuringSchedulingIgnoredDuringExecution", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_WEIGHTED_POD_AFFINITY_TERM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("requiredDuringSchedulingIgnoredDuringExecution", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_AFFINITY_TERM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_POD_AFFINITY_TERM: Type = Type { name: "io.k8s.api.core.v1.PodAffinityTerm", atomic: false,
    inlined: &[],
    fields: &[
        f("labelSelector", 1, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("matchLabelKeys", 5, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("mismatchLabelKeys", 6, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("namespaceSelector", 4, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("namespaces", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("topologyKey", 3, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_ANTI_AFFINITY: Type = Type { name: "io.k8s.api.core.v1.PodAntiAffinity", atomic: false,
    inlined: &[],
    fields: &[
        f("preferredDuringSchedulingIgnoredDuringExecution", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_WEIGHTED_POD_AFFINITY_TERM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("requiredDuringSchedulingIgnoredDuringExecution", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_AFFINITY_TERM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_POD_CERTIFICATE_PROJECTION: Type = Type { name: "io.k8s.api.core.v1.PodCertificateProjection", atomic: false,
    inlined: &[],
    fields: &[
        f("certificateChainPath", 6, OPTIONAL, Form::String, &NONE),
        f("credentialBundlePath", 4, OPTIONAL, Form::String, &NONE),
        f("keyPath", 5, OPTIONAL, Form::String, &NONE),
        f("keyType", 2, REQUIRED, Form::String, &NONE),
        f("maxExpirationSeconds", 3, POINTER, Form::Int32, &NONE),
        f("signerName", 1, REQUIRED, Form::String, &NONE),
        f("userAnnotations", 7, OPTIONAL, Form::Map(&Form::String), &NONE),
    ] };

pub(super) static CORE_V1_POD_CONDITION: Type = Type { name: "io.k8s.api.core.v1.PodCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastProbeTime", 3, OPTIONAL, Form::Time, &NONE),
        f("lastTransitionTime", 4, OPTIONAL, Form::Time, &NONE),
        f("message", 6, OPTIONAL, Form::String, &NONE),
        f("observedGeneration", 7, OPTIONAL, Form::Int64, &NONE),
        f("reason", 5, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_DNSCONFIG: Type = Type { name: "io.k8s.api.core.v1.PodDNSConfig", atomic: false,
    inlined: &[],
    fields: &[
        f("nameservers", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("options", 3, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_DNSCONFIG_OPTION)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("searches", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_POD_DNSCONFIG_OPTION: Type = Type { name: "io.k8s.api.core.v1.PodDNSConfigOption", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("value", 2, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_EXTENDED_RESOURCE_CLAIM_STATUS: Type = Type { name: "io.k8s.api.core.v1.PodExtendedResourceClaimStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("requestMappings", 1, REQUIRED | EMITTED, Form::Array(&Form::Object(&CORE_V1_CONTAINER_EXTENDED_RESOURCE_REQUEST)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resourceClaimName", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_IP: Type = Type { name: "io.k8s.api.core.v1.PodIP", atomic: false,
    inlined: &[],
    fields: &[
        f("ip", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_OS: Type = Type { name: "io.k8s.api.core.v1.PodOS", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_READINESS_GATE: Type = Type { name: "io.k8s.api.core.v1.PodReadinessGate", atomic: false,
    inlined: &[],
    fields: &[
        f("conditionType", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_RESOURCE_CLAIM: Type = Type { name: "io.k8s.api.core.v1.PodResourceClaim", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("resourceClaimName", 3, POINTER, Form::String, &NONE),
        f("resourceClaimTemplateName", 4, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_RESOURCE_CLAIM_STATUS: Type = Type { name: "io.k8s.api.core.v1.PodResourceClaimStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("resourceClaimName", 2, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_SCHEDULING_GATE: Type = Type { name: "io.k8s.api.core.v1.PodSchedulingGate", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_SCHEDULING_GROUP: Type = Type { name: "io.k8s.api.core.v1.PodSchedulingGroup", atomic: false,
    inlined: &[],
    fields: &[
        f("podGroupName", 1, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_POD_SECURITY_CONTEXT: Type = Type { name: "io.k8s.api.core.v1.PodSecurityContext", atomic: false,
    inlined: &[],
    fields: &[
        f("appArmorProfile", 11, POINTER, Form::Object(&CORE_V1_APP_ARMOR_PROFILE), &NONE),
        f("fsGroup", 5, POINTER, Form::Int64, &NONE),
        f("fsGroupChangePolicy", 9, POINTER, Form::String, &NONE),
        f("runAsGroup", 6, POINTER, Form::Int64, &NONE),
        f("runAsNonRoot", 3, POINTER, Form::Bool, &NONE),
        f("runAsUser", 2, POINTER, Form::Int64, &NONE),
        f("seLinuxChangePolicy", 13, POINTER, Form::String, &NONE),
        f("seLinuxOptions", 1, POINTER, Form::Object(&CORE_V1_SELINUX_OPTIONS), &NONE),
        f("seccompProfile", 10, POINTER, Form::Object(&CORE_V1_SECCOMP_PROFILE), &NONE),
        f("supplementalGroups", 4, OPTIONAL, Form::Array(&Form::Int64), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("supplementalGroupsPolicy", 12, POINTER, Form::String, &NONE),
        f("sysctls", 7, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_SYSCTL)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("windowsOptions", 8, POINTER, Form::Object(&CORE_V1_WINDOWS_SECURITY_CONTEXT_OPTIONS), &NONE),
    ] };

pub(super) static CORE_V1_POD_SPEC: Type = Type { name: "io.k8s.api.core.v1.PodSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("activeDeadlineSeconds", 5, POINTER, Form::Int64, &NONE),
        f("affinity", 18, POINTER, Form::Object(&CORE_V1_AFFINITY), &NONE),
        f("automountServiceAccountToken", 21, POINTER, Form::Bool, &NONE),
        f("containers", 2, REQUIRED | EMITTED, Form::Array(&Form::Object(&CORE_V1_CONTAINER)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("dnsConfig", 26, POINTER, Form::Object(&CORE_V1_POD_DNSCONFIG), &NONE),
        f("dnsPolicy", 6, OPTIONAL, Form::String, &NONE),
        f("enableServiceLinks", 30, POINTER, Form::Bool, &NONE),
        f("ephemeralContainers", 34, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_EPHEMERAL_CONTAINER)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("hostAliases", 23, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_HOST_ALIAS)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "ip", list: List::Map, list_keys: &["ip"], atomic: false }),
        f("hostIPC", 13, OPTIONAL, Form::Bool, &NONE),
        f("hostNetwork", 11, OPTIONAL, Form::Bool, &NONE),
        f("hostPID", 12, OPTIONAL, Form::Bool, &NONE),
        f("hostUsers", 37, POINTER, Form::Bool, &NONE),
        f("hostname", 16, OPTIONAL, Form::String, &NONE),
        f("hostnameOverride", 41, POINTER, Form::String, &NONE),
        f("imagePullSecrets", 15, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("initContainers", 20, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("nodeName", 10, OPTIONAL, Form::String, &NONE),
        f("nodeSelector", 7, OPTIONAL, Form::Map(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Unset, list_keys: &[], atomic: true }),
        f("os", 36, POINTER, Form::Object(&CORE_V1_POD_OS), &NONE),
        f("overhead", 32, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("preemptionPolicy", 31, POINTER, Form::String, &NONE),
        f("priority", 25, POINTER, Form::Int32, &NONE),
        f("priorityClassName", 24, OPTIONAL, Form::String, &NONE),
        f("readinessGates", 28, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_READINESS_GATE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resourceClaims", 39, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_RESOURCE_CLAIM)), &Rules { merge: true, retain_keys: true, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("resources", 40, POINTER, Form::Object(&CORE_V1_RESOURCE_REQUIREMENTS), &NONE),
        f("restartPolicy", 3, OPTIONAL, Form::String, &NONE),
        f("runtimeClassName", 29, POINTER, Form::String, &NONE),
        f("schedulerName", 19, OPTIONAL, Form::String, &NONE),
        f("schedulingGates", 38, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_SCHEDULING_GATE)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("schedulingGroup", 43, POINTER, Form::Object(&CORE_V1_POD_SCHEDULING_GROUP), &NONE),
        f("securityContext", 14, POINTER, Form::Object(&CORE_V1_POD_SECURITY_CONTEXT), &NONE),
        f("serviceAccount", 9, OPTIONAL, Form::String, &NONE),
        f("serviceAccountName", 8, OPTIONAL, Form::String, &NONE),
        f("setHostnameAsFQDN", 35, POINTER, Form::Bool, &NONE),
        f("shareProcessNamespace", 27, POINTER, Form::Bool, &NONE),
        f("subdomain", 17, OPTIONAL, Form::String, &NONE),
        f("terminationGracePeriodSeconds", 4, POINTER, Form::Int64, &NONE),
        f("tolerations", 22, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_TOLERATION)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("topologySpreadConstraints", 33, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_TOPOLOGY_SPREAD_CONSTRAINT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "topologyKey", list: List::Map, list_keys: &["topologyKey", "whenUnsatisfiable"], atomic: false }),
        f("volumes", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_VOLUME)), &Rules { merge: true, retain_keys: true, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
    ] };

pub(super) static CORE_V1_POD_STATUS: Type = Type { name: "io.k8s.api.core.v1.PodStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("allocatedResources", 19, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("conditions", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("containerStatuses", 8, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_STATUS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("ephemeralContainerStatuses", 13, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_STATUS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("extendedResourceClaimStatus", 18, POINTER, Form::Object(&CORE_V1_POD_EXTENDED_RESOURCE_CLAIM_STATUS), &NONE),
        f("hostIP", 5, OPTIONAL, Form::String, &NONE),
        f("hostIPs", 16, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_HOST_IP)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "ip", list: List::Atomic, list_keys: &[], atomic: false }),
        f("initContainerStatuses", 10, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_CONTAINER_STATUS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("message", 3, OPTIONAL, Form::String, &NONE),
        f("nodeAllocatableResourceClaimStatuses", 21, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("nominatedNodeName", 11, OPTIONAL, Form::String, &NONE),
        f("observedGeneration", 17, OPTIONAL, Form::Int64, &NONE),
        f("phase", 1, OPTIONAL, Form::String, &NONE),
        f("podIP", 6, OPTIONAL, Form::String, &NONE),
        f("podIPs", 12, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_IP)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "ip", list: List::Map, list_keys: &["ip"], atomic: false }),
        f("qosClass", 9, OPTIONAL, Form::String, &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("resize", 14, OPTIONAL, Form::String, &NONE),
        f("resourceClaimStatuses", 15, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_POD_RESOURCE_CLAIM_STATUS)), &Rules { merge: true, retain_keys: true, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
        f("resources", 20, POINTER, Form::Object(&CORE_V1_RESOURCE_REQUIREMENTS), &NONE),
        f("startTime", 7, POINTER, Form::Time, &NONE),
    ] };

pub(super) static CORE_V1_POD_TEMPLATE: Type = Type { name: "io.k8s.api.core.v1.PodTemplate", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("template", 2, OPTIONAL, Form::Object(&CORE_V1_POD_TEMPLATE_SPEC), &NONE),
    ] };

pub(super) static CORE_V1_POD_TEMPLATE_SPEC: Type = Type { name: "io.k8s.api.core.v1.PodTemplateSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_POD_SPEC), &NONE),
    ] };

pub(super) static CORE_V1_PORT_STATUS: Type = Type { name: "io.k8s.api.core.v1.PortStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("error", 3, POINTER, Form::String, &NONE),
        f("port", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("protocol", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_PORTWORX_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.PortworxVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("volumeID", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_PREFERRED_SCHEDULING_TERM: Type = Type { name: "io.k8s.api.core.v1.PreferredSchedulingTerm", atomic: false,
    inlined: &[],
    fields: &[
        f("preference", 2, REQUIRED | EMITTED, Form::Object(&CORE_V1_NODE_SELECTOR_TERM), &NONE),
        f("weight", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
    ] };

pub(super) static CORE_V1_PROBE: Type = Type { name: "io.k8s.api.core.v1.Probe", atomic: false,
    inlined: &[Inlined { number: 1, of: &CORE_V1_PROBE_HANDLER }],
    fields: &[
        f("exec", 0, POINTER, Form::Object(&CORE_V1_EXEC_ACTION), &NONE),
        f("failureThreshold", 6, OPTIONAL, Form::Int32, &NONE),
        f("grpc", 0, POINTER, Form::Object(&CORE_V1_GRPCACTION), &NONE),
        f("httpGet", 0, POINTER, Form::Object(&CORE_V1_HTTPGET_ACTION), &NONE),
        f("initialDelaySeconds", 2, OPTIONAL, Form::Int32, &NONE),
        f("periodSeconds", 4, OPTIONAL, Form::Int32, &NONE),
        f("successThreshold", 5, OPTIONAL, Form::Int32, &NONE),
        f("tcpSocket", 0, POINTER, Form::Object(&CORE_V1_TCPSOCKET_ACTION), &NONE),
        f("terminationGracePeriodSeconds", 7, POINTER, Form::Int64, &NONE),
        f("timeoutSeconds", 3, OPTIONAL, Form::Int32, &NONE),
    ] };

pub(super) static CORE_V1_PROBE_HANDLER: Type = Type { name: "io.k8s.api.core.v1.ProbeHandler", atomic: false,
    inlined: &[],
    fields: &[
        f("exec", 1, POINTER, Form::Object(&CORE_V1_EXEC_ACTION), &NONE),
        f("grpc", 4, POINTER, Form::Object(&CORE_V1_GRPCACTION), &NONE),
        f("httpGet", 2, POINTER, Form::Object(&CORE_V1_HTTPGET_ACTION), &NONE),
        f("tcpSocket", 3, POINTER, Form::Object(&CORE_V1_TCPSOCKET_ACTION), &NONE),
    ] };

pub(super) static CORE_V1_PROJECTED_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ProjectedVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("defaultMode", 2, POINTER, Form::Int32, &NONE),
        f("sources", 1, EMITTED, Form::Array(&Form::Object(&CORE_V1_VOLUME_PROJECTION)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_QUOBYTE_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.QuobyteVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("group", 5, OPTIONAL, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("registry", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("tenant", 6, OPTIONAL, Form::String, &NONE),
        f("user", 4, OPTIONAL, Form::String, &NONE),
        f("volume", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_RBDPERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.RBDPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 3, OPTIONAL, Form::String, &NONE),
        f("image", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("keyring", 6, OPTIONAL, Form::String, &NONE),
        f("monitors", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("pool", 4, OPTIONAL, Form::String, &NONE),
        f("readOnly", 8, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 7, POINTER, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("user", 5, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_RBDVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.RBDVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 3, OPTIONAL, Form::String, &NONE),
        f("image", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("keyring", 6, OPTIONAL, Form::String, &NONE),
        f("monitors", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("pool", 4, OPTIONAL, Form::String, &NONE),
        f("readOnly", 8, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 7, POINTER, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
        f("user", 5, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_REPLICATION_CONTROLLER: Type = Type { name: "io.k8s.api.core.v1.ReplicationController", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_REPLICATION_CONTROLLER_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_REPLICATION_CONTROLLER_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_REPLICATION_CONTROLLER_CONDITION: Type = Type { name: "io.k8s.api.core.v1.ReplicationControllerCondition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 3, OPTIONAL, Form::Time, &NONE),
        f("message", 5, OPTIONAL, Form::String, &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_REPLICATION_CONTROLLER_SPEC: Type = Type { name: "io.k8s.api.core.v1.ReplicationControllerSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("minReadySeconds", 4, OPTIONAL, Form::Int32, &NONE),
        f("replicas", 1, POINTER, Form::Int32, &NONE),
        f("selector", 2, OPTIONAL, Form::Map(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Unset, list_keys: &[], atomic: true }),
        f("template", 3, POINTER, Form::Object(&CORE_V1_POD_TEMPLATE_SPEC), &NONE),
    ] };

pub(super) static CORE_V1_REPLICATION_CONTROLLER_STATUS: Type = Type { name: "io.k8s.api.core.v1.ReplicationControllerStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("availableReplicas", 5, OPTIONAL, Form::Int32, &NONE),
        f("conditions", 6, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_REPLICATION_CONTROLLER_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("fullyLabeledReplicas", 2, OPTIONAL, Form::Int32, &NONE),
        f("observedGeneration", 3, OPTIONAL, Form::Int64, &NONE),
        f("readyReplicas", 4, OPTIONAL, Form::Int32, &NONE),
        f("replicas", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
    ] };

pub(super) static CORE_V1_RESOURCE_CLAIM: Type = Type { name: "io.k8s.api.core.v1.ResourceClaim", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("request", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_RESOURCE_FIELD_SELECTOR: Type = Type { name: "io.k8s.api.core.v1.ResourceFieldSelector", atomic: true,
    inlined: &[],
    fields: &[
        f("containerName", 1, OPTIONAL, Form::String, &NONE),
        f("divisor", 3, OPTIONAL, Form::Quantity, &NONE),
        f("resource", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_RESOURCE_HEALTH: Type = Type { name: "io.k8s.api.core.v1.ResourceHealth", atomic: false,
    inlined: &[],
    fields: &[
        f("health", 2, OPTIONAL, Form::String, &NONE),
        f("message", 6, POINTER, Form::String, &NONE),
        f("resourceID", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_RESOURCE_QUOTA: Type = Type { name: "io.k8s.api.core.v1.ResourceQuota", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_RESOURCE_QUOTA_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_RESOURCE_QUOTA_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_RESOURCE_QUOTA_SPEC: Type = Type { name: "io.k8s.api.core.v1.ResourceQuotaSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("hard", 1, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("scopeSelector", 3, POINTER, Form::Object(&CORE_V1_SCOPE_SELECTOR), &NONE),
        f("scopes", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_RESOURCE_QUOTA_STATUS: Type = Type { name: "io.k8s.api.core.v1.ResourceQuotaStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("hard", 1, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("used", 2, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
    ] };

pub(super) static CORE_V1_RESOURCE_REQUIREMENTS: Type = Type { name: "io.k8s.api.core.v1.ResourceRequirements", atomic: false,
    inlined: &[],
    fields: &[
        f("claims", 3, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_RESOURCE_CLAIM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Map, list_keys: &["name"], atomic: false }),
        f("limits", 1, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("requests", 2, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
    ] };

pub(super) static CORE_V1_RESOURCE_STATUS: Type = Type { name: "io.k8s.api.core.v1.ResourceStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("resources", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_RESOURCE_HEALTH)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Map, list_keys: &["resourceID"], atomic: false }),
    ] };

pub(super) static CORE_V1_SELINUX_OPTIONS: Type = Type { name: "io.k8s.api.core.v1.SELinuxOptions", atomic: false,
    inlined: &[],
    fields: &[
        f("level", 4, OPTIONAL, Form::String, &NONE),
        f("role", 2, OPTIONAL, Form::String, &NONE),
        f("type", 3, OPTIONAL, Form::String, &NONE),
        f("user", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SCALE_IOPERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 9, OPTIONAL, Form::String, &NONE),
        f("gateway", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("protectionDomain", 5, OPTIONAL, Form::String, &NONE),
        f("readOnly", 10, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 3, REQUIRED | POINTER | EMITTED, Form::Object(&CORE_V1_SECRET_REFERENCE), &NONE),
        f("sslEnabled", 4, OPTIONAL, Form::Bool, &NONE),
        f("storageMode", 7, OPTIONAL, Form::String, &NONE),
        f("storagePool", 6, OPTIONAL, Form::String, &NONE),
        f("system", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("volumeName", 8, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SCALE_IOVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.ScaleIOVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 9, OPTIONAL, Form::String, &NONE),
        f("gateway", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("protectionDomain", 5, OPTIONAL, Form::String, &NONE),
        f("readOnly", 10, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 3, REQUIRED | POINTER | EMITTED, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
        f("sslEnabled", 4, OPTIONAL, Form::Bool, &NONE),
        f("storageMode", 7, OPTIONAL, Form::String, &NONE),
        f("storagePool", 6, OPTIONAL, Form::String, &NONE),
        f("system", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("volumeName", 8, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SCOPE_SELECTOR: Type = Type { name: "io.k8s.api.core.v1.ScopeSelector", atomic: true,
    inlined: &[],
    fields: &[
        f("matchExpressions", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_SCOPED_RESOURCE_SELECTOR_REQUIREMENT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_SCOPED_RESOURCE_SELECTOR_REQUIREMENT: Type = Type { name: "io.k8s.api.core.v1.ScopedResourceSelectorRequirement", atomic: false,
    inlined: &[],
    fields: &[
        f("operator", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("scopeName", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("values", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_SECCOMP_PROFILE: Type = Type { name: "io.k8s.api.core.v1.SeccompProfile", atomic: false,
    inlined: &[],
    fields: &[
        f("localhostProfile", 2, POINTER, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SECRET: Type = Type { name: "io.k8s.api.core.v1.Secret", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("data", 2, OPTIONAL, Form::Map(&Form::Bytes), &NONE),
        f("immutable", 5, POINTER, Form::Bool, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("stringData", 4, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("type", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SECRET_ENV_SOURCE: Type = Type { name: "io.k8s.api.core.v1.SecretEnvSource", atomic: false,
    inlined: &[Inlined { number: 1, of: &CORE_V1_LOCAL_OBJECT_REFERENCE }],
    fields: &[
        f("name", 0, OPTIONAL, Form::String, &NONE),
        f("optional", 2, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_SECRET_KEY_SELECTOR: Type = Type { name: "io.k8s.api.core.v1.SecretKeySelector", atomic: true,
    inlined: &[Inlined { number: 1, of: &CORE_V1_LOCAL_OBJECT_REFERENCE }],
    fields: &[
        f("key", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 0, OPTIONAL, Form::String, &NONE),
        f("optional", 3, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_SECRET_PROJECTION: Type = Type { name: "io.k8s.api.core.v1.SecretProjection", atomic: false,
    inlined: &[Inlined { number: 1, of: &CORE_V1_LOCAL_OBJECT_REFERENCE }],
    fields: &[
        f("items", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_KEY_TO_PATH)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("name", 0, OPTIONAL, Form::String, &NONE),
        f("optional", 4, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static CORE_V1_SECRET_REFERENCE: Type = Type { name: "io.k8s.api.core.v1.SecretReference", atomic: true,
    inlined: &[],
    fields: &[
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("namespace", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SECRET_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.SecretVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("defaultMode", 3, POINTER, Form::Int32, &NONE),
        f("items", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_KEY_TO_PATH)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("optional", 4, POINTER, Form::Bool, &NONE),
        f("secretName", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SECURITY_CONTEXT: Type = Type { name: "io.k8s.api.core.v1.SecurityContext", atomic: false,
    inlined: &[],
    fields: &[
        f("allowPrivilegeEscalation", 7, POINTER, Form::Bool, &NONE),
        f("appArmorProfile", 12, POINTER, Form::Object(&CORE_V1_APP_ARMOR_PROFILE), &NONE),
        f("capabilities", 1, POINTER, Form::Object(&CORE_V1_CAPABILITIES), &NONE),
        f("privileged", 2, POINTER, Form::Bool, &NONE),
        f("procMount", 9, POINTER, Form::String, &NONE),
        f("readOnlyRootFilesystem", 6, POINTER, Form::Bool, &NONE),
        f("runAsGroup", 8, POINTER, Form::Int64, &NONE),
        f("runAsNonRoot", 5, POINTER, Form::Bool, &NONE),
        f("runAsUser", 4, POINTER, Form::Int64, &NONE),
        f("seLinuxOptions", 3, POINTER, Form::Object(&CORE_V1_SELINUX_OPTIONS), &NONE),
        f("seccompProfile", 11, POINTER, Form::Object(&CORE_V1_SECCOMP_PROFILE), &NONE),
        f("windowsOptions", 10, POINTER, Form::Object(&CORE_V1_WINDOWS_SECURITY_CONTEXT_OPTIONS), &NONE),
    ] };

pub(super) static CORE_V1_SERVICE: Type = Type { name: "io.k8s.api.core.v1.Service", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&CORE_V1_SERVICE_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&CORE_V1_SERVICE_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_SERVICE_ACCOUNT: Type = Type { name: "io.k8s.api.core.v1.ServiceAccount", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("automountServiceAccountToken", 4, POINTER, Form::Bool, &NONE),
        f("imagePullSecrets", 3, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("secrets", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_OBJECT_REFERENCE)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "name", list: List::Map, list_keys: &["name"], atomic: false }),
    ] };

pub(super) static CORE_V1_SERVICE_ACCOUNT_TOKEN_PROJECTION: Type = Type { name: "io.k8s.api.core.v1.ServiceAccountTokenProjection", atomic: false,
    inlined: &[],
    fields: &[
        f("audience", 1, OPTIONAL, Form::String, &NONE),
        f("expirationSeconds", 2, POINTER, Form::Int64, &NONE),
        f("path", 3, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SERVICE_PORT: Type = Type { name: "io.k8s.api.core.v1.ServicePort", atomic: false,
    inlined: &[],
    fields: &[
        f("appProtocol", 6, POINTER, Form::String, &NONE),
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("nodePort", 5, OPTIONAL, Form::Int32, &NONE),
        f("port", 3, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("protocol", 2, OPTIONAL, Form::String, &NONE),
        f("targetPort", 4, OPTIONAL, Form::IntOrString, &NONE),
    ] };

pub(super) static CORE_V1_SERVICE_SPEC: Type = Type { name: "io.k8s.api.core.v1.ServiceSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("allocateLoadBalancerNodePorts", 20, POINTER, Form::Bool, &NONE),
        f("clusterIP", 3, OPTIONAL, Form::String, &NONE),
        f("clusterIPs", 18, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("externalIPs", 5, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("externalName", 10, OPTIONAL, Form::String, &NONE),
        f("externalTrafficPolicy", 11, OPTIONAL, Form::String, &NONE),
        f("healthCheckNodePort", 12, OPTIONAL, Form::Int32, &NONE),
        f("internalTrafficPolicy", 22, POINTER, Form::String, &NONE),
        f("ipFamilies", 19, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("ipFamilyPolicy", 17, POINTER, Form::String, &NONE),
        f("loadBalancerClass", 21, POINTER, Form::String, &NONE),
        f("loadBalancerIP", 8, OPTIONAL, Form::String, &NONE),
        f("loadBalancerSourceRanges", 9, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("ports", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_SERVICE_PORT)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "port", list: List::Map, list_keys: &["port", "protocol"], atomic: false }),
        f("publishNotReadyAddresses", 13, OPTIONAL, Form::Bool, &NONE),
        f("selector", 2, OPTIONAL, Form::Map(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Unset, list_keys: &[], atomic: true }),
        f("sessionAffinity", 7, OPTIONAL, Form::String, &NONE),
        f("sessionAffinityConfig", 14, POINTER, Form::Object(&CORE_V1_SESSION_AFFINITY_CONFIG), &NONE),
        f("trafficDistribution", 23, POINTER, Form::String, &NONE),
        f("type", 4, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SERVICE_STATUS: Type = Type { name: "io.k8s.api.core.v1.ServiceStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("conditions", 2, OPTIONAL, Form::Array(&Form::Object(&META_V1_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("loadBalancer", 1, OPTIONAL, Form::Object(&CORE_V1_LOAD_BALANCER_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_SESSION_AFFINITY_CONFIG: Type = Type { name: "io.k8s.api.core.v1.SessionAffinityConfig", atomic: false,
    inlined: &[],
    fields: &[
        f("clientIP", 1, POINTER, Form::Object(&CORE_V1_CLIENT_IPCONFIG), &NONE),
    ] };

pub(super) static CORE_V1_SLEEP_ACTION: Type = Type { name: "io.k8s.api.core.v1.SleepAction", atomic: false,
    inlined: &[],
    fields: &[
        f("seconds", 1, REQUIRED | EMITTED, Form::Int64, &NONE),
    ] };

pub(super) static CORE_V1_STORAGE_OSPERSISTENT_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.StorageOSPersistentVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 3, OPTIONAL, Form::String, &NONE),
        f("readOnly", 4, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 5, POINTER, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
        f("volumeName", 1, OPTIONAL, Form::String, &NONE),
        f("volumeNamespace", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_STORAGE_OSVOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.StorageOSVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 3, OPTIONAL, Form::String, &NONE),
        f("readOnly", 4, OPTIONAL, Form::Bool, &NONE),
        f("secretRef", 5, POINTER, Form::Object(&CORE_V1_LOCAL_OBJECT_REFERENCE), &NONE),
        f("volumeName", 1, OPTIONAL, Form::String, &NONE),
        f("volumeNamespace", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_SYSCTL: Type = Type { name: "io.k8s.api.core.v1.Sysctl", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("value", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_TCPSOCKET_ACTION: Type = Type { name: "io.k8s.api.core.v1.TCPSocketAction", atomic: false,
    inlined: &[],
    fields: &[
        f("host", 2, OPTIONAL, Form::String, &NONE),
        f("port", 1, REQUIRED | EMITTED, Form::IntOrString, &NONE),
    ] };

pub(super) static CORE_V1_TAINT: Type = Type { name: "io.k8s.api.core.v1.Taint", atomic: false,
    inlined: &[],
    fields: &[
        f("effect", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("key", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("timeAdded", 4, POINTER, Form::Time, &NONE),
        f("value", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_TOLERATION: Type = Type { name: "io.k8s.api.core.v1.Toleration", atomic: false,
    inlined: &[],
    fields: &[
        f("effect", 4, OPTIONAL, Form::String, &NONE),
        f("key", 1, OPTIONAL, Form::String, &NONE),
        f("operator", 2, OPTIONAL, Form::String, &NONE),
        f("tolerationSeconds", 5, POINTER, Form::Int64, &NONE),
        f("value", 3, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_TOPOLOGY_SELECTOR_LABEL_REQUIREMENT: Type = Type { name: "io.k8s.api.core.v1.TopologySelectorLabelRequirement", atomic: false,
    inlined: &[],
    fields: &[
        f("key", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("values", 2, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_TOPOLOGY_SELECTOR_TERM: Type = Type { name: "io.k8s.api.core.v1.TopologySelectorTerm", atomic: true,
    inlined: &[],
    fields: &[
        f("matchLabelExpressions", 1, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_TOPOLOGY_SELECTOR_LABEL_REQUIREMENT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static CORE_V1_TOPOLOGY_SPREAD_CONSTRAINT: Type = Type { name: "io.k8s.api.core.v1.TopologySpreadConstraint", atomic: false,
    inlined: &[],
    fields: &[
        f("labelSelector", 4, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("matchLabelKeys", 8, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("maxSkew", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("minDomains", 5, POINTER, Form::Int32, &NONE),
        f("nodeAffinityPolicy", 6, POINTER, Form::String, &NONE),
        f("nodeTaintsPolicy", 7, POINTER, Form::String, &NONE),
        f("topologyKey", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("whenUnsatisfiable", 3, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_TYPED_LOCAL_OBJECT_REFERENCE: Type = Type { name: "io.k8s.api.core.v1.TypedLocalObjectReference", atomic: true,
    inlined: &[],
    fields: &[
        f("apiGroup", 1, POINTER | EMITTED, Form::String, &NONE),
        f("kind", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 3, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_TYPED_OBJECT_REFERENCE: Type = Type { name: "io.k8s.api.core.v1.TypedObjectReference", atomic: false,
    inlined: &[],
    fields: &[
        f("apiGroup", 1, POINTER | EMITTED, Form::String, &NONE),
        f("kind", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("namespace", 4, POINTER, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_VOLUME: Type = Type { name: "io.k8s.api.core.v1.Volume", atomic: false,
    inlined: &[Inlined { number: 2, of: &CORE_V1_VOLUME_SOURCE }],
    fields: &[
        f("awsElasticBlockStore", 0, POINTER, Form::Object(&CORE_V1_AWSELASTIC_BLOCK_STORE_VOLUME_SOURCE), &NONE),
        f("azureDisk", 0, POINTER, Form::Object(&CORE_V1_AZURE_DISK_VOLUME_SOURCE), &NONE),
        f("azureFile", 0, POINTER, Form::Object(&CORE_V1_AZURE_FILE_VOLUME_SOURCE), &NONE),
        f("cephfs", 0, POINTER, Form::Object(&CORE_V1_CEPH_FSVOLUME_SOURCE), &NONE),
        f("cinder", 0, POINTER, Form::Object(&CORE_V1_CINDER_VOLUME_SOURCE), &NONE),
        f("configMap", 0, POINTER, Form::Object(&CORE_V1_CONFIG_MAP_VOLUME_SOURCE), &NONE),
        f("csi", 0, POINTER, Form::Object(&CORE_V1_CSIVOLUME_SOURCE), &NONE),
        f("downwardAPI", 0, POINTER, Form::Object(&CORE_V1_DOWNWARD_APIVOLUME_SOURCE), &NONE),
        f("emptyDir", 0, POINTER, Form::Object(&CORE_V1_EMPTY_DIR_VOLUME_SOURCE), &NONE),
        f("ephemeral", 0, POINTER, Form::Object(&CORE_V1_EPHEMERAL_VOLUME_SOURCE), &NONE),
        f("fc", 0, POINTER, Form::Object(&CORE_V1_FCVOLUME_SOURCE), &NONE),
        f("flexVolume", 0, POINTER, Form::Object(&CORE_V1_FLEX_VOLUME_SOURCE), &NONE),
        f("flocker", 0, POINTER, Form::Object(&CORE_V1_FLOCKER_VOLUME_SOURCE), &NONE),
        f("gcePersistentDisk", 0, POINTER, Form::Object(&CORE_V1_GCEPERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("gitRepo", 0, POINTER, Form::Object(&CORE_V1_GIT_REPO_VOLUME_SOURCE), &NONE),
        f("glusterfs", 0, POINTER, Form::Object(&CORE_V1_GLUSTERFS_VOLUME_SOURCE), &NONE),
        f("hostPath", 0, POINTER, Form::Object(&CORE_V1_HOST_PATH_VOLUME_SOURCE), &NONE),
        f("image", 0, POINTER, Form::Object(&CORE_V1_IMAGE_VOLUME_SOURCE), &NONE),
        f("iscsi", 0, POINTER, Form::Object(&CORE_V1_ISCSIVOLUME_SOURCE), &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("nfs", 0, POINTER, Form::Object(&CORE_V1_NFSVOLUME_SOURCE), &NONE),
        f("persistentVolumeClaim", 0, POINTER, Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE), &NONE),
        f("photonPersistentDisk", 0, POINTER, Form::Object(&CORE_V1_PHOTON_PERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("portworxVolume", 0, POINTER, Form::Object(&CORE_V1_PORTWORX_VOLUME_SOURCE), &NONE),
        f("projected", 0, POINTER, Form::Object(&CORE_V1_PROJECTED_VOLUME_SOURCE), &NONE),
        f("quobyte", 0, POINTER, Form::Object(&CORE_V1_QUOBYTE_VOLUME_SOURCE), &NONE),
        f("rbd", 0, POINTER, Form::Object(&CORE_V1_RBDVOLUME_SOURCE), &NONE),
        f("scaleIO", 0, POINTER, Form::Object(&CORE_V1_SCALE_IOVOLUME_SOURCE), &NONE),
        f("secret", 0, POINTER, Form::Object(&CORE_V1_SECRET_VOLUME_SOURCE), &NONE),
        f("storageos", 0, POINTER, Form::Object(&CORE_V1_STORAGE_OSVOLUME_SOURCE), &NONE),
        f("vsphereVolume", 0, POINTER, Form::Object(&CORE_V1_VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_DEVICE: Type = Type { name: "io.k8s.api.core.v1.VolumeDevice", atomic: false,
    inlined: &[],
    fields: &[
        f("devicePath", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_MOUNT: Type = Type { name: "io.k8s.api.core.v1.VolumeMount", atomic: false,
    inlined: &[],
    fields: &[
        f("mountPath", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("mountPropagation", 5, POINTER, Form::String, &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("readOnly", 2, OPTIONAL, Form::Bool, &NONE),
        f("recursiveReadOnly", 7, POINTER, Form::String, &NONE),
        f("subPath", 4, OPTIONAL, Form::String, &NONE),
        f("subPathExpr", 6, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_MOUNT_STATUS: Type = Type { name: "io.k8s.api.core.v1.VolumeMountStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("mountPath", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("readOnly", 3, OPTIONAL, Form::Bool, &NONE),
        f("recursiveReadOnly", 4, POINTER, Form::String, &NONE),
        f("volumeStatus", 5, POINTER, Form::Object(&CORE_V1_VOLUME_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_NODE_AFFINITY: Type = Type { name: "io.k8s.api.core.v1.VolumeNodeAffinity", atomic: false,
    inlined: &[],
    fields: &[
        f("required", 1, POINTER, Form::Object(&CORE_V1_NODE_SELECTOR), &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_PROJECTION: Type = Type { name: "io.k8s.api.core.v1.VolumeProjection", atomic: false,
    inlined: &[],
    fields: &[
        f("clusterTrustBundle", 5, POINTER, Form::Object(&CORE_V1_CLUSTER_TRUST_BUNDLE_PROJECTION), &NONE),
        f("configMap", 3, POINTER, Form::Object(&CORE_V1_CONFIG_MAP_PROJECTION), &NONE),
        f("downwardAPI", 2, POINTER, Form::Object(&CORE_V1_DOWNWARD_APIPROJECTION), &NONE),
        f("podCertificate", 6, POINTER, Form::Object(&CORE_V1_POD_CERTIFICATE_PROJECTION), &NONE),
        f("secret", 1, POINTER, Form::Object(&CORE_V1_SECRET_PROJECTION), &NONE),
        f("serviceAccountToken", 4, POINTER, Form::Object(&CORE_V1_SERVICE_ACCOUNT_TOKEN_PROJECTION), &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_RESOURCE_REQUIREMENTS: Type = Type { name: "io.k8s.api.core.v1.VolumeResourceRequirements", atomic: false,
    inlined: &[],
    fields: &[
        f("limits", 1, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
        f("requests", 2, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.VolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("awsElasticBlockStore", 4, POINTER, Form::Object(&CORE_V1_AWSELASTIC_BLOCK_STORE_VOLUME_SOURCE), &NONE),
        f("azureDisk", 22, POINTER, Form::Object(&CORE_V1_AZURE_DISK_VOLUME_SOURCE), &NONE),
        f("azureFile", 18, POINTER, Form::Object(&CORE_V1_AZURE_FILE_VOLUME_SOURCE), &NONE),
        f("cephfs", 14, POINTER, Form::Object(&CORE_V1_CEPH_FSVOLUME_SOURCE), &NONE),
        f("cinder", 13, POINTER, Form::Object(&CORE_V1_CINDER_VOLUME_SOURCE), &NONE),
        f("configMap", 19, POINTER, Form::Object(&CORE_V1_CONFIG_MAP_VOLUME_SOURCE), &NONE),
        f("csi", 28, POINTER, Form::Object(&CORE_V1_CSIVOLUME_SOURCE), &NONE),
        f("downwardAPI", 16, POINTER, Form::Object(&CORE_V1_DOWNWARD_APIVOLUME_SOURCE), &NONE),
        f("emptyDir", 2, POINTER, Form::Object(&CORE_V1_EMPTY_DIR_VOLUME_SOURCE), &NONE),
        f("ephemeral", 29, POINTER, Form::Object(&CORE_V1_EPHEMERAL_VOLUME_SOURCE), &NONE),
        f("fc", 17, POINTER, Form::Object(&CORE_V1_FCVOLUME_SOURCE), &NONE),
        f("flexVolume", 12, POINTER, Form::Object(&CORE_V1_FLEX_VOLUME_SOURCE), &NONE),
        f("flocker", 15, POINTER, Form::Object(&CORE_V1_FLOCKER_VOLUME_SOURCE), &NONE),
        f("gcePersistentDisk", 3, POINTER, Form::Object(&CORE_V1_GCEPERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("gitRepo", 5, POINTER, Form::Object(&CORE_V1_GIT_REPO_VOLUME_SOURCE), &NONE),
        f("glusterfs", 9, POINTER, Form::Object(&CORE_V1_GLUSTERFS_VOLUME_SOURCE), &NONE),
        f("hostPath", 1, POINTER, Form::Object(&CORE_V1_HOST_PATH_VOLUME_SOURCE), &NONE),
        f("image", 30, POINTER, Form::Object(&CORE_V1_IMAGE_VOLUME_SOURCE), &NONE),
        f("iscsi", 8, POINTER, Form::Object(&CORE_V1_ISCSIVOLUME_SOURCE), &NONE),
        f("nfs", 7, POINTER, Form::Object(&CORE_V1_NFSVOLUME_SOURCE), &NONE),
        f("persistentVolumeClaim", 10, POINTER, Form::Object(&CORE_V1_PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE), &NONE),
        f("photonPersistentDisk", 23, POINTER, Form::Object(&CORE_V1_PHOTON_PERSISTENT_DISK_VOLUME_SOURCE), &NONE),
        f("portworxVolume", 24, POINTER, Form::Object(&CORE_V1_PORTWORX_VOLUME_SOURCE), &NONE),
        f("projected", 26, POINTER, Form::Object(&CORE_V1_PROJECTED_VOLUME_SOURCE), &NONE),
        f("quobyte", 21, POINTER, Form::Object(&CORE_V1_QUOBYTE_VOLUME_SOURCE), &NONE),
        f("rbd", 11, POINTER, Form::Object(&CORE_V1_RBDVOLUME_SOURCE), &NONE),
        f("scaleIO", 25, POINTER, Form::Object(&CORE_V1_SCALE_IOVOLUME_SOURCE), &NONE),
        f("secret", 6, POINTER, Form::Object(&CORE_V1_SECRET_VOLUME_SOURCE), &NONE),
        f("storageos", 27, POINTER, Form::Object(&CORE_V1_STORAGE_OSVOLUME_SOURCE), &NONE),
        f("vsphereVolume", 20, POINTER, Form::Object(&CORE_V1_VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE), &NONE),
    ] };

pub(super) static CORE_V1_VOLUME_STATUS: Type = Type { name: "io.k8s.api.core.v1.VolumeStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("image", 1, POINTER, Form::Object(&CORE_V1_IMAGE_VOLUME_STATUS), &NONE),
    ] };

pub(super) static CORE_V1_VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Type = Type { name: "io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource", atomic: false,
    inlined: &[],
    fields: &[
        f("fsType", 2, OPTIONAL, Form::String, &NONE),
        f("storagePolicyID", 4, OPTIONAL, Form::String, &NONE),
        f("storagePolicyName", 3, OPTIONAL, Form::String, &NONE),
        f("volumePath", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static CORE_V1_WEIGHTED_POD_AFFINITY_TERM: Type = Type { name: "io.k8s.api.core.v1.WeightedPodAffinityTerm", atomic: false,
    inlined: &[],
    fields: &[
        f("podAffinityTerm", 2, REQUIRED | EMITTED, Form::Object(&CORE_V1_POD_AFFINITY_TERM), &NONE),
        f("weight", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
    ] };

pub(super) static CORE_V1_WINDOWS_SECURITY_CONTEXT_OPTIONS: Type = Type { name: "io.k8s.api.core.v1.WindowsSecurityContextOptions", atomic: false,
    inlined: &[],
    fields: &[
        f("gmsaCredentialSpec", 2, POINTER, Form::String, &NONE),
        f("gmsaCredentialSpecName", 1, POINTER, Form::String, &NONE),
        f("hostProcess", 4, POINTER, Form::Bool, &NONE),
        f("runAsUserName", 3, POINTER, Form::String, &NONE),
    ] };

pub(super) static DISCOVERY_V1_ENDPOINT: Type = Type { name: "io.k8s.api.discovery.v1.Endpoint", atomic: false,
    inlined: &[],
    fields: &[
        f("addresses", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
        f("conditions", 2, OPTIONAL, Form::Object(&DISCOVERY_V1_ENDPOINT_CONDITIONS), &NONE),
        f("deprecatedTopology", 5, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("hints", 8, POINTER, Form::Object(&DISCOVERY_V1_ENDPOINT_HINTS), &NONE),
        f("hostname", 3, POINTER, Form::String, &NONE),
        f("nodeName", 6, POINTER, Form::String, &NONE),
        f("targetRef", 4, POINTER, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
        f("zone", 7, POINTER, Form::String, &NONE),
    ] };

pub(super) static DISCOVERY_V1_ENDPOINT_CONDITIONS: Type = Type { name: "io.k8s.api.discovery.v1.EndpointConditions", atomic: false,
    inlined: &[],
    fields: &[
        f("ready", 1, POINTER, Form::Bool, &NONE),
        f("serving", 2, POINTER, Form::Bool, &NONE),
        f("terminating", 3, POINTER, Form::Bool, &NONE),
    ] };

pub(super) static DISCOVERY_V1_ENDPOINT_HINTS: Type = Type { name: "io.k8s.api.discovery.v1.EndpointHints", atomic: false,
    inlined: &[],
    fields: &[
        f("forNodes", 2, OPTIONAL, Form::Array(&Form::Object(&DISCOVERY_V1_FOR_NODE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("forZones", 1, OPTIONAL, Form::Array(&Form::Object(&DISCOVERY_V1_FOR_ZONE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static DISCOVERY_V1_ENDPOINT_PORT: Type = Type { name: "io.k8s.api.discovery.v1.EndpointPort", atomic: true,
    inlined: &[],
    fields: &[
        f("appProtocol", 4, POINTER, Form::String, &NONE),
        f("name", 1, POINTER, Form::String, &NONE),
        f("port", 3, POINTER, Form::Int32, &NONE),
        f("protocol", 2, POINTER, Form::String, &NONE),
    ] };

pub(super) static DISCOVERY_V1_ENDPOINT_SLICE: Type = Type { name: "io.k8s.api.discovery.v1.EndpointSlice", atomic: false,
    inlined: &[],
    fields: &[
        f("addressType", 4, REQUIRED | EMITTED, Form::String, &NONE),
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("endpoints", 2, EMITTED, Form::Array(&Form::Object(&DISCOVERY_V1_ENDPOINT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("ports", 3, EMITTED, Form::Array(&Form::Object(&DISCOVERY_V1_ENDPOINT_PORT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static DISCOVERY_V1_FOR_NODE: Type = Type { name: "io.k8s.api.discovery.v1.ForNode", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static DISCOVERY_V1_FOR_ZONE: Type = Type { name: "io.k8s.api.discovery.v1.ForZone", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static EVENTS_V1_EVENT: Type = Type { name: "io.k8s.api.events.v1.Event", atomic: false,
    inlined: &[],
    fields: &[
        f("action", 6, OPTIONAL, Form::String, &NONE),
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("deprecatedCount", 15, OPTIONAL, Form::Int32, &NONE),
        f("deprecatedFirstTimestamp", 13, OPTIONAL, Form::Time, &NONE),
        f("deprecatedLastTimestamp", 14, OPTIONAL, Form::Time, &NONE),
        f("deprecatedSource", 12, OPTIONAL, Form::Object(&CORE_V1_EVENT_SOURCE), &NONE),
        f("eventTime", 2, REQUIRED | EMITTED, Form::MicroTime, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, EMITTED, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("note", 10, OPTIONAL, Form::String, &NONE),
        f("reason", 7, OPTIONAL, Form::String, &NONE),
        f("regarding", 8, OPTIONAL, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
        f("related", 9, POINTER, Form::Object(&CORE_V1_OBJECT_REFERENCE), &NONE),
        f("reportingController", 4, OPTIONAL, Form::String, &NONE),
        f("reportingInstance", 5, OPTIONAL, Form::String, &NONE),
        f("series", 3, POINTER, Form::Object(&EVENTS_V1_EVENT_SERIES), &NONE),
        f("type", 11, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static EVENTS_V1_EVENT_SERIES: Type = Type { name: "io.k8s.api.events.v1.EventSeries", atomic: false,
    inlined: &[],
    fields: &[
        f("count", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("lastObservedTime", 2, REQUIRED | EMITTED, Form::MicroTime, &NONE),
    ] };

pub(super) static NETWORKING_V1_HTTPINGRESS_PATH: Type = Type { name: "io.k8s.api.networking.v1.HTTPIngressPath", atomic: false,
    inlined: &[],
    fields: &[
        f("backend", 2, REQUIRED | EMITTED, Form::Object(&NETWORKING_V1_INGRESS_BACKEND), &NONE),
        f("path", 1, OPTIONAL, Form::String, &NONE),
        f("pathType", 3, REQUIRED | POINTER | EMITTED, Form::String, &NONE),
    ] };

pub(super) static NETWORKING_V1_HTTPINGRESS_RULE_VALUE: Type = Type { name: "io.k8s.api.networking.v1.HTTPIngressRuleValue", atomic: false,
    inlined: &[],
    fields: &[
        f("paths", 1, REQUIRED | EMITTED, Form::Array(&Form::Object(&NETWORKING_V1_HTTPINGRESS_PATH)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_IPBLOCK: Type = Type { name: "io.k8s.api.networking.v1.IPBlock", atomic: false,
    inlined: &[],
    fields: &[
        f("cidr", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("except", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_INGRESS: Type = Type { name: "io.k8s.api.networking.v1.Ingress", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&NETWORKING_V1_INGRESS_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&NETWORKING_V1_INGRESS_STATUS), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_BACKEND: Type = Type { name: "io.k8s.api.networking.v1.IngressBackend", atomic: false,
    inlined: &[],
    fields: &[
        f("resource", 3, POINTER, Form::Object(&CORE_V1_TYPED_LOCAL_OBJECT_REFERENCE), &NONE),
        f("service", 4, POINTER, Form::Object(&NETWORKING_V1_INGRESS_SERVICE_BACKEND), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_CLASS: Type = Type { name: "io.k8s.api.networking.v1.IngressClass", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&NETWORKING_V1_INGRESS_CLASS_SPEC), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_CLASS_PARAMETERS_REFERENCE: Type = Type { name: "io.k8s.api.networking.v1.IngressClassParametersReference", atomic: false,
    inlined: &[],
    fields: &[
        f("apiGroup", 1, POINTER, Form::String, &NONE),
        f("kind", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("namespace", 5, POINTER, Form::String, &NONE),
        f("scope", 4, POINTER | EMITTED, Form::String, &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_CLASS_SPEC: Type = Type { name: "io.k8s.api.networking.v1.IngressClassSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("controller", 1, OPTIONAL, Form::String, &NONE),
        f("parameters", 2, POINTER, Form::Object(&NETWORKING_V1_INGRESS_CLASS_PARAMETERS_REFERENCE), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_LOAD_BALANCER_INGRESS: Type = Type { name: "io.k8s.api.networking.v1.IngressLoadBalancerIngress", atomic: false,
    inlined: &[],
    fields: &[
        f("hostname", 2, OPTIONAL, Form::String, &NONE),
        f("ip", 1, OPTIONAL, Form::String, &NONE),
        f("ports", 4, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_INGRESS_PORT_STATUS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_INGRESS_LOAD_BALANCER_STATUS: Type = Type { name: "io.k8s.api.networking.v1.IngressLoadBalancerStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("ingress", 1, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_INGRESS_LOAD_BALANCER_INGRESS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_INGRESS_PORT_STATUS: Type = Type { name: "io.k8s.api.networking.v1.IngressPortStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("error", 3, POINTER, Form::String, &NONE),
        f("port", 1, REQUIRED | EMITTED, Form::Int32, &NONE),
        f("protocol", 2, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_RULE: Type = Type { name: "io.k8s.api.networking.v1.IngressRule", atomic: false,
    inlined: &[Inlined { number: 2, of: &NETWORKING_V1_INGRESS_RULE_VALUE }],
    fields: &[
        f("host", 1, OPTIONAL, Form::String, &NONE),
        f("http", 0, POINTER, Form::Object(&NETWORKING_V1_HTTPINGRESS_RULE_VALUE), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_RULE_VALUE: Type = Type { name: "io.k8s.api.networking.v1.IngressRuleValue", atomic: false,
    inlined: &[],
    fields: &[
        f("http", 1, POINTER, Form::Object(&NETWORKING_V1_HTTPINGRESS_RULE_VALUE), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_SERVICE_BACKEND: Type = Type { name: "io.k8s.api.networking.v1.IngressServiceBackend", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("port", 2, OPTIONAL, Form::Object(&NETWORKING_V1_SERVICE_BACKEND_PORT), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_SPEC: Type = Type { name: "io.k8s.api.networking.v1.IngressSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("defaultBackend", 1, POINTER, Form::Object(&NETWORKING_V1_INGRESS_BACKEND), &NONE),
        f("ingressClassName", 4, POINTER, Form::String, &NONE),
        f("rules", 3, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_INGRESS_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("tls", 2, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_INGRESS_TLS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_INGRESS_STATUS: Type = Type { name: "io.k8s.api.networking.v1.IngressStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("loadBalancer", 1, OPTIONAL, Form::Object(&NETWORKING_V1_INGRESS_LOAD_BALANCER_STATUS), &NONE),
    ] };

pub(super) static NETWORKING_V1_INGRESS_TLS: Type = Type { name: "io.k8s.api.networking.v1.IngressTLS", atomic: false,
    inlined: &[],
    fields: &[
        f("hosts", 1, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("secretName", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static NETWORKING_V1_NETWORK_POLICY: Type = Type { name: "io.k8s.api.networking.v1.NetworkPolicy", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&NETWORKING_V1_NETWORK_POLICY_SPEC), &NONE),
    ] };

pub(super) static NETWORKING_V1_NETWORK_POLICY_EGRESS_RULE: Type = Type { name: "io.k8s.api.networking.v1.NetworkPolicyEgressRule", atomic: false,
    inlined: &[],
    fields: &[
        f("ports", 1, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_NETWORK_POLICY_PORT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("to", 2, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_NETWORK_POLICY_PEER)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_NETWORK_POLICY_INGRESS_RULE: Type = Type { name: "io.k8s.api.networking.v1.NetworkPolicyIngressRule", atomic: false,
    inlined: &[],
    fields: &[
        f("from", 2, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_NETWORK_POLICY_PEER)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("ports", 1, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_NETWORK_POLICY_PORT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_NETWORK_POLICY_PEER: Type = Type { name: "io.k8s.api.networking.v1.NetworkPolicyPeer", atomic: false,
    inlined: &[],
    fields: &[
        f("ipBlock", 3, POINTER, Form::Object(&NETWORKING_V1_IPBLOCK), &NONE),
        f("namespaceSelector", 2, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("podSelector", 1, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
    ] };

pub(super) static NETWORKING_V1_NETWORK_POLICY_PORT: Type = Type { name: "io.k8s.api.networking.v1.NetworkPolicyPort", atomic: false,
    inlined: &[],
    fields: &[
        f("endPort", 3, POINTER, Form::Int32, &NONE),
        f("port", 2, POINTER, Form::IntOrString, &NONE),
        f("protocol", 1, POINTER, Form::String, &NONE),
    ] };

pub(super) static NETWORKING_V1_NETWORK_POLICY_SPEC: Type = Type { name: "io.k8s.api.networking.v1.NetworkPolicySpec", atomic: false,
    inlined: &[],
    fields: &[
        f("egress", 3, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_NETWORK_POLICY_EGRESS_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("ingress", 2, OPTIONAL, Form::Array(&Form::Object(&NETWORKING_V1_NETWORK_POLICY_INGRESS_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("podSelector", 1, EMITTED, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("policyTypes", 4, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static NETWORKING_V1_SERVICE_BACKEND_PORT: Type = Type { name: "io.k8s.api.networking.v1.ServiceBackendPort", atomic: true,
    inlined: &[],
    fields: &[
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("number", 2, OPTIONAL, Form::Int32, &NONE),
    ] };

pub(super) static NODE_V1_OVERHEAD: Type = Type { name: "io.k8s.api.node.v1.Overhead", atomic: false,
    inlined: &[],
    fields: &[
        f("podFixed", 1, OPTIONAL, Form::Map(&Form::Quantity), &NONE),
    ] };

pub(super) static NODE_V1_RUNTIME_CLASS: Type = Type { name: "io.k8s.api.node.v1.RuntimeClass", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("handler", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("overhead", 3, POINTER, Form::Object(&NODE_V1_OVERHEAD), &NONE),
        f("scheduling", 4, POINTER, Form::Object(&NODE_V1_SCHEDULING), &NONE),
    ] };

pub(super) static NODE_V1_SCHEDULING: Type = Type { name: "io.k8s.api.node.v1.Scheduling", atomic: false,
    inlined: &[],
    fields: &[
        f("nodeSelector", 1, OPTIONAL, Form::Map(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Unset, list_keys: &[], atomic: true }),
        f("tolerations", 2, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_TOLERATION)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static POLICY_V1_EVICTION: Type = Type { name: "io.k8s.api.policy.v1.Eviction", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("deleteOptions", 2, POINTER, Form::Object(&META_V1_DELETE_OPTIONS), &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
    ] };

pub(super) static POLICY_V1_POD_DISRUPTION_BUDGET: Type = Type { name: "io.k8s.api.policy.v1.PodDisruptionBudget", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&POLICY_V1_POD_DISRUPTION_BUDGET_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&POLICY_V1_POD_DISRUPTION_BUDGET_STATUS), &NONE),
    ] };

pub(super) static POLICY_V1_POD_DISRUPTION_BUDGET_SPEC: Type = Type { name: "io.k8s.api.policy.v1.PodDisruptionBudgetSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("maxUnavailable", 3, POINTER, Form::IntOrString, &NONE),
        f("minAvailable", 1, POINTER, Form::IntOrString, &NONE),
        f("selector", 2, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &Rules { merge: false, retain_keys: false, replace: true, merge_key: "", list: List::Unset, list_keys: &[], atomic: false }),
        f("unhealthyPodEvictionPolicy", 4, POINTER, Form::String, &NONE),
    ] };

pub(super) static POLICY_V1_POD_DISRUPTION_BUDGET_STATUS: Type = Type { name: "io.k8s.api.policy.v1.PodDisruptionBudgetStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("conditions", 7, OPTIONAL, Form::Array(&Form::Object(&META_V1_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("currentHealthy", 4, EMITTED, Form::Int32, &NONE),
        f("desiredHealthy", 5, EMITTED, Form::Int32, &NONE),
        f("disruptedPods", 2, OPTIONAL, Form::Map(&Form::Time), &NONE),
        f("disruptionsAllowed", 3, EMITTED, Form::Int32, &NONE),
        f("expectedPods", 6, EMITTED, Form::Int32, &NONE),
        f("observedGeneration", 1, OPTIONAL, Form::Int64, &NONE),
    ] };

pub(super) static POLICY_V1BETA1_EVICTION: Type = Type { name: "io.k8s.api.policy.v1beta1.Eviction", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("deleteOptions", 2, POINTER, Form::Object(&META_V1_DELETE_OPTIONS), &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
    ] };

pub(super) static POLICY_V1BETA1_POD_DISRUPTION_BUDGET: Type = Type { name: "io.k8s.api.policy.v1beta1.PodDisruptionBudget", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("spec", 2, OPTIONAL, Form::Object(&POLICY_V1BETA1_POD_DISRUPTION_BUDGET_SPEC), &NONE),
        f("status", 3, OPTIONAL, Form::Object(&POLICY_V1BETA1_POD_DISRUPTION_BUDGET_STATUS), &NONE),
    ] };

pub(super) static POLICY_V1BETA1_POD_DISRUPTION_BUDGET_SPEC: Type = Type { name: "io.k8s.api.policy.v1beta1.PodDisruptionBudgetSpec", atomic: false,
    inlined: &[],
    fields: &[
        f("maxUnavailable", 3, POINTER, Form::IntOrString, &NONE),
        f("minAvailable", 1, POINTER, Form::IntOrString, &NONE),
        f("selector", 2, POINTER, Form::Object(&META_V1_LABEL_SELECTOR), &NONE),
        f("unhealthyPodEvictionPolicy", 4, POINTER, Form::String, &NONE),
    ] };

pub(super) static POLICY_V1BETA1_POD_DISRUPTION_BUDGET_STATUS: Type = Type { name: "io.k8s.api.policy.v1beta1.PodDisruptionBudgetStatus", atomic: false,
    inlined: &[],
    fields: &[
        f("conditions", 7, OPTIONAL, Form::Array(&Form::Object(&META_V1_CONDITION)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "type", list: List::Map, list_keys: &["type"], atomic: false }),
        f("currentHealthy", 4, EMITTED, Form::Int32, &NONE),
        f("desiredHealthy", 5, EMITTED, Form::Int32, &NONE),
        f("disruptedPods", 2, OPTIONAL, Form::Map(&Form::Time), &NONE),
        f("disruptionsAllowed", 3, EMITTED, Form::Int32, &NONE),
        f("expectedPods", 6, EMITTED, Form::Int32, &NONE),
        f("observedGeneration", 1, OPTIONAL, Form::Int64, &NONE),
    ] };

pub(super) static RBAC_V1_AGGREGATION_RULE: Type = Type { name: "io.k8s.api.rbac.v1.AggregationRule", atomic: false,
    inlined: &[],
    fields: &[
        f("clusterRoleSelectors", 1, OPTIONAL, Form::Array(&Form::Object(&META_V1_LABEL_SELECTOR)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static RBAC_V1_CLUSTER_ROLE: Type = Type { name: "io.k8s.api.rbac.v1.ClusterRole", atomic: false,
    inlined: &[],
    fields: &[
        f("aggregationRule", 3, POINTER, Form::Object(&RBAC_V1_AGGREGATION_RULE), &NONE),
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("rules", 2, EMITTED, Form::Array(&Form::Object(&RBAC_V1_POLICY_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static RBAC_V1_CLUSTER_ROLE_BINDING: Type = Type { name: "io.k8s.api.rbac.v1.ClusterRoleBinding", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("roleRef", 3, REQUIRED | EMITTED, Form::Object(&RBAC_V1_ROLE_REF), &NONE),
        f("subjects", 2, OPTIONAL, Form::Array(&Form::Object(&RBAC_V1_SUBJECT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static RBAC_V1_POLICY_RULE: Type = Type { name: "io.k8s.api.rbac.v1.PolicyRule", atomic: false,
    inlined: &[],
    fields: &[
        f("apiGroups", 2, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("nonResourceURLs", 5, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resourceNames", 4, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("resources", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("verbs", 1, REQUIRED | EMITTED, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static RBAC_V1_ROLE: Type = Type { name: "io.k8s.api.rbac.v1.Role", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("rules", 2, EMITTED, Form::Array(&Form::Object(&RBAC_V1_POLICY_RULE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static RBAC_V1_ROLE_BINDING: Type = Type { name: "io.k8s.api.rbac.v1.RoleBinding", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("roleRef", 3, REQUIRED | EMITTED, Form::Object(&RBAC_V1_ROLE_REF), &NONE),
        f("subjects", 2, OPTIONAL, Form::Array(&Form::Object(&RBAC_V1_SUBJECT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static RBAC_V1_ROLE_REF: Type = Type { name: "io.k8s.api.rbac.v1.RoleRef", atomic: true,
    inlined: &[],
    fields: &[
        f("apiGroup", 1, EMITTED, Form::String, &NONE),
        f("kind", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 3, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static RBAC_V1_SUBJECT: Type = Type { name: "io.k8s.api.rbac.v1.Subject", atomic: true,
    inlined: &[],
    fields: &[
        f("apiGroup", 2, OPTIONAL, Form::String, &NONE),
        f("kind", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("namespace", 4, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static SCHEDULING_V1_PRIORITY_CLASS: Type = Type { name: "io.k8s.api.scheduling.v1.PriorityClass", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("description", 4, OPTIONAL, Form::String, &NONE),
        f("globalDefault", 3, OPTIONAL, Form::Bool, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("preemptionPolicy", 5, POINTER, Form::String, &NONE),
        f("value", 2, EMITTED, Form::Int32, &NONE),
    ] };

pub(super) static STORAGE_V1_STORAGE_CLASS: Type = Type { name: "io.k8s.api.storage.v1.StorageClass", atomic: false,
    inlined: &[],
    fields: &[
        f("allowVolumeExpansion", 6, POINTER, Form::Bool, &NONE),
        f("allowedTopologies", 8, OPTIONAL, Form::Array(&Form::Object(&CORE_V1_TOPOLOGY_SELECTOR_TERM)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("mountOptions", 5, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("parameters", 3, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("provisioner", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("reclaimPolicy", 4, POINTER, Form::String, &NONE),
        f("volumeBindingMode", 7, POINTER, Form::String, &NONE),
    ] };

pub(super) static META_V1_CONDITION: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.Condition", atomic: false,
    inlined: &[],
    fields: &[
        f("lastTransitionTime", 4, REQUIRED | EMITTED, Form::Time, &NONE),
        f("message", 6, REQUIRED | EMITTED, Form::String, &NONE),
        f("observedGeneration", 3, OPTIONAL, Form::Int64, &NONE),
        f("reason", 5, REQUIRED | EMITTED, Form::String, &NONE),
        f("status", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("type", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static META_V1_DELETE_OPTIONS: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("dryRun", 5, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("gracePeriodSeconds", 1, POINTER, Form::Int64, &NONE),
        f("ignoreStoreReadErrorWithClusterBreakingPotential", 6, POINTER, Form::Bool, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("orphanDependents", 3, POINTER, Form::Bool, &NONE),
        f("preconditions", 2, POINTER, Form::Object(&META_V1_PRECONDITIONS), &NONE),
        f("propagationPolicy", 4, POINTER, Form::String, &NONE),
    ] };

pub(super) static META_V1_FIELD_SELECTOR_REQUIREMENT: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement", atomic: false,
    inlined: &[],
    fields: &[
        f("key", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("operator", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("values", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static META_V1_LABEL_SELECTOR: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector", atomic: true,
    inlined: &[],
    fields: &[
        f("matchExpressions", 2, OPTIONAL, Form::Array(&Form::Object(&META_V1_LABEL_SELECTOR_REQUIREMENT)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("matchLabels", 1, OPTIONAL, Form::Map(&Form::String), &NONE),
    ] };

pub(super) static META_V1_LABEL_SELECTOR_REQUIREMENT: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", atomic: false,
    inlined: &[],
    fields: &[
        f("key", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("operator", 2, REQUIRED | EMITTED, Form::String, &NONE),
        f("values", 3, OPTIONAL, Form::Array(&Form::String), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
    ] };

pub(super) static META_V1_LIST_META: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta", atomic: false,
    inlined: &[],
    fields: &[
        f("continue", 3, OPTIONAL, Form::String, &NONE),
        f("remainingItemCount", 4, POINTER, Form::Int64, &NONE),
        f("resourceVersion", 2, OPTIONAL, Form::String, &NONE),
        f("selfLink", 1, OPTIONAL, Form::String, &NONE),
        f("shardInfo", 5, POINTER, Form::Object(&META_V1_SHARD_INFO), &NONE),
    ] };

pub(super) static META_V1_MANAGED_FIELDS_ENTRY: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 3, OPTIONAL, Form::String, &NONE),
        f("fieldsType", 6, OPTIONAL, Form::String, &NONE),
        f("fieldsV1", 7, POINTER, Form::FieldsV1, &NONE),
        f("manager", 1, OPTIONAL, Form::String, &NONE),
        f("operation", 2, OPTIONAL, Form::String, &NONE),
        f("subresource", 8, OPTIONAL, Form::String, &NONE),
        f("time", 4, POINTER, Form::Time, &NONE),
    ] };

pub(super) static META_V1_OBJECT_META: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", atomic: false,
    inlined: &[],
    fields: &[
        f("annotations", 12, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("creationTimestamp", 8, OPTIONAL, Form::Time, &NONE),
        f("deletionGracePeriodSeconds", 10, POINTER, Form::Int64, &NONE),
        f("deletionTimestamp", 9, POINTER, Form::Time, &NONE),
        f("finalizers", 14, OPTIONAL, Form::Array(&Form::String), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "", list: List::Set, list_keys: &[], atomic: false }),
        f("generateName", 2, OPTIONAL, Form::String, &NONE),
        f("generation", 7, OPTIONAL, Form::Int64, &NONE),
        f("labels", 11, OPTIONAL, Form::Map(&Form::String), &NONE),
        f("managedFields", 17, OPTIONAL, Form::Array(&Form::Object(&META_V1_MANAGED_FIELDS_ENTRY)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("namespace", 3, OPTIONAL, Form::String, &NONE),
        f("ownerReferences", 13, OPTIONAL, Form::Array(&Form::Object(&META_V1_OWNER_REFERENCE)), &Rules { merge: true, retain_keys: false, replace: false, merge_key: "uid", list: List::Map, list_keys: &["uid"], atomic: false }),
        f("resourceVersion", 6, OPTIONAL, Form::String, &NONE),
        f("selfLink", 4, OPTIONAL, Form::String, &NONE),
        f("uid", 5, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static META_V1_OWNER_REFERENCE: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference", atomic: true,
    inlined: &[],
    fields: &[
        f("apiVersion", 5, REQUIRED | EMITTED, Form::String, &NONE),
        f("blockOwnerDeletion", 7, POINTER, Form::Bool, &NONE),
        f("controller", 6, POINTER, Form::Bool, &NONE),
        f("kind", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("name", 3, REQUIRED | EMITTED, Form::String, &NONE),
        f("uid", 4, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static META_V1_PRECONDITIONS: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions", atomic: false,
    inlined: &[],
    fields: &[
        f("resourceVersion", 2, POINTER, Form::String, &NONE),
        f("uid", 1, POINTER, Form::String, &NONE),
    ] };

pub(super) static META_V1_SHARD_INFO: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo", atomic: false,
    inlined: &[],
    fields: &[
        f("selector", 1, REQUIRED | EMITTED, Form::String, &NONE),
    ] };

pub(super) static META_V1_STATUS: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.Status", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("code", 6, OPTIONAL, Form::Int32, &NONE),
        f("details", 5, POINTER, Form::Object(&META_V1_STATUS_DETAILS), &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("message", 3, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_LIST_META), &NONE),
        f("reason", 4, OPTIONAL, Form::String, &NONE),
        f("status", 2, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static META_V1_STATUS_CAUSE: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause", atomic: false,
    inlined: &[],
    fields: &[
        f("field", 3, OPTIONAL, Form::String, &NONE),
        f("message", 2, OPTIONAL, Form::String, &NONE),
        f("reason", 1, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static META_V1_STATUS_DETAILS: Type = Type { name: "io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails", atomic: false,
    inlined: &[],
    fields: &[
        f("causes", 4, OPTIONAL, Form::Array(&Form::Object(&META_V1_STATUS_CAUSE)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("group", 2, OPTIONAL, Form::String, &NONE),
        f("kind", 3, OPTIONAL, Form::String, &NONE),
        f("name", 1, OPTIONAL, Form::String, &NONE),
        f("retryAfterSeconds", 5, OPTIONAL, Form::Int32, &NONE),
        f("uid", 6, OPTIONAL, Form::String, &NONE),
    ] };

pub(super) static METRICS_V1BETA1_CONTAINER_METRICS: Type = Type { name: "io.k8s.metrics.pkg.apis.metrics.v1beta1.ContainerMetrics", atomic: false,
    inlined: &[],
    fields: &[
        f("name", 1, REQUIRED | EMITTED, Form::String, &NONE),
        f("usage", 2, REQUIRED | EMITTED, Form::Map(&Form::Quantity), &NONE),
    ] };

pub(super) static METRICS_V1BETA1_NODE_METRICS: Type = Type { name: "io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("timestamp", 2, REQUIRED | EMITTED, Form::Time, &NONE),
        f("usage", 4, REQUIRED | EMITTED, Form::Map(&Form::Quantity), &NONE),
        f("window", 3, REQUIRED | EMITTED, Form::Duration, &NONE),
    ] };

pub(super) static METRICS_V1BETA1_POD_METRICS: Type = Type { name: "io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics", atomic: false,
    inlined: &[],
    fields: &[
        f("apiVersion", 0, OPTIONAL, Form::String, &NONE),
        f("containers", 4, REQUIRED | EMITTED, Form::Array(&Form::Object(&METRICS_V1BETA1_CONTAINER_METRICS)), &Rules { merge: false, retain_keys: false, replace: false, merge_key: "", list: List::Atomic, list_keys: &[], atomic: false }),
        f("kind", 0, OPTIONAL, Form::String, &NONE),
        f("metadata", 1, OPTIONAL, Form::Object(&META_V1_OBJECT_META), &NONE),
        f("timestamp", 2, REQUIRED | EMITTED, Form::Time, &NONE),
        f("window", 3, REQUIRED | EMITTED, Form::Duration, &NONE),
    ] };
