//! `driftless-controller`: keeps the fleet's desired state, places pods, and sends each node its orders.

use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use driftless_controller::api::{ApiConfig, Ask, Server};
use driftless_controller::config::{Config, Flags};
use driftless_controller::drive::Drive;
use driftless_controller::link::{self, LinkConfig};
use driftless_controller::store::{Options, Store};
use driftless_controller::{metrics, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The light controller of a Driftless fleet: Kubernetes' API on one side, MQTT on the other.
#[derive(Parser)]
#[command(name = "driftless-controller", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the controller.
    Run {
        /// A configuration file; config/controller.toml shows every option.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Where everything is kept.
        #[arg(long)]
        data_dir: Option<PathBuf>,
        /// Where the API listens (default 127.0.0.1:6443).
        #[arg(long)]
        api_listen: Option<String>,
        /// Where the embedded MQTT broker listens (default 127.0.0.1:1883).
        #[arg(long)]
        mqtt_listen: Option<String>,
        /// What is logged: error, warn, info, debug, trace, or a filter.
        #[arg(long, env = "RUST_LOG")]
        log: Option<String>,
    },
    /// Join tokens. They come with the work on trust between nodes and controller.
    Token {
        /// What was asked for.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

fn main() -> ExitCode {
    let flags = match Cli::parse().command {
        Command::Run { config, data_dir, api_listen, mqtt_listen, log } => {
            Flags { config, data_dir, api_listen, mqtt_listen, log }
        }
        Command::Token { .. } => {
            eprintln!(
                "driftless-controller: there are no join tokens yet: nodes join over loopback, without one"
            );
            return ExitCode::from(1);
        }
    };
    let config = match Config::read(flags) {
        Ok(config) => config,
        Err(error) => return bad_config(&error),
    };
    if let Err(error) = telemetry::start(&config.log) {
        return bad_config(&error);
    }
    if config.broker.is_none() && !config.mqtt_listen.ip().is_loopback() {
        return bad_config(&link::LinkError::NotLoopback(config.mqtt_listen));
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.context("cannot start").and_then(|runtime| runtime.block_on(run(config))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("driftless-controller: {error:#}");
            ExitCode::from(1)
        }
    }
}

fn bad_config(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("driftless-controller: {error}");
    ExitCode::from(2)
}

async fn run(config: Config) -> Result<()> {
    let dir = &config.data_dir;
    telemetry::starting(env!("CARGO_PKG_VERSION"), &dir.display().to_string());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot make {}", dir.display()))?;
    let store = Store::open(dir, Options::default())?;
    let stop = CancellationToken::new();
    let (link, events) = link::start(LinkConfig {
        listen: config.mqtt_listen,
        broker: config.broker.clone(),
        prefix: config.prefix.clone(),
    })
    .await?;
    let say = link.clone();
    let send = Box::new(move |node: &model::NodeName, message: &model::message::Down| {
        say.send(node, message)
    });
    let drive = Drive::new(store.clone(), entropy()?, entropy()?, send);
    let (ask, questions) = Ask::channel();
    let (figures, counted, linked) = (drive.figures(), store.clone(), link.clone());
    let api = ApiConfig {
        listen: config.api_listen,
        data_dir: dir.clone(),
        names: config.api_names.clone(),
        metrics: Arc::new(move || metrics::text(&counted, &linked, &figures)),
    };
    let server = Server::open(api, store.clone(), ask).await?;
    let address = server.address();
    let kubeconfig = dir.join("admin.kubeconfig");
    let driving = tokio::spawn(drive.run(events, questions, stop.clone()));
    let serving = tokio::spawn(server.run(stop.clone().cancelled_owned()));
    // Whoever started us waits for this line.
    println!(
        "driftless-controller ready api=https://{address} kubeconfig={}",
        kubeconfig.display()
    );
    let _ = std::io::stdout().flush();
    until_told(&stop, driving).await?;
    telemetry::stopping();
    stop.cancel();
    let _ = serving.await;
    store.close().await;
    Ok(())
}

/// Waits for a signal, or for the drive to fail. A second signal ends the process at once.
async fn until_told(
    stop: &CancellationToken,
    driving: tokio::task::JoinHandle<Result<(), driftless_controller::store::StoreError>>,
) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        done = driving => {
            done.context("the loop that decides has broken off")??;
            return Ok(());
        }
    }
    stop.cancel();
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        std::process::exit(1);
    });
    Ok(())
}

/// A number that nobody can foresee. Never zero.
fn entropy() -> Result<u64> {
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|e| anyhow::anyhow!("the system gives no random numbers: {e}"))?;
    Ok(u64::from_le_bytes(bytes) | 1)
}
