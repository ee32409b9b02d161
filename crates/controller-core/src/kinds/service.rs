//! v1 Service.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::table::{age, labels_text, name, text_or};
use super::{BARE, Kind, NameRule, Subresource, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::{list_at, number_at, text_at};
use crate::admit::service;

/// The row.
pub(super) const KIND: Kind = Kind {
    id: super::SERVICE,
    kind: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    names: NameRule::Dns1035,
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.Service",
    fields: &[
        ("spec.clusterIP", |d| text_at(d, "/spec/clusterIP").into()),
        ("spec.type", |d| text_at(d, "/spec/type").into()),
    ],
    columns: &[
        text("Name"),
        text("Type"),
        text("Cluster-IP"),
        text("External-IP"),
        text("Port(s)"),
        text("Age"),
        wide("Selector"),
    ],
    cells: |d, now| {
        alloc::vec![
            name(d),
            text_or(d, "/spec/type", ""),
            text_or(d, "/spec/clusterIP", "<none>"),
            external(d).into(),
            ports(d).into(),
            age(d, now),
            labels_text(d.pointer("/spec/selector")),
        ]
    },
    carry: service::carry,
    default: default::service,
    validate: check::service::service,
    warn: |d, out| {
        if text_at(d, "/spec/type") != "ExternalName" {
            out.push("Driftless does not balance traffic to services yet: endpoints are kept, the address answers nothing".into());
        }
    },
    first_status: |_| Some(serde_json::json!({"loadBalancer": {}})),
    ..BARE
};

fn external(doc: &Value) -> String {
    let mut all: Vec<&str> =
        list_at(doc, "/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    match text_at(doc, "/spec/type") {
        "ExternalName" => return text_at(doc, "/spec/externalName").into(),
        "LoadBalancer" => {
            for ingress in list_at(doc, "/status/loadBalancer/ingress") {
                let address = [text_at(ingress, "/ip"), text_at(ingress, "/hostname")];
                all.extend(address.into_iter().find(|a| !a.is_empty()));
            }
            if all.is_empty() {
                return "<pending>".into();
            }
        }
        _ => {}
    }
    if all.is_empty() { "<none>".into() } else { all.join(",") }
}

fn ports(doc: &Value) -> String {
    let one = |port: &Value| {
        let number = number_at(port, "/port").unwrap_or(0);
        let node = number_at(port, "/nodePort").filter(|&n| n > 0);
        let node = node.map_or_else(String::new, |n| format!(":{n}"));
        format!("{number}{node}/{}", text_at(port, "/protocol"))
    };
    let all: Vec<String> = list_at(doc, "/spec/ports").iter().map(one).collect();
    if all.is_empty() { "<none>".into() } else { all.join(",") }
}
