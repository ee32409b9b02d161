//! Which of this node's containers is meant.

use wire::stream::{Failure, Reason, Target};

use super::super::ask::Container;
use super::super::{Engine, labels};
use super::failure;

/// A container of a pod, as the engine lists it.
pub(super) struct Found {
    /// The engine's id.
    pub(super) id: String,
    pub(super) running: bool,
    /// Whether it got so far as to say anything.
    pub(super) ran: bool,
    attempt: u32,
}

impl Engine {
    /// Every attempt of a container that is still there, the newest last; with no name, the pod's sandbox.
    pub(super) async fn attempts(&self, target: &Target) -> Result<Vec<Found>, Failure> {
        let labels = [
            format!("{}={}", labels::NODE, self.inner.node),
            format!("{}={}", labels::UID, target.uid),
            format!("{}={}", labels::CONTAINER, target.container),
        ];
        let listed = self.containers(true, &labels).await?;
        let mut found: Vec<Found> = listed
            .into_iter()
            .filter_map(|container| {
                let who = labels::read(container.labels.as_ref()?)?;
                Some(Found {
                    // An empty value in the filter means any.
                    attempt: (who.container == target.container).then_some(who.attempt)?,
                    id: container.id?,
                    running: container.state.as_deref() == Some("running"),
                    ran: container.state.as_deref() != Some("created"),
                })
            })
            .collect();
        found.sort_by_key(|one| one.attempt);
        Ok(found)
    }

    /// The attempt that runs.
    pub(super) async fn running_attempt(&self, target: &Target) -> Result<Found, Failure> {
        let all = self.attempts(target).await?;
        let none = || {
            let Target { namespace, pod, container, .. } = target;
            if container.is_empty() {
                let message = format!("pod \"{pod}\" in namespace \"{namespace}\" is not running");
                return failure(Reason::BadRequest, message);
            }
            // In the kubelet's words.
            failure(Reason::NotFound, format!("container not found (\"{container}\")"))
        };
        all.into_iter().rev().find(|one| one.running).ok_or_else(none)
    }

    /// What the engine knows of a container.
    pub(super) async fn inspected(&self, id: &str) -> Result<Container, Failure> {
        Ok(self.container(id).await?)
    }
}

/// Whether a container has a terminal.
pub(super) fn has_tty(found: &Container) -> bool {
    found.config.as_ref().and_then(|config| config.tty).unwrap_or(false)
}
