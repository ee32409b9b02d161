//! What is asked of objects. Every rule tells where, and what would be right; Kubernetes' words where it has the rule.

pub mod field;
pub mod metadata;
pub mod names;
