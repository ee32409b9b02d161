//! Patches: what is to change. Server-side apply says what is to be, and is in [`super::apply`].

use controller_core::admit::{ApiError, patch as plain};
use controller_core::schema::{self, patch as strategic, strict};
use serde_json::Value;

use crate::api::body::media_type;

const ACCEPTED: [&str; 4] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    super::apply::MEDIA,
];

/// A patch that was read.
#[derive(Debug, PartialEq)]
pub(super) enum Patch {
    /// RFC 6902.
    Json(Value),
    /// RFC 7396.
    Merge(Value),
    /// Kubernetes' own: lists are merged by their keys.
    Strategic(Value),
}

/// A patch, and sentences about fields that are there twice in it.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    pub(super) patch: Patch,
    pub(super) duplicates: Vec<String>,
}

impl Patch {
    /// Reads a patch.
    ///
    /// # Errors
    /// 415 for other media types, 400 if the body is not a patch.
    pub(super) fn read(content_type: &str, bytes: &[u8]) -> Result<Read, ApiError> {
        let json = || {
            strict::read(bytes)
                .map_err(|e| ApiError::bad_request(format!("error decoding patch: {e}")))
        };
        let (patch, duplicates) = match media_type(content_type) {
            "application/json-patch+json" => (Self::Json(json()?.0), Vec::new()),
            "application/merge-patch+json" => {
                let (value, duplicates) = json()?;
                (Self::Merge(value), duplicates)
            }
            "application/strategic-merge-patch+json" => {
                let (value, duplicates) = json()?;
                (Self::Strategic(value), duplicates)
            }
            _ => return Err(ApiError::unsupported_media_type(&ACCEPTED)),
        };
        Ok(Read { patch, duplicates })
    }

    /// Applies it to a document of a type of the schema. Types that the schema does not have (own kinds) cannot be
    /// merged strategically.
    ///
    /// # Errors
    /// 400, 413, 415 or 422 if it does not fit.
    pub(super) fn apply(&self, schema_name: &str, old: &Value) -> Result<Value, ApiError> {
        let merge = |patch: &Value| {
            let of = schema::lookup(schema_name)
                .ok_or_else(|| ApiError::unsupported_media_type(&ACCEPTED[..2]))?;
            strategic::strategic_merge(of, old.clone(), patch.clone())
                .map_err(|e| ApiError::bad_request(e.to_string()))
        };
        match self {
            Self::Json(patch) => {
                let mut doc = old.clone();
                plain::json_patch(&mut doc, patch)?;
                Ok(doc)
            }
            Self::Merge(patch) => {
                let mut doc = old.clone();
                plain::merge_patch(&mut doc, patch)?;
                Ok(doc)
            }
            Self::Strategic(patch) => merge(patch),
        }
    }

    /// Its text, for refusals.
    pub(super) fn text(&self) -> String {
        let (Self::Json(patch) | Self::Merge(patch) | Self::Strategic(patch)) = self;
        patch.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patches_are_told_apart_by_their_type() {
        for (content_type, body, want) in [
            ("application/json-patch+json", "[]", Ok(Patch::Json(json!([])))),
            ("application/merge-patch+json; charset=utf-8", "{}", Ok(Patch::Merge(json!({})))),
            ("application/strategic-merge-patch+json", "{}", Ok(Patch::Strategic(json!({})))),
            ("application/json", "{}", Err(415)),
            ("", "{}", Err(415)),
            ("application/merge-patch+json", "{", Err(400)),
        ] {
            let got = Patch::read(content_type, body.as_bytes());
            assert_eq!(got.map(|r| r.patch).map_err(|e| e.code), want, "{content_type}");
        }
    }

    #[test]
    fn lists_merge_by_key_where_the_schema_says_so() {
        let old = json!({"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}});
        let patch =
            Patch::Strategic(json!({"spec": {"containers": [{"name": "a", "image": "y"}]}}));
        let new = patch.apply("io.k8s.api.core.v1.Pod", &old).expect("it fits");
        assert_eq!(new["spec"]["containers"], json!([{"name": "a", "image": "y"}, {"name": "b"}]));
        assert_eq!(patch.apply("no.such.Type", &old).map_err(|e| e.code), Err(415));
    }
}
