//! Rules on containers: names, images, ports, environment, mounts.

use alloc::format;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::at::{At, Errors};
use super::names;
use super::probe;
use super::resources;
use super::security;
use super::volume;

/// What a container is within its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs beside the others.
    Main,
    /// Runs before the others, or, as a sidecar, beside them.
    Init,
    /// Put into a running pod to look at it.
    Ephemeral,
}

/// Where and how a list of containers stands.
pub struct Within<'a> {
    /// The names of the pod's volumes.
    pub volumes: Vec<&'a str>,
    /// Whether the pod has the node's network.
    pub host_network: bool,
}

/// Checks a list of containers. `taken` are names that other lists of the pod have.
pub fn list<'a>(
    spec: &At<'a>,
    field: &str,
    role: Role,
    within: &Within<'_>,
    taken: &mut Vec<&'a str>,
    errors: &mut Errors,
) {
    for container in spec.items(field) {
        let name = container.required("name", errors);
        if !name.is_empty() {
            container.named("name", names::label, errors);
            if taken.contains(&name) {
                errors.push(container.path.child("name").duplicate(name));
            }
            taken.push(name);
        }
        one(&container, role, within, errors);
    }
}

fn one(container: &At<'_>, role: Role, within: &Within<'_>, errors: &mut Errors) {
    let image = container.required("image", errors);
    if image != image.trim() {
        let why = "must not have leading or trailing whitespace";
        errors.push(container.path.child("image").invalid(image, why));
    }
    container.one_of("imagePullPolicy", &["Always", "IfNotPresent", "Never"], errors);
    let policy = container.text("terminationMessagePolicy");
    if !["", "File", "FallbackToLogsOnError"].contains(&policy) {
        let why = "must be 'File' or 'FallbackToLogsOnError'";
        errors.push(container.path.child("terminationMessagePolicy").invalid(policy, why));
    }
    let sidecar = restart_policy(container, role, errors);
    if role == Role::Ephemeral {
        only_looks(container, errors);
    }
    ports(container, within.host_network, errors);
    environment(container, errors);
    mounts(container, within, errors);
    let probed = role != Role::Init || sidecar;
    probe::of_container(container, probed, errors);
    resources::check(&container.field("resources"), errors);
    security::of_container(&container.field("securityContext"), errors);
    container.refuse(&["volumeDevices", "restartPolicyRules"], errors);
}

/// What an ephemeral container may not have, since it is no part of what its pod is for.
fn only_looks(container: &At<'_>, errors: &mut Errors) {
    for field in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
        if !container.field(field).value.is_null() {
            let why = "cannot be set for an Ephemeral Container";
            errors.push(container.path.child(field).forbidden(why));
        }
    }
    let resources = container.field("resources");
    if ["limits", "requests"].iter().any(|f| resources.entries(f).next().is_some()) {
        let why = "cannot be set for an Ephemeral Container";
        errors.push(resources.path.forbidden(why));
    }
    for mount in container.items("volumeMounts") {
        for field in ["subPath", "subPathExpr"] {
            if !mount.text(field).is_empty() {
                let why = "cannot be set for an Ephemeral Container";
                errors.push(mount.path.child(field).forbidden(why));
            }
        }
    }
}

/// Only sidecars have a restart policy of their own; true if it is one.
fn restart_policy(container: &At<'_>, role: Role, errors: &mut Errors) -> bool {
    let policy = container.text("restartPolicy");
    let path = container.path.child("restartPolicy");
    match (role, policy) {
        (_, "") => {}
        (Role::Main | Role::Ephemeral, _) => {
            errors.push(path.forbidden("may not be set for non-init containers"));
        }
        (Role::Init, "Always") => return true,
        (Role::Init, other) => errors.push(path.not_supported(other, &["Always"])),
    }
    false
}

fn ports(container: &At<'_>, host_network: bool, errors: &mut Errors) {
    At::unique(container.items("ports"), "name", errors);
    for port in container.items("ports") {
        let name = port.text("name");
        if !name.is_empty() {
            port.named("name", names::port_name, errors);
        }
        match port.int("containerPort").unwrap_or(0) {
            0 => errors.push(port.path.child("containerPort").required("")),
            _ => port_number(&port, "containerPort", errors),
        }
        let host = port.int("hostPort").unwrap_or(0);
        if host != 0 {
            port_number(&port, "hostPort", errors);
            if host_network && port.int("containerPort") != Some(host) {
                let why = "must match `hostPort` when `hostNetwork` is true";
                let number = port.int("containerPort").unwrap_or(0);
                errors.push(port.path.child("containerPort").invalid(number, why));
            }
        }
        port.one_of("protocol", &["SCTP", "TCP", "UDP"], errors);
        let address = port.text("hostIP");
        if !address.is_empty() && address.parse::<IpAddr>().is_err() {
            let why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
            errors.push(port.path.child("hostIP").invalid(address, why));
        }
    }
}

fn port_number(at: &At<'_>, field: &str, errors: &mut Errors) {
    if let Some(number) = at.int(field).filter(|n| !(1..=65_535).contains(n)) {
        let why = "must be between 1 and 65535, inclusive";
        errors.push(at.path.child(field).invalid(number, why));
    }
}

/// Two containers of a pod cannot have the same port of the node.
pub fn host_ports(spec: &At<'_>, errors: &mut Errors) {
    let mut taken = Vec::new();
    for container in spec.items("initContainers").chain(spec.items("containers")) {
        for port in container.items("ports") {
            let Some(number) = port.int("hostPort").filter(|&n| n > 0) else { continue };
            let key = format!("{}/{}/{number}", port.text("protocol"), port.text("hostIP"));
            if taken.contains(&key) {
                errors.push(port.path.child("hostPort").duplicate(key.as_str()));
            } else {
                taken.push(key);
            }
        }
    }
}

/// Fields of a pod that an environment variable can have.
const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

fn environment(container: &At<'_>, errors: &mut Errors) {
    for variable in container.items("env") {
        if !variable.required("name", errors).is_empty() {
            variable.named("name", names::env_name, errors);
        }
        let Some(source) = variable.get("valueFrom") else { continue };
        let sources =
            source.present(&["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"]);
        source.refuse(&["fileKeyRef"], errors);
        if !variable.text("value").is_empty() {
            let why = "may not be specified when `value` is not empty";
            errors.push(source.path.invalid("", why));
        } else if sources.is_empty() {
            let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
            errors.push(source.path.invalid("", why));
        } else if sources.len() > 1 {
            let why = "may not have more than one field specified at a time";
            errors.push(source.path.invalid("", why));
        }
        if let Some(field) = source.get("fieldRef") {
            field_ref(&field, &ENV_FIELDS, errors);
        }
        if let Some(field) = source.get("resourceFieldRef") {
            resource_field_ref(&field, false, errors);
        }
        for key_ref in ["configMapKeyRef", "secretKeyRef"] {
            if let Some(key_ref) = source.get(key_ref) {
                key_ref.required("name", errors);
                if !key_ref.required("key", errors).is_empty() {
                    key_ref.named("key", names::config_key, errors);
                }
            }
        }
    }
    for source in container.items("envFrom") {
        if !source.text("prefix").is_empty() {
            source.named("prefix", names::env_name, errors);
        }
        let sources = source.present(&["configMapRef", "secretRef"]);
        match sources.as_slice() {
            [one] => {
                source.field(one).required("name", errors);
            }
            [] => {
                let why = "must specify one of: `configMapRef` or `secretRef`";
                errors.push(source.path.invalid("", why));
            }
            _ => {
                let why = "may not have more than one field specified at a time";
                errors.push(source.path.invalid("", why));
            }
        }
    }
}

/// A reference to a field of the pod: one of `allowed`, or one label or annotation.
pub fn field_ref(field: &At<'_>, allowed: &[&str], errors: &mut Errors) {
    let version = field.text("apiVersion");
    let at = field.path.child("fieldPath");
    if !["", "v1"].contains(&version) {
        errors.push(field.path.child("apiVersion").not_supported(version, &["v1"]));
    }
    let path = field.required("fieldPath", errors);
    if path.is_empty() || allowed.contains(&path) {
        return;
    }
    let subscript = path
        .strip_suffix("']")
        .and_then(|p| p.split_once("['"))
        .filter(|(map, _)| ["metadata.labels", "metadata.annotations"].contains(map));
    match subscript {
        Some((_, key)) => {
            errors.extend(names::qualified_name(key).iter().map(|why| at.invalid(key, why)));
        }
        None => errors.push(at.not_supported(path, allowed)),
    }
}

/// A reference to what a container asks for.
pub fn resource_field_ref(field: &At<'_>, needs_container: bool, errors: &mut Errors) {
    if needs_container {
        field.required("containerName", errors);
    }
    let resources = [
        "limits.cpu",
        "limits.ephemeral-storage",
        "limits.memory",
        "requests.cpu",
        "requests.ephemeral-storage",
        "requests.memory",
    ];
    field.required("resource", errors);
    field.one_of("resource", &resources, errors);
    resources::quantity_at(field, "divisor", errors);
}

fn mounts(container: &At<'_>, within: &Within<'_>, errors: &mut Errors) {
    let privileged = container.field("securityContext").flag("privileged");
    let mut paths: Vec<&str> = Vec::new();
    for mount in container.items("volumeMounts") {
        let name = mount.required("name", errors);
        if !name.is_empty() && !within.volumes.contains(&name) {
            errors.push(mount.path.child("name").not_found(name));
        }
        let path = mount.required("mountPath", errors);
        if !path.is_empty() {
            if paths.contains(&path) {
                errors.push(mount.path.child("mountPath").invalid(path, "must be unique"));
            }
            paths.push(path);
        }
        volume::inner_path(&mount, "subPath", errors);
        volume::inner_path(&mount, "subPathExpr", errors);
        if !mount.text("subPath").is_empty() && !mount.text("subPathExpr").is_empty() {
            let why = "subPathExpr and subPath are mutually exclusive";
            let text = mount.text("subPathExpr");
            errors.push(mount.path.child("subPathExpr").invalid(text, why));
        }
        let propagation = ["Bidirectional", "HostToContainer", "None"];
        mount.one_of("mountPropagation", &propagation, errors);
        if mount.text("mountPropagation") == "Bidirectional" && !privileged {
            let why = "Bidirectional mount propagation is available only to privileged containers";
            errors.push(mount.path.child("mountPropagation").forbidden(why));
        }
        if mount.text("recursiveReadOnly") == "Enabled" {
            errors.push(mount.path.child("recursiveReadOnly").unacted());
        }
    }
}
