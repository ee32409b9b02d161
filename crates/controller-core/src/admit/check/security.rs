//! Rules on rights. What would give a container more than it asks to be held to is refused, never ignored.

use super::at::{At, Errors};

const ID_MAX: i64 = 2_147_483_647;

/// A pod's security context.
pub fn of_pod(context: &At<'_>, errors: &mut Errors) {
    shared(context, errors);
    id(context, "fsGroup", errors);
    for group in context.items("supplementalGroups") {
        let number = group.value.as_i64().unwrap_or(-1);
        if !(0..=ID_MAX).contains(&number) {
            errors.push(group.path.invalid(number, "must be between 0 and 2147483647, inclusive"));
        }
    }
    At::unique(context.items("sysctls"), "name", errors);
    for sysctl in context.items("sysctls") {
        sysctl.required("name", errors);
    }
    context.one_of("fsGroupChangePolicy", &["Always", "OnRootMismatch"], errors);
    if !["", "Merge"].contains(&context.text("supplementalGroupsPolicy")) {
        errors.push(context.path.child("supplementalGroupsPolicy").unacted());
    }
}

/// A container's security context.
pub fn of_container(context: &At<'_>, errors: &mut Errors) {
    shared(context, errors);
    let escalation = context.field("allowPrivilegeEscalation");
    if escalation.value.as_bool() == Some(false) {
        if context.flag("privileged") {
            let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
            errors.push(context.path.invalid(context.value, why));
        }
        if context.field("capabilities").items("add").any(|c| c.value == "CAP_SYS_ADMIN") {
            let why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
            errors.push(context.path.invalid(context.value, why));
        }
    }
    if !["", "Default"].contains(&context.text("procMount")) {
        errors.push(context.path.child("procMount").unacted());
    }
}

fn shared(context: &At<'_>, errors: &mut Errors) {
    id(context, "runAsUser", errors);
    id(context, "runAsGroup", errors);
    context.refuse(&["seLinuxOptions", "windowsOptions"], errors);
    if let Some(profile) = context.get("seccompProfile") {
        profile.required("type", errors);
        profile.one_of("type", &["Localhost", "RuntimeDefault", "Unconfined"], errors);
        let file = profile.text("localhostProfile");
        let path = profile.path.child("localhostProfile");
        match profile.text("type") {
            "Localhost" if file.is_empty() => {
                errors.push(path.required("must be set when seccomp type is Localhost"));
            }
            "Localhost" if file.starts_with('/') || file.split('/').any(|p| p == "..") => {
                let why = "must be a relative path that does not contain '..'";
                errors.push(path.invalid(file, why));
            }
            "Localhost" => {}
            _ if !file.is_empty() => {
                errors.push(path.invalid(file, "can only be set when seccomp type is Localhost"));
            }
            _ => {}
        }
    }
    if let Some(profile) = context.get("appArmorProfile") {
        profile.one_of("type", &["Localhost", "RuntimeDefault", "Unconfined"], errors);
        if profile.text("type") != "RuntimeDefault" {
            errors.push(profile.path.unacted());
        }
    }
}

fn id(context: &At<'_>, field: &str, errors: &mut Errors) {
    if let Some(number) = context.int(field).filter(|n| !(0..=ID_MAX).contains(n)) {
        let why = "must be between 0 and 2147483647, inclusive";
        errors.push(context.path.child(field).invalid(number, why));
    }
}
