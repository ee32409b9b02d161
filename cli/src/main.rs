//! `driftless`: try it on one machine, and watch a fleet.

mod explain;
mod nodes;
mod up;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Keep containers running on machines that come and go.
#[derive(Parser)]
#[command(name = "driftless", version = env!("DRIFTLESS_VERSION"))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a controller and some agents on this machine, until Ctrl-C.
    Up(up::Options),
    /// Show the nodes: who is here, since when, orders held against orders made, usage, last heard.
    Nodes(Access),
    /// Show the fleet in a few lines: nodes, pods, what is not as it should be.
    Status(Access),
    /// Say why a pod or a node is as it is: conditions, events, orders held against orders made, as of when.
    Explain {
        /// NODE, POD or NAMESPACE/POD.
        name: String,
        #[command(flatten)]
        access: Access,
    },
}

/// How to reach a controller.
#[derive(Args)]
struct Access {
    /// The kubeconfig to use.
    #[arg(long, env = "KUBECONFIG", default_value = ".driftless/controller/admin.kubeconfig")]
    kubeconfig: PathBuf,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Up(options) => up::run(options).await,
        Command::Nodes(access) => nodes::nodes(&access.kubeconfig, access.json).await,
        Command::Explain { name, access } => {
            explain::explain(&access.kubeconfig, &name, access.json).await
        }
        Command::Status(access) => nodes::status(&access.kubeconfig, access.json).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("driftless: {error:#}");
            ExitCode::from(1)
        }
    }
}
