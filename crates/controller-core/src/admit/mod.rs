//! What is let in: every object that is kept has passed through here, so whoever reads one later may rely on its form.
//!
//! One order for every write: patch, default, prepare, validate; the caller checks the fields' names before
//! (`schema`) and compares and writes after.

pub mod check;
mod debug;
pub mod default;
pub mod delete;
pub mod evict;
pub mod managed;
pub mod meta;
pub mod names;
pub mod patch;
pub mod pod_actions;
pub mod prepare;
pub mod scale;
pub mod selectable;
pub mod selector;
pub mod service;
pub mod status;
pub mod warn;

pub use delete::{DeleteOptions, Deletion, Propagation, delete};
pub use meta::{Meta, OwnerRef, meta};
pub use prepare::{Fresh, Outcome, check_namespace, prepare_create, prepare_update, warnings};
pub use selectable::{Selectable, Selector};
pub use status::ApiError;
