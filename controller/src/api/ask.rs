//! What is observed and not kept: the API asks the drive for it, and answers from what it is told at that moment.

use controller_core::core::NodeView;
use model::NodeName;
use tokio::sync::{mpsc, oneshot};

/// How many questions may wait for the drive. More are answered with 503.
const QUESTIONS_MAX: usize = 64;

/// A question to the one who owns the core.
#[derive(Debug)]
pub enum Question {
    /// Every node, by name.
    Nodes(oneshot::Sender<Vec<NodeView>>),
    /// One node, if it has a document or has been heard.
    Node(NodeName, oneshot::Sender<Option<NodeView>>),
}

/// Asks the drive. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ask(mpsc::Sender<Question>);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Too many questions wait.
    #[error("the controller is busy: try again")]
    Busy,
    /// The drive has ended.
    #[error("the controller is stopping")]
    Stopping,
}

impl Ask {
    /// The two ends: the drive answers what it receives.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<Question>) {
        let (send, receive) = mpsc::channel(QUESTIONS_MAX);
        (Self(send), receive)
    }

    /// Every node that has a document or has been heard, by name.
    ///
    /// # Errors
    /// If the drive cannot answer now.
    pub async fn nodes(&self) -> Result<Vec<NodeView>, NoAnswer> {
        self.ask(Question::Nodes).await
    }

    /// One node, if it has a document or has been heard.
    ///
    /// # Errors
    /// If the drive cannot answer now.
    pub async fn node(&self, name: &NodeName) -> Result<Option<NodeView>, NoAnswer> {
        self.ask(|send| Question::Node(name.clone(), send)).await
    }

    async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> Question,
    ) -> Result<T, NoAnswer> {
        let (send, receive) = oneshot::channel();
        self.0.try_send(question(send)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NoAnswer::Busy,
            mpsc::error::TrySendError::Closed(_) => NoAnswer::Stopping,
        })?;
        receive.await.map_err(|_| NoAnswer::Stopping)
    }
}
