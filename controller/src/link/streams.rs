//! The streams to all nodes: a hub for each node that has had some, and a task that carries its frames, behind everything
//! else that is to be said.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::NodeName;
use tokio::task::AbortHandle;
use wire::WireError;
use wire::stream::Hub;

/// By node, its streams.
#[derive(Default)]
pub(super) struct Streams(Mutex<BTreeMap<NodeName, Carried>>);

struct Carried {
    hub: Hub,
    carrier: AbortHandle,
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeName, Carried>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The streams to a node; `carry` sends their frames for as long as they are.
    pub(super) fn to<F>(&self, node: &NodeName, carry: impl FnOnce(Hub) -> F) -> Hub
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut all = self.lock();
        let carried = all.entry(node.clone()).or_insert_with(|| {
            let mut first = [0; 8];
            // Without entropy, late frames of streams before may end one of ours: it can be opened again.
            let _ = getrandom::fill(&mut first);
            let hub = Hub::opening(u64::from_le_bytes(first));
            let carrier = tokio::spawn(carry(hub.clone())).abort_handle();
            Carried { hub, carrier }
        });
        carried.hub.clone()
    }

    /// Takes a frame of a node in.
    pub(super) fn hear(&self, node: &NodeName, payload: &[u8]) -> Result<(), WireError> {
        let hub = self.lock().get(node).map(|carried| carried.hub.clone());
        // One of a stream that this process has not opened: its node hears of us, and ends it.
        hub.map_or(Ok(()), |hub| hub.hear(payload))
    }

    /// A node's connection came up or ended: what was open is lost.
    pub(super) fn lose(&self, node: &NodeName) {
        if let Some(carried) = self.lock().remove(node) {
            carried.hub.lose(&format!("the link to node {node} was lost"));
        }
    }

    /// The connection to the broker is lost.
    pub(super) fn lose_all(&self) {
        for (_, carried) in std::mem::take(&mut *self.lock()) {
            carried.hub.lose("the link to the broker was lost");
        }
    }
}
