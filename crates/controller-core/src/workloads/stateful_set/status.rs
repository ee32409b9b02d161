//! What a stateful set's status says.

use alloc::string::String;

use serde_json::{Map, Value, json};

use super::super::numbers;
use super::Stateful;
use crate::out::Out;
use crate::view::doc;

impl Stateful<'_> {
    pub(super) fn tell_status(&self, out: &mut Out) {
        let set = &self.set;
        let mut c = [0i64; 5];
        let [replicas, ready, available, current, updated] = &mut c;
        for pod in self.pods.values() {
            *replicas += 1;
            *ready += i64::from(pod.ready());
            *available += i64::from(self.available(out, pod));
            if pod.deleting.is_none() {
                *current += i64::from(self.is_of(pod, &self.current));
                *updated += i64::from(self.is_of(pod, &self.update));
            }
        }
        let [replicas, ready, available, mut current, updated] = c;
        let mut name = &self.current.name;
        let all = [updated, ready, set.replicas].iter().all(|n| *n == replicas);
        if !set.on_delete && all {
            // The update is through.
            (name, current) = (&self.update.name, updated);
        }
        let want = [
            ("replicas", replicas),
            ("readyReplicas", ready),
            ("availableReplicas", available),
            ("currentReplicas", current),
            ("updatedReplicas", updated),
            ("collisionCount", self.collisions),
            ("observedGeneration", set.common.generation),
        ];
        let always = ["replicas", "availableReplicas", "collisionCount"];
        let counted = numbers(&set.status, &want, &always);
        let named = self.names(name);
        if named.is_empty() && counted.is_none() {
            return;
        }
        // Which template pods below the partition have is not to be seen from anything else: that must not be lost.
        let intent = !named.is_empty();
        let mut patch = counted.unwrap_or_default();
        patch.extend(named);
        let patch = json!({"status": patch});
        if intent {
            out.change(&set.common.key, set.common.revision, patch);
        } else {
            out.observe(&set.common.key, patch);
        }
    }

    /// The names of revisions that are not told yet.
    fn names(&self, current: &str) -> Map<String, Value> {
        [("currentRevision", current), ("updateRevision", self.update.name.as_str())]
            .into_iter()
            .filter(|(field, name)| doc::text(&self.set.status, &[field]) != *name)
            .map(|(field, name)| (field.into(), name.into()))
            .collect()
    }
}
