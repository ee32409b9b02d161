//! Each node's orders: made from what is bound to it, numbered upwards only, and sent as the difference to what the
//! node holds.

mod body;
pub(crate) mod orders;

pub use body::{LINK_PROFILE, MONTHLY_DATA, OVERRIDE_HOLDS, body, hash, policy, policy_body};
