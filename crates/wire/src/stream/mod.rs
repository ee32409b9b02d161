//! Streams: logs, commands, and connections to ports, over the same link as orders and never before them.
//!
//! A stream is opened by the controller and ended by either side. What one side may say is bounded by the credit that the
//! other gives, so that whatever is behind in taking it in holds up nobody else and costs a bounded amount of memory. The
//! frames of a stream are numbered: one that is missing ends the stream with an error instead of leaving a hole. A stream
//! does not outlive the connection that it was opened over.
//!
//! Frames of all of a node's streams travel on two topics, one each way ([`crate::topic::stream_down`]).

mod form;
mod hub;
mod outbox;
mod port;

pub use hub::{Busy, Hub, STREAMS_MAX, bridge};
pub use port::{Ended, Incoming, Port, Receiver, Sender};

/// So much may be said before credit is given for more, in bytes; a frame costs [`FRAME_COST_BYTES`] besides.
pub const WINDOW_BYTES: usize = 64 << 10;
/// What a frame costs beside its bytes.
pub const FRAME_COST_BYTES: usize = 64;
/// No frame carries more bytes: so long do others wait for one.
pub const FRAME_BYTES_MAX: usize = 16 << 10;

/// What goes to a command or a port.
pub const STDIN: u8 = 0;
/// What a command or a port says, and logs.
pub const STDOUT: u8 = 1;
/// What a command says on its error output.
pub const STDERR: u8 = 2;
/// The size of the terminal, to the node: see [`Size`].
pub const RESIZE: u8 = 4;
/// Channels have lower numbers than this.
const CHANNELS: u8 = 8;

/// Which container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The pod's uid: another pod of the same name is not meant.
    pub uid: String,
    /// The container; empty where the pod is meant.
    pub container: String,
}

/// Which of a command's streams are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    /// What is said on [`STDIN`] goes to it.
    pub stdin: bool,
    /// Its output comes on [`STDOUT`].
    pub stdout: bool,
    /// Its error output comes on [`STDERR`]; never with a terminal, which has only one output.
    pub stderr: bool,
    /// It has a terminal.
    pub tty: bool,
}

/// Which lines of a log are wanted, as Kubernetes' `PodLogOptions` say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Goes on with what comes.
    pub follow: bool,
    /// Those of the attempt before.
    pub previous: bool,
    /// Each line begins with its time (RFC 3339, nanoseconds).
    pub timestamps: bool,
    /// So many of the last lines; none: all.
    pub tail: Option<u64>,
    /// Lines from this time on, in milliseconds since 1970; none: all.
    pub since_ms: Option<u64>,
    /// Lines of so many last seconds, by the node's clock; none: all.
    pub since_s: Option<u64>,
    /// Ends after so many bytes; none: never.
    pub limit_bytes: Option<u64>,
}

/// What a stream is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// A container's log, on [`STDOUT`].
    Logs(Target, LogOptions),
    /// A command in a running container.
    Exec {
        /// Where.
        target: Target,
        /// The program and its arguments.
        command: Vec<String>,
        /// Which of its streams are wanted.
        streams: Streams,
    },
    /// What a running container reads and says.
    Attach(Target, Streams),
    /// One connection to a port in the pod's network: its bytes on [`STDIN`] and [`STDOUT`].
    Port(Target, u16),
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All has been said.
    Done,
    /// The command ended with this exit code.
    Exit(i32),
    /// It could not be done, or not to its end.
    Failed(Failure),
}

/// Why a stream failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What sort of failure.
    pub reason: Reason,
    /// What happened, to what, in words for the operator.
    pub message: String,
}

/// What sort of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Something went wrong within.
    Internal,
    /// There is no such pod, container, or log.
    NotFound,
    /// It cannot be asked of a container in this state.
    BadRequest,
    /// The engine does not answer, or there are too many streams: later it may work.
    Unavailable,
    /// The link was lost, or a frame.
    Lost,
    /// The other side does not want it any more.
    Abandoned,
}

impl End {
    /// A failure.
    pub fn failed(reason: Reason, message: impl Into<String>) -> Self {
        Self::Failed(Failure { reason, message: message.into() })
    }
}

/// The size of a terminal, as it travels on [`RESIZE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// In characters.
    pub columns: u16,
    /// In lines.
    pub rows: u16,
}

impl Size {
    /// As bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 4] {
        let ([a, b], [c, d]) = (self.columns.to_be_bytes(), self.rows.to_be_bytes());
        [a, b, c, d]
    }

    /// From bytes; none if they are no size.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d] = *bytes else { return None };
        Some(Self { columns: u16::from_be_bytes([a, b]), rows: u16::from_be_bytes([c, d]) })
    }
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    /// The first of the controller.
    Open(Open),
    /// The first of the node, if it is not an end: it is being done.
    Opened,
    /// Bytes on a channel.
    Data(u8, Vec<u8>),
    /// So many bytes more may be said.
    Credit(u32),
    /// Nothing more comes on a channel.
    Close(u8),
    /// The last.
    End(End),
}

/// What travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Which stream.
    pub(crate) id: u64,
    /// Counts the frames of this stream in this direction, from 0.
    pub(crate) number: u32,
    pub(crate) say: Say,
}

/// What bytes on a channel cost of the window.
pub(crate) fn cost(bytes: usize) -> usize {
    bytes + FRAME_COST_BYTES
}

#[cfg(test)]
mod tests;
