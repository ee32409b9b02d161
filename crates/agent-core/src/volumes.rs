//! What a pod's volumes come to, and persistent volumes that are to go.
//!
//! The law of this room: a persistent volume that is not ordered stays; one that is ordered to go is taken away when no
//! pod of this node has it, and is told gone when it is.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::{Hash, Millis, Uid};

use crate::Config;
use crate::backoff::Backoff;
use crate::ops::What;
use crate::orders::Orders;
use crate::outbox::Outbox;
use crate::plan::Ctx;
use crate::pod::PodRun;
use crate::resolve::{self, Surroundings};
use crate::turn::{Effect, OpId, Outcome, PodVolumes, VolumeContent};

/// A volume that is to go.
struct Removal {
    volume: Arc<str>,
    under_way: Option<OpId>,
    done: bool,
    backoff: Backoff,
}

/// The volumes that are to go, by uid.
#[derive(Default)]
pub(crate) struct Removals(BTreeMap<Uid, Removal>);

impl Removals {
    /// Goes by the orders.
    pub(crate) fn refresh(&mut self, orders: &Orders) {
        let ordered: BTreeMap<Uid, Arc<str>> = orders
            .volumes()
            .filter(|(_, order)| order.remove)
            .map(|(name, order)| (Uid::from(order.uid.as_str()), name.clone()))
            .collect();
        self.0.retain(|uid, _| ordered.contains_key(uid));
        for (uid, volume) in ordered {
            self.0.entry(uid).or_insert_with(|| Removal {
                volume,
                under_way: None,
                done: false,
                backoff: Backoff::default(),
            });
        }
    }

    /// Takes away what nobody here has.
    pub(crate) fn advance(&mut self, pods: &BTreeMap<Uid, PodRun>, ctx: &mut Ctx<'_>) {
        if self.0.values().all(|r| r.done) {
            return;
        }
        let held: BTreeSet<&str> = pods.values().flat_map(held).collect();
        for (uid, removal) in &mut self.0 {
            let waits = removal.backoff.waits(ctx.now.mono).is_some();
            if removal.done
                || removal.under_way.is_some()
                || waits
                || held.contains(&*removal.volume)
            {
                continue;
            }
            let op = ctx.ops.begin(uid, What::Volume);
            ctx.then.push(Effect::RemoveVolume { op, volume: removal.volume.clone() });
            removal.under_way = Some(op);
        }
    }

    /// A removal has been answered.
    pub(crate) fn answer(&mut self, uid: &Uid, outcome: &Outcome, now: Millis, told: &mut Outbox) {
        let Some(removal) = self.0.get_mut(uid) else { return };
        removal.under_way = None;
        if matches!(outcome, Outcome::Done) {
            removal.done = true;
            told.pod_gone(uid);
        } else {
            removal.backoff.failed(now);
        }
    }

    /// Another controller: it has not heard of what is gone.
    pub(crate) fn tell_all(&self, told: &mut Outbox) {
        self.0.iter().filter(|(_, r)| r.done).for_each(|(uid, _)| told.pod_gone(uid));
    }

    /// When one is tried again.
    pub(crate) fn wake(&self, now: Millis) -> Option<Millis> {
        self.0.values().filter_map(|r| r.backoff.waits(now)).min()
    }
}

/// The persistent volumes that a pod has, or had when its files were last made.
fn held(pod: &PodRun) -> impl Iterator<Item = &str> {
    let wanted = pod.volumes.wanted.as_ref().and_then(|w| w.as_ref().ok());
    let contents = wanted.into_iter().flat_map(|(all, _)| all.volumes.values());
    contents.filter_map(|content| match content {
        VolumeContent::Persistent { volume } => Some(&**volume),
        _ => None,
    })
}

/// What a pod's volumes shall be, and its hash; or what is missing for it.
pub(crate) fn wanted(
    orders: &Orders,
    config: &Config,
    pod: &PodRun,
) -> Result<(PodVolumes, Hash), String> {
    let around = Surroundings {
        node: config.node.as_str(),
        host_ip: config.host_ip.as_deref(),
        pod_ip: None,
        allocatable: config.allocatable,
    };
    let mut volumes = BTreeMap::new();
    for volume in &pod.order.spec.volumes {
        if let Some(content) = resolve::volume(orders, &pod.order, volume, &around)? {
            volumes.insert(volume.name.clone(), content);
        }
    }
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for (name, content) in &volumes {
        parts.push(name.clone().into_bytes());
        match content {
            VolumeContent::Empty => parts.push(b"empty".to_vec()),
            VolumeContent::Memory { bytes_max } => {
                parts.push(alloc::format!("memory {bytes_max:?}").into_bytes());
            }
            VolumeContent::Persistent { volume } => {
                parts.push(alloc::format!("persistent {volume}").into_bytes());
            }
            VolumeContent::Files { files, in_memory } => {
                parts.push(alloc::format!("files {} {in_memory}", files.len()).into_bytes());
                for (path, file) in files {
                    parts.push(path.clone().into_bytes());
                    parts.push(alloc::format!("{:o}", file.mode).into_bytes());
                    parts.push(file.bytes.to_vec());
                }
            }
        }
    }
    let hash = Hash::of_parts(parts.iter().map(Vec::as_slice));
    let fs_group = pod.order.spec.security_context.as_ref().and_then(|c| c.fs_group);
    Ok((PodVolumes { pod: pod.uid.clone(), volumes, fs_group }, hash))
}
