//! Rules on JoinTokens and NodeIdentities.

use model::trust::PublicKey;
use serde_json::Value;

use super::at::{At, Errors};
use super::metadata;

/// A JoinToken.
pub fn token(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    let spec = At::root(doc, "spec");
    key(&spec, old, errors);
    if spec.int("uses").is_some_and(|n| n < 1) {
        errors
            .push(spec.path.child("uses").invalid(spec.field("uses").value, "must be at least 1"));
    }
    let fits =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '*');
    given(&spec, errors);
    let names = spec.text("nodeNames");
    if !names.chars().all(fits) {
        let why = "must be a node's name, in which * stands for anything";
        errors.push(spec.path.child("nodeNames").invalid(names, why));
    }
}

/// A NodeIdentity.
pub fn identity(doc: &Value, old: Option<&Value>, errors: &mut Errors) {
    let spec = At::root(doc, "spec");
    key(&spec, old, errors);
    given(&spec, errors);
    if old.is_some_and(|old| old["spec"]["revoked"] == true) && !spec.flag("revoked") {
        let why = "a node that was revoked stays so: delete the object, after which a machine can join by that name anew";
        errors.push(spec.path.child("revoked").forbidden(why));
    }
}

/// What a token gives to those who join by it.
fn given(spec: &At<'_>, errors: &mut Errors) {
    metadata::labels(spec.value.get("labels"), &spec.path.child("labels"), errors);
    let duplicates = spec.text("duplicates");
    if !["", "Quarantine", "KeepFirst"].contains(&duplicates) {
        let path = spec.path.child("duplicates");
        errors.push(path.not_supported(duplicates, &["KeepFirst", "Quarantine"]));
    }
}

fn key(spec: &At<'_>, old: Option<&Value>, errors: &mut Errors) {
    let (text, path) = (spec.text("publicKey"), spec.path.child("publicKey"));
    if text.parse::<PublicKey>().is_err() {
        errors.push(path.invalid(text, "must be an Ed25519 public key: 64 hexadecimal digits"));
    }
    if old.is_some_and(|old| old["spec"]["publicKey"] != *text) {
        errors.push(path.invalid(text, "field is immutable"));
    }
}
