//! Stateful sets, as decisions see them.

use alloc::string::{String, ToString};
use alloc::sync::Arc;

use model::Revision;
use model::pod::IntOrString;
use serde_json::Value;

use super::doc;
use super::meta::Meta;
use super::workload::{Common, filled, int_or_string, natural};
use crate::kinds::{self, ObjectKey};

/// What becomes of the claims of a set (`persistentVolumeClaimRetentionPolicy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// They go with the set.
    pub(crate) deleted: bool,
    /// They go when the set no longer has a pod of their number.
    pub(crate) scaled: bool,
}

/// A stateful set.
#[derive(Clone, Debug)]
pub(crate) struct StatefulSetView {
    pub(crate) common: Common,
    pub(crate) replicas: i64,
    /// The first pod's number.
    pub(crate) start: i64,
    pub(crate) template: Arc<Value>,
    /// All at once, not one after the other.
    pub(crate) parallel: bool,
    /// A new template comes only where somebody deletes a pod.
    pub(crate) on_delete: bool,
    /// So many pods, from the first on, keep the template that they have.
    pub(crate) partition: i64,
    pub(crate) unavailable: IntOrString,
    pub(crate) history: usize,
    /// `subdomain` of the pods.
    pub(crate) service: String,
    /// `volumeClaimTemplates`.
    pub(crate) claims: Arc<[Value]>,
    pub(crate) retention: Retention,
    pub(crate) status: Value,
}

impl StatefulSetView {
    pub(crate) fn read(key: &ObjectKey, revision: Revision, doc: &Value, meta: &Meta) -> Self {
        let doc = &filled(doc, kinds::STATEFUL_SET);
        let spec = doc.get("spec").unwrap_or(&Value::Null);
        let rolling = |name: &str| doc::at(spec, &["updateStrategy", "rollingUpdate", name]);
        let goes = |when: &str| {
            doc::text(spec, &["persistentVolumeClaimRetentionPolicy", when]) == "Delete"
        };
        Self {
            common: Common::read(key, revision, doc, meta),
            replicas: doc::int(spec, &["replicas"]).unwrap_or(1).max(0),
            start: doc::int(spec, &["ordinals", "start"]).unwrap_or(0).max(0),
            template: Arc::new(doc::at(spec, &["template"]).cloned().unwrap_or(Value::Null)),
            parallel: doc::text(spec, &["podManagementPolicy"]) == "Parallel",
            on_delete: doc::text(spec, &["updateStrategy", "type"]) == "OnDelete",
            partition: rolling("partition").and_then(Value::as_i64).unwrap_or(0).max(0),
            unavailable: rolling("maxUnavailable").map_or(IntOrString::Int(1), int_or_string),
            history: natural(spec, &["revisionHistoryLimit"])
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(10),
            service: doc::text(spec, &["serviceName"]).to_string(),
            claims: doc::list(spec, &["volumeClaimTemplates"]).iter().cloned().collect(),
            retention: Retention { deleted: goes("whenDeleted"), scaled: goes("whenScaled") },
            status: doc.get("status").cloned().unwrap_or(Value::Null),
        }
    }

    /// The number of a pod of this name; none: it is no name of a pod of this set.
    pub(crate) fn ordinal(&self, pod: &str) -> Option<i64> {
        parent(pod).filter(|(set, _)| *set == &*self.common.key.name).map(|(_, number)| number)
    }

    /// Whether a claim of this name is one of its pods'.
    pub(crate) fn claims_named(&self, claim: &str) -> bool {
        self.claims.iter().any(|template| {
            let name = doc::text(template, &["metadata", "name"]);
            let pod = claim.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
            pod.is_some_and(|pod| self.ordinal(pod).is_some())
        })
    }

    /// Whether the set is to have a pod of this number.
    pub(crate) fn wants(&self, ordinal: i64) -> bool {
        ordinal >= self.start && ordinal - self.start < self.replicas
    }
}

/// The set and the number that a pod's name is made of: `web-3`.
pub(crate) fn parent(pod: &str) -> Option<(&str, i64)> {
    let (set, digits) = pod.rsplit_once('-')?;
    let plain =
        digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    Some((set, digits.parse().ok().filter(|_| plain)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_set_and_number() {
        for (name, want) in [
            ("web-0", Some(("web", 0))),
            ("a-b-12", Some(("a-b", 12))),
            ("web-01", None),
            ("web-", None),
            ("web-+1", None),
            ("web", None),
            ("web-99999999999999999999", None),
        ] {
            assert_eq!(parent(name), want, "{name}");
        }
    }
}
