//! One request, as everything after the door sees it.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use controller_core::admit::{ApiError, managed};
use controller_core::kinds::Served;
use http::HeaderMap;
use http::header::{ACCEPT, AsHeaderName, CONTENT_TYPE, USER_AGENT};
use hyper::upgrade::OnUpgrade;
use model::Millis;

use super::Api;
use super::accept::{self, Form};
use super::access::Caller;
use super::present::{Include, Teller};
use super::query::{Query, WriteOptions};

/// One request. Its body has been read.
pub(super) struct Call {
    /// What it is asked of.
    pub(super) api: Arc<Api>,
    /// Who asks, and what it may do.
    pub(super) caller: Caller,
    /// What stands after the `?`.
    pub(super) query: Query,
    /// Its headers.
    pub(super) headers: HeaderMap,
    /// Its body.
    pub(super) body: Bytes,
    /// Its connection, if it asks to turn that into something else.
    pub(super) upgrade: Mutex<Option<OnUpgrade>>,
}

impl Call {
    /// A header's text; empty if there is none, or none that is text.
    pub(super) fn header(&self, name: impl AsHeaderName) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The type of its body; empty if it does not say.
    pub(super) fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE)
    }

    /// Options with the name of whoever writes: clients that do not say are known by their program's name.
    pub(super) fn managed(&self, mut options: WriteOptions) -> WriteOptions {
        if options.manager.is_empty() {
            options.manager = managed::from_user_agent(self.header(USER_AGENT));
        }
        options
    }

    /// How to tell objects of a kind.
    pub(super) fn teller(&self, kind: &Served) -> Result<Teller, ApiError> {
        let form = accept::form(Some(self.header(ACCEPT)))?;
        let include = match form {
            Form::Table(_) => Include::parse(self.query.get("includeObject"))?,
            _ => Include::default(),
        };
        Ok(Teller { kind: kind.clone(), form, include, now: now() })
    }
}

/// The time, by this machine's clock.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
