//! Rules on pods and on the pod templates of workloads.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use model::pod::PodSpec;
use serde::Deserialize;
use serde_json::Value;

use super::at::{At, Errors};
use super::container::{self, Role, Within};
use super::field::Path;
use super::names;
use super::placement;
use super::resources;
use super::security;
use super::volume;
use crate::admit::default;
use crate::admit::meta::{list_at, meta, text_at};
use crate::kinds::{self, FieldError};
use crate::schema;

/// A pod; with the old one, also what may not be changed.
pub fn pod(doc: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let at = At::root(doc, "spec");
    spec(&at, errors);
    match old {
        Some(old) => unchanged(doc, old, errors),
        None if at.items("ephemeralContainers").next().is_some() => {
            errors.push(at.path.child("ephemeralContainers").forbidden("cannot be set on create"));
        }
        None => {}
    }
}

/// A pod that is given ephemeral containers: those that it has stay as they are.
pub fn with_ephemeral(doc: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    let at = At::root(doc, "spec");
    spec(&at, errors);
    let path = at.path.child("ephemeralContainers");
    for had in list_at(old, "/spec/ephemeralContainers") {
        let name = text_at(had, "/name");
        let is = at.items("ephemeralContainers").find(|c| c.text("name") == name);
        match is {
            None => errors.push(path.forbidden(&format!(
                "existing ephemeral containers \"{name}\" may not be removed\n"
            ))),
            Some(is) if is.value != had => errors.push(path.forbidden(&format!(
                "existing ephemeral containers \"{name}\" may not be changed\n"
            ))),
            Some(_) => {}
        }
    }
}

/// A pod's spec.
pub fn spec(spec: &At<'_>, errors: &mut Errors) {
    let before = errors.len();
    volume::list(spec, errors);
    containers(spec, errors);
    spec.one_of("restartPolicy", &["Always", "Never", "OnFailure"], errors);
    network(spec, errors);
    placement::check(spec, errors);
    security::of_pod(&spec.field("securityContext"), errors);
    for secret in spec.items("imagePullSecrets") {
        secret.required("name", errors);
    }
    for gate in spec.items("readinessGates") {
        gate.named("conditionType", names::qualified_name, errors);
    }
    for field in ["serviceAccountName", "nodeName"] {
        if !spec.text(field).is_empty() {
            spec.named(field, names::subdomain, errors);
        }
    }
    if let Some(seconds) = spec.int("activeDeadlineSeconds")
        && !(1..=i64::from(i32::MAX)).contains(&seconds)
    {
        let why = "must be between 1 and 2147483647, inclusive";
        errors.push(spec.path.child("activeDeadlineSeconds").invalid(seconds, why));
    }
    spec.non_negative("terminationGracePeriodSeconds", errors);
    for (_, amount) in spec.entries("overhead") {
        resources::quantity(&amount, errors);
    }
    refused(spec, errors);
    // Whatever the rules above may have missed: nodes and scheduler must be able to read what is let in.
    if errors.len() == before
        && let Err(error) = PodSpec::deserialize(spec.value)
    {
        errors.push(spec.path.invalid("", &format!("cannot be acted on: {error}")));
    }
}

fn containers<'a>(spec: &At<'a>, errors: &mut Errors) {
    let within = Within {
        volumes: spec.items("volumes").map(|v| v.text("name")).collect(),
        host_network: spec.flag("hostNetwork"),
    };
    if spec.items("containers").next().is_none() {
        errors.push(spec.path.child("containers").required(""));
    }
    let mut taken: Vec<&'a str> = Vec::new();
    container::list(spec, "containers", Role::Main, &within, &mut taken, errors);
    container::list(spec, "initContainers", Role::Init, &within, &mut taken, errors);
    container::host_ports(spec, errors);
    let mains: Vec<&str> = spec.items("containers").map(|c| c.text("name")).collect();
    container::list(spec, "ephemeralContainers", Role::Ephemeral, &within, &mut taken, errors);
    for container in spec.items("ephemeralContainers") {
        let target = container.text("targetContainerName");
        if !target.is_empty() && !mains.contains(&target) {
            errors.push(container.path.child("targetContainerName").not_found(target));
        }
    }
}

fn network(spec: &At<'_>, errors: &mut Errors) {
    let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    spec.one_of("dnsPolicy", &policies, errors);
    let dns = spec.field("dnsConfig");
    let servers = dns.path.child("nameservers");
    if spec.text("dnsPolicy") == "None" && dns.items("nameservers").next().is_none() {
        let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        errors.push(servers.required(why));
    }
    for server in dns.items("nameservers") {
        address(&server, server.value.as_str().unwrap_or(""), errors);
    }
    for alias in spec.items("hostAliases") {
        address(&alias.field("ip"), alias.text("ip"), errors);
        for name in alias.items("hostnames") {
            let text = name.value.as_str().unwrap_or("");
            errors.extend(names::subdomain(text).iter().map(|why| name.path.invalid(text, why)));
        }
    }
    for field in ["hostname", "subdomain"] {
        if !spec.text(field).is_empty() {
            spec.named(field, names::label, errors);
        }
    }
}

fn address(at: &At<'_>, text: &str, errors: &mut Errors) {
    if text.parse::<IpAddr>().is_err() {
        let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        errors.push(at.path.invalid(text, why));
    }
}

/// What would not be what the pod asks for, if it were let in and ignored.
fn refused(spec: &At<'_>, errors: &mut Errors) {
    spec.refuse(
        &[
            "runtimeClassName",
            "resourceClaims",
            "schedulingGates",
            "resources",
            "schedulingGroup",
            "workloadRef",
            "hostnameOverride",
        ],
        errors,
    );
    if spec.field("hostUsers").value.as_bool() == Some(false) {
        errors.push(spec.path.child("hostUsers").unacted());
    }
    if spec.field("os").text("name") == "windows" {
        errors.push(spec.path.child("os.name").not_supported("windows", &["linux"]));
    }
}

/// The fields of a pod that may change, in Kubernetes' words.
const CHANGEABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// A pod's spec is fixed but for a few fields.
fn unchanged(doc: &Value, old: &Value, errors: &mut Errors) {
    if doc.get("spec") == old.get("spec") {
        return;
    }
    // The old one may have been made without a client, its defaults not filled in.
    let mut old = old.clone();
    if let Some(of) = schema::lookup(kinds::get(kinds::POD).schema) {
        schema::fields::prune(of, &mut old);
    }
    default::pod(&mut old);
    let (Some(new_spec), Some(old_spec)) = (doc.get("spec"), old.get("spec")) else { return };
    let path = Path::new("spec");
    let lacks_none = |list: &str| {
        let has = |t: &Value| new_spec[list].as_array().is_some_and(|l| l.contains(t));
        old_spec[list].as_array().is_none_or(|l| l.iter().all(has))
    };
    if !lacks_none("tolerations") {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        errors.push(path.child("tolerations").forbidden(why));
    }
    let deadline = |spec: &Value| spec.get("activeDeadlineSeconds").and_then(Value::as_i64);
    match (deadline(old_spec), deadline(new_spec)) {
        (Some(was), Some(is)) if is > was => {
            let why = format!("must be less than or equal to previous value {was}");
            errors.push(path.child("activeDeadlineSeconds").invalid(is, &why));
        }
        (Some(was), None) => {
            let why = format!("must not update from a positive integer to nil value: it was {was}");
            errors.push(path.child("activeDeadlineSeconds").invalid("", &why));
        }
        _ => {}
    }
    let (new_rest, old_rest) = (fixed_part(new_spec, old_spec), fixed_part(old_spec, old_spec));
    if new_rest != old_rest {
        let changed = changed_fields(&new_rest, &old_rest);
        let of = meta(&old).name();
        let note = format!("{CHANGEABLE}; of {of:?} these would change: {changed}");
        errors.push(path.forbidden(&note));
    }
}

/// A spec without what may change. What is not there counts as not changed only if it was not there before.
fn fixed_part(spec: &Value, old: &Value) -> Value {
    let mut rest = spec.clone();
    if let Some(map) = rest.as_object_mut() {
        map.remove("activeDeadlineSeconds");
        map.remove("tolerations");
        let was_negative =
            old.get("terminationGracePeriodSeconds").and_then(Value::as_i64).is_some_and(|g| g < 0);
        if was_negative {
            map.remove("terminationGracePeriodSeconds");
        }
        for list in ["containers", "initContainers"] {
            for one in map.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(one) = one.as_object_mut() {
                    one.remove("image");
                }
            }
        }
    }
    rest
}

fn changed_fields(new: &Value, old: &Value) -> String {
    let mut names: Vec<String> = Vec::new();
    let maps = [new, old].map(|v| v.as_object().into_iter().flatten());
    for (key, _) in maps.into_iter().flatten() {
        let name = format!("spec.{key}");
        if new.get(key) != old.get(key) && !names.contains(&name) {
            names.push(name.to_string());
        }
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use model::Millis;
    use serde_json::json;

    use super::*;
    use crate::admit::{Fresh, Outcome, prepare_create, prepare_update};
    use crate::kinds::Subresource;

    fn merged(pod: &Value, list: Value) -> Value {
        let mut new = pod.clone();
        json_patch::merge(&mut new, &json!({"spec": {"ephemeralContainers": list}}));
        new
    }

    #[test]
    fn ephemeral_containers_come_to_a_running_pod_and_stay_as_they_are() {
        let kind = kinds::get(kinds::POD);
        let old = json!({"metadata": {"name": "p", "namespace": "n", "uid": "u"}, "spec": {
            "containers": [{"name": "c", "image": "x"}],
        }});
        let put = |old: &Value, list: Value| {
            prepare_update(kind, Some(Subresource::EphemeralContainers), old, merged(old, list))
        };
        let told = |old: &Value, list: Value| {
            let message = put(old, list).expect_err("it does not fit").message;
            message.split_once("is invalid: ").expect("a field").1.to_string()
        };
        let debug = json!({"name": "d", "image": "x", "targetContainerName": "c"});
        let Ok(Outcome::Changed(with)) = put(&old, json!([debug])) else { panic!("it fits") };
        let given = &with["spec"]["ephemeralContainers"][0];
        assert_eq!(given["terminationMessagePath"], "/dev/termination-log");
        assert_eq!(put(&with, json!([given])), Ok(Outcome::Unchanged));
        for (list, want) in [
            (
                json!([]),
                "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"d\" may not be removed\n",
            ),
            (
                json!([{"name": "d", "image": "y", "targetContainerName": "c"}]),
                "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"d\" may not be changed\n",
            ),
            (
                json!([given, {"name": "c", "image": "x"}]),
                "spec.ephemeralContainers[1].name: Duplicate value: \"c\"",
            ),
            (
                json!([given, {"name": "e", "image": "x", "targetContainerName": "z"}]),
                "spec.ephemeralContainers[1].targetContainerName: Not found: \"z\"",
            ),
            (
                json!([given, {"name": "e", "image": "x", "ports": [{"containerPort": 1}]}]),
                "spec.ephemeralContainers[1].ports: Forbidden: cannot be set for an Ephemeral Container",
            ),
        ] {
            assert_eq!(told(&with, list.clone()), want, "{list}");
        }
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "bbbbb" };
        let error =
            prepare_create(kind, "n", with.clone(), &fresh).expect_err("not at first").message;
        assert!(error.ends_with("spec.ephemeralContainers: Forbidden: cannot be set on create"));
        // Elsewhere they cannot be changed.
        assert!(prepare_update(kind, None, &with, merged(&with, Value::Null)).is_err());
    }
}
