//! rbac.authorization.k8s.io/v1: roles and bindings.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use serde_json::Value;

use super::table::{age, name};
use super::{BARE, Column, Kind, NameRule, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::{list_at, text_at};

const BASE: Kind = Kind { group: "rbac.authorization.k8s.io", names: NameRule::Path, ..BARE };

const OF_ROLE: &[Column] =
    &[text("Name"), Column { name: "Created At", kind: "date", priority: 0 }];
const OF_BINDING: &[Column] = &[
    text("Name"),
    text("Role"),
    text("Age"),
    wide("Users"),
    wide("Groups"),
    wide("ServiceAccounts"),
];

/// The row of Role.
pub(super) const ROLE: Kind = Kind {
    id: super::ROLE,
    kind: "Role",
    plural: "roles",
    singular: "role",
    schema: "io.k8s.api.rbac.v1.Role",
    columns: OF_ROLE,
    cells: of_role,
    validate: check::rbac::role,
    ..BASE
};

/// The row of ClusterRole.
pub(super) const CLUSTER_ROLE: Kind = Kind {
    id: super::CLUSTER_ROLE,
    kind: "ClusterRole",
    plural: "clusterroles",
    singular: "clusterrole",
    namespaced: false,
    schema: "io.k8s.api.rbac.v1.ClusterRole",
    columns: OF_ROLE,
    cells: of_role,
    validate: check::rbac::cluster_role,
    ..BASE
};

/// The row of RoleBinding.
pub(super) const ROLE_BINDING: Kind = Kind {
    id: super::ROLE_BINDING,
    kind: "RoleBinding",
    plural: "rolebindings",
    singular: "rolebinding",
    schema: "io.k8s.api.rbac.v1.RoleBinding",
    columns: OF_BINDING,
    cells: of_binding,
    default: default::role_binding,
    validate: check::rbac::role_binding,
    ..BASE
};

/// The row of ClusterRoleBinding.
pub(super) const CLUSTER_ROLE_BINDING: Kind = Kind {
    id: super::CLUSTER_ROLE_BINDING,
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    singular: "clusterrolebinding",
    namespaced: false,
    schema: "io.k8s.api.rbac.v1.ClusterRoleBinding",
    columns: OF_BINDING,
    cells: of_binding,
    default: default::role_binding,
    validate: check::rbac::cluster_role_binding,
    ..BASE
};

fn of_role(role: &Value, _: Millis) -> Vec<Value> {
    let created = role.pointer("/metadata/creationTimestamp").cloned();
    alloc::vec![name(role), created.unwrap_or(Value::Null)]
}

fn of_binding(binding: &Value, now: Millis) -> Vec<Value> {
    let role =
        format!("{}/{}", text_at(binding, "/roleRef/kind"), text_at(binding, "/roleRef/name"));
    let subjects = |kind: &str| {
        let all = list_at(binding, "/subjects").iter().filter(|s| text_at(s, "/kind") == kind);
        let names: Vec<String> = all
            .map(|s| match text_at(s, "/namespace") {
                "" => text_at(s, "/name").into(),
                namespace => format!("{namespace}/{}", text_at(s, "/name")),
            })
            .collect();
        Value::from(names.join(", "))
    };
    alloc::vec![
        name(binding),
        role.into(),
        age(binding, now),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}
