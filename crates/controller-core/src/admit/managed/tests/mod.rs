//! An object, and those who write it.

mod custom;
mod merging;
mod owning;
mod properties;
mod sets;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use model::Millis;
use serde_json::{Value, json};

use super::entries::Managers;
use super::{Ownership, Writer, apply, created, updated};
use crate::admit::{ApiError, Fresh, Outcome, prepare_create, prepare_update};
use crate::kinds::{self, Kind, KindId, Subresource};

/// An object as the store would hold it.
pub(super) struct World<'k> {
    kind: Kind<'k>,
    pub(super) doc: Option<Value>,
    second: u64,
    /// How often something was written.
    pub(super) writes: u64,
}

impl World<'static> {
    pub(super) fn new(kind: KindId) -> Self {
        World::of(*kinds::get(kind))
    }
}

impl<'k> World<'k> {
    pub(super) fn of(kind: Kind<'k>) -> Self {
        Self { kind, doc: None, second: 1_800_000_000, writes: 0 }
    }

    fn writer<'a>(&mut self, manager: &'a str, part: Option<Subresource>) -> Writer<'a> {
        self.second += 1;
        Writer { manager, part, now: Millis(self.second * 1000 + 7) }
    }

    fn whole(&self, mut config: Value) -> Value {
        config["apiVersion"] = self.kind.api_version().into();
        config["kind"] = self.kind.kind.into();
        config["metadata"]["name"] = "x".into();
        config
    }

    fn make(&self, doc: Value) -> Result<Value, ApiError> {
        let namespace = if self.kind.namespaced { "n" } else { "" };
        let fresh = Fresh { now: Millis(0), uid: "u", suffix: "abcde" };
        let mut doc = prepare_create(&self.kind, namespace, doc, &fresh)?;
        doc["metadata"]["resourceVersion"] = "1".into();
        Ok(doc)
    }

    fn keep(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Unchanged => return,
            Outcome::Changed(doc) => self.doc = Some(doc),
            Outcome::Gone(_) => self.doc = None,
        }
        self.writes += 1;
    }

    pub(super) fn create(&mut self, manager: &str, doc: Value) -> Result<(), ApiError> {
        let writer = self.writer(manager, None);
        let doc = self.make(self.whole(doc))?;
        self.doc = Some(created(&self.kind, doc, &writer));
        self.writes += 1;
        Ok(())
    }

    pub(super) fn apply(&mut self, manager: &str, config: Value) -> Result<(), ApiError> {
        self.apply_to(manager, None, config, false)
    }

    pub(super) fn force(&mut self, manager: &str, config: Value) -> Result<(), ApiError> {
        self.apply_to(manager, None, config, true)
    }

    pub(super) fn apply_to(
        &mut self,
        manager: &str,
        part: Option<Subresource>,
        config: Value,
        force: bool,
    ) -> Result<(), ApiError> {
        let writer = self.writer(manager, part);
        let config = self.whole(config);
        let old = self.doc.clone();
        let applied = apply(&self.kind, old.as_ref(), &config, &writer, force)?;
        let outcome = match &old {
            None => Outcome::Changed(applied.created(self.make(applied.doc().clone())?, &writer)),
            Some(old) => {
                let outcome = prepare_update(&self.kind, part, old, applied.doc().clone())?;
                applied.updated(old, outcome, &writer)
            }
        };
        self.keep(outcome);
        Ok(())
    }

    /// Changes the object as its document is changed by `how`.
    pub(super) fn update(&mut self, manager: &str, how: impl FnOnce(&mut Value)) {
        self.update_part(manager, None, how);
    }

    pub(super) fn update_part(
        &mut self,
        manager: &str,
        part: Option<Subresource>,
        how: impl FnOnce(&mut Value),
    ) {
        let writer = self.writer(manager, part);
        let old = self.doc.clone().expect("it is there");
        let mut new = old.clone();
        how(&mut new);
        let sent = Ownership::of(&new);
        let part = part.filter(|part| *part != Subresource::Scale);
        let outcome = prepare_update(&self.kind, part, &old, new).expect("valid");
        self.keep(updated(&self.kind, &old, &sent, outcome, &writer));
    }

    pub(super) fn at(&self, pointer: &str) -> Value {
        let doc = self.doc.as_ref().expect("it is there");
        doc.pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn managers(&self) -> Managers {
        Managers::of(self.doc.as_ref().expect("it is there"))
    }

    /// Who owns what, as `manager: .path .path`, sorted.
    pub(super) fn owners(&self) -> Vec<String> {
        let each = |(manager, claim): (&super::Manager, &super::entries::Claim)| {
            let mut paths = Vec::new();
            claim.set.each(|path| paths.push(super::element::path_text(path)));
            alloc::format!("{}: {}", manager.name, paths.join(" "))
        };
        self.managers().0.iter().map(each).collect()
    }
}

/// What a refusal says.
pub(super) fn message(refused: Result<(), ApiError>) -> String {
    match refused {
        Ok(()) => "it was taken".to_owned(),
        Err(error) => error.message,
    }
}

/// A deployment of one container, with what is given added to its spec.
pub(super) fn deployment(spec: Value) -> Value {
    let mut doc = json!({"spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "c", "image": "x"}]},
        },
    }});
    for (name, value) in spec.as_object().into_iter().flatten() {
        doc["spec"][name] = value.clone();
    }
    doc
}

/// A pod's container `c`, with what is given added.
pub(super) fn pod(container: Value) -> Value {
    let mut whole = json!({"name": "c", "image": "x"});
    for (name, value) in container.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    json!({"spec": {"containers": [whole]}})
}
