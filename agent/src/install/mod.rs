//! `install` and `uninstall`: the agent as a service of this machine, or of one whose files are in a directory.
//!
//! The law of this module: every step looks first, so running it again changes nothing that is as it should be; what people
//! have written into the configuration stays.

mod edit;
mod init;

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::config::{Config, Flags};
use crate::files;
use crate::identity::{Identity, Place};
use crate::runtime::{Engine, Pause};
use crate::volumes::Volumes;
use edit::{quoted, set};
use init::Init;

const CONFIG: &str = "etc/driftless/agent.toml";
const TOKEN: &str = "etc/driftless/token";
const PROGRAM: &str = "usr/local/bin/driftless-agent";
const SAMPLE: &str = include_str!("../../../config/agent.toml");
/// So long a controller is asked before the service is left to go on asking.
const JOIN_WITHIN: Duration = Duration::from_secs(30);

/// What an installation is to be.
pub(crate) struct Plan {
    /// What is to be set.
    pub(crate) flags: Flags,
    /// Where the machine's files are; `/` for this machine.
    pub(crate) root: PathBuf,
    /// Whether it is started, and joins, now.
    pub(crate) start: bool,
}

/// Installs the agent: program, configuration, service; joins; starts. Tells what it changed.
///
/// # Errors
/// What is missing or refused, and what to do.
pub(crate) fn install(mut plan: Plan, host_name: &str) -> Result<()> {
    let root = plan.root.clone();
    let here = root == Path::new("/");
    if plan.flags.config.is_some() {
        bail!("--config cannot be chosen here: a service reads /{CONFIG}");
    }
    let init = Init::of(&root).ok_or_else(|| {
        anyhow!("neither systemd, OpenRC nor procd is at {}: have `driftless-agent run` started at boot by what is there", root.display())
    })?;
    let token = token(&mut plan.flags)?;
    configure(&root, &plan.flags)?;
    let path = root.join(CONFIG);
    let flags = Flags { config: Some(path), token: token.clone(), ..Flags::default() };
    let config = Config::read(flags, host_name)?;
    let kept = if here { config.data_dir.clone() } else { below(&root, &config.data_dir) };
    // What is beside it, a controller's own directory say, is not ours to close.
    directory(kept.parent().unwrap_or(&root), 0o755)?;
    directory(&kept, 0o700)?;
    let joined = here && plan.start && join(&config)?;
    if let (Some(token), false) = (&token, joined) {
        write(&root.join(TOKEN), token.trim().as_bytes(), 0o600)?;
    } else if joined {
        // It is worth nothing to us any more, and something to others.
        remove(&root.join(TOKEN))?;
    }
    let program = program(&root)?;
    service(&root, init, &program)?;
    if here && plan.start {
        init.changed().map_err(anyhow::Error::msg)?;
        init.start().map_err(anyhow::Error::msg)?;
        println!("started by {}", init.name);
    }
    Ok(())
}

/// Takes the service away; with `purge` also its containers, what it keeps, its configuration.
///
/// # Errors
/// If something cannot be stopped or removed.
pub(crate) fn uninstall(root: &Path, purge: bool, host_name: &str) -> Result<()> {
    let here = root == Path::new("/");
    let init = Init::of(root);
    if let Some(init) = init {
        let ours = root.join(init.file);
        if here && (ours.exists() || init.packaged(root).is_some()) {
            init.stop().map_err(anyhow::Error::msg)?;
        }
        remove(&root.join(init.link))?;
        if remove(&ours)? && here {
            init.changed().map_err(anyhow::Error::msg)?;
        }
    }
    if purge {
        take_away(root, host_name)?;
    }
    remove(&root.join(PROGRAM))?;
    Ok(())
}

/// The token that was given, if it is one.
fn token(flags: &mut Flags) -> Result<Option<String>> {
    let token = match (flags.token.take(), flags.token_file.take()) {
        (Some(token), _) => token,
        (None, Some(path)) => {
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?
        }
        (None, None) => return Ok(None),
    };
    wire::join::Token::parse(&token)?;
    Ok(Some(token))
}

/// Writes what was given into the configuration; the rest of it stays.
fn configure(root: &Path, flags: &Flags) -> Result<()> {
    let path = root.join(CONFIG);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => SAMPLE.to_owned(),
        Err(error) => return Err(error).context(format!("cannot read {}", path.display())),
    };
    let data_dir = flags.data_dir.as_ref().map(|dir| dir.display().to_string());
    let token_file = format!("/{TOKEN}");
    let texts = [
        ("", "node_name", flags.node_name.as_ref()),
        ("", "data_dir", data_dir.as_ref()),
        ("", "docker_host", flags.docker_host.as_ref().filter(|host| !host.is_empty())),
        ("", "log", flags.log.as_ref()),
        ("controller", "url", flags.controller.as_ref()),
        ("controller", "token_file", flags.controller.as_ref().map(|_| &token_file)),
    ];
    let mut new = texts.into_iter().fold(text, |text, (section, key, value)| match value {
        Some(value) => set(&text, section, key, &quoted(value)),
        None => text,
    });
    if !flags.labels.is_empty() {
        let pair = |label: &String| {
            let (key, value) = label.split_once('=').unwrap_or((label, ""));
            format!("{} = {}", quoted(key), quoted(value))
        };
        let pairs: Vec<_> = flags.labels.iter().map(pair).collect();
        new = set(&new, "", "labels", &format!("{{ {} }}", pairs.join(", ")));
    }
    Config::check(&path, &new)?;
    write(&path, new.as_bytes(), 0o644)?;
    Ok(())
}

/// Joins, if there is a controller to join and it can be reached now. `false`: the service goes on trying.
fn join(config: &Config) -> Result<bool> {
    let place = Place::of(config)?.filter(|place| place.wants_identity(config));
    let Some(place) = place else { return Ok(true) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let address = place.address.clone();
    let identity = Identity::open(&config.data_dir, &config.node, place)?;
    let joining =
        async { tokio::time::timeout(JOIN_WITHIN, identity.join(config.token.as_ref())).await };
    match runtime.block_on(joining) {
        Ok(done) => {
            done?;
            println!("joined as {}", config.node);
            Ok(true)
        }
        Err(_) => {
            println!(
                "{}:{} does not answer: the service goes on asking",
                address.host, address.port
            );
            Ok(false)
        }
    }
}

/// Where the program is; copied, unless it is where packages put it.
fn program(root: &Path) -> Result<PathBuf> {
    let running = std::env::current_exe().context("cannot find this program")?;
    let packaged = Path::new("/usr/bin/driftless-agent");
    let there = root.join("usr/bin/driftless-agent");
    if running == packaged || (root != Path::new("/") && there.exists()) {
        return Ok(packaged.to_owned());
    }
    let bytes = fs::read(&running).context("cannot read this program")?;
    write(&root.join(PROGRAM), &bytes, 0o755)?;
    Ok(Path::new("/").join(PROGRAM))
}

/// Has it started at boot.
fn service(root: &Path, init: &Init, program: &Path) -> Result<()> {
    let file = match init.packaged(root) {
        // The package's file starts the package's program.
        Some(file) if program == Path::new("/usr/bin/driftless-agent") => file,
        _ => {
            write(&root.join(init.file), init.text(program).as_bytes(), init.mode)?;
            Path::new("/").join(init.file)
        }
    };
    let link = root.join(init.link);
    if fs::read_link(&link).is_ok_and(|led| led == file) {
        return Ok(());
    }
    remove(&link)?;
    directory(link.parent().unwrap_or(root), 0o755)?;
    symlink(&file, &link).with_context(|| format!("cannot make {}", link.display()))?;
    println!("made {}", link.display());
    Ok(())
}

/// Takes away what the agent ran and kept.
fn take_away(root: &Path, host_name: &str) -> Result<()> {
    let path = root.join(CONFIG);
    let config = path.exists().then(|| path.clone());
    let config = Config::read(Flags { config, ..Flags::default() }, host_name)?;
    let here = root == Path::new("/");
    let kept = if here { config.data_dir.clone() } else { below(root, &config.data_dir) };
    if here && kept.exists() {
        let volumes = Volumes::open(&kept)?;
        let sweep = volumes.clone();
        let (node, host) = (config.node.clone(), config.docker_host.clone());
        let pause = Pause::of_this_executable();
        let engine = Engine::new(node, host, volumes, pause, config.container_log);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let count = runtime.block_on(engine.remove_all()).context(
            "containers cannot be removed: start the engine, or uninstall without --purge",
        )?;
        println!("removed {count} containers of {}", config.node);
        sweep.sweep(&std::collections::BTreeSet::new());
    }
    // Whatever else a directory holds, it is not ours to remove as a whole.
    if ["agent.redb", "decommissioned", "identity", "pods"]
        .iter()
        .any(|ours| kept.join(ours).exists())
    {
        fs::remove_dir_all(&kept).with_context(|| format!("cannot remove {}", kept.display()))?;
        println!("removed {}", kept.display());
    }
    remove(&root.join(TOKEN))?;
    remove(&path)?;
    Ok(())
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn directory(path: &Path, mode: u32) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

/// Writes a file, whole or not at all, if it is not so already. Whether it was not.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<bool> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(false);
    }
    let Some(parent) = path.parent() else { bail!("no place for {}", path.display()) };
    directory(parent, 0o755)?;
    files::write(path, bytes, mode).with_context(|| format!("cannot write {}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(true)
}

/// Removes a file, if it is there. Whether it was.
fn remove(path: &Path) -> Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => {
            println!("removed {}", path.display());
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).context(format!("cannot remove {}", path.display())),
    }
}
