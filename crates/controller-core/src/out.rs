//! A turn in the making: what is decided is collected here, and an object that was written waits for its change to
//! come back before it is decided on again.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::{Generation, Millis, NodeName, Revision, Uid};
use serde_json::{Value, json};

use crate::admit::meta::meta;
use crate::authorize::ClusterRoles;
use crate::core::Config;
use crate::events::{Happening, Recorder};
use crate::kinds::{self, KindId, ObjectKey};
use crate::limits::{Charge, Known};
use crate::place::with_condition;
use crate::queue::{Job, Queue};
use crate::stream::Stream;
use crate::turn::{Durability, Effect, Note, Turn, Write};
use crate::view::View;
use crate::view::meta::{Cond, Meta};
use crate::view::pod::PodView;

/// Why an object was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// What this turn has written is to be known first.
    Later,
    /// The limits forbid it, in words for people.
    Forbidden(String),
}

/// What decisions write into.
pub(crate) struct Out {
    pub(crate) now: Millis,
    pub(crate) config: Config,
    pub(crate) queue: Queue,
    pub(crate) names: Stream,
    pub(crate) uids: Stream,
    pub(crate) recorder: Recorder,
    pub(crate) limits: Known,
    pub(crate) roles: ClusterRoles,
    turn: Turn,
    written: BTreeSet<ObjectKey>,
    deferred: Vec<Job>,
}

impl Out {
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        Self {
            now: Millis(0),
            config,
            queue: Queue::default(),
            names: Stream::new(seed, "names"),
            uids: Stream::new(seed, "uids"),
            recorder: Recorder::default(),
            limits: Known::default(),
            roles: ClusterRoles::default(),
            turn: Turn::default(),
            written: BTreeSet::new(),
            deferred: Vec::new(),
        }
    }

    /// Whether this turn has written this object.
    pub(crate) fn wrote(&self, key: &ObjectKey) -> bool {
        self.written.contains(key)
    }

    /// Whether the rest should wait for the next turn.
    pub(crate) fn full(&self) -> bool {
        self.turn.save.len() >= self.config.writes_max
    }

    /// Decide on this with the next turn.
    pub(crate) fn defer(&mut self, job: Job) {
        self.deferred.push(job);
    }

    /// Ends the turn.
    pub(crate) fn finish(&mut self, view: &View) -> Turn {
        self.recorder.flush(self.now, view, &mut self.uids, &mut self.turn.save);
        self.written.clear();
        self.deferred.drain(..).for_each(|job| self.queue.mark(job));
        core::mem::take(&mut self.turn)
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.turn.then.push(effect);
    }

    pub(crate) fn odd(&mut self, node: &NodeName, what: String) {
        self.turn.then.push(Effect::Note(Note::Odd(node.clone(), what)));
    }

    /// The store's revision must be above this.
    pub(crate) fn raise(&mut self, to: Generation) {
        let raised = self.turn.raise.map_or(0, |r| r.0).max(to.0);
        self.turn.raise = Some(Revision(raised));
    }

    /// Makes an object of our own, under no limits: its names, uid and time are filled in, and what Kubernetes fills in.
    pub(crate) fn put(&mut self, key: &ObjectKey, doc: Value, durability: Durability) {
        let doc = self.complete(key, doc);
        self.write_new(key, doc, Vec::new(), durability);
    }

    /// Makes an object for a workload, under the limits that hold for users.
    ///
    /// # Errors
    /// If the limits forbid it, or cannot be known before the next turn.
    pub(crate) fn create(&mut self, key: &ObjectKey, doc: Value) -> Result<(), Refused> {
        let mut doc = self.complete(key, doc);
        let kind = kinds::get(key.kind);
        let charges = self.limits.admit(kind, &key.namespace, &mut doc);
        let written = |key: &ObjectKey| self.written.contains(key);
        if self.limits.quotas_of(&key.namespace).any(|(quota, _)| written(quota)) {
            return Err(Refused::Later);
        }
        let charges = charges.map_err(|why| {
            // What is told must not change with every name that is tried.
            let (resource, prefix) = (kind.qualified_resource(), meta(&doc).generate_name());
            let name = if prefix.is_empty() { &*key.name } else { prefix };
            Refused::Forbidden(alloc::format!("{resource} \"{name}\" is forbidden: {why}"))
        })?;
        self.written.extend(charges.iter().map(|c| c.key.clone()));
        self.write_new(key, doc, charges, Durability::Now);
        Ok(())
    }

    fn write_new(
        &mut self,
        key: &ObjectKey,
        doc: Value,
        charges: Vec<Charge>,
        durability: Durability,
    ) {
        self.written.insert(key.clone());
        self.turn.save.push(Write::Create { key: key.clone(), doc, charges, durability });
    }

    fn complete(&mut self, key: &ObjectKey, mut doc: Value) -> Value {
        let kind = kinds::get(key.kind);
        doc["apiVersion"] = kind.api_version().into();
        doc["kind"] = kind.kind.into();
        let meta = &mut doc["metadata"];
        meta["name"] = (&*key.name).into();
        if kind.namespaced {
            meta["namespace"] = (&*key.namespace).into();
        }
        meta["uid"] = self.uids.uuid().into();
        meta["creationTimestamp"] = self.now.to_rfc3339().into();
        if matches!(key.kind, kinds::REPLICA_SET | kinds::POD | kinds::JOB) {
            meta["generation"] = 1.into();
        }
        (kind.default)(&mut doc);
        if doc.get("status").is_none()
            && let Some(status) = (kind.first_status)(&doc)
        {
            doc["status"] = status;
        }
        doc
    }

    /// Says that something could not be made for an object, or decides on it again with the next turn.
    pub(crate) fn refused(
        &mut self,
        view: &View,
        why: Refused,
        job: Job,
        for_: &ObjectKey,
        uid: &Uid,
    ) {
        match why {
            Refused::Later => self.defer(job),
            Refused::Forbidden(why) => {
                let message = alloc::format!("Error creating: {why}");
                self.tell(view, Happening::warning(for_, uid, "FailedCreate", message));
            }
        }
    }

    /// Changes an object, if it is still as it was when this was decided.
    pub(crate) fn change(&mut self, key: &ObjectKey, seen: Revision, patch: Value) {
        self.merge(key, Some(seen), patch, Durability::Now);
    }

    /// Changes what is observed of an object, whatever else has changed.
    pub(crate) fn observe(&mut self, key: &ObjectKey, patch: Value) {
        self.merge(key, None, patch, Durability::Behind);
    }

    /// Changes a sign of life.
    pub(crate) fn renew(&mut self, key: &ObjectKey, patch: Value) {
        self.merge(key, None, patch, Durability::Loose);
    }

    fn merge(
        &mut self,
        key: &ObjectKey,
        expect: Option<Revision>,
        patch: Value,
        durability: Durability,
    ) {
        self.written.insert(key.clone());
        self.turn.save.push(Write::Merge { key: key.clone(), expect, patch, durability });
    }

    /// Takes an object away at once.
    pub(crate) fn remove(&mut self, key: &ObjectKey, seen: Revision) {
        self.written.insert(key.clone());
        self.turn.save.push(Write::Delete { key: key.clone(), expect: Some(seen) });
    }

    /// Ends a pod: gracefully if a node may run it, else at once.
    pub(crate) fn end_pod(&mut self, pod: &PodView) {
        self.end_pod_saying(pod, None);
    }

    /// Ends a pod, and says in its conditions why.
    pub(crate) fn end_pod_saying(&mut self, pod: &PodView, why: Option<Cond>) {
        if pod.deleting.is_some() || self.wrote(&pod.key) {
            return;
        }
        let at_once = pod.node.is_none() || pod.phase.is_terminal() || pod.grace_s == 0;
        if at_once && !pod.finalizers {
            self.remove(&pod.key, pod.revision);
            return;
        }
        let over = pod.node.is_none() || pod.phase.is_terminal();
        // None at all says that it is known to be gone, to whoever waits for that.
        let grace_s = if over { 0 } else { pod.grace_s.max(i64::from(pod.finalizers)) };
        let by = self.now.plus(u64::try_from(grace_s).unwrap_or(0) * 1000);
        let mut patch = json!({"metadata": {
            "deletionTimestamp": by.to_rfc3339(),
            "deletionGracePeriodSeconds": grace_s,
        }});
        if let Some(why) = why {
            patch["status"]["conditions"] = with_condition(pod, why).into();
        }
        self.change(&pod.key, pod.revision, patch);
    }

    /// Ends an object of any kind in the background.
    pub(crate) fn end(&mut self, view: &View, key: &ObjectKey, meta: &Meta) {
        if self.wrote(key) {
            return;
        }
        if let Some(pod) = view.pods.get(key) {
            self.end_pod(pod);
        } else if meta.finalizers.is_empty() {
            self.remove(key, meta.revision);
        } else if meta.deleting.is_none() {
            let patch = json!({"metadata": {
                "deletionTimestamp": self.now.to_rfc3339(),
                "deletionGracePeriodSeconds": 0,
            }});
            self.change(key, meta.revision, patch);
        }
    }

    /// Tells that something happened to an object, as a Kubernetes Event.
    pub(crate) fn tell(&mut self, view: &View, happening: Happening) {
        self.recorder.record(view, happening);
    }

    /// A name that is not taken: the prefix and five letters.
    pub(crate) fn free_name(
        &mut self,
        view: &View,
        kind: KindId,
        namespace: &str,
        prefix: &str,
    ) -> ObjectKey {
        // Names have 63 characters at most where they become host names; the letters must fit.
        let prefix: String = prefix.chars().take(58).collect();
        loop {
            let name = alloc::format!("{prefix}{}", self.names.letters(5));
            let key = ObjectKey { kind, namespace: Arc::from(namespace), name: name.into() };
            if !view.meta.contains_key(&key) && !self.wrote(&key) {
                return key;
            }
        }
    }
}
