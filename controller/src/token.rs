//! `driftless-controller token`: by which machines join.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use driftless_client::Client;
use model::Millis;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wire::join::Token;

const PATH: &str = "/apis/driftless.dev/v1/jointokens";

/// What to do with tokens, and at which controller.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
    /// The data directory of a controller that runs on this machine.
    #[arg(long, global = true, default_value = crate::config::DATA_DIR)]
    data_dir: PathBuf,
    /// A kubeconfig of the controller, instead of its data directory.
    #[arg(long, global = true)]
    kubeconfig: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Make a token, and print it. It is shown this once.
    Create {
        /// How long it can be used: 30m, 24h, 7d.
        #[arg(long, default_value = "24h", value_parser = span)]
        ttl: Duration,
        /// How many machines can join by it; any number if not given.
        #[arg(long)]
        uses: Option<u32>,
        /// The names that nodes may have who join by it; * stands for anything.
        #[arg(long, value_name = "PATTERN")]
        nodes: Option<String>,
        /// A label of the nodes who join by it, KEY=VALUE; may be given several times. They cannot change it.
        #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
        labels: Vec<(String, String)>,
        /// Should two machines go by one identity, go on with the one that was there; else neither gets new orders.
        #[arg(long)]
        keep_first: bool,
    },
    /// List the tokens: what they are for, not what they are.
    List,
    /// Revoke a token: nobody joins by it any more. Who has joined stays.
    Revoke {
        /// Its name.
        id: String,
    },
}

/// Does it.
///
/// # Errors
/// If the controller cannot be reached, or refuses.
pub async fn run(options: Options) -> Result<()> {
    let kubeconfig =
        options.kubeconfig.unwrap_or_else(|| options.data_dir.join("admin.kubeconfig"));
    let client = Client::from_kubeconfig(&kubeconfig)?;
    match options.command {
        Command::Create { ttl, uses, nodes, labels, keep_first } => {
            let authority = client.authority().context("the kubeconfig names no authority")?;
            let mut id = [0_u8; 5];
            getrandom::fill(&mut id).map_err(|e| anyhow::anyhow!("no random numbers: {e}"))?;
            let id: String = id.iter().map(|b| format!("{b:02x}")).collect();
            let token = Token::generate(&id, Sha256::digest(authority).into())?;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + ttl;
            let until = Millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
            let mut spec =
                json!({"publicKey": token.public().to_string(), "expires": until.to_rfc3339()});
            if let Some(uses) = uses {
                spec["uses"] = uses.into();
            }
            if let Some(nodes) = nodes {
                spec["nodeNames"] = nodes.into();
            }
            if !labels.is_empty() {
                spec["labels"] = labels.into_iter().collect();
            }
            if keep_first {
                spec["duplicates"] = "KeepFirst".into();
            }
            client.post(PATH, &json!({"metadata": {"name": id}, "spec": spec})).await?;
            println!("{}", token.reveal());
        }
        Command::List => list(&client.get(PATH).await?),
        Command::Revoke { id } => {
            client.delete(&format!("{PATH}/{id}")).await?;
            println!("token {id} revoked");
        }
    }
    Ok(())
}

fn list(tokens: &Value) {
    println!("{:<12} {:<8} {:<22} NODES", "TOKEN", "USED", "EXPIRES");
    for token in tokens["items"].as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let used = token["status"]["used"].as_u64().unwrap_or(0);
        let uses = token["spec"]["uses"].as_u64().map_or("any".to_owned(), |n| n.to_string());
        let nodes = match text(&token["spec"]["nodeNames"]) {
            all if all.is_empty() => "*".to_owned(),
            some => some,
        };
        let (name, expires) = (text(&token["metadata"]["name"]), text(&token["spec"]["expires"]));
        println!("{name:<12} {:<8} {expires:<22} {nodes}", format!("{used}/{uses}"));
    }
}

fn label(text: &str) -> Result<(String, String)> {
    let (key, value) = text.split_once('=').with_context(|| format!("{text:?}: want KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// A span of time: a number and s, m, h or d.
fn span(text: &str) -> Result<Duration> {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => bail!("{text:?} is no span of time: write 30m, 24h or 7d"),
    };
    let number: u64 = number.parse().with_context(|| format!("{text:?} is no span of time"))?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, want) in [("30s", 30), ("5m", 300), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(span(text).ok(), Some(Duration::from_secs(want)));
        }
        assert!(["", "h", "5", "5w", "-1h"].iter().all(|text| span(text).is_err()));
    }
}
