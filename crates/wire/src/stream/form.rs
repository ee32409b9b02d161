//! Frames ⇄ bytes. The number of a field is its place: add at the end, never take away, never move.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    CHANNELS, End, FRAME_BYTES_MAX, Failure, Frame, LogOptions, Open, Reason, Say, Streams, Target,
};
use crate::v1::{STREAM, form, unset};
use crate::{WireError, encode, open, parse};

/// No frame is larger, unpacked, in bytes: its bytes, or a command's arguments.
const BODY_BYTES_MAX: usize = 256 << 10;

const OPEN: u8 = 1;
const OPENED: u8 = 2;
const DATA: u8 = 3;
const CREDIT: u8 = 4;
const CLOSE: u8 = 5;
const END: u8 = 6;

const LOGS: u8 = 1;
const EXEC: u8 = 2;
const ATTACH: u8 = 3;
const PORT: u8 = 4;

const DONE: u8 = 1;
const EXIT: u8 = 2;
const FAILED: u8 = 3;

form!(FrameForm {
    id: u64, number: u32, say: u8, channel: u8, bytes: ByteBuf, credit: u32, open: Option<OpenForm>, end: Option<EndForm>,
});
form!(OpenForm {
    what: u8, namespace: String, pod: String, uid: String, container: String, command: Vec<String>, stdin: bool,
    stdout: bool, stderr: bool, tty: bool, port: u16, log: Option<LogForm>,
});
form!(LogForm {
    follow: bool, previous: bool, timestamps: bool, tail: Option<u64>, since_ms: Option<u64>, since_s: Option<u64>,
    limit_bytes: Option<u64>,
});
form!(EndForm { how: u8, code: i32, reason: u8, message: String });

impl Frame {
    /// As bytes.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        encode(STREAM, &FrameForm::from(self), BODY_BYTES_MAX)
    }

    /// From bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        match open(bytes, BODY_BYTES_MAX)? {
            (STREAM, body) => parse::<FrameForm>(&body)?.try_into(),
            (other, _) => Err(WireError::Kind(other)),
        }
    }
}

impl From<&Frame> for FrameForm {
    fn from(frame: &Frame) -> Self {
        let mut form = Self { id: frame.id, number: frame.number, ..Self::default() };
        match &frame.say {
            Say::Open(open) => {
                form.say = OPEN;
                form.open = Some(open.into());
            }
            Say::Opened => form.say = OPENED,
            Say::Data(channel, bytes) => {
                form.say = DATA;
                form.channel = *channel;
                form.bytes = ByteBuf::from(bytes.as_slice());
            }
            Say::Credit(credit) => {
                form.say = CREDIT;
                form.credit = *credit;
            }
            Say::Close(channel) => {
                form.say = CLOSE;
                form.channel = *channel;
            }
            Say::End(end) => {
                form.say = END;
                form.end = Some(end.into());
            }
        }
        form
    }
}

impl TryFrom<FrameForm> for Frame {
    type Error = WireError;

    fn try_from(form: FrameForm) -> Result<Self, WireError> {
        let bad = |what: &str| WireError::Body(what.into());
        if form.channel >= CHANNELS || form.bytes.len() > FRAME_BYTES_MAX {
            return Err(bad("a frame with a channel or bytes that no frame has"));
        }
        let say = match form.say {
            OPEN => Say::Open(form.open.ok_or_else(|| bad("it opens nothing"))?.try_into()?),
            OPENED => Say::Opened,
            DATA => Say::Data(form.channel, form.bytes.into_vec()),
            CREDIT => Say::Credit(form.credit),
            CLOSE => Say::Close(form.channel),
            END => Say::End(form.end.unwrap_or_default().into()),
            _ => return Err(bad("a frame that says nothing we know")),
        };
        Ok(Self { id: form.id, number: form.number, say })
    }
}

impl From<&Open> for OpenForm {
    fn from(open: &Open) -> Self {
        let of = |what: u8, target: &Target| Self {
            what,
            namespace: target.namespace.clone(),
            pod: target.pod.clone(),
            uid: target.uid.clone(),
            container: target.container.clone(),
            ..Self::default()
        };
        match open {
            Open::Logs(target, log) => Self { log: Some(log.into()), ..of(LOGS, target) },
            Open::Exec { target, command, streams } => {
                Self { command: command.clone(), ..of(EXEC, target).with(*streams) }
            }
            Open::Attach(target, streams) => of(ATTACH, target).with(*streams),
            Open::Port(target, port) => Self { port: *port, ..of(PORT, target) },
        }
    }
}

impl OpenForm {
    fn with(self, streams: Streams) -> Self {
        let Streams { stdin, stdout, stderr, tty } = streams;
        Self { stdin, stdout, stderr, tty, ..self }
    }
}

impl TryFrom<OpenForm> for Open {
    type Error = WireError;

    fn try_from(form: OpenForm) -> Result<Self, WireError> {
        let OpenForm { namespace, pod, uid, container, stdin, stdout, stderr, tty, .. } = form;
        let target = Target { namespace, pod, uid, container };
        let streams = Streams { stdin, stdout, stderr, tty };
        Ok(match form.what {
            LOGS => Self::Logs(target, form.log.unwrap_or_default().into()),
            EXEC => Self::Exec { target, command: form.command, streams },
            ATTACH => Self::Attach(target, streams),
            PORT => Self::Port(target, form.port),
            other => {
                return Err(WireError::Body(format!(
                    "a stream of kind {other}, which this build does not know"
                )));
            }
        })
    }
}

impl From<&LogOptions> for LogForm {
    fn from(o: &LogOptions) -> Self {
        Self {
            follow: o.follow,
            previous: o.previous,
            timestamps: o.timestamps,
            tail: o.tail,
            since_ms: o.since_ms,
            since_s: o.since_s,
            limit_bytes: o.limit_bytes,
        }
    }
}

impl From<LogForm> for LogOptions {
    fn from(f: LogForm) -> Self {
        Self {
            follow: f.follow,
            previous: f.previous,
            timestamps: f.timestamps,
            tail: f.tail,
            since_ms: f.since_ms,
            since_s: f.since_s,
            limit_bytes: f.limit_bytes,
        }
    }
}

const REASONS: [Reason; 6] = [
    Reason::Internal,
    Reason::NotFound,
    Reason::BadRequest,
    Reason::Unavailable,
    Reason::Lost,
    Reason::Abandoned,
];

impl From<&End> for EndForm {
    fn from(end: &End) -> Self {
        match end {
            End::Done => Self { how: DONE, ..Self::default() },
            End::Exit(code) => Self { how: EXIT, code: *code, ..Self::default() },
            End::Failed(Failure { reason, message }) => Self {
                how: FAILED,
                reason: (0..).zip(REASONS).find(|(_, r)| r == reason).map_or(0, |(n, _)| n),
                message: message.clone(),
                ..Self::default()
            },
        }
    }
}

impl From<EndForm> for End {
    fn from(form: EndForm) -> Self {
        match form.how {
            DONE => Self::Done,
            EXIT => Self::Exit(form.code),
            _ => {
                let reason = REASONS.get(usize::from(form.reason)).copied();
                Self::failed(reason.unwrap_or(Reason::Internal), form.message)
            }
        }
    }
}
