//! What a pod's references come to: environment, arguments, files. Pure look-ups in the orders.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::pod::{
    Container, DownwardFile, DownwardVolume, EnvSource, FieldRef, KeyToPath, PodOrder,
    ProjectedVolume, ResourceFieldRef, Volume,
};
use model::quantity::{parse_milli, parse_units};

use crate::orders::{Data, Orders};
use crate::turn::{File, VolumeContent};

/// What a pod's own fields say that its order does not.
pub(crate) struct Surroundings<'a> {
    pub(crate) node: &'a str,
    pub(crate) host_ip: Option<&'a str>,
    pub(crate) pod_ip: Option<&'a str>,
    /// What the node offers, for limits that are not given: CPU in thousandths, memory in bytes.
    pub(crate) allocatable: (i64, i64),
}

/// A reference that leads nowhere: a sentence, in Kubernetes' words.
pub(crate) type Missing = String;

/// A container's environment, in order, expanded.
pub(crate) fn environment(
    orders: &Orders,
    pod: &PodOrder,
    container: &Container,
    around: &Surroundings<'_>,
) -> Result<Vec<(String, String)>, Missing> {
    let namespace = &pod.metadata.namespace;
    let mut env: Vec<(String, String)> = Vec::new();
    let mut set = |name: String, value: String| match env.iter_mut().find(|(n, _)| *n == name) {
        Some(held) => held.1 = value,
        None => env.push((name, value)),
    };
    for from in &container.env_from {
        let (kind, wanted) = match (&from.config_map_ref, &from.secret_ref) {
            (Some(r), _) => ("configmap", r),
            (None, Some(r)) => ("secret", r),
            (None, None) => continue,
        };
        let found = if kind == "secret" {
            orders.secret(namespace, &wanted.name)
        } else {
            orders.config_map(namespace, &wanted.name)
        };
        let Some(data) = found else {
            if wanted.optional {
                continue;
            }
            return Err(alloc::format!("{kind} \"{}\" not found", wanted.name));
        };
        for (key, value) in data {
            let name = alloc::format!("{}{key}", from.prefix);
            if let (true, Ok(value)) = (is_env_name(&name), core::str::from_utf8(&value)) {
                set(name, value.into());
            }
        }
    }
    let mut known: BTreeMap<String, String> = env.iter().cloned().collect();
    for var in &container.env {
        let value = match &var.value_from {
            None => Some(expand(&var.value, &known)),
            Some(source) => env_source(orders, pod, container, source, around)?,
        };
        let Some(value) = value else { continue };
        known.insert(var.name.clone(), value.clone());
        match env.iter_mut().find(|(n, _)| *n == var.name) {
            Some(held) => held.1 = value,
            None => env.push((var.name.clone(), value)),
        }
    }
    Ok(env)
}

/// `None`: it is optional and not there.
fn env_source(
    orders: &Orders,
    pod: &PodOrder,
    container: &Container,
    source: &EnvSource,
    around: &Surroundings<'_>,
) -> Result<Option<String>, Missing> {
    if let Some(field) = &source.field_ref {
        return field_value(pod, field, around).map(Some);
    }
    if let Some(resource) = &source.resource_field_ref {
        return resource_value(pod, Some(container), resource, around).map(Some);
    }
    let (kind, wanted, data) = if let Some(r) = &source.config_map_key_ref {
        ("configmap", r, orders.config_map(&pod.metadata.namespace, &r.name))
    } else if let Some(r) = &source.secret_key_ref {
        ("secret", r, orders.secret(&pod.metadata.namespace, &r.name))
    } else {
        return Ok(None);
    };
    let value = match (&data, data.as_ref().and_then(|d| d.get(&wanted.key))) {
        (_, Some(value)) => value,
        _ if wanted.optional => return Ok(None),
        (None, None) => return Err(alloc::format!("{kind} \"{}\" not found", wanted.name)),
        (Some(_), None) => {
            return Err(alloc::format!(
                "couldn't find key {} in {} {}/{}",
                wanted.key,
                if kind == "secret" { "Secret" } else { "ConfigMap" },
                pod.metadata.namespace,
                wanted.name
            ));
        }
    };
    Ok(Some(String::from_utf8_lossy(value).into_owned()))
}

/// Environment names as Kubernetes takes them from config maps; others are passed over.
fn is_env_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Replaces `$(NAME)` by its value where it is known; `$$` is a dollar sign (Kubernetes' expansion rules).
pub(crate) fn expand(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix("$(").and_then(|r| r.split_once(')'))
        {
            match known.get(name) {
                Some(value) => out.push_str(value),
                None => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// A field of the pod, as the downward API names it.
fn field_value(
    pod: &PodOrder,
    field: &FieldRef,
    around: &Surroundings<'_>,
) -> Result<String, Missing> {
    let path = field.field_path.as_str();
    let keyed = |prefix: &str| path.strip_prefix(prefix)?.strip_prefix("['")?.strip_suffix("']");
    if let Some(key) = keyed("metadata.labels") {
        return Ok(pod.metadata.labels.get(key).cloned().unwrap_or_default());
    }
    if let Some(key) = keyed("metadata.annotations") {
        return Ok(pod.metadata.annotations.get(key).cloned().unwrap_or_default());
    }
    Ok(match path {
        "metadata.name" => pod.metadata.name.clone(),
        "metadata.namespace" => pod.metadata.namespace.clone(),
        "metadata.uid" => pod.metadata.uid.clone(),
        "metadata.labels" => lines(&pod.metadata.labels),
        "metadata.annotations" => lines(&pod.metadata.annotations),
        "spec.nodeName" => around.node.into(),
        "spec.serviceAccountName" => pod.spec.service_account_name.clone(),
        "status.hostIP" | "status.hostIPs" => around.host_ip.unwrap_or_default().into(),
        "status.podIP" | "status.podIPs" => around.pod_ip.unwrap_or_default().into(),
        other => return Err(alloc::format!("unsupported fieldPath: {other}")),
    })
}

/// `key="value"` lines, as the downward API writes labels and annotations.
fn lines(map: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = map.iter().map(|(k, v)| alloc::format!("{k}={v:?}")).collect();
    lines.join("\n")
}

/// A container's request or limit, in units of the divisor, rounded up.
fn resource_value(
    pod: &PodOrder,
    own: Option<&Container>,
    wanted: &ResourceFieldRef,
    around: &Surroundings<'_>,
) -> Result<String, Missing> {
    let named = || {
        pod.spec
            .containers
            .iter()
            .chain(&pod.spec.init_containers)
            .find(|c| c.name == wanted.container_name)
    };
    let container = if wanted.container_name.is_empty() { own } else { named() };
    let container =
        container.ok_or_else(|| alloc::format!("container {} not found", wanted.container_name))?;
    let (kind, resource) = wanted.resource.split_once('.').unwrap_or(("", ""));
    let list = match kind {
        "limits" => &container.resources.limits,
        "requests" => &container.resources.requests,
        _ => return Err(alloc::format!("unsupported container resource: {}", wanted.resource)),
    };
    let given = list.get(resource);
    let milli = resource == "cpu";
    let amount = match given {
        Some(text) if milli => parse_milli(text),
        Some(text) => parse_units(text),
        // A limit that is not given is what the node has.
        None if kind == "limits" && milli => Some(around.allocatable.0),
        None if kind == "limits" && resource == "memory" => Some(around.allocatable.1),
        None => Some(0),
    };
    let divisor = match wanted.divisor.as_str() {
        "" | "0" | "1" => Some(if milli { 1000 } else { 1 }),
        text if milli => parse_milli(text),
        text => parse_units(text),
    };
    let (Some(amount), Some(divisor @ 1..)) = (amount, divisor) else {
        return Err(alloc::format!(
            "unsupported divisor {:?} of {}",
            wanted.divisor,
            wanted.resource
        ));
    };
    Ok((amount / divisor + i64::from(amount % divisor != 0)).to_string())
}

/// What a volume shall contain; `None`: it is a path of the node, with nothing to write.
pub(crate) fn volume(
    orders: &Orders,
    pod: &PodOrder,
    volume: &Volume,
    around: &Surroundings<'_>,
) -> Result<Option<VolumeContent>, Missing> {
    let namespace = pod.metadata.namespace.as_str();
    let mut files = BTreeMap::new();
    let mut in_memory = false;
    if let Some(empty) = &volume.empty_dir {
        if empty.medium != "Memory" {
            return Ok(Some(VolumeContent::Empty));
        }
        let limit = empty.size_limit.as_deref().and_then(parse_units);
        return Ok(Some(VolumeContent::Memory {
            bytes_max: limit.and_then(|b| u64::try_from(b).ok()),
        }));
    }
    if volume.host_path.is_some() {
        return Ok(None);
    }
    if let Some(claim) = &volume.persistent_volume_claim {
        return persistent(orders, namespace, &claim.claim_name).map(Some);
    }
    if let Some(from) = &volume.config_map {
        let data = orders.config_map(namespace, &from.name);
        add(
            &mut files,
            data,
            &from.items,
            from.default_mode,
            from.optional,
            ("configmap", namespace, &from.name),
        )?;
    } else if let Some(from) = &volume.secret {
        in_memory = true;
        let data = orders.secret(namespace, from.secret());
        add(
            &mut files,
            data,
            &from.items,
            from.default_mode,
            from.optional,
            ("secret", namespace, from.secret()),
        )?;
    } else if let Some(from) = &volume.downward_api {
        downward(&mut files, pod, from, from.default_mode, around)?;
    } else if let Some(all) = &volume.projected {
        in_memory = projected(&mut files, orders, pod, all, around)?;
    }
    Ok(Some(VolumeContent::Files { files, in_memory }))
}

/// The volume that a claim has.
fn persistent(orders: &Orders, namespace: &str, claim: &str) -> Result<VolumeContent, Missing> {
    let whose = alloc::format!("{namespace}/{claim}");
    let found = orders.volumes().find(|(_, order)| order.claim == whose && !order.remove);
    let missing = || alloc::format!("persistentvolumeclaim \"{claim}\" not bound");
    let (volume, _) = found.ok_or_else(missing)?;
    Ok(VolumeContent::Persistent { volume: volume.clone() })
}

/// Several sources in one directory. True if one of them is a secret.
fn projected(
    files: &mut BTreeMap<String, File>,
    orders: &Orders,
    pod: &PodOrder,
    all: &ProjectedVolume,
    around: &Surroundings<'_>,
) -> Result<bool, Missing> {
    let namespace = pod.metadata.namespace.as_str();
    let mut in_memory = false;
    for source in &all.sources {
        if let Some(from) = &source.config_map {
            let data = orders.config_map(namespace, &from.name);
            add(
                files,
                data,
                &from.items,
                all.default_mode,
                from.optional,
                ("configmap", namespace, &from.name),
            )?;
        }
        if let Some(from) = &source.secret {
            in_memory = true;
            let data = orders.secret(namespace, from.secret());
            add(
                files,
                data,
                &from.items,
                all.default_mode,
                from.optional,
                ("secret", namespace, from.secret()),
            )?;
        }
        if let Some(from) = &source.downward_api {
            downward(files, pod, from, all.default_mode, around)?;
        }
    }
    Ok(in_memory)
}

const MODE: u32 = 0o644;

fn add(
    files: &mut BTreeMap<String, File>,
    data: Option<Data>,
    items: &[KeyToPath],
    mode: Option<u32>,
    optional: bool,
    (kind, namespace, name): (&str, &str, &str),
) -> Result<(), Missing> {
    let Some(data) = data else {
        return if optional { Ok(()) } else { Err(alloc::format!("{kind} \"{name}\" not found")) };
    };
    let mode = mode.unwrap_or(MODE);
    if items.is_empty() {
        files.extend(data.into_iter().map(|(key, bytes)| (key, File { bytes, mode })));
        return Ok(());
    }
    for item in items {
        match data.get(&item.key) {
            Some(bytes) => {
                let file = File { bytes: bytes.clone(), mode: item.mode.unwrap_or(mode) };
                files.insert(item.path.clone(), file);
            }
            None if optional => {}
            None => {
                return Err(alloc::format!(
                    "{kind} \"{namespace}/{name}\" references non-existent config key: {}",
                    item.key
                ));
            }
        }
    }
    Ok(())
}

fn downward(
    files: &mut BTreeMap<String, File>,
    pod: &PodOrder,
    from: &DownwardVolume,
    mode: Option<u32>,
    around: &Surroundings<'_>,
) -> Result<(), Missing> {
    for DownwardFile { path, field_ref, resource_field_ref, mode: own } in &from.items {
        let text = match (field_ref, resource_field_ref) {
            (Some(field), _) => field_value(pod, field, around)?,
            (None, Some(resource)) => resource_value(pod, None, resource, around)?,
            (None, None) => String::new(),
        };
        let mode = own.or(mode).unwrap_or(MODE);
        files.insert(path.clone(), File { bytes: Arc::from(text.into_bytes()), mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_expanded() {
        let known = [("A".to_string(), "1".to_string()), ("B".to_string(), "2".to_string())].into();
        for (text, want) in [
            ("$(A)", "1"),
            ("x$(A)y$(B)", "x1y2"),
            ("$$(A)", "$(A)"),
            ("$(C)", "$(C)"),
            ("$A", "$A"),
            ("$", "$"),
            ("$(A", "$(A"),
            ("$$$$", "$$"),
        ] {
            assert_eq!(expand(text, &known), want, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_expands(text in ".{0,60}") {
            expand(&text, &BTreeMap::new());
        }
    }
}
