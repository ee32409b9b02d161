//! OpenAPI documents for clients, made from the table and the kinds that are served.
//!
//! The law here: every kind that is served is in every document, with the query parameters that make clients leave
//! validation to the server. Documents are made on request; the caller keeps them.

mod definitions;
mod gnostic;
mod paths;
mod words;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::kinds::Kind;
use definitions::Style;

/// The media type under which [`v2_protobuf`] is answered. Clients ask with an `@` in it, which must not be repeated:
/// Go's parser of media types refuses it.
pub const V2_MEDIA_TYPE: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The OpenAPI v2 document as JSON.
pub fn v2<'a>(kinds: impl IntoIterator<Item = &'a Kind<'a>>) -> Value {
    let kinds: Vec<&Kind<'_>> = kinds.into_iter().collect();
    let mut all = Map::new();
    for kind in &kinds {
        all.extend(paths::of(kind, Style::V2));
    }
    json!({
        "swagger": "2.0",
        "info": {"title": "Driftless", "version": env!("CARGO_PKG_VERSION")},
        "paths": all,
        "definitions": definitions::of(&kinds, Style::V2),
    })
}

/// The OpenAPI v2 document as gnostic protobuf, the only form that kubectl reads.
pub fn v2_protobuf<'a>(kinds: impl IntoIterator<Item = &'a Kind<'a>>) -> Vec<u8> {
    gnostic::document(&v2(kinds))
}

/// The OpenAPI v3 index: where each group version's document is.
pub fn v3_index<'a>(kinds: impl IntoIterator<Item = &'a Kind<'a>>) -> Value {
    let kinds: Vec<&Kind<'_>> = kinds.into_iter().collect();
    let versions: BTreeSet<String> = kinds.iter().map(|kind| kind.api_version()).collect();
    let entries: BTreeMap<String, Value> = versions
        .iter()
        .map(|version| {
            let root = if version.contains('/') {
                format!("apis/{version}")
            } else {
                format!("api/{version}")
            };
            // Clients keep a document for as long as its hash stays.
            let body = format!("{}", v3(version, kinds.iter().copied()));
            let hash: String =
                Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02X}")).collect();
            let at = json!({"serverRelativeURL": format!("/openapi/v3/{root}?hash={hash}")});
            (root, at)
        })
        .collect();
    json!({ "paths": entries })
}

/// The OpenAPI v3 document of one group version (`v1`, `apps/v1`). Without paths if no kind of it is served.
pub fn v3<'a>(group_version: &str, kinds: impl IntoIterator<Item = &'a Kind<'a>>) -> Value {
    let kinds: Vec<&Kind<'_>> =
        kinds.into_iter().filter(|kind| kind.api_version() == group_version).collect();
    let mut all = Map::new();
    for kind in &kinds {
        all.extend(paths::of(kind, Style::V3));
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Driftless", "version": env!("CARGO_PKG_VERSION")},
        "paths": all,
        "components": {"schemas": definitions::of(&kinds, Style::V3)},
    })
}
