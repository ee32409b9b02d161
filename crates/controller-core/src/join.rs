//! Whether a machine may become a node, or be certified as one again.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};

use model::Millis;
use model::trust::PublicKey;
use serde_json::{Value, json};

use crate::admit::meta::{flag_at, number_at, text_at};

/// What a machine asks for, once its signature has been checked.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The node that it is, or is to be.
    pub node: &'a str,
    /// Its key.
    pub key: PublicKey,
    /// The token that it says it has; none: it asks to be certified again.
    pub token: Option<&'a str>,
    /// Whether that token signed, too.
    pub by_token: bool,
}

/// What is to be written for a machine that may be certified: new states of documents; none: as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admitted {
    /// The token, used once more.
    pub token: Option<Value>,
    /// The identity, if it is new.
    pub identity: Option<Value>,
}

/// Why a machine is refused, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

fn refuse<T>(why: String) -> Result<T, Refused> {
    Err(Refused(why))
}

/// Decides on a machine, from its token's and its node's documents, if there are any.
///
/// # Errors
/// Why it may not be.
pub fn admit(
    asked: &Asked<'_>,
    token: Option<&Value>,
    identity: Option<&Value>,
    now: Millis,
) -> Result<Admitted, Refused> {
    let node = asked.node;
    let known = identity.map(|doc| text_at(doc, "/spec/publicKey") == asked.key.to_string());
    if identity.is_some_and(|doc| flag_at(doc, "/spec/revoked")) {
        return refuse(format!(
            "the node {node} was revoked; to let a machine join by this name again, delete its NodeIdentity first"
        ));
    }
    let Some(id) = asked.token else {
        return match known {
            Some(true) => Ok(Admitted::default()),
            Some(false) => refuse(format!(
                "the node {node} has another key: this machine's identity is an old one, or a copy; join it anew with a token"
            )),
            None => refuse(format!("no node {node} is known here: join it anew with a token")),
        };
    };
    let Some(token) = token.filter(|_| asked.by_token) else {
        return refuse(format!(
            "there is no such token as {id}: it was revoked, or is of another controller; make one with `driftless-controller token create`"
        ));
    };
    if known == Some(true) {
        // The answer was lost: it is asked again.
        return Ok(Admitted::default());
    }
    usable(token, id, node, now)?;
    if known == Some(false) {
        return refuse(format!(
            "a node {node} has joined with another key: choose another --node-name, or delete the NodeIdentity {node} to give its name away"
        ));
    }
    let mut used = token.clone();
    used["status"]["used"] = (number_at(token, "/status/used").unwrap_or(0) + 1).into();
    used["status"]["lastUsed"] = now.to_rfc3339().into();
    let mut identity = json!({
        "metadata": {"name": node},
        "spec": {"publicKey": asked.key.to_string()},
        "status": {"token": id},
    });
    for given in ["labels", "duplicates"] {
        if let Some(value) = token.pointer(&format!("/spec/{given}")) {
            identity["spec"][given] = value.clone();
        }
    }
    Ok(Admitted { token: Some(used), identity: Some(identity) })
}

fn usable(token: &Value, id: &str, node: &str, now: Millis) -> Result<(), Refused> {
    let expires = text_at(token, "/spec/expires");
    if Millis::parse_rfc3339(expires).is_some_and(|at| at <= now) {
        return refuse(format!(
            "the token {id} expired at {expires}; make another with `driftless-controller token create`"
        ));
    }
    let used = number_at(token, "/status/used").unwrap_or(0);
    if number_at(token, "/spec/uses").is_some_and(|uses| used >= uses) {
        return refuse(format!(
            "the token {id} is used up ({used} times); make another with `driftless-controller token create`"
        ));
    }
    let pattern = text_at(token, "/spec/nodeNames").to_owned();
    if !pattern.is_empty() && !fits(&pattern, node) {
        return refuse(format!("the token {id} is for nodes named {pattern}, not for {node}"));
    }
    Ok(())
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| fits(tail, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_800_000_000_000);

    fn asked(token: Option<&str>) -> Asked<'_> {
        Asked { node: "edge-1", key: PublicKey([1; 32]), token, by_token: true }
    }

    fn identity(key: u8, revoked: bool) -> Value {
        json!({"spec": {"publicKey": PublicKey([key; 32]).to_string(), "revoked": revoked}})
    }

    #[test]
    fn a_token_lets_join_until_it_does_not() {
        let check = |spec: Value, used: i64, known: Option<Value>, want: &str| {
            let token = json!({"spec": spec, "status": {"used": used}});
            let got = admit(&asked(Some("t")), Some(&token), known.as_ref(), NOW);
            let why = got.err().map(|e| e.0).unwrap_or_default();
            assert!(why.contains(want) && why.is_empty() == want.is_empty(), "{why}");
        };
        check(json!({}), 7, None, "");
        check(json!({"uses": 2}), 1, None, "");
        check(json!({"uses": 2}), 2, None, "is used up (2 times)");
        check(json!({"expires": "2020-01-01T00:00:00Z"}), 0, None, "expired at 2020-01-01");
        check(json!({"expires": "2099-01-01T00:00:00Z"}), 0, None, "");
        check(json!({"nodeNames": "edge-*"}), 0, None, "");
        check(json!({"nodeNames": "*-9"}), 0, None, "is for nodes named *-9, not for edge-1");
        check(json!({}), 0, Some(identity(2, false)), "has joined with another key");
        check(json!({}), 0, Some(identity(1, true)), "was revoked");
        // Asked again, since the answer was lost: that is no second use.
        check(json!({"uses": 1}), 1, Some(identity(1, false)), "");
    }

    #[test]
    fn a_use_is_counted_and_the_key_is_kept() {
        let token =
            json!({"spec": {"uses": 2, "labels": {"site": "harbour"}}, "status": {"used": 1}});
        let got = admit(&asked(Some("t")), Some(&token), None, NOW).expect("it may");
        assert_eq!(got.token.expect("used")["status"]["used"], 2);
        let identity = got.identity.expect("new");
        assert_eq!(identity["spec"]["publicKey"], PublicKey([1; 32]).to_string());
        assert_eq!(identity["metadata"]["name"], "edge-1");
        assert_eq!(identity["spec"]["labels"], json!({"site": "harbour"}));
    }

    #[test]
    fn without_its_token_or_its_key_nobody_is_certified() {
        let unsigned = Asked { by_token: false, ..asked(Some("t")) };
        let why = admit(&unsigned, Some(&json!({"spec": {}})), None, NOW).expect_err("refused").0;
        assert!(why.contains("no such token"), "{why}");
        assert!(admit(&asked(Some("t")), None, None, NOW).is_err());
        let again = |known: Option<Value>| admit(&asked(None), None, known.as_ref(), NOW);
        assert_eq!(again(Some(identity(1, false))), Ok(Admitted::default()));
        for known in [Some(identity(2, false)), Some(identity(1, true)), None] {
            assert!(again(known).is_err());
        }
    }
}
