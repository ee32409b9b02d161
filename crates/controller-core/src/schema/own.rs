//! The types that the table does not have: those of our own kinds (`driftless.dev/v1`), by hand, since protobuf does not
//! know them, and those of custom resource definitions ([`super::extensions`]).

use super::{
    EMITTED, Field, Form, NONE, OPTIONAL, REQUIRED, Root, Type, extensions, f, rollouts, table,
};

/// Whole objects of our own, sorted by group version and kind.
pub(super) static ROOTS: &[Root] = &[
    Root {
        api_version: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        of: &extensions::DEFINITION,
    },
    Root { api_version: "driftless.dev/v1", kind: "ApiToken", of: &API_TOKEN },
    Root { api_version: "driftless.dev/v1", kind: "JoinToken", of: &JOIN_TOKEN },
    Root { api_version: "driftless.dev/v1", kind: "NodeIdentity", of: &NODE_IDENTITY },
    Root { api_version: "driftless.dev/v1", kind: "NodeState", of: &NODE_STATE },
    Root { api_version: "driftless.dev/v1", kind: "Rollout", of: &rollouts::ROLLOUT },
    Root { api_version: "driftless.dev/v1", kind: "RolloutPolicy", of: &rollouts::POLICY },
];

/// Our own types, sorted by name.
pub(super) static TYPES: &[&Type] = &[
    &API_TOKEN,
    &API_TOKEN_SPEC,
    &JOIN_TOKEN,
    &JOIN_TOKEN_SPEC,
    &JOIN_TOKEN_STATUS,
    &NODE_IDENTITY,
    &NODE_IDENTITY_SPEC,
    &NODE_IDENTITY_STATUS,
    &NODE_STATE,
    &NODE_STATE_DATA,
    &NODE_STATE_HOLD,
    &NODE_STATE_STATUS,
    &NODE_STATE_USAGE,
    &rollouts::ROLLOUT,
    &rollouts::NODE,
    &rollouts::POLICY,
    &rollouts::POLICY_SPEC,
    &rollouts::POLICY_STAGE,
    &rollouts::SPEC,
    &rollouts::STAGE,
    &rollouts::STATUS,
    &extensions::COLUMN,
    &extensions::CONVERSION,
    &extensions::DEFINITION,
    &extensions::CONDITION,
    &extensions::NAMES,
    &extensions::SPEC,
    &extensions::STATUS,
    &extensions::VERSION,
    &extensions::SCALE,
    &extensions::SUBRESOURCES,
    &extensions::VALIDATION,
    &extensions::PROPS,
    &extensions::SELECTABLE,
    &extensions::RULE,
];

/// A field that is always said.
pub(super) const fn said(name: &'static str, form: Form) -> Field {
    f(name, 0, REQUIRED | EMITTED, form, &NONE)
}

/// A field that may be missing.
pub(super) const fn may(name: &'static str, form: Form) -> Field {
    f(name, 0, OPTIONAL, form, &NONE)
}

pub(super) const fn own(name: &'static str, fields: &'static [Field]) -> Type {
    Type { name, atomic: false, inlined: &[], fields }
}

static API_TOKEN: Type = own(
    "dev.driftless.v1.ApiToken",
    &[
        may("apiVersion", Form::String),
        may("kind", Form::String),
        may("metadata", Form::Object(&table::META_V1_OBJECT_META)),
        said("spec", Form::Object(&API_TOKEN_SPEC)),
    ],
);

static API_TOKEN_SPEC: Type = own(
    "dev.driftless.v1.ApiTokenSpec",
    &[
        may("expiresAt", Form::Time),
        may("groups", Form::Array(&Form::String)),
        said("sha256", Form::String),
        said("user", Form::String),
    ],
);

static NODE_STATE: Type = own(
    "dev.driftless.v1.NodeState",
    &[
        may("apiVersion", Form::String),
        may("kind", Form::String),
        may("metadata", Form::Object(&table::META_V1_OBJECT_META)),
        may("status", Form::Object(&NODE_STATE_STATUS)),
    ],
);

static NODE_STATE_STATUS: Type = own(
    "dev.driftless.v1.NodeStateStatus",
    &[
        may("agentVersion", Form::String),
        said("connected", Form::Bool),
        may("data", Form::Object(&NODE_STATE_DATA)),
        may("duplicate", Form::Bool),
        may("holds", Form::Array(&Form::Object(&NODE_STATE_HOLD))),
        may("lastHeard", Form::Time),
        said("ordersHeld", Form::Int64),
        said("ordersMade", Form::Int64),
        said("pods", Form::Int32),
        said("podsReady", Form::Int32),
        may("refused", Form::String),
        said("settled", Form::Bool),
        may("since", Form::Time),
        may("untrusted", Form::Int64),
        may("usage", Form::Object(&NODE_STATE_USAGE)),
    ],
);

static NODE_STATE_DATA: Type = own(
    "dev.driftless.v1.NodeStateData",
    &[
        may("capped", Form::Bool),
        may("month", Form::String),
        said("monthBytes", Form::Int64),
        may("receivedBytes", Form::Map(&Form::Int64)),
        may("sentBytes", Form::Map(&Form::Int64)),
        said("storedBytes", Form::Int64),
    ],
);

static NODE_STATE_HOLD: Type = own(
    "dev.driftless.v1.NodeStateHold",
    &[
        said("by", Form::String),
        said("pod", Form::String),
        may("reason", Form::String),
        may("since", Form::Time),
        may("until", Form::Time),
        said("waiting", Form::Bool),
    ],
);

static NODE_STATE_USAGE: Type = own(
    "dev.driftless.v1.NodeStateUsage",
    &[
        may("cpu", Form::Quantity),
        may("memory", Form::Quantity),
        may("networkReceivedBytes", Form::Int64),
        may("networkSentBytes", Form::Int64),
        may("storage", Form::Quantity),
        may("time", Form::Time),
    ],
);

static JOIN_TOKEN: Type = own(
    "dev.driftless.v1.JoinToken",
    &[
        may("apiVersion", Form::String),
        may("kind", Form::String),
        may("metadata", Form::Object(&table::META_V1_OBJECT_META)),
        may("spec", Form::Object(&JOIN_TOKEN_SPEC)),
        may("status", Form::Object(&JOIN_TOKEN_STATUS)),
    ],
);

static JOIN_TOKEN_SPEC: Type = own(
    "dev.driftless.v1.JoinTokenSpec",
    &[
        may("duplicates", Form::String),
        may("expires", Form::Time),
        may("labels", Form::Map(&Form::String)),
        may("nodeNames", Form::String),
        said("publicKey", Form::String),
        may("uses", Form::Int32),
    ],
);

static JOIN_TOKEN_STATUS: Type = own(
    "dev.driftless.v1.JoinTokenStatus",
    &[may("lastUsed", Form::Time), may("used", Form::Int32)],
);

static NODE_IDENTITY: Type = own(
    "dev.driftless.v1.NodeIdentity",
    &[
        may("apiVersion", Form::String),
        may("kind", Form::String),
        may("metadata", Form::Object(&table::META_V1_OBJECT_META)),
        may("spec", Form::Object(&NODE_IDENTITY_SPEC)),
        may("status", Form::Object(&NODE_IDENTITY_STATUS)),
    ],
);

static NODE_IDENTITY_SPEC: Type = own(
    "dev.driftless.v1.NodeIdentitySpec",
    &[
        may("duplicates", Form::String),
        may("labels", Form::Map(&Form::String)),
        said("publicKey", Form::String),
        may("revoked", Form::Bool),
    ],
);

static NODE_IDENTITY_STATUS: Type = own(
    "dev.driftless.v1.NodeIdentityStatus",
    &[
        may("authority", Form::String),
        may("certifiedUntil", Form::Time),
        may("revokedAt", Form::Time),
        may("secrets", Form::Array(&Form::String)),
        may("token", Form::String),
    ],
);
