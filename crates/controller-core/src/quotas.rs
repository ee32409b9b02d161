//! What is used of a quota: counted from what is there.

use alloc::vec::Vec;

use serde_json::json;

use crate::kinds::{self, ObjectKey};
use crate::limits::quota::{Use, plain, use_of};
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;

/// Counts a quota.
pub(crate) fn decide(view: &View, out: &mut Out, key: &ObjectKey) {
    let Some((revision, quota)) = out.limits.quotas.get(key).cloned() else { return };
    if out.wrote(key) {
        out.defer(Job::Quota(key.clone()));
        return;
    }
    let all = uses(view, key);
    out.queue.rest(Job::Quota(key.clone()), all.len(), out.now);
    if let Some(mut status) = quota.counted(&quota.count(all.iter())) {
        for list in ["hard", "used"] {
            // A patch keeps what it does not name.
            let old = quota.status.get(list).and_then(serde_json::Value::as_object);
            for name in old.into_iter().flatten().map(|(name, _)| name) {
                if status[list].get(name).is_none() {
                    status[list][name] = serde_json::Value::Null;
                }
            }
        }
        out.change(key, revision, json!({ "status": status }));
    }
}

/// What everything in the quota's namespace counts for.
fn uses(view: &View, quota: &ObjectKey) -> Vec<Use> {
    let mut all = Vec::new();
    for (key, _) in view.contents(&quota.namespace) {
        if key.kind.is_custom() {
            continue;
        }
        let kind = kinds::get(key.kind);
        all.push(match key.kind {
            kinds::POD => match view.pods.get(key) {
                Some(pod) if pod.phase.is_terminal() => {
                    Use { amounts: plain(kind), pod: pod.needs.usage.pod.clone() }
                }
                Some(pod) => pod.needs.usage.clone(),
                None => continue,
            },
            kinds::SERVICE => match view.services.get(key) {
                Some(service) => service.usage.clone(),
                None => continue,
            },
            kinds::PERSISTENT_VOLUME_CLAIM => match view.claims.get(key) {
                Some(claim) => claim.usage.clone(),
                None => continue,
            },
            _ => use_of(kind, &serde_json::Value::Null),
        });
    }
    all
}
