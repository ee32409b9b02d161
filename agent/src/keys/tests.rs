//! Whatever is done to a message on its way, a node holds what was signed for it, or what it held before.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use agent_core::trust::record;
use agent_core::turn::{Effect, Event, Now};
use agent_core::{Agent, Config};
use model::message::{Down, Up, WhyRefused};
use model::orders::{Delta, Item, ItemKey, ItemKind, Manifest, root};
use model::trust::{Pepper, Sealed, TrustedKeys, boxed, orders_message, sealed_for};
use model::{Generation, Hash, Millis};
use wire::sign::SigningKey;

use super::*;

const PEPPER: Pepper = Pepper([9; 32]);
const NOW: Now = Now { mono: Millis(1), wall: Millis(1) };

/// For properties: no case needs keys of its own.
static FLEET: LazyLock<Fleet> = LazyLock::new(Fleet::new);

struct Fleet {
    key: SigningKey,
    dir: tempfile::TempDir,
    keys: Arc<NodeKeys>,
}

impl Fleet {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(NodeKeys::open(dir.path()).unwrap());
        Self { key: SigningKey::from_seed([1; 32]), dir, keys }
    }

    /// What a node keeps that trusts this fleet's key.
    fn records(&self) -> BTreeMap<String, Vec<u8>> {
        let keys = vec![self.key.public()];
        let (name, keys) = record(&TrustedKeys { fleet: "f".into(), serial: 1, keys });
        BTreeMap::from([(name, keys.unwrap())])
    }

    fn node(&self, name: &str) -> Agent {
        self.node_with(name, &self.records())
    }

    fn node_with(&self, name: &str, records: &BTreeMap<String, Vec<u8>>) -> Agent {
        let config = Config {
            node: name.into(),
            labels: Vec::new(),
            version: "1".into(),
            host_ip: None,
            allocatable: (1000, 1 << 30),
            keys: self.keys.clone(),
            trust_first: true,
        };
        Agent::restore(config, records, NOW).0
    }

    fn orders(&self, node: &str, generation: u64, put: Vec<Item>) -> (Manifest, Vec<u8>) {
        let hashes: BTreeMap<ItemKey, Hash> =
            put.iter().map(|i| (i.key.clone(), i.hash())).collect();
        let manifest = Manifest {
            node: node.into(),
            generation: Generation(generation),
            root: root(hashes.iter()),
            made: Millis(5),
        };
        let signature = self.key.sign(&orders_message("f", &manifest));
        let (base, drop) = (Generation(0), Vec::new());
        let delta = Delta { manifest: manifest.clone(), signature, base, put, drop };
        (manifest, wire::encode_down(&Down::Orders(delta)).unwrap())
    }
}

fn config_map(text: &str) -> Item {
    let key = ItemKey { kind: ItemKind::ConfigMap, name: "default/cm".into() };
    Item { key, body: format!(r#"{{"data":{{"k":"{text}"}}}}"#).into_bytes().into() }
}

/// What the node answers to bytes that came: the generation that it took, or why it did not; none if they were no message.
fn hear(agent: &mut Agent, bytes: &[u8]) -> Option<Result<Generation, WhyRefused>> {
    let turn = agent.handle(NOW, Event::Heard(wire::decode_down(bytes).ok()?));
    turn.then.into_iter().find_map(|effect| match effect {
        Effect::Send(Up::Taken { generation }) => Some(Ok(generation)),
        Effect::Send(Up::Refused(refused)) => Some(Err(refused.why)),
        _ => None,
    })
}

/// The root that a node says it holds.
fn held(agent: &mut Agent) -> (Generation, Hash) {
    let turn = agent.handle(NOW, Event::LinkUp(1));
    let hello = turn.then.into_iter().find_map(|effect| match effect {
        Effect::Send(Up::Hello(hello)) => Some((hello.held, hello.root)),
        _ => None,
    });
    hello.unwrap()
}

#[test]
fn orders_are_for_one_node_and_never_go_back() {
    let fleet = Fleet::new();
    let (mut a, mut b) = (fleet.node("a"), fleet.node("b"));
    let (_, first) = fleet.orders("a", 5, vec![config_map("1")]);
    let (_, second) = fleet.orders("a", 6, vec![config_map("2")]);
    assert_eq!(hear(&mut b, &first), Some(Err(WhyRefused::WrongNode)));
    assert_eq!(hear(&mut a, &first), Some(Ok(Generation(5))));
    assert_eq!(hear(&mut a, &first), Some(Err(WhyRefused::Stale)), "a replay");
    assert_eq!(hear(&mut a, &second), Some(Ok(Generation(6))));
    assert_eq!(hear(&mut a, &first), Some(Err(WhyRefused::Stale)), "an older one");
}

/// A secret as the controller sends it to a node.
fn sealed(to: &PublicKey, node: &str, name: &str, content: &str) -> Item {
    let key = ItemKey { kind: ItemKind::Secret, name: name.into() };
    let body = format!(r#"{{"data":{{"k":"{content}"}}}}"#).into_bytes();
    let (salt, hash) = PEPPER.commit(name, &body);
    seal_as(to, node, key, hash, &boxed(&salt, &body))
}

fn seal_as(to: &PublicKey, node: &str, key: ItemKey, hash: Hash, content: &[u8]) -> Item {
    let bound = sealed_for(&node.into(), &key, &hash);
    let sealed = wire::seal::seal(to, &PEPPER, content, &bound).unwrap();
    Item { key, body: Sealed { hash, sealed: &sealed }.write().into() }
}

fn saved(agent: &mut Agent, bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let turn = agent.handle(NOW, Event::Heard(wire::decode_down(bytes).unwrap()));
    turn.save.records.into_iter().filter_map(|(name, bytes)| Some((name, bytes?))).collect()
}

#[test]
fn a_secret_is_kept_sealed_and_opened_by_its_node_alone() {
    let mut fleet = Fleet::new();
    let mine = fleet.keys.sealing().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let theirs = NodeKeys::open(elsewhere.path()).unwrap().sealing().unwrap();
    let good = || sealed(&mine, "a", "default/s", "cGxhbnRlZA==");
    assert_eq!(good(), good(), "an unchanged secret is not sent again");
    let key = ItemKey { kind: ItemKind::Secret, name: "default/s".into() };
    let hash = good().hash();
    let plain = Item { key: key.clone(), body: br#"{"data":{}}"#.as_slice().into() };
    for (what, item) in [
        ("sealed to another node's key", sealed(&theirs, "a", "default/s", "cGxhbnRlZA==")),
        ("bound to another node", sealed(&mine, "b", "default/s", "cGxhbnRlZA==")),
        ("not what its hash says", seal_as(&mine, "a", key.clone(), hash, &[0; 50])),
        (
            "another secret's box",
            Item { key: key.clone(), ..sealed(&mine, "a", "default/t", "eA==") },
        ),
        ("not sealed", plain),
    ] {
        let (_, bytes) = fleet.orders("a", 5, vec![item]);
        assert_eq!(hear(&mut fleet.node("a"), &bytes), Some(Err(WhyRefused::CannotOpen)), "{what}");
    }
    let (manifest, bytes) = fleet.orders("a", 5, vec![good()]);
    let mut records = saved(&mut fleet.node("a"), &bytes);
    for record in records.values() {
        for form in [&b"planted"[..], b"cGxhbnRlZA"] {
            assert!(!record.windows(form.len()).any(|w| w == form));
        }
    }
    // Opened again after a restart; of a node that has lost its key, it is asked for again.
    records.extend(fleet.records());
    fleet.keys = Arc::new(NodeKeys::open(fleet.dir.path()).unwrap());
    assert_eq!(held(&mut fleet.node_with("a", &records)), (Generation(5), manifest.root));
    // What an older agent has kept open serves until it is sent again.
    let open = br#"{"data":{"k":"eA=="}}"#.to_vec();
    let mut older = fleet.records();
    older.insert("item/2/default/s".into(), open.clone());
    let plain = [(key, Hash::of(&open))];
    assert_eq!(held(&mut fleet.node_with("a", &older)).1, root(plain.iter().map(|(k, h)| (k, h))));
    std::fs::remove_file(fleet.dir.path().join(FILE)).unwrap();
    fleet.keys = Arc::new(NodeKeys::open(fleet.dir.path()).unwrap());
    assert_ne!(held(&mut fleet.node_with("a", &records)).1, manifest.root);
}

proptest::proptest! {
    #[test]
    fn a_message_that_was_touched_changes_nothing_but_what_was_signed(
        text in "[a-z]{0,300}", at in 0usize..2000, byte in proptest::num::u8::ANY, cut in proptest::bool::ANY,
    ) {
        let fleet = &*FLEET;
        let mut agent = fleet.node("a");
        let before = held(&mut agent);
        let (manifest, mut bytes) = fleet.orders("a", 7, vec![config_map(&text)]);
        let at = at % bytes.len();
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        hear(&mut agent, &bytes);
        let now = held(&mut agent);
        proptest::prop_assert!(now == before || now == (manifest.generation, manifest.root));
    }

    #[test]
    fn whatever_comes_again_and_in_whatever_order_orders_never_go_back(
        coming in proptest::collection::vec((1u64..12, proptest::bool::ANY), 1..30),
    ) {
        let fleet = &*FLEET;
        let (mut agent, mut newest) = (fleet.node("a"), 0);
        for (generation, mine) in coming {
            let node = if mine { "a" } else { "b" };
            let (_, bytes) = fleet.orders(node, generation, vec![config_map(&generation.to_string())]);
            let said = hear(&mut agent, &bytes);
            let want = match (mine, generation > newest) {
                (true, true) => Ok(Generation(generation)),
                (true, false) => Err(WhyRefused::Stale),
                (false, _) => Err(WhyRefused::WrongNode),
            };
            proptest::prop_assert_eq!(said, Some(want));
            newest = if mine { newest.max(generation) } else { newest };
            proptest::prop_assert_eq!(held(&mut agent).0, Generation(newest));
        }
    }

    #[test]
    fn no_part_of_a_manifest_can_be_changed(
        generation in 1u64..100, made in proptest::num::u64::ANY, root in proptest::array::uniform32(0u8..),
    ) {
        let fleet = &*FLEET;
        let (manifest, bytes) = fleet.orders("a", 7, vec![]);
        let Down::Orders(delta) = wire::decode_down(&bytes).unwrap() else { unreachable!() };
        for changed in [
            Manifest { generation: Generation(generation), ..manifest.clone() },
            Manifest { made: Millis(made), ..manifest.clone() },
            Manifest { root: Hash(root), ..manifest.clone() },
        ] {
            proptest::prop_assume!(changed != manifest);
            let delta = Delta { manifest: changed, ..delta.clone() };
            let bytes = wire::encode_down(&Down::Orders(delta)).unwrap();
            proptest::prop_assert_eq!(hear(&mut fleet.node("a"), &bytes), Some(Err(WhyRefused::BadSignature)));
        }
    }
}
