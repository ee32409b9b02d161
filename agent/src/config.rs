//! Configuration in two stages: what was written, then what it means. All of it is checked before anything is opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::NodeName;
use model::quantity::{parse_milli, parse_units};
use serde::Deserialize;
use wire::address::Address;
use wire::join::Token;

const DATA_DIR: &str = "/var/lib/driftless/agent";
/// Where an installed agent is configured.
const CONFIG: &str = "/etc/driftless/agent.toml";
const DOCKER_HOST: &str = "unix:///var/run/docker.sock";
const PODS_MAX: u32 = 110;
const KEEP_ALIVE_S: u16 = 60;
const LOG_FILE_SIZE: &str = "10Mi";
const LOG_FILES: u32 = 2;

/// What a file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    node_name: Option<String>,
    data_dir: Option<PathBuf>,
    docker_host: Option<String>,
    log: Option<String>,
    pods_max: Option<u32>,
    labels: BTreeMap<String, String>,
    controller: RawController,
    reserved: RawReserved,
    container_log: RawContainerLog,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawController {
    url: Option<String>,
    token_file: Option<PathBuf>,
    prefix: Option<String>,
    keep_alive_s: Option<u16>,
    join_url: Option<String>,
    broker: RawBroker,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawBroker {
    ca_file: Option<PathBuf>,
    username: Option<String>,
    password_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawReserved {
    cpu: Option<String>,
    memory: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawContainerLog {
    file_size: Option<String>,
    files: Option<u32>,
}

/// What the command line says; it goes before the file.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    pub(crate) config: Option<PathBuf>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) node_name: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) controller: Option<String>,
    pub(crate) docker_host: Option<String>,
    pub(crate) log: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) token_file: Option<PathBuf>,
}

/// What a container's log may take on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogBound {
    /// Size of one file, in bytes.
    pub(crate) file_bytes: i64,
    /// How many files.
    pub(crate) files: u32,
}

/// What a broker between wants that is not the controller's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Broker {
    /// Where machines without a certificate may ask for one, if it is elsewhere.
    pub(crate) join: Option<Address>,
    /// The authorities by which it is known, in PEM; none: the controller's.
    pub(crate) ca_file: Option<PathBuf>,
    /// Who we are to it, besides our certificate.
    pub(crate) username: Option<String>,
    /// The password that goes with it.
    pub(crate) password_file: Option<PathBuf>,
}

/// What the agent goes by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) node: NodeName,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) data_dir: PathBuf,
    pub(crate) docker_host: String,
    /// The broker; none: the node runs by the orders that it holds.
    pub(crate) controller: Option<Address>,
    /// What that wants to know.
    pub(crate) broker: Broker,
    /// What it may join by.
    pub(crate) token: Option<Token>,
    pub(crate) prefix: String,
    pub(crate) keep_alive_s: u16,
    pub(crate) pods_max: u32,
    pub(crate) reserved_cpu_milli: i64,
    pub(crate) reserved_memory_bytes: i64,
    pub(crate) container_log: LogBound,
    pub(crate) log: String,
}

/// What is wrong with the configuration: what, where, what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or names something that there is not.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// The node's name is none.
    #[error("node name: {0}; set --node-name or node_name")]
    NodeName(#[from] model::ids::BadNodeName),
    /// The token is none.
    #[error("{0}")]
    Token(#[from] wire::join::BadToken),
    /// A label is none.
    #[error("label {0:?}: want KEY=VALUE as Kubernetes takes labels, e.g. site=harbour")]
    Label(String),
    /// A value that cannot be.
    #[error("{name} {value:?}: want {want}")]
    Value {
        /// Which setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// What it should be.
        want: &'static str,
    },
}

impl Config {
    /// Reads the file that the flags name, if any, and finds out what it all means on a machine called `host_name`.
    ///
    /// # Errors
    /// What is wrong, where, and what to do.
    pub(crate) fn read(flags: Flags, host_name: &str) -> Result<Self, ConfigError> {
        let raw = match &flags.config {
            None => Raw::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
                parse(path, &text)?
            }
        };
        mean(raw, flags, host_name)
    }
}

impl Config {
    /// Whether a file may hold this text.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn check(path: &Path, text: &str) -> Result<(), ConfigError> {
        // What the file names may not be there yet.
        let raw = parse(path, text)?;
        let raw = Raw { controller: RawController { token_file: None, ..raw.controller }, ..raw };
        mean(raw, Flags::default(), "any").map(drop)
    }
}

/// The data directory of the agent that is meant: as given, as its configuration says, or the usual one.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn data_dir(
    given: Option<&Path>,
    config: Option<&Path>,
) -> Result<PathBuf, ConfigError> {
    if let Some(dir) = given {
        return Ok(dir.to_path_buf());
    }
    let usual = Path::new(CONFIG);
    let path = config.or_else(|| usual.exists().then_some(usual));
    let raw = match path {
        None => Raw::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Read { path: path.into(), source })?;
            parse(path, &text)?
        }
    };
    Ok(raw.data_dir.unwrap_or_else(|| DATA_DIR.into()))
}

fn parse(path: &Path, text: &str) -> Result<Raw, ConfigError> {
    toml::from_str(text)
        .map_err(|source| ConfigError::Parse { path: path.to_path_buf(), source: Box::new(source) })
}

fn mean(raw: Raw, flags: Flags, host_name: &str) -> Result<Config, ConfigError> {
    let name = flags.node_name.or(raw.node_name).unwrap_or_else(|| host_name.to_lowercase());
    // An empty DOCKER_HOST is none, as for Docker's own client.
    let docker_host = flags.docker_host.filter(|host| !host.is_empty());
    let docker_host = docker_host.or(raw.docker_host).unwrap_or_else(|| DOCKER_HOST.into());
    if !["unix://", "tcp://", "http://"].iter().any(|kind| docker_host.starts_with(kind)) {
        let want = "unix:///path/to/docker.sock or tcp://host:port";
        return Err(ConfigError::Value { name: "docker host", value: docker_host, want });
    }
    let controller = flags.controller.or(raw.controller.url);
    let address = address("controller", controller)?;
    let broker = Broker {
        join: self::address("controller.join_url", raw.controller.join_url)?,
        ca_file: raw.controller.broker.ca_file,
        username: raw.controller.broker.username,
        password_file: raw.controller.broker.password_file,
    };
    let token = token(flags.token, flags.token_file.or(raw.controller.token_file))?;
    let prefix = raw.controller.prefix.unwrap_or_else(|| wire::topic::PREFIX.into());
    if !is_topic(&prefix) {
        let want = "the beginning of a topic: letters, digits, '-', '_' and '/' within";
        return Err(ConfigError::Value { name: "controller.prefix", value: prefix, want });
    }
    let cpu = raw.reserved.cpu.unwrap_or_else(|| "0".into());
    let memory = raw.reserved.memory.unwrap_or_else(|| "0".into());
    let cpu_milli = parse_milli(&cpu).filter(|milli| *milli >= 0).ok_or(ConfigError::Value {
        name: "reserved.cpu",
        value: cpu,
        want: "a quantity such as 100m or 1",
    })?;
    let memory_bytes =
        parse_units(&memory).filter(|bytes| *bytes >= 0).ok_or(ConfigError::Value {
            name: "reserved.memory",
            value: memory,
            want: "a quantity such as 256Mi",
        })?;
    let container_log = log_bound(raw.container_log)?;
    Ok(Config {
        node: NodeName::checked(&name)?,
        labels: labels(raw.labels, &flags.labels)?,
        data_dir: flags.data_dir.or(raw.data_dir).unwrap_or_else(|| DATA_DIR.into()),
        docker_host,
        controller: address,
        broker,
        token,
        prefix,
        keep_alive_s: raw.controller.keep_alive_s.unwrap_or(KEEP_ALIVE_S).max(5),
        pods_max: raw.pods_max.unwrap_or(PODS_MAX),
        reserved_cpu_milli: cpu_milli,
        reserved_memory_bytes: memory_bytes,
        container_log,
        log: flags.log.or(raw.log).unwrap_or_else(|| "info".into()),
    })
}

fn address(name: &'static str, url: Option<String>) -> Result<Option<Address>, ConfigError> {
    let Some(url) = url else { return Ok(None) };
    let want = "mqtts://host:port, or mqtt:// without TLS";
    match wire::address::parse(&url) {
        Some(address) => Ok(Some(address)),
        None => Err(ConfigError::Value { name, value: url, want }),
    }
}

fn log_bound(raw: RawContainerLog) -> Result<LogBound, ConfigError> {
    let size = raw.file_size.unwrap_or_else(|| LOG_FILE_SIZE.into());
    // Engines turn to the next file while a line is written: less than this they would do all the time.
    let file_bytes = parse_units(&size).filter(|bytes| *bytes >= 4096);
    let file_bytes = file_bytes.ok_or(ConfigError::Value {
        name: "container_log.file_size",
        value: size,
        want: "a quantity of at least 4Ki, such as 10Mi",
    })?;
    let files = raw.files.unwrap_or(LOG_FILES);
    if files == 0 {
        let want = "at least 1";
        return Err(ConfigError::Value { name: "container_log.files", value: "0".into(), want });
    }
    Ok(LogBound { file_bytes, files })
}

/// The token to join by, if there is one.
fn token(given: Option<String>, file: Option<PathBuf>) -> Result<Option<Token>, ConfigError> {
    if let Some(token) = given {
        return Ok(Some(Token::parse(&token)?));
    }
    for path in file.into_iter().chain(credential()) {
        match std::fs::read_to_string(&path) {
            Ok(token) => return Ok(Some(Token::parse(&token)?)),
            // It is wanted once: afterwards it may be gone.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(ConfigError::Read { path, source }),
        }
    }
    Ok(None)
}

/// Where systemd puts a token that the machine was given for us (systemd.exec(5), `LoadCredential=`).
fn credential() -> Option<PathBuf> {
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY")?;
    Some(Path::new(&directory).join("driftless.token"))
}

fn is_topic(prefix: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    !prefix.is_empty()
        && prefix.chars().all(fits)
        && !prefix.starts_with('/')
        && !prefix.ends_with('/')
}

fn labels(
    mut all: BTreeMap<String, String>,
    given: &[String],
) -> Result<Vec<(String, String)>, ConfigError> {
    for label in given {
        let (key, value) =
            label.split_once('=').ok_or_else(|| ConfigError::Label(label.clone()))?;
        all.insert(key.to_owned(), value.to_owned());
    }
    match all.iter().find(|(key, value)| !is_label(key, value)) {
        Some((key, value)) => Err(ConfigError::Label(format!("{key}={value}"))),
        None => Ok(all.into_iter().collect()),
    }
}

/// A label as Kubernetes takes it: `[domain/]name`, and a value, of 63 characters at most.
fn is_label(key: &str, value: &str) -> bool {
    let word = |text: &str| {
        let b = text.as_bytes();
        let end = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
        let inner = |c: &u8| c.is_ascii_alphanumeric() || b"-_.".contains(c);
        b.len() <= 63 && end(b.first()) && end(b.last()) && b.iter().all(inner)
    };
    let name = match key.split_once('/') {
        Some((domain, name)) if model::ids::is_dns1123_subdomain(domain) => name,
        Some(_) => return false,
        None => key,
    };
    word(name) && (value.is_empty() || word(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, flags: Flags) -> Result<Config, String> {
        parse(Path::new("agent.toml"), text)
            .and_then(|raw| mean(raw, flags, "Edge-7"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_sample_says_what_is_so_anyway() {
        let sample = include_str!("../../config/agent.toml");
        let all: String = sample
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned() + "\n")
            .collect();
        let mut said = read(&all, Flags::default()).unwrap();
        assert_eq!(said.controller, wire::address::parse("mqtts://controller.example:8883"));
        assert_eq!(said.labels, [("site".to_owned(), "harbour".to_owned())]);
        assert_eq!(said.broker.join, wire::address::parse("mqtts://controller.example:8884"));
        (said.controller, said.labels, said.broker) = (None, Vec::new(), Broker::default());
        said.node = NodeName::from("edge-7");
        assert_eq!(said, read("", Flags::default()).unwrap());
        assert_eq!(said, read(sample, Flags::default()).unwrap());
    }

    #[test]
    fn flags_go_before_the_file() {
        let flags = Flags {
            node_name: Some("n1".into()),
            labels: vec!["a=1".into(), "b=2".into()],
            docker_host: Some(String::new()),
            ..Flags::default()
        };
        let config = read("node_name = 'file'\nlabels = { a = '0' }", flags).unwrap();
        assert_eq!(config.docker_host, DOCKER_HOST);
        assert_eq!(config.node.as_str(), "n1");
        assert_eq!(config.labels, [("a".into(), "1".into()), ("b".into(), "2".into())]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |text: &str, want: &str| {
            let error = read(text, Flags::default()).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        };
        check("\nnode_nam = 'x'", "line 2");
        check("node_nam = 'x'", "node_nam");
        check("node_name = 'Not A Name'", "Not A Name");
        check("docker_host = 'ssh://x'", "ssh://x");
        check("[controller]\nurl = 'https://x'", "mqtts://host:port");
        check("[controller]\nprefix = 'a/#'", "prefix");
        check("[reserved]\ncpu = 'many'", "many");
        check("labels = { 'a b' = 'c' }", "a b");
        check("[container_log]\nfile_size = '1'", "4Ki");
        check("[container_log]\nfiles = 0", "container_log.files");
        let flags = Flags { labels: vec!["novalue".into()], ..Flags::default() };
        assert!(read("", flags).unwrap_err().contains("novalue"));
    }
}
