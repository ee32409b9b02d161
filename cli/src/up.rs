//! `driftless up`: a whole fleet on one machine, to try things out.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use driftless_client::Client;

/// A process that has not ended so long after it was asked to is ended.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// So long the controller and the nodes have to come up.
const UP_WITHIN: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// How many agents.
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Where everything is kept.
    #[arg(long, default_value = ".driftless")]
    data_dir: PathBuf,
    /// Where the API listens.
    #[arg(long, default_value = "127.0.0.1:6443")]
    api_listen: String,
    /// Where the MQTT broker listens.
    #[arg(long, default_value = "127.0.0.1:8883")]
    mqtt_listen: String,
    /// The container engine.
    #[arg(long, env = "DOCKER_HOST", default_value = "unix:///var/run/docker.sock")]
    docker_host: String,
}

struct Running {
    name: String,
    log: PathBuf,
    child: Child,
}

pub(crate) async fn run(options: Options) -> Result<()> {
    let dir = &options.data_dir;
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let mut stop_asked = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut running = Vec::new();
    let came_up = tokio::select! {
        r = start(&options, &mut running) => r.map(Some),
        _ = stop_asked.recv() => Ok(None),
        _ = terminate.recv() => Ok(None),
    };
    let ended = match came_up {
        Ok(Some(kubeconfig)) => {
            announce(&options, &kubeconfig);
            tokio::select! {
                _ = stop_asked.recv() => Ok(()),
                _ = terminate.recv() => Ok(()),
                name = any_ended(&mut running) => Err(died(&running, &name)),
            }
        }
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    stop(&mut running).await;
    if ended.is_ok() {
        println!(
            "driftless: stopped. Containers that are left keep running until the fleet is up again; to remove them:\n  \
             docker rm -f $(docker ps -aq --filter label=driftless.dev/node)"
        );
    }
    ended
}

/// Starts all, waits until every node is ready, and tells where the kubeconfig is.
async fn start(options: &Options, running: &mut Vec<Running>) -> Result<PathBuf> {
    let dir = fs::canonicalize(&options.data_dir)?;
    let home = dir.join("controller");
    let kubeconfig = home.join("admin.kubeconfig");
    let mut controller = command("driftless-controller")?;
    controller.arg("run").arg("--data-dir").arg(&home);
    controller.args(["--api-listen", &options.api_listen, "--mqtt-listen", &options.mqtt_listen]);
    let mut controller = spawn("controller", controller, &dir)?;
    let said = controller.child.stdout.take().map(BufReader::new);
    running.push(controller);
    let mut lines = said.context("the controller has no output")?.lines();
    let ready = async {
        while let Some(line) = lines.next_line().await? {
            if line.starts_with("driftless-controller ready") {
                return Ok(());
            }
        }
        Err(died(running, "controller"))
    };
    tokio::time::timeout(UP_WITHIN, ready)
        .await
        .map_err(|_| anyhow!("the controller was not ready within {UP_WITHIN:?}"))??;
    // Whoever prints must not block on a pipe that nobody reads.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let token = token(&home, &dir).await?;
    for i in 1..=options.nodes {
        let name = format!("node-{i}");
        let mut agent = command("driftless-agent")?;
        agent.arg("run").arg("--data-dir").arg(dir.join(&name)).args(["--node-name", &name]);
        agent.args(["--controller", &format!("mqtts://{}", options.mqtt_listen)]);
        agent.arg("--token-file").arg(&token);
        agent.args(["--docker-host", &options.docker_host]);
        running.push(spawn(&name, agent, &dir)?);
    }
    let client = Client::from_kubeconfig(&kubeconfig)?;
    tokio::select! {
        r = tokio::time::timeout(UP_WITHIN, all_ready(&client, options.nodes)) => match r {
            Ok(done) => done?,
            Err(_) => eprintln!(
                "driftless: not every node is ready yet; look at `driftless nodes` and {}", dir.join("logs").display()
            ),
        },
        name = any_ended(running) => return Err(died(running, &name)),
    }
    Ok(kubeconfig)
}

/// A token for the agents to join by, in a file.
async fn token(controller: &Path, dir: &Path) -> Result<PathBuf> {
    let mut create = command("driftless-controller")?;
    create.args(["token", "create", "--ttl", "1h", "--data-dir"]).arg(controller);
    let made = create.output().await.context("cannot make a token")?;
    if !made.status.success() {
        bail!("cannot make a token: {}", String::from_utf8_lossy(&made.stderr).trim());
    }
    let path = dir.join("token");
    let _ = fs::remove_file(&path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(&made.stdout)?;
    Ok(path)
}

/// Our other binaries lie beside this one.
fn command(name: &str) -> Result<Command> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.exists() {
        bail!("{} is missing: it must lie beside the `driftless` binary", path.display());
    }
    let mut command = Command::new(path);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

fn spawn(name: &str, mut command: Command, dir: &Path) -> Result<Running> {
    let logs = dir.join("logs");
    fs::create_dir_all(&logs)?;
    let log = logs.join(format!("{name}.log"));
    // One older log is kept, so that a second start does not wipe out why the first one failed.
    let _ = fs::rename(&log, log.with_extension("log.1"));
    let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    if name != "controller" {
        command.stdout(Stdio::from(file.try_clone()?));
    }
    let child = command
        .stderr(Stdio::from(file))
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    Ok(Running { name: name.to_owned(), log, child })
}

async fn all_ready(client: &Client, nodes: usize) -> Result<()> {
    loop {
        let list = client.get("/api/v1/nodes").await?;
        let ready = list["items"]
            .as_array()
            .map_or(0, |items| items.iter().filter(|n| is_ready(n)).count());
        if ready >= nodes {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

pub(crate) fn is_ready(node: &Value) -> bool {
    node["status"]["conditions"]
        .as_array()
        .is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
}

fn announce(options: &Options, kubeconfig: &Path) {
    println!(
        "driftless: the controller and {} node{} are up. Use them with\n  export KUBECONFIG={}\n  kubectl get nodes\n\
         Logs are in {}. Ctrl-C stops.",
        options.nodes,
        if options.nodes == 1 { "" } else { "s" },
        kubeconfig.display(),
        options.data_dir.join("logs").display(),
    );
}

/// Waits until one of them ends, and tells which.
async fn any_ended(running: &mut [Running]) -> String {
    loop {
        for one in running.iter_mut() {
            if let Ok(Some(_)) = one.child.try_wait() {
                return one.name.clone();
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn died(running: &[Running], name: &str) -> anyhow::Error {
    let Some(one) = running.iter().find(|r| r.name == name) else {
        return anyhow!("{name} has ended");
    };
    let text = fs::read_to_string(&one.log).unwrap_or_default();
    let mut last: VecDeque<&str> = VecDeque::new();
    for line in text.lines() {
        if last.len() == 5 {
            last.pop_front();
        }
        last.push_back(line);
    }
    let last: Vec<&str> = last.into();
    anyhow!("{name} has ended; the last lines of {}:\n{}", one.log.display(), last.join("\n"))
}

/// Asks all to stop, agents first so that they can say goodbye, and ends those that do not.
async fn stop(running: &mut Vec<Running>) {
    for one in running.iter().rev() {
        if let Some(pid) = one.child.id() {
            // The shell's kill spares us a dependency for one signal.
            let _ = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await;
        }
    }
    for mut one in running.drain(..).rev() {
        if tokio::time::timeout(STOP_WITHIN, one.child.wait()).await.is_err() {
            eprintln!("driftless: {} did not stop within {STOP_WITHIN:?} and is ended", one.name);
            let _ = one.child.kill().await;
        }
    }
}
