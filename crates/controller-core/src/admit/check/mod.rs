//! What is asked of objects. Every rule tells where, and what would be right; Kubernetes' words where it has the rule.

pub mod at;
pub mod autoscaler;
pub mod batch;
pub mod container;
pub mod cron;
pub mod data;
pub mod disruption;
pub mod field;
pub mod ingress;
pub mod limits;
pub mod metadata;
pub mod names;
pub mod placement;
pub mod pod;
pub mod probe;
pub mod rbac;
pub mod resources;
pub mod rollout;
pub mod security;
pub mod service;
pub mod stateful;
pub mod storage;
#[cfg(test)]
mod tests;
pub mod trust;
pub mod volume;
pub mod workload;
