//! The agent of a node: it holds the node's orders and keeps them true.

mod pause;
mod runtime;
mod store;
mod volumes;

fn main() {}
