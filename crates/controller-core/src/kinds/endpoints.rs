//! v1 Endpoints and discovery.k8s.io/v1 EndpointSlice: where the pods of a service are.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::table::{age, name, text_or};
use super::{BARE, Kind, text};
use crate::admit::meta::{list_at, number_at, text_at};

/// So many are named in a cell.
const SHOWN_MAX: usize = 3;

/// The row of Endpoints.
pub(super) const ENDPOINTS_KIND: Kind = Kind {
    id: super::ENDPOINTS,
    kind: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    short_names: &["ep"],
    schema: "io.k8s.api.core.v1.Endpoints",
    columns: &[text("Name"), text("Endpoints"), text("Age")],
    cells: |d, now| alloc::vec![name(d), addresses(d).into(), age(d, now)],
    ..BARE
};

/// The row of slices.
pub(super) const SLICE_KIND: Kind = Kind {
    id: super::ENDPOINT_SLICE,
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    singular: "endpointslice",
    schema: "io.k8s.api.discovery.v1.EndpointSlice",
    columns: &[text("Name"), text("AddressType"), text("Ports"), text("Endpoints"), text("Age")],
    cells: |d, now| {
        let port = |p: &Value| number_at(p, "/port").map_or("*".into(), |n| n.to_string());
        let ports = list_at(d, "/ports").iter().map(port).collect();
        let of = |e: &Value| text_at(e, "/addresses/0").into();
        let endpoints = list_at(d, "/endpoints").iter().map(of).collect();
        alloc::vec![
            name(d),
            text_or(d, "/addressType", ""),
            some(ports, "<unset>").into(),
            some(endpoints, "<unset>").into(),
            age(d, now),
        ]
    },
    ..BARE
};

/// The first few of them.
fn some(all: Vec<String>, none: &str) -> String {
    match all.len() {
        0 => none.into(),
        n if n > SHOWN_MAX => {
            format!("{} + {} more...", all[..SHOWN_MAX].join(","), n - SHOWN_MAX)
        }
        _ => all.join(","),
    }
}

fn addresses(doc: &Value) -> String {
    let mut all = Vec::new();
    for subset in list_at(doc, "/subsets") {
        let ips = || list_at(subset, "/addresses").iter().map(|a| text_at(a, "/ip"));
        let ports = list_at(subset, "/ports");
        if ports.is_empty() {
            all.extend(ips().map(String::from));
        }
        for port in ports.iter().filter_map(|p| number_at(p, "/port")) {
            all.extend(ips().map(|ip| format!("{ip}:{port}")));
        }
    }
    some(all, "<none>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Millis;
    use serde_json::json;

    #[test]
    fn the_first_three_are_shown() {
        let ips: Value = (1..6).map(|n| json!({"ip": format!("10.0.0.{n}")})).collect();
        let doc = json!({"metadata": {"name": "web"}, "subsets": [{"addresses": ips, "ports": [{"port": 80}]}]});
        let cells = ENDPOINTS_KIND.row(&doc, Millis(0));
        assert_eq!(cells[1], "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...");
        let slice = json!({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}, {}]});
        let cells = SLICE_KIND.row(&slice, Millis(0));
        assert_eq!(cells[1..4], ["IPv4", "80,*", "10.0.0.1"]);
        let none = SLICE_KIND.row(&json!({"addressType": "IPv4"}), Millis(0));
        assert_eq!(none[2..4], ["<unset>", "<unset>"]);
    }
}
