//! What bindings leave out.

use serde_json::Value;

use super::{fill, object};
use crate::authorize::GROUP;

/// A RoleBinding or ClusterRoleBinding.
pub fn role_binding(doc: &mut Value) {
    let Some(binding) = doc.as_object_mut() else { return };
    if let Some(role) = object(binding, "roleRef") {
        group(role);
    }
    let subjects = binding.get_mut("subjects").and_then(Value::as_array_mut);
    for subject in subjects.into_iter().flatten().filter_map(Value::as_object_mut) {
        if matches!(subject.get("kind").and_then(Value::as_str), Some("User" | "Group")) {
            group(subject);
        }
    }
}

fn group(of: &mut serde_json::Map<alloc::string::String, Value>) {
    if of.get("apiGroup").is_some_and(|g| g == "") {
        of.remove("apiGroup");
    }
    fill(of, "apiGroup", GROUP);
}
