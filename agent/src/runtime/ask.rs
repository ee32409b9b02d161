//! Asking the engine what there is, and reading of its answers what is wanted here.
//!
//! The law of this module: only fields that are used are named. Whole answers, as a client for everything reads them, are hundreds
//! of fields, and each costs an agent on a small machine its room. Everything may be missing: engines differ.

use std::collections::HashMap;
use std::fmt::Write as _;

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::AsyncReadExt as _;

use super::error::RuntimeError;
use super::streams::raw;
use super::{Engine, labels};

/// Bytes of an answer that are read at most.
const ANSWER_BYTES_MAX: u64 = 32 << 20;

/// A container (Docker's API, "Inspect a container").
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Container {
    pub(super) id: Option<String>,
    pub(super) image: Option<String>,
    pub(super) state: Option<State>,
    pub(super) config: Option<ContainerConfig>,
    pub(super) host_config: Option<HostConfig>,
    pub(super) network_settings: Option<NetworkSettings>,
}

/// How it was to be run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct HostConfig {
    pub(super) network_mode: Option<String>,
}

/// How it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct State {
    pub(super) status: Option<String>,
    pub(super) running: Option<bool>,
    pub(super) pid: Option<i64>,
    pub(super) exit_code: Option<i64>,
    #[serde(rename = "OOMKilled")]
    pub(super) oom_killed: Option<bool>,
    pub(super) started_at: Option<String>,
    pub(super) finished_at: Option<String>,
    pub(super) error: Option<String>,
}

/// What it was made with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ContainerConfig {
    pub(super) labels: Option<HashMap<String, String>>,
    pub(super) tty: Option<bool>,
    pub(super) stdin_once: Option<bool>,
}

/// Where it is on the network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct NetworkSettings {
    pub(super) networks: Option<HashMap<String, Endpoint>>,
}

/// Its end of one network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Endpoint {
    #[serde(rename = "IPAddress")]
    pub(super) ip_address: Option<String>,
    #[serde(rename = "GlobalIPv6Address")]
    pub(super) global_ipv6_address: Option<String>,
}

/// A container, as it is listed ("List containers").
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Listed {
    pub(super) id: Option<String>,
    pub(super) state: Option<String>,
    pub(super) labels: Option<HashMap<String, String>>,
}

/// An image ("Inspect an image").
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Image {
    pub(super) id: Option<String>,
    pub(super) size: Option<i64>,
    pub(super) config: Option<ImageConfig>,
}

/// How its containers run, unless told otherwise.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ImageConfig {
    pub(super) user: Option<String>,
}

/// An image, as it is listed ("List images").
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ListedImage {
    pub(super) repo_tags: Option<Vec<String>>,
    pub(super) repo_digests: Option<Vec<String>>,
    pub(super) size: Option<i64>,
    pub(super) labels: Option<HashMap<String, String>>,
}

/// A command in a container ("Inspect an exec instance").
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Command {
    pub(super) running: Option<bool>,
    pub(super) pid: Option<i64>,
    pub(super) exit_code: Option<i64>,
}

/// The engine ("Get system information").
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Info {
    pub(super) docker_root_dir: Option<String>,
}

/// What a container uses ("Get container stats").
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    pub(super) memory_stats: Option<MemoryStats>,
    pub(super) cpu_stats: Option<CpuStats>,
}

/// Its memory.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MemoryStats {
    pub(super) usage: Option<u64>,
    pub(super) stats: Option<HashMap<String, u64>>,
}

/// Its processors.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuStats {
    pub(super) cpu_usage: Option<CpuUsage>,
}

/// So far.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CpuUsage {
    pub(super) total_usage: Option<u64>,
}

impl Engine {
    /// A container.
    ///
    /// # Errors
    /// If there is none, or the engine does not answer.
    pub(super) async fn container(&self, id: &str) -> Result<Container, RuntimeError> {
        self.get(format!("/containers/{id}/json")).await
    }

    /// The containers that carry all of these labels, those that run or all.
    ///
    /// # Errors
    /// If the engine does not answer.
    pub(super) async fn containers(
        &self,
        all: bool,
        labels: &[String],
    ) -> Result<Vec<Listed>, RuntimeError> {
        let filters = serde_json::json!({ "label": labels }).to_string();
        self.get(format!("/containers/json?all={all}&filters={}", percent(&filters))).await
    }

    /// An image.
    ///
    /// # Errors
    /// If there is none, or the engine does not answer.
    pub(super) async fn image(&self, name: &str) -> Result<Image, RuntimeError> {
        self.get(format!("/images/{name}/json")).await
    }

    /// The images, or those of a name.
    ///
    /// # Errors
    /// If the engine does not answer.
    pub(super) async fn images(
        &self,
        name: Option<&str>,
    ) -> Result<Vec<ListedImage>, RuntimeError> {
        let filters = name.map(|name| serde_json::json!({ "reference": [name] }).to_string());
        let query = filters.map_or_else(String::new, |f| format!("?filters={}", percent(&f)));
        self.get(format!("/images/json{query}")).await
    }

    /// A command in a container.
    ///
    /// # Errors
    /// If there is none, or the engine does not answer.
    pub(super) async fn command(&self, id: &str) -> Result<Command, RuntimeError> {
        self.get(format!("/exec/{id}/json")).await
    }

    /// The engine.
    ///
    /// # Errors
    /// If it does not answer.
    pub(super) async fn info(&self) -> Result<Info, RuntimeError> {
        self.get("/info".to_owned()).await
    }

    /// What a container uses.
    ///
    /// # Errors
    /// If there is none, or the engine does not answer.
    pub(super) async fn used(&self, id: &str) -> Result<Stats, RuntimeError> {
        self.get(format!("/containers/{id}/stats?stream=false&one-shot=true")).await
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, RuntimeError> {
        let answer = self.bytes(path).await?;
        serde_json::from_slice(&answer).map_err(|error| RuntimeError::Refused {
            status: 500,
            message: format!("the engine's answer cannot be read: {error}"),
        })
    }

    /// Boxed: so it is there once, not in every future that waits for an answer.
    fn bytes(&self, path: String) -> BoxFuture<'static, Result<Vec<u8>, RuntimeError>> {
        let engine = self.clone();
        Box::pin(async move {
            // One that was never reached is not waited for.
            drop(engine.docker()?);
            let mut answer = raw::read(&engine.inner.host, &path).await?.take(ANSWER_BYTES_MAX);
            let mut bytes = Vec::new();
            let read = tokio::time::timeout(raw::ANSWER_WITHIN, answer.read_to_end(&mut bytes));
            match read.await {
                Ok(Ok(_)) => Ok(bytes),
                _ => Err(RuntimeError::Away(format!("its answer to {path} broke off"))),
            }
        })
    }
}

/// Who a container says that it is.
pub(super) fn labels_of(found: &Container) -> Option<&HashMap<String, String>> {
    found.config.as_ref()?.labels.as_ref()
}

/// Who a container of ours is.
pub(super) fn identity_of(found: &Container) -> Option<agent_core::turn::Identity> {
    labels::read(labels_of(found)?)
}

/// A text as part of a query (RFC 3986, 2.1).
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            let _ = write!(all, "%{byte:02X}");
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_plain() {
        assert_eq!(percent("{\"a\": [1]}~"), "%7B%22a%22%3A%20%5B1%5D%7D~");
        assert_eq!(percent("ü"), "%C3%BC");
    }

    #[test]
    fn what_is_missing_or_null_is_none() {
        let check = |text: &str| serde_json::from_str::<Container>(text).unwrap();
        assert!(check("{}").state.is_none());
        let some =
            check(r#"{"State":{"OOMKilled":true,"Pid":7},"Config":{"Labels":null},"New":1}"#);
        let state = some.state.clone().unwrap();
        assert_eq!((state.oom_killed, state.pid, state.running), (Some(true), Some(7), None));
        assert!(labels_of(&some).is_none());
    }
}
