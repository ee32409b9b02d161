//! What the engine answers when it does not do what it was asked, in the words that are decided on.

use agent_core::turn::{Failure, FailureKind};
use bollard::errors::Error;

/// Characters of an engine's message that are passed on at most.
const MESSAGE_MAX: usize = 1024;

/// Why something asked of the engine did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuntimeError {
    /// The engine could not be reached, or broke off.
    #[error("the container engine does not answer: {0}")]
    Away(String),
    /// The engine said no.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// The image is not there and must not be fetched.
    #[error("Container image {image:?} is not present with pull policy of Never")]
    NeverPull {
        /// The image.
        image: String,
    },
    /// The image's name is not one.
    #[error("couldn't parse image name: invalid reference format")]
    ImageName,
    /// The image cannot be fetched.
    #[error("{0}")]
    Pull(String),
    /// The container was made but could not be started.
    #[error("{message}")]
    CannotRun {
        /// The engine's id of it.
        id: String,
        /// What the engine said.
        message: String,
    },
    /// The pause image cannot be made of this executable.
    #[error(
        "cannot make the pause image of {executable}: it needs shared libraries; build the agent with tools/build-static"
    )]
    NotStatic {
        /// The executable.
        executable: String,
    },
    /// Something on the node's own file system.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What came of it.
        source: std::io::Error,
    },
    /// The volumes could not be made ready.
    #[error(transparent)]
    Volume(#[from] crate::volumes::VolumeError),
}

impl RuntimeError {
    /// Whether the engine said that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// What the engine answered: its own words, if it has some.
    pub(crate) fn refused(status: u16, body: &[u8]) -> Self {
        let told: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let told = told.as_ref().and_then(|told| told["message"].as_str());
        let text = String::from_utf8_lossy(body);
        Self::Refused { status, message: short(told.unwrap_or(&text)) }
    }

    /// Whether the engine said that it is so already, or is being done.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }

    /// Whether there was no engine to say anything.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// What the core is told.
    pub(crate) fn into_failure(self) -> Failure {
        let kind = match &self {
            Self::Away(_) => FailureKind::EngineAway,
            Self::NeverPull { .. } => FailureKind::ImageNeverPull,
            Self::ImageName => FailureKind::ImageName,
            Self::Pull(_) => FailureKind::ImagePull,
            Self::CannotRun { .. } => FailureKind::CannotRun,
            Self::Refused { .. } | Self::NotStatic { .. } | Self::Io { .. } | Self::Volume(_) => {
                FailureKind::Other
            }
        };
        let message = short(&self.to_string());
        let container = match self {
            Self::CannotRun { id, .. } => Some(id),
            _ => None,
        };
        Failure { kind, message, container }
    }
}

impl From<Error> for RuntimeError {
    fn from(error: Error) -> Self {
        match error {
            Error::DockerResponseServerError { status_code, message } => {
                Self::Refused { status: status_code, message: short(&message) }
            }
            Error::DockerStreamError { error } => {
                Self::Refused { status: 500, message: short(&error) }
            }
            Error::RequestTimeoutError => Self::Away("it did not answer in time".to_owned()),
            Error::IOError { err } => Self::Away(err.to_string()),
            Error::HyperResponseError { err } => Self::Away(whole(&err)),
            Error::HyperLegacyError { err } => Self::Away(whole(&err)),
            Error::SocketNotFoundError(path) => Self::Away(format!("no socket at {path}")),
            other => Self::Refused { status: 500, message: short(&other.to_string()) },
        }
    }
}

/// An error with its causes: hyper's own texts stop at "client error (Connect)".
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    short(&text)
}

/// One line of bounded length.
pub(crate) fn short(text: &str) -> String {
    let mut line: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MESSAGE_MAX)
        .collect();
    line.truncate(line.trim_end().len());
    line
}
