//! What a request says after the `?`.

use controller_core::admit::{ApiError, Selector, managed};
use controller_core::kinds::Kind;
use model::Revision;

/// A query, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

/// What a list or a watch asks for.
#[derive(Debug)]
pub(super) struct ListOptions {
    /// What is selected.
    pub(super) selector: Selector,
    /// At most so many; none: all.
    pub(super) limit: Option<usize>,
    /// Where to go on.
    pub(super) go_on: Option<String>,
    /// The revision that is asked for; none: the newest; zero: any.
    pub(super) revision: Option<Revision>,
    /// Whether it must be exactly that one.
    pub(super) exactly: bool,
    /// Whether to watch.
    pub(super) watch: bool,
    /// When a watch ends.
    pub(super) timeout_seconds: Option<u64>,
    /// Whether a watch may be told bookmarks.
    pub(super) bookmarks: bool,
    /// Whether a watch begins with what is there (`WatchList`).
    pub(super) initial: Option<bool>,
}

/// What to do with fields that a kind does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldValidation {
    /// Refuse.
    Strict,
    /// Drop them, and say so.
    Warn,
    /// Drop them.
    Ignore,
}

/// What a write asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WriteOptions {
    /// Only say what would be.
    pub(super) dry_run: bool,
    /// What to do with unknown fields.
    pub(super) fields: FieldValidation,
    /// Who writes.
    pub(super) manager: String,
    /// Server-side apply: take over.
    pub(super) force: Option<bool>,
}

/// Decodes percent signs, and `+` in a query. None if the result is not UTF-8.
pub(super) fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        let digit = |i: usize| bytes.get(i).and_then(|&d| char::from(d).to_digit(16));
        match (b, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
                continue;
            }
            (b'+', ..) if plus_is_space => out.push(b' '),
            _ => out.push(b),
        }
        at += 1;
    }
    String::from_utf8(out).ok()
}

impl Query {
    /// Reads a query; what is not UTF-8 is left out.
    pub(super) fn parse(text: &str) -> Self {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Some((decode(name, true)?, decode(value, true)?))
        };
        Self(text.split('&').filter(|p| !p.is_empty()).filter_map(pair).collect())
    }

    /// The first value of that name; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// A flag, as Go's decoder of Kubernetes' options reads it: anything but `false` and `0` is true.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.has(name).then(|| !matches!(self.get(name), "false" | "0"))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let text = self.get(name);
        if text.is_empty() {
            return Ok(None);
        }
        let number: i64 = text.parse().map_err(|_| {
            ApiError::bad_request(format!("{name}: Invalid value: {text:?}: is to be a number"))
        })?;
        // Kubernetes takes a number below zero for none.
        Ok(u64::try_from(number).ok())
    }

    /// The revision of `resourceVersion`.
    pub(super) fn revision(&self) -> Result<Option<Revision>, ApiError> {
        let text = self.get("resourceVersion");
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(|n| Some(Revision(n))).map_err(|_| {
            ApiError::bad_request(format!(
                "resourceVersion: Invalid value: {text:?}: is to be one that this server gave"
            ))
        })
    }

    /// Reads the options of a list or watch.
    pub(super) fn list_options(&self, kind: &Kind) -> Result<ListOptions, ApiError> {
        let revision = self.revision()?;
        let go_on = Some(self.get("continue").to_owned()).filter(|t| !t.is_empty());
        let watch = self.flag("watch").unwrap_or(false);
        let initial = self.flag("sendInitialEvents");
        let matching = self.get("resourceVersionMatch");
        let refuse = |field: &str, why: &str| {
            let message = format!("ListOptions.meta.k8s.io \"\" is invalid: {field}: {why}");
            Err(ApiError::invalid_options(message))
        };
        match (matching, watch, initial) {
            ("" | "NotOlderThan" | "Exact", ..) => {}
            (other, ..) => {
                return refuse(
                    "resourceVersionMatch",
                    &format!(
                        "Unsupported value: {other:?}: supported values: \"Exact\", \"NotOlderThan\""
                    ),
                );
            }
        }
        match (watch, initial, matching) {
            (false, Some(_), _) => {
                return refuse(
                    "sendInitialEvents",
                    "Forbidden: sendInitialEvents is forbidden for list",
                );
            }
            (true, Some(_), "NotOlderThan") | (true, None, "") | (false, None, "") => {}
            (true, Some(_), _) => {
                return refuse(
                    "resourceVersionMatch",
                    "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                );
            }
            (true, None, _) => {
                return refuse(
                    "resourceVersionMatch",
                    "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                );
            }
            (false, None, _) if revision.is_none() => {
                return refuse(
                    "resourceVersionMatch",
                    "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
                );
            }
            (false, None, _) => {}
        }
        if go_on.is_some() && revision.is_some_and(|r| r.0 > 0) {
            let message = "specifying resource version is not allowed when using continue";
            return Err(ApiError::bad_request(message));
        }
        let limit = self.number("limit")?.filter(|l| *l > 0);
        Ok(ListOptions {
            selector: Selector::parse(kind, self.get("labelSelector"), self.get("fieldSelector"))?,
            limit: limit.map(|l| usize::try_from(l).unwrap_or(usize::MAX)),
            go_on,
            revision,
            exactly: matching == "Exact",
            watch,
            timeout_seconds: self.number("timeoutSeconds")?.filter(|t| *t > 0),
            bookmarks: self.flag("allowWatchBookmarks").unwrap_or(false),
            initial,
        })
    }

    /// Reads the options of a write; `what` names them in refusals, e.g. `CreateOptions`.
    pub(super) fn write_options(&self, what: &str) -> Result<WriteOptions, ApiError> {
        let unsupported = |field: &str, value: &str, supported: &str| {
            ApiError::invalid_options(format!(
                "{what}.meta.k8s.io \"\" is invalid: {field}: Unsupported value: {value:?}: supported values: {supported}"
            ))
        };
        let dry_run = match self.get("dryRun") {
            "" => false,
            "All" => true,
            other => return Err(unsupported("dryRun", other, "\"All\"")),
        };
        let fields = match self.get("fieldValidation") {
            "Strict" => FieldValidation::Strict,
            "" | "Warn" => FieldValidation::Warn,
            "Ignore" => FieldValidation::Ignore,
            other => {
                let supported = "\"Ignore\", \"Strict\", \"Warn\"";
                return Err(unsupported("fieldValidation", other, supported));
            }
        };
        let manager = self.get("fieldManager").to_owned();
        let wrong = managed::check_name(&manager);
        if !wrong.is_empty() {
            let wrong: Vec<_> = wrong.iter().map(|why| format!("fieldManager: {why}")).collect();
            let list = match wrong.as_slice() {
                [one] => one.clone(),
                many => format!("[{}]", many.join(", ")),
            };
            let message = format!("{what}.meta.k8s.io \"\" is invalid: {list}");
            return Err(ApiError::invalid_options(message));
        }
        Ok(WriteOptions { dry_run, fields, manager, force: self.flag("force") })
    }

    /// Every name and value.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use controller_core::kinds;

    use super::*;

    #[test]
    fn text_is_decoded() {
        for (text, want) in [
            ("a%3Db%2Cc+d", Some("a=b,c d")),
            ("100%", Some("100%")),
            ("%4", Some("%4")),
            ("%ff", None),
            ("", Some("")),
        ] {
            assert_eq!(decode(text, true).as_deref(), want, "{text}");
        }
        assert_eq!(decode("a+b", false).as_deref(), Some("a+b"));
    }

    #[test]
    fn list_options_are_read_or_refused() {
        let check = |query: &str, want: Result<(), u16>| {
            let got = Query::parse(query).list_options(kinds::get(kinds::CONFIG_MAP));
            assert_eq!(got.map(|_| ()).map_err(|e| e.code), want, "{query}");
        };
        check("", Ok(()));
        check("limit=500&resourceVersion=0", Ok(()));
        check("limit=x", Err(400));
        check("resourceVersion=abc", Err(400));
        check("resourceVersion=7&resourceVersionMatch=Exact", Ok(()));
        check("resourceVersionMatch=Exact", Err(422));
        check("resourceVersion=7&resourceVersionMatch=Newest", Err(422));
        check("sendInitialEvents=true", Err(422));
        check("watch=true&sendInitialEvents=true", Err(422));
        check("watch=true&resourceVersionMatch=NotOlderThan", Err(422));
        check("watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", Ok(()));
        check("continue=abc&resourceVersion=7", Err(400));
        check("fieldSelector=data.a%3Db", Err(400));
        check("labelSelector=a%3D%3D%3D", Err(400));
    }

    #[test]
    fn write_options_are_read_or_refused() {
        let check = |query: &str, want: Result<(bool, FieldValidation), u16>| {
            let got = Query::parse(query).write_options("CreateOptions");
            assert_eq!(got.map(|o| (o.dry_run, o.fields)).map_err(|e| e.code), want, "{query}");
        };
        check("", Ok((false, FieldValidation::Warn)));
        check("dryRun=All&fieldValidation=Strict", Ok((true, FieldValidation::Strict)));
        check("dryRun=Some", Err(422));
        check("fieldValidation=Maybe", Err(422));
    }
}
