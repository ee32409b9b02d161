//! Each pod of a set has claims of its own, which outlive it: whoever has its name next has its data.
//!
//! The law of this room: a claim goes only by the set's retention policy, and then by its owners: the set, or the pod
//! that is too many.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::Stateful;
use crate::kinds::{self, ObjectKey};
use crate::out::Out;
use crate::view::View;
use crate::view::doc;
use crate::view::meta::{Meta, Owner, OwnerKind};
use crate::view::pod::PodView;

impl Stateful<'_> {
    /// The claims of a pod of this name, and what each is made from.
    fn claims(&self, pod: &str) -> impl Iterator<Item = (ObjectKey, &Value)> {
        self.set.claims.iter().map(move |template| {
            let name = format!("{}-{pod}", doc::text(template, &["metadata", "name"]));
            let kind = kinds::PERSISTENT_VOLUME_CLAIM;
            (ObjectKey::new(kind, &self.key().namespace, &name), template)
        })
    }

    fn pod_name(&self, ordinal: i64) -> String {
        format!("{}-{ordinal}", self.key().name)
    }

    /// Makes the claims that a pod lacks. False: one is on its way out, and the pod has to wait for that.
    pub(super) fn make_claims(&self, view: &View, out: &mut Out, ordinal: i64) -> bool {
        let mut well = true;
        for (key, template) in self.claims(&self.pod_name(ordinal)) {
            match view.meta.get(&key) {
                Some(meta) => well &= meta.deleting.is_none() && !is_stale(view, meta),
                None if out.wrote(&key) => {}
                None => self.make_claim(view, out, &key, template),
            }
        }
        well
    }

    fn make_claim(&self, view: &View, out: &mut Out, key: &ObjectKey, template: &Value) {
        let mut labels = doc::texts(template, &["metadata", "labels"]);
        labels.extend(self.set.common.selector.match_labels.clone());
        let mut metadata = json!({"labels": labels});
        if let Some(annotations) = doc::at(template, &["metadata", "annotations"]) {
            metadata["annotations"] = annotations.clone();
        }
        if let Some(owner) = self.owner_of_claims(None) {
            metadata["ownerReferences"] = json!([owner.to_value()]);
        }
        let spec = template.get("spec").cloned().unwrap_or(Value::Null);
        if let Err(why) = out.create(key, json!({"metadata": metadata, "spec": spec})) {
            return self.refused(view, out, why);
        }
        let (claim, set) = (&key.name, &self.key().name);
        let message = format!("create Claim {claim} in StatefulSet {set} success");
        self.tell(view, out, false, "SuccessfulCreate", message);
    }

    /// Lets a pod's volumes be its claims.
    pub(super) fn mount_claims(&self, spec: &mut Value, pod: &str) {
        let mut volumes: Vec<Value> = doc::list(spec, &["volumes"]).to_vec();
        for (key, template) in self.claims(pod) {
            let name = doc::text(template, &["metadata", "name"]);
            volumes.retain(|v| v["name"] != name);
            let claim = json!({"claimName": &*key.name});
            volumes.push(json!({"name": name, "persistentVolumeClaim": claim}));
        }
        if !volumes.is_empty() {
            spec["volumes"] = volumes.into();
        }
    }

    /// With whom claims go, by the policy. `surplus`: the pod, if it is one that is too many.
    fn owner_of_claims(&self, surplus: Option<&PodView>) -> Option<Owner> {
        let retention = self.set.retention;
        match surplus.filter(|_| retention.scaled) {
            Some(pod) => Some(Owner {
                controller: false,
                ..Owner::controlling(kinds::POD, &pod.key.name, &pod.uid)
            }),
            None => retention.deleted.then(|| Owner { controller: false, ..self.owner.clone() }),
        }
    }

    /// Brings the owners of claims in line with the policy.
    pub(super) fn keep_claims(&self, view: &View, out: &mut Out) {
        if self.set.claims.is_empty() {
            return;
        }
        for (ordinal, pod) in &self.pods {
            let want =
                self.owner_of_claims(Some(pod).filter(|_| !self.set.wants(*ordinal)).copied());
            for (key, _) in self.claims(&pod.key.name) {
                let Some(meta) = view.meta.get(&key).filter(|m| m.deleting.is_none()) else {
                    continue;
                };
                // A claim that is about to go with a former pod is past saving: it comes anew.
                if is_stale(view, meta) || out.wrote(&key) {
                    continue;
                }
                let ours = |o: &&Owner| {
                    o.uid == self.set.common.uid || o.kind == OwnerKind::Known(kinds::POD)
                };
                if meta.owners.iter().filter(ours).map(|o| &o.uid).eq(want.iter().map(|o| &o.uid)) {
                    continue;
                }
                let others = meta.owners.iter().filter(|o| !ours(o));
                let all: Vec<Value> = others.chain(&want).map(Owner::to_value).collect();
                let all = if all.is_empty() { Value::Null } else { all.into() };
                out.change(&key, meta.revision, json!({"metadata": {"ownerReferences": all}}));
            }
        }
    }
}

/// Whether a claim is to go with a pod that is gone already.
fn is_stale(view: &View, claim: &Meta) -> bool {
    let of_pod = |o: &&Owner| o.kind == OwnerKind::Known(kinds::POD);
    claim.owners.iter().filter(of_pod).any(|o| view.owner_gone(o))
}
