//! How a container says who it is: its labels and its name. They are a contract (operators filter by them), and all
//! that an agent needs to know its containers again after a restart.

use std::collections::HashMap;

use agent_core::turn::Identity;
use model::{NodeName, Uid};

/// Whose container it is.
pub(crate) const NODE: &str = "driftless.dev/node";
const NAMESPACE: &str = "driftless.dev/pod-namespace";
const POD: &str = "driftless.dev/pod-name";
pub(crate) const UID: &str = "driftless.dev/pod-uid";
pub(crate) const CONTAINER: &str = "driftless.dev/container";
const ATTEMPT: &str = "driftless.dev/attempt";
const SPEC: &str = "driftless.dev/spec";
/// Marks images that an agent made of itself.
pub(crate) const PAUSE: &str = "driftless.dev/pause";
/// Whether the end of the log serves as last words.
pub(crate) const LAST_WORDS_FROM_LOG: &str = "driftless.dev/termination-from-log";

/// Characters of a name's parts that are shown; names longer than this are told apart by uid.
const PART_MAX: usize = 60;

/// The labels of a container.
pub(crate) fn of(node: &NodeName, id: &Identity) -> HashMap<String, String> {
    [
        (NODE, node.as_str()),
        (NAMESPACE, &id.namespace),
        (POD, &id.pod),
        (UID, id.uid.as_str()),
        (CONTAINER, &id.container),
        (ATTEMPT, &id.attempt.to_string()),
        (SPEC, &id.spec),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// Who a container is, if its labels can be read.
pub(crate) fn read(labels: &HashMap<String, String>) -> Option<Identity> {
    let text = |name: &str| labels.get(name).cloned();
    Some(Identity {
        namespace: text(NAMESPACE)?,
        pod: text(POD)?,
        uid: text(UID).filter(|uid| crate::volumes::is_one_component(uid)).map(Uid::from)?,
        container: text(CONTAINER)
            .filter(|c| c.is_empty() || crate::volumes::is_one_component(c))?,
        attempt: text(ATTEMPT)?.parse().ok()?,
        spec: text(SPEC)?,
    })
}

/// The container's name, for people: `dl_<node>_<pod>_<namespace>_<container>_<uid>_<attempt>`.
pub(crate) fn name(node: &NodeName, id: &Identity) -> String {
    let part = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' })
            .take(PART_MAX)
            .collect()
    };
    let container = if id.container.is_empty() { "pause".to_owned() } else { part(&id.container) };
    let uid: String = id.uid.as_str().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let (node, pod, namespace) = (part(node.as_str()), part(&id.pod), part(&id.namespace));
    format!("dl_{node}_{pod}_{namespace}_{container}_{uid}_{}", id.attempt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_a_container_is_survives_its_labels() {
        let id = Identity {
            namespace: "default".into(),
            pod: "web-1".into(),
            uid: Uid::from("0123abcd-ef"),
            container: "main".into(),
            attempt: 7,
            spec: "feed".into(),
        };
        let node = NodeName::from("edge-1");
        let mut labels = of(&node, &id);
        assert_eq!(read(&labels), Some(id.clone()));
        assert_eq!(name(&node, &id), "dl_edge-1_web-1_default_main_0123abcd_7");
        labels.insert(UID.into(), "../../etc".into());
        assert_eq!(read(&labels), None);
        labels.remove(UID);
        assert_eq!(read(&labels), None);
    }
}
