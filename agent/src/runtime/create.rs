//! Sandboxes and containers, made as they were ordered.
//!
//! A container that was made half before a crash has the name that the next try wants: it is removed first.

use std::collections::HashMap;

use agent_core::turn::{Launch, Mount, MountSource, Outcome, Sandbox};
use bollard::models::{
    ContainerCreateBody, DeviceMapping, HostConfig, HostConfigLogConfig, MountBindOptions,
    MountBindOptionsPropagationEnum as Propagation, MountType, PortBinding, RestartPolicy,
    RestartPolicyNameEnum,
};
use bollard::query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder};

use super::error::RuntimeError;
use super::{Engine, labels, look};
use crate::config::LogBound;

/// CFS period that quotas are given in, in microseconds.
const CPU_PERIOD_US: i64 = 100_000;
/// A pause container must be the last to go when memory runs out.
const PAUSE_OOM_SCORE: i64 = -998;

impl Engine {
    /// Makes a pod's pause container and starts it.
    ///
    /// # Errors
    /// What the engine says.
    pub(crate) async fn create_sandbox(&self, sandbox: &Sandbox) -> Result<Outcome, RuntimeError> {
        let image = self.pause_image().await?;
        let host = |yes: bool, else_: Option<&str>| {
            if yes { Some("host".to_owned()) } else { else_.map(str::to_owned) }
        };
        let mut ports: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
        for port in &sandbox.ports {
            let key = format!("{}/{}", port.container_port, port.protocol.to_lowercase());
            ports.entry(key).or_default().get_or_insert_default().push(PortBinding {
                host_ip: (!port.host_ip.is_empty()).then(|| port.host_ip.clone()),
                host_port: Some(port.host_port.to_string()),
            });
        }
        let exposed = (!ports.is_empty()).then(|| ports.keys().cloned().collect());
        let body = ContainerCreateBody {
            hostname: filled(&sandbox.hostname).filter(|_| !sandbox.host_network),
            entrypoint: Some(self.pause_command()),
            image: Some(image),
            exposed_ports: exposed,
            labels: Some(labels::of(&self.inner.node, &sandbox.identity)),
            host_config: Some(HostConfig {
                network_mode: host(sandbox.host_network, None),
                pid_mode: host(sandbox.host_pid, None),
                ipc_mode: host(sandbox.host_ipc, Some("shareable")),
                port_bindings: (!ports.is_empty()).then_some(ports),
                dns: some(&sandbox.dns_servers),
                dns_search: some(&sandbox.dns_searches),
                dns_options: some(&sandbox.dns_options),
                extra_hosts: some(&sandbox.extra_hosts),
                sysctls: (!sandbox.sysctls.is_empty())
                    .then(|| sandbox.sysctls.clone().into_iter().collect()),
                oom_score_adj: Some(PAUSE_OOM_SCORE.max(self.inner.oom_floor)),
                readonly_rootfs: Some(true),
                security_opt: Some(vec!["no-new-privileges".to_owned()]),
                cap_drop: Some(vec!["ALL".to_owned()]),
                ..host_config(self.inner.log, self.is_podman())
            }),
            ..ContainerCreateBody::default()
        };
        let name = labels::name(&self.inner.node, &sandbox.identity);
        let id = self.create(&name, body).await?;
        self.begin(&id).await?;
        let identity = &sandbox.identity;
        self.with_running(|all| all.insert(id.clone(), (identity.uid.clone(), String::new())));
        let found = self.container(&id).await?;
        Ok(Outcome::Sandbox { ip: look::address(&found), id })
    }

    /// Makes a container and starts it.
    ///
    /// # Errors
    /// What the engine says, or what is wrong with its mounts.
    pub(crate) async fn launch(&self, launch: &Launch) -> Result<Outcome, RuntimeError> {
        let (volumes, identity) = (self.inner.volumes.clone(), launch.identity.clone());
        let (mounts, last_words) = (launch.mounts.clone(), launch.termination_path.clone());
        let mounts = tokio::task::spawn_blocking(move || -> Result<_, RuntimeError> {
            let mut all = Vec::with_capacity(mounts.len() + 1);
            for (index, mount) in mounts.iter().enumerate() {
                let path = match &mount.source {
                    MountSource::Volume { name, sub_path } => {
                        volumes.volume_path(&identity, index, name, sub_path)
                    }
                    MountSource::Host { path, kind, sub_path } => {
                        volumes.host_path(&identity, index, path, kind, sub_path)
                    }
                    MountSource::Hosts(lines) => volumes.hosts_file(&identity, lines),
                }?;
                all.push(bind(&path, mount));
            }
            if !last_words.is_empty() {
                let path = volumes.make_last_words(&identity)?;
                all.push(bind(&path, &plain_mount(&last_words)));
            }
            Ok(all)
        })
        .await
        .map_err(|broken| RuntimeError::Io {
            what: "preparing mounts broke off".to_owned(),
            source: std::io::Error::other(broken.to_string()),
        })??;
        let name = labels::name(&self.inner.node, &launch.identity);
        let base = host_config(self.inner.log, self.is_podman());
        let mut body = container_body(launch, mounts, self.inner.oom_floor, base)?;
        // Docker gives the host name along with the network (and does not take this); Podman does not.
        if self.is_podman()
            && let Some(host) = &mut body.host_config
        {
            host.uts_mode = Some(format!("container:{}", launch.sandbox));
        }
        let mut marks = labels::of(&self.inner.node, &launch.identity);
        if launch.termination_from_log {
            marks.insert(labels::LAST_WORDS_FROM_LOG.to_owned(), "true".to_owned());
        }
        body.labels = Some(marks);
        let id = self.create(&name, body).await?;
        self.begin(&id).await?;
        let who = (launch.identity.uid.clone(), launch.identity.container.clone());
        self.with_running(|all| all.insert(id.clone(), who));
        Ok(Outcome::Started { id })
    }

    async fn create(&self, name: &str, body: ContainerCreateBody) -> Result<String, RuntimeError> {
        let docker = self.docker()?;
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        let made = docker.create_container(Some(options.clone()), body.clone()).await;
        let made = match made.map_err(RuntimeError::from) {
            Err(error) if is_name_taken(&error) => {
                let gone = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
                docker.remove_container(name, Some(gone)).await?;
                docker.create_container(Some(options), body).await.map_err(RuntimeError::from)
            }
            made => made,
        }?;
        Ok(made.id)
    }

    async fn begin(&self, id: &str) -> Result<(), RuntimeError> {
        match self.docker()?.start_container(id, None).await.map_err(RuntimeError::from) {
            Ok(()) => Ok(()),
            Err(RuntimeError::Refused { message, .. }) => {
                Err(RuntimeError::CannotRun { id: id.to_owned(), message })
            }
            Err(other) => Err(other),
        }
    }
}

/// The lowest out-of-memory score that can be given here: below its own only with CAP_SYS_RESOURCE (capabilities(7)).
/// Our own rights stand for the engine's; a start must not fail for a wish.
pub(super) fn oom_floor() -> i64 {
    const CAP_SYS_RESOURCE: u32 = 24;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rights = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let rights = rights.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    if rights >> CAP_SYS_RESOURCE & 1 == 1 {
        return -1000;
    }
    let own = std::fs::read_to_string("/proc/self/oom_score_adj").unwrap_or_default();
    own.trim().parse().unwrap_or(0)
}

/// Docker answers 409; Podman's service 500 with a text.
fn is_name_taken(error: &RuntimeError) -> bool {
    error.is_conflict()
        || matches!(error, RuntimeError::Refused { message, .. } if message.contains("already in use"))
}

/// What all our containers have: a bounded log, and no restart by the engine, since the agent decides that.
fn host_config(log: LogBound, podman: bool) -> HostConfig {
    // Docker's oldest driver keeps text only: bytes that are none would be lost. Podman has its own for that name.
    let driver = if podman { "json-file" } else { "local" };
    let mut bound = HashMap::from([
        ("max-size".to_owned(), log.file_bytes.to_string()),
        ("max-file".to_owned(), log.files.to_string()),
    ]);
    if !podman {
        // It would write each file a second time, and refuses to where there is only one.
        bound.insert("compress".to_owned(), "false".to_owned());
    }
    HostConfig {
        log_config: Some(HostConfigLogConfig { typ: Some(driver.to_owned()), config: Some(bound) }),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        ..HostConfig::default()
    }
}

fn container_body(
    launch: &Launch,
    mounts: Vec<bollard::models::Mount>,
    oom_floor: i64,
    base: HostConfig,
) -> Result<ContainerCreateBody, RuntimeError> {
    let joined = format!("container:{}", launch.sandbox);
    let pid_mode = if launch.host_pid {
        Some("host".to_owned())
    } else if launch.share_pid {
        Some(joined.clone())
    } else {
        launch.pid_of.as_ref().map(|target| format!("container:{target}"))
    };
    let devices = launch.devices.iter().map(|(host, inside)| DeviceMapping {
        path_on_host: Some(host.clone()),
        path_in_container: Some(inside.clone()),
        cgroup_permissions: Some("rwm".to_owned()),
    });
    let positive = |n: i64| (n > 0).then_some(n);
    let memory = positive(launch.memory_bytes);
    Ok(ContainerCreateBody {
        user: filled(&launch.user),
        env: some(&launch.env),
        entrypoint: some(&launch.command),
        cmd: some(&launch.args).or_else(|| some(&launch.command).map(|_| Vec::new())),
        image: Some(launch.image.clone()),
        working_dir: filled(&launch.working_dir),
        tty: Some(launch.tty),
        open_stdin: Some(launch.stdin),
        stdin_once: Some(launch.stdin_once),
        host_config: Some(HostConfig {
            network_mode: Some(joined.clone()),
            ipc_mode: Some(joined),
            pid_mode,
            cpu_shares: positive(launch.cpu_shares),
            cpu_period: positive(launch.cpu_quota_us).map(|_| CPU_PERIOD_US),
            cpu_quota: positive(launch.cpu_quota_us),
            memory,
            // A limit is a limit: what does not fit must not go to swap instead.
            memory_swap: memory,
            oom_score_adj: Some(launch.oom_score.max(oom_floor)),
            privileged: Some(launch.privileged),
            readonly_rootfs: Some(launch.read_only),
            cap_add: some(&launch.cap_add),
            cap_drop: some(&launch.cap_drop),
            security_opt: some(&security(launch)?),
            group_add: some(&launch.groups.iter().map(ToString::to_string).collect::<Vec<_>>()),
            devices: some(&devices.collect::<Vec<_>>()),
            mounts: some(&mounts),
            ..base
        }),
        ..ContainerCreateBody::default()
    })
}

fn security(launch: &Launch) -> Result<Vec<String>, RuntimeError> {
    let mut options = Vec::new();
    if launch.no_new_privileges {
        options.push("no-new-privileges".to_owned());
    }
    match launch.seccomp.as_str() {
        "" => {}
        "unconfined" => options.push("seccomp=unconfined".to_owned()),
        // The API takes the profile itself, not its path.
        path => match std::fs::read_to_string(path) {
            Ok(profile) => options.push(format!("seccomp={profile}")),
            Err(source) => {
                let what = format!("cannot read seccomp profile {path}");
                return Err(RuntimeError::Io { what, source });
            }
        },
    }
    Ok(options)
}

fn bind(path: &std::path::Path, mount: &Mount) -> bollard::models::Mount {
    let propagation = match mount.propagation.as_str() {
        "rshared" => Some(Propagation::RSHARED),
        "rslave" => Some(Propagation::RSLAVE),
        "rprivate" => Some(Propagation::RPRIVATE),
        _ => None,
    };
    bollard::models::Mount {
        target: Some(mount.target.clone()),
        source: Some(path.display().to_string()),
        typ: Some(MountType::BIND),
        read_only: Some(mount.read_only),
        bind_options: propagation.map(|propagation| MountBindOptions {
            propagation: Some(propagation),
            ..MountBindOptions::default()
        }),
        ..bollard::models::Mount::default()
    }
}

fn plain_mount(target: &str) -> Mount {
    Mount {
        source: MountSource::Hosts(String::new()),
        target: target.to_owned(),
        read_only: false,
        propagation: String::new(),
    }
}

fn some<T: Clone>(list: &[T]) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.to_vec())
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
