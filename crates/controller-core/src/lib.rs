//! What the fleet decides: admit, schedule, reconcile, roll out, assign, ingest. No I/O, no clock, no threads:
//! the compiler refuses them here (`no_std`).
//!
//! The law of this crate: decisions are made from what is kept, never from what was announced, and a turn that
//! changes nothing says nothing.
#![no_std]

extern crate alloc;

mod account;
pub mod admit;
pub mod assign;
pub mod authorize;
mod collect;
pub mod core;
mod cron;
pub mod custom;
mod departure;
mod disruption;
mod endpoints;
mod events;
mod fleet;
mod ingest;
pub mod join;
mod keys;
pub mod kinds;
pub mod limits;
mod liveness;
mod out;
mod place;
mod preempt;
mod queue;
mod quotas;
mod rollout;
pub mod schedule;
pub mod schema;
pub mod storage;
pub mod stream;
pub mod turn;
mod view;
mod workloads;
