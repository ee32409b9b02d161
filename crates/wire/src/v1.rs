//! The forms of version 1. The number of a field is its place: add at the end, never take away, never move. Golden files
//! hold this still.

mod hello;
mod hold;
mod traffic;

use std::sync::Arc;

use model::orders::{Delta, Item, ItemKey, ItemKind, Manifest};
use model::{Generation, Hash, Millis, NodeName, Uid, message as m, report as r, status as s};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::WireError;

pub(crate) const WELCOME: u8 = 1;
pub(crate) const ORDERS: u8 = 2;
pub(crate) const REPORT_TAKEN: u8 = 3;
pub(crate) const WHO_ARE_YOU: u8 = 4;
pub(crate) const HELLO: u8 = 16;
pub(crate) const TAKEN: u8 = 17;
pub(crate) const REFUSED: u8 = 18;
pub(crate) const REPORT: u8 = 19;
pub(crate) const BYE: u8 = 20;
/// Both ways, see [`crate::chunk`].
pub(crate) const PIECE: u8 = 32;
pub(crate) const HAVE: u8 = 33;
/// Both ways, see [`crate::stream`].
pub(crate) const STREAM: u8 = 34;

/// What is at its default does not travel.
pub(crate) fn unset<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

macro_rules! form {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name {
            $(#[serde(skip_serializing_if = "unset")] pub(crate) $field: $ty,)*
        }
    };
}

pub(crate) use form;

form!(Empty {});
form!(
    /// A piece of the message with this hash; `ask` above zero asks what is there; no bytes: only asks.
    Piece { hash: ByteBuf, total: u32, ask: u32, index: u32, bytes: ByteBuf }
);
form!(
    /// The answer: the first piece that is missing, `total` if none is.
    Have { hash: ByteBuf, ask: u32, next: u32 }
);
form!(Welcome { instance: u64, time: u64, generation: u64, keys: Vec<Announcement> });
form!(
    /// A set of keys for orders, and who says so.
    Announcement { fleet: String, serial: u64, keys: Vec<ByteBuf>, signature: ByteBuf }
);
form!(ReportTaken { boot: u64, sequence: u64 });
form!(Orders {
    node: String, generation: u64, root: ByteBuf, made: u64, signature: ByteBuf, base: u64, put: Vec<ItemForm>,
    drop: Vec<KeyForm>,
});
form!(ItemForm { kind: u8, name: String, body: ByteBuf });
form!(KeyForm { kind: u8, name: String });
form!(Hello {
    boot: u64, session: u64, held: u64, root: ByteBuf, version: String, labels: Vec<(String, String)>, instance: u64,
    keys: u64, sealing: ByteBuf,
});
form!(Taken { generation: u64 });
form!(Refused { generation: u64, why: u8, held: u64, items: Vec<HashForm>, });
form!(HashForm { kind: u8, name: String, hash: ByteBuf });
form!(Report {
    boot: u64, sequence: u64, at: u64, held: u64, pods: Vec<Pod>, gone: Vec<String>, whole: bool, facts: Option<Facts>,
    usage: Option<Usage>, events: Vec<Event>, dropped: u64, refused: u64, holds: Option<Vec<Hold>>,
    traffic: Option<Traffic>,
});
form!(Traffic {
    sent: Vec<u64>, received: Vec<u64>, stored: u64, month: u32, month_bytes: u64, capped: bool,
});
form!(Hold {
    pod: String,
    name: String,
    by: u8,
    reason: String,
    since: u64,
    until: u64,
    waiting: bool,
});
form!(Pod {
    uid: String, namespace: String, name: String, phase: u8, reason: String, message: String, pod_ip: Option<String>,
    host_ip: Option<String>, started: Option<u64>, conditions: Vec<Condition>, init: Vec<Container>,
    containers: Vec<Container>, ephemeral: Vec<Container>,
});
form!(Condition { kind: String, status: bool, since: u64, reason: String, message: String });
form!(Container {
    name: String, waiting: Option<(String, String)>, running: Option<u64>, terminated: Option<Terminated>,
    last: Option<Terminated>, ready: bool, started: Option<bool>, restarts: u32, image: String, image_id: String,
    container_id: String,
});
form!(Terminated {
    exit_code: i32,
    reason: String,
    message: String,
    started: u64,
    finished: u64,
    container_id: String,
});
form!(Facts {
    architecture: String, operating_system: String, os_image: String, kernel_version: String, runtime_version: String,
    machine_id: String, boot_id: String, hostname: String, addresses: Vec<String>, cpu_milli: i64, memory_bytes: i64,
    storage_bytes: i64, pods_max: u32, reserved_cpu_milli: i64, reserved_memory_bytes: i64,
    images: Vec<(Vec<String>, i64)>, not_ready: Option<(String, String)>, disk_pressure: bool, memory_pressure: bool,
});
form!(Usage {
    at: u64, window_ms: u64, cpu_milli: i64, memory_bytes: i64, storage_bytes: i64, network_received_bytes: u64,
    network_sent_bytes: u64, load_milli: i64, temperature_milli: Option<i64>, containers: Vec<ContainerUsage>,
});
form!(ContainerUsage { pod: String, container: String, cpu_milli: i64, memory_bytes: i64 });
form!(Event {
    at: u64, pod: Option<String>, container: String, warning: bool, reason: String, message: String, count: u32,
});

impl Piece {
    pub(crate) fn of(hash: &Hash) -> Self {
        Self { hash: bytes(hash), ..Self::default() }
    }
}

pub(crate) fn bytes(hash: &Hash) -> ByteBuf {
    ByteBuf::from(hash.0.to_vec())
}

pub(crate) fn hash(bytes: &ByteBuf) -> Result<Hash, WireError> {
    let array = <[u8; 32]>::try_from(bytes.as_slice());
    array.map(Hash).map_err(|_| WireError::Body("a hash that is none".into()))
}

fn kind(number: u8) -> Result<ItemKind, WireError> {
    Ok(match number {
        0 => ItemKind::Pod,
        1 => ItemKind::ConfigMap,
        2 => ItemKind::Secret,
        3 => ItemKind::NodePolicy,
        4 => ItemKind::Volume,
        other => return Err(WireError::Body(format!("there is no item of kind {other}"))),
    })
}

fn key(number: u8, name: &str) -> Result<ItemKey, WireError> {
    Ok(ItemKey { kind: kind(number)?, name: Arc::from(name) })
}

impl From<&Delta> for Orders {
    fn from(d: &Delta) -> Self {
        let put = |i: &Item| ItemForm {
            kind: i.key.kind as u8,
            name: i.key.name.to_string(),
            body: ByteBuf::from(i.body.to_vec()),
        };
        Self {
            node: d.manifest.node.to_string(),
            generation: d.manifest.generation.0,
            root: bytes(&d.manifest.root),
            made: d.manifest.made.0,
            signature: ByteBuf::from(d.signature.clone()),
            base: d.base.0,
            put: d.put.iter().map(put).collect(),
            drop: d
                .drop
                .iter()
                .map(|k| KeyForm { kind: k.kind as u8, name: k.name.to_string() })
                .collect(),
        }
    }
}

impl TryFrom<Orders> for Delta {
    type Error = WireError;

    fn try_from(o: Orders) -> Result<Self, WireError> {
        let node = NodeName::checked(&o.node).map_err(|e| WireError::Body(e.to_string()))?;
        let item = |i: ItemForm| {
            Ok(Item { key: key(i.kind, &i.name)?, body: Arc::from(i.body.into_vec()) })
        };
        Ok(Self {
            manifest: Manifest {
                node,
                generation: Generation(o.generation),
                root: hash(&o.root)?,
                made: Millis(o.made),
            },
            signature: o.signature.into_vec(),
            base: Generation(o.base),
            put: o.put.into_iter().map(item).collect::<Result<_, WireError>>()?,
            drop: o.drop.iter().map(|k| key(k.kind, &k.name)).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&m::Refused> for Refused {
    fn from(x: &m::Refused) -> Self {
        let item = |(k, h): &(ItemKey, Hash)| HashForm {
            kind: k.kind as u8,
            name: k.name.to_string(),
            hash: bytes(h),
        };
        Self {
            generation: x.generation.0,
            why: x.why as u8,
            held: x.held.0,
            items: x.items.iter().map(item).collect(),
        }
    }
}

impl TryFrom<Refused> for m::Refused {
    type Error = WireError;

    fn try_from(x: Refused) -> Result<Self, WireError> {
        let item = |i: &HashForm| Ok((key(i.kind, &i.name)?, hash(&i.hash)?));
        Ok(Self {
            generation: Generation(x.generation),
            why: match x.why {
                0 => m::WhyRefused::Stale,
                1 => m::WhyRefused::WrongBase,
                2 => m::WhyRefused::WrongRoot,
                3 => m::WhyRefused::WrongNode,
                4 => m::WhyRefused::BadSignature,
                5 => m::WhyRefused::CannotOpen,
                other => return Err(WireError::Body(format!("there is no refusal {other}"))),
            },
            held: Generation(x.held),
            items: x.items.iter().map(item).collect::<Result<_, WireError>>()?,
        })
    }
}

impl From<&r::Report> for Report {
    fn from(x: &r::Report) -> Self {
        Self {
            boot: x.boot,
            sequence: x.sequence,
            at: x.at.0,
            held: x.held.0,
            pods: x.pods.iter().map(Into::into).collect(),
            gone: x.gone.iter().map(ToString::to_string).collect(),
            whole: x.whole,
            facts: x.facts.as_ref().map(Into::into),
            usage: x.usage.as_ref().map(Into::into),
            events: x.events.iter().map(Into::into).collect(),
            dropped: x.dropped,
            refused: x.refused,
            holds: x.holds.as_ref().map(|all| all.iter().map(Into::into).collect()),
            traffic: x.traffic.as_ref().map(Into::into),
        }
    }
}

impl From<Report> for r::Report {
    fn from(x: Report) -> Self {
        Self {
            boot: x.boot,
            sequence: x.sequence,
            at: Millis(x.at),
            held: Generation(x.held),
            pods: x.pods.into_iter().map(Into::into).collect(),
            gone: x.gone.into_iter().map(Uid::from).collect(),
            whole: x.whole,
            facts: x.facts.map(Into::into),
            usage: x.usage.map(Into::into),
            events: x.events.into_iter().map(Into::into).collect(),
            dropped: x.dropped,
            refused: x.refused,
            holds: x.holds.map(|all| all.into_iter().map(Into::into).collect()),
            traffic: x.traffic.map(Into::into),
        }
    }
}

impl From<&r::PodReport> for Pod {
    fn from(x: &r::PodReport) -> Self {
        let status = &x.status;
        Self {
            uid: x.uid.to_string(),
            namespace: x.namespace.clone(),
            name: x.name.clone(),
            phase: status.phase as u8,
            reason: status.reason.clone(),
            message: status.message.clone(),
            pod_ip: status.pod_ip.clone(),
            host_ip: status.host_ip.clone(),
            started: status.started.map(|t| t.0),
            conditions: status.conditions.iter().map(Into::into).collect(),
            init: status.init_containers.iter().map(Into::into).collect(),
            ephemeral: status.ephemeral_containers.iter().map(Into::into).collect(),
            containers: status.containers.iter().map(Into::into).collect(),
        }
    }
}

impl From<Pod> for r::PodReport {
    fn from(x: Pod) -> Self {
        Self {
            uid: Uid::from(x.uid),
            namespace: x.namespace,
            name: x.name,
            status: s::PodStatus {
                phase: match x.phase {
                    0 => s::Phase::Pending,
                    1 => s::Phase::Running,
                    2 => s::Phase::Succeeded,
                    3 => s::Phase::Failed,
                    _ => s::Phase::Unknown,
                },
                reason: x.reason,
                message: x.message,
                pod_ip: x.pod_ip,
                host_ip: x.host_ip,
                started: x.started.map(Millis),
                conditions: x.conditions.into_iter().map(Into::into).collect(),
                init_containers: x.init.into_iter().map(Into::into).collect(),
                ephemeral_containers: x.ephemeral.into_iter().map(Into::into).collect(),
                containers: x.containers.into_iter().map(Into::into).collect(),
            },
        }
    }
}

impl From<&s::Condition> for Condition {
    fn from(x: &s::Condition) -> Self {
        Self {
            kind: x.kind.clone(),
            status: x.status,
            since: x.since.0,
            reason: x.reason.clone(),
            message: x.message.clone(),
        }
    }
}

impl From<Condition> for s::Condition {
    fn from(x: Condition) -> Self {
        Self {
            kind: x.kind,
            status: x.status,
            since: Millis(x.since),
            reason: x.reason,
            message: x.message,
        }
    }
}

impl From<&s::ContainerStatus> for Container {
    fn from(x: &s::ContainerStatus) -> Self {
        let mut form = Self {
            name: x.name.clone(),
            last: x.last.as_ref().map(Into::into),
            ready: x.ready,
            started: x.started,
            restarts: x.restarts,
            image: x.image.clone(),
            image_id: x.image_id.clone(),
            container_id: x.container_id.clone(),
            ..Self::default()
        };
        match &x.state {
            s::ContainerState::Waiting { reason, message } => {
                form.waiting = Some((reason.clone(), message.clone()))
            }
            s::ContainerState::Running { since } => form.running = Some(since.0),
            s::ContainerState::Terminated(t) => form.terminated = Some(t.into()),
        }
        form
    }
}

impl From<Container> for s::ContainerStatus {
    fn from(x: Container) -> Self {
        let (reason, message) = x.waiting.unwrap_or_default();
        let state = match (x.running, x.terminated) {
            (Some(since), _) => s::ContainerState::Running { since: Millis(since) },
            (None, Some(t)) => s::ContainerState::Terminated(t.into()),
            (None, None) => s::ContainerState::Waiting { reason, message },
        };
        Self {
            name: x.name,
            state,
            last: x.last.map(Into::into),
            ready: x.ready,
            started: x.started,
            restarts: x.restarts,
            image: x.image,
            image_id: x.image_id,
            container_id: x.container_id,
        }
    }
}

impl From<&s::Terminated> for Terminated {
    fn from(x: &s::Terminated) -> Self {
        Self {
            exit_code: x.exit_code,
            reason: x.reason.clone(),
            message: x.message.clone(),
            started: x.started.0,
            finished: x.finished.0,
            container_id: x.container_id.clone(),
        }
    }
}

impl From<Terminated> for s::Terminated {
    fn from(x: Terminated) -> Self {
        Self {
            exit_code: x.exit_code,
            reason: x.reason,
            message: x.message,
            started: Millis(x.started),
            finished: Millis(x.finished),
            container_id: x.container_id,
        }
    }
}

/// Copies fields of the same name and type, both ways.
macro_rules! alike {
    ($form:ident = $word:path { $($field:ident),* $(,)? } $($own:ident : $to:expr, $from:expr;)*) => {
        impl From<&$word> for $form {
            fn from(x: &$word) -> Self {
                Self { $($field: x.$field.clone(),)* $($own: $to(&x.$own),)* }
            }
        }

        impl From<$form> for $word {
            fn from(x: $form) -> Self {
                Self { $($field: x.$field,)* $($own: $from(x.$own),)* }
            }
        }
    };
}

alike!(
    Facts = r::NodeFacts {
        architecture,
        operating_system,
        os_image,
        kernel_version,
        runtime_version,
        machine_id,
        boot_id,
        hostname,
        addresses,
        cpu_milli,
        memory_bytes,
        storage_bytes,
        pods_max,
        reserved_cpu_milli,
        reserved_memory_bytes,
        images,
        not_ready,
        disk_pressure,
        memory_pressure,
    }
);
alike!(Usage = r::NodeUsage {
    window_ms, cpu_milli, memory_bytes, storage_bytes, network_received_bytes, network_sent_bytes, load_milli,
    temperature_milli,
}
    at: |t: &Millis| t.0, Millis;
    containers: |c: &Vec<r::ContainerUsage>| c.iter().map(Into::into).collect(),
        |c: Vec<ContainerUsage>| c.into_iter().map(Into::into).collect();
);
alike!(ContainerUsage = r::ContainerUsage { container, cpu_milli, memory_bytes }
    pod: |u: &Uid| u.to_string(), Uid::from;
);
alike!(Event = r::NodeEvent { container, warning, reason, message, count }
    at: |t: &Millis| t.0, Millis;
    pod: |u: &Option<Uid>| u.as_ref().map(ToString::to_string), |u: Option<String>| u.map(Uid::from);
);
