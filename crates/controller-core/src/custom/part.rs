//! A part of a definition's schema, as server-side apply asks for it.

use alloc::string::String;
use core::fmt;

use super::object::Custom;
use super::schema::{Additional, Listed, Schema, Shape};

/// A part of a schema.
#[derive(Clone, Copy)]
pub(crate) struct Part<'s>(&'s Schema);

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.shape.as_str())
    }
}

impl<'k> Custom<'k> {
    /// The schema of its documents.
    pub(crate) fn part(self) -> Part<'k> {
        Part(&self.version.schema)
    }
}

impl<'s> Part<'s> {
    /// What a field may hold; none: anything.
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        match (self.0.properties.get(name), &self.0.additional) {
            (Some(of), _) => Some(Self(of)),
            (None, Additional::Of(of)) => Some(Self(of)),
            (None, Additional::None | Additional::Any) => None,
        }
    }

    /// Whether it names this field.
    pub(crate) fn declares(self, name: &str) -> bool {
        self.0.properties.contains_key(name)
    }

    /// Whether it names fields.
    pub(crate) fn has_fields(self) -> bool {
        !self.0.properties.is_empty()
    }

    /// Whether fields that it does not name are dropped.
    pub(crate) fn is_closed(self) -> bool {
        let open = self.0.preserve || self.0.embedded || self.0.shape != Shape::Object;
        !open && matches!(self.0.additional, Additional::None)
    }

    /// What the items of a list may hold; none: anything.
    pub(crate) fn item(self) -> Option<Self> {
        self.0.items.as_deref().map(Self)
    }

    /// Whether it is a list of scalars that are there once.
    pub(crate) fn is_set(self) -> bool {
        self.0.rules.as_ref().is_some_and(|rules| matches!(rules.listed, Listed::Set))
    }

    /// Whether an object is one value.
    pub(crate) fn is_whole(self) -> bool {
        self.0.rules.as_ref().is_some_and(|rules| rules.whole)
    }

    /// The fields that tell the items of a list apart; none: nothing does.
    pub(crate) fn keys(self) -> &'s [String] {
        match self.0.rules.as_ref().map(|rules| &rules.listed) {
            Some(Listed::Map(keys)) => keys,
            _ => &[],
        }
    }
}
