//! What the node is, in the words of Kubernetes' `NodeSystemInfo`.

use std::fs;
use std::net::IpAddr;

use model::report::NodeFacts;
use sysinfo::{Networks, System};

use crate::config::Config;

/// The machine's host name.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// What does not change while the agent runs.
pub(super) fn fixed(config: &Config, system: &System) -> NodeFacts {
    let uname = rustix::system::uname();
    let cpus = i64::try_from(system.cpus().len().max(1)).unwrap_or(1);
    NodeFacts {
        architecture: architecture(std::env::consts::ARCH).to_owned(),
        operating_system: "linux".to_owned(),
        os_image: os_image(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
        kernel_version: uname.release().to_string_lossy().into_owned(),
        machine_id: line("/etc/machine-id"),
        boot_id: line("/proc/sys/kernel/random/boot_id"),
        hostname: host_name(),
        cpu_milli: cpus * 1000,
        memory_bytes: super::signed(system.total_memory()),
        pods_max: config.pods_max,
        reserved_cpu_milli: config.reserved_cpu_milli,
        reserved_memory_bytes: config.reserved_memory_bytes,
        ..NodeFacts::default()
    }
}

fn line(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// Go's name of an architecture, as Kubernetes' label `kubernetes.io/arch` has it.
fn architecture(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

/// `PRETTY_NAME` of os-release(5).
fn os_image(release: &str) -> String {
    let field = |name: &str| {
        let value = release.lines().find_map(|line| line.strip_prefix(name))?;
        Some(value.trim().trim_matches(['"', '\'']).to_owned())
    };
    field("PRETTY_NAME=").or_else(|| field("NAME=")).unwrap_or_else(|| "Linux".to_owned())
}

/// Interfaces that engines make.
const NOT_OURS: [&str; 7] = ["lo", "docker", "br-", "veth", "cni", "podman", "virbr"];

/// The node's addresses, that of the default route's interface first, IPv4 before IPv6.
pub(super) fn addresses() -> Vec<String> {
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let default = default_interface(&routes);
    let Ok(networks) = Networks::new_with_refreshed_list() else { return Vec::new() };
    let mut found: Vec<(bool, bool, IpAddr)> = Vec::new();
    for (name, data) in &networks {
        let name = name.to_string_lossy();
        let first = default.as_deref() == Some(name.as_ref());
        if !first && NOT_OURS.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let addresses = data.ip_networks().iter().map(|network| network.addr);
        found.extend(addresses.filter(is_shown).map(|ip| (!first, ip.is_ipv6(), ip)));
    }
    found.sort_unstable();
    found.dedup();
    if found.is_empty() {
        return vec!["127.0.0.1".to_owned()];
    }
    found.into_iter().map(|(_, _, ip)| ip.to_string()).collect()
}

fn is_shown(ip: &IpAddr) -> bool {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !ip.is_loopback() && !ip.is_unspecified() && !link_local
}

/// The interface of the default route with the lowest metric, from /proc/net/route (proc(5)).
fn default_interface(routes: &str) -> Option<String> {
    let fields = routes.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let defaults =
        fields.filter(|f| f.get(1) == Some(&"00000000") && f.get(7) == Some(&"00000000"));
    let best = defaults.min_by_key(|f| f.get(6).and_then(|m| m.parse::<u64>().ok()).unwrap_or(0));
    best?.first().map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route_is_found() {
        let head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\n";
        let check = |rows: &str, want: Option<&str>| {
            assert_eq!(default_interface(&format!("{head}{rows}")).as_deref(), want, "{rows:?}");
        };
        check("", None);
        check("eth0\t0000A8C0\t0\t1\t0\t0\t0\t00FFFFFF\t0\n", None);
        let wlan = "wlan0\t00000000\t0101A8C0\t3\t0\t0\t600\t00000000\t0\n";
        let eth = "eth0\t00000000\t0101A8C0\t3\t0\t0\t100\t00000000\t0\n";
        check(&format!("{wlan}{eth}"), Some("eth0"));
        check("rubbish\n\t\n", None);
    }

    #[test]
    fn the_system_is_named() {
        let check = |text: &str, want: &str| assert_eq!(os_image(text), want);
        check(
            "ID=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
            "Debian GNU/Linux 12 (bookworm)",
        );
        check("NAME=Alpine\n", "Alpine");
        check("", "Linux");
    }
}
