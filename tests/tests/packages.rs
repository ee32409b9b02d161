//! Packages in a clean Debian with systemd: installed, upgraded, removed.
//!
//! Needs what `cross-targets/test` makes: packages of two versions, and an image of a Debian that systemd starts. So these are
//! not part of `./check`.

use std::path::PathBuf;
use std::process::Command;

use driftless_tests::{both, check, docker, wait_for};

/// Debian with systemd and rpm; `cross-targets/test` makes it.
const MACHINE: &str = "driftless-test/machine:1";

/// A machine of its own, gone with the test.
struct Machine {
    name: String,
}

impl Machine {
    fn start(name: &str) -> Self {
        let name = format!("driftless-test-{name}-{}", std::process::id());
        let rights = ["--cap-add=SYS_ADMIN", "--cap-add=NET_ADMIN", "--cap-add=DAC_READ_SEARCH"];
        let open = ["--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined"];
        let memory = ["--tmpfs=/run", "--tmpfs=/run/lock", "--tmpfs=/tmp"];
        let groups = ["--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw", "--stop-signal=SIGRTMIN+3"];
        docker(
            &[
                &["run", "-d", "--name", &name][..],
                &rights,
                &open,
                &memory,
                &groups,
                &[MACHINE, "/sbin/init"],
            ]
            .concat(),
        );
        let machine = Self { name };
        wait_for("systemd is up", || {
            let said = machine.try_run("systemctl is-system-running --wait");
            check(said.as_ref().is_ok_and(|said| said.trim() == "running"), format!("{said:?}"))
        });
        for version in ["0.1.0", "0.1.1"] {
            for package in packages(version) {
                docker(&[
                    "cp",
                    package.to_str().expect("a path"),
                    &format!("{}:/root/", machine.name),
                ]);
            }
        }
        machine
    }

    fn try_run(&self, command: &str) -> Result<String, String> {
        let mut run = Command::new("docker");
        let out = run.args(["exec", &self.name, "sh", "-c", command]).output();
        let out = out.map_err(|e| e.to_string())?;
        if out.status.success() { Ok(both(&out)) } else { Err(both(&out)) }
    }

    fn run(&self, command: &str) -> String {
        self.try_run(command).unwrap_or_else(|e| panic!("{command}: {e}"))
    }

    fn property(&self, unit: &str, name: &str) -> String {
        self.run(&format!("systemctl show {unit} -p {name} --value")).trim().to_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.try_run("journalctl --no-pager -o cat -n 40; systemctl --failed");
            eprintln!("{}", log.unwrap_or_else(|e| e));
        }
        let _ = Command::new("docker").args(["rm", "-f", &self.name]).output();
    }
}

/// The packages of a version that are for this machine.
fn packages(version: &str) -> Vec<PathBuf> {
    let dir = std::env::var_os("DRIFTLESS_PACKAGES").map(PathBuf::from);
    let dir = dir.expect("DRIFTLESS_PACKAGES is set by cross-targets/test");
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.contains(version) && (name.ends_with("_amd64.deb") || name.ends_with(".x86_64.rpm"))
    };
    let all = std::fs::read_dir(dir).expect("a folder").flatten().map(|entry| entry.path());
    let found: Vec<_> = all.filter(ours).collect();
    assert_eq!(found.len(), 6, "three .deb and three .rpm of {version}: {found:?}");
    found
}

/// Commands of a package manager.
struct Manager {
    name: &'static str,
    install: &'static str,
    upgrade: &'static str,
    remove: &'static str,
}

const MANAGERS: [Manager; 2] = [
    Manager {
        name: "deb",
        install: "dpkg -i /root/*_0.1.0-1_amd64.deb",
        upgrade: "dpkg -i /root/*_0.1.1-1_amd64.deb",
        remove: "dpkg --purge driftless driftless-agent driftless-controller",
    },
    // Debian's rpm asks to be told that it is meant; what it needs is there, but not by rpm's own account.
    Manager {
        name: "rpm",
        install: "rpm --force-debian --nodeps -i /root/*-0.1.0-1.x86_64.rpm",
        upgrade: "rpm --force-debian --nodeps -U /root/*-0.1.1-1.x86_64.rpm",
        remove: "rpm --force-debian --nodeps -e driftless driftless-agent driftless-controller",
    },
];

#[test]
#[ignore = "needs packages and a Debian: run cross-targets/test"]
fn packages_are_installed_upgraded_and_removed() {
    for manager in MANAGERS {
        let machine = Machine::start(manager.name);
        machine.run(manager.install);
        for program in ["driftless", "driftless-agent", "driftless-controller"] {
            machine.run(&format!("/usr/bin/{program} --version"));
        }
        // One command makes a node of it, and the controller needs one word; both run as their units say.
        machine.run("driftless-agent install --node-name packaged");
        machine.run("systemctl start driftless-controller");
        let unit = machine.property("driftless-agent", "FragmentPath");
        assert!(unit.starts_with("/usr/lib/") || unit.starts_with("/lib/"), "{unit}");
        assert_eq!(
            machine.property("driftless-agent", "StatusText"),
            "runs the orders that it holds"
        );
        assert_eq!(machine.property("driftless-controller", "StatusText"), "serves the fleet");
        assert_eq!(machine.property("driftless-controller", "User"), "driftless");
        machine.run("driftless-controller token create --ttl 1h");

        // What people wrote survives an upgrade, and both run on as what was installed.
        machine.run("sed -i '1i # ours' /etc/driftless/*.toml");
        let before = machine.run("cat /etc/driftless/*.toml");
        let old = machine.property("driftless-agent", "MainPID");
        machine.run(manager.upgrade);
        assert_eq!(machine.run("cat /etc/driftless/*.toml"), before);
        wait_for("the agent was started again", || {
            let now = machine.property("driftless-agent", "MainPID");
            check(now != old && now != "0", now)
        });
        for unit in ["driftless-agent", "driftless-controller"] {
            wait_for("it runs", || {
                let state = machine.property(unit, "ActiveState");
                check(state == "active", state)
            });
        }

        machine.run(manager.remove);
        let left = machine.run("ls -d /usr/bin/driftless* /usr/lib/systemd/system/driftless* /lib/systemd/system/driftless* 2>/dev/null || true");
        assert_eq!(left, "", "{}", manager.name);
        assert!(machine.try_run("pgrep driftless").is_err(), "something still runs");
        // A node's orders and containers are not a package's to take away.
        machine.run("test -d /var/lib/driftless/agent");
    }
}

#[test]
#[ignore = "needs packages and a Debian: run cross-targets/test"]
fn a_loop_that_is_stuck_is_ended_and_started_again() {
    let machine = Machine::start("stuck");
    machine.run("dpkg -i /root/driftless-agent_0.1.0-1_amd64.deb");
    machine.run("mkdir -p /etc/systemd/system/driftless-agent.service.d");
    machine.run("printf '[Service]\\nWatchdogSec=1\\n' >/etc/systemd/system/driftless-agent.service.d/soon.conf");
    machine.run("driftless-agent install --node-name stuck");
    let old = machine.property("driftless-agent", "MainPID");
    machine.run(&format!("kill -STOP {old}"));
    wait_for("it was started again", || {
        let (now, state) = (
            machine.property("driftless-agent", "MainPID"),
            machine.property("driftless-agent", "ActiveState"),
        );
        check(now != old && now != "0" && state == "active", format!("{now} {state}"))
    });
    assert!(machine.run("journalctl -u driftless-agent -o cat").contains("Watchdog timeout"));
}
