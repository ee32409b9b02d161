//! The end-to-end harness: a real controller and real agents as processes, a real engine, real kubectl. Nothing here
//! stands in for anything.
//!
//! The law of this crate: a test leaves nothing behind, and touches nothing that it did not make.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take before a test gives up. Far above what it should take: the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The image with `/bin/busybox` and a shell.
pub const BUSYBOX: &str = "driftless-test/busybox:1";

/// One of the static release binaries. Another agent takes part if `DRIFTLESS_AGENT` says where it is: one for another
/// processor, say.
pub fn bin(name: &str) -> PathBuf {
    if let (Some(agent), "driftless-agent") = (std::env::var_os("DRIFTLESS_AGENT"), name) {
        return agent.into();
    }
    let dir = std::env::var_os("DRIFTLESS_BIN").map(PathBuf::from).unwrap_or_else(|| {
        panic!("DRIFTLESS_BIN is not set: run ./check, or DRIFTLESS_BIN=$(tools/build-static) cargo test -p driftless-tests")
    });
    let path = dir.join(name);
    assert!(path.exists(), "{} is missing: run tools/build-static", path.display());
    path
}

/// The kubectl versions to test with, oldest first.
pub fn kubectls() -> Vec<PathBuf> {
    std::env::var("DRIFTLESS_KUBECTLS").map_or_else(
        |_| vec![PathBuf::from("kubectl")],
        |all| all.split(':').map(PathBuf::from).collect(),
    )
}

/// Runs a program and hands back what it printed; panics with all of it if it fails.
pub fn ok(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("cannot run {command:?}: {e}"));
    assert!(out.status.success(), "{command:?} failed: {}\n{}", out.status, both(&out));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Standard output and error together.
pub fn both(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// The docker command line.
pub fn docker(args: &[&str]) -> String {
    ok(Command::new("docker").args(args))
}

/// Makes the images that the tests use, once.
pub fn images() {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let hello = bin("hello");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hello/image");
        ok(Command::new(script).arg(hello.parent().expect("a folder")));
        let root = TempDir::new().expect("a temporary folder");
        let bin = root.path().join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        fs::copy("/bin/busybox", bin.join("busybox")).expect("busybox-static is installed");
        for applet in
            ok(Command::new("/bin/busybox").arg("--list")).lines().filter(|a| *a != "busybox")
        {
            symlink("busybox", bin.join(applet)).expect("a link");
        }
        let import = format!("tar -C {} -c . | docker import - {BUSYBOX}", root.path().display());
        ok(Command::new("sh").args(["-c", &import]));
    });
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// Waits until `done` gives something, and panics with `what` and the last complaint if it does not in time.
pub fn wait_for<T>(what: &str, mut done: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match done() {
            Ok(value) => return value,
            Err(last) if start.elapsed() > PATIENCE => {
                panic!("{what}: not within {PATIENCE:?}; last: {last}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// `Ok` if it holds, else what was seen.
pub fn check(holds: bool, seen: impl ToString) -> Result<(), String> {
    if holds { Ok(()) } else { Err(seen.to_string()) }
}

/// A process of ours, ended with the test.
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it, with its output in a file.
    pub fn start(name: &str, command: &mut Command, dir: &Path) -> Self {
        let log = dir.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).expect("a log file");
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("a file")).stderr(file);
        let child = command.spawn().unwrap_or_else(|e| panic!("cannot start {name}: {e}"));
        Self { name: name.into(), child, log }
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name, e.g. `TERM`, and waits for its end.
    pub fn end(&mut self, signal: &str) -> Option<i32> {
        ok(Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]));
        self.wait()
    }

    /// Waits for its end, and gives its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let (name, child) = (&self.name, &mut self.child);
        wait_for(&format!("{name} ends"), || match child.try_wait() {
            Ok(Some(status)) => Ok(status.code()),
            other => Err(format!("{other:?}")),
        })
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(30).collect();
            eprintln!("---- the end of {}'s log", self.name);
            tail.iter().rev().for_each(|line| eprintln!("{line}"));
        }
    }
}

/// A controller and its agents.
pub struct Fleet {
    /// Everything they keep.
    pub dir: TempDir,
    /// The controller.
    pub controller: Process,
    /// The agents, in order.
    pub agents: Vec<Process>,
    /// Node names, in order: unlike those of any other test.
    pub nodes: Vec<String>,
    /// The engine that agents started from now on use; none: Docker's usual one.
    pub docker_host: Option<String>,
    /// What processes that are started from now on log; none: the usual.
    pub log: Option<String>,
    api: u16,
    mqtt: u16,
    broker: Option<Broker>,
}

/// A broker that is brought along.
#[derive(Default)]
pub struct Broker {
    /// Where the controller and nodes reach it.
    pub url: String,
    /// Where machines that have no certificate do, if it is elsewhere.
    pub join: Option<String>,
    /// What the controller's configuration says of it besides.
    pub controller: String,
    /// What the agents' does.
    pub agent: String,
    /// It is the embedded one, without TLS: nodes need not join.
    pub plain: bool,
}

impl Fleet {
    /// A controller with its embedded broker and `nodes` agents, all ready.
    pub fn start(nodes: usize) -> Self {
        Self::configured(nodes, "")
    }

    /// The same, over another MQTT broker: `start` starts it, and is given the folder that the controller's is in.
    pub fn through(nodes: usize, start: impl FnOnce(&Path) -> Broker) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let broker = start(dir.path());
        let config = format!("[mqtt]\nbroker = {:?}\n{}", broker.url, broker.controller);
        Self::with(nodes, dir, Some(broker), &config)
    }

    /// The same, over the embedded broker without TLS; agents reach it through another port.
    pub fn plainly(nodes: usize, listen: u16, through: u16) -> Self {
        let url = format!("mqtt://127.0.0.1:{through}");
        let config = format!("[mqtt]\nplain_listen = \"127.0.0.1:{listen}\"\n");
        let dir = TempDir::new().expect("a temporary folder");
        Self::with(nodes, dir, Some(Broker { url, plain: true, ..Broker::default() }), &config)
    }

    /// The same, with this in the controller's configuration file.
    pub fn configured(nodes: usize, config: &str) -> Self {
        Self::with(nodes, TempDir::new().expect("a temporary folder"), None, config)
    }

    fn with(nodes: usize, dir: TempDir, broker: Option<Broker>, config: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        images();
        let tag = format!("t{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let (api, mqtt) = (free_port(), free_port());
        fs::write(dir.path().join("controller.toml"), config).expect("a file");
        let controller = start_controller(dir.path(), api, mqtt, None);
        let mut fleet = Self {
            dir,
            controller,
            agents: Vec::new(),
            nodes: Vec::new(),
            docker_host: None,
            log: None,
            api,
            mqtt,
            broker,
        };
        fleet.wait_api();
        fleet.make_token(&[]);
        for i in 1..=nodes {
            let name = format!("{tag}-{i}");
            fleet.nodes.push(name);
            let agent = fleet.start_agent(i - 1);
            fleet.agents.push(agent);
        }
        for i in 0..nodes {
            let node = format!("node/{}", fleet.nodes[i]);
            wait_for("the node is there", || fleet.try_kubectl(&["get", &node]).map(drop));
            fleet.kubectl(&["wait", "--for=condition=Ready", &node, "--timeout=60s"]);
        }
        fleet
    }

    /// Starts the agent of a node (again).
    pub fn start_agent(&self, index: usize) -> Process {
        self.start_agent_as(&self.nodes[index])
    }

    /// Starts an agent by a name.
    pub fn start_agent_as(&self, name: &str) -> Process {
        let mut agent = self.agent_command(name);
        if self.broker.as_ref().is_none_or(|broker| !broker.plain) {
            agent.arg("--token-file").arg(self.dir.path().join("token"));
        }
        Process::start(name, &mut agent, self.dir.path())
    }

    /// How the agent of a node is started, but for its token.
    pub fn agent_command(&self, name: &str) -> Command {
        self.agent_command_in(name, name)
    }

    /// The same, with what it keeps in a folder of another name.
    pub fn agent_command_in(&self, name: &str, folder: &str) -> Command {
        let mut agent = Command::new(bin("driftless-agent"));
        agent.args(["run", "--node-name", name, "--data-dir"]).arg(self.dir.path().join(folder));
        let own = format!("mqtts://127.0.0.1:{}", self.mqtt);
        let controller = self.broker.as_ref().map_or(own, |broker| broker.url.clone());
        if let Some(broker) = &self.broker {
            let join =
                broker.join.iter().map(|join| format!("[controller]\njoin_url = {join:?}\n"));
            let file = self.dir.path().join("agent.toml");
            fs::write(&file, join.collect::<String>() + &broker.agent).expect("a file");
            agent.arg("--config").arg(file);
        }
        agent.args(["--controller", &controller]);
        if let Some(host) = &self.docker_host {
            agent.args(["--docker-host", host]);
        }
        if let Some(log) = &self.log {
            agent.args(["--log", log]);
        }
        agent
    }

    /// Makes a token by which agents that are started from now on join.
    pub fn make_token(&self, args: &[&str]) -> String {
        let mut create = Command::new(bin("driftless-controller"));
        create.args(["token", "create", "--data-dir"]).arg(self.dir.path().join("controller"));
        let token = ok(create.args(args));
        fs::write(self.dir.path().join("token"), &token).expect("a file");
        token
    }

    /// Starts the controller again, on what it kept.
    pub fn restart_controller(&mut self) {
        let log = self.log.as_deref();
        self.controller = start_controller(self.dir.path(), self.api, self.mqtt, log);
        self.wait_api();
    }

    fn wait_api(&mut self) {
        let kubeconfig = self.kubeconfig();
        wait_for("the controller answers", || {
            if !self.controller.runs() {
                panic!("the controller has ended:\n{}", self.controller.log());
            }
            check(kubeconfig.exists(), "no kubeconfig yet")?;
            self.try_kubectl(&["get", "--raw", "/readyz"]).map(drop)
        });
    }

    /// Where the API listens.
    pub fn api_address(&self) -> String {
        format!("127.0.0.1:{}", self.api)
    }

    /// The admin's kubeconfig.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("controller/admin.kubeconfig")
    }

    /// A kubectl of some version, pointed at this fleet.
    pub fn kubectl_command(&self, kubectl: &Path) -> Command {
        let mut command = Command::new(kubectl);
        command.arg("--kubeconfig").arg(self.kubeconfig());
        // Discovery caches of other fleets, and of other versions, stay away from each other.
        command.env("HOME", self.dir.path());
        command.env("KUBECACHEDIR", self.dir.path().join("cache"));
        command
    }

    /// The newest kubectl; panics if it fails.
    pub fn kubectl(&self, args: &[&str]) -> String {
        self.try_kubectl(args).unwrap_or_else(|e| panic!("{e}"))
    }

    /// The newest kubectl; what it printed if it fails.
    pub fn try_kubectl(&self, args: &[&str]) -> Result<String, String> {
        let kubectl = kubectls().pop().expect("a kubectl");
        let out = self.kubectl_command(&kubectl).args(args).output().map_err(|e| e.to_string())?;
        if out.status.success() {
            return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
        }
        Err(format!("kubectl {} failed:\n{}", args.join(" "), both(&out)))
    }

    /// Applies a manifest given as text.
    pub fn apply(&self, manifest: &str) -> String {
        let file = self.dir.path().join("manifest.yaml");
        fs::write(&file, manifest).expect("a file");
        self.kubectl(&["apply", "-f", file.to_str().expect("a path")])
    }

    /// An object (or list) as JSON.
    pub fn get(&self, args: &[&str]) -> Value {
        let text = self.kubectl(&[&["get", "-o", "json"], args].concat());
        serde_json::from_str(&text).expect("JSON")
    }

    /// Waits until something holds for an object or list.
    pub fn wait_until(&self, what: &str, args: &[&str], holds: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, || {
            let text = self.try_kubectl(&[&["get", "-o", "json"], args].concat())?;
            let value: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
            if holds(&value) { Ok(value) } else { Err(summary(&value)) }
        })
    }

    /// Ids of this fleet's running containers with a label, e.g. `driftless.dev/container=web`.
    pub fn containers(&self, label: &str) -> Vec<String> {
        self.nodes
            .iter()
            .flat_map(|node| {
                let node = format!("label=driftless.dev/node={node}");
                docker(&[
                    "ps",
                    "-q",
                    "--no-trunc",
                    "--filter",
                    &node,
                    "--filter",
                    &format!("label={label}"),
                ])
                .lines()
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
            })
            .collect()
    }
}

fn start_controller(dir: &Path, api: u16, mqtt: u16, log: Option<&str>) -> Process {
    let mut controller = Command::new(bin("driftless-controller"));
    controller.arg("run").arg("--data-dir").arg(dir.join("controller"));
    controller.arg("--config").arg(dir.join("controller.toml"));
    controller.args(["--api-listen", &format!("127.0.0.1:{api}")]);
    if let Some(log) = log {
        controller.args(["--log", log]);
    }
    controller.args(["--mqtt-listen", &format!("127.0.0.1:{mqtt}")]);
    Process::start("controller", &mut controller, dir)
}

/// What a failed wait shows: statuses, not whole documents.
fn summary(value: &Value) -> String {
    match value["items"].as_array() {
        Some(items) => {
            items.iter().map(|i| format!("{}: {}\n", i["metadata"]["name"], i["status"])).collect()
        }
        None => value["status"].to_string(),
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for agent in &mut self.agents {
            let _ = agent.child.kill();
            let _ = agent.child.wait();
        }
        for node in &self.nodes {
            let remove = format!(
                "docker ps -aq --filter label=driftless.dev/node={node} | xargs -r docker rm -f"
            );
            let _ = Command::new("sh").args(["-c", &remove]).output();
        }
        // Memory-backed volumes of the agents lie below our folder.
        let unmount = format!(
            "grep -o ' {}[^ ]*' /proc/mounts | sort -r | xargs -r -n1 umount",
            self.dir.path().display()
        );
        let _ = Command::new("sh").args(["-c", &unmount]).output();
    }
}
