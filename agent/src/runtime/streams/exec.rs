//! Commands in a running container, and what it reads and says itself.

use std::time::Duration;

use bollard::exec::CreateExecOptions;
use bollard::query_parameters::{ResizeContainerTTYOptionsBuilder, ResizeExecOptionsBuilder};
use rustix::process::Signal;
use tokio::io::{AsyncWriteExt, WriteHalf};
use wire::stream::{End, Failure, Port, Reason, Receiver, Size, Streams, Target};

use super::find::has_tty;
use super::raw::{self, Demux, Hijacked};
use super::{Engine, Input, RuntimeError, failure, gone, input, tell};

/// The engine is asked how a command ended after so long, growing to the other: its output may end before it does.
const ENDED_FIRST: Duration = Duration::from_millis(5);
const ENDED_MAX: Duration = Duration::from_secs(1);
/// A command whose stream is gone may end by itself for so long after it was told to.
const HANG_UP: Duration = Duration::from_secs(3);

/// How long it may take until a command whose stream is gone can be told so: it may only just be starting.
const HANG_UP_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of a command and its arguments at most, and how many of them: the kernel takes no longer argument.
const COMMAND_BYTES_MAX: usize = 128 << 10;
const COMMAND_WORDS_MAX: usize = 4096;
/// Keys that make Docker let go of a terminal. It cannot be told to know none, and Kubernetes has none: these nobody types.
const DETACH_KEYS: &str = "ctrl-^,ctrl-@,ctrl-^,ctrl-_,ctrl-^,ctrl-@";
const DETACH_KEYS_IN_URL: &str = "ctrl-%5E,ctrl-@,ctrl-%5E,ctrl-_,ctrl-%5E,ctrl-@";

/// Whose terminal it is.
enum Terminal {
    None,
    Command(String),
    Container(String),
}

/// Runs a command.
pub(super) async fn command(
    engine: &Engine,
    target: &Target,
    command: Vec<String>,
    streams: Streams,
    port: Port,
) -> Result<End, Failure> {
    check(&command)?;
    let container = engine.running_attempt(target).await?.id;
    let docker = engine.docker()?;
    let options = CreateExecOptions {
        attach_stdin: Some(streams.stdin),
        // Also what is not wanted: without any output the engine takes the command to have said all at once.
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(streams.tty),
        detach_keys: Some(DETACH_KEYS.to_owned()),
        cmd: Some(command),
        ..CreateExecOptions::default()
    };
    let made = docker.create_exec(&container, options).await.map_err(RuntimeError::from)?;
    let mut begun = Begun { engine: engine.clone(), container, command: Some(made.id.clone()) };
    let path = format!("/exec/{}/start", made.id);
    let body = format!("{{\"Detach\":false,\"Tty\":{}}}", streams.tty);
    let connection = raw::hijack(&engine.inner.host, &path, body).await?;
    let terminal = if streams.tty { Terminal::Command(made.id.clone()) } else { Terminal::None };
    // A terminal's input has no end: Docker would take it for the end of the output, too.
    let talk = Talk { engine, streams, terminal, ends_input: !streams.tty };
    talk.go(connection, port).await?;
    let mut wait = ENDED_FIRST;
    let code = loop {
        let found = engine.command(&made.id).await?;
        if found.running != Some(true) {
            break found.exit_code.unwrap_or(-1);
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(ENDED_MAX);
    };
    begun.command = None;
    Ok(End::Exit(i32::try_from(code).unwrap_or(-1)))
}

fn check(command: &[String]) -> Result<(), Failure> {
    let bad = |message: &str| Err(failure(Reason::BadRequest, message));
    let bytes: usize = command.iter().map(|word| word.len() + 1).sum();
    if command.first().is_none_or(String::is_empty) {
        bad("you must specify at least one command for the container")
    } else if bytes > COMMAND_BYTES_MAX || command.len() > COMMAND_WORDS_MAX {
        bad(&format!(
            "the command is too long: {} arguments of {bytes} bytes, where {COMMAND_WORDS_MAX} of {COMMAND_BYTES_MAX} are taken; send more on its standard input",
            command.len()
        ))
    } else if command.iter().any(|word| word.contains('\0')) {
        bad("the command has an argument with a zero byte in it")
    } else {
        Ok(())
    }
}

/// A command that has begun: it ends with its stream, since nobody else knows of it.
struct Begun {
    engine: Engine,
    container: String,
    command: Option<String>,
}

impl Drop for Begun {
    fn drop(&mut self) {
        let Some(command) = self.command.take() else { return };
        let (engine, container) = (self.engine.clone(), self.container.clone());
        tokio::spawn(async move {
            let mut wait = ENDED_FIRST;
            let told = tokio::time::timeout(HANG_UP_WITHIN, async {
                while !engine.signal_command(&container, &command, Signal::HUP).await {
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(ENDED_MAX);
                }
            });
            if told.await.is_ok() {
                tokio::time::sleep(HANG_UP).await;
                engine.signal_command(&container, &command, Signal::KILL).await;
            }
        });
    }
}

/// Joins a container that runs, until it ends or the other side goes.
pub(super) async fn attach(
    engine: &Engine,
    target: &Target,
    streams: Streams,
    port: Port,
) -> Result<End, Failure> {
    let container = engine.running_attempt(target).await?.id;
    let found = engine.inspected(&container).await?;
    let tty = has_tty(&found);
    // Else it goes on reading what the next one says, and the engine takes the end of ours for the end of all.
    let once = found.config.and_then(|config| config.stdin_once).unwrap_or(false);
    let streams = Streams { tty, ..streams };
    let mut path = format!(
        "/containers/{container}/attach?stream=1&stdout=1&stderr=1&detachKeys={DETACH_KEYS_IN_URL}"
    );
    if streams.stdin {
        path += "&stdin=1";
    }
    let connection = raw::hijack(&engine.inner.host, &path, String::new()).await?;
    let terminal = if tty { Terminal::Container(container) } else { Terminal::None };
    Talk { engine, streams, terminal, ends_input: once && !tty }.go(connection, port).await?;
    Ok(End::Done)
}

/// A talk with a container.
struct Talk<'a> {
    engine: &'a Engine,
    streams: Streams,
    terminal: Terminal,
    /// The end of the other side's input is the end of its input.
    ends_input: bool,
}

impl Talk<'_> {
    /// Carries bytes both ways until the container has no more to say.
    async fn go(&self, connection: Hijacked, port: Port) -> Result<(), Failure> {
        let Port { sender, mut receiver } = port;
        sender.opened().map_err(|_| gone())?;
        let (output, mut into) = tokio::io::split(connection);
        let mut output = Demux::new(output, self.streams.tty);
        let mut said = std::pin::pin!(tell(&mut output, self.streams, &sender));
        tokio::select! {
            done = &mut said => done,
            () = self.hear(&mut receiver, &mut into) => said.await,
        }
    }

    /// Brings what the other side says to the container, for as long as that takes it.
    async fn hear(&self, receiver: &mut Receiver, into: &mut WriteHalf<Hijacked>) {
        // One that no longer reads its input may still have something to say.
        let mut open = true;
        while let Some(input) = input(receiver).await {
            match input {
                Input::Data(bytes) if open => open = into.write_all(&bytes).await.is_ok(),
                Input::Close if open && self.ends_input => {
                    open = false;
                    let _ = into.shutdown().await;
                }
                Input::Resize(size) => resize(self.engine, &self.terminal, size).await,
                Input::Data(_) | Input::Close => {}
            }
        }
    }
}

/// A size that cannot be set is no reason to end anything.
async fn resize(engine: &Engine, terminal: &Terminal, size: Size) {
    let Ok(docker) = engine.docker() else { return };
    let (columns, rows) = (i32::from(size.columns), i32::from(size.rows));
    let done = match terminal {
        Terminal::None => return,
        Terminal::Command(id) => {
            let options = ResizeExecOptionsBuilder::default().w(columns).h(rows).build();
            docker.resize_exec(id, options).await
        }
        Terminal::Container(id) => {
            let options = ResizeContainerTTYOptionsBuilder::default().w(columns).h(rows).build();
            docker.resize_container_tty(id, options).await
        }
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a terminal was not resized");
    }
}
