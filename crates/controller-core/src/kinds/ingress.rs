//! networking.k8s.io/v1 Ingress, IngressClass and NetworkPolicy: kept for whoever acts on them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::table::{age, name, text_or};
use super::{BARE, Kind, Subresource, text};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::{list_at, text_at};
use crate::admit::selector::format_document;

/// The row of Ingress.
pub(super) const KIND: Kind = Kind {
    id: super::INGRESS,
    group: "networking.k8s.io",
    kind: "Ingress",
    plural: "ingresses",
    singular: "ingress",
    short_names: &["ing"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.networking.v1.Ingress",
    generations: true,
    columns: &[
        text("Name"),
        text("Class"),
        text("Hosts"),
        text("Address"),
        text("Ports"),
        text("Age"),
    ],
    cells: |d, now| {
        let class = match text_at(d, "/spec/ingressClassName") {
            "" => {
                crate::admit::meta(d).annotation("kubernetes.io/ingress.class").unwrap_or("<none>")
            }
            class => class,
        };
        let tls = !list_at(d, "/spec/tls").is_empty();
        alloc::vec![
            name(d),
            class.into(),
            hosts(d).into(),
            addresses(d).into(),
            if tls { "80, 443" } else { "80" }.into(),
            age(d, now),
        ]
    },
    validate: check::ingress::ingress,
    warn: |_, out| {
        out.push("Driftless keeps ingresses, but has no gateway that acts on them yet".into());
    },
    first_status: |_| Some(serde_json::json!({"loadBalancer": {}})),
    ..BARE
};

/// The row of IngressClass.
pub(super) const CLASS_KIND: Kind = Kind {
    id: super::INGRESS_CLASS,
    group: "networking.k8s.io",
    kind: "IngressClass",
    plural: "ingressclasses",
    singular: "ingressclass",
    namespaced: false,
    schema: "io.k8s.api.networking.v1.IngressClass",
    generations: true,
    columns: &[text("Name"), text("Controller"), text("Parameters"), text("Age")],
    cells: |d, now| {
        let of = |field: &str| text_at(d, field);
        let (kind, group) = (of("/spec/parameters/kind"), of("/spec/parameters/apiGroup"));
        let parameters = match (kind, group) {
            ("", _) => "<none>".into(),
            (kind, "") => format!("{kind}/{}", of("/spec/parameters/name")),
            (kind, group) => format!("{kind}.{group}/{}", of("/spec/parameters/name")),
        };
        alloc::vec![name(d), text_or(d, "/spec/controller", ""), parameters.into(), age(d, now),]
    },
    ..BARE
};

/// The row of NetworkPolicy.
pub(super) const POLICY_KIND: Kind = Kind {
    id: super::NETWORK_POLICY,
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    singular: "networkpolicy",
    short_names: &["netpol"],
    schema: "io.k8s.api.networking.v1.NetworkPolicy",
    generations: true,
    columns: &[text("Name"), text("Pod-Selector"), text("Age")],
    cells: |d, now| {
        let selector = format_document(d.pointer("/spec/podSelector"));
        alloc::vec![name(d), selector.into(), age(d, now)]
    },
    default: default::network_policy,
    validate: check::ingress::network_policy,
    warn: |_, out| {
        out.push(
            "Driftless keeps network policies, but does not enforce them: traffic flows as without"
                .into(),
        );
    },
    ..BARE
};

fn hosts(doc: &Value) -> String {
    let all: Vec<&str> = list_at(doc, "/spec/rules")
        .iter()
        .map(|r| text_at(r, "/host"))
        .filter(|host| !host.is_empty())
        .collect();
    match all.len() {
        0 => "*".into(),
        n if n > 3 => format!("{} + {} more...", all[..3].join(","), n - 3),
        _ => all.join(","),
    }
}

fn addresses(doc: &Value) -> String {
    let of = |i: &Value| {
        let all = [text_at(i, "/ip"), text_at(i, "/hostname")];
        String::from(all.into_iter().find(|a| !a.is_empty()).unwrap_or(""))
    };
    let all: Vec<String> = list_at(doc, "/status/loadBalancer/ingress").iter().map(of).collect();
    all.join(",")
}
