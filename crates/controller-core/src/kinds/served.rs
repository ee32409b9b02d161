//! A kind as requests hold it: a row of the table, or a version of a custom resource.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::{Kind, KindId, get};
use crate::custom::{Custom, Resource};

/// A kind that is served. Cheap to clone; a custom one lives on in it, whatever becomes of its definition.
#[derive(Clone)]
pub struct Served(Source);

#[derive(Clone)]
enum Source {
    Fixed(&'static Kind<'static>),
    Custom(Arc<Resource>, usize),
}

impl Served {
    /// A version of a custom resource, by its place among the versions.
    pub(crate) fn custom(resource: Arc<Resource>, version: usize) -> Self {
        Self(Source::Custom(resource, version))
    }

    /// Its number.
    pub fn id(&self) -> KindId {
        match &self.0 {
            Source::Fixed(kind) => kind.id,
            Source::Custom(resource, _) => resource.id,
        }
    }

    /// Its row.
    pub fn kind(&self) -> Kind<'_> {
        match &self.0 {
            Source::Fixed(kind) => **kind,
            Source::Custom(resource, at) => {
                Custom { resource, version: &resource.versions[*at] }.row()
            }
        }
    }
}

/// Every kind in every version: the rows of the table, and these custom resources.
pub fn all_served(customs: &[Served]) -> Vec<Kind<'_>> {
    fn row<'k>(kind: &'static Kind<'static>) -> Kind<'k> {
        *kind
    }
    super::served().map(row).chain(customs.iter().map(Served::kind)).collect()
}

impl From<KindId> for Served {
    fn from(id: KindId) -> Self {
        Self(Source::Fixed(get(id)))
    }
}

impl From<&'static Kind<'static>> for Served {
    fn from(kind: &'static Kind<'static>) -> Self {
        Self(Source::Fixed(kind))
    }
}

impl PartialEq for Served {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.kind(), other.kind());
        (a.id, a.group, a.version) == (b.id, b.group, b.version)
    }
}

impl Eq for Served {}

impl PartialEq<KindId> for Served {
    fn eq(&self, other: &KindId) -> bool {
        self.id() == *other
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        write!(f, "{}/{}/{}", kind.group, kind.version, kind.plural)
    }
}
