//! Kinds that operators define: what a CustomResourceDefinition comes to, and how its objects are treated.
//!
//! The law here: a definition is read once, when it changes; whoever serves a request holds what was read, and nothing
//! that a definition or an object says can make a request run without bound.

mod column;
mod complete;
pub(crate) mod conditions;
pub(crate) mod decide;
pub(crate) mod definition;
mod format;
mod junctor;
mod object;
pub mod openapi;
mod part;
mod path;
mod pattern;
mod resource;
mod schema;
mod structural;
mod validate;

#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::Value;

use crate::admit::ApiError;
use crate::kinds::{self, KindId, Served};

pub use column::ColumnHead;
pub use object::Custom;
pub(crate) use part::Part;
pub use resource::{Resource, Version, priority};

/// The finalizer of a definition whose objects are to go before it, as Kubernetes names it.
pub const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// So many definitions there may be.
pub const DEFINITIONS_MAX: usize = 1024;

/// The group of definitions.
pub const GROUP: &str = "apiextensions.k8s.io";

/// The custom resources that are defined.
#[derive(Clone, Debug, Default)]
pub struct Customs {
    all: BTreeMap<KindId, Arc<Resource>>,
    /// Grows with every change of what is served.
    pub changes: u64,
}

/// The group and the plural in a definition's name.
pub fn names_of(definition: &str) -> Option<(&str, &str)> {
    definition.split_once('.').map(|(plural, group)| (group, plural))
}

/// The number of the resource that a definition of this name defines.
pub fn id_of(definition: &str) -> Option<KindId> {
    names_of(definition).map(|(group, plural)| KindId::custom(group, plural))
}

impl Customs {
    /// Reads a definition, which takes a while if it is a new one: what has been read before is taken over. The name is
    /// the definition's.
    pub fn read(&self, definition: &str, doc: &Value) -> Option<Arc<Resource>> {
        let old = self.all.get(&id_of(definition)?);
        // The same patterns come again and again, and each takes more room than its schema.
        let mut patterns = schema::Patterns::new();
        let versions = self.all.values().flat_map(|resource| resource.versions.iter());
        versions.for_each(|version| version.schema.patterns(&mut patterns));
        Resource::read(doc, old.map(|r| &**r), patterns).map(Arc::new)
    }

    /// Takes a definition in that was read, or its end (none).
    pub fn apply(&mut self, definition: &str, new: Option<Arc<Resource>>) {
        let Some(id) = id_of(definition) else { return };
        match new {
            Some(new) => {
                let old = self.all.get(&id);
                self.changes += u64::from(old.is_none_or(|old| old.differs(&new)));
                self.all.insert(id, new);
            }
            None => {
                self.changes += u64::from(self.all.remove(&id).is_some());
            }
        }
    }

    /// Whether another definition may be made.
    ///
    /// # Errors
    /// 403 if there are too many, or its number is taken: [`KindId::custom`] of two names may be the same.
    pub fn check_room(&self, definition: &str) -> Result<(), ApiError> {
        let kind = kinds::get(kinds::CUSTOM_RESOURCE_DEFINITION);
        if self.all.len() >= DEFINITIONS_MAX {
            let why = format!("there may be {DEFINITIONS_MAX} definitions at most");
            return Err(ApiError::forbidden(kind, definition, &why));
        }
        match id_of(definition).and_then(|id| self.all.get(&id)) {
            Some(other) if other.definition != definition => {
                let why = format!(
                    "its name cannot be told apart from {} here: choose another plural or group",
                    other.definition
                );
                Err(ApiError::forbidden(kind, definition, &why))
            }
            _ => Ok(()),
        }
    }

    /// The resource of a number.
    pub fn get(&self, id: KindId) -> Option<&Arc<Resource>> {
        self.all.get(&id)
    }

    /// The resources that are served, each in its versions that are served, sorted by group and plural.
    pub fn served(&self) -> impl Iterator<Item = Served> + '_ {
        let mut all: Vec<&Arc<Resource>> = self.all.values().filter(|r| r.established).collect();
        all.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
        all.into_iter().flat_map(|resource| {
            let served = resource.versions.iter().enumerate().filter(|(_, v)| v.served);
            served.map(|(at, _)| Served::custom(resource.clone(), at))
        })
    }

    /// The version of a resource that a path names.
    pub fn by_resource(&self, group: &str, version: &str, plural: &str) -> Option<Served> {
        let resource = self.all.get(&KindId::custom(group, plural))?;
        if resource.group != group || resource.plural != plural || !resource.established {
            return None;
        }
        let at = resource.versions.iter().position(|v| v.name == version && v.served)?;
        Some(Served::custom(resource.clone(), at))
    }

    /// A resource in the version in which its objects are kept, served or not.
    pub fn stored(&self, id: KindId) -> Option<Served> {
        let resource = self.all.get(&id)?;
        let at = resource.versions.iter().position(|v| v.storage)?;
        Some(Served::custom(resource.clone(), at))
    }

    /// Every resource, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.all.values()
    }
}
