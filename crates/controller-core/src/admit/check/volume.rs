//! Rules on volumes.

use super::at::{At, Errors};
use super::container::{field_ref, resource_field_ref};
use super::names;
use super::resources;

/// The sources that nodes know how to make.
const SOURCES: [&str; 7] = [
    "emptyDir",
    "hostPath",
    "configMap",
    "secret",
    "downwardAPI",
    "projected",
    "persistentVolumeClaim",
];

/// Fields of a pod that a file can have.
const FILE_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

const MODE_MAX: i64 = 0o777;

/// A pod's volumes.
pub fn list(spec: &At<'_>, errors: &mut Errors) {
    At::unique(spec.items("volumes"), "name", errors);
    for volume in spec.items("volumes") {
        if !volume.required("name", errors).is_empty() {
            volume.named("name", names::label, errors);
        }
        let foreign = volume.value.as_object().into_iter().flatten().filter(|(key, value)| {
            *key != "name" && !value.is_null() && !SOURCES.contains(&key.as_str())
        });
        for (key, _) in foreign {
            errors.push(volume.path.child(key).forbidden(
                "volumes of this type are not supported by Driftless: use emptyDir, hostPath, configMap, secret, downwardAPI, projected or persistentVolumeClaim",
            ));
        }
        for second in volume.present(&SOURCES).iter().skip(1) {
            let why = "may not specify more than 1 volume type";
            errors.push(volume.path.child(second).forbidden(why));
        }
        source(&volume, errors);
    }
}

fn source(volume: &At<'_>, errors: &mut Errors) {
    if let Some(empty) = volume.get("emptyDir") {
        empty.one_of("medium", &["Memory"], errors);
        resources::quantity_at(&empty, "sizeLimit", errors);
    }
    if let Some(host) = volume.get("hostPath") {
        let path = host.required("path", errors);
        if path.split('/').any(|part| part == "..") {
            errors.push(host.path.child("path").invalid(path, "must not contain '..'"));
        }
        let kinds = [
            "BlockDevice",
            "CharDevice",
            "Directory",
            "DirectoryOrCreate",
            "File",
            "FileOrCreate",
            "Socket",
        ];
        host.one_of("type", &kinds, errors);
    }
    if let Some(claim) = volume.get("persistentVolumeClaim") {
        claim.required("claimName", errors);
    }
    if let Some(map) = volume.get("configMap") {
        keys(&map, "name", errors);
    }
    if let Some(secret) = volume.get("secret") {
        keys(&secret, "secretName", errors);
    }
    if let Some(downward) = volume.get("downwardAPI") {
        mode(&downward, "defaultMode", errors);
        files(&downward, errors);
    }
    if let Some(projected) = volume.get("projected") {
        mode(&projected, "defaultMode", errors);
        projected.items("sources").for_each(|one| projection(&one, errors));
    }
}

fn projection(source: &At<'_>, errors: &mut Errors) {
    let known = ["configMap", "secret", "downwardAPI"];
    source.refuse(&["serviceAccountToken", "clusterTrustBundle", "podCertificate"], errors);
    for second in source.present(&known).iter().skip(1) {
        let why = "may not specify more than 1 volume type";
        errors.push(source.path.child(second).forbidden(why));
    }
    for name in ["configMap", "secret"] {
        if let Some(one) = source.get(name) {
            keys(&one, "name", errors);
        }
    }
    if let Some(downward) = source.get("downwardAPI") {
        files(&downward, errors);
    }
}

/// A config map or secret, and which of its keys go where.
fn keys(source: &At<'_>, name: &str, errors: &mut Errors) {
    source.required(name, errors);
    mode(source, "defaultMode", errors);
    for item in source.items("items") {
        item.required("key", errors);
        item.required("path", errors);
        inner_path(&item, "path", errors);
        mode(&item, "mode", errors);
    }
}

/// Files from the pod's own fields.
fn files(downward: &At<'_>, errors: &mut Errors) {
    for file in downward.items("items") {
        file.required("path", errors);
        inner_path(&file, "path", errors);
        mode(&file, "mode", errors);
        match (file.get("fieldRef"), file.get("resourceFieldRef")) {
            (Some(field), None) => field_ref(&field, &FILE_FIELDS, errors),
            (None, Some(resource)) => resource_field_ref(&resource, true, errors),
            (None, None) => {
                errors.push(file.path.required("one of fieldRef and resourceFieldRef is required"));
            }
            (Some(_), Some(_)) => {
                let why = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.push(file.path.invalid("resource", why));
            }
        }
    }
}

/// A path that must stay within its volume; it may be missing.
pub fn inner_path(at: &At<'_>, field: &str, errors: &mut Errors) {
    if !at.text(field).is_empty() {
        at.named(field, names::path_within, errors);
    }
}

fn mode(at: &At<'_>, field: &str, errors: &mut Errors) {
    if let Some(mode) = at.int(field).filter(|m| !(0..=MODE_MAX).contains(m)) {
        let why = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.push(at.path.child(field).invalid(mode, why));
    }
}
