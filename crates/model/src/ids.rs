//! Names and numbers that say what they name.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl core::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type! {
    /// The name of a node: an RFC 1123 subdomain, as Kubernetes asks of `metadata.name` of a Node.
    /// It is also an MQTT topic level, so [`NodeName::checked`] refuses what could not be one.
    NodeName
}

name_type! {
    /// The `metadata.uid` of an object: unique over time, so that a pod created again is another pod.
    Uid
}

/// Why a text cannot be the name of a node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a node name: use lower case letters, digits, '-' and '.', start and end with a letter or digit, 253 characters at most"
)]
pub struct BadNodeName(pub String);

impl NodeName {
    /// A name that came from outside, checked (RFC 1123 subdomain).
    ///
    /// # Errors
    /// If it is not a lower-case RFC 1123 subdomain of at most 253 characters.
    pub fn checked(text: &str) -> Result<Self, BadNodeName> {
        if is_dns1123_subdomain(text) {
            Ok(Self::from(text))
        } else {
            Err(BadNodeName(text.to_string()))
        }
    }
}

/// Whether a text is an RFC 1123 subdomain: labels of lower-case letters, digits and `-`, joined by `.`, 253 characters at most.
pub fn is_dns1123_subdomain(text: &str) -> bool {
    let end = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |l: &str| {
        let b = l.as_bytes();
        !b.is_empty() && end(b[0]) && end(b[b.len() - 1]) && b.iter().all(|&c| end(c) || c == b'-')
    };
    !text.is_empty() && text.len() <= 253 && text.split('.').all(label)
}

macro_rules! number_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number_type! {
    /// The number of a node's orders. Orders with a higher one replace those with a lower one, never the reverse.
    /// The controller takes it from its store's [`Revision`], so it grows over restarts without being kept by node.
    /// Zero means: holds no orders yet.
    Generation
}

number_type! {
    /// The store's counter: every write takes the next. It is what clients see as `resourceVersion`.
    Revision
}
