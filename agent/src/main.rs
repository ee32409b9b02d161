//! `driftless-agent`: holds a node's orders and keeps them true, link or no link.

mod config;
mod door;
mod drive;
mod files;
mod identity;
mod install;
mod keys;
mod leave;
mod link;
mod pause;
mod runtime;
mod store;
mod telemetry;
mod usage;
mod volumes;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use config::{Config, Flags};
use door::ask::{self, Ask};
use install::Plan;

/// The agent of a Driftless node: runs the pods that the controller ordered, and keeps them running without it.
#[derive(Parser)]
#[command(name = "driftless-agent", version = env!("DRIFTLESS_VERSION"))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the agent.
    Run(Box<RunFlags>),
    /// Make the agent a service of this machine, and join; running it again changes what is given, and nothing else.
    Install {
        #[command(flatten)]
        flags: Box<RunFlags>,
        /// A directory with the files of another machine, to prepare its image; nothing is started.
        #[arg(long, default_value = "/")]
        root: PathBuf,
        /// Neither join nor start now, but when the machine starts.
        #[arg(long)]
        no_start: bool,
    },
    /// Take the service away; containers run on.
    Uninstall {
        /// Also remove its containers, their volumes, its identity and its configuration.
        #[arg(long)]
        purge: bool,
        /// A directory with the files of another machine.
        #[arg(long, default_value = "/")]
        root: PathBuf,
    },
    #[command(flatten)]
    Ask(Ask),
    /// Hold a pod's network; the agent starts this in containers.
    Pause,
}

#[derive(Args)]
struct RunFlags {
    /// A configuration file; config/agent.toml shows every option.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Where orders and pods' files are kept (default /var/lib/driftless/agent).
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The node's name (default: the host name).
    #[arg(long)]
    node_name: Option<String>,
    /// A label of the node, KEY=VALUE; may be given several times.
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,
    /// The controller's broker, mqtts://host:port; without it the node runs by the orders that it holds.
    #[arg(long, value_name = "URL")]
    controller: Option<String>,
    /// The container engine (default unix:///var/run/docker.sock).
    #[arg(long, env = "DOCKER_HOST", value_name = "URL")]
    docker_host: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or a filter.
    #[arg(long, env = "RUST_LOG")]
    log: Option<String>,
    /// The token to join by, the first time; others on this machine can read it here: rather use --token-file.
    #[arg(long, env = "DRIFTLESS_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file with the token to join by; it may be gone once the node has joined.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl From<RunFlags> for Flags {
    fn from(flags: RunFlags) -> Self {
        Self {
            config: flags.config,
            data_dir: flags.data_dir,
            node_name: flags.node_name,
            labels: flags.labels,
            controller: flags.controller,
            docker_host: flags.docker_host,
            log: flags.log,
            token: flags.token,
            token_file: flags.token_file,
        }
    }
}

fn main() -> ExitCode {
    let began = Instant::now();
    // Before anything else: alone in its container, it must stay as small as it starts.
    if std::env::args_os().nth(1).is_some_and(|word| word == "pause") {
        return pause::run();
    }
    let host_name = usage::host_name();
    let flags = match Cli::parse().command {
        Command::Pause => return pause::run(),
        Command::Ask(ask) => return technician(ask),
        Command::Run(flags) => *flags,
        Command::Install { flags, root, no_start } => {
            let plan = Plan { flags: (*flags).into(), root, start: !no_start };
            return told(install::install(plan, &host_name));
        }
        Command::Uninstall { purge, root } => {
            return told(install::uninstall(&root, purge, &host_name));
        }
    };
    let config = match Config::read(flags.into(), &host_name) {
        Ok(config) => config,
        Err(error) => return bad_usage(&error),
    };
    if let Err(error) = telemetry::start(&config.log) {
        return bad_usage(&error);
    }
    match leave::has_left(&config.data_dir, config.token.as_ref().map(|t| t.id.as_str())) {
        Ok(false) => told(run(config, began)),
        Ok(true) => bad_usage(
            &"this machine was decommissioned; to let it join again, give it another token",
        ),
        Err(error) => told(Err(error)),
    }
}

fn told(done: Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("driftless-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bad_usage(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("driftless-agent: {error}");
    ExitCode::from(2)
}

fn technician(ask: Ask) -> ExitCode {
    told(runtime().and_then(|runtime| runtime.block_on(ask::run(ask))))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .thread_keep_alive(std::time::Duration::from_secs(2))
        .thread_stack_size(512 * 1024)
        .build()
        .context("cannot start")
}

fn run(config: Config, began: Instant) -> Result<()> {
    let runtime = runtime()?;
    let done = runtime.block_on(drive::run(config, began));
    // Work on files that is under way does not hold the end up: it is done again at the next start.
    runtime.shutdown_background();
    done
}
