//! What a client can read, and the best of it that can be made.

use controller_core::admit::ApiError;

/// How objects are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are.
    Json,
    /// As they are, in YAML.
    Yaml,
    /// As a table for people, of this version of `meta.k8s.io`.
    Table(&'static str),
    /// Their metadata only, of this version of `meta.k8s.io`.
    Metadata(&'static str),
}

/// How discovery is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Discovery {
    /// One document for each group version.
    Plain,
    /// All in one, of this version of `apidiscovery.k8s.io`.
    Aggregated(&'static str),
}

/// One entry of an `Accept` header.
struct Entry<'a> {
    media: &'a str,
    group: &'a str,
    version: &'a str,
    shape: &'a str,
    weight: u32,
}

/// The entries of a header, those that the client likes best first.
fn entries(header: &str) -> Vec<Entry<'_>> {
    let mut all: Vec<Entry<'_>> = header
        .split(',')
        .filter(|e| !e.trim().is_empty())
        .map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let mut out = Entry { media, group: "", version: "", shape: "", weight: 1000 };
            for (name, value) in parts.filter_map(|p| p.split_once('=')) {
                match name.trim() {
                    "g" => out.group = value.trim(),
                    "v" => out.version = value.trim(),
                    "as" => out.shape = value.trim(),
                    "q" => out.weight = weight(value),
                    _ => {}
                }
            }
            out
        })
        .filter(|e| e.weight > 0)
        .collect();
    all.sort_by_key(|e| std::cmp::Reverse(e.weight));
    all
}

/// A weight from 0 to 1 in thousandths.
fn weight(text: &str) -> u32 {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = format!("{part:0<3}");
    let part: u32 = digits.get(..3).and_then(|d| d.parse().ok()).unwrap_or(0);
    whole.parse::<u32>().map_or(1000, |w| w.saturating_mul(1000).saturating_add(part).min(1000))
}

fn is_json(media: &str) -> bool {
    matches!(media, "application/json" | "application/*" | "*/*")
}

/// How to answer with objects. No header: JSON.
///
/// # Errors
/// 406 if the client can read nothing that is made here.
pub(super) fn form(header: Option<&str>) -> Result<Form, ApiError> {
    let Some(header) = header.filter(|h| !h.trim().is_empty()) else { return Ok(Form::Json) };
    let made = |e: &Entry<'_>| {
        let version = match e.version {
            "v1beta1" => "v1beta1",
            "v1" | "" => "v1",
            _ => return None,
        };
        match (e.media, e.shape, e.group) {
            (media, "", _) if is_json(media) => Some(Form::Json),
            ("application/yaml", "", _) => Some(Form::Yaml),
            (media, "Table", "meta.k8s.io") if is_json(media) => Some(Form::Table(version)),
            (media, "PartialObjectMetadata" | "PartialObjectMetadataList", "meta.k8s.io")
                if is_json(media) =>
            {
                Some(Form::Metadata(version))
            }
            _ => None,
        }
    };
    entries(header).iter().find_map(made).ok_or_else(ApiError::not_acceptable)
}

/// How to answer discovery.
///
/// # Errors
/// 406 if the client can read nothing that is made here.
pub(super) fn discovery(header: Option<&str>) -> Result<Discovery, ApiError> {
    let Some(header) = header.filter(|h| !h.trim().is_empty()) else { return Ok(Discovery::Plain) };
    let made = |e: &Entry<'_>| match (e.shape, e.group, e.version) {
        _ if !is_json(e.media) => None,
        ("", ..) => Some(Discovery::Plain),
        ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2") => Some(Discovery::Aggregated("v2")),
        ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2beta1") => {
            Some(Discovery::Aggregated("v2beta1"))
        }
        _ => None,
    };
    entries(header).iter().find_map(made).ok_or_else(ApiError::not_acceptable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_can_be_made_is_taken() {
        for (header, want) in [
            ("", Some(Form::Json)),
            ("*/*", Some(Form::Json)),
            (
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
                Some(Form::Table("v1")),
            ),
            (
                "application/json;as=Table;v=v2;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
                Some(Form::Table("v1beta1")),
            ),
            ("application/vnd.kubernetes.protobuf,application/json", Some(Form::Json)),
            (
                "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io, */*",
                Some(Form::Json),
            ),
            (
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
                Some(Form::Metadata("v1")),
            ),
            ("application/yaml", Some(Form::Yaml)),
            ("application/json;q=0.5, application/yaml;q=0.9", Some(Form::Yaml)),
            ("application/json;q=0, text/html", None),
            ("text/html", None),
            ("application/json;as=Chair;g=meta.k8s.io;v=v1", None),
        ] {
            assert_eq!(form(Some(header)).ok(), want, "{header}");
        }
        assert_eq!(form(None), Ok(Form::Json));
    }

    #[test]
    fn discovery_is_aggregated_for_those_who_can_read_it() {
        let new = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
        assert_eq!(discovery(Some(new)), Ok(Discovery::Aggregated("v2")));
        assert_eq!(discovery(Some("application/json, */*")), Ok(Discovery::Plain));
        assert!(discovery(Some("text/html")).is_err());
    }
}
