//! What the other objects of a fleet or a namespace say of a new one: its priority, the bounds of its resources, and how
//! much there may be of it in all.
//!
//! The law of this room: whoever makes an object, a client or the controller itself, is under the same rules.

pub mod amount;
mod known;
pub mod priority;
pub mod quota;
pub mod range;

pub use known::{Charge, KINDS, Known};
