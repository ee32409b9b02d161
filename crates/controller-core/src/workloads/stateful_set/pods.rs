//! Pods that lack come from the lowest number on; pods that are too many go from the highest.

use alloc::format;

use serde_json::{Value, json};

use super::super::pod_from;
use super::super::revision::REVISION_HASH;
use super::{BURST, FAILED_WAIT_MS, Stateful, Version};
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::queue::Job;
use crate::view::View;
use crate::view::pod::PodView;

/// The label that holds a pod's name.
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
/// The label that holds a pod's number.
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

impl Stateful<'_> {
    /// Sees to it that each number has its pod. False: something has to come to pass before the rest is looked at.
    pub(super) fn replicas(&self, view: &View, out: &mut Out) -> bool {
        let set = &self.set;
        let mut made = 0;
        for ordinal in set.start..set.start.saturating_add(set.replicas) {
            let goes_on = match self.pods.get(&ordinal) {
                None => {
                    made += 1;
                    self.create(view, out, ordinal);
                    false
                }
                Some(pod) => self.keep(view, out, ordinal, pod),
            };
            if !goes_on && !set.parallel {
                return false;
            }
            if made >= BURST {
                out.defer(Job::StatefulSet(self.key().clone()));
                return false;
            }
        }
        true
    }

    /// True if the pod is as it should be.
    fn keep(&self, view: &View, out: &mut Out, ordinal: i64, pod: &PodView) -> bool {
        if pod.phase.is_terminal() && pod.deleting.is_none() {
            // One that fails at once is not made again at full speed.
            let until = pod.created.plus(FAILED_WAIT_MS);
            if until > out.now {
                out.queue.at(Job::StatefulSet(self.key().clone()), until);
            } else {
                self.end(view, out, pod);
            }
            return false;
        }
        if pod.deleting.is_none() && pod.labels.get(POD_NAME).is_none_or(|n| **n != *pod.key.name) {
            let labels = json!({POD_NAME: &*pod.key.name, POD_INDEX: format!("{ordinal}")});
            out.change(&pod.key, pod.revision, json!({"metadata": {"labels": labels}}));
            return false;
        }
        if self.available(out, pod) {
            return true;
        }
        if pod.node.is_none() && pod.active() {
            // One of its claims may have gone before it got its node.
            self.make_claims(view, out, ordinal);
        }
        // Kubernetes waits for ever for a pod that cannot become ready, even when a template that could is there.
        if !self.set.parallel && pod.active() && !pod.ready() && self.outdated(ordinal, pod) {
            self.end(view, out, pod);
        }
        false
    }

    /// Ends pods that are too many. False: one is on its way out, and the next has to wait for it.
    pub(super) fn surplus(&self, view: &View, out: &mut Out) -> bool {
        for (_, pod) in self.pods.iter().rev().filter(|(n, _)| !self.set.wants(**n)) {
            if pod.deleting.is_none() {
                self.end(view, out, pod);
            }
            if !self.set.parallel {
                return false;
            }
        }
        true
    }

    /// The template for a pod of this number.
    fn version(&self, ordinal: i64) -> &Version {
        let kept = !self.set.on_delete && ordinal - self.set.start < self.set.partition;
        if kept { &self.current } else { &self.update }
    }

    fn create(&self, view: &View, out: &mut Out, ordinal: i64) {
        let set = &self.key().name;
        let name = format!("{set}-{ordinal}");
        let key = ObjectKey::new(kinds::POD, &self.key().namespace, &name);
        if out.wrote(&key) {
            return;
        }
        if view.meta.contains_key(&key) {
            let why = format!(
                "create Pod {name} in StatefulSet {set} failed error: pods \"{name}\" already exists"
            );
            self.tell(view, out, true, "FailedCreate", why);
            return;
        }
        if !self.make_claims(view, out, ordinal) {
            return;
        }
        if let Err(why) = out.create(&key, self.document(ordinal, &name)) {
            return self.refused(view, out, why);
        }
        let message = format!("create Pod {name} in StatefulSet {set} successful");
        self.tell(view, out, false, "SuccessfulCreate", message);
    }

    fn document(&self, ordinal: i64, name: &str) -> Value {
        let version = self.version(ordinal);
        let mut doc = pod_from(&version.template, &self.owner, &format!("{}-", self.key().name));
        let labels = &mut doc["metadata"]["labels"];
        labels[REVISION_HASH] = version.name.as_str().into();
        labels[POD_NAME] = name.into();
        labels[POD_INDEX] = format!("{ordinal}").into();
        let spec = &mut doc["spec"];
        spec["hostname"] = name.into();
        if !self.set.service.is_empty() {
            spec["subdomain"] = self.set.service.as_str().into();
        }
        self.mount_claims(spec, name);
        doc
    }
}
