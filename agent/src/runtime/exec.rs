//! Commands run in a container, for probes and hooks.

use std::time::Duration;

use agent_core::turn::{Action, Check, Outcome};
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures_util::StreamExt;

use super::error::RuntimeError;
use super::{Engine, probe};

/// Bytes of a command's output that are kept; the rest is read and dropped.
const OUTPUT_BYTES_MAX: usize = 1024;
/// Bytes of a line of output at most, within the engine client.
const LINE_BYTES: usize = 1024;

impl Engine {
    /// Runs a probe or a hook, until its time is up.
    pub(crate) async fn check(&self, check: Check) -> Outcome {
        let limit = Duration::from_millis(check.timeout_ms.max(1));
        let done = tokio::time::timeout(limit, async {
            match &check.action {
                Action::Exec(command) => match self.exec(&check.container, command).await {
                    Ok((0, output)) => (true, output),
                    Ok((code, output)) => (false, exec_failure(code, &output)),
                    Err(error) => (false, error.to_string()),
                },
                Action::Http { scheme, host, port, path, headers } => {
                    probe::http(scheme, host, *port, path, headers).await
                }
                Action::Tcp { host, port } => probe::tcp(host, *port).await,
                Action::Sleep { ms } => {
                    tokio::time::sleep(Duration::from_millis(*ms)).await;
                    (true, String::new())
                }
            }
        });
        match done.await {
            Ok((passed, message)) => Outcome::Checked { passed, message },
            Err(_) => Outcome::Checked { passed: false, message: late(&check.action, limit) },
        }
    }

    async fn exec(
        &self,
        container: &str,
        command: &[String],
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
        let found = docker.inspect_exec(&made.id).await?;
        Ok((found.exit_code.unwrap_or(-1), String::from_utf8_lossy(&output).into_owned()))
    }
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
