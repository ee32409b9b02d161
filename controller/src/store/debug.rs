//! What is printed of the store's words: never a document, since it may be a secret.

use std::fmt::{Debug, Formatter, Result};

use super::{Change, Committed, Op, Stored};

impl Debug for Stored {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Stored({}, {} bytes)", self.revision, self.doc.len())
    }
}

impl Debug for Committed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Committed({}, {} bytes)", self.revision, self.doc.len())
    }
}

impl Debug for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let what = if self.put.is_some() { "put" } else { "delete" };
        write!(f, "Op({what} {:?}, {:?}, {:?})", self.key, self.expect, self.durability)
    }
}

impl Debug for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Change({:?} {:?} {})", self.kind, self.key, self.revision)
    }
}
