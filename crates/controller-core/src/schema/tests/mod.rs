//! The schema's tests, a file for each part of it.

extern crate std;

mod fields;
mod openapi;
mod patch;
mod protobuf;
mod table;
