//! What is printed of what was decided: never a document, since it may be a secret.

use core::fmt::{Debug, Formatter, Result};

use super::delete::Deletion;
use super::prepare::Outcome;

impl Debug for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Unchanged => "Unchanged",
            Self::Changed(_) => "Changed",
            Self::Gone(_) => "Gone",
        })
    }
}

impl Debug for Deletion {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self {
            Self::Removed => "Removed",
            Self::Marked(_) => "Marked",
            Self::Unchanged => "Unchanged",
        })
    }
}
