//! `driftless-controller ca`: looks at the authority and replaces it, whether the controller runs or not. One that runs
//! sees the change within seconds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use driftless_client::Client;

use crate::pki::{Pki, authority, fingerprint};

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Ca {
    /// Show the authority, and which nodes have certificates of a former one only.
    Show,
    /// Use an authority of your own, before the first start: a file with its key and its certificate, in PEM.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Replace the authority. Nodes, users and tokens of the former one go on; nodes are certified anew when they next
    /// connect.
    Rotate {
        /// Replace it by one of your own: a file with its key and its certificate, in PEM.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Believe the former authority no more: its nodes, users and tokens are locked out.
    Retire {
        /// Even if there are nodes that have no certificate of the new one yet.
        #[arg(long)]
        force: bool,
    },
}

/// Does it; what there is to say.
///
/// # Errors
/// If a file cannot be read or written, or the controller has to be asked and does not answer.
pub async fn run(command: Ca, data_dir: &Path) -> Result<String> {
    let directory = data_dir.join("pki");
    match command {
        Ca::Show => show(data_dir).await,
        Ca::Import { file } => {
            Ok(format!("authority {} is used from now on\n", authority::import(&directory, &file)?))
        }
        Ca::Rotate { to } => {
            let name = authority::rotate(&directory, to.as_deref(), SystemTime::now())?;
            Ok(format!(
                "authority {name} is used from now on; `ca show` tells when all nodes have followed, then: ca retire\n\
                 (copies of admin.kubeconfig hold until then: give the new one out)\n"
            ))
        }
        Ca::Retire { force } => {
            if !force {
                let left = behind(data_dir).await.context(
                    "cannot ask the controller which nodes still need it; start it, or use --force",
                )?;
                if !left.is_empty() {
                    bail!(
                        "these nodes have no certificate of the new authority yet: {}. They get one when they connect; \
                         with --force they are locked out, and have to join again",
                        left.join(", ")
                    );
                }
            }
            authority::retire(&directory)?;
            Ok("the former authority is believed no more\n".to_owned())
        }
    }
}

async fn show(data_dir: &Path) -> Result<String> {
    let pki = Pki::read_authority(&data_dir.join("pki"))?;
    let (own, previous) = pki.context("there is no authority yet: the first start makes one")?;
    let mut text = format!("authority {}  certifies\n", fingerprint(&own));
    if let Some(previous) = previous {
        let _ = writeln!(text, "authority {}  is still believed", fingerprint(&previous.own));
        match behind(data_dir).await {
            Ok(left) if left.is_empty() => text.push_str("all nodes have followed: ca retire\n"),
            Ok(left) => {
                let _ = writeln!(text, "nodes that have not followed: {}", left.join(", "));
            }
            Err(error) => {
                let _ = writeln!(text, "which nodes have followed is not known: {error:#}");
            }
        }
    }
    Ok(text)
}

/// The nodes whose newest certificate is not by the authority that certifies now.
async fn behind(data_dir: &Path) -> Result<Vec<String>> {
    let (own, _) = Pki::read_authority(&data_dir.join("pki"))?.context("there is no authority")?;
    let now = fingerprint(&own);
    let client = Client::from_kubeconfig(&data_dir.join("admin.kubeconfig"))?;
    let all = client.get("/apis/driftless.dev/v1/nodeidentities").await?;
    let items = all["items"].as_array().into_iter().flatten();
    Ok(items
        .filter(|i| i["spec"]["revoked"] != true && i["status"]["authority"] != now.as_str())
        .filter_map(|i| i["metadata"]["name"].as_str().map(str::to_owned))
        .collect())
}
