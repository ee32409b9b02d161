//! The agent and the controller as services: what they tell their supervisor, and how the agent is installed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use driftless_tests::{PATIENCE, Process, bin, both, free_port, ok};
use tempfile::TempDir;

/// A supervisor that listens as systemd does.
struct Supervisor {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Supervisor {
    /// Starts a program that has to give a sign of life every 200 ms.
    fn start(dir: &Path, name: &str, command: &mut Command) -> (Self, Process) {
        let at = dir.join(format!("{name}.notify"));
        let socket = UnixDatagram::bind(&at).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        command.env("NOTIFY_SOCKET", &at).env("WATCHDOG_USEC", "200000").env_remove("WATCHDOG_PID");
        (Self { socket, heard: Vec::new() }, Process::start(name, command, dir))
    }

    /// Listens until something is said (again).
    fn wait_for(&mut self, what: &str) {
        let mut said = [0; 512];
        loop {
            let n = self.socket.recv(&mut said).unwrap_or_else(|e| {
                panic!("{what} was not said: {e}; before it came {:?}", self.heard)
            });
            let said = String::from_utf8_lossy(&said[..n]).into_owned();
            let found = said.lines().any(|line| line == what);
            self.heard.push(said);
            if found {
                return;
            }
        }
    }

    /// Whether nothing is left to be heard, after what is on its way has come.
    fn is_silent(&self) -> bool {
        self.socket.set_nonblocking(true).expect("a socket");
        let mut said = [0; 512];
        while self.socket.recv(&mut said).is_ok() {}
        self.socket.set_nonblocking(false).expect("a socket");
        self.socket.set_read_timeout(Some(std::time::Duration::from_secs(1))).expect("a socket");
        let silent = self.socket.recv(&mut said).is_err();
        self.socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        silent
    }
}

fn signal(process: &Process, name: &str) {
    ok(Command::new("kill").args([&format!("-{name}"), &process.id().to_string()]));
}

#[test]
fn both_tell_their_supervisor_that_they_are_ready_alive_and_stopping() {
    let dir = TempDir::new().unwrap();
    let mut agent = Command::new(bin("driftless-agent"));
    agent.args(["run", "--node-name", "served", "--data-dir"]).arg(dir.path().join("agent"));
    let mut controller = Command::new(bin("driftless-controller"));
    controller.args(["run", "--data-dir"]).arg(dir.path().join("controller"));
    controller.args(["--api-listen", &format!("127.0.0.1:{}", free_port())]);
    controller.args(["--mqtt-listen", &format!("127.0.0.1:{}", free_port())]);
    for (name, command) in [("agent", &mut agent), ("controller", &mut controller)] {
        let (mut supervisor, mut process) = Supervisor::start(dir.path(), name, command);
        supervisor.wait_for("READY=1");
        // For as long as it runs, not only once.
        for _ in 0..5 {
            supervisor.wait_for("WATCHDOG=1");
        }
        // One that is stuck says nothing: that is what the supervisor goes by.
        signal(&process, "STOP");
        assert!(supervisor.is_silent(), "{name} says that it is alive, and is not");
        signal(&process, "CONT");
        supervisor.wait_for("WATCHDOG=1");
        signal(&process, "TERM");
        supervisor.wait_for("STOPPING=1");
        assert_eq!(process.wait(), Some(0), "{name}");
    }
}

/// A machine's files, as far as they tell what starts it.
fn machine(sign: &str) -> TempDir {
    let root = TempDir::new().expect("a temporary folder");
    let sign = root.path().join(sign);
    fs::create_dir_all(sign.parent().expect("a folder")).expect("a file");
    fs::write(sign, "").expect("a file");
    root
}

/// Every file, link and mode below a directory, and when files were written.
fn everything(root: &Path) -> Vec<String> {
    let find = "find . -printf '%p %m %l %T@\\n' | sort; find . -type f | sort | xargs sha256sum";
    let text = ok(Command::new("sh").args(["-c", find]).current_dir(root));
    text.lines().map(ToOwned::to_owned).collect()
}

fn agent(root: &Path, args: &[&str]) -> Command {
    let mut agent = Command::new(bin("driftless-agent"));
    agent.args(args).arg("--root").arg(root).env_remove("DRIFTLESS_TOKEN");
    agent
}

#[test]
fn an_installation_is_the_same_when_it_is_made_twice_and_goes_without_a_trace() {
    for (sign, file, link) in [
        (
            "usr/lib/systemd/systemd",
            "etc/systemd/system/driftless-agent.service",
            "etc/systemd/system/multi-user.target.wants/driftless-agent.service",
        ),
        ("sbin/openrc-run", "etc/init.d/driftless-agent", "etc/runlevels/default/driftless-agent"),
        ("sbin/procd", "etc/init.d/driftless-agent", "etc/rc.d/S99driftless-agent"),
    ] {
        let root = machine(sign);
        let at = |path: &str| root.path().join(path);
        let args = [
            "install",
            "--controller",
            "mqtts://controller.example:8883",
            "--node-name",
            "edge-7",
            "--label",
            "site=harbour",
        ];
        ok(&mut agent(root.path(), &args));
        assert_eq!(fs::read_link(at(link)).unwrap(), Path::new("/").join(file), "{sign}");
        let service = fs::read_to_string(at(file)).unwrap();
        assert!(service.contains("/usr/local/bin/driftless-agent"), "{service}");
        assert!(!service.contains("/usr/bin/driftless-agent"), "{service}");
        let program = fs::metadata(at("usr/local/bin/driftless-agent")).unwrap();
        assert_eq!(program.permissions().mode() & 0o777, 0o755);
        let kept = fs::metadata(at("var/lib/driftless/agent")).unwrap();
        assert_eq!(kept.permissions().mode() & 0o777, 0o700);
        let beside = fs::metadata(at("var/lib/driftless")).unwrap();
        assert_eq!(beside.permissions().mode() & 0o777, 0o755);
        let first = everything(root.path());
        ok(&mut agent(root.path(), &args));
        assert_eq!(everything(root.path()), first, "{sign}: the second time changed something");

        // What people wrote stays, and what is given is changed.
        let config = at("etc/driftless/agent.toml");
        let mut text = fs::read_to_string(&config).unwrap();
        text.insert_str(0, "# ours\npods_max = 7\n");
        fs::write(&config, &text).unwrap();
        ok(&mut agent(root.path(), &["install", "--node-name", "edge-8"]));
        let now = fs::read_to_string(&config).unwrap();
        assert_eq!(now, text.replace("edge-7", "edge-8"));

        ok(&mut agent(root.path(), &["uninstall"]));
        assert!(config.exists() && !at(file).exists() && fs::symlink_metadata(at(link)).is_err());
        ok(&mut agent(root.path(), &["uninstall", "--purge"]));
        let left = ok(Command::new("find")
            .args([".", "-type", "f", "-o", "-type", "l"])
            .current_dir(root.path()));
        assert_eq!(left.trim(), format!("./{sign}"));
    }
}

#[test]
fn an_installation_that_cannot_work_is_refused_before_anything_is_written() {
    let check = |sign: &str, args: &[&str], want: &str| {
        let root = machine(sign);
        let before = everything(root.path());
        let out = agent(root.path(), args).output().unwrap();
        let said = both(&out);
        assert_eq!(out.status.code(), Some(1), "{said}");
        assert!(said.contains(want), "{said}");
        assert_eq!(everything(root.path()), before, "{args:?}");
    };
    check("bin/sh", &["install"], "neither systemd, OpenRC nor procd");
    let systemd = "lib/systemd/systemd";
    check(systemd, &["install", "--node-name", "Not A Name"], "Not A Name");
    check(systemd, &["install", "--controller", "https://x"], "mqtts://host:port");
    check(systemd, &["install", "--token", "nonsense"], "token");
    check(systemd, &["install", "--token-file", "/nowhere/token"], "/nowhere/token");
}

#[test]
fn the_version_tells_what_was_built_of_what() {
    for name in ["driftless-agent", "driftless-controller", "driftless"] {
        let said = ok(Command::new(bin(name)).arg("--version"));
        for part in [name, env!("CARGO_PKG_VERSION"), "commit ", "target ", "features: "] {
            assert!(said.contains(part), "{said}");
        }
    }
}
