//! What a request carries: read up to a bound, and decoded from whichever form it came in.

use std::time::Duration;

use bytes::Bytes;
use controller_core::admit::ApiError;
use controller_core::schema::protobuf::DecodeError;
use controller_core::schema::{protobuf, strict};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::Value;

/// How long a client may take to send its body.
const BODY_WAIT: Duration = Duration::from_secs(60);

/// No YAML stands for more, in bytes: about what a whole body of JSON of the usual size can become.
const YAML_BYTES_MAX: usize = 64 << 20;

const ACCEPTED: [&str; 3] = ["application/json", "application/yaml", protobuf::MEDIA_TYPE];

/// A request's document.
#[derive(Debug, PartialEq)]
pub(super) struct Document {
    /// The document.
    pub(super) value: Value,
    /// Sentences about fields that are there twice.
    pub(super) duplicates: Vec<String>,
}

/// Reads a body.
///
/// # Errors
/// 413 if it is too large, 400 if it ends early, 408 if it takes too long.
pub(super) async fn read(body: Incoming, bytes_max: usize) -> Result<Bytes, ApiError> {
    let all = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(BODY_WAIT, all).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ApiError::too_large(bytes_max)),
        Ok(Err(error)) => Err(ApiError::bad_request(format!("the body cannot be read: {error}"))),
        Err(_) => Err(ApiError {
            code: 408,
            reason: "Timeout",
            message: "the body took too long to come".to_owned(),
            details: None,
        }),
    }
}

/// The media type of a `Content-Type` header, without its parameters.
pub(super) fn media_type(header: &str) -> &str {
    header.split(';').next().unwrap_or_default().trim()
}

/// Decodes a document. No content type means JSON: kubectl leaves it out at times. `kind` is what is expected, for
/// refusals.
///
/// # Errors
/// 415 for other media types, 400 if the body is not what its type says.
pub(super) fn decode(content_type: &str, bytes: &[u8], kind: &str) -> Result<Document, ApiError> {
    let refuse = |why: String| {
        ApiError::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; {why}"
        ))
    };
    match media_type(content_type) {
        "" | "application/json" => {
            let (value, duplicates) =
                strict::read(bytes).map_err(|e| refuse(format!("json parse error: {e}")))?;
            Ok(Document { value, duplicates })
        }
        "application/yaml" | "application/x-yaml" | "text/yaml" => {
            let value = yaml(bytes).map_err(|e| refuse(format!("yaml parse error: {e}")))?;
            Ok(Document { value, duplicates: Vec::new() })
        }
        protobuf::MEDIA_TYPE => {
            let (.., value) = protobuf::decode(bytes).map_err(|error| match error {
                // Custom resources and their definitions have no form in protobuf here.
                DecodeError::UnknownKind { .. } => ApiError::unsupported_media_type(&ACCEPTED[..2]),
                other => ApiError::bad_request(other.to_string()),
            })?;
            Ok(Document { value, duplicates: Vec::new() })
        }
        _ => Err(ApiError::unsupported_media_type(&ACCEPTED)),
    }
}

/// Reads YAML (which JSON is, too). A few aliases can stand for more than there is memory, so what they stand for counts.
pub(super) fn yaml(bytes: &[u8]) -> Result<Value, serde_yaml::Error> {
    strict::read_within(serde_yaml::Deserializer::from_slice(bytes), YAML_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_come_in_three_forms() {
        let want = json!({"kind": "ConfigMap", "data": {"a": "b"}});
        let json = br#"{"kind":"ConfigMap","data":{"a":"b"}}"#;
        let yaml = b"kind: ConfigMap\ndata:\n  a: b\n";
        for (content_type, body) in
            [("", &json[..]), ("application/json; charset=utf-8", json), ("application/yaml", yaml)]
        {
            let got = decode(content_type, body, "ConfigMap").expect("it can be read");
            assert_eq!(got.value, want, "{content_type}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (content_type, body, want) in [
            ("text/foo", &b"x"[..], 415),
            ("application/json", b"{\"metadata\":", 400),
            ("application/yaml", b"a: [", 400),
            ("application/yaml", b"a: &a [*a]", 400),
            ("application/vnd.kubernetes.protobuf", b"k8s", 400),
        ] {
            let error = decode(content_type, body, "ConfigMap").expect_err("it cannot be read");
            assert_eq!(error.code, want, "{content_type}");
        }
        let error = decode("text/foo", b"x", "ConfigMap").expect_err("it cannot be read");
        assert_eq!(
            error.message,
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"
        );
    }

    #[test]
    fn aliases_are_followed_up_to_a_bound() {
        let document = |times: usize| {
            let text = "s".repeat(1 << 20);
            format!("a: &a {text}\nb: [{}]\n", vec!["*a"; times].join(","))
        };
        let read = yaml(document(2).as_bytes()).expect("it is small");
        assert_eq!(read["b"][1], read["a"]);
        assert!(yaml(document(1000).as_bytes()).is_err(), "it stands for a gigabyte");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_from_outside_panic(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            magic: bool,
        ) {
            let bytes = if magic { [&b"k8s\0"[..], &bytes].concat() } else { bytes };
            for content_type in ACCEPTED {
                let _ = decode(content_type, &bytes, "Pod");
            }
        }
    }

    #[test]
    fn fields_that_are_there_twice_are_told() {
        let got = decode("", br#"{"data":{"a":"b"},"data":{}}"#, "ConfigMap").expect("it is JSON");
        assert_eq!(got.duplicates, ["duplicate field \"data\""]);
    }
}
