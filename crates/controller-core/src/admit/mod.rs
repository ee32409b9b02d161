//! What is let in: every object that is kept has passed through here, so whoever reads one later may rely on its form.
//!
//! One order for every write: patch, default, prepare, validate; the caller checks the fields' names before
//! (`schema`) and compares and writes after.

pub mod meta;
pub mod status;

pub use meta::{Meta, OwnerRef, meta};
pub use status::ApiError;
