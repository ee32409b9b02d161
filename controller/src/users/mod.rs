//! Users with bearer tokens: `driftless-controller user`, which speaks to the running controller's API as anybody would.
//!
//! The law of this room: a token's secret is shown once, to who made it, and kept by nobody but its holder.

mod client;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::Subcommand;
use controller_core::admit::meta::{list_at, text_at};
use model::Millis;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use client::Client;

use crate::pki;

/// What tokens of users begin with: they are told from others by it, also by those who search for leaked ones.
const PREFIX: &str = "dlu_";
const TOKENS: &str = "/apis/driftless.dev/v1/apitokens";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Make a token for a user; roles say what it may do (`kubectl create rolebinding --user NAME`).
    Create {
        /// The user's name.
        name: String,
        /// A group that it is in. May be given several times.
        #[arg(long = "group")]
        groups: Vec<String>,
        /// How long the token counts, e.g. 90d, 12h; `never` for always.
        #[arg(long, default_value = "90d")]
        ttl: String,
        /// Write a kubeconfig with the token here (readable by its owner alone) instead of printing the token.
        #[arg(long)]
        kubeconfig_out: Option<PathBuf>,
    },
    /// List the tokens that there are.
    List,
    /// Take all tokens of a user away, or one token by its id.
    Revoke {
        /// The user's name, or a token's id.
        name: String,
    },
}

/// The id and the secret of a user's token; none if it is another kind of token.
#[must_use]
pub fn parts_of(token: &str) -> Option<(&str, &str)> {
    token.strip_prefix(PREFIX)?.split_once('_')
}

/// What is kept of a secret.
#[must_use]
pub fn hash_of(secret: &str) -> String {
    hex(digest(&SHA256, secret.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Does it; what there is to say.
///
/// # Errors
/// If the controller does not answer, or refuses.
pub async fn run(command: Users, kubeconfig: &Path) -> Result<String> {
    let client = Client::open(kubeconfig)?;
    match command {
        Users::Create { name, groups, ttl, kubeconfig_out } => {
            let (token, id) = create(&client, &name, &groups, &ttl).await?;
            let Some(path) = kubeconfig_out else { return Ok(format!("{token}\n")) };
            let text = kubeconfig_of(&client, &name, &token);
            pki::write_private(&path, text.as_bytes())?;
            Ok(format!("token {id} of user {name:?} is in {}\n", path.display()))
        }
        Users::List => list(&client).await,
        Users::Revoke { name } => revoke(&client, &name).await,
    }
}

async fn create(
    client: &Client,
    name: &str,
    groups: &[String],
    ttl: &str,
) -> Result<(String, String)> {
    let (mut id, mut secret) = ([0u8; 8], [0u8; 32]);
    for bytes in [&mut id[..], &mut secret[..]] {
        getrandom::fill(bytes)
            .map_err(|e| anyhow::anyhow!("the system gives no random numbers: {e}"))?;
    }
    let (id, secret) = (hex(&id), URL_SAFE_NO_PAD.encode(secret));
    let mut spec = json!({"user": name, "groups": groups, "sha256": hash_of(&secret)});
    if let Some(life_ms) = life_ms(ttl)? {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let at = Millis(u64::try_from(now)?).plus(life_ms);
        spec["expiresAt"] = Millis(at.0 / 1000 * 1000).to_rfc3339().into();
    }
    let doc = json!({
        "apiVersion": "driftless.dev/v1",
        "kind": "ApiToken",
        "metadata": {"name": id},
        "spec": spec,
    });
    client.ask("POST", TOKENS, Some(&doc)).await?;
    Ok((format!("{PREFIX}{id}_{secret}"), id))
}

/// A life in words, in milliseconds; none: for ever.
fn life_ms(text: &str) -> Result<Option<u64>> {
    if text == "never" {
        return Ok(None);
    }
    let unit = text.chars().last().unwrap_or(' ');
    let factor = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => bail!("--ttl: {text:?} is no length of time: write 30m, 12h, 90d or never"),
    };
    let count: u32 = text
        .strip_suffix(unit)
        .and_then(|n| n.parse().ok())
        .filter(|n| (1..=36_500).contains(n) || *n > 0 && unit != 'd')
        .with_context(|| {
            format!("--ttl: {text:?} is no length of time: write 30m, 12h, 90d or never")
        })?;
    Ok(Some(u64::from(count) * factor))
}

async fn list(client: &Client) -> Result<String> {
    let all = client.ask("GET", TOKENS, None).await?;
    let mut text = String::new();
    let _ = writeln!(text, "{:<18}{:<26}{:<30}EXPIRES", "ID", "USER", "GROUPS");
    for token in list_at(&all, "/items") {
        let groups: Vec<&str> =
            list_at(token, "/spec/groups").iter().filter_map(Value::as_str).collect();
        let expires = match text_at(token, "/spec/expiresAt") {
            "" => "never",
            at => at,
        };
        let (id, user) = (text_at(token, "/metadata/name"), text_at(token, "/spec/user"));
        let _ = writeln!(text, "{id:<18}{user:<26}{:<30}{expires}", groups.join(","));
    }
    Ok(text)
}

async fn revoke(client: &Client, name: &str) -> Result<String> {
    let all = client.ask("GET", TOKENS, None).await?;
    let mut text = String::new();
    for token in list_at(&all, "/items") {
        let id = text_at(token, "/metadata/name");
        if id == name || text_at(token, "/spec/user") == name {
            client.ask("DELETE", &format!("{TOKENS}/{id}"), None).await?;
            let _ =
                writeln!(text, "token {id} of user {:?} is revoked", text_at(token, "/spec/user"));
        }
    }
    if text.is_empty() {
        bail!(
            "there is no token with the id {name:?}, and none of a user of that name; see `user list`"
        );
    }
    Ok(text)
}

fn kubeconfig_of(client: &Client, user: &str, token: &str) -> String {
    let entry = |what: Value| json!([what]);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": entry(json!({"name": "driftless", "cluster": {
            "server": client.server(),
            "certificate-authority-data": STANDARD.encode(client.authority()),
        }})),
        "users": entry(json!({"name": user, "user": {"token": token}})),
        "contexts": entry(json!({"name": "driftless", "context": {"cluster": "driftless", "user": user}})),
        "current-context": "driftless",
    });
    // YAML is a superset of JSON, and every client reads it.
    format!("{config:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_read() {
        for (text, want) in [
            ("90d", Some(Some(90 * 86_400_000))),
            ("30m", Some(Some(1_800_000))),
            ("1s", Some(Some(1000))),
            ("never", Some(None)),
            ("0h", None),
            ("40000d", None),
            ("", None),
            ("d", None),
            ("-1d", None),
            ("5x", None),
            ("9\u{301}", None),
        ] {
            assert_eq!(life_ms(text).ok(), want, "{text}");
        }
    }

    #[test]
    fn tokens_are_told_from_others() {
        assert_eq!(parts_of("dlu_id_se_cret"), Some(("id", "se_cret")));
        for other in ["", "dlu_", "dlu_x", "eyJh.x_y.z"] {
            assert_eq!(parts_of(other), None, "{other}");
        }
        assert_eq!(
            hash_of("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
