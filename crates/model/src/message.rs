//! What is said on the link. `wire` gives each a numbered CBOR form; both cores speak in these.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::orders::{Delta, ItemKey};
use crate::report::Report;
use crate::trust::{Announcement, PublicKey};
use crate::{Generation, Hash, Millis};

/// Controller to node, on `dl/<node>/d`.
#[derive(Clone, Debug, PartialEq)]
pub enum Down {
    /// The answer to a [`Hello`] that needs no orders: what the node holds is what it shall hold.
    Welcome(Welcome),
    /// New orders, as a change.
    Orders(Delta),
    /// All reports up to this one have been taken.
    ReportTaken {
        /// The boot that the report is from.
        boot: u64,
        /// The report's number.
        sequence: u64,
    },
    /// The controller does not know this node's connection (it has just started): say hello.
    WhoAreYou,
}

/// Node to controller, on `dl/<node>/u`.
#[derive(Clone, Debug, PartialEq)]
pub enum Up {
    /// First word on every connection.
    Hello(Hello),
    /// These orders have been taken and kept.
    Taken {
        /// Their number.
        generation: Generation,
    },
    /// These orders have not been taken.
    Refused(Refused),
    /// What has changed on the node.
    Report(Box<Report>),
    /// The node stops on purpose (service stop), so silence is no fault.
    Bye,
}

/// The first word of a node on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The number of this start of the agent: grows with every start.
    pub boot: u64,
    /// The number of this connection within the boot.
    pub session: u64,
    /// The generation that the node holds; zero if none.
    pub held: Generation,
    /// The root hash of what it holds; of the empty set if none.
    pub root: Hash,
    /// The agent's version, e.g. `0.1.0`.
    pub version: String,
    /// The node's labels from its configuration.
    pub labels: Vec<(String, String)>,
    /// The controller instance that last took this node's reports; zero if none. See [`Welcome::instance`].
    pub instance: u64,
    /// The number of the set of keys that it knows the controller's orders by; zero: none.
    pub keys: u64,
    /// The key that secrets for it are sealed to; none: it cannot open any.
    pub sealing: Option<PublicKey>,
}

/// The controller's answer to a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The controller's start, as a number that differs from start to start. A node that sees another one than
    /// before tells its whole status again, since observations are written behind and some may be lost.
    pub instance: u64,
    /// The controller's clock: a lower bound for a node that doubts its own.
    pub time: Millis,
    /// The generation that the node shall hold. If it differs from what the hello said, orders follow.
    pub generation: Generation,
    /// Sets of keys that followed the one which the hello named, oldest first: each is signed by a key of the one before.
    pub keys: Vec<Announcement>,
}

/// Why orders were not taken, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The generation that was refused.
    pub generation: Generation,
    /// Why.
    pub why: WhyRefused,
    /// The generation that the node holds.
    pub held: Generation,
    /// The hash of every item that it holds, so that the controller can send exactly what is missing.
    pub items: Vec<(ItemKey, Hash)>,
}

/// Why a node refused orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WhyRefused {
    /// Not newer than what is held.
    Stale = 0,
    /// The change starts from a generation that the node does not hold.
    WrongBase = 1,
    /// After applying the change, the root did not come out.
    WrongRoot = 2,
    /// They are for another node.
    WrongNode = 3,
    /// The signature is missing or wrong.
    BadSignature = 4,
    /// A secret among them is not sealed to this node, or is not what the manifest says.
    CannotOpen = 5,
}
