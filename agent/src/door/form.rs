//! What is asked and answered over the socket: one line of JSON each. After the answer to `logs` comes the log, in parts: each
//! with its length before it, four bytes, the first the highest; a part without bytes ends it, and a last line says how.

use agent_core::{Answer, NodeShown, PodShown};
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Request {
    /// The node at a glance.
    Status,
    /// Its pods.
    Pods,
    /// Why a pod is as it is; without one, why the node is behind.
    Explain {
        /// `[namespace/]name`.
        #[serde(default)]
        pod: String,
    },
    /// Not now.
    Hold {
        /// `[namespace/]name`.
        pod: String,
        /// For how long, in milliseconds.
        span_ms: u64,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Now.
    Release {
        /// `[namespace/]name`.
        pod: String,
    },
    /// A container's log.
    Logs(Logs),
}

/// Which log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Logs {
    /// `[namespace/]name`.
    pub(crate) pod: String,
    /// The container; empty: the first.
    pub(crate) container: String,
    /// Goes on with what comes.
    pub(crate) follow: bool,
    /// So many of the last lines.
    pub(crate) tail: Option<u64>,
    /// Of the attempt before.
    pub(crate) previous: bool,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Reply {
    /// To `status`.
    Status(Box<Status>),
    /// To `pods`.
    Pods(Vec<PodShown>),
    /// To `explain`.
    Explained(Answer),
    /// It is done: what.
    Done(String),
    /// The log follows.
    Log,
    /// It cannot be done, or was not: why.
    Failed(String),
}

/// The node at a glance, and what only the hands know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Status {
    /// What the core knows.
    #[serde(flatten)]
    pub(crate) node: NodeShown,
    /// The disk has not taken everything that is to be kept.
    pub(crate) disk_refuses: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_as_they_are_written_down() {
        for (line, want) in [
            (r#"{"ask":"status"}"#, Some(Request::Status)),
            (r#"{"ask":"explain"}"#, Some(Request::Explain { pod: String::new() })),
            (
                r#"{"ask":"hold","pod":"web","span_ms":5}"#,
                Some(Request::Hold { pod: "web".into(), span_ms: 5, reason: String::new() }),
            ),
            (
                r#"{"ask":"logs","pod":"a/b","tail":3}"#,
                Some(Request::Logs(Logs { pod: "a/b".into(), tail: Some(3), ..Logs::default() })),
            ),
            (r#"{"ask":"hold","pod":"web"}"#, None),
            (r#"{"ask":"release","pod":"web","now":true}"#, None),
            (r#"{"ask":"everything"}"#, None),
            ("", None),
        ] {
            assert_eq!(serde_json::from_str(line).ok(), want, "{line}");
            if let Some(request) = want {
                let text = serde_json::to_string(&request).unwrap();
                assert_eq!(serde_json::from_str(&text).ok(), Some(request));
            }
        }
    }
}
