//! The OpenAPI documents, built when first asked for and kept: they never change while the process runs.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use controller_core::kinds;
use controller_core::schema::openapi;
use sha2::{Digest as _, Sha256};

/// A document and its hash.
#[derive(Clone)]
pub(super) struct Document {
    /// Its media type.
    pub(super) media: &'static str,
    /// Its bytes.
    pub(super) body: Bytes,
    /// For `ETag`, quotes included.
    pub(super) tag: Arc<str>,
}

impl Document {
    fn new(media: &'static str, body: Vec<u8>) -> Self {
        let tag: String = Sha256::digest(&body).iter().map(|b| format!("{b:02X}")).collect();
        Self { media, body: body.into(), tag: format!("\"{tag}\"").into() }
    }

    fn json(value: &serde_json::Value) -> Self {
        Self::new("application/json", value.to_string().into_bytes())
    }
}

static V2: LazyLock<Document> =
    LazyLock::new(|| Document::new(openapi::V2_MEDIA_TYPE, openapi::v2_protobuf(kinds::all())));
static V2_JSON: LazyLock<Document> = LazyLock::new(|| Document::json(&openapi::v2(kinds::all())));
static V3_INDEX: LazyLock<Document> =
    LazyLock::new(|| Document::json(&openapi::v3_index(kinds::all())));
static V3: LazyLock<BTreeMap<String, Document>> = LazyLock::new(|| {
    let versions = kinds::all().iter().map(controller_core::kinds::Kind::api_version);
    versions
        .map(|v| {
            let document = Document::json(&openapi::v3(&v, kinds::all()));
            (v, document)
        })
        .collect()
});

/// `/openapi/v2`: protobuf, unless the client wants JSON and nothing else.
pub(super) fn v2(accept: Option<&str>) -> Document {
    let accept = accept.unwrap_or_default();
    if accept.trim_start().starts_with("application/json") { V2_JSON.clone() } else { V2.clone() }
}

/// `/openapi/v3`
pub(super) fn v3_index() -> Document {
    V3_INDEX.clone()
}

/// `/openapi/v3/...`; none if there is no such group version.
pub(super) fn v3(group_version: &str) -> Option<Document> {
    V3.get(group_version).cloned()
}
