//! The controller of a world: its core, its store and what operators want of it.

use std::collections::{BTreeMap, VecDeque};

use controller_core::assign;
use controller_core::core::{Config, Core};
use controller_core::kinds::{self, KindId, ObjectKey};
use controller_core::turn::{Changed, Effect, Event, Orders};
use model::Millis;
use model::orders::{Delta, Item};
use model::trust::{Pepper, orders_message};
use serde_json::{Value, json};
use wire::sign::SigningKey;

use crate::check::Rule;
use crate::store::Store;
use crate::world::{BEGIN, FLEET};

/// An event leads to no more turns than this: it comes to rest.
const ROUNDS_MAX: usize = 20_000;

pub(crate) struct Controller {
    /// None: it has no power.
    pub(crate) core: Option<Core>,
    pub(crate) store: Store,
    pub(crate) signer: SigningKey,
    pub(crate) runs: u64,
    seed: u64,
    /// Replicas and version of each application, as acknowledged.
    pub(crate) wanted: BTreeMap<usize, (u64, u64)>,
    pub(crate) turns: u64,
}

/// The key of an application: a deployment, a daemon set or a stateful set by its number.
pub(crate) fn app_key(app: usize) -> ObjectKey {
    let kind = [kinds::DEPLOYMENT, kinds::DAEMON_SET, kinds::STATEFUL_SET][app % 3];
    ObjectKey::new(kind, "default", &format!("app{app}"))
}

fn app_doc(app: usize, replicas: u64, version: u64) -> Value {
    let labels = json!({"app": format!("app{app}")});
    json!({"metadata": {"labels": labels}, "spec": {
        "replicas": replicas, "serviceName": "none", "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {
            "containers": [{"name": "web", "image": format!("web:{version}"), "resources": {}}],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30}}}})
}

impl Controller {
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut new = Self {
            core: None,
            store: Store::default(),
            signer: SigningKey::from_seed(bytes),
            runs: 0,
            seed,
            wanted: BTreeMap::new(),
            turns: 0,
        };
        for name in ["default", "kube-node-lease"] {
            new.create(0, kinds::NAMESPACE, "", name, json!({}));
        }
        new.store.sync();
        new
    }

    /// A new process on what the disk holds.
    pub(crate) fn start(&mut self, at: u64) -> Result<Vec<Effect>, (Rule, String)> {
        self.runs += 1;
        let seed = self.seed.wrapping_add(self.runs.wrapping_mul(7919));
        self.core = Some(Core::new(Config::default(), seed, self.runs));
        let mut effects = self.tell(at, Event::Changed(self.store.all()))?;
        effects.extend(self.tell(at, Event::Restored)?);
        effects.extend(self.tell(at, Event::Keys(1, None))?);
        Ok(effects)
    }

    /// Takes an event and all that follows from it: save, then speak. The effects are those that speak.
    pub(crate) fn tell(&mut self, at: u64, event: Event) -> Result<Vec<Effect>, (Rule, String)> {
        let mut effects = Vec::new();
        let Some(core) = &mut self.core else { return Ok(effects) };
        let mut todo = VecDeque::from([event]);
        for _ in 0..ROUNDS_MAX {
            let Some(event) = todo.pop_front() else { return Ok(effects) };
            self.turns += 1;
            let turn = core.handle(Millis(BEGIN + at), event);
            turn.raise.into_iter().for_each(|above| self.store.raise(above));
            let written = self.store.commit(turn.save);
            effects.extend(turn.then);
            if !written.dropped.is_empty() {
                todo.push_back(Event::Dropped(written.dropped));
            }
            if !written.changes.is_empty() {
                todo.push_front(Event::Changed(written.changes));
            }
        }
        Err((Rule::Converges, "one event leads to turns without end".into()))
    }

    /// Orders with their bodies, signed; none if a document has changed meanwhile.
    pub(crate) fn delta(&self, orders: Orders) -> Option<Delta> {
        let pepper = Pepper::default();
        let mut put = Vec::with_capacity(orders.put.len());
        for (key, object, hash) in orders.put {
            let body = assign::body(key.kind, self.store.get(&object)?);
            if assign::hash(&pepper, &key, &body) != hash {
                return None;
            }
            put.push(Item { key, body: body.into() });
        }
        let signature = self.signer.sign(&orders_message(FLEET, &orders.manifest));
        Some(Delta {
            signature,
            manifest: orders.manifest,
            base: orders.base,
            put,
            drop: orders.drop,
        })
    }

    fn create(
        &mut self,
        at: u64,
        kind: KindId,
        space: &str,
        name: &str,
        mut doc: Value,
    ) -> Changed {
        let row = kinds::get(kind);
        doc["apiVersion"] = row.api_version().into();
        doc["kind"] = row.kind.into();
        doc["metadata"]["name"] = name.into();
        if row.namespaced {
            doc["metadata"]["namespace"] = space.into();
        }
        doc["metadata"]["uid"] = format!("uid-{}", self.store.revision() + 1).into();
        doc["metadata"]["generation"] = 1.into();
        doc["metadata"]["creationTimestamp"] = Millis(BEGIN + at).to_rfc3339().into();
        (row.default)(&mut doc);
        self.store.write(ObjectKey::new(kind, space, name), Some(doc))
    }

    /// An operator applies an application; on return it is acknowledged.
    pub(crate) fn apply(&mut self, at: u64, app: usize, replicas: u64, version: u64) -> Changed {
        let (key, doc) = (app_key(app), app_doc(app, replicas, version));
        let changed = match self.store.get(&key).map(|doc| (**doc).clone()) {
            None => self.create(at, key.kind, "default", &key.name, doc),
            Some(mut held) => {
                let before = held["spec"].clone();
                json_patch::merge(&mut held, &json!({"spec": doc["spec"]}));
                (kinds::get(key.kind).default)(&mut held);
                if held["spec"] != before {
                    let generation = held["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
                    held["metadata"]["generation"] = generation.into();
                }
                self.store.write(key, Some(held))
            }
        };
        self.store.sync();
        self.wanted.insert(app, (replicas, version));
        changed
    }

    /// An operator deletes an application, if it is there.
    pub(crate) fn delete(&mut self, app: usize) -> Option<Changed> {
        let key = app_key(app);
        self.store.get(&key)?;
        let changed = self.store.write(key, None);
        self.store.sync();
        self.wanted.remove(&app);
        Some(changed)
    }

    /// Whether the store has what was acknowledged.
    pub(crate) fn kept(&self) -> Result<(), (Rule, String)> {
        for app in 0..crate::story::APPS {
            let held = self.store.get(&app_key(app)).map(|doc| {
                let image = &doc["spec"]["template"]["spec"]["containers"][0]["image"];
                (doc["spec"]["replicas"].as_u64(), image.as_str().unwrap_or_default().to_owned())
            });
            let wanted = self.wanted.get(&app).map(|(n, v)| (Some(*n), format!("web:{v}")));
            if held != wanted {
                let what = format!("app{app} is {held:?}, acknowledged was {wanted:?}");
                return Err((Rule::AcknowledgedIsKept, what));
            }
        }
        Ok(())
    }
}
