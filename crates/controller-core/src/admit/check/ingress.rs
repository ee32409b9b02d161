//! Rules on Ingresses and NetworkPolicies.

use alloc::vec::Vec;

use serde_json::Value;

use super::at::{At, Errors};
use super::{names, placement};
use crate::kinds::FieldError;

/// An Ingress.
pub fn ingress(doc: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    if spec.items("rules").next().is_none() && spec.get("defaultBackend").is_none() {
        let why = "either `defaultBackend` or `rules` must be specified";
        errors.push(spec.path.invalid(spec.value, why));
    }
    if let Some(backend) = spec.get("defaultBackend") {
        self::backend(&backend, errors);
    }
    for rule in spec.items("rules") {
        let host = rule.text("host");
        if !host.is_empty() {
            let bare = host.strip_prefix("*.").unwrap_or(host);
            let path = rule.path.child("host");
            errors.extend(names::subdomain(bare).iter().map(|why| path.invalid(host, why)));
        }
        let Some(http) = rule.get("http") else { continue };
        if http.items("paths").next().is_none() {
            errors.push(http.path.child("paths").required(""));
        }
        for path in http.items("paths") {
            self::path(&path, errors);
        }
    }
    if spec.get("ingressClassName").is_some() {
        spec.named("ingressClassName", names::subdomain, errors);
    }
}

fn path(path: &At<'_>, errors: &mut Errors) {
    let supported = ["Exact", "ImplementationSpecific", "Prefix"];
    match path.text("pathType") {
        "" => errors.push(path.path.child("pathType").required("pathType must be specified")),
        "Exact" | "Prefix" if !path.text("path").starts_with('/') => {
            let why = "must be an absolute path";
            errors.push(path.path.child("path").invalid(path.text("path"), why));
        }
        _ => path.one_of("pathType", &supported, errors),
    }
    backend(&path.field("backend"), errors);
}

fn backend(backend: &At<'_>, errors: &mut Errors) {
    let (service, resource) = (backend.get("service"), backend.get("resource"));
    match (service, resource) {
        (Some(_), Some(_)) => {
            errors.push(backend.path.invalid("", "cannot set both resource and service backends"));
        }
        (None, None) => {
            errors.push(backend.path.required("resource or service backend is required"));
        }
        (None, Some(_)) => {}
        (Some(service), None) => {
            service.required("name", errors);
            let port = service.field("port");
            match (port.text("name"), port.int("number").unwrap_or(0)) {
                ("", 0) => {
                    errors.push(port.path.required("port name or number is required"));
                }
                ("", number) if !(1..=65_535).contains(&number) => {
                    let why = "must be between 1 and 65535, inclusive";
                    errors.push(port.path.child("number").invalid(number, why));
                }
                ("", _) => {}
                (_, 0) => port.named("name", names::port_name, errors),
                _ => errors.push(port.path.invalid("", "cannot set both port name & port number")),
            }
        }
    }
}

/// A NetworkPolicy.
pub fn network_policy(doc: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = At::root(doc, "spec");
    if let Some(selector) = spec.get("podSelector") {
        placement::label_selector(&selector, errors);
    }
    for (at, kind) in spec.items("policyTypes").enumerate() {
        if !["Egress", "Ingress"].contains(&kind.value.as_str().unwrap_or("")) {
            let path = spec.path.child("policyTypes").index(at);
            let text = kind.value.as_str().unwrap_or("");
            errors.push(path.not_supported(text, &["Egress", "Ingress"]));
        }
    }
}
