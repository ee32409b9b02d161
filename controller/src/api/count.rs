//! How many requests have been answered, by method and code: the API's part of `/metrics`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use http::{Method, StatusCode};

/// Bounded by the methods that HTTP knows (others count as one) and the codes that the API answers.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<BTreeMap<(&'static str, u16), u64>>);

impl Counts {
    pub(super) fn add(&self, method: &Method, code: StatusCode) {
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
        let method = known.into_iter().find(|m| *m == method.as_str()).unwrap_or("OTHER");
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((method, code.as_u16())).or_default() += 1;
    }

    pub(super) fn text(&self) -> String {
        let mut out = "# HELP driftless_api_requests_total Requests that were answered. A watch counts when it begins.\n\
                       # TYPE driftless_api_requests_total counter\n"
            .to_owned();
        for ((method, code), count) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "driftless_api_requests_total{{method=\"{method}\",code=\"{code}\"}} {count}"
            );
        }
        out
    }
}
