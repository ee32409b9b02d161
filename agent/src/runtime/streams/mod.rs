//! What the controller asks for besides orders: logs, commands, attaching, and connections to ports.
//!
//! The law of this room: each stream has a task and a connection to the engine of its own, and nothing is read that the
//! other side has no room for. So a stream holds up neither the orders nor another stream.

mod exec;
mod find;
mod logs;
mod mend;
mod port;
pub(super) mod raw;

use std::io;

use tokio::io::AsyncRead;
use wire::stream::{
    End, FRAME_BYTES_MAX, Failure, Incoming, Open, Port, Reason, STDERR, STDIN, STDOUT, Sender,
    Streams,
};

use super::Engine;
use super::error::RuntimeError;
use crate::link::Asked;
use raw::Demux;

/// Bytes that are read at a time.
const BUFFER: usize = 16 << 10;

/// Serves streams until nobody can ask for them any more.
pub(crate) async fn serve(engine: Engine, mut asked: Asked) {
    while let Some((open, port)) = asked.recv().await {
        let engine = engine.clone();
        tokio::spawn(async move {
            let sender = port.sender.clone();
            let done = tokio::select! {
                done = one(&engine, open, port) => done,
                // Whatever was under way is dropped with its connections.
                () = sender.ended() => return,
            };
            sender.end(done.unwrap_or_else(End::Failed));
        });
    }
}

async fn one(engine: &Engine, open: Open, port: Port) -> Result<End, Failure> {
    match open {
        Open::Logs(target, options) => logs::serve(engine, &target, &options, &port.sender).await,
        Open::Exec { target, command, streams } => {
            exec::command(engine, &target, command, streams, port).await
        }
        Open::Attach(target, streams) => exec::attach(engine, &target, streams, port).await,
        Open::Port(target, number) => port::serve(engine, &target, number, port).await,
    }
}

fn failure(reason: Reason, message: impl Into<String>) -> Failure {
    Failure { reason, message: message.into() }
}

impl From<RuntimeError> for Failure {
    fn from(error: RuntimeError) -> Self {
        let reason = match &error {
            e if e.is_away() => Reason::Unavailable,
            e if e.is_not_found() => Reason::NotFound,
            e if e.is_conflict() => Reason::BadRequest,
            _ => Reason::Internal,
        };
        failure(reason, error.to_string())
    }
}

fn broken(error: &io::Error) -> Failure {
    failure(Reason::Unavailable, format!("the container engine broke off: {error}"))
}

/// The other side has ended the stream: nobody hears what is said about it.
fn gone() -> Failure {
    failure(Reason::Abandoned, "the stream has ended")
}

/// Says what a container says, to its end; what is not wanted is read and dropped.
async fn tell<R: AsyncRead + Unpin>(
    output: &mut Demux<R>,
    wanted: Streams,
    sender: &Sender,
) -> Result<(), Failure> {
    let mut buffer = vec![0; BUFFER];
    let mut teller = Teller::new(sender);
    while let Some((channel, n)) = teller.next(output, &mut buffer).await? {
        let is_wanted = if channel == STDERR { wanted.stderr } else { wanted.stdout };
        if is_wanted {
            teller.say(channel, &buffer[..n]).await?;
        }
    }
    teller.flush().await
}

/// Says things: small ones that come at once travel together, since each frame has its price.
struct Teller<'a> {
    sender: &'a Sender,
    channel: u8,
    held: Vec<u8>,
}

impl<'a> Teller<'a> {
    fn new(sender: &'a Sender) -> Self {
        Self { sender, channel: STDOUT, held: Vec::new() }
    }

    /// The next output. What is held is said before anything is waited for.
    async fn next<R: AsyncRead + Unpin>(
        &mut self,
        output: &mut Demux<R>,
        buffer: &mut [u8],
    ) -> Result<Option<(u8, usize)>, Failure> {
        if !self.held.is_empty() {
            tokio::select! {
                biased;
                next = output.next(buffer) => return next.map_err(|e| broken(&e)),
                // Meanwhile whoever reads from the engine has had his turn.
                () = tokio::task::yield_now() => {}
            }
            self.flush().await?;
        }
        output.next(buffer).await.map_err(|e| broken(&e))
    }

    async fn say(&mut self, channel: u8, bytes: &[u8]) -> Result<(), Failure> {
        if channel != self.channel || self.held.len() + bytes.len() > FRAME_BYTES_MAX {
            self.flush().await?;
        }
        self.channel = channel;
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        let sent = self.sender.send(self.channel, &self.held).await;
        self.held.clear();
        sent.map_err(|_| gone())
    }
}

/// What may come to a container.
enum Input {
    /// Bytes.
    Data(Vec<u8>),
    /// No more of them.
    Close,
    /// The size of its terminal.
    Resize(wire::stream::Size),
}

/// The next thing that comes; none after the end.
async fn input(receiver: &mut wire::stream::Receiver) -> Option<Input> {
    loop {
        match receiver.recv().await? {
            Incoming::Data(STDIN, bytes) => return Some(Input::Data(bytes)),
            Incoming::Close(STDIN) => return Some(Input::Close),
            Incoming::Data(wire::stream::RESIZE, bytes) => {
                if let Some(size) = wire::stream::Size::from_bytes(&bytes) {
                    return Some(Input::Resize(size));
                }
            }
            Incoming::End(_) => return None,
            Incoming::Data(..) | Incoming::Close(_) | Incoming::Opened => {}
        }
    }
}
