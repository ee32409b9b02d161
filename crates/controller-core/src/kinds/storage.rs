//! v1 PersistentVolumeClaim and PersistentVolume, storage.k8s.io/v1 StorageClass.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::table::{age, name, text_or};
use super::{BARE, Column, Kind, Subresource, text, wide};
use crate::admit::meta::{list_at, meta, text_at};
use crate::admit::{check, default, warn};
use crate::storage::IS_DEFAULT;

/// The row of claims.
pub(super) const CLAIM: Kind = Kind {
    id: super::PERSISTENT_VOLUME_CLAIM,
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short_names: &["pvc"],
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.PersistentVolumeClaim",
    columns: &[
        text("Name"),
        text("Status"),
        text("Volume"),
        text("Capacity"),
        text("Access Modes"),
        text("StorageClass"),
        text("VolumeAttributesClass"),
        text("Age"),
        wide("VolumeMode"),
    ],
    cells: |d, now| {
        let bound = !text_at(d, "/spec/volumeName").is_empty();
        alloc::vec![
            name(d),
            phase(d),
            text_or(d, "/spec/volumeName", ""),
            text_or(if bound { d } else { &Value::Null }, "/status/capacity/storage", ""),
            modes(if bound { d } else { &Value::Null }, "/status/accessModes"),
            text_or(d, "/spec/storageClassName", ""),
            text_or(d, "/spec/volumeAttributesClassName", "<unset>"),
            age(d, now),
            text_or(d, "/spec/volumeMode", "<unset>"),
        ]
    },
    default: default::claim,
    validate: check::storage::claim,
    warn: warn::claim,
    first_status: |_| Some(serde_json::json!({"phase": "Pending"})),
    ..BARE
};

/// The row of volumes.
pub(super) const VOLUME: Kind = Kind {
    id: super::PERSISTENT_VOLUME,
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    singular: "persistentvolume",
    short_names: &["pv"],
    namespaced: false,
    subresources: &[Subresource::Status],
    schema: "io.k8s.api.core.v1.PersistentVolume",
    columns: &[
        text("Name"),
        text("Capacity"),
        text("Access Modes"),
        text("Reclaim Policy"),
        text("Status"),
        text("Claim"),
        text("StorageClass"),
        text("VolumeAttributesClass"),
        text("Reason"),
        text("Age"),
        wide("VolumeMode"),
    ],
    cells: |d, now| {
        let claim = d.pointer("/spec/claimRef").filter(|c| c.is_object());
        let part = |field: &str| claim.map_or("", |c| text_at(c, field));
        let claim = claim.map(|_| format!("{}/{}", part("/namespace"), part("/name")));
        alloc::vec![
            name(d),
            text_or(d, "/spec/capacity/storage", ""),
            modes(d, "/spec/accessModes"),
            text_or(d, "/spec/persistentVolumeReclaimPolicy", ""),
            phase(d),
            claim.unwrap_or_default().into(),
            text_or(d, "/spec/storageClassName", ""),
            text_or(d, "/spec/volumeAttributesClassName", "<unset>"),
            text_or(d, "/status/reason", ""),
            age(d, now),
            text_or(d, "/spec/volumeMode", "<unset>"),
        ]
    },
    default: default::volume,
    validate: check::storage::volume,
    warn: warn::volume,
    first_status: |_| Some(serde_json::json!({"phase": "Pending"})),
    ..BARE
};

/// The row of storage classes.
pub(super) const CLASS: Kind = Kind {
    id: super::STORAGE_CLASS,
    group: "storage.k8s.io",
    kind: "StorageClass",
    plural: "storageclasses",
    singular: "storageclass",
    short_names: &["sc"],
    namespaced: false,
    schema: "io.k8s.api.storage.v1.StorageClass",
    columns: &CLASS_COLUMNS,
    cells: |d, now| {
        let is_default = meta(d).annotation(IS_DEFAULT) == Some("true");
        let shown = format!("{}{}", meta(d).name(), if is_default { " (default)" } else { "" });
        let grows = d.get("allowVolumeExpansion").and_then(Value::as_bool).unwrap_or(false);
        alloc::vec![
            shown.into(),
            text_or(d, "/provisioner", ""),
            text_or(d, "/reclaimPolicy", "Delete"),
            text_or(d, "/volumeBindingMode", "Immediate"),
            grows.into(),
            age(d, now),
        ]
    },
    default: default::storage_class,
    validate: check::storage::class,
    warn: warn::storage_class,
    ..BARE
};

const CLASS_COLUMNS: [Column; 6] = [
    text("Name"),
    text("Provisioner"),
    text("ReclaimPolicy"),
    text("VolumeBindingMode"),
    Column { name: "AllowVolumeExpansion", kind: "boolean", priority: 0 },
    text("Age"),
];

fn phase(doc: &Value) -> Value {
    if meta(doc).is_terminating() {
        "Terminating".into()
    } else {
        text_or(doc, "/status/phase", "")
    }
}

/// Access modes in short: `RWO,ROX,RWX,RWOP`.
fn modes(doc: &Value, pointer: &str) -> Value {
    let all = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |mode: &str| list_at(doc, pointer).iter().any(|m| m == mode);
    let short: Vec<&str> = all.iter().filter(|(mode, _)| has(mode)).map(|(_, s)| *s).collect();
    let text: String = short.join(",");
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Millis;
    use serde_json::json;

    fn check(kind: &Kind, doc: Value, want: Value) {
        let now = Millis::parse_rfc3339("2026-11-23T07:28:00Z").expect("a time");
        let mut doc = doc;
        doc["metadata"]["creationTimestamp"] = "2026-11-23T07:10:30Z".into();
        assert_eq!(Value::from((kind.cells)(&doc, now)), want);
    }

    #[test]
    fn storage_is_shown_as_kubernetes_shows_it() {
        let mut claim = json!({
            "metadata": {"name": "data"},
            "spec": {"volumeName": "", "storageClassName": "local", "volumeMode": "Filesystem"},
            "status": {"phase": "Pending"},
        });
        let waits = json!(["data", "Pending", "", "", "", "local", "<unset>", "17m", "Filesystem"]);
        check(&CLAIM, claim.clone(), waits);
        claim["spec"]["volumeName"] = "pv-1".into();
        claim["status"] = json!({
            "phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
        });
        let bound =
            json!(["data", "Bound", "pv-1", "1Gi", "RWO", "local", "<unset>", "17m", "Filesystem"]);
        check(&CLAIM, claim, bound);
        check(
            &VOLUME,
            json!({
                "metadata": {"name": "pv-1", "deletionTimestamp": "2026-11-23T07:10:30Z"},
                "spec": {
                    "capacity": {"storage": "1Gi"},
                    "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                    "persistentVolumeReclaimPolicy": "Retain",
                    "claimRef": {"namespace": "default", "name": "data"},
                },
                "status": {"phase": "Released"},
            }),
            json!([
                "pv-1",
                "1Gi",
                "RWO,RWX",
                "Retain",
                "Terminating",
                "default/data",
                "",
                "<unset>",
                "",
                "17m",
                "<unset>"
            ]),
        );
        check(
            &CLASS,
            json!({
                "metadata": {"name": "local", "annotations": {IS_DEFAULT: "true"}},
                "provisioner": "driftless.dev/local",
                "volumeBindingMode": "WaitForFirstConsumer",
            }),
            json!([
                "local (default)",
                "driftless.dev/local",
                "Delete",
                "WaitForFirstConsumer",
                false,
                "17m"
            ]),
        );
    }
}
