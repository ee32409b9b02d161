//! What a path asks for. Paths come from the table of kinds; nothing is registered.

use controller_core::custom::Customs;
use controller_core::kinds::{self, Kind, Served, Subresource};

use super::review::{self, Review};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/`: which paths there are.
    Root,
    /// `/healthz`, `/livez`, `/readyz`.
    Health,
    /// `/version`
    Version,
    /// `/metrics`
    Metrics,
    /// `/openapi/v2`
    OpenApiV2,
    /// `/openapi/v3`
    OpenApiV3Index,
    /// `/openapi/v3/...`, by group version.
    OpenApiV3(String),
    /// `/api`
    CoreVersions,
    /// `/apis`
    Groups,
    /// `/apis/<group>`
    Group(String),
    /// `/api/v1`, `/apis/<group>/<version>`, by group version.
    Resources(String),
    /// A question about the one who asks.
    Review(&'static Review, Option<String>),
    /// Objects of a kind: all, or those of a namespace.
    Collection(Served, Option<String>),
    /// One object, or a part of it.
    Object(Place),
    /// Kubernetes has it; it is not here yet.
    NotYet(String),
    /// A path under a group that is served, with nothing there.
    NoResource,
    /// Any other path.
    NoPage,
}

/// One object, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its kind.
    pub(super) kind: Served,
    /// Its namespace; empty for kinds that live in none.
    pub(super) namespace: String,
    /// Its name.
    pub(super) name: String,
    /// The part.
    pub(super) part: Option<Subresource>,
}

/// Subresources of pods that clients ask for and that are not served yet.
const NOT_YET: [&str; 1] = ["proxy"];

/// Reads a path.
pub(super) fn route(path: &str, customs: &Customs) -> Route {
    let Some(parts) = split(path) else { return Route::NoPage };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [] => Route::Root,
        ["healthz" | "livez" | "readyz", ..] => Route::Health,
        ["version"] => Route::Version,
        ["metrics"] => Route::Metrics,
        ["openapi", "v2"] => Route::OpenApiV2,
        ["openapi", "v3"] => Route::OpenApiV3Index,
        ["openapi", "v3", "api", version] => Route::OpenApiV3((*version).to_owned()),
        ["openapi", "v3", "apis", group, version] => Route::OpenApiV3(format!("{group}/{version}")),
        ["api"] => Route::CoreVersions,
        ["apis"] => Route::Groups,
        ["apis", group] if has_group(group, customs) => Route::Group((*group).to_owned()),
        ["api", version, rest @ ..] => resource("", version, rest, customs),
        ["apis", group, version, rest @ ..] => resource(group, version, rest, customs),
        _ => Route::NoPage,
    }
}

/// Splits a path, decoding each part. None if a part is not UTF-8.
pub(super) fn split(path: &str) -> Option<Vec<String>> {
    path.split('/').filter(|p| !p.is_empty()).map(|p| super::query::decode(p, false)).collect()
}

fn has_group(group: &str, customs: &Customs) -> bool {
    kinds::served().any(|k| k.group == group)
        || review::all().iter().any(|r| r.group == group)
        || customs.served().any(|k| k.kind().group == group)
}

fn has_version(group: &str, version: &str, customs: &Customs) -> bool {
    let is = |k: Kind<'_>| k.group == group && k.version == version;
    kinds::served().any(|k| is(*k))
        || review::all().iter().any(|r| r.group == group && r.version == version)
        || customs.served().any(|k| is(k.kind()))
}

/// The path after the group version.
fn resource(group: &str, version: &str, rest: &[&str], customs: &Customs) -> Route {
    if !has_version(group, version, customs) {
        return Route::NoPage;
    }
    let find = |plural: &str| {
        let row = kinds::by_resource(group, version, plural).map(Served::from);
        row.or_else(|| customs.by_resource(group, version, plural))
    };
    let namespace_kind = || Served::from(kinds::NAMESPACE);
    match *rest {
        [] if group.is_empty() => Route::Resources(version.to_owned()),
        [] => Route::Resources(format!("{group}/{version}")),
        ["namespaces", name] if group.is_empty() => object(namespace_kind(), "", name, None),
        ["namespaces", name, part @ ("status" | "finalize")] if group.is_empty() => {
            object(namespace_kind(), "", name, Some(part))
        }
        ["namespaces", namespace, plural] => {
            let kind = find(plural).filter(|k| k.kind().namespaced);
            match (kind, review::find(group, version, plural, true)) {
                (Some(kind), _) => Route::Collection(kind, Some(namespace.to_owned())),
                (None, Some(review)) => Route::Review(review, Some(namespace.to_owned())),
                (None, None) => Route::NoResource,
            }
        }
        ["namespaces", namespace, plural, name] => {
            in_namespace(find(plural), namespace, name, None)
        }
        ["namespaces", namespace, plural, name, part] => {
            in_namespace(find(plural), namespace, name, Some(part))
        }
        [plural] => match (find(plural), review::find(group, version, plural, false)) {
            (Some(kind), _) => Route::Collection(kind, None),
            (None, Some(review)) => Route::Review(review, None),
            (None, None) => Route::NoResource,
        },
        [plural, name] => of_cluster(find(plural), name, None),
        [plural, name, part] => of_cluster(find(plural), name, Some(part)),
        _ => Route::NoResource,
    }
}

fn in_namespace(kind: Option<Served>, namespace: &str, name: &str, part: Option<&str>) -> Route {
    match kind.filter(|k| k.kind().namespaced) {
        Some(kind) => object(kind, namespace, name, part),
        None => Route::NoResource,
    }
}

fn of_cluster(kind: Option<Served>, name: &str, part: Option<&str>) -> Route {
    match kind.filter(|k| !k.kind().namespaced) {
        Some(kind) => object(kind, "", name, part),
        None => Route::NoResource,
    }
}

fn object(kind: Served, namespace: &str, name: &str, part: Option<&str>) -> Route {
    let parsed = part.and_then(Subresource::parse).filter(|p| kind.kind().has(*p));
    match part {
        Some(part) if parsed.is_none() => {
            if kind == kinds::POD && NOT_YET.contains(&part) {
                return Route::NotYet(format!("{}/{part}", kind.kind().plural));
            }
            Route::NoResource
        }
        _ => Route::Object(Place {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            part: parsed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use controller_core::kinds::KindId;

    use super::*;

    fn route(path: &str) -> Route {
        super::route(path, &Customs::default())
    }

    fn place(
        kind: impl Into<Served>,
        namespace: &str,
        name: &str,
        part: Option<Subresource>,
    ) -> Route {
        Route::Object(Place {
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
            part,
        })
    }

    #[test]
    fn paths_are_read() {
        let in_default = |kind: KindId| Route::Collection(kind.into(), Some("default".to_owned()));
        for (path, want) in [
            ("/", Route::Root),
            ("/readyz/ping", Route::Health),
            ("/openapi/v3/apis/apps/v1", Route::OpenApiV3("apps/v1".into())),
            ("/api", Route::CoreVersions),
            ("/api/v1", Route::Resources("v1".into())),
            ("/apis/apps", Route::Group("apps".into())),
            ("/apis/apps/v1", Route::Resources("apps/v1".into())),
            ("/apis/nope.io/v1", Route::NoPage),
            ("/apis/apps/v7/deployments", Route::NoPage),
            ("/api/v1/pods", Route::Collection(kinds::POD.into(), None)),
            ("/api/v1/namespaces/default/pods", in_default(kinds::POD)),
            ("/apis/apps/v1/namespaces/default/deployments/", in_default(kinds::DEPLOYMENT)),
            ("/api/v1/namespaces/default/foos", Route::NoResource),
            ("/api/v1/namespaces/default/nodes", Route::NoResource),
            ("/api/v1/pods/p", Route::NoResource),
            ("/api/v1/namespaces", Route::Collection(kinds::NAMESPACE.into(), None)),
            ("/api/v1/namespaces/default", place(kinds::NAMESPACE, "", "default", None)),
            (
                "/api/v1/namespaces/d/status",
                place(kinds::NAMESPACE, "", "d", Some(Subresource::Status)),
            ),
            ("/api/v1/nodes/n%2D1", place(kinds::NODE, "", "n-1", None)),
            (
                "/api/v1/namespaces/d/pods/p/eviction",
                place(kinds::POD, "d", "p", Some(Subresource::Eviction)),
            ),
            (
                "/api/v1/namespaces/d/pods/p/log",
                place(kinds::POD, "d", "p", Some(Subresource::Log)),
            ),
            ("/api/v1/namespaces/d/pods/p/proxy", Route::NotYet("pods/proxy".into())),
            ("/api/v1/namespaces/d/pods/p/what", Route::NoResource),
            ("/api/v1/namespaces/d/configmaps/c/status", Route::NoResource),
            ("/nothing", Route::NoPage),
            ("/api/v1/nodes/%ff", Route::NoPage),
        ] {
            assert_eq!(route(path), want, "{path}");
        }
    }

    #[test]
    fn every_kind_is_reached() {
        for kind in kinds::served() {
            let root = if kind.group.is_empty() {
                "/api/v1".into()
            } else {
                format!("/apis/{}", kind.api_version())
            };
            let (namespace, middle) =
                if kind.namespaced { ("x", "/namespaces/x") } else { ("", "") };
            let path = format!("{root}{middle}/{}/n", kind.plural);
            assert_eq!(route(&path), place(kind, namespace, "n", None), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_query_or_header_panics(text in "\\PC{0,80}", tail in "[/%a-z0-9.=&;,+]{0,40}") {
            let all = format!("/apis/{tail}{text}");
            route(&all);
            let query = crate::api::query::Query::parse(&all);
            let _ = query.list_options(kinds::get(kinds::POD));
            let _ = crate::api::accept::form(Some(&all));
            let _ = crate::api::accept::discovery(Some(&tail));
        }
    }
}
