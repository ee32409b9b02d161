//! The process that holds a pod's network: it waits, reaps what dies in the pod, and ends when asked to.
//!
//! The law of this module: it needs nothing, neither arguments, files nor a runtime, since it runs alone in an image
//! that holds only this executable.

use std::process::ExitCode;

use rustix::process::{WaitOptions, wait};
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Waits until it is told to end. As process 1 of a shared process space it also reaps orphans.
pub(crate) fn run() -> ExitCode {
    let Ok(mut signals) = Signals::new([SIGTERM, SIGINT, SIGCHLD]) else {
        return ExitCode::FAILURE;
    };
    for signal in signals.forever() {
        if signal != SIGCHLD {
            break;
        }
        while matches!(wait(WaitOptions::NOHANG), Ok(Some(_))) {}
    }
    ExitCode::SUCCESS
}
