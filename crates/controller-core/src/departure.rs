//! Nodes that leave: those that were revoked, and those that were told to go.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use model::NodeName;
use model::orders::ItemKind;
use serde_json::json;

use crate::events::Happening;
use crate::fleet::Fleet;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::view::View;
use crate::view::node::SEALING_KEY;

/// Decides on a node whose identity has changed: one that was revoked may be in others' hands, with the secrets that it had;
/// one that is gone makes room for a machine with keys of its own.
pub(crate) fn decide(view: &View, fleet: &mut Fleet, out: &mut Out, name: &NodeName) {
    let Some(identity) = view.identities.get(name) else {
        // What it told was the former machine's.
        if let Some(node) = fleet.nodes.get_mut(name) {
            node.sealing = None;
        }
        if let Some(doc) = view.nodes.get(name).filter(|doc| doc.sealing.is_some()) {
            out.observe(&doc.key, json!({"metadata": {"annotations": {SEALING_KEY: null}}}));
        }
        return;
    };
    if !identity.revoked || identity.listed || out.wrote(&identity.key) {
        return;
    }
    // What it holds, as far as it has told this controller; and what its pods refer to, since it may have told nothing.
    let orders = &fleet.node(name).orders;
    let held = orders.held.iter().chain(&orders.made).flat_map(|set| set.items.keys());
    let held = held.filter(|item| item.kind == ItemKind::Secret).map(|item| item.name.to_string());
    let used = view.pods_on(name).flat_map(|pod| {
        let secrets = pod.refs.iter().filter(|(kind, _)| *kind == ItemKind::Secret);
        secrets.map(|(_, used)| alloc::format!("{}/{used}", pod.key.namespace))
    });
    let names: BTreeSet<String> = held.chain(used).collect();
    out.observe(
        &identity.key,
        json!({"status": {"secrets": names, "revokedAt": out.now.to_rfc3339()}}),
    );
    let key = ObjectKey::new(kinds::NODE, "", name.as_str());
    if let (Some(meta), false) = (view.meta.get(&key), names.is_empty()) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let message = alloc::format!(
            "{name} was revoked; whoever has the machine may have these secrets, replace them: {}",
            names.join(", ")
        );
        out.tell(view, Happening::warning(&key, &meta.uid, "SecretsExposed", message));
    }
}

/// A node that was to leave has said goodbye: it is not believed any more.
pub(crate) fn left(view: &View, out: &mut Out, name: &NodeName) {
    let leaving = view.nodes.get(name).is_some_and(|node| node.leave.is_some());
    if let Some(identity) = view.identities.get(name).filter(|i| leaving && !i.revoked) {
        let status = json!({"secrets": [], "revokedAt": out.now.to_rfc3339()});
        out.observe(&identity.key, json!({"spec": {"revoked": true}, "status": status}));
    }
}
