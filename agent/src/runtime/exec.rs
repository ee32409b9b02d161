//! Commands run in a container, for probes and hooks.

use std::sync::OnceLock;
use std::time::Duration;

use agent_core::turn::{Action, Check, Outcome};
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures_util::StreamExt;
use rustix::process::{Pid, Signal, getpgid, kill_process, kill_process_group};

use super::error::RuntimeError;
use super::{Engine, probe};

/// Bytes of a command's output that are kept; the rest is read and dropped.
const OUTPUT_BYTES_MAX: usize = 1024;
/// Bytes of a line of output at most, within the engine client.
const LINE_BYTES: usize = 1024;
/// How long the engine may take to say which process a command is that must be ended.
const END_MAX: Duration = Duration::from_secs(10);

impl Engine {
    /// Runs a probe or a hook, until its time is up.
    pub(crate) async fn check(&self, check: Check) -> Outcome {
        let limit = Duration::from_millis(check.timeout_ms.max(1));
        let begun = OnceLock::new();
        let done = tokio::time::timeout(limit, async {
            Ok(match &check.action {
                Action::Exec(command) => {
                    match self.exec(&check.container, command, &begun).await {
                        Ok((0, output)) => (true, output),
                        Ok((code, output)) => (false, exec_failure(code, &output)),
                        // Nothing is known of the container then, so it must not suffer for it.
                        Err(error) if begun.get().is_none() || error.is_away() => {
                            return Err(error);
                        }
                        Err(error) => (false, error.to_string()),
                    }
                }
                Action::Http { scheme, host, port, path, headers } => {
                    probe::http(scheme, host, *port, path, headers).await
                }
                Action::Tcp { host, port } => probe::tcp(host, *port).await,
                Action::Sleep { ms } => {
                    tokio::time::sleep(Duration::from_millis(*ms)).await;
                    (true, String::new())
                }
            })
        });
        match done.await {
            Ok(Ok((passed, message))) => Outcome::Checked { passed, message },
            Ok(Err(error)) => Outcome::Failed(error.into_failure()),
            Err(_) => {
                if let Some(command) = begun.into_inner() {
                    let engine = self.clone();
                    tokio::spawn(async move {
                        let (container, command) = (check.container, command);
                        let ended = engine.signal_command(&container, &command, Signal::KILL);
                        let _ = tokio::time::timeout(END_MAX, ended).await;
                    });
                }
                Outcome::Checked { passed: false, message: late(&check.action, limit) }
            }
        }
    }

    /// Ends a command that is late or whose stream is gone, since engines have no word for it: else each try of a probe
    /// that hangs would leave one more process in the container. Only a process that is seen to be in that container is
    /// touched; where the engine numbers processes in another way than we see them, that is none. `false`: it has not
    /// begun yet, or the engine does not say.
    pub(super) async fn signal_command(
        &self,
        container: &str,
        command: &str,
        signal: Signal,
    ) -> bool {
        let found = match self.command(command).await {
            Ok(found) => found,
            Err(error) => return error.is_not_found(),
        };
        let pid = found.pid.filter(|_| found.running == Some(true));
        let pid = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let Some(pid) = pid else { return found.exit_code.is_some() };
        if is_in(pid, container) {
            // Its children go with it, if it leads them.
            let _ = match getpgid(Some(pid)) {
                Ok(group) if group == pid => kill_process_group(pid, signal),
                _ => kill_process(pid, signal),
            };
        }
        true
    }

    async fn exec(
        &self,
        container: &str,
        command: &[String],
        begun: &OnceLock<String>,
    ) -> Result<(i64, String), RuntimeError> {
        let docker = self.docker()?;
        let made = docker
            .create_exec(
                container,
                CreateExecOptions {
                    attach_stdout: Some(true),
                    attach_stderr: Some(true),
                    cmd: Some(command.to_vec()),
                    ..CreateExecOptions::default()
                },
            )
            .await?;
        let _ = begun.set(made.id.clone());
        let options = StartExecOptions { output_capacity: Some(LINE_BYTES), ..Default::default() };
        let mut output = Vec::new();
        if let StartExecResults::Attached { output: mut pieces, .. } =
            docker.start_exec(&made.id, Some(options)).await?
        {
            while let Some(Ok(piece)) = pieces.next().await {
                let room = OUTPUT_BYTES_MAX.saturating_sub(output.len());
                output.extend(piece.as_ref().iter().take(room));
            }
        }
        let found = self.command(&made.id).await?;
        Ok((found.exit_code.unwrap_or(-1), String::from_utf8_lossy(&output).into_owned()))
    }
}

/// Whether a process belongs to a container, by the name of its control group.
pub(super) fn is_in(pid: Pid, container: &str) -> bool {
    let groups = format!("/proc/{}/cgroup", pid.as_raw_nonzero());
    !container.is_empty() && std::fs::read_to_string(groups).is_ok_and(|g| g.contains(container))
}

fn exec_failure(code: i64, output: &str) -> String {
    if output.trim().is_empty() {
        format!("command ended with exit code {code}")
    } else {
        output.to_owned()
    }
}

fn late(action: &Action, limit: Duration) -> String {
    let what = match action {
        Action::Exec(_) => "command",
        Action::Http { .. } => "HTTP request",
        Action::Tcp { .. } => "TCP connection",
        Action::Sleep { .. } => "sleep",
    };
    format!("{what} timed out after {limit:?}")
}
