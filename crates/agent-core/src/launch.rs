//! What a sandbox and a container are made of: a pod's spec, with every choice made.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use model::Hash;
use model::pod::{
    Container, PodOrder, PodSecurityContext, SeccompProfile, SecurityContext, Volume,
};
use model::quantity::{parse_milli, parse_units};

use crate::orders::{Orders, base64};
use crate::resolve::{Missing, Surroundings, environment, expand};
use crate::turn::{
    Identity, Launch, Mount, MountSource, PortBinding, PullPolicy, RegistryAuth, Sandbox,
};

/// The kernel's smallest number of CPU shares.
const SHARES_MIN: i64 = 2;
/// The period that quotas are counted over, in microseconds.
const PERIOD_US: i64 = 100_000;
/// The smallest quota that the kernel takes, in microseconds.
const QUOTA_MIN_US: i64 = 1000;

/// What a container was made from, as far as a change of it means that it must be made anew.
pub(crate) fn spec_hash(container: &Container) -> String {
    let hash = Hash::of_parts([container.name.as_bytes(), container.image.as_bytes()]);
    hash.to_string()[..16].into()
}

pub(crate) fn identity(pod: &PodOrder, container: &str, attempt: u32, spec: String) -> Identity {
    Identity {
        namespace: pod.metadata.namespace.clone(),
        pod: pod.metadata.name.clone(),
        uid: pod.metadata.uid(),
        container: container.into(),
        attempt,
        spec,
    }
}

pub(crate) fn sandbox(pod: &PodOrder, attempt: u32) -> Sandbox {
    let spec = &pod.spec;
    let dns = spec.dns_config.clone().unwrap_or_default();
    let hostname = if spec.hostname.is_empty() { &pod.metadata.name } else { &spec.hostname };
    // The kernel takes 64 characters; Kubernetes cuts at 63 and does not end in a dash or dot.
    let hostname: String = hostname.chars().take(63).collect();
    let sysctls = spec.security_context.iter().flat_map(|c| &c.sysctls);
    let sidecars = spec.init_containers.iter().filter(|c| c.restart_policy == "Always");
    let ports =
        spec.containers.iter().chain(sidecars).flat_map(|c| &c.ports).filter(|p| p.host_port != 0);
    Sandbox {
        identity: identity(pod, "", attempt, String::new()),
        host_network: spec.host_network,
        host_pid: spec.host_pid,
        host_ipc: spec.host_ipc,
        hostname: if spec.host_network {
            String::new()
        } else {
            hostname.trim_end_matches(['-', '.']).into()
        },
        ports: if spec.host_network {
            Vec::new()
        } else {
            ports
                .map(|p| PortBinding {
                    host_ip: p.host_ip.clone(),
                    host_port: p.host_port,
                    container_port: p.container_port,
                    protocol: if p.protocol.is_empty() {
                        "tcp".into()
                    } else {
                        p.protocol.to_lowercase()
                    },
                })
                .collect()
        },
        dns_servers: dns.nameservers,
        dns_searches: dns.searches,
        dns_options: dns
            .options
            .into_iter()
            .map(|o| o.value.map_or(o.name.clone(), |v| format!("{}:{v}", o.name)))
            .collect(),
        sysctls: sysctls.map(|s| (s.name.clone(), s.value.clone())).collect(),
        extra_hosts: spec
            .host_aliases
            .iter()
            .flat_map(|a| a.hostnames.iter().map(|n| format!("{n}:{}", a.ip)))
            .collect(),
    }
}

pub(crate) fn pull_policy(container: &Container) -> PullPolicy {
    match container.image_pull_policy.as_str() {
        "Always" => PullPolicy::Always,
        "Never" => PullPolicy::Never,
        _ => PullPolicy::IfNotPresent,
    }
}

/// The registry passwords that the pod's pull secrets hold (type `kubernetes.io/dockerconfigjson`).
pub(crate) fn auths(orders: &Orders, pod: &PodOrder, image: &str) -> Vec<RegistryAuth> {
    let registry = registry(image);
    pod.spec
        .image_pull_secrets
        .iter()
        .filter_map(|r| {
            orders.secret(&pod.metadata.namespace, &r.name)?.remove(".dockerconfigjson")
        })
        .filter_map(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .flat_map(|config| {
            let entries = config["auths"].as_object().cloned().unwrap_or_default();
            entries
                .into_iter()
                .filter_map(|(server, entry)| auth(server, &entry))
                .collect::<Vec<_>>()
        })
        .filter(|auth| {
            host_of(&auth.server) == registry
                || (registry == "docker.io" && auth.server.contains("docker.io"))
        })
        .collect()
}

fn auth(server: String, entry: &serde_json::Value) -> Option<RegistryAuth> {
    let text = |key: &str| entry[key].as_str().map(ToString::to_string);
    if let (Some(username), Some(password)) = (text("username"), text("password")) {
        return Some(RegistryAuth { server, username, password });
    }
    let pair = String::from_utf8(base64(entry["auth"].as_str()?)?).ok()?;
    let (username, password) = pair.split_once(':')?;
    Some(RegistryAuth { server, username: username.into(), password: password.into() })
}

fn host_of(server: &str) -> &str {
    let bare = server.trim_start_matches("https://").trim_start_matches("http://");
    bare.split('/').next().unwrap_or(bare)
}

/// The registry that an image's name leads to.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

/// What the container runs in: the sandbox, the image found, the number of the start.
pub(crate) struct Place<'a> {
    pub(crate) sandbox: &'a str,
    /// The running container whose processes it is to see, if it names one.
    pub(crate) target: Option<&'a str>,
    pub(crate) image_id: &'a str,
    /// The user that the image is made to run as.
    pub(crate) image_user: &'a str,
    pub(crate) attempt: u32,
}

/// The container, ready to be started; or what is missing (`CreateContainerConfigError`).
pub(crate) fn launch(
    orders: &Orders,
    pod: &PodOrder,
    container: &Container,
    place: &Place<'_>,
    around: &Surroundings<'_>,
) -> Result<Launch, Missing> {
    let env = environment(orders, pod, container, around)?;
    let known: BTreeMap<String, String> = env.iter().cloned().collect();
    let pod_context = pod.spec.security_context.clone().unwrap_or_default();
    let context = container.security_context.clone().unwrap_or_default();
    let user = user(&pod_context, &context, place.image_user, &container.name)?;
    let mut groups = pod_context.supplemental_groups.clone();
    groups.extend(pod_context.fs_group);
    let capabilities = context.capabilities.clone().unwrap_or_default();
    let (mounts, devices) = mounts(pod, container, &known)?;
    if !container.target_container_name.is_empty() && place.target.is_none() {
        return Err(format!(
            "target container \"{}\" is not running",
            container.target_container_name
        ));
    }
    let limits = &container.resources.limits;
    let requests = &container.resources.requests;
    let cpu_limit = limits.get("cpu").and_then(|t| parse_milli(t)).unwrap_or(0);
    let cpu_request = requests.get("cpu").and_then(|t| parse_milli(t)).unwrap_or(cpu_limit);
    let expanded = |words: &[String]| words.iter().map(|w| expand(w, &known)).collect();
    let termination_path = match container.termination_message_path.as_str() {
        "" => "/dev/termination-log",
        path => path,
    };
    Ok(Launch {
        identity: identity(pod, &container.name, place.attempt, spec_hash(container)),
        sandbox: place.sandbox.into(),
        pid_of: place.target.map(Into::into),
        share_pid: pod.spec.share_process_namespace.unwrap_or(false),
        host_pid: pod.spec.host_pid,
        image: if place.image_id.is_empty() {
            container.image.clone()
        } else {
            place.image_id.into()
        },
        command: expanded(&container.command),
        args: expanded(&container.args),
        working_dir: container.working_dir.clone(),
        env: env.into_iter().map(|(n, v)| format!("{n}={v}")).collect(),
        user,
        groups,
        mounts,
        termination_path: termination_path.into(),
        termination_from_log: container.termination_message_policy == "FallbackToLogsOnError",
        cpu_shares: (cpu_request * 1024 / 1000).max(SHARES_MIN),
        cpu_quota_us: if cpu_limit > 0 {
            (cpu_limit * PERIOD_US / 1000).max(QUOTA_MIN_US)
        } else {
            0
        },
        memory_bytes: limits.get("memory").and_then(|t| parse_units(t)).unwrap_or(0),
        oom_score: oom_score(pod, container, around.allocatable.1),
        privileged: context.privileged,
        read_only: context.read_only_root_filesystem,
        no_new_privileges: context.allow_privilege_escalation == Some(false),
        cap_add: capabilities.add,
        cap_drop: capabilities.drop,
        seccomp: seccomp(context.seccomp_profile.as_ref().or(pod_context.seccomp_profile.as_ref())),
        devices,
        stdin: container.stdin,
        stdin_once: container.stdin_once,
        tty: container.tty,
    })
}

/// `uid[:gid]`, from the container, the pod, or the image; root is refused where it must not be.
fn user(
    pod: &PodSecurityContext,
    own: &SecurityContext,
    image_user: &str,
    container: &str,
) -> Result<String, Missing> {
    let uid = own.run_as_user.or(pod.run_as_user);
    let gid = own.run_as_group.or(pod.run_as_group);
    if own.run_as_non_root.or(pod.run_as_non_root) == Some(true) {
        let image_uid = image_user.split(':').next().unwrap_or_default();
        if uid == Some(0) {
            return Err(format!(
                "container {container}: the run-as user breaks the non-root policy: it is root"
            ));
        }
        if uid.is_none() && (image_uid.is_empty() || image_uid == "0" || image_uid == "root") {
            return Err("container has runAsNonRoot and image will run as root".into());
        }
        if uid.is_none() && image_uid.parse::<u32>().is_err() {
            return Err(format!(
                "container has runAsNonRoot and image has non-numeric user ({image_uid}), cannot verify user is non-root"
            ));
        }
    }
    Ok(match (uid, gid) {
        (Some(uid), Some(gid)) => format!("{uid}:{gid}"),
        (Some(uid), None) => uid.to_string(),
        (None, Some(gid)) => {
            let name = image_user.split(':').next().filter(|u| !u.is_empty()).unwrap_or("0");
            format!("{name}:{gid}")
        }
        (None, None) => String::new(),
    })
}

fn seccomp(profile: Option<&SeccompProfile>) -> String {
    match profile {
        Some(p) if p.kind == "Unconfined" => "unconfined".into(),
        Some(p) if p.kind == "Localhost" => p.localhost_profile.clone(),
        _ => String::new(),
    }
}

/// Kubernetes' values by quality of service: those without requests are ended first.
fn oom_score(pod: &PodOrder, container: &Container, node_memory_bytes: i64) -> i64 {
    let all = || pod.spec.containers.iter().chain(&pod.spec.init_containers);
    let guaranteed = all().all(|c| {
        ["cpu", "memory"].iter().all(|r| {
            let limit = c.resources.limits.get(*r);
            limit.is_some()
                && c.resources.requests.get(*r).is_none_or(|request| Some(request) == limit)
        })
    });
    if guaranteed {
        return -997;
    }
    let request =
        container.resources.requests.get("memory").and_then(|t| parse_units(t)).unwrap_or(0);
    if all().all(|c| c.resources.requests.is_empty() && c.resources.limits.is_empty())
        || node_memory_bytes <= 0
    {
        return 1000;
    }
    (1000 - 1000 * request / node_memory_bytes).clamp(2, 999)
}

type Mounts = (Vec<Mount>, Vec<(String, String)>);

fn mounts(
    pod: &PodOrder,
    container: &Container,
    known: &BTreeMap<String, String>,
) -> Result<Mounts, Missing> {
    let (mut mounts, mut devices) = (Vec::new(), Vec::new());
    for wanted in &container.volume_mounts {
        let volume = pod.spec.volumes.iter().find(|v| v.name == wanted.name);
        let volume: &Volume =
            volume.ok_or_else(|| format!("volume \"{}\" not found", wanted.name))?;
        let sub_path = if wanted.sub_path_expr.is_empty() {
            wanted.sub_path.clone()
        } else {
            expand(&wanted.sub_path_expr, known)
        };
        let source = match &volume.host_path {
            Some(host) if matches!(host.kind.as_str(), "CharDevice" | "BlockDevice") => {
                devices.push((host.path.clone(), wanted.mount_path.clone()));
                continue;
            }
            Some(host) => {
                MountSource::Host { path: host.path.clone(), kind: host.kind.clone(), sub_path }
            }
            None => MountSource::Volume { name: volume.name.clone(), sub_path },
        };
        // What comes from the pod's own config cannot be written (Kubernetes mounts it read-only).
        let from_config = volume.config_map.is_some()
            || volume.secret.is_some()
            || volume.downward_api.is_some()
            || volume.projected.is_some();
        mounts.push(Mount {
            source,
            target: wanted.mount_path.clone(),
            read_only: wanted.read_only
                || from_config
                || volume.persistent_volume_claim.as_ref().is_some_and(|c| c.read_only),
            propagation: match wanted.mount_propagation.as_str() {
                "HostToContainer" => "rslave".into(),
                "Bidirectional" => "rshared".into(),
                _ => String::new(),
            },
        });
    }
    if pod.spec.host_network && !pod.spec.host_aliases.is_empty() {
        let lines =
            pod.spec.host_aliases.iter().map(|a| format!("{}\t{}\n", a.ip, a.hostnames.join("\t")));
        let text = core::iter::once("127.0.0.1\tlocalhost\n".to_string()).chain(lines).collect();
        mounts.push(Mount {
            source: MountSource::Hosts(text),
            target: "/etc/hosts".into(),
            read_only: false,
            propagation: String::new(),
        });
    }
    Ok((mounts, devices))
}
