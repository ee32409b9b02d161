//! The controller's rooms. The binary (`main.rs`) opens them in order; tests open them one at a time.

pub mod api;
mod bucket;
pub mod ca;
pub mod config;
pub mod drive;
pub mod join;
pub mod keys;
pub mod link;
pub mod metrics;
pub mod pki;
pub mod store;
pub mod telemetry;
pub mod token;
pub mod users;
