//! The API as its clients see it: over TLS, with a store beneath.

mod client;
mod recorded;
mod watching;
mod writing;
