//! A pod as ordered: the part of Kubernetes' `v1.Pod` that we act on. Field names and meanings are Kubernetes';
//! unknown fields are passed over, so that an older agent takes newer documents.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Uid;

/// Kubernetes' `null` means "not given".
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    d: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(d).map(Option::unwrap_or_default)
}

macro_rules! document {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $($(#[$fdoc])* #[serde(deserialize_with = "or_default")] pub $field: $ty,)*
        }
    };
}

document! {
    /// The body of an order item of kind pod.
    PodOrder {
        /// Who it is.
        metadata: PodMeta,
        /// What to run.
        spec: PodSpec,
        /// Present when the pod is to be stopped: the grace it has, in seconds. The node stops it, then reports it gone.
        deletion_grace_period_seconds: Option<u32>,
    }
}

document! {
    /// The metadata that a node needs.
    PodMeta {
        /// Its name.
        name: String,
        /// Its namespace.
        namespace: String,
        /// Its uid.
        uid: String,
        /// Its labels: for the downward API.
        labels: BTreeMap<String, String>,
        /// Its annotations: for the downward API.
        annotations: BTreeMap<String, String>,
    }
}

impl PodMeta {
    /// Its uid as an id.
    pub fn uid(&self) -> Uid {
        Uid::from(self.uid.as_str())
    }
}

document! {
    /// Kubernetes' `PodSpec`.
    PodSpec {
        /// Run one after the other before the containers; those with `restartPolicy: Always` (sidecars) keep running.
        init_containers: Vec<Container>,
        /// Run side by side.
        containers: Vec<Container>,
        /// Put into the running pod to look at it (`kubectl debug`): started once, and no part of its health.
        ephemeral_containers: Vec<Container>,
        /// File trees that containers can mount.
        volumes: Vec<Volume>,
        /// `Always` (also if empty), `OnFailure`, `Never`.
        restart_policy: String,
        /// Seconds that a container has between the polite and the hard signal; 30 if not given.
        termination_grace_period_seconds: Option<u32>,
        /// Seconds after which the pod is ended as failed.
        active_deadline_seconds: Option<u64>,
        /// The node that it is placed on; empty: not placed yet.
        node_name: String,
        /// Labels that the node must have.
        node_selector: BTreeMap<String, String>,
        /// Rules on where it may and should go.
        affinity: Option<Affinity>,
        /// Taints that it bears.
        tolerations: Vec<Toleration>,
        /// How its peers are spread.
        topology_spread_constraints: Vec<TopologySpreadConstraint>,
        /// Which scheduler places it; ours if empty or `default-scheduler`.
        scheduler_name: String,
        /// Its priority.
        priority: Option<i32>,
        /// Whether it may end pods of lower priority for its place: `PreemptLowerPriority` (also if empty), `Never`. Nodes
        /// need not know.
        #[serde(skip_serializing)]
        preemption_policy: String,
        /// Shares the node's network.
        host_network: bool,
        /// Shares the node's process ids.
        #[serde(rename = "hostPID")]
        host_pid: bool,
        /// Shares the node's IPC namespace.
        #[serde(rename = "hostIPC")]
        host_ipc: bool,
        /// One process namespace for all its containers.
        share_process_namespace: Option<bool>,
        /// Its host name; the pod's name if empty.
        hostname: String,
        /// Lines for `/etc/hosts`.
        host_aliases: Vec<HostAlias>,
        /// `ClusterFirst`, `Default`, `None`.
        dns_policy: String,
        /// Name servers and search domains.
        dns_config: Option<DnsConfig>,
        /// Secrets (type `kubernetes.io/dockerconfigjson`) with registry passwords.
        image_pull_secrets: Vec<LocalObjectReference>,
        /// Settings that hold for all containers.
        security_context: Option<PodSecurityContext>,
        /// The account that it runs as; only shown in its environment by the downward API.
        service_account_name: String,
        /// Conditions that must hold, besides ready containers, for the pod to be ready.
        readiness_gates: Vec<ReadinessGate>,
        /// Resources that the pod takes besides its containers'.
        overhead: BTreeMap<String, String>,
    }
}

document! {
    /// Kubernetes' `PodReadinessGate`.
    ReadinessGate {
        /// The condition that must be true.
        condition_type: String,
    }
}

document! {
    /// Kubernetes' `HostAlias`.
    HostAlias {
        /// The address.
        ip: String,
        /// Its names.
        hostnames: Vec<String>,
    }
}

document! {
    /// Kubernetes' `PodDNSConfig`.
    DnsConfig {
        /// Addresses of name servers.
        nameservers: Vec<String>,
        /// Search domains.
        searches: Vec<String>,
        /// Resolver options.
        options: Vec<DnsOption>,
    }
}

document! {
    /// Kubernetes' `PodDNSConfigOption`.
    DnsOption {
        /// e.g. `ndots`.
        name: String,
        /// e.g. `2`.
        value: Option<String>,
    }
}

document! {
    /// A name in the pod's namespace.
    LocalObjectReference {
        /// The name.
        name: String,
    }
}

document! {
    /// Kubernetes' `Container`.
    Container {
        /// Its name: an RFC 1123 label.
        name: String,
        /// What to run.
        image: String,
        /// Replaces the image's entry point.
        command: Vec<String>,
        /// Replaces the image's arguments.
        args: Vec<String>,
        /// Replaces the image's working directory.
        working_dir: String,
        /// Ports that it listens on.
        ports: Vec<ContainerPort>,
        /// Whole config maps and secrets for its environment.
        env_from: Vec<EnvFrom>,
        /// Its environment.
        env: Vec<EnvVar>,
        /// What it asks for and may take.
        resources: Resources,
        /// Where volumes appear.
        volume_mounts: Vec<VolumeMount>,
        /// Failing it restarts the container.
        liveness_probe: Option<Probe>,
        /// Failing it takes the pod out of service.
        readiness_probe: Option<Probe>,
        /// Until it passes, the other probes wait.
        startup_probe: Option<Probe>,
        /// What to do after start and before stop.
        lifecycle: Option<Lifecycle>,
        /// Where it leaves a message about its end; `/dev/termination-log` if empty.
        termination_message_path: String,
        /// `File` or `FallbackToLogsOnError`.
        termination_message_policy: String,
        /// `Always`, `IfNotPresent`, `Never`.
        image_pull_policy: String,
        /// Rights.
        security_context: Option<SecurityContext>,
        /// Only on init containers: `Always` makes it a sidecar.
        restart_policy: String,
        /// Keep standard input open.
        stdin: bool,
        /// Close standard input after the first attach ends.
        stdin_once: bool,
        /// Give it a terminal.
        tty: bool,
        /// Only on ephemeral containers: the one whose processes it sees.
        target_container_name: String,
    }
}

document! {
    /// Kubernetes' `ContainerPort`.
    ContainerPort {
        /// Its name, for probes.
        name: String,
        /// The port in the pod.
        container_port: u16,
        /// The port on the node; zero: none.
        host_port: u16,
        /// The node's address to bind; all if empty.
        #[serde(rename = "hostIP")]
        host_ip: String,
        /// `TCP` (also if empty), `UDP`, `SCTP`.
        protocol: String,
    }
}

document! {
    /// Kubernetes' `EnvFromSource`.
    EnvFrom {
        /// Put before every name.
        prefix: String,
        /// From a config map.
        config_map_ref: Option<ObjectRef>,
        /// From a secret.
        secret_ref: Option<ObjectRef>,
    }
}

document! {
    /// A name that may be allowed to be missing.
    ObjectRef {
        /// The name.
        name: String,
        /// Whether it may be missing.
        optional: bool,
    }
}

document! {
    /// Kubernetes' `EnvVar`.
    EnvVar {
        /// Its name.
        name: String,
        /// Its value; `$(OTHER)` is expanded.
        value: String,
        /// Or where the value comes from.
        value_from: Option<EnvSource>,
    }
}

document! {
    /// Kubernetes' `EnvVarSource`.
    EnvSource {
        /// A field of the pod.
        field_ref: Option<FieldRef>,
        /// A resource of a container.
        resource_field_ref: Option<ResourceFieldRef>,
        /// A key of a config map.
        config_map_key_ref: Option<KeyRef>,
        /// A key of a secret.
        secret_key_ref: Option<KeyRef>,
    }
}

document! {
    /// Kubernetes' `ObjectFieldSelector`.
    FieldRef {
        /// e.g. `metadata.labels['app']`, `status.podIP`.
        field_path: String,
    }
}

document! {
    /// Kubernetes' `ResourceFieldSelector`.
    ResourceFieldRef {
        /// Which container; in an environment the own one if empty.
        container_name: String,
        /// e.g. `limits.memory`.
        resource: String,
        /// The unit; one if empty.
        divisor: String,
    }
}

document! {
    /// A key of a config map or secret.
    KeyRef {
        /// The config map's or secret's name.
        name: String,
        /// The key.
        key: String,
        /// Whether it may be missing.
        optional: bool,
    }
}

document! {
    /// Kubernetes' `ResourceRequirements`; values are quantities ([`crate::quantity`]).
    Resources {
        /// What it may take at most, by resource: `cpu`, `memory`, `ephemeral-storage`.
        limits: BTreeMap<String, String>,
        /// What it asks for.
        requests: BTreeMap<String, String>,
    }
}

document! {
    /// Kubernetes' `VolumeMount`.
    VolumeMount {
        /// The volume's name.
        name: String,
        /// Where it appears in the container.
        mount_path: String,
        /// A path within the volume.
        sub_path: String,
        /// The same, with the environment expanded.
        sub_path_expr: String,
        /// Whether it is read only.
        read_only: bool,
        /// `None`, `HostToContainer`, `Bidirectional`.
        mount_propagation: String,
    }
}

document! {
    /// Kubernetes' `Probe`.
    Probe {
        /// Run a command in the container; passes with exit code 0.
        exec: Option<ExecAction>,
        /// Ask over HTTP; passes with a code from 200 to 399.
        http_get: Option<HttpGetAction>,
        /// Open a TCP connection.
        tcp_socket: Option<TcpSocketAction>,
        /// Seconds to wait after the start.
        initial_delay_seconds: u32,
        /// Seconds until an answer is too late; 1 if not given.
        timeout_seconds: Option<u32>,
        /// Seconds between two tries; 10 if not given.
        period_seconds: Option<u32>,
        /// Passes in a row that make it pass; 1 if not given.
        success_threshold: Option<u32>,
        /// Failures in a row that make it fail; 3 if not given.
        failure_threshold: Option<u32>,
        /// The pod's grace when a liveness or startup failure ends the container.
        termination_grace_period_seconds: Option<u32>,
    }
}

document! {
    /// Kubernetes' `ExecAction`.
    ExecAction {
        /// Program and arguments; no shell.
        command: Vec<String>,
    }
}

document! {
    /// Kubernetes' `HTTPGetAction`.
    HttpGetAction {
        /// The path; `/` if empty.
        path: String,
        /// A number or a port's name.
        port: IntOrString,
        /// The host; the pod's address if empty.
        host: String,
        /// `HTTP` (also if empty) or `HTTPS` (certificate not checked).
        scheme: String,
        /// Headers to send.
        http_headers: Vec<HttpHeader>,
    }
}

document! {
    /// Kubernetes' `HTTPHeader`.
    HttpHeader {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    }
}

document! {
    /// Kubernetes' `TCPSocketAction`.
    TcpSocketAction {
        /// A number or a port's name.
        port: IntOrString,
        /// The host; the pod's address if empty.
        host: String,
    }
}

/// Kubernetes' `intstr.IntOrString`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A number.
    Int(i64),
    /// A name or a percentage.
    String(String),
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

document! {
    /// Kubernetes' `Lifecycle`.
    Lifecycle {
        /// Right after the start; the container counts as running only afterwards.
        post_start: Option<LifecycleHandler>,
        /// Before the polite signal, within the grace.
        pre_stop: Option<LifecycleHandler>,
    }
}

document! {
    /// Kubernetes' `LifecycleHandler`.
    LifecycleHandler {
        /// Run a command in the container.
        exec: Option<ExecAction>,
        /// Ask over HTTP.
        http_get: Option<HttpGetAction>,
        /// Wait.
        sleep: Option<SleepAction>,
    }
}

document! {
    /// Kubernetes' `SleepAction`.
    SleepAction {
        /// How long.
        seconds: u32,
    }
}

document! {
    /// Kubernetes' `SecurityContext`.
    SecurityContext {
        /// All rights.
        privileged: bool,
        /// User id.
        run_as_user: Option<i64>,
        /// Group id.
        run_as_group: Option<i64>,
        /// Refuse to run as root.
        run_as_non_root: Option<bool>,
        /// The root file system cannot be written.
        read_only_root_filesystem: bool,
        /// False sets no-new-privileges.
        allow_privilege_escalation: Option<bool>,
        /// Capabilities to add and drop.
        capabilities: Option<Capabilities>,
        /// System call filter.
        seccomp_profile: Option<SeccompProfile>,
    }
}

document! {
    /// Kubernetes' `Capabilities`.
    Capabilities {
        /// To add, without `CAP_`.
        add: Vec<String>,
        /// To drop; `ALL` drops all.
        drop: Vec<String>,
    }
}

document! {
    /// Kubernetes' `SeccompProfile`.
    SeccompProfile {
        /// `RuntimeDefault`, `Unconfined`, `Localhost`.
        #[serde(rename = "type")]
        kind: String,
        /// A file on the node.
        localhost_profile: String,
    }
}

document! {
    /// Kubernetes' `PodSecurityContext`.
    PodSecurityContext {
        /// User id for all containers.
        run_as_user: Option<i64>,
        /// Group id for all containers.
        run_as_group: Option<i64>,
        /// Refuse to run as root.
        run_as_non_root: Option<bool>,
        /// More groups.
        supplemental_groups: Vec<i64>,
        /// The group that owns volumes.
        fs_group: Option<i64>,
        /// System call filter.
        seccomp_profile: Option<SeccompProfile>,
        /// Kernel settings in the pod's namespaces.
        sysctls: Vec<Sysctl>,
    }
}

document! {
    /// Kubernetes' `Sysctl`.
    Sysctl {
        /// e.g. `net.ipv4.ip_unprivileged_port_start`.
        name: String,
        /// Its value.
        value: String,
    }
}

document! {
    /// Kubernetes' `Volume`: its name and exactly one source.
    Volume {
        /// Its name.
        name: String,
        /// An empty directory that lives as long as the pod.
        empty_dir: Option<EmptyDir>,
        /// A path of the node.
        host_path: Option<HostPath>,
        /// Files from a config map.
        config_map: Option<ConfigMapVolume>,
        /// Files from a secret.
        secret: Option<SecretVolume>,
        /// Files from the pod's own fields.
        #[serde(rename = "downwardAPI")]
        downward_api: Option<DownwardVolume>,
        /// Several sources in one directory.
        projected: Option<ProjectedVolume>,
        /// A volume that outlives the pod.
        persistent_volume_claim: Option<ClaimVolume>,
    }
}

document! {
    /// Kubernetes' `PersistentVolumeClaimVolumeSource`.
    ClaimVolume {
        /// The claim, in the pod's namespace.
        claim_name: String,
        /// Whether containers cannot write it.
        read_only: bool,
    }
}

document! {
    /// Kubernetes' `EmptyDirVolumeSource`.
    EmptyDir {
        /// `Memory` for a tmpfs.
        medium: String,
        /// Its size as a quantity.
        size_limit: Option<String>,
    }
}

document! {
    /// Kubernetes' `HostPathVolumeSource`.
    HostPath {
        /// The path.
        path: String,
        /// `DirectoryOrCreate`, `Directory`, `FileOrCreate`, `File`, `Socket`, `CharDevice`, `BlockDevice`.
        #[serde(rename = "type")]
        kind: String,
    }
}

document! {
    /// Kubernetes' `ConfigMapVolumeSource`, also within a projected volume.
    ConfigMapVolume {
        /// The config map.
        name: String,
        /// Which keys go to which files; all if empty.
        items: Vec<KeyToPath>,
        /// Mode of the files, 0644 if not given.
        default_mode: Option<u32>,
        /// Whether it may be missing.
        optional: bool,
    }
}

document! {
    /// Kubernetes' `SecretVolumeSource` (`secretName`) and `SecretProjection` (`name`).
    SecretVolume {
        /// The secret, in a volume.
        secret_name: String,
        /// The secret, in a projection.
        name: String,
        /// Which keys go to which files; all if empty.
        items: Vec<KeyToPath>,
        /// Mode of the files, 0644 if not given.
        default_mode: Option<u32>,
        /// Whether it may be missing.
        optional: bool,
    }
}

impl SecretVolume {
    /// The secret's name, whichever form gave it.
    pub fn secret(&self) -> &str {
        if self.secret_name.is_empty() { &self.name } else { &self.secret_name }
    }
}

document! {
    /// Kubernetes' `KeyToPath`.
    KeyToPath {
        /// The key.
        key: String,
        /// The file, relative to the volume.
        path: String,
        /// The file's mode.
        mode: Option<u32>,
    }
}

document! {
    /// Kubernetes' `DownwardAPIVolumeSource` and `DownwardAPIProjection`.
    DownwardVolume {
        /// The files.
        items: Vec<DownwardFile>,
        /// Mode of the files, 0644 if not given.
        default_mode: Option<u32>,
    }
}

document! {
    /// Kubernetes' `DownwardAPIVolumeFile`.
    DownwardFile {
        /// The file, relative to the volume.
        path: String,
        /// A field of the pod.
        field_ref: Option<FieldRef>,
        /// A resource of a container.
        resource_field_ref: Option<ResourceFieldRef>,
        /// The file's mode.
        mode: Option<u32>,
    }
}

document! {
    /// Kubernetes' `ProjectedVolumeSource`.
    ProjectedVolume {
        /// What goes in.
        sources: Vec<Projection>,
        /// Mode of the files, 0644 if not given.
        default_mode: Option<u32>,
    }
}

document! {
    /// Kubernetes' `VolumeProjection`.
    Projection {
        /// Files from a config map.
        config_map: Option<ConfigMapVolume>,
        /// Files from a secret.
        secret: Option<SecretVolume>,
        /// Files from the pod's own fields.
        #[serde(rename = "downwardAPI")]
        downward_api: Option<DownwardVolume>,
    }
}

document! {
    /// Kubernetes' `Toleration`.
    Toleration {
        /// The taint's key; empty with `Exists`: all.
        key: String,
        /// `Equal` (also if empty) or `Exists`.
        operator: String,
        /// The taint's value.
        value: String,
        /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`; empty: all.
        effect: String,
        /// How long a `NoExecute` taint is borne; not given: for ever.
        toleration_seconds: Option<i64>,
    }
}

document! {
    /// Kubernetes' `Taint`, of a node.
    Taint {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
        /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`.
        effect: String,
        /// When it came, RFC 3339; on `NoExecute` taints.
        time_added: Option<String>,
    }
}

impl Toleration {
    /// Whether this toleration bears that taint (Kubernetes' `ToleratesTaint`).
    pub fn bears(&self, taint: &Taint) -> bool {
        (self.effect.is_empty() || self.effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && match self.operator.as_str() {
                "Exists" => true,
                "" | "Equal" => !self.key.is_empty() && self.value == taint.value,
                _ => false,
            }
    }
}

document! {
    /// Kubernetes' `Affinity`.
    Affinity {
        /// Which nodes.
        node_affinity: Option<NodeAffinity>,
        /// Near which pods.
        pod_affinity: Option<PodAffinity>,
        /// Away from which pods.
        pod_anti_affinity: Option<PodAffinity>,
    }
}

document! {
    /// Kubernetes' `NodeAffinity`.
    NodeAffinity {
        /// One of these terms must hold.
        required_during_scheduling_ignored_during_execution: Option<NodeSelector>,
        /// Each that holds adds its weight.
        preferred_during_scheduling_ignored_during_execution: Vec<PreferredNodeTerm>,
    }
}

document! {
    /// Kubernetes' `NodeSelector`.
    NodeSelector {
        /// Any of them.
        node_selector_terms: Vec<NodeSelectorTerm>,
    }
}

document! {
    /// Kubernetes' `NodeSelectorTerm`: all of it must hold; an empty one never does.
    NodeSelectorTerm {
        /// On labels.
        match_expressions: Vec<Requirement>,
        /// On fields: `metadata.name`.
        match_fields: Vec<Requirement>,
    }
}

document! {
    /// Kubernetes' `NodeSelectorRequirement` and `LabelSelectorRequirement`.
    Requirement {
        /// The label or field.
        key: String,
        /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`.
        operator: String,
        /// The values.
        values: Vec<String>,
    }
}

document! {
    /// Kubernetes' `PreferredSchedulingTerm`.
    PreferredNodeTerm {
        /// From 1 to 100.
        weight: i32,
        /// What is preferred.
        preference: NodeSelectorTerm,
    }
}

document! {
    /// Kubernetes' `PodAffinity` and `PodAntiAffinity`.
    PodAffinity {
        /// All of these must hold.
        required_during_scheduling_ignored_during_execution: Vec<PodAffinityTerm>,
        /// Each that holds adds (or takes) its weight.
        preferred_during_scheduling_ignored_during_execution: Vec<WeightedPodAffinityTerm>,
    }
}

document! {
    /// Kubernetes' `WeightedPodAffinityTerm`.
    WeightedPodAffinityTerm {
        /// From 1 to 100.
        weight: i32,
        /// The term.
        pod_affinity_term: PodAffinityTerm,
    }
}

document! {
    /// Kubernetes' `PodAffinityTerm`.
    PodAffinityTerm {
        /// Which pods.
        label_selector: Option<LabelSelector>,
        /// In which namespaces; the pod's own if both this and the selector are absent.
        namespaces: Vec<String>,
        /// In namespaces with these labels; empty: all.
        namespace_selector: Option<LabelSelector>,
        /// The node label whose value makes a place.
        topology_key: String,
    }
}

document! {
    /// Kubernetes' `LabelSelector`: all of it must hold; an empty one always does.
    LabelSelector {
        /// Labels that must be so.
        match_labels: BTreeMap<String, String>,
        /// Rules on labels.
        match_expressions: Vec<Requirement>,
    }
}

impl LabelSelector {
    /// Whether these labels are selected (Kubernetes' `LabelSelectorAsSelector`).
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(k, v)| labels.get(k) == Some(v))
            && self
                .match_expressions
                .iter()
                .all(|r| r.matches(labels.get(&r.key).map(String::as_str)))
    }
}

impl Requirement {
    /// Whether a value (or its absence) fulfils this. An operator that is not known never does.
    pub fn matches(&self, value: Option<&str>) -> bool {
        let listed = |v: &str| self.values.iter().any(|x| x == v);
        let number = |cmp: fn(&i64, &i64) -> bool| {
            let (Some(Ok(have)), Some(Ok(want))) =
                (value.map(str::parse::<i64>), self.values.first().map(|v| v.parse::<i64>()))
            else {
                return false;
            };
            cmp(&have, &want)
        };
        match self.operator.as_str() {
            "In" => value.is_some_and(listed),
            "NotIn" => !value.is_some_and(listed),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => number(i64::gt),
            "Lt" => number(i64::lt),
            _ => false,
        }
    }
}

document! {
    /// Kubernetes' `TopologySpreadConstraint`.
    TopologySpreadConstraint {
        /// How far counts may be apart.
        max_skew: i32,
        /// The node label whose value makes a domain.
        topology_key: String,
        /// `DoNotSchedule` or `ScheduleAnyway`.
        when_unsatisfiable: String,
        /// Which pods count.
        label_selector: Option<LabelSelector>,
        /// Fewer domains than this count as empty ones.
        min_domains: Option<i32>,
        /// Label keys of the pod that are added to the selector.
        match_label_keys: Vec<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_and_null_is_absent() {
        let spec: PodSpec = serde_json::from_str(
            r#"{"containers":[{"name":"c","image":"i","resources":{"limits":null},"ports":null,"unknown":1}],"volumes":null}"#,
        )
        .unwrap();
        assert_eq!(spec.containers[0].image, "i");
        assert!(spec.volumes.is_empty());
    }

    #[test]
    fn tolerations_bear_taints() {
        let taint = |key: &str, value: &str, effect: &str| Taint {
            key: key.into(),
            value: value.into(),
            effect: effect.into(),
            time_added: None,
        };
        let t = |s: &str| serde_json::from_str::<Toleration>(s).unwrap();
        for (toleration, taint, want) in [
            (r#"{"operator":"Exists"}"#, taint("a", "b", "NoSchedule"), true),
            (r#"{"key":"a","operator":"Exists"}"#, taint("a", "b", "NoExecute"), true),
            (r#"{"key":"a","value":"b"}"#, taint("a", "b", "NoSchedule"), true),
            (r#"{"key":"a","value":"c"}"#, taint("a", "b", "NoSchedule"), false),
            (
                r#"{"key":"a","value":"b","effect":"NoExecute"}"#,
                taint("a", "b", "NoSchedule"),
                false,
            ),
            (r#"{}"#, taint("", "", "NoSchedule"), false),
        ] {
            assert_eq!(t(toleration).bears(&taint), want, "{toleration}");
        }
    }
}
