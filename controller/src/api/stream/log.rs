//! A container's log, as it comes.

use std::io;

use bytes::Bytes;
use controller_core::admit::ApiError;
use controller_core::kinds::FieldError;
use futures_util::stream;
use http::StatusCode;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use model::Millis;
use tokio_util::sync::CancellationToken;
use wire::stream::{End, Incoming, LogOptions, Open, Port};

use super::{Pod, open, reach};
use crate::api::answer::{self, Answer};
use crate::api::call::Call;
use crate::api::query::Query;
use crate::api::route::Place;

/// `GET .../pods/<name>/log`
pub(in crate::api) async fn log(call: &Call, place: &Place) -> Result<Answer, ApiError> {
    let options = options(&call.query)?;
    let pod = Pod::find(call, place)?;
    let target = pod.target(call.query.get("container"))?;
    let Some(node) = pod.placed() else {
        // It has said nothing yet.
        return Ok(answer::typed(StatusCode::OK, "text/plain", answer::whole("")));
    };
    let hub = reach(call, &node).await?;
    let port = open(&hub, &node, Open::Logs(target, options)).await?;
    let lines = Lines { port, stopping: call.api.stopping.clone() };
    let frames = stream::unfold(Some(lines), |lines| async {
        let mut lines = lines?;
        match lines.next().await {
            Ok(Some(bytes)) => Some((Ok(Frame::data(bytes)), Some(lines))),
            Ok(None) => None,
            // Cut off: whoever reads it must not take it for the end.
            Err(error) => Some((Err(error), None)),
        }
    });
    let body = StreamBody::new(frames).boxed_unsync();
    Ok(answer::typed(StatusCode::OK, "text/plain", body))
}

struct Lines {
    port: Port,
    stopping: CancellationToken,
}

impl Lines {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let next = tokio::select! {
                next = self.port.receiver.recv() => next,
                () = self.stopping.cancelled() => return Ok(None),
            };
            match next {
                Some(Incoming::Data(_, bytes)) => return Ok(Some(bytes.into())),
                Some(Incoming::End(End::Failed(failure))) => {
                    return Err(io::Error::other(failure.message));
                }
                Some(Incoming::End(_)) | None => return Ok(None),
                Some(_) => {}
            }
        }
    }
}

/// Kubernetes' `PodLogOptions`.
fn options(query: &Query) -> Result<LogOptions, ApiError> {
    let mut errors = Vec::new();
    let mut number = |name: &str, least: i64, why: &str| {
        let text = query.get(name);
        if text.is_empty() {
            return Ok(None);
        }
        let Ok(number) = text.parse::<i64>() else {
            let message = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
            return Err(ApiError::bad_request(message));
        };
        if number < least {
            errors.push(FieldError {
                reason: "FieldValueInvalid",
                field: name.to_owned(),
                message: format!("Invalid value: {number}: must be greater than {why}"),
            });
        }
        Ok(u64::try_from(number).ok())
    };
    let tail = number("tailLines", 0, "or equal to 0")?;
    let limit_bytes = number("limitBytes", 1, "0")?;
    let since_s = number("sinceSeconds", 1, "0")?;
    let since = query.get("sinceTime");
    if !since.is_empty() && since_s.is_some() {
        errors.push(FieldError {
            reason: "FieldValueForbidden",
            field: String::new(),
            message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
                .to_owned(),
        });
    }
    if !errors.is_empty() {
        return Err(ApiError::invalid_as("", "PodLogOptions", "", errors));
    }
    let since_ms = match since {
        "" => None,
        text => Some(Millis::parse_rfc3339(text).ok_or_else(|| {
            ApiError::bad_request(format!("sinceTime: {text:?} is no time (RFC 3339)"))
        })?),
    };
    Ok(LogOptions {
        follow: query.flag("follow").unwrap_or(false),
        previous: query.flag("previous").unwrap_or(false),
        timestamps: query.flag("timestamps").unwrap_or(false),
        tail,
        since_ms: since_ms.map(|at| at.0),
        since_s,
        limit_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_refused() {
        let check = |query: &str, want: Result<LogOptions, &str>| {
            let got = options(&Query::parse(query)).map_err(|e| e.message);
            assert_eq!(got, want.map_err(str::to_owned), "{query}");
        };
        let none = LogOptions::default;
        check("", Ok(none()));
        check(
            "follow=true&previous=1&timestamps=true&tailLines=0&limitBytes=9",
            Ok(LogOptions {
                follow: true,
                previous: true,
                timestamps: true,
                tail: Some(0),
                limit_bytes: Some(9),
                ..none()
            }),
        );
        check("sinceSeconds=60", Ok(LogOptions { since_s: Some(60), ..none() }));
        check(
            "sinceTime=1970-01-01T00%3A00%3A02Z",
            Ok(LogOptions { since_ms: Some(2000), ..none() }),
        );
        check("tailLines=x", Err("strconv.ParseInt: parsing \"x\": invalid syntax"));
        check(
            "tailLines=-1",
            Err(
                "PodLogOptions \"\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0",
            ),
        );
        check(
            "limitBytes=0",
            Err(
                "PodLogOptions \"\" is invalid: limitBytes: Invalid value: 0: must be greater than 0",
            ),
        );
        assert!(options(&Query::parse("sinceTime=yesterday")).is_err());
        let both = options(&Query::parse("sinceSeconds=1&sinceTime=1970-01-01T00%3A00%3A02Z"));
        assert_eq!(both.unwrap_err().code, 422);
    }
}
