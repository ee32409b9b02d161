//! Configuration in two stages: what was written, then what it means. All of it is checked before a port opens.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::api::{AuditConfig, Limits, ServiceRange};
use crate::keys::AtRest;

/// Where everything is kept, if nobody says otherwise.
pub(crate) const DATA_DIR: &str = "/var/lib/driftless/controller";
const API_LISTEN: &str = "127.0.0.1:6443";
const MQTT_LISTEN: &str = "0.0.0.0:8883";
/// 90 days.
const CERTIFICATE_LIFE_S: u64 = 90 * 86_400;
const CACHE_MIB: usize = 4;
const CLUSTER_IPS: &str = "10.96.0.0/12";

/// What a file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    data_dir: Option<PathBuf>,
    log: Option<String>,
    api: RawApi,
    mqtt: RawMqtt,
    store: RawStore,
    services: RawServices,
    audit: RawAudit,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawApi {
    listen: Option<String>,
    names: Vec<String>,
    limits: RawLimits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLimits {
    connections: Option<u32>,
    connections_per_address: Option<u32>,
    handshakes_per_second: Option<u32>,
    handshake_seconds: Option<u32>,
    header_seconds: Option<u32>,
    body_kib: Option<u32>,
    requests_per_user: Option<u32>,
    watches: Option<u32>,
    watches_per_user: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawMqtt {
    listen: Option<String>,
    plain_listen: Option<String>,
    certificate_life_s: Option<u64>,
    broker: Option<String>,
    broker_ca_file: Option<PathBuf>,
    broker_username: Option<String>,
    broker_password_file: Option<PathBuf>,
    prefix: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawStore {
    cache_mib: Option<usize>,
    key_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawServices {
    cluster_ips: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawAudit {
    file_mib: Option<u64>,
    files: Option<u32>,
}

/// What the command line says; it goes before the file.
#[derive(Debug, Default)]
pub struct Flags {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--api-listen`
    pub api_listen: Option<String>,
    /// `--mqtt-listen`
    pub mqtt_listen: Option<String>,
    /// `--mqtt-plain-listen`
    pub mqtt_plain_listen: Option<String>,
    /// `--log`
    pub log: Option<String>,
}

/// What the controller goes by.
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The log's filter.
    pub log: String,
    /// Where the API listens.
    pub api_listen: SocketAddr,
    /// More names of it, for its certificate.
    pub api_names: Vec<String>,
    /// Where the embedded broker listens, over TLS.
    pub mqtt_listen: SocketAddr,
    /// Where it listens without TLS, on loopback, if at all.
    pub mqtt_plain_listen: Option<SocketAddr>,
    /// How long the certificates of nodes hold.
    pub certificate_life: Duration,
    /// An external broker instead.
    pub broker: Option<String>,
    /// The authorities by which that is known, in PEM; none: the controller's own.
    pub broker_ca_file: Option<PathBuf>,
    /// Who the controller is to it, besides its certificate.
    pub broker_username: Option<String>,
    /// The password that goes with it.
    pub broker_password_file: Option<PathBuf>,
    /// The first level of all topics.
    pub prefix: String,
    /// The addresses that services are given.
    pub services: ServiceRange,
    /// How much of the API one client may take.
    pub limits: Limits,
    /// How the audit log is kept.
    pub audit: AuditConfig,
    /// The store's page cache, in bytes.
    pub cache_bytes: usize,
    /// The file with the keys that secrets are encrypted with.
    pub at_rest: PathBuf,
}

/// What is wrong with the configuration: what, where, what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be; the text names the line.
    #[error("{path}: {text}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        text: String,
    },
    /// An address is none.
    #[error("{name}: {value:?} is no address: write IP:PORT, e.g. {example}")]
    Address {
        /// The option.
        name: &'static str,
        /// What was given.
        value: String,
        /// What it could be.
        example: &'static str,
    },
    /// A prefix cannot be part of a topic.
    #[error("mqtt.prefix: {0:?} cannot begin a topic: letters, digits, '-', '_' and '/' only")]
    Prefix(String),
    /// Certificates that hold so shortly are of no use.
    #[error("mqtt.certificate_life_s: {0} is too short: at least 10")]
    Life(u64),
    /// A cache of that size is none, or too large.
    #[error("store.cache_mib: {0} is not between 1 and 65536")]
    Cache(usize),
    /// A number is too small or too large.
    #[error("{0}: {1} is not between {2} and {3}")]
    Number(&'static str, u64, u64, u64),
    /// A range of addresses is none.
    #[error(
        "services.cluster_ips: {0:?} is no range of IPv4 addresses: write BASE/BITS with 12 to 29 bits, e.g. {CLUSTER_IPS}"
    )]
    Range(String),
}

impl Config {
    /// Reads the file, if there is one, and puts the command line over it.
    ///
    /// # Errors
    /// If anything in it is wrong.
    pub fn read(flags: Flags) -> Result<Self, ConfigError> {
        let raw = match &flags.config {
            Some(path) => parse(path)?,
            None => Raw::default(),
        };
        let address = |name, value: String, example| {
            value.parse().map_err(|_| ConfigError::Address { name, value, example })
        };
        let prefix = raw.mqtt.prefix.unwrap_or_else(|| wire::topic::PREFIX.to_owned());
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
        if prefix.is_empty()
            || !prefix.chars().all(fits)
            || prefix.starts_with('/')
            || prefix.ends_with('/')
        {
            return Err(ConfigError::Prefix(prefix));
        }
        let plain = flags.mqtt_plain_listen.clone().or(raw.mqtt.plain_listen.clone());
        let life_s = raw.mqtt.certificate_life_s.unwrap_or(CERTIFICATE_LIFE_S);
        if life_s < 10 {
            return Err(ConfigError::Life(life_s));
        }
        let cache_mib = raw.store.cache_mib.unwrap_or(CACHE_MIB);
        if !(1..=65_536).contains(&cache_mib) {
            return Err(ConfigError::Cache(cache_mib));
        }
        let (limits, audit) = (limits(&raw.api.limits)?, audit(&raw.audit)?);
        let range = raw.services.cluster_ips.unwrap_or_else(|| CLUSTER_IPS.to_owned());
        let services = range.parse().map_err(|_| ConfigError::Range(range))?;
        let given = |flag: Option<String>, file: Option<String>, default: &str| {
            flag.or(file).unwrap_or_else(|| default.to_owned())
        };
        let data_dir = flags.data_dir.or(raw.data_dir).unwrap_or_else(|| DATA_DIR.into());
        Ok(Self {
            at_rest: raw.store.key_file.unwrap_or_else(|| AtRest::default_path(&data_dir)),
            data_dir,
            log: given(flags.log, raw.log, "info"),
            api_listen: address(
                "api.listen",
                given(flags.api_listen, raw.api.listen, API_LISTEN),
                API_LISTEN,
            )?,
            api_names: raw.api.names,
            mqtt_listen: address(
                "mqtt.listen",
                given(flags.mqtt_listen, raw.mqtt.listen, MQTT_LISTEN),
                MQTT_LISTEN,
            )?,
            mqtt_plain_listen: plain
                .map(|text| address("mqtt.plain_listen", text, "127.0.0.1:1883"))
                .transpose()?,
            certificate_life: Duration::from_secs(life_s),
            broker: raw.mqtt.broker,
            broker_ca_file: raw.mqtt.broker_ca_file,
            broker_username: raw.mqtt.broker_username,
            broker_password_file: raw.mqtt.broker_password_file,
            prefix,
            services,
            limits,
            audit,
            cache_bytes: cache_mib << 20,
        })
    }
}

fn within(name: &'static str, value: u64, least: u64, most: u64) -> Result<u64, ConfigError> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(ConfigError::Number(name, value, least, most))
    }
}

fn limits(raw: &RawLimits) -> Result<Limits, ConfigError> {
    let usual = Limits::default();
    let number = |name, given: Option<u32>, most: u32| {
        let checked = given.map(|n| within(name, n.into(), 1, most.into()).map(|_| n));
        checked.transpose()
    };
    let count = |name, given: Option<u32>, usual: usize| {
        let given = number(name, given, 1_000_000)?;
        Ok(given.map_or(usual, |n| usize::try_from(n).unwrap_or(usize::MAX)))
    };
    let wait = |name, given: Option<u32>, usual: Duration| {
        let given = number(name, given, 3600)?;
        Ok(given.map_or(usual, |n| Duration::from_secs(n.into())))
    };
    Ok(Limits {
        connections: count("api.limits.connections", raw.connections, usual.connections)?,
        connections_per_address: count(
            "api.limits.connections_per_address",
            raw.connections_per_address,
            usual.connections_per_address,
        )?,
        handshakes_per_second: number(
            "api.limits.handshakes_per_second",
            raw.handshakes_per_second,
            100_000,
        )?
        .unwrap_or(usual.handshakes_per_second),
        handshake_wait: wait(
            "api.limits.handshake_seconds",
            raw.handshake_seconds,
            usual.handshake_wait,
        )?,
        header_wait: wait("api.limits.header_seconds", raw.header_seconds, usual.header_wait)?,
        body_bytes_max: count("api.limits.body_kib", raw.body_kib, usual.body_bytes_max >> 10)?
            << 10,
        requests_per_user: count(
            "api.limits.requests_per_user",
            raw.requests_per_user,
            usual.requests_per_user,
        )?,
        watches: count("api.limits.watches", raw.watches, usual.watches)?,
        watches_per_user: count(
            "api.limits.watches_per_user",
            raw.watches_per_user,
            usual.watches_per_user,
        )?,
    })
}

fn audit(raw: &RawAudit) -> Result<AuditConfig, ConfigError> {
    let usual = AuditConfig::default();
    if let Some(files) = raw.files {
        within("audit.files", files.into(), 0, 1000)?;
    }
    let mib = raw.file_mib.map(|mib| within("audit.file_mib", mib, 1, 65_536)).transpose()?;
    Ok(AuditConfig {
        file_bytes_max: mib.map_or(usual.file_bytes_max, |mib| mib << 20),
        files: raw.files.unwrap_or(usual.files),
    })
}

fn parse(path: &Path) -> Result<Raw, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|e| ConfigError::Parse { path: path.to_owned(), text: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("c.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(Flags { config: Some(path), ..Flags::default() }).map_err(|e| e.to_string())
    }

    #[test]
    fn bad_configuration_is_named() {
        for (text, wants) in [
            ("[api]\nlissten = \"x\"\n", &["line 2", "lissten", "listen"][..]),
            ("[api]\nlisten = \"nowhere\"\n", &["api.listen", "nowhere", "IP:PORT"]),
            ("[mqtt]\nlisten = \"127.0.0.1\"\n", &["mqtt.listen", "IP:PORT"]),
            ("[mqtt]\nprefix = \"a/#\"\n", &["mqtt.prefix"]),
            (
                "[services]\ncluster_ips = \"10.96.0.1/12\"\n",
                &["services.cluster_ips", "BASE/BITS"],
            ),
            ("[store]\ncache_mib = 0\n", &["store.cache_mib", "65536"]),
            ("data_dir = 5\n", &["line 1", "invalid type"]),
            ("[api\n", &["line 1"]),
        ] {
            let error = read(text).unwrap_err();
            for want in wants {
                assert!(error.contains(want), "{text:?}: {error:?} lacks {want:?}");
            }
        }
    }

    #[test]
    fn the_sample_is_valid_and_says_the_defaults() {
        let sample = include_str!("../../config/controller.toml");
        assert_eq!(read(sample).unwrap(), read("").unwrap());
        // With every option switched on, it says the same but for those that have no default.
        let on: String =
            sample.lines().map(|l| l.strip_prefix("#: ").unwrap_or(l).to_owned() + "\n").collect();
        let on = read(&on).unwrap();
        let defaults = read("").unwrap();
        assert_eq!(
            (on.data_dir, on.api_listen, on.mqtt_listen, on.prefix, on.cache_bytes, on.at_rest),
            (
                defaults.data_dir,
                defaults.api_listen,
                defaults.mqtt_listen,
                defaults.prefix,
                defaults.cache_bytes,
                defaults.at_rest
            )
        );
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let flags = Flags { api_listen: Some("127.0.0.1:1".into()), ..Flags::default() };
        assert_eq!(Config::read(flags).unwrap().api_listen.port(), 1);
    }
}
