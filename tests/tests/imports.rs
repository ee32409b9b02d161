//! Who may import whom. The list is the design's; whatever it does not name is forbidden.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Room, and the rooms that it may import.
const MAY: &[(&str, &[&str])] = &[
    ("driftless-model", &[]),
    ("driftless-wire", &["driftless-model"]),
    ("driftless-agent-core", &["driftless-model"]),
    ("driftless-controller-core", &["driftless-model"]),
    (
        "driftless-agent",
        &["driftless-agent-core", "driftless-supervise", "driftless-wire", "driftless-model"],
    ),
    (
        "driftless-controller",
        &[
            "driftless-controller-core",
            "driftless-client",
            "driftless-supervise",
            "driftless-wire",
            "driftless-model",
        ],
    ),
    ("driftless", &["driftless-client", "driftless-wire", "driftless-model"]),
    ("driftless-client", &[]),
    ("driftless-supervise", &[]),
    (
        "driftless-sim",
        &["driftless-agent-core", "driftless-controller-core", "driftless-wire", "driftless-model"],
    ),
    // Not rooms of the house, but around it.
    ("driftless-example-hello", &[]),
    ("driftless-tests", &[]),
    (
        "driftless-bench",
        &[
            "driftless-tests",
            "driftless-agent-core",
            "driftless-controller-core",
            "driftless-wire",
            "driftless-model",
        ],
    ),
];

#[test]
fn every_import_between_rooms_is_on_the_list() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&out.stdout).unwrap();
    let may: BTreeMap<&str, &[&str]> = MAY.iter().copied().collect();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert!(ours.contains("driftless-model"), "the metadata does not list our rooms: {ours:?}");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let allowed = may.get(name).unwrap_or_else(|| panic!("{name} is not on the list of rooms"));
        for import in package["dependencies"].as_array().unwrap() {
            let import = import["name"].as_str().unwrap();
            assert!(
                !ours.contains(import) || allowed.contains(&import),
                "{name} imports {import}, which the design forbids"
            );
        }
    }
}

#[test]
fn the_cores_refuse_the_standard_library() {
    for core in ["model", "agent-core", "controller-core"] {
        let path = format!("{}/../crates/{core}/src/lib.rs", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("#![no_std]"),
            "{path} must be no_std: the compiler then refuses clocks and threads"
        );
    }
}
