//! Priority classes: names for priorities, resolved when a pod is made (Kubernetes' admission plugin `Priority`).

use alloc::format;
use alloc::string::{String, ToString as _};

use serde_json::{Value, json};

use crate::admit::meta::{meta, number_at, text_at};

/// Names that begin so are the system's own.
pub const SYSTEM: &str = "system-";
/// Classes that users make have no more.
pub const USER_MAX: i64 = 1_000_000_000;
/// The system's classes: there from the first start, and nobody may make others of their sort.
pub const SYSTEM_CLASSES: [(&str, i64, &str); 2] = [
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];

const DEFAULT_POLICY: &str = "PreemptLowerPriority";

/// A priority class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// The priority of its pods.
    pub value: i64,
    /// `PreemptLowerPriority` or `Never`.
    pub policy: String,
    /// Whether pods without a class get it.
    pub default: bool,
}

impl Class {
    /// Reads it from its document.
    #[must_use]
    pub fn read(doc: &Value) -> Self {
        let policy = text_at(doc, "/preemptionPolicy");
        Self {
            name: meta(doc).name().to_string(),
            value: number_at(doc, "/value").unwrap_or(0),
            policy: if policy.is_empty() { DEFAULT_POLICY } else { policy }.to_string(),
            default: doc.get("globalDefault").and_then(Value::as_bool) == Some(true),
        }
    }
}

/// One of the system's classes, as it is made.
#[must_use]
pub fn system_class(value: i64, description: &str) -> Value {
    json!({"metadata": {}, "value": value, "description": description})
}

/// Gives a new pod the priority of its class; of the default class, if it names none.
///
/// # Errors
/// Why the pod is forbidden: there is no such class, or it says another priority than its class.
pub fn resolve<'a>(
    pod: &mut Value,
    classes: impl IntoIterator<Item = &'a Class>,
) -> Result<(), String> {
    let Some(spec) = pod["spec"].as_object_mut() else { return Ok(()) };
    let given = |field: &str| spec.get(field).filter(|v| !v.is_null()).cloned();
    let name = given("priorityClassName").and_then(|n| n.as_str().map(String::from));
    let name = name.filter(|n| !n.is_empty());
    let mut all = classes.into_iter();
    let class = match &name {
        Some(name) => match all.find(|c| c.name == *name) {
            Some(class) => Some(class),
            None => return Err(format!("no PriorityClass with name {name} was found")),
        },
        // Should there be several, the lowest is the least harmful.
        None => all.filter(|c| c.default).min_by_key(|c| c.value),
    };
    let (value, policy) = class.map_or((0, DEFAULT_POLICY), |c| (c.value, c.policy.as_str()));
    if let Some(other) = given("priority").and_then(|v| v.as_i64()).filter(|v| *v != value) {
        return Err(format!(
            "the integer value of priority ({other}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
        ));
    }
    let given_policy = given("preemptionPolicy");
    if let Some(other) = given_policy.as_ref().and_then(Value::as_str).filter(|p| *p != policy) {
        return Err(format!(
            "the string value of PreemptionPolicy ({other}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
        ));
    }
    if let (None, Some(class)) = (name, class) {
        spec.insert("priorityClassName".into(), class.name.as_str().into());
    }
    spec.insert("priority".into(), value.into());
    spec.insert("preemptionPolicy".into(), policy.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_has_the_priority_of_its_class() {
        let class = |name: &str, value, policy: &str, default| Class {
            name: name.into(),
            value,
            policy: policy.into(),
            default,
        };
        let gold = class("gold", 900, "Never", false);
        let plain = class("plain", 5, DEFAULT_POLICY, true);
        let check = |classes: &[&Class], spec: Value, want: Result<Value, &str>| {
            let mut pod = json!({"spec": spec});
            let done = resolve(&mut pod, classes.iter().copied());
            match want {
                Ok(want) => assert_eq!((done, &pod["spec"]), (Ok(()), &want)),
                Err(want) => assert!(done.unwrap_err().starts_with(want), "{pod}"),
            }
        };
        let made = |name: Option<&str>, value: i64, policy: &str| {
            let mut spec = json!({"priority": value, "preemptionPolicy": policy});
            if let Some(name) = name {
                spec["priorityClassName"] = name.into();
            }
            Ok(spec)
        };
        check(&[&gold], json!({}), made(None, 0, DEFAULT_POLICY));
        check(&[&gold, &plain], json!({}), made(Some("plain"), 5, DEFAULT_POLICY));
        let named = json!({"priorityClassName": "gold"});
        check(&[&gold, &plain], named.clone(), made(Some("gold"), 900, "Never"));
        check(&[&plain], named, Err("no PriorityClass with name gold was found"));
        check(&[], json!({"priority": 0}), made(None, 0, DEFAULT_POLICY));
        check(&[], json!({"priority": 3}), Err("the integer value of priority (3)"));
        check(
            &[&gold],
            json!({"priorityClassName": "gold", "preemptionPolicy": DEFAULT_POLICY}),
            Err("the string value of PreemptionPolicy (PreemptLowerPriority)"),
        );
    }
}
