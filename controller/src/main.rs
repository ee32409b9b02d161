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
use driftless_controller::join::{self, Desk};
use driftless_controller::keys::{self, AtRest, OrdersKeys};
use driftless_controller::link::{self, Door, Entry, LinkConfig, Outside};
use driftless_controller::pki::{self, Live, Pki};
use driftless_controller::store::{Options, Store, StoreError};
use driftless_controller::users::{self, Users};
use driftless_controller::{ca, metrics, telemetry, token};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The light controller of a Driftless fleet: Kubernetes' API on one side, MQTT on the other.
#[derive(Parser)]
#[command(name = "driftless-controller", version = env!("DRIFTLESS_VERSION"))]
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
        /// Where the embedded MQTT broker listens over TLS (default 0.0.0.0:8883).
        #[arg(long)]
        mqtt_listen: Option<String>,
        /// Where it listens without TLS, for agents on this machine: loopback only (default: nowhere).
        #[arg(long)]
        mqtt_plain_listen: Option<String>,
        /// What is logged: error, warn, info, debug, trace, or a filter.
        #[arg(long, env = "RUST_LOG")]
        log: Option<String>,
    },
    /// List and replace the controller's keys: the one that signs orders, the one that encrypts secrets at rest.
    Keys {
        /// A configuration file.
        #[arg(long, global = true)]
        config: Option<PathBuf>,
        /// Where everything is kept.
        #[arg(long, global = true)]
        data_dir: Option<PathBuf>,
        #[command(subcommand)]
        command: keys::command::Keys,
    },
    /// Users with bearer tokens: make them, list them, revoke them. The controller must run.
    User {
        /// A configuration file.
        #[arg(long, global = true)]
        config: Option<PathBuf>,
        /// Where everything is kept: the administrator's kubeconfig is taken from there.
        #[arg(long, global = true)]
        data_dir: Option<PathBuf>,
        /// The administrator's kubeconfig, if it is elsewhere.
        #[arg(long, global = true)]
        kubeconfig: Option<PathBuf>,
        #[command(subcommand)]
        command: Users,
    },
    /// Look at the certificate authority and replace it, whether the controller runs or not.
    Ca {
        /// A configuration file.
        #[arg(long, global = true)]
        config: Option<PathBuf>,
        /// Where everything is kept.
        #[arg(long, global = true)]
        data_dir: Option<PathBuf>,
        #[command(subcommand)]
        command: ca::Ca,
    },
    /// Write what a mosquitto needs to carry the fleet: its certificate, its configuration, and who may do what on it.
    Broker {
        /// A configuration file.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Where everything is kept.
        #[arg(long)]
        data_dir: Option<PathBuf>,
        /// The directory to write to.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// A name or address of the broker; may be given several times.
        #[arg(long = "name", value_name = "HOST")]
        names: Vec<String>,
    },
    /// Make, list and revoke the tokens by which machines join.
    Token(Box<token::Options>),
}

fn main() -> ExitCode {
    let flags = match Cli::parse().command {
        Command::Run { config, data_dir, api_listen, mqtt_listen, mqtt_plain_listen, log } => {
            Flags { config, data_dir, api_listen, mqtt_listen, mqtt_plain_listen, log }
        }
        Command::Keys { config, data_dir, command } => {
            return keys_command(Flags { config, data_dir, ..Flags::default() }, command);
        }
        Command::User { config, data_dir, kubeconfig, command } => {
            return user_command(
                Flags { config, data_dir, ..Flags::default() },
                kubeconfig,
                command,
            );
        }
        Command::Broker { config, data_dir, out, names } => {
            return broker_command(Flags { config, data_dir, ..Flags::default() }, &out, &names);
        }
        Command::Ca { config, data_dir, command } => {
            return told_command(Flags { config, data_dir, ..Flags::default() }, async |config| {
                ca::run(command, &config.data_dir).await
            });
        }
        Command::Token(options) => return token_command(*options),
    };
    let config = match Config::read(flags) {
        Ok(config) => config,
        Err(error) => return bad_config(&error),
    };
    if let Err(error) = telemetry::start(&config.log) {
        return bad_config(&error);
    }
    if let Err(error) = link::check(&link_config(&config)) {
        return bad_config(&error);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.context("cannot start").and_then(|runtime| runtime.block_on(run(config))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("driftless-controller: {}", told(&error));
            ExitCode::from(1)
        }
    }
}

fn keys_command(flags: Flags, command: keys::command::Keys) -> ExitCode {
    let config = match Config::read(flags) {
        Ok(config) => config,
        Err(error) => return bad_config(&error),
    };
    match keys::command::run(command, &config.data_dir, &config.at_rest) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("driftless-controller: {error}");
            ExitCode::from(1)
        }
    }
}

/// A command that says something, on the configuration.
fn told_command(flags: Flags, run: impl AsyncFnOnce(&Config) -> Result<String>) -> ExitCode {
    let config = match Config::read(flags) {
        Ok(config) => config,
        Err(error) => return bad_config(&error),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.context("cannot start").and_then(|runtime| runtime.block_on(run(&config)));
    match done {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("driftless-controller: {}", told(&error));
            ExitCode::from(1)
        }
    }
}

fn broker_command(flags: Flags, out: &std::path::Path, names: &[String]) -> ExitCode {
    let config = match Config::read(flags) {
        Ok(config) => config,
        Err(error) => return bad_config(&error),
    };
    let now = std::time::SystemTime::now();
    let open =
        Pki::open(&config.data_dir.join("pki"), config.api_listen.ip(), &config.api_names, now);
    let written =
        open.and_then(|pki| pki::write_broker_files(&pki, out, names, &config.prefix, now));
    match written {
        Ok(()) => {
            println!(
                "written to {}; start it with: mosquitto -c {0}/mosquitto.conf",
                out.display()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("driftless-controller: {error}");
            ExitCode::from(1)
        }
    }
}

fn user_command(flags: Flags, kubeconfig: Option<PathBuf>, command: Users) -> ExitCode {
    told_command(flags, async |config| {
        let kubeconfig = kubeconfig.unwrap_or_else(|| config.data_dir.join("admin.kubeconfig"));
        users::run(command, &kubeconfig).await
    })
}

fn bad_config(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("driftless-controller: {error}");
    ExitCode::from(2)
}

/// An error with its causes, each told once: many tell theirs themselves.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| {
        if text.contains(&cause) {
            text
        } else if text.is_empty() {
            cause
        } else {
            format!("{text}: {cause}")
        }
    })
}

fn token_command(options: token::Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.context("cannot start").and_then(|runtime| runtime.block_on(token::run(options)))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("driftless-controller: {}", told(&error));
            ExitCode::from(1)
        }
    }
}

fn link_config(config: &Config) -> LinkConfig {
    LinkConfig {
        plain: config.mqtt_plain_listen,
        broker: config.broker.clone(),
        prefix: config.prefix.clone(),
    }
}

/// What is needed to speak to a broker that is brought along.
fn outside(config: &Config, pki: Arc<Live>, desk: Arc<Desk>) -> Result<Outside> {
    let roots = match &config.broker_ca_file {
        Some(path) => Some(pki::roots(path)?),
        None => None,
    };
    let login = match (&config.broker_username, &config.broker_password_file) {
        (Some(user), Some(path)) => {
            let password = std::fs::read_to_string(path).with_context(|| {
                format!("cannot read the broker's password in {}", path.display())
            })?;
            Some((user.clone(), password.trim_end_matches(['\n', '\r']).to_owned()))
        }
        (Some(user), None) => Some((user.clone(), String::new())),
        (None, _) => None,
    };
    Ok(Outside { pki, roots, login, desk })
}

async fn run(config: Config) -> Result<()> {
    let dir = &config.data_dir;
    telemetry::starting(env!("CARGO_PKG_VERSION"), &dir.display().to_string());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot make {}", dir.display()))?;
    let at_rest = Arc::new(AtRest::open(&config.at_rest)?);
    let keys = Arc::new(OrdersKeys::open(dir, at_rest.clone())?);
    let options = Options {
        at_rest: Some(at_rest.clone()),
        cache_bytes: config.cache_bytes,
        ..Options::default()
    };
    let store = Store::open(dir, options)?;
    let stop = CancellationToken::new();
    let signals = Signals::listen()?;
    let pki = Arc::new(Live::open(&dir.join("pki"), config.api_listen.ip(), &config.api_names)?);
    let desk = Arc::new(Desk::new(store.clone(), pki.clone(), config.certificate_life));
    let entry = match &config.broker {
        None => Entry::Door(Door { listen: config.mqtt_listen, pki: pki.clone(), desk }),
        Some(_) => Entry::Outside(outside(&config, pki.clone(), desk)?),
    };
    let (link, events) = link::start(link_config(&config), Some(entry)).await?;
    let cutting = tokio::spawn(join::cut_off_revoked(store.clone(), link.clone()));
    let say = link.clone();
    let send = Box::new(move |node: &model::NodeName, message: &model::message::Down| {
        say.send(node, message)
    });
    let drive = Drive::new(store.clone(), keys.clone(), entropy()?, entropy()?, send);
    let (ask, questions) = Ask::channel();
    let (figures, counted, linked) = (drive.figures(), store.clone(), link.clone());
    let api = ApiConfig {
        listen: config.api_listen,
        data_dir: dir.clone(),
        pki: pki.clone(),
        services: config.services,
        limits: config.limits,
        audit: config.audit,
        metrics: Arc::new(move || metrics::text(&counted, &linked, &figures)),
        streams: Arc::new(move |node: &model::NodeName| link.streams(node)),
    };
    let server = Server::open(api, store.clone(), ask).await?;
    let address = server.address();
    let kubeconfig = dir.join("admin.kubeconfig");
    let mut driving = tokio::spawn(drive.run(events, questions, stop.clone()));
    let tending = tokio::spawn(keys::tend(keys, at_rest, store.clone()));
    let renewing = tokio::spawn(pki::tend(pki));
    let serving = tokio::spawn(server.run(stop.clone().cancelled_owned()));
    // Whoever started us waits for this line.
    println!(
        "driftless-controller ready api=https://{address} kubeconfig={}",
        kubeconfig.display()
    );
    let _ = std::io::stdout().flush();
    supervise::ready("serves the fleet");
    let ended = signals.or_end(&mut driving).await;
    telemetry::stopping();
    supervise::stopping();
    stop.cancel();
    tending.abort();
    renewing.abort();
    cutting.abort();
    let _ = serving.await;
    if ended.is_ok() {
        let _ = driving.await;
    }
    // Whatever the end: what has been observed is worth keeping.
    store.close().await;
    ended
}

/// The signals that end the process. They are listened for before anybody is told that it is ready.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {}, _ = self.terminate.recv() => {} }
    }

    /// Waits for a signal; that the drive ends before one is an error. A second signal ends the process at once.
    async fn or_end(mut self, driving: &mut JoinHandle<Result<(), StoreError>>) -> Result<()> {
        tokio::select! {
            () = self.next() => {}
            ended = driving => {
                ended.context("the loop that decides has broken off")??;
                anyhow::bail!("the loop that decides has ended by itself");
            }
        }
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(1);
        });
        Ok(())
    }
}

/// A number that nobody can foresee. Never zero.
fn entropy() -> Result<u64> {
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|e| anyhow::anyhow!("the system gives no random numbers: {e}"))?;
    Ok(u64::from_le_bytes(bytes) | 1)
}
