//! Which groups, versions and resources there are, told from the table of kinds.

use std::cmp::Reverse;

use controller_core::custom;
use controller_core::kinds::{Kind, Subresource};
use serde_json::{Value, json};

use super::review::{self, Review};

/// What can be done with objects that are kept.
const VERBS: [&str; 8] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// What can be done with objects that are only observed.
const VERBS_VIRTUAL: [&str; 2] = ["get", "list"];

/// What can be done with objects of a custom resource that is on its way out.
const VERBS_TERMINATING: [&str; 5] = ["delete", "deletecollection", "get", "list", "watch"];

/// The groups in the order of the table, each with its versions, the preferred one first.
fn groups(all: &[Kind<'_>]) -> Vec<(String, Vec<String>)> {
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    let kinds = all.iter().map(|k| (k.group, k.version));
    for (group, version) in kinds.chain(review::all().iter().map(|r| (r.group, r.version))) {
        match out.iter_mut().find(|(g, _)| *g == group) {
            Some((_, versions)) if versions.iter().any(|v| v == version) => {}
            Some((_, versions)) => versions.push(version.to_owned()),
            None => out.push((group.to_owned(), vec![version.to_owned()])),
        }
    }
    // The rows of the table stand in the order that is preferred; custom resources of one group know nothing of each other.
    let of_custom = |group: &str| all.iter().any(|k| k.group == group && k.custom.is_some());
    for (_, versions) in out.iter_mut().filter(|(group, _)| of_custom(group)) {
        versions.sort_by_key(|version| Reverse(custom::priority(version)));
    }
    out
}

fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// `/api`. `server` is the address that the client came to.
pub(super) fn core_versions(server: &str) -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": server}],
    })
}

fn group_entry(group: &str, versions: &[String]) -> Value {
    let entry = |v: &str| json!({"groupVersion": group_version(group, v), "version": v});
    json!({
        "name": group,
        "versions": versions.iter().map(|v| entry(v)).collect::<Value>(),
        "preferredVersion": versions.first().map(|v| entry(v)),
    })
}

/// `/apis`
pub(super) fn group_list(all: &[Kind<'_>]) -> Value {
    let all = groups(all);
    let named = all.iter().filter(|(g, _)| !g.is_empty());
    json!({
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": named.map(|(g, v)| group_entry(g, v)).collect::<Value>(),
    })
}

/// `/apis/<group>`
pub(super) fn group(all: &[Kind<'_>], name: &str) -> Value {
    let all = groups(all);
    let versions = all.iter().find(|(g, _)| *g == name).map_or(&[][..], |(_, v)| v.as_slice());
    let mut entry = group_entry(name, versions);
    entry["kind"] = "APIGroup".into();
    entry["apiVersion"] = "v1".into();
    entry
}

/// A subresource: what its body is, and what can be done with it.
fn part_of<'k>(kind: &Kind<'k>, part: Subresource) -> (&'k str, &'k str, &'k str, Value) {
    let change = json!(["get", "patch", "update"]);
    match part {
        Subresource::Status | Subresource::EphemeralContainers => {
            (kind.group, kind.version, kind.kind, change)
        }
        Subresource::Scale => ("autoscaling", "v1", "Scale", change),
        // Whether `drain` evicts or deletes hangs on this group and version.
        Subresource::Eviction => ("policy", "v1", "Eviction", json!(["create"])),
        Subresource::Binding => ("", "v1", "Binding", json!(["create"])),
        Subresource::Log => ("", "v1", "Pod", json!(["get"])),
        Subresource::Exec => ("", "v1", "PodExecOptions", json!(["create", "get"])),
        Subresource::Attach => ("", "v1", "PodAttachOptions", json!(["create", "get"])),
        Subresource::PortForward => ("", "v1", "PodPortForwardOptions", json!(["create", "get"])),
        Subresource::Token => ("authentication.k8s.io", "v1", "TokenRequest", json!(["create"])),
    }
}

fn verbs(kind: &Kind) -> Value {
    match kind.custom {
        _ if kind.is_virtual => json!(VERBS_VIRTUAL),
        Some(custom) if custom.resource.terminating => json!(VERBS_TERMINATING),
        _ => json!(VERBS),
    }
}

fn kinds_of<'a, 'k>(
    all: &'a [Kind<'k>],
    group: &'a str,
    version: &'a str,
) -> impl Iterator<Item = &'a Kind<'k>> {
    all.iter().filter(move |k| k.group == group && k.version == version)
}

/// What a kind is called for short, and the categories that it belongs to.
fn nicknames(kind: &Kind) -> (Value, Value) {
    match kind.custom {
        Some(custom) => (json!(custom.resource.short_names), json!(custom.resource.categories)),
        None => (json!(kind.short_names), json!(kind.categories)),
    }
}

fn nickname(kind: &Kind, entry: &mut Value) {
    let (short_names, categories) = nicknames(kind);
    for (field, list) in [("shortNames", short_names), ("categories", categories)] {
        if list != json!([]) {
            entry[field] = list;
        }
    }
}

fn reviews_of(group: &str, version: &str) -> impl Iterator<Item = &'static Review> {
    review::all().iter().filter(move |r| r.group == group && r.version == version)
}

/// `/api/v1`, `/apis/<group>/<version>`
pub(super) fn resource_list(all: &[Kind<'_>], of: &str) -> Value {
    let (group, version) = of.split_once('/').unwrap_or(("", of));
    let mut resources = Vec::new();
    for kind in kinds_of(all, group, version) {
        let mut entry = json!({
            "name": kind.plural,
            "singularName": kind.singular,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": verbs(kind),
        });
        nickname(kind, &mut entry);
        resources.push(entry);
        for part in kind.subresources {
            let (part_group, part_version, part_kind, verbs) = part_of(kind, *part);
            let mut entry = json!({
                "name": format!("{}/{}", kind.plural, part.as_str()),
                "singularName": "",
                "namespaced": kind.namespaced,
                "kind": part_kind,
                "verbs": verbs,
            });
            if (part_group, part_version) != (kind.group, kind.version) {
                entry["group"] = part_group.into();
                entry["version"] = part_version.into();
            }
            resources.push(entry);
        }
    }
    for review in reviews_of(group, version) {
        resources.push(json!({
            "name": review.plural,
            "singularName": review.singular,
            "namespaced": review.namespaced,
            "kind": review.kind,
            "verbs": ["create"],
        }));
    }
    json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": of,
        "resources": resources,
    })
}

/// `/api` (`core`) or `/apis` in one document, of this version of `apidiscovery.k8s.io`.
pub(super) fn aggregated(all: &[Kind<'_>], version: &str, core: bool) -> Value {
    let items: Value = groups(all)
        .into_iter()
        .filter(|(group, _)| group.is_empty() == core)
        .map(|(group, versions)| {
            let versions = versions.iter().map(|v| version_entry(all, &group, v));
            json!({
                "metadata": {"name": group, "creationTimestamp": null},
                "versions": versions.collect::<Value>(),
            })
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": items,
    })
}

fn version_entry(all: &[Kind<'_>], group: &str, version: &str) -> Value {
    let gvk = |g: &str, v: &str, k: &str| json!({"group": g, "version": v, "kind": k});
    let mut resources = Vec::new();
    for kind in kinds_of(all, group, version) {
        let mut entry = json!({
            "resource": kind.plural,
            "responseKind": gvk(kind.group, kind.version, kind.kind),
            "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": kind.singular,
            "verbs": verbs(kind),
        });
        nickname(kind, &mut entry);
        if !kind.subresources.is_empty() {
            let parts = kind.subresources.iter().map(|part| {
                let (g, v, k, verbs) = part_of(kind, *part);
                json!({"subresource": part.as_str(), "responseKind": gvk(g, v, k), "verbs": verbs})
            });
            entry["subresources"] = parts.collect();
        }
        resources.push(entry);
    }
    for review in reviews_of(group, version) {
        resources.push(json!({
            "resource": review.plural,
            "responseKind": gvk(review.group, review.version, review.kind),
            "scope": if review.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": review.singular,
            "verbs": ["create"],
        }));
    }
    json!({"version": version, "resources": resources, "freshness": "Current"})
}

/// `/`: the paths that there are.
pub(super) fn paths(all: &[Kind<'_>]) -> Value {
    let mut paths: Vec<String> = ["/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2"]
        .into_iter()
        .chain(["/openapi/v3", "/readyz", "/version"])
        .map(str::to_owned)
        .collect();
    for (group, versions) in groups(all) {
        let root = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
        paths.extend(versions.iter().map(|v| format!("{root}/{v}")));
        paths.push(root);
    }
    paths.sort();
    paths.dedup();
    json!({"paths": paths})
}

/// `/version`. Clients compare the numbers with their own; the name says who answers.
pub(super) fn version() -> Value {
    json!({
        "major": "1",
        "minor": "33",
        "gitVersion": concat!("v1.33.0+driftless-", env!("CARGO_PKG_VERSION")),
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, go_architecture()),
    })
}

fn go_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use controller_core::kinds;

    use super::*;

    #[test]
    fn both_forms_of_discovery_tell_the_same() {
        let all: Vec<Kind<'_>> = kinds::served().copied().collect();
        let mut plain = Vec::new();
        let mut aggregated_all = Vec::new();
        for (group, versions) in groups(&all) {
            for version in versions {
                let list = resource_list(&all, &group_version(&group, &version));
                for resource in list["resources"].as_array().expect("a list") {
                    plain.push(format!(
                        "{group}/{version}/{}",
                        resource["name"].as_str().expect("named")
                    ));
                }
            }
        }
        for core in [true, false] {
            for group in aggregated(&all, "v2", core)["items"].as_array().expect("a list") {
                let name = group["metadata"]["name"].as_str().expect("named");
                for version in group["versions"].as_array().expect("a list") {
                    let at = format!("{name}/{}", version["version"].as_str().expect("text"));
                    for resource in version["resources"].as_array().expect("a list") {
                        let plural = resource["resource"].as_str().expect("text");
                        aggregated_all.push(format!("{at}/{plural}"));
                        for part in resource["subresources"].as_array().into_iter().flatten() {
                            let part = part["subresource"].as_str().expect("text");
                            aggregated_all.push(format!("{at}/{plural}/{part}"));
                        }
                    }
                }
            }
        }
        plain.sort();
        aggregated_all.sort();
        assert_eq!(plain, aggregated_all);
        assert!(plain.contains(&"/v1/pods/eviction".to_owned()));
        assert!(plain.contains(&"apps/v1/deployments/scale".to_owned()));
    }

    #[test]
    fn drain_finds_evictions_by_group_and_version() {
        let list = resource_list(kinds::all(), "v1");
        let all = list["resources"].as_array().expect("a list");
        let eviction = all.iter().find(|r| r["name"] == "pods/eviction").expect("it is there");
        assert_eq!((&eviction["group"], &eviction["version"]), (&json!("policy"), &json!("v1")));
    }
}
