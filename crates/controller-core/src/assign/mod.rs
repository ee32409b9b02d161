//! Each node's orders: made from what is bound to it, numbered upwards only, and sent as the difference to what the
//! node holds.

mod body;
pub(crate) mod orders;

pub use body::{
    DECOMMISSION, LINK_PROFILE, MONTHLY_DATA, OVERRIDE_HOLDS, body, hash, leave, policy,
    policy_body,
};
