//! The official Python client drives it. What it does is in `tests/python/client.py`.

use std::path::PathBuf;
use std::process::Command;

use driftless_tests::{BUSYBOX, Fleet, ok};

#[test]
fn the_python_client_makes_patches_watches_and_streams() {
    let python = std::env::var_os("DRIFTLESS_PYTHON").map(PathBuf::from).unwrap_or_else(|| {
        panic!("DRIFTLESS_PYTHON is not set: run ./check, or set it to a Python that has the package kubernetes")
    });
    let fleet = Fleet::start(1);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/client.py");
    let said = ok(Command::new(python).arg(script).arg(fleet.kubeconfig()).arg(BUSYBOX));
    assert!(said.contains("all is well"), "{said}");
}
