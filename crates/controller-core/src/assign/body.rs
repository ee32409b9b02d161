//! One document, one body: whoever makes the body of an item makes the same bytes, so hashes can be compared.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use model::Hash;
use model::orders::{ItemKey, ItemKind, Leave, NodePolicy};
use model::quantity::parse_units;
use model::trust::Pepper;
use serde_json::{Map, Value, json};

/// The label or annotation of a node that says how its link is to be used: `lan` or `metered`.
pub const LINK_PROFILE: &str = "driftless.dev/link-profile";

/// The annotation of a node or pod by which an operator ends what somebody on the node holds: `true`.
pub const OVERRIDE_HOLDS: &str = "driftless.dev/override-holds";

/// The annotation of a node that bounds its data: so much may pass its link in a month, as a quantity, before only orders,
/// statuses and what an operator asks for travel.
pub const MONTHLY_DATA: &str = "driftless.dev/monthly-data";

/// Annotation on a Node: it is to leave the fleet for good. `wipe`: its pods are stopped, and everything that it keeps is
/// taken away; `keep`: it forgets who it is, and its containers run on.
pub const DECOMMISSION: &str = "driftless.dev/decommission";

/// How a Node's document says that it is to leave.
#[must_use]
pub fn leave(doc: &Value) -> Option<Leave> {
    match doc.pointer("/metadata/annotations")?.get(DECOMMISSION)?.as_str()? {
        "wipe" => Some(Leave::Wipe),
        "keep" => Some(Leave::Keep),
        _ => None,
    }
}

/// The body of an item of this kind, made from the object that it comes from: canonical JSON (keys sorted, no spaces).
///
/// - Pod: `{"metadata":{name,namespace,uid,labels,annotations},"spec":{..},"deletionGracePeriodSeconds":n}`, the last only if it is being deleted;
/// - config map: `{"binaryData":{..},"data":{..}}`; secret: `{"data":{..},"type":".."}`;
/// - node policy: [`NodePolicy`], made from the Node's label or annotation [`LINK_PROFILE`] and its annotation [`OVERRIDE_HOLDS`].
#[must_use]
pub fn body(kind: ItemKind, doc: &Value) -> Vec<u8> {
    let value = match kind {
        ItemKind::Pod => pod(doc),
        ItemKind::ConfigMap => keep(doc, &["binaryData", "data"]),
        ItemKind::Secret => keep(doc, &["data", "type"]),
        ItemKind::Volume => volume(doc),
        ItemKind::NodePolicy => {
            let profile = ["labels", "annotations"]
                .iter()
                .find_map(|of| doc.get("metadata")?.get(of)?.get(LINK_PROFILE)?.as_str());
            let annotations = doc.pointer("/metadata/annotations");
            let override_holds = annotations
                .and_then(|all| all.get(OVERRIDE_HOLDS))
                .is_some_and(|said| said == "true");
            let policy = policy(profile.unwrap_or_default());
            // One that cannot be read is none: it would be wrong to cut a node off for a slip of the pen.
            let month_bytes_max = annotations
                .and_then(|all| all.get(MONTHLY_DATA)?.as_str())
                .and_then(parse_units)
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0);
            let leave = leave(doc);
            // Nobody keeps a node in the fleet that is to leave it.
            let override_holds = override_holds || leave == Some(Leave::Wipe);
            return policy_body(&NodePolicy { override_holds, month_bytes_max, leave, ..policy });
        }
    };
    // A Value's keys are texts, so it can always be written.
    serde_json::to_vec(&value).unwrap_or_default()
}

/// The hash by which an item with this body is known: of a secret a commitment that only the controller can make, since
/// hashes travel in the open and a short secret could be found by trying; of all else the hash of the bytes.
#[must_use]
pub fn hash(pepper: &Pepper, key: &ItemKey, body: &[u8]) -> Hash {
    match key.kind {
        ItemKind::Secret => pepper.commit(&key.name, body).1,
        _ => Hash::of(body),
    }
}

/// The policy that belongs to a link profile; an unknown one counts as `lan`.
#[must_use]
pub fn policy(profile: &str) -> NodePolicy {
    match profile {
        "metered" => NodePolicy {
            link_profile: "metered".into(),
            usage_period_ms: 7_200_000,
            heartbeat_ms: 7_200_000,
            ..NodePolicy::default()
        },
        _ => NodePolicy::default(),
    }
}

/// The body of a policy: its JSON, keys sorted.
#[must_use]
pub fn policy_body(policy: &NodePolicy) -> Vec<u8> {
    let mut value = json!({
        "heartbeatMs": policy.heartbeat_ms,
        "linkProfile": policy.link_profile,
        "usagePeriodMs": policy.usage_period_ms,
    });
    // What is not asked for is not there, so that the orders of all others stay as they are.
    if policy.override_holds {
        value["overrideHolds"] = true.into();
    }
    if policy.month_bytes_max > 0 {
        value["monthBytesMax"] = policy.month_bytes_max.into();
    }
    if let Some(leave) = policy.leave {
        value["leave"] = match leave {
            Leave::Keep => "keep".into(),
            Leave::Wipe => "wipe".into(),
        };
    }
    serde_json::to_vec(&value).unwrap_or_default()
}

/// Whose a volume is; or, once it is nobody's, that it is to go.
fn volume(doc: &Value) -> Value {
    let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let uid = text("/metadata/uid");
    if text("/status/phase") == "Released" {
        return json!({"remove": true, "uid": uid});
    }
    let claim = [text("/spec/claimRef/namespace"), text("/spec/claimRef/name")].join("/");
    json!({"claim": claim, "uid": uid})
}

fn pod(doc: &Value) -> Value {
    let metadata = doc.get("metadata").unwrap_or(&Value::Null);
    let mut out = Map::new();
    out.insert(
        "metadata".into(),
        keep(metadata, &["annotations", "labels", "name", "namespace", "uid"]),
    );
    out.insert("spec".into(), doc.get("spec").cloned().unwrap_or_else(|| json!({})));
    if metadata.get("deletionTimestamp").is_some_and(|v| !v.is_null()) {
        let grace = metadata.get("deletionGracePeriodSeconds").and_then(Value::as_i64);
        let grace = grace.unwrap_or(30).clamp(0, i64::from(u32::MAX));
        out.insert("deletionGracePeriodSeconds".into(), grace.into());
    }
    Value::Object(out)
}

/// These fields of a document, as far as it has them.
fn keep(doc: &Value, fields: &[&str]) -> Value {
    let kept: BTreeMap<String, Value> = fields
        .iter()
        .filter_map(|&f| Some((String::from(f), doc.get(f).filter(|v| !v.is_null())?.clone())))
        .collect();
    Value::Object(kept.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ItemKind, doc: &Value, want: &str) {
        assert_eq!(String::from_utf8(body(kind, doc)).unwrap(), want);
    }

    #[test]
    fn bodies_hold_what_a_node_needs_and_no_more() {
        let mut pod = json!({
            "kind": "Pod",
            "metadata": {"name": "a", "namespace": "n", "uid": "u", "labels": {"x": "y"}, "annotations": null,
                "resourceVersion": "7", "ownerReferences": [],
                // Who owns what is no node's business, and a change of it no new order.
                "managedFields": [{"manager": "kubectl", "operation": "Apply"}]},
            "spec": {"nodeName": "n1", "containers": []},
            "status": {"phase": "Running"},
        });
        let meta = r#""metadata":{"labels":{"x":"y"},"name":"a","namespace":"n","uid":"u"},"spec":{"containers":[],"nodeName":"n1"}}"#;
        check(ItemKind::Pod, &pod, &alloc::format!("{{{meta}"));
        pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        pod["metadata"]["deletionGracePeriodSeconds"] = 5.into();
        check(ItemKind::Pod, &pod, &alloc::format!(r#"{{"deletionGracePeriodSeconds":5,{meta}"#));
        check(
            ItemKind::ConfigMap,
            &json!({"metadata": {"name": "c"}, "data": {"b": "2", "a": "1"}}),
            r#"{"data":{"a":"1","b":"2"}}"#,
        );
        check(
            ItemKind::Secret,
            &json!({"type": "Opaque", "data": {"k": "dg=="}, "immutable": true}),
            r#"{"data":{"k":"dg=="},"type":"Opaque"}"#,
        );
        let mut volume = json!({
            "metadata": {"name": "pvc-1", "uid": "v"},
            "spec": {"claimRef": {"namespace": "n", "name": "data", "uid": "c"}},
            "status": {"phase": "Bound"},
        });
        check(ItemKind::Volume, &volume, r#"{"claim":"n/data","uid":"v"}"#);
        volume["status"]["phase"] = "Released".into();
        check(ItemKind::Volume, &volume, r#"{"remove":true,"uid":"v"}"#);
        check(
            ItemKind::NodePolicy,
            &json!({"metadata": {"labels": {LINK_PROFILE: "metered"}}}),
            r#"{"heartbeatMs":7200000,"linkProfile":"metered","usagePeriodMs":7200000}"#,
        );
        check(
            ItemKind::NodePolicy,
            &json!({"metadata": {"annotations": {OVERRIDE_HOLDS: "true", MONTHLY_DATA: "500Mi"}}}),
            r#"{"heartbeatMs":60000,"linkProfile":"lan","monthBytesMax":524288000,"overrideHolds":true,"usagePeriodMs":15000}"#,
        );
    }
}
