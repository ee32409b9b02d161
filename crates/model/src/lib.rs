//! The words that the controller and the nodes share: ids, orders, reports. No I/O, no clock.
//!
//! The law of this crate: it is a vocabulary. A type belongs here only if both sides speak of it.
//! How these words travel is `wire`'s business; what they lead to is the cores'.
#![no_std]

extern crate alloc;

pub mod hash;
pub mod ids;
pub mod message;
pub mod orders;
pub mod pod;
pub mod quantity;
pub mod report;
pub mod status;
pub mod time;
pub mod trust;

pub use hash::Hash;
pub use ids::{Generation, NodeName, Revision, Uid};
pub use time::Millis;
