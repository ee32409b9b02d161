//! The OpenAPI documents, built when first asked for and kept until a custom resource comes, changes or goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use controller_core::custom::Customs;
use controller_core::kinds::{self, Kind, Served};
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

/// The newest documents.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<Arc<Documents>>>);

impl Kept {
    /// The documents of what is served now.
    pub(super) fn current(&self, customs: &Customs) -> Arc<Documents> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(documents) if documents.changes == customs.changes => documents.clone(),
            _ => kept.insert(Arc::new(Documents::of(customs))).clone(),
        }
    }
}

/// The documents of one moment.
pub(super) struct Documents {
    changes: u64,
    customs: Vec<Served>,
    v2: OnceLock<Document>,
    v2_json: OnceLock<Document>,
    v3_index: OnceLock<Document>,
    v3: OnceLock<BTreeMap<String, Document>>,
}

impl Documents {
    fn of(customs: &Customs) -> Self {
        Self {
            changes: customs.changes,
            customs: customs.served().collect(),
            v2: OnceLock::new(),
            v2_json: OnceLock::new(),
            v3_index: OnceLock::new(),
            v3: OnceLock::new(),
        }
    }

    fn kinds(&self) -> Vec<Kind<'_>> {
        kinds::all_served(&self.customs)
    }

    /// `/openapi/v2`: protobuf, unless the client wants JSON and nothing else.
    pub(super) fn v2(&self, accept: &str) -> Document {
        if accept.trim_start().starts_with("application/json") {
            let made = || Document::json(&openapi::v2(&self.kinds()));
            return self.v2_json.get_or_init(made).clone();
        }
        let made = || Document::new(openapi::V2_MEDIA_TYPE, openapi::v2_protobuf(&self.kinds()));
        self.v2.get_or_init(made).clone()
    }

    /// `/openapi/v3`
    pub(super) fn v3_index(&self) -> Document {
        self.v3_index.get_or_init(|| Document::json(&openapi::v3_index(&self.kinds()))).clone()
    }

    /// `/openapi/v3/...`; none if there is no such group version.
    pub(super) fn v3(&self, group_version: &str) -> Option<Document> {
        let made = || {
            let all = self.kinds();
            // Each once, however many kinds it has.
            let versions: BTreeSet<String> = all.iter().map(Kind::api_version).collect();
            versions
                .into_iter()
                .map(|v| {
                    let document = Document::json(&openapi::v3(&v, &all));
                    (v, document)
                })
                .collect()
        };
        self.v3.get_or_init(made).get(group_version).cloned()
    }
}
