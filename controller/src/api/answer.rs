//! Answers, as HTTP carries them.

use std::io;

use bytes::Bytes;
use controller_core::admit::ApiError;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

/// The body of an answer.
/// One that breaks off is cut, so that whoever reads it does not take it for whole.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;
/// An answer.
pub(super) type Answer = Response<Body>;

/// All warnings of an answer have so many characters at most: header lines are limited, on both sides.
const WARNINGS_CHARS_MAX: usize = 4096;

/// A whole body.
pub(super) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// An answer of any type.
pub(super) fn typed(code: StatusCode, media: &'static str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = code;
    set(&mut answer, header::CONTENT_TYPE, HeaderValue::from_static(media));
    set(&mut answer, header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    answer
}

/// Sets a header.
pub(super) fn set(answer: &mut Answer, name: HeaderName, value: HeaderValue) {
    answer.headers_mut().insert(name, value);
}

/// Text for people.
pub(super) fn text(code: StatusCode, text: impl Into<Bytes>) -> Answer {
    typed(code, "text/plain; charset=utf-8", whole(text))
}

/// A document.
pub(super) fn json(code: StatusCode, value: &Value) -> Answer {
    typed(code, "application/json", whole(value.to_string()))
}

/// A refusal.
pub(super) fn refusal(error: &ApiError) -> Answer {
    let code = StatusCode::from_u16(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = json(code, &error.to_value());
    if let Some(seconds) = error.retry_after_seconds() {
        set(&mut answer, header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// Adds `Warning` headers (RFC 9110 once had them; Kubernetes' clients print them). Each warning is told once.
pub(super) fn warn(answer: &mut Answer, warnings: &[String]) {
    let mut left = WARNINGS_CHARS_MAX;
    for (at, warning) in warnings.iter().enumerate() {
        if warnings.iter().take(at).any(|earlier| earlier == warning) {
            continue;
        }
        let text = quoted(warning);
        let Some(rest) = left.checked_sub(text.len()) else { break };
        left = rest;
        if let Ok(value) = HeaderValue::from_str(&format!("299 - {text}")) {
            answer.headers_mut().append(header::WARNING, value);
        }
    }
}

/// A quoted string as headers hold it.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_quoted_bounded_and_told_once() {
        let mut answer = text(StatusCode::OK, "ok");
        let field = "unknown field \"spec.x\"".to_owned();
        let mut warnings = vec![field.clone(), field, "two\nlines".to_owned()];
        warnings.extend(["x".repeat(5000), "never told".to_owned()]);
        warn(&mut answer, &warnings);
        let told: Vec<_> = answer.headers().get_all(header::WARNING).iter().collect();
        assert_eq!(told, ["299 - \"unknown field \\\"spec.x\\\"\"", "299 - \"two lines\""]);
    }

    #[test]
    fn refusals_say_when_to_come_again() {
        let answer = refusal(&ApiError::too_large_resource_version(9, 7));
        assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(answer.headers().get(header::RETRY_AFTER), Some(&HeaderValue::from(1)));
    }
}
