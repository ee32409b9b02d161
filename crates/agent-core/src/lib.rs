//! What a node decides: which orders to take, what to start and stop, when to try again, what to tell. No I/O, no
//! clock, no threads: the compiler refuses them here (`no_std`).
//!
//! The law of this crate: a plan is made from what is, never from what was announced, and it is empty when all is as
//! ordered.
#![no_std]

extern crate alloc;

pub mod turn;
