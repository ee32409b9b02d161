//! The fleet's core: events in, turns out. Nothing here is done; it is only decided.
//!
//! The law of this room: the core never takes its own writes for granted. They come back as changes, and are decided
//! on from there.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use model::report::{HoldReport, NodeFacts, NodeUsage, Traffic};
use model::trust::Pepper;
use model::{Generation, Millis, NodeName, Uid};

use crate::account;
use crate::assign::orders;
use crate::authorize;
use crate::collect;
use crate::custom;
use crate::departure;
use crate::disruption;
use crate::endpoints;
use crate::fleet::{Fleet, Node};
use crate::ingest;
use crate::keys;
use crate::kinds::{self, ObjectKey};
use crate::limits;
use crate::liveness;
use crate::out::Out;
use crate::place::Placing;
use crate::queue::Job;
use crate::quotas;
use crate::rollout;
use crate::storage;
use crate::turn::{Changed, Event, Turn};
use crate::view::View;
use crate::workloads::{cron_job, daemon_set, deployment, job, replica_set, stateful_set};

/// What the core goes by. All times in milliseconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long after its connection ended a node is still believed to be well.
    pub grace_ms: u64,
    /// How long a connected node may say nothing, in heartbeats of its link profile, times ten: 25 is two and a half.
    pub silence_tenths: u64,
    /// How long Event objects are kept.
    pub event_ttl_ms: u64,
    /// How often a node's Lease is renewed at most.
    pub lease_period_ms: u64,
    /// How long to wait for a node's word on orders before they are sent again; doubles up to `resend_max_ms`.
    pub resend_ms: u64,
    /// The longest wait before orders are sent again.
    pub resend_max_ms: u64,
    /// So many decisions are made in a turn at most; the rest waits for the next.
    pub decisions_max: usize,
    /// What hides secrets in their hashes.
    pub pepper: Pepper,
    /// So many writes are decided in a turn before the rest waits for the next.
    pub writes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            grace_ms: 40_000,
            silence_tenths: 25,
            event_ttl_ms: 3_600_000,
            lease_period_ms: 30_000,
            resend_ms: 10_000,
            resend_max_ms: 300_000,
            decisions_max: 1024,
            writes_max: 1024,
            pepper: Pepper::default(),
        }
    }
}

/// What is known of a node besides its document: what it was heard to say, and what it was told.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Its name.
    pub name: NodeName,
    /// Whether its connection is up.
    pub connected: bool,
    /// When the present connection came up, or the last one ended; none: not since this controller started.
    pub since: Option<Millis>,
    /// When it was last heard, by the controller's clock; none: not since this controller started.
    pub heard: Option<Millis>,
    /// Whether it said that it stops on purpose.
    pub left: bool,
    /// The number of the orders made for it; zero: none yet, or not known until it says hello.
    pub made: Generation,
    /// The number of the orders that it said it holds.
    pub held: Generation,
    /// Whether it holds what it shall hold.
    pub settled: bool,
    /// How many items its orders have.
    pub items: usize,
    /// Its boot, as its last hello or report gave it.
    pub boot: u64,
    /// The agent's version, e.g. `0.1.0`.
    pub version: Option<Arc<str>>,
    /// Its facts, as last told.
    pub facts: Option<Arc<NodeFacts>>,
    /// Its usage, as last told.
    pub usage: Option<Arc<NodeUsage>>,
    /// Pods bound to it that have not ended.
    pub pods: usize,
    /// How many of them are ready.
    pub pods_ready: usize,
    /// The last reason for which it refused orders, until it takes some.
    pub refused: Option<String>,
    /// How many orders it has refused, since it started, because they were not signed for it.
    pub untrusted: u64,
    /// The pods that somebody on it keeps from being stopped or replaced, by the controller's clock.
    pub holds: Arc<[HoldReport]>,
    /// What it counted of its data, as last told.
    pub traffic: Option<Traffic>,
    /// Whether two machines go by its identity; then it gets no new orders.
    pub doubled: bool,
}

/// The decisions of the fleet.
pub struct Core {
    view: View,
    fleet: Fleet,
    placing: Placing,
    out: Out,
    /// Whether all objects that were there at start have been told.
    restored: bool,
}

impl Core {
    /// A core that knows of nothing yet. `seed` is entropy for names and uids; `instance` differs from start to start.
    #[must_use]
    pub fn new(config: Config, seed: u64, instance: u64) -> Self {
        Self {
            view: View::hiding(config.pepper),
            fleet: Fleet { instance, ..Fleet::default() },
            placing: Placing::default(),
            out: Out::new(config, seed),
            restored: false,
        }
    }

    /// Takes an event in, and decides.
    pub fn handle(&mut self, now: Millis, event: Event) -> Turn {
        self.out.now = now;
        if let Event::Changed(changes) = &event {
            changes.iter().for_each(|change| self.change(change));
        }
        if let Event::Dropped(keys) = &event {
            keys.iter().for_each(|key| self.redo(key));
        }
        let Self { view, fleet, out, .. } = self;
        match event {
            Event::Changed(_) | Event::Dropped(_) | Event::Tick => {}
            Event::Restored => {
                self.restored = true;
                fleet.began = now;
                for node in view.nodes.keys() {
                    out.queue.mark(Job::Node(node.clone()));
                    out.queue.mark(Job::Evict(node.clone()));
                }
            }
            Event::Said(name, up) => ingest::said(view, fleet, out, &name, &up),
            Event::Presence(name, up) => liveness::presence(view, fleet, out, &name, up),
            Event::Unsent(name, generation) => orders::unsent(fleet, out, &name, generation),
            Event::Keys(serial, retire_at) => keys::changed(fleet, out, serial, retire_at),
        }
        if self.restored {
            self.work();
        }
        self.out.finish(&self.view)
    }

    /// When the next tick is wanted: at once (a time that has passed) if there is more to decide, none if there is
    /// nothing to wait for.
    #[must_use]
    pub fn wake(&self) -> Option<Millis> {
        if self.restored { self.out.queue.wake() } else { None }
    }

    /// How many decisions are due.
    #[must_use]
    pub fn due(&self) -> usize {
        self.out.queue.len()
    }

    /// Takes a change in.
    fn change(&mut self, change: &Changed) {
        let key = &change.key;
        let old_uid = self.view.meta.get(key).map(|m| m.uid.clone());
        let cleared = self.cleared(key);
        self.view.apply(change, &mut self.out.queue);
        if !matches!(key.kind, kinds::EVENT | kinds::LEASE) {
            let Out { limits, queue, .. } = &mut self.out;
            limits.quotas_of(&key.namespace).for_each(|(q, _)| queue.mark(Job::Quota(q.clone())));
        }
        match key.kind {
            kinds::POD => self.placing.follow_pod(&self.view, key, old_uid.as_ref()),
            kinds::NODE => self.placing.follow_node(&self.view, key),
            kinds::NAMESPACE => self.placing.follow_namespace(&self.view, key),
            kinds::NODE_IDENTITY => {
                let name = NodeName::from(&*key.name);
                if self.cleared(key) != cleared {
                    self.one_machine(&name);
                }
                self.out.queue.mark(Job::Departure(name));
            }
            kind if limits::KINDS.contains(&kind) => {
                self.out.limits.apply(key, change.revision, change.doc.as_deref());
                self.limited(key);
            }
            kinds::CLUSTER_ROLE => {
                self.out.roles.apply(key, change.revision, change.doc.as_deref());
                self.out.queue.mark(Job::Roles);
            }
            kinds::EVENT => {
                self.out.recorder.apply(key, change.doc.as_deref());
                if let Some(at) = self.out.recorder.next_expiry(self.out.config.event_ttl_ms) {
                    self.out.queue.at(Job::Expire, at);
                }
            }
            _ => {}
        }
    }

    /// What a quota, a limit range or a priority class says has changed: what was refused may be made now.
    fn limited(&mut self, key: &ObjectKey) {
        if key.kind == kinds::RESOURCE_QUOTA {
            self.out.queue.mark(Job::Quota(key.clone()));
        }
        let namespaces: Vec<Arc<str>> = match &*key.namespace {
            "" => self.view.namespaces.keys().cloned().collect(),
            _ => [key.namespace.clone()].into(),
        };
        namespaces.iter().for_each(|namespace| self.mark_makers(namespace));
    }

    /// What an operator last said of a node identity's doubles; none of anything else.
    fn cleared(&self, key: &ObjectKey) -> Option<String> {
        let name = (key.kind == kinds::NODE_IDENTITY).then(|| NodeName::from(&*key.name))?;
        self.view.identities.get(&name).map(|identity| identity.cleared.clone())
    }

    /// There is but one machine of this identity (again), or a new one: what is counted begins anew.
    fn one_machine(&mut self, name: &NodeName) {
        if let Some(node) = self.fleet.nodes.get_mut(name) {
            node.doubled = false;
            (node.boot, node.session) = (0, 0);
            self.out.queue.mark(Job::Orders(name.clone()));
        }
    }

    /// Marks again what may have led to a write that was dropped.
    fn redo(&mut self, key: &ObjectKey) {
        self.placing.dropped(&self.view, &mut self.out, key);
        let queue = &mut self.out.queue;
        match key.kind {
            kinds::NODE => {
                let name = NodeName::from(&*key.name);
                queue.mark(Job::Node(name.clone()));
                queue.mark(Job::Evict(name));
            }
            kinds::NAMESPACE => queue.mark(Job::Namespace(key.name.clone())),
            kinds::POD_DISRUPTION_BUDGET => queue.mark(Job::Budget(key.clone())),
            kinds::ENDPOINTS | kinds::ENDPOINT_SLICE => {
                for (key, _) in View::within(&self.view.services, kinds::SERVICE, &key.namespace) {
                    queue.mark(Job::Endpoints(key.clone()));
                }
            }
            kinds::CLUSTER_ROLE => queue.mark(Job::Roles),
            kinds::SERVICE_ACCOUNT => queue.mark(Job::Account(key.namespace.clone())),
            kinds::PERSISTENT_VOLUME_CLAIM => queue.mark(Job::Claim(key.clone())),
            kinds::PERSISTENT_VOLUME => queue.mark(Job::Volume(key.name.clone())),
            kinds::CUSTOM_RESOURCE_DEFINITION => {
                custom::id_of(&key.name).into_iter().for_each(|id| queue.mark(Job::Definition(id)));
            }
            kind if kind.is_custom() => queue.mark(Job::Definition(kind)),
            _ => {}
        }
        queue.mark(Job::Collect(key.clone()));
        if let Some(node) = self.view.pods.get(key).and_then(|p| p.node.clone()) {
            queue.mark(Job::Evict(node));
        }
        if self.view.namespaces.get(&key.namespace).is_some_and(|n| n.terminating) {
            queue.mark(Job::Namespace(key.namespace.clone()));
        }
        if !matches!(
            key.kind,
            kinds::POD
                | kinds::REPLICA_SET
                | kinds::CONTROLLER_REVISION
                | kinds::DEPLOYMENT
                | kinds::DAEMON_SET
                | kinds::ROLLOUT
                | kinds::STATEFUL_SET
                | kinds::PERSISTENT_VOLUME_CLAIM
                | kinds::JOB
        ) {
            return;
        }
        // Whoever wanted to make an object whose name was taken is one of its namespace.
        self.mark_makers(&key.namespace);
    }

    /// Marks all that make objects in a namespace.
    fn mark_makers(&mut self, namespace: &str) {
        let (view, queue) = (&self.view, &mut self.out.queue);
        for (key, _) in View::within(&view.deployments, kinds::DEPLOYMENT, namespace) {
            queue.mark(Job::Deployment(key.clone()));
        }
        for (key, _) in View::within(&view.replica_sets, kinds::REPLICA_SET, namespace) {
            queue.mark(Job::ReplicaSet(key.clone()));
        }
        for (key, _) in View::within(&view.daemon_sets, kinds::DAEMON_SET, namespace) {
            queue.mark(Job::DaemonSet(key.clone()));
            queue.mark(Job::Rollout(key.clone()));
        }
        for (key, _) in View::within(&view.stateful_sets, kinds::STATEFUL_SET, namespace) {
            queue.mark(Job::StatefulSet(key.clone()));
        }
        for (key, _) in View::within(&view.jobs, kinds::JOB, namespace) {
            queue.mark(Job::Batch(key.clone()));
        }
        for (key, _) in View::within(&view.cron_jobs, kinds::CRON_JOB, namespace) {
            queue.mark(Job::Cron(key.clone()));
        }
    }

    /// Decides on what is due, up to the turn's bound.
    fn work(&mut self) {
        let Self { view, fleet, out, placing, .. } = self;
        out.queue.ring(out.now);
        placing.mark(out);
        let mut done: BTreeSet<Job> = BTreeSet::new();
        for _ in 0..out.config.decisions_max {
            if out.full() {
                break;
            }
            let Some(job) = out.queue.next() else { break };
            // Once a turn: what it led to has to come back first.
            if !done.insert(job.clone()) {
                out.defer(job);
                continue;
            }
            match &job {
                Job::Node(name) => liveness::decide(view, fleet, out, name),
                Job::Namespace(name) => collect::namespace(view, out, name),
                Job::Collect(key) => collect::decide(view, fleet, out, key),
                Job::Evict(name) => liveness::evict(view, out, name),
                Job::Deployment(key) => deployment::decide(view, out, key),
                Job::ReplicaSet(key) => replica_set::decide(view, out, key),
                Job::DaemonSet(key) => daemon_set::decide(view, out, key),
                Job::Rollout(key) => rollout::decide(view, fleet, out, key),
                Job::StatefulSet(key) => stateful_set::decide(view, out, key),
                Job::Batch(key) => job::decide(view, out, key),
                Job::Cron(key) => cron_job::decide(view, out, key),
                Job::Quota(key) => quotas::decide(view, out, key),
                Job::Budget(key) => disruption::decide(view, out, key),
                Job::Endpoints(key) => endpoints::decide(view, out, key),
                Job::Account(name) => account::decide(view, out, name),
                Job::Claim(key) => storage::claim::decide(view, out, key),
                Job::Volume(name) => storage::volume::decide(view, fleet, out, name),
                Job::Place(key) => {
                    placing.place(view, out, key);
                }
                Job::Retry => placing.retry(view, out),
                Job::Orders(name) => orders::decide(view, fleet, out, name),
                Job::Expire => expire(view, out),
                Job::Roles => authorize::decide(out),
                Job::Departure(name) => departure::decide(view, fleet, out, name),
                Job::Keys => keys::decide(view, fleet, out),
                Job::Definition(id) => custom::decide::decide(view, out, *id),
            }
        }
    }

    /// Every node that has a document or has been heard, by name.
    pub fn nodes(&self) -> impl Iterator<Item = NodeView> + '_ {
        let names: BTreeSet<&NodeName> =
            self.fleet.nodes.keys().chain(self.view.nodes.keys()).collect();
        names.into_iter().map(|name| self.observe(name))
    }

    /// How many pods there are in each phase, in the order of [`model::status::Phase`].
    #[must_use]
    pub fn phases(&self) -> [u64; 5] {
        let mut counts = [0; 5];
        self.view.pods.values().for_each(|pod| counts[pod.phase as usize] += 1);
        counts
    }

    /// The number of the set of keys that a node said it knows orders by.
    #[must_use]
    pub fn keys_held(&self, name: &NodeName) -> u64 {
        self.fleet.nodes.get(name).map_or(0, |n| n.keys)
    }

    /// One node.
    #[must_use]
    pub fn node(&self, name: &NodeName) -> Option<NodeView> {
        let known = self.fleet.nodes.contains_key(name) || self.view.nodes.contains_key(name);
        known.then(|| self.observe(name))
    }

    /// The pod that has this uid.
    #[must_use]
    pub fn pod(&self, uid: &Uid) -> Option<ObjectKey> {
        self.view.uids.get(uid).filter(|k| k.kind == kinds::POD).cloned()
    }

    fn observe(&self, name: &NodeName) -> NodeView {
        let unheard = Node::default();
        let node = self.fleet.nodes.get(name).unwrap_or(&unheard);
        let pods = || self.view.pods_on(name).filter(|p| !p.phase.is_terminal());
        NodeView {
            name: name.clone(),
            connected: node.connected,
            since: node.since,
            heard: node.heard,
            left: node.left,
            made: node.orders.made.as_ref().map_or(Generation(0), |m| m.generation),
            held: node.orders.claimed,
            settled: node.orders.settled(),
            items: node.orders.made.as_ref().map_or(0, |m| m.items.len()),
            boot: node.boot,
            version: node.version.clone(),
            facts: node.facts.clone(),
            usage: node.usage.clone(),
            pods: pods().count(),
            pods_ready: pods().filter(|p| p.ready()).count(),
            refused: node.orders.refused.clone(),
            untrusted: node.untrusted,
            holds: node.holds.clone(),
            traffic: node.traffic,
            doubled: node.doubled,
        }
    }
}

fn expire(view: &View, out: &mut Out) {
    let (ttl, most) = (out.config.event_ttl_ms, out.config.writes_max / 2);
    for key in out.recorder.expired(out.now, ttl, most.max(1)) {
        if let Some(meta) = view.meta.get(&key) {
            out.remove(&key, meta.revision);
        }
    }
    if let Some(at) = out.recorder.next_expiry(ttl) {
        // Those that go now come back as gone; the next look is for the rest.
        out.queue.at(Job::Expire, at.max(out.now.plus(1000)));
    }
}
