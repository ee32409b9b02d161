//! What the controller asks for besides orders: logs, commands, attaching, and connections to ports.
//!
//! The law of this room: each stream has a task and a connection to the engine of its own, and nothing is read that the
//! other side has no room for. So a stream holds up neither the orders nor another stream.

mod exec;
mod find;
mod logs;
mod port;
mod raw;

use std::io;

use tokio::io::AsyncRead;
use wire::stream::{End, Failure, Incoming, Open, Port, Reason, STDIN, Sender};

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

/// Says what a container says, to its end.
async fn tell<R: AsyncRead + Unpin>(output: &mut Demux<R>, sender: &Sender) -> Result<(), Failure> {
    let mut buffer = vec![0; BUFFER];
    while let Some((channel, n)) = output.next(&mut buffer).await.map_err(|e| broken(&e))? {
        sender.send(channel, &buffer[..n]).await.map_err(|_| gone())?;
    }
    Ok(())
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
