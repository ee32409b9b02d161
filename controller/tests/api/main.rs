//! The API as its clients see it: over TLS, with a store beneath.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod applying;
mod audit;
mod client;
mod custom;
mod limits;
mod observed;
mod recorded;
mod roles;
mod room;
mod services;
mod tokens;
mod versions;
mod watching;
mod writing;
