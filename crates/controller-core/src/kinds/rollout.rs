//! driftless.dev/v1 RolloutPolicy and Rollout: how updates are staged over the fleet, and each update.

use alloc::format;

use serde_json::Value;

use super::table::{age, count, name, text_or};
use super::{BARE, Kind, Subresource, text, wide};
use crate::admit::check;
use crate::admit::default;
use crate::admit::meta::list_at;

/// The row of RolloutPolicy.
pub(super) const POLICY: Kind = Kind {
    id: super::ROLLOUT_POLICY,
    group: "driftless.dev",
    kind: "RolloutPolicy",
    plural: "rolloutpolicies",
    singular: "rolloutpolicy",
    short_names: &["rp"],
    schema: "dev.driftless.v1.RolloutPolicy",
    generations: true,
    columns: &[
        text("Name"),
        text("Stages"),
        text("Max Unavailable"),
        text("Group By"),
        text("On Failure"),
        text("Age"),
    ],
    cells: |d, now| {
        let stages = list_at(d, "/spec/stages").len();
        let most = match d.pointer("/spec/maxUnavailable") {
            Some(Value::Number(n)) => format!("{n}"),
            Some(Value::String(text)) => text.clone(),
            _ => "1".into(),
        };
        alloc::vec![
            name(d),
            format!("{stages}").into(),
            most.into(),
            text_or(d, "/spec/groupBy", "<none>"),
            text_or(d, "/spec/onFailure", "Pause"),
            age(d, now),
        ]
    },
    default: default::rollout_policy,
    validate: check::rollout::policy,
    warn: |_, out| {
        out.push("spec.selector: only DaemonSets are staged; Deployments and StatefulSets with such labels roll as before".into());
    },
    ..BARE
};

/// The row of Rollout.
pub(super) const ROLLOUT_KIND: Kind = Kind {
    id: super::ROLLOUT,
    group: "driftless.dev",
    kind: "Rollout",
    plural: "rollouts",
    singular: "rollout",
    short_names: &["ro"],
    subresources: &[Subresource::Status],
    schema: "dev.driftless.v1.Rollout",
    generations: true,
    columns: &[
        text("Name"),
        text("Workload"),
        text("Phase"),
        text("Stage"),
        text("Updated"),
        text("Healthy"),
        text("Failed"),
        text("Away"),
        text("Age"),
        wide("Message"),
    ],
    cells: |d, now| {
        let of = |field: &str| count(d, &format!("/status/{field}"));
        let stages = list_at(d, "/status/stages").len();
        alloc::vec![
            name(d),
            text_or(d, "/spec/workload", "<none>"),
            text_or(d, "/status/phase", "Waiting"),
            format!("{}/{stages}", of("stage")).into(),
            format!("{}/{}", of("updated"), of("total")).into(),
            format!("{}", of("healthy")).into(),
            format!("{}", of("failed")).into(),
            format!("{}", of("away")).into(),
            age(d, now),
            text_or(d, "/status/message", ""),
        ]
    },
    validate: check::rollout::rollout,
    ..BARE
};
