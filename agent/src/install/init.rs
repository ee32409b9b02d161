//! What starts the agent when the machine starts.
//!
//! The law of this module: all systems are told the same way: a file that says how, a link that says when, a command.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the files below say that the agent is.
const PROGRAM: &str = "/usr/bin/driftless-agent";

/// A system that starts services.
#[derive(Debug)]
pub(super) struct Init {
    /// What people call it.
    pub(super) name: &'static str,
    /// A machine that has one of these is started by it.
    signs: &'static [&'static str],
    /// Where packages put the file that says how.
    packaged: &'static [&'static str],
    /// Where we put it.
    pub(super) file: &'static str,
    /// Its mode.
    pub(super) mode: u32,
    text: &'static str,
    /// The link that says when.
    pub(super) link: &'static str,
    after_change: &'static [&'static str],
    /// Starts it, or starts it again.
    start: &'static [&'static str],
    stop: &'static [&'static str],
}

const ALL: [Init; 3] = [
    Init {
        name: "systemd",
        signs: &["usr/lib/systemd/systemd", "lib/systemd/systemd"],
        packaged: &[
            "usr/lib/systemd/system/driftless-agent.service",
            "lib/systemd/system/driftless-agent.service",
        ],
        file: "etc/systemd/system/driftless-agent.service",
        mode: 0o644,
        text: include_str!("../../../systemd/driftless-agent.service"),
        link: "etc/systemd/system/multi-user.target.wants/driftless-agent.service",
        after_change: &["systemctl", "daemon-reload"],
        start: &["systemctl", "restart", "driftless-agent.service"],
        stop: &["systemctl", "stop", "driftless-agent.service"],
    },
    Init {
        name: "OpenRC",
        signs: &["sbin/openrc-run", "usr/sbin/openrc-run"],
        packaged: &[],
        file: "etc/init.d/driftless-agent",
        mode: 0o755,
        text: include_str!("../../../systemd/driftless-agent.openrc"),
        link: "etc/runlevels/default/driftless-agent",
        after_change: &[],
        start: &["rc-service", "driftless-agent", "restart"],
        stop: &["rc-service", "--ifstarted", "driftless-agent", "stop"],
    },
    Init {
        name: "procd",
        signs: &["sbin/procd"],
        packaged: &[],
        file: "etc/init.d/driftless-agent",
        mode: 0o755,
        text: include_str!("../../../systemd/driftless-agent.procd"),
        link: "etc/rc.d/S99driftless-agent",
        after_change: &[],
        start: &["/etc/init.d/driftless-agent", "restart"],
        stop: &["/etc/init.d/driftless-agent", "stop"],
    },
];

impl Init {
    /// What starts the machine whose files are below `root`.
    pub(super) fn of(root: &Path) -> Option<&'static Self> {
        static KNOWN: [Init; 3] = ALL;
        KNOWN.iter().find(|init| init.signs.iter().any(|sign| root.join(sign).exists()))
    }

    /// The file of a package, if there is one; it is not ours to change.
    pub(super) fn packaged(&self, root: &Path) -> Option<PathBuf> {
        let found = self.packaged.iter().find(|file| root.join(file).exists());
        found.map(|file| Path::new("/").join(file))
    }

    /// How the agent at `program` is started.
    pub(super) fn text(&self, program: &Path) -> String {
        self.text.replace(PROGRAM, &program.display().to_string())
    }

    /// Tells it that its files have changed.
    pub(super) fn changed(&self) -> Result<(), String> {
        run(self.after_change)
    }

    /// Starts the agent, or starts it again.
    pub(super) fn start(&self) -> Result<(), String> {
        run(self.start)
    }

    /// Stops the agent; one that does not run is stopped.
    pub(super) fn stop(&self) -> Result<(), String> {
        run(self.stop)
    }
}

fn run(command: &[&str]) -> Result<(), String> {
    let Some((program, args)) = command.split_first() else { return Ok(()) };
    let out = Command::new(program).args(args).output();
    match out {
        Ok(out) if out.status.success() => Ok(()),
        Ok(out) => {
            let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
            Err(format!("`{}` failed: {said}", command.join(" ")))
        }
        Err(error) => Err(format!("`{}` cannot be run: {error}", command.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_starts_the_agent_that_it_is_told() {
        for init in &ALL {
            let text = init.text(Path::new("/opt/a"));
            assert!(text.contains("/opt/a"), "{}", init.name);
            assert!(text.contains("run --config /etc/driftless/agent.toml"), "{}", init.name);
            assert!(!text.contains(PROGRAM), "{}", init.name);
        }
    }
}
