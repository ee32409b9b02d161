//! The types of RolloutPolicy and Rollout (`driftless.dev/v1`).

use super::own::{may, own, said};
use super::{Form, Type, table};

pub(super) static POLICY: Type = own(
    "dev.driftless.v1.RolloutPolicy",
    &[
        may("apiVersion", Form::String),
        may("kind", Form::String),
        may("metadata", Form::Object(&table::META_V1_OBJECT_META)),
        said("spec", Form::Object(&POLICY_SPEC)),
    ],
);

pub(super) static POLICY_SPEC: Type = own(
    "dev.driftless.v1.RolloutPolicySpec",
    &[
        may("groupBy", Form::String),
        may("healthyForSeconds", Form::Int32),
        may("maxUnavailable", Form::IntOrString),
        may("minReported", Form::Int32),
        may("nodeDeadlineSeconds", Form::Int32),
        may("onFailure", Form::String),
        said("selector", Form::Object(&table::META_V1_LABEL_SELECTOR)),
        may("stages", Form::Array(&Form::Object(&POLICY_STAGE))),
        may("successThresholdPercent", Form::Int32),
    ],
);

pub(super) static POLICY_STAGE: Type = own(
    "dev.driftless.v1.RolloutPolicyStage",
    &[
        may("approval", Form::String),
        may("deadlineSeconds", Form::Int32),
        said("name", Form::String),
        may("nodeSelector", Form::Object(&table::META_V1_LABEL_SELECTOR)),
        may("nodes", Form::IntOrString),
        may("soakSeconds", Form::Int32),
    ],
);

pub(super) static ROLLOUT: Type = own(
    "dev.driftless.v1.Rollout",
    &[
        may("apiVersion", Form::String),
        may("kind", Form::String),
        may("metadata", Form::Object(&table::META_V1_OBJECT_META)),
        said("spec", Form::Object(&SPEC)),
        may("status", Form::Object(&STATUS)),
    ],
);

pub(super) static SPEC: Type = own(
    "dev.driftless.v1.RolloutSpec",
    &[
        may("approved", Form::Int32),
        may("cause", Form::String),
        may("from", Form::String),
        may("number", Form::Int64),
        may("paused", Form::Bool),
        may("policy", Form::String),
        may("retries", Form::Int32),
        said("to", Form::String),
        may("undo", Form::Bool),
        said("workload", Form::String),
    ],
);

pub(super) static STATUS: Type = own(
    "dev.driftless.v1.RolloutStatus",
    &[
        may("away", Form::Int32),
        may("failed", Form::Int32),
        may("finishedAt", Form::Time),
        may("healthy", Form::Int32),
        may("message", Form::String),
        may("nodes", Form::Array(&Form::Object(&NODE))),
        may("phase", Form::String),
        may("retries", Form::Int32),
        may("stage", Form::Int32),
        may("stages", Form::Array(&Form::Object(&STAGE))),
        may("total", Form::Int32),
        may("updated", Form::Int32),
    ],
);

pub(super) static STAGE: Type = own(
    "dev.driftless.v1.RolloutStage",
    &[may("name", Form::String), may("soakingSince", Form::Time), may("startedAt", Form::Time)],
);

pub(super) static NODE: Type = own(
    "dev.driftless.v1.RolloutNode",
    &[
        may("grantedAt", Form::Time),
        may("message", Form::String),
        said("name", Form::String),
        may("pod", Form::String),
        may("restarts", Form::Int32),
        may("since", Form::Time),
        said("stage", Form::Int32),
        said("state", Form::String),
    ],
);
