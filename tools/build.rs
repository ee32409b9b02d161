//! The build script of every binary: what `--version` tells. Release builds name their commit; others do not, since they
//! would have to be built again after each.

use std::env::{var, vars};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=DRIFTLESS_COMMIT");
    println!("cargo:rerun-if-changed={}", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let of = |name| var(name).unwrap_or_default();
    let commit = match of("DRIFTLESS_COMMIT") {
        given if !given.is_empty() => given,
        _ if of("PROFILE") != "release" => "development".to_owned(),
        _ => commit().unwrap_or_else(|| "unknown".to_owned()),
    };
    let features: Vec<String> = vars()
        .filter_map(|(name, _)| name.strip_prefix("CARGO_FEATURE_").map(str::to_lowercase))
        .collect();
    let features = if features.is_empty() { "none".to_owned() } else { features.join(", ") };
    let (version, target) = (of("CARGO_PKG_VERSION"), of("TARGET"));
    println!(
        "cargo:rustc-env=DRIFTLESS_VERSION={version} (commit {commit}, target {target}, features: {features})"
    );
}

/// The commit that is checked out, marked if there is more; none where there is no git.
fn commit() -> Option<String> {
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(log) = log.filter(|log| std::path::Path::new(log).exists()) {
        println!("cargo:rerun-if-changed={log}");
    }
    git(&["describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*"])
}

fn git(args: &[&str]) -> Option<String> {
    let out = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?.trim().to_owned();
    (out.status.success() && !text.is_empty()).then_some(text)
}
