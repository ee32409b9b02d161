//! What the engine has: every container with this node's label, and how those ended that did.

use std::collections::BTreeMap;

use agent_core::turn::{Exit, Seen};
use bollard::query_parameters::{LogsOptionsBuilder, RemoveContainerOptionsBuilder};
use futures_util::{StreamExt, stream};
use model::Millis;

use super::ask::{self, Container};
use super::error::{RuntimeError, short};
use super::{Engine, labels};
use crate::volumes::LAST_WORDS_BYTES_MAX;

/// Containers that are asked about at a time.
const INSPECTS_MAX: usize = 4;
/// Lines of a log that serve as last words, as in Kubernetes.
const LOG_LINES: &str = "80";

impl Engine {
    /// Every container that carries this node's label.
    ///
    /// # Errors
    /// If the engine does not answer.
    pub(crate) async fn look(&self) -> Result<Vec<Seen>, RuntimeError> {
        let ids = self.listed(true).await?;
        let mut found = stream::iter(ids.into_iter().map(|id| {
            let engine = self.clone();
            async move { engine.container(&id).await }
        }))
        .buffer_unordered(INSPECTS_MAX);
        let mut all = Vec::new();
        while let Some(one) = found.next().await {
            match one {
                Ok(one) => all.push(self.seen(one).await),
                // Gone between the two questions.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        let running: BTreeMap<_, _> = all
            .iter()
            .filter(|seen| seen.running)
            .filter_map(|seen| {
                let who = seen.identity.as_ref()?;
                Some((seen.id.clone(), (who.uid.clone(), who.container.clone())))
            })
            .collect();
        self.with_running(|held| *held = running);
        Ok(all)
    }

    /// Removes every container that carries this node's label, running or not. How many there were.
    ///
    /// # Errors
    /// If the engine does not answer, or will not.
    pub(crate) async fn remove_all(&self) -> Result<usize, RuntimeError> {
        let docker = self.connect().await?;
        let ids = self.listed(true).await?;
        for id in &ids {
            let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
            match docker.remove_container(id, Some(options)).await.map_err(RuntimeError::from) {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        Ok(ids.len())
    }

    /// The engine's ids of this node's containers, of those that run or of all.
    ///
    /// # Errors
    /// If the engine does not answer.
    pub(super) async fn listed(&self, all: bool) -> Result<Vec<String>, RuntimeError> {
        let mine = format!("{}={}", labels::NODE, self.inner.node);
        let listed = self.containers(all, &[mine]).await?;
        Ok(listed.into_iter().filter_map(|container| container.id).collect())
    }

    async fn seen(&self, found: Container) -> Seen {
        let identity = ask::identity_of(&found);
        let state = found.state.clone().unwrap_or_default();
        let ended = matches!(state.status.as_deref(), Some("exited" | "dead"))
            || state.error.as_deref().is_some_and(|error| !error.is_empty());
        let running = state.running.unwrap_or(false);
        let exit = if ended && !running { Some(self.exit(&found, false).await) } else { None };
        Seen {
            identity,
            running,
            started: state.started_at.as_deref().and_then(Millis::parse_rfc3339),
            exit,
            image_id: found.image.clone().unwrap_or_default(),
            ip: address(&found),
            id: found.id.unwrap_or_default(),
        }
    }

    /// How a container ended; `oom`: the engine has told of a want of memory before.
    pub(crate) async fn exit(&self, found: &Container, oom: bool) -> Exit {
        let state = found.state.clone().unwrap_or_default();
        let time = |text: &Option<String>| {
            text.as_deref().and_then(Millis::parse_rfc3339).unwrap_or_default()
        };
        let mut exit = Exit {
            id: found.id.clone().unwrap_or_default(),
            code: state.exit_code.and_then(|code| i32::try_from(code).ok()).unwrap_or(-1),
            oom: oom || state.oom_killed.unwrap_or(false),
            started: time(&state.started_at),
            finished: time(&state.finished_at),
            message: String::new(),
            error: short(state.error.as_deref().unwrap_or_default()),
        };
        let labels = ask::labels_of(found);
        let Some(identity) = labels.and_then(labels::read) else { return exit };
        if identity.container.is_empty() {
            return exit;
        }
        exit.message = self.inner.volumes.last_words(&identity);
        let from_log = labels.is_some_and(|l| l.contains_key(labels::LAST_WORDS_FROM_LOG));
        if exit.message.is_empty() && from_log && exit.code != 0 {
            exit.message = self.end_of_log(&exit.id).await;
        }
        exit
    }

    async fn end_of_log(&self, id: &str) -> String {
        let Ok(docker) = self.docker() else { return String::new() };
        let options =
            LogsOptionsBuilder::default().stdout(true).stderr(true).tail(LOG_LINES).build();
        let mut log = docker.logs(id, Some(options));
        let mut text = Vec::new();
        while let Some(Ok(piece)) = log.next().await {
            text.extend_from_slice(piece.as_ref());
            let over = text.len().saturating_sub(LAST_WORDS_BYTES_MAX);
            text.drain(..over);
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A container's own address, where it has a network of its own.
pub(crate) fn address(found: &Container) -> Option<String> {
    let networks = found.network_settings.as_ref()?.networks.as_ref()?;
    networks.values().find_map(|end| {
        let four = end.ip_address.clone().filter(|ip| !ip.is_empty());
        four.or_else(|| end.global_ipv6_address.clone().filter(|ip| !ip.is_empty()))
    })
}
